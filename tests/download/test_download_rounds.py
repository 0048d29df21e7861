"""One job of option 4 in rounds: room on the disk, an outage, a sign-in that ends; over sockets."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from onedrive.download.run import FIRST_WAIT_SECONDS
from onedrive.errors import AnotherRun, ConnectionLost, NotEnoughRoom, Stopped
from onedrive.graph.session import GraphSession
from onedrive.home.lock import DownloadsLock
from onedrive.local.room import DiskRoom
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock, FixedToken
from tests.desk import Desk
from tests.faults.server import FaultyServer

BIG = bytes(range(256)) * 4000


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of four megabytes, none of it in reserve."""
    disk = tmp_path / "small disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True)
    if done.returncode:
        pytest.skip("only root may mount a small disk here")
    monkeypatch.setattr("onedrive.local.room.RESERVE_BYTES", 0)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


# --- before the first byte --------------------------------------------------------------------------------------------


def test_the_whole_job_is_said_before_the_first_byte(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    drive.add_file("/here.bin", BIG)
    desk.list_drive()
    desk.download()
    drive.add_file("/new.bin", BIG)
    drive.add_generated_file("/begun.bin", 4_000_000, paced_bytes_per_second=8_000_000)
    drive.add_file("/virus.exe", b"v", malware={})
    desk.list_drive()
    demo.when_bytes_served(3_000_000, desk.stop)
    with pytest.raises(Stopped):
        desk.download()

    desk.download()

    said = desk.said.getvalue()
    first_line, second_line = said.splitlines()[:2]
    assert first_line.startswith("To download: 1 file, 4.0 MB, of which ")
    assert " are here already (begun earlier). The disk has " in first_line
    assert first_line.endswith(" free.")
    assert second_line == "Here already: 2 files, 2.0 MB."
    assert said.index("/virus.exe: OneDrive found malware in it") < said.index("downloaded (")


def test_nothing_to_do_is_one_sentence_with_the_whole_amount(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a.bin": BIG, "/b.bin": BIG}, here=True)

    desk.download()

    assert desk.said.getvalue().startswith("Everything on the list is here already: 2 files, 2.0 MB.\nYour files are ")
    assert desk.said.getvalue().endswith(". 6 proves that they are whole; later, 3 and 4 fetch what is new.\n")


@pytest.mark.parametrize("typed", [None, ""])
def test_without_room_and_a_person_who_answers_nothing_is_fetched(
    desk: Desk, small_disk: Path, typed: str | None
) -> None:
    desk.given({f"/{number}.bin": BIG for number in range(6)})
    desk.to(small_disk)

    with pytest.raises(NotEnoughRoom) as caught:
        desk.download(typed=typed)

    assert caught.value.exit_code == 5
    assert caught.value.sentence.startswith("There is not enough room on the disk: 6.1 MB needed, 4.2 MB usable")
    assert caught.value.sentence.endswith("so 2.0 MB are missing.")
    assert "4 files of 6 files (4.1 MB)" in caught.value.hint
    assert desk.fetched() == 0
    assert list(small_disk.iterdir()) == []


def test_a_person_may_leave_it_or_take_what_fits(desk: Desk, small_disk: Path) -> None:
    desk.given({f"/{number}.bin": BIG for number in range(5)}, {"/small.txt": b"s"})
    desk.to(small_disk)

    for typed in ("0\n", "\n", "x\n"):
        assert desk.download(typed=typed).exit_code == 5
        assert desk.files() == {}
        assert "Nothing was downloaded." in desk.said.getvalue()
    result = desk.download(typed="1\n")

    assert result.exit_code == 5
    assert len(desk.files()) == 5, desk.said.getvalue()
    assert "small.txt" in desk.files()
    assert "1 file (1.0 MB) left out for want of room. Make room, then choose 4 again." in desk.said.getvalue()


def test_a_file_that_the_disk_cannot_take_is_named_before_and_the_others_come(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.given({"/a.bin": BIG, "/small.txt": b"s"})
    monkeypatch.setattr("onedrive.local.folder.look_at_disk", lambda *_, **__: DiskRoom(largest_file_bytes=1_000_000))

    assert desk.download().exit_code == 3
    assert desk.files() == {"small.txt": b"s"}
    assert "this disk cannot hold files of 4 GiB or more" in desk.errors()["/a.bin"]
    said = desk.said.getvalue()
    assert said.index("1 item cannot be kept on this computer:") < said.index("1 file downloaded (1 B)")


def test_a_second_home_may_not_download_into_the_same_folder_at_the_same_time(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    drive.add_file("/a.bin", BIG)
    desk.list_drive()
    partial = desk.downloads / ".partial"

    with DownloadsLock(desk.downloads, partial, "option 4 with the home /other"):
        (partial / "other's.part").touch()
        with pytest.raises(AnotherRun, match="option 4 with the home /other") as caught:
            desk.download()

    assert caught.value.exit_code == 6
    assert desk.fetched() == 0
    assert desk.partials() == ["other's.part"]


# --- what goes wrong on the way ---------------------------------------------------------------------------------------


class _MendingClock(FakeClock):
    """When the program waits for the network, it comes back."""

    def __init__(self, demo: FaultyServer) -> None:
        super().__init__()
        self._demo = demo

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        if seconds == FIRST_WAIT_SECONDS:
            self._demo.be_well()
        return super().wait(stop, seconds)


def _lose_network(demo: FaultyServer) -> None:
    demo.reset_next(on="files", times=None)
    demo.reset_next(on="graph", times=None)


@pytest.mark.parametrize("files", [60, 9])
def test_an_outage_is_waited_for_and_everything_comes(
    drive: DemoDrive, demo: FaultyServer, home: Path, http: HttpClient, tokens: FixedToken, files: int
) -> None:
    pause = SharedPause(lambda _: None, clock=_MendingClock(demo))
    desk = Desk(home, GraphSession(http, tokens, pause), http, demo)
    desk.given({f"/{number}.txt": b"%d" % number * 1000 for number in range(files)})
    demo.when_bytes_served(1_500, lambda: _lose_network(demo))

    result = desk.download()

    said = desk.said.getvalue()
    assert result.exit_code == 0, said
    assert len(desk.files()) == files
    assert "What came is kept; the work goes on by itself when the connection is back." in said
    assert "Trying again until " in said
    assert "The connection is back after 5 s; going on." in said
    assert f"{files} files downloaded (" in said
    assert "there already" not in said
    assert desk.errors() == {}


def test_an_outage_that_lasts_ends_the_run_after_half_an_hour(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, clock: FakeClock
) -> None:
    desk.given({f"/{number}.txt": b"%d" % number * 1000 for number in range(60)})
    demo.when_bytes_served(20_000, lambda: _lose_network(demo))

    with pytest.raises(ConnectionLost):
        desk.download()

    assert sum(clock.waits) > 1700
    assert "downloaded so far; files that were begun continue where they stopped." in desk.said.getvalue()
    demo.be_well()
    assert desk.download().exit_code == 0
    assert len(desk.files()) == 60


def test_the_last_files_that_an_outage_met_come_in_a_second_round(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    desk.given({"/a.bin": BIG, "/b.bin": BIG})
    demo.reset_next(on="files", times=6, path="/b.bin")

    result = desk.download()

    assert result.exit_code == 0, desk.said.getvalue()
    assert sorted(desk.files()) == ["a.bin", "b.bin"]
    assert "2 files downloaded" in desk.said.getvalue()
