"""Waiting: the clock of a run, and the one pause that all its requests share.

When the service says 'wait', every thread waits: requests that are sent while it throttles count and prolong it
(Graph throttling guidance). A wait ends at once when the person presses Ctrl-C.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from onedrive.errors import Stopped
from onedrive.host_names import name_service

LONGEST_WAIT_SECONDS = 2 * 3600.0


class Clock:
    """The time, and waiting; tests give their own."""

    def now(self) -> float:
        """Seconds since 1970, as `time.time`."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.monotonic()

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Wait so long, or until `stop` is set; True when it was set."""
        return stop.wait(seconds)


class SharedPause:
    """One pause for all requests of a run.

    `announce` is told in words when a new wait begins; `stop` is set when the run is to end (Ctrl-C). `note` is told
    what only a log wants to know; `tell_wait` the host, the seconds and the end of a wait (seconds since 1970).
    """

    def __init__(
        self,
        announce: Callable[[str], None],
        *,
        clock: Clock | None = None,
        note: Callable[[str], None] = lambda _: None,
        tell_wait: Callable[[str, float, float], None] = lambda *_: None,
    ) -> None:
        self.note = note
        self._tell_wait = tell_wait
        self.clock = clock or Clock()
        self.stop = threading.Event()
        self.times_throttled = 0
        self.done_so_far = ""  # in words, for the person who waits: '41,200 items so far'
        self._announce = announce
        self._lock = threading.Lock()
        self._until = 0.0

    def wait_while_paused(self) -> None:
        """Return when nothing asks us to wait any more. Raises Stopped after Ctrl-C."""
        while True:
            self.check()
            with self._lock:
                left = self._until - self.clock.monotonic()
            if left <= 0:
                return
            self.clock.wait(self.stop, left)

    def begin(self, seconds: float, host: str) -> None:
        """The service asked for a pause: nobody sends anything before it is over."""
        seconds = min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
        with self._lock:
            self.times_throttled += 1
            until = self.clock.monotonic() + seconds
            longer = until > self._until + 0.5
            self._until = max(self._until, until)
        if longer:
            self._tell_wait(host, seconds, self.clock.now() + seconds)
        if longer and seconds >= 1:
            clock_time = time.strftime("%H:%M:%S", time.localtime(self.clock.now() + seconds))
            if self.done_so_far:
                self._announce(f"OneDrive asks us to wait until {clock_time}; {self.done_so_far} are safe.")
                return
            self._announce(
                f"{name_service(host)} asks us to wait until {clock_time}. "
                "The work goes on by itself; what is done is safe."
            )

    def tell(self, text: str) -> None:
        """Say something about waiting to the person."""
        self._announce(text)

    def sleep(self, seconds: float) -> None:
        """Wait in one thread only, before it asks again. Raises Stopped after Ctrl-C."""
        if self.clock.wait(self.stop, seconds):
            raise Stopped

    def check(self) -> None:
        """Raise Stopped after Ctrl-C."""
        if self.stop.is_set():
            raise Stopped


def read_retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait from a Retry-After header: a number, or an HTTP date seen from `now` (seconds since 1970).

    None: no header, or one that says nothing (RFC 9110 §10.2.3).
    """
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, TypeError, OverflowError):
            return None
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
