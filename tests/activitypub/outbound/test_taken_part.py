"""Servers whose people took part in a post keep it too: they get its edits and its deletion (D61)."""

import pytest

from fedcomm.threads import changing
from tests.activitypub.inbound.world import tell, world
from tests.kit.peers import PUBLIC
from tests.running import MakeDatabase


@pytest.mark.parametrize("part", ["Like", "Announce", "Create"])
async def test_who_took_part_and_follows_nobody_hears_of_edit_and_deletion(
    database_url: MakeDatabase, part: str
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        async with alpha.client(await alpha.token(ada)) as http:
            made = (await http.post("/api/v1/statuses", json={"status": "Which oven?"})).json()
            await alpha.settle()
            answer = rui.writes("The red one.", to=[PUBLIC, ada.uri], inReplyTo=made["uri"])
            does = rui.does(part, answer if part == "Create" else made["uri"], to=[PUBLIC], cc=[ada.uri])
            await tell(alpha, rui, does)
            await http.put(f"/api/v1/statuses/{made['id']}", json={"status": "Which oven, please?"})
            await alpha.settle()
            async with alpha.db() as db:
                await changing.delete(db, alpha.here, ada, int(made["id"]), now=alpha.site.now())
        await alpha.settle()

        came = [seen.json() for seen in beta.arrived()]
        about = [each["object"] if isinstance(each["object"], str) else each["object"]["id"] for each in came]
        assert [(each["type"], uri) for each, uri in zip(came, about, strict=True)] == [
            ("Update", made["uri"]),
            ("Delete", made["uri"]),
        ]
