"""The drive at a glance: how much of which kind, from which year, in which folders; the largest files.

Counted from the lines of file_list.json as they pass, in memory that does not grow with the number of files.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from onedrive.drive_item import DriveItem, Kind
from onedrive.file_kind import FileKind, kind_of
from onedrive.list_line import read_line_path, read_size, unescape

MOST_FILES = 10
MOST_FOLDERS = 12
MOST_INNER = 3
NO_YEAR = "unknown"

_MIME_TYPE = re.compile(rb'"mimeType":"([^"\\]*)"')
_TAKEN = re.compile(rb'"takenDateTime":"(\d{4})-')
_MODIFIED = re.compile(rb'"fileSystemInfo":\{[^{}]*"lastModifiedDateTime":"(\d{4})-|"lastModifiedDateTime":"(\d{4})-')
_TELLING_FACETS = (b',"video":{', b',"image":{', b',"audio":{', b',"photo":{')
_YEARS = range(1970, 2100)


@dataclass
class Share:
    """So many files and bytes of the whole."""

    files: int = 0
    size_bytes: int = 0

    def add(self, size_bytes: int) -> None:
        """One more file."""
        self.files += 1
        self.size_bytes += size_bytes


@dataclass
class FolderShare:
    """A folder with the bytes of all below it, and the largest folders in it."""

    path: str
    size_bytes: int
    inner: list[FolderShare] = field(default_factory=list)


class DriveGlance:
    """Counts files; `pass_through` lets lines go by and counts them."""

    def __init__(self) -> None:
        self.whole = Share()
        self.kinds: dict[FileKind, Share] = {}
        self.years: dict[str, Share] = {}
        self._largest: list[tuple[int, bytes]] = []
        self._folders: dict[bytes, int] = {}
        self._known_kinds: dict[tuple[object, ...], FileKind] = {}

    def pass_through(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines, each counted."""
        for line in lines:
            self.add(line)
            yield line

    def add(self, line: bytes) -> None:
        """Count one line of file_list.json."""
        path, size_bytes = read_line_path(line), read_size(line)
        self.whole.add(size_bytes)
        self.kinds.setdefault(self._kind(line, path), Share()).add(size_bytes)
        self.years.setdefault(_year(line), Share()).add(size_bytes)
        entry = (size_bytes, path)
        if len(self._largest) < MOST_FILES:
            heapq.heappush(self._largest, entry)
        elif size_bytes > self._largest[0][0]:
            heapq.heapreplace(self._largest, entry)
        steps = path.split(b"/", 3)
        if len(steps) > 2:
            top = steps[1]
            self._folders[top] = self._folders.get(top, 0) + size_bytes
            if len(steps) > 3:
                inner = top + b"/" + steps[2]
                self._folders[inner] = self._folders.get(inner, 0) + size_bytes

    def to_json(self) -> dict[str, object]:
        """The glance as list_state.json keeps it."""
        return {
            "whole": _share_json(self.whole),
            "kinds": {kind.value: _share_json(self.kinds[kind]) for kind in FileKind if kind in self.kinds},
            "years": {year: _share_json(self.years[year]) for year in sorted(self.years)},
            "folders": [vars(folder) | {"inner": [vars(inner) for inner in folder.inner]} for folder in self._tree()],
            "largest": [[size, unescape(path)] for size, path in sorted(self._largest, key=lambda e: (-e[0], e[1]))],
        }

    def _tree(self) -> list[FolderShare]:
        """The largest folders of the root, each with its largest folders."""
        tops = heapq.nsmallest(
            MOST_FOLDERS, ((-size, path) for path, size in self._folders.items() if b"/" not in path)
        )
        chosen = {path: FolderShare("/" + unescape(path), -size) for size, path in tops}
        inner: dict[bytes, list[tuple[int, bytes]]] = {path: [] for path in chosen}
        for path, size in self._folders.items():
            top, slash, _ = path.partition(b"/")
            if slash and top in inner:
                inner[top].append((-size, path))
        for top, found in inner.items():
            for size, path in heapq.nsmallest(MOST_INNER, found):
                chosen[top].inner.append(FolderShare("/" + unescape(path), -size))
        return list(chosen.values())

    def _kind(self, line: bytes, path: bytes) -> FileKind:
        found = _MIME_TYPE.search(line)
        facets = tuple(facet in line for facet in _TELLING_FACETS)
        name = path.rpartition(b"/")[2]
        signs = (name.rpartition(b".")[2] if b"." in name else b"", found.group(1) if found else b"", facets)
        kind = self._known_kinds.get(signs)
        if kind is None:
            kind = _kind_from(name, signs[1], facets)
            if len(self._known_kinds) < 10_000:
                self._known_kinds[signs] = kind
        return kind


def _kind_from(name: bytes, mime_type: bytes, facets: tuple[bool, ...]) -> FileKind:
    held: dict[str, Mapping[str, object]] = {"file": {"mimeType": mime_type.decode()}}
    held.update({sign[2:-3].decode(): {} for sign, is_there in zip(_TELLING_FACETS, facets, strict=True) if is_there})
    return kind_of(DriveItem(id="-", name=unescape(name), kind=Kind.FILE, facets=held))


def _year(line: bytes) -> str:
    """The year in which a photo was taken, or a file last changed."""
    found = _TAKEN.search(line) or _MODIFIED.search(line)
    if found is None:
        return NO_YEAR
    year = next(group for group in found.groups() if group is not None)
    return year.decode() if int(year) in _YEARS else NO_YEAR


def _share_json(share: Share) -> list[int]:
    return [share.files, share.size_bytes]
