"""Files as clients know them. Source: Mastodon API, entities/MediaAttachment; mastodon-clients.md trap 14."""

from typing import Any

from fedcomm.here import Here
from fedcomm.media.uploads import Upload
from fedcomm.threads.model import Attachment, Post

_KINDS = {"image": "image", "video": "video", "audio": "audio"}


def upload(here: Here, item: Upload) -> dict[str, Any]:
    """An upload that no post has taken yet; without addresses until it is ready."""
    is_ready = item.file is not None
    return {
        "id": str(item.id),
        "type": item.kind,
        "url": here.file_url(item.file) if item.file else None,
        "preview_url": _preview(here, item, item.owner_id) if is_ready else None,
        "remote_url": None,
        "meta": _meta(item),
        "description": item.description or None,
        "blurhash": item.blurhash,
    }


def attachment(here: Here, post: Post, position: int, item: Attachment) -> dict[str, Any]:
    """A file of a post, always at an address of ours (D64)."""
    elsewhere = here.attachment_url(post.id, position, item.key)
    return {
        "id": str(item.media_id or post.id + position),
        "type": item.kind or _KINDS.get(item.media_type.partition("/")[0], "unknown"),
        "url": here.file_url(item.file) if item.file else elsewhere,
        "preview_url": _preview(here, item, post.author_id) if item.file else elsewhere,
        "remote_url": item.remote_url or None,
        "meta": _meta(item),
        "description": item.description or None,
        "blurhash": item.blurhash,
    }


def _preview(here: Here, item: Upload | Attachment, owner_id: int) -> str:
    """The small picture; of sound without one, the picture of who is heard, as clients want some address."""
    return here.file_url(item.preview) if item.preview else here.avatar_url(owner_id, 1)


def _meta(item: Upload | Attachment) -> dict[str, Any]:
    """Sizes, times and the focus, as far as they are known."""
    return {
        **_lasting(item),
        **_size("original", item.width, item.height, _times(item)),
        **_size("small", item.preview_width, item.preview_height, {}),
        **_focus(item.focus_x, item.focus_y),
    }


def _lasting(item: Upload | Attachment) -> dict[str, Any]:
    """What older clients read of film and sound."""
    if item.duration is None:
        return {}
    minutes, seconds = divmod(item.duration, 60)
    hours, minutes = divmod(int(minutes), 60)
    shown: dict[str, Any] = {"length": f"{hours}:{minutes:02}:{seconds:05.2f}", "duration": item.duration}
    if item.frame_rate:
        shown["fps"] = round(item.frame_rate)
    if item.width and item.height:
        shown |= _size("", item.width, item.height, {})[""]
    return shown


def _times(item: Upload | Attachment) -> dict[str, Any]:
    if item.duration is None:
        return {}
    times: dict[str, Any] = {"duration": item.duration}
    if item.frame_rate:
        times["frame_rate"] = f"{round(item.frame_rate * 1000)}/1000"
    if item.bit_rate:
        times["bitrate"] = item.bit_rate
    return times


def _size(name: str, width: int | None, height: int | None, times: dict[str, Any]) -> dict[str, Any]:
    if not width or not height:
        return {name: times} if times else {}
    if times:  # of films, clients read times and sizes from `original`, and no more
        return {name: {"width": width, "height": height, **times}}
    return {name: {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}}


def _focus(x: float | None, y: float | None) -> dict[str, Any]:
    return {} if x is None or y is None else {"focus": {"x": float(x), "y": float(y)}}
