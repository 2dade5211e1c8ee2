"""What an account that has ended kept for itself about others, and what others kept about it (S108)."""

from fedcomm.database import Connection

_LEFT = (
    "DELETE FROM mute WHERE account_id = $1 OR target_id = $1",
    "DELETE FROM block WHERE account_id = $1 OR target_id = $1",
    "DELETE FROM domain_block WHERE account_id = $1",
    "DELETE FROM account_note WHERE account_id = $1 OR target_id = $1",
    "DELETE FROM own_list_member WHERE account_id = $1",
    "DELETE FROM own_list WHERE account_id = $1",
    "DELETE FROM identity WHERE account_id = $1",
    "DELETE FROM sign_in WHERE account_id = $1",
    "DELETE FROM endorsement WHERE account_id = $1 OR target_id = $1",
    "DELETE FROM unwanted_suggestion WHERE account_id = $1 OR target_id = $1",
)


async def forget(db: Connection, account_id: int) -> None:
    """Mutes, blocks, hidden servers, notes, lists, recommendations: nobody needs them any more, on either side."""
    for statement in _LEFT:
        await db.execute(statement, account_id)
