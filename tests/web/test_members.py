"""Who takes part in a group, and what they are in it, on its page."""

import pytest

from fedcomm.accounts.model import Account
from fedcomm.groups import membership
from tests.web.conftest import Place
from tests.web.reader import reader

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def role_of(place: Place, group: Account, person: Account) -> str | None:
    async with place.at.db() as db:
        return await membership.role(db, group.id, person.id)


async def test_a_facilitator_gives_members_roles_and_may_then_leave(place: Place) -> None:
    ada, ben = await place.person("ada"), await place.person("ben")
    group = await place.group(ada, ben)
    page, give = f"/@{group.handle}/members", f"/@{group.handle}/members/role"
    async with reader(place.at, ada.handle) as at_ada, reader(place.at, ben.handle) as at_ben:
        await at_ada.open(f"/@{group.handle}")
        assert at_ada.all(f'details a[href="{page}"]') == ["Members and roles"]
        await at_ada.open(page)
        await at_ada.press(give, account=str(ada.id), role="member")
        last = (at_ada.status, at_ada.text)
        await at_ada.press(give, account=str(ben.id), role="facilitator")
        said = at_ada.note
        await at_ben.open(page)
        badges = at_ben.all(".badge.brand")
        await at_ada.press(give, account=str(ada.id), role="moderator")
        after = at_ada.all(f'form[action="{give}"]')
        await (await at_ada.open(f"/@{group.handle}")).press(f"/@{group.handle}/leave")

    assert last[0] == 422
    assert "A group needs a facilitator. Appoint another one first." in last[1]
    assert said == "Their role is changed."
    assert badges == ["Facilitator", "Facilitator"]
    assert after == []  # a moderator appoints nobody
    assert at_ada.note == "You are no longer a member."
    assert await role_of(place, group, ben) == "facilitator"


async def test_s133_members_see_who_takes_part_and_change_nothing(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    group = await place.group(ada, ben, cleo)
    page = f"/@{group.handle}/members"
    async with reader(place.at, ben.handle) as at, reader(place.at) as visitor:
        await visitor.open(page)
        await at.open(page)
        seen, forms = at.text, at.all(f'form[action="{page}/role"]')
        token = at.attribute('[name="csrf_token"]', "value") or ""
        sent = {"csrf_token": token, "account": str(ben.id), "role": "facilitator"}
        refused = await at.http.post(f"{page}/role", data=sent, headers={"Origin": place.at.url})

    assert visitor.path.startswith("/sign_in")
    assert all(each.handle in seen for each in (ada, ben, cleo))
    assert forms == []
    assert refused.status_code == 403
    assert await role_of(place, group, ben) == "member"


async def test_members_are_found_by_name_handle_and_role_in_pages(place: Place) -> None:
    ada, ben, cleo = await place.person("ada"), await place.person("ben"), await place.person("cleo")
    group = await place.group(ada, ben, cleo)
    page = f"/@{group.handle}/members"
    async with place.at.db() as db:
        await db.execute("UPDATE account SET name = 'Benjamin 100% Brown' WHERE id = $1", ben.id)
    async with reader(place.at, cleo.handle) as at:

        async def found(query: str) -> set[str]:
            await at.open(page + query)
            return set(at.all(".person .handle"))

        by_name, by_handle, by_role = (
            await found("?q=100%25+brown"),
            await found(f"?q=@{cleo.handle}"),
            await found("?role=facilitator"),
        )
        nobody, beyond = await found("?q=__"), await found("?offset=50")
        empty, back = at.text, at.attribute('a[rel="prev"]', "href")
        many = [await place.at.person(f"{group.handle}m{number}") for number in range(48)]
        async with place.at.db() as db:
            for each in many:
                await membership.join(db, place.at.here, each, group, now=place.at.site.now())
        first = await found("")
        following = at.attribute('a[rel="next"]', "href") or ""
        last = await found(following)

    assert by_name == {f"@{ben.handle}"}
    assert by_handle == {f"@{cleo.handle}"}
    assert by_role == {f"@{ada.handle}"}
    assert (nobody, beyond) == (set(), set())
    assert "Nobody is like this" in empty
    assert back is not None
    assert (len(first), len(last), first & last) == (50, 1, set())
    assert last == {f"@{ada.handle}"}


async def test_a_group_elsewhere_or_none_has_no_such_page(place: Place) -> None:
    ada = await place.person("ada")
    async with reader(place.at, ada.handle) as at:
        assert (await at.open(f"/@{ada.handle}/members")).status == 404
        assert (await at.open("/@nobody_here/members")).status == 404
