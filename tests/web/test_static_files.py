"""Static files: found by their hash, kept by browsers for a year, nothing else served."""

import gzip
import re

from starlette.requests import Request

from fedcomm.looks import palettes, static_files
from fedcomm.looks.static_files import FOLDER, files, serve_static, static_url


async def asked_for(name: str) -> tuple[int, str, bytes]:
    scope: dict[str, object] = {"type": "http", "method": "GET", "headers": [], "query_string": b""}
    answer = await serve_static(Request({**scope, "path": f"/static/{name}", "path_params": {"name": name}}))
    return answer.status_code, answer.headers.get("cache-control", ""), bytes(answer.body)


async def test_the_style_sheet_is_its_parts_in_order_and_may_be_kept() -> None:
    parts = [path.read_bytes() for path in sorted((FOLDER / "app").glob("*.css"))]

    status, kept, body = await asked_for(static_url("app.css").removeprefix("/static/"))

    assert (status, kept) == (200, "public, max-age=31536000, immutable")
    assert body == b"\n".join(parts)


async def test_a_name_without_its_hash_or_with_another_is_unknown() -> None:
    assert (await asked_for("app.css"))[0] == 404
    assert (await asked_for("app.000000000000.css"))[0] == 404
    assert (await asked_for("../static_files.py"))[0] == 404


def test_no_file_asks_for_anything_from_elsewhere() -> None:
    own = b" ".join(file.body for file in files().values()).replace(b"http://www.w3.org/2000/svg", b"")

    assert re.findall(rb"https?://|url\(|@import", own) == []


def test_each_file_has_a_media_type_and_an_address() -> None:
    assert {name for name in files() if not static_url(name).startswith("/static/")} == set()
    assert {file.media_type for file in files().values()} <= set(static_files.TYPES.values())


def test_no_part_of_the_style_sheet_reaches_into_the_next() -> None:
    """A block left open would make all that follows part of it: rules for paper, only on phones."""
    texts = {path.name: path.read_text() for path in (FOLDER / "app").glob("*.css")}

    assert {name for name, text in texts.items() if text.count("{") != text.count("}")} == set()


async def test_colours_and_mark_are_served_in_the_colour_their_name_says_and_in_no_other() -> None:
    url = static_files.coloured_url("colours", "#003d7c")
    status, kept, body = await asked_for(url.removeprefix("/static/"))
    drawn = (await asked_for(static_files.coloured_url("mark", "#003d7c").removeprefix("/static/")))[2]

    assert (status, kept) == (200, "public, max-age=31536000, immutable")
    assert b"--brand:#003d7c" in body
    assert b"#003d7c" in drawn
    assert (await asked_for(url.removeprefix("/static/").replace("003d7c", "003d7d")))[0] == 404
    assert static_files.coloured_url("mark", "red;}") == static_files.coloured_url("mark", palettes.OWN)


async def test_browsers_that_can_unpack_get_files_packed() -> None:
    name = static_url("app.css").removeprefix("/static/")
    scope: dict[str, object] = {"type": "http", "method": "GET", "query_string": b"", "path": f"/static/{name}"}
    headers = [(b"accept-encoding", b"br, gzip")]
    answer = await serve_static(Request({**scope, "headers": headers, "path_params": {"name": name}}))

    assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(bytes(answer.body)) == files()["app.css"].body
