"""Which texts code and templates show, and which of them lack a translation: `python -m fedcomm.translations` says so.

Only for development and tests; the running server never imports it.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import read_po

from fedcomm import i18n

ROOT = Path(__file__).parent

_FUNCTIONS = {"_": 1, "gettext": 1, "ngettext": 2}
_REFUSALS = {"Invalid": 0, "NotAllowed": 0, "Locked": 0, "Conflict": 0, "TooMany": 0, "HTTPException": 1}
"""Sentences that pages show as they are, and which argument they are; those with values in them stay English."""
_SHOWN_BY_PAGES = (
    "accounts", "groups", "http/pages.py", "instance_texts.py", "looks", "moderation", "network", "polls",
    "portability", "search", "tag_rules.py", "threads", "web", "admin",
)  # fmt: skip
_IN_TEMPLATE = re.compile(
    r"""\b(?:_|gettext|(?P<plural>ngettext))\(\s*(?P<first>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""(?(plural)\s*,\s*(?P<second>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'))"""
)
_PLACE = re.compile(r"%\((\w+)\)s")


class Text(NamedTuple):
    """A text that is shown to people, with its plural if it has one, and a place where it is used."""

    singular: str
    plural: str | None
    place: str


class _Translation(NamedTuple):
    singular: str
    plural: str | None
    said: tuple[str, ...]
    is_fuzzy: bool


def used(root: Path = ROOT) -> list[Text]:
    """All texts used below a folder, each once, in the order of files and lines."""
    found: dict[tuple[str, str | None], Text] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root.parent).as_posix()
        if path.suffix == ".py":
            texts = _in_code(path.read_text(encoding="utf-8"), name)
        elif "templates" in path.parts and path.is_file():
            texts = _in_template(path.read_text(encoding="utf-8"), name)
        else:
            continue
        for text in texts:
            found.setdefault((text.singular, text.plural), text)
    return list(found.values())


def _in_code(source: str, name: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        count = _FUNCTIONS.get(called)
        said = [arg.value for arg in node.args[:count] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if count and len(said) == count:
            yield Text(said[0], said[1] if count == 2 else None, f"{name}:{node.lineno}")
        elif called in _REFUSALS and name.removeprefix(f"{ROOT.name}/").startswith(_SHOWN_BY_PAGES):
            sentence = node.args[_REFUSALS[called]] if len(node.args) > _REFUSALS[called] else None
            if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
                yield Text(sentence.value, None, f"{name}:{node.lineno}")


def _in_template(source: str, name: str) -> Iterator[Text]:
    for found in _IN_TEMPLATE.finditer(source):
        line = source.count("\n", 0, found.start()) + 1
        first, second = ast.literal_eval(found.group("first")), found.group("second")
        yield Text(first, ast.literal_eval(second) if second else None, f"{name}:{line}")


def untranslated(locale: str, root: Path = ROOT) -> list[Text]:
    """The texts below a folder that a locale's `.po` file does not translate, or only as fuzzy."""
    known = {(text.singular, text.plural) for text in _translations(locale) if all(text.said) and not text.is_fuzzy}
    return [text for text in used(root) if (text.singular, text.plural) not in known]


def broken(locale: str) -> list[str]:
    """The texts whose translation names other values than the text, so that filling them in would fail."""
    found: list[str] = []
    for text in _translations(locale):
        wanted = set(_PLACE.findall(f"{text.singular} {text.plural or ''}"))
        named = [set(_PLACE.findall(said)) for said in text.said]
        # One of the plural forms may leave a value out: "a reply" needs no number.
        if any(places - wanted for places in named) or (all(text.said) and wanted - set().union(*named)):
            found.append(text.singular)
    return found


def _translations(locale: str) -> Iterator[_Translation]:
    with (i18n.LOCALES / locale / "LC_MESSAGES" / f"{i18n.DOMAIN}.po").open("rb") as file:
        catalogue = read_po(file, locale=locale)
    for message in catalogue:
        singular, plural = (message.id, None) if isinstance(message.id, str) else (message.id[0], message.id[1])
        said = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
        if singular:
            yield _Translation(singular, plural, said, message.fuzzy)


def _main() -> int:
    missing = [(locale, text) for locale in i18n.known_locales()[1:] for text in untranslated(locale)]
    for locale, text in missing:
        sys.stdout.write(f"{text.place}: no {locale} translation of {text.singular!r}\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(_main())
