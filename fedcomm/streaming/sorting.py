"""Which channels a piece of news belongs to, and who of those that listen there gets it (D38, D39)."""

from collections.abc import Mapping, Set

from fedcomm.accounts import lists
from fedcomm.accounts.lists import OwnList
from fedcomm.database import Connection
from fedcomm.streaming import reaching
from fedcomm.streaming.channels import Channel
from fedcomm.streaming.news import News
from fedcomm.streaming.reaching import Place
from fedcomm.timelines import home, own_list
from fedcomm.timelines.cursor import Entry

Sorted = tuple[Channel, str, Set[int], Entry | None]
"""A channel, the event, who of its listeners gets it, and what is shown to them; None where something is gone."""

USER = Channel("user")
DIRECT = Channel("direct")


async def sort(db: Connection, news: News, listening: Mapping[Channel, Set[int]]) -> list[Sorted]:
    """Where news go. `listening`: who listens to which channel."""
    place = await reaching.place(db, news.post_id)
    if place is None:
        return []
    open_to_all = [channel for channel in _channels(place, news) if channel in listening]
    at_home = listening.get(USER, frozenset())
    if news.event == "delete":
        return await _gone(db, news, place, open_to_all, listening)
    if not place.is_visible:
        return []
    found: list[Sorted] = []
    bare = Entry(place.id, place.id, None, place.author_id)
    if at_home:
        entry, reached = await _at_home(db, news, bare, at_home)
        found.append((USER, news.event, reached, entry))
    if place.is_direct and news.event == "update" and DIRECT in listening:
        found.append((DIRECT, "conversation", listening[DIRECT], bare))  # who has it, is asked when it is shown
    found += await _in_own_lists(db, news, bare, listening)
    readers = await _readers(db, place.id, open_to_all, listening)
    for channel in open_to_all:
        viewers = readers & listening[channel]
        if channel.stream == "list":
            viewers = await reaching.members(db, int(channel.of), viewers)
        found.append((channel, news.event, viewers, bare))
    return found


async def _readers(
    db: Connection, post_id: int, channels: list[Channel], listening: Mapping[Channel, Set[int]]
) -> set[int]:
    people: set[int] = set()
    for channel in channels:
        people |= listening[channel]
    return await reaching.readers(db, post_id, people) if people else set()


async def _at_home(db: Connection, news: News, bare: Entry, viewers: Set[int]) -> tuple[Entry, set[int]]:
    """Whose home a post, or its wrapper, stands in; an edited post is shown bare wherever it stands."""
    if news.event == "status.update":
        reached: set[int] = set()
        for entry_id in await reaching.wrappers(db, bare.post_id):
            reached |= await home.whose_home(db, viewers - reached, entry_id)
        return bare, reached
    entry = bare if news.boost_id is None else await reaching.entry(db, news.boost_id)
    if entry is None:
        return bare, set()
    return entry, await home.whose_home(db, viewers, entry.id)


async def _in_own_lists(db: Connection, news: News, bare: Entry, listening: Mapping[Channel, Set[int]]) -> list[Sorted]:
    """The lists of their own in which people see a post, or its wrapper; an edited post is shown bare."""
    entry_ids = [news.boost_id or bare.id]
    if news.event == "status.update":
        entry_ids = await reaching.wrappers(db, bare.post_id)
    found: list[Sorted] = []
    for each in await _own_lists(db, news, listening):
        entry = await own_list.first_of(db, each, entry_ids)
        if entry is not None:
            shown = bare if news.event == "status.update" else entry
            found.append((Channel("list", str(each.id)), news.event, {each.account_id}, shown))
    return found


async def _own_lists(db: Connection, news: News, listening: Mapping[Channel, Set[int]]) -> list[OwnList]:
    """Those lists somebody listens to that hold who wrote, boosted or announced; an edit is looked for in all."""
    asked = {int(channel.of): people for channel, people in listening.items() if channel.stream == "list"}
    if not asked:
        return []
    by_id = None if news.event == "status.update" else news.by_id
    return [each for each in await lists.with_member(db, asked, by_id) if each.account_id in asked[each.id]]


async def _gone(
    db: Connection, news: News, place: Place, channels: list[Channel], listening: Mapping[Channel, Set[int]]
) -> list[Sorted]:
    """Who learns that a post is gone: whoever may have had it. A wrapper is known to those who follow its owner."""
    own = await _own_lists(db, news, listening)
    people = {person for channel in (*channels, USER) for person in listening.get(channel, ())}
    people |= {each.account_id for each in own}
    if not people:
        return []
    knowing = await reaching.could_read(db, place.id, people)
    found: list[Sorted] = [(channel, "delete", knowing & listening[channel], None) for channel in channels]
    for each in own:
        found.append((Channel("list", str(each.id)), "delete", knowing & {each.account_id}, None))
    if USER in listening:
        sources = [news.by_id] if news.boost_id is not None else place.sources
        near = await reaching.followers(db, sources, listening[USER])
        found.append((USER, "delete", near & knowing, None))
    return found


def _channels(place: Place, news: News) -> list[Channel]:
    """The channels other than home; a wrapper goes to those of the group that announces, and only there."""
    if news.boost_id is not None:
        if news.event == "delete" or news.by_id not in place.group_ids or news.by_id == place.group_id:
            return []
        return [Channel("list", str(news.by_id)), Channel("group", str(news.by_id))]
    found: list[Channel] = []
    if place.is_public and not (place.is_quiet and news.event == "update"):
        whose = "local" if place.is_local else "remote"
        if place.is_root:
            found += [Channel("public"), Channel(f"public:{whose}")]
            if place.has_media or news.event == "delete":
                found += [Channel("public:media"), Channel(f"public:{whose}:media")]
        for tag in place.tags:
            found.append(Channel("hashtag", tag))
            if place.is_local:
                found.append(Channel("hashtag:local", tag))
    found.append(Channel("thread", str(place.thread_id)))
    for group_id in place.group_ids:
        if news.event == "update" and place.is_root and group_id != place.group_id:
            continue  # its announcement comes by itself
        found.append(Channel("group", str(group_id)))
        if place.is_root:
            found.append(Channel("list", str(group_id)))
    return found
