"""What a feature refused, as the form on a page shows it: which field, and the sentence in the reader's language."""

from collections.abc import Mapping

from fedcomm.errors import Invalid, Refusal
from fedcomm.looks.frame import Texts


def errors_of(refusal: Refusal, _: Texts, fields: Mapping[str, str] | None = None) -> dict[str, str]:
    """`errors` for a template; `fields`: the form's own name for a field that features call otherwise.

    Sentences of features are translated like those of pages (`fedcomm.translations` finds them).
    """
    field = (refusal.field or "") if isinstance(refusal, Invalid) else ""
    return {(fields or {}).get(field, field): sentence(refusal, _)}


def sentence(refusal: Refusal, _: Texts) -> str:
    """What was said, in the reader's language."""
    said = _(refusal.message) if refusal.message else _("That did not work")
    return said % {name: _shown(value) for name, value in refusal.values.items()} if refusal.values else said


def _shown(value: str | int) -> str:
    """A number with thin spaces between its thousands, which every language understands (ISO 80000-1)."""
    return f"{value:,}".replace(",", "\u202f") if isinstance(value, int) else value
