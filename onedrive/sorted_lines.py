"""Sorting more lines than memory should hold: sorted runs in temporary files, merged when they are read.

What fits into one run never touches the disk.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import IO

from onedrive.list_line import read_line_path, sort_key
from onedrive.state_files import disk_errors

RUN_BYTES = 16 * 1024 * 1024
_BYTES_AROUND = 180  # what Python keeps around a line and its key
_READ_BYTES = 1 << 16

KeyedLine = tuple[bytes, bytes]


class SortedLines:
    """Lines of a list by path, then by id (with which a line begins); a context manager, since it holds open files."""

    def __init__(self, folder: Path, *, run_bytes: int = RUN_BYTES) -> None:
        self._folder = folder
        self._run_bytes = run_bytes
        self._held: list[KeyedLine] = []
        self._held_bytes = 0
        self._runs: list[IO[bytes]] = []

    def __enter__(self) -> SortedLines:
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._runs:
            run.close()

    def add(self, key: bytes, line: bytes) -> None:
        """Take in a line; `key` is `sort_key` of its path. Raises DiskFull."""
        self._held.append((key, line))
        self._held_bytes += len(key) + len(line) + _BYTES_AROUND
        if self._held_bytes >= self._run_bytes:
            self._write_run()

    def __iter__(self) -> Iterator[KeyedLine]:
        """All lines in order, each with its key."""
        self._held.sort()
        if not self._runs:
            return iter(self._held)
        if self._held:
            self._write_run()
        return heapq.merge(*map(_read_run, self._runs))

    def _write_run(self) -> None:
        self._held.sort()
        with disk_errors(self._folder):
            run = tempfile.TemporaryFile(dir=self._folder, prefix=".sorting-")  # noqa: SIM115 - open until merged
            self._runs.append(run)
            run.writelines(line + b"\n" for line in map(itemgetter(1), self._held))
            run.flush()
        self._held.clear()
        self._held_bytes = 0


def keyed(line: bytes) -> KeyedLine:
    """A line of a list with what it is sorted by. Raises ValueError for a line that we did not write."""
    return sort_key(read_line_path(line)), line


def _read_run(run: IO[bytes]) -> Iterator[KeyedLine]:
    run.seek(0)
    for line in run:
        yield keyed(line[:-1])
