"""The parts of a large file: who fetches which, and the small file in which a later run reads how far each of them is.

`partial` writes their bytes into one file; `fetch` asks for the next part, or for half of one that is in work.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from onedrive.home.files import forget_file, is_there, once_free, open_own
from onedrive.quickxorhash import QuickXorHash

PART_BYTES = 64 << 20  # what is larger comes in parts
# What one takes at a time: as few parts as may be, for what comes before its turn is read once more.
STRETCH_BYTES = 512 << 20
LEAST_SHARE_BYTES = 8 << 20  # less than twice this is not divided any further
# No multiple of 160, nor are few of them together: where parts change places QuickXorHash is to notice (its pattern
# comes back after 160 bytes).
_GRAIN_BYTES = 65_599
_WIDTH = 16
_LINE = re.compile(rb"^ *(\d{1,16}) +(\d{1,16}) +(\d{1,16})\n", re.MULTILINE)  # no wider than _WIDTH
_LINE_BYTES = 3 * (_WIDTH + 1)
PARTS_SUFFIX = ".parts"
GROWING_SUFFIX = "-new"
_SEEKING = threading.Lock()  # where the system cannot seek and write, or read, in one


@dataclass
class FilePart:
    """A stretch of a file from byte `start` up to, not including, `end` (None: as far as the file goes)."""

    start: int
    end: int | None
    size_bytes: int = 0  # of it are here
    is_taken: bool = False
    line: int = field(default=-1, compare=False)  # its place among the remembered ones
    early_crc: int = field(default=0, compare=False)  # of what came before its turn, to know it again on the disk
    quick: QuickXorHash = field(init=False, compare=False)

    def __post_init__(self) -> None:
        self.quick = QuickXorHash(self.start)

    @property
    def position(self) -> int:
        """The byte that comes next."""
        return self.start + self.size_bytes

    @property
    def bytes_left(self) -> int | None:
        """How many are to come; None: as many as the file has."""
        return None if self.end is None else self.end - self.position


def choose_part(parts: list[FilePart], total_bytes: int) -> FilePart | None:
    """The part to fetch next, in order of need: one that was given up, the next stretch, half of what another has.

    A new part is put in its place in `parts`; None: there is nothing left to share.
    """
    for part in parts:
        if not part.is_taken and part.bytes_left:
            return part
    begin = parts[-1].end or 0 if parts else 0
    if begin < total_bytes:
        end = min(total_bytes, begin + max(1, STRETCH_BYTES // _GRAIN_BYTES) * _GRAIN_BYTES)
        parts.append(FilePart(begin, end))
        return parts[-1]
    longest = max(parts, key=lambda part: part.bytes_left or 0, default=None)
    if longest is None or longest.end is None or (left := longest.end - longest.position) < 2 * LEAST_SHARE_BYTES:
        return None
    middle = longest.end - left // 2 // _GRAIN_BYTES * _GRAIN_BYTES
    new = FilePart(middle, longest.end)
    longest.end = middle
    parts.insert(parts.index(longest) + 1, new)
    return new


def fill_gaps(remembered: list[tuple[int, int, int]], present_bytes: int) -> list[FilePart]:
    """Parts without overlap or gap out of (start, end, size) lines; what cannot be true is left to be fetched again."""
    parts: list[FilePart] = []
    for start, end, size_bytes in sorted(remembered):
        here = parts[-1].end or 0 if parts else 0
        if not here <= start < end or size_bytes > end - start or (size_bytes and start + size_bytes > present_bytes):
            continue
        if here < start:
            parts.append(FilePart(here, start))
        parts.append(FilePart(start, end, size_bytes))
    return parts


class PartsFile:
    """The small file beside `partial`, which need not exist yet."""

    def __init__(self, partial: Path) -> None:
        self._partial = partial
        self._file: int | None = None
        self._lines = 0

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._partial.with_suffix(PARTS_SUFFIX)

    def read(self) -> list[tuple[int, int, int]] | None:
        """Start, end and size of each remembered part; None: there is no such file. Raises OSError, FolderNotUsable."""
        if not is_there(self.path):
            return None
        return [(int(a), int(b), int(c)) for a, b, c in _LINE.findall(self.path.read_bytes())]

    def write_all(self, parts: list[FilePart]) -> None:
        """Begin anew with these parts, in one step. Raises OSError."""
        self.close()
        new = self.path.with_name(self.path.name + GROWING_SUFFIX)
        for number, part in enumerate(parts):
            part.line = number
        write_own(new, b"".join(map(_line_of, parts)))
        once_free(lambda: new.replace(self.path))
        self._lines = len(parts)
        self._file = os.open(self.path, os.O_RDWR | getattr(os, "O_BINARY", 0))

    def remember(self, part: FilePart) -> None:
        """Write how far a part is, in its own line. Raises OSError."""
        if self._file is None:
            return
        if part.line < 0:
            part.line, self._lines = self._lines, self._lines + 1
        write_at(self._file, _line_of(part), part.line * _LINE_BYTES)

    def close(self) -> None:
        """Let go of the file; it stays."""
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)

    def remove(self) -> None:
        """There are no parts any more; what cannot be removed yet, a later run sweeps up."""
        self.close()
        self._lines = 0
        forget_file(self.path)


def _line_of(part: FilePart) -> bytes:
    return f"{part.start:{_WIDTH}} {part.end:{_WIDTH}} {part.size_bytes:{_WIDTH}}\n".encode("ascii")


def write_own(path: Path, content: bytes) -> None:
    """Make this the content of a small file of ours. Raises OSError, FolderNotUsable."""
    with os.fdopen(open_own(path), "wb") as stream:
        stream.truncate()
        stream.write(content)


def write_at(descriptor: int, block: bytes | memoryview, offset: int) -> None:
    """Write all of a block at a place of a file that other threads may write to as well. Raises OSError."""
    left = memoryview(block)
    while left:
        if sys.platform == "win32":
            with _SEEKING:
                os.lseek(descriptor, offset, os.SEEK_SET)
                written = os.write(descriptor, left)
        else:
            written = os.pwrite(descriptor, left, offset)
        left, offset = left[written:], offset + written


def read_at(descriptor: int, size_bytes: int, offset: int) -> bytes:
    """The bytes at a place of such a file, fewer than asked for where the system has it so. Raises OSError."""
    if sys.platform != "win32":
        return os.pread(descriptor, size_bytes, offset)
    with _SEEKING:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, size_bytes)
