"""How many connections at a time help."""

from __future__ import annotations

import threading

import pytest

from onedrive.errors import Stopped
from onedrive.net.patience import SharedPause
from onedrive.transfer.connections import (
    AFTER_FAULTS_SECONDS,
    FIRST,
    HOLD_SECONDS,
    MOST,
    SETTLING_SECONDS,
    TROUBLED_TOGETHER_SECONDS,
    WINDOW_SECONDS,
    Connections,
)


class Line:
    """A line on which so many bytes a second come, by how many connections there are; time passes as it is used."""

    def __init__(self, pause: SharedPause, most: int = MOST) -> None:
        self.seconds = 100.0
        self.connections = Connections(pause, most=most, clock=lambda: self.seconds)

    def run(self, seconds: float, *, each: float = 1e6, at_most: float = 1e12) -> None:
        """Use it for a while."""
        end = self.seconds + seconds
        while self.seconds < end:
            rate = min(each * self.connections.limit, at_most)
            self.seconds += 0.01
            self.connections.count(int(rate * 0.01))


def test_more_connections_are_used_while_throughput_grows(pause: SharedPause) -> None:
    line = Line(pause)
    began = line.connections.limit

    line.run(2)

    assert (began, line.connections.limit) == (FIRST, MOST)


def test_sixteen_are_reached_within_two_seconds(pause: SharedPause) -> None:
    assert 3 * WINDOW_SECONDS + 2 * SETTLING_SECONDS < 2


def test_no_more_than_the_person_allows(pause: SharedPause) -> None:
    few, one, many = Line(pause, most=6), Line(pause, most=1), Line(pause, most=100)

    for line in (few, one, many):
        line.run(5)

    assert [line.connections.limit for line in (few, one, many)] == [6, 1, MOST]


def test_connections_that_bring_nothing_are_given_up_and_tried_again_later(pause: SharedPause) -> None:
    line = Line(pause)

    line.run(3, at_most=4e6)
    when_full = line.connections.limit
    line.run(2 * HOLD_SECONDS)

    assert (when_full, line.connections.limit) == (FIRST, MOST)


def test_an_idle_turn_is_no_reason_for_more(pause: SharedPause) -> None:
    line = Line(pause)

    for _ in range(100):
        line.connections.idle()
        line.run(0.05)

    assert line.connections.limit == FIRST


def test_trouble_halves_them_at_once_and_all_feel_the_same_trouble_once(pause: SharedPause) -> None:
    line = Line(pause)
    line.run(3)

    for file in range(16):
        line.connections.trouble(file)
    at_once = line.connections.limit
    line.run(1.5)
    line.connections.trouble("one")
    line.connections.trouble("another")

    assert (at_once, line.connections.limit) == (8, 4)


def test_one_file_that_fails_again_and_again_costs_no_connections(pause: SharedPause) -> None:
    line = Line(pause)
    line.run(3)

    for _ in range(30):
        line.connections.trouble("the same")
        line.run(1.1)

    assert line.connections.limit == MOST


def test_files_that_fail_long_after_each_other_cost_no_connections(pause: SharedPause) -> None:
    line = Line(pause)
    line.run(3)

    for file in range(9):
        line.connections.trouble(file)
        line.run(2 * TROUBLED_TOGETHER_SECONDS)

    assert line.connections.limit == MOST


def test_after_faults_growth_returns_soon(pause: SharedPause) -> None:
    line = Line(pause)
    line.run(3)

    line.connections.trouble("one")
    line.connections.trouble("another")
    fallen = line.connections.limit
    line.run(AFTER_FAULTS_SECONDS + 1)

    assert (fallen, line.connections.limit) == (8, MOST)


def test_throttling_anywhere_in_the_run_halves_them(pause: SharedPause) -> None:
    line = Line(pause)
    line.run(3)

    pause.begin(30, "graph.microsoft.com")
    line.run(0.1)

    assert line.connections.limit == 8


def test_they_never_fall_below_one(pause: SharedPause) -> None:
    line = Line(pause)

    for file in range(20):
        line.seconds += 2
        line.connections.trouble(file)

    assert line.connections.limit == 1


def test_no_more_than_the_limit_have_a_turn(pause: SharedPause) -> None:
    connections = Connections(pause, most=3)
    at_work: list[int] = []
    now = threading.Semaphore(0)

    def work() -> None:
        if connections.enter():
            at_work.append(1)
            now.release()

    for _ in range(8):
        threading.Thread(target=work, daemon=True).start()
    for _ in range(3):
        assert now.acquire(timeout=2)
    assert not now.acquire(timeout=0.3)
    connections.leave()

    assert now.acquire(timeout=2)
    pause.stop.set()


def test_who_has_something_in_hand_goes_before_who_has_not(pause: SharedPause) -> None:
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
    while not connections._first_waiting:
        pass
    assert not connections.may_stay()
    connections.leave()
    for thread in threads:
        thread.join(5)

    assert order == ["in hand", "new", "new", "new"]


def test_giving_way_lets_others_work_when_there_are_too_many(pause: SharedPause) -> None:
    connections = Connections(pause, most=4)
    for _ in range(4):
        assert connections.enter()
    connections.trouble("one")
    connections.trouble("another")
    gave_way = threading.Event()

    def give_way() -> None:
        connections.give_way()
        gave_way.set()

    threading.Thread(target=give_way, daemon=True).start()
    assert not gave_way.wait(0.3)
    for _ in range(3):
        connections.leave()

    assert gave_way.wait(2)


def test_the_end_of_the_run_ends_the_waiting(pause: SharedPause) -> None:
    connections = Connections(pause, most=1)
    assert connections.enter()
    pause.stop.set()

    assert not connections.enter()
    with pytest.raises(Stopped), connections.set_aside():
        pass
