"""Plain functions that make what a test needs and fill in all but the interesting. People are called Ada, Ben, Cleo."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from fedcomm import ids
from fedcomm.accounts import follows, lookup, signup
from fedcomm.accounts.follows import Follow
from fedcomm.accounts.model import Account, AccountKind
from fedcomm.database import Connection
from fedcomm.groups import founding, membership
from fedcomm.groups.model import CarryPolicy, JoinRule, PostingRule
from fedcomm.here import Here
from fedcomm.threads import posting
from fedcomm.threads.model import Audience, Draft, Post, Remote

NOON = datetime(2026, 11, 20, 12, 0, 0, 123000, tzinfo=UTC)
"""The time at which things happen unless a test says otherwise."""

HERE = Here(base_url="https://alpha.example", domain="alpha.example", authority="alpha.example")

_numbers = itertools.count(1)


def later(**by: float) -> datetime:
    """`later(minutes=5)`: some time after noon."""
    return NOON + timedelta(**by)


async def make_account(
    db: Connection,
    name: str = "ada",
    *,
    here: Here = HERE,
    role: str = "member",
    state: str = "active",
    now: datetime = NOON,
) -> Account:
    """A person of ours with a login."""
    number = next(_numbers)
    account = await signup.create_person(
        db,
        here,
        handle=f"{name}_{number}"[:20],
        email=f"{name}{number}@company.example",
        password=None,
        name=name.title(),
        role="admin" if role == "admin" else "member",
        approved=state != "pending",
        now=now,
    )
    if state not in ("active", "pending"):
        await db.execute("UPDATE account SET state = $2 WHERE id = $1", account.id, state)
    return await again(db, account)


async def make_remote_account(
    db: Connection,
    name: str = "rui",
    *,
    host: str = "beta.example",
    kind: AccountKind = "person",
    is_locked: bool = False,
    shared_inbox: bool = True,
    now: datetime = NOON,
) -> Account:
    """Somebody who lives on another server."""
    handle = f"{name}_{next(_numbers)}"
    base = f"https://{host}"
    uri = f"{base}/groups/{handle}" if kind == "group" else f"{base}/u/{handle}"
    account_id = ids.new(now)
    await db.execute(
        """
        INSERT INTO account (id, kind, is_local, handle, handle_key, handle_domain, authority, uri, url, inbox_url,
                             shared_inbox_url, outbox_url, followers_url, name, is_locked, created_at, updated_at)
        VALUES ($1, $2, false, $3, $3, $4, $4, $5, $6, $5 || '/inbox', $7, $5 || '/outbox', $5 || '/followers', $8, $9,
                $10, $10)
        """,
        account_id,
        kind,
        handle,
        host,
        uri,
        f"{base}/@{handle}",
        f"{base}/inbox" if shared_inbox else None,
        name.title(),
        is_locked,
        now,
    )
    account = await lookup.by_id(db, account_id)
    assert account is not None
    return account


async def make_group(
    db: Connection,
    name: str = "bakers",
    *,
    members: Iterable[Account] = (),
    facilitator: Account | None = None,
    here: Here = HERE,
    join_rule: JoinRule = "open",
    posting_rule: PostingRule = "members",
    carry_policy: CarryPolicy = "auto",
    group_kind: str = "topic",
    now: datetime = NOON,
) -> Account:
    """A group of ours, with these members; those from elsewhere have followed it."""
    group = await founding.create(
        db,
        here,
        facilitator or await make_account(db, "frida", here=here, now=now),
        f"{name}_{next(_numbers)}",
        name.title(),
        f"Talk among {name}.",
        join_rule=join_rule,
        posting_rule=posting_rule,
        carry_policy=carry_policy,
        group_kind=group_kind,
        now=now,
    )
    for member in members:
        if member.is_local:
            await membership.join(db, here, member, group, how="invite", now=now)
        else:
            await membership.receive_follow(db, here, member, group, f"{member.uri}#follow/{group.id}", now=now)
    return await again(db, group)


async def make_remote_group(
    db: Connection,
    name: str = "market",
    *,
    host: str = "beta.example",
    members: Iterable[Account] = (),
    here: Here = HERE,
    now: datetime = NOON,
) -> Account:
    """A group that lives on another server; these people of ours have joined it and were accepted."""
    group = await make_remote_account(db, name, host=host, kind="group", now=now)
    for member in members:
        await membership.follow_or_join(db, here, member, group, now=now)
        await membership.receive_accept(db, here, member, group, now=now)
    return await again(db, group)


async def make_follow(
    db: Connection,
    follower: Account,
    followee: Account,
    *,
    here: Here = HERE,
    notify: bool = False,
    now: datetime = NOON,
) -> Follow:
    """An accepted follow between two people, wherever they live."""
    if follower.is_local:
        await follows.follow(db, here, follower, followee, notify=notify, now=now)
        if not followee.is_local:
            await follows.receive_accept(db, here, follower, followee, now=now)
    else:
        await follows.receive_follow(db, here, follower, followee, f"{follower.uri}#follow/{followee.id}", now=now)
    made = await follows.find(db, follower.id, followee.id)
    assert made is not None
    return made


def make_draft(
    text: str = "Ours broke.",
    *,
    title: str | None = None,
    group: Account | None = None,
    carried_by: Sequence[Account] = (),
    parent: Post | None = None,
    audience: Audience = "public",
    mentioning: Sequence[Account] = (),
    summary: str = "",
    remote: Remote | None = None,
) -> Draft:
    """A draft of plain text."""
    groups = [*([group] if group else []), *carried_by]
    return Draft(
        content_html=f"<p>{text}</p>",
        source=text if remote is None else None,
        title=title,
        summary=summary,
        language="en",
        audience=audience,
        group_id=group.id if group else None,
        carry_ids=tuple(each.id for each in carried_by),
        parent_id=parent.id if parent else None,
        mention_ids=tuple(each.id for each in [*groups, *mentioning]),
        remote=remote,
    )


def make_remote(
    author: Account,
    *,
    uri: str | None = None,
    parent_uri: str | None = None,
    published_at: datetime = NOON,
    edited_at: datetime | None = None,
    context_uris: Sequence[str] = (),
) -> Remote:
    """What a post by this author brings along from its server."""
    number = next(_numbers)
    return Remote(
        uri=uri or f"https://{author.authority}/p/{number}",
        url=f"https://{author.authority}/@{author.handle}/{number}",
        object_type="Note",
        published_at=published_at,
        edited_at=edited_at,
        parent_uri=parent_uri,
        context_uris=tuple(context_uris),
    )


async def make_thread(
    db: Connection,
    author: Account,
    group: Account | None = None,
    *,
    title: str = "Which oven?",
    text: str = "Ours broke.",
    carried_by: Sequence[Account] = (),
    audience: Audience = "public",
    here: Here = HERE,
    now: datetime = NOON,
) -> Post:
    """A thread in a group, or without one a personal post; by somebody here or elsewhere."""
    remote = None if author.is_local else make_remote(author, published_at=now)
    draft = make_draft(
        text, title=title if group else None, group=group, carried_by=carried_by, audience=audience, remote=remote
    )
    return await posting.publish(db, here, author, draft, now=now)


async def make_reply(
    db: Connection,
    author: Account,
    parent: Post,
    *,
    text: str = "The red one.",
    audience: Audience = "public",
    mentioning: Sequence[Account] = (),
    here: Here = HERE,
    now: datetime = NOON,
) -> Post:
    """A reply, by somebody here or elsewhere."""
    remote = None if author.is_local else make_remote(author, parent_uri=parent.uri, published_at=now)
    draft = make_draft(
        text,
        parent=parent if author.is_local else None,
        audience=audience,
        mentioning=mentioning,
        remote=remote,
    )
    return await posting.publish(db, here, author, draft, now=now)


async def again(db: Connection, account: Account) -> Account:
    """An account as it stands in the database now."""
    found = await lookup.by_id(db, account.id)
    assert found is not None
    return found


async def recorded(db: Connection, *types: str) -> list[str]:
    """The facts of these types that were recorded, in order; of all types where none is named."""
    rows = await db.fetch(
        "SELECT type FROM fact WHERE cardinality($1::text[]) = 0 OR type = ANY($1) ORDER BY id", list(types)
    )
    return [row["type"] for row in rows]
