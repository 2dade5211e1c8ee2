"""An association and a chapter with people, groups and threads that read like life: what the browser tests look at."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fedcomm import instance_texts, settings
from fedcomm.accounts import collections, follows, profiles, signup
from fedcomm.accounts.collections import Collection, Wording
from fedcomm.accounts.model import Account
from fedcomm.accounts.profiles import Changes
from fedcomm.activitypub.actors import Actors
from fedcomm.groups import founding, membership
from fedcomm.groups.model import CarryPolicy, JoinRule, Rule
from fedcomm.http.context import clock
from fedcomm.permissions import InstanceRole
from fedcomm.polls import asking
from fedcomm.settings import Rule as PlaceRule
from fedcomm.threads import drafting, posting, reactions, reading, voting
from fedcomm.threads.model import Post
from tests import running
from tests.running import PASSWORD, Instance, MakeDatabase

RULES = (
    Rule("Say what you tried", "Then nobody suggests it again, and the answer is half written."),
    Rule("Speak about matters, not about persons"),
    Rule("What members say about their numbers stays here"),
)
SIGN_ON = {
    "FEDCOMM_OIDC_ISSUER": "https://login.coatings.example",
    "FEDCOMM_OIDC_CLIENT_ID": "community",
    "FEDCOMM_OIDC_NAME": "Member portal",
}
"""A provider that nobody asks: its button and page are to be seen."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Ada looks after the paint shops and runs the association's instance; Ines, in the chapter, is in both groups."""

    association: Instance
    chapter: Instance
    ada: Account
    ines: Account
    paint: Account
    north: Account
    question: Post
    """A thread of the paint shops that the northern chapter shows as well."""
    reply: Post
    """Its first reply, written in the chapter, as the association has it."""
    question_in_chapter: Post
    ines_writes: "Writer"
    poll: Post
    """Of Ben, in the paint shops; Ada has not voted yet."""
    collection: Collection
    """Of Ben: whom he recommends, Ada among them."""

    async def settle(self) -> None:
        """Let all that is said arrive."""
        await running.settle(self.association, self.chapter)


class Writer:
    """Somebody who writes at their instance; each post a little later than the one before."""

    def __init__(self, at: Instance, account: Account) -> None:
        self.at = at
        self.account = account

    async def join(self, group: Account) -> None:
        """Join a group wherever it lives."""
        known = await self.at.site.service(Actors).account(group.uri)
        async with self.at.db() as db:
            await membership.follow_or_join(db, self.at.here, self.account, known, now=self.at.site.now())

    async def start(
        self,
        title: str,
        text: str,
        *groups: Account,
        warning: str = "",
        language: str = "en",
        answers: Sequence[str] = (),
    ) -> Post:
        """Start a thread, or with `answers` a poll."""
        ids = [(await self.at.find(group.uri)).id for group in groups]
        return await self._publish(
            text, title=title or None, group_ids=ids, spoiler=warning, language=language, answers=answers
        )

    async def vote(self, uri: str, position: int) -> None:
        """Choose one answer of a poll."""
        async with self.at.db() as db:
            post = await reading.by_uri(db, uri)
            assert post is not None
            await voting.vote(db, self.at.here, self.account, post.id, [position], now=self.at.site.now())

    async def reply(self, uri: str, text: str) -> Post:
        """Answer a post."""
        async with self.at.site.read() as db:
            parent = await reading.by_uri(db, uri)
        assert parent is not None
        return await self._publish(text, parent_id=parent.id)

    async def same_here(self, uri: str) -> None:
        """Be in the same situation."""
        async with self.at.db() as db:
            post = await reading.by_uri(db, uri)
            assert post is not None
            await reactions.favourite(db, self.at.here, self.account, post.id, now=self.at.site.now())

    async def _publish(
        self,
        text: str,
        *,
        title: str | None = None,
        group_ids: list[int] | None = None,
        parent_id: int | None = None,
        spoiler: str = "",
        language: str = "en",
        answers: Sequence[str] = (),
    ) -> Post:
        now = self.at.site.now()
        poll = asking.checked(answers, 7 * 86_400, is_multiple=False, hides_totals=False, now=now) if answers else None
        async with self.at.db() as db:
            draft = await drafting.from_text(
                db,
                self.at.here,
                self.account,
                text,
                title=title,
                group_ids=group_ids or [],
                parent_id=parent_id,
                spoiler_text=spoiler,
                language=language,
                poll=poll,
                now=now,
            )
            return await posting.publish(db, self.at.here, self.account, draft, now=now)


async def person(at: Instance, handle: str, name: str, bio: str, *, role: InstanceRole = "member") -> Writer:
    """Somebody with a profile, who can sign in with `PASSWORD`."""
    account = await at.person(handle, role=role, password=PASSWORD)
    async with at.db() as db:
        changes = Changes(name=name, bio=bio)
        return Writer(at, await profiles.edit(db, at.here, account, changes, now=at.site.now()))


async def group(
    at: Instance,
    by: Writer,
    handle: str,
    name: str,
    purpose: str,
    for_whom: str = "",
    *,
    join_rule: JoinRule = "open",
    carry_policy: CarryPolicy = "auto",
) -> Account:
    """A group with rules."""
    async with at.db() as db:
        return await founding.create(
            db,
            at.here,
            by.account,
            handle,
            name,
            purpose,
            for_whom=for_whom,
            join_rule=join_rule,
            carry_policy=carry_policy,
            rules=RULES,
            now=at.site.now(),
        )


async def _introduce(at: Instance, name: str, purpose: str) -> None:
    async with at.db() as db:
        changes: settings.Changes = {
            "name": name,
            "purpose": purpose,
            "description": "Run by its members since 2019. **Questions are answered within a working day.**",
            "time_zone": "Europe/Berlin",
            "rules": (PlaceRule("Be of use."), PlaceRule("No advertising.")),
            "registrations": "approval",
        }
        await settings.save(db, None, changes, now=at.site.now())
    await at.site.reload_settings()


@asynccontextmanager
async def stage(make_database: MakeDatabase, folder: Path) -> AsyncGenerator[Stage]:
    """The two instances, settled."""
    async with (
        running.instance(
            await make_database(), folder / "association", now=clock, durations=None, **SIGN_ON
        ) as association,
        running.instance(await make_database(), folder / "chapter") as chapter,
    ):
        await _introduce(
            association,
            "Coatings Association",
            "Owners of paint and coating shops help one another, from the first invoice to the last coat.",
        )
        await _introduce(chapter, "Coatings North", "The northern chapter: forty shops between Kiel and Hanover.")
        yield await _filled(association, chapter, await make_database(), folder / "gone")


async def _filled(association: Instance, chapter: Instance, database_url: str, folder: Path) -> Stage:
    ada = await person(
        association, "ada", "Ada Brenner", "I run a shop for steel coatings in Fulda. Ask me about zinc.", role="owner"
    )
    ben = await person(association, "ben", "Ben Okafor", "Three shops, one booth too many.")
    cleo = await person(association, "cleo", "Cleo Marchetti", "")
    ines = await person(chapter, "ines", "Ines Þórsdóttir", "Railings, gates, stairs.", role="owner")
    paint = await group(
        association,
        ada,
        "paint_shops",
        "Paint shops",
        "Owners of paint shops ask and answer: material, machines, people, money.",
        "For everybody who runs a shop, whatever its size.",
    )
    office = await group(association, ben, "front_office", "Front office", "Quotes, invoices, and customers who wait.")
    north = await group(chapter, ines, "north", "North", "The shops of the northern chapter, between sea and moor.")
    for writer in (ben, cleo, ines):
        await writer.join(paint)
    for writer in (ada, cleo):
        await writer.join(office)
    await ada.join(north)
    async with running.instance(database_url, folder) as gone:
        await (await person(gone, "otto", "Otto Brandt", "")).join(paint)
        await running.settle(association, chapter, gone)
    question = await _threads(association, chapter, ada, ben, cleo, ines, paint, office, north)
    await _requests(association, ada, ben, cleo, ines, office)
    poll = await ben.start(
        "Which Saturday suits you for the visit to the galvanising plant?",
        "They show us both lines. It takes half a day, lunch included.",
        paint,
        answers=(
            "5 December",
            "12 December",
            "Any Saturday in January, if the plant is open",
            "None",
        ),
    )
    await running.settle(association, chapter)
    await cleo.vote(poll.uri, 1)
    await ines.vote(poll.uri, 2)
    await running.settle(association, chapter)
    async with chapter.site.read() as db:
        there = await reading.by_uri(db, question.uri)
    async with association.site.read() as db:
        replies = await reading.thread(db, question.id, ada.account.id)
    assert there is not None
    wording = Wording(name="Whom to ask about zinc", description="They tried it, and tell what it cost.", tag="zinc")
    async with association.db() as db:
        inside = [ada.account, paint, cleo.account]
        whom = await collections.make(db, ben.account, wording, inside, now=association.site.now())
    return Stage(
        association, chapter, ada.account, ines.account, paint, north, question, replies[1], there, ines, poll, whom
    )


async def _threads(
    association: Instance,
    chapter: Instance,
    ada: Writer,
    ben: Writer,
    cleo: Writer,
    ines: Writer,
    paint: Account,
    office: Account,
    north: Account,
) -> Post:
    await ben.start(
        "How do you quote a job that you have not seen?",
        "A customer sends three blurry pictures and wants a price *by tonight*.\n\nDo you give a range, or nothing?",
        office,
    )
    await cleo.start(
        "", "Finally found the leak in our compressed air. It was the cheapest part, as always. #maintenance"
    )
    await ben.start(
        "",
        "We have had the new booth for two weeks. Noise is fine, heat is not: 34 degrees by noon. "
        "Has anybody put the exhaust on the north side?",
        paint,
    )
    await cleo.start(
        "An accident with a lift, and what we changed",
        "Nobody was hurt badly. We now lock the controls.",
        paint,
        warning="Accident at work",
    )
    question = await ada.start(
        "Which primer holds on hot-dip galvanised steel?",
        "We have tried two epoxy primers on railings. Both came off **within a year**.\n\n"
        "- sweep blasted, 40 µm\n- degreased twice\n- no white rust to be seen\n\n"
        "What do *you* use, and how long has it held? The data sheet is [here](https://example.org/sheet.pdf).",
        paint,
        north,
    )
    await running.settle(association, chapter)
    first = await ines.reply(
        question.uri,
        "We had the same. What helped: a **T-wash** first, then wait until it is black all over. "
        "Railings from 2021 still look new.",
    )
    await running.settle(association, chapter)
    second = await ben.reply(first.uri, "How long do you wait after the wash?")
    await running.settle(association, chapter)
    third = await ines.reply(second.uri, "Until the next morning. In winter two days.")
    await cleo.reply(
        question.uri,
        "Different question: has anybody tried powder instead?\n\n> sweep blasted, 40 µm\n\nToo little for that.",
    )
    await running.settle(association, chapter)
    await ada.reply(third.uri, "Thank you both. We start a test with four railings on Monday.")
    for writer in (ben, cleo, ines):
        await writer.same_here(question.uri)
    await running.settle(association, chapter)
    return question


async def _requests(
    association: Instance, ada: Writer, ben: Writer, cleo: Writer, ines: Writer, office: Account
) -> None:
    """What waits for somebody: sign-ups, followers, one who would like to join, a thread to be shown as well."""
    tests = await group(
        association,
        ada,
        "test_field",
        "Test field",
        "Who tries what, with which result: for those who report back.",
        join_rule="request",
        carry_policy="ask facilitator",
    )
    await cleo.join(tests)
    await ben.join(tests)
    async with association.db() as db:
        await membership.admit(db, association.here, ada.account, tests, ben.account.id, now=association.site.now())
    await ben.start("Which scale do you trust for pigments?", "Ours drifts by a gram before noon.", office, tests)
    async with association.db() as db:
        for handle, name, reason in (
            ("leo", "Leo Vogt", "Two shops in Kassel, 14 people. Ben told me about you."),
            ("mira", "Mira Sandström", "I take over my father's shop in spring."),
        ):
            await signup.create_person(
                db,
                association.here,
                handle=handle,
                email=f"{handle}@shop.example",
                password=PASSWORD,
                name=name,
                approved=False,
                reason=reason,
                now=association.site.now(),
            )
    async with association.db() as db:
        now, words = (
            association.site.now(),
            "# What we keep\n\nNames, posts, and the *mail address* that you gave.\n\n- no more",
        )
        await instance_texts.save(db, association.site.config, ada.account.id, "privacy", words, now.date(), now=now)
    await association.site.reload_settings()
    known = await ines.at.site.service(Actors).account(ada.account.uri)
    async with ines.at.db() as db:
        await follows.follow(db, ines.at.here, ines.account, known, now=ines.at.site.now())
