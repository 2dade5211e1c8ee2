"""What other servers have fetched already they need not fetch again, and replies stand in what they fetch first."""

import json

import pytest

from fedcomm.groups import membership
from tests.activitypub.inbound.world import join, tell, to_group, world, wrote
from tests.conftest import MakeDatabase


async def test_t28_t29_what_a_server_has_already_it_does_not_get_again(database_url: MakeDatabase) -> None:
    """Posts, replies, conversations, actors and outboxes, by their `ETag`, also one that a proxy has made weak."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        rui = beta.add("rui")

        for uri in (root.uri, root.uri + "/replies", f"{alpha.url}/t/{root.id}", group.uri, group.uri + "/outbox"):
            first = await rui.get(uri)
            headers = {"Accept": "application/activity+json"}
            again = await beta.get(uri, {**headers, "If-None-Match": f'"other", W/{first.headers["etag"]}'})
            other = await beta.get(uri, {**headers, "If-None-Match": '"other"'})

            assert (first.status, again.status, other.status) == (200, 304, 200), uri
            assert again.body == b""
            assert again.headers["etag"] == first.headers["etag"]
            assert again.headers["cache-control"] == first.headers["cache-control"] == "public, max-age=60"
            assert "signature" in again.headers["vary"].lower()

        before = await rui.get(root.uri + "/replies")
        await wrote(alpha, ada, "The old one.", parent=root)
        after = await beta.get(root.uri + "/replies", {**headers, "If-None-Match": before.headers["etag"]})
        assert after.status == 200


async def test_t29_the_first_replies_stand_in_the_post_itself_and_private_ones_do_not(
    database_url: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mastodon reads no further where it finds a page; the rest of them follows on the next one."""
    monkeypatch.setattr("fedcomm.activitypub.documents.FIRST_REPLIES", 2)
    async with world(database_url) as (alpha, beta):
        ada, ben = await alpha.person(), await alpha.person("ben")
        group = await alpha.group(ada)
        root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        async with alpha.client(await alpha.token(ada)) as http:
            whispered = {"status": "Between us", "in_reply_to_id": str(root.id), "visibility": "direct"}
            assert (await http.post("/api/v1/statuses", json=whispered)).status_code == 200
        async with alpha.db() as db:
            await membership.join(db, alpha.here, ben, group, now=alpha.site.now())
        ours = [await wrote(alpha, who, f"Answer of {who.handle}.", parent=root) for who in (ada, ben)]
        rui = beta.add("rui")
        await join(alpha, rui, group)
        theirs = rui.writes("Mine holds.", inReplyTo=root.uri, **to_group(group))
        await tell(alpha, rui, rui.does("Create", theirs))

        replies = json.loads((await rui.get(root.uri)).body)["replies"]
        rest = json.loads((await rui.get(replies["first"]["next"])).body)

        assert replies["totalItems"] == 3
        first = replies["first"]["items"]
        assert len(first) == 2
        assert sorted(first + rest["orderedItems"]) == sorted([*(each.uri for each in ours), theirs["id"]])
        assert json.loads((await rui.get(root.uri + "/replies")).body)["totalItems"] == 3
