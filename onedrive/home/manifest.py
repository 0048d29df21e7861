"""download_manifest.jsonl: what has been downloaded, where it is, and how it was proven; one line a finished file.

Lines are only ever appended (`files.JsonLines`). The last line of an item is the one that counts. Options 4 and 7 write
it; what is recorded decides in `download/plan.py` what there is to do, and in `verify/judgement.py` what is proven.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from onedrive.errors import OneDriveError, StateFileBroken
from onedrive.home.files import JsonLines, disk_errors, is_there, now_text, time_of, write_whole
from onedrive.home.reading import read_note, read_object

VERIFIED_BY_HASH = "hash"
VERIFIED_BY_SIZE = "size only"
DIFFERS_BY_DESIGN = "differs by design"
VERIFIED_BY_REPEAT = "same bytes twice"  # of another length than listed, and no hash is listed
PUT_BACK = "put back"  # an earlier content, which the person put in the place of what OneDrive has
AS_SENT = "as OneDrive sends it"  # twice the same, of another length than listed and with another hash


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One finished file, as the manifest has it; or one that is only named, because its content is here as another's.

    `path` is OneDrive's, `place` is where it was put below downloads, with `/`; '': as `path` says. `size_bytes` and
    `modified` (whole seconds since 1970) are those of the file as it was left on the disk. Hashes are ours, of the
    bytes on disk; None: not computed. When it was written is in the file alone.
    """

    id: str
    drive_id: str
    ctag: str
    etag: str
    path: str
    place: str
    size_bytes: int
    modified: int
    quick_xor_hash: str
    verified: str
    sha256: str | None = None
    sha1: str | None = None
    layout: str = ""  # of its place; '': as on OneDrive
    same_as: str | None = None  # the id of the file with the same content that it is a link to, or a copy of
    put_back_over: str = ""  # the quickXorHash that OneDrive had when the person put an earlier content back
    duplicate_of: str = ""  # the id of the file, on the same drive, that is here in its stead; '': it is here itself
    live: str | None = None  # the mark of a Live Photo's half (`local/live_photos.py`); None: nobody has looked
    is_damaged: bool = False  # not on record: a verification found other bytes there, whatever size and time say

    @property
    def local_path(self) -> str:
        """Where the file was put, below downloads."""
        return self.place or self.path[1:]

    @property
    def quick_xor(self) -> bytes:
        """The quickXorHash as bytes."""
        return base64.b64decode(self.quick_xor_hash)

    def has_ctag(self, ctag: str) -> bool:
        """True when the content is the one that `ctag` names; an absent cTag names none."""
        return bool(ctag) and self.ctag == ctag

    def has_etag(self, etag: str) -> bool:
        """True when the item is as it was then, its metadata included; an absent eTag says nothing."""
        return bool(etag) and self.etag == etag

    def to_row(self, when: str) -> dict[str, object]:
        """The line as it stands in the file, written at a time (ISO 8601 in UTC).

        That of a file which is only named begins with the id of the one that is here.
        """
        row: dict[str, object] = {"duplicate_of": self.duplicate_of} if self.duplicate_of else {}
        row |= {"id": self.id, "drive_id": self.drive_id}
        if self.duplicate_of:
            row |= {"path": self.path, "size": self.size_bytes, "quickXorHash": self.quick_xor_hash, "when": when}
        else:
            layout = {"layout": self.layout} if self.layout else {}
            row |= {"cTag": self.ctag, "eTag": self.etag, "path": self.path, "local_path": self.local_path, **layout}
            row |= {"size": self.size_bytes, "mtime": _time_text(self.modified), "quickXorHash": self.quick_xor_hash}
            row |= {key: value for key, value in (("sha256", self.sha256), ("sha1", self.sha1)) if value}
            row |= {"live": self.live} if self.live is not None else {}
            row |= {"verified": self.verified, "when": when, **({"same_as": self.same_as} if self.same_as else {})}
            row |= {"put_back_over": self.put_back_over} if self.put_back_over else {}
        return row


def _line_from_row(row: Mapping[str, object]) -> ManifestLine | None:
    """Check a row, trusting nothing in it; None for a damaged one."""
    try:
        path, size, is_named = _text(row, "path"), row.get("size"), "duplicate_of" in row
        if type(size) is not int or size < 0 or not path.startswith("/"):
            return None
        place = "" if is_named else _text(row, "local_path")
        base64.b64decode(quick_xor_hash := _text(row, "quickXorHash"), validate=True)
        return ManifestLine(
            id=_text(row, "id"),
            # What many lines have in common is in memory once.
            drive_id=sys.intern(str(row.get("drive_id") or "")),
            ctag=str(row.get("cTag") or ""),
            etag=str(row.get("eTag") or ""),
            path=path,
            place="" if place == path[1:] else place,
            size_bytes=size,
            modified=0 if is_named else int(datetime.fromisoformat(_text(row, "mtime")).timestamp()),
            quick_xor_hash=quick_xor_hash,
            verified="" if is_named else sys.intern(_text(row, "verified")),
            sha256=str(row["sha256"]) if row.get("sha256") else None,
            sha1=str(row["sha1"]) if row.get("sha1") else None,
            layout=sys.intern(str(row.get("layout") or "")),
            same_as=str(row["same_as"]) if row.get("same_as") else None,
            put_back_over=str(row.get("put_back_over") or ""),
            duplicate_of=_text(row, "duplicate_of") if is_named else "",
            live=sys.intern(live) if isinstance(live := row.get("live"), str) else None,
        )
    except (ValueError, OverflowError):
        return None


def _text(row: Mapping[str, object], name: str) -> str:
    """Raises ValueError for what is no text, or an empty one."""
    value = row.get(name)
    if isinstance(value, str) and value:
        return value
    raise ValueError(name)


def _time_text(seconds: int) -> str:
    return f"{time_of(seconds):%Y-%m-%dT%H:%M:%SZ}"


MANIFEST = "download_manifest.jsonl"
_MANIFEST_VERSION = 1
_MANIFEST_HINT = (
    "Move it away and choose 4: files that are already here are recognised by their content and not downloaded again."
)


class Manifest:
    """What is recorded, by drive and item id: the last line of each file."""

    def __init__(self) -> None:
        self.damaged_lines = 0
        self._by_drive: dict[str, dict[str, ManifestLine]] = {}
        # Path and place of the last line in each other layout: so that a file finds back to where it was.
        self._earlier: dict[tuple[str, str, str], tuple[str, str]] = {}
        self._duplicates: dict[tuple[str, str], ManifestLine] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_drive.values()))

    def find(self, drive_id: str, item_id: str) -> ManifestLine | None:
        """The last line of an item; None when it was never finished."""
        return self._by_drive.get(drive_id, {}).get(item_id)

    def entries(self) -> Iterator[ManifestLine]:
        """All that is recorded, one line an item."""
        for items in self._by_drive.values():
            yield from items.values()

    def earlier_place(self, drive_id: str, item_id: str, path: str, layout: str) -> str:
        """Where a file with this path on OneDrive was in a layout that it is not recorded in; '' when it was not."""
        earlier = self._earlier.get((drive_id, item_id, layout)) if self._earlier else None
        return earlier[1] if earlier and earlier[0] == path else ""

    def folders_in(self, layouts: Collection[str]) -> Iterator[tuple[str, str]]:
        """OneDrive's path of a file's folder and the place of that, of all that is or was recorded in these layouts."""
        for line in self.entries():
            if line.layout in layouts:
                yield line.path.rpartition("/")[0], line.local_path.rpartition("/")[0]
        for (_, _, layout), (path, place) in self._earlier.items():
            if layout in layouts:
                yield path.rpartition("/")[0], place.rpartition("/")[0]

    def find_duplicate(self, drive_id: str, item_id: str) -> ManifestLine | None:
        """What is known of a file that was only named, because another with its content is here."""
        return self._duplicates.get((drive_id, item_id)) if self._duplicates else None

    def relocate(self, drive_id: str, item_id: str, *, path: str, place: str, layout: str) -> None:
        """Remember that a recorded file was moved on this disk, and its path on OneDrive now."""
        items = self._by_drive[drive_id]
        items[item_id] = replace(items[item_id], path=path, place="" if place == path[1:] else place, layout=layout)

    def mark_damaged(self, drive_id: str, item_id: str) -> None:
        """Remember that what stands in a recorded place is not what was put there."""
        if line := self.find(drive_id, item_id):
            self._by_drive[drive_id][item_id] = replace(line, is_damaged=True)

    def take(self, line: ManifestLine) -> None:
        """Remember a line in place of earlier ones of its item; what is only named leaves the record of the file."""
        if line.duplicate_of:
            self._duplicates[line.drive_id, line.id] = line
            return
        items = self._by_drive.setdefault(line.drive_id, {})
        old = items.get(line.id)
        if old is not None and old.layout != line.layout:
            self._earlier[line.drive_id, line.id, old.layout] = (old.path, old.local_path)
        self._duplicates.pop((line.drive_id, line.id), None)
        items[line.id] = line


def read_manifest(path: Path) -> Manifest:
    """What `path` records; empty when there is no such file.

    Damaged lines are passed over and counted. Raises StateFileBroken (another version), FolderNotUsable.
    """
    manifest = Manifest()
    for line in _read_all(path):
        if line is None:
            manifest.damaged_lines += 1
        else:
            manifest.take(line)
    return manifest


def read_lines(path: Path) -> Iterator[ManifestLine | None]:
    """The line of every file in the order of writing, None for a damaged one. Raises as `read_manifest`."""
    return (line for line in _read_all(path) if line is None or not line.duplicate_of)


def _read_all(path: Path) -> Iterator[ManifestLine | None]:
    if not is_there(path):
        return
    with disk_errors(path), path.open("rb") as stream:
        for raw in stream:
            row = read_object(raw)
            if row is None or "manifest_version" not in row:
                yield _line_from_row(row or {})
            elif row["manifest_version"] != _MANIFEST_VERSION:
                raise StateFileBroken(path, "it was written by another version of this program", _MANIFEST_HINT)


class ManifestWriter(JsonLines):
    """Appends lines; may be used from any thread. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        if self.was_empty:
            self.write({"manifest_version": _MANIFEST_VERSION})

    def __exit__(self, *exception: object) -> None:
        """Close, and count what is recorded now, so that the menu need not."""
        super().__exit__(*exception)
        if exception[0] is None:
            count_downloaded(self._path.parent)

    def append(self, line: ManifestLine) -> None:
        """Write one line; it survives the end of this program at once. Raises DiskFull, leaving no half line."""
        self.write(line.to_row(now_text()))


DOWNLOAD_COUNT = "download_count.json"
_LONG_BYTES = 4 << 20  # a shorter manifest is read in no time
_ID_OF_A_LINE = re.compile(rb'\{"id":"([^"]+)"')


def count_downloaded(home: Path) -> int:
    """How many files the manifest names, for the menu; one that came again counts once, an unreadable manifest names 0.

    That of a long manifest is noted beside it, and holds as long as the manifest has the same size and time.
    """
    seen: set[bytes] = set()
    with suppress(OSError, UnicodeError), (home / MANIFEST).open("rb") as lines:
        status = os.fstat(lines.fileno())  # before it is read: what another run appends meanwhile makes the note old
        same = {"manifest_bytes": status.st_size, "manifest_time_ns": status.st_mtime_ns}
        noted = read_note(home / DOWNLOAD_COUNT) if status.st_size >= _LONG_BYTES else {}
        files = noted.pop("files", None)
        if noted == same and type(files) is int:
            return files
        seen.update(found[1] for found in map(_ID_OF_A_LINE.match, lines) if found)
        if status.st_size >= _LONG_BYTES:
            with suppress(OneDriveError):  # where nothing can be noted, it is counted each time
                write_whole(home / DOWNLOAD_COUNT, json.dumps({"files": len(seen), **same}) + "\n")
    return len(seen)
