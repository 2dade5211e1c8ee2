"""The rules of the instance as client apps show them."""

from typing import Any

import msgspec

from fedcomm.settings import Rule


def rule(of: Rule) -> dict[str, Any]:
    """The Rule entity."""
    return {
        "id": str(of.id),
        "text": of.text,
        "hint": of.hint,
        "translations": {language: msgspec.to_builtins(told) for language, told in of.translations.items()},
    }
