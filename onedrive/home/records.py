"""What was changed on OneDrive, one JSON object a line, on disk before and after it is done; and what is still open.

Lines are only ever appended; each call is one write that reaches the disk before it returns. A line that a power cut
tore is passed over when it is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from onedrive.errors import OneDriveError
from onedrive.home.files import JsonLines, disk_errors, is_there
from onedrive.home.reading import read_object
from onedrive.words import plural

DELETED_ITEMS = "deleted_items.jsonl"
BEGUN = "deleting"
DELETED = "deleted"
RESTORING, RESTORED = "restoring", "restored"
# Two lines of each of the at most forty items that one request and its repetition leave open, as long as names can be.
TAIL_BYTES = 512 * 1024


def append_rows(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    """Write these lines; they are on the disk when this returns. Raises DiskFull, FolderNotUsable."""
    with JsonLines(path) as lines:
        lines.write(*rows)


def read_rows(path: Path) -> Iterator[dict[str, object]]:
    """All lines from the beginning, damaged ones left out. Raises FolderNotUsable."""
    if is_there(path):
        with disk_errors(path), path.open("rb") as stream:
            yield from _parse(stream)


def read_last_rows(path: Path) -> list[dict[str, object]]:
    """The lines at the end, as many as may belong to work that was cut off; quick however long the record is."""
    if not is_there(path):
        return []
    with disk_errors(path), path.open("rb") as stream:
        start = max(0, stream.seek(0, os.SEEK_END) - TAIL_BYTES)
        stream.seek(start)
        lines = stream.read().splitlines()
    return list(_parse(lines[1:] if start else lines))


def _parse(lines: Iterable[bytes]) -> Iterator[dict[str, object]]:
    yield from filter(None, map(read_object, lines))


def describe_unfinished_deletes(home: Path) -> str | None:
    """A sentence for the start of the menu when the program ended in the middle of it; None: nothing is open.

    Reads the end of one file and asks nobody.
    """
    try:
        rows = read_unfinished(home)
    except OneDriveError:
        return None
    if not rows:
        return None
    what = (
        "it was deleting on"
        if any(row["state"] == BEGUN for row in rows)
        else "it was bringing back what was deleted on"
    )
    return (
        f"The program stopped while {what} OneDrive: for {plural('item', len(rows))} it is not yet known "
        f"whether OneDrive did it. Choose 7: it asks OneDrive and completes {DELETED_ITEMS}."
    )


def read_unfinished(home: Path) -> list[dict[str, object]]:
    """The lines of deletions, and of bringing back, that were begun and not ended. Raises FolderNotUsable."""
    waiting: dict[tuple[str, str], dict[str, object]] = {}
    for row in read_last_rows(home / DELETED_ITEMS):
        key = str(row.get("driveId")), str(row.get("id"))
        if row.get("state") in (BEGUN, RESTORING):
            waiting[key] = row
        else:
            waiting.pop(key, None)
    return list(waiting.values())
