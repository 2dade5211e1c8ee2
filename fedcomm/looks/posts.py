"""Posts and threads as pages show them: rows -> the shapes of `shown.py`, decided for one reader."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.groups.model import Role
from fedcomm.looks import cards
from fedcomm.looks.shown import (
    Attachment,
    ParentHint,
    PollOption,
    PollView,
    PostView,
    QuoteCard,
    ReactionCount,
    ReceptionNote,
    ThreadCard,
)
from fedcomm.permissions import may
from fedcomm.polls import reading as polls
from fedcomm.polls.model import Poll
from fedcomm.text.emojis import pictured
from fedcomm.text.sanitise import to_plain
from fedcomm.threads import carrying, quoting, reading, reception
from fedcomm.threads import shown as standings
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import Attachment as Attached
from fedcomm.threads.model import CarryState, Post
from fedcomm.threads.quoting import ShownState
from fedcomm.threads.reading import Parts
from fedcomm.threads.shown import Standing
from fedcomm.timelines.cursor import Entry

LONGEST_EXCERPT = 240
LONGEST_HINT = 80
ONGOING: tuple[CarryState, ...] = ("requested", "carried")


_UNSHOWN: Mapping[ShownState, Literal["waiting", "refused", "gone", "hidden"]] = {
    "pending": "waiting",
    "rejected": "refused",
    "revoked": "refused",
    "deleted": "gone",
    "accepted": "gone",
    "unauthorized": "hidden",
    "blocked_account": "hidden",
    "muted_account": "hidden",
}


class Looker(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks at a thread, and what they may do there. `account` is None for visitors.

    `role`: in the thread's home group; of one elsewhere, that they look after it. `may_reply`: in this thread.
    """

    account: Account | None = None
    role: Role | None = None
    may_reply: bool = False
    may_measure: bool = False
    """Whether they look after a group of ours that shows the thread."""

    @property
    def id(self) -> int | None:
        """Their account."""
        return self.account.id if self.account else None


def post_path(post: Post, author: Account) -> str:
    """The page of a post here, also of those that live elsewhere (D76)."""
    return f"{cards.account_path(author)}/{post.id}"


def excerpt(content_html: str, limit: int = LONGEST_EXCERPT, *, after: str = "") -> str:
    """The beginning of a text in one line; `after`: without a title made of its own first words."""
    text = _in_one_line(to_plain(content_html))
    begun = " ".join(after.rstrip("…").split())
    if begun and text.startswith(begun):
        text = text[len(begun) :].lstrip(" .:-–—…")
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def _in_one_line(plain: str) -> str:
    """A text without its line breaks; the points of a list are parted by dots."""
    found: list[str] = []
    was_point = False
    for line in plain.split("\n"):
        words = line.removeprefix("- ").split()
        if words:
            found += ["·", *words] if was_point else words
            was_point = line.startswith("- ")
    return " ".join(found)


async def thread_cards(
    db: Connection, viewer_id: int | None, entries: Sequence[Entry], *, looked_at: int | None = None
) -> list[ThreadCard]:
    """A page of a timeline. `looked_at`: the newest entry the reader has seen; what is newer is marked."""
    posts = await reading.by_ids(db, [entry.post_id for entry in entries], viewer_id)
    roots = await reading.by_ids(db, [post.thread_id for post in posts.values() if not post.is_root], viewer_id)
    carriers = await carrying.carriers(db, [post.id for post in posts.values() if post.group_id is not None])
    people = await lookup.by_ids(
        db,
        {
            *(entry.by_id for entry in entries),
            *(post.author_id for post in posts.values()),
            *(post.group_id for post in posts.values() if post.group_id is not None),
            *(carry.group_id for found in carriers.values() for carry in found),
        },
    )
    cards_made: list[ThreadCard] = []
    for entry in entries:
        post = posts.get(entry.post_id)
        if post is None:
            continue
        by = people.get(entry.by_id)
        cards_made.append(
            ThreadCard(
                id=post.id,
                url=post_path(post, people[post.author_id]),
                title=post.title,
                excerpt=excerpt(post.content_html, after=post.title if post.title and post.title_is_generated else ""),
                author=cards.account_card(people[post.author_id]),
                published_at=post.published_at,
                group=cards.group_tag(people[post.group_id]) if post.group_id in people else None,
                carried_by=tuple(
                    cards.group_tag(people[carry.group_id], carry.state)
                    for carry in carriers.get(post.id, [])
                    if carry.state == "carried" and carry.group_id in people
                ),
                kind=post.kind,
                warning=post.summary,
                replies_count=post.replies_count,
                same_here_count=post.same_here_count,
                language=post.language,
                is_new=looked_at is not None and entry.id > looked_at and post.author_id != viewer_id,
                boosted_by=cards.account_card(by) if entry.boost_id and by and not by.is_group else None,
                audience=post.audience,
                answers=_called(roots.get(post.thread_id)) if not post.is_root else None,
            )
        )
    return cards_made


def _called(root: Post | None) -> str | None:
    """What a thread is called where one of its replies is shown."""
    return (root.title or root.summary or excerpt(root.content_html, LONGEST_HINT) or None) if root else None


async def post_views(
    db: Connection,
    posts: Sequence[Post],
    looker: Looker,
    *,
    now: datetime,
    roles: Mapping[int, Role] | None = None,
    unconfirmed: Iterable[int] = (),
) -> list[PostView]:
    """Posts in full, in the order given; `roles`: of those who look after the home group, by account."""
    wanted = [post.id for post in posts]
    people = await lookup.by_ids(db, {post.author_id for post in posts})
    parts = await reading.parts(db, wanted)
    stand = await standings.standings(db, wanted, looker.id)
    asked = await polls.of(db, [post.id for post in posts if post.object_type == "Question"], looker.id)
    waiting = set(unconfirmed)
    quoted = await _quotes(db, [post.id for post in posts if post.is_quote], looker.id)
    received = await _received(db, posts, looker)
    known = {post.id: post for post in posts}
    return [
        _view(
            post,
            people[post.author_id],
            looker,
            parts.get(post.id, Parts()),
            stand.get(post.id),
            role=(roles or {}).get(post.author_id),
            parent=_parent(post, known, people),
            quote=quoted.get(post.id),
            is_unconfirmed=post.id in waiting,
            received=received.get(post.id),
            poll=poll_view(asked[post.id], post, looker, now=now) if post.id in asked else None,
        )
        for post in posts
    ]


async def _quotes(db: Connection, post_ids: Sequence[int], viewer_id: int | None) -> dict[int, QuoteCard]:
    """What these posts quote, as far as the reader may read it."""
    found = await quoting.shown(db, post_ids, viewer_id) if post_ids else {}
    wanted = [each.quoted_id for each in found.values() if each.quoted_id is not None]
    texts = await reading.by_ids(db, wanted, viewer_id)
    people = await lookup.by_ids(db, {post.author_id for post in texts.values()})
    cards_made: dict[int, QuoteCard] = {}
    for each in found.values():
        post = texts.get(each.quoted_id or 0)
        if post is None:
            cards_made[each.post_id] = QuoteCard(state=_UNSHOWN[each.state])
            continue
        cards_made[each.post_id] = quote_card(post, people[post.author_id])
    return cards_made


def quote_card(post: Post, author: Account) -> QuoteCard:
    """A post in a few words, where another quotes it."""
    return QuoteCard(
        state="shown",
        author=cards.account_card(author),
        url=post_path(post, author),
        title=None if post.title_is_generated else post.title,
        excerpt="" if post.summary else excerpt(post.content_html),
        warning=post.summary,
        language=post.language,
    )


async def _received(db: Connection, posts: Sequence[Post], looker: Looker) -> dict[int, ReceptionNote]:
    """What their home groups made of posts; that one has said nothing yet concerns the author alone."""
    mine = {post.id for post in posts if post.author_id == looker.id}
    found = [
        each
        for each in (await reception.of(db, [post.id for post in posts])).values()
        if not each.is_shown or (each.state == "sent" and each.post_id in mine)
    ]
    groups = await lookup.by_ids(db, {each.group_id for each in found})
    states: Mapping[str, Literal["asked", "refused", "removed"]] = {"refused": "refused", "removed": "removed"}
    return {
        each.post_id: ReceptionNote(
            state=states.get(each.state, "asked"), group=cards.group_tag(groups[each.group_id]), reason=each.reason
        )
        for each in found
    }


def _view(
    post: Post,
    author: Account,
    looker: Looker,
    parts: Parts,
    stand: Standing | None,
    *,
    role: Role | None,
    parent: ParentHint | None,
    quote: QuoteCard | None,
    is_unconfirmed: bool,
    received: ReceptionNote | None,
    poll: PollView | None,
) -> PostView:
    is_mine = looker.id == author.id
    is_there = post.state == "visible"
    may_act = looker.account is not None and is_there
    return PostView(
        id=post.id,
        uri=post.uri,
        url=post_path(post, author),
        author=cards.account_card(author, role),
        content_html=pictured(post.content_html, cards.emoji_paths(post.emojis)),
        published_at=post.published_at,
        title=post.title,
        title_is_generated=post.title_is_generated,
        kind=post.kind,
        warning=post.summary,
        language=post.language,
        audience=post.audience,
        state="unconfirmed" if is_unconfirmed and is_there else post.state,
        edited_at=post.edited_at,
        parent=parent,
        original_url=None if post.is_local else post.url,
        attachments=attachments(post, parts),
        is_sensitive=post.is_shown_covered,
        quote=quote,
        poll=poll,
        replies_count=post.replies_count,
        same_here_count=post.same_here_count,
        favourites_count=post.favourites_count,
        boosts_count=post.boosts_count,
        quotes_count=post.quotes_count,
        reactions=tuple(
            ReactionCount(
                name=each["name"],
                count=each["count"],
                is_mine=stand is not None and not each["id"] and each["name"] in stand.chosen,
                path=cards.emoji_path(each["id"], each["version"]) if each["id"] else None,
            )
            for each in post.reactions
        ),
        is_favourite=bool(stand and stand.is_favourited),
        is_boosted=bool(stand and stand.is_boosted),
        reception=received,
        # Who asks a question is counted in it from the start.
        may_react=may_act and may(looker.role, "react") and not (is_mine and post.kind == "question"),
        may_boost=may_act and may(looker.role, "boost") and post.audience in PUBLIC,
        may_reply=may_act and looker.may_reply,
        may_quote=may_act and stand is not None and stand.may_quote,
        may_edit=is_mine and post.state in ("visible", "held"),
        may_delete=is_mine and post.state != "deleted",
        may_report=may_act and not is_mine,
        may_remove=post.group_id is not None and is_there and may(looker.role, "remove post"),
        may_measure=post.group_id is not None and is_there and looker.may_measure,
        may_restore=post.group_id is not None
        and post.state == "removed"
        and not is_mine
        and may(looker.role, "remove post"),
    )


def attachments(post: Post, parts: Parts) -> tuple[Attachment, ...]:
    """The files of a post, at our own addresses (D64)."""
    return tuple(
        Attachment(
            path=f"/files/{file.file}" if file.file else f"/posts/{post.id}/{position}{_key(file.key)}",
            preview_path=f"/files/{file.preview}" if file.preview else None,
            description=file.description,
            kind=_kind(file),
            width=file.width,
            height=file.height,
        )
        for position, file in enumerate(parts.attachments)
    )


def _kind(file: Attached) -> Literal["image", "gifv", "video", "audio", "file"]:
    """What a browser shows a file as."""
    match file.kind or file.media_type.partition("/")[0]:
        case "image" | "gifv" | "video" | "audio" as known:
            return known
        case _:
            return "file"


def _key(key: str) -> str:
    return f"?key={key}" if key else ""


def poll_view(poll: Poll, post: Post, looker: Looker, *, now: datetime) -> PollView:
    """A poll for one reader. Who may write in a group's thread may vote there (`threads.voting` decides)."""
    may_take_part = post.group_id is None or looker.may_reply
    shows_totals = poll.shows_totals(now)
    voters = poll.voters_count if poll.voters_count is not None else poll.votes_count
    return PollView(
        options=tuple(
            PollOption(
                title=option.title,
                votes_count=option.votes_count if shows_totals else None,
                percent=min(100, round(100 * option.votes_count / voters)) if shows_totals and voters else 0,
                is_mine=position in poll.own_votes,
            )
            for position, option in enumerate(poll.options)
        ),
        is_multiple=poll.is_multiple,
        voters_count=poll.voters_count,
        ends_at=poll.ends_at,
        has_ended=poll.has_ended(now),
        shows_totals=shows_totals,
        may_vote=looker.account is not None
        and may_take_part
        and post.state == "visible"
        and not poll.voted
        and not poll.has_ended(now),
    )


def _parent(post: Post, known: Mapping[int, Post], people: Mapping[int, Account]) -> ParentHint | None:
    """What a reply answers, unless that is the thread itself."""
    if post.parent_id is None or post.parent_id == post.thread_id:
        return None
    parent = known.get(post.parent_id)
    if parent is None or parent.state == "deleted":
        return None
    return ParentHint(
        author_name=people[parent.author_id].shown_name,
        excerpt=parent.summary or excerpt(parent.content_html, LONGEST_HINT),
        anchor=parent.id,
    )
