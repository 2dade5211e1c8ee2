"""Words that mean something to us, one file per language beside this one (D83). All languages count everywhere: people
greet in English in German groups."""

import tomllib
from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).parent


class Phrases(msgspec.Struct, frozen=True):
    """Lower-case phrases, in words."""

    greetings: frozenset[tuple[str, ...]]
    addressees: frozenset[tuple[str, ...]]
    abbreviations: frozenset[str]

    @property
    def longest(self) -> int:
        """Words in the longest greeting or form of address."""
        return max(len(phrase) for phrase in self.greetings | self.addressees)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    greetings: list[str]
    addressees: list[str]
    abbreviations: list[str]


@cache
def all_languages() -> Phrases:
    """The phrases of all languages together. Raises msgspec.ValidationError when a file is not as it should be."""
    files = [
        msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        for path in sorted(FOLDER.glob("*.toml"))
    ]
    return Phrases(
        greetings=frozenset(tuple(phrase.split()) for file in files for phrase in file.greetings),
        addressees=frozenset(tuple(phrase.split()) for file in files for phrase in file.addressees),
        abbreviations=frozenset(phrase for file in files for phrase in file.abbreviations),
    )
