"""verification_in_progress.jsonl: what option 6 has read so far, so that after a stop it goes on from there.

One line a file, appended as the hashes come; gone when the verification has ended. What was read more than a day ago is
read again.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from onedrive.found_file import FoundFile
from onedrive.state_files import disk_errors

READING_JOURNAL = "verification_in_progress.jsonl"
LONGEST_SECONDS = 24 * 3600
_VERSION = 1


class ReadingJournal:
    """The journal in a home, about one downloads folder; a context manager. `found` is by place."""

    def __init__(self, home: Path, downloads: Path, *, now: Callable[[], float] = time.time) -> None:
        self._path = home / READING_JOURNAL
        self._head = {"version": _VERSION, "downloads": str(downloads)}
        self._now = now
        self._stream: BinaryIO | None = None

    def __enter__(self) -> ReadingJournal:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def recall(self, found: Mapping[str, FoundFile]) -> int:
        """Note what was read before of files that are untouched since; how many those are. Raises FolderNotUsable."""
        if not self._path.exists():
            return 0
        known = 0
        with disk_errors(self._path), self._path.open("rb") as stream:
            if _row(stream.readline()) != self._head:
                self._path.unlink()
                return 0
            for line in stream:
                known += self._recall_one(_row(line), found)
        return known

    def add(self, place: str, read: FoundFile) -> None:
        """Keep what was just read; it outlives the end of this program at once. Raises DiskFull."""
        if read.error:
            return
        row = {
            "place": place,
            "size": read.size_bytes,
            "mtime_ns": read.mtime_ns,
            "inode": read.inode,
            "ctime_ns": read.ctime_ns,
            "quickXorHash": base64.b64encode(read.quick_xor).decode("ascii"),
            "sha256": read.sha256.hex(),
            "when": int(self._now()),
        }
        self._write(row)

    def discard(self) -> None:
        """Everything has been judged: nothing is in progress any more."""
        self.__exit__()
        with disk_errors(self._path):
            self._path.unlink(missing_ok=True)

    def _recall_one(self, row: Mapping[str, object], found: Mapping[str, FoundFile]) -> int:
        file, when = found.get(str(row.get("place"))), row.get("when")
        if file is None or not isinstance(when, int) or not 0 <= self._now() - when <= LONGEST_SECONDS:
            return 0
        known = tuple(row.get(name) for name in ("size", "mtime_ns", "inode", "ctime_ns"))
        if known != (file.size_bytes, file.mtime_ns, file.inode, file.ctime_ns):
            return 0
        try:
            quick_xor, sha256 = (
                base64.b64decode(str(row["quickXorHash"]), validate=True),
                bytes.fromhex(str(row["sha256"])),
            )
        except (KeyError, ValueError):
            return 0
        fresh = not file.is_read
        file.remember(quick_xor, sha256)
        file.is_read, file.read_at = True, when
        return fresh

    def _write(self, row: Mapping[str, object]) -> None:
        with disk_errors(self._path):
            if self._stream is None:
                is_new = not self._path.exists()
                self._stream = self._path.open("ab", buffering=0)
                # A line that a killed program left half is ended, so that the next one is whole.
                self._stream.write(_line(self._head) if is_new else b"\n")
            self._stream.write(_line(row))


def _line(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def _row(line: bytes) -> Mapping[str, object]:
    """The object of a line; empty for a damaged one."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}
