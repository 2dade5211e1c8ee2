"""What letters say: a subject, some paragraphs, perhaps one thing to do, and why one gets it, in the person's language.

Nothing secret stands in a letter but the link it is about, and that one ends (product 14, S119).
"""

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from fedcomm.i18n import translator
from fedcomm.jobs.mail_queue import Kind


class Texts(Protocol):
    """A sentence in the language of the letter; values are named in it."""

    def __call__(self, message: str, /, **values: str) -> str: ...


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One of several places that a letter leads to: how it is called, what is there, its address."""

    name: str
    text: str
    link: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter before it has a form."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str = ""
    """What the button says; it leads to `link`."""
    link: str = ""
    quote: str = ""
    """What somebody wrote, set apart."""
    facts: tuple[tuple[str, str], ...] = ()
    entries: tuple[Entry, ...] = ()
    after: tuple[str, ...] = ()
    """What stands below the button."""
    why: str
    stop_link: str = ""
    """Where one says that one wants no more of these; empty where a letter is needed for what its reader does."""
    stop_text: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What letters are put together from. `link` was made for this one."""

    site_name: str
    base_url: str
    handle: str = ""
    """With the domain, as in @ada@community.example."""
    address: str = ""
    link: str = ""
    stop_link: str = ""
    told: Mapping[str, str] = {}
    entries: tuple[Entry, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def texts(locale: str) -> Texts:
    """The sentences of a language."""
    translated = translator(locale).gettext

    def said(message: str, /, **values: str) -> str:
        found = translated(message)
        return found % values if values else found

    return said


def letter(kind: Kind, known: Known, locale: str) -> Letter:
    """The letter of a kind."""
    return _WRITE[kind](known, texts(locale))


def _about_account(known: Known, _: Texts) -> str:
    return _(
        "You get this because %(address)s is the address of %(handle)s at %(site)s.",
        address=known.address,
        handle=known.handle,
        site=known.site_name,
    )


def _not_you(_: Texts) -> str:
    return _("If it was not you, do nothing: without this link nothing happens.")


def _confirm(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("Confirm your mail address for %(site)s", site=known.site_name),
        paragraphs=(
            _("Welcome to %(site)s.", site=known.site_name),
            _("Your account is %(handle)s. Please confirm that this address is yours.", handle=known.handle),
        ),
        action=_("Confirm the address"),
        link=known.link,
        after=(_("The link works for two days."), _not_you(_)),
        why=_(
            "You get this because somebody gave this address when asking for an account at %(site)s.",
            site=known.site_name,
        ),
    )


def _confirm_new(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("Confirm your new mail address for %(site)s", site=known.site_name),
        paragraphs=(
            _(
                "%(handle)s is to be reached at this address from now on. Please confirm that it is yours.",
                handle=known.handle,
            ),
        ),
        action=_("Confirm the address"),
        link=known.link,
        after=(_("The link works for two days. Until then the old address counts."), _not_you(_)),
        why=_("You get this because somebody who is signed in as %(handle)s named this address.", handle=known.handle),
    )


def _address_to_change(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("Your mail address at %(site)s is to change", site=known.site_name),
        paragraphs=(
            _(
                "Somebody who is signed in as %(handle)s wants to be reached at %(new)s instead.",
                handle=known.handle,
                new=known.told.get("new", ""),
            ),
            _("If it was you, confirm it with the link that went to the new address."),
            _("If it was not you, set a new password at once: somebody else knows yours."),
        ),
        action=_("Go to my settings"),
        link=f"{known.base_url}/settings/access",
        why=_about_account(known, _),
    )


def _reset(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("A new password for %(site)s", site=known.site_name),
        paragraphs=(
            _("Somebody asked for a new password for %(handle)s.", handle=known.handle),
            _("With this link you choose one. All sessions and apps of the account are then signed out."),
        ),
        action=_("Choose a new password"),
        link=known.link,
        after=(
            _("The link works once, and for one hour."),
            _("If it was not you, do nothing: your password stays as it is."),
        ),
        why=_about_account(known, _),
    )


def _password_changed(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("Your password at %(site)s was changed", site=known.site_name),
        paragraphs=(
            _("%(handle)s has a new password. All sessions and apps were signed out.", handle=known.handle),
            _(
                "If it was not you, ask for a new password at once, and tell those who run %(site)s.",
                site=known.site_name,
            ),
        ),
        action=_("Ask for a new password"),
        link=f"{known.base_url}/forgot",
        why=_about_account(known, _),
    )


def _second_step_changed(known: Known, _: Texts) -> Letter:
    is_on = known.told.get("is") == "on"
    return Letter(
        subject=_("Signing in at %(site)s has changed", site=known.site_name),
        paragraphs=(
            _("Signing in as %(handle)s now takes a code of your app besides the password.", handle=known.handle)
            if is_on
            else _("Signing in as %(handle)s no longer takes a code besides the password.", handle=known.handle),
            _(
                "If it was not you, ask for a new password at once, and tell those who run %(site)s.",
                site=known.site_name,
            ),
        ),
        action=_("Go to my settings"),
        link=f"{known.base_url}/settings/access",
        why=_about_account(known, _),
    )


def _passkeys_changed(known: Known, _: Texts) -> Letter:
    name = known.told.get("name", "")
    return Letter(
        subject=_("Signing in at %(site)s has changed", site=known.site_name),
        paragraphs=(
            _("A new passkey lets in as %(handle)s: %(name)s.", handle=known.handle, name=name)
            if known.told.get("is") == "new"
            else _("This passkey no longer lets in as %(handle)s: %(name)s.", handle=known.handle, name=name),
            _(
                "If it was not you, ask for a new password at once, and tell those who run %(site)s.",
                site=known.site_name,
            ),
        ),
        action=_("Go to my settings"),
        link=f"{known.base_url}/settings/access",
        why=_about_account(known, _),
    )


def _accepted(known: Known, _: Texts) -> Letter:
    is_open = not known.link
    return Letter(
        subject=_("Your account at %(site)s is approved", site=known.site_name),
        paragraphs=(
            _("Those who run %(site)s have said yes: %(handle)s is yours.", site=known.site_name, handle=known.handle),
            _("Sign in with the name and password that you chose.")
            if is_open
            else _("Please confirm that this address is yours; then you can sign in."),
        ),
        action=_("Sign in") if is_open else _("Confirm the address"),
        link=known.link or f"{known.base_url}/sign_in",
        why=_("You get this because you asked for an account at %(site)s.", site=known.site_name),
    )


def _refused(known: Known, _: Texts) -> Letter:
    reason = known.told.get("reason", "")
    return Letter(
        subject=_("Your request for an account at %(site)s", site=known.site_name),
        paragraphs=(
            _("Those who run %(site)s do not give you an account for now.", site=known.site_name),
            *((_("They say: %(reason)s", reason=reason),) if reason else ()),
            _("What you wrote when you asked is deleted. Public groups stay open to read."),
        ),
        action=_("Look at the groups"),
        link=f"{known.base_url}/groups",
        why=_("You get this because you asked for an account at %(site)s.", site=known.site_name),
    )


def _invitation(known: Known, _: Texts) -> Letter:
    by, groups = known.told.get("by", ""), known.told.get("groups", "")
    return Letter(
        subject=_("%(name)s invites you to %(site)s", name=by, site=known.site_name),
        paragraphs=(
            _("%(name)s invites you into %(groups)s at %(site)s.", name=by, groups=groups, site=known.site_name)
            if groups
            else _("%(name)s invites you to %(site)s.", name=by, site=known.site_name),
            _("There, people of your trade ask one another, and answer."),
        ),
        quote=known.told.get("words", ""),
        action=_("Look at the invitation"),
        link=known.link,
        after=(_("The link is for you alone. If you know neither the name nor the place, do nothing."),),
        why=_("You get this once, because %(name)s gave your address for it.", name=by),
        stop_link=known.stop_link,
        stop_text=_("No more invitations to this address"),
    )


def _reasons(known: Known, _: Texts) -> Letter:
    told = known.told
    named = (
        (_("What was decided"), told.get("measure", "")),
        (_("Decided by"), told.get("by", "")),
        (_("On what it rests"), told.get("ground", "")),
        (_("Why"), told.get("facts", "")),
        (_("How it came about"), told.get("how", "")),
        (_("For how long"), told.get("duration", "")),
        (_("What you can do"), told.get("appeal", "")),
    )
    return Letter(
        subject=f"{told.get('subject') or _('A decision about you')} · {known.site_name}",
        paragraphs=(
            _(
                "Something was decided at %(site)s that concerns %(handle)s. These are the reasons.",
                site=known.site_name,
                handle=known.handle,
            ),
        ),
        facts=tuple((name, text) for name, text in named if text),
        action=_("Read it at %(site)s", site=known.site_name) if known.link else "",
        link=known.link,
        why=_about_account(known, _),
    )


def _archive(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("What you asked for at %(site)s is ready", site=known.site_name),
        paragraphs=(
            _("The archive that you asked for at %(site)s is put together.", site=known.site_name),
            _("You can fetch it for seven days. The link asks you to sign in."),
        ),
        action=_("Fetch the archive"),
        link=known.link,
        after=(_("If it was not you who asked, set a new password: somebody else knows yours."),),
        why=_about_account(known, _),
    )


def _notice_received(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("Your notice to %(site)s has arrived", site=known.site_name),
        paragraphs=(
            _("Your notice of unlawful content at %(site)s has arrived.", site=known.site_name),
            _("Somebody will look at it. You get an answer with reasons, also at this address:"),
        ),
        facts=((_("Number"), known.told.get("number", "")),),
        action=_("Look at the notice"),
        link=known.link,
        why=_("You get this because your address stands in a notice that was sent at %(site)s.", site=known.site_name),
    )


def _notice_decided(known: Known, _: Texts) -> Letter:
    told = known.told
    against = _(
        "If you think that this is wrong, you can write to us again, or turn to a court or the authority in charge.",
    )
    return Letter(
        subject=_("About your notice to %(site)s", site=known.site_name),
        paragraphs=(_("Those who run %(site)s have decided about your notice.", site=known.site_name),),
        facts=(
            (_("Number"), told.get("number", "")),
            (_("What was decided"), told.get("decision", "")),
            (_("Why"), told.get("reasons", "")),
            (_("How it came about"), _("A person decided it, no machine.")),
            (
                _("What you can do"),
                against,
            ),
        ),
        action=_("Look at the notice"),
        link=known.link,
        why=_("You get this because your address stands in a notice that was sent at %(site)s.", site=known.site_name),
    )


def _held(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("Posts wait for you at %(site)s", site=known.site_name),
        paragraphs=(
            _("Nobody else sees them until you, or somebody who looks after the same place, has looked at them."),
        ),
        entries=known.entries,
        after=(_("Further posts are told in one letter an hour at most."),),
        why=_(
            "You get this because %(handle)s looks after these places at %(site)s.",
            handle=known.handle,
            site=known.site_name,
        ),
        stop_link=known.stop_link,
        stop_text=_("No more letters about waiting posts"),
    )


def _erased(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("Your account at %(site)s is ended", site=known.site_name),
        paragraphs=(
            _("Your account %(handle)s at %(site)s is ended for good.", handle=known.handle, site=known.site_name),
            known.told.get("chosen", ""),
            _("Other servers that have something of it are asked to delete it too."),
            _("In a day you get one more letter, about what came of it. Then this address is forgotten here."),
        ),
        after=(_("If it was not you, write to those who run %(site)s at once.", site=known.site_name),),
        why=_why_erased(known, _),
    )


def _erasure_report(known: Known, _: Texts) -> Letter:
    told = known.told
    return Letter(
        subject=_("What was deleted with your account at %(site)s", site=known.site_name),
        paragraphs=(
            _("This is what came of the end of %(handle)s so far.", handle=known.handle),
            *((_("Not all of it is deleted here yet; the rest follows."),) if told.get("is_going_on") else ()),
            *((told["held"],) if told.get("held") else ()),
        ),
        facts=known.facts,
        after=(
            _("Servers that have not answered yet are asked again for two weeks."),
            _("What other servers took they delete by their own rules; who runs them answers for that."),
        ),
        why=_why_erased(known, _),
    )


def _why_erased(known: Known, _: Texts) -> str:
    return _(
        "You get this because %(address)s was the address of %(handle)s at %(site)s.",
        address=known.address,
        handle=known.handle,
        site=known.site_name,
    )


def _test(known: Known, _: Texts) -> Letter:
    return Letter(
        subject=_("Mail from %(site)s works", site=known.site_name),
        paragraphs=(_("This is a test. If you can read it, %(site)s can send mail.", site=known.site_name),),
        action=_("Go to %(site)s", site=known.site_name),
        link=known.base_url,
        why=_("You get this because somebody who runs %(site)s sent a test to this address.", site=known.site_name),
    )


_WRITE: Mapping[Kind, Callable[[Known, Texts], Letter]] = {
    "confirm address": _confirm,
    "confirm new address": _confirm_new,
    "address is to change": _address_to_change,
    "reset password": _reset,
    "password changed": _password_changed,
    "second step changed": _second_step_changed,
    "passkeys changed": _passkeys_changed,
    "sign-up accepted": _accepted,
    "sign-up refused": _refused,
    "invitation": _invitation,
    "statement of reasons": _reasons,
    "archive ready": _archive,
    "notice received": _notice_received,
    "notice decided": _notice_decided,
    "posts held": _held,
    "account erased": _erased,
    "erasure report": _erasure_report,
    "test": _test,
}
