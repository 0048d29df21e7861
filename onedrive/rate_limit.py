"""RateLimit: no more than so many bytes a second, over all connections together (a token bucket)."""

from __future__ import annotations

import threading
from typing import Protocol

from onedrive.pause import SharedPause

LARGEST_BLOCK_BYTES = 131_200  # two stretches of QuickXorHash; what a killed program may have to fetch again
SMALLEST_BLOCK_BYTES = 4096
_BURST_SECONDS = 0.5


class Limit(Protocol):
    """Who says how fast bytes may come."""

    block_bytes: int

    def take(self, size_bytes: int) -> float:
        """Wait until so many bytes are allowed, and say how many seconds that took. Raises Stopped."""
        ...


class NoLimit:
    """As fast as they come."""

    block_bytes = LARGEST_BLOCK_BYTES

    def take(self, size_bytes: int) -> float:
        """Nothing to wait for."""
        del size_bytes
        return 0.0


class RateLimit:
    """At most `bytes_per_second`; unused time is saved up for half a second."""

    def __init__(self, bytes_per_second: int, pause: SharedPause) -> None:
        self.block_bytes = max(SMALLEST_BLOCK_BYTES, min(LARGEST_BLOCK_BYTES, bytes_per_second // 8))
        self._bytes_per_second = max(1, bytes_per_second)
        self._pause = pause
        self._lock = threading.Lock()
        self._free_at = pause.clock.monotonic()

    def take(self, size_bytes: int) -> float:
        """Wait until so many bytes are allowed, and say how many seconds that took. Raises Stopped."""
        with self._lock:
            now = self._pause.clock.monotonic()
            starts = max(self._free_at, now - _BURST_SECONDS)
            self._free_at = starts + size_bytes / self._bytes_per_second
            wait_seconds = self._free_at - now
        if wait_seconds <= 0:
            return 0.0
        self._pause.sleep(wait_seconds)
        return wait_seconds
