"""Ctrl-C and `kill -9` in the middle of a verification: what was read is kept, and no process is left behind."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.home.verification import read_verification, read_verified_items
from onedrive.net.client import HttpClient
from onedrive.verify.local_hashes import LOCAL_HASHES
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.person import wait_for

pytestmark = pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor reads files one after the other")

HUGE_BYTES = 40 << 30  # a hole in the disk: read for as long as it takes to be stopped
SMALL = {f"/Pictures/{number}.jpg": bytes([number]) * 1000 for number in range(5)}
PROGRAM = """
import sys
from pathlib import Path
from onedrive.errors import Stopped
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from verify_downloads import verify

class Token:
    def access_token(self):
        return sys.argv[3]

home, port = Path(sys.argv[1]), int(sys.argv[2])
graph = GraphSession(HttpClient(demo_port=port), Token(), SharedPause(print))
try:
    verify(Terminal(no_input=True, environ={}), Settings(home=home, downloads=home / "downloads"), graph)
except Stopped as stopped:
    print(f"Stopped. {stopped.done}")
    sys.exit(130)
"""


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive) -> Desk:
    for path, content in SMALL.items():
        drive.add_file(path, content)
    drive.add_file("/huge.bin", b"small after all")
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()
    return desk


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_verification_goes_on_without_reading_again_what_it_had_read(
    how: signal.Signals, desk: Desk, demo: FaultyServer
) -> None:
    with (desk.downloads / "huge.bin").open("r+b") as stream:
        stream.truncate(HUGE_BYTES)
    process = _start(desk, demo)
    wait_for(lambda: _known(desk), "all small files to be read")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    workers = [int(word) for word in children.read_text().split()] if children.exists() else []

    os.kill(process.pid, how)
    said = process.communicate(timeout=20)[0].decode()

    if how is signal.SIGINT:
        assert process.returncode == 130
        assert (
            "Stopped. 5 files (5.0 kB) read to the end; for a day, the next verification does not read them again."
            in said
        )
    wait_for(lambda: not any(map(_is_alive, workers)), "the workers to end")
    os.truncate(desk.downloads / "huge.bin", len(b"small after all"))
    _read_earlier(desk, seconds=3600)
    assert desk.verify().exit_code == 0
    assert "5 files were read before the stop; they are not read again." in desk.said.getvalue()
    assert set(desk.classes().values()) == {"proven"}
    # Option 7 counts its day from the moment at which each file was read.
    facts = read_verification(desk.home)
    assert facts
    ages = {
        item.path: (datetime.fromisoformat(facts.when) - datetime.fromisoformat(item.when)).total_seconds()
        for item in read_verified_items(desk.home)
    }
    assert {path for path, seconds in ages.items() if seconds >= 3500} == {*SMALL}
    assert ages["/huge.bin"] == 0


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs to know which file a descriptor is")
def test_a_verification_that_is_stopped_before_any_file_is_read_to_its_end_does_not_promise_to_go_on(
    desk: Desk, demo: FaultyServer
) -> None:
    for name in SMALL:
        (desk.downloads / name[1:]).unlink()
    with (desk.downloads / "huge.bin").open("r+b") as stream:
        stream.truncate(HUGE_BYTES)
    process = _start(desk, demo)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")

    def is_being_read() -> bool:
        with suppress(OSError):  # a process ends, or closes what it has open, meanwhile
            pids = [process.pid, *map(int, children.read_text().split())]
            opened = [place.readlink() for pid in pids for place in Path(f"/proc/{pid}/fd").iterdir()]
            return any(place.name == "huge.bin" for place in opened)
        return False

    wait_for(is_being_read, "the reading to begin")
    os.kill(process.pid, signal.SIGINT)

    said = process.communicate(timeout=20)[0].decode()
    assert "Stopped. No file was read to its end, so the next verification begins anew." in said


def _start(desk: Desk, demo: FaultyServer) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", PROGRAM, str(desk.home), str(demo.port), demo.issue_token()]
    top = Path(__file__).resolve().parent.parent.parent
    return subprocess.Popen(words, cwd=top, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _read_earlier(desk: Desk, *, seconds: int) -> None:
    """As if the stop had been so long ago."""
    with closing(sqlite3.connect(desk.home / LOCAL_HASHES)) as database, database:
        database.execute("UPDATE local_hash SET read_at = read_at - ?", (seconds,))


def _known(desk: Desk) -> bool:
    """Whether all small files are in the file, which the program that reads them has for itself."""
    path = desk.home / LOCAL_HASHES
    octets = path.read_bytes() if path.exists() else b""
    return all(name[1:].encode() in octets for name in SMALL)


def _is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
