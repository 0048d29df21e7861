"""The catalogue behind the lists: a cache that may be missing, damaged, locked or of others, and nothing is lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from onedrive.errors import DiskFull, OneDriveError, StateFileBroken
from onedrive.home.database import Database, database_errors
from onedrive.home.lists import FILE_LIST, FOLDER_LIST
from onedrive.listing.catalogue import CATALOGUE
from onedrive.listing.full import OLD_JOURNAL
from onedrive.listing.list_import import open_catalogue
from tests.listing.scene import Listed, Scene


@pytest.fixture
def first(scene: Scene) -> Listed:
    """A drive that has been listed."""
    scene.given(*(f"/Pictures/{number % 7}/{number:03}.jpg" for number in range(200)), "/half \ud83d.txt")
    return scene.list()


def _execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def _change_text(path: Path) -> None:
    content = path.read_bytes()
    place = content.rindex(b'"mimeType":"image/jpeg"')
    path.write_bytes(content[:place] + b'"mimeType":"imaGe/jpeg"' + content[place + 23 :])


def _zero_a_page(path: Path) -> None:
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] + b"\0" * 32768 + content[half + 32768 :])


OTHER_LISTS = """UPDATE mark SET value = '{"file_list.json": {"bytes": 1}}' WHERE name = 'lists'"""
SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), ""),
    "empty": (lambda path: path.write_bytes(b""), ""),
    "of other lists": (lambda path: _execute(path, "DELETE FROM file", OTHER_LISTS), ""),
    "no database": (lambda path: path.write_bytes(b"x" * 50_000), "it is damaged"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]), "it is damaged"),
    "a page of zeros": (_zero_a_page, "it is damaged"),
    "a changed text": (_change_text, "it is damaged"),
    "newer": (lambda path: _execute(path, "PRAGMA user_version = 99"), "made by a newer version of this program"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_catalogue_that_cannot_be_used_is_made_anew_of_the_lists_without_a_new_listing(
    first: Listed, scene: Scene, how: str
) -> None:
    spoil, why = SPOILT[how]
    spoil(scene.home / CATALOGUE)
    scene.given("/new.txt")
    scene.drive.rename(scene.drive.find("/Pictures"), "Fotos")

    listed = scene.list()

    assert "Since the last list: 1 new, 1 moved or renamed." in listed.said
    assert "207 items moved along with the folders above." in listed.said
    assert len(scene.demo.requests) == 2
    assert ("listing.sqlite cannot be used" in listed.said) == bool(why)
    assert why in listed.said
    anew = scene.list("anew")
    assert (listed.files, listed.folders) == (anew.files, anew.folders)
    scene.drive.delete(scene.drive.find("/new.txt"))
    again = scene.list()
    assert "cannot be used" not in again.said
    assert "1 gone" in again.said


def test_a_catalogue_in_another_programs_hands_does_not_stop_an_update(first: Listed, scene: Scene) -> None:
    scene.given("/new.txt")
    with closing(sqlite3.connect(scene.home / CATALOGUE)) as other:
        other.execute("BEGIN EXCLUSIVE")

        listed = scene.list()

    assert "listing.sqlite cannot be used: another program is using it." in listed.said
    assert "Since the last list: 1 new." in listed.said
    assert "/new.txt" in listed.paths


def test_a_home_that_was_listed_by_an_earlier_version_is_updated_and_what_it_had_begun_is_said(
    first: Listed, scene: Scene
) -> None:
    (scene.home / CATALOGUE).unlink()
    (scene.home / OLD_JOURNAL).write_text("H\t{}\n")

    assert "Nothing has changed" in scene.list().said
    assert not (scene.home / OLD_JOURNAL).exists()
    (scene.home / OLD_JOURNAL).write_text("H\t{}\n")
    listed = scene.list(full=True)
    assert "A listing begun by an earlier version of this program starts again from the beginning." in listed.said
    assert listed.files == first.files


def test_without_changes_no_catalogue_is_opened(first: Listed, scene: Scene) -> None:
    (scene.home / CATALOGUE).write_bytes(b"x")

    assert "cannot be used" not in scene.list().said


@contextmanager
def _opened(home: Path) -> Iterator[list[tuple[str, int]]]:
    """What choosing finds in the catalogue: each file's path and size; nothing is said about it."""
    said: list[str] = []
    with open_catalogue(home, said.append) as database:
        yield list(database.rows("SELECT path || '/' || file.name, size FROM file JOIN folder ON number = folder"))
    assert said == []


def _listed_files(home: Path) -> list[tuple[str, int]]:
    return sorted((row["path"], row["size"]) for row in json.loads((home / FILE_LIST).read_bytes()))


def test_an_edited_list_counts_as_it_is_and_is_taken_in_once(first: Listed, scene: Scene) -> None:
    with _opened(scene.home) as files:
        assert sorted(files) == _listed_files(scene.home)
    rows = json.loads(first.files)[:5]
    rows[0] |= {"path": "/elsewhere/other name.jpg", "size": 77}
    (scene.home / FILE_LIST).write_text(json.dumps(rows, indent=2))

    with _opened(scene.home) as files:
        assert sorted(files) == _listed_files(scene.home)
    taken_in = (scene.home / CATALOGUE).stat().st_mtime_ns
    with _opened(scene.home) as files:
        assert len(files) == 5
    assert (scene.home / CATALOGUE).stat().st_mtime_ns == taken_in


def test_an_edited_list_that_cannot_be_read_is_named_by_its_line(first: Listed, scene: Scene) -> None:
    lines = first.files.splitlines()
    lines[4] = b'{"id":"7","path":"/x"},'
    (scene.home / FILE_LIST).write_bytes(b"\n".join(lines))

    with pytest.raises(StateFileBroken, match='line 5 is not a drive item: it has no "name"'), _opened(scene.home):
        pass


def test_where_no_catalogue_can_be_kept_choosing_has_one_for_the_time_being(first: Listed, scene: Scene) -> None:
    (scene.home / CATALOGUE).unlink()
    (scene.home / CATALOGUE).mkdir()  # stands for whatever cannot be written to, for root too

    with open_catalogue(scene.home, lambda _: None) as database:
        assert database.row("SELECT count(*) FROM file") == (201,)


@pytest.mark.posix("modes", as_root=False)
def test_a_home_that_is_read_only_is_said(first: Listed, scene: Scene) -> None:
    scene.home.chmod(0o500)
    try:
        with pytest.raises(OneDriveError, match="cannot be used"):
            scene.list(full=True)
    finally:
        scene.home.chmod(0o700)


@pytest.mark.parametrize("change", [False, True], ids=["anew", "changes"])
def test_a_full_disk_is_said_and_leaves_the_old_lists(
    first: Listed, scene: Scene, monkeypatch: pytest.MonkeyPatch, change: bool
) -> None:
    scene.given(*["/new.txt"] * change)
    monkeypatch.setattr(Database, "run_many", _on_a_full_disk)

    with pytest.raises(DiskFull, match="is full"):
        scene.list(full=not change)

    monkeypatch.undo()
    assert [(scene.home / name).read_bytes() for name in (FILE_LIST, FOLDER_LIST)] == [first.files, first.folders]
    assert ("/new.txt" in scene.list().paths) == change


def _on_a_full_disk(database: Database, sql: str, rows: object) -> None:
    """SQLite's own error, as it comes when a page finds no room."""
    with database_errors(database.path), closing(sqlite3.connect(":memory:")) as small:
        small.execute("PRAGMA max_page_count = 2")
        small.execute("CREATE TABLE t (x)")
        small.execute("INSERT INTO t VALUES (zeroblob(100000))")


def test_what_a_kill_leaves_between_the_lists_and_their_catalogue_is_mended(first: Listed, scene: Scene) -> None:
    old = (scene.home / CATALOGUE).read_bytes()
    scene.given("/new.txt")
    scene.list()
    (scene.home / CATALOGUE).write_bytes(old)
    scene.given("/newer.txt")

    listed = scene.list()

    assert "Since the last list: 1 new." in listed.said
    assert {"/new.txt", "/newer.txt"} <= set(listed.paths)
