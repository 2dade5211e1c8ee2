"""Who may say what: nothing is believed that its own actor has not said. Rows S009-S049 of the security cases."""

from typing import Any

import pytest

from fedcomm.accounts import follows, keys
from tests.activitypub.inbound.world import (
    Clock,
    account_at,
    asked,
    can_read,
    count,
    drops,
    followed,
    join,
    post_at,
    proven,
    role_at,
    rows,
    tell,
    the_post,
    to_group,
    with_proofs,
    world,
    wrote,
)
from tests.kit import FakePeer, answers
from tests.kit.peers import PUBLIC
from tests.kit.signing import Tamper
from tests.running import MakeDatabase


async def test_s009_the_same_bytes_twice_have_one_effect_also_after_the_deletion(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        note = rui.writes("Hello", tag=[{"type": "Mention", "href": ada.uri}], cc=[ada.uri])
        create = rui.does("Create", note)

        await tell(alpha, rui, create)
        await tell(alpha, rui, create)
        assert await count(alpha, "inbox_item") == 2  # the Accept of the follow, and this once
        assert await count(alpha, "notification") == 1

        await tell(alpha, rui, rui.does("Delete", note["id"]))
        await tell(alpha, rui, {**create, "id": beta.new_id("activities")})
        assert (await the_post(alpha, note["id"])).state == "deleted"


async def test_s010_a_key_of_another_host_says_nothing_for_the_victim(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        victim, mallory = beta.add("victim"), gamma.add("mallory")
        note = {**victim.writes("I never said this.", cc=[ada.uri])}
        beta.withdraw(note["id"])

        await tell(alpha, mallory, victim.does("Create", note))
        await tell(alpha, mallory, victim.does("Follow", ada.uri))

        assert await post_at(alpha, note["id"]) is None
        assert await account_at(alpha, victim.id) is None
        assert await count(alpha, "follow") == 0


async def test_s011_an_actor_of_the_same_host_says_nothing_for_another(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        alice, mallory = beta.add("alice"), beta.add("mallory")
        await followed(alpha, ada, alice)
        note = alice.writes("I never said this.", cc=[ada.uri])
        beta.withdraw(note["id"])

        await tell(alpha, mallory, alice.does("Create", note))
        await tell(alpha, mallory, alice.does("Follow", ada.uri))

        assert await post_at(alpha, note["id"]) is None
        assert [tuple(row) for row in await rows(alpha, "SELECT follower_id = $1 FROM follow", ada.id)] == [(True,)]


async def test_s012_a_forged_activity_makes_nobody_ask_the_addresses_it_names(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        mallory = beta.add("mallory")
        named = gamma.server.url("/notes/1")
        note = {"id": named, "type": "Note", "attributedTo": gamma.server.url("/users/x"), "inReplyTo": named + "0"}

        activity = mallory.does("Create", {**note, "content": "x", "to": [ada.uri, PUBLIC]})
        sent = await mallory.send(alpha.here.shared_inbox_url, activity, tamper=Tamper(flipped=True))
        await alpha.settle()

        assert sent.status == 401
        assert gamma.server.seen == []
        assert {seen.path for seen in beta.server.seen if seen.method == "GET"} <= {
            mallory.path,
            "/.well-known/webfinger",
            "/.well-known/host-meta",
        }
        assert await count(alpha, "inbox_item") == 0


async def test_s018_an_update_changes_keys_only_by_what_the_actor_document_says(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        key = {"id": rui.key_id, "owner": rui.id, "publicKeyPem": beta.add("other").public_pem}

        await tell(alpha, rui, rui.does("Update", {**rui.document(), "publicKey": key, "name": "Forged"}))

        async with alpha.site.read() as db:
            kept = await keys.by_uri(db, rui.key_id)
        assert kept is not None
        assert kept.public.strip() == rui.public_pem.strip()
        assert (await alpha.find(rui.id)).name == "Rui"

        rui.more["name"] = "Rui of Porto"
        clock.pass_by(minutes=1)
        await tell(alpha, rui, rui.does("Update", {"id": rui.id, "type": "Person", "inbox": rui.inbox}))
        assert (await alpha.find(rui.id)).name == "Rui of Porto"


async def test_s019_a_rotated_key_is_fetched_once_and_not_again_for_five_minutes(database_url: MakeDatabase) -> None:
    clock = Clock()
    async with world(database_url, now=clock) as (alpha, beta):
        ada = await alpha.person()
        first = beta.add("rui")
        await tell(alpha, first, first.does("Follow", ada.uri))

        def asked_for() -> int:
            return len([seen for seen in beta.server.seen if seen.path == first.path])

        before = asked_for()
        second = beta.add("rui")
        await tell(alpha, second, second.does("Create", second.writes("By the second key.", cc=[ada.uri])))
        assert (await count(alpha, "post"), asked_for() - before) == (1, 1)

        third = beta.add("rui")
        create = third.does("Create", third.writes("By the third key.", cc=[ada.uri]))
        refused = await third.send(alpha.here.shared_inbox_url, create)
        assert (refused.status, asked_for() - before) == (401, 1)

        clock.pass_by(minutes=6)
        await tell(alpha, third, create, clock=clock)
        assert (await count(alpha, "post"), asked_for() - before) == (2, 2)


@pytest.mark.parametrize("list_of_authors", [False, True], ids=["one", "list"])
async def test_s026_s028_a_post_counts_only_from_its_sole_author_and_their_origin(
    database_url: MakeDatabase, list_of_authors: bool
) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        victim, mallory = beta.add("victim"), gamma.add("mallory")
        foreign = {**victim.writes("Forged", cc=[ada.uri]), "attributedTo": mallory.id}
        own = mallory.writes("Forged", cc=[ada.uri])
        own["attributedTo"] = [mallory.id, victim.id] if list_of_authors else victim.id

        await tell(alpha, mallory, mallory.does("Create", foreign))
        await tell(alpha, mallory, mallory.does("Create", own))

        assert await count(alpha, "post") == 0
        assert await drops(alpha) == ["a post of somebody else"] * 2


@pytest.mark.parametrize("author", [1, None, "ours", [], {}])
async def test_s027_a_post_by_one_of_ours_or_by_nobody_is_dropped(database_url: MakeDatabase, author: Any) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        mallory = beta.add("mallory")
        note = mallory.writes("Forged", cc=[ada.uri])
        note["attributedTo"] = ada.uri if author == "ours" else author

        await tell(alpha, mallory, mallory.does("Create", note))

        assert await count(alpha, "post") == 0


async def test_s029_a_document_that_says_it_is_another_changes_nothing_there(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        victim, mallory = beta.add("victim"), gamma.add("mallory")
        await followed(alpha, ada, victim)
        await followed(alpha, ada, mallory)
        real = victim.writes("What I said.")
        await tell(alpha, victim, victim.does("Create", real))
        lie = {**real, "content": "<p>Forged</p>", "updated": "2099-01-01T00:00:00Z"}
        gamma.server.on("/x", answers.document(lie))

        await tell(alpha, mallory, mallory.does("Announce", gamma.server.url("/x"), to=[PUBLIC]))

        assert (await the_post(alpha, real["id"])).content_html == "<p>What I said.</p>"
        assert await count(alpha, "post") == 1


async def test_s030_a_url_on_another_host_is_not_shown(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        note = rui.writes("Hi", url="https://victim.example/@ada/1")

        await tell(alpha, rui, rui.does("Create", note))

        assert (await the_post(alpha, note["id"])).url == note["id"]


async def test_s027_s029_a_document_names_an_author_of_its_own_host(database_url: MakeDatabase) -> None:
    """By its own id, as a Create that embeds it, and with an id of ours."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        victim, mallory = beta.add("victim"), gamma.add("mallory")
        await followed(alpha, ada, mallory)
        forged = {**mallory.writes("Forged."), "attributedTo": victim.id}
        embedding = mallory.does("Create", {**forged, "id": beta.server.url("/notes/9")})
        ours = mallory.does("Create", {**forged, "id": alpha.here.post_uri(9), "attributedTo": mallory.id})
        for document in (forged, embedding, ours):
            gamma.publish(document)

        for document in (forged, embedding, ours):
            await tell(alpha, mallory, mallory.does("Announce", document["id"], to=[PUBLIC]))

        assert await count(alpha, "post") == 0


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "image/png"])
async def test_s031_a_file_is_no_post(database_url: MakeDatabase, content_type: str) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        note = rui.writes("Hi")
        uploaded = beta.server.url("/media/1")
        beta.server.on("/media/1", answers.document({**note, "id": uploaded}, content_type=content_type))

        await tell(alpha, rui, rui.does("Announce", uploaded, to=[PUBLIC]))

        assert await count(alpha, "post") == 0


async def test_s033_another_actor_of_the_same_host_changes_nothing(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        bob, alice = beta.add("bob"), beta.add("alice")
        await followed(alpha, ada, bob)
        note = bob.writes("Mine.")
        await tell(alpha, bob, bob.does("Create", note))
        changed = {**note, "content": "<p>Hers.</p>", "updated": "2099-01-01T00:00:00Z"}

        await tell(alpha, alice, alice.does("Update", changed))
        await tell(alpha, alice, alice.does("Update", {**changed, "attributedTo": alice.id}))

        post = await the_post(alpha, note["id"])
        assert (post.content_html, post.version) == ("<p>Mine.</p>", 1)


async def test_s033_nobody_puts_words_into_what_a_group_passes_on(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        bob, alice = beta.add("bob"), beta.add("alice")
        await join(alpha, bob, group)
        await join(alpha, alice, group)
        note = bob.writes("Mine.", **to_group(group))
        create = bob.does("Create", note)
        await tell(alpha, bob, create)

        for kind in ("Create", "Update"):
            forged = {**note, "content": "<p>Hers.</p>", "attributedTo": alice.id}
            await tell(alpha, alice, alice.does(kind, forged))

        kept = await rows(alpha, "SELECT activity_uri FROM post_activity")
        assert [row["activity_uri"] for row in kept] == [create["id"]]


async def test_s034_another_host_neither_changes_nor_creates(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        bob, mallory = beta.add("bob"), gamma.add("mallory")
        await followed(alpha, ada, bob)
        await followed(alpha, ada, mallory)
        note, unseen = bob.writes("Mine."), bob.writes("Not sent.")
        await tell(alpha, bob, bob.does("Create", note))
        changed = {"content": "<p>Forged.</p>", "updated": "2099-01-01T00:00:00Z", "attributedTo": mallory.id}

        await tell(alpha, mallory, mallory.does("Update", {**note, **changed}))
        await tell(alpha, mallory, mallory.does("Update", {**unseen, **changed}))

        assert (await the_post(alpha, note["id"])).content_html == "<p>Mine.</p>"
        assert await post_at(alpha, unseen["id"]) is None


async def test_s035_nobody_deletes_what_is_another_s(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        bob, alice, mallory = beta.add("bob"), beta.add("alice"), gamma.add("mallory")
        await followed(alpha, ada, bob)
        note, later = bob.writes("Mine."), bob.writes("To come.")
        await tell(alpha, bob, bob.does("Create", note))
        ours = await wrote(alpha, ada, "Ours.")

        for who in (alice, mallory):
            for uri in (note["id"], later["id"], ours.uri):
                await tell(alpha, who, who.does("Delete", uri))
        await tell(alpha, bob, bob.does("Create", later))

        for uri in (note["id"], later["id"], ours.uri):
            assert (await the_post(alpha, uri)).state == "visible"
        assert await count(alpha, f"tombstone WHERE actor_uri = '{mallory.id}'") == 0


async def test_s036_what_an_announce_embeds_is_fetched_from_its_origin(database_url: MakeDatabase) -> None:
    """S036, S037: host down: the Announce waits, nothing is stored."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        victim, mallory = beta.add("victim"), gamma.add("mallory", "Group")
        await followed(alpha, ada, mallory)
        real, hidden = victim.writes("What I said."), victim.writes("What I said too.")
        forged = {**real, "content": "<p>Forged.</p>"}
        beta.server.on("/notes/2", answers.status(503))
        assert hidden["id"].endswith("/notes/2")

        await tell(alpha, mallory, mallory.does("Announce", forged, to=[PUBLIC]))
        await tell(alpha, mallory, mallory.does("Announce", {**hidden, "content": "<p>Forged.</p>"}, to=[PUBLIC]))

        assert (await the_post(alpha, real["id"])).content_html == "<p>What I said.</p>"
        assert await post_at(alpha, hidden["id"]) is None
        (waiting,) = await rows(alpha, "SELECT waits, last_error FROM inbox_item WHERE state = 'waiting'")
        assert waiting["waits"] > 0
        assert "503" in waiting["last_error"]


async def test_s037_an_activity_in_an_announce_is_confirmed_at_the_victim_s_host(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        victim, mallory = beta.add("victim"), gamma.add("mallory", "Group")
        await followed(alpha, ada, mallory)
        real = victim.writes("What I said.")
        invented = {**real, "id": beta.server.url("/notes/invented"), "content": "<p>Forged.</p>"}
        mine = await wrote(alpha, ada, "Mine.")

        for inner in (
            victim.does("Create", {**real, "content": "<p>Forged.</p>"}),
            victim.does("Create", invented),
            victim.does("Like", mine.uri),
            victim.does("Delete", real["id"]),
            victim.does("Follow", ada.uri),
        ):
            await tell(alpha, mallory, mallory.does("Announce", inner, to=[PUBLIC]))

        post = await the_post(alpha, real["id"])
        assert (post.content_html, post.state) == ("<p>What I said.</p>", "visible")
        assert await count(alpha, "post") == 2
        assert await count(alpha, "favourite") == 0
        assert await count(alpha, "follow") == 1


async def test_s038_nobody_undoes_what_another_did(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, alice, mallory = beta.add("rui"), beta.add("alice"), gamma.add("mallory")
        mine = await wrote(alpha, ada, "Mine.")
        follow, like = rui.does("Follow", group.uri), rui.does("Like", mine.uri)
        announce = rui.does("Announce", mine.uri, to=[PUBLIC])
        for activity in (follow, like, announce):
            await tell(alpha, rui, activity)
        await join(alpha, mallory, group)

        for who in (alice, mallory):
            for activity in (follow, like, announce):
                await tell(alpha, who, who.does("Undo", activity))
                await tell(alpha, who, who.does("Undo", activity["id"]))
        assert await role_at(alpha, group, mallory.id) == "member"
        for who in (alice, mallory):
            for activity in (follow, like, announce):
                await tell(alpha, who, who.does("Undo", {**activity, "actor": who.id}))

        assert await role_at(alpha, group, rui.id) == "member"
        post = await the_post(alpha, mine.uri)
        assert (post.favourites_count, post.boosts_count) == (1, 1)


async def test_s039_an_accept_of_what_nobody_asked_makes_no_relation(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui, mallory = beta.add("rui"), beta.add("mallory")
        uri = await asked(alpha, ada, rui)

        follow = {"type": "Follow", "actor": ben.uri, "object": mallory.id}
        for activity in (
            mallory.does("Accept", {**follow, "id": alpha.here.activity_uri(1)}),
            mallory.does("Accept", {**follow, "actor": ada.uri, "object": rui.id, "id": uri}),
            mallory.does("Accept", uri),
        ):
            await tell(alpha, mallory, activity)

        assert [row["state"] for row in await rows(alpha, "SELECT state FROM follow")] == ["requested"]
        assert await drops(alpha) == ["an Accept of what nobody asked"] * 3

        await tell(alpha, rui, rui.does("Accept", {**follow, "actor": ada.uri, "object": rui.id, "id": uri}))
        assert [row["state"] for row in await rows(alpha, "SELECT state FROM follow")] == ["accepted"]


async def test_s040_a_follow_that_was_not_accepted_stays_a_question(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui", manuallyApprovesFollowers=True)
        await asked(alpha, ada, rui)
        note = rui.writes("For my followers.", to=[f"{rui.id}/followers"], cc=[])

        await tell(alpha, rui, rui.does("Create", note), to=ada)

        known = await alpha.find(rui.id)
        async with alpha.site.read() as db:
            follow = await follows.find(db, ada.id, known.id)
        assert follow is not None
        assert follow.state == "requested"
        assert not await can_read(alpha, ada, await the_post(alpha, note["id"]))


async def test_s042_nobody_widens_who_reads_a_private_post(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        rui, mallory = beta.add("rui"), beta.add("mallory")
        note = rui.writes("Between us.", to=[ada.uri], cc=[])
        await tell(alpha, rui, rui.does("Create", note))

        wider = {**note, "to": [ada.uri, ben.uri, PUBLIC]}
        await tell(alpha, mallory, rui.does("Create", wider))
        await tell(alpha, mallory, mallory.does("Create", wider))
        await tell(alpha, rui, rui.does("Create", wider))

        post = await the_post(alpha, note["id"])
        assert post.audience == "direct"
        assert await can_read(alpha, ada, post)
        assert not await can_read(alpha, ben, post)


async def test_s043_nobody_adds_to_a_collection_of_a_group_of_ours(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        mallory = beta.add("mallory")
        note = mallory.writes("Pin me.")

        for what in ("featured", "moderators", "followers", "outbox"):
            await tell(alpha, mallory, mallory.does("Add", note, target=f"{group.uri}/{what}"))
        await tell(alpha, mallory, mallory.does("Add", mallory.id, target=f"{group.uri}/moderators"))

        assert await count(alpha, "post") == 0
        assert await count(alpha, "membership") == 1
        assert await drops(alpha) == [
            "a pin of what is no thread of the group here",
            "nobody here knows whom",
            "about a collection that nobody here knows",
            "about a collection that nobody here knows",
            "Only a facilitator of the group may do this.",
        ]


@pytest.mark.parametrize("spelling", ["ours", "like ours"])
async def test_s046_an_object_with_an_id_of_ours_is_dropped(database_url: MakeDatabase, spelling: str) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        mine = await wrote(alpha, ada, "Mine.")
        id = mine.uri if spelling == "ours" else mine.uri.replace("localhost:", "localhost.evil.test:")
        forged = {**rui.writes("Forged", cc=[ada.uri]), "id": id}

        await tell(alpha, rui, rui.does("Create", forged))
        await tell(alpha, rui, rui.does("Update", {**forged, "updated": "2099-01-01T00:00:00Z"}))
        await tell(alpha, rui, rui.does("Delete", id))

        assert await count(alpha, "post") == 1
        assert (await the_post(alpha, mine.uri)).content_html == "<p>Mine.</p>"


async def test_s047_a_handle_that_webfinger_does_not_confirm_falls_back_to_the_host_of_the_id(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        lie = {**beta.describe(rui), "subject": "acct:rui@bank.example"}
        beta.server.on("/.well-known/webfinger", answers.document(lie, content_type=answers.JRD_JSON))

        await tell(alpha, rui, rui.does("Follow", ada.uri))

        known = await alpha.find(rui.id)
        assert (known.handle, known.handle_domain) == ("rui", beta.server.authority)


async def test_s048_one_actor_has_one_row_however_its_host_is_spelled(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))

        shouted = rui.id.replace("localhost", "LOCALHOST")
        note = rui.writes("Hi", cc=[ada.uri.replace("localhost", "LocalHost")])
        await tell(alpha, rui, {**rui.does("Create", {**note, "attributedTo": shouted}), "actor": rui.id})

        post = await the_post(alpha, note["id"])
        assert post.author_id == (await alpha.find(rui.id)).id
        assert await count(alpha, "account WHERE NOT is_local") == 1


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "ftp://x.example/y"])
async def test_s049_addresses_of_other_kinds_are_left_out(database_url: MakeDatabase, bad: str) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui", icon={"type": "Image", "url": bad}, url=bad)
        await followed(alpha, ada, rui)
        note = rui.writes(
            f'<a href="{bad}">x</a>', url=bad, inReplyTo=bad, attachment=[{"type": "Image", "url": bad}], context=bad
        )

        await tell(alpha, rui, rui.does("Create", note))

        post = await the_post(alpha, note["id"])
        assert (post.url, post.parent_uri, post.context_uri) == (note["id"], None, None)
        assert bad not in post.content_html
        assert await count(alpha, "post_attachment") == 0
        known = await alpha.find(rui.id)
        assert (known.avatar_url, known.url) == (None, rui.id)


async def test_a_forwarded_reply_with_a_proof_of_its_author_counts_at_once(database_url: MakeDatabase) -> None:
    """D47: nothing of it is asked for again; a proof by somebody else is worth nothing."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, forwarder = with_proofs(beta, "rui"), gamma.add("forwarder")
        await join(alpha, rui, group)
        root = await wrote(alpha, ada, "Which oven? Ours broke.", group=group)
        reply, forged = (rui.writes(text, inReplyTo=root.uri) for text in ("The red one.", "The blue one."))

        await tell(alpha, forwarder, proven(alpha, rui, rui.does("Create", reply)))
        spoiled = proven(alpha, rui, rui.does("Create", forged))
        spoiled["object"] = {**forged, "content": "<p>Buy ours.</p>"}
        beta.withdraw(forged["id"])
        await tell(alpha, forwarder, spoiled)

        assert (await the_post(alpha, reply["id"])).thread_id == root.id
        assert not [seen for seen in beta.server.seen if seen.target in reply["id"]]
        assert await post_at(alpha, forged["id"]) is None


async def test_a_proof_by_another_actor_of_the_same_host_proves_nothing(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        alice, mallory = with_proofs(beta, "alice"), with_proofs(beta, "mallory", key_number=2)
        await join(alpha, alice, group)
        await join(alpha, mallory, group)
        root = await wrote(alpha, ada, "Which oven? Ours broke.", group=group)
        note = alice.writes("I never said this.", inReplyTo=root.uri)
        beta.withdraw(note["id"])

        create = alice.does("Create", note)
        await tell(alpha, mallory, proven(alpha, mallory, create, key_number=2))

        assert await post_at(alpha, note["id"]) is None


async def test_what_concerns_two_alone_is_heard_at_first_hand_only(database_url: MakeDatabase) -> None:
    """A proof does not make a Follow or an Accept worth more: whoever has it could send it again and again."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, forwarder = with_proofs(beta, "rui"), gamma.add("forwarder")
        uri = await asked(alpha, ada, rui)

        for activity in (rui.does("Follow", group.uri), rui.does("Accept", uri)):
            await tell(alpha, forwarder, proven(alpha, rui, activity))

        assert await role_at(alpha, group, rui.id) is None
        assert await count(alpha, "follow WHERE state = 'requested'") == 1
        assert await drops(alpha) == ["passed on by somebody else"] * 2


async def test_a_forwarded_reply_without_a_proof_is_asked_for_at_its_origin(database_url: MakeDatabase) -> None:
    """S024, D47: the LD signature and the body count for nothing; strangers' threads are not followed up."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, forwarder = beta.add("rui"), gamma.add("forwarder")
        await join(alpha, rui, group)
        root = await wrote(alpha, ada, "Which oven? Ours broke.", group=group)
        reply, elsewhere = rui.writes("The red one.", inReplyTo=root.uri), rui.writes("Something else.")
        signature = {"type": "RsaSignature2017", "creator": rui.key_id, "signatureValue": "genuine"}

        for note in (reply, elsewhere):
            forged = {**note, "content": "<p>Buy ours.</p>"}
            await tell(alpha, forwarder, {**rui.does("Create", forged), "signature": signature})

        assert (await the_post(alpha, reply["id"])).content_html == "<p>The red one.</p>"
        assert await post_at(alpha, elsewhere["id"]) is None
        assert not [seen for seen in beta.server.seen if elsewhere["id"].endswith(seen.path)]


async def test_a_forwarded_deletion_counts_when_the_origin_says_gone(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui, forwarder = beta.add("rui"), gamma.add("forwarder")
        await join(alpha, rui, group)
        note, kept = rui.writes("To be gone.", **to_group(group)), rui.writes("To stay.", **to_group(group))
        for each in (note, kept):
            await tell(alpha, rui, rui.does("Create", each))
        beta.withdraw(note["id"])

        await tell(alpha, forwarder, rui.does("Delete", note["id"]))
        await tell(alpha, forwarder, rui.does("Delete", kept["id"]))

        assert (await the_post(alpha, note["id"])).state == "deleted"
        assert (await the_post(alpha, kept["id"])).state == "visible"


async def test_s099_a_reader_s_boost_makes_nothing_public(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        private = rui.writes("Between us.", to=[ada.uri], cc=[])
        await tell(alpha, rui, rui.does("Create", private))

        await tell(alpha, rui, rui.does("Announce", private["id"], to=[PUBLIC]))

        post = await the_post(alpha, private["id"])
        assert (post.audience, post.boosts_count) == ("direct", 0)
        assert await count(alpha, "boost") == 0
        assert not await can_read(alpha, None, post)
