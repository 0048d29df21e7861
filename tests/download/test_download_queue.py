"""A few threads that take tasks."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from onedrive.download.queue import LEAVING_SECONDS, TASKS_AHEAD, DownloadQueue
from onedrive.net.patience import SharedPause
from onedrive.transfer.connections import Connections


def _queue(
    work: Callable[[int], None], pause: SharedPause, most: int = 4, help_out: Callable[[], bool] = lambda: False
) -> DownloadQueue[int]:
    return DownloadQueue[int](work, turns=Connections(pause, most=most), stop=pause.stop, help_out=help_out)


def test_tasks_are_made_only_a_little_ahead(pause: SharedPause) -> None:
    made: list[int] = []
    enough, made_when_first_ended = threading.Event(), []

    def tasks() -> Iterator[int]:
        for number in range(2000):
            made.append(number)
            if number == TASKS_AHEAD:
                enough.set()
            yield number

    def work(task: int) -> None:
        if task == 0:
            enough.wait(5)
            made_when_first_ended.append(len(made))

    _queue(work, pause, most=1).run(tasks())

    assert TASKS_AHEAD < made_when_first_ended[0] <= TASKS_AHEAD + 2


def test_ctrl_c_waits_for_the_work_in_hand_and_is_raised(pause: SharedPause) -> None:
    left_in_order: list[bool] = []

    def work(task: int) -> None:
        if task == 300:  # all threads have been started
            signal.raise_signal(signal.SIGINT)
            left_in_order.append(pause.stop.wait(5))
        time.sleep(0.001)

    with pytest.raises(KeyboardInterrupt):
        _queue(work, pause).run(range(100_000))
    assert left_in_order == [True]


def test_a_second_ctrl_c_leaves_at_once_though_a_thread_hangs(pause: SharedPause) -> None:
    go_on = threading.Event()

    def work(task: int) -> None:
        if task == 0:
            signal.raise_signal(signal.SIGINT)
            threading.Timer(0.2, signal.raise_signal, [signal.SIGINT]).start()
        go_on.wait(10)

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        _queue(work, pause).run(range(10))
    go_on.set()

    assert time.monotonic() - began < LEAVING_SECONDS - 0.5


def test_a_thread_without_a_task_helps_until_all_is_done(pause: SharedPause) -> None:
    helped: list[int] = []
    enough = threading.Event()

    def help_out() -> bool:
        helped.append(1)
        if len(helped) > 5:
            enough.set()
        return len(helped) <= 6

    _queue(lambda _: [enough.wait(5)].clear(), pause, help_out=help_out).run([1])

    assert enough.is_set()
