"""One instance of ours and the servers that talk to it, through the front door: HTTP in, the worker settles.

async with world(database_url) as (alpha, beta):
    ada = await alpha.person()
    rui = beta.add("rui")
    await tell(alpha, rui, rui.does("Follow", ada.uri))
"""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from fedcomm.accounts import follows, lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub.resolving import Resolver
from fedcomm.database import Row
from fedcomm.durations import Durations
from fedcomm.groups import membership
from fedcomm.groups.model import Role
from fedcomm.http.context import clock
from fedcomm.threads import drafting, posting, reading
from fedcomm.threads.model import Post
from federation.signatures.key_formats import public_to_multikey
from federation.signatures.object_proofs import add_proof
from tests import keys, running
from tests.clocks import Clock
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC, FakeActor, Sent
from tests.kit.signing import HONEST, Tamper
from tests.running import Instance, MakeDatabase

QUICK = replace(
    Durations(),
    consequence_retries=(timedelta(0), timedelta(hours=1)),
    delivery_retries=(timedelta(0), timedelta(hours=1)),
)
"""What is put off stays put off while a test runs."""


@asynccontextmanager
async def world(
    make_database: MakeDatabase, *, durations: Durations = QUICK, now: Callable[[], datetime] = clock, **settings: str
) -> AsyncGenerator[tuple[Instance, FakePeer]]:
    """Our instance alpha, and beta, which is another server."""
    database_url = await make_database()
    async with running.instance(database_url, durations=durations, now=now, **settings) as alpha, FakePeer() as beta:
        yield alpha, beta


async def tell(
    at: Instance,
    by: FakeActor,
    activity: Mapping[str, Any],
    *,
    to: Account | None = None,
    clock: Clock | None = None,
) -> Sent:
    """Somebody posts an activity to the shared inbox, or to that of `to`; it is accepted and all that follows done."""
    inbox = to.inbox_url if to is not None else at.here.shared_inbox_url
    sent = await by.send(inbox, activity, tamper=Tamper(age=-clock.ahead) if clock is not None else HONEST)
    assert sent.status == 202, (sent.status, sent.body)
    await at.settle()
    return sent


async def join(at: Instance, who: FakeActor, group: Account) -> Account:
    """Somebody elsewhere joins a group of ours. Their account as it is known here."""
    await tell(at, who, who.does("Follow", group.uri))
    return await at.find(who.id)


async def asked(at: Instance, by: Account, who: FakeActor) -> str:
    """One of ours asks to follow somebody elsewhere. The id of the Follow."""
    known = await at.site.service(Resolver).account(who.id)
    async with at.db() as db:
        made = await membership.follow_or_join(db, at.here, by, known, now=at.site.now())
    await at.settle()
    assert made.uri is not None
    return made.uri


async def followed(at: Instance, by: Account, who: FakeActor) -> Account:
    """One of ours follows somebody elsewhere, who accepts."""
    await tell(at, who, who.does("Accept", await asked(at, by, who)))
    known = await at.find(who.id)
    async with at.site.read() as db:
        made = await follows.find(db, by.id, known.id)
    assert made is not None
    assert made.state == "accepted"
    return known


async def can_read(at: Instance, viewer: Account | None, post: Post) -> bool:
    """Whether somebody, or a visitor, may read a post."""
    viewer_id = viewer.id if viewer is not None else None
    async with at.site.read() as db:
        return post.id in await reading.by_ids(db, [post.id], viewer_id)


async def wrote(
    at: Instance, by: Account, text: str, *, group: Account | None = None, parent: Post | None = None
) -> Post:
    """One of ours writes something; what follows is done."""
    async with at.db() as db:
        draft = await drafting.from_text(
            db,
            at.here,
            by,
            text,
            parent_id=parent.id if parent else None,
            group_ids=[group.id] if group else [],
            now=at.site.now(),
        )
        post = await posting.publish(db, at.here, by, draft, now=at.site.now())
    await at.settle()
    return post


async def post_at(at: Instance, uri: str) -> Post | None:
    """A post as it is known here."""
    async with at.site.read() as db:
        return await reading.by_uri(db, uri)


async def the_post(at: Instance, uri: str) -> Post:
    """The same, where it must be known."""
    post = await post_at(at, uri)
    assert post is not None, f"{uri} is not here; dropped: {await drops(at)}"
    return post


async def account_at(at: Instance, uri: str) -> Account | None:
    """An account as it is known here."""
    async with at.site.read() as db:
        return await lookup.by_uri(db, uri)


async def role_at(at: Instance, group: Account, uri: str) -> Role | None:
    """What somebody is in a group of ours."""
    async with at.site.read() as db:
        who = await lookup.by_uri(db, uri)
        return await membership.role(db, group.id, who.id if who else None)


async def rows(at: Instance, query: str, *args: object) -> list[Row]:
    """What a query says."""
    async with at.site.read() as db:
        return await db.fetch(query, *args)


async def count(at: Instance, table: str) -> int:
    """How many rows a table has."""
    (row,) = await rows(at, f"SELECT count(*) AS n FROM {table}")  # table names stand in tests only
    return row["n"]


async def drops(at: Instance) -> list[str]:
    """Why activities had no effect, in order."""
    return [row["reason"] for row in await rows(at, "SELECT reason FROM dropped_activity ORDER BY id")]


def to_group(group: Account, **more: Any) -> dict[str, Any]:
    """How a Mastodon user addresses a group: Public, and a mention."""
    return {
        "to": [PUBLIC],
        "cc": [group.uri],
        "tag": [{"type": "Mention", "href": group.uri, "name": group.full_handle}],
        **more,
    }


def with_proofs(peer: FakePeer, name: str, kind: str = "Person", *, key_number: int = 1) -> FakeActor:
    """Somebody whose server also has an Ed25519 key for them (FEP-521a)."""
    actor = peer.add(name, kind)
    key = keys.ed25519_key(key_number)
    actor.more["assertionMethod"] = [
        {
            "id": f"{actor.id}#ed25519-key",
            "type": "Multikey",
            "controller": actor.id,
            "publicKeyMultibase": public_to_multikey(key.public_key()),
        }
    ]
    return actor


def proven(at: Instance, by: FakeActor, activity: Mapping[str, Any], *, key_number: int = 1) -> dict[str, Any]:
    """An activity with a proof by somebody, its own actor if all is well (FEP-8b32)."""
    return add_proof(activity, keys.ed25519_key(key_number), f"{by.id}#ed25519-key", now=at.site.now())
