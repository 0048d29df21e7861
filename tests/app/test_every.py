"""--every: the options again and again in one process, at the time that the clock on the wall says."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from onedrive.app.audience import LAST_RUN
from onedrive.app.command_line import read_command_line
from onedrive.app.every import LOOK_SECONDS, run_every
from onedrive.errors import UsageError
from onedrive.terminal.terminal import Terminal
from tests.starting import START, run

HOUR = 3600.0


class Wall:
    """A clock on the wall; each look at it in a wait may be a moment when something happens."""

    def __init__(self, ends_at: float) -> None:
        self.now = 1_000_000.0
        self.begun: list[float] = []
        self.happens: dict[int, Callable[[], None]] = {}
        self._looks = 0
        self._ends_at = self.now + ends_at
        self.said = io.StringIO()

    def sleep(self, seconds: float) -> None:
        assert 0 < seconds <= LOOK_SECONDS
        self._looks += 1
        if self.now >= self._ends_at:
            raise KeyboardInterrupt
        self.now += seconds
        self.happens.pop(self._looks, lambda: None)()

    def runs(self, *codes: int, lasting: float = 0.0) -> int:
        """The code that comes back; KeyboardInterrupt when it ends."""
        left = list(codes)

        def once() -> int:
            if self.now >= self._ends_at:
                raise KeyboardInterrupt
            self.begun.append(self.now - 1_000_000.0)
            self.now += lasting
            return left.pop(0) if left else 0

        terminal = Terminal(stdin=io.StringIO(), stdout=self.said, environ={})
        return run_every(HOUR, once, terminal, now=lambda: self.now, sleep=self.sleep)


@pytest.mark.parametrize(("lasting", "begun"), [(600.0, [0.0, HOUR, 2 * HOUR]), (1.5 * HOUR, [0.0, 1.5 * HOUR])])
def test_a_run_begins_each_hour_or_right_after_a_longer_one(lasting: float, begun: list[float]) -> None:
    wall = Wall(2.9 * HOUR)
    with pytest.raises(KeyboardInterrupt):
        wall.runs(lasting=lasting)

    assert wall.begun[: len(begun)] == begun
    assert wall.said.getvalue().count("The next run begins at ") == len(wall.begun)


def test_a_computer_that_slept_runs_at_once_and_a_clock_set_back_makes_no_wait_longer() -> None:
    wall = Wall(20 * HOUR)
    wall.happens[3] = lambda: setattr(wall, "now", wall.now + 7 * HOUR)
    with pytest.raises(KeyboardInterrupt):
        wall.runs()
    assert wall.begun[:2] == [0.0, 7 * HOUR + 3 * LOOK_SECONDS]

    wall = Wall(HOUR)
    wall.happens[1] = lambda: setattr(wall, "now", wall.now - 24 * HOUR)
    wall.happens[2] = lambda: setattr(wall, "_ends_at", wall.now + 1.5 * HOUR)
    with pytest.raises(KeyboardInterrupt):
        wall.runs()
    assert len(wall.begun) == 2


def test_what_no_later_run_could_do_better_ends_it_and_no_question_is_ever_asked(tmp_path: Path) -> None:
    assert Wall(20 * HOUR).runs(4, 2) == 2

    with patch("onedrive.app.every.run_every", lambda _seconds, _run, terminal: int(terminal.can_ask)):
        assert run(tmp_path, "--every", "6h", "3", "4").returncode == 0


@pytest.mark.posix("SIGTERM that a program may take")
def test_sigterm_in_a_wait_ends_with_the_code_of_the_last_run_and_the_old_handler_is_back() -> None:
    wall = Wall(20 * HOUR)
    wall.happens[2] = lambda: os.kill(os.getpid(), signal.SIGTERM)
    before = signal.getsignal(signal.SIGTERM)

    assert wall.runs(3) == 3
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800.0), ("6H", 21_600.0), ("1 d", 86_400.0)])
def test_times_as_people_write_them(text: str, seconds: float) -> None:
    command = read_command_line(["--every", text, "3", "4"])

    assert command.every == seconds
    assert command.flags.no_input


@pytest.mark.parametrize("words", [["0m", "3"], ["90s", "3"], ["6h"], ["6h", "1"], ["x", "3"], ["6h", "--move-out"]])
def test_what_cannot_be_meant_is_refused(words: list[str]) -> None:
    with pytest.raises(UsageError):
        read_command_line(["--every", *words])


@pytest.mark.posix("signals of another process")
def test_the_program_goes_on_after_a_run_that_failed_and_ends_in_order(tmp_path: Path) -> None:
    assert run(tmp_path, "--demo", "--no-input", "1").returncode == 0
    words = [sys.executable, str(START), "--demo", "--no-input", "--every", "1m", "3", "4", "--max-size", "1M"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True, encoding="utf-8") as program:
        assert program.stdout
        said = []
        for line in program.stdout:
            said.append(line)
            if "The next run begins at" in line:
                program.send_signal(signal.SIGTERM)
        assert program.wait() == 0
    assert json.loads((tmp_path / "demo-home" / LAST_RUN).read_text())["exit_code"] == 0

    assert "that you chose are here" in "".join(said)
    began = time.monotonic()
    assert run(tmp_path, "--demo", "--every", "1m", "--min-size", "2M", "--max-size", "1M", "4").returncode == 2
    assert time.monotonic() - began < 60
