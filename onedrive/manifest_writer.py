"""Appending to download_manifest.jsonl: a line a finished file, whole or not at all."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import BinaryIO

from onedrive.manifest import VERSION
from onedrive.manifest_line import DamagedLine, DuplicateLine, ManifestLine, parse_row
from onedrive.state_files import disk_errors


class ManifestWriter:
    """Appends lines; may be used from any thread. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        """Opens the manifest, cuts off a torn last line. Raises FolderNotUsable, DiskFull."""
        self._path = path
        self._lock = threading.Lock()
        with disk_errors(path):
            is_new = _repair(path)
            self._stream: BinaryIO = path.open("ab", buffering=0)
            if is_new:
                self._write(json.dumps({"manifest_version": VERSION}))

    def __enter__(self) -> ManifestWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def append(self, line: ManifestLine | DuplicateLine) -> None:
        """Write one line; it survives the end of this program at once. Raises DiskFull, leaving no half line."""
        with disk_errors(self._path), self._lock:
            if not self._stream.closed:
                self._write(line.to_json())

    def close(self) -> None:
        """Close, and make sure that what was written outlives a power cut."""
        with disk_errors(self._path), self._lock:
            if not self._stream.closed:
                os.fsync(self._stream.fileno())
                self._stream.close()

    def _write(self, text: str) -> None:
        before = os.fstat(self._stream.fileno()).st_size
        left = memoryview(f"{text}\n".encode())
        try:
            while left:
                left = left[self._stream.write(left) :]
        except OSError:
            os.truncate(self._path, before)
            raise


def _repair(path: Path) -> bool:
    """Make the file end with a whole line; True when there is nothing in it yet."""
    if not path.exists() or not path.stat().st_size:
        return True
    with path.open("rb+") as stream:
        end = stream.seek(0, os.SEEK_END)
        start, tail = end, b""
        while start and b"\n" not in tail:
            step = min(start, 1 << 16)
            start = stream.seek(start - step)
            tail = stream.read(step) + tail
        torn = tail[tail.rfind(b"\n") + 1 :]
        if not torn:
            return False
        try:
            parse_row(torn)
        except DamagedLine:
            stream.truncate(end - len(torn))
            return end == len(torn)
        stream.seek(end)
        stream.write(b"\n")  # an editor left the last line without its end
        return False
