"""Folders asked for by their own pages: found otherwise than listed, or counted with more than is shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from onedrive.home.recheck import RECHECK, keep_noted, note_folders, read_noted
from onedrive.listing import second_look
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.listing.scene import Scene

# --- what option 4 finds otherwise than listed ------------------------------------------------------------------------


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

    assert "Too much differs from the list to be asked for one by one. Everything is listed anew." in again.said
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


# --- what OneDrive counts in a folder ---------------------------------------------------------------------------------


@pytest.fixture
def given(scene: Scene) -> Scene:
    """A drive with all that is odd in it."""
    scene.given("/A/a.txt", "/A/b.txt", "/A/In/c.txt", "/B/d.txt", "/B/e.txt")
    scene.drive.add_vault()
    scene.drive.add_notebook("/A/Notes")
    scene.drive.add_file("/A/bad.exe", b"x", malware={})
    other = DemoDrive(drive_id="64e50000000d6004")
    other.add_file("/Family/x.jpg", b"x")
    scene.drive.add_shortcut("/A/Eve", other, other.find("/Family"))
    return scene


@pytest.mark.parametrize("shared", [False, True])
def test_where_all_counts_agree_nothing_is_asked(given: Scene, shared: bool) -> None:
    given.change_row("Personal Vault", folder={"childCount": 3})  # nobody is shown what is in it

    assert given.list(shared=shared).state.lacking == {}
    assert given.asked("/children") == (2 if shared else 1)  # the vault; what the shortcut leads to


@pytest.mark.parametrize("pages", [0, 1])
def test_what_a_whole_delta_leaves_out_is_found_by_the_count_of_its_folder(given: Scene, pages: int) -> None:
    given.given("/A/New/Deep/y.txt", "/top.txt")
    hidden = ("/A/a.txt", "/A/New", "/A/New/Deep", "/A/New/Deep/y.txt", "/top.txt")
    whole = given.list("beside")
    given.hide(*hidden)
    if pages:
        given.narrow_pages(4)
        given.interrupt(pages + 1)

    listed = given.list()

    assert (listed.files, listed.folders) == (whole.files, whole.folders)
    assert (listed.exceptions, listed.state.lacking) == (whole.exceptions, {})
    # the vault; the root and A, which has two pages where they are narrow; the two new folders
    assert given.asked("/children") == 1 + 2 + pages + 2
    assert listed.state.delta_link is not None


def test_what_is_counted_and_shown_to_nobody_is_no_error_and_is_asked_for_once(given: Scene) -> None:
    noted: list[str] = []
    given.graph.pause.note = noted.append
    given.change_row("A", folder={"childCount": 9})

    listed = given.list()

    assert listed.result.exit_code == 0
    assert listed.state.lacking == {given.drive.find("/A").id: 3}
    assert noted == ["OneDrive counts more than it shows in /A."]
    assert "counts more" not in listed.said
    asked = given.asked("/children")
    assert given.list(full=True).state.lacking == listed.state.lacking
    assert given.asked("/children") == asked - 1
    given.given("/A/new.txt")
    given.hide("/A/new.txt")
    given.change_row("A", folder={"childCount": 10})
    assert "/A/new.txt" in given.list(full=True).paths


def test_a_folder_that_refuses_to_be_asked_is_no_error_either(given: Scene) -> None:
    given.demo.unreadable_folder("/B")
    given.hide("/B/d.txt")

    listed = given.list()

    assert listed.result.exit_code == 0
    assert listed.state.lacking == {given.drive.find("/B").id: 1}


def test_no_more_folders_are_asked_than_is_worth_it_and_that_is_said(
    given: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(second_look, "LEAST_ASKED", 1)
    given.hide("/A/a.txt", "/A/b.txt", "/B/d.txt")

    listed = given.list()

    assert {"/A/a.txt", "/A/b.txt"} <= set(listed.paths)
    assert "OneDrive counts more than it lists in 1 more folder, too many to look into in one listing." in listed.said
    monkeypatch.setattr(second_look, "LEAST_ASKED", 2)
    assert "/B/d.txt" in given.list(full=True).paths


@pytest.mark.parametrize("count", [-1, "9", 1])
def test_a_count_that_is_none_or_too_small_costs_nothing(given: Scene, count: object) -> None:
    given.change_row("A", folder={"childCount": count})

    assert given.list().state.lacking == {}
    assert given.asked("/children") == 1


def test_what_a_folder_that_was_left_out_shows_too_is_listed_once(given: Scene) -> None:
    given.given("/A/New/y.txt")
    given.hide("/A/New")
    given.change_row("y.txt", parentReference={"driveId": given.drive.id, "id": given.drive.find("/B").id})

    assert [path for path in given.list().paths if path.endswith("y.txt")] == ["/A/New/y.txt"]
