"""What those see who run the instance or look after its groups."""

from datetime import date, datetime
from typing import Literal

import msgspec

from fedcomm.looks.plots import Plot
from fedcomm.looks.shown.frame import AccountCard
from fedcomm.looks.shown.groups import GroupCard, GroupTag
from fedcomm.looks.shown.posts import PostView, ReactionCount


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was decided. `by` is empty for the server itself and the command line."""

    id: int
    by: str
    action: str
    target: str
    reason: str
    details: str
    created_at: datetime
    number: str = ""
    """What it is about, where that is a bare number."""


class ProcessingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A purpose for which data about people are kept. `tables`: where, by their names in the database."""

    name: str
    data: str
    people: str
    kept: str
    given_to: str
    tables: tuple[str, ...]


class GivenToLine(msgspec.Struct, frozen=True, kw_only=True):
    """Others who get something of what is kept."""

    kind: str
    """`servers`, `push`, `mail`, `files`, `sign-in`."""
    names: tuple[str, ...]


class CountedLine(msgspec.Struct, frozen=True, kw_only=True):
    """How often something happened."""

    label: str
    count: int


class CountedPart(msgspec.Struct, frozen=True, kw_only=True):
    """Counts that belong together."""

    heading: str
    lines: tuple[CountedLine, ...]


class LegalNoticeView(msgspec.Struct, frozen=True, kw_only=True):
    """A notice of unlawful content. `decision`: '' while it waits; name and address: '' where none were given."""

    id: int
    url: str
    about: str
    ground: str
    explanation: str
    name: str
    email: str
    created_at: datetime
    decision: str = ""
    reasons: str = ""
    decided_at: datetime | None = None


class UsedAppLine(msgspec.Struct, frozen=True, kw_only=True):
    """An app that members have let in."""

    id: str
    name: str
    website: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    people_count: int
    last_used_at: datetime | None = None


PeerListState = Literal["proposed", "applying", "applied", "undoing", "undone"]


class PeerListLine(msgspec.Struct, frozen=True, kw_only=True):
    """A list of other instances that was read from a file. `all_count`: of what `done_count` are done."""

    id: int
    name: str
    state: PeerListState
    entries_count: int
    changed_count: int
    done_count: int
    all_count: int
    created_at: datetime
    subscription_id: int | None = None
    is_automatic: bool = False


class SubscriptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A list of other instances that is read again and again. `left_out`: what is not wanted of it."""

    id: int
    name: str
    url: str
    hardest: Literal["limited", "suspended"]
    is_automatic: bool
    entries_count: int
    left_out: tuple[str, ...] = ()
    problem: Literal["away", "refused", "no list"] | None = None
    read_at: datetime | None = None
    changed_at: datetime | None = None
    due_at: datetime


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a list would change about an instance, and how many follows would fall silent."""

    authority: str
    was: Literal["default", "allowed", "limited", "suspended"]
    policy: Literal["default", "allowed", "limited", "suspended"]
    reason: str
    follows_count: int = 0


class PlaceRuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the instance, for those who look after them. `languages`: into which it was translated, by name."""

    id: int
    text: str
    hint: str
    languages: tuple[str, ...] = ()


class PlaceTextVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a text of the place, by the day from which it holds. `is_empty`: from then on there is none."""

    effective_on: date
    is_empty: bool = False
    is_coming: bool = False


class PlaceText(msgspec.Struct, frozen=True, kw_only=True):
    """Privacy policy, terms or imprint, and how it stands."""

    kind: Literal["privacy", "terms", "imprint"]
    holds_since: date | None = None
    holds_from: date | None = None
    """From when another version holds."""
    versions: tuple[PlaceTextVersion, ...] = ()


class TranslationField(msgspec.Struct, frozen=True, kw_only=True):
    """A rule in one more language, in a form."""

    language: str
    name: str
    text: str = ""
    hint: str = ""


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for who runs the instance. `url` is empty where others decide."""

    kind: Literal[
        "reports",
        "notices",
        "sign-ups",
        "groups",
        "held",
        "mail",
        "to look at",
        "emergency",
        "deliveries",
        "work",
        "stalled",
        "peers",
        "disk",
        "sending-held",
        "archives",
        "lists",
    ]
    count: int
    url: str = ""
    is_urgent: bool = False


class FigureCard(msgspec.Struct, frozen=True, kw_only=True):
    """One of the core figures. `value` and `beside` are empty while it would be about fewer than five people."""

    name: Literal["time", "rate", "state", "return"]
    value: str
    beside: str
    plot: Plot


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One day in the table beside the plots, each cell as it is shown."""

    day: str
    median: str
    slowest_tenth: str
    in_time: str
    rate: str
    states: str
    welcomed: str
    unwelcomed: str


class FigureSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The four figures over a window of days, out of those in `windows`, on the page at `path`.

    `rows` are the days, the newest first; none while nothing was measured, and then `measured_at` is None.
    """

    path: str
    csv_path: str
    windows: tuple[int, ...]
    window: int
    cards: tuple[FigureCard, ...]
    rows: tuple[FigureRow, ...] = ()
    measured_at: datetime | None = None


class TroubleLine(msgspec.Struct, frozen=True, kw_only=True):
    """Another instance that does not take what is sent, or is not sent anything."""

    authority: str
    failing_since: datetime | None
    last_error: str
    is_paused: bool


class StoredLine(msgspec.Struct, frozen=True, kw_only=True):
    """What takes room, and how much: texts as they are shown."""

    kind: Literal[
        "database", "posts", "people", "traffic", "other", "uploads", "image", "video", "audio", "copies", "free"
    ]
    size: str
    count: int | None = None
    parts: tuple["StoredLine", ...] = ()
    """What it consists of."""


class RetentionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run that removed what is beyond the bounds, or only looked. Sizes are texts; empty: not known yet."""

    removes: bool
    by: str
    """Who began it; empty: the server itself."""
    state: Literal["under way", "done", "stopped"]
    done_count: int
    all_count: int
    threads_count: int
    posts_count: int
    files_count: int | None
    files_size: str
    posts_before: int
    posts_after: int | None
    database_before: str
    database_after: str
    started_at: datetime


class EmojiLine(msgspec.Struct, frozen=True, kw_only=True):
    """A custom emoji of ours. `path` is that of its picture, below `page.media_url`."""

    id: str
    shortcode: str
    category: str
    path: str
    is_disabled: bool = False


class AdminAccountLine(msgspec.Struct, frozen=True, kw_only=True):
    """An account, for those who look after all of them. `role` and `email` are empty for others' accounts.

    `signed_in_at`: when somebody of ours last did.
    """

    card: AccountCard
    state: str
    is_limited: bool
    is_covered: bool
    role: str
    email: str
    created_at: datetime
    signed_in_at: datetime | None = None


class AgreementLine(msgspec.Struct, frozen=True, kw_only=True):
    """An instance that gets more than public posts, and what was agreed with it; the day as in `2026-11-22`, or ''."""

    authority: str
    policy: Literal["default", "allowed", "limited", "suspended"]
    is_noted: bool = False
    contact: str = ""
    agreed_on: str = ""
    data: str = ""
    region: str = ""
    updated_at: datetime | None = None


class AdminGroupLine(msgspec.Struct, frozen=True, kw_only=True):
    """A group of the instance, how many can look after it, and how many ask to join."""

    card: GroupCard
    facilitators_count: int
    asking_count: int
    created_at: datetime


class PeerLine(msgspec.Struct, frozen=True, kw_only=True):
    """Another instance, as the admin sees it."""

    authority: str
    policy: Literal["default", "allowed", "limited", "suspended"]
    software: str = ""
    accounts_count: int = 0
    last_heard_at: datetime | None = None
    note: str = ""
    waiting_count: int = 0
    decided_at: datetime | None = None
    decided_by: str = ""
    """Whose hand; empty: the server itself, or the command line."""
    list_id: int | None = None
    list_name: str = ""


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for one peer, since when and why."""

    authority: str
    waiting_count: int
    failed_count: int
    oldest_at: datetime | None = None
    next_attempt_at: datetime | None = None
    last_success_at: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    paused_at: datetime | None = None
    is_inbox_missing: bool = False
    """Whether the inbox that it has for all its people is not there, so that each is sent to."""


class DeliveryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One activity for one inbox. `at`: when it is tried next, or was given up."""

    type: str
    uri: str
    post_id: int | None
    inbox_url: str
    authority: str
    is_waiting: bool
    tries_count: int
    made_at: datetime
    at: datetime
    last_error: str = ""


class AnswerLine(msgspec.Struct, frozen=True, kw_only=True):
    """How an instance answered to what it was sent. `statuses`: the codes, each with how often."""

    authority: str
    delivered_count: int
    waiting_count: int
    failed_count: int
    statuses: tuple[tuple[int, int], ...] = ()


class ColourLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the colour of an instance becomes in one look. The figures are contrasts, 1 to 21."""

    look: Literal["light", "dark"]
    used: str
    on_page: float
    on_button: float
    chosen_on_page: float
    is_changed: bool


class QueueLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the queues inside."""

    name: str
    waiting_count: int
    failed_count: int
    oldest_at: datetime | None
    succeeded_at: datetime | None


class FailedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Work that was given up. `work` names it in a form."""

    work: str
    queue: str
    what: str
    about: str
    error: str
    failed_at: datetime
    may_retry: bool


class AnnouncementLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was said to all members. `state`: whether it is shown now."""

    id: int
    content_html: str
    published_at: datetime
    reactions_count: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_all_day: bool = False
    state: Literal["waiting", "shown", "over"] = "shown"


class AnnouncementView(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to all, as a member reads it."""

    id: int
    content_html: str
    published_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_all_day: bool = False
    reactions: tuple[ReactionCount, ...] = ()


class ReportedPost(msgspec.Struct, frozen=True, kw_only=True):
    """A post that a report names, or a collection. `may_remove`: whether the reader may take it out of its
    group, or do something milder about it.
    """

    id: int = 0
    url: str
    excerpt: str
    is_removed: bool = False
    may_remove: bool = False


class ReportLine(msgspec.Struct, frozen=True, kw_only=True):
    """A complaint, for those who decide about it. `group`: the group of ours whose content it is about."""

    id: int
    reporter: AccountCard
    target: AccountCard
    group: GroupTag | None
    category: str
    rules: tuple[str, ...] = ()
    comment: str
    created_at: datetime
    assigned_to: str | None
    is_resolved: bool
    is_mine: bool = False
    """Whether the reader has taken it into their hands."""
    is_passed_on: bool = False
    """Whether the group's moderators left it to those who run the instance."""
    posts: tuple[ReportedPost, ...] = ()
    """Collections stand behind them, with their name and what they say of themselves."""


class HeldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A post that those who run the instance look at first, and why."""

    post: PostView
    why: Literal["first post", "link", "word"]


class StoredArchivesView(msgspec.Struct, frozen=True, kw_only=True):
    """Archives on a schedule. `good_*`: of the last that went well; `error`: why the last one failed, if it did."""

    every_days: int
    keep: int
    kept_count: int
    is_under_way: bool
    is_well: bool
    error: str = ""
    failed_at: datetime | None = None
    good_at: datetime | None = None
    good_file: str = ""
    good_size: str = ""
    left_out: int = 0


class EmergencyLine(msgspec.Struct, frozen=True, kw_only=True):
    """An emergency access, as it stands now. Names are empty where nobody did it.

    `ends_at`: until when it lasts or lasted; None as long as it was never open.
    """

    id: int
    group: GroupTag
    reader: AccountCard
    reason: str
    state: Literal["asked", "open", "declined", "withdrawn", "lapsed", "ended"]
    asked_at: datetime
    lapses_at: datetime
    confirmed_by: str = ""
    opened_at: datetime | None = None
    ends_at: datetime | None = None
    closed_by: str = ""
    looks_count: int = 0
    is_mine: bool = False


class HoldLine(msgspec.Struct, frozen=True, kw_only=True):
    """A legal hold. `placed_by` is empty for a command; `kept_count`: how much would be gone without it.

    Days and word are empty where the hold is not narrowed by them.
    """

    id: int
    kind: Literal["person", "thread", "group", "report", "all"]
    about: str
    reason: str
    is_confidential: bool = False
    kept_count: int
    first_day: str = ""
    last_day: str = ""
    word: str = ""
    placed_by: str
    created_at: datetime
    ended_at: datetime | None = None
    end_reason: str = ""


class BatchLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader did about several reports last, and may take back. `action`: as `many_reports` calls it."""

    id: int
    action: str
    count: int


class InvitedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's link that lets people in, for admins. `people`: those who came by it, the first ones."""

    id: int
    by: AccountCard | None
    groups: tuple[str, ...]
    people: tuple[AccountCard, ...]
    uses: int
    most_uses: int | None
    created_at: datetime
    expires_at: datetime
    is_open: bool


class SignUpLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asked for an account."""

    id: int
    handle: str
    name: str
    email: str
    reason: str
    created_at: datetime
    language: str = ""
