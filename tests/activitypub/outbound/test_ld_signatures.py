"""What of ours carries an LD signature, by which Mastodon passes it on and believes what groups pass on (D14, D52)."""

from typing import Any

import pytest

from fedcomm.accounts import profiles
from fedcomm.threads import posting
from tests.activitypub.inbound.world import join, tell, world, wrote
from tests.running import MakeDatabase


def _signer(activity: dict[str, Any]) -> str | None:
    return activity.get("signature", {}).get("creator")


async def test_public_posts_edits_and_deletions_are_signed_and_passed_on_so(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        thread = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
        await wrote(alpha, ada, "The red one.", parent=thread)
        async with alpha.db() as db:
            await profiles.edit(db, alpha.here, ada, profiles.Changes(name="Ada L."), now=alpha.site.now())
            await posting.delete(db, alpha.here, ada, thread.id, now=alpha.site.now())
        await alpha.settle()

        came = [seen.json() for seen in beta.arrived()]
        signed = {each["type"] for each in came if _signer(each) == f"{ada.uri}#main-key"}
        assert signed == {"Create", "Update", "Delete"}
        assert {each["type"] for each in came if _signer(each) is None} == {"Accept", "Announce", "Undo"}
        assert all("proof" in each for each in came if _signer(each) is not None)


@pytest.mark.parametrize(("mode", "visibility"), [("on", "public"), ("off", "private")])
async def test_nothing_is_signed_that_is_not_for_everybody(
    database_url: MakeDatabase, mode: str, visibility: str
) -> None:
    """Signed copies reach servers that are shut out: none where readers must say who they are, or for followers."""
    async with world(database_url, FEDCOMM_AUTHORIZED_FETCH=mode) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        async with alpha.client(await alpha.token(ada)) as http:
            await http.post("/api/v1/statuses", json={"status": "Hello.", "visibility": visibility})
        await alpha.settle()

        (create,) = await beta.got(1, type="Create")
        assert "signature" not in create
