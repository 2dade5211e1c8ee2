"""What one can listen to. Source: Mastodon API documentation, methods/streaming; groups-in-clients.md section 4."""

from collections.abc import Mapping
from typing import NamedTuple

from fedcomm.errors import Invalid
from fedcomm.text.mentions import normalised_tag

LONGEST_TAG = 200
GREATEST_ID = 2**63 - 1

PLAIN = (
    "user", "user:notification", "public", "public:media", "public:local", "public:local:media", "public:remote",
    "public:remote:media", "direct",
)  # fmt: skip
"""Streams that need nothing but their name."""
OF_TAGS = ("hashtag", "hashtag:local")
OF_IDS = ("list", "group", "thread")
STREAMS = (*PLAIN, *OF_TAGS, *OF_IDS)


class Channel(NamedTuple):
    """One stream; `of` is the tag, or the id of the list, group or thread."""

    stream: str
    of: str = ""

    @property
    def name(self) -> list[str]:
        """As clients are told it."""
        return [self.stream, self.of] if self.of else [self.stream]

    @property
    def scope(self) -> str:
        """The scope that listening needs."""
        return "read:notifications" if self.stream == "user:notification" else "read:statuses"


def channel(stream: str, given: Mapping[str, str]) -> Channel:
    """The stream somebody asks for, with its `tag`, `list`, `group` or `thread`. Raises Invalid."""
    if stream in PLAIN:
        return Channel(stream)
    if stream in OF_TAGS:
        tag = normalised_tag(given.get("tag", "").removeprefix("#"))
        if not tag or len(tag) > LONGEST_TAG or "\0" in tag:
            raise Invalid("Missing tag name parameter", field="tag")
        return Channel(stream, tag)
    if stream in OF_IDS:
        text = given.get(stream, "")
        if not text.isascii() or not text.isdigit() or int(text[:20]) > GREATEST_ID:
            raise Invalid(f"Missing {stream} id parameter", field=stream)
        return Channel(stream, str(int(text)))
    raise Invalid("Unknown stream type", field="stream")
