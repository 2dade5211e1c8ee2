"""Which people and groups are found, and in which order."""

from fedcomm.accounts import follows
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.network import peers
from fedcomm.search import people
from tests.factories import HERE, NOON, make_account, make_group, make_remote_account


async def found(db: Connection, typed: str, viewer: Account) -> list[int]:
    return [each.id for each in await people.search(db, typed, viewer.id, limit=10)]


async def test_the_search_puts_first_whom_one_means(db: Connection) -> None:
    me = await make_account(db, "me")
    exact = await make_account(db, "milling")
    followed = await make_account(db, exact.handle + "_x"[:1])
    group = await make_group(db, exact.handle + "_g"[:1])
    far = await make_remote_account(db, exact.handle)
    await follows.follow(db, HERE, me, followed, now=NOON)

    shown = await people.search(db, exact.handle, me.id, limit=10)
    assert [each.id for each in shown] == [exact.id, followed.id, group.id, far.id]
    assert [each.id for each in await people.search(db, exact.handle, me.id, following=True, limit=10)] == [followed.id]
    assert await people.search(db, exact.handle, me.id, limit=2, offset=1) == shown[1:3]
    assert await found(db, f"{exact.handle}@beta", me) == [far.id]
    for odd in ("", "@", "%", "_" * 30, "'", "\\", "' | !x:*"):
        assert await found(db, odd, me) == []


async def test_words_of_names_and_of_what_groups_are_for_are_found_by_their_beginnings(db: Connection) -> None:
    me = await make_account(db, "me")
    ada = await make_account(db, "quentin")
    await db.execute("UPDATE account SET name = 'Ada Müller-Lüdenscheid' WHERE id = $1", ada.id)
    group = await make_group(db, "mill")
    await db.execute("UPDATE account SET bio_html = '<p>About <b>stone</b> ovens</p>' WHERE id = $1", group.id)
    await db.execute("UPDATE account SET bio_html = '<p>I sell ovens</p>' WHERE id = $1", ada.id)

    for typed in ("ada mül", "lüden", "MÜLLER ADA"):
        assert await found(db, typed, me) == [ada.id], typed
    assert await found(db, "stone oven", me) == [group.id]
    assert await found(db, "ada smith", me) == []
    assert await found(db, group.handle.partition("_")[2], me) != []


async def test_all_of_a_server_are_found_by_its_name(db: Connection) -> None:
    me = await make_account(db, "me")
    far = await make_remote_account(db, host="chapter-north.example")
    await make_remote_account(db, host="chapter-south.example")

    for typed in ("@chapter-north.example", "chapter-north.ex"):
        assert await found(db, typed, me) == [far.id]
    await peers.suspend(db, None, "chapter-north.example", "spam", now=NOON)
    assert await found(db, "chapter-north.example", me) == []


async def test_who_hides_is_found_by_the_exact_handle_and_hidden_groups_by_their_members(db: Connection) -> None:
    me, shy = await make_account(db, "me"), await make_account(db, "shy")
    await db.execute("UPDATE account SET is_discoverable = false WHERE id = $1", shy.id)
    group = await make_group(db, "board", members=[shy])
    await db.execute("UPDATE group_profile SET visibility = 'hidden' WHERE account_id = $1", group.id)

    assert await found(db, "shy", me) == []
    assert await found(db, shy.handle, me) == [shy.id]
    assert await found(db, group.handle, me) == []
    assert await found(db, group.handle, shy) == [group.id]


async def test_the_search_stands_on_indexes(db: Connection) -> None:
    await db.execute(
        """
        INSERT INTO account (id, kind, is_local, handle, handle_key, handle_domain, authority, uri, url, inbox_url,
                             created_at, updated_at)
        SELECT n, 'person', false, 'a' || n, 'a' || n, 'h' || n, 'h' || n, 'https://x.example/' || n, '', '', now(),
               now()
          FROM generate_series(1, 2000) n
        """
    )
    await db.execute("ANALYZE account")
    await db.execute("SET LOCAL enable_seqscan = off")
    for condition, index in (
        (f"{people.WORDS} @@ 'x:*'::tsquery", "account_words"),
        ("handle_key LIKE 'ada%'", "account_handle"),
        ("handle_domain LIKE 'beta%' AND NOT is_local", "account_domain_begins"),
    ):
        plan = await db.fetch("EXPLAIN SELECT id FROM account WHERE " + condition)
        assert any(index in row[0] for row in plan), condition
    plan = await db.fetch("EXPLAIN SELECT tag FROM post_tag WHERE tag ~>=~ 'bak' AND tag ~<~ 'bal'")
    assert any("post_tag_begins" in row[0] for row in plan)
