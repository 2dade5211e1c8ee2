"""What happens in a thread or a group while its page is open: only that, never what is said (product 16)."""

from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.errors import NotFound
from fedcomm.groups import reading as groups
from fedcomm.http.context import site
from fedcomm.http.event_streams import EventStream, since_of
from fedcomm.http.pages import member_page, signed_in
from fedcomm.http.router import Route
from fedcomm.streaming.channels import channel
from fedcomm.streaming.readers import Message, Reader
from fedcomm.threads import reading

STREAMS: tuple[Literal["thread", "group"], ...] = ("thread", "group")


class _Author(msgspec.Struct):
    id: str


class _Told(msgspec.Struct):
    """What is read of the status that apps are sent."""

    id: str
    account: _Author
    in_reply_to_id: str | None = None
    reblog: "_Told | None" = None


@member_page
async def live(request: Request) -> Response:
    """New replies to `thread`, or new threads in `group`, from now on or since an id, until somebody ends it."""
    here, found = site(request), signed_in(request)
    me = found.account.id
    given = request.query_params
    stream = next((each for each in STREAMS if each in given), "thread")
    asked = channel(stream, given)
    since = since_of(given.get("since") or request.headers.get("last-event-id"))
    async with here.read() as db:
        if stream == "thread":
            await reading.by_id(db, int(asked.of), me)
        elif not await groups.may_know_of(db, int(asked.of), me):
            raise NotFound
    reader = Reader(me, found.session.id, is_of_browser=True)

    def form(message: Message) -> bytes:
        return _event(message, me, is_of_group=stream == "group")

    return EventStream(here, reader, asked, since, form)


def _event(message: Message, me: int, *, is_of_group: bool) -> bytes:
    """`fresh` and `gone` with the id of a post, `gap` when too much was missed; nothing of what one did oneself."""
    if message.event in ("delete", "gap"):
        name, about = ("gone", message.payload) if message.event == "delete" else ("gap", b"")
        return b"event: %b\ndata: %b\nid: %d\n\n" % (name.encode(), about, message.id)
    if message.event != "update":
        return b""
    told = msgspec.json.decode(message.payload, type=_Told)
    told = told.reblog or told
    if told.account.id == str(me) or (is_of_group and told.in_reply_to_id is not None):
        return b""
    return b"event: fresh\ndata: %b\nid: %d\n\n" % (told.id.encode(), message.id)


routes = [Route("/live", live, has_time_limit=False)]
