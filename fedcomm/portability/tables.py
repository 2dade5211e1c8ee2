"""What somebody follows, hides and keeps, as tables in the columns that Mastodon writes and reads.

Source: Mastodon's exports, as its settings offer them. Each is read page by page while it is written.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec

from fedcomm.database import Connection, Row
from fedcomm.text import sheets

AT_ONCE = 500
Read = Callable[[], AbstractAsyncContextManager[Connection]]


class Table(msgspec.Struct, frozen=True):
    """One of them: the file in the archive, its first line (none for some), the question, and a row of the answer."""

    file: str
    head: Sequence[str]
    question: str
    line: Callable[[Row], Sequence[object]]


def _yes_or_no(value: bool) -> str:
    return "true" if value else "false"


def _address(row: Row) -> list[object]:
    return [row["address"]]


TABLES: Mapping[str, Table] = {
    "follows": Table(
        "following_accounts.csv",
        ("Account address", "Show boosts", "Notify on new posts", "Languages"),
        """
        SELECT follow.id AS key, target.handle || '@' || target.handle_domain AS address, follow.show_boosts,
               follow.notify, follow.languages
          FROM follow
          JOIN account target ON target.id = follow.followee_id
         WHERE follow.follower_id = $1 AND follow.id > $2
      ORDER BY follow.id
         LIMIT $3
        """,
        lambda row: [
            row["address"],
            _yes_or_no(row["show_boosts"]),
            _yes_or_no(row["notify"]),
            ", ".join(row["languages"] or ()),
        ],
    ),
    "followers": Table(
        "followers.csv",
        ("Account address",),
        """
        SELECT follow.id AS key, who.handle || '@' || who.handle_domain AS address
          FROM follow
          JOIN account who ON who.id = follow.follower_id
         WHERE follow.followee_id = $1 AND follow.state = 'accepted' AND follow.id > $2
      ORDER BY follow.id
         LIMIT $3
        """,
        _address,
    ),
    "lists": Table(
        "lists.csv",
        (),
        """
        SELECT member.id AS key, own_list.title, who.handle || '@' || who.handle_domain AS address
          FROM own_list
          JOIN own_list_member member ON member.list_id = own_list.id
          JOIN account who ON who.id = member.account_id
         WHERE own_list.account_id = $1 AND member.id > $2
      ORDER BY member.id
         LIMIT $3
        """,
        lambda row: [row["title"], row["address"]],
    ),
    "blocks": Table(
        "blocked_accounts.csv",
        (),
        """
        SELECT block.id AS key, target.handle || '@' || target.handle_domain AS address
          FROM block
          JOIN account target ON target.id = block.target_id
         WHERE block.account_id = $1 AND block.id > $2
      ORDER BY block.id
         LIMIT $3
        """,
        _address,
    ),
    "mutes": Table(
        "muted_accounts.csv",
        ("Account address", "Hide notifications"),
        """
        SELECT mute.id AS key, target.handle || '@' || target.handle_domain AS address, mute.hides_notifications
          FROM mute
          JOIN account target ON target.id = mute.target_id
         WHERE mute.account_id = $1 AND mute.id > $2
      ORDER BY mute.id
         LIMIT $3
        """,
        lambda row: [row["address"], _yes_or_no(row["hides_notifications"])],
    ),
    "domain_blocks": Table(
        "blocked_domains.csv",
        (),
        """
        SELECT id AS key, domain AS address
          FROM domain_block
         WHERE account_id = $1 AND id > $2
      ORDER BY id
         LIMIT $3
        """,
        _address,
    ),
    "bookmarks": Table(
        "bookmarks.csv",
        (),
        """
        SELECT bookmark.id AS key, post.uri AS address
          FROM bookmark
          JOIN post ON post.id = bookmark.post_id
         WHERE bookmark.account_id = $1 AND bookmark.id > $2 AND post.state <> 'deleted'
      ORDER BY bookmark.id
         LIMIT $3
        """,
        _address,
    ),
}


async def pages(read: Read, question: str, *about: Any, start: str | int = -1) -> AsyncIterator[Sequence[Row]]:
    """The answer to a question, page by page; its last two parameters are the key to begin after, and how many."""
    after = start
    while True:
        async with read() as db:
            rows = await db.fetch(question, *about, after, AT_ONCE)
        if rows:
            yield rows
            after = rows[-1]["key"]
        if len(rows) < AT_ONCE:
            return


async def written(read: Read, account_id: int, name: str) -> AsyncIterator[str]:
    """A table as text, in pieces."""
    table = TABLES[name]
    if table.head:
        yield sheets.lines([table.head])
    async for rows in pages(read, table.question, account_id):
        yield sheets.lines(table.line(row) for row in rows)
