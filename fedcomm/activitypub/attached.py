"""What stands beside the text of a post from elsewhere: files that we show, and links that are to be read with it."""

import html
import mimetypes
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from fedcomm.text import cleaning, limits
from fedcomm.threads.model import Attachment
from federation.vocabulary.objects import Attachment as File
from federation.vocabulary.objects import Post

_WHOLE = ("Note", "Question", "Article", "Page", "ChatMessage")
"""Types of which everything is shown here; of others their own page shows more."""
_FILES = {"Image": "image/jpeg", "Video": "video/mp4", "Audio": "audio/mpeg"}
_MEDIA = ("image/", "video/", "audio/")


def files(post: Post) -> Sequence[Attachment]:
    """Pictures, films, sounds and whatever else is attached; a cover only where nothing else is to be seen."""
    found = [file for file in post.attachments if not _is_link(file)]
    if post.image and not any(_media_type(file).startswith(_MEDIA) for file in found):
        found.append(File(type="Image", url=post.image))
    return [
        Attachment(
            media_type=_media_type(file),
            remote_url=file.url,
            description=cleaning.paragraphs(file.alt, limits.ALT_TEXT),
            blurhash=file.blurhash,
            width=_size(file.width),
            height=_size(file.height),
            focus_x=file.focal_point[0] if file.focal_point else None,
            focus_y=file.focal_point[1] if file.focal_point else None,
        )
        for file in found[: limits.MEDIA_FROM_OUTSIDE]
    ]


def links(post: Post) -> Iterable[str]:
    """What is shared, as paragraphs; and the page of what is shown here in part only."""
    for file in post.attachments:
        if _is_link(file) and file.url not in post.content:
            yield _link(file.url, file.alt or urlsplit(file.url).netloc)
    page = post.url or post.id
    if post.type not in _WHOLE and page not in post.content:
        yield _link(page, page.partition("://")[2])


def _link(url: str, shown: str) -> str:
    return f'<p><a href="{html.escape(url, quote=True)}">{html.escape(shown)}</a></p>'


def _is_link(file: File) -> bool:
    """Whether it is to be read elsewhere. Lemmy attaches pictures as a Link to them, others pages as a Document."""
    kind = (file.media_type or "").lower()
    return kind == "text/html" or (file.type == "Link" and not kind.startswith(_MEDIA))


def _media_type(file: File) -> str:
    if file.media_type and file.media_type.count("/") == 1:
        return file.media_type.lower()
    guessed, _ = mimetypes.guess_type(urlsplit(file.url).path)
    return guessed or _FILES.get(file.type, "application/octet-stream")


def _size(pixels: int | None) -> int | None:
    return pixels if pixels is not None and 0 < pixels < 2**31 else None
