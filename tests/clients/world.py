"""Two instances with groups, threads and people that read like life: what clients of other projects are led through."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fedcomm.accounts import lookup, relationships
from fedcomm.accounts.model import Account
from fedcomm.threads.model import Post
from tests import running
from tests.browser.stage import Writer, group, person
from tests.clients.places import secure_instances
from tests.conftest import MakeDatabase
from tests.kit.certificates import Certificates
from tests.running import Instance


@dataclass(frozen=True, slots=True)
class World:
    """Dora, who is led, lives in the association and is in its paint shops; the group of the chapter is new to her."""

    association: Instance
    chapter: Instance
    ada: Writer
    ben: Writer
    dora: Writer
    ines: Writer
    paint: Account
    north: Account
    question: Post
    """With three replies."""
    poll: Post
    """Dora has not voted yet."""
    certificates: Certificates
    authority: Path

    async def settle(self) -> None:
        """Let all that is said arrive."""
        await running.settle(self.association, self.chapter)

    async def until_in_north(self) -> None:
        """Return when the group of the chapter has taken Dora in."""

        async def is_in() -> bool:
            async with self.association.site.read() as db:
                group = await lookup.by_uri(db, self.north.uri)
                assert group is not None
                found = await relationships.between(db, self.dora.account.id, [group.id])
                return found[group.id].is_following

        await running.until(is_in, bool, what="not taken in")

    async def until_told(self, what: str) -> None:
        """Return when Dora has a notification of this type."""

        async def has() -> int:
            async with self.association.site.read() as db:
                return await db.fetchval(
                    "SELECT count(*) FROM notification WHERE account_id = $1 AND type = $2",
                    self.dora.account.id,
                    what,
                )

        await running.until(has, bool, what=f"no {what}")


@asynccontextmanager
async def world(make_database: MakeDatabase, folder: Path, certificates: Certificates) -> AsyncGenerator[World]:
    """Both, with their workers at work as in life."""
    async with (
        secure_instances(make_database, folder, certificates, 2) as (association, chapter),
        AsyncExitStack() as at_work,
    ):
        filled = await _filled(association, chapter, certificates, folder)
        await filled.settle()
        for each in (association, chapter):
            await at_work.enter_async_context(each.working())
        yield filled


async def _filled(association: Instance, chapter: Instance, certificates: Certificates, folder: Path) -> World:
    ada = await person(
        association, "ada", "Ada Brenner", "I run a shop for steel coatings. Ask me about zinc.", role="owner"
    )
    ben = await person(association, "ben", "Ben Okafor", "Three shops, one booth too many.")
    dora = await person(association, "dora", "Dora Lindqvist", "Powder, mostly.")
    ines = await person(chapter, "ines", "Ines Þórsdóttir", "Railings, gates, stairs.", role="owner")
    paint = await group(
        association,
        ada,
        "paint_shops",
        "Paint shops",
        "Owners of paint shops ask and answer: material, machines, people, money.",
        "For everybody who runs a shop, whatever its size.",
    )
    north = await group(chapter, ines, "north", "North", "The shops of the northern chapter, between sea and moor.")
    for writer in (ben, dora, ines):
        await writer.join(paint)
    await running.settle(association, chapter)
    question = await ada.start(
        "Which primer holds on hot-dip galvanised steel?",
        "We have tried two epoxy primers on railings. Both came off **within a year**.\n\nWhat do *you* use? #zinc",
        paint,
    )
    await running.settle(association, chapter)
    reply = await ben.reply(question.uri, "A **T-wash** first, then wait until it is black all over.")
    await ada.reply(reply.uri, "How long do you wait after the wash?")
    await ines.reply(question.uri, "Has anybody tried powder instead?")
    await ines.start("Spare compressor in Kiel", "Ours is too small now, 300 litres. Who comes and takes it?", north)
    poll = await ben.start(
        "Which Saturday suits you?",
        "We visit the galvanising plant.",
        paint,
        answers=("5 December", "12 December", "None"),
    )
    return World(
        association, chapter, ada, ben, dora, ines, paint, north, question, poll, certificates, folder / "authority.pem"
    )
