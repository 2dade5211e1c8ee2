"""What the database does for a request: every statement with the way it went, out of its own log (auto_explain)."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fedcomm import database, postgres

_ENTRY = re.compile(r"LOG:  duration: [0-9.]+ ms  plan:\n((?:\t.*\n)+)")
_BACKGROUND = ("FROM setting",)
"""What the instance asks by itself, from time to time."""


@dataclass(frozen=True, slots=True)
class Step:
    """A statement that was done, and how."""

    text: str
    plan: dict[str, Any]

    @property
    def blocks(self) -> int:
        """Blocks of 8 KiB that were looked at."""
        return self.plan["Shared Hit Blocks"] + self.plan["Shared Read Blocks"]

    @property
    def spilled(self) -> int:
        """Blocks that did not fit into memory."""
        return self.plan["Temp Read Blocks"] + self.plan["Temp Written Blocks"]

    def nodes(self) -> Iterator[dict[str, Any]]:
        """Every node of the plan that was really gone to."""
        waiting = [self.plan]
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            if node.get("Actual Loops"):
                yield node

    @property
    def passed_over(self) -> int:
        """Rows that one node of the plan went through and left out."""
        return max(
            (int(node.get("Rows Removed by Filter", 0) * node["Actual Loops"]) for node in self.nodes()), default=0
        )

    def read_whole(self) -> set[str]:
        """Tables that were read from beginning to end."""
        return {node["Relation Name"] for node in self.nodes() if node["Node Type"] == "Seq Scan"}


async def watch(url: str) -> None:
    """From the next connection on, write down each statement of this database."""
    db = await database.connect(url)
    try:
        name = postgres.quoted(await db.fetchval("SELECT current_database()"))
        for setting, value in (
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_buffers", "on"),
            ("auto_explain.log_timing", "off"),
            ("auto_explain.log_format", "json"),
        ):
            await db.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'")
    finally:
        await db.close()


class Log:
    """The log of a cluster, read on from where it was read last."""

    def __init__(self, cluster: postgres.Cluster) -> None:
        self._path: Path = cluster.place / "log"
        self._read_to = self._path.stat().st_size

    def steps(self) -> Sequence[Step]:
        """What was done since."""
        with self._path.open("rb") as log:
            log.seek(self._read_to)
            new = log.read()
        self._read_to += len(new)
        found = [json.loads(entry) for entry in _ENTRY.findall(new.decode())]
        steps = [Step(each["Query Text"], each["Plan"]) for each in found]
        return [step for step in steps if not any(mark in step.text for mark in _BACKGROUND)]
