"""A post goes to many servers while the processes that send it are killed again and again."""

import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fedcomm.accounts.model import Account
from fedcomm.jobs.delivering import Room
from federation.signatures.key_formats import public_from_pem
from tests.conftest import MakeDatabase
from tests.kit.signing import is_signed_by
from tests.reliability import processes
from tests.reliability.hosts import Hosts, extra, hosts, readers
from tests.reliability.processes import Instance, Part
from tests.running import until

DESTINATIONS = 1000
BETWEEN = (0.05, 0.95)
"""The part of the destinations that has the post when a kill happens."""
SLOWEST_S = 0.15
"""Hosts take up to so long to answer, so that many deliveries are under way at any moment."""

PACE = 0.1
"""A try is given up after a second (10 s in life)."""
UNANSWERED = re.compile(r"delivery later activity=\d+ inbox=(\S+) attempt=\d+ status=None")
"""Whoever sent it does not know whether it arrived. On a machine with too much to do a host, which is a part of this
test, takes more than a second to answer: then there is a copy that no kill explains, but such a line does.

So each try was answered, and was the last to its inbox; or it was logged as unanswered; or it was under way at a kill.
Only after one of the latter two there is another, which brings one copy: of each inbox as many as these, at most.
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """What was begun and ended until a kill, for each inbox."""

    tries: Counter[str]
    unanswered: Counter[str]


@dataclass(frozen=True, slots=True)
class Killed:
    """What stood where right after a kill."""

    reached: int
    in_flight: frozenset[str]
    """The inboxes to which a try had begun whose end nobody heard of."""


async def test_r002_every_server_gets_the_post_though_the_workers_are_killed_three_times(
    database_url: MakeDatabase, tmp_path: Path
) -> None:
    """R002, R046, R047: nothing is lost, copies are at most those in flight, same id and bytes, each signed anew."""
    await _survives(await database_url(), tmp_path, kills=3, seed=20_261_120, parts=("all",))


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
async def test_r002_every_server_gets_the_post_though_web_and_worker_are_killed_ten_times(
    database_url: MakeDatabase, tmp_path: Path, seed: int
) -> None:
    """R002: as above, with a process each for web and worker, both killed ten times."""
    await _survives(await database_url(), tmp_path, kills=10, seed=seed, parts=("web", "worker"))


async def _survives(url: str, folder: Path, *, kills: int, seed: int, parts: tuple[Part, ...]) -> None:
    chance = random.Random(seed)
    async with (
        hosts(DESTINATIONS, seed=seed, slowest_s=SLOWEST_S) as there,
        processes.instance(url, folder, parts=parts, durations=PACE) as alpha,
    ):
        ada, signed_in = await alpha.person("ada")
        async with alpha.pool.transaction() as db:
            await readers(db, ada, there.servers, now=datetime.now(UTC))
        activity_id = await alpha.publish(signed_in, "The oven is back.")
        killed: list[Killed] = []
        begun = Begun(Counter(), Counter())
        for enough in _moments(chance, kills):
            there.take_at_most(enough)
            await there.until_reached(activity_id, enough, within=60)
            alpha.kill(*parts)
            before, begun = begun, await _begun(alpha)
            killed.append(Killed(len(there.reached(activity_id)), _in_flight(before, begun)))
            await alpha.start(*parts)
        there.take_at_most(None)
        await there.until_reached(activity_id, DESTINATIONS, within=60)
        await _until_written_down(alpha)
        _check_kills(killed)
        await _check_copies(alpha, there, activity_id, ada, killed)


def _moments(chance: random.Random, kills: int) -> list[int]:
    """How many destinations shall have the post at each kill: a number in each of as many equal stretches."""
    first, last = (round(DESTINATIONS * part) for part in BETWEEN)
    stretch = (last - first) / (kills + 1)
    return [round(first + stretch * (n + chance.uniform(0.2, 0.8))) for n in range(kills)]


async def _begun(alpha: Instance) -> Begun:
    """Right after a kill: the tries that are written down as begun, of what is not written down as done."""
    async with alpha.pool.transaction() as db:
        await db.execute("LOCK TABLE pending_delivery IN SHARE MODE")  # what the killed had sent off is over now
        rows = await db.fetch(
            """
            SELECT d.inbox_url, p.attempts
              FROM pending_delivery p
              JOIN destination d ON d.id = p.destination_id
            """
        )
    return Begun(Counter({row["inbox_url"]: row["attempts"] for row in rows}), _unanswered(alpha))


def _in_flight(before: Begun, now: Begun) -> frozenset[str]:
    ended = now.unanswered - before.unanswered
    return frozenset(inbox for inbox, tries in now.tries.items() if tries - before.tries[inbox] > ended[inbox])


def _unanswered(alpha: Instance) -> Counter[str]:
    return Counter(UNANSWERED.findall(alpha.said))


async def _until_written_down(alpha: Instance) -> None:
    async with alpha.pool.connection() as db:
        await until(lambda: db.fetchval("SELECT count(*) FROM pending_delivery"), lambda left: left == 0)
        assert await db.fetchval("SELECT count(*) FROM done_delivery") == DESTINATIONS
        assert await db.fetchval("SELECT count(*) FROM failed_delivery") == 0


def _check_kills(killed: list[Killed]) -> None:
    """Each while 5 to 95 % were delivered, most with something under way: else this test would show nothing."""
    first, last = (DESTINATIONS * part for part in BETWEEN)
    assert all(first <= each.reached <= last for each in killed), [each.reached for each in killed]
    most = 2 * Room().young  # those that just ended, and those that took their places
    in_flight = [len(each.in_flight) for each in killed]
    assert max(in_flight) <= most, in_flight
    assert sum(map(bool, in_flight)) > len(killed) / 2, in_flight


async def _check_copies(alpha: Instance, there: Hosts, activity_id: str, ada: Account, killed: list[Killed]) -> None:
    copies = there.copies(activity_id)
    assert set(copies) == set(there.inboxes)
    assert len({seen.body for of_one in copies.values() for seen in of_one}) == 1
    assert {arrival.activity_id for arrival in there.arrivals} == {activity_id}

    allowed = Counter(inbox for each in killed for inbox in each.in_flight) + _unanswered(alpha)
    doubled = extra(copies)
    print(f"kills: {[(each.reached, len(each.in_flight)) for each in killed]}, copies: {doubled.total()}")
    assert doubled <= allowed, doubled - allowed
    assert doubled.total() > 0, "no try was interrupted at all"

    async with alpha.pool.connection() as db:
        pem = await db.fetchval(
            "SELECT public_key FROM account_key WHERE account_id = $1 AND algorithm = 'rsa'", ada.id
        )
    key = public_from_pem(pem)
    for inbox, of_one in copies.items():
        assert all(is_signed_by(seen, key, base=inbox.removesuffix("/inbox")) for seen in of_one)
