"""Which store a setting names: FEDCOMM_MEDIA_URL, or another like it."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from fedcomm.media.bucket import Bucket
from fedcomm.media.storage import Folder, Store, folder_of


def opened(url: str, *, now: Callable[[], datetime], setting: str = "FEDCOMM_MEDIA_URL") -> Store:
    """The store at an address of that setting. Raises Wrong."""
    if urlsplit(url).scheme == "s3":
        return Bucket(url, now=now, setting=setting)
    return Folder(folder_of(url, setting))
