"""Instances that let nobody read who does not say who they are find each other, meet and talk all the same (T22)."""

import json

from fedcomm.accounts import lookup
from fedcomm.network import peers
from tests import running
from tests.activitypub.inbound.world import world, wrote
from tests.conftest import MakeDatabase
from tests.kit import answers


async def test_t22_two_instances_that_both_want_signatures_meet_from_nothing(database_url: MakeDatabase) -> None:
    """Neither knows a key of the other: each asks the other's, and nobody waits for both."""
    async with running.instances(database_url, 2, FEDCOMM_AUTHORIZED_FETCH="on") as (alpha, beta):
        ada, ben = await alpha.person("ada"), await beta.person("ben")
        await _described(alpha, ada.id, "Bakes bread.")
        group = await alpha.group(ada)
        async with beta.client(await beta.token(ben)) as http:
            found = (await http.get("/api/v2/search", params={"q": group.uri, "resolve": "true"})).json()["accounts"]
            person = (await http.get("/api/v2/search", params={"q": ada.uri, "resolve": "true"})).json()["accounts"]
            await http.post(f"/api/v1/accounts/{found[0]['id']}/follow")
            await running.settle(alpha, beta)
            root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=group)
            await running.settle(alpha, beta)
            home = (await http.get("/api/v1/timelines/home")).json()
            seen = home[0]["reblog"] or home[0]
            said = {"status": "The old one.", "in_reply_to_id": seen["id"]}
            assert (await http.post("/api/v1/statuses", json=said)).status_code == 200
            await running.settle(alpha, beta)

        assert (found[0]["display_name"], person[0]["note"]) == ("Bakers", "<p>Bakes bread.</p>")
        assert seen["uri"] == root.uri
        async with alpha.client(await alpha.token(ada)) as http:
            below = (await http.get(f"/api/v1/statuses/{root.id}/context")).json()["descendants"]
        assert [each["account"]["acct"] for each in below] == [f"ben@{beta.domain}"]


async def test_t22_who_does_not_sign_gets_names_and_keys_and_nothing_people_say_of_themselves(
    database_url: MakeDatabase,
) -> None:
    """Also at the address of the page, and who is shut out; the instance itself hides nothing from anybody."""
    async with world(database_url, FEDCOMM_AUTHORIZED_FETCH="on") as (alpha, beta):
        ada = await alpha.person()
        await _described(alpha, ada.id, "Bakes bread.")
        rui = beta.add("rui")
        for address in (ada.uri, ada.url):
            whole, stub = await rui.get(address), await beta.get(address, {"Accept": answers.ACTIVITY_JSON})
            read, short = json.loads(whole.body), json.loads(stub.body)

            assert (whole.status, stub.status) == (200, 200)
            assert (read["summary"], read["name"]) == ("<p>Bakes bread.</p>", "Ada")
            assert not {"summary", "name", "source", "icon", "image", "attachment"} & set(short)
            for kept in ("id", "type", "preferredUsername", "inbox", "endpoints", "publicKey", "assertionMethod"):
                assert short[kept] == read[kept]
            assert whole.headers["cache-control"] == stub.headers["cache-control"] == "private, no-store"

        async with alpha.db() as db:
            await peers.suspend(db, None, beta.server.authority, "Spam", now=alpha.site.now())
        shut_out = await rui.get(ada.uri)
        instance = await beta.get(alpha.here.instance_actor_uri, {"Accept": answers.ACTIVITY_JSON})
        assert (shut_out.status, "summary" in json.loads(shut_out.body)) == (200, False)
        assert (instance.status, json.loads(instance.body)["type"]) == (200, "Application")


async def _described(at: running.Instance, account_id: int, text: str) -> None:
    async with at.site.read() as db:
        account = await lookup.by_id(db, account_id)
    async with at.client(await at.token(account)) as http:
        answer = await http.patch("/api/v1/accounts/update_credentials", data={"note": text})
        assert answer.status_code == 200
