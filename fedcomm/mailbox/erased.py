"""What letters to those who ended their account say: what they chose, and which servers were told (product 24; C08)."""

from datetime import datetime

import msgspec

from fedcomm.database import Connection
from fedcomm.guardrails import holds
from fedcomm.mailbox.letters import Texts
from fedcomm.portability import erasures
from fedcomm.portability.erasures import Told

MOST_SERVERS = 200
"""Named in a letter; the rest is counted."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a letter tells: sentences by name, and a list."""

    told: dict[str, str]
    facts: tuple[tuple[str, str], ...]


async def report(db: Connection, erasure_id: int, _: Texts, *, now: datetime) -> Report | None:
    """How far an erasure is; None when it is forgotten."""
    found = await erasures.by_id(db, erasure_id)
    if found is None:
        return None
    await erasures.gather(db, [found.id], now=now)
    servers = await erasures.told(db, found.id)
    held = await holds.told_copies_count(db, found.account_id)
    told = {
        "chosen": _("What you wrote is deleted. Threads say that something was deleted there.")
        if found.keeps_places
        else _("What you wrote is deleted, and threads do not show that anything was there unless others answered it."),
        "is_going_on": "" if found.emptied_at is not None else "yes",
        "held": _held(held, _) if held else "",
    }
    facts = [
        (_("Posts deleted here"), str(found.posts_count)),
        (_("Servers asked to delete"), str(len(servers))),
        *((each.authority, _answer(each, _)) for each in servers[:MOST_SERVERS]),
    ]
    if len(servers) > MOST_SERVERS:
        facts.append((_("Further servers that took it"), str(len(servers) - MOST_SERVERS)))
    return Report(told=told, facts=tuple(facts))


def _held(count: int, _: Texts) -> str:
    return _(
        "Copies of %(n)s of your posts and details are kept as evidence, because a legal hold covers them. Nobody but "
        "the owners of this instance sees them, and they go when the hold ends.",
        n=str(count),
    )


def _answer(told: Told, _: Texts) -> str:
    if told.state == "taken":
        return _("took it")
    status = f" ({told.status})" if told.status else ""
    if told.state == "waiting":
        return _("has not answered yet") + status
    return _("did not take it") + status
