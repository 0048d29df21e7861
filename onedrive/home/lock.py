"""RunLock: one run at a time in a home, and one download at a time into a folder, kept by the operating system.

The lock is on `run.lock` in the home, or among the unfinished downloads. The system lets go of it when the program
that holds it ends, in whatever way, so that nothing has to be cleaned up. The file's text only says who works here,
for the one who comes second.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from onedrive.errors import AnotherRun, FolderNotUsable
from onedrive.home.files import disk_errors, make_folder, make_private_folder, open_plain
from onedrive.words import format_clock, printable

LOCK_FILE = "run.lock"
# Far behind the text: on Windows nobody can read what is locked.
_LOCKED_BYTE = 1 << 20
_HELD_BY_ANOTHER = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_A_DAY_SECONDS = 86_400
_MOST_TRIES = 3
_LONGEST_WORK = 200


class RunLock:
    """One run in a home, held within the block; `work` says what is done meanwhile. Use as a context manager."""

    _flag = "--home"

    def __init__(self, home: Path, work: str, *, now: Callable[[], float] = time.time) -> None:
        self._place = home
        self._path = home / LOCK_FILE
        self._work = work
        self._now = now
        self._file: int | None = None

    def __enter__(self) -> RunLock:
        """Take the lock. Raises AnotherRun when it is held, FolderNotUsable, DiskFull."""
        self._make_folder()
        with disk_errors(self._place):
            self._file = open_plain(self._path, os.O_RDWR | os.O_CREAT)
        try:
            _lock(self._file)
            self._write_who()
        except OSError as error:
            if error.errno in _HELD_BY_ANOTHER:
                who = _read_who(self._file, self._now())
                self._close()
                raise AnotherRun(self._place, who, flag=self._flag) from error
            # Some network drives know no locks: then there is none, and the work goes on.
        return self

    def __exit__(self, *exception: object) -> None:
        self._close()

    def _make_folder(self) -> None:
        make_folder(self._place)

    def _write_who(self) -> None:
        # With a second name (in a backup of hard links) it may be another's file: locked, and not written to.
        if self._file is not None and os.fstat(self._file).st_nlink <= 1:
            text = json.dumps({"pid": os.getpid(), "since": int(self._now()), "work": self._work})
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, text.encode())

    def _close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)  # the lock goes with it
            self._file = None


def check_no_other_run(home: Path, *, now: Callable[[], float] = time.time) -> None:
    """For what only looks: raise AnotherRun when a run is at work in a home, and leave no trace there."""
    try:
        file = open_plain(home / LOCK_FILE, os.O_RDONLY)
    except (OSError, UnicodeError, FolderNotUsable):
        return  # nobody has run here yet, or we may not know
    try:
        _lock(file)  # let go again at once
    except OSError as error:
        if error.errno in _HELD_BY_ANOTHER:
            raise AnotherRun(home, _read_who(file, now()), flag="--home") from error
    finally:
        with contextlib.suppress(OSError):
            os.close(file)


class DownloadsLock(RunLock):
    """One download into a folder, whatever home it comes from; `partial`, where the lock is, goes when it is empty."""

    _flag = "--to"

    def __init__(self, downloads: Path, partial: Path, work: str, *, now: Callable[[], float] = time.time) -> None:
        super().__init__(partial, work, now=now)
        self._place = downloads

    def __enter__(self) -> DownloadsLock:
        """Take the lock; once more if its file was removed by the one who had it, in just that moment."""
        for _ in range(_MOST_TRIES):
            super().__enter__()
            if self._is_of_the_file():
                break
            self._close()
        return self

    def _make_folder(self) -> None:
        make_private_folder(self._path.parent)

    def __exit__(self, *exception: object) -> None:
        """Remove the file while the lock is held; Windows wants it closed first, and nobody else to have it open."""
        if sys.platform == "win32":
            self._close()
        with contextlib.suppress(OSError, UnicodeError):
            self._path.unlink(missing_ok=True)
        self._close()
        with contextlib.suppress(OSError, UnicodeError):
            self._path.parent.rmdir()

    def _is_of_the_file(self) -> bool:
        with contextlib.suppress(OSError):
            return self._file is not None and os.path.samestat(os.fstat(self._file), self._path.stat())
        return False


def _read_who(file: int, now: float) -> str:
    """Who holds the lock, in words; '' when it has not said so yet."""
    try:
        os.lseek(file, 0, os.SEEK_SET)
        row = json.loads(os.read(file, 4096))
        pid, since, work = int(row["pid"]), float(row["since"]), printable(str(row["work"])[:_LONGEST_WORK])
        day = time.strftime("%Y-%m-%d ", time.localtime(since)) if abs(now - since) > _A_DAY_SECONDS else ""
        return f"process {pid}, {work}, since {day}{format_clock(since)}"
    except (OSError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        return ""


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
