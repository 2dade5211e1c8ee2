"""From an activity to rows of the delivery queue: encoded once, proven once if it is public, for many inboxes."""

import asyncio
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fedcomm import ids
from fedcomm.accounts.keys import Keyring
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.http.context import Site, SiteWork
from fedcomm.jobs import delivery_queue
from fedcomm.threads import audience
from fedcomm.threads.model import Post
from federation import relaying
from federation.relaying import splice
from federation.signatures.key_formats import Ed25519PrivateKey, RSAPrivateKey
from federation.signatures.ld_signatures import add_ld_signature
from federation.signatures.object_proofs import add_proof
from federation.vocabulary.activities import Activity, Announce
from federation.vocabulary.contexts import PUBLIC
from federation.vocabulary.values import Document
from federation.vocabulary.writing import encode, write


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One activity, encoded and ready, and the inboxes (url, authority) that have to get it."""

    id: int
    actor: Account
    uri: str
    type: str
    body: bytes
    is_public: bool
    order_key: int
    inboxes: dict[str, str] = field(default_factory=lambda: {})
    post_id: int | None = None
    due_at: datetime | None = None
    spread: timedelta = timedelta(0)
    is_further: bool = False
    """Others may have got it before, under the same name."""


async def proven(site: Site, actor: Account, document: Document) -> Document:
    """A document of ours with the proof of its actor (FEP-8b32, D14). Called outside of transactions."""
    keys = await site.service(Keyring).of(actor.id, actor.uri, now=site.now())
    assert isinstance(keys.ed25519.private, Ed25519PrivateKey)
    return add_proof(document, keys.ed25519.private, keys.ed25519.uri, now=site.now())


FORWARDED = ("Create", "Update", "Delete", "Move")
"""What Mastodon passes on through a thread, and believes when a group passes it on: if it carries an LD signature."""


async def _signed(site: Site, actor: Account, document: Document) -> Document:
    """The same with an LD signature as well; made in a thread, since that takes some milliseconds (D52).

    Signed copies travel to servers that may be shut out here: hence none where those who ask must say who they are.
    """
    if document.get("type") not in FORWARDED or site.settings.authorized_fetch or site.settings.federation != "open":
        return document
    keys = await site.service(Keyring).of(actor.id, actor.uri, now=site.now())
    assert isinstance(keys.rsa.private, RSAPrivateKey)
    return await asyncio.to_thread(add_ld_signature, document, keys.rsa.private, keys.rsa.uri, now=site.now())


def is_public(activity: Activity) -> bool:
    """Whether anybody may see it: then it carries a proof."""
    return PUBLIC in activity.to or PUBLIC in activity.cc


async def ready(
    site: Site,
    actor: Account,
    activity: Activity,
    *,
    id: int,
    order_key: int,
    inboxes: Iterable[tuple[str, str]],
    post_id: int | None = None,
    spread: timedelta = timedelta(0),
    prove: bool = True,
    leaves: bool = True,
    is_further: bool = False,
) -> Outgoing:
    """An activity of one of ours, encoded; public ones carry a proof, and what lets Mastodon pass them on.

    `leaves`: somebody gets it. What is only fetched from here needs no such signature, which costs 2 ms.
    """
    document = write(activity)
    public = is_public(activity)
    if public and prove:
        document = await proven(site, actor, document)
        document = await _signed(site, actor, document) if leaves else document
    assert activity.id is not None
    return Outgoing(
        id=id,
        actor=actor,
        uri=activity.id,
        type=activity.type,
        body=encode(document),
        is_public=public,
        order_key=order_key,
        inboxes=dict(inboxes),
        post_id=post_id,
        spread=spread,
        is_further=is_further,
    )


async def wrapped(
    site: Site,
    group: Account,
    envelope: Announce,
    inner: bytes,
    *,
    id: int,
    order_key: int,
    inboxes: Iterable[tuple[str, str]],
    post_id: int | None,
) -> Outgoing:
    """A group's Announce around somebody's activity, whose bytes stay as they are (federation.md rule 4)."""
    assert envelope.id is not None
    return Outgoing(
        id=id,
        actor=group,
        uri=envelope.id,
        type="Announce",
        body=splice(write(envelope), inner),
        is_public=is_public(envelope),
        order_key=order_key,
        inboxes=dict(inboxes),
        post_id=post_id,
    )


async def announced(site: Site, group: Account, post: Post, inner: bytes, inboxes: Mapping[str, str]) -> Outgoing:
    """What somebody did to a post, as a group passes it on in form A; `inboxes`: the authority of each."""
    id_, uri = fresh_id(site)
    envelope = relaying.announcement_of_activity(
        uri,
        group=group.uri,
        followers=group.followers_url or group.uri + "/followers",
        published=site.now(),
        is_public=post.audience in audience.PUBLIC,
    )
    return await wrapped(
        site, group, envelope, inner, id=id_, order_key=post.thread_id, inboxes=inboxes.items(), post_id=post.id
    )


def forwarded(
    group: Account, uri: str, type: str, body: bytes, *, id: int, order_key: int, inboxes: Iterable[tuple[str, str]],
    post_id: int,
) -> Outgoing:  # fmt: skip
    """Somebody's activity, posted by a group of ours as it came; its row has a name of its own beside the original."""
    return Outgoing(
        id=id,
        actor=group,
        uri=f"{uri}#forwarded-by-{group.id}",
        type=type,
        body=body,
        is_public=False,
        order_key=order_key,
        inboxes=dict(inboxes),
        post_id=post_id,
    )


async def enqueue(db: Connection, site: Site, outgoing: Iterable[Outgoing], *, now: datetime) -> None:
    """Write activities and their destinations into the delivery queue, in the transaction of the consequence."""
    letters = list(outgoing)
    if len(letters) > 1:
        await delivery_queue.lock_peers(db, {peer for each in letters for peer in each.inboxes.values()})
    for each in letters:
        await delivery_queue.enqueue(
            db,
            actor=each.actor,
            uri=each.uri,
            type=each.type,
            body=each.body,
            post_id=each.post_id,
            is_public=each.is_public,
            inboxes=each.inboxes.items(),
            order_key=each.order_key,
            object_key=each.post_id or 0,
            activity_id=each.id,
            now=now,
            due_at=each.due_at,
            spread=each.spread,
            is_further=each.is_further,
            only_allowed=site.settings.federation == "allowlist",
        )


async def queue(work: SiteWork, *outgoing: Outgoing) -> None:
    """All that came of a fact, which may be nothing: its consequence is done with it."""
    async with work.transaction() as db:
        await enqueue(db, work.site, outgoing, now=work.now)


async def between(site: Site, by: Account, to: Account, activity: Activity, *, id: int) -> Outgoing:
    """An activity that concerns two accounts only, for the inbox of the one elsewhere; in order with the others."""
    inboxes = [inbox_of(to, personal=True)]
    return await ready(site, by, activity, id=id, order_key=pair_key(by, to), inboxes=inboxes)


def inbox_of(account: Account, *, personal: bool = False) -> tuple[str, str]:
    """Where one account is reached: the inbox of its server for all, unless it must be its own."""
    url = account.inbox_url if personal or account.shared_inbox_url is None else account.shared_inbox_url
    return url, account.authority


def pair_key(one: Account, other: Account) -> int:
    """The order key of what concerns two actors only (D53); negative, so that it never equals a thread's id."""
    low, high = sorted((one.id, other.id))
    return -((zlib.crc32(f"{low}:{high}".encode()) << 20) | (low & 0xFFFFF)) - 1


def fresh_id(site: Site) -> tuple[int, str]:
    """An id for an activity that has no row of its own yet, and its URI."""
    made = ids.new(site.now())
    return made, site.here.activity_uri(made)
