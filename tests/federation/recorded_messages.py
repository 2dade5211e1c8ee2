"""The messages below `recorded/`, and the values they share."""

import json
from pathlib import Path

from federation.vocabulary.values import Document, document

FOLDER = Path(__file__).parent / "recorded"

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SALES = "https://assoc.example/groups/sales"
RUI = "https://masto.example/users/rui"


def names() -> list[str]:
    """Every message, as `software-version/what-it-is`."""
    return sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.json"))


def body(name: str) -> bytes:
    """The bytes of one message."""
    return (FOLDER / f"{name}.json").read_bytes()


def recorded(name: str) -> Document:
    """One message as a JSON object."""
    found = document(json.loads(body(name)))
    assert found is not None
    return found
