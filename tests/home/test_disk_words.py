"""What disks say is told in words of their own: cause and cure, and no class of Python's."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TextIO

import pytest

from onedrive.errors import DiskFull, FolderNotUsable, OneDriveError
from onedrive.home import files
from onedrive.home.files import JsonLines, disk_errors, write_whole


@pytest.mark.parametrize(
    ("number", "words", "cure"),
    [
        (errno.EIO, "input/output error", "cable"),
        (errno.ENODEV, "no longer there", "Connect it again"),
        (errno.ENXIO, "no longer there", "Connect it again"),
        (errno.ESTALE, "no longer there", "Connect it again"),
        (errno.ENOTCONN, "no longer there", "Connect it again"),
        (errno.ETIMEDOUT, "share does not answer", "network"),
        (errno.EHOSTDOWN, "share does not answer", "network"),
        (errno.EMFILE, "too many files are open", "ulimit"),
        (errno.ENFILE, "too many files are open", "ulimit"),
        (errno.EROFS, "is read-only", "write protection"),
        (errno.ENAMETOOLONG, "a name is too long", "shorter path"),
        (errno.EBUSY, "open in another program", "Close it"),
        (errno.EACCES, "permission denied", "permissions"),
        (errno.ENOSPC, "is full", "Make room"),
        (errno.EDQUOT, "Your quota on the disk", "Make room"),
    ],
)
def test_each_refusal_has_its_cause_and_its_cure(number: int, words: str, cure: str) -> None:
    with pytest.raises(OneDriveError) as caught, disk_errors(Path("/disk/x")):
        raise OSError(number, os.strerror(number))

    assert words in caught.value.sentence
    assert cure in caught.value.hint


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (5, "it is open in another program"),
        (15, "no longer there"),
        (32, "it is open in another program"),
        (53, "no longer there"),
        (64, "no longer there"),
        (112, "is full"),
        (121, "share does not answer"),
        (206, "a name is too long"),
        (1117, "the disk or its cable is failing"),
        (1167, "no longer there"),
    ],
)
def test_windows_own_numbers_have_the_same_words(number: int, words: str) -> None:
    error = OSError(errno.EINVAL, "words of its own")
    error.winerror = number  # type: ignore[attr-defined, unused-ignore]

    with pytest.raises(OneDriveError, match=words), disk_errors(Path("/disk/x")):
        raise error


@pytest.mark.parametrize("error", [OSError("odd"), TimeoutError(), UnicodeEncodeError("ascii", "\u00fc", 0, 1, "no")])
def test_what_has_no_words_of_its_own_names_no_class(error: Exception) -> None:
    with pytest.raises(FolderNotUsable) as caught, disk_errors(Path("/disk/x")):
        raise error

    assert "error" not in caught.value.sentence.lower()


@pytest.mark.parametrize(("number", "is_kept"), [(errno.EINVAL, True), (errno.ENOTSUP, True), (errno.EIO, False)])
def test_a_disk_without_fsync_is_borne_and_one_that_fails_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, is_kept: bool
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    path = tmp_path / "state.json"
    monkeypatch.setattr(os, "fsync", refuse)
    if is_kept:
        write_whole(path, "new")
        with JsonLines(tmp_path / "lines.jsonl") as lines:
            lines.write({"a": 1})
        assert path.read_text() == "new"
    else:
        with pytest.raises(FolderNotUsable):
            write_whole(path, "new")
        assert not list(tmp_path.iterdir())


@pytest.mark.posix("limit for the size of files")
def test_a_line_that_finds_no_room_leaves_no_half_of_itself(tmp_path: Path) -> None:
    import resource

    path, limits = tmp_path / "lines.jsonl", resource.getrlimit(resource.RLIMIT_FSIZE)
    with JsonLines(path) as lines:
        lines.write({"a": 1})
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, limits[1]))
        try:
            with pytest.raises(OneDriveError):
                lines.write({"b": "x" * 100})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        lines.write({"c": 3})

    assert path.read_text() == '{"a":1}\n{"c":3}\n'


@pytest.mark.parametrize("is_full", [False, True])
def test_a_file_that_is_mounted_by_itself_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_full: bool
) -> None:
    path = tmp_path / "token.json"
    path.write_text("the old sign-in, which is longer")

    def busy(_self: Path, _target: Path) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    sync, calls = os.fsync, []

    def sync_or_not(descriptor: int) -> None:
        calls.append(descriptor)
        if is_full and len(calls) == 2:  # the first one was of the new file beside it
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(descriptor)

    monkeypatch.setattr(Path, "replace", busy)
    monkeypatch.setattr(os, "fsync", sync_or_not)
    if is_full:
        with pytest.raises(DiskFull):
            write_whole(path, "new")
    else:
        write_whole(path, "new")

    assert path.read_text() == ("the old sign-in, which is longer" if is_full else "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["token.json"]


def test_a_file_that_another_program_has_open_for_a_moment_is_replaced_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, replace, refusals = tmp_path / "list.json", Path.replace, [32, 5, 33]

    class SharingViolation(OSError):
        def __init__(self, number: int) -> None:
            super().__init__(errno.EACCES, "used by another process")
            self.winerror = number

    def busy_thrice(self: Path, target: Path) -> Path:
        if refusals:
            raise SharingViolation(refusals.pop())
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", busy_thrice)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    write_whole(path, "new")
    assert path.read_text() == "new"

    refusals += [32] * 1000
    monkeypatch.setattr(files, "_PATIENCE_SECONDS", 0.0)
    with pytest.raises(FolderNotUsable, match="open in another program"):
        write_whole(path, "newer")
    assert path.read_text() == "new"


def _close(stream: TextIO, _seconds: float) -> None:
    stream.close()


def test_what_is_really_open_is_replaced_and_removed_once_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list.json"
    changes: list[Callable[[], None]] = [partial(write_whole, path, "new"), partial(files.remove_file, path)]
    for change in changes:
        path.write_text("old")
        with path.open() as held:  # by another program, as far as Windows is concerned
            monkeypatch.setattr(time, "sleep", partial(_close, held))
            change()

    assert not path.exists()
    files.remove_file(path)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1970-01-01T00:00:00"), (-3600, "1969-12-31T23:00:00"), (-(10**12), "0001-01-01"), (10**15, "9999-12-31")],
)
def test_moments_before_1970_and_beyond_all_calendars_have_a_date(seconds: float, text: str) -> None:
    assert files.time_of(seconds).isoformat().startswith(text)
