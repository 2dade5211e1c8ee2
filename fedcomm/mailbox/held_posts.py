"""Letters to those who look after a group, or the instance, that posts wait for them: one an hour at most (product 13).

What waits is counted when the letter is written: whoever was quick gets none.
"""

from fedcomm import facts
from fedcomm.accounts import lookup, mails
from fedcomm.accounts.logins import Login
from fedcomm.database import Connection
from fedcomm.here import Here
from fedcomm.http.context import SiteWork
from fedcomm.mailbox.letters import Entry, Texts
from fedcomm.moderation import telling
from fedcomm.permissions import may_here
from fedcomm.threads import first_look
from fedcomm.timelines import waiting

STOP = "stop mail of held posts"
"""The purpose of the seal on account numbers in links: nobody can stop what goes to another."""


async def of_held(work: SiteWork, fact: facts.PostHeld) -> None:
    """Those who may let a post appear are mailed, as far as they want that and their address is confirmed."""
    if not work.site.sends_mail:
        return
    async with work.transaction() as db:
        look = await telling.who_is_to_look(db, fact.post_id)
        if look is not None:
            await mails.tell_held(db, look.people, now=work.now)
    work.site.wakeups.ring("mail")


async def entries(db: Connection, here: Here, login: Login, _: Texts) -> tuple[Entry, ...]:
    """Where something waits for somebody, how much, and where they decide it; the instance's own desk is the last."""
    found = {each.group_id: each.held for each in await waiting.in_groups(db, login.account_id) if each.held}
    groups = await lookup.by_ids(db, list(found))
    said = [
        Entry(
            name=groups[each].name or groups[each].handle,
            text=_count(count, _),
            link=f"{here.base_url}/@{groups[each].handle}/held",
        )
        for each, count in found.items()
        if each in groups
    ]
    if may_here(login.role, "remove posts") and (count := await first_look.waiting_count(db)):
        said.append(Entry(name=_("New accounts and words"), text=_count(count, _), link=f"{here.base_url}/admin/held"))
    return tuple(said)


def _count(count: int, _: Texts) -> str:
    if count == 1:
        return _("1 post waits")
    if count >= waiting.MOST_COUNTED:
        return _("%(n)s posts wait, or more", n=str(count))
    return _("%(n)s posts wait", n=str(count))
