"""Waiting: what Retry-After says, and the one pause of a run."""

from __future__ import annotations

import threading

import pytest

from onedrive.errors import Stopped
from onedrive.net.patience import LONGEST_WAIT_SECONDS, SharedPause, read_retry_after
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


def test_ctrl_c_ends_a_pause_at_once() -> None:
    pause = SharedPause(lambda _text: None)
    pause.begin(3600, "graph.microsoft.com")
    threading.Timer(0.05, pause.stop.set).start()

    with pytest.raises(Stopped):
        pause.wait_while_paused()
