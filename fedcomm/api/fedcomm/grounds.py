"""On what a measure of a group rests, as apps say it: a kind, rules of the group by number, and a sentence (C12)."""

from collections.abc import Sequence

from fedcomm.accounts.statements import LONGEST_REASON, Code, Grounds
from fedcomm.database import Connection
from fedcomm.errors import Invalid
from fedcomm.groups import reading
from fedcomm.text import cleaning


async def grounds(db: Connection, group_id: int, category: Code | None, rules: Sequence[int]) -> Grounds:
    """What an app said. Raises Invalid (a rule that the group does not have)."""
    known = await reading.rule_titles(db, group_id) if rules else []
    if any(not 0 < number <= len(known) for number in rules):
        raise Invalid("Validation failed: Rules does not reference valid rules", field="rules")
    code: Code = "violation" if rules else "other"
    return Grounds(code=category or code, rules=tuple(known[number - 1] for number in sorted(set(rules))))


def reason(text: str) -> str:
    """Why, in a sentence. Raises Invalid (nothing is said): whom it strikes is told it."""
    found = cleaning.one_line(text, LONGEST_REASON)
    if not found:
        raise Invalid("Please give a reason: they are told it.", field="reason")
    return found
