"""Atomic writes: a state file is the old one or the new one, never half of each.

The text grows in a temporary file beside the target, reaches the disk, and then takes the target's name in one step.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO

from onedrive.errors import DiskFull, FolderNotUsable, OneDriveError

NEW_SUFFIX = ".new"


@contextlib.contextmanager
def replace_when_whole(path: Path, *, mode: int = 0o666) -> Iterator[TextIO]:
    """A text file to write to, which becomes `path` when the block ends well and vanishes when it does not.

    `mode` holds from the moment the file exists (less the umask): 0o600 for what holds a secret.
    Raises DiskFull and FolderNotUsable.
    """
    growing = path.with_name(path.name + NEW_SUFFIX)
    with disk_errors(path.parent):
        # A leftover of a killed run may have other permissions, so it is never opened again.
        growing.unlink(missing_ok=True)
        descriptor = os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            replace_file(growing, path)
        except BaseException:
            growing.unlink(missing_ok=True)
            raise


def write_whole(path: Path, text: str, *, mode: int = 0o666) -> None:
    """Write `text` to `path` in one step; see `replace_when_whole`."""
    with replace_when_whole(path, mode=mode) as stream:
        stream.write(text)


def replace_file(source: Path, target: Path) -> None:
    """Give `source` the name `target` in one step, and make the new name reach the disk where the system can."""
    source.replace(target)
    with contextlib.suppress(OSError):  # Windows cannot open a folder; some network drives refuse
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def make_folder(path: Path, *, mode: int = 0o777) -> Path:
    """Make the folder with its parents if it is not there. Raises FolderNotUsable, DiskFull."""
    with disk_errors(path):
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    return path


def set_aside(path: Path, word: str, *, now: Callable[[], datetime] = datetime.now) -> Path:
    """Rename a file that must not be lost to a name beside it that says why and when, and return that name."""
    stamp = now().strftime("%Y%m%d-%H%M%S")
    aside = path.with_name(f"{path.stem}.{word}-{stamp}{path.suffix}")
    number = 2
    while aside.exists():
        aside = path.with_name(f"{path.stem}.{word}-{stamp}-{number}{path.suffix}")
        number += 1
    with disk_errors(path.parent):
        path.rename(aside)
    return aside


@contextlib.contextmanager
def hints_for(home: Path, downloads: Path) -> Iterator[None]:
    """Let a full disk's hint name the flag that helps: --to for the downloads, --home for everything else of ours."""
    try:
        yield
    except DiskFull as error:
        if error.path.is_relative_to(home) and not error.path.is_relative_to(downloads):
            raise DiskFull(error.path, flag="--home") from error
        raise


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors about a file or folder below `path` into sentences."""
    try:
        yield
    except OneDriveError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path) from error
        raise FolderNotUsable(path, (error.strerror or type(error).__name__).lower()) from error
