"""Files that those who run the instance cover: all of somebody, so that readers see them only when they ask.

What the author says of a post is left as it is, so that taking the measure back shows what was shown before.
"""

from fedcomm import facts
from fedcomm.jobs.work import Work

AT_ONCE = 500


async def go_on(work: Work, fact: facts.MediaCovered) -> None:
    """Cover the files of somebody, or show them again, as things stand now; some posts at a time."""
    async with work.transaction() as db:
        rows = await db.fetch(
            """
            UPDATE post
               SET is_covered = NOT is_covered, version = version + 1
             WHERE id IN (SELECT post.id
                            FROM post
                            JOIN account author ON author.id = post.author_id
                           WHERE post.author_id = $1
                             AND post.is_covered <> (author.media_covered_at IS NOT NULL)
                             AND EXISTS (SELECT FROM post_attachment file WHERE file.post_id = post.id)
                        ORDER BY post.id DESC
                           LIMIT $2)
            RETURNING id
            """,
            fact.account_id,
            AT_ONCE,
        )
        if len(rows) == AT_ONCE:
            await facts.record(db, fact, now=work.now)
