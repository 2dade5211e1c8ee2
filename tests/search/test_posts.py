"""Which posts are found by words, and by whom."""

from collections.abc import Sequence

import msgspec
import pytest

from fedcomm.accounts import blocks, follows
from fedcomm.accounts.model import Account
from fedcomm.cursor import Cursor
from fedcomm.database import Connection
from fedcomm.groups import membership
from fedcomm.network import peers
from fedcomm.search import posts
from fedcomm.search.question import taken_apart
from fedcomm.threads import posting, reactions
from fedcomm.threads.model import Attachment, Draft, Post
from tests.factories import (
    HERE,
    NOON,
    later,
    make_account,
    make_draft,
    make_group,
    make_remote,
    make_remote_account,
    make_reply,
    make_thread,
)


async def found(db: Connection, viewer: Account, typed: str, *, limit: int = 20, offset: int = 0) -> list[int]:
    return await posts.page(db, HERE, viewer, taken_apart(typed), cursor=Cursor(limit=limit), offset=offset)


def ids(of: Sequence[Post]) -> list[int]:
    return [each.id for each in of]


async def write(db: Connection, author: Account, html: str, *, language: str | None = "en", title: str = "") -> Post:
    draft = Draft(content_html=html, language=language, summary=title)
    return await posting.publish(db, HERE, author, draft, now=NOON)


async def test_all_words_must_be_there_in_any_order_and_form_the_newest_first(db: Connection) -> None:
    ada = await make_account(db)
    first = await write(db, ada, "<p>The deck <b>ovens</b> break &amp; burn.</p>")
    second = await write(db, ada, "<p>An oven with one deck.</p>")
    await write(db, ada, "<p>A deck of cards.</p>")

    assert await found(db, ada, "oven deck") == ids([second, first])
    assert await found(db, ada, "OVENS the decks") == ids([second, first])
    assert await found(db, ada, "ove*") == ids([second, first])
    assert await found(db, ada, "ove") == []
    assert await found(db, ada, "oven", limit=1) == [second.id]
    assert await found(db, ada, "oven", limit=1, offset=1) == [first.id]


async def test_phrases_keep_their_order_and_refused_words_are_refused_in_every_form(db: Connection) -> None:
    ada = await make_account(db)
    first = await write(db, ada, "<p>A deck oven on gas.</p>")
    second = await write(db, ada, "<p>An oven under deck.</p>")

    assert await found(db, ada, '"deck oven"') == [first.id]
    assert await found(db, ada, '"deck ovens" gas') == [first.id]
    assert await found(db, ada, "oven -decks") == []
    assert await found(db, ada, "oven -gases") == [second.id]
    assert await found(db, ada, 'oven -"deck oven"') == [second.id]
    assert await found(db, ada, "from:me -gas") == [second.id]


async def test_words_are_reduced_as_the_language_of_the_post_does(db: Connection) -> None:
    ada = await make_account(db)
    german = await write(db, ada, "<p>Wir suchen einen gebrauchten Ofen.</p>", language="de-AT")
    none = await write(db, ada, "<p>Ofen, ovens</p>", language=None)

    assert await found(db, ada, "gebrauchte Öfen") == [german.id]
    assert await found(db, ada, "ofen") == ids([none, german])


async def test_titles_and_warnings_are_searched_and_markup_is_not(db: Connection) -> None:
    ada = await make_account(db)
    group = await make_group(db, members=[ada])
    thread = await make_thread(db, ada, group, title="Sourdough?", text="Ours died.")
    warned = await write(db, ada, '<p class="secretclass">x <a href="https://hidden.example/">y</a></p>', title="Flour")

    assert await found(db, ada, "sourdough") == [thread.id]
    assert await found(db, ada, "flour") == [warned.id]
    assert await found(db, ada, "secretclass") == []


async def test_s092_each_finds_what_they_may_read_and_nobody_what_is_gone(db: Connection) -> None:
    ada, ben, cleo = await make_account(db), await make_account(db, "ben"), await make_account(db, "cleo")
    group = await make_group(db, members=[ada, ben])
    await follows.follow(db, HERE, cleo, ada, now=NOON)
    public = await make_thread(db, ada, text="canary")
    hidden = await make_thread(db, ada, text="canary", audience="followers")
    direct = await posting.publish(
        db, HERE, ada, make_draft("canary", audience="direct", mentioning=[ben]), now=later(seconds=2)
    )
    inside = await make_thread(db, ada, group, text="canary", now=later(seconds=3))
    await db.execute("UPDATE post SET audience = 'group' WHERE id = $1", inside.id)

    assert await found(db, ada, "canary") == ids([inside, direct, hidden, public])
    assert await found(db, ben, "canary") == ids([inside, direct, public])
    assert await found(db, cleo, "canary") == [public.id]
    await reactions.favourite(db, HERE, cleo, hidden.id, now=NOON)
    assert await found(db, cleo, "canary") == ids([hidden, public]), "what one favoured is part of one's library"

    await posting.delete(db, HERE, ada, public.id, now=NOON)
    await db.execute("UPDATE post SET state = 'held' WHERE id = $1", hidden.id)
    await db.execute("UPDATE post SET state = 'removed' WHERE id = $1", inside.id)
    assert await found(db, ada, "canary") == [direct.id]


async def test_who_does_not_want_to_be_found_is_found_in_groups_and_by_who_knows_the_post(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada])
    await db.execute("UPDATE account SET is_indexable = false WHERE id = $1", ada.id)
    personal = await make_thread(db, ada, text="canary")
    asked = await make_thread(db, ada, group, text="canary", now=later(seconds=1))

    assert await found(db, ben, "canary") == [asked.id]
    assert await found(db, ada, "canary") == ids([asked, personal])
    await reactions.bookmark(db, HERE, ben, personal.id, now=NOON)
    assert await found(db, ben, "canary") == ids([asked, personal])
    assert await found(db, ben, "canary in:library") == [personal.id]
    assert await found(db, ben, "canary in:public") == []


async def test_whom_one_hides_and_who_is_shut_out_is_not_found(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    rui = await make_remote_account(db, host="beta.example")
    near = await make_thread(db, ben, text="canary")
    far = await make_thread(db, rui, text="canary", now=later(seconds=1))
    await db.execute("UPDATE account SET is_indexable = true WHERE id = $1", rui.id)
    assert await found(db, ada, "canary") == ids([far, near])

    await peers.suspend(db, None, "beta.example", "spam", now=NOON)
    assert await found(db, ada, "canary") == [near.id]
    await blocks.mute(db, ada.id, ben.id, now=NOON)
    assert await found(db, ada, "canary") == []


async def test_from_names_authors_and_in_names_groups(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    rui = await make_remote_account(db, host="beta.example")
    bakers, millers = await make_group(db, members=[ada, ben]), await make_group(db, "millers", members=[ada])
    one = await make_thread(db, ada, bakers, text="oven")
    two = await make_thread(db, ben, bakers, text="oven", now=later(seconds=1))
    three = await make_thread(db, ada, millers, text="oven", carried_by=[], now=later(seconds=2))
    far = await make_thread(db, rui, text="oven", now=later(seconds=3))
    await db.execute("UPDATE account SET is_indexable = true WHERE id = $1", rui.id)

    assert await found(db, ada, "oven from:me") == ids([three, one])
    assert await found(db, ada, f"from:{ben.handle} from:@{rui.handle}@beta.example") == ids([far, two])
    assert await found(db, ada, f"oven -from:me -from:{ben.handle}@{HERE.domain}") == [far.id]
    assert await found(db, ada, f"oven in:@{bakers.handle}") == ids([two, one])
    assert await found(db, ada, "oven in:groups") == ids([three, two, one])
    for nobody in ("oven from:nobody", "oven in:nowhere"):
        assert await found(db, ada, nobody) == []


async def test_a_group_finds_what_it_carries(db: Connection) -> None:
    ada = await make_account(db)
    bakers, millers = await make_group(db, members=[ada]), await make_group(db, "millers", members=[ada])
    carried = await make_thread(db, ada, bakers, text="oven", carried_by=[millers])

    assert await found(db, ada, f"in:{millers.handle} oven") == [carried.id]


async def test_days_replies_languages_and_what_a_post_holds(db: Connection) -> None:
    ada = await make_account(db)
    rui = await make_remote_account(db)
    said = Draft(content_html="<p>flour</p>", remote=make_remote(rui, published_at=later(days=-2)))
    old = await posting.publish(db, HERE, rui, said, now=NOON)
    new = await make_thread(db, ada, text="flour")
    reply = await make_reply(db, ada, new, text="flour", now=later(seconds=1))
    link = await write(db, ada, '<p>flour <a href="https://mill.example/" rel="nofollow">mill</a></p>', language="de")
    tagged = await write(db, ada, '<p>flour <a href="https://x.example/tags/a" class="mention hashtag">#a</a></p>')
    await db.execute(
        """
        INSERT INTO post_attachment (post_id, position, media_type, remote_url) VALUES ($1, 0, 'image/png', '')
        """,
        tagged.id,
    )
    asked = await posting.publish(
        db,
        HERE,
        rui,
        Draft(content_html="<p>flour</p>", remote=make_remote(rui, published_at=later(hours=1))),
        now=NOON,
    )
    await db.execute("UPDATE post SET object_type = 'Question', is_sensitive = true WHERE id = $1", asked.id)
    await db.execute("UPDATE account SET is_indexable = true WHERE id = $1", rui.id)

    assert await found(db, ada, "flour before:2026-11-20") == [old.id]
    assert old.id not in await found(db, ada, "flour after:2026-11-18")
    assert await found(db, ada, "during:2026-11-18") == [old.id]
    assert await found(db, ada, "flour is:reply") == [reply.id]
    assert await found(db, ada, "flour has:link") == [link.id]
    assert await found(db, ada, "flour has:image") == await found(db, ada, "flour has:media") == [tagged.id]
    assert await found(db, ada, "flour has:video") == []
    assert await found(db, ada, "flour has:poll") == await found(db, ada, "flour is:sensitive") == [asked.id]
    assert await found(db, ada, "flour language:de") == [link.id]
    without = await found(db, ada, "flour -is:reply -has:link -has:image -has:poll -language:de")
    assert set(without) == {old.id, new.id}


@pytest.mark.parametrize("odd", ["'", "\\", "!", "&|()", ":*", '"\'"', "<->", "a:b*", "\u00ad", "%", "'a' & !('b'"])
async def test_signs_of_the_query_language_are_only_signs(db: Connection, odd: str) -> None:
    ada = await make_account(db)
    await write(db, ada, "<p>text</p>")
    assert await found(db, ada, odd) == []


async def test_a_text_of_the_greatest_length_can_be_stored_and_found(db: Connection) -> None:
    """The words of a text must fit into 1 MiB, whatever somebody elsewhere wrote."""
    ada = await make_account(db)
    words = " ".join(chr(0x10000 + n) for n in range(50_000))
    long = await write(db, ada, f"<p>needle {words}</p>")
    link = await write(db, ada, "<p>needle " + " ".join(f"a{n}.example/x" for n in range(6_000)) + "</p>")
    assert await found(db, ada, "needle") == ids([link, long])


async def test_words_are_looked_up_in_the_index(db: Connection) -> None:
    await db.execute("SET LOCAL enable_seqscan = off")
    plan = await db.fetch(f"EXPLAIN SELECT id FROM post WHERE {posts.WORDS} @@ 'oven'::tsquery")
    assert any("post_words" in row[0] for row in plan)


async def test_every_language_that_posts_are_reduced_in_is_searched_in(db: Connection) -> None:
    source: str = await db.fetchval("SELECT pg_get_functiondef('words_of'::regproc)")
    assert {name for name in posts.REDUCTIONS if f"'{name}'::regconfig" in source} == set(posts.REDUCTIONS)
    assert source.count("::regconfig") - source.count("'norwegian'::regconfig") + 1 == len(posts.REDUCTIONS)


async def test_leaving_a_group_ends_what_is_found_in_it(db: Connection) -> None:
    ada, ben = await make_account(db), await make_account(db, "ben")
    group = await make_group(db, members=[ada, ben])
    inside = await make_thread(db, ada, group, text="canary")
    await db.execute("UPDATE post SET audience = 'group' WHERE id = $1", inside.id)
    assert await found(db, ben, "canary") == [inside.id]

    await membership.leave(db, HERE, ben, group, now=NOON)
    assert await found(db, ben, "canary") == []


async def test_what_pictures_are_said_to_show_is_found_with_the_text(db: Connection) -> None:
    ada = await make_remote_account(db)
    shown = Attachment(media_type="image/png", remote_url="https://beta.example/a.png", description="A <b> deck oven")
    said = msgspec.structs.replace(make_remote(ada), attachments=(shown,))
    draft = Draft(content_html="<p>Look what came</p>", language="en", remote=said)
    post = await posting.publish(db, HERE, ada, draft, now=NOON)

    assert await found(db, ada, "came ovens") == [post.id]
    assert await found(db, ada, '"deck oven"') == [post.id]
    bare = msgspec.structs.replace(said, attachments=(), edited_at=later(hours=1))
    await posting.edit(db, HERE, ada, post.id, msgspec.structs.replace(draft, remote=bare), now=later(hours=1))
    assert await found(db, ada, "oven") == []
    assert await found(db, ada, "came") == [post.id]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("東京", [0, 1]),
        ("東京都", [0]),
        ("都庁", [0]),
        ("猫", [2]),
        ("黒猫", [2]),
        ("トヨタ", [3]),
        ("トヨタ gr86", [3]),
        ("トヨタGR86", [3]),
        ("학교", [4]),
        ("北京 天气", [5]),
        ('"北京 天气"', []),
        ("東京 -東京都", [1]),
        ("京東", []),
        ("oven 東京", [1]),
        ("東京 bread", []),
    ],
)
async def test_text_without_spaces_is_found_by_what_stands_in_it(
    db: Connection, typed: str, texts: Sequence[int]
) -> None:
    ada = await make_account(db)
    written = [
        await write(db, ada, f"<p>{text}</p>", language=language)
        for text, language in (
            ("明日は東京都庁へ行きます。", "ja"),
            ("An oven from 東京, no 東<b>北</b>", "en"),
            ("昨日、うちの黒猫", "ja"),
            ("新しいトヨタGR86です", "ja"),
            ("아이들은 학교에서 배운다", "ko"),
            ("今天北京的天气很好", "zh"),
        )
    ]
    assert await found(db, ada, typed) == ids([written[each] for each in reversed(texts)])
