"""What a browser says it is, short enough to recognise one's own in a list."""

import re

from starlette.requests import Request

from fedcomm.accounts import sign_ins
from fedcomm.accounts.sign_ins import Seen
from fedcomm.http.limits import client_address

_PROGRAMS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_FIRST = re.compile(r"[A-Za-z][\w .-]{0,40}")


def browser_name(user_agent: str) -> str:
    """`Firefox, Windows`; the first word of something else; empty when nothing was said."""
    program = next((name for mark, name in _PROGRAMS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if program:
        return f"{program}, {system}" if system else program
    first = _FIRST.match(user_agent)
    return first.group().strip() if first else ""


def seen(request: Request) -> Seen:
    """What is kept of whoever signs in, or tries to."""
    return Seen(
        program=browser_name(request.headers.get("user-agent", "")),
        network=sign_ins.network(client_address(request)),
    )
