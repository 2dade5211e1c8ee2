"""Lists of those one follows, and tags that one follows: made, changed, read, ended on pages (product 6; D39)."""

from collections.abc import Mapping
from typing import cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding, lists, lookup
from fedcomm.accounts.lists import OwnList
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.groups import lists as group_lists
from fedcomm.http.context import site
from fedcomm.http.forms import read
from fedcomm.http.pages import member_page, own_path, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, posts
from fedcomm.looks.frame import Texts, show, texts
from fedcomm.looks.notes import then
from fedcomm.looks.refusals import errors_of
from fedcomm.looks.shown import Choice, GroupListLine, ListLine, TagLine
from fedcomm.timelines import followed_tags, own_list
from fedcomm.timelines.cursor import GREATEST_ID
from fedcomm.web import addressed
from fedcomm.web.paging import Paged, cursor, paged

MEMBERS_AT_ONCE = 40


class NewForm(msgspec.Struct):
    """A new list."""

    title: str = ""


class ListForm(msgspec.Struct):
    """A list as it shall be."""

    title: str = ""
    replies: str = "list"
    is_exclusive: str = ""


class PersonForm(msgspec.Struct):
    """Whom to put in, by their address."""

    who: str = ""


class MemberForm(msgspec.Struct):
    """Whom to take out."""

    account: str = ""


class GroupForm(msgspec.Struct):
    """Whether a group's threads stay out of home."""

    group: str = ""
    is_exclusive: str = ""


class TagForm(msgspec.Struct):
    """Which tag, and where to go back to."""

    tag: str = ""
    next: str = ""


@member_page
async def lists_page(request: Request) -> Response:
    """All of them, the groups that are lists by themselves, and the tags."""
    return await _overview(request, {}, {})


async def _overview(
    request: Request, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> Response:
    me = signed_in(request).account.id
    async with site(request).read() as db:
        own = await lists.of(db, me)
        joined = await group_lists.of_member(db, me)
        groups = await lookup.by_ids(db, [each.group_id for each in joined])
        tags = await followed_tags.page(db, me, below=GREATEST_ID, limit=followed_tags.MOST_FOLLOWED)
    return await show(
        request,
        "lists.html",
        status=status,
        lists=[_line(each) for each in own],
        groups=[
            GroupListLine(group=cards.group_tag(groups[each.group_id]), is_exclusive=each.is_exclusive)
            for each in joined
            if each.group_id in groups
        ],
        tags=[TagLine(name=each.shown_as, tag=each.tag, url=f"/tags/{each.tag}") for each in tags],
        form=form,
        errors=errors,
        longest=lists.LONGEST_TITLE,
    )


def _line(found: OwnList) -> ListLine:
    return ListLine(id=found.id, title=found.title, is_exclusive=found.is_exclusive)


async def _own(request: Request, db: Connection) -> OwnList:
    """The list of the path, if it is the reader's. Raises NotFound (S097)."""
    found = await lists.find(db, signed_in(request).account.id, int(request.path_params["id"]))
    if found is None:
        raise NotFound("There is no such list.")
    return found


@member_page
async def make(request: Request) -> Response:
    """A new list, empty at first."""
    here, form = site(request), await read(request, NewForm)
    try:
        async with here.transaction(wakes=()) as db:
            made = await lists.make(db, signed_in(request).account, form.title, now=here.now())
    except Invalid as refused:
        return await _overview(request, {"title": form.title}, await _errors(request, refused), status=422)
    return then(request, f"/lists/{made.id}/edit", "list-made")


async def _errors(request: Request, refused: Invalid) -> dict[str, str]:
    _ = await texts(request)
    if refused.message == "Validation failed: Title can't be blank":
        return {"title": _("Please give the list a name.")}
    if refused.field == "account_ids":
        return {"who": _("They are in this list already.")}
    return errors_of(refused, _)


@member_page
async def list_page(request: Request) -> Response:
    """What those in a list write."""
    me, asked = signed_in(request).account, cursor(request)
    async with site(request).read() as db:
        found = await _own(request, db)
        entries, around = paged(request, await own_list.page(db, found, cursor=asked), asked)
        threads = await posts.thread_cards(db, me.id, entries)
        is_empty = not await lists.members(db, found, below=GREATEST_ID, limit=1)
    return await show(
        request,
        "list.html",
        list=_line(found),
        is_empty=is_empty,
        threads=threads,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


def _replies(_: Texts) -> tuple[Choice, ...]:
    return (
        Choice(value="list", label=_("To others in the list")),
        Choice(value="followed", label=_("To anybody I follow")),
        Choice(value="none", label=_("None")),
    )


@member_page
async def edit_page(request: Request) -> Response:
    """Its name, what it shows, and who is in it."""
    async with site(request).read() as db:
        found = await _own(request, db)
    return await _edit(request, found, {}, {})


async def _edit(
    request: Request, found: OwnList, form: Mapping[str, str], errors: Mapping[str, str], *, status: int = 200
) -> Response:
    asked = cursor(request, limit=MEMBERS_AT_ONCE)
    async with site(request).read() as db:
        members = await lists.members(
            db, found, below=asked.below, above=asked.above, upwards=asked.is_upwards, limit=asked.limit
        )
        around = Paged(request, [place for place, _ in members], asked)
        people = await lookup.by_ids(db, [account_id for _, account_id in members])
    present = {
        "title": found.title,
        "replies": found.replies_policy,
        "is_exclusive": "yes" if found.is_exclusive else "",
    }
    return await show(
        request,
        "edit_list.html",
        status=status,
        list=_line(found),
        people=[
            cards.account_card(people[account_id])
            for _, account_id in members[around.first : around.last]
            if account_id in people
        ],
        reply_choices=_replies(await texts(request)),
        form={**present, **form},
        errors=errors,
        longest=lists.LONGEST_TITLE,
        newer_url=around.newer_url,
        older_url=around.older_url,
    )


@member_page
async def edit(request: Request) -> Response:
    """Rename it, or change what it shows."""
    form, me = await read(request, ListForm), signed_in(request).account
    async with site(request).read() as db:
        found = await _own(request, db)
    try:
        async with site(request).transaction(wakes=()) as db:
            await lists.change(
                db,
                me,
                found.id,
                title=form.title,
                replies_policy=form.replies,
                is_exclusive=form.is_exclusive == "yes",
            )
    except Invalid as refused:
        typed = cast("dict[str, str]", msgspec.to_builtins(form))
        return await _edit(request, found, typed, await _errors(request, refused), status=422)
    return then(request, f"/lists/{found.id}/edit", "saved")


@member_page
async def add(request: Request) -> Response:
    """Put somebody in whom one follows."""
    here, form = site(request), await read(request, PersonForm)
    _ = await texts(request)
    async with here.read() as db:
        found = await _own(request, db)
        person = await finding.by_handle(db, here.here, form.who)
    errors: dict[str, str]
    if person is None:
        errors = {"who": _("Nobody is known by this address. Write it like name or name@other.example.")}
    else:
        try:
            async with here.transaction(wakes=()) as db:
                await lists.put(db, found, [person.id], now=here.now())
            return then(request, f"/lists/{found.id}/edit", "saved")
        except NotFound:
            errors = {"who": _("You do not follow %(name)s. Follow first.") % {"name": person.shown_name}}
        except Invalid as refused:
            errors = await _errors(request, refused)
    return await _edit(request, found, {"who": form.who}, errors, status=422)


@member_page
async def take_out(request: Request) -> Response:
    """Take somebody out again."""
    form = await read(request, MemberForm)
    async with site(request).transaction(wakes=()) as db:
        found = await _own(request, db)
        await lists.take_out(db, found, [addressed.id_of(form.account)])
    return then(request, f"/lists/{found.id}/edit", "saved")


@member_page
async def delete(request: Request) -> Response:
    """Delete a list; those in it are followed as before."""
    async with site(request).transaction(wakes=()) as db:
        found = await _own(request, db)
        await lists.remove(db, signed_in(request).account, found.id)
    return then(request, "/lists", "deleted")


@member_page
async def set_exclusive(request: Request) -> Response:
    """Keep a group's threads out of home, or let them in again."""
    form = await read(request, GroupForm)
    async with site(request).transaction(wakes=()) as db:
        await group_lists.set_exclusive(
            db,
            signed_in(request).account.id,
            addressed.id_of(form.group),
            is_exclusive=form.is_exclusive == "yes",
        )
    return then(request, "/lists", "saved")


@member_page
async def follow_tag(request: Request) -> Response:
    """Public posts with a tag stand in one's home from now on."""
    here, form = site(request), await read(request, TagForm)
    _ = await texts(request)
    try:
        async with here.transaction(wakes=()) as db:
            await followed_tags.follow(db, signed_in(request).account.id, form.tag.strip(), now=here.now())
    except NotFound:
        errors = {"tag": _("A tag is one word of letters, digits and underscores.")}
        return await _overview(request, {"tag": form.tag}, errors, status=422)
    except Invalid as refused:
        return await _overview(request, {"tag": form.tag}, {"tag": errors_of(refused, _)[""]}, status=422)
    return then(request, own_path(form.next, otherwise="/lists"), "tag-followed")


@member_page
async def unfollow_tag(request: Request) -> Response:
    """No longer."""
    form = await read(request, TagForm)
    async with site(request).transaction(wakes=()) as db:
        await followed_tags.unfollow(db, signed_in(request).account.id, form.tag)
    return then(request, own_path(form.next, otherwise="/lists"), "tag-unfollowed")


routes = [
    Route("/lists", lists_page),
    Route("/lists", make, methods=["POST"]),
    Route("/lists/groups", set_exclusive, methods=["POST"]),
    Route("/lists/tags/follow", follow_tag, methods=["POST"]),
    Route("/lists/tags/unfollow", unfollow_tag, methods=["POST"]),
    Route("/lists/{id:int}", list_page),
    Route("/lists/{id:int}/edit", edit_page),
    Route("/lists/{id:int}/edit", edit, methods=["POST"]),
    Route("/lists/{id:int}/add", add, methods=["POST"]),
    Route("/lists/{id:int}/take_out", take_out, methods=["POST"]),
    Route("/lists/{id:int}/delete", delete, methods=["POST"]),
]
