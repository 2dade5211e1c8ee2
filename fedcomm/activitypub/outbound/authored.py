"""What authors say about their posts, as the bytes that are sent and that groups pass on.

Ours are written and proven here; those of others are passed on as they came (federation.md rule 4).
"""

from dataclasses import dataclass
from datetime import datetime

from fedcomm.accounts.model import Account
from fedcomm.activitypub import documents
from fedcomm.activitypub.outbound import sending
from fedcomm.activitypub.outbound.sending import Outgoing
from fedcomm.http.context import Site
from fedcomm.jobs import delivery_leases
from fedcomm.threads import audience, relayed
from fedcomm.threads.model import Post
from federation.vocabulary.activities import Activity, Delete, Update
from federation.vocabulary.contexts import PUBLIC


@dataclass(frozen=True, slots=True)
class Said:
    """One activity of an author. `outgoing` is its own sending, without inboxes yet, if the author is ours."""

    uri: str
    type: str
    body: bytes
    has_proof: bool
    outgoing: Outgoing | None


async def create(site: Site, author: Account, post: Post, *, leaves: bool = True) -> Said | None:
    """The Create of a post; None where it came another way and its bytes are not here. `leaves`: somebody gets it."""
    if not author.is_local:
        return await _kept(site, post, "Create")
    return await _created(site, author, post, id=post.id, uri=None, leaves=leaves)


async def create_again(site: Site, author: Account, post: Post) -> Said:
    """The Create of a post of ours as it is now, under another name than the one that was sent."""
    id_, uri = sending.fresh_id(site)
    return await _created(site, author, post, id=id_, uri=uri, leaves=True)


async def _created(site: Site, author: Account, post: Post, *, id: int, uri: str | None, leaves: bool) -> Said:
    async with site.read() as db:
        activity = await documents.creation(db, site.here, author, post, uri=uri)
    return await _own(site, author, post, activity, id=id, leaves=leaves)


async def created(site: Site, author: Account, post: Post) -> Said | None:
    """The Create of a post that was published before: the bytes that were sent, if they were."""
    if author.is_local:
        async with site.read() as db:
            letter = (await delivery_leases.letters(db, [post.id])).get(post.id)
        if letter is not None:
            return Said(letter.uri, "Create", letter.body, letter.is_public, None)
    return await create(site, author, post)


async def update(site: Site, author: Account, post: Post, *, at: datetime | None = None) -> Said | None:
    """The latest Update of a post; it carries the whole object. `at`: when it stood so, where that was no edit."""
    if not author.is_local:
        return await _kept(site, post, "Update")
    async with site.read() as db:
        written = await documents.post(db, site.here, post)
    id_, uri = sending.fresh_id(site)
    activity = Update(
        id=uri,
        actor=author.uri,
        to=written.addressed.to,
        cc=written.addressed.cc,
        audience=written.addressed.group,
        published=at or post.edited_at,
        object=written.object,
    )
    return await _own(site, author, post, activity, id=id_)


async def delete(site: Site, author: Account, post: Post, home: Account | None) -> Said | None:
    """The Delete of a post by its author; names the object by its id, which is all Lemmy reads."""
    if not author.is_local:
        return await _kept(site, post, "Delete")
    id_, uri = sending.fresh_id(site)
    activity = Delete(
        id=uri,
        actor=author.uri,
        to=(PUBLIC,) if post.audience in audience.PUBLIC else (),
        cc=tuple(each for each in (home.uri if home else None, author.followers_url) if each),
        audience=home.uri if home else None,
        published=post.deleted_at,
        object=post.uri,
    )
    return await _own(site, author, post, activity, id=id_)


async def _kept(site: Site, post: Post, type: relayed.Kind) -> Said | None:
    async with site.read() as db:
        found = await relayed.of(db, post.id, type)
    return None if found is None else Said(found.activity_uri, found.type, found.body, found.has_proof, None)


async def _own(site: Site, author: Account, post: Post, activity: Activity, *, id: int, leaves: bool = True) -> Said:
    outgoing = await sending.ready(
        site, author, activity, id=id, order_key=post.thread_id, inboxes=(), post_id=post.id, leaves=leaves
    )
    return Said(outgoing.uri, outgoing.type, outgoing.body, outgoing.is_public, outgoing)
