"""Whom and what our posts name on the wire: who is answered, the group, the conversation, tags (federation.md 1.4)."""

from typing import Any

from tests.activitypub.inbound.world import join, tell, the_post, to_group, world
from tests.kit.peers import PUBLIC
from tests.running import MakeDatabase


def _mentioned(post: dict[str, Any]) -> dict[str, str]:
    return {tag["href"]: tag["name"] for tag in post["tag"] if tag["type"] == "Mention"}


async def test_an_answer_names_whom_it_answers_though_nobody_typed_it_in_every_form(
    database_url: MakeDatabase,
) -> None:
    """Mastodon notifies by the `tag`, and fills its reply box from it; the edit names the same."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        asked = rui.writes("Which oven? Ours broke.", **to_group(group, context=beta.server.url("/contexts/1")))
        await tell(alpha, rui, rui.does("Create", asked))
        alone = rui.writes("Hello Ada.", to=[PUBLIC, ada.uri], conversation="tag:beta.example,2026:c1")
        await tell(alpha, rui, rui.does("Create", alone))
        root, personal = await the_post(alpha, asked["id"]), await the_post(alpha, alone["id"])

        async with alpha.client(await alpha.token(ada)) as http:
            form = {"status": "The red one. #Ovens", "in_reply_to_id": str(root.id)}
            made = (await http.post("/api/v1/statuses", json=form)).json()
            await alpha.settle()
            await http.put(f"/api/v1/statuses/{made['id']}", json={"status": "The blue one. #Ovens"})
            more = {"status": "Hello.", "in_reply_to_id": str(personal.id)}
            for visibility in ("public", "unlisted", "private"):
                await http.post("/api/v1/statuses", json={**more, "visibility": visibility})
        await alpha.settle()

        came = [seen.json() for seen in beta.arrived()]
        (update,) = [each["object"] for each in came if each["type"] == "Update"]
        first, *others = [each["object"] for each in came if each["type"] == "Create"]
        for said in (first, update):
            assert _mentioned(said) == {group.uri: group.full_handle, rui.id: f"@{rui.handle}"}
            assert (said["to"], group.uri in said["cc"], said["audience"]) == ([PUBLIC, rui.id], True, group.uri)
            assert said["context"] == said["conversation"] == root.context_uri
            (tag,) = [each for each in said["tag"] if each["type"] == "Hashtag"]
            assert (tag["name"], f'href="{tag["href"]}" class="mention hashtag"' in said["content"]) == ("#Ovens", True)
        assert len(others) == 3
        for said in others:
            assert _mentioned(said) == {rui.id: f"@{rui.handle}"}
            assert rui.id in said["to"] + said["cc"]
            assert "conversation" in said
