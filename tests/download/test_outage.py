"""The network that went away in the middle of the work: how long it is waited for."""

from __future__ import annotations

import itertools

import pytest

from onedrive.download.run import PATIENCE_SECONDS, Outage
from onedrive.errors import ConnectionLost, Stopped
from onedrive.net.patience import SharedPause
from tests.conftest import FakeClock

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


@pytest.mark.parametrize(("received_bytes", "least", "most"), [(1000, PATIENCE_SECONDS, 61), (0, 0, 1)])
def test_patience_ends_half_an_hour_after_the_last_byte_and_without_one_it_never_begins(
    clock: FakeClock, pause: SharedPause, received_bytes: int, least: float, most: float
) -> None:
    with pytest.raises(ConnectionLost):
        Line(pause, away=1000).outage.wait(LOST, received_bytes)

    assert least <= sum(clock.waits) < least + most


def test_a_second_outage_has_half_an_hour_of_its_own_if_bytes_came_between(pause: SharedPause) -> None:
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


def test_ctrl_c_ends_the_wait(pause: SharedPause) -> None:
    pause.stop.set()

    with pytest.raises(Stopped):
        Line(pause, away=10).outage.wait(LOST, 1000)
