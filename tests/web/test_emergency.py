"""Emergency access: an admin reads what is for a group's members, and these learn of it (product 13, 26; D82; C17)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from fedcomm import audit, recurring
from fedcomm.accounts.model import Account
from fedcomm.audit import Entry, Wanted
from fedcomm.moderation import reports
from fedcomm.moderation.reports import Complaint
from fedcomm.threads.model import Post
from tests.clocks import Clock
from tests.running import ALL_SCOPES, MakeDatabase, instance
from tests.web.conftest import Place
from tests.web.reader import Reader, reader

pytestmark = pytest.mark.asyncio(loop_scope="function")

PAGE = "/admin/emergency"
CANARY = "canary-for-members-2291"
STEPS = (
    "ask for emergency access",
    "open emergency access",
    "look in an emergency",
    "end emergency access",
    "let emergency access lapse",
    "decline emergency access",
    "withdraw emergency access",
)


@dataclass(frozen=True, slots=True)
class Circle:
    """A group with a thread for its members only, and who runs the instance beside them."""

    place: Place
    clock: Clock
    group: Account
    ben: Account
    """Who wrote the thread."""
    olga: Account
    """An admin who is no member."""
    root: Post
    answer: Post
    public: Post

    @property
    def path(self) -> str:
        """The page on which members read who could read along."""
        return f"/@{self.group.handle}/emergency"

    async def steps(self) -> list[Entry]:
        """What the log says of emergencies, oldest first."""
        async with self.place.at.db() as db:
            found = await audit.page(db, wanted=Wanted(actions=STEPS))
            assert await audit.wrong_places(db) == []
        return found[::-1]

    async def time_passes(self, **by: float) -> None:
        """Until then; and what is due is done."""
        self.clock.pass_by(**by)
        await recurring.end_emergency_access(self.place.at.site)
        await self.place.at.settle()

    async def pressed(self, at: Reader, what: str) -> Reader:
        """Confirm or end what stands first on the page."""
        await at.open(PAGE)
        return await at.press(f"{PAGE}/{what}", access=first(at))

    async def asked(self, at: Reader, reason: str = "A threat in a thread") -> Reader:
        """Ask for the group."""
        await at.open(f"{PAGE}?group=@{self.group.handle}")
        return await at.press(PAGE, reason=reason)


def first(at: Reader) -> str:
    """Which access the first button of the page is about."""
    return at.attribute('button[name="access"]', "value") or ""


@asynccontextmanager
async def circle(url: str) -> AsyncGenerator[Circle]:
    clock = Clock()
    async with instance(url, now=clock) as at:
        place = Place(at)
        ada, ben, olga = await place.person("ada"), await place.person("ben"), await place.person("olga", role="admin")
        group = await place.group(ada, ben)
        root = await place.write(ben, f"Ovens {CANARY}", group, title="Ovens")
        answer = await place.write(ada, f"Which one? {CANARY}-answer", parent=root)
        public = await place.write(ben, "Bread for all", group, title="Bread")
        await at.settle()
        async with at.db() as db:
            await db.execute("UPDATE post SET audience = 'group' WHERE thread_id = $1", root.id)
        yield Circle(place, clock, group, ben, olga, root, answer, public)


async def pressed(at: Reader, base: str, path: str, **fields: str) -> int:
    """The status of a form sent that the page does not offer."""
    token = (await at.open("/home")).attribute("input[name=csrf_token]", "value") or ""
    answer = await at.http.post(path, data={"csrf_token": token, **fields}, headers={"Origin": base})
    return answer.status_code


async def test_c17_alone_an_admin_reads_after_a_reason_for_a_day_and_the_members_learn_it(
    database_url: MakeDatabase,
) -> None:
    async with circle(await database_url()) as its, reader(its.place.at, its.olga.handle) as at_olga:
        thread = f"/@{its.ben.handle}/{its.root.id}"
        assert (await at_olga.open(thread)).status == 404
        assert (await its.asked(at_olga, "  ")).status == 422
        assert await its.steps() == []

        await its.asked(at_olga)
        assert "You can read it now" in at_olga.note
        mine = at_olga.attribute(f'a[href^="{PAGE}/"]', "href") or ""
        assert "Bread" not in (await at_olga.open(mine)).text
        assert "Ovens" in at_olga.text
        await at_olga.open(f"{mine}/threads/{its.root.id}")
        assert (CANARY in at_olga.text, f"{CANARY}-answer" in at_olga.text) == (True, True)
        assert [form for form in at_olga.page.css("main form") if "/p/" in (form.attributes.get("action") or "")] == []
        assert (await at_olga.open(f"{mine}/threads/{its.public.id}")).status == 404
        assert (await at_olga.open(thread)).status == 404
        async with its.place.at.client(await its.place.at.token(its.olga, ALL_SCOPES)) as app:
            assert (await app.get(f"/api/v1/statuses/{its.root.id}")).status_code == 404
            assert (await app.post(f"/api/v1/statuses/{its.root.id}/favourite")).status_code == 404

        async with reader(its.place.at, its.ben.handle) as at_ben:
            told = (await at_ben.open(f"/@{its.group.handle}")).text
            assert (its.olga.shown_name in told, "A threat in a thread" in told) == (True, True)
            assert "<time" not in told
            assert "was read in an emergency" not in (await at_ben.open("/notifications")).text
            await its.time_passes(hours=24, minutes=1)
            assert (await at_olga.open(mine)).status == 403
            assert (await at_olga.open(f"{mine}/threads/{its.root.id}")).status == 403
            assert "A threat in a thread" not in (await at_ben.open(f"/@{its.group.handle}")).text
            assert "was read in an emergency" in (await at_ben.open("/notifications")).text
            assert at_ben.attribute(f'a[href="{its.path}"]', "href") == its.path
            await at_ben.open(its.path)
            assert ("A threat in a thread" in at_ben.text, "looked at it 2 times" in at_ben.text) == (True, True)
            assert "there was no second person to confirm it" in at_ben.text

        steps = await its.steps()
        assert [each.action for each in steps] == [STEPS[0], STEPS[1], STEPS[2], STEPS[2], STEPS[3]]
        assert {each.reason for each in steps} == {"A threat in a thread"}
        assert steps[3].details["posts"] == [str(its.root.id), str(its.answer.id)]
        assert [each.actor_id for each in steps] == [its.olga.id] * 4 + [None]


async def test_c17_where_there_are_two_admins_another_one_confirms_and_nobody_for_themselves(
    database_url: MakeDatabase,
) -> None:
    async with circle(await database_url()) as its:
        place = its.place
        carl = await place.person("carl", role="owner")
        moderator = await place.person("mo", role="moderator")
        async with (
            reader(place.at, its.olga.handle) as at_olga,
            reader(place.at, carl.handle) as at_carl,
            reader(place.at, moderator.handle) as at_mo,
        ):
            await its.asked(at_olga)
            assert "It begins once one of them confirms it" in at_olga.note
            assert at_olga.attribute(f'a[href^="{PAGE}/"]', "href") is None
            access = first(at_olga)
            assert await pressed(at_olga, place.at.url, f"{PAGE}/confirm", access=access) == 403
            assert (await at_olga.open(f"{PAGE}/{access}")).status == 403
            assert (await at_mo.open(PAGE)).status == 403
            assert await pressed(at_mo, place.at.url, f"{PAGE}/confirm", access=access) == 403

            await place.at.settle()
            assert "asks for emergency access" in (await at_carl.open("/notifications")).text
            assert "1 emergency access waits for a second person" in (await at_carl.open("/admin")).text
            await its.pressed(at_carl, "confirm")
            assert (await at_carl.open(f"{PAGE}/{access}")).status == 403
            assert (await at_olga.open(f"{PAGE}/{access}")).status == 200
            await its.pressed(at_carl, "end")
            assert (await at_olga.open(f"{PAGE}/{access}")).status == 403

            await its.asked(at_olga, "Again")
            await its.pressed(at_carl, "end")
            await its.asked(at_olga, "Once more")
            await its.pressed(at_olga, "end")
            await its.asked(at_olga, "For the last time")
            await at_carl.open(PAGE)
            await its.time_passes(hours=24, minutes=1)
            await at_carl.press(f"{PAGE}/confirm", access=first(at_carl))
            assert "Lapsed: nobody confirmed it" in (await at_olga.open(PAGE)).text
        states = [each.action for each in await its.steps()]
        asked, opened, looked, ended, lapsed, declined, withdrawn = STEPS
        assert states == [asked, opened, looked, ended, asked, declined, asked, withdrawn, asked, lapsed]
        assert [each.actor_id for each in (await its.steps())[:4]] == [its.olga.id, carl.id, its.olga.id, carl.id]
        async with reader(place.at, its.ben.handle) as at_ben:
            text = (await at_ben.open(its.path)).text
            assert (f"confirmed by {carl.shown_name}" in text, "Once more" in text) == (True, False)


async def test_c17_who_a_report_in_the_group_is_about_needs_somebody_else_and_confirms_nothing(
    database_url: MakeDatabase,
) -> None:
    async with circle(await database_url()) as its, reader(its.place.at, its.olga.handle) as at_olga:
        site = its.place.at.site

        async def reported(admin: Account) -> None:
            post = await its.place.write(admin, "Rude")
            async with its.place.at.db() as db:
                filed = await reports.file(db, its.ben, admin, Complaint(post_ids=[post.id]), now=site.now())
                await db.execute("UPDATE report SET group_id = $2 WHERE id = $1", filed.id, its.group.id)

        await reported(its.olga)
        assert (await its.asked(at_olga)).status == 403
        assert await its.steps() == []

        carl = await its.place.person("carl", role="admin")
        await reported(carl)
        await its.asked(at_olga)
        async with reader(its.place.at, carl.handle) as at_carl:
            assert (await its.pressed(at_carl, "confirm")).status == 403
        assert [each.action for each in await its.steps()] == [STEPS[0]]


async def test_c17_it_is_for_what_is_closed_to_them_and_nobody_else_learns_of_it(database_url: MakeDatabase) -> None:
    async with circle(await database_url()) as its, reader(its.place.at, its.olga.handle) as at_olga:
        public = await its.place.group(its.ben)
        own = await its.place.group(its.olga)
        for handle in (f"@{public.handle}", f"@{own.handle}", f"@{its.ben.handle}", "@nobody_here"):
            await at_olga.open(PAGE)
            assert (await at_olga.press(PAGE, handle=handle, reason="Curious")).status == 422, handle
        assert await its.steps() == []
        message = await its.place.write(its.ben, f"@{its.group.handle} {CANARY} in private", visibility="direct")
        await its.asked(at_olga)
        await its.asked(at_olga)
        assert "You have asked for this group already" in at_olga.note
        mine = at_olga.attribute(f'a[href^="{PAGE}/"]', "href") or ""
        assert "in private" not in (await at_olga.open(mine)).text
        assert (await at_olga.open(f"{mine}/threads/{message.id}")).status == 404

        stranger = await its.place.person("zoe")
        async with reader(its.place.at, stranger.handle) as at_zoe, reader(its.place.at, its.ben.handle) as at_ben:
            assert (await at_zoe.open(its.path)).status == 404
            assert "emergency" not in (await at_zoe.open(f"/@{its.group.handle}")).text
            assert (await at_zoe.open(mine)).status == 403
            log = (await at_ben.open(f"/@{its.group.handle}/log")).text
            assert ("Emergency access began" in log, "A threat in a thread" in log) == (True, True)
        async with its.place.at.db() as db:
            await db.execute("UPDATE login SET role = 'member' WHERE account_id = $1", its.olga.id)
        assert (await at_olga.open(mine)).status == 403
