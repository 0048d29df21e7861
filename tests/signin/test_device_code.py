"""Waiting for a device code: how often the service is asked, what is shown, and how it ends."""

from __future__ import annotations

import io

import pytest

from onedrive.errors import ConnectionLost, Stopped
from onedrive.net.patience import SharedPause
from onedrive.signin.attempts import Answer, DeviceCode, wait_for_device_code
from onedrive.signin.tokens import SignInBusy
from onedrive.terminal.terminal import Terminal
from tests.conftest import FakeClock

CODE = DeviceCode("ABC12DEF", "https://www.microsoft.com/link", expires_in_seconds=900, interval_seconds=5)
PENDING = {"error": "authorization_pending"}
GIVEN = {"access_token": "t"}


def _wait(
    pause: SharedPause, *answers: Answer | Exception, asked_at: list[float] | None = None
) -> tuple[Answer, str]:  # fmt: skip
    """The answer and what was shown; `asked_at` gets the seconds after which the service was asked."""
    waiting = iter(answers)
    began = pause.clock.monotonic()

    def poll() -> Answer:
        if asked_at is not None:
            asked_at.append(round(pause.clock.monotonic() - began))
        answer = next(waiting, PENDING)
        if isinstance(answer, Exception):
            raise answer
        return answer

    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, environ={})
    return wait_for_device_code(CODE, poll, terminal=terminal, pause=pause), output.getvalue()


def test_the_code_and_the_address_are_shown_large(pause: SharedPause) -> None:
    _, shown = _wait(pause, GIVEN)

    assert "    https://www.microsoft.com/link\n" in shown
    assert "    A  B  C  1  2  D  E  F\n" in shown
    assert "ABC12DEF" in shown


def test_the_service_is_asked_as_often_as_it_says(pause: SharedPause) -> None:
    asked_at: list[float] = []

    answer, _ = _wait(pause, PENDING, {"error": "slow_down"}, PENDING, GIVEN, asked_at=asked_at)

    assert answer == GIVEN
    assert asked_at == [5, 10, 20, 30]


def test_a_lost_connection_or_an_overloaded_service_ends_nothing(pause: SharedPause) -> None:
    asked_at: list[float] = []

    answer, shown = _wait(pause, ConnectionLost("host", "it was cut"), SignInBusy(503, {}), GIVEN, asked_at=asked_at)

    assert answer == GIVEN
    assert "it was cut. Asking again." in shown
    assert asked_at == [5, 15, 30]


def test_a_refusal_is_the_answer(pause: SharedPause) -> None:
    declined = {"error": "authorization_declined"}

    assert _wait(pause, PENDING, declined)[0] == declined


def test_after_its_time_the_code_has_expired(pause: SharedPause, clock: FakeClock) -> None:
    answer, _ = _wait(pause)

    assert answer == {"error": "expired_token"}
    assert sum(clock.waits) == pytest.approx(900)


def test_ctrl_c_ends_the_waiting(pause: SharedPause) -> None:
    pause.stop.set()

    with pytest.raises(Stopped):
        _wait(pause)
