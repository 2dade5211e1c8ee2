"""Accounts and groups as pages show them: rows -> the shapes of `shown.py`."""

from collections.abc import Mapping, Sequence
from typing import Any

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups import membership
from fedcomm.groups import reading as groups
from fedcomm.groups.model import GroupProfile, Membership, Role
from fedcomm.looks.shown import AccountCard, GroupCard, GroupTag, RuleLine, Standing
from fedcomm.settings import Rule
from fedcomm.text.sanitise import to_plain
from fedcomm.threads.model import CarryState
from fedcomm.timelines import group as group_timeline

LONGEST_PURPOSE = 200

_STANDINGS: Mapping[str, Standing] = {"active": "active", "requested": "requested", "paused": "paused"}


def account_path(account: Account) -> str:
    """The page of a person or group here, also of those who live elsewhere (D76)."""
    return f"/@{account.acct}"


def avatar_path(account: Account) -> str:
    """The picture of an account, below `page.media_url` (D64)."""
    return f"/avatars/{account.id}/{account.version}.png"


def header_path(account: Account) -> str:
    """The header picture of an account, below `page.media_url`."""
    return f"/headers/{account.id}/{account.version}.png"


def emoji_paths(used: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The pictures of the custom emoji that a text uses, by shortcode."""
    return {each["shortcode"]: emoji_path(each["id"], each["version"]) for each in used}


def emoji_path(emoji_id: int, version: int) -> str:
    """Where the picture of a custom emoji lies."""
    return f"/media/emojis/{emoji_id}/{version}.png"


def domain(account: Account) -> str:
    """Where somebody lives who does not live here; empty for ours."""
    return "" if account.is_local else account.handle_domain


def account_card(account: Account, role: Role | None = None) -> AccountCard:
    """A person or group wherever a name and a picture are enough; `role` in the group the page is about."""
    return AccountCard(
        id=account.id,
        name=account.shown_name,
        handle=f"@{account.handle}",
        full_handle=account.full_handle,
        url=account_path(account),
        avatar_path=avatar_path(account),
        is_group=account.is_group,
        is_local=account.is_local,
        is_bot=account.is_bot and not account.is_group,
        is_gone=account.state == "deleted",
        domain=domain(account),
        role=role if role != "member" else None,
    )


def group_tag(group: Account, state: CarryState | None = None) -> GroupTag:
    """A group as a label on a thread."""
    return GroupTag(
        id=group.id,
        name=group.shown_name,
        full_handle=group.full_handle,
        url=account_path(group),
        avatar_path=avatar_path(group),
        is_local=group.is_local,
        domain=domain(group),
        state=state,
    )


def purpose(group: Account, profile: GroupProfile | None) -> str:
    """What a group is for, in one sentence; of others' groups the beginning of what they say about themselves."""
    if profile is not None:
        return profile.purpose
    first = to_plain(group.bio_html).split("\n")[0]
    return first if len(first) <= LONGEST_PURPOSE else first[: LONGEST_PURPOSE - 1].rsplit(" ", 1)[0] + "…"


def group_card(
    group: Account, profile: GroupProfile | None, mine: Membership | None = None, new_count: int | None = None
) -> GroupCard:
    """A group in a list."""
    return GroupCard(
        id=group.id,
        name=group.shown_name,
        full_handle=group.full_handle,
        url=account_path(group),
        avatar_path=avatar_path(group),
        purpose=purpose(group, profile),
        members_count=group.followers_count,
        is_local=group.is_local,
        domain=domain(group),
        last_post_at=group.last_post_at,
        new_count=new_count,
        standing=_STANDINGS.get(mine.state, "none") if mine else "none",
    )


async def group_cards(
    db: Connection, found: Sequence[Account], viewer_id: int | None, *, looked_at: int | None = None
) -> list[GroupCard]:
    """Many groups; `looked_at`: the newest entry of home the reader has seen, to count what came since."""
    wanted = [group.id for group in found]
    profiles = await groups.profiles(db, wanted)
    mine = await membership.of_member(db, viewer_id, wanted) if viewer_id is not None else {}
    fresh = await group_timeline.count_since(db, wanted, looked_at) if looked_at is not None else {}
    return [
        group_card(
            group,
            profiles.get(group.id),
            mine.get(group.id),
            fresh.get(group.id, 0) if looked_at is not None else None,
        )
        for group in found
    ]


def rule_lines(rules: Sequence[Rule], language: str) -> tuple[RuleLine, ...]:
    """The rules of the instance, in a reader's language where they exist in it."""
    return tuple(RuleLine(title=told.text, text=told.hint) for told in (rule.told(language) for rule in rules))
