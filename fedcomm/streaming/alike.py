"""Who sees a post the same: it is then made once for all of them, not for each who listens (D63)."""

from collections.abc import Collection

from fedcomm.accounts.blocks import is_not_blocked, is_welcome
from fedcomm.database import Connection
from fedcomm.threads import volatile
from fedcomm.threads.audience import visible_to


async def viewers(db: Connection, post_id: int, people: Collection[int]) -> list[list[int]]:
    """These people, in groups of those for whom a post says the same of who may quote it and of what it quotes.

    For people who did nothing with the post itself. Whoever did something with what is quoted stands alone.
    """
    rows = await db.fetch(_ALIKE, post_id, list(people))
    return [row["together"] for row in rows]


def _standing(post_id: str) -> str:
    """What a viewer did with a post, and whether they may quote it."""
    return f"""(SELECT concat_ws(' ', mine.marks, mine.may_quote)
                   FROM (SELECT {volatile.of_post("viewer.id", f"ARRAY[{post_id}::bigint]")}
                           FROM post p
                           JOIN account a ON a.id = p.author_id
                          WHERE p.id = {post_id}) mine)"""


def _reading(post: str) -> str:
    """Whether a viewer may read what is quoted, and hides its author or not."""
    return f"""concat_ws(' ', {visible_to("viewer.id", post)}, {is_not_blocked("viewer.id", f"{post}.author_id")},
                          {is_welcome("viewer.id", f"{post}.author_id")})"""


_ALIKE = f"""
    SELECT array_agg(viewer.id) AS together
      FROM unnest($2::bigint[]) AS viewer (id)
 LEFT JOIN quote ON quote.post_id = $1
 LEFT JOIN post quoted ON quoted.id = quote.quoted_id
 LEFT JOIN quote inner_quote ON inner_quote.post_id = quoted.id
 LEFT JOIN post inmost ON inmost.id = inner_quote.quoted_id
CROSS JOIN LATERAL (SELECT quoted.author_id = viewer.id
                           OR EXISTS (SELECT
                                        FROM poll_vote
                                       WHERE poll_vote.post_id = quoted.id
                                         AND poll_vote.account_id = viewer.id) AS it) is_part
  GROUP BY {_standing("$1")}, {_standing("quoted.id")}, {_reading("quoted")}, {_reading("inmost")},
           CASE WHEN is_part.it THEN viewer.id END
"""
