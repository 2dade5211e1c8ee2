"""Instances whose every connection goes through a proxy that can spoil it; as behind a reverse proxy, with TLS."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from fedcomm.cli.bench_network import HASTY
from fedcomm.database import Pool
from fedcomm.durations import Durations
from fedcomm.http.context import Clock, clock
from tests import running
from tests.kit import certificates
from tests.kit.proxy import Proxy
from tests.running import NOWHERE, Instance, MakeDatabase

QUICK = replace(
    HASTY,
    delivery_limit=timedelta(seconds=2),
    fetch_limit=timedelta(seconds=2),
    work_limit=timedelta(seconds=4),
    polling=timedelta(milliseconds=100),
    profile_wait=timedelta(seconds=1),
    negative_cache=timedelta(milliseconds=200),
    detached_retry=timedelta(milliseconds=500),
)
"""Limits are short too, as faults are what is tested, but long enough for a busy machine."""


@dataclass(frozen=True, slots=True)
class Place:
    """An instance, and the line on which others reach it."""

    at: Instance
    line: Proxy


@asynccontextmanager
async def places(
    make_database: MakeDatabase,
    count: int,
    *,
    seed: int = 1,
    tls_in: Path | None = None,
    now: Mapping[int, Clock] | None = None,
    durations: Durations = QUICK,
    folder: Path = NOWHERE,
    **settings: str,
) -> AsyncGenerator[tuple[Place, ...]]:
    """So many instances. `tls_in`: they speak https under a private authority whose certificate lies in this folder.

    `now`: the clocks of some of them, by number.
    """
    made = certificates.make() if tls_in is not None else None
    if made is not None and tls_in is not None:
        settings |= {"FEDCOMM_SCHEME": "https", "FEDCOMM_CA_FILE": str(made.write(tls_in))}
    async with AsyncExitStack() as stack:
        found: list[Place] = []
        for number in range(count):
            line = await stack.enter_async_context(Proxy(seed=seed * 1000 + number))
            at = await stack.enter_async_context(
                running.instance(
                    await make_database(),
                    folder / str(number) if folder != NOWHERE else folder,
                    now=(now or {}).get(number, clock),
                    durations=durations,
                    **{"FEDCOMM_DOMAIN": f"localhost:{line.port}", **settings},
                )
            )
            line.leads_to(at.site.config.listen.port)
            if made is not None:
                ends_tls = await stack.enter_async_context(Proxy(at.site.config.listen.port, tls=made.server))
                line.leads_to(ends_tls.port)
            found.append(Place(at, line))
        yield tuple(found)


def databases(*instances: Instance) -> dict[str, Pool]:
    """Of these instances, by domain."""
    return {each.domain: each.site.pool for each in instances}
