"""`./run lint`: style and types, all of it."""

import os
import subprocess
import sys
from pathlib import Path

import click

ROOT = Path(__file__).parent.parent.parent
CHECKS = {
    "style": ["ruff", "check", "."],
    "form": ["ruff", "format", "--check", "."],
    "types": ["pyright"],
}


@click.command()
def command() -> None:
    """Check style (ruff), form (ruff format) and types (pyright, strict). Fails when one of them does."""
    tools = Path(sys.executable).parent
    quiet = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    failed: list[str] = []
    for name, (tool, *arguments) in CHECKS.items():
        click.echo(f"{name}: {tool} {' '.join(arguments)}".rstrip())
        done = subprocess.run([tools / tool, *arguments], cwd=ROOT, env=quiet, check=False)  # noqa: S603  # our own tools
        if done.returncode != 0:
            failed.append(name)
    if failed:
        raise click.ClickException(f"not clean: {', '.join(failed)}")
