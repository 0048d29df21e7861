"""The catalogue behind the lists: a cache that may be missing, damaged, locked or of others, and nothing is lost."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, DiskFull, OneDriveError, StateFileBroken
from onedrive.graph.session import GraphSession
from onedrive.home.database import Database, database_errors
from onedrive.home.lists import FILE_LIST, FOLDER_LIST
from onedrive.listing.catalogue import CATALOGUE, IN_PROGRESS, open_catalogue
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.listing.listed import Listed, list_drive
from tests.listing.listing_faults import narrow_pages

Spoil = Callable[[Path], object]


@pytest.fixture
def first(drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer) -> Listed:
    """A drive that has been listed."""
    for number in range(200):
        drive.add_file(f"/Pictures/{number % 7}/{number:03}.jpg", b"abc")
    drive.add_file("/half \ud83d.txt", b"x")
    listed = list_drive(home, graph)
    demo.requests.clear()
    return listed


def _files(database: Database) -> list[tuple[str, int]]:
    sql = """SELECT path || '/' || file.name, size FROM file JOIN folder ON number = folder ORDER BY 1"""
    return [(path, size) for path, size in database.rows(sql)]


def _listed_files(listed: bytes) -> list[tuple[str, int]]:
    return [(row["path"], row["size"]) for row in json.loads(listed)]


def _change_text(path: Path) -> None:
    content = path.read_bytes()
    place = content.rindex(b'"mimeType":"image/jpeg"')
    path.write_bytes(content[:place] + b'"mimeType":"imaGe/jpeg"' + content[place + 23 :])


def _make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def _of_other_lists(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM file")
        connection.execute("""UPDATE mark SET value = '{"file_list.json": {"bytes": 1}}' WHERE name = 'lists'""")
        connection.commit()


def _zero_a_page(path: Path) -> None:
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] + b"\0" * 32768 + content[half + 32768 :])


SPOILT: dict[str, tuple[Spoil, str]] = {
    "missing": (lambda path: path.unlink(), ""),
    "empty": (lambda path: path.write_bytes(b""), ""),
    "of other lists": (_of_other_lists, ""),
    "no database": (lambda path: path.write_bytes(b"x" * 50_000), "it is damaged"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "it is damaged"),
    "a page of zeros": (_zero_a_page, "it is damaged"),
    "a changed text": (_change_text, "it is damaged"),
    "newer": (_make_newer, "it was made by a newer version of this program"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_catalogue_that_cannot_be_used_is_made_anew_of_the_lists_without_a_new_listing(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, how: str
) -> None:
    spoil, why = SPOILT[how]
    spoil(home / CATALOGUE)
    drive.add_file("/new.txt", b"new")
    drive.rename(drive.find("/Pictures"), "Fotos")

    listed = list_drive(home, graph)

    assert "Since the last list: 1 new, 1 moved or renamed." in listed.said
    assert "207 items moved along with the folders above." in listed.said
    assert len(demo.requests) == 2
    assert ("listing.sqlite cannot be used" in listed.said) == bool(why)
    assert why in listed.said
    anew = list_drive(home / "anew", graph)
    assert (listed.files, listed.folders) == (anew.files, anew.folders)
    drive.delete(drive.find("/new.txt"))
    again = list_drive(home, graph)
    assert "cannot be used" not in again.said
    assert "1 gone" in again.said


def test_a_catalogue_in_another_programs_hands_does_not_stop_an_update(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path
) -> None:
    drive.add_file("/new.txt", b"new")
    with closing(sqlite3.connect(home / CATALOGUE)) as other:
        other.execute("BEGIN EXCLUSIVE")

        listed = list_drive(home, graph)

    assert "listing.sqlite cannot be used: another program is using it." in listed.said
    assert "Since the last list: 1 new." in listed.said
    assert ("/new.txt", 3) in _listed_files(listed.files)


def test_a_home_that_was_listed_by_an_earlier_version_is_updated_and_what_it_had_begun_is_said(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path
) -> None:
    (home / CATALOGUE).unlink()
    (home / "listing_in_progress.journal").write_text("H\t{}\n")

    assert "Nothing has changed" in list_drive(home, graph).said
    assert not (home / "listing_in_progress.journal").exists()
    (home / "listing_in_progress.journal").write_text("H\t{}\n")
    listed = list_drive(home, graph, full=True)
    assert "A listing that an earlier version of this program began is begun afresh." in listed.said
    assert listed.files == first.files


def test_without_changes_no_catalogue_is_opened(first: Listed, graph: GraphSession, home: Path) -> None:
    (home / CATALOGUE).write_bytes(b"x")

    assert "cannot be used" not in list_drive(home, graph).said


def test_a_damaged_beginning_is_begun_afresh_with_a_sentence(
    first: Listed, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    narrow_pages(demo, 10)
    demo.when_pages_served(9, lambda: demo.reset_next(times=None))
    with pytest.raises(ConnectionLost):
        list_drive(home, graph, full=True)
    demo.be_well()
    _change_text(home / IN_PROGRESS)
    (home / FILE_LIST).unlink()  # so that everything is listed

    listed = list_drive(home, graph)

    assert "listing_in_progress.sqlite cannot be used: it is damaged. The list that was interrupted is" in listed.said
    assert listed.files == first.files


@contextmanager
def _opened(home: Path) -> Iterator[tuple[Database, list[str]]]:
    said: list[str] = []
    with open_catalogue(home, said.append) as database:
        yield database, said


def test_the_catalogue_says_what_the_list_says(first: Listed, home: Path) -> None:
    before = (home / CATALOGUE).stat().st_mtime_ns

    with _opened(home) as (database, said):
        assert _files(database) == _listed_files(first.files)

    assert said == []
    assert (home / CATALOGUE).stat().st_mtime_ns == before


def test_an_edited_list_counts_as_it_is_and_is_taken_in_once(first: Listed, home: Path) -> None:
    rows = json.loads(first.files)[:5]
    rows[0] |= {"path": "/elsewhere/other name.jpg", "size": 77}
    (home / FILE_LIST).write_text(json.dumps(rows, indent=2))

    with _opened(home) as (database, said):
        assert _files(database) == sorted(_listed_files((home / FILE_LIST).read_bytes()))
    taken_in = (home / CATALOGUE).stat().st_mtime_ns
    with _opened(home) as (database, said):
        assert len(_files(database)) == 5

    assert said == []
    assert (home / CATALOGUE).stat().st_mtime_ns == taken_in


def test_an_edited_list_that_cannot_be_read_is_named_by_its_line(first: Listed, home: Path) -> None:
    lines = first.files.splitlines()
    lines[4] = b'{"id":"7","path":"/x"},'
    (home / FILE_LIST).write_bytes(b"\n".join(lines))

    with pytest.raises(StateFileBroken, match='line 5 is no drive item: it has no "name"'), _opened(home):
        pass


def test_where_no_catalogue_can_be_kept_choosing_has_one_for_the_time_being(first: Listed, home: Path) -> None:
    (home / CATALOGUE).unlink()
    (home / CATALOGUE).mkdir()  # stands for whatever cannot be written to, for root too

    with _opened(home) as (database, _):
        assert _files(database) == _listed_files(first.files)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere")
def test_a_home_that_is_read_only_is_said(first: Listed, graph: GraphSession, home: Path) -> None:
    home.chmod(0o500)
    try:
        with pytest.raises(OneDriveError, match="cannot be used"):
            list_drive(home, graph, full=True)
    finally:
        home.chmod(0o700)


@pytest.mark.parametrize("change", [False, True], ids=["anew", "changes"])
def test_a_full_disk_is_said_and_leaves_the_old_lists(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, monkeypatch: pytest.MonkeyPatch, change: bool
) -> None:
    if change:
        drive.add_file("/new.txt", b"new")
    monkeypatch.setattr(Database, "run_many", _on_a_full_disk)

    with pytest.raises(DiskFull, match="is full"):
        list_drive(home, graph, full=not change)

    monkeypatch.undo()
    assert ((home / FILE_LIST).read_bytes(), (home / FOLDER_LIST).read_bytes()) == (first.files, first.folders)
    assert (b"/new.txt" in list_drive(home, graph).files) == change


def _on_a_full_disk(database: Database, sql: str, rows: object) -> None:
    """SQLite's own error, as it comes when a page finds no room."""
    with database_errors(database.path), closing(sqlite3.connect(":memory:")) as small:
        small.execute("PRAGMA max_page_count = 2")
        small.execute("CREATE TABLE t (x)")
        small.execute("INSERT INTO t VALUES (zeroblob(100000))")


def test_what_a_kill_leaves_between_the_lists_and_their_catalogue_is_mended(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    old = (home / CATALOGUE).read_bytes()
    drive.add_file("/new.txt", b"new")
    list_drive(home, graph)
    (home / CATALOGUE).write_bytes(old)
    drive.add_file("/newer.txt", b"newer")

    listed = list_drive(home, graph)

    assert "Since the last list: 1 new." in listed.said
    assert {"/new.txt", "/newer.txt"} <= {path for path, _ in _listed_files(listed.files)}
