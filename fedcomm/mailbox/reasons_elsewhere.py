"""What people on other servers are told of a measure that strikes them, as far as the protocol allows (C12).

A private message of the group, or of the instance itself: what it says our members read on a page. Servers that show
the reasons which come with a removal or a ban (form A) need none for these. Who is suspended is neither heard nor told:
nothing is exchanged with them any more.
"""

from fedcomm import facts
from fedcomm.accounts import lookup, signup, statements
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import Statement
from fedcomm.database import Connection
from fedcomm.http.context import SiteWork
from fedcomm.mailbox import reasons
from fedcomm.mailbox.letters import Texts, texts
from fedcomm.network import peers
from fedcomm.threads import drafting, posting, reading

SHOWN_THERE = ("remove post", "ban")
"""What servers that understand groups tell their people themselves, with its reason."""


async def write(work: SiteWork, fact: facts.StatementIssued) -> None:
    """The group, or the instance, writes to whom a measure strikes, if that is somebody elsewhere."""
    async with work.transaction() as db:
        about = await statements.find(db, fact.statement_id)
        target = await lookup.by_id(db, about.account_id) if about is not None else None
        if about is None or target is None or not await _is_to_be_told(db, about, target):
            return
        locale = await _locale(db, work, about)
        _ = texts(locale)
        group = await lookup.by_id(db, about.group_id) if about.group_id is not None else None
        by = group or await signup.instance_actor(db, work.here, name=work.site.settings.name, now=work.now)
        text = f"{target.full_handle} {await _text(db, work, about, group, locale, _)}"
        draft = await drafting.from_text(db, work.here, by, text, visibility="direct", language=locale, now=work.now)
        await posting.publish(db, work.here, by, draft, now=work.now)


async def _is_to_be_told(db: Connection, about: Statement, target: Account) -> bool:
    if target.is_local or target.state != "active" or about.measure == "suspend":
        return False
    if about.measure not in SHOWN_THERE:
        return True
    return (await peers.profile(db, target.authority)).announce_form != "A"


async def _locale(db: Connection, work: SiteWork, about: Statement) -> str:
    """The language of the post it is about, if we speak it; else that of the instance."""
    post = await reading.find(db, about.post_ids[0]) if about.post_ids else None
    known = work.site.settings.languages
    return post.language if post is not None and post.language in known else work.site.settings.default_language


async def _text(db: Connection, work: SiteWork, about: Statement, group: Account | None, locale: str, _: Texts) -> str:
    said = reasons.told(about, group.shown_name if group else "", work.site.settings.name, locale, _)
    posts = [found.uri for post_id in about.post_ids if (found := await reading.find(db, post_id)) is not None]
    contact = work.site.settings.contact_email
    if group is not None:
        appeal = _("If you think that this is wrong, answer this message: those who look after the group read it.")
    elif contact:
        appeal = _("If you think that this is wrong, write to %(address)s.", address=contact)
    else:
        appeal = ""
    lines = [
        f"{said['by']}: {said['measure']}.",
        " ".join(posts),
        f"{said['ground']}. {said['facts']}".strip(),
        said["duration"] if about.measure not in ("warn", "note", "remove post") else "",
        said["how"],
        appeal,
    ]
    return "\n\n".join(line for line in lines if line)
