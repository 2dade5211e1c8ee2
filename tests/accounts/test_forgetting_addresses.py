"""Addresses from which people signed in, or tried to, are not kept for longer than they are of use (D60)."""

from fedcomm import recurring
from fedcomm.accounts import attempts, sessions
from tests.clocks import Clock
from tests.conftest import MakeDatabase
from tests.running import Instance, instance

ADDRESS = "192.0.2.7"


async def test_addresses_of_attempts_go_after_a_day_and_those_of_sessions_with_the_session(
    database_url: MakeDatabase,
) -> None:
    clock = Clock()
    async with instance(await database_url(), now=clock) as at:
        ada = await at.person()
        async with at.db() as db:
            await attempts.count(db, "sign-in", (f"address:{ADDRESS}",), now=at.site.now())
            await sessions.begin(db, ada.id, user_agent="Browser", address=ADDRESS, now=at.site.now())
        await recurring.forget_who_signed_in(at.site)
        assert await kept(at) == (1, 1)

        clock.pass_by(hours=25)
        await recurring.forget_who_signed_in(at.site)
        assert await kept(at) == (0, 1)

        clock.pass_by(days=30)
        await recurring.forget_who_signed_in(at.site)
        assert await kept(at) == (0, 0)


async def kept(at: Instance) -> tuple[int, int]:
    """How many attempts and sessions there are."""
    async with at.site.read() as db:
        attempted = await db.fetchval("SELECT count(*) FROM sign_in_attempt")
        return attempted, await db.fetchval("SELECT count(*) FROM session")
