"""Whom the inbox hears, and what it writes down before it answers: asked and written for many requests at once."""

from collections.abc import Sequence
from typing import NamedTuple

from fedcomm.accounts import keys
from fedcomm.accounts.model import Account
from fedcomm.activitypub import synchronising
from fedcomm.http.context import Site
from fedcomm.jobs import inbox_queue
from fedcomm.jobs.inbox_queue import Accepted
from fedcomm.network import peers
from fedcomm.together import Together
from federation.authority import authority
from federation.inbox import Envelope, Received

MOST_AT_ONCE = 50


class NotHeard(Exception):  # reads as a sentence where it is raised
    """A peer or an account we do not exchange anything with: 403, before any fetch (S025)."""


class _Asked(NamedTuple):
    """Who wants to say something: the actor, the keys that signed, and all their authorities."""

    actor: str
    key_ids: tuple[str, ...]
    authorities: frozenset[str]


class Accepting:
    """The way in of one process."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._heard = peers.Heard()
        self._askers = Together(self._states, most=MOST_AT_ONCE)
        self._arrivals = Together(self._add, most=MOST_AT_ONCE)

    async def admit(self, envelope: Envelope, key_ids: tuple[str, ...]) -> bool:
        """What is asked before any key is fetched: is the peer admitted, and is this worth any work (S025, S158)?

        False: answer 202 and do nothing. Raises NotHeard.
        """
        authorities = frozenset(authority(uri) for uri in (envelope.actor, *key_ids))
        state = await self._askers.ask(_Asked(envelope.actor, key_ids, authorities))
        if state == "suspended":
            raise NotHeard
        return state is not None or not envelope.is_about_its_actor

    async def accept(self, received: Received, recipient: Account | None) -> None:
        """Commit the activity; the 202 comes after (D6)."""
        site, now = self._site, self._site.now()
        accepted = Accepted(
            activity_uri=received.activity_id,
            activity_type=received.envelope.type,
            signer_uri=received.signer,
            authority=authority(received.signer),
            recipient_id=recipient.id if recipient else None,
            body=received.body,
            now=now,
        )
        is_fresh = await self._arrivals.ask(accepted)
        site.wakeups.ring("inbox")
        if is_fresh and received.synchronization is not None:
            async with site.pool.connection() as db:  # each statement commits
                differs = await synchronising.hear(db, received.synchronization, received.signer, now=now)
            if differs:
                site.wakeups.ring("facts")

    async def _states(self, asked: Sequence[_Asked]) -> list[str | None]:
        """What became of each actor, None of strangers; `suspended` also where their server or a key's owner is."""
        federation = self._site.settings.federation
        async with self._site.read() as db:
            admitted = await peers.admitted(db, {who for each in asked for who in each.authorities}, federation)
            states, shut_out = await keys.standing(
                db, {each.actor for each in asked}, {key_id for each in asked for key_id in each.key_ids}
            )
        return [
            states.get(each.actor)
            if each.authorities <= admitted and shut_out.isdisjoint(each.key_ids)
            else "suspended"
            for each in asked
        ]

    async def _add(self, accepted: Sequence[Accepted]) -> list[bool]:
        """Write them down; whether each is new."""
        async with self._site.pool.connection() as db:  # each statement commits
            fresh = await inbox_queue.add_all(db, accepted)
            heard = {each.authority for each, is_fresh in zip(accepted, fresh, strict=True) if is_fresh}
            await self._heard.note(db, sorted(heard), now=self._site.now())
        return fresh
