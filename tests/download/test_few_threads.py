"""A system that gives few threads gets fewer workers; one that gives none, a sentence."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from onedrive.errors import OneDriveError, describe_fault
from tests.desk import Desk

FILES = {f"/folder {number % 3}/{number}.txt": b"x" * 5000 for number in range(12)}


@pytest.fixture(params=[0, 1, 2, 3])
def most(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many threads of each kind may be started by the program; the pretend OneDrive has as many as it likes."""
    start, started = threading.Thread.start, Counter[str]()

    def start_or_not(self: threading.Thread) -> None:
        if not self.name.startswith("Thread-") and self.name != "demo":
            kind = self.name.split()[0]
            started[kind] += 1
            if started[kind] > request.param:
                raise RuntimeError("can't start new thread")
        start(self)

    monkeypatch.setattr(threading.Thread, "start", start_or_not)
    return int(request.param)


def test_with_few_threads_everything_is_done_all_the_same(desk: Desk, most: int) -> None:
    desk.given(FILES)
    if most < 2:
        with pytest.raises(OneDriveError, match="no more threads"):
            desk.download()
        return

    assert desk.download().exit_code == 0
    assert len(desk.files()) == len(FILES)
    desk.verify()
    assert set(desk.classes().values()) == {"proven"}


def test_what_the_system_has_not_is_no_mistake_of_the_program() -> None:
    assert "no more threads" in describe_fault(RuntimeError("can't start new thread")).sentence
    assert "not have enough memory" in describe_fault(MemoryError()).sentence
