"""Database: one SQLite file of ours, and what can go wrong with it in words; the one door to `sqlite3`.

The catalogue of a listing is one (`listing/catalogue.py`). A rollback journal and a lock for as long as the file is
open: that works on network shares too, where a write-ahead log does not. `sqlite3` is loaded when the first one opens.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onedrive.errors import DiskFull, FolderNotUsable, OneDriveError, explain_os_error
from onedrive.home.files import disk_errors, remove_file

if TYPE_CHECKING:
    import sqlite3

_PAGE_BYTES = 16384  # a third less CPU than 4096 for rows of some hundred bytes
_CACHE_KIB = 16000
SYNCHRONOUS = "NORMAL"  # as safe from a kill as FULL; what a power cut may spoil is checked for
_LOCK_SECONDS = 0.5  # who holds it is at work with it, and will be for longer
IN_USE = "another program is using it"
DAMAGED = "it is damaged"
MAGIC = b"SQLite format 3\0"  # how every such file begins
TEXTS = partial(str, encoding="utf-8", errors="surrogatepass")


class DatabaseUnusable(OneDriveError):
    """A database file of ours is damaged, in use by another program, or of a newer version; the sentence says which."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name} cannot be used: {reason}.")
        self.reason = reason


class Database:
    """An open database, also as a context manager; what was not committed when it closes is undone.

    Every method raises DatabaseUnusable, DiskFull, FolderNotUsable.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.path = path
        self._connection = connection
        connection.text_factory = TEXTS

    @classmethod
    def open(cls, path: Path, *, schema: str, version: int, check: str = "") -> Database:
        """The database at `path`, made with `schema` when there is none; `check` is SQL that says 'ok'."""
        import sqlite3

        with database_errors(path):
            database = cls(sqlite3.connect(path, isolation_level=None, timeout=_LOCK_SECONDS), path)
        with database.closed_on_error():
            database._prepare(schema, version)
            if check and database.row(check) != ("ok",):
                raise DatabaseUnusable(path, DAMAGED)
        return database

    @classmethod
    def open_cache(cls, path: Path, *, schema: str, say: Callable[[str], object] = lambda _: None) -> Database:
        """One that can be filled again: where it is damaged it is begun anew, and `say` hears why.

        Nothing waits for the disk: what a power cut spoils is found when it is opened.
        """
        try:
            database = cls.open(path, schema=schema, version=1, check="PRAGMA quick_check(1)")
        except DatabaseUnusable as error:
            if error.reason == IN_USE:
                raise
            forget_database(path)
            say(error.sentence)
            database = cls.open(path, schema=schema, version=1)
        list(database.rows("PRAGMA synchronous = OFF"))
        return database

    @classmethod
    def temporary(cls, place: Path, schema: str) -> Database:
        """A database that is gone when it is closed; `place` is named in errors."""
        import sqlite3

        with database_errors(place):
            database = cls(sqlite3.connect("", isolation_level=None), place)
            database._set(f"page_size={_PAGE_BYTES}", f"cache_size=-{_CACHE_KIB}")
            database._make(schema, 0)
        return database

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def closed_on_error(self) -> Iterator[Database]:
        """An error within the block closes it, and nothing else does: Windows removes no file that is open."""
        try:
            yield self
        except BaseException:
            self.close()
            raise

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a SELECT. Texts come as they were given, half characters too."""
        with database_errors(self.path):
            for row in self._connection.execute(sql, parameters):  # noqa: UP028 - left unfinished, it closes nothing late
                yield row

    def row(self, sql: str, parameters: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row of a SELECT."""
        return next(self.rows(sql, parameters), None)

    def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Run one statement; how many rows it changed. Texts from outside are given as `text_bytes`, with a CAST."""
        with database_errors(self.path):
            self._begin()
            return self._connection.execute(sql, parameters).rowcount

    def run_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement with each of these rows."""
        with database_errors(self.path):
            self._begin()
            self._connection.executemany(sql, rows)

    def function(self, name: str, number_of_arguments: int, answer: Callable[..., Any]) -> None:
        """Let SQL call `answer` by this name."""
        with database_errors(self.path):
            self._connection.create_function(name, number_of_arguments, answer, deterministic=True)

    def commit(self) -> None:
        """What was run since the last commit is on the disk when this returns."""
        with database_errors(self.path):
            self._connection.commit()

    def close(self) -> None:
        """Undo what was not committed, and let others have the file."""
        import sqlite3

        with suppress(sqlite3.Error):
            self._connection.rollback()
        with suppress(sqlite3.Error):
            self._connection.close()

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN")

    def _set(self, *pragmas: str) -> None:
        for pragma in pragmas:
            self._connection.execute(f"PRAGMA {pragma}").fetchall()

    def _make(self, schema: str, version: int) -> None:
        self._begin()
        for statement in filter(str.strip, schema.split(";")):
            self._connection.execute(statement)
        self._set(f"user_version={version}")
        self._connection.commit()

    def _prepare(self, schema: str, version: int) -> None:
        with database_errors(self.path):
            self._set(f"page_size={_PAGE_BYTES}", f"cache_size=-{_CACHE_KIB}", "locking_mode=EXCLUSIVE")
            self._set(f"synchronous={SYNCHRONOUS}")
            with suppress(Exception):  # sorting needs as much room as the lists: beside them there is some
                folder = str(self.path.parent).replace("'", "''")
                self._set(f"temp_store_directory='{folder}'")
            found = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if found == 0 and not self._connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                self._make(schema, version)
            elif found != version:
                age = "a newer" if found > version else "an older"
                raise DatabaseUnusable(self.path, f"it was made by {age} version of this program")


def text_bytes(text: str) -> bytes:
    """A text for a parameter that stands in CAST(? AS TEXT): half a character, which SQLite takes in no other way."""
    return text.encode("utf-8", "surrogatepass")


def wrap_number(number: int) -> int:
    """A number of a file's state (a time of the year 2300, an inode) as one that a database takes: of 64 bits."""
    return (number + 2**63) % 2**64 - 2**63


def forget_database(path: Path) -> None:
    """Remove a database and the journal that it may have left."""
    for gone in (path, path.with_name(f"{path.name}-journal")):
        with disk_errors(gone):
            remove_file(gone)


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the database at `path`, and the system's, into sentences."""
    import sqlite3

    try:
        with disk_errors(path):
            yield
    except UnicodeDecodeError as error:
        raise DatabaseUnusable(path, DAMAGED) from error
    except sqlite3.Error as error:
        code = (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_MISUSE) & 0xFF
        number = {
            sqlite3.SQLITE_IOERR: errno.EIO,
            sqlite3.SQLITE_READONLY: errno.EROFS,
            sqlite3.SQLITE_PERM: errno.EACCES,
        }.get(code)
        if number:
            raise FolderNotUsable(path, *explain_os_error(OSError(number, os.strerror(number)))) from error
        if code == sqlite3.SQLITE_FULL:
            raise DiskFull(path) from error
        if code == sqlite3.SQLITE_CANTOPEN:
            raise FolderNotUsable(path, "it cannot be opened") from error
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL):
            raise DatabaseUnusable(path, IN_USE) from error
        if code in (sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_CONSTRAINT):  # a mistake of ours
            raise
        raise DatabaseUnusable(path, DAMAGED) from error  # also where a table is not there
