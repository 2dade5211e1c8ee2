"""The pages of a busy association, where names are long and lists are full; `FEDCOMM_SCREENSHOTS` as for every page."""

from datetime import timedelta

import pytest

from fedcomm.accounts import lists, logins, oauth
from fedcomm.groups import invitations
from fedcomm.network import list_files, subscriptions
from fedcomm.network import lists as peer_lists
from fedcomm.portability import import_files, imports
from fedcomm.threads import conversations
from fedcomm.timelines.cursor import GREATEST_ID
from tests.browser.browsing import Scheme, browser, window
from tests.browser.busy import Crowd, crowd, read_in_emergency, removed_and_appealed
from tests.browser.stage import Stage
from tests.browser.test_every_page import FOLDER, WINDOWS, look

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PAGES = (
    "/settings/hidden",
    "/settings/notices",
    "/scheduled",
    "/messages",
    "{conversation}",
    "/search?q=fee",
    "/search?q=owner",
    "/search?q=franchise",
    "/search?q=nothing-of-the-kind",
    "/notifications",
    "/home",
    "/you",
    "/groups",
    "/@paint_shops",
    "/lists",
    "{list}",
    "{list}/edit",
    "/reports",
    "/reports?resolved=yes",
    "{report}",
    "{peer_list}",
    "{subscription}",
    "{import}",
    "/decisions",
    "{decision}",
    "/appeals",
    "{appeal}",
    "{invitation}",
    "/admin/reports",
    "/admin/reports?resolved=yes",
    "/admin/announcements",
    "/admin/emojis",
    "/admin/emergency",
    "{access}",
    "{access}/threads/{closed}",
    "{consent}",
)


async def prepared(world: Stage) -> tuple[Crowd, dict[str, str]]:
    """The crowd, and the addresses of what it made."""
    here = await crowd(world)
    at = world.association
    async with at.db() as db:
        app, _ = await oauth.register(
            db,
            name="Elk",
            redirect_uris=["https://elk.example/back"],
            scopes=("read", "write", "follow", "push"),
            website="https://elk.example",
            now=at.site.now(),
        )
        found = await conversations.page(db, world.ada.id, below=GREATEST_ID, limit=40)
        (made, *_) = await lists.of(db, world.ada.id)
        _, code = await invitations.make(db, world.ada, group_ids=[world.paint.id], now=at.site.now())
        shared = b"#domain,#severity\nspam.example,suspend\nloud.example,silence\n"
        told = list_files.read(shared, "blocks", own=at.here.authority)
        brought = await imports.propose(
            db,
            world.ada.id,
            "follows",
            import_files.read(b"ben\nnobody@spam.example\nx y", "follows", at.here, own=""),
            overwrites=True,
            now=at.site.now(),
        )
        proposed = await peer_lists.propose(db, world.ada.id, "blocks.csv", told, now=at.site.now())
        report_id = await db.fetchval("SELECT min(id) FROM report")
        followed = await subscriptions.subscribe(
            db,
            world.ada.id,
            "Blocks that franchise associations share",
            "https://blocklists.example/franchise/shared-by-all-of-us.csv",
            hardest="suspended",
            is_automatic=True,
            now=at.site.now(),
        )
        await subscriptions.note_read(db, followed.id, told, '"1"', every=timedelta(days=1), now=at.site.now())
        await subscriptions.leave_out(db, followed.id, ["loud.example"])
    decision_id, appeal_id = await removed_and_appealed(here)
    access_id, thread_id = await read_in_emergency(here)
    consent = (
        f"/oauth/authorize?client_id={app.client_id}&redirect_uri=https://elk.example/back"
        "&response_type=code&scope=read+write+follow+push"
    )
    return here, {
        "list": f"/lists/{made.id}",
        "conversation": f"/messages/{found[-1].id}",
        "consent": consent,
        "invitation": f"/invite/{code}",
        "report": f"/reports/{report_id}",
        "peer_list": f"/admin/peers/lists/{proposed.id}",
        "subscription": f"/admin/peers/subscriptions/{followed.id}",
        "import": f"/settings/import/{brought}",
        "decision": f"/decisions/{decision_id}",
        "appeal": f"/appeals/{appeal_id}",
        "access": f"/admin/emergency/{access_id}",
        "closed": str(thread_id),
    }


async def test_full_pages_load_whole_and_fit_their_window(world: Stage, chromium: str) -> None:
    _, names = await prepared(world)
    windows: tuple[tuple[int, Scheme, str], ...] = WINDOWS if FOLDER else WINDOWS[:2]
    wrong: list[str] = []
    async with browser(chromium) as started:
        for width, scheme, locale in windows:
            async with window(started, world.association, width=width, scheme=scheme, locale=locale) as ada:
                await ada.sign_in("ada")
                async with world.association.db() as db:
                    await logins.prefer(db, world.ada.id, locale=locale)
                wrong += await look(ada, [path.format(**names) for path in PAGES], f"busy-{width}-{scheme}")

    assert wrong == [], "\n".join(wrong)
