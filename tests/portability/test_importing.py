"""Tables from another server: looked at, taken over line by line, and taken back (product 24; C09)."""

import dataclasses
import time
from datetime import timedelta

import asyncpg
import pytest

from fedcomm.accounts import blocks, follows, lists
from fedcomm.accounts.model import Account
from fedcomm.durations import Durations
from fedcomm.errors import Invalid
from fedcomm.portability import import_files, imports
from fedcomm.portability.import_files import Kind
from fedcomm.recurring import forget_archives
from tests import running
from tests.clocks import Clock
from tests.factories import HERE, make_follow, make_remote_account
from tests.running import PASSWORD, Instance, MakeDatabase
from tests.web.reader import Reader, reader

AT_ONCE = dataclasses.replace(Durations(), import_pause=timedelta(0))
OWN = "ada@alpha.example"


async def take_over(at: Instance, who: Reader, kind: Kind, body: bytes, mode: str = "merge") -> str:
    """Bring a table along and have it taken over; the path of its page."""
    await who.open("/settings/import")
    await who.upload("/settings/import", {"file": body}, {"kind": kind, "mode": mode})
    path = who.path
    await who.press(f"{path}/begin")
    await at.settle()
    await who.open(path)
    return path


@pytest.mark.asyncio
async def test_c09_what_one_instance_exports_gives_the_same_relations_at_another(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 3, durations=AT_ONCE) as (alpha, beta, gamma):
        old, new = await alpha.person("ada", password=PASSWORD), await beta.person("ada", password=PASSWORD)
        people = [await gamma.person(name) for name in ("ben", "cleo", "dan")]
        async with reader(alpha, "ada") as leaving, reader(beta, "ada") as coming:
            about: dict[Kind, int] = {"follows": 0, "lists": 0, "blocks": 1, "mutes": 2}
            for kind, person in about.items():
                line = people[person].full_handle.removeprefix("@")
                await take_over(alpha, leaving, kind, (f"Bakers,{line}" if kind == "lists" else line).encode())
            await take_over(alpha, leaving, "domain_blocks", b"spam.example\n")
            await running.settle(alpha, gamma)
            for kind in import_files.TABLES:
                if kind != "bookmarks":
                    table = (await leaving.http.get(f"/settings/exports/{kind}.csv")).content
                    await take_over(beta, coming, kind, table)
            await running.settle(beta, gamma)
            tables = [
                [(await who.http.get(f"/settings/exports/{kind}.csv")).text for kind in import_files.TABLES]
                for who in (leaving, coming)
            ]

        assert tables[0] == tables[1]
        assert tables[0][0].splitlines()[1].startswith("ben@")
        ben = await beta.find(people[0].uri)
        async with beta.site.read() as db:
            found = await follows.find(db, new.id, ben.id)
        assert found is not None
        assert found.state == "accepted"
        assert (await gamma.again(people[0])).followers_count == 2
        assert old.id != new.id


@pytest.mark.asyncio
async def test_nothing_changes_before_it_was_looked_at_and_what_would_is_said(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url(), durations=AT_ONCE) as at:
        ada = await at.person("ada", password=PASSWORD)
        ben, cleo, dan = [await at.person(name) for name in ("ben", "cleo", "dan")]
        group = await at.group(ben)
        async with at.db() as db:
            for each in (ben, cleo):
                await make_follow(db, ada, each, here=at.here, now=at.site.now())
            await make_follow(db, ada, group, here=at.here, now=at.site.now())
        body = f"Account address,Show boosts\nben,false\n{dan.full_handle}\nnobody@localhost:1\nada\nx y\nben\n"
        async with reader(at, "ada") as who:
            await who.open("/settings/import")
            await who.press("/settings/import")
            without = (who.status, who.all(".wrong"))
            await who.upload("/settings/import", {"file": b"\xff\xfe"}, {})
            broken = who.status
            await who.upload("/settings/import", {"file": body.encode()}, {"kind": "follows", "mode": "overwrite"})
            page, dry = who.path, who.text
            untouched = await _followed(at, ada)
            await who.press(f"{page}/begin")
            await at.settle()
            await who.open(page)
            done, followed = who.text, await _followed(at, ada)
            await who.press(f"{page}/undo")
            await at.settle()
            await who.open(page)
            undone = who.text

        assert without == (422, ["Please choose a file."])
        assert broken == 422
        assert "2 lines would change something. 1 is so already." in dry
        assert "1 is not known here yet and is looked up at its own server first." in dry
        assert "1 that is not in the file would end." in dry
        assert "3 lines were left out" in dry
        assert "stands there twice" in dry
        assert untouched == {ben.id: True, cleo.id: True, group.id: True}
        assert "1 line could not be done" in done
        assert "could not be found" in done
        assert followed == {ben.id: False, dan.id: True, group.id: True}
        assert "3 lines were taken back." in undone
        assert await _followed(at, ada) == {ben.id: True, cleo.id: True, group.id: True}


async def _followed(at: Instance, who: Account) -> dict[int, bool]:
    """Whom somebody follows, and whether with boosts."""
    async with at.site.read() as db:
        page = await follows.following(db, who.id, below=2**63 - 1, limit=100)
        found = [await follows.find(db, who.id, account_id) for _, account_id in page]
    return {each.followee_id: each.show_boosts for each in found if each is not None}


@pytest.mark.asyncio
async def test_lists_blocks_mutes_and_bookmarks_are_taken_over_and_back(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url(), durations=AT_ONCE) as at:
        ada = await at.person("ada", password=PASSWORD)
        ben = await at.person("ben")
        token = await at.token(ben)
        async with at.client(token) as http:
            post = (await http.post("/api/v1/statuses", json={"status": "Hello."})).json()
        tables: dict[Kind, str] = {
            "lists": "Bakers,ben\n",
            "mutes": "Account address,Hide notifications\nben,false\n",
            "bookmarks": post["uri"] + "\n",
            "domain_blocks": "#domain\nspam.example\n",
            "blocks": "ben\n",
        }
        async with reader(at, "ada") as who:
            paths = {kind: await take_over(at, who, kind, body.encode()) for kind, body in tables.items()}
            async with at.site.read() as db:
                (made,) = await lists.of(db, ada.id)
                (muted,) = await blocks.mutes(db, ada.id, below=2**63 - 1, limit=9)
                kept = [
                    await db.fetchval("SELECT count(*) FROM bookmark WHERE account_id = $1", ada.id),
                    len(await blocks.blocks(db, ada.id, below=2**63 - 1, limit=9)),
                    len(await blocks.domain_blocks(db, ada.id, below=2**63 - 1, limit=9)),
                ]
            for path in reversed(paths.values()):
                await who.open(path)
                await who.press(f"{path}/undo")
                await at.settle()
            async with at.site.read() as db:
                left = [
                    len(await lists.of(db, ada.id)),
                    len(await blocks.mutes(db, ada.id, below=2**63 - 1, limit=9)),
                    await db.fetchval("SELECT count(*) FROM bookmark WHERE account_id = $1", ada.id),
                    len(await blocks.blocks(db, ada.id, below=2**63 - 1, limit=9)),
                    len(await blocks.domain_blocks(db, ada.id, below=2**63 - 1, limit=9)),
                ]
        assert made.title == "Bakers"
        assert muted.target_id == ben.id
        assert kept == [1, 1, 1]
        assert left == [0, 0, 0, 0, 0]


@pytest.mark.asyncio
async def test_a_long_table_is_taken_over_some_lines_at_a_time_with_pauses_by_whoever_lives(
    database_url: MakeDatabase,
) -> None:
    clock = Clock()
    async with running.instance(await database_url(), now=clock) as at:
        ada = await at.person("ada", password=PASSWORD)
        async with at.db() as db:
            people = [await make_remote_account(db, f"p{number}") for number in range(45)]
        body = "".join(f"{each.handle}@{each.handle_domain}\n" for each in people).encode()
        async with reader(at, "ada") as who:
            await who.open("/settings/import")
            await who.upload("/settings/import", {"file": body}, {"kind": "mutes"})
            page = who.path
            await who.press(f"{page}/begin")
            steps: list[int] = []
            for _ in range(2):
                await at.settle()
                async with at.site.read() as db:
                    steps.append(len(await blocks.mutes(db, ada.id, below=2**63 - 1, limit=100)))
                clock.pass_by(seconds=2)
            async with at.db() as db:  # a process takes the next step and dies
                assert await imports.claim(db, lease=at.site.durations.long_work_lease, now=at.site.now()) is not None
            await at.settle()
            async with at.site.read() as db:
                steps.append(len(await blocks.mutes(db, ada.id, below=2**63 - 1, limit=100)))
            clock.pass_by(minutes=3)
            await at.settle()
            clock.pass_by(seconds=2)
            await at.settle()
            await who.open(page)
        assert steps == [20, 40, 40]
        assert "45 lines changed something." in who.text

        clock.pass_by(days=31)
        await forget_archives(at.site)
        async with at.site.read() as db:
            assert await imports.newest(db, ada.id) == []


@pytest.mark.asyncio
async def test_a_line_that_breaks_whatever_is_tried_is_given_up_and_the_rest_goes_on(
    database_url: MakeDatabase,
) -> None:
    clock = Clock()
    durations = dataclasses.replace(AT_ONCE, long_work_lease=timedelta(minutes=1))
    async with running.instance(await database_url(), now=clock, durations=durations) as at:
        ada = await at.person("ada", password=PASSWORD)
        people = [await at.person(name) for name in ("ben", "cleo", "dan")]
        async with at.db() as db:
            await db.execute(
                f"""
                CREATE FUNCTION break_it() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN IF NEW.target_id = {people[1].id} THEN RAISE 'broken'; END IF; RETURN NEW; END $$;
                CREATE TRIGGER break_it BEFORE INSERT ON mute FOR EACH ROW EXECUTE FUNCTION break_it();
                """
            )
        async with reader(at, "ada") as who:
            await who.open("/settings/import")
            await who.upload("/settings/import", {"file": b"ben\ncleo\ndan\n"}, {"kind": "mutes"})
            page = who.path
            await who.press(f"{page}/begin")
            for _ in range(imports.MOST_ATTEMPTS):
                with pytest.raises(asyncpg.RaiseError, match="broken"):
                    await at.settle()
                clock.pass_by(minutes=2)
            await at.settle()
            await who.open(page)
        async with at.site.read() as db:
            muted = await blocks.mutes(db, ada.id, below=2**63 - 1, limit=100)

    assert len(muted) == 2
    assert "2 lines changed something." in who.text


@pytest.mark.asyncio
async def test_an_import_of_somebody_else_is_not_there(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as at:
        await at.person("ada", password=PASSWORD)
        await at.person("eve", password=PASSWORD)
        async with reader(at, "ada") as ada, reader(at, "eve") as eve:
            await ada.open("/settings/import")
            await ada.upload("/settings/import", {"file": b"spam.example"}, {"kind": "domain_blocks"})
            page = ada.path
            await eve.open("/settings/import")
            token = eve.attribute('input[name="csrf_token"]', "value") or ""
            answers = [(await eve.open(page)).status]
            for what in ("begin", "undo", "again", "throw_away"):
                answers.append((await eve.http.post(f"{page}/{what}", data={"csrf_token": token})).status_code)
            await ada.open(page)
            await ada.press(f"{page}/throw_away")
            assert (await ada.open(page)).status == 404
        assert answers == [404] * 5


@pytest.mark.parametrize(
    ("kind", "body", "read", "left_out"),
    [
        ("follows", "Account address,Show boosts,Notify on new posts,Languages\n@Ben@B.example,false,true,\"de, en\"\n",
         {"ben@b.example": {"show_boosts": False, "notify": True, "languages": ["de", "en"]}}, []),
        ("follows", "ben\nada\n",
         {"ben@alpha.example": {"show_boosts": True, "notify": False, "languages": None}}, ["self"]),
        ("blocks", "ben@b.example\nben@b.example\n=1+1\n", {"ben@b.example": {}}, ["twice", "address"]),
        ("lists", "'=1+1,ben@b.example\n,cleo@b.example\n", {"ben@b.example": {"title": "=1+1"}}, ["title"]),
        ("mutes", "Account address,Hide notifications\nben@b.example,false\n",
         {"ben@b.example": {"hides_notifications": False}}, []),
        ("domain_blocks", "#domain\nB.example\nalpha.example\nno domain\n", {"b.example": {}}, ["self", "domain"]),
        ("bookmarks", "https://b.example/1\njavascript:alert(1)\n", {"https://b.example/1": {}}, ["uri"]),
    ],
)  # fmt: skip
def test_tables_are_read_as_mastodon_writes_them(
    kind: Kind, body: str, read: dict[str, dict[str, object]], left_out: list[str]
) -> None:
    found = import_files.read(body.encode(), kind, HERE, own=OWN)

    assert {each.subject: each.told for each in found.lines} == read
    assert [each.why for each in found.skipped] == left_out


@pytest.mark.parametrize(
    "body",
    [b"", b"\n\n", b"\xff\xfe\x00", b"a\0b", b"x\n" * 20_002, b"no address here\n", b'"' + b"a" * 200_000],
    ids=["empty", "blank", "utf-16", "nul", "too long", "nothing", "one huge cell"],
)
def test_s152_what_is_no_table_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        import_files.read(body, "follows", HERE, own=OWN)


@pytest.mark.asyncio
async def test_what_is_not_in_the_file_ends_in_lists_blocks_mutes_hidden_servers_and_bookmarks(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url(), durations=AT_ONCE) as at:
        ada = await at.person("ada", password=PASSWORD)
        ben, cleo = await at.person("ben"), await at.person("cleo")
        async with at.client(await at.token(ben)) as http:
            uris = [(await http.post("/api/v1/statuses", json={"status": text})).json()["uri"] for text in "ab"]
        tables: dict[Kind, tuple[str, str]] = {
            "lists": ("Bakers,ben\nBakers,cleo\nOld,ben\n", "Bakers,ben\n"),
            "mutes": ("ben\ncleo\n", "ben\n"),
            "bookmarks": ("\n".join(uris), uris[0]),
            "domain_blocks": ("spam.example\nloud.example\n", "spam.example\n"),
            "blocks": ("ben\ncleo\n", "ben\n"),
        }
        dry: dict[Kind, str] = {}
        listed: list[dict[str, list[int]]] = []
        async with reader(at, "ada") as who:
            for kind, (before, after) in tables.items():
                await take_over(at, who, kind, before.encode())
                await who.open("/settings/import")
                await who.upload("/settings/import", {"file": after.encode()}, {"kind": kind, "mode": "overwrite"})
                dry[kind] = who.text
                page = who.path
                await who.press(f"{page}/begin")
                await at.settle()
                if kind == "lists":
                    listed.append(await _listed(at, ada))
                    await who.open(page)
                    await who.press(f"{page}/undo")
                    await at.settle()
                    listed.append(await _listed(at, ada))
            left = {kind: (await who.http.get(f"/settings/exports/{kind}.csv")).text for kind in tables}

    assert "2 that are not in the file would end." in dry.pop("lists")
    assert all("1 that is not in the file would end." in said for said in dry.values())
    assert listed == [{"Bakers": [ben.id]}, {"Bakers": sorted([ben.id, cleo.id]), "Old": [ben.id]}]
    assert (left["bookmarks"].strip(), left["domain_blocks"].split()[-1]) == (uris[0], "spam.example")
    assert ("ben@" in left["mutes"], "cleo@" in left["mutes"]) == (True, False)
    assert ("ben@" in left["blocks"], "cleo@" in left["blocks"]) == (True, False)


async def _listed(at: Instance, who: Account) -> dict[str, list[int]]:
    """Who stands in somebody's lists."""
    async with at.site.read() as db:
        return {
            each.title: sorted(one for _, one in await lists.members(db, each, below=2**63 - 1, limit=9))
            for each in await lists.of(db, who.id)
        }


@pytest.mark.asyncio
async def test_a_table_of_twenty_thousand_lines_is_looked_at_quickly_and_shown_in_short(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url()) as at:
        ada = await at.person("ada", password=PASSWORD)
        async with at.db() as db:
            known = await make_remote_account(db, "known")
            await blocks.mute(db, ada.id, known.id, hides_notifications=True, lasts=None, now=at.site.now())
        body = "".join(f"person_{number}@far.example\n" for number in range(20_000)).encode()
        async with reader(at, "ada") as who:
            await who.open("/settings/import")
            began = time.process_time()
            await who.upload("/settings/import", {"file": body}, {"kind": "mutes", "mode": "overwrite"})
            took = time.process_time() - began
            shown = len(who.page.css("main li"))

    assert "20,000 lines would change something." in who.text
    assert "20,000 are not known here yet" in who.text
    assert "1 that is not in the file would end." in who.text
    assert "and 19,800 more" in who.text
    assert (shown, len(who.answer.content) < 150_000) == (201, True)
    assert took < 6  # seconds of this process, where all of it takes place but the database
