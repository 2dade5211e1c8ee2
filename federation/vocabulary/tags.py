"""What stands in `tag`: who is mentioned, which topics and which custom emoji a text uses."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Mention:
    """An actor the text speaks to. The order of mentions decides which group is home (D49)."""

    href: str
    """Actor id."""
    name: str = ""
    """As written, `@sales@assoc.example`."""


@dataclass(frozen=True, slots=True)
class Hashtag:
    name: str
    """Without the leading `#`, in the case of the writer."""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Emoji:
    """A custom emoji. Source: FEP-9098."""

    name: str
    """Shortcode without the colons."""
    icon: str
    """Address of the picture."""
    id: str | None = None
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class ObjectLink:
    """A link to another object from the text, also used for quotes. Source: FEP-e232."""

    href: str
    name: str = ""
    rel: tuple[str, ...] = ()
    media_type: str | None = None
