"""The drive at a glance: how much of which kind, from which year, in which folders; the largest files.

Counted from the lines of file_list.json as they pass, in memory that does not grow with the number of files.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from onedrive.graph.item import DriveItem, Kind
from onedrive.graph.traits import FileKind, Share, kind_of
from onedrive.listing.line import read_line_path, read_size, unescape

MOST_FILES = 10
MOST_FOLDERS = 12
MOST_INNER = 3
NO_YEAR = "unknown"

_MIME_TYPE = b'"mimeType":"'
_TAKEN = b'"takenDateTime":"'
_CLIENT_TIMES = b'"fileSystemInfo":{'
_MODIFIED = b'"lastModifiedDateTime":"'
_FACETS = ("video", "image", "audio", "photo")
_YEARS = range(1970, 2100)

_NO_FACETS = (False,) * len(_FACETS)
_PLAIN_IMAGES = frozenset({b"image/jpeg", b"image/png", b"image/heic", b"image/heif", b"image/gif", b"image/webp"})

Signs = tuple[bytes, bytes, tuple[bool, ...]]  # extension, MIME type, and which of _FACETS are there


@dataclass
class FolderShare:
    """A folder with the bytes of all below it, and the largest folders in it."""

    path: str
    size_bytes: int
    inner: list[FolderShare] = field(default_factory=list)


class DriveGlance:
    """Counts files; `pass_through` lets lines go by and counts them. They come ordered by path, mostly."""

    def __init__(self) -> None:
        self.whole = Share()
        self._counts: dict[tuple[Signs, bytes], list[int]] = {}
        self._largest: list[tuple[int, bytes]] = [(-1, b"")]
        self._folders: dict[bytes, int] = {}

    def pass_through(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The same lines, each counted."""
        parent, bytes_in_parent = b"", 0
        for line in lines:
            path = read_line_path(line)
            size_bytes = read_size(line)
            folder, _, name = path.rpartition(b"/")
            if folder != parent:
                self._add_to_folders(parent, bytes_in_parent)
                parent, bytes_in_parent = folder, 0
            bytes_in_parent += size_bytes
            mime_type = _text_after(line, _MIME_TYPE)
            # An image's facets add nothing to its MIME type; looking for them costs more than all else here.
            is_plain = mime_type in _PLAIN_IMAGES and line.rfind(b',"video":{') < 0
            facets = _NO_FACETS if is_plain else _find_facets(line)
            signs = (name.rpartition(b".")[2] if b"." in name else b"", mime_type, facets)
            year = _read_year(line)
            count = self._counts.get((signs, year))
            if count is None:
                count = self._counts[signs, year] = [0, 0]
            count[0] += 1
            count[1] += size_bytes
            if size_bytes > self._largest[0][0]:
                self._keep_large(size_bytes, path)
            yield line
        self._add_to_folders(parent, bytes_in_parent)
        self.whole = Share(sum(n for n, _ in self._counts.values()), sum(size for _, size in self._counts.values()))

    @property
    def kinds(self) -> dict[FileKind, Share]:
        """The share of each kind that there is."""
        shares: dict[FileKind, Share] = {}
        for (signs, _), (files, size_bytes) in self._counts.items():
            shares.setdefault(_kind_from(signs), Share()).add(files, size_bytes)
        return {kind: shares[kind] for kind in FileKind if kind in shares}

    @property
    def years(self) -> dict[str, Share]:
        """The share of each year in which photos were taken and other files last changed."""
        shares: dict[str, Share] = {}
        for (_, year), (files, size_bytes) in self._counts.items():
            name = year.decode() if year.isdigit() and int(year) in _YEARS else NO_YEAR
            shares.setdefault(name, Share()).add(files, size_bytes)
        return dict(sorted(shares.items()))

    def to_json(self) -> dict[str, object]:
        """The glance as list_state.json keeps it."""
        return {
            "whole": _share_json(self.whole),
            "kinds": {kind.value: _share_json(share) for kind, share in self.kinds.items()},
            "years": {year: _share_json(share) for year, share in self.years.items()},
            "folders": [vars(folder) | {"inner": [vars(inner) for inner in folder.inner]} for folder in self._tree()],
            "largest": [
                [size, unescape(path)] for size, path in sorted(self._largest, key=lambda e: (-e[0], e[1])) if size >= 0
            ],
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

    def _add_to_folders(self, parent: bytes, size_bytes: int) -> None:
        """Bytes that are directly in a folder count for it, or for the one above it of the first two levels."""
        if not parent:
            return
        _, top, *below = parent.split(b"/", 3)
        self._folders[top] = self._folders.get(top, 0) + size_bytes
        if below:
            inner = top + b"/" + below[0]
            self._folders[inner] = self._folders.get(inner, 0) + size_bytes

    def _keep_large(self, size_bytes: int, path: bytes) -> None:
        keep = heapq.heappush if len(self._largest) < MOST_FILES else heapq.heapreplace
        keep(self._largest, (size_bytes, path))


def _find_facets(line: bytes) -> tuple[bool, ...]:
    return b',"video":{' in line, b',"image":{' in line, b',"audio":{' in line, b',"photo":{' in line


def _text_after(line: bytes, key: bytes) -> bytes:
    """The text that follows a key, as far as the next quote; b'' when the key is not there."""
    start = line.find(key)
    return line[start + len(key) : line.index(b'"', start + len(key))] if start >= 0 else b""


def _read_year(line: bytes) -> bytes:
    """The four digits of the year in which a photo was taken, or a file last changed on its owner's computer."""
    start = line.find(_TAKEN)
    if start >= 0:
        return line[start + len(_TAKEN) : start + len(_TAKEN) + 4]
    start = line.find(_MODIFIED, max(0, line.find(_CLIENT_TIMES)))
    return line[start + len(_MODIFIED) : start + len(_MODIFIED) + 4] if start >= 0 else b""


def _kind_from(signs: Signs) -> FileKind:
    extension, mime_type, facets = signs
    held: dict[str, Mapping[str, object]] = {"file": {"mimeType": mime_type.decode()}}
    held.update({facet: {} for facet, is_there in zip(_FACETS, facets, strict=True) if is_there})
    name = f"-.{unescape(extension)}" if extension else "-"
    return kind_of(DriveItem(id="-", name=name, kind=Kind.FILE, facets=held))


def _share_json(share: Share) -> list[int]:
    return [share.files, share.size_bytes]
