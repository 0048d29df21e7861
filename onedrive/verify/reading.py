"""Reading all that is here as far as it must be, before anything is judged; and what has been read already.

places of the drive's files ─► whatever else is here ─► what was read before a stop ─► the rest is read
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from onedrive.errors import FolderNotUsable
from onedrive.graph.item import DriveItem
from onedrive.home.files import disk_errors, replace_file, replace_when_whole
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.listing.refresh import CurrentList
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import FileTask, ReadCounter, choose_processes, read_files
from onedrive.local.places import SUMS_FILE, Filing, LocalPaths
from onedrive.local.proof import hash_agrees
from onedrive.verify.inventory import Identity, Listed, LocalInventory, walk_strangers
from onedrive.verify.judgement import FoundFile, may_trust

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


KNOWN_SUMS = "sums.jsonl"
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))


def recall_sums(home: Path, found: Mapping[str, FoundFile]) -> None:
    """Note the sums of files whose size and time are those of last time. Raises FolderNotUsable."""
    path = home / KNOWN_SUMS
    if not path.exists():
        return
    with disk_errors(path), path.open("rb") as stream:
        stream.readline()
        for line in stream:
            try:
                place, size_bytes, mtime_ns, quick_xor, sha256 = json.loads(line)
                file = found.get(place)
                if file and (file.size_bytes, file.mtime_ns) == (size_bytes, mtime_ns):
                    file.remember(base64.b64decode(quick_xor), bytes.fromhex(sha256))
            except (ValueError, TypeError, RecursionError):
                continue  # a damaged line: the sum is computed again


def write_sums(home: Path, folder: DownloadFolder, files: Mapping[str, FoundFile]) -> int:
    """Replace SHA256SUMS and what is known of the sums, each in one step; how many lines it has.

    `files` is what stands where, by place; what is not good or has no sum is left out. Raises DiskFull,
    FolderNotUsable, NotPlaceable.
    """
    good = sorted(place for place, file in files.items() if file.is_good and file.sha256)
    target, growing = folder.root / SUMS_FILE, folder.partial / SUMS_FILE
    ours = _read_ours(home)
    if target.is_dir():
        raise FolderNotUsable(target, "a folder stands where the sums belong")
    if os.path.lexists(target) and _mark(target) not in {*ours.values()} - {""}:  # ours too when the disk has moved
        folder.keep_beside(SUMS_FILE)
    # It grows where no file of the drive can be; `SHA256SUMS.new` may be one.
    with replace_when_whole(growing) as stream:
        for place in good:
            stream.buffer.write(sums_line(os.fsencode(place), files[place].sha256))
    with disk_errors(target):
        replace_file(growing, target)
        ours[str(folder.root)] = _mark(target)
    with replace_when_whole(home / KNOWN_SUMS) as stream:
        stream.write(json.dumps({"written": ours}) + "\n")
        stream.writelines(_known_line(place, files[place]) for place in good)
    return len(good)


def sums_line(name: bytes, sha256: bytes) -> bytes:
    """A line as `sha256sum` writes it: with a backslash before it where the name needs escapes."""
    escaped = b"./-" if name == b"-" else name  # - alone is what is typed, to it
    for character, escape in _ESCAPES:
        escaped = escaped.replace(character, escape)
    mark = b"\\" if b"\\" in escaped else b""
    return b"%b%b  %b\n" % (mark, sha256.hex().encode(), escaped)


def _known_line(place: str, file: FoundFile) -> str:
    quick_xor = base64.b64encode(file.quick_xor).decode("ascii")
    row = [place, file.size_bytes, file.mtime_ns, quick_xor, file.sha256.hex()]
    return json.dumps(row, separators=(",", ":")) + "\n"


def _read_ours(home: Path) -> dict[str, str]:
    """By downloads folder: the SHA-256 of the SHA256SUMS that we wrote there."""
    path = home / KNOWN_SUMS
    try:
        with disk_errors(path), path.open("rb") as stream:
            written = json.loads(stream.readline())["written"]
    except (FolderNotUsable, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return written if isinstance(written, dict) else {}


def _mark(path: Path) -> str:
    """What tells a SHA256SUMS that we wrote from another; '' for what cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


_ALL = 2**64


@dataclass(frozen=True)
class VerificationWay:
    """`share` of the files are read, 0.0 to 1.0; which of them, differs from `day` to day and not within one."""

    share: float = 1.0
    day: str = ""

    def reads(self, item_id: str) -> bool:
        """Whether this file is read, however good it looks."""
        if self.share >= 1.0:
            return True
        drawn = hashlib.sha256(f"{self.day}/{item_id}".encode("utf-8", "surrogatepass")).digest()[:8]
        return int.from_bytes(drawn, "big") < self.share * _ALL

    def describe(self) -> str:
        """The way as verification.json names it: 'read', 'quick', 'sample 5 %'."""
        if self.share >= 1.0:
            return "read"
        return f"sample {self.share * 100:g} %" if self.share > 0 else "quick"


def choose_way(*, quick: bool, sample_percent: float | None, day: str) -> VerificationWay:
    """The way that the flags ask for; a sample wins."""
    if sample_percent is not None:
        return VerificationWay(min(max(sample_percent / 100, 0.0), 1.0), day)
    return VerificationWay(0.0 if quick else 1.0, day)


class LocalReading:
    """What is in a downloads folder, beside a list. `strangers` stand in no file's place, by place.

    `here_as`: where a missing item's content seems to be under another name; `content_of` the other way round.
    """

    def __init__(
        self,
        home: Path,
        folder: DownloadFolder,
        manifest: Manifest,
        filing: Filing,
        current: CurrentList,
        way: VerificationWay,
    ) -> None:
        self.strangers: dict[str, FoundFile] = {}
        self.here_as: dict[Identity, str] = {}
        self.content_of: dict[str, str] = {}
        self.recalled = 0
        self.read_files = 0
        self.read_bytes = 0
        self._home = home
        self._folder = folder
        self._current = current
        self._way = way
        self.inventory = LocalInventory(folder, manifest, filing, self._must_read)

    def look(self, journal: ReadingJournal, paths: LocalPaths) -> None:
        """See what stands where, and what is known of it from before. Raises StateFileBroken, FolderNotUsable."""
        self.inventory.take_all(self._current.files(), paths)
        found = self.inventory.found
        self.strangers.update(walk_strangers(self._folder.root, self._folder.rules, found, self._is_state_file))
        recall_sums(self._home, ChainMap(self.strangers, found))
        suspects = self._suspects()
        self.recalled = journal.recall(found) + journal.recall({place: self.strangers[place] for place in suspects})
        places = [*self.inventory.to_read, *suspects]
        self._to_read = [place for place in places if not self._at(place).is_read or self._lacks_sum(place)]
        self._to_read.sort(key=lambda place: -self._at(place).size_bytes)

    @property
    def to_read(self) -> tuple[int, int]:
        """Files and bytes that are still to be read."""
        return len(self._to_read), sum(self._at(place).size_bytes for place in self._to_read)

    def read(self, counter: ReadCounter, journal: ReadingJournal) -> None:
        """Read what must be; each file's hashes are kept in the journal at once. Raises DiskFull."""
        processes = choose_processes(*self.to_read)
        while self._to_read:
            with closing(read_files(self._tasks(), counter, processes=processes)) as hashes:
                for got in hashes:
                    file = self._at(got.place)
                    file.take(got)
                    journal.add(got.place, file)
                    self.read_files += 1
                    self.read_bytes += got.size_bytes
            # A remembered sum was of other bytes than are here now: once more, for the sum.
            self._to_read = [place for place in self._to_read if self._lacks_sum(place)]
        self._find_renamed()

    def holds(self, place: str, item: DriveItem) -> bool:
        """Whether the content of an item stands in the place of another one."""
        found = self.inventory.found.get(place)
        return found is not None and found.is_file and not found.error and hash_agrees(item, found.digest) is True

    def with_sums(self) -> dict[str, FoundFile]:
        """What SHA256SUMS is to name, as far as it is good: also what is only here and as it was when it was proven.

        For what is gone from OneDrive the sum is the last proof that there is.
        """
        kept = {place: file for place, file in self.strangers.items() if file.sha256 and not file.error}
        for file in kept.values():
            file.is_good = True
        return {**self.inventory.found, **kept}

    def _must_read(self, listed: Listed, recorded: ManifestLine | None, found: FoundFile) -> bool:
        return self._way.reads(listed.id) or not may_trust(listed.size_bytes, listed.modified, recorded, found)

    def _is_state_file(self, path: Path) -> bool:
        """Whether it is ours, where the home is the downloads folder or inside of it."""
        return path.parent in (self._home, self._current.home)

    def _at(self, place: str) -> FoundFile:
        return self.inventory.found.get(place) or self.strangers[place]

    def _lacks_sum(self, place: str) -> bool:
        file = self.inventory.found.get(place)
        return file is not None and file.is_read and not file.sha256 and not file.error

    def _tasks(self) -> Iterator[FileTask]:
        for place in self._to_read:
            file, path = self._at(place), str(self._folder.path(place))
            needs_sum = place in self.inventory.found and not file.sha256
            yield FileTask(place, path, file.size_bytes, with_sha256=needs_sum)

    def _suspects(self) -> list[str]:
        """Strangers of the size of something that is missing: perhaps renamed here."""
        if not (self.strangers and self.inventory.missing):
            return []
        sizes = {item.size for item in self._current.files() if item.size and self.inventory.find(item) is None}
        return [place for place, file in self.strangers.items() if file.is_file and file.size_bytes in sizes]

    def _find_renamed(self) -> None:
        by_content = {
            (file.size_bytes, file.digest.quick_xor_hash): place
            for place, file in self.strangers.items()
            if file.is_read and not file.error
        }
        if not by_content:
            return
        for item in self._current.files():
            place = by_content.get((item.size or 0, item.quick_xor_hash or ""))
            if place is not None and self.inventory.find(item) is None:
                self.here_as[(item.drive_id, item.id)] = place
                self.content_of.setdefault(place, item.path)
