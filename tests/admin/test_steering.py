"""What waits, failed or was given up is seen and steered: for each peer and each post, on pages and by command."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fedcomm.accounts.model import Account
from fedcomm.jobs import queues
from fedcomm.threads.model import Post
from tests import running
from tests.activitypub.inbound.world import tell, the_post, world, wrote
from tests.conftest import MakeDatabase
from tests.kit import FakePeer, answers
from tests.running import Instance
from tests.web.reader import Reader, reader

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Scene:
    """An admin at a browser and at the command line of an instance, with a reader at a server that takes nothing."""

    at: Instance
    there: FakePeer
    ada: Account
    page: Reader
    database_url: str

    async def command(self, *arguments: str) -> str:
        """What a command of the operator prints, which must succeed."""
        environment = {
            "PATH": os.environ["PATH"],
            "FEDCOMM_DOMAIN": self.at.domain,
            "FEDCOMM_SCHEME": "http",
            "FEDCOMM_DEV": "1",
            "DATABASE_URL": self.database_url,
        }
        started = [sys.executable, "-m", "fedcomm", *arguments]
        done = await asyncio.to_thread(
            subprocess.run, started, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    async def post(self, text: str = "Which oven?") -> Post:
        """Something by Ada that the server does not take."""
        return await wrote(self.at, self.ada, text)


@asynccontextmanager
async def scene(database_url: MakeDatabase) -> AsyncGenerator[Scene]:
    urls: list[str] = []

    async def remembered() -> str:
        urls.append(await database_url())
        return urls[-1]

    async with world(remembered) as (alpha, beta):
        ada = await alpha.person("ada", role="admin", password=running.PASSWORD)
        rui = beta.add("rui")
        await tell(alpha, rui, rui.does("Follow", ada.uri))
        beta.inbox_answer = answers.status(500, body=b"out of ovens")
        async with reader(alpha, "ada") as page:
            yield Scene(alpha, beta, ada, page, urls[0])


async def test_what_waits_for_a_server_is_listed_given_up_and_brought_back(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        await here.post()
        of_peer = f"/admin/deliveries?authority={here.there.server.authority}"
        await here.page.open("/admin/deliveries")
        assert of_peer.replace(":", "%3A") in [a.attributes["href"] for a in here.page.page.css("main a")]
        await here.page.open(of_peer)
        assert "500 out of ovens" in here.page.text
        assert here.page.all(".entries .badge") == ["waiting"]

        await here.page.press("/admin/deliveries/give_up", authority=here.there.server.authority)
        assert here.page.path.startswith("/admin/deliveries?authority=")
        assert here.page.note == "What waited was given up. It can be tried again."
        assert here.page.all(".entries .badge") == ["given up"]
        assert "given up by hand: 500 out of ovens" in here.page.text

        here.there.inbox_answer = answers.status(202)
        await here.page.press("/admin/deliveries/retry", authority=here.there.server.authority)
        await here.at.settle()
        await here.page.open(of_peer)
        assert "Nothing waits" in here.page.text
        async with here.at.site.read() as db:
            noted = await db.fetch("SELECT action FROM audit_entry ORDER BY id")
        assert [row["action"] for row in noted][-2:] == ["give up deliveries", "retry deliveries"]


async def test_why_a_server_takes_nothing_is_said_in_the_reader_s_language_and_what_it_said_as_it_did(
    database_url: MakeDatabase,
) -> None:
    async with scene(database_url) as here:
        page = here.page
        await here.post()
        await page.press("/language", language="de", next="/admin/deliveries")
        said = page.all(".error-text [lang=en]")
        async with here.at.db() as db:
            await db.execute("UPDATE delivery_peer SET last_error = 'no connection'")
        await page.open("/admin/deliveries")

        assert said == ["500 out of ovens"]
        assert "keine Verbindung" in page.text


async def test_where_one_post_is_can_be_seen_and_steered_apart_from_others(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        one, other = await here.post("One."), await here.post("Another.")
        await here.page.open("/admin/deliveries")
        await here.page.press("/admin/deliveries", post=one.url)
        assert here.page.all(".entries .badge") == ["waiting"]

        await here.page.press("/admin/deliveries/drop", post=str(one.id))
        assert "Nothing waits" in here.page.text
        await here.page.open(f"/admin/deliveries?post={other.id}")
        assert here.page.all(".entries .badge") == ["waiting"]

        here.there.inbox_answer = answers.status(202)
        here.there.server.seen.clear()
        await here.page.press("/admin/deliveries/retry", post=str(other.id))
        await here.at.settle()
        assert [seen.json()["object"]["id"] for seen in here.there.arrived()] == [other.uri]
        await here.page.open(f"/admin/deliveries?post={other.uri}")
        assert "1 taken in the last days" in here.page.text
        assert (await here.page.open("/admin/deliveries?post=nothing")).status == 404


async def test_a_paused_server_gets_nothing_until_it_is_resumed_and_then_all(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        authority = here.there.server.authority
        here.there.inbox_answer = answers.status(202)
        here.there.server.seen.clear()
        await here.page.open(f"/admin/deliveries?authority={authority}")
        await here.page.press("/admin/deliveries/pause", authority=authority)
        assert here.page.note == "Nothing is sent to this instance until you resume."
        posts = [await here.post(f"Number {n}.") for n in range(3)]
        assert here.there.arrived() == []
        async with here.at.client() as http:
            figures = (await http.get("/metrics")).text
        assert f'fedcomm_peer_paused{{peer="{authority}"}} 1.0' in figures
        assert f'fedcomm_peer_waiting{{peer="{authority}"}} 3.0' in figures
        assert 'fedcomm_queue_oldest_due_timestamp_seconds{queue="deliveries"} 0.0' in figures

        await here.page.open("/admin/deliveries")
        assert "Paused" in here.page.all(".badge")
        await here.page.open(f"/admin/deliveries?authority={authority}")
        await here.page.press("/admin/deliveries/resume", authority=authority)
        await here.at.settle()
        assert {seen.json()["object"]["id"] for seen in here.there.arrived()} == {post.uri for post in posts}


async def test_nobody_gets_anything_while_all_sending_is_held_and_then_all(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        here.there.inbox_answer = answers.status(202)
        here.there.server.seen.clear()
        async with here.at.db() as db:
            assert await queues.hold_deliveries(db, "a backup was brought back", now=here.at.site.now())
        posts = [await here.post(f"Number {n}.") for n in range(2)]
        await here.at.settle()
        assert here.there.arrived() == []
        async with here.at.client() as http:
            figures = (await http.get("/metrics")).text
        assert 'fedcomm_queue_oldest_due_timestamp_seconds{queue="deliveries"} 0.0' in figures

        await here.page.open("/admin/deliveries")
        assert "a backup was brought back" in here.page.text
        await here.page.open("/admin")
        assert "Nothing is sent to other instances, for anybody, until you say so." in here.page.text
        await here.page.open("/admin/deliveries")
        await here.page.press("/admin/deliveries/release")
        assert here.page.note == "What waits is sent now."
        await here.at.settle()
        assert {seen.json()["object"]["id"] for seen in here.there.arrived()} == {post.uri for post in posts}
        await here.page.open("/admin/deliveries")
        assert "a backup was brought back" not in here.page.text


async def test_commands_show_and_steer_the_same(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        authority, post = here.there.server.authority, await here.post()

        (peer,) = json.loads(await here.command("delivery", "status", "--json"))
        assert (peer["authority"], peer["waiting"], peer["last_status"]) == (authority, 1, 500)
        (entry,) = json.loads(await here.command("delivery", "list", "--post", post.url, "--json"))
        assert (entry["state"], entry["post_id"], entry["last_error"]) == ("waiting", post.id, "500 out of ovens")
        assert await here.command("delivery", "give-up", "--post", str(post.id)) == "1 deliveries were given up\n"
        assert "failed" in await here.command("delivery", "list", authority)
        assert await here.command("delivery", "pause", authority) == f"{authority} is paused\n"
        assert "paused" in await here.command("delivery", "status", authority)
        assert await here.command("delivery", "retry", "--post", str(post.id)) == "1 deliveries are tried now\n"
        await here.at.settle()
        assert len([seen for seen in here.there.arrived() if seen.json()["type"] == "Create"]) == 1

        here.there.inbox_answer = answers.status(202)
        assert await here.command("delivery", "resume", authority) == f"{authority} is sent to again\n"
        await here.at.settle()
        assert len([seen for seen in here.there.arrived() if seen.json()["type"] == "Create"]) == 2
        assert await here.command("delivery", "status") == "nothing waits\n"


async def test_r028_work_that_was_given_up_is_seen_and_tried_once_more(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        here.there.inbox_answer = answers.status(202)
        post = await here.post("Delivered.")
        rui = here.there.actors["/users/rui"]
        late = await _publish_without_sending(here)
        sent = await rui.send(here.at.here.shared_inbox_url, rui.does("Like", post.uri))
        assert sent.status == 202
        async with here.at.db() as db:
            await db.execute(
                "UPDATE inbox_item SET state = 'failed', attempts = 5, done_at = $1, last_error = 'no oven'"
                " WHERE state = 'waiting'",
                here.at.site.now(),
            )

        await here.page.open("/admin/queues")
        assert "RuntimeError: burnt" in here.page.text
        assert "no oven" in here.page.text
        assert rui.id in here.page.text
        listed = json.loads(await here.command("queue", "failed", "--json"))
        assert sorted((each["queue"], each["what"]) for each in listed) == [
            ("facts", "PostPublished: posts.send"),
            ("inbox", "Like"),
        ]
        status = {each["queue"]: each["failed"] for each in json.loads(await here.command("queue", "status", "--json"))}
        assert (status["facts"], status["inbox"]) == (1, 1)

        (work,) = [each for each in listed if each["queue"] == "facts"]
        await here.page.press("/admin/queues/retry", work=f"facts:{work['key']}")
        assert here.page.note == "What waits is tried again now."
        assert await here.command("queue", "retry", "inbox") == "1 are tried now\n"
        await here.at.settle()

        assert late.uri in [seen.json()["object"]["id"] for seen in here.there.arrived() if _is_create(seen.json())]
        async with here.at.site.read() as db:
            assert await db.fetchval("SELECT favourites_count FROM post WHERE id = $1", post.id) == 1
        await here.page.open("/admin/queues")
        assert "What failed" not in here.page.text.replace("What failed here", "")
        assert await here.command("queue", "failed") == "nothing failed\n"


async def test_failed_work_can_be_let_go_and_only_that(database_url: MakeDatabase) -> None:
    async with scene(database_url) as here:
        await _publish_without_sending(here)
        await here.page.open("/admin/queues")
        await here.page.press("/admin/queues/drop", work="facts")
        assert here.page.note == "It is off the list."
        assert await here.command("queue", "drop", "facts") == "0 were dropped\n"
        answer = await here.page.http.post("/admin/queues/drop", data={"work": "deliveries"})
        assert answer.status_code in (403, 422)


def _is_create(activity: dict[str, object]) -> bool:
    return activity["type"] == "Create"


async def _publish_without_sending(here: Scene) -> Post:
    """A post whose consequence `posts.send` failed five times."""
    async with here.at.client(await here.at.token(here.ada)) as http:
        made = (await http.post("/api/v1/statuses", json={"status": "Late."})).json()
    async with here.at.db() as db:
        fact_id = await db.fetchval(
            "UPDATE fact SET expanded_at = $1 WHERE expanded_at IS NULL RETURNING id", here.at.site.now()
        )
        await db.execute(
            """
            INSERT INTO consequence (fact_id, name, lane, attempts, due_at, failed_at, last_error)
            VALUES ($1, 'posts.send', $2, 5, $3, $3, 'RuntimeError: burnt')
            """,
            fact_id,
            int(made["id"]),
            here.at.site.now(),
        )
    return await the_post(here.at, made["uri"])
