"""Each door of home/ and local/, and each call to the system behind it, with each error that disks give.

What comes out has words of its own, and names no folder of ours that nobody knows; or the door is one that never
fails. A bare error of the system never comes out.
"""

from __future__ import annotations

import errno
import io
import os
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from onedrive.errors import FolderNotUsable, OneDriveError
from onedrive.home import database, failed, files, further, lists, manifest, own_places, recheck, records, verification
from onedrive.home.lock import DownloadsLock, RunLock, check_no_other_run
from onedrive.listing.catalogue import CATALOGUE
from onedrive.listing.list_import import open_catalogue
from onedrive.local import earlier, marker
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import Digest, digest_file
from onedrive.local.known_files import KnownFiles
from onedrive.local.names import LINUX_RULES
from onedrive.settings import Settings
from onedrive.verify.local_hashes import LocalHashes
from tests.desk import Desk


def _says(name: str) -> Callable[[], Exception]:
    number = getattr(errno, name)
    return lambda: OSError(number, os.strerror(number))


ERRORS = [
    *map(_says, ("EIO", "ENAMETOOLONG", "ENOSPC", "ESTALE", "EROFS", "EMFILE")),
    lambda: UnicodeEncodeError("ascii", "\u00fc", 0, 1, "ordinal not in range"),  # what the locale cannot spell
]
_ERRORS_A_CALL = 2
_TAKE_NAMES = ("open", "rename", "unlink", "mkdir", "scandir", "stat")
# A kind of call, and the functions that do it; those of an open file are of `_Failing`.
CALLS = {
    "open": ("os.open", "io.open"),
    "read": ("os.read", "read", "readline", "readinto", "__next__"),
    "write": ("os.write", "write"),
    "close": ("os.close", "close"),
    "fsync": ("os.fsync",),
    "rename": ("os.rename", "os.replace"),
    "unlink": ("os.unlink", "os.remove"),
    "mkdir": ("os.mkdir",),
    "scandir": ("os.scandir", "os.listdir"),
    "stat": ("os.stat", "os.lstat"),
    "fstat": ("os.fstat",),
}


class _Failing:
    """An open file of which one kind of call fails."""

    def __init__(self, stream: Any, names: tuple[str, ...], error: Callable[[], Exception]) -> None:  # noqa: ANN401
        self._stream, self._names, self._error = stream, names, error

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name in self._names:
            return self._fail
        return getattr(self._stream, name)

    def _fail(self, *_: object) -> None:
        raise self._error()

    def __enter__(self) -> _Failing:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        if "close" in self._names:
            raise self._error()

    def __iter__(self) -> Iterator[Any]:
        if "__next__" in self._names:
            raise self._error()
        return iter(self._stream)


@contextmanager
def _failing(call: str, error: Callable[[], Exception], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    names, open_well, close_well = CALLS[call], io.open, os.close

    def fail(*_: object, **__: object) -> None:
        raise error()

    def close(descriptor: int) -> None:
        close_well(descriptor)
        raise error()

    def open_failing(*arguments: Any, **more: Any) -> _Failing:  # noqa: ANN401
        return _Failing(open_well(*arguments, **more), names, error)

    with monkeypatch.context() as patches:
        if call in ("read", "write", "close"):
            patches.setattr(io, "open", open_failing)
        for name in names:
            if "." in name:
                patches.setattr(name, close if name == "os.close" else fail)
        yield


def _held(lock: RunLock) -> None:
    with lock:
        pass


def _appended(home: Path, line: manifest.ManifestLine) -> None:
    with manifest.ManifestWriter(home / manifest.MANIFEST) as writer:
        writer.append(line)


class Scene(NamedTuple):
    """A home and its downloads, and what came for a file there."""

    home: Path
    downloads: Path
    folder: DownloadFolder
    new: Path
    came: Digest
    state: lists.ListState
    facts: verification.VerificationFacts
    line: manifest.ManifestLine


Door = Callable[[Scene], object]
HOME: dict[str, Door] = {
    "write_whole": lambda s: files.write_whole(s.home / "x.json", "x"),
    "make_folder": lambda s: files.make_folder(s.home / "deep/er"),
    "set_aside": lambda s: files.set_aside(s.home / "old.json", "edited"),
    "append_rows": lambda s: records.append_rows(s.home / "deleted_items.jsonl", [{"a": 1}]),
    "read_rows": lambda s: list(records.read_rows(s.home / "deleted_items.jsonl")),
    "read_last_rows": lambda s: records.read_last_rows(s.home / "deleted_items.jsonl"),
    "unfinished": lambda s: records.describe_unfinished_deletes(s.home),
    "read_failed": lambda s: failed.read_failed(s.home),
    "failed_count": lambda s: failed.failed_count(s.home),
    "write_failed": lambda s: failed.write_failed(s.home, [failed.FailedItem("/a", "1", "no")]),
    "write none failed": lambda s: failed.write_failed(s.home, []),
    "read_further": lambda s: further.read_further(s.home),
    "remember_further": lambda s: further.remember_further(
        s.home, [further.FurtherFolder(s.home, further.FolderUse.COPY)]
    ),
    "read_list_state": lambda s: lists.read_list_state(s.home),
    "who_wrote": lambda s: lists.who_wrote(s.home, lists.FILE_LIST, lists.read_list_state(s.home)),
    "edited_lists": lambda s: lists.edited_lists(s.home),
    "read_items": lambda s: list(lists.read_items(s.home / lists.FILE_LIST)),
    "write_lists": lambda s: lists.write_lists(s.home, [b"{}"], [b"{}"], s.state),
    "RunLock": lambda s: _held(RunLock(s.home, "option 3")),
    "DownloadsLock": lambda s: _held(DownloadsLock(s.downloads, s.folder.partial, "option 4")),
    "check_no_other_run": lambda s: check_no_other_run(s.home),
    "read_manifest": lambda s: manifest.read_manifest(s.home / manifest.MANIFEST),
    "append to manifest": lambda s: _appended(s.home, s.line),
    "count_downloaded": lambda s: manifest.count_downloaded(s.home),
    "check_state_files": lambda s: own_places.check_state_files(s.home),
    "check_no_pipes": lambda s: own_places.check_no_pipes(s.home),
    "check_demo_home": lambda s: own_places.check_demo_home(s.home / "none", "x", is_apart=False),
    "note_folders": lambda s: recheck.note_folders(s.home, [("d", "f")]),
    "read_noted": lambda s: recheck.read_noted(s.home),
    "keep_noted": lambda s: recheck.keep_noted(s.home, []),
    "read_verification": lambda s: verification.read_verification(s.home),
    "read_verified_items": lambda s: list(verification.read_verified_items(s.home)),
    "write_verification": lambda s: verification.write_verification(s.home, s.facts, []),
    "forget_database": lambda s: database.forget_database(s.home / CATALOGUE),
}
LOCAL: dict[str, Door] = {
    "prepare": lambda s: DownloadFolder(s.downloads).prepare(),
    "look_at_disk": lambda s: s.folder.look_at_disk(largest_wanted_bytes=1 << 33),
    "takes_links": lambda s: s.folder.takes_links(),
    "look": lambda s: s.folder.look("A/a.txt"),
    "make_folder": lambda s: s.folder.make_folder("new/folder"),
    "digest": lambda s: s.folder.digest("A/a.txt", lambda: None, with_sha256=True, with_sha1=True),
    "put": lambda s: s.folder.put(s.new, "A/a.txt", s.came, recorded=None),
    "put anew": lambda s: s.folder.put(s.new, "A/b.txt", s.came, recorded=None),
    "link": lambda s: s.folder.link("A/a.txt", "link"),
    "copy": lambda s: s.folder.copy("A/a.txt", "copy", lambda: None),
    "has_other_names": lambda s: s.folder.has_other_names("A/a.txt"),
    "remove_if_empty": lambda s: s.folder.remove_if_empty("empty"),
    "set_folder_times": lambda s: s.folder.set_folder_times("A", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
    "move": lambda s: s.folder.move("A/a.txt", "B/b.txt"),
    "keep_beside": lambda s: s.folder.keep_beside("A/a.txt"),
    "put_aside": lambda s: s.folder.put_aside("A/a.txt"),
    "take_back": lambda s: s.folder.take_back("A/a.txt"),
    "earlier_days": lambda s: earlier.earlier_days(s.downloads),
    "walk_earlier": lambda s: list(earlier.walk_earlier(s.downloads, [date(2020, 1, 1)])),
    "describe_earlier": lambda s: earlier.describe_earlier(s.downloads),
    "find_problem": lambda s: marker.find_problem(Settings(home=s.home, downloads=s.downloads)),
    "describe_absence": lambda s: marker.describe_absence(s.home, s.downloads),
}


def _temporary(scene: Scene) -> None:
    with database.Database.temporary(scene.home, "CREATE TABLE t (x)") as temporary:
        temporary.function("double", 1, lambda number: 2 * number)
        temporary.run_many("INSERT INTO t VALUES (double(?))", [(1,), (2,)])
        temporary.commit()
        assert temporary.row("SELECT sum(x) FROM t") == (6,)


def _known(scene: Scene) -> None:
    with KnownFiles(scene.home, [scene.downloads / "A"]) as known:
        known.look()
        known.find({(8, "AAAA")}, None, read_again=True)


def _hashes(scene: Scene) -> None:
    with LocalHashes(scene.home, scene.downloads, print) as hashes:
        hashes.keep(["A/a.txt"])
        hashes.note_sums(scene.downloads / "SHA256SUMS")


DATABASES: dict[str, Door] = {
    "temporary": _temporary,
    "open_catalogue": lambda s: open_catalogue(s.home, print).close(),
    "known files": _known,
    "local hashes": _hashes,
}


@pytest.mark.parametrize("doors", [HOME, LOCAL, DATABASES], ids=["home", "local", "databases"])
def test_no_error_of_a_disk_comes_out_bare(desk: Desk, doors: dict[str, Door], monkeypatch: pytest.MonkeyPatch) -> None:
    desk.given("/A/a.txt", here=True)
    desk.verify()
    state, facts = lists.read_list_state(desk.home), verification.read_verification(desk.home)
    assert state is not None
    assert facts is not None
    bare: set[str] = set()

    for door, (name, go_through) in enumerate(doors.items()):
        for number, call in enumerate(CALLS):
            errors = ERRORS if call in _TAKE_NAMES else ERRORS[:-1]
            # Each door meets each kind of call with some of the errors, other doors with the others: all take too long.
            for make in (errors[(door + number + other) % len(errors)] for other in range(_ERRORS_A_CALL)):
                scene = _arrange(desk, state, facts)
                with _failing(call, make, monkeypatch):
                    try:
                        go_through(scene)
                    except OneDriveError as error:
                        assert ".partial" not in error.sentence  # noqa: PT017 - other errors are collected
                    except Exception as error:
                        bare.add(f"{name}: {_describe(call, error)}")

    assert not bare


SQLITE_ERRORS = (
    *("IOERR", "FULL", "READONLY", "CANTOPEN", "PERM", "BUSY", "LOCKED", "CORRUPT", "NOTADB", "ERROR", "PROTOCOL"),
    *("NOLFS", "TOOBIG"),
)
SQLITE_CALLS = ("connect", "execute", "executemany", "commit", "rollback", "create_function", "close")
_FAILS_FROM = (0, 1, 6, 10)  # the first call of its kind, or a later one


def _failing_sqlite(call: str, name: str, calls_well: int) -> type[sqlite3.Connection]:
    left = iter(range(calls_well))

    def fail_in_time(connection: sqlite3.Connection, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401
        if next(left, None) is None:
            error = sqlite3.OperationalError(f"words of SQLite about {name}")
            error.sqlite_errorcode = getattr(sqlite3, f"SQLITE_{name}")
            raise error
        return getattr(sqlite3.Connection, "__init__" if call == "connect" else call)(connection, *arguments, **more)

    return type("Failing", (sqlite3.Connection,), {"__init__" if call == "connect" else call: fail_in_time})


def test_no_error_of_sqlite_comes_out_bare(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.given("/A/a.txt", here=True)
    desk.verify()
    state, facts = lists.read_list_state(desk.home), verification.read_verification(desk.home)
    assert state is not None
    assert facts is not None
    scene, connect, bare = _arrange(desk, state, facts), sqlite3.connect, set[str]()

    for door, (name, go_through) in enumerate(DATABASES.items()):
        for number, call in enumerate(SQLITE_CALLS):
            for well, code in zip(_FAILS_FROM, [*SQLITE_ERRORS, *SQLITE_ERRORS][5 * door + number :], strict=False):
                monkeypatch.setattr(sqlite3, "connect", partial(connect, factory=_failing_sqlite(call, code, well)))
                try:
                    go_through(scene)
                except OneDriveError as error:
                    assert "words of SQLite" not in error.sentence  # noqa: PT017 - other errors are collected
                except Exception as error:
                    bare.add(f"{name}: {code}: {_describe(call, error)}")
                finally:
                    monkeypatch.setattr(sqlite3, "connect", connect)

    assert not bare


def _arrange(desk: Desk, state: lists.ListState, facts: verification.VerificationFacts) -> Scene:
    (desk.home / "old.json").write_text("[]")
    (desk.home / "deleted_items.jsonl").write_text('{"id": "1", "state": "deleting"}\n')
    (desk.downloads / "A").mkdir(exist_ok=True)
    (desk.downloads / "A/a.txt").write_bytes(b"/A/a.txt")
    (desk.downloads / ".earlier/2020-01-01").mkdir(parents=True, exist_ok=True)
    folder = DownloadFolder(desk.downloads)
    with pytest.MonkeyPatch.context() as patches:  # which names the disk takes is found out in one door
        patches.setattr("onedrive.local.folder.probe_name_rules", lambda *_, **__: LINUX_RULES)
        folder.prepare()
    new = folder.partial / "new"
    new.write_bytes(b"new")
    came = digest_file(new, lambda: None, with_sha256=True)
    line = next(line for line in manifest.read_lines(desk.home / manifest.MANIFEST) if line)
    return Scene(desk.home, desk.downloads, folder, new, came, state, facts, line)


def _describe(call: str, error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)
    ours = next((frame for frame in reversed(place) if "/onedrive/" in frame.filename), place[-1])
    return f"{call}: {type(error).__name__} at {Path(ours.filename).name}:{ours.lineno}"


def test_a_database_whose_name_the_system_cannot_spell_is_said(home: Path) -> None:
    with pytest.raises(FolderNotUsable, match="cannot store"):
        database.Database.open(home / "\ud800.sqlite", schema="", version=1)
