"""Quoting with the consent of who is quoted: decided here for apps, pages and other servers alike (FEP-044f).

A stamp says that an author of ours allows one post to quote one of theirs. What quotes posts of other servers waits
until their author allows it; what nobody allowed is not shown. Source: FEP-044f; Mastodon API, entities/Quote; S050.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from fedcomm import facts, ids
from fedcomm.accounts.blocks import is_not_blocked, is_welcome
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotAllowed, NotFound
from fedcomm.here import Here
from fedcomm.threads import reading
from fedcomm.threads.audience import PUBLIC, WIDTH, visible_to
from fedcomm.threads.model import COLUMNS, Audience, Post, QuotePolicy, Remote

QuoteState = Literal["pending", "accepted", "rejected", "revoked"]
ShownState = Literal[
    "pending", "accepted", "rejected", "revoked", "deleted", "unauthorized", "blocked_account", "muted_account"
]

_POST_COLUMNS = ", ".join(f"post.{name.strip()}" for name in COLUMNS.split(","))
_COLUMNS = "post_id, author_id, quoted_uri, quoted_id, state, stamp_uri, request_uri"


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """That a post quotes another one, and what its author says to that."""

    post_id: int
    author_id: int
    quoted_uri: str
    quoted_id: int | None
    state: QuoteState
    stamp_uri: str | None
    request_uri: str | None


class ShownQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote as somebody may see it. `quoted_id` is None unless they may read what is quoted."""

    post_id: int
    state: ShownState
    quoted_id: int | None


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What an author of ours allowed."""

    id: int
    quoted_id: int
    quoting_uri: str
    account_id: int
    revoked_at: datetime | None


def stamp_uri(here: Here, quoted_id: int, stamp_id: int) -> str:
    """The address of a stamp of ours."""
    return f"{here.post_uri(quoted_id)}/quote_authorizations/{stamp_id}"


def effective_policy(post: Post) -> QuotePolicy:
    """Whom a post lets quote it. Nothing that only some may read is quoted by others (product 7)."""
    return post.quote_policy if post.audience in PUBLIC else "nobody"


async def may_quote(db: Connection, by: Account, quoted: Post) -> bool:
    """Whether somebody who may read a post may quote it without further asking. Authors may quote themselves."""
    if quoted.state != "visible" or quoted.audience == "direct":
        return False
    if quoted.author_id == by.id:
        return True
    if effective_policy(quoted) == "nobody":
        return False
    return await db.fetchval(
        f"""
        SELECT {is_not_blocked("$2", "$1::bigint")}
               AND ($3 OR EXISTS (SELECT
                                    FROM follow
                                   WHERE follower_id = $2 AND followee_id = $1 AND state = 'accepted'))
        """,
        quoted.author_id,
        by.id,
        effective_policy(quoted) == "public",
    )


async def quotable(db: Connection, by: Account, quoted_id: int, audience: Audience) -> Post:
    """What a new post of ours may quote. Raises NotFound (not theirs to read), NotAllowed, Invalid (wider than it)."""
    quoted = await reading.by_id(db, quoted_id, by.id)
    if not await may_quote(db, by, quoted):
        raise NotAllowed("This post may not be quoted.")
    if quoted.audience not in PUBLIC and WIDTH[audience] < WIDTH[quoted.audience]:
        raise Invalid("What you quote may be read by fewer people than this post.", field="visibility")
    return quoted


async def begin(db: Connection, here: Here, author: Account, post: Post, quoted: Post, *, now: datetime) -> None:
    """A post of ours quotes: allowed at once where that is decided here, else its author elsewhere is asked."""
    if quoted.is_local:
        stamp = await grant(db, quoted.id, post.uri, author.id, now=now)
        await _write(db, post, quoted.uri, quoted.id, "accepted", stamp_uri(here, quoted.id, stamp.id), None, now)
        await _accepted(db, post.id, quoted.id, now=now)
        return
    request_id = ids.new(now)
    await _write(db, post, quoted.uri, quoted.id, "pending", None, here.activity_uri(request_id), now)
    await facts.record(db, facts.QuoteAsked(post.id, request_id), now=now)


async def receive(db: Connection, here: Here, author: Account, post: Post, said: Remote, *, now: datetime) -> None:
    """What a post of another server says it quotes. Its own word for consent is checked where that lies (S050)."""
    known = await of_post(db, post.id)
    if said.quoted_uri is None:
        if known is not None:
            await forget(db, post.id)
        return
    if known is not None and known.quoted_uri != said.quoted_uri:
        await forget(db, post.id)
        known = None
    quoted = await reading.by_uri(db, said.quoted_uri)
    if known is None:
        await _write(db, post, said.quoted_uri, quoted.id if quoted else None, "pending", None, None, now)
    elif known.state != "pending":
        return
    if quoted is not None and quoted.author_id == author.id:
        await decide(db, post.id, "accepted", None, now=now)
    elif quoted is not None and quoted.is_local:
        stamp = await stamp_for(db, here, quoted, post.uri)
        if stamp is not None:
            await decide(db, post.id, "accepted", stamp, now=now)
    elif quoted is None or said.quote_stamp_uri is not None:
        await facts.record(db, facts.QuoteFound(post.id, said.quote_stamp_uri or ""), now=now)


async def meet(db: Connection, post_id: int, quoted: Post) -> None:
    """What a post quotes is here now."""
    await db.execute(
        "UPDATE quote SET quoted_id = $2 WHERE post_id = $1 AND quoted_uri = $3 AND quoted_id IS NULL",
        post_id,
        quoted.id,
        quoted.uri,
    )


async def decide(
    db: Connection,
    post_id: int,
    state: Literal["accepted", "rejected"],
    stamp: str | None,
    *,
    now: datetime,
) -> bool:
    """The quoted author allows or refuses what waited for it; False: nothing waits."""
    row = await db.fetchrow(
        """
        UPDATE quote
           SET state = $2, stamp_uri = $3, decided_at = $4
         WHERE post_id = $1 AND state = 'pending'
        RETURNING quoted_id
        """,
        post_id,
        state,
        stamp,
        now,
    )
    if row is None:
        return False
    if state == "accepted" and row["quoted_id"] is not None:
        await _accepted(db, post_id, row["quoted_id"], now=now)
    await facts.record(db, facts.QuoteAnswered(post_id), now=now)
    return True


async def grant(db: Connection, quoted_id: int, quoting_uri: str, account_id: int, *, now: datetime) -> Stamp:
    """The stamp by which a post may quote one of ours; the same again gives the same. What was taken back stays so.

    Raises NotAllowed.
    """
    await db.execute(
        """
        INSERT INTO quote_stamp (id, quoted_id, quoting_uri, account_id, created_at)
        VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (quoted_id, quoting_uri) DO NOTHING
        """,
        ids.new(now),
        quoted_id,
        quoting_uri,
        account_id,
        now,
    )
    stamp = await _stamp(db, quoted_id, quoting_uri)
    if stamp is None:
        raise NotAllowed("This post may not be quoted.")
    return stamp


async def accept_from(db: Connection, post_id: int, quoted_id: int, stamp: str, *, now: datetime) -> None:
    """A post that is here already has been given a stamp of ours, if this is what it quotes."""
    quote = await of_post(db, post_id)
    if quote is not None and quote.quoted_id == quoted_id:
        await decide(db, post_id, "accepted", stamp, now=now)


async def stamp_for(db: Connection, here: Here, quoted: Post, quoting_uri: str) -> str | None:
    """The address of the stamp by which a post quotes one of ours; None when there is none, or no longer."""
    stamp = await _stamp(db, quoted.id, quoting_uri)
    return stamp_uri(here, quoted.id, stamp.id) if stamp is not None else None


async def revoke(db: Connection, here: Here, by: Account, quoted_id: int, quoting_id: int, *, now: datetime) -> None:
    """An author of ours no longer allows a quote. Raises NotFound, NotAllowed (somebody else's post)."""
    quoted = await reading.by_id(db, quoted_id, by.id)
    if quoted.author_id != by.id:
        raise NotAllowed("Only the author may take this back.")
    row = await db.fetchrow(
        "SELECT post.uri FROM quote JOIN post ON post.id = quote.post_id WHERE quote.post_id = $1 AND quoted_id = $2",
        quoting_id,
        quoted_id,
    )
    if row is None:
        raise NotFound("There is no such quote.")
    stamp_id = await db.fetchval(
        """
        UPDATE quote_stamp SET revoked_at = $3
         WHERE quoted_id = $1 AND quoting_uri = $2 AND revoked_at IS NULL
        RETURNING id
        """,
        quoted_id,
        row["uri"],
        now,
    )
    await _withdraw(db, quoting_id, now=now)
    if stamp_id is not None:
        await facts.record(db, facts.QuoteRevoked(stamp_id, quoting_id), now=now)


async def receive_revocation(db: Connection, by_uri: str, uri: str, *, now: datetime) -> bool:
    """An author elsewhere says that a stamp of theirs is gone. False: it was not theirs, or none that is known."""
    rows = await db.fetch(
        """
        SELECT quote.post_id
          FROM quote
          JOIN post quoted ON quoted.id = quote.quoted_id
          JOIN account author ON author.id = quoted.author_id AND author.uri = $2
         WHERE quote.stamp_uri = $1
        """,
        uri,
        by_uri,
    )
    for row in rows:
        await _withdraw(db, row["post_id"], now=now)
    return bool(rows)


async def end(db: Connection, post_id: int, *, now: datetime) -> None:
    """A post that quotes was deleted. That it quoted is kept: who is quoted has it, and is told."""
    await _withdraw(db, post_id, now=now)


async def forget(db: Connection, post_id: int) -> None:
    """A post quotes nothing any more, or something else."""
    row = await db.fetchrow("DELETE FROM quote WHERE post_id = $1 RETURNING state, quoted_id", post_id)
    await db.execute("UPDATE post SET is_quote = false WHERE id = $1 AND is_quote", post_id)
    if row is not None and row["state"] == "accepted" and row["quoted_id"] is not None:
        await _count(db, row["quoted_id"], -1)


async def set_policy(
    db: Connection, here: Here, by: Account, post_id: int, policy: QuotePolicy, *, now: datetime
) -> None:
    """Change whom one's own post lets quote it; what was allowed before stays so. Raises NotFound, NotAllowed."""
    post = await reading.by_id(db, post_id, by.id)
    if post.author_id != by.id:
        raise NotAllowed("Only the author may change a post.")
    if post.quote_policy != policy:
        await db.execute("UPDATE post SET quote_policy = $2, version = version + 1 WHERE id = $1", post_id, policy)
        await facts.record(db, facts.QuotePolicyChanged(post_id), now=now)


async def of_post(db: Connection, post_id: int) -> Quote | None:
    """What a post quotes."""
    row = await db.fetchrow(f"SELECT {_COLUMNS} FROM quote WHERE post_id = $1", post_id)
    return Quote(**row) if row else None


async def asked_by(db: Connection, request_uri: str, quoted_author_id: int) -> Quote | None:
    """The quote for which one of ours sent this request to this author."""
    row = await db.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM quote
         WHERE request_uri = $1
           AND EXISTS (SELECT FROM post WHERE post.id = quote.quoted_id AND post.author_id = $2)
        """,
        request_uri,
        quoted_author_id,
    )
    return Quote(**row) if row else None


async def stamp_by_id(db: Connection, stamp_id: int) -> Stamp | None:
    """A stamp of ours, those too that were taken back."""
    row = await db.fetchrow(
        "SELECT id, quoted_id, quoting_uri, account_id, revoked_at FROM quote_stamp WHERE id = $1", stamp_id
    )
    return Stamp(**row) if row else None


async def shown(db: Connection, post_ids: Sequence[int], viewer_id: int | None) -> dict[int, ShownQuote]:
    """The quotes in these posts as somebody may see them: what is quoted is decided for each viewer anew."""
    rows = await db.fetch(
        f"""
        SELECT quote.post_id, quote.quoted_id, quote.state, post.state = 'deleted' AS is_deleted,
               post.state = 'visible' AND {visible_to("$2")} AS may_read,
               {is_not_blocked("$2", "post.author_id")} AS is_not_blocked,
               {is_welcome("$2", "post.author_id")} AS is_welcome
          FROM quote
     LEFT JOIN post ON post.id = quote.quoted_id
         WHERE quote.post_id = ANY($1::bigint[])
        """,
        list(post_ids),
        viewer_id,
    )
    found: dict[int, ShownQuote] = {}
    for row in rows:
        state: ShownState = row["state"]
        if state == "accepted":
            if row["quoted_id"] is None or row["is_deleted"]:
                state = "deleted"
            elif not row["is_not_blocked"]:
                state = "blocked_account"
            elif not row["may_read"]:
                state = "unauthorized"
            elif not row["is_welcome"]:
                state = "muted_account"
        quoted_id = row["quoted_id"] if state == "accepted" else None
        found[row["post_id"]] = ShownQuote(post_id=row["post_id"], state=state, quoted_id=quoted_id)
    return found


async def quotes_of(
    db: Connection,
    post_id: int,
    viewer_id: int | None,
    *,
    below: int,
    above: int = 0,
    upwards: bool = False,
    limit: int,
) -> list[Post]:
    """The posts that quote one, with consent, as far as the viewer may read them, newest first."""
    rows = await db.fetch(
        f"""
        SELECT {_POST_COLUMNS}
          FROM quote
          JOIN post ON post.id = quote.post_id AND post.state = 'visible'
         WHERE quote.quoted_id = $1
           AND quote.state = 'accepted'
           AND post.id < $3
           AND post.id > $4
           AND {visible_to("$2")}
           AND {is_welcome("$2", "post.author_id")}
      ORDER BY post.id {"ASC" if upwards else "DESC"}
         LIMIT $5
        """,
        post_id,
        viewer_id,
        below,
        above,
        limit,
    )
    return sorted((Post(**row) for row in rows), key=lambda post: post.id, reverse=True)


async def _write(
    db: Connection,
    post: Post,
    quoted_uri: str,
    quoted_id: int | None,
    state: QuoteState,
    stamp: str | None,
    request_uri: str | None,
    now: datetime,
) -> None:
    await db.execute(
        """
        INSERT INTO quote (post_id, author_id, quoted_uri, quoted_id, state, stamp_uri, request_uri, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (post_id) DO NOTHING
        """,
        post.id,
        post.author_id,
        quoted_uri,
        quoted_id,
        state,
        stamp,
        request_uri,
        now,
    )
    if not post.is_quote:
        await db.execute("UPDATE post SET is_quote = true WHERE id = $1", post.id)


async def _accepted(db: Connection, post_id: int, quoted_id: int, *, now: datetime) -> None:
    await _count(db, quoted_id, 1)
    await facts.record(db, facts.QuoteAccepted(post_id), now=now)


async def _withdraw(db: Connection, post_id: int, *, now: datetime) -> None:
    row = await db.fetchrow(
        """
        UPDATE quote q
           SET state = 'revoked', decided_at = $2
          FROM (SELECT state FROM quote WHERE post_id = $1 FOR UPDATE) before
         WHERE q.post_id = $1 AND before.state IN ('pending', 'accepted')
        RETURNING before.state, q.quoted_id
        """,
        post_id,
        now,
    )
    if row is not None and row["state"] == "accepted":
        await _count(db, row["quoted_id"], -1)
        await facts.record(db, facts.QuoteWithdrawn(post_id), now=now)


async def _count(db: Connection, quoted_id: int, by: int) -> None:
    await db.execute("UPDATE post SET quotes_count = quotes_count + $2 WHERE id = $1", quoted_id, by)


async def _stamp(db: Connection, quoted_id: int, quoting_uri: str) -> Stamp | None:
    row = await db.fetchrow(
        """
        SELECT id, quoted_id, quoting_uri, account_id, revoked_at
          FROM quote_stamp
         WHERE quoted_id = $1 AND quoting_uri = $2 AND revoked_at IS NULL
        """,
        quoted_id,
        quoting_uri,
    )
    return Stamp(**row) if row else None
