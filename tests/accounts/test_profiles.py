"""What people say about themselves, and who is found."""

import pytest

from fedcomm.accounts import finding, logins, profiles
from fedcomm.accounts.profiles import Changes, Defaults, Field
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.network import peers
from tests.factories import HERE, NOON, again, later, make_account, make_remote_account, recorded


async def test_an_edit_changes_what_it_names_grows_the_version_and_is_told(db: Connection) -> None:
    ada = await make_account(db)
    ben = await make_account(db, "ben")
    changed = await profiles.edit(
        db,
        HERE,
        ada,
        Changes(
            name="  Ada \n Lovelace ",
            bio=f"Hi @{ben.handle} <script>x</script>\nsee **this**",
            fields=[Field("Web", "https://ada.example"), Field("", " "), Field("Town", "<b>Ulm</b>")],
            is_locked=True,
        ),
        now=later(hours=1),
    )

    assert changed == await again(db, ada)
    assert (changed.name, changed.is_locked, changed.is_bot) == ("Ada Lovelace", True, False)
    assert changed.bio_source == f"Hi @{ben.handle} <script>x</script>\nsee **this**"
    assert f'href="{ben.url}"' in changed.bio_html
    assert "<script" not in changed.bio_html
    assert "<strong>this</strong>" in changed.bio_html
    assert [field["name"] for field in changed.fields] == ["Web", "Town"]
    assert 'href="https://ada.example"' in changed.fields[0]["value_html"]
    assert "<b>" not in changed.fields[1]["value_html"]
    assert changed.version == ada.version + 1
    assert await recorded(db, "AccountChanged") == ["AccountChanged"]

    once_more = await profiles.edit(db, HERE, ada, Changes(is_bot=True), now=later(hours=2))
    assert (once_more.name, once_more.bio_html, once_more.is_bot) == (changed.name, changed.bio_html, True)


@pytest.mark.parametrize(
    "changes",
    [
        Changes(name="x" * 61),
        Changes(bio="x" * 1_001),
        Changes(fields=[Field(str(n), "x") for n in range(5)]),
        Changes(fields=[Field("x" * 256, "y")]),
        Changes(fields=[Field("x", "y" * 256)]),
    ],
)
async def test_s148_what_is_too_long_or_too_much_is_refused(db: Connection, changes: Changes) -> None:
    ada = await make_account(db)
    with pytest.raises(Invalid):
        await profiles.edit(db, HERE, ada, changes, now=NOON)
    assert await again(db, ada) == ada


async def test_defaults_of_apps_are_kept_and_an_empty_language_is_the_instances(db: Connection) -> None:
    ada = await make_account(db)
    await profiles.set_defaults(db, ada.id, Defaults(audience="followers", is_sensitive=True, language="de-at"))
    login = await logins.of(db, ada.id)
    assert (login.default_audience, login.default_sensitive, login.default_language) == ("followers", True, "de-AT")

    await profiles.set_defaults(db, ada.id, Defaults(language=""))
    login = await logins.of(db, ada.id)
    assert (login.default_audience, login.default_language) == ("followers", None)
    for wrong in (Defaults(audience="group"), Defaults(language="not a language")):
        with pytest.raises(Invalid):
            await profiles.set_defaults(db, ada.id, wrong)


async def test_only_those_are_found_who_may_be_met(db: Connection) -> None:
    ada = await make_account(db)
    waiting = await make_account(db, state="pending")
    gone = await make_account(db, state="deleted")
    rui = await make_remote_account(db, host="deep.beta.example")
    assert await finding.by_ids(db, [rui.id, gone.id, ada.id, 12345, ada.id]) == [rui, ada]
    for account in (waiting, gone):
        with pytest.raises(NotFound):
            await finding.by_id(db, account.id)
        assert await finding.by_handle(db, HERE, account.handle) is None

    await peers.suspend(db, None, "beta.example", "spam", now=NOON)
    assert await finding.by_ids(db, [rui.id, ada.id]) == [ada]
    assert await finding.by_address(db, HERE, rui.uri) is None
    with pytest.raises(NotFound):
        await finding.by_id(db, rui.id)


async def test_an_account_is_found_by_handle_page_and_id(db: Connection) -> None:
    ada = await make_account(db)
    rui = await make_remote_account(db)
    for typed in (ada.handle, f"@{ada.handle}", f"{ada.handle.upper()}@ALPHA.example"):
        assert await finding.by_handle(db, HERE, typed) == ada
    for url in (ada.url, ada.uri):
        assert await finding.by_address(db, HERE, url) == ada
    assert await finding.by_address(db, HERE, rui.uri) == rui
    assert await finding.by_address(db, HERE, f"{HERE.base_url}/@{rui.handle}@{rui.handle_domain}") == rui
    for nothing in (f"{ada.url}/1", "https://elsewhere.example/@ada", HERE.base_url):
        assert await finding.by_address(db, HERE, nothing) is None
