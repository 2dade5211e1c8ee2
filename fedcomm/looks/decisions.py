"""What is decided about people, as pages show it (product 13; C12)."""

from collections.abc import Mapping, Sequence

from fedcomm.accounts import lookup
from fedcomm.accounts.model import Account
from fedcomm.accounts.statements import Statement
from fedcomm.database import Connection
from fedcomm.looks import cards, posts
from fedcomm.looks.shown import AppealView, DecisionView, StruckPost
from fedcomm.moderation.appeals import Appeal
from fedcomm.threads import reading


async def views(
    db: Connection, found: Sequence[Statement], said: Mapping[int, Appeal], *, with_posts: bool = False
) -> list[DecisionView]:
    """Decisions in the order given. `with_posts`: the posts on account of which they were taken as well, as long as
    these have a text; whoever asks may read them.
    """
    people = await lookup.by_ids(db, {who for each in found for who in (each.account_id, each.group_id) if who})
    return [
        DecisionView(
            id=each.id,
            target=cards.account_card(people[each.account_id]),
            measure=each.measure,
            code=each.code,
            reason=each.reason,
            created_at=each.created_at,
            group=cards.group_tag(people[each.group_id]) if each.group_id in people else None,
            rules=tuple(each.rules),
            posts=await _posts(db, each, people[each.account_id]) if with_posts else (),
            was_reported=each.report_id is not None,
            is_automated=each.is_automated,
            until=each.until,
            ended_at=each.ended_at,
            appeal=_appeal(said.get(each.id)),
        )
        for each in found
        if each.account_id in people
    ]


async def _posts(db: Connection, about: Statement, author: Account) -> tuple[StruckPost, ...]:
    told = await reading.several(db, about.post_ids)
    return tuple(
        StruckPost(
            url=posts.post_path(post, author), excerpt=post.title or post.summary or posts.excerpt(post.content_html)
        )
        for post in (told.get(post_id) for post_id in about.post_ids)
        if post is not None and post.state != "deleted" and post.author_id == author.id
    )


def _appeal(said: Appeal | None) -> AppealView | None:
    if said is None:
        return None
    return AppealView(
        text=said.text,
        created_at=said.created_at,
        is_granted=said.is_granted,
        answer=said.answer,
        decided_at=said.decided_at,
    )
