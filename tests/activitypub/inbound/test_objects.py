"""What other servers call a post, and what they attach to it: everything with an author and a text is shown.

Shapes as PeerTube, Funkwhale, Pixelfed, Lemmy, Mobilizon, PieFed and Smithereen send them (federation.md 1.4, 2.1).
"""

from typing import Any

import pytest

from fedcomm.threads import rights
from fedcomm.threads.model import Post
from tests.activitypub.inbound.world import (
    asked,
    drops,
    followed,
    join,
    post_at,
    rows,
    tell,
    the_post,
    to_group,
    world,
    wrote,
)
from tests.kit import FakePeer
from tests.kit.peers import PUBLIC, FakeActor
from tests.running import Instance, MakeDatabase


def _page_link(url: str) -> str:
    return f'<p><a href="{url}" rel="nofollow noopener noreferrer">{url.partition("://")[2]}</a></p>'


async def _files(at: Instance, post: Post) -> list[tuple[str, str]]:
    found = await rows(
        at, "SELECT media_type, remote_url FROM post_attachment WHERE post_id = $1 ORDER BY position", post.id
    )
    return [(row["media_type"], row["remote_url"]) for row in found]


async def test_every_type_of_object_is_shown_with_title_text_and_link(database_url: MakeDatabase) -> None:
    """Of what is more than a text, a link leads to its own page."""
    async with world(database_url) as (alpha, beta):
        group = await alpha.group(await alpha.person())
        rui = beta.add("rui")
        await join(alpha, rui, group)

        async def shown(type: str, **more: object) -> tuple[str | None, str]:
            thing: dict[str, Any] = {**rui.writes("-", type=type, **to_group(group)), **more}
            await tell(alpha, rui, rui.does("Create", thing))
            post = await the_post(alpha, thing["id"])
            assert post.object_type == type
            return post.title, post.content_html.replace(_page_link(thing["id"]), "(link)")

        assert await shown("Page", name="A page", content=None, summary="<p>Lead</p>") == ("A page", "<p>Lead</p>")
        options = [{"type": "Note", "name": "Monday"}]
        asked = {"name": "Which day?", "content": "<p>Which day?</p>", "oneOf": options}
        assert await shown("Question", **asked) == ("Which day?", "")
        fair = {"name": "Fair", "content": "<p>Come.</p>", "startTime": "2026-11-27T10:00:00Z", "location": "Hall 2"}
        assert await shown("Event", **fair) == ("Fair", "<p>Come.</p><p>2026-11-27 10:00 UTC, Hall 2</p>(link)")
        assert await shown("Audio", name="Song", content=None) == ("Song", "(link)")
        assert await shown("Album", name="Songs", content="<p>Ten.</p>") == ("Songs", "<p>Ten.</p>(link)")
        page = beta.server.url("/albums/nine")
        told = {"name": "Songs", "content": f'<p>See <a href="{page}">here</a>.</p>', "url": page}
        assert "(link)" not in (await shown("Album", **told))[1]


async def test_an_event_says_when_where_and_whether_it_takes_place_and_what_has_changed(
    database_url: MakeDatabase,
) -> None:
    """FEP-8a8e and Mobilizon: hours of the place with their zone, every place, the links, the state in its language."""
    async with world(database_url) as (alpha, beta):
        group = await alpha.group(await alpha.person())
        rui = beta.add("rui")
        await join(alpha, rui, group)
        hall = {"type": "Place", "name": "Hall 2", "address": {"streetAddress": "Rua 1", "addressLocality": "Braga"}}
        room = {"type": "VirtualLocation", "name": "Room", "url": "https://meet.example/fair"}
        fair = rui.writes(
            "Come.",
            type="Event",
            name="Fair",
            startTime="2026-11-27T10:00:00+00:00",
            endTime="2026-11-27T18:00:00+01:00",
            timezone="Europe/Lisbon",
            location=[hall, room],
            joinMode="external",
            externalParticipationUrl="https://tickets.example/fair?a=1&b=2",
            contentMap={"de": "<p>Come.</p>"},
            **to_group(group),
        )
        places = "2026-11-27 10:00 – 17:00 Europe/Lisbon (UTC+0), Hall 2, Rua 1, Braga; Room"
        links = "".join(
            f'<p><a href="https://{each}" rel="nofollow noopener noreferrer">{each}</a></p>'
            for each in ("meet.example/fair", "tickets.example/fair?a=1&amp;b=2")
        )
        await tell(alpha, rui, rui.does("Create", fair))
        post = await the_post(alpha, fair["id"])
        told = f"<p>{places}</p>{links}{_page_link(fair['id'])}"
        assert (post.title, post.content_html) == ("Fair", f"<p>Come.</p>{told}")

        states = {
            "EventCancelled": "Abgesagt",
            "EventPostponed": "Verschoben",
            "EventRescheduled": "Zu anderer Zeit als zuerst angekündigt",
            "EventMovedOnline": "Findet online statt",
            "EventTentative": "Noch nicht sicher",
        }
        for number, (state, said) in enumerate(states.items()):
            iri = f"https://w3id.org/fep/8a8e/{state}"
            changed = {**fair, "eventStatus": iri, "status": "CANCELLED", "updated": f"2099-01-0{number + 1}T00:00:00Z"}
            beta.publish(changed)
            await tell(alpha, rui, rui.does("Update", changed))
            content = (await the_post(alpha, fair["id"])).content_html
            assert content == f"<p>Come.</p><p><strong>{said}</strong></p>{told}"

        odd: dict[str, Any] = {"startTime": "soon", "timezone": "../../etc/passwd", "location": [1, {}]}
        odd["endTime"] = "2026-11-27T17:00:00Z"
        broken: dict[str, Any] = {**rui.writes("Odd.", type="Event", **to_group(group)), **odd}
        await tell(alpha, rui, rui.does("Create", broken))
        assert "<p>2026-11-27 17:00 UTC</p>" in (await the_post(alpha, broken["id"])).content_html


async def test_a_film_of_a_channel_comes_with_its_file_and_page_and_may_be_closed(database_url: MakeDatabase) -> None:
    """PeerTube: the channel announces the film of one of its people; nobody answers if `commentsEnabled` is false."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        tom, channel = beta.add("tom"), beta.add("stands", "Group")
        await tell(alpha, channel, channel.does("Accept", await asked(alpha, ada, channel)))
        page, playlist = beta.server.url("/w/v1"), beta.server.url("/v1.m3u8")

        def made_of(media_type: str, name: str, **more: object) -> dict[str, object]:
            return {"type": "Link", "mediaType": media_type, "href": beta.server.url(f"/{name}"), **more}

        streams = [made_of("video/mp4", "1080.mp4", height=1080), made_of("video/mp4", "480.mp4", height=480)]
        film = tom.writes(
            "How to build one.",
            type="Video",
            name="Stands",
            attributedTo=[{"type": "Person", "id": tom.id}, {"type": "Group", "id": channel.id}],
            url=[
                made_of("video/mp4", "huge.mp4", height=720, size=900_000_000),
                {"type": "Link", "mediaType": "text/html", "href": page},
                {"type": "Link", "mediaType": "application/x-mpegURL", "href": playlist, "tag": streams},
            ],
            icon=[{"type": "Image", "url": beta.server.url("/small.jpg"), "width": 280}],
            commentsEnabled=False,
        )

        await tell(alpha, channel, channel.does("Announce", film["id"]))

        post = await the_post(alpha, film["id"])
        assert (post.title, post.group_id, post.url) == ("Stands", (await alpha.find(channel.id)).id, page)
        assert post.content_html == f"<p>How to build one.</p>{_page_link(page)}"
        assert await _files(alpha, post) == [("video/mp4", beta.server.url("/480.mp4"))]
        async with alpha.client(await alpha.token(ada)) as http:
            answer = await http.post("/api/v1/statuses", json={"status": "How?", "in_reply_to_id": str(post.id)})
            assert (answer.status_code, answer.json()["error"]) == (
                422,
                "This thread is closed: nobody answers in it any more.",
            )

        opened = {**film, "commentsEnabled": True, "updated": "2099-01-01T00:00:00Z"}
        beta.publish(opened)
        await tell(alpha, tom, tom.does("Update", opened))
        await wrote(alpha, ada, "How?", parent=post)


async def test_files_are_shown_in_whatever_way_a_server_attaches_them(database_url: MakeDatabase) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        picture, page = beta.server.url("/oven.png"), "https://shop.example/oven"

        async def attached(**more: Any) -> tuple[list[tuple[str, str]], str]:
            thing = rui.writes("Look.", **more)
            await tell(alpha, rui, rui.does("Create", thing))
            post = await the_post(alpha, thing["id"])
            return await _files(alpha, post), post.content_html

        as_picture = ([("image/png", picture)], "<p>Look.</p>")
        mastodon = {"type": "Document", "mediaType": "image/png", "url": picture}
        assert await attached(attachment=[mastodon]) == as_picture
        assert await attached(attachment=mastodon) == as_picture
        assert await attached(attachment=[{"type": "Image", "url": [{"type": "Link", "href": picture}]}]) == as_picture
        lemmy = {"type": "Link", "href": picture, "mediaType": "image/png"}
        assert await attached(type="Page", attachment=[lemmy], image={"type": "Image", "url": picture}) == as_picture
        nameless = {"type": "Document", "mediaType": "text/html", "url": page, "name": "An oven"}
        files, text = await attached(attachment=[nameless])
        assert files == []
        assert f'<a href="{page}" rel="nofollow noopener noreferrer">An oven</a>' in text
        files, text = await attached(type="Image", url=picture, mediaType="image/png", name="Mine")
        assert files == [("image/png", picture)]


async def test_on_a_closed_post_of_a_person_nobody_answers_from_here(database_url: MakeDatabase) -> None:
    """`commentsEnabled`; but a word to its author alone is their own matter."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        note = rui.writes("No discussion, please.", commentsEnabled=False)
        await tell(alpha, rui, rui.does("Create", note))
        post = await the_post(alpha, note["id"])

        async with alpha.client(await alpha.token(ada)) as http:
            answer: dict[str, str] = {"status": "But", "in_reply_to_id": str(post.id)}
            assert (await http.post("/api/v1/statuses", json=answer)).status_code == 422
            assert (await http.post("/api/v1/statuses", json={**answer, "visibility": "direct"})).status_code == 200


async def test_in_a_group_of_ours_its_moderators_close_threads_and_the_document_says_so(
    database_url: MakeDatabase,
) -> None:
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        group = await alpha.group(ada)
        rui = beta.add("rui")
        await join(alpha, rui, group)
        note = rui.writes("Which oven? Ours broke.", **to_group(group, commentsEnabled=False))
        await tell(alpha, rui, rui.does("Create", note))
        async with alpha.site.read() as db:
            assert await rights.to_reply(db, ada, group.id, (await the_post(alpha, note["id"])).id) == "visible"

        ours = await wrote(alpha, ada, "Which door?\nOurs is old.", group=group)
        assert (await rui.get(ours.uri)).body.count(b'"commentsEnabled":true') == 1
        async with alpha.client(await alpha.token(ada)) as http:
            assert (await http.post(f"/api/fedcomm/v1/threads/{ours.id}/lock", json={})).status_code == 200
        assert (await rui.get(ours.uri)).body.count(b'"commentsEnabled":false') == 1


async def _on_wall(group: FakeActor, by: FakeActor, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    wall = {"type": "Collection", "id": f"{group.id}/wall", "attributedTo": group.id}
    return wall, by.writes(text, target=wall)


async def test_a_thread_for_a_group_with_a_wall_names_it_and_answers_do_not(database_url: MakeDatabase) -> None:
    """FEP-400e, for who takes nothing that does not say on which wall it belongs."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        club = beta.add("club", "Group")
        club.more["wall"] = f"{club.id}/wall"
        known = await followed(alpha, ada, club)

        thread = await wrote(alpha, ada, "Hello wall.", group=known)
        await wrote(alpha, ada, "And more.", parent=thread)

        first, answer = (each["object"] for each in await beta.got(2, type="Create"))
        assert first["target"] == {"id": f"{club.id}/wall", "type": "Collection", "attributedTo": club.id}
        assert "target" not in answer


@pytest.mark.parametrize(
    ("rule", "is_closed"),
    [
        ({"automaticApproval": ["author"]}, True),
        ({"always": [], "approvalRequired": []}, True),
        ({"automaticApproval": [], "manualApproval": [PUBLIC]}, False),
        ({"automaticApproval": [PUBLIC]}, False),
        ({"automaticApproval": ["author", "followers"]}, False),
        ({"automaticApproval": ["author"], "names": True}, False),
        ({}, False),
    ],
)
async def test_nobody_answers_where_the_author_lets_nobody(
    database_url: MakeDatabase, rule: dict[str, Any], is_closed: bool
) -> None:
    """GoToSocial's `canReply`; whoever is named may answer."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        rui = beta.add("rui")
        await followed(alpha, ada, rui)
        ids = {"author": rui.id, "followers": f"{rui.id}/followers"}
        names = rule.pop("names", False)
        policy = {key: [ids.get(uri, uri) for uri in uris] for key, uris in rule.items()}
        tag = [{"type": "Mention", "href": ada.uri, "name": f"@{ada.full_handle}"}] if names else []

        note = rui.writes("Mine alone.", interactionPolicy={"canReply": policy}, tag=tag)
        await tell(alpha, rui, rui.does("Create", note))

        post = await the_post(alpha, note["id"])
        async with alpha.client(await alpha.token(ada)) as http:
            answer = await http.post("/api/v1/statuses", json={"status": "But.", "in_reply_to_id": str(post.id)})
        assert answer.status_code == (422 if is_closed else 200)


async def test_who_does_not_want_to_be_found_by_all_is_not_whatever_they_call_it(database_url: MakeDatabase) -> None:
    """`indexable` of Mastodon, `searchableBy` of Fedibird (FEP-268d); the stricter one counts."""
    async with world(database_url) as (alpha, beta):
        ada = await alpha.person()
        found: list[bool] = []
        signals: list[dict[str, Any]] = [
            {"indexable": True},
            {"searchableBy": [PUBLIC]},
            {"searchableBy": []},
            {"indexable": True, "searchableBy": ["followers"]},
            {"indexable": False, "searchableBy": [PUBLIC]},
            {},
        ]
        for number, said in enumerate(signals):
            who = beta.add(f"rui{number}")
            who.more.update(said)
            found.append((await followed(alpha, ada, who)).is_indexable)

        assert found == [True, True, False, False, False, False]
        async with alpha.client() as http:
            ours = (await http.get(ada.uri, headers={"Accept": "application/activity+json"})).json()
        assert ours["searchableBy"] == ([PUBLIC] if ada.is_indexable else [ada.uri])


async def test_a_group_puts_posts_on_its_wall_and_takes_them_away(database_url: MakeDatabase) -> None:
    """FEP-400e, as Smithereen does it: the author lives on a third server."""
    async with world(database_url) as (alpha, beta), FakePeer() as gamma:
        ada = await alpha.person()
        club, zoe, eve = beta.add("club", "Group"), gamma.add("zoe"), beta.add("eve")
        await tell(alpha, club, club.does("Accept", await asked(alpha, ada, club)))
        wall, note = await _on_wall(club, zoe, "Hello wall.")

        await tell(alpha, eve, eve.does("Add", note, target=wall))
        assert await post_at(alpha, note["id"]) is None
        await tell(alpha, club, club.does("Add", note, target=wall, to=[PUBLIC]))

        post = await the_post(alpha, note["id"])
        known = await alpha.find(club.id)
        assert post.group_id == known.id
        async with alpha.client(await alpha.token(ada)) as http:
            (shown,) = (await http.get("/api/v1/timelines/home")).json()
        assert (shown["account"]["id"], shown["reblog"]["id"]) == (str(known.id), str(post.id))

        await tell(alpha, club, club.does("Remove", note["id"], target=wall))
        assert (await the_post(alpha, note["id"])).state == "removed"
        assert await drops(alpha) == ["about a collection that nobody here knows"]
