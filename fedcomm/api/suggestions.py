"""Whom one may want to follow: groups one is not in, then people followed by those one follows.

Source: Mastodon API documentation, methods/suggestions; groups-in-clients.md section 3.
"""

from typing import Literal, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.accounts import finding, suggestions
from fedcomm.accounts.model import Account
from fedcomm.api.accounts import DEFAULT_ACCOUNTS, MOST_ACCOUNTS, many
from fedcomm.api.entities import accounts as entities
from fedcomm.database import Connection
from fedcomm.groups import reading as groups
from fedcomm.http.answers import json, nothing
from fedcomm.http.auth import member, needs
from fedcomm.http.context import site
from fedcomm.http.paging import cursor
from fedcomm.http.router import Route

Reason = Literal["most_followed", "friends_of_friends"]
LEGACY: dict[Reason, str] = {"most_followed": "global", "friends_of_friends": "past_interactions"}


class Suggestion(NamedTuple):
    """An account, and why it is suggested."""

    account: Account
    reason: Reason


async def _suggested(db: Connection, request: Request) -> list[Suggestion]:
    """Groups of ours by how many take part, groups elsewhere in which others from here are, then people."""
    me = member(request).account.id
    limit = cursor(request, default=DEFAULT_ACCOUNTS, most=MOST_ACCOUNTS).limit
    ours = sorted(await groups.here(db, viewer_id=me), key=lambda group: group.followers_count, reverse=True)
    known = [*ours, *await groups.elsewhere(db)]
    wanted = await suggestions.still_wanted(db, me, [group.id for group in known])
    found = [Suggestion(group, "most_followed") for group in known if group.id in wanted and group.is_discoverable]
    near = await suggestions.friends_of_friends(db, me, limit=limit)
    found += [Suggestion(person, "friends_of_friends") for person in await finding.by_ids(db, near)]
    return found[:limit]


@needs("read:accounts")
async def list_accounts(request: Request) -> Response:
    """The accounts alone, as older apps ask for them."""
    here = site(request)
    async with here.read() as db:
        found = await _suggested(db, request)
    return json(await many(here, [each.account for each in found]))


@needs("read:accounts")
async def list_suggestions(request: Request) -> Response:
    """The accounts, each with the reason."""
    here = site(request)
    async with here.read() as db:
        found = await _suggested(db, request)
    return json(
        [
            {
                "source": LEGACY[each.reason],
                "sources": [each.reason],
                "account": entities.account(here.here, each.account),
            }
            for each in found
        ]
    )


@needs("write:accounts")
async def remove(request: Request) -> Response:
    """Suggest an account to me never again."""
    here = site(request)
    async with here.transaction(wakes=()) as db:
        found = await finding.by_id(db, int(request.path_params["id"]))
        await suggestions.remove(db, member(request).account.id, found.id, now=here.now())
    return nothing()


routes = [
    Route("/api/v1/suggestions", list_accounts),
    Route("/api/v1/suggestions/{id:int}", remove, methods=["DELETE"]),
    Route("/api/v2/suggestions", list_suggestions),
]
