"""What is wanted, in words; selection.json, in which every mistake gets a sentence; and the layout by date."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import (
    DEFAULT_PATTERN,
    EVERYTHING,
    NO_CAMERA,
    NO_DATE,
    SELECTION,
    Duplicates,
    Layout,
    LayoutPattern,
    Selection,
    Sidecar,
    check_pattern,
    read_selection,
    write_selection,
)
from onedrive.errors import StateFileBroken, WrongAnswer
from onedrive.graph.item import LARGEST_SIZE, DriveItem
from onedrive.graph.traits import FileKind
from tests.choosing.choices import any_selections, make_file

MEDIA = frozenset({FileKind.VIDEO, FileKind.PHOTO})


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (EVERYTHING, "everything"),
        (Selection(kinds=frozenset(FileKind), layout=Layout.DATE), "everything"),
        (Selection(layout=Layout.DATE, pattern="{year}", duplicates=Duplicates.ONCE), "everything"),
        (Selection(kinds=MEDIA, dates=read_date_range("since 2019")), "photos and videos since 2019"),
        (Selection(kinds=frozenset({FileKind.OTHER})), "other files"),
        (Selection(kinds=frozenset(FileKind) - {FileKind.OTHER}), "photos, videos, music and documents"),
        (Selection(folders=("/Pictures",)), "everything in /Pictures"),
        (Selection(folders=("/A", "/B", "/C")), "everything in /A, /B and /C"),
        (Selection(folders=tuple(f"/F{n}" for n in range(1500))), "everything in /F0, /F1 and 1,498 more"),
        (Selection(without_folders=("/Backup",)), "everything without /Backup"),
        (Selection(include=("*.jpg",), exclude=("raw/", "*.tmp")), "everything named *.jpg not named raw/ and *.tmp"),
        (Selection(kinds=frozenset(FileKind), min_size=1), "everything of 1 B or more"),
        (Selection(min_size=10_000_001), "everything of 10.0 MB or more"),
        (Selection(max_size=0), "everything of 0 B or less"),
        (Selection(min_size=0, max_size=2 * 10**9), "everything of 0 B to 2.0 GB"),
        (Selection(min_size=5, max_size=5), "everything of 5 B"),
        (Selection(dates=read_date_range("last 30 days")), "everything of the last 30 days"),
        (Selection(kinds=MEDIA, cameras=("Apple iPhone 8",)), "photos and videos taken with Apple iPhone 8"),
        (Selection(albums=("Best\n",)), "everything in the album 'Best\\x0a'"),
        (
            Selection(kinds=MEDIA, albums=("A", "B"), max_size=5),
            "photos and videos in the albums 'A' and 'B' of 5 B or less",
        ),
        (Selection(name="{date}_{name}", sidecar=Sidecar.XMP, jpeg_twins=True, picasa=True), "everything"),
        (Selection(folders=("/a\x1b[31m\u202e\ud800",)), "everything in /a\\x1b[31m\\u202e\\ud800"),
        (Selection(folders=("/" + "x" * 100,)), f"everything in /{'x' * 18}...{'x' * 18}"),
    ],
)
def test_a_choice_reads_well(selection: Selection, words: str) -> None:
    assert selection.describe() == words
    assert selection.wants_all is (words == "everything")


# --- selection.json ---------------------------------------------------------------------------------------------------


def test_a_choice_is_written_so_that_a_person_can_read_and_edit_it(home: Path) -> None:
    selection = Selection(
        kinds=frozenset({FileKind.VIDEO, FileKind.PHOTO, FileKind.OTHER}),
        folders=("/Bilder/Größe",),
        dates=read_date_range("since 2019"),
        min_size=500,
        layout=Layout.DATE,
    )

    write_selection(home, selection)

    assert (home / SELECTION).read_text(encoding="utf-8") == (
        '{\n "version": 1,\n "kinds": [\n  "photos",\n  "videos",\n  "other"\n ],\n "folders": [\n'
        '  "/Bilder/Größe"\n ],\n'
        ' "min_size": 500,\n "dates": "2019..",\n "layout": "date",\n "pattern": "{year}/{year}-{month}",\n'
        ' "duplicates": "all"\n}\n'
    )
    assert read_selection(home) == selection


def test_without_a_file_everything_is_wanted(home: Path) -> None:
    assert read_selection(home) == EVERYTHING
    assert read_selection(home / "nowhere") == EVERYTHING


@given(any_selections())
@settings(max_examples=16, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_choice_is_read_back_from_its_file(home: Path, selection: Selection) -> None:
    write_selection(home, selection)

    assert read_selection(home) == selection


@pytest.mark.parametrize(
    ("text", "selection"),
    [
        ("{}", EVERYTHING),
        ('\ufeff{"kinds": ["photos"]}', Selection(kinds=frozenset({FileKind.PHOTO}))),
        ('{"kinds": ["OTHER files"]}', Selection(kinds=frozenset({FileKind.OTHER}))),
        ('{"min_size": "10M", "max_size": null}', Selection(min_size=10_000_000)),
        ('{"dates": 2019}', Selection(dates=read_date_range("2019"))),
        ('{"dates": null}', EVERYTHING),
        ('{"duplicates": "link"}', Selection(duplicates=Duplicates.LINK)),
        ('{"folders": ["/\\ud800"]}', Selection(folders=("/\ud800",))),
        ('{"name": null, "sidecar": null, "picasa": false, "jpeg_twins": true}', Selection(jpeg_twins=True)),
        (f'{{"max_size": {LARGEST_SIZE}}}', Selection(max_size=LARGEST_SIZE)),
    ],
)
def test_what_a_person_writes_is_understood(home: Path, text: str, selection: Selection) -> None:
    (home / SELECTION).write_text(text, encoding="utf-8")

    assert read_selection(home) == selection


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("{", "it is not JSON (line 1)"),
        ('{\n "kinds": [,]\n}', "it is not JSON (line 2)"),
        ("[" * 100_000, "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ("null", "it is not a JSON object"),
        ('{"kind": ["photos"]}', "there is no setting 'kind' (there are albums, cameras, dates, duplicates, exclude"),
        ('{"\\u001b[31m": 1}', "there is no setting '\\x1b[31m'"),
        ('{"kinds": ["photo"]}', "there is no kind 'photo' (there are photos, videos, music, documents, other)"),
        ('{"kinds": ["photos"], "kinds": []}', "it has the setting 'kinds' twice"),
        ('{"kinds": "photos"}', "'kinds' is not a list of texts"),
        ('{"kinds": [1]}', "'kinds' is not a list of texts"),
        ('{"kinds": null}', "'kinds' is not a list of texts"),
        ('{"folders": ["Pictures"]}', "in 'folders', the folder 'Pictures' does not begin with '/'"),
        ('{"without_folders": [""]}', "'without_folders' is not a list of texts"),
        ('{"include": {"a": 1}}', "'include' is not a list of texts"),
        ('{"include": ["#x"]}', "in 'include', In a pattern # begins a comment; for a name that begins with # write"),
        ('{"exclude": ["*.jpg", "!"]}', "in 'exclude', '!' is not a pattern such as '*.jpg', '/Pictures/'"),
        ('{"min_size": -1}', "in 'min_size', '-1' is not a size such as 500k, 10M or 1.5G"),
        ('{"min_size": 1.5}', "'min_size' is 1.5, and must be a number of bytes"),
        ('{"min_size": true}', "'min_size' is True, and must be a number of bytes"),
        ('{"max_size": []}', "'max_size' is [], and must be a number of bytes"),
        (f'{{"max_size": {LARGEST_SIZE + 1}}}', "is more than any file has"),
        ('{"max_size": 1' + "0" * 4000 + "}", "is not a size such as"),
        ('{"max_size": 1' + "0" * 5000 + "}", "it is not JSON"),
        ('{"min_size": 2, "max_size": 1}', "'min_size' is more than 'max_size', so no file could be wanted"),
        ('{"dates": "soon"}', "in 'dates', 'soon' is not a date; write 2019, June 2019, 2019-2021, "),
        ('{"dates": ["2019"]}', "'dates' is ['2019'], and must be a text such as"),
        ('{"dates": false}', "'dates' is False, and must be"),
        ('{"layout": "Date"}', "'layout' is 'Date', and must be one of onedrive, date, album"),
        ('{"albums": "Best"}', "'albums' is not a list of texts"),
        ('{"name": "Holiday"}', "in 'name', That would give every file the same name"),
        (
            '{"name": "{year}/{name}"}',
            "in 'name', A name has no / in it: --layout makes folders. Here",
        ),
        ('{"name": "{name}{n}"}', "in 'name', There is no {n}; there are {name}, {ext}, {date}"),
        ('{"sidecar": "XMP"}', "'sidecar' is 'XMP', and must be one of xmp, json"),
        ('{"picasa": 1}', "'picasa' is 1, and must be true or false"),
        ('{"layout": null}', "'layout' is None, and must be one of"),
        ('{"duplicates": 3}', "'duplicates' is 3, and must be one of all, link, once"),
        ('{"pattern": "../x"}', "in 'pattern', The pattern '../x' has a part of dots alone"),
        ('{"pattern": 5}', "'pattern' is 5, and must be a text such as"),
        ('{"version": 2}', "it was written by another version of this program"),
        ('{"cameras": [[]]}', "'cameras' is not a list of texts"),
    ],
)
def test_every_mistake_is_named_in_a_sentence(home: Path, text: str, reason: str) -> None:
    (home / SELECTION).write_text(text, encoding="utf-8")

    with pytest.raises(StateFileBroken) as caught:
        read_selection(home)

    assert caught.value.sentence.startswith("selection.json cannot be used: ")
    assert reason in caught.value.sentence
    assert len(caught.value.sentence) < 250
    assert "choose 5" in caught.value.hint


def test_what_is_no_text_and_a_folder_with_the_files_name_are_named(home: Path) -> None:
    (home / SELECTION).write_bytes("{}".encode("utf-16"))
    with pytest.raises(StateFileBroken, match="it is not JSON"):
        read_selection(home)

    (home / SELECTION).unlink()
    (home / SELECTION).mkdir()
    with pytest.raises(StateFileBroken, match="it is a folder"):
        read_selection(home)


@pytest.mark.posix("modes", as_root=False)
def test_a_file_that_may_not_be_read_is_named(home: Path) -> None:
    write_selection(home, EVERYTHING)
    (home / SELECTION).chmod(0)

    with pytest.raises(StateFileBroken, match="permission denied"):
        read_selection(home)


# --- the layout by date -----------------------------------------------------------------------------------------------


PHOTO = make_file(
    "/Pictures/IMG_0001.jpg",
    file={"mimeType": "image/jpeg"},
    photo={"takenDateTime": "2019-06-30T23:59:59Z", "cameraMake": "Apple", "cameraModel": "iPhone 8"},
)
BARE = make_file("/notes.txt", createdDateTime="0001-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("item", "pattern", "folder"),
    [
        (PHOTO, DEFAULT_PATTERN, "2019/2019-06"),
        (PHOTO, "{year}", "2019"),
        (PHOTO, "{year}/{month}/{day}", "2019/06/30"),
        (PHOTO, "Photos of {year}/{camera}", "Photos of 2019/Apple iPhone 8"),
        (PHOTO, "{kind}/{year}-{month}", "Photos/2019-06"),
        (PHOTO, " {year} / {month} ", "2019/06"),
        (PHOTO, "{year}\n", "2019"),
        (PHOTO, "all", "all"),
        (BARE, DEFAULT_PATTERN, NO_DATE),
        (BARE, "{camera}/{day}", NO_DATE),
        (BARE, "{kind}/{camera}", f"Documents/{NO_CAMERA}"),
    ],
)
def test_a_pattern_makes_the_folder_of_a_file_and_what_has_no_date_goes_to_one_of_its_own(
    item: DriveItem, pattern: str, folder: str
) -> None:
    assert LayoutPattern(pattern).folder_for(item) == folder


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
        ("{ye\nar}", "a character that no folder takes"),
        ("\x1b[31m{year}", "a character that no folder takes"),
        ("\ud800{year}", "a character that no folder takes"),
        ("{year}" * 40, "longer than 200"),
    ],
)
def test_a_pattern_that_makes_no_folder_is_refused_with_a_sentence(pattern: str, reason: str) -> None:
    with pytest.raises(WrongAnswer, match=r"\.$") as caught:
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
