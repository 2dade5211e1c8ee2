"""What was encoded of posts and accounts, kept by version for everybody who sees them (D63)."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from fedcomm import ids
from fedcomm.accounts.model import Account
from fedcomm.api.entities import accounts
from fedcomm.api.entities.times import stamp
from fedcomm.database import Row
from fedcomm.here import Here
from fedcomm.threads.model import Post

CACHED_POSTS = 20_000

_NUMBERS = slice(-5, None)
"""What an account's entity depends on: the last columns of `volatile`, from the version to the day of the last post."""


class Encoded:
    """The encoded, viewer-independent parts of posts, wrappers and accounts of one process, by id and version.

    An encoded object is kept open: its last brace is missing, and what is spliced in comes behind it.
    """

    def __init__(self, here: Here, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.here = here
        self.now = now
        self._posts: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._accounts: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._wrappers: OrderedDict[int, bytes] = OrderedDict()
        self._counted: OrderedDict[int, tuple[tuple[Any, ...], bytes]] = OrderedDict()

    @property
    def size(self) -> int:
        """How many encoded parts are kept."""
        return len(self._posts) + len(self._accounts) + len(self._wrappers)

    def post(self, now: Row) -> bytes | None:
        """A post in the version that stands in the database now."""
        return self._posts.get((now["shown_id"], now["version"]))

    def keep_post(self, post: Post, encoded: bytes) -> None:
        """Keep an encoded post; the oldest goes when there are too many."""
        _keep(self._posts, (post.id, post.version), encoded)

    def account(self, now: Row) -> bytes | None:
        """An account in the version that stands in the database now."""
        return self._accounts.get((now["account_id"], now["account_version"]))

    def keep_account(self, who: Account, moved: Account | None) -> bytes:
        """Encode an account and keep it; not one that has moved, as it shows another, which may change by itself."""
        encoded = accounts.open_account(self.here, who)
        if who.moved_to_uri is not None:
            return encoded + (b',"moved":' + orjson.dumps(accounts.account(self.here, moved)) if moved else b"")
        _keep(self._accounts, (who.id, who.version), encoded)
        return encoded

    def counted(self, account_id: int, now: Row) -> bytes | None:
        """An account with its numbers, if all are as they stand in the database now."""
        known = self._counted.get(account_id)
        return known[1] if known is not None and known[0] == now[_NUMBERS] else None

    def keep_counted(self, account_id: int, now: Row, encoded: bytes) -> bytes:
        """Keep an account with its numbers."""
        _keep(self._counted, account_id, (now[_NUMBERS], encoded))
        return encoded

    def wrapper(self, boost_id: int) -> bytes:
        """What a wrapper says of itself, which never changes."""
        encoded = self._wrappers.get(boost_id)
        if encoded is None:
            encoded = orjson.dumps(_wrapper(self.here, boost_id))[:-1]
            _keep(self._wrappers, boost_id, encoded)
        return encoded


Key = TypeVar("Key")
Value = TypeVar("Value")


def _keep(cache: OrderedDict[Key, Value], key: Key, encoded: Value) -> None:
    cache[key] = encoded
    while len(cache) > CACHED_POSTS:
        cache.popitem(last=False)


def _wrapper(here: Here, boost_id: int) -> dict[str, Any]:
    """The Status entity of a boost or a group's announcement, without its account and the post in it."""
    uri = here.activity_uri(boost_id)
    return {
        "id": str(boost_id),
        "created_at": stamp(ids.moment(boost_id)),
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": None,
        "uri": uri,
        "url": uri,
        "edited_at": None,
        "content": "",
        "quote": None,
        "quotes_count": 0,
        "quote_approval": {"automatic": [], "manual": [], "current_user": "unknown"},
        "media_attachments": [],
        "mentions": [],
        "tags": [],
        "emojis": [],
        "card": None,
        "poll": None,
        "tagged_collections": [],
        "replies_count": 0,
        "reblogs_count": 0,
        "favourites_count": 0,
    }
