"""A run that is killed at any moment: nothing is lost, a final name means a whole file, and the next run ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from download_list import DownloadWishes
from onedrive.choosing.selection import Layout, Selection
from onedrive.errors import Stopped
from onedrive.local.earlier import KeepEarlier
from onedrive.local.folder import DownloadFolder
from pretend_onedrive.model.content import GeneratedContent
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

BIG_BYTES = 9_000_000
PROGRAM = """
import io, os, signal, sys
from pathlib import Path
from download_list import download
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


@pytest.mark.posix("kill -9")
@pytest.mark.parametrize("served_bytes", [1, 3_000_000, 9_900_000])
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


@pytest.mark.posix("kill -9")
def test_after_a_kill_between_a_move_and_its_line_every_file_is_found(demo: FaultyServer, desk: Desk) -> None:
    desk.given(*(f"/{folder}/{name}" for folder in "AB" for name in "ab"), here=True)

    assert _start(desk.home, demo, Layout.DATE).wait(timeout=60) == -signal.SIGKILL

    contents = {f"/{folder}/{name}".encode() for folder in "AB" for name in "ab"}
    assert {*desk.files().values()} == contents
    assert desk.download(selection=Selection(layout=Layout.DATE)).exit_code == 0
    assert {*desk.files().values()} == contents
    assert len(desk.files()) == 4
    assert desk.fetched() == 0


@pytest.mark.parametrize("is_in_place", [False, True])
@pytest.mark.parametrize("is_first", [False, True])
def test_what_a_killed_run_put_there_is_ours_though_it_changed_on_onedrive_since(
    desk: Desk, drive: DemoDrive, monkeypatch: pytest.MonkeyPatch, *, is_first: bool, is_in_place: bool
) -> None:
    desk.given({"/a.txt": b"first"}, here=not is_first)
    if not is_first:
        drive.change_content(drive.find("/a.txt"), b"the second")
        desk.list_drive()
    proper = DownloadFolder._replace

    def killed(folder: DownloadFolder, source: Path, place: str) -> None:
        if is_in_place:
            proper(folder, source, place)
        raise KeyboardInterrupt

    monkeypatch.setattr(DownloadFolder, "_replace", killed)  # what a kill leaves at either side of the rename
    with pytest.raises(Stopped):
        desk.download()
    monkeypatch.undo()
    drive.change_content(drive.find("/a.txt"), b"what came third")
    desk.list_drive()

    assert desk.download().exit_code == 0

    assert desk.files() == {"a.txt": b"what came third"}
    assert len(desk.earlier()) == (not is_first) + is_in_place


# --- earlier contents, and what is gone -------------------------------------------------------------------------------

ASIDE = DownloadWishes(puts_gone_aside=True)


class _Killed(BaseException):
    """Nothing after it is written down, as after `kill -9`."""


def test_what_was_put_aside_and_not_written_down_is_not_removed_when_it_is_old(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.given("/gone.txt", "/stays.txt", here=True)
    drive.delete(drive.find("/gone.txt"))
    desk.list_drive()
    put_aside = DownloadFolder.put_aside

    def put_aside_and_die(folder: DownloadFolder, place: str) -> str:
        put_aside(folder, place)
        raise _Killed

    with monkeypatch.context() as patch, pytest.raises(_Killed):
        patch.setattr(DownloadFolder, "put_aside", put_aside_and_die)
        desk.download(wishes=ASIDE)
    (today,) = (desk.downloads / ".earlier").iterdir()
    today.rename(today.with_name("2001-01-02"))

    assert desk.download(wishes=DownloadWishes(earlier=KeepEarlier(days=3))).exit_code == 0

    assert desk.earlier() == {"gone.txt": b"/gone.txt"}  # it may be the only copy


def test_what_is_aside_is_not_removed_either_when_it_has_another_name_there(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/a", "/stays.txt", here=True)
    drive.delete(drive.find("/a"))
    drive.add_file("/a/b.txt", b"in a folder of that name")
    desk.list_drive()
    desk.download(wishes=ASIDE)
    drive.delete(drive.find("/a"))
    desk.list_drive()
    desk.download(wishes=ASIDE)
    (today,) = (desk.downloads / ".earlier").iterdir()
    today.rename(today.with_name("2001-01-02"))

    desk.download(wishes=DownloadWishes(earlier=KeepEarlier(days=3)))

    assert {b"/a", b"in a folder of that name"} <= {*desk.earlier().values(), *desk.files().values()}


@pytest.mark.parametrize("stops_at", ["c (2).docx", "c.docx"])  # before it has a second name, and after that
@pytest.mark.parametrize(("as_of", "goes_on"), [("", True), ("", False), (f"{date.today()}", True)])
def test_a_put_back_that_was_killed_leaves_no_place_empty_and_is_ended_by_the_same_command(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch, stops_at: str, as_of: str, *, goes_on: bool
) -> None:
    good = {f"{name}.docx": name.encode() for name in "abcd"}
    desk.given({f"/{place}": content for place, content in good.items()}, here=True)
    for place in good:
        drive.change_content(drive.find(f"/{place}"), b"ENCRYPTED " + place.encode())
    desk.list_drive()
    desk.download()
    replaced = DownloadFolder._replace

    def replace_or_die(folder: DownloadFolder, source: Path, place: str) -> None:
        if place.rpartition("/")[2] == stops_at:
            raise _Killed
        replaced(folder, source, place)

    with monkeypatch.context() as patch, pytest.raises(_Killed):
        patch.setattr(DownloadFolder, "_replace", replace_or_die)
        desk.put_back("*", as_of=as_of)
    assert desk.files() == good | {f"{name}.docx": f"ENCRYPTED {name}.docx".encode() for name in "cd"}
    if not goes_on:  # option 4 comes first
        desk.forget_requests()
        assert desk.download().exit_code == 0
        assert desk.fetched() == 0
        assert set(desk.files()) == set(good)

    assert desk.put_back("*", as_of=as_of).exit_code == 0
    assert desk.files() == good
    assert "2 files have an earlier version that you put back before: they stay." in desk.said.getvalue()

    assert desk.put_back("*", as_of=as_of).exit_code == 0
    assert (desk.files() == good) is bool(as_of)  # as they were on a day, they are; otherwise the same takes it back


def test_a_file_that_a_killed_run_of_another_layout_put_into_anothers_place_is_told_by_its_bytes(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Size and time are equal; a person had taken the other one away."""
    for path, created in (("/2019/a.jpg", "2020-01-01T00:00:00Z"), ("/X/a.jpg", "2019-01-01T00:00:00Z")):
        drive.add_file(path, path[1:6].encode(), created=created, modified="2021-01-01T00:00:00Z")
    desk.list_drive()
    desk.download()
    (desk.downloads / "2019/a.jpg").unlink()
    move = DownloadFolder.move

    def move_and_die(folder: DownloadFolder, old_place: str, new_place: str) -> bool:
        move(folder, old_place, new_place)
        raise _Killed

    with monkeypatch.context() as patch, pytest.raises(_Killed):
        patch.setattr(DownloadFolder, "move", move_and_die)
        desk.download(selection=Selection(layout=Layout.DATE, pattern="{year}"))
    assert desk.files() == {"2019/a.jpg": b"X/a.j"}

    assert desk.download(dry_run=True).exit_code == 0
    assert desk.download().exit_code == 0

    files = desk.files()
    assert (files.pop("2019/a.jpg"), files.pop("X/a.jpg"), [*files.values()]) == (b"2019/", b"X/a.j", [b"X/a.j"])
