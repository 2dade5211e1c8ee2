"""Static files: found by their hash, kept by browsers for a year, nothing else served."""

import re

from starlette.requests import Request

from fedcomm.looks import static_files
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
