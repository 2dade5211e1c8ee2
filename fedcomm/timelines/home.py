"""Home: what reaches somebody, each thread once (D7, D38).

Entries are own posts, posts and boosts of people one follows, threads announced by groups one has joined, public posts
with tags one follows, and replies to oneself; nothing by whom one has muted or blocked. When a post could come several
ways, the earliest is its entry and the query leaves the others out, on whichever page they would be; a tag is a way
only where there is no other. Other replies never appear.

Most pages are full of what is newest here at all, so that is looked through first, then more of it; what it leaves open
is gathered from each source. Who follows tags has the latter only.
"""

from collections import OrderedDict
from collections.abc import Collection
from typing import NamedTuple, Protocol

from fedcomm.accounts.blocks import unwelcome
from fedcomm.database import Connection, Row
from fedcomm.threads import volatile
from fedcomm.threads.audience import author_is_heard, reaches_home
from fedcomm.threads.volatile import Accounts, Posts
from fedcomm.timelines.cursor import Cursor, Entry, in_rounds

WINDOWS = (4, 32)
"""So many times the entries of a page are looked at of the newest posts and boosts, before the sources are asked."""


SPARE = 4
"""So many more are looked at than a page holds, as some are left out."""


SKIPPED = 30
"""So many pages begin at once with the way that filled somebody's home, before a quicker one is tried again."""
MOST_REMEMBERED = 10_000


class Habits:
    """Which way filled somebody's home, 0 the quickest. Only a matter of speed: forgotten, it is found out again."""

    def __init__(self) -> None:
        self._ways: OrderedDict[int, tuple[int, int]] = OrderedDict()

    def first_way(self, viewer_id: int) -> int:
        """The way to begin with, as quicker ones would be in vain."""
        way, left = self._ways.pop(viewer_id, (0, 0))
        if way and left == 0:
            return way - 1
        if way:
            self._ways[viewer_id] = way, left - 1
        return way

    def fell_short(self, viewer_id: int, way: int) -> None:
        """This way did not fill their page."""
        self._ways[viewer_id] = way + 1, SKIPPED
        if len(self._ways) > MOST_REMEMBERED:
            self._ways.popitem(last=False)


class Window(NamedTuple):
    """Which entries of a home: between two ids, so many."""

    below: int
    above: int
    limit: int


class Reader(Protocol):
    """Who reads homes."""

    async def read(self, way: int, viewer_id: int, window: Window, *, is_upwards: bool) -> list[Row]:
        """The rows of one way, as `cursor.in_rounds` takes them. Raises database.Down."""
        ...


class Alone:
    """One home for each statement."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    async def read(self, way: int, viewer_id: int, window: Window, *, is_upwards: bool) -> list[Row]:
        """The rows of one way."""
        return await self._db.fetch((_UP_WAYS if is_upwards else _WAYS)[way], viewer_id, *window)


async def page(db: Connection, viewer_id: int, *, cursor: Cursor) -> list[Entry]:
    """A page of somebody's home, newest first."""
    entries, _, _ = await whole_page(Alone(db), viewer_id, cursor=cursor)
    return entries


async def whole_page(
    reader: Reader, viewer_id: int, *, cursor: Cursor, habits: Habits | None = None
) -> tuple[list[Entry], Posts, Accounts]:
    """The same with all that `volatile.read` would tell of its posts and accounts, read by the same statement (D63)."""
    way = habits.first_way(viewer_id) if habits is not None else 0
    read: list[Row] = []

    async def ask(below: int, above: int, limit: int) -> list[Row]:
        nonlocal way
        if read and way < LAST_WAY:
            if habits is not None:
                habits.fell_short(viewer_id, way)
            way += 1
        rows = await reader.read(way, viewer_id, Window(below, above, limit), is_upwards=cursor.is_upwards)
        read.extend(rows)
        return rows

    entries = await in_rounds(cursor, ask)
    return entries, *volatile.sorted_out(read)


def _statement(candidates: str, *, upwards: bool, tagged: bool) -> str:
    """From candidates with their horizon to entries. $1: whose home; $2, $3: between these ids; $4: how many.

    `candidates` gives `candidate` and `horizon`, for a page that goes down; with `is_tagged` if `tagged`.
    """
    is_tagged = "c.is_tagged" if tagged else "false"
    down = f"""
    WITH {_SOURCE}, {candidates}, near AS MATERIALIZED (
        SELECT *
          FROM candidate
         WHERE id >= COALESCE((SELECT id FROM horizon), id)
      ORDER BY id DESC
         LIMIT $4 + {SPARE}
    ), seen AS MATERIALIZED (
        SELECT greatest((SELECT id FROM horizon), CASE WHEN count(*) = $4 + {SPARE} THEN min(id) END) AS id
          FROM near
    ), entry AS MATERIALIZED (
        SELECT c.id, c.post_id, c.boost_id, c.by_id, {volatile.of_post("$1", "ARRAY(SELECT post_id FROM near)")}
          FROM near c
          JOIN post p ON p.id = c.post_id
          JOIN account a ON a.id = p.author_id
         WHERE {reaches_home("$1", "p", "a")}
           AND p.author_id NOT IN (SELECT id FROM unwelcome)
           AND (c.boost_id IS NULL OR {author_is_heard("c.by_id")})
           AND (p.parent_author_id = $1 OR {is_tagged} OR {_reaches("c.by_id", "p")})
           {_ONLY_BY_TAG if tagged else ""}
           AND (c.boost_id IS NOT NULL
                OR p.thread_id = p.id
                OR p.group_id IS NOT NULL
                OR {_is_source("p.author_id")})
           AND NOT (c.boost_id IS NOT NULL
                    AND c.id > p.id
                    AND (COALESCE(p.parent_author_id = $1, false)
                         OR (p.thread_id = p.id
                             AND p.parent_uri IS NULL
                             AND {_reaches("p.author_id", "p")})))
           AND NOT EXISTS (SELECT
                             FROM boost earlier
                            WHERE earlier.post_id = c.post_id
                              AND earlier.id < c.id
                              AND {_is_source("earlier.account_id", "WHERE show_boosts")}
                              AND {_reaches("earlier.account_id", "p")}
                              AND {author_is_heard("earlier.account_id")})
      ORDER BY c.id DESC
         LIMIT $4
    )
    SELECT id, post_id, boost_id, by_id, NULL::bigint AS horizon, {volatile.COLUMNS}
      FROM entry
 UNION ALL
    SELECT NULL, NULL, NULL, NULL, NULL, {volatile.of_account()}
      FROM account a
     WHERE a.id IN (SELECT by_id FROM entry WHERE boost_id IS NOT NULL)
 UNION ALL
    SELECT NULL, NULL, NULL, NULL, seen.id, {volatile.NOTHING}
      FROM seen
     WHERE seen.id IS NOT NULL
"""
    return _turned(down) if upwards else down


def _turned(down: str) -> str:
    """The statement for pages that begin at `min_id`, from the one for pages that go down."""
    for word, other in (
        ("DESC", "ASC"),
        ("max(id)", "min_(id)"),
        ("min(id)", "max(id)"),
        ("min_(id)", "min(id)"),
        (_EDGE, "_EDGE_"),
        (_FAR_EDGE, _EDGE),
        ("_EDGE_", _FAR_EDGE),
        ("greatest(", "least("),
        ("id >= COALESCE", "id <= COALESCE"),
        ("id >= (SELECT", "id <= (SELECT"),
    ):
        down = down.replace(word, other)
    return down


def _is_source(account: str, more: str = "") -> str:
    """A condition: somebody is a source. Not a join, whose order the database would guess wrong: one look-up each."""
    return f"(({account} IN (SELECT account_id FROM source {more})) IS TRUE)"


def _reaches(account: str, post: str) -> str:
    """A condition: somebody is a source of this home, for posts in the language of this one."""
    return f"""({_is_source(account, "WHERE languages IS NULL")}
                OR EXISTS (SELECT
                             FROM source choosy
                            WHERE choosy.account_id = {account}
                              AND ({post}.language IS NULL OR {post}.language = ANY(choosy.languages))))"""


_ONLY_BY_TAG = f"""AND (NOT c.is_tagged
                OR (NOT {_reaches("p.author_id", "p")}
                    AND NOT EXISTS (SELECT
                                      FROM boost brought
                                     WHERE brought.post_id = c.post_id
                                       AND {_is_source("brought.account_id", "WHERE show_boosts")}
                                       AND {_reaches("brought.account_id", "p")}
                                       AND {author_is_heard("brought.account_id")})))"""

_SOURCE = f"""unwelcome AS MATERIALIZED (
        SELECT id
          FROM {unwelcome("$1")} hidden
    ), source AS MATERIALIZED (
        SELECT followee_id AS account_id, show_boosts, languages
          FROM follow
         WHERE follower_id = $1
           AND state = 'accepted'
           AND followee_id NOT IN (SELECT id
                                     FROM unwelcome
                                UNION ALL
                                   SELECT group_id
                                     FROM group_list_setting
                                    WHERE account_id = $1 AND is_exclusive
                                UNION ALL
                                   SELECT m.account_id
                                     FROM own_list l
                                     JOIN own_list_member m ON m.list_id = l.id
                                    WHERE l.account_id = $1 AND l.is_exclusive)
     UNION ALL
        SELECT $1, false, NULL
    )"""

_ANSWERS = """(SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id, post.author_id AS by_id,
                row_number() OVER (ORDER BY post.id DESC) AS place
           FROM post
          WHERE post.parent_author_id = $1
            AND post.state = 'visible'
            AND post.id < $2
            AND post.id > $3
       ORDER BY post.id DESC
          LIMIT $4)"""

_EDGE = "$2::bigint"
"""Where a page that goes down begins."""

_FAR_EDGE = "$3::bigint"

_STARTS = "post.thread_id = post.id AND post.parent_uri IS NULL AND post.state = 'visible'"

_NO_TAGS = "(SELECT NOT does FROM follows_tags)"

_NEWEST = f"""follows_tags AS MATERIALIZED (
        SELECT EXISTS (SELECT FROM tag_follow followed WHERE followed.account_id = $1) AS does
    ), newest_post AS MATERIALIZED (
        SELECT post.id, post.author_id AS by_id
          FROM post
         WHERE {_STARTS}
           AND post.id > 0
           AND post.id < $2
           AND post.id > $3
           AND {_NO_TAGS}
      ORDER BY post.id DESC
         LIMIT _EACH_ * $4
    ), newest_boost AS MATERIALIZED (
        SELECT boost.id, boost.post_id, boost.account_id AS by_id
          FROM boost
         WHERE boost.id < $2
           AND boost.id > $3
           AND {_NO_TAGS}
      ORDER BY boost.id DESC
         LIMIT _EACH_ * $4
    ), answer AS MATERIALIZED {_ANSWERS}, candidate AS (
        SELECT id, id AS post_id, NULL::bigint AS boost_id, by_id
          FROM newest_post
         WHERE {_is_source("by_id")}
     UNION ALL
        SELECT id, post_id, id, by_id
          FROM newest_boost
         WHERE {_is_source("by_id", "WHERE show_boosts")}
     UNION ALL
        SELECT id, post_id, boost_id, by_id
          FROM answer
         WHERE {_NO_TAGS}
    ), horizon AS (
        SELECT max(id) AS id
          FROM (SELECT min(id) AS id FROM newest_post HAVING count(*) = _EACH_ * $4
             UNION ALL
                SELECT min(id) FROM newest_boost HAVING count(*) = _EACH_ * $4
             UNION ALL
                SELECT min(id) FROM answer HAVING count(*) = $4
             UNION ALL
                SELECT {_EDGE} WHERE NOT {_NO_TAGS}) ends
    )"""

_SOURCES = f"""head AS MATERIALIZED (
        SELECT source.account_id, source.show_boosts,
               greatest((SELECT post.id
                           FROM post
                          WHERE post.author_id = source.account_id
                            AND {_STARTS}
                            AND post.id < $2
                            AND post.id > $3
                       ORDER BY post.id DESC
                          LIMIT 1),
                        (SELECT boost.id
                           FROM boost
                          WHERE boost.account_id = source.account_id
                            AND source.show_boosts
                            AND boost.id < $2
                            AND boost.id > $3
                       ORDER BY boost.id DESC
                          LIMIT 1)) AS id
          FROM source
    ), cut AS MATERIALIZED (
        SELECT id
          FROM head
         WHERE id IS NOT NULL
      ORDER BY id DESC
        OFFSET $4 + {SPARE}
         LIMIT 1
    ), bound AS MATERIALIZED (
        SELECT COALESCE((SELECT id FROM cut), {_FAR_EDGE}) AS id
    ), candidate AS MATERIALIZED (
        SELECT way.id, way.post_id, way.boost_id, head.account_id AS by_id, way.place, false AS is_tagged
          FROM head
    CROSS JOIN LATERAL ((SELECT post.id, post.id AS post_id, NULL::bigint AS boost_id,
                                row_number() OVER (ORDER BY post.id DESC) AS place
                           FROM post
                          WHERE post.author_id = head.account_id
                            AND {_STARTS}
                            AND post.id < $2
                            AND post.id > $3
                            AND post.id >= (SELECT id FROM bound)
                       ORDER BY post.id DESC
                          LIMIT $4)
                      UNION ALL
                        (SELECT boost.id, boost.post_id, boost.id,
                                row_number() OVER (ORDER BY boost.id DESC)
                           FROM boost
                          WHERE boost.account_id = head.account_id
                            AND head.show_boosts
                            AND boost.id < $2
                            AND boost.id > $3
                            AND boost.id >= (SELECT id FROM bound)
                       ORDER BY boost.id DESC
                          LIMIT $4)) way
         WHERE head.id >= (SELECT id FROM bound)
     UNION ALL
        SELECT answer.*, false
          FROM {_ANSWERS} answer
     UNION ALL
        SELECT tagged.id, tagged.id, NULL, tagged.author_id, tagged.place, true
          FROM tag_follow followed
    CROSS JOIN LATERAL (SELECT post.id, post.author_id, row_number() OVER (ORDER BY named.post_id DESC) AS place
                          FROM post_tag named
                    CROSS JOIN LATERAL (SELECT one.id, one.author_id
                                          FROM post one
                                         WHERE one.id = named.post_id
                                           AND one.audience = 'public'
                                           AND one.state = 'visible'
                                           AND one.thread_id = one.id
                                           AND one.parent_uri IS NULL
                                        OFFSET 0) post
                         WHERE named.tag = followed.tag
                           AND named.post_id < $2
                           AND named.post_id > $3
                           AND NOT EXISTS (SELECT
                                             FROM post_tag twice
                                             JOIN tag_follow other ON other.tag = twice.tag
                                            WHERE twice.post_id = named.post_id
                                              AND twice.tag < named.tag
                                              AND other.account_id = $1)
                      ORDER BY named.post_id DESC
                         LIMIT $4) tagged
         WHERE followed.account_id = $1
    ), horizon AS (
        SELECT max(id) AS id
          FROM (SELECT id FROM candidate WHERE place = $4
             UNION ALL
                SELECT id FROM cut) ends
    )"""
"""Of those sources alone whose newest is among the newest of all: what the others have lies below."""

_WAYS, _UP_WAYS = (
    [
        *(_statement(_NEWEST.replace("_EACH_", str(each)), upwards=upwards, tagged=False) for each in WINDOWS),
        _statement(_SOURCES, upwards=upwards, tagged=True),
    ]
    for upwards in (False, True)
)


LAST_WAY = len(_WAYS) - 1
"""Its statement looks at as many sources as somebody has."""


def of_many(way: int, *, is_upwards: bool) -> str:
    """The statement for the homes of many at once: $1, $2, $3 are arrays, `number` says whose a row is, from 1 on."""
    return (_UP_WAYS_OF_MANY if is_upwards else _WAYS_OF_MANY)[way]


_FOR_MANY = """
    SELECT asked.number, found.*
      FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])
           WITH ORDINALITY AS asked (viewer_id, below, above, number)
CROSS JOIN LATERAL (_HOME_) found
"""


def _for_many(one: str) -> str:
    for place, name in (("$1", "asked.viewer_id"), ("$2", "asked.below"), ("$3", "asked.above")):
        one = one.replace(place, name)
    return _FOR_MANY.replace("_HOME_", one)


_WAYS_OF_MANY, _UP_WAYS_OF_MANY = ([_for_many(one) for one in ways] for ways in (_WAYS, _UP_WAYS))


async def whose_home(db: Connection, viewer_ids: Collection[int], entry_id: int) -> set[int]:
    """In whose home, of these people, an entry stands: what `page` would show them, for many at once (D38)."""
    rows = await db.fetch(_OF_MANY, list(viewer_ids), entry_id + 1, entry_id - 1, 1)
    return {row["viewer_id"] for row in rows}


_OF_MANY = """
    WITH this AS MATERIALIZED (
        SELECT account_id, NULL::bigint AS parent_author_id FROM boost WHERE id = $3::bigint + 1
     UNION ALL
        SELECT author_id, parent_author_id FROM post WHERE id = $3::bigint + 1
    )
    SELECT viewer.id AS viewer_id
      FROM unnest($1::bigint[]) AS viewer (id)
CROSS JOIN LATERAL (_HOME_) reached
     WHERE reached.id IS NOT NULL
       AND EXISTS (SELECT
                     FROM this
                    WHERE viewer.id IN (this.account_id, this.parent_author_id)
                       OR EXISTS (SELECT
                                    FROM follow near
                                   WHERE near.follower_id = viewer.id AND near.followee_id = this.account_id)
                       OR EXISTS (SELECT
                                    FROM post_tag named
                                    JOIN tag_follow followed ON followed.tag = named.tag
                                   WHERE named.post_id = $3::bigint + 1 AND followed.account_id = viewer.id))
""".replace("_HOME_", _WAYS[-1].replace("$1", "viewer.id"))
