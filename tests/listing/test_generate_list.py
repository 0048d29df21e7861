"""Option 3: the lists it leaves, the words it says, and what it keeps when something goes wrong."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from generate_list import generate_list
from onedrive.errors import ConnectionLost, FolderNotUsable
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, LIST_STATE, read_items, read_list_state
from onedrive.listing.root import NoSuchFolder
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home, downloads=home / "downloads")


def _list(settings: Settings, graph: GraphSession, typed: str | None = None) -> tuple[StepResult, str]:
    """Run option 3 from the command line, or in the menu with what is typed there."""
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(typed or ""), stdout=output, environ={})
    result = generate_list(terminal, settings, graph, ask_folder=typed is not None)
    return result, output.getvalue()


def test_the_lists_name_every_file_and_folder(drive: DemoDrive, settings: Settings, graph: GraphSession) -> None:
    drive.add_file("/Pictures/a.jpg", b"abc")
    drive.add_folder("/empty")

    result, said = _list(settings, graph)

    assert result == ALL_DONE
    assert [item.path for item in read_items(settings.home / FILE_LIST)] == ["/Pictures/a.jpg"]
    assert [item.path for item in read_items(settings.home / FOLDER_LIST)] == ["/Pictures", "/empty"]
    assert "Listed 1 file in 2 folders, 3 B." in said
    assert "Choose 4 to download" in said


def test_the_list_holds_no_address_to_download_from(drive: DemoDrive, settings: Settings, graph: GraphSession) -> None:
    drive.add_file("/a.jpg", b"abc")

    _list(settings, graph)

    written = b"".join(path.read_bytes() for path in settings.home.iterdir()).decode(errors="replace")
    assert "downloadUrl" not in written
    assert "tempauth" not in written


def test_two_listings_of_the_same_drive_are_equal_byte_for_byte(
    drive: DemoDrive, settings: Settings, graph: GraphSession
) -> None:
    for number in range(30):
        drive.add_file(f"/{number % 7}/{number}.jpg", bytes(number))
    _list(settings, graph)
    first = (settings.home / FILE_LIST).read_bytes()

    _list(settings, graph)

    assert (settings.home / FILE_LIST).read_bytes() == first


def test_the_state_says_whose_and_when_and_what_is_missing(
    drive: DemoDrive, settings: Settings, graph: GraphSession
) -> None:
    drive.add_file("/a.jpg", b"abc")
    drive.add_vault("/Personal Vault")

    result, said = _list(settings, graph)

    state = read_list_state(settings.home)
    assert state is not None
    assert result == ALL_DONE  # a vault is in the nature of OneDrive
    assert (state.drive_id, state.files, state.folders, state.size_bytes) == ("0f09000000cfea42", 1, 1, 3)
    assert [entry.path for entry in state.exceptions] == ["/Personal Vault"]
    assert "/Personal Vault: the Personal Vault is locked" in said


def test_a_folder_that_cannot_be_read_makes_it_unfinished(
    drive: DemoDrive, settings: Settings, graph: GraphSession, demo: FaultyServer
) -> None:
    drive.add_file("/A/B/a.jpg", b"abc")
    demo.unreadable_folder("/A/B")

    result, said = _list(replace(settings, root_folder="/A"), graph)

    assert result == SOME_FAILED
    assert "1 item could not be listed this time:" in said


def test_the_person_is_asked_again_until_the_folder_exists(
    drive: DemoDrive, settings: Settings, graph: GraphSession
) -> None:
    drive.add_file("/Pictures/2023/a.jpg", b"abc")

    result, said = _list(settings, graph, typed="/Pictures/2032\n/Pictures/2023\n")

    assert result == ALL_DONE
    assert "There is no folder /Pictures/2032 in this OneDrive." in said
    assert "Folders in /Pictures: 2023." in said
    assert [item.path for item in read_items(settings.home / FILE_LIST)] == ["/Pictures/2023/a.jpg"]


def test_enter_means_the_folder_of_last_time(drive: DemoDrive, settings: Settings, graph: GraphSession) -> None:
    drive.add_file("/Pictures/a.jpg", b"abc")
    drive.add_file("/b.txt", b"b")
    _list(settings, graph, typed="pictures\n")

    _, said = _list(settings, graph, typed="\n")

    assert "[pictures]" in said
    assert [item.path for item in read_items(settings.home / FILE_LIST)] == ["/Pictures/a.jpg"]


def test_without_a_question_a_folder_that_does_not_exist_stops(settings: Settings, graph: GraphSession) -> None:
    with pytest.raises(NoSuchFolder):
        _list(replace(settings, root_folder="/nowhere"), graph)

    assert not (settings.home / FILE_LIST).exists()


def test_a_lost_network_leaves_the_old_lists(
    drive: DemoDrive, settings: Settings, graph: GraphSession, demo: FaultyServer
) -> None:
    drive.add_file("/A/a.jpg", b"abc")
    _list(settings, graph)
    old = {path.name: path.read_bytes() for path in settings.home.iterdir()}
    demo.reset_next(times=None)

    with pytest.raises(ConnectionLost):
        _list(settings, graph)

    assert {path.name: path.read_bytes() for path in settings.home.iterdir()} == old


def test_an_edited_list_is_kept_aside(drive: DemoDrive, settings: Settings, graph: GraphSession) -> None:
    drive.add_file("/a.jpg", b"abc")
    _list(settings, graph)
    (settings.home / FILE_LIST).write_text("[]\n")

    _, said = _list(settings, graph)

    assert "file_list.json had been edited" in said
    assert [path.read_text() for path in settings.home.glob("file_list.edited-*.json")] == ["[]\n"]


@pytest.mark.parametrize("content", ["", "{}", "hello", '{"version": 1}'])
def test_a_damaged_state_is_replaced(drive: DemoDrive, settings: Settings, graph: GraphSession, content: str) -> None:
    drive.add_file("/a.jpg", b"abc")
    (settings.home / LIST_STATE).write_text(content)

    result, said = _list(settings, graph)

    assert result == ALL_DONE
    assert "list_state.json cannot be used" in said
    assert json.loads((settings.home / LIST_STATE).read_text())["files"] == 1


def test_a_home_that_is_a_file_is_named(settings: Settings, graph: GraphSession, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(FolderNotUsable):
        _list(replace(settings, home=tmp_path / "file"), graph)


def test_names_that_would_drive_the_terminal_are_shown_as_escapes(
    drive: DemoDrive, settings: Settings, graph: GraphSession, demo: FaultyServer
) -> None:
    drive.add_folder("/bad\x1b[2J\u202ename")
    demo.unreadable_folder("/bad\x1b[2J\u202ename")

    _, said = _list(settings, graph)

    assert "\x1b" not in said
    assert "\\x1b[2J\\u202ename" in said


def test_enter_after_a_wrong_folder_still_means_the_one_of_last_time(
    drive: DemoDrive, settings: Settings, graph: GraphSession
) -> None:
    drive.add_file("/Pictures/a.jpg", b"abc")
    drive.add_file("/b.txt", b"b")
    _list(settings, graph, typed="/Pictures\n")

    _list(settings, graph, typed="Nope\n\n")

    assert [item.path for item in read_items(settings.home / FILE_LIST)] == ["/Pictures/a.jpg"]


def test_lists_whose_state_is_lost_are_not_called_edited(
    drive: DemoDrive, settings: Settings, graph: GraphSession
) -> None:
    drive.add_file("/a.jpg", b"abc")
    _list(settings, graph)
    (settings.home / LIST_STATE).write_text("x")

    _, said = _list(settings, graph)

    assert "cannot be told any more" in said
    assert "had been edited" not in said


def test_without_a_question_the_folder_of_last_time_is_listed(
    drive: DemoDrive, settings: Settings, graph: GraphSession
) -> None:
    drive.add_file("/A/a.txt", b"a")
    drive.add_file("/b.txt", b"b")
    _list(replace(settings, root_folder="/A"), graph)

    _list(settings, graph)

    assert [item.path for item in read_items(settings.home / FILE_LIST)] == ["/A/a.txt"]
    _list(replace(settings, root_folder="/"), graph)
    assert [item.path for item in read_items(settings.home / FILE_LIST)] == ["/A/a.txt", "/b.txt"]


def test_a_folder_of_last_time_that_is_gone_is_named_as_such(
    drive: DemoDrive, settings: Settings, graph: GraphSession
) -> None:
    drive.add_file("/A/a.txt", b"a")
    _list(replace(settings, root_folder="/A"), graph)
    drive.rename(drive.find("/A"), "B")

    with pytest.raises(NoSuchFolder) as caught:
        _list(settings, graph)

    assert caught.value.sentence.endswith("It is the folder that was listed last time.")
    assert "Folders in /: B." in caught.value.hint
    assert caught.value.hint.endswith("list everything with --root /.")


def test_a_folder_that_was_named_in_this_run_is_not_called_that_of_last_time(
    settings: Settings, graph: GraphSession
) -> None:
    with pytest.raises(NoSuchFolder) as caught:
        _list(replace(settings, root_folder="/nowhere"), graph)

    assert "last time" not in caught.value.sentence
