"""Polls as clients read them and vote in them. Source: Mastodon API documentation, methods/polls."""

from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fedcomm.api.entities import polls as entities
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.http.answers import json
from fedcomm.http.auth import anyone_or, member, needs, viewer_id
from fedcomm.http.context import site
from fedcomm.http.finding import ask_again
from fedcomm.http.forms import read
from fedcomm.http.router import Route
from fedcomm.polls import asking
from fedcomm.polls.model import Choices
from fedcomm.text import limits
from fedcomm.threads import voting


class VoteForm(msgspec.Struct):
    """The positions of what is chosen."""

    choices: list[int] = []


def choices(given: dict[str, Any] | str | None, *, now: datetime) -> Choices | None:
    """The poll that a new or changed post asks; None where it asks nothing. Raises Invalid."""
    form = entities.asked(given)
    if form is None:
        return None
    return asking.checked(
        form.options,
        form.expires_in,
        is_multiple=bool(form.multiple),
        hides_totals=bool(form.hide_totals),
        now=now,
    )


async def _shown(db: Connection, request: Request, poll_id: int) -> Response:
    found = await voting.poll(db, poll_id, viewer_id(request))
    return json(entities.poll(found, now=site(request).now()))


@anyone_or("read:statuses")
async def show_poll(request: Request) -> Response:
    """How a poll stands. The server of one that lives elsewhere is asked, if a member here wants to know."""
    poll_id = int(request.path_params["id"])
    here, me = site(request), viewer_id(request)
    if me is not None:
        await ask_again(here, poll_id, me)
    async with here.read() as db:
        return await _shown(db, request, poll_id)


@needs("write:statuses")
async def vote(request: Request) -> Response:
    """Choose one or more answers, once."""
    here = site(request)
    poll_id = int(request.path_params["id"])
    form = await read(request, VoteForm)
    if len(form.choices) > limits.POLL_OPTIONS_FROM_OUTSIDE:
        raise Invalid("This answer cannot be chosen.", field="choices")
    async with here.transaction() as db:
        await voting.vote(db, here.here, member(request).account, poll_id, form.choices, now=here.now())
        return await _shown(db, request, poll_id)


routes = [
    Route("/api/v1/polls/{id:int}", show_poll),
    Route("/api/v1/polls/{id:int}/votes", vote, methods=["POST"]),
]
