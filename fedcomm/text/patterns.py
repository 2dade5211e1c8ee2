"""What people type, within a pattern of LIKE."""

import re


def literally(text: str) -> str:
    """The text as a pattern that fits nothing but itself; what it may be followed by is put behind."""
    return re.sub(r"([\\%_])", r"\\\1", text)
