"""The design sheet: every piece that pages are put together from, in every state, with the names of its classes.

The examples are built here and not read from anywhere, so that the sheet looks the same on every instance.
"""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from fedcomm.http.context import site
from fedcomm.http.pages import admin_page, signed_in
from fedcomm.http.router import Route
from fedcomm.looks import cards, palettes
from fedcomm.looks.frame import show
from fedcomm.looks.shown import AccountCard, GroupTag, ParentHint, PostView, ThreadCard

TREE = (
    (0, "What helped: a <strong>T-wash</strong> first, then wait until it is black all over."),
    (1, "How long do you wait after the wash?"),
    (2, "Until the next morning. In winter two days."),
    (0, "Different question: has anybody tried powder instead?"),
)
"""Replies of a thread: how far in they stand, and what they say."""


@admin_page("see admin")
async def page(request: Request) -> Response:
    """The sheet."""
    now = site(request).now()
    me = cards.account_card(signed_in(request).account, "facilitator")
    group = GroupTag(
        id=0, name="Paint shops", full_handle=me.full_handle, url=me.url, avatar_path=me.avatar_path, is_local=True
    )
    return await show(
        request,
        "admin/design.html",
        palette_names=tuple(palettes.LIGHT),
        person=me,
        group=group,
        threads=_threads(me, group, now),
        root=_post(0, me, "<p>Both came off <strong>within a year</strong>.</p>", now),
        replies=[_post(number, me, f"<p>{text}</p>", now, step) for number, (step, text) in enumerate(TREE, 1)],
    )


def _post(number: int, author: AccountCard, html: str, now: datetime, step: int = 0) -> PostView:
    return PostView(
        id=number,
        uri=author.url,
        url=author.url,
        author=author,
        content_html=html,
        published_at=now - timedelta(hours=5 - number),
        parent=ParentHint(author_name=author.name, excerpt="What helped: a T-wash first") if step else None,
        step=step,
        may_react=True,
        may_boost=True,
        may_reply=True,
        favourites_count=number,
    )


def _threads(author: AccountCard, group: GroupTag, now: datetime) -> tuple[ThreadCard, ...]:
    asked = ThreadCard(
        id=1,
        url=author.url,
        title="Which primer holds on hot-dip galvanised steel?",
        excerpt="We have tried two epoxy primers on railings. Both came off within a year.",
        author=author,
        published_at=now - timedelta(hours=2),
        group=group,
        replies_count=5,
        same_here_count=4,
        is_new=True,
    )
    covered = ThreadCard(
        id=2,
        url=author.url,
        title="An accident with a lift, and what we changed",
        excerpt="",
        author=author,
        published_at=now - timedelta(days=1),
        group=group,
        warning="Accident at work",
    )
    return asked, covered


routes = [Route("/admin/design", page)]
