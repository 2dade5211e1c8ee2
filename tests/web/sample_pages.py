"""One reader and one full context for every page template, and the empty or refused form of some."""

from typing import Literal, NamedTuple, get_args, get_type_hints

import msgspec

from fedcomm.accounts.identities import Identity
from fedcomm.figures.transparency import Count
from fedcomm.looks import shown
from fedcomm.looks.notices_of_law import decisions, grounds
from fedcomm.looks.transparency import parts
from fedcomm.web.proving import Proof
from fedcomm.web.search import Results
from tests.web import people
from tests.web.people import ADA, ADMIN, BEN, CLEO, GROUP, MEMBER, NORTH, PAINT, PERSONAL, THREAD, VISITOR, ago, post
from tests.web.sample_office import (
    ANSWERED_NOTICE,
    APPS,
    FIGURES,
    LEGAL_NOTICE,
    LOG,
    MAIL,
    MAIL_OTHERWISE,
    NO_FIGURES,
    NOTHING_YET,
    OVERVIEW,
    PEER_LIST,
    PEER_LISTS,
    PLACE_TEXTS,
    REGISTER,
    RULES,
    SETUP,
    STORAGE,
    STORAGE_UNDER_WAY,
    STORED_ARCHIVES,
    SUBSCRIBED,
    TEXT_VERSIONS,
    peer_list,
)


class Sample(NamedTuple):
    """A page to be rendered."""

    template: str
    reader: people.Reader
    context: dict[str, object]


LANGUAGES = (shown.Choice(value="en", label="English"), shown.Choice(value="de", label="Deutsch"))
BY_TIME: dict[str, object] = {"order": "time", "sections": ()}
UNPAGED: dict[str, object] = {"newer_url": None, "older_url": None}
PAGED: dict[str, object] = {"newer_url": "?min_id=1", "older_url": "?max_id=1"}
SEARCH: dict[str, object] = {"form": {"q": "a&b"}, "errors": {}, "is_asked": True, "may_be_elsewhere": True}
CHOICES = (shown.GroupChoice(tag=PAINT), shown.GroupChoice(tag=NORTH, carry_note="Is asked first"))
EXPORT_STATES: tuple[Literal["waiting", "ready", "failed"], ...] = ("waiting", "ready", "failed")
WEEK = {"created_at": ago(hours=2), "expires_at": ago(days=-6)}
IMPORTS = tuple(
    shown.ImportTask(
        id=number,
        kind="follows",
        state=state,
        all_count=9,
        done_count=3,
        as_before_count=1,
        failed_count=1,
        waiting_count=4,
        created_at=ago(hours=3),
    )
    for number, state in enumerate(get_args(get_type_hints(shown.ImportTask)["state"]))
)
ENTRIES = tuple(
    shown.ImportEntry(number=number, text="<b>ben@b.example</b>", list_title="A & B", why=why)
    for number, why in enumerate(
        ("", "unknown", "address", "domain", "uri", "title", "twice", "self", "refused", "answer", "boost", "private")
    )
)
ROOT = post(11, ADA)
REPLY = post(21, BEN)
GONE = shown.PostView(
    id=22, uri="https://x", url="/x", author=CLEO, content_html="", published_at=ago(days=1), state="deleted"
)
COVERED = shown.PostView(
    id=23,
    uri="https://x",
    url="/x",
    author=CLEO,
    content_html="<p>Text</p>",
    published_at=ago(seconds=5),
    warning="An accident",
    state="unconfirmed",
    parent=shown.ParentHint(author_name="Ben", excerpt="It came off", anchor=21),
    attachments=(shown.Attachment(path="/posts/1/0", description="A railing"),),
    poll=shown.PollView(options=(shown.PollOption(title="Red"),), voters_count=None, has_ended=True),
)
QUOTING = tuple(
    msgspec.structs.replace(post(30 + number, BEN), quote=quote)
    for number, quote in enumerate(
        (
            shown.QuoteCard(state="shown", author=CLEO, url="/@cleo/5", title="<i>Oven</i>", excerpt="<b>Red</b>"),
            shown.QuoteCard(state="shown", author=CLEO, url="/@cleo/6", warning="Food", language="de"),
            shown.QuoteCard(state="waiting"),
            shown.QuoteCard(state="refused"),
            shown.QuoteCard(state="hidden"),
            shown.QuoteCard(state="gone"),
        )
    )
)
THREAD_PAGE: dict[str, object] = {
    "embed_url": "https://x.example/api/oembed?url=https%3A%2F%2Fx.example%2F1",
    "root": ROOT,
    "home": PAINT,
    "carried_by": (NORTH,),
    "is_locked": True,
    "lock_reason": "All is <said>.",
    "may_lock": True,
    "may_pin": True,
    "is_pinned": True,
    "not_carried_by": (shown.ReceptionNote(state="refused", group=NORTH, reason="Not about <ovens>."),),
    "replies": (REPLY, GONE, COVERED, *QUOTING),
    "reply_to": REPLY,
    "last_id": 23,
    "may_stop_carrying": (NORTH.id,),
    "carry_choices": CHOICES,
    "move_choices": (NORTH,),
    "form": {},
    "errors": {"text": "Please write something."},
    "pictures": (shown.Picture(id=1, path="/files/x.png", alt="A railing"),),
    "most_pictures": 4,
    "refused_vote_in": 21,
    "refused_vote": "Choose an answer first.",
    "may_reply_note": "",
    **PAGED,
}
VISITORS_POST = shown.PostView(
    id=11, uri="https://x", url="/@ada/11", author=ADA, content_html="<p>Text</p>", published_at=ago(days=3)
)
QUOTED = shown.QuoteCard(state="shown", author=BEN, url="/@ben@beta.example/12", excerpt="It <b>held</b>.")
SAID = (
    shown.AnnouncementView(
        id=1,
        content_html="<p>We <strong>meet</strong>.</p>",
        published_at=ago(hours=1),
        starts_at=ago(days=-3),
        ends_at=ago(days=-4),
        is_all_day=True,
        reactions=(shown.ReactionCount(name="🎉", count=3, is_mine=True), shown.ReactionCount(name="🍞", count=1)),
    ),
    shown.AnnouncementView(id=2, content_html="<p>x</p>", published_at=ago(), starts_at=ago(days=-1)),
)
WAITING = (
    shown.WaitingLine(kind="reply", url="/@ada/12", who="Ben <b>", title="Which oven?"),
    shown.WaitingLine(kind="mention", url="/@ada/13", who="Ben", title="Which scale?"),
    shown.WaitingLine(kind="question", url="/@ada/14", who="Cleo", title="Which lift?", group="Paint shops"),
    shown.WaitingLine(kind="joins", url="/@paint_shops/waiting", count=2, group="Paint shops"),
    shown.WaitingLine(kind="held", url="/@paint_shops/held", group="Paint shops"),
    shown.WaitingLine(kind="reports", url="/reports", count=3),
)
UNTOLD: dict[str, object] = {"server_key": "BA", "wants_held_mail": True, "is_told": False, "alerts": ("mention",)}
SUPPLIERS = shown.ListLine(id=7, title="Suppliers <b>", is_exclusive=True)
PICKED: dict[str, object] = {
    "pictures": (shown.Picture(id=1, path="/files/x.png", alt="A railing"),),
    "most_pictures": 4,
}
COMPOSE: dict[str, object] = {
    "groups": CHOICES,
    "languages": LANGUAGES,
    "kinds": (),
    "form": {"group": "101", "carry": ("102",), "text": "Help", "option": ("Zinc <b>", "")},
    "errors": {"title": "Too long."},
    "quoted": None,
    "quote_policies": LANGUAGES,
    "preview": ROOT,
    "audiences": LANGUAGES,
    "poll_times": LANGUAGES,
    "longest_option": 50,
    **PICKED,
}
ACCOUNT: dict[str, object] = {
    "account": BEN,
    "header_path": "/headers/2.png",
    "header_text": "A hall <full> of tins",
    "avatar_text": "",
    "name_html": "Ben",
    "bio_html": "<p>Three shops.</p>",
    "fields": ({"name": "Website", "value_html": "<a href='https://x.example' rel='nofollow'>x</a>"},),
    "groups": (PAINT, NORTH),
    "joined_at": ago(days=900),
    "original_url": "https://beta.example/@ben",
    "followers_count": 1,
    "following_count": 80,
    "posts_count": 340,
    "moved_to": BEN,
    "is_followed": False,
    "is_requested": False,
    "is_me": False,
    "may_follow": True,
    "is_endorsed": False,
    "endorsed": (CLEO,),
    "is_muted": False,
    "is_blocked": False,
    "mute_times": LANGUAGES,
    "threads": (PERSONAL,),
    **PAGED,
}
NOTICES = tuple(
    shown.Notice(id=at, kind=kind, account=BEN, created_at=ago(days=at), is_new=at < 3, url="/@ada/11")
    for at, kind in enumerate(
        (
            "mention",
            "reply",
            "favourite",
            "same_here",
            "boost",
            "follow",
            "follow_request",
            "new_post",
            "edit",
            "report",
            "not_shown",
            "decision",
            "appeal",
            "taken_out",
        )
    )
)
REPORTS = tuple(
    shown.ReportLine(
        id=at,
        reporter=CLEO,
        target=BEN,
        group=PAINT if at else None,
        category=category,
        comment="Look at this." if at else "",
        created_at=ago(days=at),
        assigned_to="Ada" if at == 1 else None,
        is_resolved=at == 2,
        posts=(
            shown.ReportedPost(id=11, url="/@ben/11", excerpt="Cheap paint", may_remove=True),
            shown.ReportedPost(id=12, url="/@ben/12", excerpt="", is_removed=True),
        ),
    )
    for at, category in enumerate(("spam", "legal", "violation", "other"))
)
QUEUE = {
    "filters": {
        name: (shown.Choice(value="", label="All"), shown.Choice(value=value, label=label))
        for name, value, label in (
            ("group", "101", "Paint shops"),
            ("category", "spam", "Spam"),
            ("assigned", "me", "Mine"),
            ("server", "beta.example", "beta.example"),
        )
    },
    "form": {"resolved": "", "group": "101", "category": "", "assigned": "", "server": "", "about": "", "by": ""},
    "errors": {"reason": "Please give a reason: they are told it."},
    "actions": (shown.Choice(value="take", label="Take"), shown.Choice(value="limit", label="Limit")),
    "grounds": (shown.Choice(value="spam", label="Spam"),),
    "batch": shown.BatchLine(id=7, action="limit", count=2),
    "is_ticked": False,
    "is_narrowed": True,
    "kept": "group=101",
    "many_query": "?group=101",
    "back": "/reports?group=101",
}
PEERS = (
    shown.PeerLine(authority="beta.example", policy="allowed", software="fedcomm 0.1.0", waiting_count=2),
    shown.PeerLine(
        authority="spam.example", policy="suspended", note="Bots", last_heard_at=ago(days=3), decided_at=ago(days=3)
    ),
    shown.PeerLine(authority="loud.example", policy="limited", decided_at=ago(days=3), list_id=7, list_name="<b>"),
    shown.PeerLine(authority="odd.example", policy="limited", decided_at=ago(days=3), decided_by="ada"),
)
DELIVERY = shown.DeliveryLine(
    authority="beta.example",
    waiting_count=42,
    failed_count=3,
    oldest_at=ago(hours=30),
    next_attempt_at=ago(minutes=-20),
    last_success_at=ago(hours=31),
    last_error="no answer within 10 s",
    last_error_at=ago(minutes=40),
)
PAUSED = msgspec.structs.replace(DELIVERY, paused_at=ago(hours=2), next_attempt_at=None, is_inbox_missing=True)
TRIES = tuple(
    shown.DeliveryEntry(
        type=type,
        uri="https://x.example/a/1",
        post_id=post_id,
        inbox_url="https://beta.example/users/rui/inbox",
        authority="beta.example",
        is_waiting=is_waiting,
        tries_count=4,
        made_at=ago(hours=30),
        at=ago(minutes=-20 if is_waiting else 20),
        last_error="no answer within 10 s",
    )
    for type, post_id, is_waiting in (("Create", 7, True), ("Follow", None, False))
)
QUEUES = tuple(
    shown.QueueLine(
        name=name, waiting_count=waiting, failed_count=failed, oldest_at=ago(minutes=2), succeeded_at=ago(minutes=1)
    )
    for name, waiting, failed in (
        ("facts", 3, 1),
        ("inbox", 0, 2),
        ("deliveries", 42, 3),
        ("mail", 2, 1),
        ("clock", 0, 0),
    )
)
FAILED_WORK = tuple(
    shown.FailedLine(
        work=f"{queue}:1",
        queue=queue,
        what=what,
        about=about,
        error="RuntimeError: no oven",
        failed_at=ago(hours=1),
        may_retry=queue == "facts",
    )
    for queue, what, about in (
        ("facts", "PostPublished: posts.send", "post_id 7"),
        ("inbox", "Like", "https://beta.example/users/rui"),
    )
)
INVITED_BY_ALL: dict[str, object] = {
    "lines": (
        shown.InvitedLine(
            id=5,
            by=ADA,
            groups=("Paint shops",),
            people=(BEN, CLEO),
            uses=7,
            most_uses=10,
            created_at=ago(days=1),
            expires_at=ago(days=-6),
            is_open=True,
        ),
        shown.InvitedLine(
            id=4,
            by=None,
            groups=(),
            people=(),
            uses=1,
            most_uses=None,
            created_at=ago(days=40),
            expires_at=ago(days=6),
            is_open=False,
        ),
    ),
    "is_all": False,
    **PAGED,
}
SIGN_UP = shown.SignUpLine(id=9, handle="leo", name="Leo", email="leo@x.example", reason="Two shops", created_at=ago())
SIGN_UPS: dict[str, object] = {
    "waiting": (SIGN_UP, msgspec.structs.replace(SIGN_UP, id=10, handle="mia", reason="")),
    "form": {"what": "reject", "reason": "<b>"},
    "ticked": ["10"],
    "errors": {"reason": "?"},
    "batch": shown.BatchLine(id=3, action="reject", count=2),
}
SESSION = shown.SessionLine(id="a", description="Firefox", last_used_at=ago(), is_this_one=True)
OTHER_SESSION = shown.SessionLine(id="b", description="Safari", last_used_at=ago(days=2))
SIGNED_IN = shown.SignInLine(
    let_in=True, way="Password", description="Firefox, Windows", network="203.0.113.*", happened_at=ago(hours=1)
)
FAILED_TRIES = shown.SignInLine(
    let_in=False, way="Passkey", description="Some <b>program", network="", times=3, happened_at=ago(days=3)
)
BRAND: dict[str, object] = {
    "form": {"name": "Coatings <b>", "accent": "#ffcc00"},
    "accent": "#ffcc00",
    "lines": (
        shown.ColourLine(look="light", used="#8a6d00", on_page=4.5, on_button=5, chosen_on_page=1.2, is_changed=True),
        shown.ColourLine(look="dark", used="#ffcc00", on_page=9, on_button=9, chosen_on_page=9, is_changed=False),
    ),
}
REFUSED_BRAND: dict[str, object] = {
    "errors": {"name": "Say it.", "logo": "Too large.", "picture": "Too wide.", "accent": "No."},
    "is_own": False,
    "has_logo": True,
    "has_picture": True,
} | BRAND
PLAIN_BRAND: dict[str, object] = {"has_logo": False, "has_picture": False} | BRAND
OVEN = shown.EmojiLine(id="7", shortcode="oven", category="Tools", path="/emojis/7/1.png", is_disabled=True)
PLANNED = shown.ScheduledLine(
    id="7", text="<b>Bread</b>", warning="", due_at=ago(hours=-3), local_time="2026-11-12T15:00", pictures_count=2
)
FAILED = shown.ScheduledLine(
    id="8", text="Cake", warning="Food", due_at=ago(hours=3), local_time="2026-11-12T09:00", failure="Gone."
)
APP = shown.AppLine(id="1", name="Ivory", website=None, scopes=("read",), created_at=ago(days=50))
FOUND: dict[str, object] = {"group": None, "person": None, "person_bio_html": "", "is_following": False}

CONVERSATIONS = (
    shown.ConversationLine(url="/messages/7", people=(BEN, CLEO), excerpt="Yes", written_at=ago(), is_new=True),
    shown.ConversationLine(url="/messages/8", people=(ADA,), excerpt="A note", written_at=ago(days=2), is_mine=True),
    shown.ConversationLine(url="/messages/9", people=(), excerpt="So long", written_at=ago(days=3)),
)

LOOKS = (
    shown.HeldLine(post=ROOT, why="link"),
    shown.HeldLine(post=REPLY, why="word"),
    shown.HeldLine(post=ROOT, why="first post"),
)
ANSWERS = (
    shown.AnswerLine(
        authority="away.example", delivered_count=2, waiting_count=1, failed_count=1, statuses=((202, 2), (410, 1))
    ),
    shown.AnswerLine(authority="shy.example", delivered_count=0, waiting_count=1, failed_count=0),
)
EMERGENCY: dict[str, object] = {"form": {}, "is_alone": False, "hours": 24, "hours_waiting": 1}
EMERGENCIES = (
    shown.EmergencyLine(
        id=4,
        group=PAINT,
        reader=ADA,
        reason="A threat in a thread",
        state="open",
        asked_at=ago(hours=3),
        lapses_at=ago(hours=-21),
        confirmed_by="Ben",
        opened_at=ago(hours=2),
        ends_at=ago(hours=-22),
        looks_count=2,
        is_mine=True,
    ),
    shown.EmergencyLine(
        id=3,
        group=PAINT,
        reader=CLEO,
        reason="x",
        state="ended",
        asked_at=ago(days=3),
        lapses_at=ago(days=2),
        opened_at=ago(days=3),
        ends_at=ago(days=2),
        closed_by="Ada",
    ),
    shown.EmergencyLine(
        id=2, group=NORTH, reader=CLEO, reason="x", state="asked", asked_at=ago(hours=1), lapses_at=ago(hours=-23)
    ),
    shown.EmergencyLine(
        id=1, group=NORTH, reader=ADA, reason="x", state="lapsed", asked_at=ago(days=9), lapses_at=ago(days=8)
    ),
)
LEGAL_HOLDS = (
    shown.HoldLine(
        id=1, kind="person", about="@ben", reason="Case 12", kept_count=3, placed_by="Ada", created_at=ago(days=1)
    ),
    shown.HoldLine(
        id=2,
        kind="report",
        about="report:7",
        reason="Case 11",
        kept_count=0,
        placed_by="",
        created_at=ago(days=9),
        ended_at=ago(days=2),
        end_reason="Closed",
    ),
    shown.HoldLine(id=3, kind="thread", about="/@a/1", reason="x", kept_count=1, placed_by="", created_at=ago(days=9)),
    shown.HoldLine(
        id=5,
        kind="all",
        about="",
        reason="x",
        kept_count=1,
        placed_by="",
        created_at=ago(days=9),
        first_day="2026-01-01",
        last_day="2026-01-31",
        word="<price>",
    ),
    shown.HoldLine(id=4, kind="group", about="@paint", reason="x", kept_count=1, placed_by="", created_at=ago(days=9)),
)
LOOKED_AT = {
    "grounds": (shown.Choice(value="spam", label="Spam"),),
    "form": {"hours": "24", "first_posts": "yes", "words": "margin", "reason": "", "grounds": ""},
    "errors": {},
}
HELD: dict[str, object] = {"group": GROUP.card, "grounds": LANGUAGES, "form": {}, "errors": {}}
LOGGED = (
    shown.GroupLogLine(what="A post was taken out", reason="<b>Rude</b>", created_at=ago(days=1), by="<i>Ada</i>"),
    shown.GroupLogLine(what="Somebody was put out", reason="", created_at=ago(days=2), about="ben@x.example"),
)
OWN_PICTURES = shown.OwnPictures(
    account=ADA,
    header_path="/headers/2.png",
    has_avatar=True,
    has_header=False,
    avatar_description="Me at the <oven>",
    header_description="",
)
GROUP_SETTINGS: dict[str, object] = {
    "pictures": OWN_PICTURES,
    "group": GROUP.card,
    "joining": LANGUAGES,
    "posting": LANGUAGES,
    "carrying": LANGUAGES,
    "form": {"name": "Paint <shops>", "rules": "Be kind\nBe brief", "holds_links": "yes", "slow_minutes": "5"},
}
BANS: dict[str, object] = {
    "grounds": LANGUAGES,
    "group": GROUP.card,
    "days": (shown.Choice(value="0", label="For ever"),),
    "form": {"handle": "@ben", "reason": "", "days": "0"},
    "errors": {},
}
OUT = (
    shown.BanLine(account=BEN, reason="Spam <b>again</b>", since=ago(days=2), ends_at=ago(days=-5)),
    shown.BanLine(account=CLEO, reason="", since=ago(days=2), ends_at=None),
)
PAUSED_IN = msgspec.structs.replace(
    GROUP,
    my_role="member",
    may_post=False,
    pause=shown.PauseNote(until=ago(days=-3), reason="Heated <again>", url="/decisions/4"),
)
MEASURES: dict[str, object] = {
    "group": GROUP.card,
    "paused": (shown.PauseLine(account=BEN, until=ago(days=-5), reason="Heated <b>again</b>"),),
    "hidden": (
        shown.HiddenLine(id=7, author=BEN, url="/@ben/7", excerpt="<Ovens>", reason="Off topic", since=ago(days=2)),
        shown.HiddenLine(id=8, author=CLEO, url="/@cleo/8", excerpt="", reason="", since=ago(days=2)),
    ),
    "written": tuple(
        shown.WrittenLine(
            id=number,
            is_request=number > 1,
            author=CLEO,
            url="/@cleo/8" if number else "",
            excerpt="Cheap <paint>",
            reason="Please say what you tried",
            created_at=ago(days=number + 1),
            ended_at=ago(hours=2) if number in (0, 2) else None,
            edited_at=ago(hours=2) if number == 2 else None,
        )
        for number in range(4)
    ),
    "may_pause": True,
    "most_days": 90,
    "grounds": LANGUAGES,
    "form": {"handle": "@ben", "days": "7"},
    "errors": {},
}
MEASURE_POST: dict[str, object] = {
    "post": REPLY,
    "group": PAINT,
    "others": (NORTH,),
    "whats": (shown.Choice(value="note", label="Write a note", hint="Nobody else reads it."),),
    "is_hidden": True,
    "is_asked": True,
    "may_remove": True,
    "may_pause": True,
    "grounds": LANGUAGES,
    "form": {},
    "errors": {},
}
MEMBERS: dict[str, object] = {
    "group": GROUP.card,
    "query": "a<b",
    "role_asked": "moderator",
    "roles": LANGUAGES,
    "may_appoint": True,
    "may_ban": True,
    "errors": {},
}
TAKING_PART = (
    shown.MemberLine(account=ADA, role="facilitator", since=ago(days=2)),
    shown.MemberLine(account=BEN, role="member", since=ago(days=9)),
)
NEIGHBOURS = (
    shown.NeighbourLine(account=BEN, since=ago(days=2), is_asked=True),
    shown.NeighbourLine(account=CLEO, since=ago(days=9)),
)
ACCOUNTS: dict[str, object] = {
    "grounds": LANGUAGES,
    "query": "be",
    "status_asked": "suspended",
    "origin": "local",
    "form": {},
    "ticked": (),
    "newer_url": None,
    "older_url": "?before=7",
}
KNOWN = tuple(
    shown.AdminAccountLine(
        card=card, state=state, is_limited=is_limited, is_covered=not is_limited, role=role, email=email,
        created_at=ago(days=30), signed_in_at=ago(days=2) if email else None,
    )
    for card, state, is_limited, role, email in (
        (ADA, "active", True, "admin", "ada@shop.example"),
        (BEN, "suspended", False, "", ""),
        (CLEO, "disabled", False, "member", "cleo@shop.example"),
    )
)  # fmt: skip
AGREED = (
    shown.AgreementLine(authority="alpha.example", policy="allowed"),
    shown.AgreementLine(
        authority="beta.example", policy="default", is_noted=True, contact="Rui <rui@beta.example>",
        agreed_on="2026-11-01", data="Posts & names", region="Portugal", updated_at=ago(days=3),
    ),
)  # fmt: skip
GROUPS_HERE: dict[str, object] = {"query": "pa<", "which": "orphaned"}
GROUP_LINES = tuple(
    shown.AdminGroupLine(card=GROUP.card, facilitators_count=carers, asking_count=3 - carers, created_at=ago(days=30))
    for carers in range(3)
)
INVITATION = shown.InvitationView(code="abc", by=ADA, groups=(BEN,))
INVITING: dict[str, object] = {
    "form": {"note": "", "uses": "1", "days": "30"},
    "chosen": ["1"],
    "errors": {},
    "may_invite": True,
    "groups": (ADA,),
    "uses": (shown.Choice(value="1", label="1"),),
    "days": (shown.Choice(value="30", label="30"),),
}
INVITED = (
    shown.InvitationLine(
        id=1, note="Leo", groups=("Paint",), uses=1, most_uses=1, expires_at=ago(days=1), is_open=False
    ),
    shown.InvitationLine(id=2, note="", groups=(), uses=2, most_uses=None, expires_at=ago(days=-9), is_open=True),
)

DECISIONS = (
    shown.DecisionView(
        id=1,
        target=BEN,
        measure="ban",
        code="violation",
        rules=("Be <kind>.",),
        reason="<b>Often</b> rude",
        created_at=ago(days=2),
        group=PAINT,
        posts=(shown.StruckPost(url="/@ben/21", excerpt="<i>Fool</i>"),),
        was_reported=True,
        until=ago(days=-5),
    ),
    shown.DecisionView(
        id=2,
        target=BEN,
        measure="suspend",
        code="spam",
        reason="Advertising",
        created_at=ago(days=2),
        is_automated=True,
        appeal=shown.AppealView(text="It was <not> me.", created_at=ago(days=1)),
    ),
    shown.DecisionView(
        id=3,
        target=BEN,
        measure="remove post",
        code="legal",
        reason="",
        created_at=ago(days=3),
        ended_at=ago(days=1),
        appeal=shown.AppealView(
            text="No.", created_at=ago(days=2), is_granted=True, answer="You are <right>.", decided_at=ago(days=1)
        ),
    ),
    *(
        shown.DecisionView(
            id=10 + number, target=BEN, measure=measure, code="other", reason="So <that>", created_at=ago(days=3)
        )
        for number, measure in enumerate(("note", "ask to edit", "hide", "pause"))
    ),
    shown.DecisionView(
        id=4,
        target=BEN,
        measure="warn",
        code="other",
        reason="Please stop.",
        created_at=ago(days=3),
        appeal=shown.AppealView(
            text="No.", created_at=ago(days=2), is_granted=False, answer="Still.", decided_at=ago(days=1)
        ),
    ),
)
REPORTED: dict[str, object] = {
    "others_count": 2,
    "target_handle": "@ben@x.example",
    "group_url": "/@paint_shops",
    "may_manage": True,
}
DECISION: dict[str, object] = {"edit_url": "", "can_be_decided": False, "longest": 2000, "form": {}, "errors": {}}
PROOFS = tuple(
    Proof(has_password=has_password, is_fresh=is_fresh, again_url="/sign_in?again=1&next=%2Fsettings")
    for has_password, is_fresh in ((True, False), (False, True), (False, False))
)
REACHED: dict[str, object] = {
    "form": {},
    "proof": PROOFS[0],
    "email": "ada@x.example",
    "new_email": None,
    "is_paused": False,
    "has_second_step": False,
    "sign_on_name": "Portal",
    "passkeys_count": 2,
}
IDENTITY = Identity(
    issuer="https://login.example", shown_as="ada@x.example", created_at=ago(days=9), last_used_at=ago(hours=1)
)
RECEIVED: dict[str, object] = {"form": {"handle": "leo", "email": "leo@x.example"}}
NOTHING_AT_HOME: dict[str, object] = {
    "announcements": (),
    "waiting": (),
    "groups": (),
    "threads": (),
    **BY_TIME,
    **UNPAGED,
}

PAGES = (
    Sample("front.html", VISITOR, {"groups": (people.group_card(PAINT, "none"),), "threads": (THREAD,)}),
    Sample("front.html", VISITOR, {"groups": (), "threads": ()}),
    Sample(
        "home.html",
        MEMBER,
        {
            "announcements": SAID,
            "waiting": WAITING,
            "groups": (GROUP.card,),
            "suggested": (),
            "threads": (THREAD, PERSONAL),
            **BY_TIME,
            **PAGED,
        },
    ),
    Sample(
        "home.html",
        MEMBER,
        {
            "announcements": (),
            "waiting": (),
            "groups": (GROUP.card, people.group_card(NORTH)),
            "suggested": (),
            "threads": (),
            "order": "group",
            "sections": (
                shown.GroupSection(group=GROUP.card, threads=(THREAD,)),
                shown.GroupSection(group=None, threads=(PERSONAL,)),
            ),
            **UNPAGED,
        },
    ),
    Sample("home.html", MEMBER, NOTHING_AT_HOME | {"suggested": (people.group_card(PAINT, "none"),)}),
    Sample("home.html", MEMBER, NOTHING_AT_HOME | {"suggested": ()}),
    Sample(
        "sign_in.html",
        VISITOR,
        {"form": {}, "errors": {"password": "Wrong."}, "next": "", "app_name": "Ivory", "sign_on_name": "Portal"},
    ),
    Sample("sign_on.html", VISITOR, {"name": "<Portal>", "url": "https://login.example/?a=b&c=d"}),
    *(
        Sample(
            "settings/sign_on.html",
            MEMBER,
            {"name": "Portal", "errors": {}, "connected": connected, "proof": proof},
        )
        for connected in (None, IDENTITY)
        for proof in PROOFS
    ),
    Sample(
        "sign_up.html",
        VISITOR,
        {
            "form": {},
            "errors": {"agreement": "Tick."},
            "rules": GROUP.rules,
            "next": "",
            "invitation": INVITATION,
            "sign_on_name": "Portal",
            "ticket": "",
        },
    ),
    Sample("settings/import.html", MEMBER, {"imports": (), "form": {}, "errors": {"file": "Choose one."}}),
    Sample("settings/import.html", MEMBER, {"imports": IMPORTS, "form": {"kind": "lists"}, "errors": {}}),
    *(
        Sample(
            "settings/import_one.html",
            MEMBER,
            {
                "task": each,
                "failed": ENTRIES,
                "skipped": ENTRIES,
                **{name: {"count": 20_000, "first": ENTRIES} for name in ("new", "strangers", "as_now", "ending")},
            },
        )
        for each in (*IMPORTS, *(msgspec.structs.replace(each, kind="archive") for each in IMPORTS))
    ),
    Sample("settings/export.html", MEMBER, {"export": None, "sends_mail": True, "errors": {}}),
    Sample("admin/export.html", ADMIN, {"export": None, "stored": None, "sends_mail": True, "errors": {}}),
    *(
        Sample("admin/export.html", ADMIN, {"export": None, "stored": stored, "sends_mail": True, "errors": {}})
        for stored in STORED_ARCHIVES
    ),
    *(
        Sample(
            page,
            reader,
            {
                "export": shown.ExportLine(
                    id=1, state=state, size="3.4 GB", done_count=3, all_count=9, left_out=2, **WEEK
                ),
                **({"stored": None} if reader is ADMIN else {}),
                "sends_mail": True,
                "errors": {"": "It was put together not long ago."} if state == "ready" else {},
            },
        )
        for page, reader in (("settings/export.html", MEMBER), ("admin/export.html", ADMIN))
        for state in EXPORT_STATES
    ),
    Sample(
        "settings/passkeys.html",
        MEMBER,
        {
            "passkeys": (
                shown.PasskeyLine(id="1", name="My <b>telephone", created_at=ago(days=3), last_used_at=ago()),
            ),
            "form": {"name": "x"},
            "proof": PROOFS[0],
            "errors": {"name": "Too long.", "name-1": "Empty.", "remove_password": "Wrong.", "": "No."},
        },
    ),
    Sample("settings/passkeys.html", MEMBER, {"passkeys": (), "form": {}, "errors": {}, "proof": PROOFS[2]}),
    Sample(
        "settings/sign_ins.html",
        MEMBER,
        {"sessions": (SESSION, OTHER_SESSION), "sign_ins": (SIGNED_IN, FAILED_TRIES), "days": 30, **PAGED},
    ),
    Sample("settings/sign_ins.html", MEMBER, {"sessions": (SESSION,), "sign_ins": (), "days": 30, **UNPAGED}),
    Sample(
        "settings/leaving.html",
        MEMBER,
        {"form": {"scope": "all"}, "has_password": True, "sends_mail": True, "errors": {"understood": "Tick."}},
    ),
    Sample(
        "settings/leaving.html",
        MEMBER,
        {"form": {}, "has_password": False, "sends_mail": False, "errors": {"handle": "Not yours."}},
    ),
    Sample(
        "group_moving.html",
        MEMBER,
        {"group": GROUP.card, "names": ("@old@beta.example",), "moved_to": None, "form": {}, "errors": {"old": "No."}},
    ),
    Sample(
        "group_moving.html",
        MEMBER,
        {"group": GROUP.card, "names": (), "moved_to": ADA, "form": {}, "errors": {}},
    ),
    Sample(
        "group_export.html",
        MEMBER,
        {"group": GROUP.card, "export": None, "sends_mail": True, "errors": {"": "Not so often."}},
    ),
    Sample("group_bans.html", MEMBER, {**BANS, "bans": OUT}),
    Sample("group_measures.html", MEMBER, {**MEASURES, **PAGED}),
    Sample(
        "group_measures.html",
        MEMBER,
        {**MEASURES, "paused": (), "hidden": (), "written": (), "errors": {"days": "A number."}, **UNPAGED},
    ),
    Sample("group_measures.html", MEMBER, {**MEASURES, "may_pause": False, **UNPAGED}),
    Sample("measure_post.html", MEMBER, MEASURE_POST),
    Sample(
        "measure_post.html",
        MEMBER,
        {**MEASURE_POST, "others": (), "is_hidden": False, "is_asked": False, "errors": {"what": "Please choose."}},
    ),
    Sample("group_members.html", MEMBER, {**MEMBERS, "lines": TAKING_PART, **PAGED}),
    Sample("group_members.html", MEMBER, {**MEMBERS, "lines": TAKING_PART, "may_appoint": False, **UNPAGED}),
    Sample("group_members.html", MEMBER, {**MEMBERS, "lines": (), "errors": {"": "The last one."}, **UNPAGED}),
    Sample(
        "group_other_groups.html",
        MEMBER,
        {"group": GROUP.card, "followed": NEIGHBOURS, "followers": NEIGHBOURS, "form": {}, "errors": {}},
    ),
    Sample(
        "group_other_groups.html",
        MEMBER,
        {"group": GROUP.card, "followed": (), "followers": (), "form": {}, "errors": {"handle": "Nobody."}},
    ),
    Sample("group_bans.html", MEMBER, {**BANS, "bans": (), "errors": {"handle": "Nobody."}}),
    Sample("admin/holds.html", ADMIN, {"holds": LEGAL_HOLDS, "form": {}, "errors": {"about": "Nobody."}, **PAGED}),
    Sample(
        "admin/holds.html",
        ADMIN,
        {"holds": (), "form": {"about": "@ben", "is_confidential": "yes"}, "errors": {}, **UNPAGED},
    ),
    Sample("admin/emergency.html", ADMIN, {**EMERGENCY, "lines": EMERGENCIES, "errors": {"handle": "No."}, **PAGED}),
    Sample("admin/emergency.html", ADMIN, {**EMERGENCY, "lines": (), "is_alone": True, "errors": {}, **UNPAGED}),
    Sample("admin/emergency_threads.html", ADMIN, {"access": EMERGENCIES[0], "threads": (THREAD,), **PAGED}),
    Sample("admin/emergency_threads.html", ADMIN, {"access": EMERGENCIES[0], "threads": (), **UNPAGED}),
    Sample(
        "admin/emergency_thread.html",
        ADMIN,
        {"access": EMERGENCIES[0], "posts_shown": (ROOT, REPLY), "first_url": "?", "next_url": "?after=1"},
    ),
    Sample("group_emergency.html", MEMBER, {"group": GROUP.card, "lines": EMERGENCIES[:2]}),
    Sample("group_emergency.html", MEMBER, {"group": GROUP.card, "lines": ()}),
    Sample("admin/held.html", ADMIN, {**LOOKED_AT, "held": LOOKS, "may_set": True, **PAGED}),
    Sample("admin/held.html", ADMIN, {**LOOKED_AT, "held": (), "may_set": False, **UNPAGED}),
    Sample("group_held.html", MEMBER, {**HELD, "held": (ROOT, REPLY), "people": (BEN, CLEO), **PAGED}),
    Sample("group_held.html", MEMBER, {**HELD, "held": (), "people": (), "errors": {"handle": "Nobody."}, **UNPAGED}),
    Sample("group_settings.html", MEMBER, {**GROUP_SETTINGS, "errors": {}}),
    Sample("group_figures.html", MEMBER, {"group": GROUP.card, "figures": FIGURES}),
    Sample("group_figures.html", MEMBER, {"group": GROUP.card, "figures": NO_FIGURES}),
    Sample("group_log.html", MEMBER, {"group": GROUP.card, "lines": LOGGED, "in_full": True, **PAGED}),
    Sample("group_log.html", MEMBER, {"group": GROUP.card, "lines": (), "in_full": False, **UNPAGED}),
    Sample("group_settings.html", MEMBER, {**GROUP_SETTINGS, "errors": {"slow_minutes": "A number."}}),
    Sample("admin/accounts.html", ADMIN, {**ACCOUNTS, "accounts": KNOWN, "errors": {"": "No."}}),
    Sample("admin/accounts.html", ADMIN, {**ACCOUNTS, "accounts": (), "errors": {}}),
    Sample("admin/accounts.html", ADMIN, {**ACCOUNTS, "origin": "newcomers", "accounts": KNOWN, "errors": {}}),
    Sample("admin/agreements.html", ADMIN, {"lines": AGREED, "form": {}, "errors": {}, **PAGED}),
    Sample("admin/agreements.html", ADMIN, {"lines": (), "form": {}, "errors": {"agreed_on": "No day."}, **UNPAGED}),
    Sample("admin/groups.html", ADMIN, {**GROUPS_HERE, "lines": GROUP_LINES, "errors": {"": "No."}, **PAGED}),
    Sample("admin/groups.html", ADMIN, {**GROUPS_HERE, "lines": (), "errors": {}, **UNPAGED}),
    Sample("invitation.html", VISITOR, {"invitation": INVITATION}),
    Sample("invitation.html", MEMBER, {"invitation": INVITATION}),
    Sample("invitations.html", MEMBER, {**INVITING, "link": "https://alpha.example/invite/abc", "made": INVITED}),
    Sample("invitations.html", MEMBER, {**INVITING, "groups": (), "may_invite": False, "link": "", "made": ()}),
    Sample("sign_up_received.html", VISITOR, {**RECEIVED, "is_approved": False, "joined": ()}),
    Sample("sign_up_received.html", VISITOR, {**RECEIVED, "is_approved": True, "joined": (ADA,)}),
    Sample("forgot.html", VISITOR, {"form": {}, "errors": {"login": "Say who."}, "is_sent": False}),
    Sample("forgot.html", VISITOR, {"form": {"login": "leo"}, "errors": {}, "is_sent": True}),
    Sample(
        "sign_in_code.html",
        VISITOR,
        {"ticket": "t", "next": "/home", "note": "", "has_passkey": True, "errors": {"code": "No."}},
    ),
    Sample(
        "settings/second_step.html",
        MEMBER,
        {"errors": {}, "is_on": False, "since": None, "codes_left": 0, "proof": PROOFS[1]},
    ),
    Sample(
        "settings/second_step.html",
        MEMBER,
        {"errors": {"code": "No."}, "is_on": True, "since": ago(days=3), "codes_left": 9, "proof": PROOFS[0]},
    ),
    Sample(
        "settings/second_step_scan.html",
        MEMBER,
        {"errors": {"code": "No."}, "picture_html": "<svg></svg>", "secret": "ABCD EFGH"},
    ),
    Sample("settings/second_step_codes.html", MEMBER, {"codes": ("abcd-efgh-ijkl-mnop",) * 10}),
    Sample("mail_stop.html", VISITOR, {"address": "leo@x.example"}),
    Sample("mail_stop.html", VISITOR, {"address": ""}),
    Sample("confirm.html", VISITOR, {"account": ADA, "address": "leo@x.example"}),
    Sample("set_password.html", VISITOR, {"account": ADA, "is_first": False, "errors": {}}),
    Sample(
        "consent.html",
        MEMBER,
        {
            "app_name": "Ivory",
            "app_website": "javascript:alert(1)",
            "redirect_host": "",
            "scopes": ("read", "write:statuses", "push", "unheard_of"),
            "fields": {"state": 'a"b'},
            "groups": (BEN,),
        },
    ),
    Sample("oauth_code.html", MEMBER, {"app_name": "toot", "code": "4T9x"}),
    Sample("group.html", MEMBER, {"group": GROUP, "pinned": (THREAD,), "threads": (THREAD,), **PAGED}),
    Sample("group.html", VISITOR, {"group": GROUP, "pinned": (), "threads": (), **UNPAGED}),
    Sample("group.html", MEMBER, {"group": PAUSED_IN, "pinned": (), "threads": (), **UNPAGED}),
    Sample("group.html", MEMBER, {"group": people.GROUP_ELSEWHERE, "pinned": (), "threads": (), **UNPAGED}),
    Sample(
        "group_waiting.html",
        MEMBER,
        {
            "group": GROUP.card,
            "carries": (shown.CarryLine(id=1, thread=THREAD, asked_at=ago(hours=1), asked_by=BEN),),
            "people": (shown.JoinLine(account=BEN, asked_at=ago(days=1)),),
            "groups": NEIGHBOURS,
            "moves": (
                shown.ThreadMoveLine(
                    id=2, thread=THREAD, asked_at=ago(hours=2), origin_name="Ovens & more", asked_by=BEN
                ),
            ),
        },
    ),
    Sample("group_waiting.html", MEMBER, {"group": GROUP.card, "carries": (), "people": (), "groups": (), "moves": ()}),
    Sample("thread.html", MEMBER, THREAD_PAGE),
    Sample(
        "thread.html",
        VISITOR,
        {
            **THREAD_PAGE,
            "embed_url": "",
            "is_locked": False,
            "lock_reason": "",
            "may_lock": False,
            "may_pin": False,
            "is_pinned": False,
            "root": VISITORS_POST,
            "may_stop_carrying": (),
            "carry_choices": (),
            "move_choices": (),
            "reply_to": None,
        },
    ),
    Sample(
        "history.html",
        MEMBER,
        {
            "post": ROOT,
            "versions": (shown.Version(title="T", content_html="<p>x</p>", warning="w", written_at=ago()),) * 2,
        },
    ),
    Sample("compose.html", MEMBER, COMPOSE),
    Sample("compose.html", MEMBER, {**COMPOSE, "form": {"quote": "12"}, "quoted": QUOTED}),
    Sample("compose.html", MEMBER, {**COMPOSE, "groups": (), "errors": {}, "preview": None, "audiences": ()}),
    Sample(
        "edit_post.html",
        MEMBER,
        {
            "post": ROOT,
            "asked": {"id": "3", "group": "Paint <shops>", "reason": "Please <name> it"},
            "is_titled": True,
            "languages": LANGUAGES,
            "form": {},
            "errors": {},
            "quote_policies": LANGUAGES,
            "has_poll": True,
            "poll_warning": "Votes are gone.",
            "poll_times": LANGUAGES,
            "longest_option": 50,
            **PICKED,
        },
    ),
    Sample(
        "settings/hidden.html",
        MEMBER,
        {
            "muted": (shown.MutedLine(account=BEN, expires_at=ago(days=-1)), shown.MutedLine(account=CLEO)),
            "blocked": (BEN,),
            "servers": ("x.example",),
            "filters": (
                shown.FilterLine(id="1", title="Spoilers", keywords=("end",), posts_count=2, is_hiding=True),
                shown.FilterLine(id="2", title="Old", expires_at=ago(), is_over=True),
            ),
            "tags": (shown.TagLine(name="Zinc", tag="zinc", url="/tags/zinc"),),
            "featuring": (shown.FeaturingLine(id="3", url="https://x.example/collections/3", owner=CLEO),),
        },
    ),
    Sample(
        "settings/moving.html",
        MEMBER,
        {
            "names": ({"uri": "https://old.example/u/ada", "label": "@ada@old.example"},),
            "moved_to": None,
            "followers_left": 2,
            "has_second_step": True,
            "proof": PROOFS[2],
            "again_at": ago(days=-3),
            "form": {"handle": "<x>"},
            "errors": {"handle": "There is no such account."},
        },
    ),
    *(
        Sample(
            "settings/moving.html",
            MEMBER,
            {
                "names": (),
                "moved_to": BEN,
                "followers_left": count,
                "has_second_step": False,
                "proof": PROOFS[0],
                "again_at": None,
                "form": {},
                "errors": {},
            },
        )
        for count in (0, 3)
    ),
    Sample(
        "settings/hidden.html",
        MEMBER,
        {"muted": (), "blocked": (), "servers": (), "filters": (), "tags": (), "featuring": ()},
    ),
    Sample(
        "report_form.html",
        MEMBER,
        {
            "target": BEN,
            "post": REPLY,
            "path": "/p/12/report",
            "back": "/@ada/11",
            "categories": LANGUAGES,
            "rules": (shown.Choice(value="1", label="Be of use."),),
            "form": {"rule": [1]},
            "errors": {"category": "Please choose."},
            "longest": 1000,
        },
    ),
    Sample(
        "report_form.html",
        MEMBER,
        {
            "target": CLEO,
            "post": None,
            "path": "/@cleo/report",
            "back": "/@cleo",
            "categories": LANGUAGES,
            "rules": (),
            "form": {},
            "errors": {},
            "longest": 1000,
        },
    ),
    Sample("quotes.html", MEMBER, {"post": ROOT, "may_revoke": True, "quotes": (REPLY,), **PAGED}),
    Sample("quotes.html", VISITOR, {"post": ROOT, "may_revoke": False, "quotes": (), **UNPAGED}),
    Sample(
        "lists.html",
        MEMBER,
        {
            "lists": (SUPPLIERS, shown.ListLine(id=8, title="Near")),
            "groups": (shown.GroupListLine(group=PAINT), shown.GroupListLine(group=NORTH, is_exclusive=True)),
            "tags": (shown.TagLine(name="Zinc", tag="zinc", url="/tags/zinc"),),
            "form": {"tag": "a b"},
            "errors": {"tag": "One word."},
            "longest": 256,
        },
    ),
    Sample(
        "lists.html",
        MEMBER,
        {"lists": (), "groups": (), "tags": (), "form": {}, "errors": {"title": "?"}, "longest": 9},
    ),
    Sample("list.html", MEMBER, {"list": SUPPLIERS, "is_empty": False, "threads": (THREAD,), **PAGED}),
    Sample("list.html", MEMBER, {"list": SUPPLIERS, "is_empty": False, "threads": (), **UNPAGED}),
    Sample("list.html", MEMBER, {"list": SUPPLIERS, "is_empty": True, "threads": (), **UNPAGED}),
    Sample(
        "edit_list.html",
        MEMBER,
        {
            "list": SUPPLIERS,
            "people": (BEN, CLEO),
            "reply_choices": LANGUAGES,
            "form": {"title": "Suppliers", "is_exclusive": "yes"},
            "errors": {"who": "Nobody."},
            "longest": 256,
            **PAGED,
        },
    ),
    Sample(
        "edit_list.html",
        MEMBER,
        {
            "list": SUPPLIERS,
            "people": (),
            "reply_choices": LANGUAGES,
            "form": {},
            "errors": {},
            "longest": 256,
            **UNPAGED,
        },
    ),
    Sample("delete_post.html", MEMBER, {"post": ROOT}),
    Sample(
        "remove_post.html",
        MEMBER,
        {"post": REPLY, "group_name": "Paint shops", "form": {}, "errors": {}, "grounds": LANGUAGES},
    ),
    Sample("decisions.html", MEMBER, {"decisions": DECISIONS, "state": "active", **PAGED}),
    Sample("decisions.html", VISITOR, {"decisions": (), "state": "suspended", **UNPAGED}),
    *(Sample("decision.html", VISITOR, {**DECISION, "decision": each}) for each in DECISIONS),
    Sample("decision.html", MEMBER, {**DECISION, "decision": DECISIONS[4], "edit_url": "/p/7/edit"}),
    Sample("decision.html", MEMBER, {**DECISION, "decision": DECISIONS[0], "errors": {"text": "Say why."}}),
    Sample("appeals.html", MEMBER, {"decisions": DECISIONS, "is_decided": False, **PAGED}),
    Sample("appeals.html", ADMIN, {"decisions": (), "is_decided": True, **UNPAGED}),
    Sample("appeal.html", MEMBER, {"decision": DECISIONS[1], "form": {}, "errors": {"answer": "Say why."}}),
    Sample("appeal.html", MEMBER, {"decision": DECISIONS[2], "form": {}, "errors": {}}),
    Sample("account.html", MEMBER, ACCOUNT),
    Sample("account.html", VISITOR, {**ACCOUNT, "threads": (), "account": CLEO}),
    Sample("find.html", MEMBER, {"form": {}, "errors": {"address": "Nothing there."}, **FOUND}),
    Sample("find.html", MEMBER, {"form": {}, "errors": {}, **FOUND, "group": people.GROUP_ELSEWHERE}),
    Sample("find.html", MEMBER, {"form": {}, "errors": {}, **FOUND, "person": BEN}),
    Sample("search.html", MEMBER, {**SEARCH, "found": Results(), "is_asked": False, "may_be_elsewhere": False}),
    Sample("search.html", MEMBER, {**SEARCH, "found": Results(), "errors": {"q": "Fewer."}}),
    Sample(
        "search.html",
        MEMBER,
        {
            **SEARCH,
            "found": Results(
                groups=[GROUP.card], people=[BEN, CLEO], threads=[THREAD], newer_url="?min_id=1", older_url="?max_id=1"
            ),
        },
    ),
    Sample("interact.html", VISITOR, {"form": {}, "errors": {}, "uri": "@ada@x", "what": "Ada", "verb": "follow"}),
    Sample("notifications.html", MEMBER, {"notices": NOTICES, **PAGED}),
    Sample("notifications.html", MEMBER, {"notices": (), **UNPAGED}),
    Sample("messages.html", MEMBER, {"conversations": CONVERSATIONS, **PAGED}),
    Sample("messages.html", MEMBER, {"conversations": (), **UNPAGED}),
    Sample(
        "conversation.html",
        MEMBER,
        {
            "path": "/messages/7",
            "people": (BEN, CLEO),
            "posts_said": (REPLY, COVERED),
            "form": {"text": ""},
            "pictures": (),
            "most_pictures": 4,
            "errors": {"text": "Write something first."},
            **PAGED,
        },
    ),
    Sample(
        "new_message.html",
        MEMBER,
        {"form": {"to": "@ben"}, "pictures": (), "most_pictures": 4, "errors": {"to": "Nobody."}},
    ),
    Sample(
        "groups.html",
        MEMBER,
        {
            "mine": (GROUP.card,),
            "others": (people.group_card(PAINT, "none"),),
            "elsewhere": (people.group_card(NORTH, "requested"),),
            "may_create": True,
            **PAGED,
        },
    ),
    Sample("groups.html", VISITOR, {"mine": (), "others": (), "elsewhere": (), "may_create": False, **UNPAGED}),
    Sample("new_group.html", MEMBER, {"form": {}, "errors": {"purpose": "Please say what it is for."}}),
    Sample("collection.html", VISITOR, {"collection": people.collection_card()}),
    Sample("collection.html", MEMBER, {"collection": people.collection_card(own_item="7")}),
    Sample("tag.html", MEMBER, {"tag": "zinc", "is_followed": True, "threads": (THREAD,), **PAGED}),
    Sample("tag.html", MEMBER, {"tag": "tin", "is_followed": False, "threads": (), **UNPAGED}),
    Sample("tag.html", VISITOR, {"tag": "tin", "is_followed": False, "threads": (), **UNPAGED}),
    Sample("you.html", ADMIN, {"reports_count": 2, "appeals_count": 1}),
    Sample("you.html", MEMBER, {"reports_count": None, "appeals_count": 0}),
    Sample(
        "settings/profile.html",
        MEMBER,
        {
            "form": {"is_locked": "yes"},
            "errors": {"avatar": "No picture."},
            "pictures": OWN_PICTURES,
            "locales": LANGUAGES,
            "languages": LANGUAGES,
            "zones": LANGUAGES,
        },
    ),
    Sample(
        "settings/access.html",
        MEMBER,
        {**REACHED, "errors": {}, "sessions_count": 2, "apps": (APP,)},
    ),
    Sample(
        "settings/access.html",
        MEMBER,
        {
            **REACHED,
            "new_email": "a@b.example",
            "is_paused": True,
            "errors": {"email": "No."},
            "sessions_count": 1,
            "apps": (),
        },
    ),
    Sample("scheduled.html", MEMBER, {"scheduled": (PLANNED, FAILED), "errors": {}, "form": {}}),
    Sample(
        "scheduled.html",
        MEMBER,
        {"scheduled": (PLANNED, FAILED), "errors": {"time": "Too soon."}, "form": {"post": "8", "time": "x"}},
    ),
    Sample("scheduled.html", MEMBER, {"scheduled": (), "errors": {}, "form": {}}),
    Sample("admin/emojis.html", ADMIN, {"emojis": (OVEN,), "form": {}, "errors": {}}),
    Sample("admin/branding.html", ADMIN, {"is_saved": True, "is_own": True, "errors": {}} | PLAIN_BRAND),
    Sample("admin/branding.html", ADMIN, {"is_saved": False} | REFUSED_BRAND),
    Sample("offline.html", VISITOR, {}),
    Sample("admin/emojis.html", ADMIN, {"emojis": (), "form": {"shortcode": "<b>"}, "errors": {"shortcode": "No."}}),
    Sample("settings/notices.html", MEMBER, {**UNTOLD, "form": {}, "errors": {}, "wishes": LANGUAGES, "waiting": ()}),
    Sample(
        "settings/notices.html",
        MEMBER,
        {
            "server_key": "BA",
            "wants_held_mail": False,
            "is_told": True,
            "alerts": ("mention", "poll"),
            "form": {"for_bots": "de"},
            "errors": {},
            "wishes": LANGUAGES,
            "waiting": (shown.WaitingNotices(id=1, account=BEN, count=2, newest_at=ago(days=1)),),
        },
    ),
    Sample("admin/announcements.html", ADMIN, {"announcements": (), "form": {}, "errors": {"text": "Too long."}}),
    Sample(
        "admin/announcements.html",
        ADMIN,
        {
            "announcements": (
                shown.AnnouncementLine(id=1, content_html="<p>Hi</p>", published_at=ago(days=1), reactions_count=2),
                shown.AnnouncementLine(
                    id=2, content_html="<p>x</p>", published_at=ago(days=-1), reactions_count=0, state="waiting"
                ),
                shown.AnnouncementLine(
                    id=3,
                    content_html="<p>x</p>",
                    published_at=ago(days=9),
                    reactions_count=0,
                    starts_at=ago(days=3),
                    ends_at=ago(days=2),
                    is_all_day=True,
                    state="over",
                ),
            ),
            "form": {},
            "errors": {},
        },
    ),
    Sample("admin/reports.html", ADMIN, {**QUEUE, "reports": REPORTS, "is_resolved": False, **PAGED}),
    Sample("admin/reports.html", ADMIN, {**QUEUE, "reports": (), "is_narrowed": False, "is_resolved": True, **UNPAGED}),
    Sample("reports.html", MEMBER, {**QUEUE, "reports": REPORTS, "is_resolved": False, "is_ticked": True, **PAGED}),
    Sample("reports.html", MEMBER, {**QUEUE, "reports": (), "batch": None, "is_resolved": True, **UNPAGED}),
    Sample("report.html", MEMBER, {**REPORTED, "reports": REPORTS[:1], "decisions": DECISIONS}),
    Sample("report.html", MEMBER, {**REPORTED, "reports": (), "decisions": ()}),
    Sample("admin/overview.html", ADMIN, OVERVIEW),
    Sample("admin/overview.html", ADMIN, NOTHING_YET),
    Sample("admin/rules.html", ADMIN, RULES),
    Sample("admin/rules.html", ADMIN, {**RULES, "rules": (), "former": (), "errors": {}, "languages": ()}),
    Sample("admin/rule.html", ADMIN, {**RULES, "rule_id": 3}),
    *(Sample("admin/mail.html", ADMIN, {**MAIL, **other}) for other in MAIL_OTHERWISE),
    Sample("admin/storage.html", ADMIN, STORAGE),
    Sample("admin/storage.html", ADMIN, STORAGE_UNDER_WAY),
    *(
        Sample(
            "admin/legal_notices.html",
            ADMIN,
            {
                "decisions": decisions(str),
                "is_decided": False,
                "form": {},
                "errors": {},
                "longest": 9,
                **UNPAGED,
                **more,
            },
        )
        for more in (
            {"notices": ()},
            {"notices": (LEGAL_NOTICE,), "form": {"notice": "7", "decision": "kept", "reasons": "<b>"}, **PAGED},
            {"notices": (ANSWERED_NOTICE,), "is_decided": True, "errors": {"": "Decided already."}},
        )
    ),
    *(
        Sample("legal_notice.html", VISITOR, {"notice": each, "contact": contact})
        for each, contact in ((LEGAL_NOTICE, ""), (ANSWERED_NOTICE, "<b>@x.example"))
    ),
    *(
        Sample(
            "legal_notice_form.html",
            reader,
            {"form": {"url": "<b>"}, "errors": errors, "grounds": grounds(str), "longest": 9},
        )
        for reader, errors in ((VISITOR, {}), (MEMBER, {"url": "Wrong.", "good_faith": "Please."}))
    ),
    Sample("admin/register.html", ADMIN, REGISTER),
    Sample("admin/register.html", ADMIN, {**REGISTER, "contact": "", "others": ()}),
    Sample("admin/log.html", ADMIN, LOG),
    Sample("admin/log.html", ADMIN, {**LOG, "entries": ()}),
    Sample("admin/apps.html", ADMIN, APPS),
    Sample("admin/apps.html", ADMIN, {**APPS, "apps": ()}),
    Sample("admin/peer_lists.html", ADMIN, PEER_LISTS),
    Sample("admin/peer_lists.html", ADMIN, {**PEER_LISTS, "lists": (), "errors": {}, "subscriptions": ()}),
    Sample("admin/texts.html", ADMIN, {"lines": PLACE_TEXTS}),
    *(
        Sample("admin/text.html", ADMIN, {"text": each, "form": {"source": "# <b>"}, "errors": {"source": "?"}})
        for each in PLACE_TEXTS
    ),
    *(
        Sample(
            "text.html",
            VISITOR,
            {
                "kind": each.kind,
                "text_html": "<p>We keep little.</p>",
                "shown_on": TEXT_VERSIONS[1].effective_on,
                "is_coming": each.kind == "imprint",
                "later_on": each.holds_from,
                "versions": each.versions,
            },
        )
        for each in PLACE_TEXTS
    ),
    Sample("admin/peer_subscribe.html", ADMIN, {"form": {"hardest": "limited"}, "errors": {"url": "?"}}),
    Sample("admin/peer_subscription.html", ADMIN, SUBSCRIBED),
    Sample(
        "admin/peer_subscription.html",
        ADMIN,
        {**SUBSCRIBED, "problem": "", "lists": (), "brought_count": 0},
    ),
    Sample("admin/peer_list.html", ADMIN, PEER_LIST),
    Sample("admin/peer_list.html", ADMIN, {**PEER_LIST, "changes": (), "changes_count": 0, "skipped": []}),
    Sample("admin/peer_list.html", ADMIN, {**PEER_LIST, "list": peer_list("applying"), "changes": ()}),
    Sample("admin/peer_list.html", ADMIN, {**PEER_LIST, "list": peer_list("applied"), "changes": ()}),
    *(Sample("admin/setup.html", ADMIN, step) for step in SETUP),
    Sample("admin/sign_ups.html", ADMIN, SIGN_UPS),
    Sample("admin/sign_ups.html", ADMIN, {**SIGN_UPS, "waiting": (SIGN_UP,), "ticked": ()}),
    Sample(
        "admin/sign_ups.html",
        ADMIN,
        {**SIGN_UPS, "waiting": (), "errors": {}, "batch": shown.BatchLine(id=3, action="approve", count=1)},
    ),
    Sample("admin/invitations.html", ADMIN, INVITED_BY_ALL),
    Sample("admin/invitations.html", ADMIN, {"lines": (), "is_all": True, **UNPAGED}),
    Sample(
        "admin/peers.html",
        ADMIN,
        {"peers": PEERS, "form": {}, "errors": {"authority": "?"}, "federation": "open", "query": "b", **PAGED},
    ),
    Sample(
        "admin/settings.html",
        ADMIN,
        {
            "form": {"registrations": "open", "federation": "open", "strangers_see": ["ours"]},
            "errors": {"name": "Needed."},
            "languages": LANGUAGES,
            "zones": LANGUAGES,
        },
    ),
    Sample(
        "admin/design.html",
        ADMIN,
        {
            "palette_names": ("paper",),
            "person": ADA,
            "group": PAINT,
            "threads": (THREAD,),
            "root": ROOT,
            "replies": (REPLY,),
        },
    ),
    Sample(
        "admin/deliveries.html", ADMIN, {"peers": (DELIVERY,), "total_waiting": 42, "total_failed": 3, "hold": None}
    ),
    Sample(
        "admin/deliveries.html",
        ADMIN,
        {
            "peers": (),
            "total_waiting": 0,
            "total_failed": 0,
            "hold": {"held_at": ago(hours=2), "held_reason": "brought back from the backup of 2026-11-21 03:00 UTC"},
        },
    ),
    *(
        Sample(
            "admin/delivery_report.html", ADMIN, {"form": form, "errors": errors, "hosts": hosts, "csv_url": "/x.csv"}
        )
        for form, errors, hosts in (
            ({"person": "@ada", "deletions": "yes"}, {}, ANSWERS),
            ({"post": "<x>"}, {}, ()),
            ({"first_day": "soon"}, {"first_day": "No day."}, None),
        )
    ),
    *(
        Sample(
            "admin/deliveries_of.html",
            ADMIN,
            {
                "peer": peer,
                "post": None if peer else {"id": 7, "url": "https://x.example/@ada/7", "made_at": ago()},
                "waiting_count": 1,
                "failed_count": 1,
                "delivered_count": None if peer else 12,
                "entries": TRIES,
            },
        )
        for peer in (DELIVERY, PAUSED, None)
    ),
    Sample("admin/queues.html", ADMIN, {"queues": QUEUES, "failed": FAILED_WORK}),
    Sample(
        "about.html",
        VISITOR,
        {
            "about_html": "<p>x</p>",
            "rules": GROUP.rules,
            "staff": (ADA,),
            "members_count": 1,
            "groups_count": 2,
            "version": "1",
            "contact": "<b>@x.example",
            "languages": ("en", "de"),
            "federation": "allowlist",
        },
    ),
    Sample(
        "transparency.html",
        VISITOR,
        {
            "year": 2026,
            "years": (2026, 2025),
            "parts": parts([Count(year=2026, what="reports", kind="spam", count=3)], lambda text: f"<b>{text}"),
        },
    ),
    Sample("source.html", VISITOR, {"version": "0.1.0", "archive_url": "/source/fedcomm.tar.gz", "size": 812345}),
    Sample("message.html", VISITOR, {"title": "Signed out", "text": "See you.", "link_url": "/", "link_text": "Home"}),
    Sample("leaving.html", VISITOR, {"target_url": "https://x.example/?a=b", "target_host": "x.example"}),
    *(
        Sample("error.html", VISITOR, {"status": status, "text": "", "retry_after": 30 if status == 429 else 0})
        for status in (400, 403, 404, 409, 410, 413, 418, 422, 429, 500, 503)
    ),
)
