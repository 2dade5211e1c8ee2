"""Who may read a post, as one SQL condition that every query uses; and which servers it goes to (D11, D30, D31)."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from fedcomm.accounts.blocks import lets_read
from fedcomm.database import Connection
from fedcomm.network.judged import is_judged
from fedcomm.permissions import INSTANCE_TABLE, roles_that_may

PUBLIC = ("public", "unlisted")
"""Audiences that anybody may read."""

WIDTH = {"public": 0, "unlisted": 1, "network": 2, "group": 3, "local": 3, "followers": 4, "direct": 5}
"""A reply never reaches further than what it answers; greater is narrower."""

_CARERS = ", ".join(f"'{role}'" for role in roles_that_may("remove post"))
_STAFF = ", ".join(f"'{role}'" for role in sorted(INSTANCE_TABLE["remove posts"]))
_READERS = ", ".join(f"'{role}'" for role in roles_that_may("read group threads"))


def visible_to(viewer: str, post: str = "post", *, author: str | None = None) -> str:
    """A condition on rows of `post` that holds for posts that the viewer may read.

    `viewer` is the parameter with the id of an account, or NULL for a visitor: `visible_to("$2")`. `author`: the row of
    the author's account, where a query has it anyway. Who is blocked by an
    author does not see what that author writes outside groups; in a group it is the group who decides. Source: product
    26; S089-S099, S105; decisions D30, D33, D61.
    """
    me = f"{viewer}::bigint"
    return f"""(
        ({post}.state = 'visible'
         AND ({_is_for(me, post)} OR {post}.author_id = {me})
         AND ({post}.group_id IS NOT NULL OR {lets_read(me, f"{post}.author_id")})
         AND {author_is_heard(f"{post}.author_id") if author is None else f"NOT ({_is_shut(author)})"})
        OR ({post}.state IN ('held', 'removed')
            AND ({post}.author_id = {me}
                 OR EXISTS (SELECT
                              FROM membership carer
                             WHERE carer.group_id = {post}.group_id
                               AND carer.member_id = {me}
                               AND carer.state = 'active'
                               AND carer.role IN ({_CARERS}))
                 OR (({post}.group_id IS NULL OR EXISTS (SELECT FROM first_look WHERE post_id = {post}.id))
                     AND EXISTS (SELECT
                                   FROM login staff
                                  WHERE staff.account_id = {me}
                                    AND staff.state = 'active'
                                    AND staff.role IN ({_STAFF}))))))"""


def reaches_home(viewer: str, post: str, author: str) -> str:
    """The same for what is pushed to people with an account here: direct, held and removed posts are no part of that.

    `viewer` must be somebody of ours. Shorter, as a home is asked for more often than all else. Source: D38, S089-S099.
    """
    me = f"{viewer}::bigint"
    return f"""{post}.state = 'visible'
           AND ({post}.author_id = {me}
                OR CASE {post}.audience
                   WHEN 'public' THEN true
                   WHEN 'unlisted' THEN true
                   WHEN 'group' THEN {_reads_group(me, post)}
                   WHEN 'local' THEN true
                   WHEN 'network' THEN true
                   WHEN 'followers' THEN {_is_named(me, post)} OR {_follows(me, post)}
                   ELSE false END)
           AND {post}.audience <> 'direct'
           AND ({post}.group_id IS NOT NULL OR {lets_read(me, f"{post}.author_id")})
           AND NOT ({_is_shut(author)})"""


def author_is_heard(author_id: str) -> str:
    """A condition: neither the author nor the author's server is suspended. Holds from the next statement on (S099)."""
    return f"NOT EXISTS (SELECT FROM account unheard WHERE unheard.id = {author_id} AND ({_is_shut('unheard')}))"


def _is_shut(account: str) -> str:
    return f"""{account}.state IN ('suspended', 'deleted')
                   OR (NOT {account}.is_local AND {is_judged(f"{account}.authority", "suspended")})"""


def _is_for(me: str, post: str) -> str:
    """Whether the audience of a post admits somebody."""
    return f"""CASE {post}.audience
            WHEN 'public' THEN true
            WHEN 'unlisted' THEN true
            WHEN 'group' THEN {_reads_group(me, post)}
            WHEN 'local'
            THEN EXISTS (SELECT FROM account reader WHERE reader.id = {me} AND reader.is_local)
            WHEN 'network'
            THEN EXISTS (SELECT
                           FROM account reader
                      LEFT JOIN peer ON peer.authority = reader.authority
                          WHERE reader.id = {me} AND (reader.is_local OR peer.policy = 'allowed'))
            ELSE {_is_named(me, post)}
                 OR ({post}.audience = 'followers' AND {_follows(me, post)})
                 OR ({post}.audience = 'direct'
                     AND EXISTS (SELECT
                                   FROM post_mention named
                                   JOIN membership carer ON carer.group_id = named.account_id
                                  WHERE named.post_id = {post}.id
                                    AND carer.member_id = {me}
                                    AND carer.state = 'active'
                                    AND carer.role IN ({_CARERS})))
        END"""


def _reads_group(me: str, post: str) -> str:
    return f"""EXISTS (SELECT
                           FROM membership reader
                          WHERE reader.group_id = {post}.group_id
                            AND reader.member_id = {me}
                            AND reader.state = 'active'
                            AND reader.role IN ({_READERS}))"""


def _is_named(me: str, post: str) -> str:
    return f"EXISTS (SELECT FROM post_mention named WHERE named.post_id = {post}.id AND named.account_id = {me})"


def _follows(me: str, post: str) -> str:
    return f"""EXISTS (SELECT
                                   FROM follow reader
                                  WHERE reader.follower_id = {me}
                                    AND reader.followee_id = {post}.author_id
                                    AND reader.state = 'accepted')"""


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """One inbox on another server that a post, edit or deletion goes to, and why."""

    inbox_url: str
    authority: str
    announce_form: Literal["A", "B", "C"] | None
    """What the peer understands of groups (D17); None = not known yet (D56)."""
    has_followers: bool
    """Somebody there follows the author."""
    is_named: bool
    """Somebody there is mentioned or answered, took part since, or hosts the home group: they get the author's own."""
    group_ids: list[int]
    """Groups of ours whose followers, or carriers, are there: they get these groups' announcements."""


async def leaving(db: Connection, post_ids: Sequence[int]) -> list[int]:
    """Those of these posts that may have to be sent somewhere from here: what is said in groups of ours or in threads
    that they carry, and ours, if they are in a group or somebody elsewhere follows their author, or is named, answered
    or quoted.
    """
    rows = await db.fetch(
        """
        SELECT post.id
          FROM post
          JOIN account author ON author.id = post.author_id
         WHERE post.id = ANY($1::bigint[])
           AND (EXISTS (SELECT FROM account WHERE id = post.group_id AND is_local)
                OR (post.group_id IS NOT NULL
                    AND EXISTS (SELECT
                                  FROM carry
                                 WHERE carry.thread_id = post.thread_id AND carry.state IN ('requested', 'carried')))
                OR (author.is_local
                    AND (post.group_id IS NOT NULL
                         OR post.is_quote
                         OR EXISTS (SELECT FROM account WHERE id = post.parent_author_id AND NOT is_local)
                         OR EXISTS (SELECT
                                      FROM post_mention m
                                      JOIN account named ON named.id = m.account_id AND NOT named.is_local
                                     WHERE m.post_id = post.id)
                         OR EXISTS (SELECT
                                      FROM follow
                                      JOIN account fan ON fan.id = follow.follower_id AND NOT fan.is_local
                                     WHERE follow.followee_id = author.id AND follow.state = 'accepted'))))
        """,
        list(post_ids),
    )
    return [row["id"] for row in rows]


async def recipients(db: Connection, post_id: int) -> list[Recipient]:
    """Which inboxes elsewhere a post of any author has to reach from here, one row for each inbox.

    For a post by one of ours: followers of the author, who is mentioned, answered or quoted, the home group if that is
    elsewhere, and who boosted, favoured or answered it or voted in it since, as their servers keep it too. For any post
    in a thread that a group of ours owns or carries: the followers of that group, and, while we host the home group,
    the other carrying groups (D49). Servers that are suspended, or that the audience does not admit (D31), are left
    out. Nothing is sent for a detached post of others (D51).
    """
    rows = await db.fetch(f"{_WANTED} {_BY_INBOX}", post_id)
    return [Recipient(**row) for row in rows]


async def announcement_recipients(db: Connection, group_id: int, post_id: int) -> list[Recipient]:
    """Which inboxes elsewhere the announcement of a thread by a group of ours, or its end, goes to.

    The followers of the group, the thread's author, and whoever else has the thread: home group and carriers.
    """
    rows = await db.fetch(f"{_WANTED_BY_GROUP} {_BY_INBOX}", post_id, group_id)
    return [Recipient(**row) for row in rows]


_WANTED = """
    WITH this AS (
        SELECT post.id, post.author_id, post.audience, post.group_id, post.thread_id, post.parent_author_id,
               author.is_local AS is_ours, author.authority AS origin,
               post.parent_uri IS NULL OR author.is_local AS is_placed
          FROM post
          JOIN account author ON author.id = post.author_id
         WHERE post.id = $1
    ), host AS (
        SELECT this.group_id AS id
          FROM this
         WHERE this.group_id IS NOT NULL
     UNION
        SELECT carry.group_id
          FROM this
          JOIN carry ON carry.thread_id = this.thread_id AND carry.state = 'carried'
         WHERE this.group_id IS NOT NULL
    ), wanted AS (
        SELECT follow.follower_id AS account_id, true AS has_followers, false AS is_named, NULL::bigint AS group_id
          FROM this
          JOIN follow ON follow.followee_id = this.author_id AND follow.state = 'accepted'
         WHERE this.is_ours AND this.audience <> 'direct'
     UNION ALL
        SELECT post_mention.account_id, false, true, NULL
          FROM this
          JOIN post_mention ON post_mention.post_id = this.id
         WHERE this.is_ours
     UNION ALL
        SELECT this.parent_author_id, false, true, NULL
          FROM this
         WHERE this.is_ours AND this.audience <> 'direct' AND this.parent_author_id IS NOT NULL
     UNION ALL
        SELECT part.account_id, false, true, NULL
          FROM this
    CROSS JOIN LATERAL (SELECT account_id FROM poll_vote WHERE post_id = this.id
                     UNION ALL
                        SELECT account_id FROM boost WHERE post_id = this.id
                     UNION ALL
                        SELECT account_id FROM favourite WHERE post_id = this.id
                     UNION ALL
                        SELECT author_id FROM post WHERE parent_id = this.id) part
         WHERE this.is_ours AND this.audience IN ('public', 'unlisted')
     UNION ALL
        SELECT quoted.author_id, false, true, NULL
          FROM this
          JOIN quote ON quote.post_id = this.id
          JOIN post quoted ON quoted.id = quote.quoted_id
         WHERE this.is_ours AND this.audience IN ('public', 'unlisted')
     UNION ALL
        SELECT this.group_id, false, true, NULL
          FROM this
          JOIN account home ON home.id = this.group_id AND home.authority <> this.origin
         WHERE NOT home.is_local
     UNION ALL
        SELECT follow.follower_id, false, false, host.id
          FROM host
          JOIN account ours ON ours.id = host.id AND ours.is_local
          JOIN follow ON follow.followee_id = host.id AND follow.state = 'accepted'
     UNION ALL
        SELECT host.id, false, false, this.group_id
          FROM this
          JOIN account home ON home.id = this.group_id AND home.is_local
          JOIN host ON host.id <> this.group_id
    )
"""

_WANTED_BY_GROUP = """
    WITH this AS (
        SELECT post.author_id, post.audience, post.group_id, post.thread_id, true AS is_placed
          FROM post
         WHERE post.id = $1
    ), wanted AS (
        SELECT follow.follower_id AS account_id, false AS has_followers, false AS is_named, $2::bigint AS group_id
          FROM follow
         WHERE follow.followee_id = $2 AND follow.state = 'accepted'
     UNION ALL
        SELECT this.author_id, false, false, $2
          FROM this
     UNION ALL
        SELECT this.group_id, false, false, $2
          FROM this
         WHERE this.group_id IS NOT NULL
     UNION ALL
        SELECT carry.group_id, false, false, $2
          FROM this
          JOIN carry ON carry.thread_id = this.thread_id AND carry.state IN ('requested', 'carried')
         WHERE this.group_id = $2
    )
"""

_BY_INBOX = f"""
    SELECT told.inbox_url,
           min(told.authority) AS authority,
           min(peer.announce_form) AS announce_form,
           bool_or(told.has_followers) AS has_followers,
           bool_or(told.is_named) AS is_named,
           COALESCE(array_agg(DISTINCT told.group_id) FILTER (WHERE told.group_id IS NOT NULL), '{{}}') AS group_ids
      FROM (SELECT COALESCE(reader.shared_inbox_url, reader.inbox_url) AS inbox_url, reader.authority, wanted.group_id,
                   bool_or(wanted.has_followers) AS has_followers, bool_or(wanted.is_named) AS is_named
              FROM wanted
              JOIN account reader ON reader.id = wanted.account_id AND NOT reader.is_local AND reader.state = 'active'
          GROUP BY 1, 2, 3) told
CROSS JOIN this
 LEFT JOIN peer ON peer.authority = told.authority
     WHERE this.is_placed
       AND this.audience <> 'local'
       AND (this.audience NOT IN ('network', 'group') OR peer.policy = 'allowed')
       AND NOT {is_judged("told.authority", "suspended")}
  GROUP BY told.inbox_url
  ORDER BY 1
"""
"""Peers are looked up for each of their inboxes, not for each of their followers here."""


async def personal_inboxes(
    db: Connection,
    shared_inbox: str,
    *,
    authority: str,
    sender_id: int,
    post_id: int | None,
    named: Sequence[str],
    is_public: bool,
) -> list[str]:
    """The own inboxes of those at a server whom something sent to its shared inbox is for (R048); none, if none is.

    `named` are the ids that it names: people, collections of followers, and, where anybody may see it, posts; then it
    is for the sender's followers too, and for who takes part in the post that it is about.
    """
    rows = await db.fetch(
        """
        WITH wanted (id) AS (
            SELECT id FROM account WHERE uri = ANY($3)
             UNION
            SELECT follow.follower_id
              FROM account followed
              JOIN follow ON follow.followee_id = followed.id AND follow.state = 'accepted'
             WHERE followed.is_local AND followed.followers_url = ANY($3)
             UNION
            SELECT follower_id FROM follow WHERE followee_id = $4 AND state = 'accepted' AND $6
             UNION
            SELECT author_id FROM post WHERE uri = ANY($3) AND $6
             UNION
            SELECT account_id FROM poll_vote WHERE post_id = $5 AND $6
             UNION
            SELECT account_id FROM boost WHERE post_id = $5 AND $6
             UNION
            SELECT account_id FROM favourite WHERE post_id = $5 AND $6
             UNION
            SELECT author_id FROM post WHERE parent_id = $5 AND $6
             UNION
            SELECT group_id FROM post WHERE id = $5 AND $6
             UNION
            SELECT carry.group_id
              FROM post
              JOIN carry ON carry.thread_id = post.thread_id AND carry.state IN ('requested', 'carried')
             WHERE post.id = $5 AND $6
        )
        SELECT DISTINCT reader.inbox_url
          FROM wanted
          JOIN account reader ON reader.id = wanted.id AND NOT reader.is_local AND reader.state = 'active'
         WHERE reader.shared_inbox_url = $1
           AND reader.authority = $2
           AND reader.inbox_url <> $1
         ORDER BY 1
        """,
        shared_inbox,
        authority,
        list(named),
        sender_id,
        post_id,
        is_public,
    )
    return [row["inbox_url"] for row in rows]
