"""`./run test`: the tests, as a newcomer runs them."""

import os
import sys
from pathlib import Path

import click

ROOT = Path(__file__).parent.parent.parent
FUZZ_MINUTES = 10
FUZZ_TESTS_IN_A_ROW = 3
"""There are some five of them, and two run at a time."""
PASS_ON = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command(context_settings=PASS_ON)
@click.option("--slow", is_flag=True, help="Also those with 100,000 inputs or a million rows.")
@click.option("--fuzz", is_flag=True, help="Only those that draw what they try, for ten minutes, from new seeds.")
@click.option(
    "--photos",
    is_flag=False,
    flag_value="screenshots",
    metavar="[FOLDER]",
    help="Only photograph every page, narrow and wide, into a folder (screenshots), and say what is wrong with it.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(slow: bool, fuzz: bool, photos: str | None, arguments: tuple[str, ...]) -> None:
    """Run the tests. What follows is given to pytest: `./run test tests/threads -k answer`.

    Browser tests run when a Chromium is found on the PATH or in FEDCOMM_CHROMIUM, and are listed as not run otherwise.
    """
    if not (ROOT / "tests").is_dir():
        raise click.ClickException(f"there are no tests in {ROOT}")
    if photos is not None:
        os.environ |= {"FEDCOMM_SCREENSHOTS": str(Path(photos).absolute()), "FEDCOMM_BROWSER": "required"}
        arguments = ("tests/browser", *arguments)
    asked = [argument.partition("=")[0] for argument in arguments]
    chosen = list(arguments)
    if not any(option in asked for option in ("-n", "--numprocesses", "--pdb", "-s")):
        chosen = ["-n", "2", "--dist", "worksteal", *chosen]
    if fuzz:
        os.environ["FEDCOMM_FUZZ_SECONDS"] = str(FUZZ_MINUTES * 60 / FUZZ_TESTS_IN_A_ROW)
        chosen = ["-m", "fuzz", *chosen]
    elif not slow and "-m" not in asked:
        chosen = ["-m", "not slow", *chosen]
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "pytest", *chosen])  # noqa: S606  # our own interpreter
