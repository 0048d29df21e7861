"""The folder to list: every spelling that a person may know, and help when it does not exist."""

from __future__ import annotations

import pytest

from onedrive.errors import OneDriveError
from onedrive.graph.session import GraphSession
from onedrive.listing.root import NoSuchFolder, find_root_folder, folder_address
from pretend_onedrive.model.drive import DemoDrive
from tests.listing.scene import Scene

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


def test_the_whole_drive_is_its_root(graph: GraphSession) -> None:
    root = find_root_folder(graph, "")

    assert root.is_whole_drive
    assert root.text == "/"


NO_FOLDERS = [
    (
        "/Pictures/2/May",
        "There is no folder /Pictures/2/May in this OneDrive.",
        "Folders in /Pictures: 2022, 2023.",
    ),
    ("F09000000CFEA42!s3f1d", "", "Folders in /: Pictures."),
    ("/a.txt", "is a file", ""),
    *((dots, "which name no folder", "") for dots in ["..", "../..", "/Pictures/../a", "/./P", "/me/drive/root:/../P"]),
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
    ((403, "quotaLimitReached", None), "is frozen, or more is stored", "make room"),
    ((403, "accessDenied", "siteBlocked"), "has blocked it", "who can lift the block"),
    ((400, "notSupported", "noSpoLicense"), "has no licence", "administrator"),
    ((403, "accessDenied", "accessRestricted"), "certain devices or networks", "administrator"),
    ((404, "itemNotFound", "mysiteNotFound"), "has not set up a OneDrive", "Open OneDrive once"),
    ((423, "notAllowed", "resourceLocked"), "it is locked", "Wait until it is free"),
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
