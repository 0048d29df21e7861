"""New names by pattern and by replacement."""

from __future__ import annotations

import pytest

from onedrive.graph.item import DriveItem, Kind
from onedrive.manage.rename_plan import NoNewName, WrongPattern, read_rename_pattern, split_name

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
        ("/(/ -> x", "no regular expression"),
        (r"/a/ -> \3", "no regular expression"),
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
