"""Waiting and asking again: what Retry-After says, the one pause of a run, growing waits, an end to them."""

from __future__ import annotations

import threading
from contextlib import nullcontext

import pytest

from onedrive.errors import ConnectionLost, Stopped
from onedrive.net.patience import (
    LONGEST_BACKOFF_SECONDS,
    LONGEST_WAIT_SECONDS,
    MOST_FAULTS,
    MOST_THROTTLES,
    Attempts,
    SharedPause,
    ask_patiently,
    backoff_seconds,
    losses_are_final,
    read_retry_after,
)
from tests.conftest import FakeClock

NOON = 1_790_000_000.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("1.5", 1.5),
        ("Mon, 21 Sep 2026 14:13:20 GMT", 0.0),
        ("Mon, 21 Sep 2026 14:14:20 GMT", 60.0),
        ("Mon, 21 Sep 2026 14:00:00 GMT", 0.0),
        ("999999999", LONGEST_WAIT_SECONDS),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_or_not_at_all(header: str | None, seconds: float | None) -> None:
    assert read_retry_after(header, now=NOON) == seconds


def test_every_request_waits_while_the_run_is_paused_and_a_second_shorter_pause_does_not_shorten_it(
    pause: SharedPause, clock: FakeClock, said: list[str]
) -> None:
    pause.begin(60, "graph.microsoft.com")
    pause.begin(60, "graph.microsoft.com")
    pause.begin(1, "graph.microsoft.com")

    pause.wait_while_paused()

    assert sum(clock.waits) == 60
    assert len(said) == 1
    assert said[0].startswith("OneDrive asks us to wait until ")


def test_after_a_refusal_requests_come_nearly_as_fast_as_the_service_takes_them(
    pause: SharedPause, clock: FakeClock
) -> None:
    taken, refused, began = list[float](), 0, clock.monotonic()
    while len(taken) < 1000:
        pause.wait_for_turn()
        if clock.monotonic() < taken[-10] + 1 if len(taken) >= 10 else False:
            refused += 1
            pause.begin(1, "graph.microsoft.com")
        else:
            taken.append(clock.monotonic())

    assert refused <= 0.01 * len(taken)
    assert clock.monotonic() - began < 1.06 * len(taken) / 10


def test_a_service_that_is_unwell_for_a_while_is_asked_as_fast_as_before(pause: SharedPause, clock: FakeClock) -> None:
    for _ in range(10):
        pause.wait_for_turn()
        clock.wait(pause.stop, 0.5)
    assert Attempts(pause).may_repeat_after_status(503, {"Retry-After": "10"}, "graph.microsoft.com")
    pause.wait_while_paused()
    began = clock.monotonic()

    for _ in range(1000):
        pause.wait_for_turn()

    assert clock.monotonic() == began


def test_ctrl_c_ends_a_pause_at_once() -> None:
    pause = SharedPause(lambda _text: None)
    pause.begin(3600, "graph.microsoft.com")
    threading.Timer(0.05, pause.stop.set).start()

    with pytest.raises(Stopped):
        pause.wait_while_paused()


HOST = "graph.microsoft.com"


@pytest.mark.parametrize(("failures", "least"), [(1, 1), (2, 2), (3, 4), (4, 8), (9, 256), (10, 300), (60, 300)])
def test_waits_double_up_to_five_minutes_with_some_jitter(failures: int, least: float) -> None:
    assert least <= backoff_seconds(failures) <= least * 1.25 <= LONGEST_BACKOFF_SECONDS * 1.25


def test_faults_are_repeated_a_few_times(pause: SharedPause, clock: FakeClock) -> None:
    attempts = Attempts(pause)

    answers = [attempts.may_repeat_after_status(500, {}, HOST) for _ in range(MOST_FAULTS)]

    assert answers == [True] * (MOST_FAULTS - 1) + [False]
    assert len(clock.waits) == MOST_FAULTS - 1


def test_throttling_pauses_the_run_and_is_borne_longer(pause: SharedPause, clock: FakeClock) -> None:
    attempts = Attempts(pause)

    answers = [attempts.may_repeat_after_status(429, {"Retry-After": "1"}, HOST) for _ in range(MOST_THROTTLES + 1)]

    assert answers == [True] * MOST_THROTTLES + [False]
    assert clock.waits == []  # whoever sends next waits


@pytest.mark.parametrize(("status", "headers"), [(429, {}), (509, {}), (503, {"Retry-After": "7"})])
def test_what_pauses_everybody(pause: SharedPause, status: int, headers: dict[str, str]) -> None:
    Attempts(pause).may_repeat_after_status(status, headers, HOST)

    assert pause.times_throttled == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 412, 416, 423, 501])
def test_a_final_answer_is_not_repeated(pause: SharedPause, clock: FakeClock, status: int) -> None:
    assert not Attempts(pause).may_repeat_after_status(status, {}, HOST)
    assert clock.waits == []


def test_a_long_wait_is_told(pause: SharedPause, said: list[str]) -> None:
    attempts = Attempts(pause)

    for _ in range(3):
        attempts.may_repeat("The connection was lost")

    assert len(said) == 1
    assert said[0].startswith("The connection was lost; trying again in ")


@pytest.mark.parametrize("is_final", [False, True])
def test_patience_is_not_multiplied_and_what_was_given_up_within_is_not_asked_again(
    pause: SharedPause, clock: FakeClock, is_final: bool
) -> None:
    def lose() -> None:
        with losses_are_final() if is_final else nullcontext():
            raise ConnectionLost(HOST, "it was cut")

    with pytest.raises(ConnectionLost):
        ask_patiently(pause, lambda: ask_patiently(pause, lose))

    assert len(clock.waits) == (0 if is_final else MOST_FAULTS - 1)
