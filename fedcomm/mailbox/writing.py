"""Writes the letters that wait: for whom, in which language, with which link; nothing when nobody has use for it."""

import base64
from email.message import EmailMessage

from fedcomm.accounts import logins, lookup, statements
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.groups import mailed_invitations
from fedcomm.http import notice_links
from fedcomm.http.context import Site
from fedcomm.jobs import mail_queue
from fedcomm.jobs.mail_queue import Mail
from fedcomm.looks import notices_of_law
from fedcomm.mailbox import erased, forms, held_posts, letters, reasons
from fedcomm.mailbox.letters import Known
from fedcomm.moderation import legal_notices
from fedcomm.sealing import Seal

STOP = "stop invitations"
"""The purpose of the seal on addresses in links: nobody can stop what goes to another."""
ABOUT_THE_ADDRESS = ("confirm address", "reset password", "address is to change", "posts held")
"""Letters that are of use only while the address is still the one of the login."""


class LetterWriter:
    """Writes letters of one site. A link is made for each try, and stored as its digest only (D26)."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def write(self, mail: Mail) -> EmailMessage | None:
        """The message; None when nobody has use for it any more."""
        known = await self._known(mail)
        if known is None:
            return None
        letter = letters.letter(mail.kind, known, mail.locale)
        return forms.message(
            letter,
            sender=self._site.mail_server.sender if self._site.mail_server else "",
            site_name=known.site_name,
            base_url=known.base_url,
            to=mail.address,
            message_id=str(mail.id),
            locale=mail.locale,
            now=mail.created_at,
        )

    async def _known(self, mail: Mail) -> Known | None:
        site = self._site
        if mail.kind == "invitation":
            return await self._invitation(mail)
        if "notice" in mail.told:
            return await self._notice(mail)
        if mail.kind == "posts held":
            return await self._held(mail)
        if "erasure" in mail.told:
            return await self._erasure(mail)
        handle, link = (
            mail.told.get("handle", ""),
            f"{site.here.base_url}{mail.told['page']}" if "page" in mail.told else "",
        )
        if mail.account_id is not None:
            async with site.transaction(wakes=()) as db:
                found = await _whose(db, mail.account_id)
                if found is None or not _is_of_use(mail, found[1]):
                    return None
                handle = f"@{found[0].handle}@{site.here.domain}"
                link = await self._link(db, mail, found[1]) or link
        return Known(
            site_name=site.settings.name,
            base_url=site.here.base_url,
            handle=handle,
            address=mail.address,
            link=link,
            told=await self._reasons(mail) if mail.kind == "statement of reasons" else mail.told,
        )

    async def _notice(self, mail: Mail) -> Known | None:
        site = self._site
        async with site.read() as db:
            found = await legal_notices.find(db, int(mail.told["notice"]))
        if found is None:
            return None
        decision = notices_of_law.decision_names(letters.texts(mail.locale)).get(found.decision or "kept", "")
        return Known(
            site_name=site.settings.name,
            base_url=site.here.base_url,
            address=mail.address,
            link=f"{site.here.base_url}{await notice_links.path(site, found.id)}",
            told={"number": str(found.id), "decision": decision, "reasons": found.reasons},
        )

    async def _held(self, mail: Mail) -> Known | None:
        site = self._site
        async with site.read() as db:
            found = await _whose(db, mail.account_id) if mail.account_id is not None else None
            if found is None or not _is_of_use(mail, found[1]) or await mail_queue.is_followed(db, mail):
                return None
            entries = await held_posts.entries(db, site.here, found[1], letters.texts(mail.locale))
        if not entries:
            return None
        return Known(
            site_name=site.settings.name,
            base_url=site.here.base_url,
            handle=f"@{found[0].handle}@{site.here.domain}",
            stop_link=await self._stop_link(held_posts.STOP, str(found[0].id)),
            entries=entries,
        )

    async def _erasure(self, mail: Mail) -> Known | None:
        site, _ = self._site, letters.texts(mail.locale)
        async with site.transaction(wakes=()) as db:
            found = await erased.report(db, int(mail.told["erasure"]), _, now=site.now())
        if found is None:
            return None
        return Known(
            site_name=site.settings.name,
            base_url=site.here.base_url,
            handle=mail.told.get("handle", ""),
            address=mail.address,
            told=found.told,
            facts=found.facts,
        )

    async def _stop_link(self, purpose: str, whose: str) -> str:
        sealed = await self._site.service(Seal).sealed(purpose, whose.encode())
        return f"{self._site.here.base_url}/mail/stop/{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    async def _reasons(self, mail: Mail) -> dict[str, str]:
        async with self._site.read() as db:
            about = await statements.find(db, int(mail.told["statement"]))
            group = await lookup.by_id(db, about.group_id) if about is not None and about.group_id else None
        if about is None:
            return {}
        name = _name(group) if group is not None else ""
        return reasons.told(about, name, self._site.settings.name, mail.locale, letters.texts(mail.locale))

    async def _invitation(self, mail: Mail) -> Known | None:
        site = self._site
        async with site.transaction(wakes=()) as db:
            wanted = int(mail.told["invitation"])
            found = await mailed_invitations.code_for_letter(db, wanted, mail.address, now=site.now())
            if found is None:
                return None
            invitation, words, code = found
            people = await lookup.by_ids(db, [invitation.by_id, *invitation.group_ids])
        if invitation.by_id not in people or people[invitation.by_id].state != "active":
            return None
        base_url = site.here.base_url
        return Known(
            site_name=site.settings.name,
            base_url=base_url,
            link=f"{base_url}/invite/{code}",
            stop_link=await self._stop_link(STOP, mail.address),
            told={
                "by": _name(people[invitation.by_id]),
                "groups": ", ".join(_name(people[each]) for each in invitation.group_ids if each in people),
                "words": words,
            },
        )

    async def _link(self, db: Connection, mail: Mail, login: Login) -> str:
        """The link of a letter that has one; '' for the others."""
        now, durations = self._site.now(), self._site.durations
        here = self._site.here
        if mail.kind == "reset password":
            value = await logins.make_link(
                db,
                login.account_id,
                purpose="reset password",
                address=mail.address,
                now=now,
                expires_at=now + durations.reset_link,
            )
            return here.set_password_url(value)
        is_unconfirmed = login.must_confirm and login.confirmed_at is None
        if mail.kind == "confirm new address" or (
            mail.kind in ("confirm address", "sign-up accepted") and is_unconfirmed
        ):
            value = await logins.make_link(
                db,
                login.account_id,
                purpose="confirm new address" if mail.kind == "confirm new address" else "confirm address",
                address=mail.address,
                now=now,
                expires_at=now + durations.confirmation_link,
            )
            return here.confirmation_url(value)
        return ""


def _name(account: Account) -> str:
    return account.name or account.handle


async def address_to_stop(site: Site, token: str) -> str | None:
    """The address behind the link by which somebody says that they want no invitations; None for another text."""
    return await _behind(site, token, STOP)


async def account_to_stop(site: Site, token: str) -> int | None:
    """The account behind the link by which somebody says that they want no mail of held posts; None for another."""
    found = await _behind(site, token, held_posts.STOP)
    return int(found) if found is not None else None


async def _behind(site: Site, token: str, purpose: str) -> str | None:
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    opened = await site.service(Seal).opened(purpose, sealed)
    return opened.decode() if opened is not None else None


async def _whose(db: Connection, account_id: int) -> tuple[Account, Login] | None:
    account = await lookup.by_id(db, account_id)
    try:
        return (account, await logins.of(db, account_id)) if account is not None else None
    except NotFound:
        return None


def _is_of_use(mail: Mail, login: Login) -> bool:
    """Whether what a letter is about still stands."""
    key = logins.email_key(mail.address)
    if mail.kind in ABOUT_THE_ADDRESS and key != logins.email_key(login.email):
        return False
    match mail.kind:
        case "confirm address":
            return login.must_confirm and login.confirmed_at is None
        case "confirm new address":
            return login.new_email is not None and key == logins.email_key(login.new_email)
        case "reset password":
            return login.state == "active"
        case "posts held":
            return login.state == "active" and login.confirmed_at is not None and login.wants_held_mail
        case _:
            return True
