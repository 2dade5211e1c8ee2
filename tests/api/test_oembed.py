"""Public posts on pages elsewhere."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.api.callers import caller, new_group
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_public_post_is_a_quotation_without_script(house: Instance) -> None:
    async with caller(house) as ada:
        group = await new_group(house, ada)
        post = await ada.write(f'@{group.handle} Which <oven>?\n\nOurs "broke" & <script>alert(1)</script> **burnt**.')

        for url in (post["url"], post["uri"]):
            shown = await ada.get("/api/oembed", url=url, maxwidth=300)
            assert (shown["type"], shown["width"], shown["author_name"]) == ("rich", 300, ada.account.shown_name)
            assert shown["title"].endswith("Which <oven>?")
            assert "<script" not in shown["html"]
            assert f'cite="{post["url"]}"' in shown["html"]
            assert "<strong>burnt</strong>" in shown["html"]


async def test_what_is_covered_stays_covered(house: Instance) -> None:
    async with caller(house) as ada:
        post = await ada.write("canary", spoiler_text="An <accident>")
        shown = await ada.get("/api/oembed", url=post["url"])
        assert "canary" not in str(shown)
        assert "An &lt;accident&gt;" in shown["html"]


async def test_s094_whatever_is_not_public_is_not_found(house: Instance) -> None:
    async with caller(house) as ada:
        hidden = await ada.write("canary", visibility="private")
        gone = await ada.write("canary")
        await ada.ask("DELETE", f"/api/v1/statuses/{gone['id']}")
        said = {
            await ada.refused(404, "GET", "/api/oembed", params={"url": url})
            for url in (hidden["url"], gone["url"], f"{house.url}/about", "", "javascript:alert(1)", hidden["uri"])
        }
        assert len(said) == 1


async def test_the_page_of_a_public_thread_says_where_to_ask_for_it_and_others_do_not(house: Instance) -> None:
    async with caller(house) as ada, house.client() as visitor:
        group = await new_group(house, ada)
        thread = await ada.write(f"@{group.handle} Which oven?\n\nOurs broke.")
        gone = await ada.write("canary")
        await ada.ask("DELETE", f"/api/v1/statuses/{gone['id']}")
        page = LexborHTMLParser((await visitor.get(thread["url"], headers={"Accept": "text/html"})).text)
        missing = await visitor.get(gone["url"], headers={"Accept": "text/html"})
        link = page.css_first('link[type="application/json+oembed"]')
        assert link is not None
        shown = (await visitor.get(link.attributes["href"] or "")).json()

    assert shown["title"].endswith("Which oven?")
    assert "json+oembed" not in missing.text
