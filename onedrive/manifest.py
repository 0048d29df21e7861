"""download_manifest.jsonl: what has been downloaded, where it is, and how it was proven; one line a finished file.

Lines are only ever appended, each in one write, so a killed program loses at most the line it was writing. That torn
line is cut off before the next is written. The last line of an item is the one that counts.
"""

from __future__ import annotations

import base64
import functools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from onedrive.errors import StateFileBroken
from onedrive.manifest_line import (
    DamagedLine,
    DuplicateLine,
    ManifestLine,
    duplicate_from_row,
    hash_bytes,
    line_from_row,
    parse_row,
)
from onedrive.state_files import disk_errors

MANIFEST = "download_manifest.jsonl"
VERSION = 1
_HINT = (
    "Move it away and choose 4 again: files that are here already are then recognised by their content "
    "and not fetched a second time."
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What must be remembered of a line to decide whether a file is here: some 500 bytes of memory.

    cTag and eTag are only ever compared, so their hashes stand for them; `local_place` is '' for OneDrive's path.
    """

    folder: str
    name: str
    local_place: str
    size_bytes: int
    modified: int
    ctag_mark: int
    etag_mark: int
    quick_xor: bytes
    verified: str
    rare: tuple[str | None, str | None, str] | None  # SHA-256, SHA-1, layout; None: no such hash, as on OneDrive
    is_damaged: bool = False  # a verification found other bytes there, whatever size and time say

    @property
    def path(self) -> str:
        """OneDrive's path at the time."""
        return f"{self.folder}/{self.name}"

    @property
    def local_path(self) -> str:
        """Where the file was put, below downloads."""
        return self.local_place or self.path[1:]

    @property
    def quick_xor_hash(self) -> str:
        """The hash of the bytes on disk, in base64."""
        return base64.b64encode(self.quick_xor).decode("ascii")

    @property
    def shas(self) -> tuple[str | None, str | None] | None:
        """SHA-256 and SHA-1 of the bytes on disk; None: neither is known."""
        return self.rare[:2] if self.rare and (self.rare[0] or self.rare[1]) else None

    @property
    def layout(self) -> str:
        """The word for the layout of its place; '': as on OneDrive."""
        return self.rare[2] if self.rare else ""

    def has_ctag(self, ctag: str) -> bool:
        """True when the content is the one that `ctag` names; an absent cTag names none."""
        return bool(ctag) and self.ctag_mark == hash(ctag)

    def has_etag(self, etag: str) -> bool:
        """True when the item is as it was then, its metadata included; an absent eTag says nothing."""
        return bool(etag) and self.etag_mark == hash(etag)


class Manifest:
    """What is recorded, by drive and item id; holds what `choose_action` needs, not the lines themselves."""

    def __init__(self) -> None:
        self.damaged_lines = 0
        self._by_drive: dict[str, dict[str, Recorded]] = {}
        # Path and place of the last line of another layout: so that a file finds back to where it was.
        self._earlier: dict[tuple[str, str], tuple[str, str]] = {}
        self._duplicates: dict[tuple[str, str], DuplicateLine] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_drive.values()))

    def find(self, drive_id: str, item_id: str) -> Recorded | None:
        """The last line of an item; None when it was never finished."""
        items = self._by_drive.get(drive_id)
        return items.get(item_id) if items else None

    def entries(self) -> Iterator[Recorded]:
        """All that is recorded, one entry an item."""
        for items in self._by_drive.values():
            yield from items.values()

    def items(self) -> Iterator[tuple[str, str, Recorded]]:
        """All that is recorded, with drive id and item id."""
        for drive_id, items in self._by_drive.items():
            for item_id, recorded in items.items():
                yield drive_id, item_id, recorded

    def earlier_place(self, drive_id: str, item_id: str, path: str) -> str:
        """Where a file with this path on OneDrive was in another layout than it is recorded in; '' when it was not."""
        earlier = self._earlier.get((drive_id, item_id)) if self._earlier else None
        return earlier[1] if earlier and earlier[0] == path else ""

    def folders_in(self, layout: str) -> Iterator[tuple[str, str]]:
        """OneDrive's path of a file's folder and the place of that, of all that is or was recorded in a layout."""
        for drive_id, item_id, recorded in self.items():
            if recorded.layout == layout:
                yield recorded.folder, recorded.local_path.rpartition("/")[0]
            elif earlier := self._earlier.get((drive_id, item_id)):
                yield earlier[0].rpartition("/")[0], earlier[1].rpartition("/")[0]

    def find_duplicate(self, drive_id: str, item_id: str) -> DuplicateLine | None:
        """What is known of a file that was only named, because another with its content is here."""
        return self._duplicates.get((drive_id, item_id)) if self._duplicates else None

    def duplicates(self) -> Iterator[DuplicateLine]:
        """All files that were only named."""
        yield from self._duplicates.values()

    def relocate(self, drive_id: str, item_id: str, *, path: str, place: str, layout: str) -> None:
        """Remember that a recorded file was moved on this disk, and its path on OneDrive now."""
        recorded = self._by_drive[drive_id][item_id]
        folder, _, name = path.rpartition("/")
        self._by_drive[drive_id][item_id] = replace(
            recorded,
            folder=sys.intern(folder),
            name=name,
            local_place="" if place == path[1:] else place,
            rare=_rare(*(recorded.shas or (None, None)), layout),
        )

    def mark_damaged(self, drive_id: str, item_id: str) -> None:
        """Remember that what stands in a recorded place is not what was put there."""
        recorded = self.find(drive_id, item_id)
        if recorded is not None:
            self._by_drive[drive_id][item_id] = replace(recorded, is_damaged=True)

    def take(self, line: ManifestLine) -> None:
        """Remember a line in place of earlier ones of its item."""
        folder, _, name = line.path.rpartition("/")
        items = self._by_drive.setdefault(sys.intern(line.drive_id), {})
        old = items.get(line.id)
        if old is not None and old.layout != line.layout:
            self._earlier[(line.drive_id, line.id)] = (old.path, old.local_path)
        if self._duplicates:
            self._duplicates.pop((line.drive_id, line.id), None)
        items[line.id] = Recorded(
            folder=sys.intern(folder),
            name=name,
            local_place="" if line.local_path == line.path[1:] else line.local_path,
            size_bytes=line.size_bytes,
            modified=line.modified,
            ctag_mark=hash(line.ctag),
            etag_mark=hash(line.etag),
            quick_xor=hash_bytes(line.quick_xor_hash),
            verified=sys.intern(line.verified),
            rare=_rare(line.sha256, line.sha1, line.layout),
        )

    def take_duplicate(self, line: DuplicateLine) -> None:
        """Remember a file that is only named; what is recorded of it as a file stays."""
        self._duplicates[(line.drive_id, line.id)] = line


@functools.lru_cache(maxsize=64)
def _rare(sha256: str | None, sha1: str | None, layout: str) -> tuple[str | None, str | None, str] | None:
    """The same tuple for all files that differ in nothing here."""
    return (sha256, sha1, layout) if sha256 or sha1 or layout else None


def read_manifest(path: Path) -> Manifest:
    """What `path` records; empty when there is no such file.

    Damaged lines are passed over and counted. Raises StateFileBroken (another version), FolderNotUsable.
    """
    manifest = Manifest()
    for line in _read_all(path):
        if line is None:
            manifest.damaged_lines += 1
        elif isinstance(line, DuplicateLine):
            manifest.take_duplicate(line)
        else:
            manifest.take(line)
    return manifest


def read_lines(path: Path) -> Iterator[ManifestLine | None]:
    """The line of every file in the order of writing, None for a damaged one. Raises as `read_manifest`."""
    return (line for line in _read_all(path) if not isinstance(line, DuplicateLine))


def _read_all(path: Path) -> Iterator[ManifestLine | DuplicateLine | None]:
    if not path.exists():
        return
    with disk_errors(path), path.open("rb") as stream:
        for raw in stream:
            try:
                row = parse_row(raw)
                if "manifest_version" in row:
                    _check_version(path, row)
                elif "duplicate_of" in row:
                    yield duplicate_from_row(row)
                else:
                    yield line_from_row(row)
            except DamagedLine:
                yield None


def _check_version(path: Path, row: Mapping[str, object]) -> None:
    if row["manifest_version"] != VERSION:
        raise StateFileBroken(path, "it was written by another version of this program", _HINT)
