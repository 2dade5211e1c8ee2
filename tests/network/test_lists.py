"""Lists of other servers: read from files, looked at, taken over in steps, taken back, given to others (product 16)."""

import pytest

from fedcomm import recurring
from fedcomm.database import Connection
from fedcomm.errors import Conflict, Invalid
from fedcomm.network import list_files, lists, peers
from fedcomm.network.list_files import ListEntry, ReadList
from tests import running
from tests.factories import NOON, make_account, make_follow, make_remote_account
from tests.running import MakeDatabase
from tests.web.reader import reader

EXPORTED = b"""#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
Spam.Example,suspend,true,true,"Spam, lots",false
loud.example,silence,false,false,,false
nothing.example,noop,false,false,,false
hid***.example,suspend,false,false,,true
loud.example,suspend,false,false,,false
alpha.example,suspend,false,false,,false
not a domain,suspend,,,,
"""


def test_a_list_of_mastodon_is_read_and_what_says_nothing_is_named() -> None:
    found = list_files.read(EXPORTED, "blocks", own="alpha.example")

    assert found.entries == [
        ListEntry("spam.example", "suspended", "Spam, lots"),
        ListEntry("loud.example", "limited", ""),
    ]
    assert [each.why for each in found.skipped] == ["severity", "hidden", "twice", "own", "domain"]


def test_plain_lists_and_lists_to_allow_are_read_too() -> None:
    plain = list_files.read("\ufeffa.example\n\nb.example:8443\n".encode(), "blocks", own="alpha.example")
    allowed = list_files.read(b"#domain\nb\xc3\xbccher.example\n", "allows", own="alpha.example")

    assert plain.entries == [ListEntry("a.example", "suspended"), ListEntry("b.example:8443", "suspended")]
    assert allowed.entries == [ListEntry("xn--bcher-kva.example", "allowed")]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"#domain\nnothing\n", b"a.example\n" * 20_002, b"a\0.example"])
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        list_files.read(body, "blocks", own="alpha.example")


async def test_a_list_makes_nothing_softer_and_leaves_later_decisions_when_it_is_taken_back(db: Connection) -> None:
    ada = await make_account(db, "ada")
    await peers.suspend(db, ada.id, "bad.example", "ours", now=NOON)
    await peers.limit(db, ada.id, "loud.example", "ours", now=NOON)
    entries = [ListEntry(f"{name}.example", "limited", "theirs") for name in ("bad", "loud", "new", "other", "friend")]
    entries.append(ListEntry("loud.example", "suspended", "theirs"))
    made = await lists.propose(db, ada.id, "Shared", ReadList(entries[2:], []), now=NOON)

    wanted = await lists.changes(db, made)
    await lists.begin(db, ada.id, made.id, ["friend.example"], now=NOON)
    while await lists.go_on(db, now=NOON):
        pass
    taken = {name: await peers.policy(db, f"{name}.example") for name in ("bad", "loud", "new", "other", "friend")}
    await peers.suspend(db, ada.id, "other.example", "worse than we thought", now=NOON)
    await lists.take_back(db, ada.id, made.id, now=NOON)
    while await lists.go_on(db, now=NOON):
        pass
    back = {name: await peers.policy(db, f"{name}.example") for name in ("bad", "loud", "new", "other", "friend")}
    reason = await db.fetchval("SELECT policy_reason FROM peer WHERE authority = 'loud.example'")

    assert [each.authority for each in wanted] == ["loud.example", "friend.example", "new.example", "other.example"]
    assert taken == {
        "bad": "suspended", "loud": "suspended", "new": "limited", "other": "limited", "friend": "default",
    }  # fmt: skip
    assert back == {
        "bad": "suspended", "loud": "limited", "new": "default", "other": "suspended", "friend": "default",
    }  # fmt: skip
    assert reason == "ours"
    with pytest.raises(Conflict):
        await lists.begin(db, ada.id, made.id, [], now=NOON)


@pytest.mark.asyncio
async def test_what_a_list_would_silence_is_seen_before_and_it_can_be_taken_back(
    database_url: MakeDatabase,
) -> None:
    async with running.instance(await database_url()) as home:
        ada = await home.person("ada", role="admin", password=running.PASSWORD)
        async with home.db() as db:
            rui = await make_remote_account(db, host="sub.spam.example")
            await make_follow(db, ada, rui, here=home.here, now=home.site.now())
        async with reader(home, "ada") as at:
            await at.open("/admin/peers/lists")
            await at.press("/admin/peers/lists", name="Empty")
            refused = (at.status, at.all(".wrong"))
            body = EXPORTED.replace(b"alpha.example", home.here.authority.encode())
            await at.upload("/admin/peers/lists", {"list": body}, {"kind": "blocks", "name": "Shared list"})
            page, dry = at.path, at.text
            async with home.site.read() as db:
                untouched = await peers.policy(db, "spam.example")
            await at.press(f"{page}/apply")
            unsure = at.status
            await at.press(f"{page}/apply", is_sure="yes")
            taken = at.text
            exported = await at.http.get("/admin/peers/blocks.csv")
            await at.press(f"{page}/undo")
            undone = at.text
            async with home.site.read() as db:
                after = await peers.policy(db, "spam.example")

    assert refused == (422, ["Please choose a file."])
    assert "2 instances would be treated otherwise than now." in dry
    assert "1 follow between people here and there would fall silent." in dry
    assert "5 lines were left out" in dry
    assert untouched == "default"
    assert unsure == 422
    assert "2 decisions were changed by this list." in taken
    assert exported.text.splitlines() == [
        ",".join(list_files.BLOCK_COLUMNS),
        "loud.example,silence,false,false,,false",
        'spam.example,suspend,true,true,"Spam, lots",false',
    ]
    assert "Taken back" in undone
    assert after == "default"


@pytest.mark.asyncio
async def test_a_long_list_goes_on_by_itself_and_says_how_far_it_has_come(database_url: MakeDatabase) -> None:
    async with running.instance(await database_url()) as home:
        await home.person("ada", role="admin", password=running.PASSWORD)
        body = "".join(f"s{number:03}.example\n" for number in range(450)).encode()
        async with reader(home, "ada") as at:
            await at.open("/admin/peers/lists")
            await at.upload("/admin/peers/lists", {"list": body}, {"kind": "blocks"})
            page = at.path
            await at.press(f"{page}/apply")
            far = (at.attribute("progress", "value"), at.attribute("progress", "max"))
            await recurring.go_on_with_lists(home.site)
            await at.open(page)

            assert far == ("300", "450")
            assert "450 decisions were changed by this list." in at.text
