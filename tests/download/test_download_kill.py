"""`kill -9` in the middle of a download: the next run completes, and a final name always means a whole, right file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from onedrive.choosing.selection import Layout, Selection
from pretend_onedrive.model.content import GeneratedContent
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

pytestmark = pytest.mark.posix("kill -9")

BIG_BYTES = 9_000_000
PROGRAM = """
import io, os, signal, sys
from pathlib import Path
from download_list import download
from onedrive.choosing.selection import Layout, Selection
from onedrive.choosing.selection import Layout, Selection
from onedrive.graph.session import GraphSession
from onedrive.local.folder import DownloadFolder
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal

home, port, layout, moves, real_move = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[4], [], DownloadFolder.move

class Token:
    def access_token(self):
        return sys.argv[3]

def move(folder, old_place, new_place):
    moves.append(real_move(folder, old_place, new_place))
    if len(moves) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return moves[-1]

DownloadFolder.move = move
http = HttpClient(demo_port=port)
terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})
graph = GraphSession(http, Token(), SharedPause(print))
settings = Settings(home=home, downloads=home / "downloads")
download(terminal, settings, graph, http, selection=Selection(layout=Layout(layout)))
"""


def _start(home: Path, demo: FaultyServer, layout: Layout) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", PROGRAM, str(home), str(demo.port), demo.issue_token(), layout.value]
    return subprocess.Popen(arguments, cwd=Path(__file__).resolve().parents[2], stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("served_bytes", [1, 400_000, 3_000_000, 5_500_000, 8_000_000, 9_900_000])
def test_a_killed_download_is_completed_by_the_next_run(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, served_bytes: int
) -> None:
    expected = {f"small/{number:02}.jpg": bytes([number]) * 20_000 for number in range(50)}
    for place, content in expected.items():
        drive.add_file(f"/{place}", content)
    drive.add_generated_file("/big.mp4", BIG_BYTES)
    expected["big.mp4"] = GeneratedContent(BIG_BYTES).read(0, BIG_BYTES)
    desk.list_drive()

    demo.when_bytes_served(served_bytes, lambda: os.kill(process.pid, signal.SIGKILL))
    process = _start(desk.home, demo, Layout.ONEDRIVE)
    returncode = process.wait(timeout=60)
    after_the_kill = desk.files()
    begun_at = {
        path.stat().st_size
        for path in (desk.downloads / ".partial").glob("*.part")
        if path.with_suffix(".json").exists() and 0 < path.stat().st_size < BIG_BYTES
    }
    desk.forget_requests()
    result = desk.download()

    assert returncode == -signal.SIGKILL
    assert all(expected[place] == content for place, content in after_the_kill.items())
    assert result.exit_code == 0
    assert desk.files() == expected
    assert desk.partials() == []
    continued_at = {int(seen.headers["Range"][6:-1]) for seen in demo.requests if "Range" in seen.headers}
    assert continued_at == begun_at
    assert desk.fetched() <= len(expected) - len(after_the_kill)


def test_after_a_kill_between_a_move_and_its_line_every_file_is_found(demo: FaultyServer, desk: Desk) -> None:
    desk.given(*(f"/{folder}/{name}" for folder in "AB" for name in "ab"), here=True)

    assert _start(desk.home, demo, Layout.DATE).wait(timeout=60) == -signal.SIGKILL

    contents = {f"/{folder}/{name}".encode() for folder in "AB" for name in "ab"}
    assert {*desk.files().values()} == contents
    assert desk.download(selection=Selection(layout=Layout.DATE)).exit_code == 0
    assert {*desk.files().values()} == contents
    assert len(desk.files()) == 4
    assert desk.fetched() == 0
