"""Times as the service writes them, and the modified time of files on disks that cannot keep every time."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from onedrive.created_time import set_created

# 1980 to 2107 is what FAT can keep; other disks take more.
_EARLIEST_EVERYWHERE = int(datetime(1980, 1, 1, 12, tzinfo=UTC).timestamp())
_LATEST_EVERYWHERE = int(datetime(2107, 12, 30, tzinfo=UTC).timestamp())
_FIRST_YEAR_MEANT = 1900  # 0001-01-01 stands for 'not known' (GRAPH_FACTS §5.2)


def read_time(text: str) -> int | None:
    """Whole seconds since 1970 of a time with 0 to 7 decimals; None when it names no time that is meant."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.year < _FIRST_YEAR_MEANT:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def set_times(path: Path, modified: str, created: str) -> None:
    """Give a file or folder the times that the service names, the created one where the system can; never fails."""
    set_modified(path, modified)
    made = read_time(created)
    if made is not None:
        set_created(path, made)


def set_modified(path: Path, text: str) -> None:
    """Give a file the modified time that the service names, or the nearest that the disk keeps; never fails."""
    seconds = read_time(text)
    if seconds is None:
        return
    for attempt in (seconds, min(max(seconds, _EARLIEST_EVERYWHERE), _LATEST_EVERYWHERE)):
        try:
            os.utime(path, (attempt, attempt))
        except (OSError, OverflowError, ValueError):
            continue
        return
