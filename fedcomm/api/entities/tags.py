"""Tags as clients see them. Source: Mastodon API, entities/Tag."""

import hashlib
from typing import Any
from urllib.parse import quote

from fedcomm.here import Here
from fedcomm.text.mentions import normalised_tag


def tag_url(here: Here, name: str) -> str:
    """The page of a tag."""
    return f"{here.base_url}/tags/{quote(name, safe='')}"


def tag(here: Here, name: str) -> dict[str, Any]:
    """The Tag entity as visitors see it. Tags have no rows of their own, so the id is made of the name; use is not
    counted.
    """
    key = normalised_tag(name)
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:7])
    return {"id": str(number), "name": name, "url": tag_url(here, key), "history": []}


def marks(*, following: bool, featuring: bool) -> dict[str, Any]:
    """What a member does with a tag."""
    return {"following": following, "featuring": featuring}
