"""A busy franchise association: many people with long names, full lists everywhere. On top of the small stage."""

import io
from collections.abc import Sequence
from datetime import timedelta

from PIL import Image, ImageDraw

from fedcomm import emojis
from fedcomm.accounts import blocks, follows, lists, profiles, signup
from fedcomm.accounts.model import Account
from fedcomm.accounts.profiles import Changes
from fedcomm.groups import membership, pausing
from fedcomm.guardrails import holds
from fedcomm.media import uploads
from fedcomm.media.pictures import Pictures
from fedcomm.media.storage import Store
from fedcomm.moderation import appeals, emergency, holding_evidence, reports
from fedcomm.moderation.reports import Category, Complaint
from fedcomm.notifications import announcements, policy
from fedcomm.threads import asking_authors, conversations, drafting, first_look, moderating, posting, reading, scheduled
from fedcomm.threads.model import Post
from fedcomm.timelines import filters, followed_tags
from fedcomm.timelines.cursor import GREATEST_ID
from fedcomm.timelines.filters import KeywordWish, Wish
from tests.browser.stage import Stage, Writer, group
from tests.running import Instance

NAMES = (
    "Dr. Wilhelmina Oppenheimer-Castellanos de la Fuente",
    "Franchise Owners' Association, Regional Office Lower Saxony",
    "Ö. Yıldırım",
    "Jörg-Friedrich von Hohenlohe-Langenburg-Schillingsfürst",
    "Nguyễn Thị Minh Khai",
    "محمد عبد الرحمن",
    "田中 健太郎",
    "Bäckerei Großmann & Söhne GmbH & Co. KG, Filiale Hauptbahnhof",
    "Sam",
    "Donaudampfschifffahrtsgesellschaftskapitänswitwe Huber",
    "Maria dos Anjos Pereira da Silva",
    "Priya Raghunathan-Venkataraman",
)
LONG = (
    "We run five shops in three towns and since the new fee schedule came out in September nobody here can say any "
    "more which of the marketing contributions are due per outlet and which per contract. The area manager says one "
    "thing, the letter says another, and the portal shows a third figure."
)


class Crowd:
    """Who is there beside those of the stage."""

    def __init__(self, world: Stage, people: Sequence[Account]) -> None:
        self.world = world
        self.people = people

    @property
    def at(self) -> Instance:
        """The association."""
        return self.world.association

    async def write(
        self, by: Account, text: str, *, group_id: int | None = None, title: str = "", to: Sequence[Account] = ()
    ) -> Post:
        """A thread, a personal post, or a message."""
        now = self.at.site.now()
        async with self.at.db() as db:
            draft = await drafting.from_text(
                db,
                self.at.here,
                by,
                text,
                title=title or None,
                group_ids=[group_id] if group_id else [],
                to_ids=[each.id for each in to],
                visibility="direct" if to else "public",
                now=now,
            )
            return await posting.publish(db, self.at.here, by, draft, now=now)


async def crowd(world: Stage) -> Crowd:
    """Fill everything that Ada sees."""
    at = world.association
    made: list[Account] = []
    for number, name in enumerate(NAMES):
        async with at.db() as db:
            person = await signup.create_person(
                db,
                at.here,
                handle=f"owner_{number:02}_franchise"[:20],
                email=f"owner{number}@shop.example",
                password=None,
                name=name,
                now=at.site.now(),
            )
            made.append(await profiles.edit(db, at.here, person, Changes(bio="Runs a shop."), now=at.site.now()))
            await membership.join(db, at.here, made[-1], world.paint, now=at.site.now())
    here = Crowd(world, made)
    await _groups(here)
    await _hidden(here)
    await _posts(here)
    await _messages(here)
    await _held_back(here)
    await _lists(here)
    await _scheduled(here)
    await _reports(here)
    await _measures(here)
    await _said_to_all(here)
    await _emoji(here)
    await at.settle()
    return here


async def _groups(here: Crowd) -> None:
    """Groups that Ada looks after, whose names do not fit on one line."""
    for handle, name in (
        ("marketing_fund_2027", "Marketing fund and campaigns, advisory council 2026/2027"),
        ("supply_chain", "Purchasing and approved suppliers, southern territory"),
        ("rheinland", "Franchisenehmervereinigung Rheinland-Pfalz und Saarland"),
    ):
        made = await group(
            here.at, Writer(here.at, here.world.ada), handle, name, f"{name}: who decides what, and when."
        )
        async with here.at.db() as db:
            for person in here.people[:5]:
                await membership.join(db, here.at.here, person, made, now=here.at.site.now())


async def _hidden(here: Crowd) -> None:
    now, me = here.at.site.now(), here.world.ada.id
    async with here.at.db() as db:
        for number, person in enumerate(here.people[8:]):
            lasts = timedelta(hours=30) if number % 2 else None
            await blocks.mute(db, me, person.id, lasts=lasts, now=now)
        await blocks.put_block(db, me, here.people[7].id, now=now)
        for domain in ("loud.example", "a-very-long-name-of-a-server-that-sells-things.marketing.deals.example"):
            await blocks.put_domain_block(db, me, domain, now=now)
        for title, words, action in (
            ("Football", ["world cup", "penalty", "bundesliga", "champions league", "transfer window"], "warn"),
            ("Everything about the elections in the national advisory council", ["advisory council election"], "hide"),
        ):
            wish = Wish(title=title, contexts=["home", "public"], action="hide" if action == "hide" else "warn")
            await filters.create(db, me, wish, [KeywordWish(keyword=each) for each in words], now=now)
        for tag in ("zinc", "Franchisegebührenordnung", "powder", "PeopleAndHiring", "oven", "fees"):
            await followed_tags.follow(db, me, tag, now=now)


async def _posts(here: Crowd) -> None:
    for number, person in enumerate(here.people):
        await here.write(
            person,
            LONG if number % 3 else "Does anybody have the new price list? #fees",
            group_id=here.world.paint.id,
            title=f"Which fee is due per outlet, and who checks it? Part {number} of what we asked the head office"
            if number % 2
            else "",
        )


async def _messages(here: Crowd) -> None:
    ada = here.world.ada
    for number, person in enumerate(here.people[:7]):
        others = [ada, *here.people[number + 1 : number + 1 + number % 4]]
        first = await here.write(person, LONG if number % 2 else "Can you call me tonight?", to=others)
        if number == 0:
            for turn in range(6):
                await _answer(here, first, ada if turn % 2 else person, f"Turn {turn}. {LONG[: 40 * (turn + 1)]}")


async def _answer(here: Crowd, to: Post, by: Account, text: str) -> None:
    now = here.at.site.now()
    async with here.at.db() as db:
        draft = await drafting.from_text(
            db,
            here.at.here,
            by,
            text,
            parent_id=to.id,
            to_ids=await conversations.people(db, to),
            visibility="direct",
            now=now,
        )
        await posting.publish(db, here.at.here, by, draft, now=now)


async def _held_back(here: Crowd) -> None:
    ada, at = here.world.ada, here.at
    async with at.db() as db:
        await policy.change(db, ada.id, {"for_not_following": "filter"}, now=at.site.now())
    for person in here.people[:6]:
        await here.write(person, f"@{ada.handle} have you seen this?")
    await at.settle()
    async with at.db() as db:
        await policy.change(db, ada.id, {"for_not_following": "accept"}, now=at.site.now())
        for person in here.people[:3]:
            await follows.follow(db, at.here, person, ada, now=at.site.now())


async def _lists(here: Crowd) -> None:
    """Ada's lists, of those she follows."""
    ada, at = here.world.ada, here.at
    now = at.site.now()
    async with at.db() as db:
        for person in here.people[:6]:
            await follows.follow(db, at.here, ada, person, now=now)
        first = await lists.make(db, ada, "Owners of several shops in the southern territory", now=now)
        await lists.put(db, first, [person.id for person in here.people[:6]], now=now)
        await lists.make(db, ada, "Suppliers", is_exclusive=True, now=now)


async def _scheduled(here: Crowd) -> None:
    ada, at = here.world.ada, here.at
    now = at.site.now()
    async with at.db() as db:
        for number, text in enumerate((LONG, "Short.", f"{LONG}\n\n{LONG}", "With a warning.")):
            form: dict[str, object] = {
                "status": text,
                "media_ids": [],
                "spoiler_text": "An accident at work, with pictures" if number == 3 else None,
            }
            await scheduled.add(db, ada.id, form, due_at=now + timedelta(days=number + 1), app_id=None, now=now)
        late = (await scheduled.page(db, ada.id, below=GREATEST_ID))[2]
        await scheduled.fail(db, late, "You are not a member of this group any more.", now=now)


async def _reports(here: Crowd) -> None:
    at, now = here.at, here.at.site.now()
    categories: tuple[Category, ...] = ("spam", "violation", "legal", "other")
    async with at.site.read() as db:
        found = await db.fetch("SELECT id FROM post WHERE group_id = $1 AND is_local ORDER BY id", here.world.paint.id)
        posts = await reading.by_ids(db, [row["id"] for row in found], here.world.ada.id)
    for number, post in enumerate([each for each in posts.values() if each.author_id != here.world.ada.id][:6]):
        by = next(each for each in here.people if each.id != post.author_id)
        async with at.db() as db:
            target = await db.fetchrow("SELECT handle FROM account WHERE id = $1", post.author_id)
            assert target is not None
            about = await at.find(f"{at.url}/u/{target['handle']}")
            complaint = Complaint(
                post_ids=[post.id],
                comment=LONG if number % 2 else "Selling.",
                category=categories[number % 4],
            )
            made = await reports.file(db, by, about, complaint, now=now)
            if number == 1:
                await reports.assign(db, here.world.ada, made.id, to_id=here.world.ada.id, now=now)
            if number == 2:
                await reports.resolve(db, here.world.ada, made.id, now=now)
    async with at.db() as db:
        await reports.file(db, here.people[0], here.people[1], Complaint(comment="Writes to me every night."), now=now)
        number = await db.fetchval("SELECT min(id) FROM report")
        made = [
            await holds.place(db, None, await holding_evidence.cover(db, at.here, about), "As counsel asks.", now=now)
            for about in (f"@{here.people[0].handle}", f"report:{number}")
        ]
        await holds.end(db, None, made[1].id, "The case is closed.", now=now)
        newcomer = here.people[2]
        await db.execute("UPDATE login SET created_by = $2 WHERE account_id = $1", newcomer.id, first_look.OPEN_SIGN_UP)
    for number in range(2):
        await here.write(newcomer, f"Cheap paint, today only: https://shop.example/paint/{number}")


async def _measures(here: Crowd) -> None:
    """What those who look after the group wrote to authors, hid, and who pauses there."""
    at, ada, paint = here.at, here.world.ada, here.world.paint
    for person in here.people[4:7]:
        post = await here.write(person, LONG, group_id=paint.id)
        async with at.db() as db:
            now = at.site.now()
            await asking_authors.write(db, ada, post.id, "note", "Next time please say what it cost.", now=now)
            await asking_authors.write(db, ada, post.id, "ask to edit", "Please leave the price list out.", now=now)
            await moderating.hide(db, at.here, ada, paint.id, post.id, reason="It names a competitor.", now=now)
            await pausing.pause(db, ada, paint, person, days=7, reason="Heated, several times.", now=now)


async def read_in_emergency(here: Crowd) -> tuple[int, int]:
    """A group that Ada is no member of, where she reads in an emergency: her access, and a thread."""
    at, founder = here.at, here.people[3]
    made = await group(at, Writer(at, founder), "owners_circle", "Owners of the southern territory", "Among ourselves.")
    thread = await here.write(founder, LONG, group_id=made.id, title="What we think of the fee schedule")
    await at.settle()
    async with at.db() as db:
        await db.execute("UPDATE post SET audience = 'group' WHERE id = $1", thread.id)
        access = await emergency.ask(
            db, here.world.ada, made, "A threat was reported.", durations=at.site.durations, now=at.site.now()
        )
    return access.id, thread.id


async def removed_and_appealed(here: Crowd) -> tuple[int, int]:
    """A decision about Ada, and one about somebody else that she is asked to decide anew: their ids."""
    at, now, (moderator, other, *_) = here.at, here.at.site.now(), here.people
    async with at.db() as db:
        await membership.appoint(db, here.world.ada, here.world.paint, moderator.id, "moderator", now=now)
    found: list[int] = []
    for person in (here.world.ada, other):
        post = await here.write(person, "Cheap paint, today only. Call me.", group_id=here.world.paint.id)
        async with at.db() as db:
            await moderating.remove(db, at.here, moderator, post.id, "No advertising. See the rules.", now=now)
            found.append(await db.fetchval("SELECT max(id) FROM statement WHERE account_id = $1", person.id))
    async with at.db() as db:
        await appeals.file(db, other, found[1], "It was a question, not an offer.", now=now)
    return found[0], found[1]


async def _said_to_all(here: Crowd) -> None:
    at = here.at
    async with at.db() as db:
        for text in (
            "The server moves to new machines on Sunday. Please **save what you write** before ten in the evening.",
            f"Annual meeting of all franchisees\n\n- Saturday, 9 January\n- [The agenda](https://example.org/agenda)\n\n{LONG}",
        ):
            made = await announcements.publish(db, at.here, here.world.ada, text, now=at.site.now())
            for person in here.people[:3]:
                await announcements.react(db, person.id, made, "👍", now=at.site.now())
            await announcements.react(db, here.people[1].id, made, "🎉", now=at.site.now())


async def _emoji(here: Crowd) -> None:
    site = here.at.site
    for number, (name, category) in enumerate(
        (("oven", "Machines"), ("a_very_long_name_of_an_emoji_of_the_association", "Machines"), ("thanks", ""))
    ):
        picture = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        ImageDraw.Draw(picture).ellipse((4, 4, 60, 60), fill=(200 - 60 * number, 80 + 60 * number, 60, 255))
        out = io.BytesIO()
        picture.save(out, "PNG")
        prepared = await site.service(Pictures).prepare(out.getvalue())
        kept = await uploads.keep_one(site.service(Store), prepared, is_small=True)
        async with here.at.db() as db:
            await emojis.add(db, name, kept, category=category, now=site.now())
