"""What somebody typed into an app, a page or a mail -> a draft. Nothing is stored, nobody elsewhere is asked.

Source: product 6, groups-in-clients.md section 3 "Posting"; decisions D32-D37.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from urllib.parse import quote

from fedcomm import tag_rules
from fedcomm.accounts import logins, lookup
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.here import Here
from fedcomm.polls.model import Choices
from fedcomm.text import cleaning, languages, limits, markdown, mentions, titles
from fedcomm.threads.carrying import MOST_CARRIERS
from fedcomm.threads.model import Audience, Draft, Post

AUDIENCES: dict[str, Audience] = {
    "public": "public",
    "unlisted": "unlisted",
    "private": "followers",
    "direct": "direct",
}
"""What client apps can ask for, for a post outside groups. Source: D30."""


def handles_in(text: str, *, ports: bool = False) -> list[tuple[str, str | None]]:
    """Whom a text names, as (name, host), each once and in order; host None = here. For those who look them up."""
    return [(mention.name, mention.host) for mention in markdown.names(text, ports=ports).mentions]


async def from_text(
    db: Connection,
    here: Here,
    by: Account,
    text: str,
    *,
    parent_id: int | None = None,
    title: str | None = None,
    group_ids: Sequence[int] = (),
    to_ids: Sequence[int] = (),
    visibility: str = "public",
    spoiler_text: str = "",
    language: str | None = None,
    default_language: str = "en",
    sensitive: bool = False,
    kind: str | None = None,
    app_id: int | None = None,
    media_ids: Sequence[int] | None = None,
    has_media: bool = False,
    poll: Choices | None = None,
    keeps_poll: bool = False,
    editing: Post | None = None,
    login: Login | None = None,
    now: datetime,
) -> Draft:
    """A draft from what somebody typed.

    The first group that is chosen or named is the home of the thread, the others are asked to carry it; a reply takes
    its place from what it answers. Handles that are not known here stay text: who may look them up does so before.
    `editing`: the post whose text this replaces. `has_media`: it keeps its pictures, so it needs no text; nor does a
    post with `media_ids` or a poll. `keeps_poll`: of a post that is edited. `to_ids`: whom it is for although the text
    does not name them. `login`: the writer's, where it was read already.
    Raises Invalid, NotFound (a chosen group).
    """
    asks = poll is not None or (keeps_poll and editing is not None and editing.object_type == "Question")
    has_media = has_media or bool(media_ids) or asks
    text = _checked(text, spoiler_text, title, may_be_empty=has_media or bool(title and title.strip()))
    audience = _audience(visibility)
    names = markdown.names(text, ports=_ports(here))
    named = await _known(db, here, names.mentions)
    addressed = [each for each in to_ids if each != by.id]
    _check_counts({*(each.id for each in named.values()), *addressed}, names)
    await tag_rules.check_usable(db, names.hashtags)
    groups = await _groups(db, group_ids, named.values())
    starts = parent_id is None and (editing is None or editing.title is not None)
    _check_groups(groups, audience, starts=starts)
    headed = _headed(
        here, text, title, named, has_title=starts and bool(groups or editing), editing=editing, has_media=has_media
    )
    in_groups = groups if starts and editing is None and audience != "direct" else []
    return Draft(
        content_html=_rendered(here, headed.body, named),
        source=headed.body,
        title=headed.text or None,
        title_is_generated=headed.is_generated,
        summary=cleaning.paragraphs(spoiler_text, limits.WARNING),
        is_sensitive=sensitive,
        language=languages.pick(language, await _own_language(db, by, login), default_language),
        audience=audience,
        kind=kind,
        group_id=in_groups[0].id if in_groups else None,
        carry_ids=tuple(group.id for group in in_groups[1:]),
        parent_id=parent_id,
        mention_ids=tuple(
            dict.fromkeys([*(group.id for group in groups), *addressed, *(each.id for each in named.values())])
        ),
        tags=names.hashtags,
        app_id=app_id,
        media_ids=None if media_ids is None else tuple(media_ids),
        poll=poll,
        keeps_poll=keeps_poll and poll is None,
    )


def _checked(text: str, spoiler_text: str, title: str | None, *, may_be_empty: bool) -> str:
    """The text as it may be stored. Raises Invalid."""
    text = cleaning.storable(text).strip()
    if len(text) > limits.BODY:
        raise Invalid("A post may have at most %(n)s characters.", n=limits.BODY, field="status")
    if len(spoiler_text) > limits.WARNING:
        raise Invalid("A warning may have at most %(n)s characters.", n=limits.WARNING, field="spoiler_text")
    if title is not None and len(title.strip()) > limits.TITLE:
        raise Invalid("A title may have at most %(n)s characters.", n=limits.TITLE, field="title")
    if not text and not may_be_empty:
        raise Invalid("Write something first.", field="status")
    return text


def _audience(visibility: str) -> Audience:
    audience = AUDIENCES.get(visibility)
    if audience is None:
        raise Invalid("This visibility does not exist. Choose public, unlisted, private or direct.", field="visibility")
    return audience


def _check_groups(groups: Collection[Account], audience: Audience, *, starts: bool) -> None:
    if groups and audience == "followers":
        raise Invalid(
            "This group cannot have posts for its members only yet. Choose public, or leave the group out.",
            field="visibility",
        )
    if len(groups) > MOST_CARRIERS + 1 and starts:
        raise Invalid("A thread may be in at most %(n)s groups.", n=MOST_CARRIERS + 1)


def _check_counts(named: Collection[int], names: markdown.Names) -> None:
    if len(named) > limits.MENTIONS:
        raise Invalid("A post may name at most %(n)s people and groups.", n=limits.MENTIONS, field="status")
    if len(names.hashtags) > limits.TAGS:
        raise Invalid("A post may have at most %(n)s tags.", n=limits.TAGS, field="status")


async def _known(db: Connection, here: Here, found: Sequence[mentions.Mention]) -> dict[str, Account]:
    """Whom a text names, by the handle as it stands in the text; only who is known here."""
    handles = {each.handle: (each.name.lower(), (each.host or here.domain).lower()) for each in found}
    accounts = await lookup.by_handles(db, handles.values())
    return {
        handle: accounts[wanted]
        for handle, wanted in handles.items()
        if wanted in accounts and accounts[wanted].state == "active"
    }


async def _groups(db: Connection, group_ids: Sequence[int], named: Iterable[Account]) -> list[Account]:
    """The groups a post is for, chosen ones first, each once. Raises NotFound."""
    chosen = await lookup.by_ids(db, group_ids)
    groups: dict[int, Account] = {}
    for group_id in group_ids:
        group = chosen.get(group_id)
        if group is None or not group.is_group or group.state != "active":
            raise NotFound("There is no such group.")
        groups[group.id] = group
    for account in named:
        if account.is_group:
            groups.setdefault(account.id, account)
    return list(groups.values())


def _headed(
    here: Here,
    text: str,
    title: str | None,
    named: dict[str, Account],
    *,
    has_title: bool,
    editing: Post | None,
    has_media: bool,
) -> titles.Title:
    """Title and body. Groups named at the edges of the text address it and are not part of it."""
    groups = {handle for handle, account in named.items() if account.is_group}
    ports = _ports(here)
    typed = titles.typed(title or "")
    if typed and text:
        body = mentions.without_edges(text, lambda mention: mention.handle in groups, ports=ports)
        return titles.Title(typed, False, body)
    if not has_title:
        body = mentions.without_edges(text, lambda mention: mention.handle in groups, ports=ports)
        return titles.Title("", False, body or text or typed)
    keep = editing.title if editing is not None and not editing.title_is_generated else None
    headed = titles.split_title(text or typed, groups=groups, keep=keep, fallback="Untitled", ports=ports)
    if not headed.body and headed.is_generated and not has_media:
        raise Invalid("Write something first.", field="status")
    return headed


def _rendered(here: Here, body: str, named: dict[str, Account]) -> str:
    return markdown.render(
        body,
        mentioned={handle: markdown.Mentioned(account.url, account.handle) for handle, account in named.items()},
        tag_url=lambda tag: f"{here.base_url}/tags/{quote(tag, safe='')}",
        home=here.base_url,
        ports=_ports(here),
    )


async def _own_language(db: Connection, by: Account, login: Login | None) -> str | None:
    try:
        return (login or await logins.of(db, by.id)).default_language
    except NotFound:  # a group has none
        return None


def _ports(here: Here) -> bool:
    """Whether handles may carry a port: only where ours does, in development (D20)."""
    return ":" in here.domain
