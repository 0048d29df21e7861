"""Connections: how many at a time help. Starts at four, grows to sixteen while throughput grows, falls on trouble.

What is measured is bytes a second of all of them, each request counting as some kilobytes more, so that many small
files and few large ones are measured alike. Twice as many are tried; if that brings a tenth more they stay, else they
go again and it is tried later. After throttling, or errors with several files, half of them are left at once (Graph
throttling guidance: start again with fewer); what one file alone meets is no reason for that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from onedrive.pause import SharedPause

FIRST = 4
MOST = 16  # more got people blocked (GRAPH_FACTS §3.7)
REQUEST_WORTH_BYTES = 20_000
WINDOW_SECONDS = 0.25
SETTLING_SECONDS = 0.2  # new connections greet first
WORTHWHILE = 1.1
HOLD_SECONDS = 10.0
AFTER_FAULTS_SECONDS = 3.0  # then more are tried again; after throttling it takes HOLD_SECONDS
TROUBLED_TOGETHER_SECONDS = 5.0  # faults of several files within such a time are the connections' trouble
LONGEST_HOLD_SECONDS = 120.0
_SAMPLES_EACH = 2
_SAME_TROUBLE_SECONDS = 1.0
_POLL_SECONDS = 0.2


class Connections:
    """How many may be at work now; shared by the threads of a run. `most`: the person's own limit."""

    def __init__(self, pause: SharedPause, *, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self.most = max(1, min(most, MOST))
        self.limit = min(FIRST, self.most)
        self._pause = pause
        self._clock = clock
        self._changed = threading.Condition()
        self._at_work = 0
        self._first_waiting = 0  # of those who wait, how many have something in hand
        self._throttles = pause.times_throttled
        self._last_trouble = -_SAME_TROUBLE_SECONDS
        self._troubled: dict[Hashable, float] = {}  # file, and when it last met a fault
        self._rate_before: tuple[int, float] | None = None  # the limit and the rate before more were tried
        self._hold_seconds = HOLD_SECONDS
        self._next_try = 0.0
        self._began: float | None = None
        self._bytes, self._samples, self._had_idle = 0, 0, False
        self.requests_answered = 0  # in the whole run
        self.hosts_answering: set[str] = set()

    def enter(self, *, first: bool = False) -> bool:
        """Wait for a turn, `first` before those that have nothing in hand; False when the run ends first."""
        with self._changed:
            self._first_waiting += first
            while self._at_work >= self._current_limit() or (self._first_waiting and not first):
                if self._pause.stop.is_set():
                    break
                self._changed.wait(_POLL_SECONDS)
            self._first_waiting -= first
            self._at_work += 1
        if self._pause.stop.is_set():
            self.leave()
            return False
        return True

    def may_stay(self) -> bool:
        """True when whoever has a turn may begin something new without asking for another."""
        with self._changed:
            return self._at_work <= self._current_limit() and not self._first_waiting

    def leave(self) -> None:
        """The turn is over."""
        with self._changed:
            self._at_work -= 1
            if self._first_waiting:
                self._changed.notify_all()
            else:
                self._changed.notify()

    def give_way(self) -> None:
        """Let others work when there are fewer turns now than are taken. Raises Stopped."""
        with self._changed:
            too_many = self._at_work > self._current_limit()
        if too_many:
            with self.set_aside():
                pass

    @contextmanager
    def set_aside(self) -> Iterator[None]:
        """Let another have the turn while this one waits for something else. Raises Stopped."""
        self.leave()
        try:
            yield
        finally:
            if not self.enter(first=True):
                with self._changed:
                    self._at_work += 1  # `leave` follows all the same
        self._pause.check()

    def count(self, size_bytes: int) -> None:
        """So many bytes came, on one of the connections."""
        with self._changed:
            now, limit = self._clock(), self._current_limit()
            if self._began is None:
                self._began = now
            if now < self._began:
                return
            self._bytes += size_bytes
            self._samples += 1
            if now - self._began >= WINDOW_SECONDS and self._samples >= _SAMPLES_EACH * limit:
                self._judge(self._bytes / (now - self._began), now)

    def answered(self, host: str) -> None:
        """A host answered a request, which is worth some bytes."""
        with self._changed:
            self.requests_answered += 1
            self.hosts_answering.add(host)
        self.count(REQUEST_WORTH_BYTES)

    def idle(self) -> None:
        """A turn was free and there was no work for it: more of them would not help."""
        self._had_idle = True

    def trouble(self, file: Hashable) -> None:
        """Something failed with this file: half as many from now on, if others had trouble just before as well."""
        with self._changed:
            now = self._clock()
            lately = {other: at for other, at in self._troubled.items() if now - at <= TROUBLED_TOGETHER_SECONDS}
            self._troubled = {**lately, file: now}
            if len(self._troubled) > 1:
                self._troubled = {file: now}  # the others' trouble has had its effect
                self._fall(AFTER_FAULTS_SECONDS)

    def _current_limit(self) -> int:
        """The limit, after whatever was throttled in the run meanwhile, at Graph too."""
        if self._pause.times_throttled != self._throttles:
            self._throttles = self._pause.times_throttled
            self._fall(HOLD_SECONDS)
        return self.limit

    def _fall(self, hold_seconds: float) -> None:
        now = self._clock()
        if now - self._last_trouble < _SAME_TROUBLE_SECONDS:
            return  # all connections meet the same trouble together
        self._last_trouble = now
        self.limit = max(1, self.limit // 2)
        self._pause.note(f"Trouble: {self.limit} connections at a time from now on.")
        self._rate_before = None
        self._next_try = now + hold_seconds
        self._measure_from(now)

    def _judge(self, rate: float, now: float) -> None:
        """Decide at the end of a window with so many bytes a second."""
        before, self._rate_before = self._rate_before, None
        if self._had_idle:
            pass
        elif before and rate < before[1] * WORTHWHILE:
            self.limit = before[0]
            self._pause.note(f"More connections brought no more: {self.limit} at a time.")
            self._next_try = now + self._hold_seconds
            self._hold_seconds = min(2 * self._hold_seconds, LONGEST_HOLD_SECONDS)
        elif self.limit < self.most and now >= self._next_try:
            self._rate_before = (self.limit, rate)
            self.limit = min(self.most, 2 * self.limit)
            self._pause.note(f"Trying {self.limit} connections at a time.")
            self._changed.notify_all()
            now += SETTLING_SECONDS
        self._measure_from(now)

    def _measure_from(self, moment: float) -> None:
        self._began = moment
        self._bytes, self._samples, self._had_idle = 0, 0, False
