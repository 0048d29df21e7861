"""Waiting: the clock of a run, the one pause that all its requests share, and asking again after what may pass.

When the service says 'wait', every thread waits: requests that are sent while it throttles count and prolong it
(Graph throttling guidance); afterwards they come no faster than the service has shown to take them (`Pace`). A wait
ends at once when the person presses Ctrl-C. `ask_patiently` is the one loop that asks again, for Graph and for the
sign-in; a download counts with `Attempts` alone, since it continues what it has.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TypeVar

from onedrive.errors import ConnectionLost, OneDriveError, Stopped
from onedrive.net.hosts import name_service

LONGEST_WAIT_SECONDS = 2 * 3600.0
_T = TypeVar("_T")


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


LEAST_PER_SECOND = 1.0
_RAISED_EACH_SECONDS = 5.0
_SLOWER, _MUCH_SLOWER, _LITTLE_FASTER, _FASTER = 0.95, 0.5, 1.003, 1.1
_NEAR = (0.94, 1.1)  # times the pace at which requests were refused last
_FEW = 5  # after a pause; what is refused then was on its way before it


class Pace:
    """How many requests a second the service takes, learned from what it refuses; no limit before it refuses any.

    Then as many as it took within the last second, and more every few seconds: but a little near where it refused some.
    """

    def __init__(self) -> None:
        self.per_second = math.inf
        self._sent: deque[float] = deque(maxlen=256)  # since the last pause
        self._refused: list[float] = []
        self._too_many = math.inf
        self._raised_at = 0.0
        self._next_at = 0.0

    def refused(self, now: float) -> None:
        """One request was not taken."""
        if len(self._sent) >= _FEW:
            self._refused.append(now)

    def seconds_to_wait(self, now: float) -> float:
        """Until the next request may be sent, which is counted as sent then."""
        if self._refused:
            self._learn()
            self._sent.clear()
            self._refused, self._raised_at = [], now
        elif now - self._raised_at >= _RAISED_EACH_SECONDS:
            is_near = _NEAR[0] < self.per_second / self._too_many < _NEAR[1]
            self.per_second *= _LITTLE_FASTER if is_near else _FASTER
            self._raised_at = now
        at = max(now, self._next_at)
        self._next_at = at + 1 / self.per_second
        self._sent.append(at)
        return at - now

    def _learn(self) -> None:
        end = self._refused[0]
        if self.per_second == math.inf:
            taken = sum(end - 1.0 < at <= end for at in self._sent) - len(self._refused)
            self.per_second = max(taken, LEAST_PER_SECOND)
        else:
            self._too_many = self.per_second
            seconds = end - self._sent[0]  # what it took in less than one was all that it takes in one
            self.per_second = max(self.per_second * min(max(seconds, _MUCH_SLOWER), _SLOWER), LEAST_PER_SECOND)


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
        self._pace = Pace()

    def wait_for_turn(self) -> None:
        """Return when one request may be sent. Raises Stopped after Ctrl-C."""
        is_my_turn = False
        while not is_my_turn:
            self.wait_while_paused()
            with self._lock:
                wait_seconds = self._pace.seconds_to_wait(self.clock.monotonic())
            if wait_seconds > 0:
                self.sleep(wait_seconds)
            is_my_turn = not self._seconds_left()  # a pause may have begun meanwhile

    def wait_while_paused(self) -> None:
        """Return when nothing asks us to wait any more. Raises Stopped after Ctrl-C."""
        self.check()
        while left := self._seconds_left():
            self.clock.wait(self.stop, left)
            self.check()

    def _seconds_left(self) -> float:
        with self._lock:
            return max(0.0, self._until - self.clock.monotonic())

    def begin(self, seconds: float, host: str, *, is_too_fast: bool = True) -> None:
        """The service asked for a pause: nobody sends anything before it is over, nor too fast after it."""
        seconds = min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
        with self._lock:
            self.times_throttled += 1
            now = self.clock.monotonic()
            if is_too_fast:
                self._pace.refused(now)
            until = now + seconds
            longer = until > self._until + 0.5
            self._until = max(self._until, until)
        if longer:
            self._tell_wait(host, seconds, self.clock.now() + seconds)
        if longer and seconds >= 1:
            clock_time = time.strftime("%H:%M:%S", time.localtime(self.clock.now() + seconds))
            self.tell(
                f"OneDrive asks us to wait until {clock_time}; {self.done_so_far} are safe."
                if self.done_so_far
                else f"{name_service(host)} asks us to wait until {clock_time}. "
                "The work then goes on by itself; what is done is safe."
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


def find_header(headers: Mapping[str, str], name: str) -> str | None:
    """A header however its name is written: inside a batch the names are plain keys (json-batching)."""
    return next((value for other, value in headers.items() if other.lower() == name.lower()), None)


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
        wait_seconds = read_retry_after(find_header(headers, "Retry-After"), self._pause.clock.now())
        if status in THROTTLED or (status in TRANSIENT and wait_seconds is not None):
            self._throttles += 1
            if self._throttles > MOST_THROTTLES:
                return False
            seconds = wait_seconds if wait_seconds is not None else backoff_seconds(self._throttles)
            self._pause.begin(seconds, host, is_too_fast=status in THROTTLED)
            return True
        return status in TRANSIENT and self.may_repeat(f"{host} answered with error {status}")

    def may_repeat_after(self, trouble: MayPass) -> bool:
        """Wait as it asks for and return True; False: it is final, or came too often."""
        if trouble.status:
            return self.may_repeat_after_status(trouble.status, trouble.headers, trouble.host)
        return self.may_repeat(trouble.what_happened)

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


class MayPass(Exception):
    """Something went wrong that may pass by itself; `error` is what it is when it does not.

    `status` and `headers` are those of the host's answer; without a status, `what_happened` says it in words.
    """

    def __init__(
        self, error: OneDriveError, host: str, *, status: int = 0, headers: Mapping[str, str] = MappingProxyType({}),
        what_happened: str = "",
    ) -> None:  # fmt: skip
        super().__init__(error.sentence)
        self.error = error
        self.host = host
        self.status = status
        self.headers = headers
        self.what_happened = what_happened


def ask_patiently(pause: SharedPause, ask: Callable[[], _T]) -> _T:
    """What `ask` gives; after MayPass and ConnectionLost it asks again, and never while the run is paused.

    Raises Stopped, and the error when it came too often; a loss that was given up within `ask` is final here too.
    """
    attempts = Attempts(pause)
    while True:
        pause.wait_while_paused()
        try:
            return ask()
        except MayPass as trouble:
            if not attempts.may_repeat_after(trouble):
                raise trouble.error from trouble
        except ConnectionLost as lost:
            if lost.is_given_up or not attempts.may_repeat_after_loss(lost):
                lost.is_given_up = True
                raise


@contextmanager
def losses_are_final() -> Iterator[None]:
    """Within the block a lost connection is not asked again: what was sent works once, or a person waits."""
    try:
        yield
    except ConnectionLost as lost:
        lost.is_given_up = True
        raise


def backoff_seconds(failures: int) -> float:
    """1, 2, 4, 8 … 300 seconds, each up to a quarter longer so that many clients do not come back together."""
    return float(min(2.0 ** (failures - 1), LONGEST_BACKOFF_SECONDS) * (1 + random.random() / 4))
