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

from onedrive.home.files import walk_files
from onedrive.home.manifest import ManifestLine
from onedrive.local.places import EARLIER_FOLDER
from onedrive.local.proof import LocalFile
from onedrive.words import format_bytes, plural, printable

LOOK_SECONDS = 2.0
_MOST_NAMED = 3
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


def is_kept_earlier(line: ManifestLine) -> bool:
    """Whether a recorded file is aside, among the earlier contents."""
    return line.place.startswith(f"{EARLIER_FOLDER}/")


def earlier_days(downloads: Path) -> list[date]:
    """The days of which something is kept, the oldest first; none where the folder is a link, or not there."""
    folder = downloads / EARLIER_FOLDER
    days = []
    if os.path.islink(folder):  # noqa: PTH114 - pathlib's may raise
        return []
    with contextlib.suppress(OSError, UnicodeError), os.scandir(folder) as entries:
        for entry in entries:
            if _DAY.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(ValueError):  # 2026-02-31
                    days.append(date.fromisoformat(entry.name))
    return sorted(days)


def walk_earlier(downloads: Path, days: Collection[date], *, newest_first: bool = False) -> Iterator[EarlierFile]:
    """The plain files of these days, a day after the other."""
    for day in sorted(days, reverse=newest_first):
        for place, entry in walk_files(downloads / EARLIER_FOLDER / str(day)):
            with contextlib.suppress(OSError):  # it went away meanwhile
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(status.st_mode):
                    yield EarlierFile(day, place, LocalFile(status.st_size, int(status.st_mtime)))


def describe_earlier(downloads: Path) -> str:
    """How much is kept and what came there last, looked at for a moment only; '' where nothing is. No full stop."""
    days, deadline = earlier_days(downloads), time.monotonic() + LOOK_SECONDS
    files, size_bytes, least, last = 0, 0, "", list[str]()
    for file in walk_earlier(downloads, days, newest_first=True):
        files += 1
        size_bytes += file.local.size_bytes
        last += [printable(file.place)] if file.day == days[-1] and len(last) < _MOST_NAMED else []
        if not files % 1000 and time.monotonic() > deadline:
            least = "at least "
            break
    if not files:
        return ""
    more = ", …" if files > len(last) else ""
    amount = f"{least}{plural('file', files)}, {format_bytes(size_bytes)}, from {plural('day', len(days))}"
    return f"Earlier contents are kept in {EARLIER_FOLDER}: {amount}; the latest ({days[-1]}): {', '.join(last)}{more}"
