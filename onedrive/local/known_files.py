"""KnownFiles: what lies in the folders that the person named with --known, found by size and hash; cached in SQLite.

    each folder that is connected is walked ─► sizes ─► only files of a wanted size are hashed, and remembered
    a folder that is away, or holds nothing of what was seen there ─► what was hashed there cannot be read now

It is a cache: lost or damaged, it is made anew of the folders that are connected. Options 4 and 6 ask it.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from onedrive.errors import UsageError
from onedrive.graph.item import DriveItem
from onedrive.home.database import Database, wrap_number
from onedrive.home.files import is_folder, time_of
from onedrive.home.further import FolderUse, FurtherFolder, NamedFolders, add_further, read_further
from onedrive.local.hashing import FileTask, ReadCounter, choose_processes, digest_file, read_files
from onedrive.local.proof import hash_agrees
from onedrive.words import join_words

KNOWN_FILES = "known_files.sqlite"
Content = tuple[int, str]  # size in bytes and quickXorHash, as OneDrive lists them
# Folders and places are the system's bytes. `read_at`: seconds since 1970, when it was hashed.
_SCHEMA = """
CREATE TABLE known_file (
    folder BLOB, place BLOB, size INTEGER, mtime_ns INTEGER, quickxor BLOB, read_at INTEGER, PRIMARY KEY (folder, place)
) WITHOUT ROWID
"""


class KnownFile(NamedTuple):
    """A file in a known folder with a wanted content; `day` is when it was read, `is_away`: it cannot be read now.

    `was_read`: it was read just now; otherwise its size and time are what they were then.
    """

    path: Path
    day: str
    is_away: bool
    was_read: bool = False

    def has_all_hashes(self, item: DriveItem) -> bool:
        """Whether every hash that is listed agrees; where others than the quickXorHash are, it is read for them."""
        sha256, sha1 = bool(item.sha256), bool(item.sha1)
        if not (sha256 or sha1):
            return True
        try:
            digest = digest_file(self.path, lambda: None, with_sha256=sha256, with_sha1=sha1)
        except OSError:
            return False
        return hash_agrees(item, digest) is True


def name_further(home: Path, downloads: Path, named: NamedFolders) -> tuple[FurtherFolder, ...]:
    """The further folders of a run: what is remembered, and what the flags say.

    Raises UsageError for one that cannot be meant (a known one may be away, once it was named), StateFileBroken.
    """
    remembered = read_further(home)
    before = {folder.path for folder in remembered}
    for path in [*named.also, *named.known]:
        _check_apart(path, downloads)
    for path in named.known:
        if path.absolute() not in before and not is_folder(path):
            raise UsageError(f"There is no folder {path}.", "If it is on another disk, connect the disk first.")
    for path in named.forget:
        if path.absolute() not in before:
            known = join_words([str(folder) for folder in before])
            known = f"The further folders are {known}." if known else "There are no further folders."
            raise UsageError(f"{path} is not one of the further folders.", known)
    return add_further(remembered, named)


def those_apart(further: Sequence[FurtherFolder], downloads: Path, use: FolderUse) -> list[Path]:
    """The folders of one use; those that the downloads overlap with in this run (--to) are none."""
    return [folder.path for folder in further if folder.use is use and not _overlap(folder.path, downloads)]


def _check_apart(further: Path, downloads: Path) -> None:
    """See that a further folder is none of the downloads', nor they in it. Raises UsageError."""
    if _overlap(further, downloads):
        raise UsageError(
            f"{further} and the downloads folder {downloads} overlap, so neither would be a second copy of the other.",
            "Name a folder on another disk.",
        )


def _overlap(one: Path, other: Path) -> bool:
    """Whether two folders are the same, or one is in the other."""
    first, second = Path(os.path.realpath(one)), Path(os.path.realpath(other))
    return first.is_relative_to(second) or second.is_relative_to(first)


class ReadProgress(ReadCounter, Protocol):
    """Is told how much is to be read, too."""

    def set_total(self, *, files: int, size_bytes: int) -> None:
        """So much, of which nothing is done yet."""


class KnownFiles:
    """What is known of some folders; a context manager. Every method raises DatabaseUnusable, DiskFull."""

    def __init__(self, home: Path, folders: Sequence[Path], *, now: Callable[[], float] = time.time) -> None:
        self._folders = folders
        self._now = now
        self._database = Database.open_cache(home / KNOWN_FILES, schema=_SCHEMA)
        self._away: set[bytes] = set()

    def __enter__(self) -> KnownFiles:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def look(self) -> None:
        """See what is in the folders now, by sizes and times."""
        names = {os.fsencode(folder) for folder in self._folders}
        for (folder,) in list(self._database.rows("SELECT DISTINCT folder FROM known_file")):
            if folder not in names:
                self._database.run("DELETE FROM known_file WHERE folder = ?", (folder,))
        for folder in self._folders:
            self._look_into(folder)
        self._database.commit()

    def find(
        self, wanted: set[Content], progress: ReadProgress | None, *, read_again: bool
    ) -> dict[Content, KnownFile]:
        """A file for each of these contents that is known or found; `read_again`: also what was read before is read."""
        raw = {(size, _quick_xor(text)): (size, text) for size, text in wanted}
        sizes = {size for size, _ in wanted}
        rows = [
            row
            for row in self._database.rows("SELECT folder, place, size, quickxor, read_at FROM known_file")
            if row[2] in sizes
        ]
        to_read = [
            (folder, place, size)
            for folder, place, size, quick_xor, _ in rows
            if folder not in self._away and (quick_xor is None or (read_again and (size, quick_xor) in raw))
        ]
        fresh = self._read(to_read, progress)
        found: dict[Content, KnownFile] = {}
        for folder, place, size, quick_xor, read_at in rows:
            is_away = folder in self._away
            hashed, now = fresh.get((folder, place), (quick_xor, read_at))
            if hashed is None and quick_xor:  # it was read before, and cannot be now
                is_away = True
            else:
                quick_xor, read_at = hashed, now
            content = raw.get((size, quick_xor))
            if content and read_at and (content not in found or found[content].is_away):
                path = Path(os.fsdecode(folder), os.fsdecode(place))
                found[content] = KnownFile(path, _day(read_at), is_away, was_read=(folder, place) in fresh)
        return found

    def _look_into(self, folder: Path) -> None:
        name = os.fsencode(folder)
        known = {
            place: (size, mtime_ns)
            for place, size, mtime_ns in self._database.rows(
                "SELECT place, size, mtime_ns FROM known_file WHERE folder = ?", (name,)
            )
        }
        seen, is_whole = _walk(folder)
        if not seen or (known and known.keys().isdisjoint(seen)):  # no disk, or another one, in its place
            self._away.add(name)
            return
        if is_whole:
            gone = [(name, place) for place in known.keys() - seen.keys()]
            self._database.run_many("DELETE FROM known_file WHERE folder = ? AND place = ?", gone)
        self._database.run_many(
            "INSERT OR REPLACE INTO known_file (folder, place, size, mtime_ns) VALUES (?, ?, ?, ?)",
            [(name, place, *stamp) for place, stamp in seen.items() if known.get(place) != stamp],
        )

    def _read(
        self, files: Sequence[tuple[bytes, bytes, int]], progress: ReadProgress | None
    ) -> dict[tuple[bytes, bytes], tuple[bytes | None, int]]:
        """Hash and time of what was read, None where it could not be. What was read is kept, also after Ctrl-C."""
        by_path = {os.fsdecode(os.path.join(folder, place)): (folder, place) for folder, place, _ in files}  # noqa: PTH118
        sizes = {os.fsdecode(os.path.join(folder, place)): size for folder, place, size in files}  # noqa: PTH118
        tasks = [FileTask(path, path, size, with_sha256=False) for path, size in sizes.items()]
        tasks.sort(key=lambda task: -task.size_bytes)
        fresh: dict[tuple[bytes, bytes], tuple[bytes | None, int]] = {}
        processes = choose_processes(len(tasks), sum(sizes.values()))
        if progress and tasks:
            progress.set_total(files=len(tasks), size_bytes=sum(sizes.values()))
        try:
            with closing(read_files(tasks, progress or _NobodyLooksOn(), processes=processes)) as came:
                for got in came:
                    quick_xor = got.quick_xor if got.size_bytes == sizes[got.place] else b""  # it has changed meanwhile
                    fresh[by_path[got.place]] = (None if got.error else quick_xor, int(self._now()))
        finally:
            self._database.run_many(
                "UPDATE known_file SET quickxor = ?, read_at = ? WHERE folder = ? AND place = ?",
                [(quick_xor, read_at, *key) for key, (quick_xor, read_at) in fresh.items() if quick_xor],
            )
            self._database.commit()
        return fresh


class _NobodyLooksOn:
    def advance(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """Pass over it."""


def _walk(folder: Path) -> tuple[dict[bytes, tuple[int, int]], bool]:
    """Size and modified time of each plain file by its place; and whether every folder could be read."""
    found: dict[bytes, tuple[int, int]] = {}
    root, is_whole = os.fsencode(folder), True
    waiting = [b""]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(os.path.join(root, place)) as entries:  # noqa: PTH118 - the system's bytes, and many
                for entry in entries:
                    inside = os.path.join(place, entry.name)  # noqa: PTH118
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(inside)
                    elif entry.is_file(follow_symlinks=False):
                        with suppress(OSError):  # it went away meanwhile
                            status = entry.stat(follow_symlinks=False)
                            found[inside] = (status.st_size, wrap_number(status.st_mtime_ns))
        except OSError:
            is_whole = False
    return found, is_whole


def _quick_xor(text: str) -> bytes:
    with suppress(ValueError):
        return base64.b64decode(text, validate=True)
    return b""


def _day(seconds: int) -> str:
    return time_of(seconds).date().isoformat()
