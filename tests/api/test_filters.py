"""Filters: kept with their keywords and posts, and told with each post that meets one, to nobody else."""

from datetime import timedelta
from typing import Any

import pytest

from fedcomm.timelines import filters
from tests.api.callers import Caller, caller
from tests.running import Instance

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _filter(who: Caller, *keywords: str, whole_word: bool = True, **fields: Any) -> Any:
    given: dict[str, Any] = {
        "title": "Tired of it",
        "context": ["home", "public"],
        "keywords_attributes": [{"keyword": each, "whole_word": whole_word} for each in keywords],
    }
    return await who.post("/api/v2/filters", **(given | fields))


async def _met(who: Caller, status: Any) -> list[Any]:
    shown = await who.get(f"/api/v1/statuses/{status['id']}")
    return [each["keyword_matches"] for each in shown["filtered"]]


async def test_a_filter_is_made_by_json_or_form_and_changed_with_its_keywords(house: Instance) -> None:
    async with caller(house) as ada:
        form = {
            "title": "Ovens",
            "context[]": ["home", "thread"],
            "filter_action": "hide",
            "expires_in": "3600",
            "keywords_attributes[0][keyword]": "oven",
            "keywords_attributes[0][whole_word]": "true",
            "keywords_attributes[1][keyword]": "stove",
        }
        made = await ada.ask("POST", "/api/v2/filters", data=form)
        assert (made["title"], made["context"], made["filter_action"]) == ("Ovens", ["home", "thread"], "hide")
        assert made["expires_at"]
        oven, stove = made["keywords"]
        assert (oven["keyword"], oven["whole_word"], stove["whole_word"]) == ("oven", True, False)

        path = f"/api/v2/filters/{made['id']}"
        changes: dict[str, Any] = {
            "expires_in": None,
            "keywords_attributes": [
                {"id": oven["id"], "_destroy": True},
                {"id": stove["id"], "keyword": "kiln"},
                {"keyword": "grill"},
            ],
        }
        changed = await ada.ask("PUT", path, json=changes)
        assert [each["keyword"] for each in changed["keywords"]] == ["kiln", "grill"]
        assert (changed["title"], changed["expires_at"]) == ("Ovens", None)
        assert await ada.get("/api/v2/filters") == [await ada.get(path)]
        first = await ada.get("/api/v1/filters")
        assert [(each["phrase"], each["irreversible"]) for each in first] == [("kiln", True), ("grill", True)]
        assert await ada.get(f"/api/v1/filters/{first[0]['id']}") == first[0]
        word = f"/api/v2/filters/keywords/{first[0]['id']}"
        assert (await ada.ask("PUT", word, json={"whole_word": True}))["keyword"] == "kiln"
        assert (await ada.get(word))["whole_word"] is True
        assert len(await ada.get(f"{path}/keywords")) == 2
        await ada.ask("DELETE", word)
        await ada.ask("DELETE", path)
        assert await ada.get("/api/v2/filters") == []


async def test_a_post_names_the_filters_it_meets_and_why(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        await _filter(ada, "oven", "c++")
        whole = await ben.write("My OVEN broke")
        part = await ben.write("My ovens broke")
        sign = await ben.write("Written in C++")
        warned = await ben.write("Broken", spoiler_text="about an oven")

        assert await _met(ada, whole) == [["oven"]]
        assert await _met(ada, part) == []
        assert await _met(ada, sign) == [["c++"]]
        assert await _met(ada, warned) == [["oven"]]
        assert await _met(ben, whole) == []
        await ben.post(f"/api/v1/accounts/{ada.id}/follow")
        await ada.post(f"/api/v1/statuses/{whole['id']}/reblog")
        pages = {each["id"]: each for each in await ada.get(f"/api/v1/accounts/{ada.id}/statuses")}
        (wrapper,) = pages.values()
        assert len(wrapper["filtered"]) == len(wrapper["reblog"]["filtered"]) == 1


async def test_a_single_post_is_filtered_and_no_longer(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        made = await _filter(ada)
        post, secret = await ben.write("Hello"), await ben.write("Not for you", visibility="direct")
        path = f"/api/v2/filters/{made['id']}/statuses"
        entry = await ada.post(path, status_id=post["id"])

        assert await ada.post(path, status_id=post["id"]) == entry
        assert await ada.get(path) == [entry]
        assert await ada.get(f"/api/v2/filters/statuses/{entry['id']}") == entry
        (met,) = (await ada.get(f"/api/v1/statuses/{post['id']}"))["filtered"]
        assert (met["status_matches"], met["keyword_matches"]) == ([post["id"]], None)
        await ada.refused(404, "POST", path, json={"status_id": secret["id"]})
        await ada.ask("DELETE", f"/api/v2/filters/statuses/{entry['id']}")
        assert await _met(ada, post) == []


async def test_a_filter_whose_time_is_over_is_listed_and_does_nothing(house: Instance) -> None:
    async with caller(house) as ada:
        await _filter(ada, "oven", expires_in=60)
        async with house.db() as db:
            now = house.site.now()
            assert len(await filters.of(db, ada.account.id, at=now)) == 1
            assert await filters.of(db, ada.account.id, at=now + timedelta(minutes=2)) == []
            assert len(await filters.of(db, ada.account.id)) == 1


async def test_keywords_are_sent_one_after_the_other_as_rails_reads_them(house: Instance) -> None:
    async with caller(house) as ada:
        form = (
            "title=Ovens&context[]=home&context[]=public"
            "&keywords_attributes[][keyword]=oven&keywords_attributes[][whole_word]=on"
            "&keywords_attributes[][keyword]=stove&keywords_attributes[][whole_word]=false"
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        made = await ada.ask("POST", "/api/v2/filters", content=form, headers=headers)
        assert [(each["keyword"], each["whole_word"]) for each in made["keywords"]] == [
            ("oven", True),
            ("stove", False),
        ]

        oven = made["keywords"][0]["id"]
        form = f"keywords_attributes[][id]={oven}&keywords_attributes[][_destroy]=1&keywords_attributes[][keyword]=kiln"
        changed = await ada.ask("PUT", f"/api/v2/filters/{made['id']}", content=form, headers=headers)
        assert [each["keyword"] for each in changed["keywords"]] == ["stove"]
        form = f"keywords_attributes[][id]={changed['keywords'][0]['id']}&keywords_attributes[][keyword]=kiln"
        form += "&keywords_attributes[][keyword]=grill"
        changed = await ada.ask("PATCH", f"/api/v2/filters/{made['id']}", content=form, headers=headers)
        assert [each["keyword"] for each in changed["keywords"]] == ["kiln", "grill"]


async def test_older_apps_make_change_and_remove_filters(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        form = {"phrase": "oven", "context[]": ["home", "thread"], "whole_word": "true", "irreversible": "true"}
        made = await ada.ask("POST", "/api/v1/filters", data=form)
        assert (made["phrase"], made["whole_word"], made["irreversible"]) == ("oven", True, True)
        (second,) = await ada.get("/api/v2/filters")
        assert (second["title"], second["filter_action"], second["context"]) == ("oven", "hide", ["home", "thread"])

        path = f"/api/v1/filters/{made['id']}"
        wish = {"phrase": "stove", "context": ["public"], "irreversible": False, "expires_in": 3600}
        changed = await ada.ask("PUT", path, json=wish)
        assert (changed["id"], changed["phrase"], changed["context"]) == (made["id"], "stove", ["public"])
        assert (changed["irreversible"], changed["whole_word"], bool(changed["expires_at"])) == (False, True, True)
        assert (await ada.get("/api/v2/filters"))[0]["title"] == "stove"
        for method in ("PUT", "DELETE"):
            await ben.refused(404, method, path)
        await ada.refused(422, "POST", "/api/v1/filters", json={"phrase": " ", "context": ["home"]})
        await ada.refused(422, "POST", "/api/v1/filters", json={"phrase": "x", "context": []})
        await ada.ask("DELETE", path)
        assert await ada.get("/api/v2/filters") == []


async def test_older_apps_do_not_change_what_other_keywords_share(house: Instance) -> None:
    async with caller(house) as ada:
        made = await _filter(ada, "oven", "stove")
        oven, stove = (f"/api/v1/filters/{each['id']}" for each in made["keywords"])

        assert (await ada.ask("PUT", oven, json={"phrase": "kiln", "whole_word": False}))["phrase"] == "kiln"
        await ada.refused(422, "PUT", oven, json={"phrase": "grill", "context": ["thread"]})
        assert (await ada.get(oven))["phrase"] == "kiln"
        await ada.ask("DELETE", oven)
        (left,) = await ada.get("/api/v2/filters")
        assert ([each["keyword"] for each in left["keywords"]], left["title"]) == (["stove"], made["title"])
        await ada.ask("DELETE", stove)
        assert await ada.get("/api/v2/filters") == []


async def test_filters_of_others_are_not_found_and_limits_are_kept(house: Instance) -> None:
    async with caller(house) as ada, caller(house, "ben") as ben:
        made = await _filter(ada, "oven")
        path, word = f"/api/v2/filters/{made['id']}", f"/api/v2/filters/keywords/{made['keywords'][0]['id']}"
        for method, at in (("GET", path), ("PUT", path), ("DELETE", path), ("GET", word), ("PUT", word)):
            await ben.refused(404, method, at)
        await ben.refused(404, "DELETE", word)
        of_ben = await _filter(ben)
        stolen = {"keywords_attributes": [{"id": made["keywords"][0]["id"], "keyword": "mine"}]}
        await ben.refused(404, "PUT", f"/api/v2/filters/{of_ben['id']}", json=stolen)
        wrongs: tuple[dict[str, Any], ...] = (
            {"title": ""},
            {"title": "x" * 256},
            {"context": []},
            {"context": ["nowhere"]},
            {"filter_action": "burn"},
            {"expires_in": -1},
            {"keywords_attributes": [{"keyword": " "}]},
            {"keywords_attributes": [{"keyword": "x" * 513}]},
            {"keywords_attributes": [{"keyword": str(n)} for n in range(201)]},
        )
        for wrong in wrongs:
            given: dict[str, Any] = {"title": "Mine", "context": ["home"]}
            await ben.refused(422, "POST", "/api/v2/filters", json=given | wrong)
        assert await ada.get(path) == made
