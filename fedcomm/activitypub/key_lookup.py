"""Whose key is this? Answers `federation.inbox` from what we know, else from the owner's server (S010-S022).

A key that is not known is fetched; one that is known is fetched again at most once in five minutes. Its owner gets a
row here only when the key has proven something, so that forged requests leave nothing behind.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urldefrag

from fedcomm.accounts import keys, lookup
from fedcomm.activitypub.actors import Actors
from fedcomm.http.context import Site
from federation.errors import Malformed
from federation.fetching import FetchedObject, Fetcher
from federation.signatures.key_formats import public_from_multikey, public_from_pem
from federation.signatures.owned_keys import OwnedKey, owner_in, read_key
from federation.single_flight import SingleFlight

CACHED_KEYS = 5000
KEPT_FOR = timedelta(seconds=60)


@dataclass(slots=True)
class _Kept:
    """A key in memory; `stranger` is its owner's document as long as nothing was proven with it."""

    until: datetime
    key: OwnedKey
    stranger: FetchedObject | None = None


class SiteKeys:
    """The keys of others. Fulfils `federation.signatures.owned_keys.Keys`."""

    def __init__(self, site: Site, fetcher: Fetcher, actors: Actors) -> None:
        self._site = site
        self._fetcher = fetcher
        self._actors = actors
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._flights: SingleFlight[str, OwnedKey | None] = SingleFlight()
        self._meetings: SingleFlight[str, None] = SingleFlight()

    async def close(self) -> None:
        """Stop what is under way."""
        await self._flights.close()
        await self._meetings.close()

    async def find(self, key_id: str) -> OwnedKey | None:
        """The key as we know it, without asking anybody; what the database said counts for a minute."""
        now = self._site.now()
        kept = self._kept.get(key_id)
        if kept is not None and now < kept.until:
            return kept.key
        async with self._site.read() as db:
            row = await keys.by_uri(db, key_id)
        if row is None:
            self._kept.pop(key_id, None)
            return None
        read = public_from_pem if row.algorithm == "rsa" else public_from_multikey
        key = OwnedKey(row.uri, row.account_uri, read(row.public))
        self._keep(_Kept(now + KEPT_FOR, key))
        return key

    async def fetch(self, key_id: str) -> OwnedKey | None:
        """The key as its owner's server states it now; None when it may not be asked again yet, or does not hold.

        Raises Unreachable.
        """
        return await self._flights.join(key_id, lambda: self._fetch(key_id))

    async def _fetch(self, key_id: str) -> OwnedKey | None:
        if self._site.here.is_ours(key_id):
            return None
        is_known = await self.find(key_id) is not None
        if is_known and not self._actors.may_refetch(key_id):
            return None
        try:
            # A stranger's server that failed is not asked again for a while; that stays "unreachable", never "wrong".
            key, actor = await self._ask(key_id, fresh=is_known)
        except Malformed:
            return None
        if key is None or actor is None:
            return None
        async with self._site.read() as db:
            is_stranger = await lookup.by_uri(db, key.owner) is None
        if not is_stranger:
            await self._actors.keep(actor)
        self._keep(_Kept(self._site.now() + KEPT_FOR, key, actor if is_stranger else None))
        return key

    async def meet(self, key_id: str) -> None:
        """Something was proven with this key: its owner is known here from now on (R023). Raises Malformed."""
        kept = self._kept.get(key_id)
        if kept is not None and kept.stranger is not None:
            await self._meetings.join(key_id, lambda: self._meet(key_id))

    async def _meet(self, key_id: str) -> None:
        kept = self._kept.get(key_id)
        if kept is not None and kept.stranger is not None:
            await self._actors.keep(kept.stranger)
            kept.stranger = None

    async def _ask(self, key_id: str, *, fresh: bool) -> tuple[OwnedKey | None, FetchedObject | None]:
        """The key and its owner's own document, if they claim each other (S013). Raises Malformed, Unreachable."""
        found = await self._fetcher.fetch_object(urldefrag(key_id).url, for_key=True, fresh=fresh)
        key = read_key(key_id, found.object, found.object)
        if key is not None:
            return key, found
        owner = owner_in(found.object, key_id)
        if owner is None or owner == found.id:
            return None, None
        actor = await self._fetcher.fetch_object(owner, for_key=True, fresh=fresh)
        return read_key(key_id, found.object, actor.object), actor

    def _keep(self, kept: _Kept) -> None:
        self._kept[kept.key.id] = kept
        self._kept.move_to_end(kept.key.id)
        now = self._site.now()
        while self._kept and (len(self._kept) > CACHED_KEYS or next(iter(self._kept.values())).until <= now):
            self._kept.popitem(last=False)
