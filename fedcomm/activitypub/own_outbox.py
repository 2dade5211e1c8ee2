"""What stands in the outboxes of ours: Creates of people's posts, and threads as their group announced them.

A group's entries carry the activity that made the thread, which is all that some read of a group they have just found
(Lemmy, PieFed; federation.md 2.4): as it came, where it did.
"""

from collections.abc import Sequence

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.activitypub import documents
from fedcomm.database import Connection
from fedcomm.http.context import Site
from fedcomm.threads import reading, relayed
from fedcomm.threads.model import Post
from fedcomm.threads.published import Shown
from federation.vocabulary.activities import Announce
from federation.vocabulary.collections import Collection, CollectionPage
from federation.vocabulary.contexts import POST_CONTEXT, PUBLIC
from federation.vocabulary.strict_json import load_object
from federation.vocabulary.values import Document
from federation.vocabulary.writing import write, write_bare


async def item(site: Site, db: Connection, account: Account, entry: Shown) -> Document:
    """One entry of an outbox."""
    post = await reading.find(db, entry.post_id)
    assert post is not None
    if entry.boost_uri is None:
        return write_bare(await documents.creation(db, site.here, account, post))
    followers = account.followers_url or account.uri + "/followers"
    announce = write_bare(
        Announce(
            id=entry.boost_uri,
            actor=account.uri,
            to=(PUBLIC,),
            cc=(followers,),
            audience=account.uri if account.is_group else None,
            published=entry.shown_at,
            object=entry.post_uri,
        )
    )
    if account.is_group and post.group_id == account.id:
        announce["object"] = await _as_said(site, db, post) or entry.post_uri
    return announce


def filled(of: Collection | CollectionPage, items: Sequence[Document]) -> Document:
    """An outbox, or a page of one, with these entries."""
    return write(of) | {"@context": POST_CONTEXT, "orderedItems": list(items)}


async def _as_said(site: Site, db: Connection, post: Post) -> Document | None:
    """The Create of a thread; None where it came another way and its bytes are not here."""
    author = await lookup.by_id(db, post.author_id)
    if author is not None and author.is_local:
        return write_bare(await documents.creation(db, site.here, author, post))
    kept = await relayed.of(db, post.id, "Create")
    return load_object(kept.body) if kept is not None else None
