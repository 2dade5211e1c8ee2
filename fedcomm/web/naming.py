"""Whom a text names: those who live elsewhere and are not known here yet are looked up before the text is published."""

from fedcomm.accounts import lookup
from fedcomm.http.context import Site
from fedcomm.http.finding import Finder
from fedcomm.threads import drafting

MOST_NEW = 5
"""So many strangers are looked up for one text; the others stay text."""


async def meet(here: Site, text: str) -> None:
    """Get to know whom a text names. Opens no transaction of its own while it asks other servers."""
    named = drafting.handles_in(text, ports=":" in here.here.domain)
    outside = [(handle, host) for handle, host in named if host is not None and host != here.here.domain]
    if not outside or not here.has(Finder):
        return
    async with here.read() as db:
        known = await lookup.by_handles(db, outside)
    strangers = [each for each in outside if (each[0].lower(), each[1].lower()) not in known]
    for handle, host in strangers[:MOST_NEW]:
        await here.service(Finder).search(f"@{handle}@{host}")
