"""Posts as clients know them. Source: Mastodon API documentation, methods/statuses.

An id may be that of a wrapper (a boost, a group's announcement): reading shows the wrapper, acting means what is in it.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import lookup
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.api import reading
from fedcomm.api.entities import accounts, emojis, media, statuses
from fedcomm.api.entities import scheduled as entities
from fedcomm.api.entities.encoded import Encoded
from fedcomm.api.entities.times import stamp
from fedcomm.api.media import focus_of
from fedcomm.api.polls import choices
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.http.answers import json
from fedcomm.http.auth import Member, anyone_or, member, needs, viewer_id
from fedcomm.http.context import Site, site
from fedcomm.http.finding import meet
from fedcomm.http.forms import read
from fedcomm.http.paging import id_from
from fedcomm.http.router import Route
from fedcomm.media import uploads
from fedcomm.text import titles
from fedcomm.threads import drafting, once, outline, posting, quoting, reactions, scheduled, wrappers
from fedcomm.threads import reading as threads
from fedcomm.threads.model import Post, QuotePolicy
from fedcomm.timelines.cursor import Entry

MOST_AT_ONCE = 20
"""Posts that are read by one request with many ids."""


class StatusForm(msgspec.Struct):
    """A new post."""

    status: str = ""
    in_reply_to_id: str | int | None = None
    visibility: str | None = None
    sensitive: bool | None = None
    spoiler_text: str | None = None
    language: str | None = None
    media_ids: list[str | int] = []
    poll: dict[str, object] | str | None = None
    scheduled_at: str | None = None
    quoted_status_id: str | int | None = None
    quote_approval_policy: QuotePolicy | None = None


class MediaChange(msgspec.Struct):
    """What is to be said of a picture that is attached already."""

    id: str | int
    description: str | None = None
    focus: str | None = None


class EditForm(msgspec.Struct):
    """A changed post; what is left out stays."""

    status: str | None = None
    sensitive: bool | None = None
    spoiler_text: str | None = None
    language: str | None = None
    media_ids: list[str | int] | None = None
    media_attributes: list[MediaChange] = []
    quote_approval_policy: QuotePolicy | None = None
    poll: dict[str, object] | str | msgspec.UnsetType | None = msgspec.UNSET


@needs("write:statuses")
async def create_status(request: Request) -> Response:
    """Publish a post, now or later; the same Idempotency-Key within an hour answers with the same post (D78, R003)."""
    form = await read(request, StatusForm)
    here, me = site(request), member(request)
    due_at = scheduled.time_of(form.scheduled_at, now=here.now()) if form.scheduled_at else None
    if due_at is not None and me.person_id is not None:  # whoever acts for the group may not any more by then
        raise Invalid("A group cannot publish later.", field="scheduled_at")
    await meet(here, form.status)
    key = _idempotency_key(request)
    async with here.transaction() as db:
        known = await once.claim(db, me.grant.id, key, now=here.now()) if key else None
        is_new = known is None
        if known is None:
            if due_at is None:
                known = (await publish(db, here, me.account, me.login, form, app_id=me.grant.app_id)).id
            else:
                known = await _schedule(db, here, me, form, due_at)
            if key:
                await once.settle(db, me.grant.id, key, known)
        if due_at is not None and await scheduled.is_waiting(db, known):
            waiting = await scheduled.by_id(db, me.account.id, known)
            return json((await entities.many(db, here.here, [waiting]))[0])
    async with here.quick_read() as db:  # nobody else who writes waits while it is shown
        return json(await (reading.own if is_new else reading.post)(db, request, known))


def _idempotency_key(request: Request) -> str:
    """The key as it is stored; a long one by its hash."""
    key = request.headers.get("idempotency-key", "").strip()
    return key if len(key) <= 100 else hashlib.sha256(key.encode()).hexdigest()


class _Rehearsed(Exception):
    """All went well, and nothing of it is to stay."""


async def _schedule(db: Connection, here: Site, me: Member, form: StatusForm, due_at: datetime) -> int:
    """Keep a post for later, if it could be published now. Raises what publishing raises."""
    try:
        async with db.transaction():
            await publish(db, here, me.account, me.login, form, app_id=me.grant.app_id)
            raise _Rehearsed
    except _Rehearsed:
        pass
    kept = await scheduled.add(
        db,
        me.account.id,
        msgspec.to_builtins(msgspec.structs.replace(form, scheduled_at=None)),
        due_at=due_at,
        app_id=me.grant.app_id,
        media_ids=[id_from(str(each)) for each in form.media_ids],
        now=here.now(),
    )
    return kept.id


async def publish(
    db: Connection, here: Site, account: Account, login: Login, form: StatusForm, *, app_id: int | None
) -> Post:
    """Publish what somebody sent from an app, now or some time ago."""
    parent_id = id_from(str(form.in_reply_to_id)) if form.in_reply_to_id not in (None, "") else None
    quoted_id = id_from(str(form.quoted_status_id)) if form.quoted_status_id not in (None, "") else None
    draft = await drafting.from_text(
        db,
        here.here,
        account,
        form.status,
        parent_id=await wrappers.unwrapped(db, parent_id) if parent_id is not None else None,
        visibility=form.visibility or accounts.visibility(login.default_audience),
        spoiler_text=form.spoiler_text or "",
        language=form.language,
        default_language=here.settings.default_language,
        sensitive=login.default_sensitive if form.sensitive is None else form.sensitive,
        app_id=app_id,
        media_ids=[id_from(str(each)) for each in form.media_ids],
        poll=choices(form.poll, now=here.now()),
        has_media=quoted_id is not None,  # what it quotes says enough
        login=login,
        now=here.now(),
    )
    draft = msgspec.structs.replace(
        draft,
        quoted_id=await wrappers.unwrapped(db, quoted_id) if quoted_id is not None else None,
        quote_policy=form.quote_approval_policy or login.default_quote_policy,
    )
    return await posting.publish(db, here.here, account, draft, now=here.now())


async def _own(db: Connection, request: Request) -> Post:
    """One's own post with the id of the path. That of others is not found (S097)."""
    me = member(request).account.id
    post_id = await wrappers.unwrapped(db, int(request.path_params["id"]))
    post = await threads.by_id(db, post_id, me)
    if post.author_id != me:
        raise NotFound
    return post


def _source(post: Post) -> str:
    """What its author edits; of a post that came without source, nothing."""
    return titles.source_text(
        post.title or "", is_generated=post.title is None or post.title_is_generated, body=post.source or ""
    )


async def _media_of(db: Connection, post: Post, form: EditForm) -> list[int]:
    """The pictures of a post after it was edited; what is said of those it has is changed here."""
    for each in form.media_attributes:
        await uploads.describe(
            db,
            post.author_id,
            id_from(str(each.id)),
            description=each.description,
            focus=focus_of(each.focus),
            post_id=post.id,
        )
    if form.media_ids is not None:
        return [id_from(str(each)) for each in form.media_ids]
    has = (await threads.parts(db, [post.id]))[post.id].attachments
    return [each.media_id for each in has if each.media_id is not None]


@needs("write:statuses")
async def edit_status(request: Request) -> Response:
    """Change one's own post."""
    form = await read(request, EditForm)
    here, me = site(request), member(request).account
    if form.status is not None:
        await meet(here, form.status)
    async with here.transaction() as db:
        post = await _own(db, request)
        media_ids = await _media_of(db, post, form)
        draft = await drafting.from_text(
            db,
            here.here,
            me,
            _source(post) if form.status is None else form.status,
            spoiler_text=post.summary if form.spoiler_text is None else form.spoiler_text,
            language=form.language or post.language,
            default_language=here.settings.default_language,
            sensitive=post.is_sensitive if form.sensitive is None else form.sensitive,
            media_ids=media_ids,
            poll=choices(None if form.poll is msgspec.UNSET else form.poll, now=here.now()),
            keeps_poll=form.poll is msgspec.UNSET,
            editing=post,
            now=here.now(),
        )
        await posting.edit(db, here.here, me, post.id, draft, now=here.now())
        if form.quote_approval_policy is not None:
            await quoting.set_policy(db, here.here, me, post.id, form.quote_approval_policy, now=here.now())
        shown = await reading.post(db, request, post.id)
    return json(shown)


@needs("write:statuses")
async def delete_status(request: Request) -> Response:
    """Delete one's own post, or take one's own boost back; the answer holds its text, to be written anew.

    Its files are deleted at once, whether `delete_media` asks for it or not (D61).
    """
    here, me = site(request), member(request).account
    some_id = int(request.path_params["id"])
    async with here.transaction() as db:
        boosted = await wrappers.find(db, some_id, me.id)
        if boosted is not None and boosted.account_id == me.id:
            shown = await reading.wrapper(db, request, some_id)
            await reactions.unboost(db, here.here, me, boosted.post_id, now=here.now())
            return json(shown)
        post = await _own(db, request)
        shown = await reading.post(db, request, post.id)
        await posting.delete(db, here.here, me, post.id, now=here.now())
    return json(b'%b,"text":%b}' % (shown[:-1], orjson.dumps(_source(post))))


@anyone_or("read:statuses")
async def show_status(request: Request) -> Response:
    """One post, or the wrapper with this id."""
    some_id = int(request.path_params["id"])
    async with site(request).quick_read() as db:
        found = await reading.posts(db, request, [some_id])
        shown = found[0] if found else await reading.wrapper(db, request, some_id)
    return json(shown)


class ManyForm(msgspec.Struct):
    """Ids of posts."""

    id: list[str] = []


@anyone_or("read:statuses")
async def show_statuses(request: Request) -> Response:
    """Many posts by id; those that do not exist or may not be read are left out."""
    wanted = [id_from(each) for each in dict.fromkeys((await read(request, ManyForm)).id)][:MOST_AT_ONCE]
    me = viewer_id(request)
    async with site(request).quick_read() as db:
        wrapped = await wrappers.many(db, wanted, me)
        allowed = await threads.by_ids(db, [each for each in wanted if each not in wrapped], me)
        page = [
            Entry(each, wrapped[each].post_id, each, wrapped[each].account_id)
            if each in wrapped
            else Entry(each, each, None, allowed[each].author_id)
            for each in wanted
            if each in wrapped or each in allowed
        ]
        shown = await reading.entries(db, request, page)
    return json(statuses.joined(shown))


@needs("read:statuses")
async def show_source(request: Request) -> Response:
    """What the author edits."""
    async with site(request).read() as db:
        post = await _own(db, request)
    return json({"id": str(post.id), "text": _source(post), "spoiler_text": post.summary})


@anyone_or("read:statuses")
async def show_history(request: Request) -> Response:
    """What a post has said, oldest first. Pictures of earlier versions are not kept."""
    here = site(request)
    async with here.read() as db:
        post_id = await wrappers.unwrapped(db, int(request.path_params["id"]))
        post = await threads.by_id(db, post_id, viewer_id(request))
        versions = await threads.versions(db, post)
        author = await lookup.by_id(db, post.author_id)
        files = (await threads.parts(db, [post.id]))[post.id].attachments
    assert author is not None
    now_shown = [media.attachment(here.here, post, position, item) for position, item in enumerate(files)]
    who = accounts.account(here.here, author)
    shown: list[dict[str, Any]] = [
        {
            "content": statuses.content(version.title, version.content_html, is_generated=post.title_is_generated),
            "spoiler_text": version.summary,
            "sensitive": version.is_sensitive,
            "created_at": stamp(version.created_at),
            "account": who,
            "media_attachments": now_shown if number == len(versions) else [],
            "emojis": emojis.used(here.here, post.emojis),
            "quote": None,
            **(
                {"poll": {"options": [{"title": title} for title in version.poll_options]}}
                if version.poll_options
                else {}
            ),
        }
        for number, version in enumerate(versions, start=1)
    ]
    return json(shown)


@anyone_or("read:statuses")
async def show_context(request: Request) -> Response:
    """What a post answers, oldest first, and what answers it, depth first."""
    me, some_id = viewer_id(request), int(request.path_params["id"])
    async with site(request).quick_read() as db:
        try:
            above, below = await outline.context(db, some_id, me)
        except NotFound:  # perhaps a wrapper, which nobody asks for who has read its post
            above, below = await outline.context(db, await wrappers.unwrapped(db, some_id), me)
        shown = await statuses.posts(db, site(request).service(Encoded), [*above, *below], me)
    ancestors = statuses.joined([shown[post_id] for post_id in above if post_id in shown])
    descendants = statuses.joined([shown[post_id] for post_id in below if post_id in shown])
    return json(b'{"ancestors":%b,"descendants":%b}' % (ancestors, descendants))


routes = [
    Route("/api/v1/statuses", create_status, methods=["POST"]),
    Route("/api/v1/statuses", show_statuses),
    Route("/api/v1/statuses/{id:int}", show_status),
    Route("/api/v1/statuses/{id:int}", edit_status, methods=["PUT", "PATCH"]),
    Route("/api/v1/statuses/{id:int}", delete_status, methods=["DELETE"]),
    Route("/api/v1/statuses/{id:int}/source", show_source),
    Route("/api/v1/statuses/{id:int}/history", show_history),
    Route("/api/v1/statuses/{id:int}/context", show_context),
]
