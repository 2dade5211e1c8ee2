"""One line of what somebody brings along: done, and taken back, by the same verbs as if they did it by hand.

Groups are never left because a table from elsewhere does not name them: membership is more than a follow.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from fedcomm.accounts import blocks, follows, lists
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups import membership, parting
from fedcomm.here import Here
from fedcomm.portability.import_files import Kind
from fedcomm.portability.imports import TaskLine
from fedcomm.threads import reactions
from fedcomm.threads.model import Post

Before = dict[str, Any]
"""What was before, for taking it back."""


class Doing(msgspec.Struct, frozen=True, kw_only=True):
    """One line, and all that is needed to do it. `target`: whom it names; None for domains and posts."""

    db: Connection
    here: Here
    who: Account
    line: TaskLine
    now: datetime
    target: Account | None = None
    post: Post | None = None

    @property
    def account(self) -> Account:
        """Whom it names."""
        assert self.target is not None
        return self.target

    @property
    def title(self) -> str:
        """Of the list that it names."""
        return str(self.line.told.get("title", ""))


Act = Callable[[Doing], Awaitable[Before | None]]
"""Does it and says what was before; None: it was so already. Raises Refusal."""


async def apply(kind: Kind, doing: Doing) -> Before | None:
    """What a line says. None: it was so already. Raises Refusal."""
    begin, end = _ACTS[kind]
    return await (end if doing.line.is_ending else begin)(doing)


async def take_back(kind: Kind, doing: Doing) -> None:
    """As it was before the line was done; what somebody changed since by hand stays so far. Raises Refusal."""
    begin, end = _ACTS[kind]
    before = doing.line.before or {}
    if doing.line.is_ending or before.get("was_so"):
        await begin(_saying(doing, before))
        return
    await end(doing)
    if kind == "lists":
        await _take_list_back(doing, before)


def _saying(doing: Doing, told: Before) -> Doing:
    line = msgspec.structs.replace(doing.line, told={**doing.line.told, **told})
    return msgspec.structs.replace(doing, line=line)


async def _follow(doing: Doing) -> Before | None:
    told = doing.line.told
    had = await follows.find(doing.db, doing.who.id, doing.account.id)
    wanted = (told.get("show_boosts", True), told.get("notify", False), told.get("languages"))
    if had is not None and (had.show_boosts, had.notify, had.languages) == wanted:
        return None
    await membership.follow_or_join(
        doing.db,
        doing.here,
        doing.who,
        doing.account,
        show_boosts=wanted[0],
        notify=wanted[1],
        languages=wanted[2],
        now=doing.now,
    )
    return {"was_so": True, **_options(had)} if had is not None else {}


def _options(had: follows.Follow) -> Before:
    return {"show_boosts": had.show_boosts, "notify": had.notify, "languages": had.languages}


async def _unfollow(doing: Doing) -> Before | None:
    had = await follows.find(doing.db, doing.who.id, doing.account.id)
    if had is None:
        return None
    await membership.leave_or_unfollow(doing.db, doing.here, doing.who, doing.account, now=doing.now)
    return _options(had)


async def _list(doing: Doing) -> Before | None:
    own = await lists.of(doing.db, doing.who.id)
    if any(each.title == doing.title for each in await lists.of(doing.db, doing.who.id, with_id=doing.account.id)):
        return None
    found = next((each for each in own if each.title == doing.title), None)
    before: Before = {"had_list": found is not None, "followed": True}
    if found is None:
        found = await lists.make(
            doing.db,
            doing.who,
            doing.title,
            replies_policy=str(doing.line.told.get("replies_policy", "list")),
            is_exclusive=bool(doing.line.told.get("is_exclusive", False)),
            now=doing.now,
        )
    if doing.account.id != doing.who.id and await follows.find(doing.db, doing.who.id, doing.account.id) is None:
        await membership.follow_or_join(doing.db, doing.here, doing.who, doing.account, now=doing.now)
        before["followed"] = False
    await lists.put(doing.db, found, [doing.account.id], now=doing.now)
    return before


async def _unlist(doing: Doing) -> Before | None:
    """Out of the list; the list goes with its last member where the file has it no more."""
    own = await lists.of(doing.db, doing.who.id, with_id=doing.account.id)
    found = [each for each in own if each.title == doing.title]
    before: Before = {}
    for each in found:
        await lists.take_out(doing.db, each, [doing.account.id])
        if doing.line.is_ending and not await lists.members(doing.db, each, below=2**63 - 1, limit=1):
            await lists.remove(doing.db, doing.who, each.id)
            before = {"replies_policy": each.replies_policy, "is_exclusive": each.is_exclusive}
    return before if found else None


async def _take_list_back(doing: Doing, before: Before) -> None:
    """The list, if it was made for this and is empty now; the follow, if it was."""
    if not before.get("had_list"):
        for each in await lists.of(doing.db, doing.who.id):
            if each.title == doing.title and not await lists.members(doing.db, each, below=2**63 - 1, limit=1):
                await lists.remove(doing.db, doing.who, each.id)
    if before.get("followed") is False:
        await membership.leave_or_unfollow(doing.db, doing.here, doing.who, doing.account, now=doing.now)


async def _block(doing: Doing) -> Before | None:
    if await doing.db.fetchval(
        "SELECT true FROM block WHERE account_id = $1 AND target_id = $2", doing.who.id, doing.account.id
    ):
        return None
    await parting.block(doing.db, doing.here, doing.who, doing.account, now=doing.now)
    return {}


async def _unblock(doing: Doing) -> Before | None:
    await parting.unblock(doing.db, doing.here, doing.who, doing.account, now=doing.now)
    return {}


async def _mute(doing: Doing) -> Before | None:
    hides = bool(doing.line.told.get("hides_notifications", True))
    row = await doing.db.fetchrow(
        "SELECT hides_notifications, expires_at FROM mute WHERE account_id = $1 AND target_id = $2",
        doing.who.id,
        doing.account.id,
    )
    if row is not None and row["hides_notifications"] == hides and row["expires_at"] is None:
        return None
    until = doing.line.told.get("until")
    lasts = datetime.fromisoformat(until) - doing.now if until else None
    await blocks.mute(doing.db, doing.who.id, doing.account.id, hides_notifications=hides, lasts=lasts, now=doing.now)
    return _was_muted(row["hides_notifications"], row["expires_at"]) if row is not None else {}


def _was_muted(hides: bool, until: datetime | None) -> Before:
    return {"was_so": True, "hides_notifications": hides, "until": until.isoformat() if until else None}


async def _unmute(doing: Doing) -> Before | None:
    row = await doing.db.fetchrow(
        "SELECT hides_notifications, expires_at FROM mute WHERE account_id = $1 AND target_id = $2",
        doing.who.id,
        doing.account.id,
    )
    if row is None:
        return None
    await blocks.unmute(doing.db, doing.who.id, doing.account.id)
    return _was_muted(row["hides_notifications"], row["expires_at"])


async def _hide(doing: Doing) -> Before | None:
    if await doing.db.fetchval(
        "SELECT true FROM domain_block WHERE account_id = $1 AND domain = $2", doing.who.id, doing.line.subject
    ):
        return None
    await parting.block_domain(doing.db, doing.here, doing.who, doing.line.subject, now=doing.now)
    return {}


async def _unhide(doing: Doing) -> Before | None:
    await blocks.unblock_domain(doing.db, doing.who.id, doing.line.subject)
    return {}


async def _bookmark(doing: Doing) -> Before | None:
    assert doing.post is not None
    if await doing.db.fetchval(
        "SELECT true FROM bookmark WHERE account_id = $1 AND post_id = $2", doing.who.id, doing.post.id
    ):
        return None
    await reactions.bookmark(doing.db, doing.here, doing.who, doing.post.id, now=doing.now)
    return {}


async def _unbookmark(doing: Doing) -> Before | None:
    assert doing.post is not None
    await reactions.unbookmark(doing.db, doing.here, doing.who, doing.post.id, now=doing.now)
    return {}


_ACTS: Mapping[Kind, tuple[Act, Act]] = {
    "follows": (_follow, _unfollow),
    "lists": (_list, _unlist),
    "blocks": (_block, _unblock),
    "mutes": (_mute, _unmute),
    "domain_blocks": (_hide, _unhide),
    "bookmarks": (_bookmark, _unbookmark),
}
