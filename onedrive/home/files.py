"""The two ways in which the program writes what it must remember, and sentences for what the system says about disks.

replaced: the text grows in a file beside the target, reaches the disk, and takes the target's name in one step
appended: whole JSON lines, each batch in one write; a killed program loses at most the line it was writing
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import shutil
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Self, TextIO, TypeVar

from onedrive.errors import DiskFull, FolderNotUsable, OneDriveError, explain_os_error
from onedrive.words import to_bytes

NEW_SUFFIX = ".new"
_TAKE_AWAY = "Move it away, then choose the same option again."

_T = TypeVar("_T")


@contextlib.contextmanager
def replace_when_whole(path: Path, *, mode: int = 0o666) -> Iterator[TextIO]:
    """A text file to write to, which becomes `path` when the block ends well and vanishes when it does not.

    `mode` holds from the moment the file exists (less the umask): 0o600 for what holds a secret.
    Raises DiskFull and FolderNotUsable.
    """
    growing = path.with_name(path.name + NEW_SUFFIX)
    with disk_errors(path.parent):
        # A leftover of a killed run may have other permissions, so it is never opened again.
        remove_file(growing)
        descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
                yield stream
                stream.flush()
                reach_disk(stream.fileno())
            replace_file(growing, path)
        except BaseException:
            forget_file(growing)
            raise


def write_whole(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write `text` to `path` in one step; see `replace_when_whole`."""
    with replace_when_whole(path, mode=mode) as stream:
        stream.write(text)


class JsonLines:
    """A file that grows by lines of one JSON object each; may be used from any thread. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        """Opens the file, and cuts off a last line that was torn. Raises FolderNotUsable, DiskFull."""
        self._path = path
        self._lock = threading.Lock()
        with disk_errors(path):
            self._stream: BinaryIO = os.fdopen(_open_to_append(path), "ab+", buffering=0)
            self.was_empty = _end_last_line(self._stream)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Close, and make sure that what was written outlives a power cut."""
        with disk_errors(self._path), self._lock:
            if not self._stream.closed:
                reach_disk(self._stream.fileno())
                self._stream.close()

    def write(self, *rows: Mapping[str, object]) -> None:
        """Write these lines at the end; nothing once it is closed. Raises DiskFull, leaving no half line."""
        text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
        left = memoryview(to_bytes(text))
        with disk_errors(self._path), self._lock:
            if self._stream.closed:
                return
            try:  # one call to the system: while a thread is in more of them, all others wait for the lock
                while left:
                    left = left[self._stream.write(left) :]
            except OSError:
                written = len(to_bytes(text)) - len(left)
                file = self._stream.fileno()
                os.ftruncate(file, os.fstat(file).st_size - written)
                raise


def _open_to_append(path: Path) -> int:
    """A descriptor of a plain file of ours; of one that has other names, in a backup say, a copy is made before.

    Raises FolderNotUsable for what is a link or no plain file, OSError.
    """
    while True:
        try:
            descriptor = open_plain(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        except OSError:
            if not path.is_symlink():
                raise
            hint = "Put the file itself in its place, then choose the same option again."
            raise FolderNotUsable(path, "it is a link, and must be a file of our own", hint) from None
        status = os.fstat(descriptor)
        if status.st_nlink <= 1:
            return descriptor
        with os.fdopen(descriptor, "rb") as shared:
            growing = path.with_name(path.name + NEW_SUFFIX)
            remove_file(growing)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with os.fdopen(os.open(growing, flags, stat.S_IMODE(status.st_mode)), "wb") as own:
                shutil.copyfileobj(shared, own)
                own.flush()
                reach_disk(own.fileno())
        replace_file(growing, path)


def _end_last_line(stream: BinaryIO) -> bool:
    """Make the file end with a whole line; True when there is nothing in it."""
    end = start = stream.seek(0, os.SEEK_END)
    tail = b""
    while start and b"\n" not in tail:
        step = min(start, 1 << 16)
        start = stream.seek(start - step)
        tail = stream.read(step) + tail
    torn = tail[tail.rfind(b"\n") + 1 :]
    if torn:
        try:
            json.loads(torn)
        except (ValueError, RecursionError):
            stream.truncate(end - len(torn))
            return end == len(torn)
        stream.write(b"\n")  # an editor left the last line without its end
    return not end


def now_text() -> str:
    """The present, as files name it: ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_SECONDS = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


def time_of(seconds: float) -> datetime:
    """The moment so many seconds after 1970, or before it, which Windows' own way refuses; of the years 1 to 9999."""
    return _EPOCH + timedelta(seconds=min(max(seconds, -62_135_596_800), _LATEST_SECONDS))


# What network drives and FUSE say who know no fsync: then the file is as safe as their own ways make it.
_NO_FSYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOTTY})
_WINDOWS_DISK_FULL = 112
_OPEN_ELSEWHERE = (5, 32, 33)  # Windows: another program (a virus scanner, an indexer) has the file open for a moment
_PATIENCE_SECONDS = 2.0
_LOOKED_AGAIN_EACH_SECONDS = 0.05


def reach_disk(descriptor: int) -> bool:
    """Make what was written outlive a power cut; False: this file system does not promise that.

    Raises OSError for a disk that fails.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FSYNC:
            raise
        return False
    return True


def once_free(change: Callable[[], _T]) -> _T:
    """Do it, and for two seconds again where Windows says that another program has the file open. Raises OSError."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return change()
        except OSError as error:
            if getattr(error, "winerror", None) not in _OPEN_ELSEWHERE or time.monotonic() >= end:
                raise
        time.sleep(_LOOKED_AGAIN_EACH_SECONDS)


def remove_file(path: Path) -> None:
    """Remove a file, if it is there, once no other program has it open. Raises OSError."""
    once_free(lambda: path.unlink(missing_ok=True))


def forget_file(path: Path) -> None:
    """Remove a file of no more use, if that can be done; a later run sweeps up what cannot. Never fails."""
    with contextlib.suppress(OSError, UnicodeError):
        remove_file(path)


def replace_file(source: Path, target: Path) -> None:
    """Give `source` the name `target` in one step, and make the new name reach the disk where the system can.

    A target that cannot be renamed over because it is mounted by itself (into a container) is written in place.
    """
    try:
        once_free(lambda: source.replace(target))
    except OSError as error:
        if error.errno != errno.EBUSY or not target.is_file():
            raise
        _write_in_place(source, target)
        return
    with contextlib.suppress(OSError):  # Windows cannot open a folder; some network drives refuse
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write_in_place(source: Path, target: Path) -> None:
    """The content of `source` into `target`; what was there stays in `source` when that does not end well."""
    new, old = source.read_bytes(), target.read_bytes()
    with target.open("r+b", buffering=0) as stream:
        try:
            _overwrite(stream, new)
        except OSError:
            with contextlib.suppress(OSError):
                _overwrite(stream, old)
            raise
    source.unlink()


def _overwrite(stream: io.RawIOBase, content: bytes) -> None:
    stream.seek(0)
    left = memoryview(content)
    while left:
        left = left[stream.write(left) or 0 :]
    stream.truncate(len(content))
    reach_disk(stream.fileno())


_NO_DETOURS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_plain(path: Path, flags: int, mode: int = 0o666) -> int:
    """A descriptor of the plain file at `path`: no link is followed, and nothing that could hang is waited for.

    Raises FolderNotUsable for what is no plain file, OSError.
    """
    if sys.platform == "win32" and path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link")
    no_file = FolderNotUsable(path, "it is not an ordinary file", _TAKE_AWAY)
    try:
        descriptor = os.open(path, flags | _NO_DETOURS, mode)
    except (IsADirectoryError, PermissionError) as error:  # Windows names a folder by the second
        if os.path.isdir(path):  # noqa: PTH112 - never raises
            raise no_file from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise no_file
    return descriptor


def open_own(path: Path, mode: int = 0o666) -> int:
    """A descriptor, to read and write, of a plain file that nobody else has a name for; it is made if need be.

    A link there, or another name of a file that also stands elsewhere, is taken away: the name alone, never what it
    leads to. Raises as `open_plain`.
    """
    while True:
        try:
            descriptor = open_plain(path, os.O_RDWR | os.O_CREAT, mode)
        except OSError:
            if not path.is_symlink():
                raise
        else:
            if os.fstat(descriptor).st_nlink <= 1:
                return descriptor
            os.close(descriptor)
        path.unlink()


def is_there(path: Path) -> bool:
    """Whether something stands there, whatever it is. Raises FolderNotUsable where the disk does not say."""
    with disk_errors(path):
        return path.exists()


def is_folder(path: Path) -> bool:
    """Whether a folder is there; False also where the system refuses to look, or the disk is gone."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises then


def is_file(path: Path) -> bool:
    """Whether a file is there, or a link to one; False as above."""
    return os.path.isfile(path)  # noqa: PTH113 - as above


def is_plain_file(path: Path) -> bool:
    """Whether a file is there, and no link; False as above."""
    return is_file(path) and not os.path.islink(path)  # noqa: PTH114 - as above


def walk_files(root: Path, *, passes_over: Collection[str] = ()) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """What is below `root` and no folder, with its place there, a folder after the other. Follows no link, never fails.

    `passes_over`: places of what is none of it.
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        entries: list[os.DirEntry[str]] = []
        with contextlib.suppress(OSError, UnicodeError), os.scandir(root / folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            place = f"{folder}/{entry.name}" if folder else entry.name
            with contextlib.suppress(OSError):  # it went away meanwhile
                if place in passes_over:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(place)
                else:
                    yield place, entry


def file_size(path: Path) -> int:
    """How many bytes a file has, 0 where there is none. Raises FolderNotUsable."""
    with disk_errors(path):
        return path.stat().st_size if path.exists() else 0


def current_folder() -> Path:
    """Where the program was started. Raises FolderNotUsable when that folder was deleted since."""
    try:
        return Path.cwd()
    except OSError as error:
        raise FolderNotUsable(
            Path("The current folder"),
            "it no longer exists",
            "Change to another folder (cd), then start the program again.",
        ) from error


def make_folder(path: Path, *, mode: int = 0o777) -> Path:
    """Make the folder with its parents if it is not there. Raises FolderNotUsable, DiskFull."""
    with disk_errors(path):
        try:
            path.mkdir(mode=mode, parents=True, exist_ok=True)
        except FileExistsError as error:
            if not path.is_symlink():
                raise
            why = "it is a link to something that is not there: its disk is not connected, or the folder has moved"
            raise FolderNotUsable(path, why, "Connect the disk, or name the folder itself.") from error
        except FileNotFoundError as error:
            if not path.anchor or Path(path.anchor).exists():
                raise
            why = f"{path.anchor} is not there: its disk is not connected, or now has another letter"
            raise FolderNotUsable(path, why, "Connect the disk, then choose the same option again.") from error
    return path


def make_private_folder(path: Path) -> None:
    """Make a folder of ours in another one, nobody's but ours (0700). Raises FolderNotUsable, DiskFull.

    What the system refuses is said of the other one: nobody knows ours.
    """
    make_folder(path.parent)
    with disk_errors(path.parent):
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            what = "it is a link" if path.is_symlink() else "it is a file"
            raise FolderNotUsable(path, f"{what}, and must be a real folder", _TAKE_AWAY)
        path.mkdir(mode=0o700, exist_ok=True)
        if sys.platform == "win32":
            return
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            status = os.fstat(folder)
            if status.st_mode & 0o077:
                with contextlib.suppress(OSError):  # not ours, or a disk that knows no modes
                    os.fchmod(folder, 0o700)
        finally:
            os.close(folder)
        if status.st_uid == os.geteuid():
            return
        with tempfile.TemporaryDirectory(prefix="whose-", dir=path) as ours:  # on a share everything is somebody's
            if os.lstat(ours).st_uid != status.st_uid:
                raise FolderNotUsable(path, "it belongs to another user of this computer", _TAKE_AWAY)


def set_aside(path: Path, word: str, *, now: Callable[[], datetime] = datetime.now) -> Path:
    """Rename a file that must not be lost to a name beside it that says why and when, and return that name."""
    stamp = now().strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.stem}.{word}-{stamp}{path.suffix}")
    number = 2
    while is_there(aside):
        aside = path.with_name(f"{path.stem}.{word}-{stamp}-{number}{path.suffix}")
        number += 1
    with disk_errors(path.parent):
        once_free(lambda: path.rename(aside))
    return aside


@contextlib.contextmanager
def hints_for(home: Path, downloads: Path) -> Iterator[None]:
    """Let a full disk's hint name the flag that helps: --to for the downloads, --home for everything else of ours."""
    try:
        yield
    except DiskFull as error:
        if error.path.is_relative_to(home) and not error.path.is_relative_to(downloads):
            raise DiskFull(error.path, flag="--home", is_quota=error.is_quota) from error
        raise


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors about a file or folder below `path` into sentences."""
    try:
        yield
    except OneDriveError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) == _WINDOWS_DISK_FULL:
            raise DiskFull(path, is_quota=error.errno == errno.EDQUOT) from error
        raise FolderNotUsable(path, *explain_os_error(error)) from error
    except UnicodeEncodeError as error:  # a name that the locale's encoding cannot spell
        raise FolderNotUsable(Path("A file or folder"), *explain_os_error(error)) from error
