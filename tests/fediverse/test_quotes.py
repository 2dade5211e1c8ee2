"""Quotes between two instances: asked for, given, refused, taken back (FEP-044f)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fedcomm.activitypub.resolving import Resolver
from tests import running
from tests.api.callers import Caller, caller
from tests.running import Instance, MakeDatabase

STATUSES = "/api/v1/statuses"


@dataclass(frozen=True, slots=True)
class Two:
    """Ada lives here, Ben lives there."""

    here: Instance
    there: Instance
    ada: Caller
    ben: Caller

    async def settle(self) -> None:
        """Let all that is said arrive."""
        await running.settle(self.here, self.there)

    async def seen_there(self, status: Any) -> str:
        """The id that something written here has there, fetched if need be."""
        return str((await self.there.site.service(Resolver).post(status["uri"])).id)

    async def seen_here(self, status: Any) -> str:
        """The id that something written there has here."""
        return str((await self.here.site.service(Resolver).post(status["uri"])).id)


@asynccontextmanager
async def two(make_database: MakeDatabase) -> AsyncGenerator[Two]:
    """Two instances, and somebody at each."""
    async with (
        running.instances(make_database, 2) as (here, there),
        caller(here, "ada") as ada,
        caller(there, "ben") as ben,
    ):
        yield Two(here, there, ada, ben)


async def _types(who: Caller) -> list[str]:
    return [each["type"] for each in await who.get("/api/v1/notifications")]


async def test_a_quote_waits_for_consent_and_then_shows_on_both_sides(database_url: MakeDatabase) -> None:
    async with two(database_url) as net:
        said = await net.ada.write("The red oven is best.")
        there = await net.seen_there(said)
        quote = await net.ben.write("So it is.", quoted_status_id=there)
        assert quote["quote"] == {"state": "pending", "quoted_status": None}
        await net.settle()

        shown = (await net.ben.get(f"{STATUSES}/{quote['id']}"))["quote"]
        assert (shown["state"], shown["quoted_status"]["id"]) == ("accepted", there)
        (found,) = await net.ada.get(f"{STATUSES}/{said['id']}/quotes")
        assert (found["uri"], found["quote"]["state"]) == (quote["uri"], "accepted")
        assert found["quote"]["quoted_status"]["id"] == said["id"]
        assert (await net.ada.get(f"{STATUSES}/{said['id']}"))["quotes_count"] == 1
        assert await _types(net.ada) == ["quote"]
        assert found["edited_at"] is None
        assert (await net.ben.get(f"{STATUSES}/{quote['id']}"))["edited_at"] is None


async def test_who_lets_nobody_quote_is_asked_in_vain(database_url: MakeDatabase) -> None:
    async with two(database_url) as net:
        said = await net.ada.write("Hear me.")
        there = await net.seen_there(said)
        policy = {"quote_approval_policy": "nobody"}
        await net.ada.ask("PUT", f"{STATUSES}/{said['id']}/interaction_policy", json=policy)
        quote = await net.ben.write("They say.", quoted_status_id=there)
        await net.settle()

        assert (await net.ben.get(f"{STATUSES}/{quote['id']}"))["quote"] == {"state": "rejected", "quoted_status": None}
        assert await net.ada.get(f"{STATUSES}/{said['id']}/quotes") == []
        fresh = await net.ada.write("Not this one.", quote_approval_policy="nobody")
        known = await net.seen_there(fresh)
        assert (await net.ben.get(f"{STATUSES}/{known}"))["quote_approval"]["current_user"] == "denied"
        await net.ben.refused(403, "POST", STATUSES, json={"status": "x", "quoted_status_id": known})


async def test_consent_that_is_taken_back_hides_the_quote_everywhere(database_url: MakeDatabase) -> None:
    async with two(database_url) as net:
        said = await net.ada.write("I did not mean it.")
        quote = await net.ben.write("They said it.", quoted_status_id=await net.seen_there(said))
        await net.settle()
        stamps = [row["id"] for row in await _rows(net.here, "SELECT id FROM quote_stamp")]
        address = f"{said['uri']}/quote_authorizations/{stamps[0]}"
        accept = {"Accept": "application/activity+json"}
        stamp = await net.ada.http.get(address, headers=accept)
        assert (stamp.status_code, stamp.json()["interactingObject"]) == (200, quote["uri"])
        assert (stamp.json()["type"], stamp.json()["interactionTarget"]) == ("QuoteAuthorization", said["uri"])

        await net.ada.post(f"{STATUSES}/{said['id']}/quotes/{await net.seen_here(quote)}/revoke")
        await net.settle()
        assert (await net.ben.get(f"{STATUSES}/{quote['id']}"))["quote"] == {"state": "revoked", "quoted_status": None}
        assert (await net.ada.http.get(address, headers=accept)).status_code == 410
        document = (await net.ben.http.get(quote["uri"], headers=accept)).json()
        assert document["quote"] == said["uri"]
        assert "quoteAuthorization" not in document


async def test_a_third_server_believes_the_stamp_and_nothing_else(database_url: MakeDatabase) -> None:
    async with two(database_url) as net, running.instance(await database_url()) as third, caller(third, "cleo") as cleo:
        said = await net.ada.write("The red oven is best.")
        quote = await net.ben.write("So it is.", quoted_status_id=await net.seen_there(said))
        await net.settle()
        seen = await third.site.service(Resolver).post(quote["uri"])
        await running.settle(net.here, net.there, third)

        shown = (await cleo.get(f"{STATUSES}/{seen.id}"))["quote"]
        assert (shown["state"], shown["quoted_status"]["uri"]) == ("accepted", said["uri"])


async def _rows(at: Instance, query: str) -> list[Any]:
    async with at.site.read() as db:
        return list(await db.fetch(query))
