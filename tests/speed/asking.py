"""The requests that are measured, as apps, browsers and other servers send them, each by somebody of the cast."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2 as httpx

from fedcomm.accounts import lookup, sessions
from fedcomm.cli import bench_pages
from fedcomm.database import Connection
from fedcomm.http.pages import cookie_name
from tests.running import Instance
from tests.speed import cast
from tests.speed.cast import BUSY, HUGE, KEEN_READER, NEW_READER, OWNER, QUIET_READER, READER, REMOTE, TAG_READER

VISITOR = 0
PATIENCE = 300.0
SCOPES = "read write follow push profile admin:read admin:write"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    who: int
    path: str
    accept: str = "application/json"
    """A browser says otherwise."""


async def requests(db: Connection) -> Mapping[str, Asked]:
    """What is asked, by its name in reports."""
    root = await db.fetchval(
        "SELECT id FROM post WHERE group_id = $1 AND thread_id = id AND is_local ORDER BY id DESC LIMIT 1", BUSY
    )
    long = await db.fetchval("SELECT id FROM post WHERE title = 'Ten thousand answers'")
    middle = await db.fetchval(
        "SELECT id FROM post WHERE thread_id = $1 ORDER BY id OFFSET $2 LIMIT 1", long, cast.REPLIES // 2
    )
    poll = await db.fetchval("SELECT max(post_id) FROM poll")
    old = await db.fetchval(
        "SELECT id FROM post WHERE thread_id = id AND audience = 'public' ORDER BY id LIMIT 1 OFFSET 300"
    )
    writer = REMOTE.start + 7
    home, statuses = "/api/v1/timelines/home?limit=20", "/statuses?limit=20"
    pages: dict[str, tuple[int, str]] = {
        "home": (READER, home),
        "home, an older page": (READER, f"{home}&max_id={root}"),
        "home, from the oldest on": (READER, f"{home}&min_id={old}"),
        "home, what is new": (READER, f"{home}&since_id={root}"),
        "home of quiet groups": (QUIET_READER, home),
        "home of nobody followed": (NEW_READER, home),
        "home with tags": (TAG_READER, home),
        "home of 2,000 followed": (KEEN_READER, home),
        "home of who runs the instance": (OWNER, home),
        "public": (READER, "/api/v1/timelines/public?limit=20"),
        "public of here": (VISITOR, "/api/v1/timelines/public?local=true&limit=20"),
        "public of elsewhere": (READER, "/api/v1/timelines/public?remote=true&limit=20"),
        "public with media": (READER, "/api/v1/timelines/public?only_media=true&limit=20"),
        "tag": (READER, "/api/v1/timelines/tag/ovens?limit=20"),
        "tag of here": (READER, "/api/v1/timelines/tag/ovens?local=true&limit=20"),
        "tag that is rare": (READER, "/api/v1/timelines/tag/rare?limit=20"),
        "tag and tag": (READER, "/api/v1/timelines/tag/ovens?all[]=rare&limit=20"),
        "tag but not tag": (READER, "/api/v1/timelines/tag/ovens?none[]=tag1&limit=20"),
        "list of a busy group": (READER, f"/api/v1/timelines/list/{BUSY}?limit=20"),
        "list of a quiet group": (QUIET_READER, f"/api/v1/timelines/list/{cast.QUIET.start}?limit=20"),
        "group": (READER, f"/api/v1/accounts/{BUSY}{statuses}"),
        "group, replies left out": (READER, f"/api/v1/accounts/{BUSY}{statuses}&exclude_replies=true"),
        "group's threads": (READER, f"/api/fedcomm/v1/groups/{BUSY}/threads?limit=20"),
        "group's members": (READER, f"/api/fedcomm/v1/groups/{HUGE}/members?limit=40"),
        "groups": (READER, "/api/fedcomm/v1/groups?limit=40"),
        "account's posts": (READER, f"/api/v1/accounts/{writer}{statuses}"),
        "account's posts, replies left out": (READER, f"/api/v1/accounts/{writer}{statuses}&exclude_replies=true"),
        "account's posts with media": (READER, f"/api/v1/accounts/{writer}{statuses}&only_media=true"),
        "account's posts, a tag": (READER, f"/api/v1/accounts/{writer}{statuses}&tagged=ovens"),
        "account": (READER, f"/api/v1/accounts/{writer}"),
        "huge group's followers": (READER, f"/api/v1/accounts/{HUGE}/followers?limit=40"),
        "relationships": (READER, "/api/v1/accounts/relationships?" + "&".join(f"id[]={n}" for n in range(1, 41))),
        "familiar followers": (READER, f"/api/v1/accounts/familiar_followers?id[]={writer}"),
        "status": (READER, f"/api/v1/statuses/{root}"),
        "context": (READER, f"/api/v1/statuses/{root}/context"),
        "context of 10,000 replies": (READER, f"/api/v1/statuses/{long}/context"),
        "context of 10,000 replies, a visitor": (VISITOR, f"/api/v1/statuses/{long}/context"),
        "context within 10,000 replies": (READER, f"/api/v1/statuses/{middle}/context"),
        "favourited by": (READER, f"/api/v1/statuses/{root}/favourited_by"),
        "boosted by": (READER, f"/api/v1/statuses/{root}/reblogged_by"),
        "quotes": (READER, f"/api/v1/statuses/{long}/quotes?limit=20"),
        "history": (READER, f"/api/v1/statuses/{root}/history"),
        "poll": (READER, f"/api/v1/polls/{poll}"),
        "notifications": (READER, "/api/v1/notifications?limit=30"),
        "notifications, mentions": (READER, "/api/v1/notifications?types[]=mention&limit=30"),
        "notifications, a kind that never came": (READER, "/api/v1/notifications?types[]=poll&limit=30"),
        "notifications in groups": (READER, "/api/v2/notifications?limit=40"),
        "notifications unread": (READER, "/api/v1/notifications/unread_count"),
        "notification groups unread": (READER, "/api/v2/notifications/unread_count"),
        "notification policy": (READER, "/api/v2/notifications/policy"),
        "conversations": (READER, "/api/v1/conversations?limit=20"),
        "bookmarks": (READER, "/api/v1/bookmarks?limit=20"),
        "favourites": (READER, "/api/v1/favourites?limit=20"),
        "search, a common word": (READER, "/api/v2/search?q=oven&type=statuses"),
        "search, a rare word": (READER, "/api/v2/search?q=w4242&type=statuses"),
        "search, two words": (READER, "/api/v2/search?q=oven+v321&type=statuses"),
        "search, a word nobody wrote": (READER, "/api/v2/search?q=unheardof&type=statuses"),
        "search, a phrase": (READER, "/api/v2/search?q=%22few+more+words%22&type=statuses"),
        "search, from somebody": (READER, f"/api/v2/search?q=from:person_{cast.GROUPS + 25}+oven&type=statuses"),
        "search, from me": (READER, "/api/v2/search?q=from:me&type=statuses&limit=1"),
        "search, in a group": (READER, "/api/v2/search?q=oven+in:group_3&type=statuses"),
        "search, with media": (READER, "/api/v2/search?q=oven+has:media&type=statuses"),
        "search, tags": (READER, "/api/v2/search?q=tag1&type=hashtags"),
        "search, people": (READER, "/api/v2/search?q=person_777&type=accounts"),
        "search, an address": (READER, "/api/v2/search?q=https://x.example/@person/1&type=statuses"),
        "search, all": (READER, "/api/v2/search?q=oven"),
        "search accounts": (READER, "/api/v1/accounts/search?q=person"),
        "look up": (READER, f"/api/v1/accounts/lookup?acct=group_{BUSY}"),
        "trends, tags": (READER, "/api/v1/trends/tags"),
        "trends, statuses": (READER, "/api/v1/trends/statuses"),
        "trends, links": (READER, "/api/v1/trends/links"),
        "suggestions": (READER, "/api/v2/suggestions"),
        "directory": (READER, "/api/v1/directory?order=active&limit=40"),
        "directory, the newest": (READER, "/api/v1/directory?order=new&local=true&limit=40"),
        "instance": (VISITOR, "/api/v2/instance"),
        "instance, version 1": (VISITOR, "/api/v1/instance"),
        "peers": (VISITOR, "/api/v1/instance/peers"),
        "peers, found": (READER, "/api/v1/peers/search?q=h12"),
        "nodeinfo": (VISITOR, "/nodeinfo/2.0"),
        "a tag": (READER, "/api/v1/tags/ovens"),
        "own featured tags, suggested": (READER, "/api/v1/featured_tags/suggestions"),
        "custom emojis": (VISITOR, "/api/v1/custom_emojis"),
        "lists": (READER, "/api/v1/lists"),
        "markers": (READER, "/api/v1/markers?timeline[]=home&timeline[]=notifications"),
        "credentials": (READER, "/api/v1/accounts/verify_credentials"),
        "administered accounts": (OWNER, "/api/v2/admin/accounts?limit=40"),
        "administered accounts elsewhere": (OWNER, "/api/v2/admin/accounts?origin=remote&limit=40"),
        "administered accounts, by name": (OWNER, "/api/v2/admin/accounts?username=person_7&limit=40"),
        "administered reports": (OWNER, "/api/v1/admin/reports"),
    }  # fmt: skip
    asked = {name: Asked(who, path) for name, (who, path) in pages.items()}
    documents = {
        "outbox": f"/groups/group_{BUSY}/outbox",
        "outbox, a page": f"/groups/group_{BUSY}/outbox?page=true",
        "followers": f"/groups/group_{HUGE}/followers",
        "followers, a page": f"/groups/group_{HUGE}/followers?page=1",
        "object": f"/p/{root}",
        "replies": f"/p/{root}/replies",
        "replies of 10,000": f"/p/{long}/replies",
        "conversation": f"/t/{long}",
        "group as others read it": f"/groups/group_{BUSY}",
    }
    asked |= {
        f"document: {name}": Asked(VISITOR, path, "application/activity+json") for name, path in documents.items()
    }
    shown = {
        "front": "/",
        "about": "/about",
        "group": f"/@group_{BUSY}",
        "group's oldest": f"/@group_{cast.QUIET.start}",
        "person": f"/@person_{cast.GROUPS + 25}",
        "thread": f"/@person_{cast.GROUPS + 50}/{long}",
        "groups": "/groups",
        "tag": "/tags/ovens",
    }
    asked |= {f"page: {name}": Asked(VISITOR, path, "text/html") for name, path in shown.items()}
    at_home = {
        "home, by group": (READER, "/home?by=group"),
        "home, by time": (READER, "/home?by=time"),
        "home of quiet groups": (QUIET_READER, "/home"),
        "notices": (READER, "/notifications"),
        "home in a hundred groups": (OWNER, "/home?by=group"),
        "thread of a hundred replies": (OWNER, f"/@person_{cast.ASKER}/{cast.HUNDRED}"),
        "compose": (OWNER, "/compose"),
        "settings of a group": (OWNER, f"/@group_{BUSY}/settings"),
        "held in a group": (OWNER, f"/@group_{BUSY}/held"),
        "log of a group": (OWNER, f"/@group_{BUSY}/log"),
        "reports": (OWNER, "/reports"),
    }
    at_home |= {f"/admin{path}": (OWNER, f"/admin{path}") for path in bench_pages.ADMIN}
    return asked | {f"page: {name}": Asked(who, path, "text/html") for name, (who, path) in at_home.items()}


async def _session(here: Instance, who: int) -> str:
    async with here.db() as db:
        return await sessions.begin(db, who, user_agent="Browser", address="203.0.113.1", now=here.site.now())


@asynccontextmanager
async def apps(here: Instance) -> AsyncGenerator[Mapping[int, httpx.AsyncClient]]:
    """An app for each of the cast, and a visitor."""
    port = here.site.config.listen.port
    people = (READER, QUIET_READER, NEW_READER, TAG_READER, KEEN_READER, OWNER)
    async with here.site.read() as db:
        known = await lookup.by_ids(db, people)
    made: dict[int, httpx.AsyncClient] = {}
    for who in (VISITOR, *people):
        headers = {"Host": cast.DOMAIN}
        if who != VISITOR:
            headers["Authorization"] = f"Bearer {await here.token(known[who], SCOPES)}"
            headers["Cookie"] = f"{cookie_name(here.site)}={await _session(here, who)}"
        made[who] = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=PATIENCE, trust_env=False
        )
    try:
        yield made
    finally:
        for client in made.values():
            await client.aclose()
