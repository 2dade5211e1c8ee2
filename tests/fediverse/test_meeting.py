"""Instances find one another: handles, actors and keys, over real HTTP with real signatures."""

from fedcomm.activitypub.actors import Actors
from tests import running
from tests.running import MakeDatabase


async def test_somebody_elsewhere_is_found_by_their_handle(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (alpha, beta):
        ada = await alpha.person("ada")

        found = await beta.site.service(Actors).by_handle("ada", alpha.domain)

        assert (found.uri, found.handle, found.handle_domain) == (ada.uri, "ada", alpha.domain)
        assert (found.is_local, found.inbox_url, found.shared_inbox_url) == (False, ada.inbox_url, alpha.url + "/inbox")
        assert found.name == "Ada"


async def test_a_group_elsewhere_is_found_by_its_page(database_url: MakeDatabase) -> None:
    async with running.instances(database_url, 2) as (alpha, beta):
        bakers = await alpha.group(await alpha.person("ada"), "bakers")

        found = await beta.site.service(Actors).account(bakers.uri)

        assert (found.kind, found.handle, found.name) == ("group", "bakers", "Bakers")
        assert "Talk among bakers." in found.bio_html
