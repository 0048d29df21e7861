"""A few threads that fetch. They never keep the program from ending: Ctrl-C must not wait for a silent server."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

_POLL_SECONDS = 0.2  # how long Ctrl-C may have to wait on systems whose waits it does not interrupt

_P = ParamSpec("_P")
_T = TypeVar("_T")


def begin_thread(target: Callable[[], None], name: str) -> bool:
    """Start a thread that does not keep the program from ending; False where the system gives no more of them."""
    try:
        threading.Thread(target=target, name=name, daemon=True).start()
    except (RuntimeError, MemoryError):
        return False
    return True


class Workers:
    """At most `most` threads, made when needed; what is submitted waits until one is free.

    Fewer where the system gives no more; where it gives none at all, the caller does the work.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = 0

    def submit(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Have `work` done; its result or error comes in the future. Call from one thread, or under a lock."""
        future: Future[_T] = Future()

        def run() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)

        if self._threads < self._most:
            if begin_thread(self._work, self._name):
                self._threads += 1
            else:
                self._most = self._threads
        if self._threads:
            self._jobs.put(run)
        else:
            run()
        return future

    def close(self) -> None:
        """Let the threads end when they have done what they have in hand."""
        for _ in range(self._threads):
            self._jobs.put(None)

    def _work(self) -> None:
        while job := self._jobs.get():
            job()


def wait_for(future: Future[_T]) -> _T:
    """The result of a future; Ctrl-C ends the wait on every system."""
    while not future.done():
        wait([future], timeout=_POLL_SECONDS)
    return future.result()


def wait_for_any(futures: set[Future[_T]]) -> set[Future[_T]]:
    """Those futures that are done, at least one."""
    while True:
        done, _ = wait(futures, timeout=_POLL_SECONDS, return_when=FIRST_COMPLETED)
        if done:
            return done
