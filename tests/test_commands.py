"""The commands of `./run`, as an operator meets them."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from fedcomm import cli

ROOT = Path(__file__).parent.parent


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "fedcomm", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_exists_and_explains_itself(name: str) -> None:
    command = cli.fedcomm.get_command(click.Context(cli.fedcomm), name)

    assert command is not None
    assert command.help


def test_help_names_all_commands_and_imports_none() -> None:
    done = run("--help")

    assert done.returncode == 0
    assert set(cli.COMMANDS) <= {line.split()[0] for line in done.stdout.splitlines() if line.strip()}


def test_options_alone_are_those_of_the_local_network() -> None:
    done = run("--no-such-option")
    assert done.returncode == 2
    assert "Usage: ./run network" in done.stderr


def test_a_wrong_setting_is_one_line_on_stderr_and_no_success() -> None:
    done = run("migrate", FEDCOMM_DOMAIN="not a domain")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "fedcomm: FEDCOMM_DOMAIN: 'not a domain' is not a domain: letters, digits, hyphens and dots only\n"
    )


def test_a_database_that_is_not_there_is_one_line_too(tmp_path: Path) -> None:
    done = run("migrate", FEDCOMM_DOMAIN="example.org", DATABASE_URL=f"postgresql:///x?user=x&host={tmp_path}")

    assert done.returncode == 1
    assert done.stderr.startswith("fedcomm: the database cannot be reached: ")
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_command_is_told() -> None:
    done = run("sreve")
    assert done.returncode == 2
    assert "No such command 'sreve'" in done.stderr


def test_migrate_says_what_it_did_and_then_that_nothing_is_left(tmp_path: Path) -> None:
    here = {"FEDCOMM_DOMAIN": "example.org", "FEDCOMM_DATA_DIR": str(tmp_path)}

    first = run("migrate", "--json", **here)
    second = run("migrate", **here)

    assert first.stdout.startswith('{"applied": ["0001_ground.sql", ')
    assert second.stdout == "nothing to do: the database is up to date\n"
    assert [path.name for path in tmp_path.iterdir()] == ["postgres-18"]
