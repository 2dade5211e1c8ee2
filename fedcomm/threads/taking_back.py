"""What groups of ours announced of a server that is suspended now: they take it back, of the last month (T33).

Its place here is kept, hidden as all of that server is, and shown again when it is restored. Elsewhere it is gone: who
restores a server does not announce anew.
"""

from datetime import timedelta

from fedcomm import facts, ids
from fedcomm.jobs.work import Work

BACK = timedelta(days=30)
AT_ONCE = 50


async def go_on(work: Work, fact: facts.PeerSuspended | facts.AnnouncementsUnwanted) -> None:
    """The latest of these announcements end; the rest is work of its own. A restored server keeps what is left.

    A domain or port below the suspended one about which something else was decided keeps its own.
    """
    async with work.transaction() as db:
        rows = await db.fetch(
            """
            WITH unwanted AS (
                SELECT boost.id, boost.uri
                  FROM boost
                  JOIN account g ON g.id = boost.account_id AND g.is_local
                  JOIN account author ON author.id = boost.author_id AND NOT author.is_local
                 WHERE boost.id >= $2
                   AND boost.is_group
                   AND boost.uri IS NOT NULL
                   AND (author.authority = $1
                        OR split_part(author.authority, ':', 1) = $1
                        OR right(split_part(author.authority, ':', 1), length($1) + 1) = '.' || $1)
                   AND EXISTS (SELECT FROM peer WHERE authority = $1 AND policy = 'suspended')
                   AND NOT EXISTS (SELECT
                                     FROM peer own
                                    WHERE own.authority = author.authority AND own.policy IN ('allowed', 'limited'))
              ORDER BY boost.id DESC
                 LIMIT $3
                   FOR UPDATE OF boost
            )
            UPDATE boost
               SET uri = NULL
              FROM unwanted
             WHERE boost.id = unwanted.id
            RETURNING boost.account_id AS group_id, boost.post_id, unwanted.uri AS announce_uri
            """,
            fact.authority,
            ids.lowest(work.now - BACK),
            AT_ONCE,
        )
        for row in rows:
            await facts.record(db, facts.AnnouncementTakenBack(**row), now=work.now)
        if len(rows) == AT_ONCE:
            await facts.record(db, facts.AnnouncementsUnwanted(fact.authority), now=work.now)
