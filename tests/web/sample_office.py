"""The pages of those who run an instance, with all that can stand in them, and with nothing."""

from datetime import date, timedelta

import msgspec

from fedcomm.durations import Durations
from fedcomm.figures.keeping import Day
from fedcomm.http.checking import Finding
from fedcomm.jobs.mail_queue import CameBack
from fedcomm.looks import figures, register, shown
from fedcomm.network.list_files import Skipped, Why
from tests.web.people import NOON, ago

WHYS: tuple[Why, ...] = ("domain", "suffix", "severity", "hidden", "twice", "own")
DAYS = tuple(
    Day(
        day=(NOON - timedelta(days=10 - number)).date(),
        measured_at=NOON,
        starters_count=4 if number == 3 else 12,
        threads_count=20 + number,
        answered_in_time=14,
        median_s=None if number == 1 else 5_400.0 + 600 * number,
        slowest_tenth_s=None,
        at_rest_count=12,
        in_progress_count=4,
        unanswered_count=number,
        welcomed_count=6,
        welcomed_back=5,
        unwelcomed_count=2,
        unwelcomed_back=0,
    )
    for number in range(10)
)
FIGURES = figures.sheet(DAYS, 30, "/admin", "/admin/figures.csv", "en")
NO_FIGURES = figures.sheet((), 30, "/admin", "/admin/figures.csv", "en")
OVERVIEW: dict[str, object] = {
    "is_set_up": True,
    "tasks": tuple(
        shown.TaskLine(kind=kind, count=3, url="" if kind in ("held", "disk") else "/admin/x", is_urgent=kind == "disk")
        for kind in (
            "reports",
            "sign-ups",
            "held",
            "to look at",
            "deliveries",
            "work",
            "stalled",
            "peers",
            "disk",
            "sending-held",
        )
    ),
    "figures": FIGURES,
    "queues": (
        shown.QueueLine(name="facts", waiting_count=3, failed_count=1, oldest_at=None, succeeded_at=ago(minutes=1)),
        shown.QueueLine(name="clock", waiting_count=0, failed_count=0, oldest_at=None, succeeded_at=None),
    ),
    "troubles": (
        shown.TroubleLine(authority="away.example", failing_since=ago(hours=3), last_error="<b>", is_paused=False),
        shown.TroubleLine(authority="shy.example", failing_since=None, last_error="", is_paused=True),
    ),
    "troubles_count": 7,
    "peers_count": 40,
    "stored": (
        shown.StoredLine(kind="database", size="3.4 GB"),
        shown.StoredLine(kind="uploads", size="12 MB", count=31),
        shown.StoredLine(kind="copies", size="0 B"),
        shown.StoredLine(kind="free", size="100 GB"),
    ),
    "posts_count": 1_000_000,
    "own_posts_count": 1_200,
}
NOTHING_YET: dict[str, object] = {
    **OVERVIEW,
    "is_set_up": False,
    "tasks": (),
    "figures": NO_FIGURES,
    "queues": (),
    "troubles": (),
    "troubles_count": 0,
    "stored": (),
    "posts_count": None,
    "own_posts_count": None,
}
LEGAL_NOTICE = shown.LegalNoticeView(
    id=7,
    url="https://community.example/@ada/1",
    about="@ada@community.example",
    ground="It deceives <b>",
    explanation="Because\n\nof <b>",
    name="Nora <b>",
    email="nora@x.example",
    created_at=ago(days=2),
)
ANSWERED_NOTICE = msgspec.structs.replace(
    LEGAL_NOTICE, name="", email="", about="", decision="It stays", reasons="No <b>", decided_at=ago(days=1)
)
STORED_ARCHIVES = (
    shown.StoredArchivesView(every_days=1, keep=1, kept_count=0, is_under_way=False, is_well=True),
    shown.StoredArchivesView(
        every_days=7,
        keep=4,
        kept_count=3,
        is_under_way=True,
        is_well=False,
        error="PUT <b>: 403",
        failed_at=ago(days=1),
        good_at=ago(days=8),
        good_file="instance20261115020000ab12cd34ef.zip",
        good_size="12 MB",
        left_out=2,
    ),
    shown.StoredArchivesView(
        every_days=7, keep=4, kept_count=1, is_under_way=False, is_well=False, good_at=ago(days=30), good_file="a.zip"
    ),
)

REGISTER: dict[str, object] = {
    "erased_count": 3,
    "processings": register.lines(lambda text: f"<b>{text}", Durations()),
    "others": (
        shown.GivenToLine(kind="servers", names=tuple(f"s{number}.example" for number in range(40))),
        shown.GivenToLine(kind="push", names=()),
        *(shown.GivenToLine(kind=kind, names=("x.example",)) for kind in ("mail", "files", "sign-in")),
    ),
    "most": 20,
    "contact": "<b>@x.example",
}


def setup(step: str, **further: object) -> dict[str, object]:
    """A step of setting up."""
    return {
        "step": step,
        "number": 2,
        "steps_count": 5,
        "before": "place",
        "form": {"template": "questions", "name": "<b>"},
        "errors": {},
        "languages": (shown.Choice(value="en", label="English"),),
        "zones": (shown.Choice(value="UTC", label="UTC"),),
        "templates": [{"key": "questions", "label": "Questions"}],
        "link": "",
        "sends_mail": False,
        "findings": [Finding("name", True, "x.example is at <b>"), Finding("clock", False, "60 s apart")],
        **further,
    }


SETUP = (
    setup("place", before="", errors={"name": "Needed."}),
    setup("doors"),
    setup("group"),
    setup("mail", is_set_outside=False, errors={"host": "No such server."}),
    setup("mail", is_set_outside=True),
    setup("people"),
    setup("people", link="https://x.example/invite/abc", sends_mail=True),
    setup("check"),
)


def peer_list(state: shown.PeerListState = "proposed") -> shown.PeerListLine:
    """A list that was read."""
    return shown.PeerListLine(
        id=7,
        name="Shared <b>list</b>",
        state=state,
        entries_count=300,
        changed_count=40,
        done_count=100,
        all_count=300,
        created_at=ago(days=1),
    )


def retention(**changes: object) -> shown.RetentionLine:
    """A run that removed something, or what is said of another."""
    given: dict[str, object] = {
        "removes": True,
        "by": "@ada",
        "state": "done",
        "done_count": 3,
        "all_count": 10,
        "threads_count": 2,
        "posts_count": 5,
        "files_count": 12,
        "files_size": "3 MB",
        "posts_before": 1_000_000,
        "posts_after": 999_995,
        "database_before": "3.4 GB",
        "database_after": "3.4 GB",
        "started_at": ago(hours=3),
    }
    return msgspec.convert(given | changes, shown.RetentionLine)


RULES: dict[str, object] = {
    "rules": (
        shown.PlaceRuleLine(id=1, text="Be of <use>.", hint="Say what you tried.", languages=("German", "French")),
        shown.PlaceRuleLine(id=4, text="No advertising.", hint=""),
        shown.PlaceRuleLine(id=3, text="Numbers stay here.", hint=""),
    ),
    "former": (shown.PlaceRuleLine(id=2, text="No jokes.", hint=""),),
    "form": {"text": "<b>", "hint": ""},
    "errors": {"text": "Too many."},
    "languages": (shown.TranslationField(language="de", name="German", text="<i>", hint="x"),),
    "own_language": "English",
}
MAIL: dict[str, object] = {
    "form": {"host": "mail.<x>.example", "encryption": "tls", "test_to": "ada@x.example"},
    "errors": {},
    "server": "mail.x.example:587",
    "is_set_outside": False,
    "addresses": (
        CameBack(address="a&b@x.example", hard=3, soft=0, last_at=ago(hours=2), is_paused=True, answer="550 <nobody>"),
        CameBack(address="c@x.example", hard=0, soft=2, last_at=ago(days=2), is_paused=False, answer=""),
    ),
}
MAIL_OTHERWISE: tuple[dict[str, object], ...] = (
    {},
    {"server": "", "addresses": (), "errors": {"host": "No such server."}},
    {"is_set_outside": True},
)
STORAGE: dict[str, object] = {
    "stored": (
        shown.StoredLine(
            kind="database",
            size="3.4 GB",
            parts=(
                shown.StoredLine(kind="posts", size="2 GB"),
                shown.StoredLine(kind="people", size="1 GB"),
                shown.StoredLine(kind="traffic", size="400 MB"),
                shown.StoredLine(kind="other", size="3 MB"),
            ),
        ),
        shown.StoredLine(
            kind="uploads",
            size="12 MB",
            count=31,
            parts=(
                shown.StoredLine(kind="image", size="2 MB", count=20),
                shown.StoredLine(kind="video", size="9 MB", count=1),
                shown.StoredLine(kind="audio", size="1 MB", count=10),
            ),
        ),
        shown.StoredLine(kind="free", size="100 GB"),
    ),
    "measured_at": ago(minutes=20),
    "form": {
        "remote_posts_days": "365",
        "most_remote_posts": "2000000",
        "remote_files_days": "30",
        "remote_files_gb": "<b>",
    },
    "errors": {"remote_files_gb": "Please type a whole number."},
    "under_way": None,
    "runs": (
        retention(),
        retention(removes=False, posts_count=0, threads_count=0, files_count=None, by="", posts_after=None),
        retention(state="stopped"),
        retention(removes=False),
    ),
}
STORAGE_UNDER_WAY: dict[str, object] = {**STORAGE, "errors": {}, "under_way": retention(state="under way"), "runs": ()}
TEXT_VERSIONS = (
    shown.PlaceTextVersion(effective_on=date(2030, 1, 1), is_coming=True),
    shown.PlaceTextVersion(effective_on=date(2026, 5, 1)),
    shown.PlaceTextVersion(effective_on=date(2025, 5, 1), is_empty=True),
)
PLACE_TEXTS = (
    shown.PlaceText(kind="privacy"),
    shown.PlaceText(kind="terms", holds_since=date(2026, 5, 1), holds_from=date(2030, 1, 1), versions=TEXT_VERSIONS),
    shown.PlaceText(kind="imprint", holds_from=date(2030, 1, 1)),
)
SUBSCRIPTION = shown.SubscriptionLine(
    id=9,
    name="Shared <b>list</b>",
    url="https://blocklists.example/shared.csv?a=1&b=2",
    hardest="limited",
    is_automatic=True,
    entries_count=300,
    left_out=("loud.example",),
    problem="away",
    read_at=ago(days=1),
    changed_at=ago(days=3),
    due_at=ago(days=-1),
)
SUBSCRIBED: dict[str, object] = {
    "subscription": SUBSCRIPTION,
    "problem": "There is no answer.",
    "form": {"hardest": "limited", "taken": "by itself"},
    "lists": (msgspec.structs.replace(peer_list("applied"), subscription_id=9, is_automatic=True),),
    "brought_count": 40,
}
PEER_LISTS: dict[str, object] = {
    "lists": tuple(peer_list(state) for state in ("proposed", "applying", "applied", "undoing", "undone")),
    "errors": {"list": "Please choose a file."},
    "form": {"kind": "blocks"},
    "subscriptions": (SUBSCRIPTION, msgspec.structs.replace(SUBSCRIPTION, problem=None, left_out=())),
}
PEER_LIST: dict[str, object] = {
    "list": peer_list(),
    "changes": (
        shown.ChangeLine(authority="spam.example", was="limited", policy="suspended", reason="<b>", follows_count=3),
        shown.ChangeLine(authority="loud.example", was="default", policy="limited", reason=""),
    ),
    "changes_count": 600,
    "follows_count": 3,
    "leaving_out": ["spam.example"],
    "errors": {"is_sure": "?"},
    "skipped": [Skipped(number, "x*y.example", why) for number, why in enumerate(WHYS)],
}

LOG: dict[str, object] = {
    "entries": (
        shown.LogLine(
            id=2,
            by="@ada",
            action="suspend account",
            target="@x",
            reason="<b>",
            details='{"a":1}',
            created_at=ago(days=1),
        ),
        shown.LogLine(id=1, by="", action="limit", target="y", reason="", details="", created_at=ago(days=2)),
    ),
    "actions": [shown.Choice(value="limit", label="limit"), shown.Choice(value="suspend account", label="A <b>")],
    "form": {"by": "ada", "what": "limit", "target": ""},
    "csv_url": "/admin/log.csv",
    "newer_url": None,
    "older_url": "?before=1",
}
APPS: dict[str, object] = {
    "apps": (
        shown.UsedAppLine(
            id="5",
            name="Tusk <b>",
            website="https://tusk.example",
            scopes=("read", "write"),
            created_at=ago(days=9),
            people_count=12,
            last_used_at=ago(hours=1),
        ),
        shown.UsedAppLine(id="4", name="Old", website=None, scopes=(), created_at=ago(days=90), people_count=1),
    ),
    "query": "",
    "newer_url": "?",
    "older_url": None,
}
