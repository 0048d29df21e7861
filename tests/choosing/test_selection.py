"""What is wanted, in words; and what the flags of a run do to it."""

from __future__ import annotations

from datetime import date

import pytest

from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import EVERYTHING, Duplicates, Layout, Selection, SelectionFlags
from onedrive.graph.traits import FileKind

MEDIA = frozenset({FileKind.VIDEO, FileKind.PHOTO})


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (EVERYTHING, "everything"),
        (Selection(kinds=frozenset(FileKind)), "everything"),
        (Selection(kinds=MEDIA, dates=read_date_range("since 2019")), "photos and videos since 2019"),
        (Selection(kinds=frozenset({FileKind.OTHER})), "other files"),
        (
            Selection(kinds=frozenset(FileKind) - {FileKind.OTHER}),
            "photos, videos, music and documents",
        ),
        (Selection(folders=("/Pictures",)), "everything in /Pictures"),
        (Selection(folders=("/A", "/B", "/C")), "everything in /A, /B and /C"),
        (Selection(folders=tuple(f"/F{n}" for n in range(1500))), "everything in /F0, /F1 and 1,498 more"),
        (Selection(without_folders=("/Backup",)), "everything without /Backup"),
        (Selection(include=("*.jpg",), exclude=("raw/", "*.tmp")), "everything named *.jpg not named raw/ and *.tmp"),
        (Selection(min_size=10_000_001), "everything of 10.0 MB or more"),
        (Selection(max_size=0), "everything of 0 B or less"),
        (Selection(min_size=0, max_size=2 * 10**9), "everything of 0 B to 2.0 GB"),
        (Selection(min_size=5, max_size=5), "everything of 5 B"),
        (Selection(dates=read_date_range("last 30 days")), "everything of the last 30 days"),
        (Selection(kinds=MEDIA, cameras=("Apple iPhone 8",)), "photos and videos taken with Apple iPhone 8"),
        (Selection(folders=("/a\x1b[31m\u202e\ud800",)), "everything in /a\\x1b[31m\\u202e\\ud800"),
        (Selection(folders=("/" + "x" * 100,)), f"everything in /{'x' * 18}...{'x' * 18}"),
    ],
)
def test_a_choice_reads_well(selection: Selection, words: str) -> None:
    assert selection.describe() == words


@pytest.mark.parametrize(
    ("selection", "wants_all"),
    [
        (EVERYTHING, True),
        (Selection(layout=Layout.DATE, pattern="{year}", duplicates=Duplicates.ONCE), True),
        (Selection(kinds=frozenset(FileKind), layout=Layout.DATE), True),
        (Selection(kinds=MEDIA), False),
        (Selection(kinds=frozenset(FileKind), min_size=1), False),
        (Selection(exclude=("*.tmp",)), False),
        (Selection(dates=read_date_range("2019")), False),
    ],
)
def test_layout_and_duplicates_leave_nothing_out(selection: Selection, wants_all: bool) -> None:
    assert selection.wants_all is wants_all


def test_a_flag_replaces_its_part_of_the_selection_and_nothing_else() -> None:
    saved = Selection(kinds=MEDIA, min_size=10, folders=("/A",), layout=Layout.DATE)
    flags = SelectionFlags(kinds=frozenset(), min_size=0, exclude=("*.tmp",), dates=read_date_range("2019"))

    narrowed = flags.applied_to(saved)

    assert narrowed == Selection(
        min_size=0,
        folders=("/A",),
        layout=Layout.DATE,
        exclude=("*.tmp",),
        dates=read_date_range("2019-01-01..2019-12-31"),
    )
    assert narrowed.dates is not None
    assert narrowed.dates.bounds(date(2030, 1, 1)) == (date(2019, 1, 1), date(2019, 12, 31))


def test_no_flags_leave_the_selection_as_it_is() -> None:
    assert SelectionFlags().applied_to(Selection(kinds=MEDIA)) == Selection(kinds=MEDIA)
