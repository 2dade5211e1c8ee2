"""Posts and notifications as those see them who hold a streaming connection; made once for all who see the same."""

from collections.abc import Collection, Mapping, Set

import orjson

from fedcomm.api.entities import conversations as conversation_entities
from fedcomm.api.entities import notifications, statuses
from fedcomm.api.entities.announcements import announcement
from fedcomm.api.entities.encoded import Encoded
from fedcomm.database import Connection
from fedcomm.errors import NotFound
from fedcomm.http.context import Site
from fedcomm.notifications import announcements, reading
from fedcomm.streaming import alike
from fedcomm.threads import conversations
from fedcomm.timelines.cursor import Entry

UNTOUCHED = b',"favourited":false,"reblogged":false,"muted":false,"bookmarked":false,"pinned":false,"filtered":[]}'
"""What a post says to a member who did nothing with it."""
FOR_VISITORS = b'"quote_approval":{"automatic":["public"],"manual":[],"current_user":"unknown"},"quote":null'
FOR_MEMBERS = FOR_VISITORS.replace(b"unknown", b"automatic")
"""What a post that anybody may quote, and that quotes nothing, says of that."""


class LiveEntities:
    """The shower of the hub (`fedcomm.streaming.hub.Shower`)."""

    def __init__(self, here: Site) -> None:
        self._here = here

    async def statuses(
        self, db: Connection, entry: Entry, viewers: Collection[int], marked: Set[int]
    ) -> Mapping[int, bytes]:
        """A post or its wrapper for each viewer: with their own marks for those who have any."""
        encoded = self._here.service(Encoded)
        found: dict[int, bytes] = {}
        rest = [viewer for viewer in viewers if viewer not in marked]
        for viewer in marked & set(viewers):
            found.update((viewer, shown) for shown in await statuses.page(db, encoded, [entry], viewer))
        if rest and (for_all := await self._for_members(db, encoded, entry)) is not None:
            found.update(dict.fromkeys(rest, for_all))
        elif rest:
            for together in await alike.viewers(db, entry.post_id, rest):
                for shown in await statuses.page(db, encoded, [entry], together[0]):
                    found.update(dict.fromkeys(together, shown))
        return found

    async def _for_members(self, db: Connection, encoded: Encoded, entry: Entry) -> bytes | None:
        """As somebody who did nothing with the post sees it: what a visitor gets, with the marks of nobody.

        None: who may quote it, or read what it quotes, is another matter for some than for others.
        """
        bare = Entry(entry.post_id, entry.post_id, None, entry.by_id)
        both = await statuses.page(db, encoded, [bare, entry], None)  # at one moment, so that one contains the other
        if len(both) < 2:
            return None
        inner, shown = both
        if not inner.endswith(FOR_VISITORS + b"}"):
            return None
        for_members = inner.removesuffix(FOR_VISITORS + b"}") + FOR_MEMBERS + UNTOUCHED
        if entry.boost_id is None:
            return for_members
        return shown.removesuffix(inner + b"}") + for_members + UNTOUCHED

    async def announcement(self, db: Connection, viewer_id: int, announcement_id: int) -> bytes | None:
        """An announcement as somebody sees it; None if it was taken back."""
        try:
            found = await announcements.by_id(db, viewer_id, announcement_id, now=self._here.now())
            return orjson.dumps(announcement(found))
        except NotFound:
            return None

    async def reaction(self, db: Connection, announcement_id: int, name: str) -> bytes:
        """How many reacted to an announcement with an emoji."""
        count = await announcements.reaction_count(db, announcement_id, name)
        return orjson.dumps({"name": name, "count": count, "announcement_id": str(announcement_id)})

    async def notification(self, db: Connection, viewer_id: int, notification_id: int) -> bytes | None:
        """A notification; None if it is not to be shown any more."""
        try:
            found = await reading.by_id(db, viewer_id, notification_id)
        except NotFound:
            return None
        shown = await notifications.shown_to(db, self._here, viewer_id, [found])
        return orjson.dumps(shown[0]) if shown else None

    async def conversations(self, db: Connection, post_id: int, viewers: Collection[int]) -> Mapping[int, bytes]:
        """The conversation a post belongs to, for those of these people who have it."""
        encoded = self._here.service(Encoded)
        found: dict[int, bytes] = {}
        for viewer, each in (await conversations.with_post(db, post_id, viewers)).items():
            (shown,) = await conversation_entities.shown(db, self._here.here, encoded, [each])
            found[viewer] = orjson.dumps(shown)
        return found
