"""download_manifest.jsonl: what has been downloaded, where it is, and how it was proven; one line a finished file.

Lines are only ever appended, each in one write, so a killed program loses at most the line it was writing. That torn
line is cut off before the next is written. The last line of an item is the one that counts.
"""

from __future__ import annotations

import base64
import binascii
import functools
import json
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from onedrive.errors import StateFileBroken
from onedrive.home.files import disk_errors

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
VERIFIED_BY_HASH = "hash"
VERIFIED_BY_SIZE = "size only"
DIFFERS_BY_DESIGN = "differs by design"
VERIFIED_BY_REPEAT = "same bytes twice"  # of another length than listed, and no hash is listed


class DamagedLine(ValueError):
    """A line of the manifest cannot be read."""


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One finished file, as the manifest has it.

    `path` is OneDrive's, `local_path` is below downloads, with `/`. `size_bytes` and `modified` (whole seconds since
    1970) are those of the file as it was left on the disk. Hashes are ours, of the bytes on disk; None: not computed.
    """

    id: str
    drive_id: str
    ctag: str
    etag: str
    path: str
    local_path: str
    size_bytes: int
    modified: int
    quick_xor_hash: str
    verified: str
    when: str  # ISO 8601 in UTC
    sha256: str | None = None
    sha1: str | None = None
    layout: str = ""  # of its place; '': as on OneDrive
    same_as: str | None = None  # the id of the file with the same content that it is a link to, or a copy of

    def to_json(self) -> str:
        """The line without its end."""
        row: dict[str, object] = {
            "id": self.id,
            "drive_id": self.drive_id,
            "cTag": self.ctag,
            "eTag": self.etag,
            "path": self.path,
            "local_path": self.local_path,
        }
        if self.layout:
            row["layout"] = self.layout
        row |= {
            "size": self.size_bytes,
            "mtime": _time_text(self.modified),
            "quickXorHash": self.quick_xor_hash,
        }
        if self.sha256:
            row["sha256"] = self.sha256
        if self.sha1:
            row["sha1"] = self.sha1
        row |= {"verified": self.verified, "when": self.when}
        if self.same_as:
            row["same_as"] = self.same_as
        return _to_json(row)


@dataclass(frozen=True, slots=True)
class DuplicateLine:
    """A file that is not here, because another with the same content is: what is known of it instead."""

    duplicate_of: str  # id, on the same drive
    id: str
    drive_id: str
    path: str
    size_bytes: int
    quick_xor_hash: str
    when: str = ""

    def to_json(self) -> str:
        """The line without its end; it does not begin with the id, as those of files that are here do."""
        return _to_json(
            {
                "duplicate_of": self.duplicate_of,
                "id": self.id,
                "drive_id": self.drive_id,
                "path": self.path,
                "size": self.size_bytes,
                "quickXorHash": self.quick_xor_hash,
                "when": self.when,
            }
        )


def _to_json(row: Mapping[str, object]) -> str:
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    # Names as people search for them; only half a surrogate pair, which UTF-8 cannot hold, stays an escape.
    return _LONE_SURROGATE.sub(lambda half: f"\\u{ord(half.group()):04x}", text)


def parse_row(raw: bytes) -> Mapping[str, object]:
    """The JSON object of one line. Raises DamagedLine."""
    try:
        row = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise DamagedLine from error
    if not isinstance(row, dict):
        raise DamagedLine
    return row


def line_from_row(row: Mapping[str, object]) -> ManifestLine:
    """Check a row, trusting nothing in it. Raises DamagedLine."""
    identity, path, local_path = _text(row, "id"), _text(row, "path"), _text(row, "local_path")
    quick_xor_hash, size = _text(row, "quickXorHash"), row.get("size")
    if type(size) is not int or size < 0 or not path.startswith("/"):
        raise DamagedLine
    hash_bytes(quick_xor_hash)
    return ManifestLine(
        id=identity,
        drive_id=str(row.get("drive_id") or ""),
        ctag=str(row.get("cTag") or ""),
        etag=str(row.get("eTag") or ""),
        path=path,
        local_path=local_path,
        size_bytes=size,
        modified=_seconds(_text(row, "mtime")),
        quick_xor_hash=quick_xor_hash,
        verified=_text(row, "verified"),
        when=str(row.get("when") or ""),
        sha256=str(row["sha256"]) if row.get("sha256") else None,
        sha1=str(row["sha1"]) if row.get("sha1") else None,
        layout=str(row.get("layout") or ""),
        same_as=str(row["same_as"]) if row.get("same_as") else None,
    )


def duplicate_from_row(row: Mapping[str, object]) -> DuplicateLine:
    """Check a row that names a duplicate. Raises DamagedLine."""
    path, size = _text(row, "path"), row.get("size")
    if type(size) is not int or size < 0 or not path.startswith("/"):
        raise DamagedLine
    return DuplicateLine(
        duplicate_of=_text(row, "duplicate_of"),
        id=_text(row, "id"),
        drive_id=str(row.get("drive_id") or ""),
        path=path,
        size_bytes=size,
        quick_xor_hash=_text(row, "quickXorHash"),
        when=str(row.get("when") or ""),
    )


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if isinstance(value, str) and value:
        return value
    raise DamagedLine


def hash_bytes(text: str) -> bytes:
    """The bytes of a hash in base64. Raises DamagedLine."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DamagedLine from error


def _time_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str) -> int:
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError) as error:
        raise DamagedLine from error


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
