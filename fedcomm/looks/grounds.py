"""On what a measure rests, as each form that takes one asks: a rule, the law, advertising, something else (C12)."""

import hashlib
from collections.abc import Sequence

from fedcomm.accounts.statements import Grounds
from fedcomm.errors import Invalid
from fedcomm.looks.frame import Texts
from fedcomm.looks.shown import Choice

FIELD = "grounds"
_RULE = "rule-"


def choices(rules: Sequence[str], _: Texts) -> tuple[Choice, ...]:
    """What may be chosen where these rules hold; the first says that nothing is chosen yet."""
    return (
        Choice(value="", label=_("Please choose")),
        *(Choice(value=of_rule(text), label=f"{number}. {text}") for number, text in enumerate(rules, 1)),
        Choice(value="spam", label=_("Advertising or spam")),
        Choice(value="legal", label=_("Against the law")),
        Choice(value="other", label=_("Something else")),
    )


def of_rule(text: str) -> str:
    """What a form says of a rule: never its place, which another one may have when the form comes back."""
    return _RULE + hashlib.sha256(text.encode()).hexdigest()[:16]


def chosen(value: str, rules: Sequence[str], *, report_id: int | None = None) -> Grounds:
    """What was chosen. Raises Invalid (nothing, or a rule that no longer is)."""
    if value == "spam":
        return Grounds(code="spam", report_id=report_id)
    if value == "legal":
        return Grounds(code="legal", report_id=report_id)
    if value == "other":
        return Grounds(code="other", report_id=report_id)
    for text in rules:
        if value == of_rule(text):
            return Grounds(code="violation", rules=(text,), report_id=report_id)
    raise Invalid("Please choose on what it rests: whom it strikes is told it.", field=FIELD)
