"""`./run federation-notes`: prints FEDERATION.md (FEP-67ff) out of the code, so that it says what the code does.

What has to be put into words stands here in tables keyed by the things themselves; something new without words fails.
"""

from collections.abc import Iterable
from datetime import timedelta

import click

from fedcomm.activitypub import endpoints, featuring, inbox, well_known
from fedcomm.activitypub.capabilities import FEATURES, IMPLEMENTS
from fedcomm.cli import federation_words as words
from fedcomm.durations import Durations
from federation import inbox as reading_inbox
from federation import relaying
from federation.relaying import Event, Profile, Step
from federation.vocabulary import activities, limits
from federation.vocabulary.activities import Activity
from federation.vocabulary.contexts import ACTIVITY_CONTEXT, ACTOR_CONTEXT, FC, POST_CONTEXT

FORMS: tuple[Profile, ...] = ("A", "B", "C")
EVENTS: tuple[Event, ...] = ("thread", "reply", "edit", "author_delete", "removal", "restored")
"""What groups pass on so far."""


@click.command()
def command() -> None:
    """Print FEDERATION.md: how other servers and this one understand each other."""
    click.echo(text(), nl=False)


def text() -> str:
    """The whole file."""
    parts = [
        words.INTRODUCTION,
        _standards(),
        _feps(),
        words.ADDRESSES + _addresses(),
        words.ACTIVITIES + _activities(),
        words.INBOX.format(largest=reading_inbox.MAX_BODY_BYTES // 2**20) + _statuses(),
        words.GROUPS + _passing_on(),
        words.CARRYING,
        words.OBJECTS,
        words.TERMS.format(namespace=FC) + _terms(),
        words.SENDING.format(**_durations()),
        words.LIMITS + _limits(),
        words.MET + _peers_met(),
        words.MORE,
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def activity_types() -> list[type[Activity]]:
    """Every type of activity that is read, each once."""
    return list(dict.fromkeys(activities.ACTIVITY_TYPES.values()))


def _standards() -> str:
    return "## Supported federation protocols and standards\n\n" + _bullets(words.STANDARDS)


def _feps() -> str:
    """Those that we announce, and those that nobody has to be told of."""
    known = {feature.removeprefix("fep-") for feature in FEATURES if feature.startswith("fep-")}
    known |= {each.href.rpartition("/")[2] for each in IMPLEMENTS if each.href and "/fep/" in each.href}
    known |= words.QUIET_FEPS
    rows = [f"[FEP-{fep}](https://w3id.org/fep/{fep}): {words.FEPS[fep]}" for fep in sorted(known)]
    return "## Supported FEPs\n\n" + _bullets(rows)


def _peers_met() -> str:
    return _table(("software", "version", "form", "understood from it"), words.PEERS_MET)


def _addresses() -> str:
    rows = [
        (f"`{route.path.replace(':int', '')}`", ", ".join(route.methods), words.PATHS[route.path])
        for route in (*well_known.routes, *inbox.routes, *endpoints.routes, *featuring.routes)
    ]
    return _table(("path", "method", "what"), rows)


def _activities() -> str:
    rows = [(f"`{kind.type}`", *words.DEEDS[kind]) for kind in activity_types()]
    return _table(("activity", "received", "sent"), rows)


def _statuses() -> str:
    return _table(("answer", "when"), [(str(status), when) for status, when in words.STATUSES])


def _passing_on() -> str:
    def steps(event: Event, form: Profile) -> str:
        done = relaying.home_steps(
            event, form, author_is_ours=False, has_proof=True, is_first=event in ("thread", "removal", "restored")
        )
        return _shown(done)

    def carried(event: Event) -> str:
        done = relaying.carrier_steps(event, "A", understands_carrying=True, has_proof=True, is_first=event == "thread")
        return _shown(done)

    rows = [(words.EVENTS[event], *(steps(event, form) for form in FORMS), carried(event)) for event in EVENTS]
    return _table(("what happens", "form A", "form B", "form C", "a carrying group"), rows)


def _shown(steps: Iterable[Step]) -> str:
    return ", ".join(words.STEPS[step] for step in steps) or "-"


def _terms() -> str:
    own: set[str] = {relaying.CARRYING.replace(FC, "fc:")}
    for context in (ACTIVITY_CONTEXT, POST_CONTEXT, ACTOR_CONTEXT):
        for entry in context:
            if isinstance(entry, dict):
                own |= {name for name in entry if name.startswith("fc:")}
    return _table(("term", "meaning"), [(f"`{name}`", words.OUR_TERMS[name]) for name in sorted(own)])


def _durations() -> dict[str, str]:
    normal = Durations()
    retries = ", ".join(_time(each) for each in normal.delivery_retries)
    return {
        "retries": retries,
        "then": _time(normal.delivery_retry_then),
        "given_up": _time(normal.delivery_given_up),
        "limit": _time(normal.delivery_limit),
        "window": _time(normal.signature_window),
        "spread": _time(normal.announce_spread),
        "missing": _time(normal.shared_inbox_again),
    }


def _time(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _limits() -> str:
    rows = [(told, f"{getattr(limits, name):,}") for name, told in words.LIMITED.items()]
    return _table(("of", "at most"), rows)


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join(f"| {' | '.join(cell for cell in line)} |" for line in lines)
