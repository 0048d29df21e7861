"""What is kept in `downloads/.earlier`: earlier contents by the day on which they were replaced, and what is aside.

Only its day folders, `YYYY-MM-DD`, are looked into, and only plain files count; links are never followed.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from onedrive.home.manifest import ManifestLine
from onedrive.local.places import EARLIER_FOLDER
from onedrive.local.proof import LocalFile

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class KeepEarlier:
    """What becomes of contents that OneDrive replaces: kept or not; where kept, for so many days (None: for ever)."""

    keeps: bool = True
    days: int | None = None


KEEP_EARLIER = KeepEarlier()


class EarlierFile(NamedTuple):
    """One file: the day on which it came there, its place below that day's folder, and what the disk says of it."""

    day: date
    place: str
    local: LocalFile

    @property
    def whole_place(self) -> str:
        """Its place below downloads."""
        return f"{EARLIER_FOLDER}/{self.day}/{self.place}"


class EarlierSum(NamedTuple):
    """How much there is; `is_whole`: all of it was looked at."""

    files: int
    size_bytes: int
    days: int
    is_whole: bool


def is_kept_earlier(line: ManifestLine) -> bool:
    """Whether a recorded file is aside, among the earlier contents."""
    return line.place.startswith(f"{EARLIER_FOLDER}/")


def earlier_days(downloads: Path) -> list[date]:
    """The days of which something is kept, the oldest first; none where the folder is a link, or not there."""
    folder = downloads / EARLIER_FOLDER
    days = []
    for entry in _entries(folder) if not folder.is_symlink() else []:
        if _DAY.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
            with contextlib.suppress(ValueError):  # 2026-02-31
                days.append(date.fromisoformat(entry.name))
    return sorted(days)


def walk_earlier(downloads: Path, days: Collection[date]) -> Iterator[EarlierFile]:
    """The plain files of these days, sorted."""
    for day in sorted(days):
        root = downloads / EARLIER_FOLDER / str(day)
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            for entry in _entries(root / folder):
                place = f"{folder}/{entry.name}" if folder else entry.name
                with contextlib.suppress(OSError):  # it went away meanwhile
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(place)
                        continue
                    status = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield EarlierFile(day, place, LocalFile(status.st_size, int(status.st_mtime)))


def measure_earlier(downloads: Path, *, seconds: float) -> EarlierSum:
    """How much is kept, looked at for so long at most."""
    days, deadline, files, size_bytes = earlier_days(downloads), time.monotonic() + seconds, 0, 0
    for file in walk_earlier(downloads, days):
        files += 1
        size_bytes += file.local.size_bytes
        if not files % 1000 and time.monotonic() > deadline:
            return EarlierSum(files, size_bytes, len(days), is_whole=False)
    return EarlierSum(files, size_bytes, len(days), is_whole=True)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
