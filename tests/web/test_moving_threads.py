"""Moving a thread on its page, and saying yes to one from another server."""

from tests.activitypub.inbound.world import followed, tell, the_post, world, wrote
from tests.kit.peers import PUBLIC
from tests.running import PASSWORD, MakeDatabase
from tests.web.reader import reader


async def test_a_thread_is_moved_on_its_page_and_one_from_elsewhere_is_taken_under_requests(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person(password=PASSWORD)
        sales, stands = await alpha.group(ada, "sales"), await alpha.group(ada, "stands")
        market, rui = beta.add("market", "Group"), beta.add("rui")
        await followed(alpha, ada, market)
        root = await wrote(alpha, ada, "Which oven?\nOurs broke.", group=sales)
        page = rui.writes("It hums.", type="Page", name="Whose fridge?", audience=market.id, to=[market.id, PUBLIC])
        await tell(alpha, market, market.does("Announce", rui.does("Create", page)))
        move = {"type": "Move", "actor": market.id, "object": page["id"], "origin": market.id, "target": stands.uri}
        await tell(alpha, market, market.does("Offer", move, target=stands.uri, to=[stands.uri]))
        async with reader(alpha, ada.handle) as at:
            await at.open(f"/@{ada.handle}/{root.id}")
            places = at.all("#field-move option")
            await at.press(f"/p/{root.id}/move", group=str(stands.id))
            moved = at.note
            await at.open(f"/@{stands.handle}/waiting")
            waiting = at.all(".threads h3")
            await at.press(f"/@{stands.handle}/moves/accept", move=at.attribute("button[name=move]", "value") or "")
            taken, left = at.note, at.all(".threads h3")
        await alpha.settle()

        assert (places[-1], len(places)) == (stands.shown_name, 2)
        assert moved == "The thread stands in its new group, with all answers."
        assert (await the_post(alpha, root.uri)).group_id == stands.id
        assert (waiting, left) == (["Whose fridge?"], [])
        assert taken == "You take the thread. It moves here as soon as its old group has heard of it."
        (accept,) = [each for each in await beta.got(type="Accept") if "result" in each]
        assert accept["actor"] == stands.uri
