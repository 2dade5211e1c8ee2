"""Posts from elsewhere: threads in our groups, replies, personal posts, edits and deletions."""

from datetime import timedelta

from fedcomm.facts import PostRefused
from fedcomm.threads import relayed
from tests.activitypub.inbound.world import (
    count,
    drops,
    followed,
    join,
    post_at,
    rows,
    tell,
    the_post,
    to_group,
    world,
    wrote,
)
from tests.kit.peers import PUBLIC
from tests.running import MakeDatabase


async def test_a_member_elsewhere_starts_a_thread_by_naming_the_group(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)

        note = rui.writes(f"@{group.handle} Hello. Which oven? Ours broke after two years.", **to_group(group))
        create = rui.does("Create", note)
        await tell(alpha, rui, create)

        post = await the_post(alpha, note["id"])
        assert post.group_id == group.id
        assert (post.title, post.title_is_generated) == ("Which oven?", True)
        assert (post.audience, post.kind, post.state) == ("public", "question", "visible")
        (announced,) = await rows(alpha, "SELECT account_id, is_group FROM boost WHERE post_id = $1", post.id)
        assert tuple(announced) == (group.id, True)
        async with alpha.site.read() as db:
            kept = await relayed.of(db, post.id, "Create")
        assert kept is not None
        assert kept.activity_uri == create["id"]


async def test_an_article_brings_its_title_text_and_what_belongs_to_it(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)

        article = rui.writes(
            "We open a <script>x</script>third shop.",
            type="Article",
            to=[group.uri, PUBLIC],
            audience=group.uri,
            name="Display stands: R&D < 5%",
            summary="<p>We open …</p>",
            contentMap={"de-at": "<p>We open a third shop.</p>"},
            source={"content": "We open", "mediaType": "text/markdown"},
            sensitive=False,
            updated="2020-01-01T00:00:00Z",
            context=beta.server.url("/contexts/1"),
            tag=[{"type": "Hashtag", "name": "#Fair"}, {"type": "Mention", "href": ada.uri, "name": ada.full_handle}],
            attachment=[
                {"type": "Image", "url": beta.server.url("/a.png"), "name": "a stand", "width": 20, "height": 10},
                {"type": "Link", "href": "https://shop.example/stand"},
            ],
        )
        await tell(alpha, rui, rui.does("Create", article))

        post = await the_post(alpha, article["id"])
        assert (post.title, post.title_is_generated, post.summary) == ("Display stands: R&D < 5%", False, "")
        assert "<script" not in post.content_html
        assert "https://shop.example/stand" in post.content_html
        assert (post.language, post.source, post.object_type) == ("de-AT", "We open", "Article")
        assert post.edited_at is None
        (file,) = await rows(alpha, "SELECT media_type, description, width FROM post_attachment")
        assert tuple(file) == ("image/png", "a stand", 20)
        assert [row["shown_as"] for row in await rows(alpha, "SELECT shown_as FROM post_tag")] == ["Fair"]
        named = await rows(alpha, "SELECT account_id, is_silent FROM post_mention ORDER BY is_silent")
        assert [tuple(row) for row in named] == [(ada.id, False), (group.id, True)]
        contexts = {row["uri"] for row in await rows(alpha, "SELECT uri FROM thread_context")}
        assert contexts == {article["context"], alpha.here.context_uri(post.id)}


async def test_a_note_with_a_warning_keeps_it_and_a_reply_has_no_title(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        root = await wrote(alpha, ada, "Which oven? Ours broke.", group=group)

        reply = rui.writes("The red one.", inReplyTo=root.uri, name="Re: oven", summary="<p>food</p>", sensitive=True)
        await tell(alpha, rui, rui.does("Create", reply))

        post = await the_post(alpha, reply["id"])
        assert (post.title, post.summary, post.is_sensitive) == (None, "food", True)
        assert (post.thread_id, post.parent_id, post.group_id) == (root.id, root.id, group.id)


async def test_who_may_not_write_in_a_group_is_told_so(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")

        note = rui.writes("Buy my ovens.", **to_group(group))
        create = rui.does("Create", note)
        await tell(alpha, rui, create)

        assert await post_at(alpha, note["id"]) is None
        (reject,) = await beta.got(1, type="Reject")
        assert (reject["actor"], reject["object"]) == (group.uri, create["id"])
        assert len(await drops(alpha)) == 1
        (fact,) = await rows(alpha, "SELECT payload FROM fact WHERE type = $1", PostRefused.__name__)
        assert fact["payload"]["group_id"] == group.id


async def test_a_followers_only_post_to_a_group_is_not_published_and_its_author_is_told(
    database_url: MakeDatabase,
) -> None:
    """D33; T9."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)

        note = rui.writes("Only for my followers.", **to_group(group, to=[f"{rui.id}/followers"], cc=[group.uri]))
        await tell(alpha, rui, rui.does("Create", note))

        assert await post_at(alpha, note["id"]) is None
        (reject,) = await beta.got(1, type="Reject")
        assert "public" in reject["summary"]


async def test_a_direct_post_comes_with_those_it_is_between_as_far_as_they_can_be_had(
    database_url: MakeDatabase,
) -> None:
    """Who answers it answers all of them; who cannot be found does not hold it up."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, sam = beta.add("rui"), beta.add("sam")
        others = (ada.uri, sam.id, f"{beta.server.url}/u/nobody", f"{alpha.url}/u/nobody")

        note = rui.writes(
            "Between us.",
            to=others,
            cc=[],
            tag=[{"type": "Mention", "href": uri, "name": f"@{number}"} for number, uri in enumerate(others)],
        )
        await tell(alpha, rui, rui.does("Create", note))

        post = await the_post(alpha, note["id"])
        known = await alpha.find(sam.id)
        named = await rows(alpha, "SELECT account_id FROM post_mention WHERE post_id = $1", post.id)
        assert post.audience == "direct"
        assert {row["account_id"] for row in named} == {ada.id, known.id}


async def test_what_is_addressed_to_the_group_alone_goes_to_its_moderators(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)

        note = rui.writes("A word with you.", **to_group(group, to=[group.uri], cc=[]))
        await tell(alpha, rui, rui.does("Create", note))

        post = await the_post(alpha, note["id"])
        assert (post.audience, post.group_id, post.title) == ("direct", None, None)
        assert await count(alpha, "boost") == 0


async def test_unlisted_to_a_group_is_a_thread(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)

        note = rui.writes("Quietly.", **to_group(group, to=[f"{rui.id}/followers", group.uri], cc=[PUBLIC]))
        await tell(alpha, rui, rui.does("Create", note))

        post = await the_post(alpha, note["id"])
        assert (post.audience, post.group_id) == ("unlisted", group.id)


async def test_the_first_group_named_is_home_and_ours_are_asked_to_carry(database_url: MakeDatabase) -> None:
    """D49: a group elsewhere that is named first is the home, although nobody here knew it before."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, market = beta.add("rui"), beta.add("market", "Group")
        await join(alpha, rui, group)

        mentions = [
            {"type": "Mention", "href": market.id, "name": f"@{market.handle}"},
            {"type": "Mention", "href": group.uri, "name": group.full_handle},
        ]
        note = rui.writes("To both.", cc=[market.id, group.uri], tag=mentions)
        await tell(alpha, rui, rui.does("Create", note))

        post = await the_post(alpha, note["id"])
        assert post.group_id == (await alpha.find(market.id)).id
        (carry,) = await rows(alpha, "SELECT group_id, state FROM carry")
        assert tuple(carry) == (group.id, "carried")


async def test_strangers_who_are_merely_mentioned_are_not_fetched(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui, zoe = beta.add("rui"), beta.add("zoe")
        await followed(alpha, ada, rui)

        note = rui.writes("Hi both.", tag=[{"type": "Mention", "href": zoe.id, "name": f"@{zoe.handle}"}])
        await tell(alpha, rui, rui.does("Create", note))

        await the_post(alpha, note["id"])
        assert not [seen for seen in beta.server.seen if seen.path == zoe.path]


async def test_what_concerns_nobody_here_is_not_kept(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        await alpha.person()
        rui = beta.add("rui")

        note = rui.writes("To the wide world.")
        await tell(alpha, rui, rui.does("Create", note))

        assert await post_at(alpha, note["id"]) is None
        assert await drops(alpha) == ["it concerns nobody here"]


async def test_posts_of_those_whom_somebody_here_follows_are_kept(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)

        note = rui.writes("For my followers.", to=[f"{rui.id}/followers"], cc=[])
        await tell(alpha, rui, rui.does("Create", note))

        assert (await the_post(alpha, note["id"])).audience == "followers"


async def test_an_author_changes_a_post_and_the_change_is_passed_on(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        note = rui.writes("Ours broke.", type="Article", **to_group(group, name="Oven?"))
        await tell(alpha, rui, rui.does("Create", note))

        changed = {**note, "content": "<p>Ours broke again.</p>", "name": "Ovens?", "updated": "2099-01-01T00:00:00Z"}
        await tell(alpha, rui, rui.does("Update", changed))

        post = await the_post(alpha, note["id"])
        assert (post.title, post.content_html) == ("Ovens?", "<p>Ours broke again.</p>")
        assert post.edited_at is not None
        assert post.edited_at <= alpha.site.now() + timedelta(hours=1)  # never far in the future
        async with alpha.site.read() as db:
            assert await relayed.of(db, post.id, "Update") is not None


async def test_an_update_without_a_time_is_taken_as_said_now(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        note = rui.writes("Ours broke.")
        await tell(alpha, rui, rui.does("Create", note))

        await tell(alpha, rui, rui.does("Update", {**note, "content": "<p>Mended.</p>"}))

        assert (await the_post(alpha, note["id"])).content_html == "<p>Mended.</p>"


async def test_an_author_deletes_a_post_and_the_deletion_is_passed_on(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        note = rui.writes("Ours broke.", **to_group(group))
        await tell(alpha, rui, rui.does("Create", note))

        delete = rui.does("Delete", {"id": note["id"], "type": "Tombstone"})
        await tell(alpha, rui, delete)

        post = await the_post(alpha, note["id"])
        assert (post.state, post.content_html, post.title) == ("deleted", "", None)
        async with alpha.site.read() as db:
            kept = await relayed.of(db, post.id, "Delete")
            assert await relayed.of(db, post.id, "Create") is None
        assert kept is not None
        assert kept.activity_uri == delete["id"]


async def test_what_has_no_effect_is_dropped_with_its_reason(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        mine = await wrote(alpha, ada, "Monday?")

        vote = {"id": f"{rui.id}#votes/1", "type": "Note", "name": "Monday", "attributedTo": rui.id, "to": [ada.uri]}
        await tell(alpha, rui, rui.does("Create", {**vote, "inReplyTo": mine.uri}))
        for type in ("Move", "Add", "Remove", "Block", "Lock"):
            await tell(alpha, rui, rui.does(type, mine.uri))
        await tell(alpha, rui, rui.does("Dislike", mine.uri))
        await tell(alpha, rui, rui.does("Arrive", mine.uri))

        assert await drops(alpha) == [
            "a vote that does not count: There is no such poll.",
            "a Move of something else than who says it",
            "an Add or Remove without object or target",
            "an Add or Remove without object or target",
            "nobody here has this address",
            "about no thread of a group that is here",
            "dislikes have no effect here",
            "an activity that we have no use for",
        ]
