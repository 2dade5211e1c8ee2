"""Chinese, Japanese and Korean text, which has no spaces between words: it is found by pairs of characters.

The same characters stand in the function `pairs_of` of the database.
"""

import re

_CLASS = "\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
_RUN = re.compile(f"[{_CLASS}]+")


def has_runs(text: str) -> bool:
    """Whether some of a text is written without spaces between words."""
    return _RUN.search(text) is not None


def runs(text: str) -> list[str]:
    """The parts of a text that are."""
    return _RUN.findall(text)


def rest(text: str) -> str:
    """What else stands in it."""
    return " ".join(_RUN.sub(" ", text).split())


def as_query(run: str) -> str:
    """What an index of pairs is asked for a run: text that holds it holds all of these pairs."""
    if len(run) == 1:
        return f"'{run}':*"
    return " & ".join(dict.fromkeys(f"'{run[at : at + 2]}'" for at in range(len(run) - 1)))
