"""Waiting for a device code: how often the service is asked, what is shown, and how it ends."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, Stopped
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.signin.attempts import DeviceFlow, wait_for_device_code
from onedrive.signin.tokens import Granted, SignInBusy
from onedrive.terminal.terminal import Terminal
from tests.conftest import FakeClock

PENDING, SLOWER = "authorization_pending", "slow_down"
GIVEN = Granted(Settings(Path("home"), Path("home")), {"access_token": "t"}, "")


def _wait(
    pause: SharedPause, *answers: Granted | str | Exception, asked_at: list[float] | None = None
) -> tuple[Granted | None, str]:
    """What was granted and what was shown; `asked_at` gets the seconds after which the service was asked."""
    waiting = iter(answers)
    began = pause.clock.monotonic()

    def poll() -> Granted | str:
        if asked_at is not None:
            asked_at.append(round(pause.clock.monotonic() - began))
        answer = next(waiting, PENDING)
        if isinstance(answer, Exception):
            raise answer
        return answer

    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, environ={})
    flow = DeviceFlow(
        "ABC12DEF", "https://www.microsoft.com/link", expires_in_seconds=900, interval_seconds=5, poll=poll
    )
    return wait_for_device_code(flow, terminal=terminal, pause=pause), output.getvalue()


def test_the_code_and_the_address_are_shown_large(pause: SharedPause) -> None:
    _, shown = _wait(pause, GIVEN)

    assert "    https://www.microsoft.com/link\n" in shown
    assert "    A  B  C  1  2  D  E  F\n" in shown
    assert "ABC12DEF" in shown


def test_the_service_is_asked_as_often_as_it_says(pause: SharedPause) -> None:
    asked_at: list[float] = []

    answer, _ = _wait(pause, PENDING, SLOWER, PENDING, GIVEN, asked_at=asked_at)

    assert answer == GIVEN
    assert asked_at == [5, 10, 20, 30]


def test_a_lost_connection_or_an_overloaded_service_ends_nothing(pause: SharedPause) -> None:
    asked_at: list[float] = []

    answer, shown = _wait(pause, ConnectionLost("host", "it was cut"), SignInBusy(503, {}), GIVEN, asked_at=asked_at)

    assert answer == GIVEN
    assert "it was cut. Asking again." in shown
    assert asked_at == [5, 15, 30]


def test_after_its_time_the_code_has_expired(pause: SharedPause, clock: FakeClock) -> None:
    answer, _ = _wait(pause)

    assert answer is None
    assert sum(clock.waits) == pytest.approx(900)


def test_ctrl_c_ends_the_waiting(pause: SharedPause) -> None:
    pause.stop.set()

    with pytest.raises(Stopped):
        _wait(pause)
