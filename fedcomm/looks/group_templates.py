"""What a first group can be: a name, a purpose and rules to begin with, in the language of who founds it."""

from typing import Literal

import msgspec

from fedcomm.groups.model import JoinRule, PostingRule, Rule
from fedcomm.looks.frame import Texts

TemplateName = Literal["questions", "chapter", "welcome", "board"]


class GroupTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A group as it is proposed; all of it can be changed before and after."""

    key: TemplateName
    label: str
    name: str
    handle: str
    purpose: str
    for_whom: str = ""
    group_kind: str = "topic"
    join_rule: JoinRule = "open"
    posting_rule: PostingRule = "members"
    rules: tuple[Rule, ...]


def templates(_: Texts) -> list[GroupTemplate]:
    """All of them, the one that most begin with first."""
    openly = Rule(_("Say what you have tried"), _("Then nobody proposes it again, and the answer is half written."))
    matters = Rule(_("Speak about matters, not about persons"))
    nothing_sold = Rule(_("Nothing is sold here"), _("Experience with products is welcome; advertising is not."))
    return [
        GroupTemplate(
            key="questions",
            label=_("Questions and answers"),
            name=_("Ask one another"),
            handle=_("questions"),
            purpose=_("Members ask what they want to know, and those who have been through it answer."),
            rules=(openly, matters, nothing_sold),
        ),
        GroupTemplate(
            key="chapter",
            label=_("A chapter"),
            name=_("Chapter"),
            handle=_("chapter"),
            purpose=_("What concerns the members of one place: dates, neighbours, help nearby."),
            group_kind="chapter",
            join_rule="request",
            rules=(matters, nothing_sold),
        ),
        GroupTemplate(
            key="welcome",
            label=_("Newcomers"),
            name=_("Welcome"),
            handle=_("welcome"),
            purpose=_("Say who you are, ask anything about this place, and get to know the others."),
            rules=(Rule(_("No question is too simple")), matters),
        ),
        GroupTemplate(
            key="board",
            label=_("News of the association"),
            name=_("News"),
            handle=_("news"),
            purpose=_("What the association decides and plans. Everybody may reply."),
            group_kind="announcements",
            posting_rule="facilitators",
            rules=(matters,),
        ),
    ]
