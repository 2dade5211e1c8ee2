"""Finding people and groups by handle, by words of their name, by what a group is for, or by where they live."""

import re

from fedcomm.accounts import finding
from fedcomm.accounts.blocks import is_not_blocked
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, planned_anew
from fedcomm.network import peers
from fedcomm.text.patterns import literally

MOST_WORDS = 10
MOST_LIKELY = 200
"""So many are compared of each kind: who typed little finds some of many."""
LONGEST = 300
WORDS = """to_tsvector('simple'::regconfig,
                           name || ' ' || replace(handle, '_', ' ')
                           || CASE kind WHEN 'group' THEN ' ' || left(bio_html, 10000) ELSE '' END)"""


_FIND = f"""
       WITH likely AS (
           (SELECT id FROM account WHERE handle_key = $5 AND handle_domain LIKE $2 LIMIT {MOST_LIKELY})
        UNION
           (SELECT id FROM account WHERE handle_key LIKE $1 AND handle_domain LIKE $2 AND is_local LIMIT {MOST_LIKELY})
        UNION
           (SELECT id FROM account WHERE handle_key LIKE $1 AND handle_domain LIKE $2 LIMIT {MOST_LIKELY})
        UNION
           (SELECT id FROM account WHERE handle_domain LIKE $3 AND NOT is_local LIMIT {MOST_LIKELY})
        UNION
           (SELECT id FROM account WHERE {WORDS} @@ $4::text::tsquery AND is_local LIMIT {MOST_LIKELY})
        UNION
           (SELECT id FROM account WHERE {WORDS} @@ $4::text::tsquery LIMIT {MOST_LIKELY})
        UNION
           (SELECT account.id
              FROM follow
              JOIN account ON account.id = follow.followee_id
             WHERE follow.follower_id = $6
               AND (account.handle_key LIKE $1 AND account.handle_domain LIKE $2
                    OR account.handle_domain LIKE $3 AND NOT account.is_local
                    OR {WORDS} @@ $4::text::tsquery))
       )
       SELECT account.id
         FROM likely
         JOIN account ON account.id = likely.id
    LEFT JOIN follow ON follow.follower_id = $6 AND follow.followee_id = account.id
    LEFT JOIN group_profile ON group_profile.account_id = account.id
        WHERE account.state = ANY($10::text[])
          AND account.kind <> 'application'
          AND (account.is_discoverable OR account.handle_key = $5 OR follow.id IS NOT NULL)
          AND (NOT $7 OR follow.state = 'accepted')
          AND (account.is_local OR account.authority <> ALL($11::text[]))
          AND (account.handle_key = $5 OR {is_not_blocked("$6", "account.id")})
          AND (group_profile.visibility IS DISTINCT FROM 'hidden'
               OR EXISTS (SELECT
                            FROM membership
                           WHERE membership.group_id = account.id
                             AND membership.member_id = $6
                             AND membership.state = 'active'))
     ORDER BY account.handle_key = $5 DESC, follow.id IS NOT NULL DESC, account.kind = 'group' DESC,
              account.is_local DESC, account.handle_key LIKE $1 DESC, account.followers_count DESC, account.id
        LIMIT $8
       OFFSET $9
"""


async def search(
    db: Connection, typed: str, viewer_id: int | None, *, following: bool = False, limit: int, offset: int = 0
) -> list[Account]:
    """People and groups whose handle begins with a text, whose words begin with all of its words, or who live there.

    `ada`, `@ada`, `@ada@chapter` (a beginning, too), `@chapter.example`, `oven build`. The exact handle comes first,
    then whom the viewer follows, groups before people, ours before others'. Whoever does not want to be discovered is
    found by the exact handle, and by who follows them; whom the viewer has blocked, or by whom they are blocked, by the
    exact handle only; a hidden group by its members.
    """
    text = typed.strip()[:LONGEST].removeprefix("@")
    name, _, domain = text.casefold().partition("@")
    words = re.findall(r"[^\W_]+", text.lower())[:MOST_WORDS] if not domain else []
    if not name:
        return []
    shut = await peers.suspended(db)
    async with planned_anew(db):
        rows = await db.fetch(
            _FIND,
            _beginning(name),
            _beginning(domain),
            _beginning(name) if "." in name or ":" in name else "",
            " & ".join(f"'{word}':*" for word in words),
            name,
            viewer_id,
            following,
            limit,
            offset,
            list(finding.MET),
            list(shut),
        )
    return await finding.by_ids(db, [row["id"] for row in rows])


def _beginning(text: str) -> str:
    """The pattern of texts that begin with this one."""
    return literally(text) + "%"
