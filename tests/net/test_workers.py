"""Threads that fetch: results and errors reach whoever waits."""

from __future__ import annotations

import threading

import pytest

from onedrive.net.workers import Workers, wait_for, wait_for_any


def test_work_is_done_and_its_result_is_given() -> None:
    workers = Workers(2, "test")

    futures = [workers.submit(pow, 2, number) for number in range(5)]

    assert [wait_for(future) for future in futures] == [1, 2, 4, 8, 16]
    workers.close()


def test_an_error_reaches_whoever_waits() -> None:
    workers = Workers(1, "test")

    future = workers.submit(int, "x")

    with pytest.raises(ValueError, match="invalid literal"):
        wait_for(future)


def test_no_more_threads_run_than_allowed_and_none_holds_the_program() -> None:
    workers = Workers(2, "counted")
    gate = threading.Event()
    futures = {workers.submit(gate.wait, 5) for _ in range(6)}

    threads = [thread for thread in threading.enumerate() if thread.name == "counted"]
    gate.set()

    assert len(threads) == 2
    assert all(thread.daemon for thread in threads)
    assert wait_for_any(futures)
    workers.close()
