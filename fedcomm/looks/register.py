"""The register of processing in words: why something is kept, what, about whom, how long, and who gets it (C10)."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from fedcomm.durations import Durations
from fedcomm.looks.shown import ProcessingLine
from fedcomm.portability.erasures import KEPT_FOR as ERASURES_KEPT_FOR
from fedcomm.portability.processing import PURPOSES, Purpose, tables_of

Texts = Callable[[str], str]
_Words = Mapping[Purpose, tuple[str, str]]


def lines(_: Texts, durations: Durations) -> list[ProcessingLine]:
    """Every purpose, with what is kept for it."""
    names, kept, people, given = _names(_), _kept(_, durations), _people(_), _given(_)
    return [
        ProcessingLine(
            name=names[each][0],
            data=names[each][1],
            people=people[each],
            kept=kept[each],
            given_to=given.get(each, _("Nobody.")),
            tables=tuple(tables_of(each)),
        )
        for each in PURPOSES
    ]


def _names(_: Texts) -> _Words:
    """Why, and what."""
    return {
        "accounts": (
            _("Having an account and signing in"),
            _("Mail address, role, language, time zone; password and second step sealed or as digests"),
        ),
        "sessions": (
            _("Staying signed in, in browsers and apps"),
            _("Browser, network address, times, tokens as digests, where a device is told of notices"),
        ),
        "guarding": (
            _("Keeping out who guesses passwords or was barred"),
            _("Network addresses of attempts, barred networks, barred mail addresses as digests"),
        ),
        "profiles": (
            _("Being found and recognised"),
            _("Name, handle, pictures, what somebody says of themselves, keys, other accounts of theirs"),
        ),
        "relations": (
            _("Reading what one wants to read"),
            _("Who follows, hides, blocks and lists whom and what, filters, how far somebody has read"),
        ),
        "invitations": (_("Inviting people"), _("Who invited whom into which groups, and their mail addresses")),
        "groups": (_("Groups and their members"), _("Membership, roles, requests to join, who was put out and why")),
        "posts": (
            _("What members come for: writing, reading, answering, voting"),
            _("Posts with their versions and files, messages, votes, reactions, bookmarks, drafts for later"),
        ),
        "notices": (
            _("Telling people what is new for them"),
            _("Who did what to whom, what each wants to be told"),
        ),
        "mail": (
            _("Letters by mail"),
            _("Address, kind of letter, when it was sent, whether it came back"),
        ),
        "receiving": (
            _("Understanding what other servers send"),
            _("Activities as they came, with their authors and recipients; why some were dropped"),
        ),
        "sending": (
            _("Sending to other servers what is for people there"),
            _("Activities as they were sent, where to, and whether they arrived"),
        ),
        "moderation": (
            _("Keeping to the law and the rules"),
            _("Reports and notices, who complained and about whom, decisions with their reasons, appeals"),
        ),
        "log": (
            _("Being able to answer for what was decided"),
            _("Who in charge did what, about whom, and why"),
        ),
        "evidence": (
            _("Keeping evidence where the law demands it"),
            _("Copies of what those concerned deleted, in all versions, with files"),
        ),
        "erasures": (
            _("Saying what was done about an account that was ended"),
            _("What was chosen, how many posts went, which servers were told and what they answered"),
        ),
        "archives": (
            _("Taking data along, and bringing it"),
            _("Archives that were asked for, files brought"),
        ),
        "work": (_("What follows from what happened, worked off in turn"), _("References to people and posts")),
    }


def _kept(_: Texts, durations: Durations) -> Mapping[Purpose, str]:
    """How long: the figures are those that the work of clearing up goes by."""

    def days(text: str, *spans: timedelta) -> str:
        found = {name: max(1, round(span / timedelta(days=1))) for name, span in zip("nm", spans, strict=False)}
        return text % found

    return {
        "accounts": _("As long as the account. Links and codes hours to days."),
        "sessions": days(_("%(n)s days after the last use; of apps until they are signed out."), durations.session),
        "guarding": _("Attempts a day; what was barred until it is let in again."),
        "profiles": _("As long as the account. The handle is not given to anybody else afterwards."),
        "relations": _("Until they are ended, or with the account."),
        "invitations": days(
            _("With the account of who invited; mail addresses %(n)s days after the invitation ended."),
            durations.keep_invited_addresses,
        ),
        "groups": _("As long as the membership, or with the account."),
        "posts": _("Until deleted, or with the account; posts from other servers as “Storage” says."),
        "notices": _("Until put away, or with the account."),
        "mail": days(
            _("%(n)s days; letters that failed %(m)s days."), durations.keep_mail_done, durations.keep_mail_failed
        ),
        "receiving": days(
            _("Bytes %(n)s days, or as long as the post; addresses of activities %(m)s days."),
            durations.keep_inbox_bytes,
            durations.keep_seen_activities,
        ),
        "sending": days(
            _("What arrived %(n)s days, what failed %(m)s days; what can be asked for as long as the post."),
            durations.keep_deliveries_done,
            durations.keep_deliveries_failed,
        ),
        "moderation": days(
            _(
                "%(n)s days after a case was closed and its measure ended, also when an account ends;"
                " who sent a notice, %(m)s days after it was decided."
            ),
            durations.keep_closed_cases,
            durations.keep_notice_senders,
        ),
        "log": _(
            "For ever, as a chain from which nothing can be removed; it names no texts, addresses of mail or tokens."
        ),
        "evidence": _("Until the owners end the hold."),
        "erasures": days(_("%(n)s days after the account ended."), ERASURES_KEPT_FOR),
        "archives": days(
            _("Archives %(n)s days; what was brought can be taken back for %(m)s days."),
            durations.keep_exports,
            durations.keep_imports,
        ),
        "work": days(_("%(n)s days after it is done."), durations.keep_facts_done),
    }


def _people(_: Texts) -> Mapping[Purpose, str]:
    """About whom."""
    members, staff = _("Members"), _("Members, and those who run the instance")
    writers = _("Members, and people of other servers who write to them or whom they follow")
    return {
        **dict.fromkeys(PURPOSES, members),
        **dict.fromkeys(("profiles", "relations", "groups", "posts"), writers),
        **dict.fromkeys(("receiving", "moderation", "evidence"), writers),
        "guarding": _("Whoever tries to sign in"),
        "invitations": _("Members, and those whom they invite"),
        "log": staff,
    }


def _given(_: Texts) -> Mapping[Purpose, str]:
    """Who gets it."""
    servers = _("Other servers, as far as it is public or for people there.")
    return {
        "profiles": servers,
        "groups": servers,
        "posts": servers,
        "sending": servers,
        "relations": _("Other servers, of follows and blocks of people there."),
        "sessions": _("Push services of browsers and telephones, sealed."),
        "notices": _("Push services of browsers and telephones, sealed."),
        "mail": _("The mail server."),
        "moderation": _("Other servers, if who reports wants it, without their name."),
        "evidence": _("Counsel or courts, by the owners."),
        "erasures": _("Who asked for it, once; whoever runs the instance, by a command."),
        "archives": _("Who asked for them."),
    }
