"""Posts that hold certain words, as far as the one who looks may read them; newest first.

Found are: threads of groups and their replies, by who may read them; public posts of people who let theirs be found,
both by those only whom a post from elsewhere names, if it names any (`searchableBy`, FEP-268d);
and one's own library: what one wrote, was named in, favoured, boosted or kept. What was deleted, held or removed is not
found at all. Source: product 6; S092; Mastodon API documentation, methods/search.

How it is indexed was measured on 100,000 posts of 45 words each (two shared cores, 2026-11): an index on the words,
computed from the text, costs 0.04 ms a post and 14 MB, finds a word in 1 to 20 ms and the most frequent of all, in two
posts of three, in 130. Storing the words beside the text as well found no word faster and doubled the table. Only
phrases need the words of each post anew: two words that are everywhere took 1.9 s, which is why the words of phrases
choose candidates first, and no more than `MOST_CANDIDATES`.

Chinese, Japanese and Korean have no spaces between words: pairs of characters choose the candidates, and each then says
whether it holds what was typed as it stands.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fedcomm.accounts import lookup
from fedcomm.accounts.blocks import is_welcome
from fedcomm.accounts.model import Account
from fedcomm.database import Connection, planned_anew
from fedcomm.here import Here
from fedcomm.search.question import Question, Term
from fedcomm.text import unspaced
from fedcomm.threads.audience import visible_to
from fedcomm.timelines.cursor import Cursor

MOST_CANDIDATES = 5_000
"""Of so many posts that hold all words, the newest, it is asked whether they hold the phrases and may be read."""

REDUCTIONS = """
    simple danish dutch english finnish french german hungarian italian norwegian portuguese romanian russian spanish
    swedish
""".split()
"""How words are reduced in the languages that `words_of` knows; people do not say which language they search in."""

SAID = "COALESCE(post.title, '') || ' ' || post.summary || ' ' || post.content_html || ' ' || post.alt_text"
"""All that a post says, descriptions of its pictures too."""
WORDS = f"words_in(post.language, {SAID})"
PLAIN = f"lower(regexp_replace({SAID}, '<[^>]*>', '', 'g'))"
"""The same without markup, in which runs of characters without spaces are looked for as they stand."""

MATCHING = {
    True: f"{WORDS} @@ $1::text::tsquery",
    False: "$1::text IS NULL",
}
"""Whether words choose the candidates: by the index, or not at all."""

_LIBRARY = """post.id IN (SELECT own.id FROM post own WHERE own.author_id = $2
                    UNION ALL SELECT post_id FROM favourite WHERE account_id = $2
                    UNION ALL SELECT post_id FROM boost WHERE account_id = $2
                    UNION ALL SELECT post_id FROM bookmark WHERE account_id = $2
                    UNION ALL SELECT post_id FROM post_mention WHERE account_id = $2)"""
_FINDER = """(post.searchable_by IS NULL
                     OR EXISTS (SELECT
                                  FROM account finder
                                 WHERE finder.id = $2 AND finder.uri = ANY(post.searchable_by))
                     OR EXISTS (SELECT
                                  FROM account followed
                                  JOIN follow ON follow.followee_id = followed.id
                                 WHERE followed.id = post.author_id
                                   AND followed.followers_url = ANY(post.searchable_by)
                                   AND follow.follower_id = $2
                                   AND follow.state = 'accepted'))"""
_GROUPS = f"post.group_id IS NOT NULL AND {_FINDER}"
_PUBLIC = f"""post.audience = 'public'
                     AND (SELECT is_indexable FROM account open WHERE open.id = post.author_id)
                     AND {_FINDER}"""
WITHIN = {
    "all": f"(({_GROUPS}) OR ({_PUBLIC}) OR {_LIBRARY})",
    "library": _LIBRARY,
    "groups": _GROUPS,
    "public": f"({_PUBLIC})",
}
"""Which posts may be found at all, by the place that was asked for."""


_CANDIDATES = {
    (place, by_words): f"""
            SELECT post.id
              FROM post
             WHERE {MATCHING[by_words]}
               AND post.state = 'visible'
               AND post.id < $3
               AND post.id > $4
               AND ($5::bigint[] IS NULL OR post.author_id = ANY($5::bigint[]))
               AND post.author_id <> ALL($6::bigint[])
               AND ($18::bigint IS NULL OR post.author_id = $18)
               AND ($7::bigint[] IS NULL
                    OR post.group_id = ANY($7::bigint[])
                    OR post.thread_id IN (SELECT thread_id
                                            FROM carry
                                           WHERE group_id = ANY($7::bigint[]) AND state = 'carried'))
               AND ($8::boolean IS NULL OR (post.parent_id IS NOT NULL OR post.parent_uri IS NOT NULL) = $8)
               AND ($9::boolean IS NULL OR (post.is_sensitive OR post.is_covered) = $9)
               AND {WITHIN[place]}
          ORDER BY post.id DESC
             LIMIT $10
        """
    for place in WITHIN
    for by_words in MATCHING
}
"""The newest posts of a place that may answer, told by what costs little."""


def _holds(kind: str) -> str:
    """A condition: the post holds something of this kind."""
    return f"""CASE {kind}
                   WHEN 'link' THEN post.content_html ~ '<a (?![^>]*class="[^"]*(mention|hashtag))'
                   WHEN 'poll' THEN post.object_type = 'Question'
                   ELSE EXISTS (SELECT
                                  FROM post_attachment file
                                 WHERE file.post_id = post.id
                                   AND ({kind} = 'media' OR split_part(file.media_type, '/', 1) = {kind}))
                   END"""


_ANSWERS = f"""
               ($11::text IS NULL OR {WORDS} @@ $11::text::tsquery)
           AND NOT EXISTS (SELECT FROM unnest($19::text[]) AS run (text) WHERE position(run.text IN {PLAIN}) = 0)
           AND NOT EXISTS (SELECT FROM unnest($20::text[]) AS run (text) WHERE position(run.text IN {PLAIN}) > 0)
           AND ($12::text[] IS NULL
                OR lower(post.language) = ANY($12::text[])
                OR split_part(lower(post.language), '-', 1) = ANY($12::text[]))
           AND NOT COALESCE(lower(post.language) = ANY($13::text[])
                            OR split_part(lower(post.language), '-', 1) = ANY($13::text[]), false)
           AND NOT EXISTS (SELECT FROM unnest($14::text[]) AS wanted (kind) WHERE NOT {_holds("wanted.kind")})
           AND NOT EXISTS (SELECT FROM unnest($15::text[]) AS unwanted (kind) WHERE {_holds("unwanted.kind")})
           AND {visible_to("$2")}
           AND {is_welcome("$2", "post.author_id")}
"""
"""Whether a candidate does answer, and may be read."""


async def page(
    db: Connection,
    here: Here,
    viewer: Account,
    asked: Question,
    *,
    author_id: int | None = None,
    cursor: Cursor,
    offset: int = 0,
) -> list[int]:
    """Ids of the posts that answer a question, newest first; `author_id`: of this author alone."""
    if not asked.asks:
        return []
    by = await _ids_of(db, here, viewer, asked.by)
    groups = await _ids_of(db, here, viewer, asked.groups)
    if (asked.by and not by) or (asked.groups and not groups):
        return []  # nobody is called so
    sought = _sought(asked.terms)
    rough, exact = await _queries(db, sought.spaced)
    rough = " & ".join(f"({each})" for each in (rough, *sought.pairs) if each) or None
    if rough is None and any(not term.is_negated for term in asked.terms):
        return []  # nothing but signs
    statement = f"""
        WITH candidate AS MATERIALIZED ({_CANDIDATES[asked.place, rough is not None]})
        SELECT post.id
          FROM candidate
          JOIN post ON post.id = candidate.id
         WHERE {_ANSWERS}
      ORDER BY post.id DESC
         LIMIT $16
        OFFSET $17
        """
    async with planned_anew(db):
        rows = await db.fetch(
            statement,
            rough,
            viewer.id,
            min(asked.below, cursor.below),
            max(asked.above, cursor.above),
            by or None,
            await _ids_of(db, here, viewer, asked.not_by),
            groups or None,
            asked.is_reply,
            asked.is_sensitive,
            MOST_CANDIDATES,
            exact,
            asked.languages or None,
            asked.not_languages,
            sorted(asked.has),
            sorted(asked.lacks),
            cursor.limit,
            offset,
            author_id,
            sought.held,
            sought.refused,
        )
    return [row["id"] for row in rows]


class _Sought(NamedTuple):
    """What is looked for: words between spaces; and runs without, as queries for pairs and as they stand."""

    spaced: list[Term]
    pairs: list[str]
    held: list[str]
    refused: list[str]


def _sought(terms: Sequence[Term]) -> _Sought:
    """What of a question stands between spaces and what does not; of a mixed term each part is looked for."""
    found = _Sought([], [], [], [])
    for term in terms:
        runs = unspaced.runs(term.text)
        if not runs:
            found.spaced.append(term)
            continue
        stands = [term.text.lower()] if term.is_phrase else runs
        (found.refused if term.is_negated else found.held).extend(stands)
        if term.is_negated:
            continue
        found.pairs.extend(unspaced.as_query(run) for run in runs)
        if rest := unspaced.rest(term.text):
            found.spaced.append(Term(rest))
    return found


async def _ids_of(db: Connection, here: Here, viewer: Account, handles: Iterable[str]) -> list[int]:
    """Whom handles mean, `me` among them; those that nobody has are left out."""
    wanted = [handle for handle in handles if handle.lower() != "me"]
    parts = [handle.partition("@") for handle in wanted]
    found = await lookup.by_handles(db, [(name, domain or here.domain) for name, _, domain in parts])
    own = [viewer.id] if len(wanted) < len(list(handles)) else []
    return own + [account.id for account in found.values()]


async def _queries(db: Connection, terms: Sequence[Term]) -> tuple[str | None, str | None]:
    """The words that the index looks for, and all that was asked for where that is more; None = nothing.

    A post answers when it does so in one language. Phrases and refusals are seen to in the second; the words of phrases
    are in the first too. A question of refusals alone has no first.
    """
    row = await db.fetchrow(
        """
        WITH part AS (
            SELECT reduced.way, term.number, term.is_negated, form.rough,
                   CASE WHEN term.is_phrase THEN phraseto_tsquery(reduced.way, term.text)::text ELSE form.rough END
                   AS exact
              FROM unnest($1::text[], $2::boolean[], $3::boolean[], $4::boolean[])
                   WITH ORDINALITY AS term (text, is_negated, is_phrase, is_beginning, number)
        CROSS JOIN unnest($5::text[]::regconfig[]) AS reduced (way)
        CROSS JOIN LATERAL (SELECT CASE WHEN term.is_beginning
                                        THEN regexp_replace(plainto_tsquery('simple', term.text)::text, '(.)$', '\\1:*')
                                        ELSE plainto_tsquery(reduced.way, term.text)::text
                                   END AS rough) form
             WHERE form.rough <> ''
        ), wanted AS (
            SELECT DISTINCT '(' || string_agg(rough, ' & ' ORDER BY number) || ')' AS rough,
                   '(' || string_agg('(' || exact || ')', ' & ' ORDER BY number) || ')' AS exact
              FROM part
             WHERE NOT is_negated
          GROUP BY way
        )
        SELECT (SELECT string_agg(DISTINCT rough, ' | ') FROM wanted) AS rough,
               (SELECT string_agg(DISTINCT exact, ' | ') FROM wanted) AS exact,
               (SELECT string_agg(DISTINCT '!(' || exact || ')', ' & ') FROM part WHERE is_negated) AS refused
        """,
        [term.text for term in terms],
        [term.is_negated for term in terms],
        [term.is_phrase for term in terms],
        [term.is_beginning for term in terms],
        REDUCTIONS,
    )
    assert row is not None
    exact = row["exact"] if any(term.is_phrase and not term.is_negated for term in terms) else None
    return row["rough"], " & ".join(f"({each})" for each in (exact, row["refused"]) if each) or None
