"""Many small files where the service takes ten requests a second and refuses the rest: how much is wasted and waited?

    python -m tests.benchmarks.bench_throttled [FILES]

Each request that comes while ten were taken within the last second is refused: 429, Retry-After 1. The best possible
time is what the requests that were taken need at ten a second. The run is in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from pathlib import Path

from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Reply, Request
from tests.benchmarks.bench_kill import TOP, list_drive
from tests.download.test_killed import PROGRAM
from tests.faults.effects import Answer, refuse
from tests.faults.line import Fault
from tests.faults.server import FaultyServer

A_SECOND = 10


class Limit:
    """Takes so many requests in any second; says 429 to the others."""

    def __init__(self) -> None:
        self._taken: deque[float] = deque(maxlen=A_SECOND)
        self._lock = threading.Lock()

    def effect_at(self, host: str, request: Request, answer: Answer) -> Reply:
        """The answer, or the refusal."""
        with self._lock:
            now = time.monotonic()
            is_too_fast = len(self._taken) == A_SECOND and now - self._taken[0] < 1.0
            if not is_too_fast:
                self._taken.append(now)
        return refuse(host, 429, retry_after="1")(request, answer) if is_too_fast else answer()


def main(files: int) -> None:
    """Print the figures."""
    drive, limit = DemoDrive(), Limit()
    for number in range(files):
        drive.add_file(f"/Folder {number // 200}/{number:05}.jpg", f"{number} ".encode() * 500)
    with FaultyServer(drive) as demo, tempfile.TemporaryDirectory() as home:
        list_drive(demo, Path(home))
        before = len(demo.requests)
        for host in ("graph", "files"):
            demo.fault_line.add(Fault(lambda *asked, host=host: limit.effect_at(host, *asked), host, None, None))
        began = time.monotonic()
        words = [sys.executable, "-c", PROGRAM, home, str(demo.port), demo.issue_token(), "onedrive"]
        subprocess.run(words, cwd=TOP, stdout=subprocess.DEVNULL, check=True)
        seconds = time.monotonic() - began
        refused = sum(seen.status == 429 for seen in demo.requests[before:])
        taken = len(demo.requests) - before - refused
    best = taken / A_SECOND
    print(f"{files} files: ours {seconds:.1f} s, best possible {best:.1f} s, ratio {seconds / best:.3f}")
    print(f"{taken} requests taken, {refused} refused: {refused / (taken + refused):.1%} wasted")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
