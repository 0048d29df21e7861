"""`kill -9` at fifty moments of a job of large and small files: what is lost, what is fetched twice, what is left over.

    python -m tests.benchmarks.bench_kill [MOMENTS]

The pretend OneDrive kills the program when it has served so many bytes; the next run completes the job. It serves the
large files no faster than the program takes them, so that nothing waits in the system's buffers: fetched twice is then
what was served to the killed run and is not on the disk for the next to go on from.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from generate_list import generate_list
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.content import GeneratedContent
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FixedToken
from tests.download.test_killed import PROGRAM
from tests.faults.server import FaultyServer

BIG = {"big/one.mp4": 150_000_000, "big/two.mp4": 90_000_000}
SMALL = {f"small/{number:03}.jpg": 20_000 for number in range(300)}
PACE = 15_000_000  # four times that fills the buffers of a busy machine, and they are counted
TOP = Path(__file__).resolve().parents[2]


def main(moments: int) -> None:
    """Print the figures."""
    drive = DemoDrive()
    for place, size in {**BIG, **SMALL}.items():
        drive.add_generated_file(f"/{place}", size=size)
    total = sum(BIG.values()) + sum(SMALL.values())
    worst_again = worst_left = 0
    for number in range(moments):
        after_bytes = total * (2 * number + 1) // (2 * moments)
        with FaultyServer(drive) as demo, tempfile.TemporaryDirectory() as text:
            again, left = one_kill(demo, Path(text), after_bytes)
        worst_again, worst_left = max(worst_again, again), max(worst_left, left)
        print(f"killed after {after_bytes:>11} bytes: {again:>8} bytes again", flush=True)
    print(f"{moments} kills: nothing lost, at most {worst_again} bytes of a kill fetched again, {worst_left} leftovers")


def one_kill(demo: FaultyServer, home: Path, after_bytes: int) -> tuple[int, int]:
    """Kill once, complete, check every byte; returns bytes fetched again and leftovers."""
    list_drive(demo, home)
    arguments = [sys.executable, "-c", PROGRAM, str(home), str(demo.port), demo.issue_token(), "onedrive"]
    for place in BIG:
        demo.drive.find(f"/{place}").paced_bytes_per_second = PACE
    served_at_kill: list[int] = []

    def kill() -> None:
        os.kill(process.pid, signal.SIGKILL)
        served_at_kill.append(demo.milestones.bytes)

    demo.when_bytes_served(after_bytes, kill)
    process = subprocess.Popen(arguments, cwd=TOP, stdout=subprocess.DEVNULL)
    process.wait()
    downloads = home / "downloads"
    finished = sum({**BIG, **SMALL}[place] for place in check_all(downloads))
    again = served_at_kill[0] - finished - here_of_parts(downloads / ".partial")
    for place in BIG:
        demo.drive.find(f"/{place}").paced_bytes_per_second = None
    done = subprocess.run(arguments, cwd=TOP, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0 or len(check_all(downloads)) != len(BIG) + len(SMALL):
        raise RuntimeError("the second run did not complete the job")
    return max(0, again), len(list(downloads.glob(".partial/*")))


def list_drive(demo: FaultyServer, home: Path) -> None:
    """Choose 3."""
    http = HttpClient(demo_port=demo.port)
    terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})
    settings = Settings(home=home, downloads=home / "downloads", no_input=True)
    generate_list(terminal, settings, GraphSession(http, FixedToken(demo), SharedPause(print)), ask_folder=False)
    http.close()


def here_of_parts(folder: Path) -> int:
    """Bytes on the disk that a later run can go on from."""
    here = 0
    for origin in folder.glob("*.json"):
        parts = origin.with_suffix(".parts")
        if parts.exists():
            here += sum(int(line.split()[2]) for line in parts.read_text(encoding="ascii").splitlines())
        elif json.loads(origin.read_bytes()):
            here += origin.with_suffix(".part").stat().st_size
    return here


def check_all(downloads: Path) -> list[str]:
    """The files with a final name; raises when one is not whole and right."""
    places = []
    for place, size in {**BIG, **SMALL}.items():
        path = downloads / place
        if path.exists():
            if path.read_bytes() != GeneratedContent(size).read(0, size):
                raise RuntimeError(f"{place} is wrong")
            places.append(place)
    return places


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
