"""What patterns make of names, on OneDrive and on this disk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onedrive.choosing.name_pattern import (
    NoNewName,
    WrongPattern,
    check_name_pattern,
    make_local_name,
    read_rename_pattern,
)
from onedrive.graph.item import DriveItem, Kind
from onedrive.words import split_name

PHOTO = DriveItem(
    "1",
    "IMG_0107.JPG",
    Kind.FILE,
    path="/Pictures/IMG_0107.JPG",
    created="2020-01-01T00:00:00Z",
    facets={"photo": {"takenDateTime": "2017-07-15T10:21:09Z", "cameraMake": "Apple", "cameraModel": "iPhone 8"}},
)
NOTE = DriveItem("2", "README", Kind.FILE, path="/README")


@pytest.mark.parametrize(
    ("text", "new_name"),
    [
        ("{date}_{name}", "2017-07-15_IMG_0107.JPG"),
        ("{year}-{month}-{day} {time}", "2017-07-15 10-21-09.JPG"),
        ("Holiday {n:03}", "Holiday 007.JPG"),
        ("Holiday {n}.{ext}", "Holiday 7.JPG"),
        ("{name} ({camera})", "IMG_0107 (Apple iPhone 8).JPG"),
        ("IMG_ -> Holiday ", "Holiday 0107.JPG"),
        ("IMG_->", "0107.JPG"),
        (".JPG -> .jpg", "IMG_0107.jpg"),
        ("nothing -> x", "IMG_0107.JPG"),
        (r"/IMG_0*(\d+)/ -> Pic \1", "Pic 107.JPG"),
        (r"/(?i)\.jpg$/ -> .jpeg", "IMG_0107.jpeg"),
    ],
)
def test_a_pattern_makes_the_new_name(text: str, new_name: str) -> None:
    assert read_rename_pattern(text)(PHOTO, 7) == new_name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Type a pattern"),
        ("Holiday", "every file the same name"),
        ("{nam}_x", "There is no {nam}"),
        ("{date}_{name", "A brace stands alone"),
        (" -> x", "before the arrow"),
        ("/(/ -> x", "not a usable regular expression"),
        (r"/a/ -> \3", "not a usable regular expression"),
    ],
)
def test_what_is_no_pattern_is_said_before_anything_is_renamed(text: str, words: str) -> None:
    with pytest.raises(WrongPattern, match=words.replace("{", r"\{").replace("}", r"\}")):
        read_rename_pattern(text)


def test_a_file_that_lacks_what_the_pattern_asks_for_says_so() -> None:
    for text, words in (("{date} {n}", "no date"), ("{time} {n}", "no time"), ("{camera} {n}", "which camera")):
        with pytest.raises(NoNewName, match=words):
            read_rename_pattern(text)(NOTE, 1)


def test_the_extension_is_what_follows_the_last_dot() -> None:
    names = ["a.jpg", "README", ".hidden", "a.", "Mr. Brown", "a.tar.gz"]

    assert [split_name(name)[1] for name in names] == [".jpg", "", "", "", "", ".gz"]
    assert ["".join(split_name(name)) for name in names] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{date}_{name}", ("2017-07-15_IMG_0107.JPG", "2017-07-15_a.mov", "README")),
        ("{ext}-{name}.{ext}", ("JPG-IMG_0107.JPG", "mov-a.mov", "-README.")),
        ("IMG_ -> ", ("0107.JPG", "a.mov", "README")),
        ("/.+/ -> x.jpeg", ("x.jpeg.JPG", "x.jpeg.mov", "x.jpeg")),
        ("/.+/ -> ", ("IMG_0107.JPG", "a.mov", "README")),
        (".JPG -> .png", ("IMG_0107.png.JPG", "a.mov", "README")),
    ],
)
def test_on_this_disk_the_extension_stays_and_a_film_is_dated_by_its_still(text: str, names: tuple[str, ...]) -> None:
    pattern = read_rename_pattern(check_name_pattern(text))
    film = replace(NOTE, name="a.mov")

    assert make_local_name(pattern, PHOTO, PHOTO) == names[0]
    assert make_local_name(pattern, film, PHOTO) == names[1]
    assert make_local_name(pattern, NOTE, NOTE) == names[2]


@pytest.mark.parametrize("text", ["{year}/{name}", "{name}{n}", "x" * 300, "a\nb {name}", "IMG -> a/b"])
def test_what_cannot_name_files_on_this_disk_is_refused(text: str) -> None:
    with pytest.raises(WrongPattern):
        check_name_pattern(text)
