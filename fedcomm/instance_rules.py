"""The rules of the instance: written, translated, put in order, taken away, put back. Ids stay, as do reports."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from fedcomm import settings
from fedcomm.config import Config
from fedcomm.database import Connection
from fedcomm.errors import Invalid, NotFound
from fedcomm.settings import Rule, RuleText
from fedcomm.text import cleaning

MOST = 30
LONGEST = 300
LONGEST_HINT = 1_000

Rules = Sequence[Rule]


def checked(text: str, hint: str, translations: Mapping[str, RuleText]) -> Rule:
    """A rule as it was typed. Languages without a text are left out. Raises Invalid."""
    rule = Rule(
        text=cleaning.one_line(text, LONGEST),
        hint=cleaning.one_line(hint, LONGEST_HINT),
        translations={
            language: RuleText(line, cleaning.one_line(told.hint, LONGEST_HINT))
            for language, told in translations.items()
            if (line := cleaning.one_line(told.text, LONGEST))
        },
    )
    if not rule.text:
        raise Invalid("Please write what the rule is.", field="text")
    return rule


async def add(db: Connection, config: Config, by_id: int, rule: Rule, *, now: datetime) -> None:
    """One more rule, after the others. Raises Invalid (they are too many)."""

    def change(rules: Rules, former: Rules) -> tuple[Rules, Rules]:
        if len(rules) >= MOST:
            raise Invalid("More rules than these nobody reads.", field="text")
        return [*rules, rule], former

    await _change(db, config, by_id, change, now=now)


async def rewrite(db: Connection, config: Config, by_id: int, rule_id: int, rule: Rule, *, now: datetime) -> None:
    """Say a rule otherwise. Raises NotFound."""
    wanted = msgspec.structs.replace(rule, id=rule_id)

    def change(rules: Rules, former: Rules) -> tuple[Rules, Rules]:
        place = _place(rules, rule_id)
        return [*rules[:place], wanted, *rules[place + 1 :]], former

    await _change(db, config, by_id, change, now=now)


async def move(db: Connection, config: Config, by_id: int, rule_id: int, by: int, *, now: datetime) -> None:
    """Put a rule so many places further down, or up when negative; no further than the ends. Raises NotFound."""

    def change(rules: Rules, former: Rules) -> tuple[Rules, Rules]:
        place = _place(rules, rule_id)
        others = [*rules[:place], *rules[place + 1 :]]
        to = min(max(place + by, 0), len(others))
        return [*others[:to], rules[place], *others[to:]], former

    await _change(db, config, by_id, change, now=now)


async def take_away(db: Connection, config: Config, by_id: int, rule_id: int, *, now: datetime) -> None:
    """A rule holds no more; reports that name it still say what it was. Raises NotFound."""

    def change(rules: Rules, former: Rules) -> tuple[Rules, Rules]:
        place = _place(rules, rule_id)
        return [*rules[:place], *rules[place + 1 :]], [*former, rules[place]]

    await _change(db, config, by_id, change, now=now)


async def put_back(db: Connection, config: Config, by_id: int, rule_id: int, *, now: datetime) -> None:
    """A rule holds again, after the others. Raises NotFound, Invalid (they are too many)."""

    def change(rules: Rules, former: Rules) -> tuple[Rules, Rules]:
        if len(rules) >= MOST:
            raise Invalid("More rules than these nobody reads.", field="text")
        place = _place(former, rule_id)
        return [*rules, former[place]], [*former[:place], *former[place + 1 :]]

    await _change(db, config, by_id, change, now=now)


def _place(rules: Rules, rule_id: int) -> int:
    place = next((place for place, rule in enumerate(rules) if rule.id == rule_id), None)
    if place is None:
        raise NotFound("There is no such rule.")
    return place


async def _change(
    db: Connection,
    config: Config,
    by_id: int,
    change: Callable[[Rules, Rules], tuple[Rules, Rules]],
    *,
    now: datetime,
) -> None:
    """Change the rules as they are now: of two who do so at once the second sees what the first did."""
    await settings.hold_rules(db, now=now)
    before = await settings.load(db, config)
    rules, former = change(before.rules, before.former_rules)
    wanted: settings.Changes = {"rules": settings.numbered(rules, former), "former_rules": tuple(former)}
    changes = {name: value for name, value in wanted.items() if value != getattr(before, name)}
    if changes:
        await settings.save(db, by_id, changes, now=now)
