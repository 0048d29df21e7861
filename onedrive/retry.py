"""Asking again: which answers are worth it, how long to wait before, and when to stop.

One `Attempts` lives as long as one request is tried. What the service asks for with Retry-After or with a throttling
status pauses the whole run; what looks like a passing fault pauses only the thread that met it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from onedrive.errors import ConnectionLost
from onedrive.pause import SharedPause, read_retry_after

THROTTLED = frozenset({429, 509})
TRANSIENT = frozenset({408, 500, 502, 503, 504})
MOST_FAULTS = 6  # the waits between them add up to about a minute
MOST_THROTTLES = 50
LONGEST_BACKOFF_SECONDS = 300.0
NOTEWORTHY_WAIT_SECONDS = 4.0


class Attempts:
    """How often one request has failed, and how.

    `set_aside`: what is entered for as long as this one waits by itself, so that others may work meanwhile.
    """

    def __init__(
        self, pause: SharedPause, *, set_aside: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._pause = pause
        self._set_aside = set_aside
        self._faults = 0
        self._throttles = 0

    def may_repeat_after_status(self, status: int, headers: Mapping[str, str], host: str) -> bool:
        """Wait as `status` asks for and return True, or return False: this answer is final (or came too often)."""
        wait_seconds = read_retry_after(headers.get("Retry-After"), self._pause.clock.now())
        if status in THROTTLED or (status in TRANSIENT and wait_seconds is not None):
            self._throttles += 1
            if self._throttles > MOST_THROTTLES:
                return False
            self._pause.begin(wait_seconds if wait_seconds is not None else backoff_seconds(self._throttles), host)
            return True
        return status in TRANSIENT and self.may_repeat(f"{host} answered with error {status}")

    def may_repeat_after_loss(self, error: ConnectionLost) -> bool:
        """Wait a little and return True, or return False when the connection was lost too often."""
        return self.may_repeat(f"The connection to {error.host} was lost ({error.reason})")

    def may_repeat(self, what_happened: str) -> bool:
        """Count one passing fault, wait a little longer than last time, and return True; False when it is enough."""
        self._faults += 1
        if self._faults >= MOST_FAULTS:
            return False
        wait_seconds = backoff_seconds(self._faults)
        if wait_seconds >= NOTEWORTHY_WAIT_SECONDS:
            self._pause.tell(f"{what_happened}; trying again in {wait_seconds:.0f} seconds.")
        else:
            self._pause.note(f"{what_happened}; trying again in {wait_seconds:.1f} seconds.")
        with self._set_aside():
            self._pause.sleep(wait_seconds)
        return True


def backoff_seconds(failures: int) -> float:
    """1, 2, 4, 8 … 300 seconds, each up to a quarter longer so that many clients do not come back together."""
    return float(min(2.0 ** (failures - 1), LONGEST_BACKOFF_SECONDS) * (1 + random.random() / 4))
