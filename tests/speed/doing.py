"""What is done while it is measured: what members and other servers write, and what the worker makes of it."""

import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import httpx2 as httpx
import msgspec
import pytest

from fedcomm.accounts import keys, lookup
from fedcomm.database import Connection
from fedcomm.jobs import backlog, delivery_leases
from fedcomm.recurring import recurring
from fedcomm.threads import retention
from federation.signatures import key_formats
from tests import keys as pool
from tests.kit.signing import signed_headers
from tests.running import Instance
from tests.speed.cast import BASE, BUSY, DEAD_PEERS, HUGE, OWNER, READER, REMOTE

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
WRITER = REMOTE.start + 7
"""Somebody elsewhere whom the reader follows."""

Deed = Callable[[], Awaitable[object]]


async def deeds(here: Instance, apps: Mapping[int, httpx.AsyncClient]) -> dict[str, Deed]:
    """By name and in their order; each does what it says once."""
    async with here.site.read() as db:
        root = await db.fetchval(
            "SELECT id FROM post WHERE group_id = $1 AND thread_id = id ORDER BY id DESC LIMIT 1", BUSY
        )
        poll = await db.fetchval(
            "SELECT max(post_id) FROM poll JOIN post ON post.id = poll.post_id AND post.group_id IS NULL"
        )
        wrote = await lookup.by_id(db, WRITER)
    assert wrote is not None
    async with here.db() as db:
        pem = key_formats.public_to_pem(pool.rsa_key(3).public_key())
        await keys.remember(db, WRITER, [(f"{wrote.uri}#main-key", "rsa", pem)], now=here.site.now())

    def say(who: int, path: str, **fields: object) -> Deed:
        async def ask() -> None:
            answer = await apps[who].post(path, json=fields)
            assert answer.status_code == 200, (path, answer.status_code, answer.text)

        return ask

    async def hear() -> None:
        answer = await apps[0].post("/inbox", content=note, headers=headers)
        assert answer.status_code == 202, answer.text

    note = _note(wrote.uri, here)
    signed = signed_headers(pool.rsa_key(3), f"{wrote.uri}#main-key", url=f"{BASE}/inbox", body=note)
    headers = {"Content-Type": "application/activity+json", **signed}
    statuses = "/api/v1/statuses"
    done: dict[str, Deed] = {
        "post to a group": say(READER, statuses, status=f"@group_{BUSY} Which mixer?\nOurs broke, and #ovens too."),
        "post to followers": say(READER, statuses, status="A mixer for sale.", visibility="private"),
        "answer": say(READER, statuses, status="The red one.", in_reply_to_id=str(root)),
        "favourite": say(READER, f"{statuses}/{root}/favourite"),
        "boost": say(READER, f"{statuses}/{root}/reblog"),
        "bookmark": say(READER, f"{statuses}/{root}/bookmark"),
        "vote": say(READER, f"/api/v1/polls/{poll}/votes", choices=[1]),
        "follow": say(READER, f"/api/v1/accounts/{REMOTE.start + 4}/follow"),
        "what follows from all this": here.worker.facts.settle,
        "post to a group with 100,000 followers": say(
            OWNER, statuses, status=f"@group_{HUGE} Which mixer?\nOurs broke."
        ),
        "what follows from that": here.worker.facts.settle,
        "a note arrives": hear,
        "it is interpreted": here.worker.inbox.settle,
        "what follows from the note": here.worker.facts.settle,
        "deliveries are taken up": lambda: _taken_up(here, timedelta(), DEAD_PEERS),
        "deliveries to dead peers are taken up again": lambda: _taken_up(here, timedelta(hours=3), 2 * DEAD_PEERS),
        "what waits is looked at": lambda: _looked_at(here),
        "old threads of others go, one step": lambda: _old_go(here),
    }
    return done | {f"again and again: {each.name}": each.do for each in recurring(here.site)}


def _note(author: str, here: Instance) -> bytes:
    uri = f"{author}/notes/{here.site.config.listen.port}"
    addressed = {"to": [PUBLIC], "cc": [f"{author}/followers"], "published": here.site.now().isoformat()}
    note = {"id": uri, "type": "Note", "attributedTo": author, "content": "<p>A mixer</p>", **addressed}
    activity = {"id": f"{uri}/activity", "type": "Create", "actor": author, "object": note, **addressed}
    return json.dumps({"@context": "https://www.w3.org/ns/activitystreams", **activity}).encode()


class PutBack(Exception):
    """All that was done is to be undone."""


async def _old_go(here: Instance) -> None:
    """Begin to remove what is older than a day, and take one step."""
    bounds = msgspec.structs.replace(here.site.settings, remote_posts_days=1, most_remote_posts=0)
    now = here.site.now()
    with contextlib.suppress(PutBack):
        async with here.db() as db:
            await retention.begin(db, None, bounds, removes=True, now=now)
            assert await retention.go_on(db, now=now)
            run = await retention.under_way(db)
            assert run is not None
            assert run.looked_count == retention.AT_ONCE
            raise PutBack


async def _taken_up(here: Instance, later: timedelta, most: int) -> None:
    """Take peers and their first rows, as the worker does, and put all back."""
    now = here.site.now() + later

    async def take(db: Connection) -> None:
        taken = await delivery_leases.lease(db, now=now, until=now + timedelta(minutes=1), most=most)
        assert len(taken) >= DEAD_PEERS
        rows = await delivery_leases.rows_of(db, [each.authority for each in taken], now=now, each=10)
        assert len(rows) >= DEAD_PEERS
        await delivery_leases.letters(db, {row.activity_id for row in rows})
        await delivery_leases.next_ready(db)
        raise PutBack

    # Ids go on from the greatest that was made: what is written after this would be hours ahead, and stay so.
    with contextlib.suppress(PutBack), pytest.MonkeyPatch.context() as restored:
        restored.setattr("fedcomm.ids._last", 0)
        async with here.db() as db:
            await take(db)


async def _looked_at(here: Instance) -> None:
    async with here.site.read() as db:
        await backlog.look(db, now=here.site.now())
        await backlog.stalled(db, after=timedelta(minutes=1), now=here.site.now())
