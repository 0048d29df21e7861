"""What a choice means, on one page."""

from __future__ import annotations

import io
from datetime import date

import pytest

from onedrive.choosing.index import ListColumns, ListIndex
from onedrive.choosing.questions import describe_duplicates, describe_share, part_bar, show_preview
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.graph.item import DriveItem, from_json
from onedrive.graph.traits import FileKind, Share
from onedrive.terminal.terminal import Terminal

PHOTOS = Selection(kinds=frozenset({FileKind.PHOTO}), dates=read_date_range("since 2019"))


def _photo(number: int, taken: str, size: int, **more: object) -> DriveItem:
    row: dict[str, object] = {
        "id": f"A!{number}",
        "name": f"{number}.jpg",
        "path": f"/Pictures/{number}.jpg",
        "size": size,
        "file": {"mimeType": "image/jpeg", "hashes": {"quickXorHash": "SAME="}},
        "photo": {"takenDateTime": f"{taken}T12:00:00Z", "cameraModel": "Pixel"} if taken else {},
    }
    return from_json({**row, **more})


def _preview(items: list[DriveItem], selection: Selection) -> list[str]:
    columns = ListColumns()
    for item in items:
        columns.add_item(item)
    said = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=said, environ={})
    show_preview(terminal, ListIndex(columns), selection, date(2024, 1, 1))
    return said.getvalue().splitlines()


def test_for_a_screen_reader_no_bars_are_drawn() -> None:
    columns = ListColumns()
    columns.add_item(_photo(1, "2019-01-01", 4_000_000))
    said = io.StringIO()

    show_preview(
        Terminal(stdin=io.StringIO(), stdout=said, plain=True, environ={}),
        ListIndex(columns),
        EVERYTHING,
        date(2024, 1, 1),
    )

    assert not {*"█▏░#"} & {*said.getvalue()}
    assert "photos       1   1  4.0 MB\n" in said.getvalue()


def test_the_page_shows_the_chosen_part_against_the_whole() -> None:
    items = [
        _photo(1, "2015-01-01", 4_000_000),
        _photo(2, "2016-01-01", 4_000_000),
        _photo(3, "2019-05-01", 2_000_000),
        _photo(4, "2019-06-01", 2_000_000),
        _photo(5, "", 1_000_000, lastModifiedDateTime="2020-03-01T00:00:00Z"),
        _photo(6, "", 500_000),
        from_json({"id": "A!9", "name": "a.mp3", "path": "/a.mp3", "size": 8_000_000, "file": {}}),
    ]

    assert _preview(items, PHOTOS) == [
        "Your choice is photos since 2019: 3 of 7 files, 5.0 MB of 21.5 MB.",
        "kind    chosen  of    size",
        "------  ------  --  ------  --------------",
        "photos       3   6  5.0 MB  █████░░░░░░░░░",
        "music        0   1     0 B  ░░░░░░░░",
        "year       chosen  of    size",
        "---------  ------  --  ------  --------------",
        "2015-2016       0   2     0 B  ░░░░░░░░░░░░░",
        "2019            2   2  4.0 MB  ███████",
        "2020            1   1  1.0 MB  ██",
        "no date         0   2     0 B  ░░░░░░░░░░░░░░",
        "first files      day           size",
        "---------------  ----------  ------",
        "/Pictures/3.jpg  2019-05-01  2.0 MB",
        "/Pictures/4.jpg  2019-06-01  2.0 MB",
        "/Pictures/5.jpg  2020-03-01  1.0 MB",
        "largest files    day           size",
        "---------------  ----------  ------",
        "/Pictures/3.jpg  2019-05-01  2.0 MB",
        "/Pictures/4.jpg  2019-06-01  2.0 MB",
        "/Pictures/5.jpg  2020-03-01  1.0 MB",
        "Days as OneDrive knows them: 2 files when taken, 1 file when last changed (in UTC).",
        "camera  files",
        "------  -----",
        "Pixel       2",
        "1 file of them has the content of another one (same hash and size): 2.0 MB less to download, "
        "if each content comes once.",
    ]


def test_names_from_the_service_are_shown_as_they_are_and_drive_nothing() -> None:
    name = "\x1b[31m\u202egpj.\ud800"
    shown = "\n".join(_preview([_photo(1, "2019-01-01", 1, name=name, path=f"/{name}")], EVERYTHING))

    assert "/\\x1b[31m\\u202egpj.\\ud800" in shown
    assert "\x1b" not in shown


def test_many_cameras_are_counted() -> None:
    photo = {"takenDateTime": "2019-01-01T00:00:00Z"}
    items = [_photo(n, "", 1, photo={**photo, "cameraModel": f"Camera {n:02}"}) for n in range(12)]

    shown = _preview(items, EVERYTHING)

    assert "and 4 cameras more" in shown
    assert "Camera 07               1" in shown


@pytest.mark.parametrize(
    ("chosen", "whole", "bar"),
    [
        (Share(1, 100), Share(1, 100), "#" * 14),
        (Share(1, 50), Share(2, 100), "#" * 7 + "-" * 7),
        (Share(1, 1), Share(2, 100), "." + "-" * 13),
        (Share(0, 0), Share(2, 100), "-" * 14),
        (Share(0, 0), Share(2, 1), ""),
        (Share(1, 1), Share(2, 1), "."),
        (Share(0, 0), Share(2, 1000), "-" * 14),
    ],
)
def test_a_bar_is_as_long_as_the_whole_and_full_as_far_as_it_is_chosen(chosen: Share, whole: Share, bar: str) -> None:
    assert part_bar(chosen, whole, 100, str.isascii) == bar


def test_a_choice_says_its_part_of_the_whole() -> None:
    assert describe_share(PHOTOS, Share(4210, 31 * 10**9), Share(18_900, 88 * 10**9)) == (
        "photos since 2019: 4,210 of 18,900 files, 31.0 GB of 88.0 GB"
    )
    assert describe_share(EVERYTHING, Share(1, 5), Share(1, 5)) == "everything: 1 file, 5 B"


def test_no_equal_content_is_said_too() -> None:
    assert describe_duplicates(Share()).startswith("No two of these files have the same content")
