"""Log lines: `key=value`, with ids and never contents, tokens or addresses (ARCH 4.10). To stderr, as text or JSON."""

import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import orjson


class _Text(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = f" {process}" if process else ""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC).strftime("%H:%M:%S.%f")[:-3]
        line = f"{at} {record.levelname.lower()}{self._process} {record.name}: {record.getMessage()}"
        return line if record.exc_info is None else f"{line}\n{self.formatException(record.exc_info)}"


class _Json(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if self._process:
            line["process"] = self._process
        if record.exc_info is not None:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


def set_up(form: Literal["text", "json"], *, process: str = "", file: Path | None = None) -> None:
    """Write log lines to stderr, or to a file, from now on; `process` names us among those of one instance."""
    handler = logging.StreamHandler(sys.stderr) if file is None else logging.FileHandler(file, mode="w")
    handler.setFormatter(_Json(process) if form == "json" else _Text(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("asyncio", "httpx2", "httpx", "httpcore", "httpcore2", "aiohttp", "uvicorn.access", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
