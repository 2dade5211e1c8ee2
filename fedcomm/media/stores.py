"""Which store FEDCOMM_MEDIA_URL names."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from fedcomm.media.bucket import Bucket
from fedcomm.media.storage import Folder, Store, folder_of


def opened(url: str, *, now: Callable[[], datetime]) -> Store:
    """The store at an address of FEDCOMM_MEDIA_URL. Raises Wrong."""
    return Bucket(url, now=now) if urlsplit(url).scheme == "s3" else Folder(folder_of(url))
