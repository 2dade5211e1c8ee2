"""The people, groups and posts that the pages in these tests speak of."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fedcomm.looks import shown

NOON = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def ago(**duration: float) -> datetime:
    """A moment before noon."""
    return NOON - timedelta(**duration)


def account(number: int, name: str, handle: str, domain: str = "") -> shown.AccountCard:
    """A person of ours, or of `domain`."""
    return shown.AccountCard(
        id=number,
        name=name,
        handle=f"@{handle}",
        full_handle=f"@{handle}@{domain or 'alpha.example'}",
        url=f"/@{handle}" + (f"@{domain}" if domain else ""),
        avatar_path=f"/avatars/{number}.png",
        is_local=not domain,
        domain=domain,
    )


ADA = account(1, "Ada Brenner", "ada")
BEN = account(2, "Ben Okafor", "ben", "beta.example")
CLEO = account(3, "Cleo <script>alert(1)</script>", "cleo")

PAINT = shown.GroupTag(
    id=101,
    name="Paint shops",
    full_handle="@paint_shops@alpha.example",
    url="/@paint_shops",
    avatar_path="/avatars/101.png",
)
NORTH = shown.GroupTag(
    id=102,
    name="North",
    full_handle="@north@beta.example",
    url="/@north@beta.example",
    avatar_path="/avatars/102.png",
    is_local=False,
    domain="beta.example",
    state="requested",
)


def group_card(tag: shown.GroupTag, standing: shown.Standing = "active") -> shown.GroupCard:
    """A group in a list."""
    return shown.GroupCard(
        id=tag.id,
        name=tag.name,
        full_handle=tag.full_handle,
        url=tag.url,
        avatar_path=tag.avatar_path,
        purpose="Owners help one another with paint.",
        members_count=1287,
        is_local=tag.is_local,
        domain=tag.domain,
        last_post_at=ago(minutes=12),
        new_count=3 if standing == "active" else None,
        standing=standing,
    )


def collection_card(own_item: str | None = None) -> shown.CollectionCard:
    """Accounts that somebody recommends; one of them looks at it, if `own_item` says so."""
    return shown.CollectionCard(
        id=7,
        url="/@ada/collections/7",
        name="Painters <b>worth</b> reading",
        description="Owners who tell what they tried, and what it cost.",
        tag="paint",
        owner=ADA,
        accounts=(BEN, CLEO),
        own_item=own_item,
    )


GROUP = shown.GroupHead(
    card=group_card(PAINT),
    header_path="/headers/101.png",
    about_html="<p>For all who run a shop.</p>",
    join_rule="open",
    posting_rule="members",
    rules=(shown.RuleLine(title="Say what you tried", text="Then nobody suggests it again."),),
    facilitators=(ADA,),
    created_at=ago(days=400),
    my_role="facilitator",
    may_post=True,
    waiting_count=2,
)
GROUP_ELSEWHERE = shown.GroupHead(card=group_card(NORTH, "none"), original_url="https://beta.example/@north")

THREAD = shown.ThreadCard(
    id=11,
    url="/@ada/11",
    title="Which primer holds on zinc?",
    excerpt="We have tried two epoxy primers.",
    author=ADA,
    published_at=ago(minutes=42),
    group=PAINT,
    carried_by=(NORTH,),
    kind="question",
    replies_count=1,
    same_here_count=12,
    language="en",
    is_new=True,
)
PERSONAL = shown.ThreadCard(
    id=12,
    url="/@ben@beta.example/12",
    title=None,
    excerpt="Back from the fair.",
    author=BEN,
    published_at=ago(days=400),
    warning="Tired feet",
    boosted_by=CLEO,
)


POLL = shown.PollView(
    options=(
        shown.PollOption(title="Zinc <b>primer</b>", votes_count=3, percent=75),
        shown.PollOption(title="None", votes_count=1, percent=25, is_mine=True),
    ),
    is_multiple=True,
    voters_count=4,
    ends_at=NOON + timedelta(days=1),
    may_vote=True,
)


def post(number: int, author: shown.AccountCard) -> shown.PostView:
    """A post that its reader may do everything with."""
    return shown.PostView(
        id=number,
        uri=f"https://alpha.example/p/{number}",
        url=f"{author.url}/{number}",
        author=author,
        content_html="<p>It came off <strong>within a year</strong>.</p>",
        published_at=ago(hours=2),
        language="en",
        original_url=None if author.is_local else f"https://{author.domain}/p/{number}",
        poll=POLL,
        favourites_count=5,
        boosts_count=2,
        may_react=True,
        may_boost=True,
        may_reply=True,
        may_edit=author.is_local,
        may_delete=author.is_local,
        may_remove=True,
    )


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a page."""

    member: shown.MemberCard | None


VISITOR = Reader(None)
MEMBER = Reader(shown.MemberCard(account=ADA, unread_count=4, unread_messages_count=2))
ADMIN = Reader(shown.MemberCard(account=ADA, is_admin=True, waiting_sign_ups_count=2))


def page_for(reader: Reader) -> shown.Page:
    """The frame of a page, for one reader."""
    return shown.Page(
        site=shown.SiteCard(
            name="Coatings Association",
            domain="alpha.example",
            purpose="Shop owners help one another.",
            registrations="approval",
            source_url="/source",
            texts=("privacy", "terms", "imprint"),
        ),
        now=NOON,
        zone=ZoneInfo("Europe/Berlin"),
        path="/@ada/11",
        csrf_token="form-token",
        member=reader.member,
        messages=(shown.Message(text="Saved."),),
    )
