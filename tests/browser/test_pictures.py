"""Putting a picture into a post, in a narrow and a wide window."""

import io
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from tests.browser.browsing import Scheme, browser, window
from tests.browser.stage import Stage
from tests.browser.test_every_page import save

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


def photo(folder: Path, name: str, size: tuple[int, int]) -> str:
    """A picture with something on it."""
    made = Image.new("RGB", size, (44, 82, 130))
    ImageDraw.Draw(made).ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill=(244, 196, 129))
    out = io.BytesIO()
    made.save(out, "JPEG")
    path = folder / name
    path.write_bytes(out.getvalue())
    return str(path)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1440, "dark")])
async def test_somebody_shows_two_pictures(
    world: Stage, chromium: str, tmp_path: Path, width: int, scheme: Scheme
) -> None:
    tall, wide = photo(tmp_path, "a.jpg", (600, 900)), photo(tmp_path, "b.jpg", (1600, 700))
    async with browser(chromium) as started:
        async with window(started, world.association, width=width, scheme=scheme, locale="en") as ada:
            await ada.sign_in("ada")
            await ada.open("/compose")
            await ada.page.get_by_text("Pictures", exact=True).click()
            await ada.page.locator("#field-file-0").set_input_files(tall)
            await ada.page.locator("#field-new-alt-0").fill("A railing, coated in yellow")
            await ada.page.locator("#field-file-1").set_input_files(wide)
            await save(ada, f"pictures-{width}-1-chosen")
            await ada.page.locator("#field-text").fill("Both from yesterday.")
            await ada.page.locator("input[name=group][value=own]").check()
            await ada.page.get_by_role("button", name="Preview").click()
            await ada.page.locator("input[name='pictures[0][id]']").wait_for(state="attached")
            broken = await ada.broken_pictures()
            await save(ada, f"pictures-{width}-2-preview")
            too_wide = await ada.sideways()
            await ada.page.get_by_role("button", name="Publish").click()
            await ada.page.locator(".attachments figure").first.wait_for()
            broken += await ada.broken_pictures()
            await ada.page.get_by_text("Description", exact=True).click()
            await save(ada, f"pictures-{width}-3-published")
            said = await ada.page.locator(".attachments img").first.get_attribute("alt")

    assert (broken, too_wide, ada.complaints) == ([], 0, [])
    assert said == "A railing, coated in yellow"
