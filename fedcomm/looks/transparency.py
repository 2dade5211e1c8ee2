"""What was complained of and decided in a year, in words (C15)."""

from collections.abc import Mapping, Sequence

from fedcomm.figures.transparency import Count
from fedcomm.looks.frame import Texts
from fedcomm.looks.notices_of_law import decision_names, ground_names
from fedcomm.looks.shown import CountedLine, CountedPart


def parts(found: Sequence[Count], _: Texts) -> list[CountedPart]:
    """The counts of a year, part by part; parts without any are there too."""
    headings, kinds = _headings(_), _kinds(_)
    return [
        CountedPart(
            heading=heading,
            lines=tuple(
                CountedLine(label=label, count=each.count)
                for kind, label in kinds[what].items()
                for each in found
                if (each.what, each.kind) == (what, kind)
            ),
        )
        for what, heading in headings.items()
    ]


def _headings(_: Texts) -> Mapping[str, str]:
    return {
        "reports": _("Reports by members and other instances"),
        "notices": _("Notices of unlawful content"),
        "decisions": _("Decisions about people and posts"),
        "grounds": _("On what decisions rest"),
        "appeals": _("Appeals"),
        "servers": _("Decisions about other instances"),
    }


def _kinds(_: Texts) -> Mapping[str, Mapping[str, str]]:
    grounds = {
        "spam": _("Advertising or spam"),
        "legal": _("Against the law"),
        "violation": _("Against the rules"),
        "other": _("Something else"),
    }
    return {
        "reports": {
            **grounds,
            "from here": _("By members"),
            "from elsewhere": _("By other instances"),
            "decided": _("Decided"),
            "median hours": _("Hours until decided, of half of them at most"),
        },
        "notices": {
            **ground_names(_),
            **decision_names(_),
            "median hours": _("Hours until decided, of half of them at most"),
        },
        "decisions": {
            "warn": _("A warning"),
            "cover": _("Pictures and films are covered"),
            "limit": _("Shown to followers only"),
            "disable": _("Shut out: nobody can sign in"),
            "suspend": _("Suspended: neither heard nor shown"),
            "end": _("The account is ended for good, with what was written"),
            "note": _("A note to an author"),
            "ask to edit": _("An author was asked to change a post"),
            "hide": _("A post was hidden for the group's own people"),
            "hold": _("Posts are first looked at"),
            "pause": _("Paused: reading, not writing"),
            "ban": _("Put out of the group"),
            "remove post": _("A post was taken out"),
            "automated": _("Decided automatically, of all of these"),
        },
        "grounds": grounds,
        "appeals": {"granted": _("Granted"), "declined": _("Declined"), "waiting": _("Not decided yet")},
        "servers": {
            "suspended peer": _("Suspended"),
            "limited peer": _("Limited"),
            "restore peer": _("Let back"),
        },
    }
