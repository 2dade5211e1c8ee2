"""How often and how much client apps may ask: security cases S121, S122, S149 and S160 of this part."""

import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from fedcomm import config
from fedcomm.app import routes
from fedcomm.errors import TooMany
from fedcomm.http import limits
from fedcomm.http.forms import nested
from tests.running import PASSWORD, Instance, MakeDatabase, instance
from tests.security.browser import browser

MIB = 2**20
ALL = (
    limits.ADDRESS, limits.ACCOUNT, limits.TOKEN, limits.STRANGER, limits.PAGES, limits.UPLOADS, limits.DELETIONS,
    limits.POSTS, limits.FOLLOWS, limits.REPORTS, limits.SIGN_UPS, limits.APPS,
)  # fmt: skip


async def test_the_limits_are_told_and_hold(database_url: MakeDatabase) -> None:
    """300 in five minutes for a token, whatever is asked, as Mastodon has it."""
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        ada = await here.person("ada")
        token, second = await here.token(ada), await here.token(ada)
        async with here.client(token) as client, here.client(second) as other:
            answer = await client.get("/api/v1/lists")
            assert answer.headers["x-ratelimit-limit"] == "300"
            assert answer.headers["x-ratelimit-remaining"] == "299"
            assert answer.headers["x-ratelimit-reset"].endswith(".000Z")
            statuses = [(await client.get("/api/v1/lists")).status_code for _ in range(299)]

            assert statuses == [200] * 299
            refused = await client.get("/api/v1/preferences")
            assert refused.status_code == 429
            assert refused.headers["x-ratelimit-remaining"] == "0"
            assert 0 < int(refused.headers["retry-after"]) <= 300
            assert refused.headers["access-control-allow-origin"] == "*"
            assert refused.json() == {"error": "Too many requests. Please wait a little."}
            assert (await other.get("/api/v1/lists")).status_code == 200, "another token has its own count"


async def test_all_tokens_of_an_account_have_one_limit_together(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        ada, ben = await here.person("ada"), await here.person("ben")
        use_up(here, limits.ACCOUNT, ada.id, but=1)
        async with here.client(await here.token(ada)) as client, here.client(await here.token(ada)) as other:
            answer = await client.get("/api/v1/lists")
            assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (200, "1500")
            assert answer.headers["x-ratelimit-remaining"] == "0", "told is the rule that is nearest"
            assert (await other.get("/api/v1/lists")).status_code == 429
        async with here.client(await here.token(ben)) as client:
            assert (await client.get("/api/v1/lists")).status_code == 200


async def test_opening_a_websocket_counts_as_a_request(database_url: MakeDatabase) -> None:
    """Of the token, the account and the address; who makes a token up is a stranger."""
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        ada, ben = await here.person("ada"), await here.person("ben")
        token, others = await here.token(ada), await here.token(ben)

        async def opened(value: str) -> int:
            try:
                async with connect(f"{here.url.replace('http', 'ws')}/api/v1/streaming?access_token={value}"):
                    return 101
            except InvalidStatus as refused:
                return refused.response.status_code

        use_up(here, limits.ACCOUNT, ada.id, but=1)
        assert [await opened(token) for _ in range(2)] == [101, 429]
        assert await opened(others) == 101
        use_up(here, limits.STRANGER, "127.0.0.1", but=1)
        assert [await opened("made-up") for _ in range(2)] == [401, 429]
        use_up(here, limits.ADDRESS, "127.0.0.1")
        assert await opened(others) == 429


async def test_who_has_no_valid_token_is_counted_by_address(database_url: MakeDatabase) -> None:
    """Also who makes tokens up; of IPv6 the first 64 bits."""
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here, here.client() as client:
        asked = "/api/v1/instance/rules"

        async def left(address: str, token: str = "") -> int:
            headers = {"X-Forwarded-For": address} | ({"Authorization": f"Bearer {token}"} if token else {})
            return int((await client.get(asked, headers=headers)).headers["x-ratelimit-remaining"])

        assert [await left("203.0.113.1", token) for token in ("", "made up", "another", "x" * 2_000)] == [
            299, 298, 297, 296,
        ]  # fmt: skip
        assert await left("203.0.113.2") == 299
        assert [await left(each) for each in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2")] == [299, 298]
        assert await left("2001:db8:1:3::1") == 299
        assert await left("::ffff:203.0.113.2") == 298


@pytest.mark.parametrize(
    ("method", "path", "rule"),
    [
        ("POST", "/api/v1/statuses", limits.POSTS),
        ("DELETE", "/api/v1/statuses/1", limits.DELETIONS),
        ("POST", "/api/v1/statuses/1/unreblog", limits.DELETIONS),
        ("POST", "/api/v1/accounts/1/follow", limits.FOLLOWS),
        ("POST", "/api/fedcomm/v1/groups/1/join", limits.FOLLOWS),
        ("POST", "/api/v1/reports", limits.REPORTS),
        ("POST", "/api/v1/media", limits.UPLOADS),
        ("POST", "/api/v2/media", limits.UPLOADS),
        ("GET", "/api/v1/timelines/home?max_id=1", limits.PAGES),
        ("GET", "/api/v1/notifications?limit=5&since_id=1", limits.PAGES),
    ],
)
async def test_what_costs_much_has_limits_of_its_own(
    database_url: MakeDatabase, method: str, path: str, rule: limits.Rule
) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        ada = await here.person("ada")
        use_up(here, rule, ada.id, but=1)
        async with here.client(await here.token(ada)) as client:
            allowed = await client.request(method, path)
            refused = await client.request(method, path)
            assert allowed.status_code != 429
            assert (allowed.headers["x-ratelimit-limit"], allowed.headers["x-ratelimit-remaining"]) == (
                str(rule.limit),
                "0",
            )
            assert refused.status_code == 429
            assert 0 < int(refused.headers["retry-after"]) <= rule.seconds
            assert (await client.get("/api/v1/lists")).status_code == 200


async def test_forms_of_pages_count_with_what_apps_ask(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here, browser(here) as pages:
        ada = await here.person("ada", password=PASSWORD)
        ben = await here.person("ben")
        await pages.sign_in("ada", PASSWORD)
        async with here.client(await here.token(ada)) as client:
            post = (await client.post("/api/v1/statuses", json={"status": "Hello"})).json()["id"]
            for rule in (limits.POSTS, limits.DELETIONS, limits.FOLLOWS):
                use_up(here, rule, ada.id, but=1)
            assert (await client.post("/api/v1/statuses", json={"status": "Hello"})).status_code == 429
            assert (await client.post(f"/api/v1/accounts/{ben.id}/follow")).status_code == 200
            assert (await client.delete("/api/v1/statuses/1")).status_code == 404

        for page, form in (
            ("/compose", "/compose"),
            (f"/@ada/{post}", f"/p/{post}/reply"),
            (f"/p/{post}/delete", f"/p/{post}/delete"),
            ("/@ben", "/@ben/follow"),
            ("/new_message", "/new_message"),
        ):
            answer = await pages.send(page, form, text="Hello")
            assert (answer.status_code, "Retry-After" in answer.headers) == (429, True), form


def test_the_numbers_are_those_of_mastodon() -> None:
    minute, hour = 60, 3_600
    assert {(each.name, each.limit, each.seconds) for each in ALL} == {
        ("address", 7_500, 5 * minute), ("account", 1_500, 5 * minute), ("token", 300, 5 * minute),
        ("stranger", 300, 5 * minute), ("pages", 300, 15 * minute), ("uploads", 30, 30 * minute),
        ("deletions", 30, 30 * minute), ("posts", 300, 3 * hour), ("follows", 400, 24 * hour),
        ("reports", 400, 24 * hour), ("sign-ups", 5, 30 * minute), ("apps", 5, 10 * minute),
    }  # fmt: skip


def test_what_is_limited_by_itself_is_there() -> None:
    there = {(method, route.path) for route in routes() for method in route.methods}
    assert {*limits.OF_ACCOUNT, *limits.OF_ADDRESS, *limits.OF_PAGES} <= there


def use_up(here: Instance, rule: limits.Rule, asker: str | int, *, but: int = 0) -> None:
    """Somebody did this so often that only `but` more are allowed."""
    for _ in range(rule.limit - but):
        here.site.service(limits.Limits).hit(rule, asker)


async def test_s121_another_spelling_of_a_path_is_the_same_bucket_or_nothing(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        ada = await here.person("ada")
        async with here.client(await here.token(ada)) as client:
            seen: list[int] = []
            for path in (
                "/api/v1/lists",
                "/api/v1/lists/",
                "/api/v1/lists?x=1",
                "/api/v1/li%73ts",
                "/api/v1/lists/?limit=1",
                "/api/v1/lists.json",
                "//api/v1/lists",
                "/api//v1/lists",
                "/api/v1%2flists",
                "/API/v1/lists",
                "/api/v1/./lists",
                "/api/v1/lists;x=1",
            ):
                answer = await client.get(f"{here.url}{path}")
                assert answer.status_code in (200, 404)
                if answer.status_code == 200:
                    seen.append(int(answer.headers["x-ratelimit-remaining"]))
            assert len(seen) >= 4
            assert seen == list(range(seen[0], seen[0] - len(seen), -1))
            use_up(here, limits.DELETIONS, ada.id)
            for path in ("/api/v1/statuses/1/", "/api/v1/statuses/%31", "/api/v1/statuses/2?x=1"):
                assert (await client.delete(f"{here.url}{path}")).status_code == 429, path


async def test_s122_only_a_proxy_that_was_named_says_who_asks(database_url: MakeDatabase) -> None:
    for trusted, buckets in (("127.0.0.1/32,::1/128", 3), ("10.0.0.0/8", 1)):
        async with (
            instance(await database_url(), FEDCOMM_RATE_LIMITS="on", FEDCOMM_TRUSTED_PROXIES=trusted) as here,
            here.client() as client,
        ):
            seen: list[str] = []
            for address in ("203.0.113.1", "203.0.113.2", "203.0.113.3"):
                for headers in (
                    {"X-Forwarded-For": address},
                    {"X-Forwarded-For": f"198.51.100.9, {address}"},
                    {"X-Forwarded-For": address, "X-Real-IP": "198.51.100.8", "Forwarded": "for=198.51.100.7"},
                ):
                    answer = await client.get("/api/v1/instance/rules", headers=headers)
                    seen.append(answer.headers["x-ratelimit-remaining"])
            first = str(limits.STRANGER.limit - 1)
            assert seen.count(first) == buckets, trusted


def test_s122_everybody_is_no_proxy() -> None:
    for everybody in ("*", "all", "127.0.0.1,*"):
        with pytest.raises(config.Wrong, match="FEDCOMM_TRUSTED_PROXIES"):
            config.load({"FEDCOMM_DOMAIN": "bakers.example", "FEDCOMM_TRUSTED_PROXIES": everybody})


async def test_s160_apps_are_registered_five_at_a_time_for_each_address(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here, here.client() as client:
        app = {"client_name": "Client", "redirect_uris": "https://client.example"}

        async def register(address: str) -> int:
            answer = await client.post("/api/v1/apps", json=app, headers={"X-Forwarded-For": address})
            return answer.status_code

        assert [await register("203.0.113.1") for _ in range(7)] == [200] * 5 + [429] * 2
        assert await register("203.0.113.2") == 200
        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM oauth_app") == 6


async def test_s160_sign_ups_are_counted_for_each_address(database_url: MakeDatabase) -> None:
    """Failed ones too, as they tell which handles and mail addresses are taken."""
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on", FEDCOMM_REGISTRATIONS="open") as here:
        async with here.client(await here.token(None)) as client:

            async def sign_up(n: int) -> int:
                form = {"username": "x", "email": f"z{n}@z.example", "password": PASSWORD, "agreement": True}
                return (await client.post("/api/v1/accounts", json=form)).status_code

            assert [await sign_up(n) for n in range(7)] == [422] * 5 + [429] * 2


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (
            "many fields",
            b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(1_500)),
        ),
        ("many names", b"&".join(b"a%d=1" % n for n in range(100_000))),
        ("a huge part", b'--x\r\nContent-Disposition: form-data; name="status"\r\n\r\n' + b"y" * MIB),
        ("many files", b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n1\r\n' * 500),
        ("junk around the boundary", b"-" * 500_000 + b"\r\n" * 100_000),
        ("no boundary at all", b"\r" * (MIB - 1)),
        ("a huge header of a part", b"--x\r\nContent-Disposition: form-data; name=" + b"z" * 900_000),
    ],
)
async def test_s149_a_hostile_form_is_refused_and_holds_nobody_up(
    database_url: MakeDatabase, name: str, body: bytes
) -> None:
    kind = "application/x-www-form-urlencoded" if name == "many names" else "multipart/form-data; boundary=x"
    async with instance(await database_url()) as here:
        token = await here.token(await here.person("ada"))
        async with here.client(token) as client:
            answer = await client.post("/api/v1/statuses", content=body, headers={"Content-Type": kind})
            assert answer.status_code in (400, 413, 422), name
            assert answer.json()["error"]
            assert (await client.get("/api/v1/timelines/home")).json() == []


def test_s149_reading_a_form_of_a_mebibyte_takes_time_in_proportion() -> None:
    """Twice the fields take about twice as long, not four times: counted on the parser alone."""

    def seconds(count: int) -> float:
        pairs = [(f"a[{n}][b]", "x") for n in range(count)]
        best = 1.0
        for _ in range(5):
            started = time.process_time()
            nested(pairs)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(900) < 6 * seconds(300) + 0.01


async def test_one_address_has_a_limit_over_all_tokens(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        use_up(here, limits.ADDRESS, "127.0.0.1")
        async with here.client(await here.token(await here.person("ada"))) as client:
            assert (await client.get("/api/v1/lists")).status_code == 429
            assert (await client.get("/about")).status_code == 429
            assert (await client.get("/healthz")).status_code == 200


def test_several_processes_share_a_limit() -> None:
    alone, of_four = limits.Limits(), limits.Limits(processes=4)
    assert alone.hit(limits.TOKEN, "b").remaining == 299
    assert of_four.hit(limits.TOKEN, "b").remaining == 74


def test_limits_switched_off_refuse_nothing() -> None:
    off = limits.Limits(is_on=False)
    for _ in range(100):
        off.check(limits.APPS, "203.0.113.1")


def test_memory_is_bounded_when_askers_are_many() -> None:
    found = limits.Limits()
    for n in range(limits.MOST_ASKERS + 10):
        found.hit(limits.TOKEN, n)
    assert found.size <= limits.MOST_ASKERS + 1


def test_a_count_begins_anew_with_each_window(monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: at)
    found = limits.Limits()
    use = [found.hit(rule, 1) for rule in (limits.TOKEN, limits.DELETIONS) for _ in range(2)]
    assert [each.remaining for each in use] == [299, 298, 29, 28]
    at += 5 * 60
    assert found.hit(limits.TOKEN, 1).remaining == 299
    assert found.hit(limits.DELETIONS, 1).remaining == 27
    at += 25 * 60
    assert found.hit(limits.DELETIONS, 1).remaining == 29


def test_what_is_no_request_is_refused_with_the_time_to_wait() -> None:
    found = limits.Limits()
    for _ in range(limits.UPLOADS.limit):
        found.check(limits.UPLOADS, 1)
    with pytest.raises(TooMany) as refused:
        found.check(limits.UPLOADS, 1)
    assert 0 < refused.value.retry_after <= limits.UPLOADS.seconds
    found.check(limits.UPLOADS, 2)
