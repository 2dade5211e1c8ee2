"""The core figures of a group, for those who look after it (product 21, 26)."""

from collections.abc import Sequence

from fedcomm.accounts.model import Account
from fedcomm.database import Connection
from fedcomm.errors import NotAllowed, NotFound
from fedcomm.figures.keeping import NAMES, NOTHING, Day
from fedcomm.figures.measuring import LEAST_PEOPLE, NO_THREADS
from fedcomm.groups import membership
from fedcomm.groups import reading as groups
from fedcomm.permissions import may

TOLD_COLUMNS = ", ".join(
    f"CASE WHEN {people} >= {LEAST_PEOPLE} THEN {name} END AS {name}"
    for people, names in (
        ("starters_count", tuple(NO_THREADS)),
        ("welcomed_count", ("welcomed_count", "welcomed_back")),
        ("unwelcomed_count", ("unwelcomed_count", "unwelcomed_back")),
    )
    for name in names
)
"""The figures for a statement, NULL where they are about too few people (product 1, fixed)."""


_FOUND = ", ".join(f"found.{name}" for name in NAMES)


async def check_may(db: Connection, by: Account, group: Account) -> None:
    """Whether somebody may see the figures of a group. Raises NotFound (not ours, or hidden), NotAllowed."""
    if not group.is_local or not await groups.may_know_of(db, group.id, by.id):
        raise NotFound
    if not may(await membership.role(db, group.id, by.id), "see figures"):
        raise NotAllowed("Only a facilitator of the group may do this.")


async def days(db: Connection, group_id: int, window: int) -> Sequence[Day]:
    """What was measured since there was something to count, the earliest day first. Who asks was admitted."""
    rows = await db.fetch(
        f"""
        SELECT figure_day.day, figure_day.measured_at, {_FOUND}
          FROM figure_day
     LEFT JOIN group_figure_day found
            ON found.group_id = $1 AND found.window_days = figure_day.window_days AND found.day = figure_day.day
         WHERE figure_day.window_days = $2
           AND figure_day.day >= (SELECT min(day) FROM group_figure_day WHERE group_id = $1 AND window_days = $2)
      ORDER BY figure_day.day
        """,
        group_id,
        window,
    )
    return [Day(**(dict(row) if row["threads_count"] is not None else {**row, **NOTHING})) for row in rows]
