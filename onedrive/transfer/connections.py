"""How many connections at a time help, how fast they may be, and what trouble does to both.

What is measured is bytes a second of all of them, each request counting as some kilobytes more, so that many small
files and few large ones are measured alike. Twice as many are tried; if that brings a tenth more they stay, else they
go again and it is tried later. Where not the line but this computer sets the pace, more only cost: there half as many
are tried, and stay if hardly less comes. After throttling, or errors with several files, half of them are left at once
(Graph throttling guidance: start again with fewer); what one file alone meets is no reason for that.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from onedrive.errors import ConnectionLost, FileHostFailed, HostNotFound, NotAskedFor
from onedrive.net.patience import TRANSIENT, Attempts, SharedPause
from onedrive.net.reply import Reply, Timeouts

FIRST, FEWEST = 12, 4  # at first, where many files wait and where few do
MOST = 16  # more got people blocked (graph-facts §3.7)
REQUEST_WORTH_BYTES = 20_000
WINDOW_SECONDS = 0.25
SETTLING_SECONDS = 0.2  # new connections greet first
WORTHWHILE = 1.1
BEARABLE = 0.95  # of the rate, with half as many
# So much CPU a second is all that one interpreter can use well; the rest waits for it.
BUSY_CPUS = min(1.05, 0.9 * (os.cpu_count() or 1))
FEWEST_BUSY = 2
HOLD_SECONDS = 10.0
AFTER_FAULTS_SECONDS = 3.0  # then more are tried again; after throttling it takes HOLD_SECONDS
TROUBLED_TOGETHER_SECONDS = 5.0  # faults of several files within such a time are the connections' trouble
LONGEST_HOLD_SECONDS = 120.0
_SAMPLES_EACH = 2
_SAME_TROUBLE_SECONDS = 1.0
_LINE_POLL_SECONDS = 0.2


class Connections:
    """How many may be at work now; shared by the threads of a run. `most`: the person's own limit."""

    def __init__(
        self,
        pause: SharedPause,
        *,
        most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
        cpu_clock: Callable[[], float] = time.process_time,
    ) -> None:
        self.most = max(1, min(most, MOST))
        self.limit = min(FIRST, self.most)
        self._pause = pause
        self._clock = clock
        self._cpu_clock = cpu_clock
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._at_work = 0
        self._answered: set[int] = set()  # threads whose turn has had an answer
        self._first_waiting = 0  # of those who wait, how many have something in hand
        self._throttles = pause.times_throttled
        self._last_trouble = -_SAME_TROUBLE_SECONDS
        self._troubled: dict[Hashable, float] = {}  # file, and when it last met a fault
        self._rate_before: tuple[int, float] | None = None  # the limit and the rate before others were tried
        self._hold_seconds = HOLD_SECONDS
        self._next_try = 0.0
        self._next_fewer = 0.0
        self._began = 0.0
        self._cpu_began = 0.0
        self._are_new = True  # some of them may have had no answer yet
        self._bytes, self._samples, self._had_idle = 0, 0, False
        self.requests_answered = 0  # in the whole run
        self.hosts_answering: set[str] = set()

    def begin_with(self, files: int) -> None:
        """So many files wait: where they are few, several connections for one of them must first show that they help.

        What comes before its turn costs more.
        """
        self.limit = min(self.limit, max(FEWEST, files))

    def enter(self, *, first: bool = False) -> bool:
        """Wait for a turn, `first` before those that have nothing in hand; False when the run ends first."""
        with self._changed:
            self._first_waiting += first
            while self._at_work >= self._current_limit() or (self._first_waiting and not first):
                if self._pause.stop.is_set():
                    break
                self._changed.wait(_LINE_POLL_SECONDS)
            self._first_waiting -= first
            self._at_work += 1
        if self._pause.stop.is_set():
            self.leave()
            return False
        return True

    def may_stay(self) -> bool:
        """True when whoever has a turn may begin something new without asking for another."""
        with self._lock:
            return self._at_work <= self._current_limit() and not self._first_waiting

    def leave(self) -> None:
        """The turn is over."""
        with self._lock:
            self._at_work -= 1
            self._answered.discard(threading.get_ident())
            if self._first_waiting:
                self._changed.notify_all()
            else:
                self._changed.notify()

    def give_way(self) -> None:
        """Let others work when there are fewer turns now than are taken. Raises Stopped."""
        with self._lock:
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
                with self._lock:
                    self._at_work += 1  # `leave` follows all the same
        self._pause.check()

    def count(self, size_bytes: int) -> None:
        """So many bytes came, on one of the connections."""
        with self._lock:
            now, limit = self._clock(), self._current_limit()
            if now < self._began:
                return
            if self._rate_before and self._at_work > limit:
                self._began = now
                return  # of fewer nothing is known before the others have left
            if self._are_new:
                self._are_new = len(self._answered) < self._at_work
                self._began = now
                return  # before each of them has brought something, there is nothing to compare
            if not self._samples:
                self._cpu_began = self._cpu_clock()
            self._bytes += size_bytes
            self._samples += 1
            if now - self._began >= WINDOW_SECONDS and self._samples >= _SAMPLES_EACH * limit:
                is_busy = (self._cpu_clock() - self._cpu_began) / (now - self._began) >= BUSY_CPUS
                self._judge(self._bytes / (now - self._began), now, is_busy=is_busy)

    def answered(self, host: str) -> None:
        """A host answered a request, which is worth some bytes."""
        with self._lock:
            self.requests_answered += 1
            self._answered.add(threading.get_ident())
            self.hosts_answering.add(host)
        self.count(REQUEST_WORTH_BYTES)

    def idle(self) -> None:
        """A turn was free and there was no work for it: more of them would not help."""
        self._had_idle = True

    def trouble(self, file: Hashable) -> None:
        """Something failed with this file: half as many from now on, if others had trouble just before as well."""
        with self._lock:
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

    def _judge(self, rate: float, now: float, *, is_busy: bool) -> None:
        """Decide at the end of a window with so many bytes a second; `is_busy`: this computer had all it can do."""
        before, self._rate_before = self._rate_before, None
        if self._had_idle:
            pass
        elif before and self.limit < before[0] and rate < before[1] * BEARABLE:
            self.limit = before[0]
            self._pause.note(f"Fewer connections brought less: back to {self.limit} at a time.")
            self._next_fewer = now + HOLD_SECONDS
            self._changed.notify_all()
        elif before and self.limit > before[0] and rate < before[1] * WORTHWHILE:
            self.limit = before[0]
            self._pause.note(f"More connections did not help: back to {self.limit} at a time.")
            self._next_try = now + self._hold_seconds
            self._hold_seconds = min(2 * self._hold_seconds, LONGEST_HOLD_SECONDS)
        elif is_busy and self.limit > FEWEST_BUSY and now >= self._next_fewer:
            self._rate_before = (self.limit, rate)
            self.limit = max(FEWEST_BUSY, self.limit // 2)
            self._pause.note(f"This computer is busy: trying {self.limit} connections at a time.")
        elif self.limit < self.most and now >= self._next_try:
            self._rate_before = (self.limit, rate)
            self.limit = min(self.most, 2 * self.limit)
            self._pause.note(f"Trying {self.limit} connections at a time.")
            self._changed.notify_all()
            self._are_new = True
            now += SETTLING_SECONDS
        self._measure_from(now)

    def _measure_from(self, moment: float) -> None:
        self._began = moment
        self._bytes, self._samples, self._had_idle = 0, 0, False


LARGEST_BLOCK_BYTES = 131_200  # two stretches of QuickXorHash; what a killed program may have to fetch again
SMALLEST_BLOCK_BYTES = 4096
_BURST_SECONDS = 0.5


class RateLimit:
    """At most `bytes_per_second` (infinite: no limit); unused time is saved up for half a second."""

    def __init__(self, bytes_per_second: float, pause: SharedPause) -> None:
        self.block_bytes = int(max(SMALLEST_BLOCK_BYTES, min(LARGEST_BLOCK_BYTES, bytes_per_second / 8)))
        self._bytes_per_second = max(1.0, bytes_per_second)
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


_MOST_NOT_FOUND = 3  # times that a host is looked for while others answer
_NOTEWORTHY_BYTES = 64 * 1024  # less than this between two losses is no progress


class Effort:
    """How much trouble there has been so far; whoever makes an effort has a turn, and leaves it while it waits.

    `file` tells one file's trouble from another's: what one file alone meets says nothing about the connections.
    """

    def __init__(self, pause: SharedPause, connections: Connections, file: Hashable) -> None:
        self.attempts = Attempts(pause, set_aside=connections.set_aside)
        self.refusals = 0  # of addresses, since one worked
        self.wrong_ranges = 0  # replies with other bytes than were asked for
        self.pages = 0
        self.is_stuck = False  # the last loss came without any progress
        self._pause = pause
        self._connections = connections
        self._file = file
        self._is_known = False  # as troubled, since it last got further
        self._most_bytes = 0
        self._not_found = 0  # times in a row
        self._answered_before = 0

    def fault(self, reply: Reply, reason: str) -> None:
        """Give the reply up and wait a little. Raises FileHostFailed when what may pass does not."""
        reply.close()
        self._tell_connections()
        if not self.attempts.may_repeat(f"{reply.host} {reason}"):
            raise FileHostFailed(reply.host, reason)

    def failed(self, reply: Reply) -> None:
        """Give the reply up and wait as its status asks for. Raises FileHostFailed when that status is final."""
        reply.close()
        if reply.status in TRANSIENT and "Retry-After" not in reply.headers:
            self._tell_connections()  # what throttles the whole run is seen by `Connections` itself
        if not self.attempts.may_repeat_after_status(reply.status, reply.headers, reply.host):
            raise FileHostFailed(reply.host, f"answered with error {reply.status}")

    def lost(self, error: ConnectionLost, size_bytes: int) -> None:
        """Wait a little; raises the error when the connection was lost too often without getting further.

        Raises FileHostFailed for a host that only this file is sent to and that does not exist.
        """
        self._give_up_a_name_that_is_not_known(error)
        self.is_stuck = size_bytes < self._most_bytes + _NOTEWORTHY_BYTES
        if not self.is_stuck:
            self._is_known = False
            self.attempts = Attempts(self._pause, set_aside=self._connections.set_aside)
        self._tell_connections()
        self._most_bytes = max(self._most_bytes, size_bytes)
        if not self.attempts.may_repeat_after_loss(error):
            raise error

    def _give_up_a_name_that_is_not_known(self, error: ConnectionLost) -> None:
        """Others were answered while a host was looked for that never answered in this run: it is not the network."""
        if not isinstance(error, HostNotFound) or error.host in self._connections.hosts_answering:
            self._not_found = 0
            return
        self._not_found += 1
        if self._not_found == 1:
            self._answered_before = self._connections.requests_answered
        if self._not_found >= _MOST_NOT_FOUND and self._connections.requests_answered > self._answered_before:
            raise FileHostFailed(error.host, "could not be found, while other files came")

    def _tell_connections(self) -> None:
        """A file that fails again and again is no news to them."""
        if not self._is_known:
            self._is_known = True
            self._connections.trouble(self._file)


REFUSED_IN_A_ROW = 12
MOST_REFUSED_IN_A_ROW = 40
_KNOWN_AFTER = 3  # files; a fresh address did not help any of them
_ASKED_ALL_THE_SAME = 20  # one file in so many


class Refusals:
    """Files that the host refuses in one way, one after the other; shared by the threads of a run.

    Where all are, the next are not asked for, but for a few, and the first ones of another folder: when one comes, all
    are asked for again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._way: tuple[int, str] | None = None  # status and code
        self._files: dict[Hashable, Hashable] = {}  # refused in a row, and the folder of each
        self._not_asked = 0

    def check(self, folder: Hashable) -> None:
        """Raise NotAskedFor where asking would be in vain."""
        with self._lock:
            refused = len(self._files)
            if refused < REFUSED_IN_A_ROW or self._way is None:
                return
            if refused < MOST_REFUSED_IN_A_ROW and folder not in self._files.values():
                return
            self._not_asked += 1
            if self._not_asked % _ASKED_ALL_THE_SAME:
                raise NotAskedFor(refused, f"{self._way[0]} {self._way[1]}".rstrip())

    def is_known(self, status: int, code: str) -> bool:
        """Whether so many were refused in this way that a fresh address is not worth a request."""
        with self._lock:
            return self._way == (status, code) and len(self._files) >= _KNOWN_AFTER

    def add(self, file: Hashable, folder: Hashable, status: int, code: str) -> None:
        """A file was refused for good."""
        with self._lock:
            if self._way != (status, code):
                self._way, self._files = (status, code), {}
            self._files[file] = folder

    def end(self) -> None:
        """A file comes: nothing is blocked."""
        if self._files:
            with self._lock:
                self._files = {}


class SpeedWatch:
    """Notices a connection that drips."""

    def __init__(self, timeouts: Timeouts, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeouts = timeouts
        self._clock = clock
        self._since = clock()
        self._size_bytes = 0

    def saw(self, size_bytes: int, host: str) -> None:
        """So many bytes came now. Raises ConnectionLost when they have come too slowly for too long."""
        self._size_bytes += size_bytes
        seconds = self._clock() - self._since
        if seconds < self._timeouts.slow_seconds:
            return
        if self._size_bytes < self._timeouts.least_bytes_per_second * seconds:
            raise ConnectionLost(host, "it sent next to nothing for too long")
        self._since, self._size_bytes = self._clock(), 0

    def waited(self, seconds: float) -> None:
        """We ourselves took no bytes for so long."""
        self._since += seconds
