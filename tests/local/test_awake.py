"""Keeping the computer awake while bytes flow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from onedrive.local import awake
from onedrive.local.awake import command_that_keeps_awake, staying_awake
from tests.conftest import START_HELPER
from tests.person import wait_for

TOP = Path(__file__).resolve().parent.parent.parent
HELPER = "systemd-inhibit" if sys.platform.startswith("linux") else "caffeinate"


@pytest.fixture(autouse=True)
def real_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(awake, "_start", START_HELPER)


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A helper of the system that writes down when it begins and ends; the folder of its notes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / HELPER
    program.write_text(f'#!/bin/sh\necho "$$ $*" >> {tmp_path}/began\ncat\necho ended >> {tmp_path}/ended\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return tmp_path


@pytest.mark.parametrize(
    ("platform", "begins_with"),
    [
        ("linux", ("systemd-inhibit", "--what=sleep:idle", "--mode=block")),
        ("darwin", ("caffeinate", "-i", "-w", "4711")),
        ("freebsd14", ()),
    ],
)
def test_each_system_has_its_own_way(platform: str, begins_with: tuple[str, ...]) -> None:
    command = tuple(command_that_keeps_awake(platform, 4711))

    assert command[: len(begins_with)] == begins_with
    assert bool(command) is bool(begins_with)


def test_the_helper_runs_as_long_as_the_block(helper: Path) -> None:
    with staying_awake():
        wait_for(lambda: (helper / "began").exists() and bool((helper / "began").read_text()), "the helper")
        pid = int((helper / "began").read_text().split()[0])
        os.kill(pid, 0)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_helper_ends_with_a_program_that_is_killed(helper: Path) -> None:
    code = (
        "import time; from onedrive.local.awake import staying_awake\n"
        "with staying_awake():\n    print('awake', flush=True); time.sleep(60)"
    )
    program = subprocess.Popen([sys.executable, "-c", code], cwd=TOP, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    program.stdout.readline()
    wait_for((helper / "began").exists, "the helper")

    program.send_signal(signal.SIGKILL)
    program.wait(10)
    program.stdout.close()

    wait_for((helper / "ended").exists, "the end of the helper")


def test_no_helper_and_a_broken_one_are_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / HELPER).write_bytes(b"\x7fnothing that runs")
    (tmp_path / HELPER).chmod(0o755)
    for path in (tmp_path, tmp_path / "empty"):
        monkeypatch.setenv("PATH", str(path))

        with staying_awake():
            pass
