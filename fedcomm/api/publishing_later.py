"""Publishing posts whose time has come, each once; who may write where is decided again (reliability cases 1).

A try is written down before it begins. The post appears in the transaction in which its promise goes, so a crash
before the commit repeats all of it, and one after it nothing.
"""

import html
import logging
from datetime import datetime

import msgspec

from fedcomm import i18n
from fedcomm.accounts import logins, lookup, signup
from fedcomm.accounts.logins import Login
from fedcomm.accounts.model import Account
from fedcomm.api.statuses import StatusForm, publish
from fedcomm.errors import Conflict, NotAllowed, NotFound, Refusal
from fedcomm.http.context import Site
from fedcomm.http.finding import meet
from fedcomm.looks.refusals import sentence
from fedcomm.threads import once, posting, scheduled
from fedcomm.threads.model import Draft
from fedcomm.threads.scheduled import Scheduled

MOST_AT_ONCE = 100
"""In one round of the clock; the next goes on."""

log = logging.getLogger(__name__)


async def publish_due(here: Site) -> int:
    """Publish what is due; how many were tried. One that fails does not keep the others from being published."""
    for tried in range(MOST_AT_ONCE):
        async with here.transaction(wakes=()) as db:
            claimed = await scheduled.claim(db, now=here.now())
        if claimed is None:
            return tried
        try:
            await _publish(here, claimed)
        except Refusal as refused:
            await _give_up(here, claimed, refused)
        except Exception:
            # Anything that publishing sets off, or the database is away: the claim runs out, and it is tried again.
            log.exception("a scheduled post was not published id=%s attempt=%s", claimed.id, claimed.attempts)
            if claimed.attempts >= scheduled.TRIES:
                await _give_up(here, claimed, Conflict("Something went wrong here."))
    return MOST_AT_ONCE


async def _publish(here: Site, claimed: Scheduled) -> None:
    """Publish one, unless it was changed meanwhile. Raises Refusal: not allowed any more, or what it needs is gone."""
    form = msgspec.convert(claimed.form, StatusForm)
    await meet(here, form.status)
    async with here.transaction() as db:
        if not await scheduled.take(db, claimed):
            return
        author, login = await lookup.by_id(db, claimed.account_id), await logins.of(db, claimed.account_id)
        if author is None or author.state != "active" or login.state != "active":
            raise NotAllowed("This account may not write.")
        post = await publish(db, here, author, login, form, app_id=claimed.app_id)
        await once.settle_later(db, claimed.id, post.id)


async def _give_up(here: Site, claimed: Scheduled, refused: Refusal) -> None:
    """Keep it for its author, who is told once, in the transaction in which it is given up."""
    now = here.now()
    async with here.transaction() as db:
        author = await lookup.by_id(db, claimed.account_id)
        try:
            login = await logins.of(db, claimed.account_id)
        except NotFound:
            return
        _ = i18n.translator(login.locale).gettext
        if isinstance(refused, NotFound) and claimed.form.get("in_reply_to_id"):
            reason = _("What it answers is gone.")
        else:
            reason = sentence(refused, _)
        if not await scheduled.fail(db, claimed, reason, now=now) or author is None or author.state != "active":
            return
        draft = _letter(here, author, login, claimed.due_at, reason)
        instance = await signup.instance_actor(db, here.here, name=here.settings.name, now=now)
        await posting.publish(db, here.here, instance, draft, now=now)


def _letter(here: Site, author: Account, login: Login, due_at: datetime, reason: str) -> Draft:
    """What the instance writes to the author: every app shows a direct post."""
    _ = i18n.translator(login.locale).gettext
    said = _("Your post that was scheduled for %(time)s could not be published: %(reason)s")
    kept = _("It is kept with your scheduled posts, where you can choose another time.")
    named = f'<a href="{html.escape(author.url)}" class="u-url mention">@<span>{html.escape(author.handle)}</span></a>'
    said = said % {"time": due_at.strftime("%Y-%m-%d %H:%M UTC"), "reason": reason}
    place = html.escape(f"{here.here.base_url}/scheduled")
    text = f'{html.escape(said)}</p><p>{html.escape(kept)} <a href="{place}">{place}</a>'
    return Draft(
        content_html=f'<p><span class="h-card">{named}</span> {text}</p>',
        language=login.locale,
        audience="direct",
        mention_ids=(author.id,),
    )
