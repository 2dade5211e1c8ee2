"""The settings of the service of this machine, for whoever types a command beside it.

The service gets them from a file (`deploy/systemd/fedcomm.service`); a shell knows nothing of it, and would work on
another instance, or on none.
"""

import os
from collections.abc import MutableMapping
from pathlib import Path

FILE = Path("/etc/fedcomm/environment")
DECIDES = ("FEDCOMM_DOMAIN", "FEDCOMM_CONFIG")
"""Whoever sets one of these means another instance."""


def take(environment: MutableMapping[str, str], file: Path = FILE) -> bool:
    """Add what the file sets and the environment does not; whether it was read.

    Lines as systemd reads them: `NAME=value`, perhaps in quotes; comments begin with `#` or `;`.

    Raises PermissionError.
    """
    if any(environment.get(name, "").strip() for name in DECIDES) or not file.is_file():
        return False
    for line in file.read_text(encoding="utf-8").splitlines():
        name, is_setting, value = line.strip().partition("=")
        if is_setting and not name.startswith(("#", ";")):
            environment.setdefault(name.strip(), _unquoted(value.strip()))
    return True


def take_here() -> None:
    """The same for this process."""
    take(os.environ)


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value
