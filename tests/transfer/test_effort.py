"""What one file's trouble costs it, and does not cost the others."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from download_list import download
from onedrive.errors import ConnectionLost, HostNotFound
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import MOST_FAULTS, SharedPause
from onedrive.net.reply import Reply, Timeouts
from onedrive.step_result import StepResult
from onedrive.terminal.terminal import Terminal
from onedrive.transfer.connections import FIRST, Connections, Effort
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.desk import Desk
from tests.faults.server import FaultyServer

Spoil = Callable[[FaultyServer], object]
ONE_BAD_FILE: dict[str, Spoil] = {
    "500": lambda demo: demo.fail_next(500, on="files", times=None, path="/a.bin"),
    "a page": lambda demo: demo.html_page_next(on="files", times=None, path="/a.bin"),
    "cut": lambda demo: demo.cut_body_next(0, times=None, path="/a.bin"),
}


class PatientClock(FakeClock):
    """Its waits of a second and more end when `until` says so; `was_in_vain` when that never happened."""

    def __init__(self) -> None:
        super().__init__()
        self.until: Callable[[], bool] = lambda: True
        self.was_in_vain = False

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        end = time.monotonic() + 5
        while seconds >= 1 and not self.was_in_vain and not self.until() and not stop.is_set():
            self.was_in_vain = time.monotonic() > end
            time.sleep(0.01)
        return super().wait(stop, seconds)


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


@pytest.fixture
def http(demo: FaultyServer) -> Iterator[HttpClient]:
    client = HttpClient(demo_port=demo.port, timeouts=Timeouts(connect_seconds=2, silence_seconds=2, body_seconds=3))
    yield client
    client.close()


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    return Desk(home, graph, http, demo)


def _download_over_one_connection(desk: Desk, graph: GraphSession, http: HttpClient) -> StepResult:
    terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})
    return download(terminal, desk.settings, graph, http, jobs=1)


@pytest.mark.parametrize("fault", ONE_BAD_FILE)
def test_all_other_files_come_while_a_bad_one_waits_even_over_one_connection(
    drive: DemoDrive,
    demo: FaultyServer,
    desk: Desk,
    graph: GraphSession,
    http: HttpClient,
    clock: PatientClock,
    fault: str,
) -> None:
    for name in ("a.bin", *(f"good{number}.bin" for number in range(12))):
        drive.add_file(f"/{name}", b"x" * 20_000)
    desk.list_drive()
    ONE_BAD_FILE[fault](demo)
    clock.until = lambda: len(list(desk.downloads.glob("good*"))) == 12

    result = _download_over_one_connection(desk, graph, http)

    assert (result.exit_code, list(desk.errors())) == (3, ["/a.bin"])
    assert not clock.was_in_vain


class _UnknownHost(HttpClient):
    """A client on a computer that finds all hosts but one."""

    def fetch(self, url: str, headers: Mapping[str, str]) -> Reply:
        if url.startswith("https://nowhere.files.1drv.com/"):
            raise HostNotFound("nowhere.files.1drv.com")
        return super().fetch(url, headers)


def test_a_host_that_one_file_alone_is_sent_to_and_that_does_not_exist_costs_few_tries(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, clock: PatientClock
) -> None:
    for name in ("a.bin", *(f"good{number}.bin" for number in range(12))):
        drive.add_file(f"/{name}", b"x" * 20_000)
    demo.redirect_files_to("nowhere.files.1drv.com", times=None, path="/a.bin")
    http = _UnknownHost(demo_port=demo.port)
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    clock.until = lambda: len(list(desk.downloads.glob("good*"))) == 12

    result = _download_over_one_connection(desk, graph, http)
    http.close()

    assert (result.exit_code, list(desk.errors())) == (3, ["/a.bin"])
    assert "nowhere.files.1drv.com could not be found" in desk.errors()["/a.bin"]
    assert sum(clock.waits) < 5


def test_a_name_that_cannot_be_found_while_nobody_is_answered_is_a_lost_connection(pause: SharedPause) -> None:
    connections = Connections(pause)
    assert connections.enter()
    effort = Effort(pause, connections, "a file")

    tries = 0
    with pytest.raises(HostNotFound):
        while tries := tries + 1:
            effort.lost(HostNotFound("host"), 0)

    assert tries == MOST_FAULTS


def test_a_host_that_answered_before_is_looked_for_as_long_as_any_lost_connection(pause: SharedPause) -> None:
    connections = Connections(pause)
    assert connections.enter()
    connections.answered("host")
    effort = Effort(pause, connections, "a file")

    with pytest.raises(HostNotFound):
        for _ in range(MOST_FAULTS):
            effort.lost(HostNotFound("host"), 0)
            connections.answered("another host")


def test_one_files_faults_leave_all_turns_to_the_others(pause: SharedPause) -> None:
    connections = Connections(pause)
    assert connections.enter()
    effort = Effort(pause, connections, "a file")

    with pytest.raises(ConnectionLost):
        while True:
            effort.lost(ConnectionLost("host", "it was cut"), 0)

    assert connections.limit == FIRST


def test_several_files_faults_are_the_connections_trouble_once_for_each(pause: SharedPause) -> None:
    seconds = 100.0
    connections = Connections(pause, clock=lambda: seconds)
    for _ in range(2):
        assert connections.enter()
    efforts = [Effort(pause, connections, file) for file in ("one", "another")]

    for _ in range(4):
        for effort in efforts:
            effort.lost(ConnectionLost("host", "it was cut"), 0)
        seconds += 2

    assert connections.limit == FIRST // 2
