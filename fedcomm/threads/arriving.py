"""Many personal posts from elsewhere that begin threads, published together: with a statement for all of them where
`posting.publish` has one for each. What only few posts have (pictures, names, tags) is written for each that has it.

Whatever is not that plain is left to `posting.publish`: what answers or quotes something, belongs to a group, asks a
question, or is a word between few.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from fedcomm import facts, ids, tombstones
from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import Conflict
from fedcomm.here import Here
from fedcomm.threads import counting, placing, reading, rows
from fedcomm.threads.audience import PUBLIC
from fedcomm.threads.model import Draft, Remote
from fedcomm.threads.placing import Place
from fedcomm.threads.posting import fitting

_AUDIENCES = (*PUBLIC, "followers")


class Arrival(msgspec.Struct, frozen=True):
    """A post on its way in: its author, who is alive and lives elsewhere, and what they published."""

    author: Account
    draft: Draft

    @property
    def remote(self) -> Remote:
        """What it brings along."""
        assert self.draft.remote is not None
        return self.draft.remote


def is_plain(draft: Draft) -> bool:
    """Whether a draft from elsewhere may go with others."""
    remote = draft.remote
    return (
        remote is not None
        and remote.parent_uri is None
        and remote.quoted_uri is None
        and not remote.is_closed
        and remote.searchable_by is None
        and draft.group_id is None
        and not draft.carry_ids
        and draft.poll is None
        and draft.audience in _AUDIENCES
    )


async def unheard(db: Connection, authors: Mapping[str, str], *, now: datetime) -> set[str]:
    """Those of these posts, each with its author's id, that were never here, and of whose end nobody told."""
    fresh = authors.keys() - await reading.present(db, authors)
    return fresh - await tombstones.kept_away(db, {uri: authors[uri] for uri in fresh}, now=now)


async def publish(db: Connection, here: Here, arrivals: Sequence[Arrival], *, now: datetime) -> None:
    """Publish plain posts that are `unheard`, in their order, and tell everybody.

    Raises Conflict when one came by another way at this moment: then nothing of it counts, and each is published alone.
    """
    made = _ids(arrivals, now=now)
    await _insert(db, made, arrivals, now=now)
    for post_id, each in zip(made, arrivals, strict=True):
        await rows.write_mentions(db, post_id, each.draft)
        await rows.write_tags(db, post_id, each.draft)
        await rows.write_attachments(db, post_id, each.remote.attachments, is_public=each.draft.audience in PUBLIC)
    begun = [(post_id, each.author, each.draft) for post_id, each in zip(made, arrivals, strict=True)]
    await rows.name_threads(db, here, begun)
    await counting.count_personal(db, [(each.author.id, each.remote.published_at) for each in arrivals], now=now)
    await facts.record_all(db, [facts.PostPublished(post_id) for post_id in made], now=now)
    await _place_answers(db, here, arrivals, now=now)


def _ids(arrivals: Iterable[Arrival], *, now: datetime) -> list[int]:
    """An id for each, no two alike: of a hundred posts of one moment two might get the same."""
    made: dict[int, None] = {}
    for each in arrivals:
        while (post_id := ids.at(each.remote.published_at, now=now)) in made:
            pass
        made[post_id] = None
    return list(made)


async def _insert(db: Connection, made: Sequence[int], arrivals: Iterable[Arrival], *, now: datetime) -> None:
    fitted = [(each.author, fitting(each.draft, Place(audience=each.draft.audience)), each.remote) for each in arrivals]
    written = await db.fetch(
        """
        INSERT INTO post (id, thread_id, is_local, state, is_quote, created_at, uri, url, author_id, object_type,
                          content_html, source, summary, is_sensitive, language, audience, context_uri, published_at,
                          edited_at, quote_policy, emojis)
        SELECT arrived.id, arrived.id, false, 'visible', false, $2, arrived.uri, arrived.url, arrived.author_id,
               arrived.object_type, arrived.content_html, arrived.source, arrived.summary, arrived.is_sensitive,
               arrived.language, arrived.audience, arrived.context_uri, arrived.published_at, arrived.edited_at,
               arrived.quote_policy, arrived.emojis::jsonb
          FROM unnest($1::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
                      $9::text[], $10::boolean[], $11::text[], $12::text[], $13::text[], $14::timestamptz[],
                      $15::timestamptz[], $16::text[], $17::text[])
               AS arrived (id, uri, url, author_id, object_type, content_html, source, summary, is_sensitive, language,
                           audience, context_uri, published_at, edited_at, quote_policy, emojis)
            ON CONFLICT DO NOTHING
        RETURNING true
        """,
        made,
        now,
        [remote.uri for _, _, remote in fitted],
        [remote.url for _, _, remote in fitted],
        [author.id for author, _, _ in fitted],
        [remote.object_type for _, _, remote in fitted],
        [draft.content_html for _, draft, _ in fitted],
        [draft.source for _, draft, _ in fitted],
        [draft.summary for _, draft, _ in fitted],
        [draft.is_sensitive or bool(draft.summary) for _, draft, _ in fitted],
        [draft.language for _, draft, _ in fitted],
        [draft.audience for _, draft, _ in fitted],
        [remote.context_uris[0] if remote.context_uris else None for _, _, remote in fitted],
        [min(remote.published_at, now) for _, _, remote in fitted],
        [rows.edited_at(remote, now=now) for _, _, remote in fitted],
        [draft.quote_policy or "nobody" for _, draft, _ in fitted],
        # A list of lists would be taken for one array of two dimensions.
        [
            msgspec.json.encode(await rows.used_emojis(db, author, draft, now=now)).decode()
            for author, draft, _ in fitted
        ],
    )
    if len(written) < len(made):
        raise Conflict("A post came by another way at the same moment.")


async def _place_answers(db: Connection, here: Here, arrivals: Collection[Arrival], *, now: datetime) -> None:
    contexts = {each.remote.uri: each.remote.context_uris for each in arrivals}
    for uri in await placing.have_answers(db, contexts):
        post = await reading.by_uri(db, uri)
        assert post is not None
        await placing.place_answers(db, here, post, contexts[uri], now=now)
