"""Brings one activity to one inbox: reads who signs, signs anew at each try, and says what came of it (R046, R047).

No database connection is held while the other side is waited for (R033).
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from functools import partial

from fedcomm.accounts import lookup
from fedcomm.accounts.keys import Keyring
from fedcomm.accounts.model import Account
from fedcomm.activitypub.signing import PostSigner, digest_of
from fedcomm.activitypub.synchronising import Digests
from fedcomm.http.context import Site
from fedcomm.jobs.delivery_queue import Letter, Row
from fedcomm.jobs.turns import Answer
from fedcomm.network import peers
from fedcomm.threads import audience
from federation.addressing import named_in
from federation.delivery import Deliverer, Delivery, Outcome
from federation.signatures.claims import Scheme

SIGNERS_KEPT = 200
ACTORS_KEPT = 2_000
PEERS_KEPT = 20_000
READ_AGAIN = timedelta(minutes=1)


class SiteCarrier:
    """Fulfils `jobs.delivering.Carrier`. Remembers per peer which form of signature was understood."""

    def __init__(self, site: Site, deliverer: Deliverer) -> None:
        self._site = site
        self._deliverer = deliverer
        self._signers: OrderedDict[int, PostSigner] = OrderedDict()
        self._actors: OrderedDict[int, Account] = OrderedDict()
        self._digests = Digests(site)
        self._schemes: OrderedDict[str, Scheme] = OrderedDict()
        self._loaded_at: datetime | None = None

    async def carry(self, letter: Letter, row: Row) -> Answer:
        """One try. Never raises for what the other side does."""
        actor = await self._actor(letter.actor_id)
        if actor is None:
            return Answer("refused", detail="the account that sent this is gone")
        if self._is_missing(row) and (inboxes := await self._personal_inboxes(letter, row)):
            return Answer("elsewhere", inboxes=inboxes)
        scheme = self._schemes.get(row.authority) or await self._said(row.authority)
        signer = await self._signer(letter, actor)
        fields = await self._digests.fields(letter, actor, row.authority)
        delivery = await self._deliverer.deliver(
            row.inbox_url, letter.body, sign=partial(signer, fields=fields), scheme=scheme, last_status=row.last_status
        )
        if delivery.scheme is not None and delivery.scheme != scheme:
            await self._remember(row.authority, delivery.scheme)
        if delivery.outcome is Outcome.GONE and (inboxes := await self._personal_inboxes(letter, row)):
            return Answer("elsewhere", detail=delivery.detail, status=delivery.status, inboxes=inboxes)
        return _answer(delivery)

    def _is_missing(self, row: Row) -> bool:
        """Whether it is a shared inbox that was not there lately."""
        since = row.missing_at
        return since is not None and self._site.now() - since < self._site.durations.shared_inbox_again

    async def _personal_inboxes(self, letter: Letter, row: Row) -> tuple[str, ...]:
        """Where those are reached, one by one, for whom a shared inbox was to get a letter; none if it is no such."""
        if not letter.body:  # its post was deleted just now: nobody gets it any more
            return ()
        to = named_in(letter.body)
        async with self._site.read() as db:
            found = await audience.personal_inboxes(
                db,
                row.inbox_url,
                authority=row.authority,
                sender_id=letter.actor_id,
                post_id=letter.post_id,
                named=to.uris,
                is_public=to.is_public,
            )
        return tuple(found)

    async def _actor(self, actor_id: int) -> Account | None:
        """Who sends it, as they were when they first sent something from this process."""
        known = self._actors.get(actor_id)
        if known is not None:
            self._actors.move_to_end(actor_id)
            return known
        async with self._site.read() as db:
            account = await lookup.by_id(db, actor_id)
        if account is None or not account.is_local:
            return None
        self._actors[actor_id] = account
        while len(self._actors) > ACTORS_KEPT:
            self._actors.popitem(last=False)
        return account

    async def _signer(self, letter: Letter, actor: Account) -> PostSigner:
        kept = self._signers.get(letter.id)
        if kept is not None:
            return kept
        keys = await self._site.service(Keyring).of(actor.id, actor.uri, now=self._site.now())
        signer = PostSigner(self._site, keys, digest_of(letter.body))
        self._signers[letter.id] = signer
        while len(self._signers) > SIGNERS_KEPT:
            self._signers.popitem(last=False)
        return signer

    async def _said(self, authority: str) -> Scheme:
        """With which form a peer is begun; once a minute it is read which peers say that they read the newer one."""
        if self._loaded_at is None or self._site.now() - self._loaded_at > READ_AGAIN:
            await self.load_schemes()
        return self._schemes.get(authority, "cavage")

    async def _remember(self, authority: str, scheme: Scheme) -> None:
        self._schemes[authority] = scheme
        while len(self._schemes) > PEERS_KEPT:
            self._schemes.popitem(last=False)
        async with self._site.transaction() as db:
            await peers.remember_signature_form(db, authority, scheme, now=self._site.now())

    async def load_schemes(self) -> None:
        """What was learnt before, here or by other processes: peers that want the newer form."""
        self._loaded_at = self._site.now()
        async with self._site.read() as db:
            for authority in await peers.speaking(db, "rfc9421"):
                self._schemes.setdefault(authority, "rfc9421")


def _answer(delivery: Delivery) -> Answer:
    return Answer(
        delivery.outcome.value,
        blame=delivery.blame.value,
        detail=delivery.detail,
        status=delivery.status,
        retry_after=delivery.retry_after if delivery.peer_waits else None,
    )
