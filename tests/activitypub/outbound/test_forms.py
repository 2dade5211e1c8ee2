"""One form for each receiving host: what arrives at Lemmy-like, Mastodon-like and unknown servers (D17, T1-T6)."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest

from fedcomm.accounts.model import Account
from fedcomm.activitypub.actors import Actors
from fedcomm.activitypub.peer_profiles import learn_profile
from fedcomm.groups import founding, membership
from fedcomm.threads import carrying, drafting, posting, reading
from fedcomm.threads.model import Post
from federation.signatures.object_proofs import read_proofs
from tests.kit import FakePeer
from tests.running import Instance

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass(frozen=True, slots=True)
class Scene:
    """An instance with a group of its own, and followers of the group at servers of three kinds."""

    at: Instance
    ada: Account
    group: Account
    lemmy: FakePeer
    mastodon: FakePeer
    other: FakePeer

    async def thread(self, text: str = "Which oven?\nOurs broke.", *groups: Account) -> Post:
        """A thread by Ada in the group, sent to everybody."""
        async with self.at.site.transaction() as db:
            ids = [self.group.id, *(group.id for group in groups)]
            draft = await drafting.from_text(
                db, self.at.site.here, self.ada, text, group_ids=ids, now=self.at.site.now()
            )
            post = await posting.publish(db, self.at.site.here, self.ada, draft, now=self.at.site.now())
        await self.at.settle()
        return post

    async def reply(self, to: Post, text: str) -> Post:
        """A reply by Ada."""
        async with self.at.site.transaction() as db:
            draft = await drafting.from_text(
                db, self.at.site.here, self.ada, text, parent_id=to.id, now=self.at.site.now()
            )
            post = await posting.publish(db, self.at.site.here, self.ada, draft, now=self.at.site.now())
        await self.at.settle()
        return post

    async def edit(self, post: Post, text: str) -> None:
        """Ada changes what she wrote."""
        async with self.at.site.transaction() as db:
            present = await reading.by_id(db, post.id, self.ada.id)
            draft = await drafting.from_text(
                db, self.at.site.here, self.ada, text, title=present.title, editing=present, now=self.at.site.now()
            )
            await posting.edit(db, self.at.site.here, self.ada, post.id, draft, now=self.at.site.now())
        await self.at.settle()

    async def delete(self, post: Post) -> None:
        """Ada deletes what she wrote."""
        async with self.at.site.transaction() as db:
            await posting.delete(db, self.at.site.here, self.ada, post.id, now=self.at.site.now())
        await self.at.settle()


async def _follow(at: Instance, group: Account, peer: FakePeer) -> None:
    uri = peer.add("rui").id
    follower = await at.site.service(Actors).account(uri)
    await learn_profile(at.site, follower.authority)
    async with at.site.transaction() as db:
        await membership.receive_follow(db, at.site.here, follower, group, uri + "#f", now=at.site.now())


@pytest.fixture
async def scene(alpha: Instance) -> AsyncGenerator[Scene]:
    ada = await alpha.person("ada")
    async with alpha.site.transaction() as db:
        group = await founding.create(
            db, alpha.site.here, ada, handle="bakers", name="Bakers", purpose="All about bread", now=alpha.site.now()
        )
    async with FakePeer(software="lemmy") as lemmy, FakePeer() as mastodon, FakePeer(software="soapbox") as other:
        for peer in (lemmy, mastodon, other):
            await _follow(alpha, group, peer)
        await alpha.settle()
        for peer in (lemmy, mastodon, other):
            await peer.got(1, type="Accept")
            peer.server.seen.clear()
        yield Scene(alpha, ada, group, lemmy, mastodon, other)


def _inner(activity: dict[str, Any]) -> Any:
    return activity["object"]


def _types(peer: FakePeer) -> list[str]:
    """What arrived, with the type of what it is about where that came along."""
    found: list[str] = []
    for seen in peer.arrived():
        activity = seen.json()
        inner = activity["object"]
        found.append(f"{activity['type']}({inner['type'] if isinstance(inner, dict) else 'id'})")
    return found


async def test_a_thread_reaches_each_host_once_and_in_its_own_form(scene: Scene) -> None:
    """T1, T12, D17: Announce{Create} for Lemmy-like hosts, Announce of the id for all others."""
    post = await scene.thread()

    assert _types(scene.lemmy) == ["Announce(Create)"]
    assert _types(scene.mastodon) == ["Announce(id)"]
    assert _types(scene.other) == ["Announce(id)"]
    (wrapped,) = await scene.lemmy.got(1, type="Announce")
    (plain,) = await scene.mastodon.got(1, type="Announce")
    assert _inner(wrapped)["object"]["id"] == post.uri
    assert _inner(wrapped)["object"]["name"] == "Which oven?"
    assert _inner(wrapped)["object"]["audience"] == scene.group.uri
    assert plain["object"] == post.uri
    assert wrapped["id"] != plain["id"]
    assert wrapped["actor"] == plain["actor"] == scene.group.uri


async def test_what_a_group_passes_on_carries_the_proof_of_its_author(scene: Scene) -> None:
    """D14, D52: the inner Create is proven, so nobody has to ask its author's server."""
    await scene.thread()

    (wrapped,) = await scene.lemmy.got(1, type="Announce")
    claims = read_proofs(_inner(wrapped), scene.at.site.now())

    assert [claim.verification_method for claim in claims] == [f"{scene.ada.uri}#ed25519-key"]


async def test_a_reply_is_wrapped_for_lemmy_forwarded_to_mastodon_and_not_boosted(scene: Scene) -> None:
    """T1, T4: no comment is ever announced by its id."""
    post = await scene.thread()
    for peer in (scene.lemmy, scene.mastodon, scene.other):
        peer.server.seen.clear()

    reply = await scene.reply(post, "The red one.")

    assert _types(scene.lemmy) == ["Announce(Create)"]
    assert _types(scene.mastodon) == ["Create(Note)"]
    assert _types(scene.other) == []
    (forwarded,) = await scene.mastodon.got(1, type="Create")
    (wrapped,) = await scene.lemmy.got(1, type="Announce")
    assert forwarded["object"]["id"] == _inner(wrapped)["object"]["id"] == reply.uri
    assert forwarded["object"]["inReplyTo"] == post.uri
    assert "name" not in forwarded["object"]


async def test_an_edit_reaches_everybody_in_a_form_they_apply(scene: Scene) -> None:
    """T5: wrapped for Lemmy, from the author herself for the others."""
    post = await scene.thread()
    for peer in (scene.lemmy, scene.mastodon, scene.other):
        peer.server.seen.clear()

    await scene.edit(post, "Ours broke twice.")

    assert _types(scene.lemmy) == ["Announce(Update)"]
    assert _types(scene.mastodon) == ["Update(Article)"]
    assert _types(scene.other) == ["Update(Article)"]
    (update,) = await scene.mastodon.got(1, type="Update")
    assert update["actor"] == scene.ada.uri
    assert "twice" in update["object"]["content"]
    assert update["object"]["updated"] > update["object"]["published"]


async def test_a_deleted_thread_is_withdrawn_everywhere(scene: Scene) -> None:
    """T6: Announce{Delete} for Lemmy; for the others the author's Delete and the end of the announcement, by its id."""
    post = await scene.thread()
    (announced,) = await scene.mastodon.got(1, type="Announce")
    for peer in (scene.lemmy, scene.mastodon, scene.other):
        peer.server.seen.clear()

    await scene.delete(post)

    assert _types(scene.lemmy) == ["Announce(Delete)"]
    assert sorted(_types(scene.mastodon)) == ["Delete(id)", "Undo(Announce)"]
    assert sorted(_types(scene.other)) == ["Delete(id)", "Undo(Announce)"]
    (undo,) = await scene.mastodon.got(1, type="Undo")
    assert undo["object"]["id"] == announced["id"]
    (delete,) = await scene.mastodon.got(1, type="Delete")
    assert delete["object"] == post.uri


async def test_a_thread_for_a_second_group_is_offered_and_names_one_group_only(scene: Scene) -> None:
    """D49, T12: the object names its home alone; the other group is asked by an Offer, and told of what follows."""
    market = scene.mastodon.add("market", "Group")
    second = await scene.at.site.service(Actors).account(market.id)
    async with scene.at.site.transaction() as db:
        await membership.follow_or_join(db, scene.at.site.here, scene.ada, second, now=scene.at.site.now())
    await scene.at.settle()
    async with scene.at.site.transaction() as db:
        await membership.receive_accept(db, scene.at.site.here, scene.ada, second, now=scene.at.site.now())

    post = await scene.thread("Which oven?\nOurs broke.", second)

    (offer,) = await scene.mastodon.got(1, type="Offer")
    assert (offer["actor"], offer["object"], offer["target"]) == (scene.ada.uri, post.uri, market.id)
    (wrapped,) = await scene.lemmy.got(1, type="Announce")
    note = _inner(wrapped)["object"]
    assert note["audience"] == scene.group.uri
    assert market.id not in [*note["to"], *note["cc"]]
    async with scene.at.site.read() as db:
        assert [(each.group_id, each.state) for each in (await carrying.carriers(db, [post.id]))[post.id]] == [
            (second.id, "requested")
        ]


async def test_a_deleted_text_is_in_no_table_any_more(scene: Scene) -> None:
    """D61: nothing that waits, was sent or was received keeps what its author deleted."""
    post = await scene.thread("Which oven?\nAubergine canary.")
    await scene.delete(post)

    async with scene.at.site.read() as db:
        tables = [
            row["tablename"] for row in await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        found = [
            table
            for table in tables
            if await db.fetchval(
                f"""
                SELECT EXISTS (SELECT FROM {table} AS kept WHERE to_jsonb(kept)::text ILIKE '%Aubergine%'
                                  OR to_jsonb(kept)::text LIKE '%' || encode('Aubergine', 'hex') || '%')
                """
            )
        ]
    assert found == []
