"""The folder to list: every spelling that a person may know, and help when it does not exist."""

from __future__ import annotations

import pytest

from onedrive.graph.session import GraphSession
from onedrive.listing.root import NoSuchFolder, find_root_folder, folder_address
from pretend_onedrive.model.drive import DemoDrive


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("", "/me/drive/root"),
        ("/", "/me/drive/root"),
        ("Pictures", "/me/drive/root:/Pictures"),
        ("/Pictures/2023/", "/me/drive/root:/Pictures/2023"),
        ('"/Pictures"', "/me/drive/root:/Pictures"),
        ("\\Pictures\\2023", "/me/drive/root:/Pictures/2023"),
        ("/a#b/100% +c", "/me/drive/root:/a%23b/100%25%20%2Bc"),
        ("special/photos", "/me/drive/special/photos"),
        ("/me/drive/root", "/me/drive/root"),
        ("/me/drive/root/children", "/me/drive/root"),
        ("/me/drive/root:/P", "/me/drive/root:/P"),
        ("me/drive/root:/P/Q:/children", "/me/drive/root:/P/Q"),
        ("/me/drive/root:/My%20P", "/me/drive/root:/My%20P"),
        ("/me/drive/special/music", "/me/drive/special/music"),
        ("/me/drive/special/music/children", "/me/drive/special/music"),
        ("/me/drive/items/ABC!12", "/me/drive/items/ABC!12"),
        ("/me/drive/items/ABC%2112", "/me/drive/items/ABC!12"),
        ("/drives/0f09/items/ABC!12", "/drives/0f09/items/ABC!12"),
        ("/drive/root:/P", "/me/drive/root:/P"),
        ("https://graph.microsoft.com/v1.0/me/drive/root:/P:/children?$top=5", "/me/drive/root:/P"),
        ("F09000000CFEA42!s3f1d", "/me/drive/items/F09000000CFEA42!s3f1d"),
        ("drive/holiday", "/me/drive/root:/drive/holiday"),
        ("/me/photos", "/me/drive/root:/me/photos"),
        ("specialities", "/me/drive/root:/specialities"),
    ],
)
def test_every_spelling_of_a_folder_is_understood(typed: str, address: str) -> None:
    assert folder_address(typed) == address


@pytest.mark.parametrize(
    "typed", ["/Pictures/Näh & co", "pictures/näh & co/", "/me/drive/root:/Pictures/N%C3%A4h%20%26%20co"]
)
def test_a_folder_is_known_by_its_id_and_by_its_own_spelling(drive: DemoDrive, graph: GraphSession, typed: str) -> None:
    folder = drive.add_folder("/Pictures/Näh & co")

    root = find_root_folder(graph, typed)

    assert (root.id, root.path) == (folder.id, "/Pictures/Näh & co")


def test_an_item_id_is_enough(drive: DemoDrive, graph: GraphSession) -> None:
    folder = drive.add_folder("/Pictures/2023")

    assert find_root_folder(graph, folder.id).path == "/Pictures/2023"


def test_the_whole_drive_is_its_root(graph: GraphSession) -> None:
    root = find_root_folder(graph, "")

    assert root.is_whole_drive
    assert root.text == "/"


def test_a_folder_that_does_not_exist_is_answered_with_those_that_do(drive: DemoDrive, graph: GraphSession) -> None:
    drive.add_folder("/Pictures/2022")
    drive.add_folder("/Pictures/2023")

    with pytest.raises(NoSuchFolder) as caught:
        find_root_folder(graph, "/Pictures/2032/May")

    assert caught.value.sentence == "There is no folder /Pictures/2032/May in this OneDrive."
    assert caught.value.hint == "Folders in /Pictures: 2022, 2023."


@pytest.mark.parametrize("typed", ["..", "../..", "/Pictures/../Documents", "/./Pictures", "/me/drive/root:/../P"])
def test_dots_are_no_folders(graph: GraphSession, typed: str) -> None:
    with pytest.raises(NoSuchFolder, match="which name no folder"):
        find_root_folder(graph, typed)


def test_a_file_is_no_folder(drive: DemoDrive, graph: GraphSession) -> None:
    drive.add_file("/a.txt", b"x")

    with pytest.raises(NoSuchFolder, match="is a file"):
        find_root_folder(graph, "/a.txt")


def test_an_unknown_id_is_answered_with_the_folders_of_the_root(drive: DemoDrive, graph: GraphSession) -> None:
    drive.add_folder("/Pictures")

    with pytest.raises(NoSuchFolder) as caught:
        find_root_folder(graph, "F09000000CFEA42!s3f1d")

    assert caught.value.hint == "Folders in /: Pictures."
