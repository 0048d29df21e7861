"""The same options again and again in one process, for --every: a run, then a wait until the next one is due.

Between two runs nothing is held: no connection, no lock, no file but the log. The wait looks at the clock on the wall
every few seconds, so that a computer that slept through a run does it as soon as it wakes.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

from onedrive.errors import UsageError
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_clock

LOOK_SECONDS = 5.0
_A_DAY_SECONDS = 86_400


def run_every(
    seconds: float,
    run: Callable[[], int],
    terminal: Terminal,
    *,
    now: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Run until SIGTERM or Ctrl-C; `seconds` lie between two beginnings, or none when a run took longer.

    Returns the exit code of the last run when SIGTERM comes in a wait (in a run it stops that one as Ctrl-C does), or
    when no other run could do better: the command line is wrong. Raises KeyboardInterrupt for Ctrl-C, and what `run`
    raises.
    """
    with _heeding_sigterm() as terminated:
        while True:
            due = now() + seconds
            if (code := run()) == UsageError.exit_code:
                return code
            try:
                _tell_next(terminal, code, max(due, now()))
                while (left := due - now()) > 0:
                    due = min(due, now() + seconds)  # a clock that was set back makes no wait longer
                    sleep(min(left, LOOK_SECONDS))
            except KeyboardInterrupt:
                if terminated.is_set():
                    return code
                raise


@contextmanager
def _heeding_sigterm() -> Iterator[threading.Event]:
    """SIGTERM stops the program as Ctrl-C does, and is told from it by what this yields."""
    terminated = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        terminated.set()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield terminated
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell_next(terminal: Terminal, code: int, due: float) -> None:
    at = datetime.fromtimestamp(due, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    terminal.event("next_run", at=at, exit_code=code)
    day = time.strftime(" on %Y-%m-%d", time.localtime(due)) if due - time.time() > _A_DAY_SECONDS / 2 else ""
    terminal.say(f"The next run begins{day} at {format_clock(due)}.")
