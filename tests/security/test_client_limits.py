"""How often and how much client apps may ask: security cases S121, S122, S149 and S160 of this part."""

import time

import pytest

from fedcomm import config
from fedcomm.api.apps import MOST_APPS
from fedcomm.errors import TooMany
from fedcomm.http import limits
from fedcomm.http.forms import nested
from tests.running import PASSWORD, MakeDatabase, instance

MIB = 2**20


async def test_the_limits_are_told_and_hold(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        ada = await here.person("ada")
        token, second = await here.token(ada), await here.token(ada)
        async with here.client(token) as client, here.client(second) as other:
            answer = await client.get("/api/v1/lists")
            assert answer.headers["x-ratelimit-limit"] == str(limits.PER_ROUTE)
            assert answer.headers["x-ratelimit-remaining"] == str(limits.PER_ROUTE - 1)
            assert answer.headers["x-ratelimit-reset"].endswith(".000Z")
            statuses = [(await client.get("/api/v1/lists")).status_code for _ in range(limits.PER_ROUTE)]

            assert statuses[:-1] == [200] * (limits.PER_ROUTE - 1)
            refused = await client.get("/api/v1/lists")
            assert refused.status_code == 429
            assert refused.headers["x-ratelimit-remaining"] == "0"
            assert 0 < int(refused.headers["retry-after"]) <= limits.WINDOW_SECONDS
            assert refused.headers["access-control-allow-origin"] == "*"
            assert refused.json() == {"error": "Too many requests. Please wait a little."}
            assert (await client.get("/api/v1/preferences")).status_code == 200, "another route has its own bucket"
            assert (await other.get("/api/v1/lists")).status_code == 200, "another token has its own bucket"


async def test_s121_another_spelling_of_a_path_is_the_same_bucket_or_nothing(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        token = await here.token(await here.person("ada"))
        async with here.client(token) as client:
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
            posts = [(await client.get(f"/api/v1/statuses/{n}")).headers["x-ratelimit-remaining"] for n in range(3)]
            assert len(set(posts)) == 3, "all posts are one route"


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
            first = str(limits.PER_ROUTE - 1)
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

        assert [await register("203.0.113.1") for _ in range(MOST_APPS + 2)] == [200] * MOST_APPS + [429] * 2
        assert await register("203.0.113.2") == 200
        async with here.db() as db:
            assert await db.fetchval("SELECT count(*) FROM oauth_app") == MOST_APPS + 1


async def test_s160_sign_ups_are_counted_for_each_address(database_url: MakeDatabase) -> None:
    """Failed ones too, as they tell which handles and mail addresses are taken."""
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on", FEDCOMM_REGISTRATIONS="open") as here:
        async with here.client(await here.token(None)) as client:

            async def sign_up(n: int) -> int:
                form = {"username": "x", "email": f"z{n}@z.example", "password": PASSWORD, "agreement": True}
                return (await client.post("/api/v1/accounts", json=form)).status_code

            assert [await sign_up(n) for n in range(12)] == [422] * 10 + [429] * 2


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
            started = time.perf_counter()
            nested(pairs)
            best = min(best, time.perf_counter() - started)
        return best

    assert seconds(900) < 6 * seconds(300) + 0.01


async def test_one_address_has_a_limit_over_all_tokens(database_url: MakeDatabase) -> None:
    async with instance(await database_url(), FEDCOMM_RATE_LIMITS="on") as here:
        known = here.site.service(limits.Limits)
        for _ in range(limits.PER_ADDRESS):
            known.hit("", "127.0.0.1", limits.PER_ADDRESS)
        async with here.client("made up") as client:
            assert (await client.get("/api/v1/lists")).status_code == 429
            assert (await client.get("/healthz")).status_code == 200


def test_several_processes_share_a_limit() -> None:
    alone, of_four = limits.Limits(), limits.Limits(processes=4)
    assert alone.hit("a", "b", 300).remaining == 299
    assert of_four.hit("a", "b", 300).remaining == 74


def test_limits_switched_off_refuse_nothing() -> None:
    off = limits.Limits(is_on=False)
    for _ in range(100):
        off.check("apps", "203.0.113.1", 5)


def test_memory_is_bounded_when_askers_are_many() -> None:
    found = limits.Limits()
    for n in range(limits.MOST_BUCKETS + 10):
        found.hit("a", str(n), 300)
    assert found.size <= limits.MOST_BUCKETS + 1


def test_a_limit_of_its_own_is_refused_with_the_time_to_wait() -> None:
    found = limits.Limits()
    found.check("apps", "a", 1)
    with pytest.raises(TooMany) as refused:
        found.check("apps", "a", 1)
    assert 0 < refused.value.retry_after <= limits.WINDOW_SECONDS
    found.check("apps", "b", 1)
