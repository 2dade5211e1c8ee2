"""What stands in archives, as documents of ActivityPub: fulfils `fedcomm.portability.personal.Scribe`."""

from typing import Any, cast

from fedcomm.accounts.keys import Keyring
from fedcomm.accounts.model import Account
from fedcomm.activitypub import documents, own_outbox
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.context import Site
from fedcomm.threads import reading
from fedcomm.threads.published import Shown
from federation.vocabulary.contexts import POST_CONTEXT
from federation.vocabulary.values import Document
from federation.vocabulary.writing import write

FILES = "/media_attachments/"
"""Where an archive has its files, as Mastodon writes it."""


class SiteScribe:
    """Writes for one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def context(self) -> Any:
        """Of the documents below."""
        return POST_CONTEXT

    async def actor(self, account: Account) -> dict[str, Any]:
        """The document of an account."""
        keys = await self._site.service(Keyring).of(account.id, account.uri, now=self._site.now())
        return dict(write(documents.actor(self._site.here, account, keys)))

    async def entry(self, db: Connection, account: Account, entry: Shown) -> dict[str, Any]:
        """What was written as a Create, what was boosted as an Announce."""
        try:
            found = dict(await own_outbox.item(self._site, db, account, entry))
        except NotFound:  # posts for a network or a group have no document for other servers
            found = await self._of_few(db, account, entry)
        written = found.get("object")
        if isinstance(written, dict):
            found["object"] = self._with_own_files(cast("dict[str, Any]", written))
        return found

    async def _of_few(self, db: Connection, account: Account, entry: Shown) -> dict[str, Any]:
        post = await reading.find(db, entry.post_id)
        assert post is not None
        parent = await reading.find(db, post.parent_id) if post.parent_id is not None else None
        note = {
            "id": post.uri,
            "type": post.object_type,
            "attributedTo": account.uri,
            "name": post.title,
            "summary": post.summary or None,
            "content": post.content_html,
            "inReplyTo": parent.uri if parent is not None else post.parent_uri,
            "published": post.published_at,
            "url": post.url,
            "fc:audience": post.audience,
        }
        written = {name: value for name, value in note.items() if value is not None}
        return {"id": f"{post.uri}#create", "type": "Create", "actor": account.uri, "object": written}

    def _with_own_files(self, written: dict[str, Any]) -> dict[str, Any]:
        ours = self._site.here.file_url("")
        attached: list[Document] = []
        for each in cast("list[Document]", written.get("attachment") or []):
            url = str(each.get("url", ""))
            attached.append(each | {"url": FILES + url.removeprefix(ours)} if url.startswith(ours) else each)
        return written | {"attachment": attached} if attached else written
