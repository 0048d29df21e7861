"""LocalHashes: what was read of the files here, by place, in `local_hashes.sqlite`; and SHA256SUMS, made of it.

It has a file of its own in the home, not a table in listing.sqlite: option 3 makes that one anew, and these are known
only by reading all that is here; for a file that is gone from OneDrive its sum is the last proof. It is a cache all the
same: lost or damaged, everything is read again. `local_copy.py` asks it and fills it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from onedrive.errors import FolderNotUsable
from onedrive.home.database import Database, wrap_number
from onedrive.home.files import disk_errors, is_there, open_plain, remove_file, replace_file, replace_when_whole
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import SUMS_FILE
from onedrive.verify.judgement import FoundFile

LOCAL_HASHES = "local_hashes.sqlite"
LONGEST_SECONDS = 24 * 3600
_EARLIER_SUMS, _EARLIER_JOURNAL = "sums.jsonl", "verification_in_progress.jsonl"  # of versions before the database
_READING = b"reading"  # the fact that names the folder of which `read_at` speaks
# Places and folders are the system's bytes. `is_good`: a verification found that it is what OneDrive listed.
# `read_at`: seconds since 1970, while the verification that read it is not finished.
_SCHEMA = """
CREATE TABLE local_hash (
    place BLOB PRIMARY KEY, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER, inode INTEGER,
    quickxor BLOB, sha256 BLOB, is_good INTEGER, read_at INTEGER
) WITHOUT ROWID;
CREATE TABLE fact (name BLOB PRIMARY KEY, value BLOB)
"""
_ESCAPES = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))


class LocalHashes:
    """The hashes of one downloads folder; a context manager. Every method raises DiskFull, FolderNotUsable."""

    def __init__(
        self, home: Path, downloads: Path, say: Callable[[str], object], *, now: Callable[[], float] = time.time
    ) -> None:
        """`say` hears when a damaged file is begun anew. Raises DatabaseUnusable while another program has it."""
        self._now = now
        self._database = Database.open_cache(
            home / LOCAL_HASHES, schema=_SCHEMA, say=lambda why: say(f"{why} Everything here is read again.")
        )
        if is_there(home / _EARLIER_SUMS):
            self._take_over(home)
        folder = os.fsencode(downloads)
        if self._fact(_READING) != folder:  # what another verification read is of files elsewhere
            self._database.run("UPDATE local_hash SET read_at = NULL")
            self._set_fact(_READING, folder)
        self._database.commit()

    def __enter__(self) -> LocalHashes:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def recall(self, found: Mapping[str, FoundFile], strangers: Mapping[str, FoundFile]) -> int:
        """Note what is known of these files; how many were read by the verification in progress and are untouched.

        A sum is remembered where size and time are those of last time: whether it is of the same bytes is seen when
        they are read. Read they are only where nothing at all has changed, for a day. Of strangers only what was good
        has a sum: it is the proof of what is gone from OneDrive.
        """
        recalled = 0
        for place_bytes, quick_xor, sha256, is_good, read_at, *stamp in self._database.rows(
            "SELECT place, quickxor, sha256, is_good, read_at, size, mtime_ns, ctime_ns, inode FROM local_hash"
        ):
            place = os.fsdecode(place_bytes)
            file = found.get(place) or strangers.get(place)
            if file is None or stamp[:2] != _stamp(file)[:2]:
                continue
            is_fresh = read_at is not None and 0 <= self._now() - read_at <= LONGEST_SECONDS
            if is_fresh and stamp == _stamp(file):
                file.is_read, file.read_at = True, read_at
                recalled += 1
            if is_good or file.is_read:
                file.remember(quick_xor, sha256 if is_good or place in found else b"")
        return recalled

    def add(self, place: str, read: FoundFile) -> None:
        """Keep what was just read; it outlives the end of this program at once."""
        if read.error:
            return
        self._insert(place, read.quick_xor, read.sha256, *_stamp(read), read_at=int(self._now()))
        self._database.commit()

    def keep(self, good: Collection[str]) -> None:
        """Everything has been judged: nothing is in progress any more, and only what is good is remembered."""
        places = self._database.rows("SELECT place FROM local_hash")
        gone = [(place,) for (place,) in places if os.fsdecode(place) not in good]
        self._database.run_many("DELETE FROM local_hash WHERE place = ?", gone)
        self._database.run("UPDATE local_hash SET read_at = NULL, is_good = 1")
        self._database.commit()

    def wrote(self, sums: Path) -> bool:
        """Whether this SHA256SUMS is as we wrote it, there or where the disk was mounted before."""
        sha256 = _sha256(sums)
        return bool(sha256 and self._database.row("SELECT 1 FROM fact WHERE value = ?", (sha256,)))

    def note_sums(self, sums: Path) -> None:
        """Remember a SHA256SUMS as ours."""
        self._set_fact(os.fsencode(sums), _sha256(sums))
        self._database.commit()

    def _take_over(self, home: Path) -> None:
        """Take in what an earlier version knew: the sums, and which SHA256SUMS are ours."""
        path = home / _EARLIER_SUMS
        damaged = (FolderNotUsable, ValueError, KeyError, TypeError, AttributeError)
        with suppress(*damaged), disk_errors(path), path.open("rb") as stream:
            for folder, mark in json.loads(stream.readline())["written"].items():
                self._set_fact(os.fsencode(Path(folder) / SUMS_FILE), bytes.fromhex(mark))
            for line in stream:
                with suppress(ValueError, TypeError):  # a damaged line: the sum is computed again
                    place, size, mtime_ns, quick_xor, sha256 = json.loads(line)
                    hashes = base64.b64decode(quick_xor), bytes.fromhex(sha256)
                    self._insert(place, *hashes, wrap_number(size), wrap_number(mtime_ns), 0, 0, is_good=1)
        self._database.commit()
        with disk_errors(home):
            for name in (_EARLIER_SUMS, _EARLIER_JOURNAL):
                remove_file(home / name)

    def _insert(
        self, place: str, quick_xor: bytes, sha256: bytes, *stamp: int, is_good: int = 0, read_at: int | None = None
    ) -> None:
        """Put a row in; what was found to be good stays so while its sum is the same."""
        self._database.run(
            "INSERT INTO local_hash (place, quickxor, sha256, size, mtime_ns, ctime_ns, inode, is_good, read_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (place) DO UPDATE SET "
            "is_good = is_good AND sha256 = excluded.sha256, quickxor = excluded.quickxor, sha256 = excluded.sha256, "
            "size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns, "
            "inode = excluded.inode, read_at = excluded.read_at",
            (os.fsencode(place), quick_xor, sha256, *stamp, is_good, read_at),
        )

    def _fact(self, name: bytes) -> bytes | None:
        row = self._database.row("SELECT value FROM fact WHERE name = ?", (name,))
        return row[0] if row else None

    def _set_fact(self, name: bytes, value: bytes) -> None:
        self._database.run("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))


def _stamp(file: FoundFile) -> list[int]:
    """What tells that a file is untouched, as numbers that a database takes: of 64 bits."""
    numbers = (file.size_bytes, file.mtime_ns, file.ctime_ns, file.inode)
    return [wrap_number(number) for number in numbers]


def _sha256(path: Path) -> bytes:
    """The sum of a whole file; b'' for what cannot be read, or is no plain file (a pipe, which would wait for ever)."""
    try:
        with os.fdopen(open_plain(path, os.O_RDONLY), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except (OSError, FolderNotUsable):
        return b""


def write_sums(hashes: LocalHashes, folder: DownloadFolder, good: Mapping[str, bytes]) -> None:
    """Replace SHA256SUMS in one step by the sums of these places; one that is not ours is kept beside.

    Raises DiskFull, FolderNotUsable, NotPlaceable.
    """
    target, growing = folder.root / SUMS_FILE, folder.partial / SUMS_FILE
    if target.is_dir():
        raise FolderNotUsable(target, "a folder is in its place")
    if os.path.lexists(target) and not hashes.wrote(target):
        folder.keep_beside(SUMS_FILE)
    # It grows where no file of the drive can be; `SHA256SUMS.new` may be one.
    with replace_when_whole(growing) as stream:
        for place in sorted(good):
            stream.buffer.write(sums_line(os.fsencode(place), good[place]))
    hashes.note_sums(growing)  # so that it is known as ours though a kill comes before the last line here
    with disk_errors(target):
        replace_file(growing, target)
    hashes.note_sums(target)


def sums_line(name: bytes, sha256: bytes) -> bytes:
    """A line as `sha256sum` writes it: with a backslash before it where the name needs escapes."""
    escaped = b"./-" if name == b"-" else name  # - alone is what is typed, to it
    for character, escape in _ESCAPES:
        escaped = escaped.replace(character, escape)
    mark = b"\\" if b"\\" in escaped else b""
    return b"%b%b  %b\n" % (mark, sha256.hex().encode(), escaped)
