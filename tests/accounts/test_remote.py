"""Accounts elsewhere as their own server describes them: suspended there and let back, and under another name."""

import json
from pathlib import Path
from typing import Any

import msgspec

from fedcomm.accounts import remote
from fedcomm.accounts.model import Account
from fedcomm.accounts.remote import Described
from fedcomm.activitypub.actors import Actors
from fedcomm.database import Connection
from fedcomm.http.context import clock
from tests.conftest import MakeDatabase
from tests.kit import FakePeer
from tests.running import Instance, instance

INES = Described(
    kind="person",
    uri="https://beta.example/users/ines",
    authority="beta.example",
    handle="ines",
    handle_domain="beta.example",
    url="https://beta.example/@ines",
    inbox_url="https://beta.example/users/ines/inbox",
)


async def described(db: Connection, **changes: object) -> Account:
    """The account after its server said this."""
    return await remote.upsert(db, msgspec.structs.replace(INES, **changes), now=clock())


async def test_who_was_suspended_at_home_comes_back_when_that_says_so(db: Connection) -> None:
    states = [
        (await described(db, is_suspended=is_suspended)).state
        for is_suspended in (False, True, True, False, True, False)
    ]

    assert states == ["active", "suspended", "suspended", "active", "suspended", "active"]


async def test_who_was_suspended_or_deleted_here_is_not_let_back_from_there(db: Connection) -> None:
    ines = await described(db)
    for state in ("suspended", "deleted"):
        await db.execute("UPDATE account SET state = $2 WHERE id = $1", ines.id, state)
        after = [(await described(db, is_suspended=each)).state for each in (True, False)]

        assert after == [state, state]


async def test_what_a_profile_elsewhere_shows_is_known_here(database_url: MakeDatabase, tmp_path: Path) -> None:
    """The words Mastodon has for it; what is said about a picture stands in either of two places."""
    async with instance(await database_url(), tmp_path) as at, FakePeer() as peer:
        said: dict[str, Any] = {
            "icon": {"type": "Image", "url": f"{peer.server.base}/a.png", "summary": "A red oven"},
            "image": {"type": "Image", "url": f"{peer.server.base}/b.png", "name": "A bakery"},
            "showMedia": False,
            "showRepliesInMedia": False,
            "attributionDomains": ["News.example", "no/site", 7],
        }
        rui = await at.site.service(Actors).account(peer.add("rui", **said).id)

    assert (rui.avatar_description, rui.header_description) == ("A red oven", "A bakery")
    assert (rui.shows_media, rui.shows_media_replies, rui.shows_featured) == (False, False, True)
    assert rui.attribution_domains == ["news.example"]


async def test_a_new_name_is_shown_where_somebody_is_mentioned(database_url: MakeDatabase, tmp_path: Path) -> None:
    """Copies that are kept ready to send do not outlive it (D63)."""
    async with instance(await database_url(), tmp_path) as at, FakePeer() as peer:
        rui = await at.site.service(Actors).account(peer.add("rui").id)
        ada = await at.person("ada")
        async with at.client(await at.token(ada)) as app:
            sent = {"status": f"Hello @rui@{rui.handle_domain}"}
            post = json.loads((await app.post("/api/v1/statuses", json=sent)).content)
            await at.settle()
            before = await mentioned(at, str(post["id"]))
            async with at.db() as db:
                await remote.upsert(
                    db,
                    Described(
                        kind="person",
                        uri=rui.uri,
                        authority=rui.authority,
                        handle="rui_costa",
                        handle_domain=rui.handle_domain,
                        url=rui.url,
                        inbox_url=rui.inbox_url or "",
                    ),
                    now=at.site.now(),
                )
            await at.settle()
            after = await mentioned(at, str(post["id"]))

    assert (before, after) == (f"rui@{rui.handle_domain}", f"rui_costa@{rui.handle_domain}")


async def mentioned(at: Instance, post_id: str) -> str:
    """How a post names whom it mentions."""
    async with at.client() as visitor:
        status = json.loads((await visitor.get(f"/api/v1/statuses/{post_id}")).content)
    return str(status["mentions"][0]["acct"])
