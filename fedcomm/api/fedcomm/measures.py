"""What is milder than taking a post out or putting somebody out, for apps of those who look after a group (product 13).

A note to an author, asking them to change a post, hiding it for the group's own people, and a pause of a member.
"""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding, lookup
from fedcomm.accounts.statements import Code
from fedcomm.api.entities import measures as entities
from fedcomm.api.fedcomm import grounds
from fedcomm.api.fedcomm.groups import group_of
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.groups import pausing
from fedcomm.groups.pausing import Pause
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.paging import cursor, id_from, link_header
from fedcomm.http.router import Route
from fedcomm.threads import asking_authors, moderating, reading
from fedcomm.threads.asking_authors import Kind
from fedcomm.threads.model import Post


class MeasureForm(msgspec.Struct):
    """Why something is done about a post, and on what that rests. `rules`: numbers of the group's, from 1.

    `group_id`: which group hides it; its home where nothing is said.
    """

    reason: str = ""
    category: Code | None = None
    rules: list[int] = []
    group_id: str | None = None


class GroupForm(msgspec.Struct):
    """Which group shows a post again; its home where nothing is said."""

    group_id: str | None = None


class PauseForm(msgspec.Struct):
    """Who only reads for so many days, why and on what that rests."""

    account_id: str | None = None
    days: int = 7
    reason: str = ""
    category: Code | None = None
    rules: list[int] = []


async def _post(db: Connection, request: Request) -> Post:
    return await reading.by_id(db, int(request.path_params["id"]), member(request).account.id)


def _group_id(post: Post, said: str | None) -> int:
    """The group that is meant. Raises NotFound (the post is in none)."""
    found = id_from(said) if said is not None else post.group_id
    if found is None:
        raise NotFound
    return found


@needs("write:groups")
async def hide(request: Request) -> Response:
    """Hide a post for a group's own people; elsewhere it stays."""
    form = await read(request, MeasureForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        post = await _post(db, request)
        group_id = _group_id(post, form.group_id)
        chosen = await grounds.grounds(db, group_id, form.category, form.rules)
        await moderating.hide(db, here.here, me, group_id, post.id, reason=form.reason, grounds=chosen, now=here.now())
    return nothing()


@needs("write:groups")
async def show_again(request: Request) -> Response:
    """Show it to them again."""
    form = await read(request, GroupForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        post = await _post(db, request)
        await moderating.show_again(db, here.here, me, _group_id(post, form.group_id), post.id, now=here.now())
    return nothing()


@needs("write:groups")
async def note(request: Request) -> Response:
    """Write the author of a post a note that nobody else reads."""
    return await _write(request, "note")


@needs("write:groups")
async def ask_to_edit(request: Request) -> Response:
    """Ask the author of a post to change it."""
    return await _write(request, "ask to edit")


async def _write(request: Request, kind: Kind) -> Response:
    form = await read(request, MeasureForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        post = await _post(db, request)
        chosen = await grounds.grounds(db, post.group_id or 0, form.category, form.rules)
        await asking_authors.write(db, me, post.id, kind, form.reason, chosen, now=here.now())
    return nothing()


@needs("read:groups")
async def list_notes(request: Request) -> Response:
    """The notes and requests of a group to authors, newest first, and what became of them."""
    here, asked = site(request), cursor(request)
    async with here.read() as db:
        group = await group_of(db, request)
        found = await asking_authors.of_group(db, member(request).account, group.id, asked)
        people = await lookup.by_ids(db, [each.account_id for each in found])
    shown = [entities.note(here.here, each, people[each.account_id]) for each in found if each.account_id in people]
    return json(shown, headers=link_header(request, [each.id for each in found]))


@needs("write:groups")
async def take_back(request: Request) -> Response:
    """Take a note or a request back."""
    here, item = site(request), int(request.path_params["item"])
    async with here.transaction() as db:
        group = await group_of(db, request)
        await asking_authors.take_back(db, member(request).account, group, item, now=here.now())
    return nothing()


@needs("read:groups")
async def list_hidden(request: Request) -> Response:
    """What a group hides for its own people, the latest first."""
    async with site(request).read() as db:
        group = await group_of(db, request)
        found = await moderating.hidden(db, member(request).account, group.id)
    return json([entities.hidden(each) for each in found])


async def _pauses(db: Connection, request: Request, found: Sequence[Pause]) -> list[dict[str, object]]:
    people = await lookup.by_ids(db, [each.account_id for each in found])
    return [entities.pause(site(request).here, each, people[each.account_id]) for each in found]


@needs("read:groups")
async def list_pauses(request: Request) -> Response:
    """Who only reads in a group, and until when."""
    async with site(request).read() as db:
        group = await group_of(db, request)
        return json(await _pauses(db, request, await pausing.of_group(db, member(request).account, group)))


@needs("write:groups")
async def pause(request: Request) -> Response:
    """Let a member only read for some days."""
    form = await read(request, PauseForm)
    here, me = site(request), member(request).account
    async with here.transaction() as db:
        group = await group_of(db, request)
        await pausing.check_may(db, me, group)
        if form.account_id is None:
            raise Invalid("Say whom.", field="account_id")
        person = await finding.by_id(db, id_from(form.account_id))
        chosen = await grounds.grounds(db, group.id, form.category, form.rules)
        made = await pausing.pause(
            db, me, group, person, days=form.days, reason=form.reason, grounds=chosen, now=here.now()
        )
        (shown,) = await _pauses(db, request, [made])
    return json(shown)


@needs("write:groups")
async def go_on(request: Request) -> Response:
    """Let them write again."""
    here, person_id = site(request), int(request.path_params["account"])
    async with here.transaction() as db:
        group = await group_of(db, request)
        await pausing.go_on(db, member(request).account, group, person_id, now=here.now())
    return nothing()


GROUP, STATUS = "/api/fedcomm/v1/groups/{id:int}", "/api/fedcomm/v1/statuses/{id:int}"

routes = [
    Route(f"{STATUS}/hide", hide, methods=["POST"]),
    Route(f"{STATUS}/show_again", show_again, methods=["POST"]),
    Route(f"{STATUS}/note", note, methods=["POST"]),
    Route(f"{STATUS}/ask_to_edit", ask_to_edit, methods=["POST"]),
    Route(f"{GROUP}/notes", list_notes),
    Route(f"{GROUP}/notes/{{item:int}}", take_back, methods=["DELETE"]),
    Route(f"{GROUP}/hidden", list_hidden),
    Route(f"{GROUP}/pauses", list_pauses),
    Route(f"{GROUP}/pauses", pause, methods=["POST"]),
    Route(f"{GROUP}/pauses/{{account:int}}", go_on, methods=["DELETE"]),
]
