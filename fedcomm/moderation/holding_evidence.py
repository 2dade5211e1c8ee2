"""What a legal hold is to cover, as people name it: somebody, a group, a thread, a report, a time, a word (C07)."""

import msgspec

from fedcomm.accounts import lookup
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.guardrails.holds import LONGEST_WORD, Cover
from fedcomm.here import Here
from fedcomm.moderation import reports
from fedcomm.text import cleaning, days
from fedcomm.threads import reading

REPORT = "report:"
LONGEST = 2_000


async def cover(db: Connection, here: Here, typed: str, *, first: str = "", last: str = "", word: str = "") -> Cover:
    """What is named, and of that what was published from the first day to the last (of UTC), and says the word.

    `@ada`, `@ada@their.server`, `@group`, the address of a post in a thread, or `report:12`; empty is all that anybody
    writes, if a day or a word is given. Raises Invalid.
    """
    begins_at, ends_before = days.between(first, last)
    said = cleaning.one_line(word, LONGEST_WORD).lower()
    if not typed.strip() and begins_at is None and ends_before is None and not said:
        raise Invalid("Please say what is to be kept: of whom or where, of which days, or a word.", field="about")
    of = await _named(db, here, typed.strip()[:LONGEST]) if typed.strip() else Cover(kind="all", about="")
    return msgspec.structs.replace(of, begins_at=begins_at, ends_before=ends_before, word=said)


async def _named(db: Connection, here: Here, text: str) -> Cover:
    if text.startswith(REPORT):
        return await _report(db, text.removeprefix(REPORT))
    if "://" in text:
        return await _thread(db, here, text)
    name, _, host = text.removeprefix("@").partition("@")
    found = await lookup.by_handle(db, name, host or here.domain)
    if found is None or found.kind == "application":
        raise Invalid("Nobody here knows whom or what you mean.", field="about")
    if found.is_group:
        return Cover(kind="group", about=f"@{found.acct}", group_id=found.id)
    return Cover(kind="person", about=f"@{found.acct}", person_id=found.id)


async def _report(db: Connection, text: str) -> Cover:
    """The posts that a report names, and all that the reported writes."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    found = await reports.find(db, number)
    if found is None:
        raise Invalid("There is no such report.", field="about")
    return Cover(
        kind="report",
        about=f"{REPORT}{found.id}",
        person_id=found.target_id,
        post_ids=found.post_ids,
        report_id=found.id,
    )


async def _thread(db: Connection, here: Here, address: str) -> Cover:
    """The thread of a post, named by its id elsewhere or by the address of its page here."""
    post = await reading.by_uri(db, address)
    if post is None and address.startswith(f"{here.base_url}/"):
        last = address.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
        post = await reading.find(db, int(last)) if last.isascii() and last.isdigit() and len(last) < 19 else None
    if post is None:
        raise Invalid("There is no such thread here.", field="about")
    return Cover(kind="thread", about=address, thread_id=post.thread_id)
