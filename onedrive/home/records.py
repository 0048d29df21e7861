"""What was changed on OneDrive, one JSON object a line, on disk before and after it is done; and what is still open.

Lines are only ever appended; each call is one write that reaches the disk before it returns. A line that a power cut
tore is passed over when it is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from onedrive.errors import OneDriveError
from onedrive.home.files import disk_errors
from onedrive.words import plural, to_bytes

# Two lines of each of the at most forty items that one request and its repetition leave open, as long as names can be.
TAIL_BYTES = 512 * 1024


class ChangeRecord:
    """The record at `path`, which need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Write these lines; they are on the disk when this returns. Raises DiskFull, FolderNotUsable."""
        text = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
        with disk_errors(self.path), self.path.open("ab+", buffering=0) as stream:
            lines = memoryview((b"" if _ends_with_a_line(stream.fileno()) else b"\n") + to_bytes(text))
            while lines:
                lines = lines[stream.write(lines) :]
            os.fsync(stream.fileno())

    def rows(self) -> Iterator[dict[str, object]]:
        """All lines from the beginning, damaged ones left out. Raises FolderNotUsable."""
        if self.path.exists():
            with disk_errors(self.path), self.path.open("rb") as stream:
                yield from _parse(stream)

    def last_rows(self) -> list[dict[str, object]]:
        """The lines at the end, as many as may belong to work that was cut off; quick however long the record is."""
        if not self.path.exists():
            return []
        with disk_errors(self.path), self.path.open("rb") as stream:
            start = max(0, stream.seek(0, os.SEEK_END) - TAIL_BYTES)
            stream.seek(start)
            lines = stream.read().splitlines()
        return list(_parse(lines[1:] if start else lines))


def now_text() -> str:
    """The present, as records name it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _parse(lines: Iterator[bytes] | Sequence[bytes]) -> Iterator[dict[str, object]]:
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


def _ends_with_a_line(descriptor: int) -> bool:
    end = os.lseek(descriptor, 0, os.SEEK_END)
    if not end:
        return True
    os.lseek(descriptor, end - 1, os.SEEK_SET)
    return os.read(descriptor, 1) == b"\n"


DELETED_ITEMS = "deleted_items.jsonl"
BEGUN = "deleting"


def describe_unfinished_deletes(home: Path) -> str | None:
    """A sentence for the start of the menu when the program ended in the middle of deleting; None: nothing is open.

    Reads the end of one file and asks nobody.
    """
    try:
        number = len(read_unfinished(home))
    except OneDriveError:
        return None
    if not number:
        return None
    return (
        f"The program ended in the middle of deleting on OneDrive: for {plural('item', number)} it is not known yet "
        f"whether OneDrive did it. Choose 7: it asks OneDrive, and completes {DELETED_ITEMS}."
    )


def read_unfinished(home: Path) -> list[dict[str, object]]:
    """The lines of deletions that were begun and not ended. Raises FolderNotUsable."""
    waiting: dict[tuple[str, str], dict[str, object]] = {}
    for row in ChangeRecord(home / DELETED_ITEMS).last_rows():
        key = str(row.get("driveId")), str(row.get("id"))
        if row.get("state") == BEGUN:
            waiting[key] = row
        else:
            waiting.pop(key, None)
    return list(waiting.values())
