"""How many connections at a time help, how fast they may be, and what trouble does to both."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, HostNotFound, Stopped
from onedrive.graph.session import GraphSession
from onedrive.net.address import Address
from onedrive.net.client import HttpClient
from onedrive.net.patience import MOST_FAULTS, SharedPause
from onedrive.net.reply import Reply
from onedrive.transfer.connections import (
    AFTER_FAULTS_SECONDS,
    FEWEST_BUSY,
    FIRST,
    HOLD_SECONDS,
    LARGEST_BLOCK_BYTES,
    MOST,
    SETTLING_SECONDS,
    SMALLEST_BLOCK_BYTES,
    TROUBLED_TOGETHER_SECONDS,
    WINDOW_SECONDS,
    Connections,
    Effort,
    RateLimit,
)
from tests.conftest import FakeClock
from tests.desk import Desk
from tests.faults.server import FaultyServer

LOST = ConnectionLost("host", "it was cut")


class Line:
    """A line on which so many bytes a second come, by how many connections there are; time passes as it is used."""

    def __init__(self, pause: SharedPause, most: int = MOST) -> None:
        self.seconds = 100.0
        self.cpu_seconds = 0.0
        self.connections = Connections(pause, most=most, clock=lambda: self.seconds, cpu_clock=lambda: self.cpu_seconds)

    def run(self, seconds: float, *, at_most: float = 1e12, cpus: float = 0.1) -> int:
        """Use it for a while, which takes so many processors' time; how many connections there are then."""
        end = self.seconds + seconds
        while self.seconds < end:
            rate = min(1e6 * self.connections.limit, at_most)
            self.seconds += 0.01
            self.cpu_seconds += 0.01 * cpus
            self.connections.count(int(rate * 0.01))
        return self.connections.limit

    def trouble(self, *files: object) -> int:
        """These files fail now; how many connections there are then."""
        for file in files:
            self.connections.trouble(file)
        return self.connections.limit


@pytest.fixture
def line(pause: SharedPause) -> Line:
    return Line(pause)


@pytest.mark.parametrize(("most", "used"), [(100, MOST), (6, 6), (1, 1)])
def test_more_are_used_while_throughput_grows_but_no_more_than_allowed(
    pause: SharedPause, most: int, used: int
) -> None:
    line = Line(pause, most)

    assert (line.connections.limit, line.run(2)) == (min(FIRST, most), used)
    assert 3 * WINDOW_SECONDS + 2 * SETTLING_SECONDS < 2


def test_they_are_judged_when_each_has_had_an_answer(line: Line) -> None:
    answer = threading.Event()

    def work() -> None:
        line.connections.enter()
        answer.wait(5)
        line.connections.answered("host")

    threads = [threading.Thread(target=work) for _ in range(FIRST)]
    for thread in threads:
        thread.start()
    while line.connections._at_work < FIRST:  # nothing else says that all have their turn
        pass

    assert line.run(3) == FIRST
    answer.set()
    for thread in threads:
        thread.join(5)
    assert line.run(2) == MOST


def test_connections_that_bring_nothing_are_given_up_and_tried_again_later(line: Line) -> None:
    assert (line.run(3, at_most=4e6), line.run(2 * HOLD_SECONDS)) == (FIRST, MOST)


def test_where_this_computer_sets_the_pace_fewer_do_as_well(line: Line) -> None:
    """Each of them costs then, and brings nothing."""
    assert line.run(5, at_most=1e6, cpus=2.0) == FEWEST_BUSY
    assert line.run(5, at_most=1e6, cpus=2.0) == FEWEST_BUSY
    assert line.run(5) == MOST  # the line sets it again


def test_where_fewer_bring_less_they_come_back_and_more_are_tried_however_busy_this_computer_is(line: Line) -> None:
    """A slow computer on a long line may be busy and yet need them."""
    assert line.run(1.5 * WINDOW_SECONDS, cpus=2.0) < FIRST
    assert line.run(2, cpus=2.0) == MOST


def test_an_idle_turn_is_no_reason_for_more(line: Line) -> None:
    for _ in range(100):
        line.connections.idle()
        line.run(0.05)

    assert line.connections.limit == FIRST


def test_trouble_of_several_files_halves_them_at_once_and_all_feel_the_same_trouble_once(line: Line) -> None:
    line.run(3)

    assert line.trouble(*range(16)) == 8
    line.run(1.5)
    assert line.trouble("one", "another") == 4
    assert line.run(AFTER_FAULTS_SECONDS + 2) == MOST
    for file in range(20):
        line.seconds += 2
        line.trouble(file)
    assert line.connections.limit == 1


@pytest.mark.parametrize(("files", "apart"), [(["the same"] * 30, 1.1), (range(9), 2 * TROUBLED_TOGETHER_SECONDS)])
def test_one_file_that_fails_again_and_again_and_those_far_apart_cost_nothing(
    line: Line, files: list[object], apart: float
) -> None:
    line.run(3)

    for file in files:
        line.trouble(file)
        line.run(apart)

    assert line.connections.limit == MOST


def test_throttling_anywhere_in_the_run_halves_them(line: Line, pause: SharedPause) -> None:
    line.run(3)

    pause.begin(30, "graph.microsoft.com")

    assert line.run(0.1) == 8


def test_who_has_something_in_hand_goes_before_who_has_not_and_no_more_than_the_limit_work(pause: SharedPause) -> None:
    connections = Connections(pause, most=1)
    order: list[str] = []
    assert connections.enter()

    def wait(name: str, *, first: bool) -> None:
        if connections.enter(first=first):
            order.append(name)
            connections.leave()

    threads = [threading.Thread(target=wait, args=("new",), kwargs={"first": False}) for _ in range(3)]
    threads.append(threading.Thread(target=wait, args=("in hand",), kwargs={"first": True}))
    for thread in threads:
        thread.start()
    while not connections._first_waiting:  # nothing else says that all of them wait
        pass
    assert not connections.may_stay()
    assert not order
    connections.leave()
    for thread in threads:
        thread.join(5)

    assert order == ["in hand", "new", "new", "new"]


def test_giving_way_lets_others_work_when_there_are_too_many(line: Line) -> None:
    for _ in range(FIRST):
        assert line.connections.enter()
    line.trouble("one", "another")
    giving_way = threading.Thread(target=line.connections.give_way)
    giving_way.start()

    giving_way.join(0.3)
    assert giving_way.is_alive()
    for _ in range(FIRST - 1):
        line.connections.leave()
    giving_way.join(5)

    assert not giving_way.is_alive()


def test_the_end_of_the_run_ends_the_waiting(pause: SharedPause) -> None:
    connections = Connections(pause, most=1)
    assert connections.enter()
    pause.stop.set()

    assert not connections.enter()
    with pytest.raises(Stopped), connections.set_aside():
        pass
    with pytest.raises(Stopped):
        RateLimit(10, pause).take(10**6)


# --- one file's trouble -----------------------------------------------------------------------------------------------


class PatientClock(FakeClock):
    """Its waits of a second and more end when `until` says so; `was_in_vain` when that never happened."""

    def __init__(self) -> None:
        super().__init__()
        self.until: Callable[[], bool] = lambda: True
        self.was_in_vain = False

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        end = time.monotonic() + 20
        while seconds >= 1 and not self.was_in_vain and not self.until() and not stop.is_set():
            self.was_in_vain = time.monotonic() > end
            time.sleep(0.01)
        return super().wait(stop, seconds)


class _UnknownHost(HttpClient):
    """A client on a computer that finds all hosts but one."""

    def fetch(self, address: Address, headers: Mapping[str, str]) -> Reply:
        if address.host == "nowhere.files.1drv.com":
            raise HostNotFound(address.host)
        return super().fetch(address, headers)


class TestOneBadFile:
    """All others come while it waits, even over one connection."""

    @pytest.fixture
    def clock(self) -> PatientClock:
        return PatientClock()

    @pytest.mark.parametrize("fault", ["500", "a page", "cut", "a host that does not exist"])
    def test_it_holds_up_no_other(
        self, demo: FaultyServer, graph: GraphSession, home: Path, clock: PatientClock, fault: str
    ) -> None:
        http = _UnknownHost(demo_port=demo.port)
        desk = Desk(home, graph, http, demo)
        desk.given({f"/{name}": b"x" * 20_000 for name in ("a.bin", *(f"good{number}.bin" for number in range(12)))})
        match fault:
            case "500":
                demo.fail_next(500, on="files", times=None, path="/a.bin")
            case "a page":
                demo.html_page_next(on="files", times=None, path="/a.bin")
            case "cut":
                demo.cut_body_next(0, times=None, path="/a.bin")
            case _:
                demo.redirect_files_to("nowhere.files.1drv.com", times=None, path="/a.bin")
        clock.until = lambda: len(list(desk.downloads.glob("good*"))) == 12

        result = desk.download(jobs=1)
        http.close()

        assert (result.exit_code, list(desk.errors())) == (3, ["/a.bin"])
        assert not clock.was_in_vain
        if "host" in fault:
            assert "nowhere.files.1drv.com could not be found" in desk.errors()["/a.bin"]
            assert sum(clock.waits) < 5


def _effort(pause: SharedPause, connections: Connections, file: str = "a file") -> Effort:
    assert connections.enter()
    return Effort(pause, connections, file)


@pytest.mark.parametrize("answers_before", [False, True])
def test_a_name_that_is_not_found_is_a_lost_connection_where_no_other_host_tells_more(
    pause: SharedPause, answers_before: bool
) -> None:
    connections = Connections(pause)
    effort, tries = _effort(pause, connections), 0
    if answers_before:
        connections.answered("host")

    with pytest.raises(HostNotFound):
        while tries := tries + 1:
            effort.lost(HostNotFound("host"), 0)
            if answers_before:
                connections.answered("another host")

    assert tries == MOST_FAULTS


def test_several_files_faults_are_the_connections_trouble_once_for_each_and_ones_alone_is_none(
    line: Line, pause: SharedPause
) -> None:
    one, other = (_effort(pause, line.connections, name) for name in ("one", "another"))
    for _ in range(2):
        one.lost(LOST, 0)
    assert line.connections.limit == FIRST

    for _ in range(3):
        other.lost(LOST, 0)
        line.seconds += 2

    assert line.connections.limit == FIRST // 2


# --- --limit-rate -----------------------------------------------------------------------------------------------------


def test_so_many_bytes_take_so_many_seconds_and_unused_time_is_not_saved_up(
    pause: SharedPause, clock: FakeClock
) -> None:
    limit = RateLimit(1_000_000, pause)
    for idle_seconds in (0, 3600):
        clock.seconds += idle_seconds
        began = clock.seconds
        for _ in range(100):
            limit.take(100_000)
        assert 9.4 <= clock.seconds - began <= 10.1
    assert RateLimit(math.inf, pause).take(10**9) == 0.0


def test_blocks_are_small_where_little_is_allowed(pause: SharedPause) -> None:
    blocks = [RateLimit(rate, pause).block_bytes for rate in (1, 80_000, 10**9, math.inf)]

    assert blocks == [SMALLEST_BLOCK_BYTES, 10_000, LARGEST_BLOCK_BYTES, LARGEST_BLOCK_BYTES]
