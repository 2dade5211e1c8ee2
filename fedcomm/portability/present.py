"""What is so already of what a table may say: for looking at it before, and for what it would end."""

from collections.abc import Mapping, Sequence

from fedcomm.database import Connection
from fedcomm.portability.import_files import Kind

QUESTIONS: Mapping[Kind, str] = {
    "follows": """
        SELECT lower(who.handle) || '@' || who.handle_domain AS subject, '' AS title, who.kind = 'group' AS is_group
          FROM follow
          JOIN account who ON who.id = follow.followee_id
         WHERE follow.follower_id = $1
        """,
    "lists": """
        SELECT lower(who.handle) || '@' || who.handle_domain AS subject, own_list.title
          FROM own_list
          JOIN own_list_member member ON member.list_id = own_list.id
          JOIN account who ON who.id = member.account_id
         WHERE own_list.account_id = $1
        """,
    "blocks": """
        SELECT lower(who.handle) || '@' || who.handle_domain AS subject, '' AS title
          FROM block
          JOIN account who ON who.id = block.target_id
         WHERE block.account_id = $1
        """,
    "mutes": """
        SELECT lower(who.handle) || '@' || who.handle_domain AS subject, '' AS title
          FROM mute
          JOIN account who ON who.id = mute.target_id
         WHERE mute.account_id = $1
        """,
    "domain_blocks": "SELECT domain AS subject, '' AS title FROM domain_block WHERE account_id = $1",
    "bookmarks": """
        SELECT post.uri AS subject, '' AS title
          FROM bookmark
          JOIN post ON post.id = bookmark.post_id
         WHERE bookmark.account_id = $1 AND post.state <> 'deleted'
        """,
}


async def all_of(db: Connection, account_id: int, kind: Kind, *, with_groups: bool) -> Sequence[tuple[str, str]]:
    """What is so now: whom or what it is about, and the list it stands in. Without groups, of those followed."""
    rows = await db.fetch(QUESTIONS[kind], account_id)
    return [(row["subject"], row["title"]) for row in rows if with_groups or not row.get("is_group", False)]


async def people_here(db: Connection, addresses: Sequence[str]) -> Sequence[str]:
    """Those of these addresses, `name@domain` in lower case, that are known here."""
    parts = [each.partition("@") for each in addresses]
    rows = await db.fetch(
        """
        SELECT handle_key || '@' || handle_domain AS address
          FROM account
         WHERE (handle_key, handle_domain) IN (SELECT *
                                                 FROM unnest($1::text[], $2::text[]))
        """,
        [name for name, _, _ in parts],
        [domain for _, _, domain in parts],
    )
    return [row["address"] for row in rows]


async def posts_here(db: Connection, uris: Sequence[str]) -> Sequence[str]:
    """Those of these posts that are here."""
    rows = await db.fetch("SELECT uri FROM post WHERE uri = ANY($1::text[]) AND state <> 'deleted'", list(uris))
    return [row["uri"] for row in rows]
