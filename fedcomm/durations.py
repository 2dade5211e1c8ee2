"""Every wait, retry and limit of time of the server, in one object, so that tests may shrink them all (decisions D73).

Sources: `R...` and section 2 of the reliability cases, `S...` of the security cases, decisions D26, D54, D57, D60, D78.
"""

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

SHORTEST_LIMIT = timedelta(seconds=1)
"""A limit of time is never shrunk below this: a busy machine needs it to do the work itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Names that end in `_limit` are limits of time for one piece of work; the rest are waits and ages."""

    # Limits for one piece of work (D57)
    request_limit: timedelta = timedelta(seconds=10)
    delivery_limit: timedelta = timedelta(seconds=10)
    fetch_limit: timedelta = timedelta(seconds=10)
    media_fetch_limit: timedelta = timedelta(seconds=20)
    work_limit: timedelta = timedelta(seconds=30)
    """One consequence, inbox item or job; its lease ends with it."""
    shutdown_limit: timedelta = timedelta(seconds=10)
    film_limit: timedelta = timedelta(minutes=10)
    """Making one film or sound anew."""
    long_work_lease: timedelta = timedelta(minutes=2)
    """An export or import that says nothing for so long is taken up by another process."""
    slow_client_limit: timedelta = timedelta(seconds=15)
    """S159: headers that come byte by byte."""

    # Looking for work (D5, D57, R007, R008)
    polling: timedelta = timedelta(seconds=1)
    listener_back: timedelta = timedelta(seconds=5)
    """Until a lost LISTEN is opened again."""
    stalled_after: timedelta = timedelta(seconds=45)
    """/readyz fails when a queue has due work that nobody has taken for so long (R045: visible within 60 s)."""
    replica_behind: timedelta = timedelta(seconds=10)
    """A copy of the database that is older than this is not read."""
    replica_looked_at: timedelta = timedelta(seconds=1)
    """How often it is looked how old it is."""
    consequence_retries: tuple[timedelta, ...] = (
        timedelta(seconds=0),
        timedelta(seconds=10),
        timedelta(minutes=1),
        timedelta(minutes=5),
    )
    """Waits after the first, second ... failure of a consequence or inbox item; then the failed list (R028)."""

    # Deliveries (D53, D54, D55, R009-R018)
    delivery_retries: tuple[timedelta, ...] = (
        timedelta(seconds=0),
        timedelta(seconds=10),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
    )
    delivery_retry_then: timedelta = timedelta(hours=6)
    """Plus or minus a fifth, until `delivery_given_up`."""
    delivery_given_up: timedelta = timedelta(days=14)
    breaker_window: timedelta = timedelta(minutes=10)
    breaker_probe: timedelta = timedelta(minutes=15)
    """First wait of an open breaker; doubled up to `breaker_probe_longest`."""
    breaker_probe_longest: timedelta = timedelta(hours=6)
    retry_after_longest: timedelta = timedelta(hours=6)
    shared_inbox_again: timedelta = timedelta(days=1)
    """A shared inbox that was not there is tried again after so long; until then each member's own is used (R048)."""
    comeback_after: timedelta = timedelta(minutes=10)
    """A peer that took nothing for so long, while something waited, is led back gently (R016)."""
    comeback_pause: timedelta = timedelta(milliseconds=200)
    """Between the first deliveries to it; shorter the more it takes."""
    fresh: timedelta = timedelta(minutes=2)
    """What is younger than this does not wait behind all that a peer has missed."""
    profile_wait: timedelta = timedelta(seconds=20)
    """For what a server understands, before its announcements leave in the form that everybody does (D56)."""
    announce_spread: timedelta = timedelta(seconds=60)
    votes_gathered: timedelta = timedelta(seconds=30)
    """Of what somebody does to a post within this time, groups tell others the outcome only (D80)."""
    push_retries: tuple[timedelta, ...] = (
        timedelta(seconds=10),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
    )
    """Waits after the first, second ... failure to bring a notification to an app; then it is given up."""
    push_given_up: timedelta = timedelta(days=2)
    mail_retries: tuple[timedelta, ...] = (
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(minutes=30),
        timedelta(hours=2),
    )
    """Waits after the first, second ... failure to send a mail; then the last one again and again, until it expires."""
    mail_limit: timedelta = timedelta(seconds=30)
    """Handing one mail over to the mail server."""

    # Other servers (D46, D51, D76, S019)
    signature_window: timedelta = timedelta(hours=1)
    followers_compared: timedelta = timedelta(minutes=10)
    """So often at most somebody elsewhere is asked which of ours follow them, when both sides differ."""
    requests_asked: timedelta = timedelta(hours=1)
    """How often it is looked which requests to follow have waited so long that the other side is asked."""
    lists_read: timedelta = timedelta(days=1)
    """How often a subscribed list of other instances is read again; longer after it could not be."""
    key_refetch: timedelta = timedelta(minutes=5)
    negative_cache: timedelta = timedelta(minutes=10)
    actor_stale: timedelta = timedelta(days=1)
    backfill_pause: timedelta = timedelta(seconds=1)
    """Between two documents of one authority after the first 20."""
    detached_retry: timedelta = timedelta(hours=1)
    early_heard: timedelta = timedelta(seconds=20)
    """How late a reaction that came before its post may count, after that is here."""
    group_patience: timedelta = timedelta(minutes=10)
    """So long a thread waits while the group that it is for cannot be reached; then it stands without one."""

    # Signing in (D26, D27, D78, S119, S120)
    session: timedelta = timedelta(days=30)
    keep_sign_ins: timedelta = timedelta(days=30)
    """How long members see when and with what they signed in (D60)."""
    reset_link: timedelta = timedelta(minutes=60)
    """How long a mailed link to a new password works, and how long it is of use to send it (S119)."""
    confirmation_link: timedelta = timedelta(days=2)

    # Emergency access (product 26)
    emergency_asked: timedelta = timedelta(days=1)
    """So long it waits for a second admin; then it lapses."""
    emergency_access: timedelta = timedelta(days=1)
    """So long an admin may read what is for a group's members only."""

    # What members set for a time
    mutes_end: timedelta = timedelta(minutes=1)
    """How late a mute may end, at most."""
    scheduled_posts: timedelta = timedelta(seconds=10)
    """How late a scheduled post may appear, at most."""

    # Polls
    polls_end: timedelta = timedelta(seconds=10)
    """How late the end of a poll may be told, at most."""

    # How long things are kept (D60)
    keep_inbox_bytes: timedelta = timedelta(days=7)
    keep_seen_activities: timedelta = timedelta(days=30)
    keep_early: timedelta = timedelta(hours=6)
    """What is said about a post that is not here yet."""
    keep_drop_log: timedelta = timedelta(days=30)
    keep_deliveries_done: timedelta = timedelta(days=3)
    keep_deliveries_failed: timedelta = timedelta(days=30)
    keep_strangers: timedelta = timedelta(days=30)
    """What is noted of a server that nobody known here lives at (S146)."""
    keep_facts_done: timedelta = timedelta(days=3)
    keep_mail_done: timedelta = timedelta(days=3)
    keep_mail_failed: timedelta = timedelta(days=30)
    keep_invited_addresses: timedelta = timedelta(days=30)
    """To whom an invitation was mailed, and with which words, after it ran out or was withdrawn unused."""
    keep_notice_senders: timedelta = timedelta(days=365)
    keep_closed_cases: timedelta = timedelta(days=3 * 365)
    """Reports, notices and decisions, after they were closed or have ended (C11)."""
    keep_loose_uploads: timedelta = timedelta(days=1)
    """Pictures that were uploaded and put into no post."""
    orphans: timedelta = timedelta(minutes=10)
    """How often the next 256th of all stored files is looked through for those that belong to nothing."""
    import_pause: timedelta = timedelta(seconds=1)
    """Between two steps of what somebody brings along, so that other servers are asked politely."""
    keep_imports: timedelta = timedelta(days=30)
    """How long what was brought along can be taken back."""
    keep_exports: timedelta = timedelta(days=7)
    """How long somebody can fetch what was put together for them (C09)."""
    retention: timedelta = timedelta(days=1)
    """How often old threads from elsewhere are removed."""
    housekeeping: timedelta = timedelta(minutes=10)
    """How often what is too old is looked for."""
    figures: timedelta = timedelta(hours=1)
    """How often the figures of the dashboard are measured anew."""

    # Live updates (D57; S104)
    keep_live_updates: timedelta = timedelta(minutes=15)
    """Whoever comes back later than this is told to read the timelines instead."""
    stream_rights: timedelta = timedelta(seconds=2)
    """How often it is looked whether those who are connected still may be."""
    stream_thump: timedelta = timedelta(seconds=15)
    """A sign of life on connections where nothing happens."""

    def scaled(self, factor: float) -> "Durations":
        """All of them times `factor`; limits never below SHORTEST_LIMIT, unless they are so already."""
        if factor == 1:
            return self
        return Durations(**{each.name: _scale(each.name, getattr(self, each.name), factor) for each in fields(self)})


def _scale(name: str, value: Any, factor: float) -> Any:
    if isinstance(value, timedelta):
        least = min(value, SHORTEST_LIMIT) if name.endswith("_limit") else timedelta(0)
        return max(value * factor, least)
    return tuple(_scale(name, each, factor) for each in value)
