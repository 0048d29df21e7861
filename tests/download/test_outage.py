"""The network that went away in the middle of the work."""

from __future__ import annotations

import pytest

from onedrive.download.run import PATIENCE_SECONDS, Outage
from onedrive.errors import ConnectionLost, Stopped
from onedrive.net.patience import SharedPause
from tests.conftest import FakeClock

LOST = ConnectionLost("graph.microsoft.com", "its name could not be found")


class _Network:
    """Is away for so many questions."""

    def __init__(self, away: int) -> None:
        self.away = away
        self.asked = 0

    def is_reachable(self) -> bool:
        self.asked += 1
        return self.asked > self.away


@pytest.fixture
def lines() -> list[str]:
    return []


def _outage(network: _Network, pause: SharedPause, lines: list[str]) -> Outage:
    return Outage(pause, network.is_reachable, lines.append)


def test_the_work_goes_on_when_the_network_is_back(clock: FakeClock, pause: SharedPause, lines: list[str]) -> None:
    _outage(_Network(away=6), pause, lines).wait(LOST, 1000)

    assert clock.waits == [5, 10, 20, 40, 60, 60, 60]
    assert lines[0].startswith("The connection to graph.microsoft.com was lost: its name could not be found. What came")
    assert lines[1].startswith("Trying again until ")
    assert lines[1].endswith(". Ctrl-C stops it.")
    assert lines[2] == "The connection is back after 4 min 15 s; going on."


def test_patience_ends_half_an_hour_after_the_last_byte(clock: FakeClock, pause: SharedPause, lines: list[str]) -> None:
    network = _Network(away=1000)

    with pytest.raises(ConnectionLost):
        _outage(network, pause, lines).wait(LOST, 1000)

    assert PATIENCE_SECONDS <= sum(clock.waits) < PATIENCE_SECONDS + 61


def test_without_a_byte_nothing_is_waited_for(clock: FakeClock, pause: SharedPause, lines: list[str]) -> None:
    with pytest.raises(ConnectionLost):
        _outage(_Network(away=0), pause, lines).wait(LOST, 0)

    assert not clock.waits
    assert not lines


def test_a_second_outage_has_half_an_hour_of_its_own_if_bytes_came_between(
    clock: FakeClock, pause: SharedPause, lines: list[str]
) -> None:
    network = _Network(away=20)
    outage = _outage(network, pause, lines)
    outage.wait(LOST, 1000)
    network.away += 20

    outage.wait(LOST, 2000)

    assert lines[-1].startswith("The connection is back")


def test_an_outage_without_new_bytes_uses_up_the_same_half_hour(
    clock: FakeClock, pause: SharedPause, lines: list[str]
) -> None:
    outage = _outage(_Network(away=0), pause, lines)
    outage.wait(LOST, 1000)
    rounds = 1

    with pytest.raises(ConnectionLost):
        while rounds < 1000:
            outage.wait(LOST, 1000)
            rounds += 1

    assert 25 < rounds < 40
    assert len(lines) == 3
    assert sum(clock.waits) <= PATIENCE_SECONDS + 60


def test_ctrl_c_ends_the_wait(pause: SharedPause, lines: list[str]) -> None:
    outage = _outage(_Network(away=10), pause, lines)
    pause.stop.set()

    with pytest.raises(Stopped):
        outage.wait(LOST, 1000)
