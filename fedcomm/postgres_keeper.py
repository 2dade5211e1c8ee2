"""The parent of the embedded PostgreSQL: starts it, starts it again when it dies, stops it when nobody uses it.

A process of its own, in a session of its own, so that neither Ctrl-C nor the death of the server that started it takes
the database away from the others that share it. Started by `fedcomm/postgres.py` as a plain script; it imports nothing
of fedcomm, to stay small.
"""

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LOOK_EVERY_S = 1.0
UNUSED_FOR_S = 5.0
"""A user that was killed and comes back at once finds the database running."""
STOP_WITHIN_S = 30.0
GIVE_UP_AFTER = 5
"""Starts in a row that did not live for LIVED_S: then the data or the machine is broken, and the log says how."""
LIVED_S = 10.0


def lock(path: Path, how: int) -> int | None:
    """Take an flock without waiting; None when somebody else has it. Closing the number gives it back."""
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(number)
        return None
    return number


class Keeper:
    """Keeps one cluster: `place` is its folder, `how` the way to start the server, made by postgres.py."""

    def __init__(self, place: Path, how: Mapping[str, Any]) -> None:
        self.place = place
        self.command: Sequence[str] = how["command"]
        self.environment: Mapping[str, str] = how["environment"]
        self.uid: int | None = how["uid"]
        self.gid: int | None = how["gid"]
        self.doors: Sequence[int] = how["doors"]
        self.asked_to_stop = False
        self.waker, to_waker = os.pipe()
        for end in (self.waker, to_waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(to_waker)
        signal.signal(signal.SIGCHLD, self.wake)
        signal.signal(signal.SIGTERM, self.ask_to_stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wake(self, *_: object) -> None:
        """The number of the signal has already been written to the waker."""

    def ask_to_stop(self, *_: object) -> None:
        self.asked_to_stop = True

    def keep(self) -> int:
        """Until asked to stop, or unused, or the server cannot be kept alive. Returns the exit status."""
        failures = 0
        while failures < GIVE_UP_AFTER:
            started = time.monotonic()
            server = self.launch()
            if self.watch(server):
                return 0
            failures = failures + 1 if time.monotonic() - started < LIVED_S else 1
            self.rest(failures - 1)
        return 1

    def launch(self) -> "subprocess.Popen[bytes]":
        with (self.place / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  # our own program, with arguments made by postgres.py
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self.environment,
                start_new_session=True,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
                pass_fds=self.doors,
            )

    def watch(self, server: "subprocess.Popen[bytes]") -> bool:
        """True when the server was stopped on purpose, False when it went by itself."""
        unused_since: float | None = None
        while server.poll() is None:
            if self.asked_to_stop:
                self.stop(server)
                return True
            now = time.monotonic()
            if not self.place.exists():
                server.send_signal(signal.SIGQUIT)  # thrown away while in use: nothing is left to be flushed
                return True
            if not self.unused():
                unused_since = None
            elif unused_since is None:
                unused_since = now
            elif now - unused_since > UNUSED_FOR_S and self.unused(then_stop=server):
                return True
            self.rest(LOOK_EVERY_S)
        return self.asked_to_stop

    def unused(self, then_stop: "subprocess.Popen[bytes] | None" = None) -> bool:
        """Whether no process holds the lock of the users; nobody can become one while we look, or while we stop."""
        starting = lock(self.place / "starting.lock", fcntl.LOCK_EX)
        if starting is None:
            return False
        try:
            users = lock(self.place / "users.lock", fcntl.LOCK_EX)
            if users is None:
                return False
            if then_stop:
                self.stop(then_stop)
            os.close(users)
            return True
        finally:
            os.close(starting)

    def stop(self, server: "subprocess.Popen[bytes]") -> None:
        server.send_signal(signal.SIGINT)  # "fast": open transactions are rolled back, data is flushed
        try:
            server.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)  # "immediate": the next start recovers from the log
            server.wait()

    def rest(self, seconds: float) -> None:
        """Until the time is over or a signal came."""
        if select.select([self.waker], [], [], seconds)[0]:
            os.read(self.waker, 512)


def main() -> int:
    """Arguments: the cluster's folder, and JSON of what Keeper takes. Silent when another keeper is at work."""
    place = Path(sys.argv[1])
    only_one = lock(place / "keeper.lock", fcntl.LOCK_EX)
    if only_one is None:
        return 0
    os.ftruncate(only_one, 0)
    os.write(only_one, str(os.getpid()).encode())
    return Keeper(place, json.loads(sys.argv[2])).keep()


if __name__ == "__main__":
    sys.exit(main())
