"""No more than so many bytes a second."""

from __future__ import annotations

import math

import pytest

from onedrive.errors import Stopped
from onedrive.net.patience import SharedPause
from onedrive.transfer.connections import LARGEST_BLOCK_BYTES, SMALLEST_BLOCK_BYTES, RateLimit
from tests.conftest import FakeClock


def test_so_many_bytes_take_so_many_seconds(pause: SharedPause, clock: FakeClock) -> None:
    limit = RateLimit(1_000_000, pause)
    began = clock.seconds

    for _ in range(100):
        limit.take(100_000)

    assert 9.4 <= clock.seconds - began <= 10.1


def test_unused_time_is_not_saved_up(pause: SharedPause, clock: FakeClock) -> None:
    limit = RateLimit(1_000_000, pause)
    clock.seconds += 3600
    began = clock.seconds

    for _ in range(50):
        limit.take(100_000)

    assert clock.seconds - began >= 4.4


def test_blocks_are_small_where_little_is_allowed(pause: SharedPause) -> None:
    blocks = [RateLimit(rate, pause).block_bytes for rate in (1, 80_000, 10**9)]

    assert blocks == [SMALLEST_BLOCK_BYTES, 10_000, LARGEST_BLOCK_BYTES]


def test_without_a_limit_nothing_waits(pause: SharedPause) -> None:
    assert RateLimit(math.inf, pause).take(10**9) == 0.0


def test_ctrl_c_ends_the_wait(pause: SharedPause) -> None:
    limit = RateLimit(10, pause)
    pause.stop.set()

    with pytest.raises(Stopped):
        limit.take(10**6)
