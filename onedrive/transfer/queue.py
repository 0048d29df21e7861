"""Threads that take tasks in order, while the main thread stays free for Ctrl-C.

The tasks come from an iterator that may itself ask the service (a folder page at a time): it runs in a thread of its
own and is never far ahead. How many threads work at a time is decided by `transfer/connections`; one that finds no
task helps another. The first error that is no matter of one file ends the run; bytes in hand stay on the disk.

Not a pool of the library's: that knows neither turns nor helping, and its threads keep the program from ending when
one of them hangs on a dead connection.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Generic, TypeVar

from onedrive.errors import NO_THREADS, OneDriveError, Stopped
from onedrive.net.workers import begin_thread
from onedrive.transfer.connections import Connections

Task = TypeVar("Task")
TASKS_AHEAD = 256
SPARE_WORKERS = 8  # they take the turns of those who wait before they ask again
LEAVING_SECONDS = 2.0  # how long Ctrl-C waits for threads that wait for the network; they write nothing any more
_POLL_SECONDS = 0.1
_FEWEST_THREADS = 2  # one that brings tasks, one that does them


class DownloadQueue(Generic[Task]):
    """Runs `work` for every task in threads as they get turns; `stop` is set when the run is to end early.

    `help_out` is called by a thread that has no task; it returns False when there is nothing to help with.
    """

    def __init__(
        self,
        work: Callable[[Task], None],
        *,
        turns: Connections,
        stop: threading.Event,
        help_out: Callable[[], bool] = lambda: False,
    ) -> None:
        self._work = work
        self._turns = turns
        self._stop = stop
        self._help_out = help_out
        self._ahead: deque[Task] = deque()
        self._has_end = False
        self._tasks_in_work = 0
        self._changed = threading.Condition()
        self._error: BaseException | None = None
        self._workers = turns.most + SPARE_WORKERS
        self._threads_left = self._workers + 1
        self._all_ended = threading.Event()

    def run(self, tasks: Iterable[Task]) -> None:
        """Return when all is done. Raises the error that ended the run, Stopped, KeyboardInterrupt."""
        try:
            self._begin(lambda: self._feed(tasks), self._take_tasks)
            # Not Thread.join: when Ctrl-C interrupts that, Python 3.11 takes the thread for ended (bpo-45274).
            while not self._all_ended.wait(_POLL_SECONDS) and not self._stop.is_set():
                pass
        except KeyboardInterrupt:
            self._leave()
            raise
        if self._stop.is_set():
            self._leave()
            raise self._error or Stopped

    def _begin(self, feed: Callable[[], None], take: Callable[[], None]) -> None:
        """Start the threads, fewer where the system gives no more. Raises OneDriveError where they are too few."""
        for number, part in enumerate([feed, *[take] * self._workers]):
            if not begin_thread(partial(self._guard, part), f"download {number}"):
                missing = self._workers + 1 - number
                with self._changed:
                    self._threads_left -= missing
                    if not self._threads_left:
                        self._all_ended.set()
                if number < _FEWEST_THREADS:
                    self._stop.set()
                    raise OneDriveError(*NO_THREADS)
                return

    def has_ended(self, seconds: float) -> bool:
        """Wait until all threads have left; False when one has not after so long."""
        return self._all_ended.wait(seconds)

    def _leave(self) -> None:
        """Let the threads finish what they write; short waits, so that a second Ctrl-C ends that at once everywhere."""
        self._stop.set()
        for _ in range(round(LEAVING_SECONDS / _POLL_SECONDS)):
            if self._all_ended.wait(_POLL_SECONDS):
                return

    def _guard(self, part: Callable[[], None]) -> None:
        """Run a thread's part; what it raises ends the whole run and is raised in the main thread."""
        try:
            part()
        except Stopped:
            self._stop.set()
        except BaseException as error:
            with self._changed:
                self._error = self._error or error
            self._stop.set()
        finally:
            with self._changed:
                self._threads_left -= 1
                if not self._threads_left:
                    self._all_ended.set()

    def _feed(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            with self._changed:
                while len(self._ahead) >= TASKS_AHEAD and not self._stop.is_set():
                    self._changed.wait(_POLL_SECONDS)
                if self._stop.is_set():
                    return
                self._ahead.append(task)
                self._changed.notify()
        with self._changed:
            self._has_end = True
            self._changed.notify_all()

    def _take_tasks(self) -> None:
        while self._turns.enter():
            try:
                while self._take_one() and self._turns.may_stay() and not self._stop.is_set():
                    pass
            finally:
                self._turns.leave()
            with self._changed:
                if self._is_over() or self._stop.is_set():
                    return
                if not self._ahead:
                    self._changed.wait(_POLL_SECONDS)

    def _take_one(self) -> bool:
        """Do one task, or help with one; False when there is nothing to do now."""
        with self._changed:
            task = self._ahead.popleft() if self._ahead else None
            self._tasks_in_work += task is not None
            if len(self._ahead) == TASKS_AHEAD - 1:
                self._changed.notify_all()
        if task is not None:
            try:
                self._work(task)
            finally:
                with self._changed:
                    self._tasks_in_work -= 1
                    if self._is_over():
                        self._changed.notify_all()
            return True
        if self._help_out():
            return True
        self._turns.idle()
        return False

    def _is_over(self) -> bool:
        return self._has_end and not self._ahead and not self._tasks_in_work
