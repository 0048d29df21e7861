"""The journal of a listing under way: one file to which everything that the service shows is appended at once.

It is the spool that keeps memory flat and the checkpoint in one: what stands before the last progress record is whole
pages, so after Ctrl-C, kill -9 or a lost network the next listing reads it and goes on from there. A record is a line
of fields between tabs; texts are escaped as in JSON, so they hold neither tab nor line feed.

    H  {what is listed}                                the first line
    F D P  key of parent, key, name, tail              a file, a folder, a package (tail: see list_line)
    -  '', key                                         deleted while the listing ran
    R  '', key                                         the drive's root
    A  key of parent, key, name                        a folder that is listed elsewhere: what a shortcut leads to
    S  key of parent, key, name, {target}              a shortcut to follow when the drive itself is listed
    X  key of parent, key, name, {reason, by_nature}   an exception
    =  key asked for, key given                        the service answered with another spelling of an id
    >  key of folder, nextLink, files, folders, bytes  a page is whole ('' as link: it was the folder's last)
    .  deltaLink                                       the whole drive is whole

The progress record that ends what was appended at once has one field more: the CRC-32 of all bytes before that field.
Where it does not fit, the disk has lost or changed something, and the next listing goes on from before it.

A key is the item's id; on another person's drive `drive id SEPARATOR id`.
"""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from onedrive.list_line import to_bytes
from onedrive.state_files import disk_errors

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
