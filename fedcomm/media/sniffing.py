"""What a file really is, by its first bytes: pictures, sound and film that browsers show, and nothing else.

What a server says about a file of its own proves nothing; a page or SVG called picture would run in our name.
Source: WHATWG MIME Sniffing 6; decisions D64.
"""

_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_SOUNDS = (
    (b"ID3", "audio/mpeg"),
    (b"OggS\x00", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
_FILM_BRANDS = (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV")


def media_type(body: bytes) -> str | None:
    """The media type that a file may be served as; None for everything that we do not show."""
    for magic, found in (*_PICTURES, *_SOUNDS):
        if body.startswith(magic):
            return found
    if body[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(body[8:12])
    if body[4:8] == b"ftyp":
        return _BRANDS.get(body[8:12]) or ("video/mp4" if body[8:12] in _FILM_BRANDS else None)
    # A bare MPEG frame: eleven set bits, then version, layer and rate that exist.
    if len(body) > 3 and body[0] == 0xFF and body[1] & 0xE6 in (0xE2, 0xE4, 0xE6) and body[2] & 0xF0 != 0xF0:
        return "audio/mpeg"
    return None
