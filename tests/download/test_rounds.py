"""One job of option 4 in rounds: room on the disk, an outage, threads."""

from __future__ import annotations

import itertools
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onedrive.download.run import FIRST_WAIT_SECONDS, PATIENCE_SECONDS, Outage
from onedrive.errors import AnotherRun, ConnectionLost, NotEnoughRoom, OneDriveError, Stopped, describe_fault
from onedrive.graph.session import GraphSession
from onedrive.home.lock import DownloadsLock
from onedrive.local.room import DiskRoom
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.transfer.connections import Connections
from onedrive.transfer.queue import LEAVING_SECONDS, TASKS_AHEAD, DownloadQueue
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
    words = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(words, capture_output=True).returncode:
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
    first_line, second_line = said[said.index("To download") :].splitlines()[:2]
    assert first_line.startswith("To download: 1 file, 4.0 MB, of which ")
    assert " came earlier. The disk has " in first_line
    assert first_line.endswith(" free.")
    assert second_line == "Already here: 2 files, 2.0 MB."
    assert "1 that OneDrive gives to no program." in said.splitlines()[-2]


@pytest.mark.parametrize("typed", [None, ""])
def test_without_room_and_a_person_who_answers_nothing_is_fetched(
    desk: Desk, small_disk: Path, typed: str | None
) -> None:
    desk.given({f"/{number}.bin": BIG for number in range(6)})
    desk.to(small_disk)

    with pytest.raises(NotEnoughRoom) as caught:
        desk.download(typed=typed)

    assert caught.value.exit_code == 5
    assert caught.value.sentence.startswith("There is not enough space on the disk: 6.1 MB needed, 4.2 MB usable")
    assert caught.value.sentence.endswith("so 2.0 MB is missing.")
    assert "4 of 6 files (4.1 MB)" in caught.value.hint
    assert desk.fetched() == 0
    assert list(small_disk.iterdir()) == []


def test_a_person_may_leave_it_or_take_what_fits(desk: Desk, small_disk: Path) -> None:
    desk.given({f"/{number}.bin": BIG for number in range(5)}, {"/small.txt": b"s"})
    desk.to(small_disk)

    for typed in ("0\n", "\n", "x\n0\n"):
        assert desk.download(typed=typed).exit_code == 5
        assert desk.files() == {}
        assert "Nothing was downloaded." in desk.said.getvalue()
    result = desk.download(typed="1\n")

    assert result.exit_code == 5
    assert len(desk.files()) == 5, desk.said.getvalue()
    assert "small.txt" in desk.files()
    assert "1 left out because the disk has no space." in desk.said.getvalue()


def test_a_file_that_the_disk_cannot_take_is_named_before_and_the_others_come(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.given({"/a.bin": BIG, "/small.txt": b"s"})
    monkeypatch.setattr("onedrive.local.folder.look_at_disk", lambda *_, **__: DiskRoom(largest_file_bytes=1_000_000))

    assert desk.download().exit_code == 3
    assert desk.files() == {"small.txt": b"s"}
    assert "this disk cannot hold files of 4 GiB or more" in desk.errors()["/a.bin"]
    said = desk.said.getvalue()
    assert said.index("1 file cannot be kept on this computer (") < said.index("1 downloaded and checked (1 B")


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


@pytest.mark.parametrize("files", [60, 9])  # with more and with fewer than there are connections
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
    assert f"{files} downloaded and checked (" in said
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
    assert "downloaded in this run; unfinished files go on where they stopped." in desk.said.getvalue()
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
    assert "Both files on the list are here: 2 downloaded and checked" in desk.said.getvalue()


# --- how long the network is waited for -------------------------------------------------------------------------------

LOST = ConnectionLost("graph.microsoft.com", "its name could not be found")


class Line:
    """An outage in which the network is away for so many questions; what was said of it."""

    def __init__(self, pause: SharedPause, away: int) -> None:
        self.away, self.asked, self.lines = away, 0, list[str]()
        self.outage = Outage(pause, self._is_reachable, self.lines.append)

    def _is_reachable(self) -> bool:
        self.asked += 1
        return self.asked > self.away


def test_the_work_goes_on_when_the_network_is_back(clock: FakeClock, pause: SharedPause) -> None:
    line = Line(pause, away=6)
    line.outage.wait(LOST, 1000)

    assert clock.waits == [5, 10, 20, 40, 60, 60, 60]
    assert line.lines[0].startswith("The connection to graph.microsoft.com was lost: its name could not be found. What")
    assert line.lines[1].startswith("Trying again until ")
    assert line.lines[1].endswith(". Ctrl-C stops it.")
    assert line.lines[2] == "The connection is back after 4 min 15 s; going on."


def test_without_a_byte_patience_never_begins_and_bytes_between_two_outages_renew_it(
    clock: FakeClock, pause: SharedPause
) -> None:
    with pytest.raises(ConnectionLost):
        Line(pause, away=1000).outage.wait(LOST, 0)
    assert sum(clock.waits) < 1
    line = Line(pause, away=20)
    line.outage.wait(LOST, 1000)
    line.away += 20

    line.outage.wait(LOST, 2000)

    assert line.lines[-1].startswith("The connection is back")


def test_an_outage_without_new_bytes_uses_up_the_same_half_hour(clock: FakeClock, pause: SharedPause) -> None:
    line, rounds = Line(pause, away=0), itertools.count()

    with pytest.raises(ConnectionLost):
        while next(rounds) < 1000:
            line.outage.wait(LOST, 1000)

    assert 25 < next(rounds) < 40
    assert len(line.lines) == 3
    assert sum(clock.waits) <= PATIENCE_SECONDS + 60


# --- threads ----------------------------------------------------------------------------------------------------------

FILES = {f"/folder {number % 3}/{number}.txt": b"x" * 5000 for number in range(12)}


@pytest.fixture(params=[0, 1, 2, 3])
def most(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many threads of each kind may be started by the program; the pretend OneDrive has as many as it likes."""
    start, started = threading.Thread.start, Counter[str]()

    def start_or_not(self: threading.Thread) -> None:
        if not self.name.startswith("Thread-") and self.name != "demo":
            kind = self.name.split()[0]
            started[kind] += 1
            if started[kind] > request.param:
                raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", start_or_not)
    return int(request.param)


def test_with_few_threads_everything_is_done_all_the_same(desk: Desk, most: int) -> None:
    desk.given(FILES)
    if most < 2:
        with pytest.raises(OneDriveError, match="no more threads"):
            desk.download()
        return

    assert desk.download().exit_code == 0
    assert len(desk.files()) == len(FILES)
    desk.verify()
    assert set(desk.classes().values()) == {"proven"}


def test_what_the_system_has_not_is_no_mistake_of_the_program() -> None:
    assert "no more threads" in describe_fault(RuntimeError("can't start new thread")).sentence
    assert "not have enough memory" in describe_fault(MemoryError()).sentence


def _queue(
    work: Callable[[int], None], pause: SharedPause, most: int = 4, help_out: Callable[[], bool] = lambda: False
) -> DownloadQueue[int]:
    return DownloadQueue[int](work, turns=Connections(pause, most=most), stop=pause.stop, help_out=help_out)


def test_tasks_are_made_only_a_little_ahead(pause: SharedPause) -> None:
    made: list[int] = []
    enough, made_when_first_ended = threading.Event(), []

    def tasks() -> Iterator[int]:
        for number in range(2000):
            made.append(number)
            if number == TASKS_AHEAD:
                enough.set()
            yield number

    def work(task: int) -> None:
        if task == 0:
            enough.wait(5)
            made_when_first_ended.append(len(made))

    _queue(work, pause, most=1).run(tasks())

    assert TASKS_AHEAD < made_when_first_ended[0] <= TASKS_AHEAD + 2


def test_ctrl_c_waits_for_the_work_in_hand_and_is_raised(pause: SharedPause) -> None:
    left_in_order: list[bool] = []

    def work(task: int) -> None:
        if task == 300:  # all threads have been started
            signal.raise_signal(signal.SIGINT)
            left_in_order.append(pause.stop.wait(5))
        time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt):
        _queue(work, pause).run(range(100_000))
    assert left_in_order == [True]


def test_a_second_ctrl_c_leaves_at_once_though_a_thread_hangs(pause: SharedPause) -> None:
    go_on = threading.Event()

    def work(task: int) -> None:
        if task == 0:
            signal.raise_signal(signal.SIGINT)
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
        go_on.wait(10)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _queue(work, pause).run(range(10))
    go_on.set()

    assert time.monotonic() - began < LEAVING_SECONDS - 0.5


def test_a_thread_without_a_task_helps_until_all_is_done(pause: SharedPause) -> None:
    helped: list[int] = []
    enough = threading.Event()

    def help_out() -> bool:
        helped.append(1)
        if len(helped) > 5:
            enough.set()
        return len(helped) <= 6

    _queue(lambda _: [enough.wait(5)].clear(), pause, help_out=help_out).run([1])

    assert enough.is_set()
