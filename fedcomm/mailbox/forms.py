"""The form of letters: a message with a text and an HTML part, and headers in which nothing of others can hide.

Sources: RFC 5322, RFC 2046 (alternative), RFC 3834 (Auto-Submitted), RFC 8058 (one-click unsubscribing); product 14.
"""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from textwrap import wrap

import minijinja

from fedcomm.mailbox.letters import Letter

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_HEADER = 200
WIDTH = 74
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069]+")


def one_line(text: str) -> str:
    """A text as it may stand in a header: one line, no signs that steer, not too long (S125)."""
    return " ".join(_UNSEEN.sub(" ", text).split())[:LONGEST_HEADER]


def message(
    letter: Letter, *, sender: str, site_name: str, base_url: str, to: str, message_id: str, locale: str, now: datetime
) -> EmailMessage:
    """The message of a letter. The same `message_id` at each try, so that a double is known as one."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(display_name=one_line(site_name), addr_spec=sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = one_line(letter.subject)
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    if letter.stop_link:
        made["List-Unsubscribe"] = f"<{letter.stop_link}>"
        made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(as_text(letter, site_name, base_url), cte="quoted-printable")
    made.add_alternative(as_html(letter, site_name, base_url, locale), subtype="html", cte="quoted-printable")
    made["Content-Language"] = locale  # behind the parts: setting these takes all Content headers out
    return made


def as_text(letter: Letter, site_name: str, base_url: str) -> str:
    """The letter as plain text; a link stands on a line of its own."""
    parts = [_wrapped(each) for each in letter.paragraphs]
    if letter.quote:
        parts.append(
            "\n".join(f"> {line}" for each in letter.quote.splitlines() for line in wrap(each, WIDTH - 2) or [""])
        )
    parts += [f"{name}:\n{_wrapped(text)}" for name, text in letter.facts]
    parts += [f"{each.name}: {each.text}\n{each.link}" for each in letter.entries]
    if letter.action:
        parts.append(f"{letter.action}:\n{letter.link}")
    parts += [_wrapped(each) for each in letter.after]
    footer = f"{site_name} · {base_url}/\n{_wrapped(letter.why)}"
    if letter.stop_link:
        footer += f"\n{letter.stop_text}: {letter.stop_link}"
    return "\n\n".join(parts) + f"\n\n-- \n{footer}\n"


def as_html(letter: Letter, site_name: str, base_url: str, locale: str) -> str:
    """The letter as HTML; everything is escaped, nothing is loaded from anywhere."""
    return _environment().render_template(
        "letter.html",
        letter=letter,
        site_name=site_name,
        base_url=base_url,
        locale=locale,
    )


def _wrapped(text: str) -> str:
    return "\n".join(
        "\n".join(wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False)) for line in text.splitlines()
    )


@cache
def _environment() -> minijinja.Environment:
    return minijinja.Environment(
        loader=lambda name: (TEMPLATES / name).read_text(encoding="utf-8"),
        undefined_behavior="strict",
        trim_blocks=True,
        lstrip_blocks=True,
        auto_escape_callback=lambda _name: "html",
    )
