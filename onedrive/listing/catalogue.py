"""The catalogue: every item of a listing in `listing.sqlite`, from which the lists are written and choices are counted.

    pages ─► listing_in_progress.sqlite, a commit a page ─► settled, sorted, written as lists ─► listing.sqlite

Both lists are exports of it, and it is a cache of them (`list_import.py`). Listing fills it (`full.py`, `changes.py`),
choosing asks it. Ids of items on others' drives begin with the drive's (`make_key`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from onedrive.errors import DiskFull, FolderNotUsable
from onedrive.graph.item import Kind
from onedrive.home.database import DAMAGED, Database, DatabaseUnusable, forget_database, text_bytes
from onedrive.home.files import disk_errors, once_free
from onedrive.home.lists import (
    ListException,
    ListState,
)
from onedrive.home.never_given import LISTED_BY_SHORTCUT
from onedrive.listing.item_row import FileFacts, ItemRow, make_line
from onedrive.listing.reasons import ORPHAN
from onedrive.words import to_bytes

CATALOGUE = "listing.sqlite"
IN_PROGRESS = "listing_in_progress.sqlite"
UNKNOWN_FOLDER = "(folder not shown)"
KEY_SEPARATOR = "\x01"  # stands in no id
_SEPARATOR = KEY_SEPARATOR.encode()
PATH_MARK = "\x02"  # begins the id of a folder of which a list names nothing but the path
VERSION = 1
# SQLite sees that its structure is damaged, not that a text is: that the checksums tell.
# `file` is narrow, since choosing reads all of it for each question; the rest of the lists' lines stands in `line`.
SCHEMA = """
CREATE TABLE file (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL, folder INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
    kind INTEGER NOT NULL, day INTEGER NOT NULL, source INTEGER NOT NULL, year INTEGER NOT NULL,
    camera INTEGER NOT NULL, hash TEXT);
CREATE TABLE line (place INTEGER PRIMARY KEY, text TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE folder (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, parent INTEGER, name TEXT, path TEXT, text TEXT,
    checksum INTEGER, is_package INTEGER NOT NULL DEFAULT 0, is_target INTEGER NOT NULL DEFAULT 0, next_link TEXT);
CREATE INDEX folder_parent ON folder (parent);
CREATE TABLE camera (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE gone (id TEXT NOT NULL, place INTEGER NOT NULL);
CREATE TABLE shortcut (id TEXT PRIMARY KEY, folder INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE target (id TEXT PRIMARY KEY, folder INTEGER NOT NULL, name TEXT NOT NULL);
CREATE TABLE exception (
    id TEXT NOT NULL, folder INTEGER, name TEXT NOT NULL, reason TEXT NOT NULL, by_nature INTEGER NOT NULL);
CREATE TABLE link (url TEXT NOT NULL);
CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT NOT NULL)
"""
# While a listing is under way only, so no part of the schema: what stands in listing.sqlite is as it was.
_COUNTED = "CREATE TABLE IF NOT EXISTS counted (id TEXT PRIMARY KEY, children INTEGER NOT NULL)"
_PUT_FILE = "INSERT INTO file VALUES (?, CAST(? AS TEXT), ?, CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, CAST(? AS TEXT))"
_PUT_LINE = "INSERT INTO line VALUES (?, CAST(? AS TEXT), ?)"

_TEXT_OR_NONE = (str, type(None))
_MARKS: dict[str, tuple[type, ...]] = {
    "next_link": _TEXT_OR_NONE, "delta_link": _TEXT_OR_NONE, "begun_at": (str,), "root": (int,), "drive_root": (int,),
    "header": (dict,), "counts": (list,), "lists": (dict,),
}  # fmt: skip


@dataclass(frozen=True)
class FolderToList:
    """A folder whose children are to be asked for. `drive_id` is '' for the drive that is listed.

    `is_target`: a shortcut leads to it.
    """

    key: str
    drive_id: str
    id: str
    is_package: bool = False
    is_target: bool = False


@dataclass(frozen=True)
class ListedItem:
    """An item as it stands in the lists."""

    path: str
    tail: str


def make_key(identity: str, drive_id: str = "") -> str:
    """The id in the catalogue; `drive_id` for items that are not on the drive that is listed."""
    return f"{drive_id}{KEY_SEPARATOR}{identity}" if drive_id else identity


def split_key(key: str) -> tuple[str, str]:
    """Drive id ('' is the drive that is listed) and id of a key."""
    drive_id, separator, identity = key.partition(KEY_SEPARATOR)
    return (drive_id, identity) if separator else ("", key)


def read_marks(database: Database) -> dict[str, Any]:
    """The marks, as what they are. Raises DatabaseUnusable where a value is none that a listing leaves."""
    try:
        marks = {name: json.loads(text) for name, text in database.rows("SELECT * FROM mark")}
        is_sound = all(type(marks[name]) in kinds for name, kinds in _MARKS.items() if name in marks)
        files, folders, size_bytes = marks.get("counts", (0, 0, 0))
    except (ValueError, TypeError, RecursionError) as error:
        raise DatabaseUnusable(database.path, DAMAGED) from error
    if not is_sound or {type(number) for number in (files, folders, size_bytes)} != {int}:
        raise DatabaseUnusable(database.path, DAMAGED)
    return marks


class Catalogue:
    """The tables while a listing fills or changes them; everything is written by `write`, and kept by `commit`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.marks = read_marks(database)
        self._numbers: dict[str, int] = dict(database.rows("SELECT id, number FROM folder"))
        self._cameras: dict[str, int] = {"": 0, **dict(database.rows("SELECT name, number FROM camera"))}
        self._targets = {key: (folder, name) for key, folder, name in database.rows("SELECT * FROM target")}
        self._excepted = {key for (key,) in database.rows("SELECT id FROM exception")}
        self._last_number = max(self._numbers.values(), default=0)
        self._place: int = (database.row("SELECT max(place) FROM line") or (0,))[0] or 0
        self._is_settled = False  # since the last that was put
        self._files: list[tuple[object, ...]] = []
        self._lines: list[tuple[object, ...]] = []

    @classmethod
    def begin(cls, home: Path, header: Mapping[str, object]) -> Catalogue:
        """An empty one for what `header` says; that of an interrupted listing is forgotten."""
        forget_database(home / IN_PROGRESS)
        with Database.open(home / IN_PROGRESS, schema=SCHEMA, version=VERSION).closed_on_error() as database:
            catalogue = cls(database)
            database.run(_COUNTED)
            catalogue.mark(header=header)
            catalogue.commit()
        return catalogue

    @classmethod
    def resume(
        cls,
        home: Path,
        header: Mapping[str, object],
        oldest_seconds: float | None = None,
        *,
        on_damage: Callable[[DatabaseUnusable], None] = lambda _: None,
    ) -> Catalogue | None:
        """That of an interrupted listing for `header`, as its last whole page left it.

        None without one, or when the last word in it is older than `oldest_seconds`; `on_damage` hears why one that is
        there cannot be used.
        """
        path = home / IN_PROGRESS
        with disk_errors(home):
            if not path.exists() or (
                oldest_seconds is not None and time.time() - path.stat().st_mtime > oldest_seconds
            ):
                return None
        try:
            database = Database.open(path, schema=SCHEMA, version=VERSION, check="PRAGMA quick_check(1)")
            with database.closed_on_error():
                catalogue = cls(database)
                catalogue.check()
        except DatabaseUnusable as error:
            on_damage(error)
            return None
        if catalogue.marks.get("header") != json.loads(json.dumps(header)) or "counts" not in catalogue.marks:
            catalogue.close()
            return None
        catalogue.database.run(_COUNTED)
        return catalogue

    def mark(self, **marks: object) -> None:
        """Remember facts about the whole."""
        self.marks.update(marks)
        self.database.run_many(
            "INSERT OR REPLACE INTO mark VALUES (?, ?)", [(name, json.dumps(value)) for name, value in marks.items()]
        )

    def put_item(self, row: ItemRow, parent: str, key: str) -> None:
        """A file or folder; the last word about an item counts."""
        if key in self._excepted:
            self._forget_exception(key, with_folder=False)
        folder = self.number(parent)
        if self._targets and self._targets.get(key, (folder, row.name)) != (folder, row.name):
            self._put_exception(key, folder, row.name, LISTED_BY_SHORTCUT, by_nature=True)
        elif row.facts is not None:
            if key in self._numbers:
                self._clear_folder(key)
            self.put_file(row, row.facts, folder, row.name, key)
        else:
            self.put_folder(key, folder, row.name, row.tail, is_package=row.kind is Kind.PACKAGE)

    def put_file(self, row: ItemRow, facts: FileFacts, folder: int, name: str, key: str) -> None:
        """A file of the folder with this number."""
        kind, day, source, year, camera_name, quick_xor_hash = facts
        place = self._place = self._place + 1
        camera = self._cameras.get(camera_name) or self._camera(camera_name)
        texts: tuple[str | bytes, str | bytes, str | bytes] = (key, name, row.tail)
        try:
            checksum = crc32(f"{key}{name}{row.tail}".encode(), folder)
        except UnicodeEncodeError:  # half a character, which SQLite takes as bytes only
            texts = octets = text_bytes(key), text_bytes(name), to_bytes(row.tail)
            checksum = crc32(b"".join(octets), folder)
        key_text, name_text, tail = texts
        self._files.append(
            (place, key_text, folder, name_text, row.size_bytes, kind, day, source, year, camera, quick_xor_hash)
        )
        self._lines.append((place, tail, checksum))

    def put_folder(self, key: str, parent: int, name: str, tail: str, *, is_package: bool = False) -> None:
        """A folder, or a shortcut that is listed as the folder to which it leads."""
        self._is_settled = False
        number, name_bytes, tail_bytes = self.number(key), text_bytes(name), to_bytes(tail)
        if number != self.marks.get("root"):  # what is listed is not a part of it
            checksum = crc32(text_bytes(key) + name_bytes + tail_bytes, parent)
            self.database.run(
                """UPDATE folder SET parent = ?, name = CAST(? AS TEXT), text = CAST(? AS TEXT), checksum = ?,
                is_package = ? WHERE number = ?""",
                (parent, name_bytes, tail_bytes, checksum, is_package, number),
            )

    def put_gone(self, key: str) -> None:
        """An item that was deleted."""
        self._is_settled = False
        self._forget_exception(key, with_folder=True)
        self.database.run("DELETE FROM shortcut WHERE id = CAST(? AS TEXT)", (text_bytes(key),))
        if key in self._numbers:
            self._clear_folder(key)
        self.database.run("INSERT INTO gone VALUES (CAST(? AS TEXT), ?)", (text_bytes(key), self._place))

    def put_exception(self, parent: str, key: str, name: str, *, reason: str, by_nature: bool) -> None:
        """Something that is not in the lists, or cannot be downloaded; without `parent` it is about a folder itself."""
        self._forget_exception(key, with_folder=not parent)
        self._put_exception(key, self.number(parent) if parent else None, name, reason, by_nature=by_nature)

    def put_shortcut(self, row: ItemRow, parent: str, key: str) -> None:
        """A shortcut that is to be followed."""
        self.database.run(
            "INSERT OR REPLACE INTO shortcut VALUES (CAST(? AS TEXT), ?, CAST(? AS TEXT), CAST(? AS TEXT))",
            (text_bytes(key), self.number(parent), text_bytes(row.name), to_bytes(row.tail)),
        )

    def put_root(self, key: str) -> None:
        """The drive's own root; where the whole drive is listed, the listing's too."""
        self.mark(drive_root=self.number(key))

    def put_child_count(self, key: str, children: int) -> None:
        """How many children OneDrive counts in a folder."""
        self.database.run(
            "INSERT OR REPLACE INTO counted VALUES (CAST(? AS TEXT), ?)", (text_bytes(key), min(children, 2**31))
        )

    def put_target(self, parent: str, key: str, name: str, *, is_file: bool = False) -> None:
        """What a shortcut leads to: it stands at the shortcut's place, wherever else it is shown."""
        folder = self.number(parent)
        self._targets[key] = (folder, name)
        texts = (text_bytes(key), folder, text_bytes(name))
        self.database.run("INSERT OR REPLACE INTO target VALUES (CAST(? AS TEXT), ?, CAST(? AS TEXT))", texts)
        self.write()
        for place, other, shown in list(
            self.database.rows(
                """SELECT place, folder, name FROM file
                WHERE id = CAST(? AS TEXT) AND NOT (folder = ? AND name = CAST(? AS TEXT))""",
                texts,
            )
        ):
            self._put_exception(key, other, shown, LISTED_BY_SHORTCUT, by_nature=True)
            self.database.run("DELETE FROM file WHERE place = ?", (place,))
        if not is_file:
            self.database.run(
                "UPDATE folder SET parent = ?, name = CAST(? AS TEXT), text = NULL, is_target = 1 WHERE number = ?",
                (folder, text_bytes(name), self.number(key)),
            )

    def is_target_at(self, key: str, parent: str, name: str) -> bool:
        """True when it is a shortcut at this place that leads there."""
        return self._targets.get(key) == (self.number(parent), name)

    def has_place(self, key: str) -> bool:
        """True when a folder's path is known (after `place_folders`), or a shortcut leads to it."""
        known = self.database.row("SELECT path FROM folder WHERE number = ?", (self._numbers.get(key),))
        return key in self._targets or (known is not None and known[0] is not None)

    def put_spelling(self, asked: str, given: str) -> None:
        """Two spellings of one folder's id."""
        self.database.run(
            "UPDATE folder SET parent = ?, name = '' WHERE number = ?", (self.number(given), self.number(asked))
        )

    def finish_page(self, counts: tuple[int, int, int], folder: str = "", next_link: str | None = None) -> None:
        """What a page had is whole; `folder` is the one that it was of, with the link of its next page."""
        self.write()
        if folder:
            self.database.run(
                "UPDATE folder SET next_link = CAST(? AS TEXT) WHERE number = ?",
                (text_bytes(next_link or ""), self.number(folder)),
            )
        self.mark(counts=counts)

    def finish_delta_page(self, counts: tuple[int, int, int], next_link: str | None, delta_link: str | None) -> None:
        """A page of the whole drive's delta is whole, and kept."""
        self.finish_page(counts)
        self.mark(next_link=next_link, delta_link=delta_link)
        if next_link:
            self.database.run("INSERT INTO link VALUES (CAST(? AS TEXT))", (text_bytes(next_link),))
        self.commit()

    def write(self) -> None:
        """Give what was put to the database."""
        if self._files:
            self._is_settled = False
            self.database.run_many(_PUT_FILE, self._files)
            self.database.run_many(_PUT_LINE, self._lines)
            self._files, self._lines = [], []

    def commit(self) -> None:
        """Keep what was written, whatever happens."""
        self.write()
        self.database.commit()

    def close(self) -> None:
        """Leave it as it was at the last commit: the next listing goes on from there."""
        self.database.close()

    def number(self, key: str) -> int:
        """The number of a folder, known or not yet."""
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._last_number = self._last_number + 1
            self.database.run("INSERT INTO folder (number, id) VALUES (?, CAST(? AS TEXT))", (number, text_bytes(key)))
        return number

    def folder_keys(self) -> Iterator[str]:
        """Every folder of which a place is known."""
        yield from (key for (key,) in self.database.rows("SELECT id FROM folder WHERE name IS NOT NULL"))

    def place_folders(self, root: int | None, root_path: str) -> None:
        """Give every folder below `root` its path; the others have none."""
        run = self.database.run
        run("CREATE TEMP TABLE IF NOT EXISTS placed (number INTEGER PRIMARY KEY, path TEXT)")
        run("DELETE FROM placed")
        run(
            """INSERT INTO placed WITH RECURSIVE below (number, path) AS (
                SELECT number, CAST(? AS TEXT) FROM folder WHERE number = ? UNION ALL
                SELECT folder.number, CASE folder.name WHEN '' THEN below.path ELSE below.path || '/' || folder.name END
                FROM below JOIN folder ON folder.parent = below.number AND folder.number <> ?)
            SELECT * FROM below""",
            (text_bytes(root_path), root, root),
        )
        run("UPDATE folder SET path = (SELECT path FROM placed WHERE placed.number = folder.number)")

    def paths(self) -> dict[int, str]:
        """The path of every folder that has one, by number; '' is the drive's root."""
        return dict(self.database.rows("SELECT number, path FROM folder WHERE path IS NOT NULL"))

    def key_of(self, folder: int) -> str:
        """The id of a folder."""
        return str((self.database.row("SELECT id FROM folder WHERE number = ?", (folder,)) or ("",))[0])

    def file_lines(self) -> Iterator[bytes]:
        """The lines of file_list.json, in order. Raises DatabaseUnusable where they are not as they were put."""
        return self._make_lines(  # the limit, of none, lets SQLite sort before it reads the long texts
            """SELECT folder, key, name, whole, CAST(line.text AS BLOB), checksum FROM (
                SELECT file.place, folder, CAST(file.id AS BLOB) AS key, CAST(file.name AS BLOB) AS name,
                CAST(path || '/' || file.name AS BLOB) AS whole FROM file JOIN folder ON number = folder
                WHERE path IS NOT NULL ORDER BY whole, key LIMIT -1
            ) AS sorted CROSS JOIN line ON line.place = sorted.place"""
        )

    def folder_lines(self) -> Iterator[bytes]:
        """The lines of folder_list.json, in order. Raises DatabaseUnusable where they are not as they were put."""
        return self._make_lines(
            """SELECT parent, CAST(id AS BLOB), CAST(name AS BLOB), CAST(path AS BLOB), CAST(text AS BLOB), checksum
            FROM folder WHERE text IS NOT NULL AND path IS NOT NULL ORDER BY path, id"""
        )

    def count_folders(self) -> int:
        """How many lines folder_list.json has."""
        counted = self.database.row("SELECT count(*) FROM folder WHERE text IS NOT NULL AND path IS NOT NULL")
        return int(counted[0]) if counted else 0

    def _make_lines(self, sql: str) -> Iterator[bytes]:
        for folder, key, name, path, tail, checksum in self.database.rows(sql):
            if crc32(tail, crc32(name, crc32(key, folder))) != checksum:
                raise DatabaseUnusable(self.database.path, DAMAGED)
            yield make_line(key.rpartition(_SEPARATOR)[2] if _SEPARATOR in key else key, name, path, tail)

    def check(self) -> None:
        """Read all that came. Raises DatabaseUnusable where it is not as it was put."""
        for sql in (
            """SELECT folder, CAST(id AS BLOB), CAST(name AS BLOB), x'', CAST(text AS BLOB), checksum
            FROM file JOIN line ON line.place = file.place ORDER BY file.place""",
            """SELECT parent, CAST(id AS BLOB), CAST(name AS BLOB), x'', CAST(text AS BLOB), checksum
            FROM folder WHERE text IS NOT NULL""",
        ):
            for _ in self._make_lines(sql):
                pass

    @property
    def is_of_one_tree(self) -> bool:
        """True when every folder is known by its id, as in lists that nobody edited."""
        return not any(key.startswith(PATH_MARK) for key in self._numbers)

    def is_listed_folder(self, key: str) -> bool:
        """True for the root and folders that have a line."""
        number = self._numbers.get(key)
        listed = self.database.row("SELECT path FROM folder WHERE number = ? AND path IS NOT NULL", (number,))
        return listed is not None

    def keys_in(self, key: str) -> list[str]:
        """What the lists have directly in a folder; nothing where they do not have it."""
        number = self._numbers.get(key)
        found = self.database.rows(
            """SELECT id FROM file WHERE folder = ? UNION ALL
            SELECT id FROM folder WHERE parent = ? AND text IS NOT NULL AND path IS NOT NULL""",
            (number, number),
        )
        return [inner for (inner,) in found]

    def listed(self, key: str) -> ListedItem | None:
        """An item as the lists have it; None when they do not."""
        found = self.database.row(
            """SELECT path || '/' || file.name, line.text FROM file JOIN folder ON number = folder
            JOIN line ON line.place = file.place WHERE file.id = CAST(? AS TEXT)""",
            (text_bytes(key),),
        ) or self.database.row(
            "SELECT path, text FROM folder WHERE number = ? AND text IS NOT NULL AND path IS NOT NULL",
            (self._numbers.get(key),),
        )
        return ListedItem(*found) if found else None

    def take_out(self, key: str) -> None:
        """Forget what is known about an item, but not what is in it."""
        run, parameters = self.database.run, (text_bytes(key),)
        run("DELETE FROM line WHERE place IN (SELECT place FROM file WHERE id = CAST(? AS TEXT))", parameters)
        run("DELETE FROM file WHERE id = CAST(? AS TEXT)", parameters)
        if key in self._numbers:
            self._clear_folder(key)

    def take_out_unplaced(self) -> None:
        """Forget folders without a path, and all that is in them."""
        self.database.run("DELETE FROM file WHERE folder IN (SELECT number FROM folder WHERE path IS NULL)")
        self.database.run("DELETE FROM line WHERE place NOT IN (SELECT place FROM file)")
        self.database.run("UPDATE folder SET parent = NULL, name = NULL, text = NULL WHERE path IS NULL")

    def count_in(self, folders: Collection[int], but: Container[str]) -> int:
        """How many files, and folders with other keys than `but`, are directly in these folders."""
        files = self.database.rows("SELECT folder, count(*) FROM file GROUP BY folder")
        inner = self.database.rows("SELECT parent, id FROM folder WHERE text IS NOT NULL")
        found: int = sum(number for folder, number in files if folder in folders)
        return found + sum(parent in folders and key not in but for parent, key in inner)

    def settle(self) -> None:
        """All pages have come, and folders have their places: keep the last word about each file."""
        if self._is_settled:
            return
        run = self.database.run
        run("CREATE INDEX IF NOT EXISTS file_id ON file (id)")
        run(
            """DELETE FROM file WHERE place IN (
                SELECT file.place FROM gone JOIN file ON file.id = gone.id AND file.place <= gone.place)"""
        )
        run(
            """DELETE FROM file WHERE place IN (SELECT file.place FROM (
                SELECT id, max(place) AS last FROM file GROUP BY id HAVING count(*) > 1) AS twice
                JOIN file ON file.id = twice.id AND file.place < twice.last)"""
        )
        run("DELETE FROM file WHERE id IN (SELECT id FROM folder WHERE text IS NOT NULL)")
        self._is_settled = True

    def take_exceptions(self) -> tuple[ListException, ...]:
        """Everything that is not in the lists or cannot be had, by path; files without a place are taken out for it."""
        self.settle()
        paths, found, outside = self.paths(), [], self._folders_outside()
        for key, folder, name, reason, by_nature in self.database.rows(
            """SELECT * FROM exception WHERE folder IS NULL OR reason = ?
            OR id NOT IN (SELECT id FROM exception WHERE folder IS NULL)""",  # that it could not be read says most
            (LISTED_BY_SHORTCUT,),
        ):
            place = self._numbers.get(key) if folder is None else folder
            path = paths.get(place or 0)
            if folder is None:
                where = UNKNOWN_FOLDER if path is None else path or "/"
            elif path is None and folder in outside:
                continue
            else:
                where = f"{UNKNOWN_FOLDER if path is None else path}/{name}"
            found.append(ListException(where, split_key(key)[1], reason, by_nature=bool(by_nature)))
        for sql in (
            "SELECT id, folder, name FROM file WHERE folder IN (SELECT number FROM folder WHERE path IS NULL)",
            "SELECT id, parent, name FROM folder WHERE path IS NULL AND text IS NOT NULL",
        ):
            for key, folder, name in self.database.rows(sql):
                if folder not in outside:
                    found.append(ListException(f"{UNKNOWN_FOLDER}/{name}", split_key(key)[1], ORPHAN, by_nature=False))
        self.database.run("DELETE FROM file WHERE folder IN (SELECT number FROM folder WHERE path IS NULL)")
        return tuple(sorted(set(found), key=lambda entry: (entry.path, entry.id)))

    def _folders_outside(self) -> frozenset[int]:
        """The folders of the drive that are not below what was listed, by number."""
        root, drive_root = self.marks.get("root"), self.marks.get("drive_root")
        found = self.database.rows(
            """WITH RECURSIVE below (number) AS (SELECT ? UNION SELECT folder.number
            FROM below JOIN folder ON folder.parent = below.number) SELECT number FROM below""",
            (drive_root,),
        )
        return frozenset(number for (number,) in found) if drive_root != root else frozenset()

    def become_current(self, home: Path, state: ListState) -> None:
        """The lists have been written of it, as `state` says: from now on it is the catalogue of this home.

        Where that fails nothing is lost: the next one is made of the lists.
        """
        is_new = self.database.path == home / IN_PROGRESS
        try:
            self.mark(lists=state.fingerprints)
            self.commit()
            self.close()
            if is_new:
                forget_database(home / CATALOGUE)
                with disk_errors(home):
                    once_free(lambda: self.database.path.replace(home / CATALOGUE))
        except (DatabaseUnusable, FolderNotUsable, DiskFull):
            self.close()
            with suppress(FolderNotUsable):
                forget_database(self.database.path if is_new else home / CATALOGUE)

    def _camera(self, name: str) -> int:
        if name not in self._cameras:
            number = self._cameras[name] = len(self._cameras)
            self.database.run("INSERT INTO camera VALUES (?, CAST(? AS TEXT))", (number, text_bytes(name)))
        return self._cameras[name]

    def _clear_folder(self, key: str) -> None:
        self.database.run(
            "UPDATE folder SET parent = NULL, name = NULL, text = NULL, is_package = 0 WHERE number = ?",
            (self._numbers[key],),
        )

    def _forget_exception(self, key: str, *, with_folder: bool) -> None:
        """Something else is true of an item now; `with_folder`: also whether it could be read, if it is a folder.

        What a shortcut leads to stays named at its other places.
        """
        if key in self._excepted:
            self.database.run(
                "DELETE FROM exception WHERE id = CAST(? AS TEXT) AND reason <> ? AND (folder IS NOT NULL OR ?)",
                (text_bytes(key), LISTED_BY_SHORTCUT, with_folder),
            )

    def _put_exception(self, key: str, folder: int | None, name: str, reason: str, *, by_nature: bool) -> None:
        self._excepted.add(key)
        self.database.run(
            "INSERT INTO exception VALUES (CAST(? AS TEXT), ?, CAST(? AS TEXT), CAST(? AS TEXT), ?)",
            (text_bytes(key), folder, text_bytes(name), text_bytes(reason), by_nature),
        )
