"""Every page, as people see it: in a narrow and a wide window, light and dark; none moves while it loads, weighs too
much, or keeps anybody out (axe-core).

`./run test --photos` saves a picture of each.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from fedcomm.accounts import logins
from tests.browser import measuring
from tests.browser.browsing import Scheme, Window, browser, window
from tests.browser.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

FOLDER = os.environ.get("FEDCOMM_SCREENSHOTS")
WINDOWS: tuple[tuple[int, Scheme, str], ...] = (
    (320, "light", "de"),
    (1440, "dark", "en"),
    (320, "dark", "en"),
    (1440, "light", "de"),
)
"""All of them when pictures are wanted; the first two show what is wrong in one of them."""
KEY_PAGES = ("/home", "/@paint_shops", "{question}", "/compose", "/notifications", "/admin")
"""The pages that are looked at in both languages and looks, narrow and wide."""
KEY_WINDOWS: tuple[tuple[int, Scheme, str], ...] = (
    (320, "light", "en"),
    (320, "dark", "de"),
    (1440, "light", "en"),
    (1440, "dark", "de"),
)
"""The other four are in `WINDOWS`."""
VISITORS = (
    "/",
    "/sign_in",
    "/sign_up",
    "/groups",
    "/about",
    "/about/numbers",
    "/notice",
    "/about/texts/privacy",
    "/source",
    "/@paint_shops",
    "/@ada",
    "{question}",
    "{poll}",
    "{collection}",
    "/interact?uri={question_uri}",
    "/tags/maintenance",
    "/set_password/no-such-link",
    "/offline",
    "/forgot",
    "/confirm/no-such-link",
    "/there/is/nothing",
)
MEMBERS = (
    "/home",
    "/groups",
    "/notifications",
    "/messages",
    "/new_message",
    "/you",
    "/scheduled",
    "/lists",
    "/tags/maintenance",
    "/compose",
    "/compose?group={paint}",
    "/compose?quote={reply_id}",
    "/new_group",
    "/search",
    "/search?q=paint",
    "/search?q=@nobody@nowhere.example",
    "/find",
    "/find?address={north}",
    "/authorize_interaction?uri={north}",
    "/@paint_shops",
    "/{north}",
    "/@paint_shops/waiting",
    "/@test_field",
    "/@test_field/waiting",
    "/@ben",
    "/{ines}",
    "{question}",
    "{question}?reply_to={reply_id}",
    "{poll}",
    "{collection}",
    "/p/{question_id}/edit",
    "/p/{question_id}/delete",
    "/p/{reply_id}/remove",
    "/p/{reply_id}/measures",
    "/p/{reply_id}/report",
    "/p/{question_id}/history",
    "/p/{question_id}/quotes",
    "/@ben/report",
    "/reports",
    "/decisions",
    "/appeals",
    "/settings",
    "/settings/access",
    "/settings/hidden",
    "/settings/moving",
    "/settings/leaving",
    "/settings/export",
    "/settings/import",
    "/settings/notices",
    "/settings/second_step",
    "/settings/sign_on",
    "/settings/passkeys",
    "/settings/sign_ins",
    "/invitations",
    "/@paint_shops/members",
    "/@paint_shops/bans",
    "/@paint_shops/held",
    "/@paint_shops/figures",
    "/@paint_shops/measures",
    "/@paint_shops/log",
    "/@paint_shops/emergency",
    "/@paint_shops/settings",
    "/@paint_shops/moving",
    "/@paint_shops/export",
    "/@paint_shops/other_groups",
    "/admin",
    "/admin/setup/place",
    "/admin/setup/group",
    "/admin/setup/people",
    "/admin/setup/check",
    "/admin/accounts",
    "/admin/groups",
    "/admin/sign_ups",
    "/admin/invitations",
    "/admin/texts",
    "/admin/texts/privacy",
    "/admin/reports",
    "/admin/held",
    "/admin/holds",
    "/admin/emergency",
    "/admin/announcements",
    "/admin/peers",
    "/admin/peers/lists",
    "/admin/agreements",
    "/admin/peers/subscriptions/new",
    "/admin/log",
    "/admin/storage",
    "/admin/export",
    "/admin/register",
    "/admin/notices",
    "/admin/mail",
    "/admin/setup/mail",
    "/admin/rules",
    "/admin/rules/1",
    "/admin/apps",
    "/admin/deliveries",
    "/admin/deliveries/report?person=ada",
    "/admin/queues",
    "/admin/settings",
    "/admin/emojis",
    "/admin/branding",
    "/admin/setup",
    "/admin/design",
)


@pytest.mark.parametrize(("width", "scheme", "locale"), WINDOWS if FOLDER else WINDOWS[:2])
async def test_each_page_loads_whole_and_fits_its_window(
    world: Stage, chromium: str, width: int, scheme: Scheme, locale: str
) -> None:
    async with browser(chromium) as started:
        async with window(started, world.association, width=width, scheme=scheme, locale=locale) as visitor:
            wrong = await look(visitor, filled(world, VISITORS), f"visitor-{width}-{scheme}")
        async with window(started, world.association, width=width, scheme=scheme, locale=locale) as ada:
            await ada.sign_in("ada")
            async with world.association.db() as db:
                await logins.prefer(db, world.ada.id, locale=locale)
            wrong += await look(ada, filled(world, MEMBERS), f"member-{width}-{scheme}")

    assert wrong == [], "\n".join(wrong)


def filled(world: Stage, paths: Sequence[str]) -> list[str]:
    """The paths with what they name."""
    names = {
        "question": f"/@ada/{world.question.id}",
        "question_id": str(world.question.id),
        "question_uri": world.question.uri,
        "poll": f"/@ben/{world.poll.id}",
        "collection": f"/@ben/collections/{world.collection.id}",
        "reply_id": str(world.reply.id),
        "paint": str(world.paint.id),
        "north": world.north.full_handle,
        "ines": world.ines.full_handle,
    }
    return [path.format(**names) for path in paths]


@pytest.mark.parametrize(("width", "scheme", "locale"), KEY_WINDOWS if FOLDER else ())
async def test_key_pages_fit_their_window_in_both_languages_and_looks(
    world: Stage, chromium: str, width: int, scheme: Scheme, locale: str
) -> None:
    async with browser(chromium) as started:
        async with window(started, world.association, width=width, scheme=scheme, locale=locale) as ada:
            await ada.sign_in("ada")
            async with world.association.db() as db:
                await logins.prefer(db, world.ada.id, locale=locale)
            wrong = await look(ada, filled(world, KEY_PAGES), f"key-{width}-{scheme}-{locale}")

    assert wrong == [], "\n".join(wrong)


async def look(at: Window, paths: Sequence[str], name: str) -> list[str]:
    """Open each page and save its picture; what is wrong with it."""
    wrong: list[str] = []
    for number, path in enumerate(paths):
        at.complaints.clear()
        await at.open(path)
        if missing := await at.broken_pictures():
            wrong.append(f"{path}: no picture at {missing}")
        if sideways := await at.sideways():
            wrong.append(f"{path}: {sideways} px wider than its window")
        seen = await measuring.loaded(at.page)
        note(f"{name},{path},{seen.first_paint_ms},{seen.shift:.4f},{seen.bytes}")
        wrong += [f"{path}: {each}" for each in await measuring.wrong(at.page, seen)]
        wrong += [f"{path}: {complaint}" for complaint in at.complaints]
        await save(at, f"{name}-{number:02}{re.sub(r'[^a-z_]+', '-', path.lower())[:40]}")
    return wrong


def note(line: str) -> None:
    """One line beside the pictures: window, page, first paint (ms), layout shift, bytes of style and script."""
    if FOLDER:
        Path(FOLDER).mkdir(parents=True, exist_ok=True)
        with (Path(FOLDER) / "measured.csv").open("a", encoding="utf-8") as file:
            file.write(line + "\n")


async def save(at: Window, name: str) -> None:
    """A picture of the whole page, when somebody asked for pictures."""
    if FOLDER:
        folder = Path(FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        await at.whole_picture(folder / f"{name.rstrip('-')}.png")
