"""`./run` on machines that lack something: what it does, and the one line it says when it can do nothing."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
TOOLS = ["sh", "cat", "cksum", "dirname", "grep", "head", "mkdir", "readlink", "rm", "sleep", "tail"]

ASKED = """
import sys
print("python asked for", *sys.argv[1:])
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The script and lock files that name no package, with a module that says what it was called with."""
    folder = tmp_path / "a checkout"
    (folder / "fedcomm").mkdir(parents=True)
    (folder / "fedcomm" / "__init__.py").touch()
    (folder / "fedcomm" / "__main__.py").write_text(ASKED)
    for name in ("requirements.lock", "requirements-dev.lock"):
        (folder / name).write_text("# nothing\n")
    shutil.copy(ROOT / "run", folder / "run")
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder for PATH with the tools that every system has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return folder


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def python_and_uv(folder: Path) -> None:
    """A Python, and what makes environments without waiting for pip: uv, as far as `./run` asks it."""
    program(folder, "python3", f'exec {sys.executable} "$@"')
    program(
        folder,
        "uv",
        f"""[ "$1" = venv ] || exit 0
        for last; do :; done
        exec {sys.executable} -m venv --without-pip "$last" """,
    )


def run(checkout: Path, path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": str(path), "HOME": str(checkout.parent)}
    return subprocess.run(
        [checkout / "run", *arguments], env=environment, cwd="/", capture_output=True, text=True, check=False
    )


def test_without_python_it_says_what_to_install(checkout: Path, bare: Path) -> None:
    done = run(checkout, bare)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "fedcomm: Python 3.11 or newer is needed: install it first, as in 'apt install python3 python3-venv'\n"
    )


def test_a_python_that_is_too_old_or_does_not_run_is_passed_over(checkout: Path, bare: Path) -> None:
    program(bare, "python3.12", "exit 127")
    program(bare, "python3", "exit 1")

    assert "Python 3.11 or newer is needed" in run(checkout, bare).stderr


def test_with_neither_venv_nor_pip_it_says_what_to_install(checkout: Path, bare: Path) -> None:
    """Debian and Ubuntu as they come: python3 without ensurepip and without pip."""
    program(
        bare,
        "python3",
        f"""case "$*" in
            "-m venv --without-pip"*) ;;
            "-m venv"* | "-m pip"*) echo "No module named ensurepip" >&2; exit 1 ;;
        esac
        exec {sys.executable} "$@" """,
    )

    done = run(checkout, bare)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "fedcomm: Python has neither venv nor pip here: install one, as in 'apt install python3-venv'"
    )
    assert "Traceback" not in done.stderr


def test_the_second_start_installs_nothing(checkout: Path, bare: Path) -> None:
    python_and_uv(bare)

    first = run(checkout, bare, "serve", "an argument with spaces")
    program(bare, "python3", "exit 1")
    second = run(checkout, bare, "serve", "an argument with spaces")

    assert first.stdout == second.stdout == "python asked for serve an argument with spaces\n"
    assert "installing" in first.stderr
    assert second.stderr == ""


def test_a_changed_lock_file_is_installed_again(checkout: Path, bare: Path) -> None:
    python_and_uv(bare)
    run(checkout, bare, "serve")

    (checkout / "requirements.lock").write_text("# still nothing\n")

    assert "installing" in run(checkout, bare, "serve").stderr
    assert run(checkout, bare, "serve").stderr == ""


def test_tools_for_tests_are_installed_when_tests_are_asked_for(checkout: Path, bare: Path) -> None:
    python_and_uv(bare)
    run(checkout, bare, "serve")

    assert "installing" in run(checkout, bare, "test").stderr
    assert run(checkout, bare, "lint").stderr == ""


def test_an_installation_that_was_broken_off_is_begun_anew(checkout: Path, bare: Path) -> None:
    python_and_uv(bare)
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/there/is/no/such/python")
    (checkout / ".venv" / "lock").mkdir()

    assert run(checkout, bare, "serve").stdout == "python asked for serve\n"


def test_a_package_that_cannot_be_had_is_told_and_not_taken_for_installed(checkout: Path, bare: Path) -> None:
    program(bare, "python3", f'exec {sys.executable} "$@"')
    (checkout / "requirements.lock").write_text(f"fedcomm-has-no-such-package==1.0 --hash=sha256:{'0' * 64}\n")
    program(bare, "uv", "exit 1")
    (checkout.parent / "pip.conf").write_text("[install]\nno-index = true\nfind-links = /var/empty\n")

    environment = {"PATH": str(bare), "PIP_CONFIG_FILE": str(checkout.parent / "pip.conf"), "PIP_NO_INDEX": "1"}
    done = subprocess.run([checkout / "run"], env=environment, cwd="/", capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "the packages could not be installed" in done.stderr.splitlines()[-1]
    assert not (checkout / ".venv" / "fedcomm-requirements.lock").exists()


def test_both_scripts_can_be_executed() -> None:
    for name in ("run", ".ci/run"):
        assert (ROOT / name).stat().st_mode & stat.S_IXUSR
