"""What a group elsewhere made of a post that one of ours sent it (federation.md 2.4, 4.7).

It is the home group's to say, and nobody else's (S039). Most groups never answer: that they show a post is learnt from
their announcement of it, which may come in any form.
"""

from fedcomm.accounts.model import Account
from fedcomm.activitypub.inbound.hearing import Hearing
from fedcomm.text.sanitise import clean_post, to_plain
from fedcomm.threads import allowing, reading, reception
from fedcomm.threads.model import Post
from federation.authority import live_together
from federation.vocabulary.activities import Accept, Create, Reject, Update
from federation.vocabulary.objects import Post as Object


async def rejected(said: Hearing, activity: Reject, by: Account) -> bool:
    """A group does not take a post, or an author no longer lets a reply stand. False: it is no answer to one."""
    post = await _sent_to(said, activity, by)
    if post is None:
        return await _is_allowed(said, activity, by, None)
    await reception.receive_refusal(said.db, by, post, _why(activity), now=said.now)
    return True


def _why(refusal: Reject) -> str:
    """The reason, or that the same is there already, and where (FEP-d36d)."""
    reason = reason_in(refusal.summary)
    if reason or refusal.target is None or not refusal.target.startswith(("https://", "http://")):
        return reason
    return f"This is there already: {refusal.target}"


async def accepted(said: Hearing, activity: Accept, by: Account) -> bool:
    """A group takes a post, and says so; or an author lets a reply stand below theirs. False: it answers no post."""
    post = await _sent_to(said, activity, by)
    if post is None:
        return await _is_allowed(said, activity, by, activity.result)
    await reception.receive_taken(said.db, by, post, now=said.now)
    return True


async def shown(said: Hearing, by: Account, post: Post | None) -> None:
    """A group announces a post: if that is ours and the group its home, it has taken it."""
    if post is not None and post.is_local and by.is_group and post.group_id == by.id:
        await reception.receive_taken(said.db, by, post, now=said.now)


def reason_in(summary: str | None) -> str:
    """Why, in plain words; others write HTML there as well."""
    return to_plain(clean_post(summary)) if summary else ""


async def _is_allowed(said: Hearing, activity: Accept | Reject, by: Account, stamp: str | None) -> bool:
    """Where authors choose who answers them (GoToSocial), their word is at `stamp`, on their own server."""
    for post in await _named(said, activity):
        if post.parent_author_id == by.id and (stamp is None or live_together(stamp, by.uri)):
            await allowing.receive(said.db, by, post, stamp, now=said.now)
            return True
    return False


async def _sent_to(said: Hearing, activity: Accept | Reject, by: Account) -> Post | None:
    """The post of ours that the answer names, if `by` is its home group."""
    return next((post for post in await _named(said, activity) if post.group_id == by.id), None)


async def _named(said: Hearing, activity: Accept | Reject) -> list[Post]:
    """The posts of ours that the answer names, by the id of its Create or its own."""
    asked = activity.object
    uris = [asked] if isinstance(asked, str) else []
    if isinstance(asked, Create | Update):
        inner = asked.object
        uris = [asked.id, inner.id if isinstance(inner, Object) else inner if isinstance(inner, str) else None]
    found = [await _ours(said, uri) for uri in uris if uri is not None]
    return [post for post in found if post is not None and post.is_local]


async def _ours(said: Hearing, uri: str) -> Post | None:
    """A post of ours by its id, or by that of the Create which brought it."""
    number = uri.removeprefix(said.here.activity_uri(0).removesuffix("0"))
    if number.isascii() and number.isdigit() and len(number) < 20:
        return await reading.find(said.db, int(number))
    return await reading.by_uri(said.db, uri)
