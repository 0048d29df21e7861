"""How many children OneDrive counts in a folder: one of which less is listed is asked for again, once."""

from __future__ import annotations

import pytest

from onedrive.listing import second_look
from pretend_onedrive.model.drive import DemoDrive
from tests.listing.scene import Scene


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
    assert "OneDrive counts more than it lists in 1 more folder, too many to ask for in one listing." in listed.said
    monkeypatch.setattr(second_look, "LEAST_ASKED", 2)
    assert "/B/d.txt" in given.list(full=True).paths


@pytest.mark.parametrize("count", [0, -1, "9", True, None, 1])
def test_a_count_that_is_none_or_too_small_costs_nothing(given: Scene, count: object) -> None:
    given.change_row("A", folder={"childCount": count})

    assert given.list().state.lacking == {}
    assert given.asked("/children") == 1


def test_what_a_folder_that_was_left_out_shows_too_is_listed_once(given: Scene) -> None:
    given.given("/A/New/y.txt")
    given.hide("/A/New")
    given.change_row("y.txt", parentReference={"driveId": given.drive.id, "id": given.drive.find("/B").id})

    assert [path for path in given.list().paths if path.endswith("y.txt")] == ["/A/New/y.txt"]
