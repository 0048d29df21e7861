"""The folder of a file in the layout by date, and which patterns are refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.choosing.selection import DEFAULT_PATTERN, NO_CAMERA, NO_DATE, LayoutPattern, WrongPattern, check_pattern
from onedrive.graph.item import DriveItem, Kind
from onedrive.graph.traits import FileKind

PHOTO = DriveItem(
    id="A!1",
    name="IMG_0001.jpg",
    kind=Kind.FILE,
    path="/Pictures/IMG_0001.jpg",
    facets={
        "file": {"mimeType": "image/jpeg"},
        "photo": {"takenDateTime": "2019-06-30T23:59:59Z", "cameraMake": "Apple", "cameraModel": "iPhone 8"},
    },
)
BARE = DriveItem(id="A!2", name="notes.txt", kind=Kind.FILE, path="/notes.txt", created="0001-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        (DEFAULT_PATTERN, "2019/2019-06"),
        ("{year}", "2019"),
        ("{year}/{month}/{day}", "2019/06/30"),
        ("Photos of {year}/{camera}", "Photos of 2019/Apple iPhone 8"),
        ("{kind}/{year}-{month}", "Photos/2019-06"),
        (" {year} / {month} ", "2019/06"),
        ("all", "all"),
    ],
)
def test_a_pattern_makes_the_folder_of_a_photo(pattern: str, folder: str) -> None:
    assert LayoutPattern(pattern).folder_for(PHOTO) == folder


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [
        (DEFAULT_PATTERN, NO_DATE),
        ("{camera}/{day}", NO_DATE),
        ("{kind}/{camera}", f"Documents/{NO_CAMERA}"),
    ],
)
def test_what_has_no_date_goes_to_a_folder_of_its_own(pattern: str, folder: str) -> None:
    assert LayoutPattern(pattern).folder_for(BARE) == folder


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "must not be empty"),
        ("   ", "must not be empty"),
        ("{year}/{hour}", "no {hour}; what can stand there is {year}, {month}, {day}, {camera}, {kind}"),
        ("{Year}", "no {Year}"),
        ("{}", "no {}"),
        ("{year", "a brace without its partner"),
        ("year}", "a brace without its partner"),
        ("{{year}}", "a brace without its partner"),
        ("../{year}", "dots alone"),
        ("{year}/..", "dots alone"),
        ("./{year}", "dots alone"),
        ("{year}//{month}", "empty folder name"),
        ("{year}/", "empty folder name"),
        ("{year}/ /x", "empty folder name"),
        ("/{year}", "below downloads"),
        ("C:{year}", "below downloads"),
        ("~/{year}", "below downloads"),
        ("{year}\\{month}", "put / between folders"),
        ("{year}\n", None),
        ("{ye\nar}", "a character that no folder takes"),
        ("\x1b[31m{year}", "a character that no folder takes"),
        ("\ud800{year}", "a character that no folder takes"),
        ("{year}" * 40, "longer than 200"),
    ],
)
def test_a_pattern_that_makes_no_folder_is_refused_with_a_sentence(pattern: str, reason: str | None) -> None:
    if reason is None:
        assert check_pattern(pattern) == pattern.strip()
        return

    with pytest.raises(WrongPattern, match=r"\.$") as caught:
        check_pattern(pattern)

    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("camera", "name"),
    [
        ("..", NO_CAMERA),
        ("../../etc", "-..-etc"),
        ("A/B\\C", "A-B-C"),
        ("", NO_CAMERA),
        ("x\x00y", "x-y"),
        (". .", NO_CAMERA),
    ],
)
def test_what_a_file_says_about_its_camera_makes_one_folder_and_never_leaves_it(camera: str, name: str) -> None:
    assert LayoutPattern("{camera}").folder(None, FileKind.PHOTO, camera) == name


@given(st.text(max_size=30), st.dates(min_value=date(1900, 1, 1)), st.sampled_from(FileKind))
@settings(max_examples=100)
def test_the_folder_of_the_same_file_has_as_many_parts_as_the_pattern(camera: str, day: date, kind: FileKind) -> None:
    folder = LayoutPattern("{camera}/{kind}/{year}/{day}").folder(day, kind, camera)

    parts = folder.split("/")
    assert len(parts) == 4
    assert all(part.strip(" .") for part in parts)
