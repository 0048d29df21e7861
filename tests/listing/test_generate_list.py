"""Option 3: the lists it leaves, the words it says, and what it keeps when something goes wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, FolderNotUsable, ServiceRefused
from onedrive.home.lists import FILE_LIST, LIST_STATE
from onedrive.listing.reasons import NOTEBOOK, VAULT
from onedrive.listing.root import NoSuchFolder
from onedrive.step_result import ALL_DONE
from tests.listing.scene import Scene, list_drive


def _kept(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir()}


def test_the_lists_name_everything_the_same_each_time_and_no_address_to_download_from(scene: Scene) -> None:
    scene.given("/Pictures/a.jpg")
    scene.drive.add_folder("/empty")

    listed = scene.list()

    assert listed.result == ALL_DONE
    assert (listed.paths, listed.folder_paths) == (["/Pictures/a.jpg"], ["/Pictures", "/empty"])
    assert (listed.state.drive_id, listed.state.files, listed.state.folders) == ("0f09000000cfea42", 1, 2)
    assert listed.said.endswith(
        "Everything in your OneDrive is listed: 1 file in 2 folders, 1 B. "
        "Choose 4 to download them, or choose 5 to pick some of them.\n"
    )
    written = b"".join(_kept(scene.home).values())
    assert not {word for word in (b"downloadUrl", b"tempauth") if word in written}
    again = scene.list(full=True)
    assert (again.files, again.folders) == (listed.files, listed.folders)


def test_names_that_would_drive_the_terminal_are_shown_as_escapes(scene: Scene) -> None:
    scene.drive.add_folder("/bad\x1b[2J\u202ename")
    scene.demo.unreadable_folder("/bad\x1b[2J\u202ename")

    said = scene.list().said

    assert "\x1b" not in said
    assert "\\x1b[2J\\u202ename" in said


def test_the_person_is_asked_again_until_the_folder_exists(scene: Scene) -> None:
    scene.given("/Pictures/2023/a.jpg")

    listed = scene.list(typed="/Pictures/2032\n/Pictures/2023\n")

    assert listed.result == ALL_DONE
    assert "There is no folder /Pictures/2032 in this OneDrive." in listed.said
    assert "Folders in /Pictures: 2023." in listed.said
    assert listed.paths == ["/Pictures/2023/a.jpg"]


def test_enter_means_the_folder_of_last_time_also_after_a_wrong_one(scene: Scene) -> None:
    scene.given("/Pictures/a.jpg", "/b.txt")
    scene.list(typed="pictures\n")

    listed = scene.list(typed="\n")
    assert "[pictures]" in listed.said
    assert listed.paths == ["/Pictures/a.jpg"]
    assert scene.list(typed="Nope\n\n").paths == ["/Pictures/a.jpg"]


def test_without_a_question_the_folder_of_last_time_is_listed(scene: Scene) -> None:
    scene.given("/A/a.txt", "/b.txt")
    scene.list(root="/A")

    assert scene.list().paths == ["/A/a.txt"]
    assert scene.list(root="/").paths == ["/A/a.txt", "/b.txt"]


def test_a_folder_of_last_time_that_is_gone_is_named_as_such(scene: Scene) -> None:
    scene.given("/A/a.txt")
    scene.list(root="/A")
    scene.drive.rename(scene.drive.find("/A"), "B")

    with pytest.raises(NoSuchFolder) as caught:
        scene.list()

    assert caught.value.sentence.endswith("It is the folder that was listed last time.")
    assert "Folders in /: B." in caught.value.hint
    assert caught.value.hint.endswith("list everything with --root /.")


def test_a_folder_that_was_named_in_this_run_and_does_not_exist_stops(scene: Scene) -> None:
    with pytest.raises(NoSuchFolder) as caught:
        scene.list(root="/nowhere")

    assert "last time" not in caught.value.sentence
    assert _kept(scene.home) == {}


@pytest.mark.parametrize(("full", "lost"), [(False, True), (True, True), (False, False)])
def test_an_error_leaves_the_old_lists_and_ends_what_fetches_ahead(scene: Scene, full: bool, lost: bool) -> None:
    scene.given("/A/a.jpg")
    scene.list()
    old = _kept(scene.home)
    scene.demo.reset_next(times=None) if lost else scene.demo.fail_next(403, times=None)

    with pytest.raises(ConnectionLost if lost else ServiceRefused):
        scene.list(full=full)

    assert _kept(scene.home) == old
    assert scene.graph.pause.stop.is_set()


def test_an_edited_list_is_kept_aside(scene: Scene) -> None:
    scene.given("/a.jpg")
    scene.list()
    (scene.home / FILE_LIST).write_text("[]\n")

    assert "file_list.json had been edited; the edited version is kept" in scene.list().said
    assert [path.read_text() for path in scene.home.glob("file_list.edited-*.json")] == ["[]\n"]


@pytest.mark.parametrize("content", ["", "{}", "hello", '{"version": 1}'])
def test_a_damaged_state_is_replaced_and_lists_of_unknown_writers_are_not_called_edited(
    scene: Scene, content: str
) -> None:
    scene.given("/a.jpg")
    scene.list()
    (scene.home / LIST_STATE).write_text(content)

    listed = scene.list()

    assert listed.result == ALL_DONE
    assert "list_state.json cannot be used" in listed.said
    assert "cannot be told any more" in listed.said
    assert "had been edited" not in listed.said
    assert json.loads((scene.home / LIST_STATE).read_text())["files"] == 1


def test_a_home_that_is_a_file_is_named(scene: Scene) -> None:
    (scene.home / "file").write_text("")

    with pytest.raises(FolderNotUsable):
        list_drive(scene.home / "file", scene.graph)


def test_what_onedrive_counts_and_does_not_list_is_said_at_the_end(scene: Scene) -> None:
    scene.given("/a.txt")
    scene.drive.unlisted_bytes = 20_000_000

    said = scene.list().said

    assert "OneDrive counts 20.0 MB as used, but lists files of 1 B: earlier versions, the recycle bin and" in said


def test_what_onedrive_never_gives_is_named_once_and_only_counted_later(scene: Scene) -> None:
    scene.drive.add_vault()
    scene.drive.add_notebook("/Notes")

    first, again = scene.list().said, scene.list(full=True).said
    scene.drive.add_notebook("/More notes")
    more, at_last = scene.list().said, scene.list(full=True).said

    assert f"OneDrive gives 2 things to no program:\n  /Notes: {NOTEBOOK}.\n  /Personal Vault: {VAULT}.\n" in first
    assert "OneDrive gives the same 2 things to no program as before; list_state.json names them.\n" in again
    assert f"OneDrive gives one thing to no program, besides the 2 named before:\n  /More notes: {NOTEBOOK}" in more
    assert "/Notes:" not in f"{again}{more}"
    assert "the same 3 things" in at_last
