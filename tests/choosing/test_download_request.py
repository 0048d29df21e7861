"""Option 4 with a choice, over sockets: what is left out stays as it is, and is counted."""

from __future__ import annotations

import pytest

from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.graph.traits import FileKind
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

PHOTOS = Selection(kinds=frozenset({FileKind.PHOTO}))


@pytest.fixture(autouse=True)
def some_files(drive: DemoDrive) -> None:
    drive.add_file("/Pictures/a.jpg", b"a" * 3000)
    drive.add_file("/Pictures/list.txt", b"l" * 2000)
    drive.add_file("/Letters/b.docx", b"b" * 1000)
    drive.add_folder("/Empty")
    drive.add_folder("/Pictures/Empty too")


def test_only_what_is_chosen_comes_and_the_rest_is_counted(drive: DemoDrive, desk: Desk) -> None:
    drive.add_live_photo("/live.heic", listed_size=9000, served=b"h" * 5000)
    desk.list_drive()

    assert desk.download(selection=PHOTOS).exit_code == 0
    assert desk.files() == {"Pictures/a.jpg": b"a" * 3000, "live.heic": b"h" * 5000}
    said = desk.said.getvalue()
    assert said.startswith("Chosen: photos: 2 of 4 files, 12.0 kB of 15.0 kB.")
    assert "2 left out by your choice." in said
    assert (
        "OneDrive does not hand out the moving part (the video) of a Live Photo in this way; to have it, open the "
        "photo on the OneDrive website and download it there."
    ) in said
    assert sorted(path.name for path in desk.downloads.rglob("*") if path.is_dir()) == ["Pictures"]


def test_a_chosen_folder_comes_with_its_empty_folders_and_without_those_beside_it(desk: Desk) -> None:
    desk.list_drive()

    assert desk.download(selection=Selection(folders=("/pictures",))).exit_code == 0
    assert [path.name for path in desk.downloads.iterdir() if path.is_dir()] == ["Pictures"]
    assert (desk.downloads / "Pictures/Empty too").is_dir()


def test_when_nothing_is_chosen_the_next_step_is_named_and_nothing_asked_for(desk: Desk) -> None:
    desk.list_drive()

    assert desk.download(selection=Selection(min_size=10_000)).exit_code == 0
    assert desk.said.getvalue() == (
        "Your choice leaves nothing: none of the 3 files on the list fits 'everything of 10.0 kB or more'. "
        "Choose 5 to change it.\n"
    )
    assert not desk.requests("")


def test_what_is_left_out_later_stays_here_and_is_neither_gone_nor_moved_nor_fetched(
    drive: DemoDrive, desk: Desk
) -> None:
    desk.list_drive()
    desk.download()
    drive.rename(drive.find("/Letters"), "Post")
    drive.change_content(drive.find("/Pictures/list.txt"), b"newer")
    desk.list_drive()

    assert desk.download(selection=PHOTOS).exit_code == 0
    assert desk.files() == {
        "Letters/b.docx": b"b" * 1000,
        "Pictures/a.jpg": b"a" * 3000,
        "Pictures/list.txt": b"l" * 2000,
    }
    assert "no longer on OneDrive" not in desk.said.getvalue()
    assert "The one file that you chose is here: nothing had to be downloaded" in desk.said.getvalue()
    assert not desk.requests("")

    assert desk.download(selection=EVERYTHING).exit_code == 0
    assert desk.files() == {
        "Pictures/a.jpg": b"a" * 3000,
        "Pictures/list.txt": b"newer",
        "Post/b.docx": b"b" * 1000,
    }
    assert desk.fetched() == 1


def test_a_newcomer_does_not_take_the_place_of_what_is_left_out(drive: DemoDrive, desk: Desk) -> None:
    drive.delete(drive.find("/Letters"))
    drive.delete(drive.find("/Pictures"))
    drive.add_file("/note.txt", b"old and large" * 100)
    desk.list_drive()
    desk.download()
    drive.rename(drive.find("/note.txt"), "other.txt")
    drive.add_file("/note.txt", b"new")
    desk.list_drive()

    assert desk.download(selection=Selection(max_size=100)).exit_code == 0
    files = desk.files()
    assert files.pop("note.txt") == b"old and large" * 100
    assert [(place.startswith("note~"), content) for place, content in files.items()] == [(True, b"new")]


def test_pages_of_addresses_are_counted_with_what_is_left_out(drive: DemoDrive, desk: Desk) -> None:
    for number in range(450):
        drive.add_file(f"/A/{number:03}.txt", b"t")
    for number in range(4):
        drive.add_file(f"/A/{number}.jpg", b"p")
    desk.list_drive()

    assert desk.download(selection=PHOTOS).exit_code == 0
    # Four files of a folder of three pages cost less by id than by page.
    assert not [path for path in desk.requests("graph.microsoft.com") if path.endswith("/children")]
