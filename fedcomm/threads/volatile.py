"""What changes often about the posts of a page and about the accounts on it, in one statement.

The versions come with it, so that an encoded copy of an old text is never served by any process (D63). A query that
finds the posts of a page may read all this itself: it selects `of_post` and `of_account`; its rows are `sorted_out`.
"""

from collections.abc import Collection, Iterable

from fedcomm.database import Connection, Row

NOBODY, EVERYBODY, FOLLOWERS = 0, 1, 2
FAVOURITED, BOOSTED, BOOKMARKED, PINNED, MUTED, FILTERING, ASKING = 1, 2, 4, 8, 16, 32, 64


Posts = dict[int, Row]
"""By id: `version`, `account_id`, `replies_count`, `boosts_count`, `favourites_count`, and `marks`: what the viewer did
with it, the sum of FAVOURITED, BOOSTED, BOOKMARKED, PINNED and MUTED (its thread); and of FILTERING: the
viewer has filters; and of ASKING: it has a poll. `quotes_count`, `is_quote`, `quotable_by` (NOBODY, EVERYBODY or
FOLLOWERS), `may_quote` (the viewer; NULL for visitors)."""
Accounts = dict[int, Row]
"""By id: `account_version`, `followers_count`, `following_count`, `posts_count`, `last_post_on` (a date, or None)."""


async def read(
    db: Connection, post_ids: Collection[int], account_ids: Collection[int], viewer_id: int | None
) -> tuple[Posts, Accounts]:
    """These posts, and their authors with further accounts; what does not exist is left out.

    Rows as they come from the database: a page is read some hundred times a second.
    """
    return sorted_out(await db.fetch(_WITH_MARKS if viewer_id is not None else _BARE, post_ids, account_ids, viewer_id))


def sorted_out(rows: Iterable[Row]) -> tuple[Posts, Accounts]:
    """Rows of `of_post` and `of_account`, by id of the post and of the account."""
    found = [row for row in rows if row["account_id"] is not None]
    return {row["shown_id"]: row for row in found if row["shown_id"] is not None}, {
        row["account_id"]: row for row in found
    }


def of_post(viewer: str | None, ids: str) -> str:
    """The columns about a post `p` by an account `a`, for a viewer (a parameter) or a visitor (None).

    `ids`: an array with the ids of all posts of the statement, so that what the viewer did is read once for all.
    """
    return f"""p.id AS shown_id, a.id AS account_id, p.version, p.replies_count, p.boosts_count, p.favourites_count,
           64 * (p.object_type = 'Question')::int{_marks(viewer, ids) if viewer else ""} AS marks,
           p.quotes_count, p.is_quote,
           CASE WHEN p.audience NOT IN ('public', 'unlisted') OR p.quote_policy = 'nobody' THEN 0
                WHEN p.quote_policy = 'public' THEN 1
                ELSE 2 END AS quotable_by, {may_quote(viewer) if viewer else "NULL::boolean"} AS may_quote,
           a.version AS account_version, a.followers_count, a.following_count, a.posts_count,
           (a.last_post_at AT TIME ZONE 'UTC')::date AS last_post_on"""


def of_account() -> str:
    """The same columns about an account `a` alone."""
    return """NULL, a.id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           a.version, a.followers_count, a.following_count, a.posts_count,
           (a.last_post_at AT TIME ZONE 'UTC')::date"""


COLUMNS = """shown_id, account_id, version, replies_count, boosts_count, favourites_count, marks, quotes_count,
           is_quote, quotable_by, may_quote, account_version, followers_count, following_count, posts_count,
           last_post_on"""
"""Their names."""

NOTHING = ", ".join(["NULL"] * 16)
"""The same columns about nothing."""


def _marks(viewer: str, ids: str) -> str:
    return f"""
           + (p.id IN (SELECT post_id FROM favourite WHERE account_id = {viewer} AND post_id = ANY({ids})))::int
           + 2 * (p.id IN (SELECT post_id FROM boost WHERE account_id = {viewer} AND post_id = ANY({ids})))::int
           + 4 * (p.id IN (SELECT post_id FROM bookmark WHERE account_id = {viewer} AND post_id = ANY({ids})))::int
           + 8 * (p.id IN (SELECT post_id FROM pin WHERE account_id = {viewer}))::int
           + 16 * (p.thread_id IN (SELECT thread_id FROM thread_mute WHERE account_id = {viewer}))::int
           + 32 * EXISTS (SELECT FROM filter WHERE filter.account_id = {viewer})::int"""


def may_quote(viewer: str) -> str:
    """A condition on rows `p` of `post`: what `quoting.may_quote` decides, but for blocks, for many posts at once."""
    return f"""CASE WHEN p.author_id = {viewer} THEN p.audience <> 'direct'
                WHEN p.audience NOT IN ('public', 'unlisted') OR p.quote_policy = 'nobody' THEN false
                WHEN p.quote_policy = 'public' THEN true
                ELSE EXISTS (SELECT
                               FROM follow
                              WHERE follower_id = {viewer} AND followee_id = p.author_id AND state = 'accepted')
           END"""


_FOR_VISITORS, _FOR_VIEWER, _ACCOUNT = of_post(None, "$1::bigint[]"), of_post("$3", "$1::bigint[]"), of_account()

_BARE = f"""
    SELECT {_FOR_VISITORS}
      FROM post p
      JOIN account a ON a.id = p.author_id
     WHERE p.id = ANY($1::bigint[]) AND $3::bigint IS NULL
 UNION ALL
    SELECT {_ACCOUNT}
      FROM account a
     WHERE a.id = ANY($2::bigint[])
"""
_WITH_MARKS = f"""
    SELECT {_FOR_VIEWER}
      FROM post p
      JOIN account a ON a.id = p.author_id
     WHERE p.id = ANY($1::bigint[])
 UNION ALL
    SELECT {_ACCOUNT}
      FROM account a
     WHERE a.id = ANY($2::bigint[])
"""
