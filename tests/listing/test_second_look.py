"""What option 4 finds otherwise than listed goes back to the list: the next 3 asks there, and the failure ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onedrive.home.recheck import RECHECK, keep_noted, note_folders, read_noted
from onedrive.listing import second_look
from pretend_onedrive.model.drive import DemoItem
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.listing.scene import Scene


@pytest.fixture
def listed(scene: Scene) -> Scene:
    scene.given("/A/a.txt", "/A/b.txt", "/A/In/c.txt", "/B/d.txt")
    scene.list()
    return scene


def _untold(scene: Scene, change: Callable[[Scene, DemoItem], object], path: str) -> None:
    item = scene.drive.find(path)
    scene.demo.never_tell(path)
    change(scene, item)


def _note(scene: Scene, *paths: str) -> None:
    for path in paths:
        note_folders(scene.home, [(scene.drive.id.upper(), scene.drive.find(path).id)])


def test_a_file_that_is_gone_untold_fails_once_and_the_next_listing_ends_it(listed: Scene, desk: Desk) -> None:
    _untold(listed, lambda scene, item: scene.drive.delete(item), "/A/a.txt")
    listed.list()
    assert desk.download().exit_code == 3
    assert set(desk.errors()) == {"/A/a.txt"}

    again = listed.list()

    assert "Since the last list: 1 gone." in again.said
    assert "gone: /A/a.txt" in again.said
    assert len(listed.demo.requests) == 2 + 1 + 2  # whose, what changed; the folder; what it lacks, asked twice
    assert desk.download().exit_code == 0
    assert not (listed.home / RECHECK).exists()
    assert "Nothing has changed" in listed.list().said
    assert len(listed.demo.requests) == 2


def test_a_file_that_changed_untold_is_listed_as_it_is_by_then(listed: Scene, desk: Desk) -> None:
    _untold(listed, lambda scene, item: scene.drive.change_content(item, b"other bytes"), "/A/a.txt")
    assert desk.download().exit_code == 0
    assert desk.files()["A/a.txt"] == b"other bytes"

    assert "changed: /A/a.txt" in listed.list().said
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
    assert desk.requests("graph.microsoft.com") == []


def _delete(scene: Scene, item: DemoItem) -> None:
    scene.drive.delete(item)


def _rename(scene: Scene, item: DemoItem) -> None:
    scene.drive.rename(item, "n.txt")


def _move_to_b(scene: Scene, item: DemoItem) -> None:
    scene.drive.move(item, scene.drive.find("/B"))


def _move_in_and_delete(scene: Scene, item: DemoItem) -> None:
    """What is in it is moved away before it goes."""
    scene.drive.move(scene.drive.find("/A/In/c.txt"), scene.drive.find("/B"))
    scene.drive.delete(item)


OTHERWISE: dict[str, tuple[Callable[[Scene, DemoItem], object], str, set[str]]] = {
    "renamed": (_rename, "/A/a.txt", {"/A/n.txt", "/A/b.txt", "/A/In/c.txt"}),
    "moved": (_move_to_b, "/A/a.txt", {"/A/b.txt", "/A/In/c.txt", "/B/a.txt"}),
    "folder gone": (_delete, "/A/In", {"/A/a.txt", "/A/b.txt"}),
    "all gone": (_delete, "/A", set()),
    "emptied and gone": (_move_in_and_delete, "/A", {"/B/c.txt"}),
    "folder moved": (_move_to_b, "/A/In", {"/A/a.txt", "/A/b.txt", "/B/In/c.txt"}),
}


@pytest.mark.parametrize("how", OTHERWISE)
def test_whatever_became_of_it_untold_the_list_is_what_a_whole_listing_would_give(listed: Scene, how: str) -> None:
    change, path, left = OTHERWISE[how]
    _note(listed, "/A")
    _untold(listed, change, path)

    again = listed.list()

    assert set(again.paths) == left | {"/B/d.txt"}
    whole = listed.list("whole")
    assert (again.files, again.folder_paths) == (whole.files, whole.folder_paths)
    assert read_noted(listed.home) == []


def test_what_came_untold_is_found_with_all_that_is_below_it(listed: Scene) -> None:
    listed.given("/A/New/Deep/x.txt", "/A/y.txt")
    for path in ("/A/New", "/A/y.txt"):
        listed.demo.never_tell(path)
    _note(listed, "/A")

    assert {"/A/New/Deep/x.txt", "/A/y.txt"} <= set(listed.list().paths)


def test_a_folder_that_cannot_be_read_now_stays_noted_and_nothing_is_taken_off(listed: Scene) -> None:
    _note(listed, "/A", "/B")
    listed.demo.unreadable_folder("/A")

    assert "Nothing has changed" in listed.list().said
    assert [folder for _, folder in read_noted(listed.home)] == [listed.drive.find("/A").id]


@pytest.mark.parametrize("most", ["MOST_FOLDERS", "MOST_ABSENT"])
def test_more_than_is_worth_asking_for_means_a_whole_listing(
    listed: Scene, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    monkeypatch.setattr(second_look, most, 1)
    _note(listed, "/A", "/B")
    _untold(listed, _delete, "/A/a.txt")
    _untold(listed, _delete, "/A/b.txt")

    again = listed.list()

    assert "Too much was otherwise than listed to be asked for one by one. Everything is listed anew." in again.said
    assert again.paths == ["/A/In/c.txt", "/B/d.txt"]
    assert read_noted(listed.home) == []


def test_notes_that_cannot_be_read_or_are_of_another_drive_cost_nothing(listed: Scene, demo: FaultyServer) -> None:
    for text in ("{", "[]", '{"folders": [1]}', '{"folders": [{"driveId": "x", "id": "y"}]}'):
        (listed.home / RECHECK).write_text(text)
        assert "Nothing has changed" in listed.list().said
        assert len(demo.requests) == 2
    (listed.home / RECHECK).unlink()
    (listed.home / RECHECK).mkdir()
    note_folders(listed.home, [("d", "f")])
    keep_noted(listed.home, ())
    assert "Nothing has changed" in listed.list().said


def test_what_is_odd_in_a_noted_folder_stays_as_it_was(scene: Scene) -> None:
    """The vault, a notebook, a shortcut, malware, on a drive of each kind of row."""
    scene.given("/A/a.txt")
    scene.drive.add_vault()
    scene.drive.add_notebook("/A/Notes")
    scene.drive.add_file("/A/bad.exe", b"x", malware={})
    scene.drive.add_shortcut("/A/Eve", scene.drive, scene.drive.find("/A"))
    first = scene.list()
    _note(scene, "/", "/A", "/A/Notes")

    again = scene.list()

    assert "Nothing has changed" in again.said
    assert (again.files, again.folders, again.exceptions) == (first.files, first.folders, first.exceptions)
    assert read_noted(scene.home) == []
