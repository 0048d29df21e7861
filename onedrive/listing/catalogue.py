"""The working index of a listing: the journal of all that came, read in two passes into sorted lists.

The last occurrence of an item wins (GRAPH_FACTS §2.5). To know in little memory which items occur twice, each key sets
one bit of a large field; a key whose bit is set already is under suspicion, wrongly for a few in a thousand, and only
suspects are remembered until the end.
"""

from __future__ import annotations

import heapq
import json
import re
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import IO, BinaryIO

from onedrive.home.files import disk_errors
from onedrive.home.lists import ListException
from onedrive.listing.line import join_line, read_line_path, sort_key, unescape
from onedrive.listing.reasons import LISTED_BY_SHORTCUT, ORPHAN
from onedrive.words import to_bytes


@dataclass(frozen=True)
class OpenFolder:
    """A folder whose children are to be listed. `drive_id` is '' for the drive that is listed; texts are escaped.

    `is_target`: a shortcut leads to it.
    """

    key: str
    drive_id: str
    id: str
    is_package: bool = False
    is_target: bool = False


JOURNAL = "listing_in_progress.journal"
NO_FOLDER = "\x02"  # a page record that is about no folder
KEY_SEPARATOR = "\x01"  # never stands in JSON text
PROGRESS = (b">", b".")
_CHECK = re.compile(rb"\t([0-9a-f]{8})\n\Z")


class ListingJournal:
    """The open journal of this listing."""

    def __init__(self, path: Path, stream: BinaryIO, *, is_resumed: bool, checksum: int = 0) -> None:
        self.path = path
        self.is_resumed = is_resumed
        self._stream = stream
        self._checksum = checksum  # of all that is in the file

    @classmethod
    def begin(cls, home: Path, header: Mapping[str, object]) -> ListingJournal:
        """A new journal for what `header` says; an old one is forgotten."""
        path = home / JOURNAL
        with disk_errors(home):
            path.unlink(missing_ok=True)
            stream = path.open("xb")
        journal = cls(path, stream, is_resumed=False)
        journal.append(_first_line(header).decode())
        return journal

    @classmethod
    def resume(
        cls,
        home: Path,
        header: Mapping[str, object],
        oldest_seconds: float | None = None,
        *,
        on_damage: Callable[[], None] = lambda: None,
    ) -> ListingJournal | None:
        """The journal of an interrupted listing, cut back to its last whole page that is as it was written.

        None without one for `header`, or when the last word in it is older than `oldest_seconds`. `on_damage` is
        called when more than a torn end had to be cut off.
        """
        path = home / JOURNAL
        if not cls.is_there(home, header, oldest_seconds):
            return None
        with disk_errors(home):
            with path.open("rb") as stream:
                whole_bytes, checksum, is_damaged = _read_whole(stream)
            if is_damaged:
                on_damage()
            if not whole_bytes:
                return None
            journal = path.open("r+b")
            journal.truncate(whole_bytes)
            journal.seek(whole_bytes)
        return cls(path, journal, is_resumed=True, checksum=checksum)

    @staticmethod
    def is_there(home: Path, header: Mapping[str, object], oldest_seconds: float | None = None) -> bool:
        """True when an interrupted listing for `header` has left its journal, not longer than so many seconds ago."""
        path = home / JOURNAL
        if not path.exists():
            return False
        if oldest_seconds is not None and time.time() - path.stat().st_mtime > oldest_seconds:
            return False
        with disk_errors(home), path.open("rb") as stream:
            return stream.readline() == _first_line(header)

    def append(self, text: str) -> None:
        """Add records, each a line; they are in the file when this returns. Raises DiskFull."""
        added = to_bytes(text)
        start = added.rfind(b"\n", 0, len(added) - 1) + 1
        if added[start : start + 1] in PROGRESS:
            added = b"%b\t%08x\n" % (added[:-1], zlib.crc32(added[:-1], self._checksum))
        self._checksum = zlib.crc32(added, self._checksum)
        with disk_errors(self.path.parent):
            self._stream.write(added)
            self._stream.flush()

    def records(self) -> Iterator[bytes]:
        """All records but the header, each with its line feed."""
        with disk_errors(self.path.parent), self.path.open("rb", buffering=1 << 18) as stream:
            stream.readline()
            yield from stream

    def record_at(self, position: int) -> bytes:
        """The record that begins at this byte; see `first_position`."""
        with disk_errors(self.path.parent), self.path.open("rb") as stream:
            stream.seek(position)
            return stream.readline()

    def first_position(self) -> int:
        """The byte at which the first of `records` begins."""
        with disk_errors(self.path.parent), self.path.open("rb") as stream:
            return len(stream.readline())

    def close(self) -> None:
        """Leave the journal as it is: the next listing goes on from it."""
        self._stream.close()

    def discard(self) -> None:
        """The listing is whole, or its journal worthless: forget it."""
        self.close()
        self.path.unlink(missing_ok=True)


def make_key(identity: str, drive_id: str = "") -> str:
    """The key of an item by its escaped id; `drive_id` for items that are not on the drive that is listed."""
    return f"{drive_id}{KEY_SEPARATOR}{identity}" if drive_id else identity


def split_key(key: bytes) -> tuple[bytes, bytes]:
    """Drive id ('' is the drive that is listed) and escaped id of a key."""
    drive_id, separator, identity = key.partition(KEY_SEPARATOR.encode())
    return (drive_id, identity) if separator else (b"", key)


def item_record(kind: str, parent_key: str, key: str, name: str, tail: str) -> str:
    """A record for an item; `kind` is F, D or P."""
    return f"{kind}\t{parent_key}\t{key}\t{name}\t{tail}\n"


def exception_record(parent_key: str, key: str, name: str, *, reason: str, by_nature: bool) -> str:
    """A record for something that is not in the lists, or cannot be downloaded."""
    return _record("X", parent_key, key, name, json.dumps({"reason": reason, "by_nature": by_nature}))


def shortcut_record(parent_key: str, key: str, name: str, target: Mapping[str, str]) -> str:
    """A record for a shortcut that is to be followed."""
    return _record("S", parent_key, key, name, json.dumps(target))


def alias_record(parent_key: str, key: str, name: str) -> str:
    """A record for a folder whose children stand at a path that is not its own."""
    return _record("A", parent_key, key, name)


def root_record(key: str) -> str:
    """A record for the drive's root."""
    return _record("R", "", key)


def deleted_record(key: str) -> str:
    """A record for an item that is gone."""
    return _record("-", "", key)


def same_record(asked_key: str, given_key: str) -> str:
    """A record for two spellings of an id."""
    return _record("=", asked_key, given_key)


def page_record(folder_key: str, next_link: str | None, counts: tuple[int, int, int]) -> str:
    """A record for a page that stands whole before it; counts are files, folders and bytes so far."""
    return _record(">", folder_key, next_link or "", *map(str, counts))


def end_record(delta_link: str) -> str:
    """A record for the end of a whole drive."""
    return _record(".", delta_link)


def _record(kind: str, *fields: str) -> str:
    return "\t".join((kind, *fields)) + "\n"


def _first_line(header: Mapping[str, object]) -> bytes:
    return to_bytes(_record("H", json.dumps(header, sort_keys=True)))


def _read_whole(stream: BinaryIO) -> tuple[int, int, bool]:
    """How many bytes are whole pages as they were written, their checksum, and whether more than the end is spoilt."""
    whole = position = checksum = whole_checksum = 0
    is_spoilt = False
    for line in stream:
        check = _CHECK.search(line) if line[:1] in PROGRESS else None
        fits = check is not None and zlib.crc32(line[: check.start()], checksum) == int(check[1], 16)
        checksum = zlib.crc32(line, checksum)
        position += len(line)
        if fits:
            whole, whole_checksum = position, checksum
        is_spoilt = (is_spoilt or check is not None or b"\0" in line) and not fits
    return whole, whole_checksum, is_spoilt


class FolderPaths:
    """The folders by key. `root_path` is '' when the whole drive is listed, else the path of the chosen folder."""

    def __init__(self, root_key: bytes, root_path: bytes) -> None:
        self._places: dict[bytes, tuple[bytes, bytes]] = {}
        self._paths: dict[bytes, bytes | None] = {root_key: root_path}
        self._root_key = root_key
        self._is_whole = not root_path
        self._drive_root = root_key if self._is_whole else None

    def __contains__(self, key: bytes) -> bool:
        return key in self._places or key in self._paths

    def __iter__(self) -> Iterator[bytes]:
        """Every folder, the one that is listed included; no spelling twice."""
        yield from self._paths
        yield from (key for key, (_, name) in self._places.items() if name)

    def set_drive_root(self, key: bytes) -> None:
        """The drive's own root; what is only below it is not below a chosen folder."""
        self._drive_root = key
        if self._is_whole:
            self._paths[key] = b""

    def put(self, key: bytes, parent_key: bytes, name: bytes) -> None:
        """A folder and its place; the last word counts."""
        if key not in self._paths:
            self._places[key] = (parent_key, name)

    def put_alias(self, key: bytes, true_key: bytes) -> None:
        """Another spelling of a folder's key, as some parent references have it."""
        self.put(key, true_key, b"")

    def remove(self, key: bytes) -> None:
        """A folder that is gone."""
        self._places.pop(key, None)

    def place_of(self, key: bytes) -> tuple[bytes, bytes] | None:
        """The key of its parent and the name of a folder whose path has not been asked for yet."""
        return self._places.get(key)

    def path_of(self, key: bytes) -> bytes | None:
        """The path of a folder ('' is the root of the drive); None when its parents do not lead to what is listed."""
        try:
            return self._paths[key]
        except KeyError:
            return self._resolve(key)

    def is_outside(self, key: bytes) -> bool:
        """True when the folder is on the drive, but not below the chosen folder."""
        if self._is_whole:
            return False
        for _ in range(len(self._places) + len(self._paths) + 1):
            if key == self._drive_root:
                return True
            place = self._places.get(key)
            if place is None:
                return False
            key = place[0]
        return False

    def _resolve(self, key: bytes) -> bytes | None:
        steps: list[bytes] = []
        walked: set[bytes] = set()
        while key not in self._paths:
            place = self._places.get(key)
            if place is None or key in walked:
                return None  # not remembered: a parent may still be found, and outsiders are told by their places
            steps.append(key)
            walked.add(key)
            key = place[0]
        path = self._paths[key]
        while steps and path is not None:
            step = steps.pop()
            name = self._places.pop(step)[1]
            path = path + b"/" + name if name else path  # an alias has no name of its own
            self._paths[step] = path
        return path


_BITS = 1 << 26
_MASK = _BITS - 1
ITEMS = (b"F", b"D", b"P")
UNKNOWN_FOLDER = "(folder not shown)"

Record = list[bytes]


@dataclass
class Survey:
    """The first pass. Keys and links are escaped bytes.

    `parents` has every key that is somebody's parent; `open_pages` the folders whose listing has begun or is finished,
    with the link of the next page ('' when finished); `exceptions` by key, and `unreadable` those about a folder
    itself: its listing is closed, so it stays named though the folder is shown again.
    """

    paths: FolderPaths
    parents: dict[bytes, bytes] = field(default_factory=dict)
    top_folders: dict[bytes, bytes] = field(default_factory=dict)
    early_folders: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)  # shown before the root was
    suspects: set[int] = field(default_factory=set)
    exceptions: dict[bytes, Record] = field(default_factory=dict)
    unreadable: dict[bytes, Record] = field(default_factory=dict)
    shortcuts: dict[bytes, Record] = field(default_factory=dict)
    open_pages: dict[bytes, bytes] = field(default_factory=dict)
    links: set[bytes] = field(default_factory=set)
    aliases: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)
    delta_link: str | None = None
    drive_root: bytes = b""
    is_root_shown: bool = False
    counts: tuple[int, int, int] = (0, 0, 0)

    @property
    def unknown_parents(self) -> list[bytes]:
        """Keys of parents that were never shown themselves."""
        return [key for key in self.parents if key not in self.paths]

    def unfinished(self, *, foreign_only: bool) -> list[tuple[OpenFolder, str | None]]:
        """The folders that are still to be walked, with the link of the page at which to go on."""
        found = []
        for key in self.paths:
            link = self.open_pages.get(key)
            if link == b"" or (foreign_only and KEY_SEPARATOR.encode() not in key):
                continue
            drive_id, identity = split_key(key)
            is_package = key in self.exceptions
            folder = OpenFolder(
                key.decode(),
                drive_id.decode(),
                identity.decode(),
                is_package=is_package,
                is_target=key in self.aliases,
            )
            found.append((folder, unescape(link) if link else None))
        return found

    def next_link(self, folder_key: str) -> str:
        """Where the pages of a folder (of delta: '') go on; '' when that is not known."""
        return unescape(self.open_pages.get(folder_key.encode(), b""))

    def visited_links(self, *, but: str) -> set[str]:
        """The links that have been followed."""
        return {unescape(link) for link in self.links if link} - {but}

    @property
    def childless_top_folders(self) -> dict[bytes, bytes]:
        """Folders in the drive's root without any child: empty, or locked. Their names by key."""
        return {key: name for key, name in self.top_folders.items() if key not in self.parents}


def survey_journal(journal: ListingJournal, root_key: bytes, root_path: bytes) -> Survey:
    """The first pass over a journal; `root_path` is '' for the whole drive."""
    survey = Survey(FolderPaths(root_key, root_path), drive_root=root_key)
    seen_bits = bytearray(_BITS >> 3)
    root_keys = {root_key}
    for line in journal.records():
        kind, rest = line[:1], line[2:]
        if kind in ITEMS:
            parent, key, name = rest.split(b"\t", 3)[:3]
            parent = survey.parents.setdefault(parent, parent)
            if kind != b"F" and key not in survey.aliases:  # what a shortcut leads to stays there
                survey.paths.put(key, parent, name)
                if kind == b"D" and parent in root_keys:
                    survey.top_folders[key] = name
                elif kind == b"D" and not survey.is_root_shown:
                    survey.early_folders[key] = (parent, name)
            if survey.exceptions:
                survey.exceptions.pop(key, None)
        elif kind == b"-":
            key = rest[1:-1]
            _forget(survey, key)
        else:
            _note(survey, kind, rest[:-1].split(b"\t"), root_keys)
            continue
        bit = hash(key) & _MASK
        place, mask = bit >> 3, 1 << (bit & 7)
        if seen_bits[place] & mask:
            survey.suspects.add(bit)
        else:
            seen_bits[place] |= mask
    return survey


def _forget(survey: Survey, key: bytes) -> None:
    survey.paths.remove(key)
    for table in (survey.top_folders, survey.early_folders, survey.exceptions, survey.unreadable, survey.shortcuts):
        table.pop(key, None)


def _note(survey: Survey, kind: bytes, fields: Record, root_keys: set[bytes]) -> None:
    """Take in a record that is no item."""
    if kind == b">":
        folder, link, *counts = fields
        survey.open_pages[folder] = link
        survey.links.add(link)
        survey.counts = (int(counts[0]), int(counts[1]), int(counts[2]))
    elif kind == b"X":
        table = survey.exceptions if fields[0] else survey.unreadable
        table[fields[1]] = fields
    elif kind == b"S":
        survey.shortcuts[fields[1]] = fields
    elif kind == b"A":
        survey.paths.put(fields[1], fields[0], fields[2])
        survey.aliases[fields[1]] = (fields[0], fields[2])
    elif kind == b"R":
        root_keys.add(fields[1])
        survey.is_root_shown = True
        survey.top_folders |= {key: name for key, (parent, name) in survey.early_folders.items() if parent == fields[1]}
        survey.early_folders.clear()
        survey.paths.set_drive_root(fields[1])
        survey.drive_root = fields[1]
    elif kind == b"=":
        survey.paths.put_alias(fields[0], fields[1])
    elif kind == b".":
        survey.delta_link = unescape(fields[0])


class PlacedLines:
    """The second pass: every line with its path, and what could not be placed."""

    def __init__(self, journal: ListingJournal, survey: Survey) -> None:
        self.exceptions: list[ListException] = []
        self._journal = journal
        self._survey = survey

    def __iter__(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """The kind (F, D or P), the sort key, and the line of each item, in no order."""
        suspects, aliases, place = self._survey.suspects, self._survey.aliases, self._place
        held: dict[bytes, int] = {}
        position = self._journal.first_position()
        for record in self._journal.records():
            kind = record[:1]
            if kind in ITEMS:
                _, parent, key, name, tail = record.split(b"\t", 4)
                if aliases and aliases.get(key, (parent, name)) != (parent, name):
                    self._name_double(parent, key, name)
                elif suspects and hash(key) & _MASK in suspects:
                    held[key] = position
                else:
                    yield from place(kind, parent, key, name, tail)
            elif kind == b"-":
                held.pop(record[3:-1], None)
            position += len(record)
        for position in held.values():
            kind, parent, key, name, tail = self._journal.record_at(position).split(b"\t", 4)
            yield from place(kind, parent, key, name, tail)
        named = {**self._survey.exceptions, **self._survey.unreadable}
        self.exceptions += [entry for entry in map(self._read_exception, named.values()) if entry]

    def _name_double(self, parent: bytes, key: bytes, name: bytes) -> None:
        """Something that a shortcut leads to was shown at another place too: it is listed at the shortcut's."""
        paths = self._survey.paths
        folder = paths.path_of(parent)
        if folder is None and paths.is_outside(parent):
            return
        where = unescape(folder + b"/" + name) if folder is not None else f"{UNKNOWN_FOLDER}/{unescape(name)}"
        entry = ListException(where, unescape(split_key(key)[1]), LISTED_BY_SHORTCUT, by_nature=True)
        if entry not in self.exceptions:
            self.exceptions.append(entry)

    def _place(
        self, kind: bytes, parent: bytes, key: bytes, name: bytes, tail: bytes
    ) -> Iterator[tuple[bytes, bytes, bytes]]:
        folder = self._survey.paths.path_of(parent)
        identity = split_key(key)[1]
        if folder is None:
            if not self._survey.paths.is_outside(parent):
                where = f"{UNKNOWN_FOLDER}/{unescape(name)}"
                self.exceptions.append(ListException(where, unescape(identity), ORPHAN, by_nature=False))
            return
        path = folder + b"/" + name
        yield kind, sort_key(path), join_line(identity, name, path, tail[:-1])

    def _read_exception(self, fields: Record) -> ListException | None:
        parent, key, name, text = fields
        said = json.loads(text)
        if not parent:  # about a folder itself
            own = self._survey.paths.path_of(key)
            where = UNKNOWN_FOLDER if own is None else unescape(own) or "/"
            return ListException(where, unescape(split_key(key)[1]), said["reason"], by_nature=said["by_nature"])
        folder = self._survey.paths.path_of(parent)
        if folder is None and self._survey.paths.is_outside(parent):
            return None
        path = unescape(folder + b"/" + name) if folder is not None else f"{UNKNOWN_FOLDER}/{unescape(name)}"
        return ListException(path, unescape(split_key(key)[1]), said["reason"], by_nature=said["by_nature"])


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
