"""One run at a time in a home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onedrive.errors import AnotherRun, FolderNotUsable
from onedrive.home.lock import LOCK_FILE, DownloadsLock, RunLock, check_no_other_run

TOP = Path(__file__).resolve().parent.parent.parent
HOLD = (
    "import sys, time; from pathlib import Path; from onedrive.home.lock import RunLock\n"
    "with RunLock(Path(sys.argv[1]), 'option 4'):\n"
    "    print('held', flush=True); time.sleep(60)"
)


def test_the_second_run_hears_who_is_at_work_and_since_when_and_the_lock_of_a_killed_run_is_free(
    tmp_path: Path,
) -> None:
    began = time.strftime("%H:")
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], cwd=TOP, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AnotherRun) as caught, RunLock(tmp_path, "option 3"):
            pass
    finally:
        other.kill()
        other.communicate(timeout=60)

    place = re.escape(str(tmp_path))
    who = rf"at work in {place} \(process {other.pid}, option 4, since ({began}|{time.strftime('%H:')})"
    assert re.search(who, caught.value.sentence)
    assert caught.value.exit_code == 6
    for work in ("option 4", "option 1"):  # free after each block, too
        with RunLock(tmp_path, work):
            assert f'"pid": {os.getpid()}' in (tmp_path / LOCK_FILE).read_text()


def test_who_only_looks_hears_of_another_run_and_leaves_no_trace(tmp_path: Path) -> None:
    check_no_other_run(tmp_path)
    assert not list(tmp_path.iterdir())

    with RunLock(tmp_path, "option 4"):
        before = (tmp_path / LOCK_FILE).stat().st_mtime_ns
        with pytest.raises(AnotherRun, match="option 4, since"):
            check_no_other_run(tmp_path)
    check_no_other_run(tmp_path)

    assert (tmp_path / LOCK_FILE).stat().st_mtime_ns == before
    with RunLock(tmp_path, "option 3"):  # what was looked at is free
        pass


def test_a_lock_held_since_another_day_is_said_with_the_day(tmp_path: Path) -> None:
    with RunLock(tmp_path, "option 4", now=lambda: 1_790_000_000.0):
        with pytest.raises(AnotherRun) as caught:
            RunLock(tmp_path, "option 4").__enter__()

        assert re.search(r"since 2026-09-\d\d \d\d:\d\d:\d\d\)", caught.value.sentence)


@pytest.mark.posix("a locked file that can be read")
@pytest.mark.parametrize(
    "who",
    [
        '{"pid":1,"since":1e300,"work":"x"}',
        '{"pid":1,"since":NaN,"work":"x"}',
        '{"pid":1e999,"since":1,"work":"x"}',
        '{"pid":1,"since":1,"work":"\\u001b[31m\\n\\u202ex"}',
        "[" * 4000,
    ],
)
def test_whatever_a_holder_says_of_itself_it_is_one_sentence(tmp_path: Path, who: str) -> None:
    with RunLock(tmp_path, "option 4"):
        (tmp_path / LOCK_FILE).write_text(who)
        with pytest.raises(AnotherRun) as caught, RunLock(tmp_path, "option 3"):
            pass

    assert caught.value.sentence.isprintable()


def test_a_holder_that_does_not_say_who_it_is_holds_all_the_same(tmp_path: Path) -> None:
    with RunLock(tmp_path, "option 4"):
        for text in ("", "{", "[]", '{"pid": "x", "since": 1, "work": ""}'):
            (tmp_path / LOCK_FILE).write_text(text)

            with pytest.raises(AnotherRun, match=r"Another run of this program is at work in [^()]*\.$"):
                RunLock(tmp_path, "option 4").__enter__()


def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FolderNotUsable), RunLock(tmp_path / "file", "option 4"):
        pass


def test_a_second_download_into_the_same_folder_hears_who_is_at_work_and_nothing_is_left_but_what_was_begun(
    tmp_path: Path,
) -> None:
    partial = tmp_path / ".partial"

    with DownloadsLock(tmp_path, partial, "option 4 with the home /one"):
        with pytest.raises(AnotherRun) as caught:
            DownloadsLock(tmp_path, partial, "option 4 with the home /two").__enter__()

        assert f"at work in {tmp_path} (process {os.getpid()}, option 4 with the home /one, " in caught.value.sentence
        assert "its own --to" in caught.value.hint
    assert not partial.exists()
    with DownloadsLock(tmp_path, partial, "option 4"):
        (partial / "begun.part").touch()
    assert [path.name for path in partial.iterdir()] == ["begun.part"]


@pytest.mark.posix("names that can go while a file is open")
def test_a_lock_whose_file_was_removed_in_that_moment_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    real_open = os.open

    def open_and_lose(path: Path, flags: int, mode: int = 0o777) -> int:
        file = real_open(path, flags, mode)
        if path.name == LOCK_FILE:
            if not opened:
                path.unlink()
            opened.append(file)
        return file

    monkeypatch.setattr(os, "open", open_and_lose)
    with DownloadsLock(tmp_path, tmp_path / ".partial", "option 4"):
        assert len(opened) == 2
        assert (tmp_path / ".partial" / LOCK_FILE).exists()
