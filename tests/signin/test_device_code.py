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


def _wait(pause: SharedPause, *answers: Granted | str | Exception) -> tuple[Granted | None, str, list[float]]:
    """What was granted, what was shown, and after how many seconds the service was asked."""
    waiting, asked_at, began = iter(answers), list[float](), pause.clock.monotonic()

    def poll() -> Granted | str:
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
    return wait_for_device_code(flow, terminal=terminal, pause=pause), output.getvalue(), asked_at


def test_the_code_is_shown_large_and_the_service_is_asked_as_often_as_it_says(pause: SharedPause) -> None:
    answer, shown, asked_at = _wait(pause, PENDING, SLOWER, PENDING, GIVEN)

    assert answer == GIVEN
    assert asked_at == [5, 10, 20, 30]
    assert "    https://www.microsoft.com/link\n" in shown
    assert "    A  B  C  1  2  D  E  F\n" in shown
    assert "ABC12DEF" in shown


def test_a_lost_connection_or_an_overloaded_service_ends_nothing(pause: SharedPause) -> None:
    answer, shown, asked_at = _wait(pause, ConnectionLost("host", "it was cut"), SignInBusy(503, {}), GIVEN)

    assert answer == GIVEN
    assert "it was cut. Asking again." in shown
    assert asked_at == [5, 15, 30]


def test_after_its_time_the_code_has_expired_and_ctrl_c_ends_the_waiting(pause: SharedPause, clock: FakeClock) -> None:
    answer, _, _ = _wait(pause)

    assert answer is None
    assert sum(clock.waits) == pytest.approx(900)
    pause.stop.set()
    with pytest.raises(Stopped):
        _wait(pause)
