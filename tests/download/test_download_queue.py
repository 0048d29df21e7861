"""A few threads that take tasks."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from onedrive.download.queue import LEAVING_SECONDS, TASKS_AHEAD, DownloadQueue
from onedrive.errors import SignInNeeded, Stopped


def test_every_task_is_done_once_by_several_threads() -> None:
    done: list[tuple[int, str]] = []

    DownloadQueue[int](
        lambda task: done.append((task, threading.current_thread().name)), workers=4, stop=threading.Event()
    ).run(range(2000))

    assert sorted(task for task, _ in done) == list(range(2000))


def test_no_tasks_are_no_trouble() -> None:
    DownloadQueue[int](print, workers=4, stop=threading.Event()).run([])


def test_tasks_are_made_only_a_little_ahead() -> None:
    made: list[int] = []
    go_on = threading.Event()

    def tasks() -> Iterator[int]:
        for number in range(2000):
            made.append(number)
            yield number
            if number == TASKS_AHEAD:
                threading.Timer(0.15, go_on.set).start()

    seen_when_first_ended: list[int] = []

    def work(task: int) -> None:
        if task == 0:
            go_on.wait(5)
            seen_when_first_ended.append(len(made))

    DownloadQueue[int](work, workers=1, stop=threading.Event()).run(tasks())

    assert seen_when_first_ended[0] <= TASKS_AHEAD + 2


def test_an_error_of_the_whole_run_ends_it_and_is_raised() -> None:
    done: list[int] = []

    def work(task: int) -> None:
        done.append(task)
        if task == 10:
            raise SignInNeeded("The sign-in has ended.")

    with pytest.raises(SignInNeeded):
        DownloadQueue[int](work, workers=4, stop=threading.Event()).run(range(1000))
    assert len(done) < 1000


def test_an_error_in_making_tasks_is_raised() -> None:
    def tasks() -> Iterator[int]:
        yield 1
        raise SignInNeeded("The sign-in has ended.")

    with pytest.raises(SignInNeeded):
        DownloadQueue[int](lambda _: None, workers=2, stop=threading.Event()).run(tasks())


def test_a_stop_from_outside_ends_the_run() -> None:
    stop = threading.Event()

    with pytest.raises(Stopped):
        DownloadQueue[int](lambda task: stop.set() if task == 3 else None, workers=2, stop=stop).run(range(1000))


def test_ctrl_c_waits_for_the_work_in_hand_and_is_raised() -> None:
    stop = threading.Event()
    left_in_order: list[bool] = []

    def work(task: int) -> None:
        if task == 0:
            signal.raise_signal(signal.SIGINT)
            left_in_order.append(stop.wait(5))
        time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt):
        DownloadQueue[int](work, workers=2, stop=stop).run(range(100_000))
    assert left_in_order == [True]


def test_a_second_ctrl_c_leaves_at_once_though_a_thread_hangs() -> None:
    stop, go_on = threading.Event(), threading.Event()

    def work(task: int) -> None:
        if task == 0:
            signal.raise_signal(signal.SIGINT)
            threading.Timer(0.2, os.kill, [os.getpid(), signal.SIGINT]).start()
        go_on.wait(10)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        DownloadQueue[int](work, workers=2, stop=stop).run(range(10))
    go_on.set()

    assert time.monotonic() - began < LEAVING_SECONDS - 0.5


def test_a_thread_without_a_task_helps_until_all_is_done() -> None:
    helped: list[int] = []
    enough = threading.Event()

    def help_out() -> bool:
        helped.append(1)
        if len(helped) > 5:
            enough.set()
        return len(helped) <= 6

    DownloadQueue[int](lambda _: _wait_for(enough), workers=3, stop=threading.Event(), help_out=help_out).run([1])

    assert enough.is_set()


def _wait_for(event: threading.Event) -> None:
    event.wait(5)
