"""The catalogue of the lists as they are: `listing.sqlite` where it is of them, otherwise made anew of them.

What a person wrote in a list counts, above all the paths. Options 3 (for what changed) and 5 open the catalogue so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from zlib import crc32

from onedrive.errors import DiskFull, FolderNotUsable, StateFileBroken
from onedrive.graph.item import NotAnItem, path_of_row
from onedrive.home.database import Database, DatabaseUnusable, forget_database, text_bytes
from onedrive.home.files import disk_errors, is_there
from onedrive.home.lists import (
    FILE_LIST,
    FOLDER_LIST,
    LISTS,
    is_as_it_was,
    known_list_state,
    no_item_at,
    read_list_rows,
)
from onedrive.listing.catalogue import (
    CATALOGUE,
    PATH_MARK,
    SCHEMA,
    VERSION,
    Catalogue,
    make_key,
    read_marks,
    split_key,
)
from onedrive.listing.item_row import ItemRow, RowReader

MOST_COMPARED = 200_000  # files: half a second
_FILES_AT_A_TIME = 1000


def open_catalogue(home: Path, say: Callable[[str], None]) -> Database:
    """The database of what file_list.json says now; made of the lists where the catalogue is not of them.

    Where it cannot be kept it is a temporary one. `say` hears why one that was there cannot be used. Raises
    StateFileBroken about a list, FolderNotUsable, DiskFull.
    """
    path = home / CATALOGUE
    try:
        if database := _open_current(home):
            return database
    except (DatabaseUnusable, FolderNotUsable) as error:
        say(f"{error.sentence} It is made again from the lists.")
    try:
        forget_database(path)
        return _import_lists(home, Database.open(path, schema=SCHEMA, version=VERSION))
    except (DatabaseUnusable, FolderNotUsable, DiskFull):
        return _import_lists(home, Database.temporary(home, SCHEMA))


def _open_current(home: Path) -> Database | None:
    """The catalogue that is of the lists as they are; None without one. Raises DatabaseUnusable, FolderNotUsable."""
    if not is_there(home / CATALOGUE):
        return None
    database = Database.open(home / CATALOGUE, schema=SCHEMA, version=VERSION, check="PRAGMA quick_check(file)")
    with database.closed_on_error():
        known = read_marks(database).get("lists", {})
        if all(is_as_it_was(home / name, known.get(name)) for name in LISTS):
            return database
    database.close()
    return None


def count_differences(home: Path, catalogue: Catalogue, files_before: int) -> tuple[int, int, int] | None:
    """How many files of a catalogue are new, other and gone against the lists in a home, before these are replaced.

    None where nobody knows, or where it would take long.
    """
    if not 0 < files_before <= MOST_COMPARED:
        return None
    sql = "SELECT id, CAST(text AS BLOB) FROM file JOIN line ON line.place = file.place"
    try:
        database = _open_current(home)
        if database is None:
            return None
        with database:
            old = {key: crc32(text) for key, text in database.rows(sql)}
    except (DatabaseUnusable, FolderNotUsable, DiskFull):
        return None
    new = other = 0
    for key, text in catalogue.database.rows(sql):
        was = old.pop(key, None)
        new += was is None
        other += was is not None and was != crc32(text)
    return new, other, len(old)


def _import_lists(home: Path, database: Database) -> Database:
    with database.closed_on_error():
        _Import(home, Catalogue(database)).run()
    return database


class _Import:
    """Takes the lists of a home into an empty catalogue; what a person wrote in them counts, above all the paths."""

    def __init__(self, home: Path, catalogue: Catalogue) -> None:
        state = known_list_state(home)
        self._home = home
        self._catalogue = catalogue
        self._drive_id = state.drive_id if state else ""
        self._reader = RowReader(self._drive_id)
        root = catalogue.number((state.root_id if state else "") or PATH_MARK)
        catalogue.mark(root=root, drive_root=root)
        self._folders = {(state.root_path if state else "/").rstrip("/"): root}

    def run(self) -> None:
        """Take both in, and remember of which files they are."""
        catalogue = self._catalogue
        prints = {name: self._read_print(name) for name in LISTS}
        with suppress(StateFileBroken):  # choosing does without it, and only a list that is ours is ever updated
            for row, path in self._read(FOLDER_LIST) if prints[FOLDER_LIST] else ():
                key = self._key(row)
                catalogue.put_item(row._replace(facts=None), make_key(row.parent_id, split_key(key)[0]), key)
                self._folders[path] = catalogue.number(key)
        for number, (row, path) in enumerate(self._read(FILE_LIST)):
            if row.facts is not None:
                end = len(path) - len(row.name) if path.endswith(f"/{row.name}") else path.rfind("/") + 1
                catalogue.put_file(row, row.facts, self._folder(path[: end - 1]), path[end:], self._key(row))
                if number % _FILES_AT_A_TIME == 0:
                    catalogue.write()
        catalogue.write()
        catalogue.database.run_many(
            "UPDATE folder SET path = CAST(? AS TEXT) WHERE number = ?",
            [(text_bytes(path), number) for path, number in self._folders.items()],
        )
        catalogue.database.run("CREATE INDEX file_id ON file (id)")
        catalogue.mark(lists=prints)
        catalogue.commit()

    def _read(self, name: str) -> Iterator[tuple[ItemRow, str]]:
        path = self._home / name
        for where, row in read_list_rows(path):
            try:
                yield self._reader.read(row if isinstance(row, dict) else {}), path_of_row(row)
            except NotAnItem as error:
                raise no_item_at(path, where, error) from error

    def _read_print(self, name: str) -> dict[str, int] | None:
        with disk_errors(self._home):
            try:
                status = (self._home / name).stat()
            except FileNotFoundError:
                return None
        return {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns}

    def _key(self, row: ItemRow) -> str:
        return make_key(row.id, row.drive_id if row.drive_id != self._drive_id else "")

    def _folder(self, path: str) -> int:
        number = self._folders.get(path)
        if number is None:
            number = self._folders[path] = self._catalogue.number(f"{PATH_MARK}{path}")
        return number
