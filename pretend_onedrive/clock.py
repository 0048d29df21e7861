"""The pretend service's clock: real time, and as far ahead of it as a test wants."""

from __future__ import annotations

import time


class DemoClock:
    """Seconds since 1970, moved on by `advance` so that tokens and URLs grow old without waiting."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def now(self) -> float:
        """The present, in seconds since 1970."""
        return time.time() + self._ahead_seconds

    def advance(self, seconds: float) -> None:
        """Let this many seconds pass at once."""
        self._ahead_seconds += seconds
