"""A night of --every: does one process that runs again and again hold more and more memory, files or threads?

    python -m tests.benchmarks.bench_every [MINUTES [SECONDS]]

SECONDS between two beginnings (60; fewer than --every takes, for more runs). Before each run something changes on the
pretend OneDrive, and one thing in turn goes wrong: nothing, it throttles, the network is lost, the access token is past
its time, the sign-in has ended (a person then signs in again). After each run the process is looked at in /proc, and
the command of --then has told of it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer

TOP = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys, start
from onedrive.app import every
run_every = every.run_every
every.run_every = lambda seconds, *rest: run_every(float(sys.argv[1]), *rest)
start.run(sys.argv[2:])
"""
THEN = """
import sys
with open(sys.argv[1], "a") as reports:
    reports.write(sys.stdin.read())
"""
FILES, LOST_SECONDS, WARM_RUNS = 200, 8.0, 10
SETTLED_SECONDS = 0.5  # threads that were let go have ended


class Held(NamedTuple):
    """What the process has between two runs."""

    resident_kb: int
    descriptors: int
    threads: int


class Night:
    """One pretend OneDrive, one home, and what happens before each run."""

    def __init__(self, demo: FaultyServer, home: Path) -> None:
        self.demo = demo
        self.words = ["--demo-port", str(demo.port), "--home", str(home)]
        self.troubles: list[Callable[[], object]] = [
            lambda: None, self.throttle, self.lose_network, demo.expire_access_tokens, self.end_sign_in
        ]  # fmt: skip

    def prepare(self, number: int) -> None:
        """Something changes, and one thing goes wrong."""
        self.demo.be_well()
        if number % len(self.troubles) == 0:
            self.sign_in()
        drive = self.demo.drive
        drive.change_content(drive.find(f"/Pictures/{number % FILES:04}.jpg"), f"changed {number}".encode())
        self.troubles[number % len(self.troubles)]()

    def sign_in(self) -> None:
        """A person chooses 1, again where a run is just at work."""
        words = [sys.executable, "start.py", *self.words, "--no-input", "1"]
        while subprocess.run(words, cwd=TOP, check=False, stdout=subprocess.DEVNULL).returncode:
            time.sleep(SETTLED_SECONDS)

    def throttle(self) -> None:
        self.demo.throttle_next(2, seconds=2)
        self.demo.throttle_next(1, seconds=1, on="files")

    def lose_network(self) -> None:
        for on in ("graph", "files", "token"):
            self.demo.reset_next(on=on, times=None)
        threading.Timer(LOST_SECONDS, self.demo.be_well).start()

    def end_sign_in(self) -> None:
        self.demo.revoke_access_tokens()
        self.demo.revoke_refresh_tokens()


def look_at(pid: int) -> Held:
    """What a process holds now."""
    place = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (place / "status").read_text(encoding="ascii").splitlines())
    return Held(int(status["VmRSS"].split()[0]), len(list((place / "fd").iterdir())), int(status["Threads"]))


def main(minutes: float, seconds: float) -> None:
    """Print the figures."""
    drive = DemoDrive()
    for number in range(FILES):
        drive.add_file(f"/Pictures/{number:04}.jpg", b"picture %d" % number)
    with tempfile.TemporaryDirectory() as text, FaultyServer(drive, auto_consent=True) as demo:
        night = Night(demo, Path(text) / "home")
        reports = Path(text) / "reports.jsonl"
        (Path(text) / "then.py").write_text(THEN, encoding="utf-8")
        then = f"'{sys.executable}' '{text}/then.py' '{reports}'"
        night.prepare(0)
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(seconds), *night.words, "--every", "1m", "--then", then, "3", "4"],
            cwd=TOP, stdout=subprocess.PIPE, text=True, encoding="utf-8",
        )  # fmt: skip
        try:
            held = watch(process, night, time.monotonic() + minutes * 60)
        finally:
            process.kill()
        told = [json.loads(line) for line in reports.read_text(encoding="utf-8").splitlines()]
    print_figures(held, told, process.returncode)


def watch(process: subprocess.Popen[str], night: Night, until: float) -> list[Held]:
    """Look at the process after each run, and end it at last."""
    held: list[Held] = []
    for line in process.stdout or ():
        if not line.startswith("The next run begins"):
            continue
        time.sleep(SETTLED_SECONDS)
        held.append(look_at(process.pid))
        print(f"run {len(held)}: {held[-1]}", file=sys.stderr, flush=True)
        if time.monotonic() > until:
            process.send_signal(signal.SIGTERM)
            process.communicate()
            break
        night.prepare(len(held))
    return held


def print_figures(held: list[Held], told: list[dict[str, object]], code: int) -> None:
    """How much was held at first and at last, and whether each run was told once."""
    warm = held[min(WARM_RUNS, len(held) - 1) :]
    names = Held("resident kB", "descriptors", "threads")  # type: ignore[arg-type]  # headings
    print(f"{len(held)} runs, exit codes {dict(Counter(row['exit_code'] for row in told))}; ended with {code}")
    once = len({row["began"] for row in told})
    print(f"{len(told)} reports through --then, {once} of different runs")
    for name, values in zip(names, zip(*warm, strict=True), strict=True):
        first, middle, last = values[0], values[len(values) // 2], values[-1]
        print(f"{name}: {first} after run {WARM_RUNS + 1}, {middle} half way, {last} at last; at most {max(values)}")


if __name__ == "__main__":
    numbers = [float(word) for word in sys.argv[1:]]
    main(*numbers, *(60.0, 60.0)[len(numbers) :])
