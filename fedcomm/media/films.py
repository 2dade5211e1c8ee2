"""Film, sound and animations that people upload, made anew by ffmpeg where it is installed (S107, S151; D64).

The program gets a copy of the file on disk, is told what kind of file it is, may open no other file and no address,
and has limits of memory, time and size. Nothing but what is seen and heard gets from one file to the other: no place,
camera, title or subtitle.
"""

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Literal

import msgspec

from fedcomm.errors import Invalid

Kind = Literal["image", "gifv", "video", "audio"]

LARGEST_FILM = 99 * 1024 * 1024
"""Of what is uploaded, and of what is made of it. Source: Mastodon's `video_size_limit`."""
MOST_PIXELS = 3840 * 2160
MOST_FRAMES_A_SECOND = 120
LONGEST_S = 3600.0
LOOPING_S = 60.0
"""A film without sound that is no longer than this runs again and again, as animations do."""
SIDE = 1920
FRAMES_A_SECOND = 60
MEMORY_BYTES = 3 * 1024 * 1024 * 1024
_ROOT = Path(__file__).parent.parent.parent

_FORMS = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "image/gif": "gif",
    "audio/mp4": "mov",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/wav": "wav",
}
"""For each kind of file the one reader that ffmpeg may use for it."""
_FILMS = ("video/mp4", "video/quicktime", "video/webm")
_SOUNDS = ("audio/mp4", "audio/mpeg", "audio/ogg", "audio/flac", "audio/wav")


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds, as ffprobe tells. Sizes are those of the film as it is stored, before it is turned."""

    width: int = 0
    height: int = 0
    frame_rate: float = 0.0
    duration: float = 0.0
    bit_rate: int = 0
    has_film: bool = False
    has_sound: bool = False


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A film or sound as it is kept and served; `poster` is a PNG of its beginning, None for sound."""

    kind: Kind
    media_type: str
    ending: str
    path: Path
    poster: Path | None
    probed: Probed


class Films:
    """The programs of this machine that make films and sound; without them nothing of the kind is taken."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._ffmpeg, self._ffprobe = shutil.which("ffmpeg"), shutil.which("ffprobe")
        self._can_film = self._can_sound = False

    async def look(self) -> None:
        """Ask the programs what they can do; call it once, at start."""
        if self._ffmpeg is None or self._ffprobe is None:
            return
        code, out = await self._run(self._ffmpeg, "-hide_banner", "-encoders", seconds=10)
        names = {words[1] for line in out.decode(errors="replace").splitlines() if len(words := line.split()) > 1}
        self._can_sound = code == 0 and "aac" in names
        self._can_film = self._can_sound and "libx264" in names

    @property
    def accepted_types(self) -> tuple[str, ...]:
        """What can be uploaded here because of them."""
        return (*(_FILMS if self._can_film else ()), *(_SOUNDS if self._can_sound else ()))

    def takes(self, media_type: str | None, size: int) -> bool:
        """Whether a file is one for these programs. Raises Invalid: too large."""
        if not (media_type in self.accepted_types or (media_type == "image/gif" and self._can_film)):
            return False
        if size > LARGEST_FILM:
            raise Invalid("A film or sound may have at most %(n)s bytes.", n=LARGEST_FILM, field="file")
        return True

    async def make(self, source: Path, media_type: str, folder: Path) -> Made:
        """Make a film or sound anew, into a folder. Raises Invalid."""
        form = _FORMS[media_type]
        before = await self._probe(source, form)
        _check(before)
        kind = _kind(before, media_type)
        made = folder / ("made.m4a" if kind == "audio" else "made.mp4")
        await self._convert(source, form, made, kind, frame_rate=before.frame_rate)
        after = await self._probe(made, "mov")
        poster = None
        if kind != "audio":
            poster = folder / "poster.png"
            await self._must(
                "-f", "mov", "-i", f"file:{made}", "-frames:v", "1", "-c:v", "png", "-f", "image2", f"file:{poster}"
            )
        return Made(
            kind=kind,
            media_type="audio/mp4" if kind == "audio" else "video/mp4",
            ending=made.suffix.removeprefix("."),
            path=made,
            poster=poster,
            probed=after,
        )

    async def _convert(self, source: Path, form: str, made: Path, kind: Kind, *, frame_rate: float) -> None:
        bare = ("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn", "-fflags", "+bitexact")
        sound = ("-c:a", "aac", "-b:a", "160k", "-ac", "2", "-flags:a", "+bitexact")
        if kind == "audio":
            which = ("-map", "0:a:0", "-vn", *sound, "-f", "ipod")
        else:
            fit = f"scale=w='min(iw,{SIDE})':h='min(ih,{SIDE})':force_original_aspect_ratio=decrease"
            steps = f"{fit}:force_divisible_by=2,setsar=1" + (
                f",fps={FRAMES_A_SECOND}" if frame_rate > FRAMES_A_SECOND else ""
            )
            film = ("-map", "0:V:0", "-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-pix_fmt", "yuv420p")
            heard = ("-an",) if kind == "gifv" else ("-map", "0:a:0?", *sound)
            which = (*film, "-vf", steps, "-maxrate", "6M", "-bufsize", "12M", *heard, "-flags:v", "+bitexact")
            which = (*which, "-f", "mp4")
        await self._must(
            "-f", form, "-i", f"file:{source}", *which, *bare, "-movflags", "+faststart",
            "-t", str(LONGEST_S), "-threads", "2", f"file:{made}",
        )  # fmt: skip

    async def _probe(self, source: Path, form: str) -> Probed:
        """What is in a file. Raises Invalid."""
        assert self._ffprobe is not None
        shown = "stream=codec_type,width,height,avg_frame_rate:stream_disposition=attached_pic:format=duration,bit_rate"
        code, out = await self._run(
            self._ffprobe, "-v", "error", "-protocol_whitelist", "file", "-f", form, "-show_entries", shown,
            "-of", "json", "-i", f"file:{source}", seconds=30,
        )  # fmt: skip
        if code != 0:
            raise Invalid("This film or sound could not be read.", field="file")
        try:
            return _probed(msgspec.json.decode(out, type=_Answer))
        except (msgspec.DecodeError, ValueError):
            raise Invalid("This film or sound could not be read.", field="file") from None

    async def _must(self, *arguments: str) -> None:
        """Let ffmpeg do something. Raises Invalid when it cannot."""
        assert self._ffmpeg is not None
        guard = ("-nostdin", "-hide_banner", "-v", "error", "-y", "-protocol_whitelist", "file")
        code, _ = await self._run(self._ffmpeg, *guard, *arguments, seconds=self._seconds)
        if code != 0:
            raise Invalid("This film or sound could not be read.", field="file")

    async def _run(self, program: str, *arguments: str, seconds: float) -> tuple[int, bytes]:
        """How a program ended, and what it said; one that takes too long is killed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-s", "-E", "-m", "fedcomm.media.confined",
            str(MEMORY_BYTES), str(int(self._seconds) + 1), str(2 * LARGEST_FILM), program, *arguments,
            cwd=_ROOT, env={}, start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(seconds):
                out, _ = await process.communicate()
        except TimeoutError:
            return -1, b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, out


class _Disposition(msgspec.Struct):
    attached_pic: int = 0


class _Stream(msgspec.Struct):
    codec_type: str = ""
    width: int = 0
    height: int = 0
    avg_frame_rate: str = "0/0"
    disposition: _Disposition = msgspec.field(default_factory=_Disposition)


class _Format(msgspec.Struct):
    duration: str = "0"
    bit_rate: str = "0"


class _Answer(msgspec.Struct):
    """What ffprobe prints."""

    streams: list[_Stream] = []
    format: _Format = msgspec.field(default_factory=_Format)


def first_kind(media_type: str | None) -> Kind:
    """What a file will be, as far as one can say before it was opened."""
    return "gifv" if media_type == "image/gif" else "audio" if media_type in _SOUNDS else "video"


def _probed(said: _Answer) -> Probed:
    films = [each for each in said.streams if each.codec_type == "video" and not each.disposition.attached_pic]
    film = films[0] if films else _Stream()
    frames, _, seconds = film.avg_frame_rate.partition("/")
    return Probed(
        width=film.width,
        height=film.height,
        frame_rate=round(int(frames) / int(seconds), 3) if int(seconds or 0) else 0.0,
        duration=float(said.format.duration),
        bit_rate=int(said.format.bit_rate),
        has_film=bool(films),
        has_sound=any(each.codec_type == "audio" for each in said.streams),
    )


def _check(found: Probed) -> None:
    """Refuse what would take too long or too much. Raises Invalid."""
    if not (found.has_film or found.has_sound):
        raise Invalid("There is neither film nor sound in this file.", field="file")
    if found.has_film and not 0 < found.width * found.height <= MOST_PIXELS:
        raise Invalid("A film may have at most %(n)s pixels.", n=MOST_PIXELS, field="file")
    if found.duration > LONGEST_S or found.frame_rate > MOST_FRAMES_A_SECOND:
        raise Invalid("A film or sound may last at most %(n)s minutes.", n=int(LONGEST_S / 60), field="file")


def _kind(found: Probed, media_type: str) -> Kind:
    if not found.has_film:
        return "audio"
    is_animation = not found.has_sound and 0 < found.duration <= LOOPING_S
    return "gifv" if media_type == "image/gif" or is_animation else "video"
