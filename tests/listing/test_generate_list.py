"""Option 3: the folder that is meant, the lists, the words, and what is kept when something goes wrong."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path

import pytest

from generate_list import generate_list
from onedrive.errors import ConnectionLost, FolderNotUsable, OneDriveError, ServiceRefused, Stopped
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, LIST_STATE
from onedrive.listing.reasons import NOTEBOOK, VAULT
from onedrive.listing.root import NoSuchFolder, find_root_folder, folder_address
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal import progress
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Reply, Request
from tests.faults.effects import Answer
from tests.faults.line import Fault
from tests.listing.scene import Scene, list_drive
from tests.person import wait_for


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
        "Everything in your OneDrive is listed: 1 file in 2 folders, 1 B. Choose 4 to download them.\n"
    )
    assert scene.list(typed="/\n").said.endswith("Choose 4 to download them, or choose 5 to pick some of them.\n")
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


def test_a_number_of_the_menu_at_the_folder_question_leads_there_unless_it_is_a_folder(scene: Scene) -> None:
    scene.given("/4/a.txt", "/b.txt")
    first = scene.list(typed="5\n\n")
    assert "Before 5 there must be a list: press Enter to list everything." in first.said
    assert first.paths == ["/4/a.txt", "/b.txt"]
    assert scene.list(typed="4\n").paths == ["/4/a.txt"]

    listed = scene.list(typed="5\n")

    assert listed.result == StepResult(next_option=5)
    assert "There is no folder 5, so that is taken as the number in the menu." in listed.said
    for back in ("0", "Q"):
        with pytest.raises(Stopped, match="Nothing was listed"):
            scene.list(typed=f"{back}\n")


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
    old, threads = _kept(scene.home), set(threading.enumerate())
    scene.demo.reset_next(times=None) if lost else scene.demo.fail_next(403, times=None)

    with pytest.raises(ConnectionLost if lost else ServiceRefused):
        scene.list(full=full)

    assert _kept(scene.home) == old
    assert scene.graph.pause.stop.is_set()
    wait_for(
        lambda: not [one for one in set(threading.enumerate()) - threads if one.name == "pages"], "the end of a thread"
    )


@pytest.mark.parametrize("root", ["", "/Pictures"])
def test_while_the_drive_itself_does_not_answer_the_person_hears_that(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    scene.given("/Pictures/a.jpg")
    monkeypatch.setattr(progress, "QUIET_AFTER_SECONDS", 0.0)
    output = io.StringIO()

    def hold(_: Request, answer: Answer) -> Reply:
        wait_for(lambda: "nothing has come since" in output.getvalue(), "a word about the wait")
        return answer()

    scene.demo.fault_line.add(Fault(hold, "graph", times=None))
    terminal = Terminal(stdin=None, stdout=output, no_input=True, environ={}, plain_period_seconds=0.02)
    generate_list(terminal, Settings(scene.home, scene.home, root_folder=root), scene.graph, ask_folder=False)

    assert output.getvalue().startswith("Asking OneDrive whose drive it is: nothing has come since ")


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
    assert "It is no longer known who wrote" in listed.said
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
    scene.drive.add_notebook("/In/Inner notes")
    assert "/In/Inner notes:" in scene.list(root="/In").said
    assert "the same 4 things" in scene.list(root="/").said


# --- the folder, in every spelling that a person may know -------------------------------------------------------------


ADDRESSES = {
    "": "/me/drive/root",
    "/": "/me/drive/root",
    "Pictures": "/me/drive/root:/Pictures",
    "/Pictures/2023/": "/me/drive/root:/Pictures/2023",
    '"/Pictures"': "/me/drive/root:/Pictures",
    "\\Pictures\\2023": "/me/drive/root:/Pictures/2023",
    "/a#b/100% +c": "/me/drive/root:/a%23b/100%25%20%2Bc",
    "special/photos": "/me/drive/special/photos",
    "/me/drive/root": "/me/drive/root",
    "/me/drive/root/children": "/me/drive/root",
    "/me/drive/root:/P": "/me/drive/root:/P",
    "me/drive/root:/P/Q:/children": "/me/drive/root:/P/Q",
    "/me/drive/root:/My%20P": "/me/drive/root:/My%20P",
    "/me/drive/special/music": "/me/drive/special/music",
    "/me/drive/special/music/children": "/me/drive/special/music",
    "/me/drive/items/ABC!12": "/me/drive/items/ABC!12",
    "/me/drive/items/ABC%2112": "/me/drive/items/ABC!12",
    "/drives/0f09/items/ABC!12": "/drives/0f09/items/ABC!12",
    "/drive/root:/P": "/me/drive/root:/P",
    "https://graph.microsoft.com/v1.0/me/drive/root:/P:/children?$top=5": "/me/drive/root:/P",
    "F09000000CFEA42!s3f1d": "/me/drive/items/F09000000CFEA42!s3f1d",
    "drive/holiday": "/me/drive/root:/drive/holiday",
    "/me/photos": "/me/drive/root:/me/photos",
    "specialities": "/me/drive/root:/specialities",
}


@pytest.mark.parametrize("typed", ADDRESSES)
def test_every_spelling_of_a_folder_is_understood(typed: str) -> None:
    assert folder_address(typed) == ADDRESSES[typed]


def test_a_folder_is_found_by_its_id_and_by_each_spelling_and_known_by_its_own(
    drive: DemoDrive, graph: GraphSession
) -> None:
    folder = drive.add_folder("/Pictures/Näh & co")

    spellings = ["/Pictures/Näh & co", "pictures/näh & co/", "/me/drive/root:/Pictures/N%C3%A4h%20%26%20co", folder.id]
    for typed in spellings:
        root = find_root_folder(graph, typed)
        assert (root.id, root.path) == (folder.id, "/Pictures/Näh & co")


NO_FOLDERS = [
    (
        "/Pictures/2/May",
        "There is no folder /Pictures/2/May in this OneDrive.",
        "Folders in /Pictures: 2022, 2023.",
    ),
    ("F09000000CFEA42!s3f1d", "", "Folders in /: Pictures."),
    ("/a.txt", "is a file", ""),
    *(
        (dots, "which are no names of folders", "")
        for dots in ["..", "../..", "/Pictures/../a", "/./P", "/me/drive/root:/../P"]
    ),
]


@pytest.mark.parametrize(("typed", "sentence", "hint"), NO_FOLDERS)
def test_what_is_no_folder_is_answered_with_those_that_are(
    drive: DemoDrive, graph: GraphSession, typed: str, sentence: str, hint: str
) -> None:
    drive.add_folder("/Pictures/2022")
    drive.add_folder("/Pictures/2023")
    drive.add_file("/a.txt", b"x")

    with pytest.raises(NoSuchFolder) as caught:
        find_root_folder(graph, typed)

    assert sentence in caught.value.sentence
    assert caught.value.hint == hint or not hint


# What the service says; what a person reads of it, and of what helps.
REFUSALS = [
    ((403, "accessDenied", None), "does not allow this account to read it", "choose 1"),
    ((403, "accessDenied", "accountFrozen"), "is frozen", "how to unfreeze it"),
    ((404, "itemNotFound", "mysiteNotFound"), "has not set up a OneDrive", "Open OneDrive once"),
    ((423, None, None), "it is locked", "Wait until it is free"),
]


@pytest.mark.parametrize(("answer", "words", "cure"), REFUSALS)
@pytest.mark.parametrize("root", ["/", "/A"])
def test_each_refusal_of_a_folder_or_the_whole_drive_has_its_words_and_the_raw_code_after_them(
    scene: Scene, root: str, answer: tuple[int, str | None, str | None], words: str, cure: str
) -> None:
    status, code, inner_code = answer
    scene.given("/A/a.txt")
    scene.demo.fail_next(status, code=code, inner_code=inner_code, times=None)

    with pytest.raises(OneDriveError) as caught:
        scene.list(root=root)

    assert words in caught.value.sentence
    assert words not in caught.value.sentence.partition(f"({status} {code or 'resourceLocked'}")[2]
    assert "There is no folder" not in caught.value.sentence
    assert cure in caught.value.hint


def test_what_is_not_there_says_what_the_service_said(scene: Scene) -> None:
    with pytest.raises(NoSuchFolder, match=r"There is no folder /A .*404 itemNotFound"):
        scene.list(root="/A")
