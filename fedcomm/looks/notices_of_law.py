"""Notices of unlawful content as pages show them (C13)."""

from fedcomm.looks.frame import Texts
from fedcomm.looks.shown import Choice, LegalNoticeView
from fedcomm.moderation.legal_notices import Decision, Ground, LegalNotice


def grounds(_: Texts) -> tuple[Choice, ...]:
    """What may be unlawful about something."""
    return tuple(
        Choice(value=value, label=label, hint=_("Here you need not give your name.") if value == "children" else "")
        for value, label in ground_names(_).items()
    )


def ground_names(_: Texts) -> dict[Ground, str]:
    """What each ground is called."""
    return {
        "persons": _("It insults, threatens or stirs up hatred"),
        "privacy": _("It shows personal data or pictures without consent"),
        "copyright": _("It uses somebody's work, brand or design without right"),
        "fraud": _("It deceives, for instance to get at money"),
        "competition": _("It is an agreement on prices, customers or territories"),
        "children": _("It shows the abuse of children"),
        "other": _("Something else that is against the law"),
    }


def decision_names(_: Texts) -> dict[Decision, str]:
    """What may be decided."""
    return {
        "removed": _("It was taken down"),
        "restricted": _("It was restricted: covered, limited, or closed to some"),
        "kept": _("It stays: it is not unlawful"),
        "elsewhere": _("Another instance decides about it, and was told"),
    }


def decisions(_: Texts) -> tuple[Choice, ...]:
    """What may be decided, to choose from; the first says that nothing is chosen yet."""
    named = decision_names(_).items()
    return (Choice(value="", label=_("Please choose")), *(Choice(value=value, label=label) for value, label in named))


def view(found: LegalNotice, about: str, _: Texts) -> LegalNoticeView:
    """One notice. `about`: whose content it is, as far as it is known."""
    return LegalNoticeView(
        id=found.id,
        url=found.url,
        about=about,
        ground=ground_names(_)[found.ground],
        explanation=found.explanation,
        name=found.name,
        email=found.email,
        created_at=found.created_at,
        decision=decision_names(_)[found.decision] if found.decision is not None else "",
        reasons=found.reasons,
        decided_at=found.decided_at,
    )
