"""Who holds connections in this process, and what each of them is told.

News stand in the database (`news.py`) and notifications in their own table. A bell, rung after the commit here and by
NOTIFY from other processes, says that there are some; without it they are found by polling. Ids are made before the
commit, so for some time it is looked again for smaller ids than the greatest seen. Source: decisions D5, D38, D57.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from fedcomm import ids
from fedcomm.accounts import standing
from fedcomm.database import LOST, Connection, Down
from fedcomm.durations import Durations
from fedcomm.streaming import news, reaching, sorting
from fedcomm.streaming.channels import Channel
from fedcomm.streaming.news import News
from fedcomm.streaming.readers import MOST_CHANNELS, Ending, Message, Reader
from fedcomm.timelines.cursor import Entry

LATE = timedelta(seconds=40)
"""So long after its id was made, news may still be committed: the limit of a consequence, and a little."""
MOST_CAUGHT_UP = 400
AGAIN = 2_000 << ids.LOW_BITS
"""Two seconds: so far back notifications are told again, as the order of their commits is not known."""

log = logging.getLogger(__name__)

ByChannel = Mapping[Channel, Collection[Reader]]
Read = Callable[[], AbstractAsyncContextManager[Connection]]


class Shower(Protocol):
    """Makes of posts and notifications what clients read, for each viewer as they may see it."""

    async def statuses(
        self, db: Connection, entry: Entry, viewers: Collection[int], marked: Set[int]
    ) -> Mapping[int, bytes]:
        """A post, or its wrapper, for each viewer; `marked`: who sees it otherwise than the rest."""
        ...

    async def announcement(self, db: Connection, viewer_id: int, announcement_id: int) -> bytes | None:
        """An announcement as somebody sees it; None if it was taken back."""
        ...

    async def reaction(self, db: Connection, announcement_id: int, name: str) -> bytes:
        """How many reacted to an announcement with an emoji."""
        ...

    async def notification(self, db: Connection, viewer_id: int, notification_id: int) -> bytes | None:
        """A notification; None if it is not to be shown any more."""
        ...

    async def conversations(self, db: Connection, post_id: int, viewers: Collection[int]) -> Mapping[int, bytes]:
        """The conversation a direct post belongs to, for those of these people who have it."""
        ...


class Hub:
    """The connections of one process."""

    def __init__(
        self, read: Read, bell: asyncio.Event, shower: Shower, durations: Durations, now: Callable[[], datetime]
    ) -> None:
        self._read = read
        self._bell = bell
        self._shower = shower
        self._durations = durations
        self._now = now
        self._readers: set[Reader] = set()
        self._by_channel: dict[Channel, set[Reader]] = {}
        self._somebody = asyncio.Event()
        self._turn = asyncio.Lock()
        self._low = 0
        self._seen: set[int] = set()

    def __len__(self) -> int:
        return len(self._readers)

    def join(self, reader: Reader) -> None:
        """Somebody is connected, and listens to nothing yet."""
        self._readers.add(reader)
        self._somebody.set()

    def leave(self, reader: Reader) -> None:
        """A connection is gone."""
        for channel in tuple(reader.channels):
            self.unsubscribe(reader, channel)
        self._readers.discard(reader)
        if not self._readers:
            self._somebody.clear()
            self._low = 0

    async def subscribe(self, reader: Reader, channel: Channel, *, since: int | None = None) -> bool:
        """Listen to a channel from now on, or from the moment of an id on: then without a gap, and nothing twice.

        Is too much gone by since then, the event `gap` says so. False: it listens to too many already.
        """
        if channel in reader.channels:
            return True
        if len(reader.channels) >= MOST_CHANNELS:
            return False
        async with self._turn, self._read() as db:
            await self._begin(db)
            if since is not None:
                await self._catch_up(db, reader, channel, since)
            reader.channels.add(channel)
            self._by_channel.setdefault(channel, set()).add(reader)
        return True

    def unsubscribe(self, reader: Reader, channel: Channel) -> None:
        """Listen to a channel no longer."""
        reader.channels.discard(channel)
        listening = self._by_channel.get(channel, set())
        listening.discard(reader)
        if not listening:
            self._by_channel.pop(channel, None)

    def end_all(self, why: Ending = "closing") -> None:
        """End every connection: this process ends."""
        for reader in self._readers:
            reader.end(why)

    async def run(self) -> None:
        """Tell what happens, for ever."""
        while True:
            await self._somebody.wait()
            try:
                async with asyncio.timeout(self._durations.polling.total_seconds()):
                    await self._bell.wait()
            except TimeoutError:
                pass
            self._bell.clear()
            try:
                async with self._turn, self._read() as db:
                    await self._round(db)
            except (Down, *LOST) as lost:
                log.warning("live updates: the database is away error=%s", lost)
                await asyncio.sleep(self._durations.polling.total_seconds())
            except Exception:  # the loop goes on whatever happens
                log.exception("live updates: a round failed")
                await asyncio.sleep(self._durations.polling.total_seconds())

    async def check_rights(self) -> None:
        """End the connections of those who may not listen any more, for ever (S104)."""
        while True:
            await asyncio.sleep(self._durations.stream_rights.total_seconds())
            asked = tuple(self._readers)  # who joins meanwhile was just let in
            if not asked:
                continue
            try:
                async with self._read() as db:
                    tokens = {reader.way_in_id for reader in asked if not reader.is_of_browser}
                    sessions = {reader.way_in_id for reader in asked if reader.is_of_browser}
                    valid = await standing.of_tokens(db, tokens) if tokens else set[int]()
                    valid |= await standing.of_sessions(db, sessions, now=self._now()) if sessions else set[int]()
            except (Down, *LOST) as lost:
                log.warning("live updates: rights not looked up error=%s", lost)
                continue
            for reader in asked:
                if reader.way_in_id not in valid:
                    reader.end("revoked")

    async def _begin(self, db: Connection) -> None:
        """From here on news are told; what is there already is history."""
        if self._low:
            return
        self._low = ids.lowest(self._now() - LATE)
        self._seen = {each.id for each in await news.since(db, self._low)}
        self._seen |= await reaching.told_ids(db, self._low)

    async def _round(self, db: Connection) -> None:
        if not self._low:
            return
        for each in await news.since(db, self._low, self._seen):
            self._seen.add(each.id)
            await self._tell(db, each, self._by_channel)
        listening = self._listening_for_notifications(self._by_channel)
        for told in await reaching.told_since(db, self._low, self._seen, listening):
            self._seen.add(told.id)
            await self._notify(db, told, self._by_channel)
        self._low = max(self._low, ids.lowest(self._now() - LATE))
        self._seen = {each for each in self._seen if each > self._low}

    async def _catch_up(self, db: Connection, reader: Reader, channel: Channel, since: int) -> None:
        """Tell one reader what the others were told since then; what they were not told yet comes to all."""
        alone = {channel: (reader,)}
        missed = await news.since(db, since, most=MOST_CAUGHT_UP + 1)
        told = await reaching.told_since(
            db, max(0, since - AGAIN), (), self._listening_for_notifications(alone), most=MOST_CAUGHT_UP + 1
        )
        too_old = since < ids.lowest(self._now() - self._durations.keep_live_updates)
        if too_old or len(missed) > MOST_CAUGHT_UP or len(told) > MOST_CAUGHT_UP:
            reader.offer(Message(since, channel, "gap", b""))
            return
        for each in sorted([*missed, *told], key=lambda each: each.id):
            if each.id > self._low and each.id not in self._seen:
                continue
            if isinstance(each, News):
                await self._tell(db, each, alone)
            else:
                await self._notify(db, each, alone)

    async def _tell(self, db: Connection, each: News, listening: ByChannel) -> None:
        try:
            if each.event in ("announcement", "announcement.delete", "announcement.reaction"):
                await self._announce(db, each, listening.get(sorting.USER, ()))
                return
            for channel, event, viewers, entry in await sorting.sort(db, each, _people(listening)):
                await self._send(db, each, channel, event, viewers, entry, listening[channel])
        except (Down, *LOST):
            raise
        except Exception:  # one piece of news that cannot be told does not hold up the others
            log.exception("live updates: not told event=%s post=%d", each.event, each.post_id)

    async def _send(
        self,
        db: Connection,
        each: News,
        channel: Channel,
        event: str,
        viewers: Set[int],
        entry: Entry | None,
        readers: Collection[Reader],
    ) -> None:
        to = [reader for reader in readers if reader.account_id in viewers and reader.ending is None]
        if not to:
            return
        if entry is None:
            gone = str(each.boost_id or each.post_id).encode()
            payloads: Mapping[int, bytes] = dict.fromkeys(viewers, gone)
        elif event == "conversation":
            payloads = await self._shower.conversations(db, entry.post_id, {reader.account_id for reader in to})
        else:
            people = {reader.account_id for reader in to}
            marked = await reaching.with_marks(db, entry.post_id, people)
            payloads = await self._shower.statuses(db, entry, people, marked)
        for reader in to:
            if reader.account_id in payloads:
                reader.offer(Message(each.id, channel, event, payloads[reader.account_id]))

    async def _announce(self, db: Connection, each: News, readers: Collection[Reader]) -> None:
        """What is said to all members, as each of them sees it."""
        for reader in tuple(readers):
            if each.event == "announcement":
                payload = await self._shower.announcement(db, reader.account_id, each.post_id)
            elif each.event == "announcement.reaction":
                payload = await self._shower.reaction(db, each.post_id, each.name or "")
            else:
                payload = str(each.post_id).encode()
            if payload is None:
                return
            reader.offer(Message(each.id, sorting.USER, each.event, payload))

    async def _notify(self, db: Connection, told: reaching.Told, listening: ByChannel) -> None:
        payload = await self._shower.notification(db, told.account_id, told.id)
        if payload is None:
            return
        for channel in _WITH_NOTIFICATIONS:
            for reader in listening.get(channel, ()):
                if reader.account_id == told.account_id and reader.hears_notifications:
                    reader.offer(Message(told.id, channel, "notification", payload))

    def _listening_for_notifications(self, listening: ByChannel) -> set[int]:
        return {
            reader.account_id
            for channel in _WITH_NOTIFICATIONS
            for reader in listening.get(channel, ())
            if reader.hears_notifications
        }


_WITH_NOTIFICATIONS: Sequence[Channel] = (Channel("user"), Channel("user:notification"))


def _people(listening: ByChannel) -> Mapping[Channel, Set[int]]:
    return {channel: {reader.account_id for reader in readers} for channel, readers in listening.items()}
