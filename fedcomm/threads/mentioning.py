"""Posts that mention somebody whose name has changed: what is kept of them ready to send is no longer right (D63)."""

from fedcomm import facts
from fedcomm.jobs.work import Work


async def renew(work: Work, fact: facts.AccountRenamed) -> None:
    """Posts that mention the account count as another version, so that no process serves a copy with the old name."""
    async with work.transaction() as db:
        await db.execute(
            """
            UPDATE post
               SET version = version + 1
             WHERE id IN (SELECT post_id FROM post_mention WHERE account_id = $1)
            """,
            fact.account_id,
        )
