"""After a fault: the same posts everywhere, nothing twice, nothing stuck, every counter right.

Reads the databases of all instances and believes nothing that these say over HTTP. Texts of a test are all different,
so that one text at two addresses is a post that was made twice.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from fedcomm.database import Connection, Down, Pool
from fedcomm.threads import recounting
from tests.running import until


class Kept(NamedTuple):
    """A post as an instance keeps it, in words that are the same everywhere."""

    author: str
    parent: str | None
    root: str
    group: str | None
    title: str | None
    html: str
    edited: bool


# What answers a deleted post stands below the root where that post never was.
_POSTS = """
    SELECT post.uri, author.uri AS author,
           CASE WHEN parent.id IS NULL OR parent.state = 'visible' THEN parent.uri ELSE root.uri END AS parent,
           root.uri AS root, home.uri AS "group", post.title, post.content_html AS html,
           post.edited_at IS NOT NULL AS edited
      FROM post
      JOIN account author ON author.id = post.author_id
      JOIN post root ON root.id = post.thread_id
 LEFT JOIN post parent ON parent.id = post.parent_id
 LEFT JOIN account home ON home.id = post.group_id
     WHERE post.state = 'visible'
"""

WAITS = {
    "accepted activities": """
        SELECT activity_type || ' ' || attempts || '/' || waits || ' ' || coalesce(last_error, '') || ' due ' || due_at
          FROM inbox_item WHERE state = 'waiting'
    """,
    "facts": "SELECT type FROM fact WHERE expanded_at IS NULL",
    "consequences": """
        SELECT name || ' ' || attempts || ' ' || coalesce(last_error, '') FROM consequence WHERE failed_at IS NULL
    """,
    "deliveries": "SELECT authority || ' ' || attempts || ' ' || coalesce(last_error, '') FROM pending_delivery",
}
"""What is still to be done, and why it is not done yet. All of it ends by itself."""

_STUCK = {
    "activities that were given up": "SELECT count(*) FROM inbox_item WHERE state = 'failed'",
    "consequences that were given up": "SELECT count(*) FROM consequence WHERE failed_at IS NOT NULL",
    "deliveries that were given up": "SELECT count(*) FROM failed_delivery",
    "peers that are leased for nothing": "SELECT count(*) FROM delivery_peer WHERE lease_token IS NOT NULL",
    "peers called for nothing": "SELECT count(*) FROM delivery_peer WHERE ready_at IS NOT NULL",
    "posts without their parent": "SELECT count(*) FROM post WHERE parent_id IS NULL AND parent_uri IS NOT NULL",
    "posts without their root": """
        SELECT count(*) FROM post WHERE NOT EXISTS (SELECT FROM post root WHERE root.id = post.thread_id)
    """,
    "follows nobody answered": "SELECT count(*) FROM follow WHERE state <> 'accepted'",
    "carries nobody answered": "SELECT count(*) FROM carry WHERE state = 'requested'",
}

_TWICE = {
    "posts": """
        SELECT min(uri) FROM post WHERE state = 'visible' GROUP BY author_id, content_html HAVING count(*) > 1
    """,
    "accounts": "SELECT min(uri) FROM account GROUP BY handle_key, authority HAVING count(*) > 1",
    "notifications": """
        SELECT min(type || ' ' || coalesce(post_id, 0)) FROM notification
         GROUP BY account_id, type, from_account_id, post_id HAVING count(*) > 1
    """,
    "boosts": "SELECT min(post_id)::text FROM boost GROUP BY account_id, post_id HAVING count(*) > 1",
    "activities made": """
        SELECT min(uri) FROM activity WHERE type = 'Create' GROUP BY actor_id, post_id HAVING count(*) > 1
    """,
}


async def all_whole(
    databases: Mapping[str, Pool], *, within: float = 60.0, posts: Iterable[str] | None = None
) -> dict[str, Kept]:
    """Wait until nothing waits anywhere; then all must have the same visible posts (just these, when given), none
    twice, and nothing may be stuck or counted wrong. Returns the posts. Raises AssertionError saying where and what.
    """
    await quiet(databases, within=within)
    found = {name: await posts_at(pool) for name, pool in databases.items()}
    wanted = set(posts) if posts is not None else {uri for kept in found.values() for uri in kept}
    complaints = [complaint for name, pool in databases.items() for complaint in await complaints_at(name, pool)]
    (first, model), *others = found.items()
    for name, kept in found.items():
        complaints += [f"{name} lacks {uri}" for uri in sorted(wanted - kept.keys())]
        complaints += [f"{name} has {uri} which nobody wrote" for uri in sorted(kept.keys() - wanted)]
    for name, kept in others:
        both = model.keys() & kept.keys()
        complaints += [
            f"{uri}: {kept[uri]} at {name}, {model[uri]} at {first}" for uri in both if kept[uri] != model[uri]
        ]
    if complaints:
        complaints += [line for name, pool in databases.items() for line in await _explanations(name, pool)]
    assert not complaints, "\n".join(complaints)
    return model


async def quiet(databases: Mapping[str, Pool], *, within: float = 60.0) -> None:
    """Wait until nothing waits anywhere, twice in a row: what one has done may have made work for another."""

    async def look() -> dict[str, dict[str, list[str]]]:
        return {name: left for _ in range(2) for name, pool in databases.items() if (left := await waiting(pool))}

    await until(look, lambda left: not left, within=within, what="still waits")


async def waiting(pool: Pool) -> dict[str, list[str]]:
    """What waits at an instance, by kind; empty when nothing does."""
    try:
        async with pool.connection() as db:
            found = {what: [str(row[0]) for row in await db.fetch(query)] for what, query in WAITS.items()}
    except Down as down:
        return {"the database": [str(down)]}
    return {what: each for what, each in found.items() if each}


async def posts_at(pool: Pool) -> dict[str, Kept]:
    """The visible posts of an instance, by uri."""
    async with pool.connection() as db:
        return {row["uri"]: Kept(*list(row)[1:]) for row in await db.fetch(_POSTS)}


async def complaints_at(name: str, pool: Pool) -> list[str]:
    """What is stuck, twice or counted wrong at one instance, in words."""
    async with pool.connection() as db:
        stuck = {what: await _count(db, query) for what, query in _STUCK.items()}
        twice = {what: await db.fetch(query) for what, query in _TWICE.items()}
        drifts = await recounting.recount(db)
    return [
        *(f"{name} has {count} {what}" for what, count in stuck.items() if count),
        *(f"{name} has twice among {what}: {[row[0] for row in rows]}" for what, rows in twice.items() if rows),
        *(f"{name} counts wrong: {drift}" for drift in drifts),
    ]


async def _explanations(name: str, pool: Pool) -> list[str]:
    """What had no effect or was given up, and why: shown when something is wrong."""
    async with pool.connection() as db:
        rows = await db.fetch(
            """
            SELECT 'dropped ' || activity_type || ' ' || coalesce(activity_uri, '') || ': ' || reason
              FROM dropped_activity
             UNION ALL
            SELECT 'gave up ' || activity_type || ' after ' || attempts || ': ' || last_error
              FROM inbox_item WHERE state = 'failed'
             UNION ALL
            SELECT 'gave up ' || name || ' after ' || attempts || ': ' || last_error
              FROM consequence WHERE failed_at IS NOT NULL
            """
        )
    return [f"{name} {row[0]}" for row in rows]


async def _count(db: Connection, query: str) -> int:
    found: int = await db.fetchval(query)
    return found
