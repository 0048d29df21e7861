"""DownloadQueue: a few threads that take tasks in order, while the main thread stays free for Ctrl-C.

The tasks come from an iterator that may itself ask the service (a folder page at a time): it runs in a thread of its
own and is never far ahead. The first error that is no matter of one file ends the run; bytes in hand stay on the disk.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from onedrive.errors import Stopped

Task = TypeVar("Task")
TASKS_AHEAD = 256
LEAVING_SECONDS = 2.0  # how long Ctrl-C waits for threads that wait for the network; they write nothing any more
_POLL_SECONDS = 0.1


class DownloadQueue(Generic[Task]):
    """Runs `work` for every task, so many at a time; `stop` is set when the run is to end early."""

    def __init__(self, work: Callable[[Task], None], *, workers: int, stop: threading.Event) -> None:
        self._work = work
        self._stop = stop
        self._ahead: queue.Queue[Task | None] = queue.Queue(TASKS_AHEAD)
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._workers = workers
        self._threads_left = workers + 1
        self._all_ended = threading.Event()

    def run(self, tasks: Iterable[Task]) -> None:
        """Return when all is done. Raises the error that ended the run, Stopped, KeyboardInterrupt."""
        try:
            for part in [lambda: self._feed(tasks), *[self._take_tasks] * self._workers]:
                threading.Thread(target=self._guard, args=(part,), daemon=True).start()
            # Not Thread.join: when Ctrl-C interrupts that, Python 3.11 takes the thread for ended (bpo-45274).
            while not self._all_ended.wait(_POLL_SECONDS) and not self._stop.is_set():
                pass
        except KeyboardInterrupt:
            self._stop.set()
            self._all_ended.wait(LEAVING_SECONDS)
            raise
        if self._stop.is_set():
            self._all_ended.wait(LEAVING_SECONDS)
            raise self._error or Stopped

    def has_ended(self, seconds: float) -> bool:
        """Wait until all threads have left; False when one has not after so long."""
        return self._all_ended.wait(seconds)

    def _guard(self, part: Callable[[], None]) -> None:
        """Run a thread's part; what it raises ends the whole run and is raised in the main thread."""
        try:
            part()
        except Stopped:
            self._stop.set()
        except BaseException as error:
            with self._lock:
                self._error = self._error or error
            self._stop.set()
        finally:
            with self._lock:
                self._threads_left -= 1
                if not self._threads_left:
                    self._all_ended.set()

    def _feed(self, tasks: Iterable[Task]) -> None:
        for task in tasks:
            if not self._put(task):
                return
        self._put(None)

    def _put(self, task: Task | None) -> bool:
        """Add a task, or the end; False when the run ends before there is room."""
        while not self._stop.is_set():
            with contextlib.suppress(queue.Full):
                self._ahead.put(task, timeout=_POLL_SECONDS)
                return True
        return False

    def _take_tasks(self) -> None:
        while not self._stop.is_set():
            try:
                task = self._ahead.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if task is None:
                self._put(None)  # for the next thread
                return
            self._work(task)
