"""Files as clients know them. Source: Mastodon API, entities/MediaAttachment; mastodon-clients.md trap 14."""

from typing import Any

from fedcomm.here import Here
from fedcomm.media.uploads import Upload
from fedcomm.threads.model import Attachment, Post

_KINDS = {"image": "image", "video": "video", "audio": "audio"}


def upload(here: Here, item: Upload) -> dict[str, Any]:
    """An upload that no post has taken yet; without addresses until it is ready."""
    is_ready = item.file is not None and item.preview is not None
    return {
        "id": str(item.id),
        "type": "image",
        "url": here.file_url(item.file or "") if is_ready else None,
        "preview_url": here.file_url(item.preview or "") if is_ready else None,
        "remote_url": None,
        "meta": {
            **_size("original", item.width, item.height),
            **_size("small", item.preview_width, item.preview_height),
            **_focus(item.focus_x, item.focus_y),
        },
        "description": item.description or None,
        "blurhash": item.blurhash,
    }


def attachment(here: Here, post: Post, position: int, item: Attachment) -> dict[str, Any]:
    """A file of a post, always at an address of ours (D64)."""
    elsewhere = here.attachment_url(post.id, position, item.key)
    return {
        "id": str(item.media_id or post.id + position),
        "type": _KINDS.get(item.media_type.partition("/")[0], "unknown"),
        "url": here.file_url(item.file) if item.file else elsewhere,
        "preview_url": here.file_url(item.preview) if item.preview else elsewhere,
        "remote_url": item.remote_url or None,
        "meta": {
            **_size("original", item.width, item.height),
            **_size("small", item.preview_width, item.preview_height),
            **_focus(item.focus_x, item.focus_y),
        },
        "description": item.description or None,
        "blurhash": item.blurhash,
    }


def _size(name: str, width: int | None, height: int | None) -> dict[str, Any]:
    if not width or not height:
        return {}
    return {name: {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}}


def _focus(x: float | None, y: float | None) -> dict[str, Any]:
    return {} if x is None or y is None else {"focus": {"x": float(x), "y": float(y)}}
