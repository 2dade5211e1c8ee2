"""Becomes another program, with little of the machine's memory, time and disk (S151).

Started as `python -m fedcomm.media.confined MEMORY CPU_SECONDS FILE_BYTES PROGRAM ARGUMENTS...`.
"""

import os
import resource
import sys

FILES = 64


def main() -> None:
    """Give up what the program does not need, then become it."""
    memory, seconds, file_bytes = (int(text) for text in sys.argv[1:4])
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, FILES),
    ):
        resource.setrlimit(what, (most, most))
    os.nice(10)  # whoever reads comes first
    os.execve(sys.argv[4], sys.argv[4:], {})  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main()
