"""What the values of flags mean, and that the rest is refused in words."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from onedrive.app import flags as values
from onedrive.choosing.selection import Layout
from onedrive.graph.traits import FileKind


@pytest.mark.parametrize(
    ("typed", "kinds"),
    [
        ("photos", {FileKind.PHOTO}),
        ("photos,videos", {FileKind.PHOTO, FileKind.VIDEO}),
        (" Photos , video ", {FileKind.PHOTO, FileKind.VIDEO}),
        ("music,documents,other", {FileKind.MUSIC, FileKind.DOCUMENT, FileKind.OTHER}),
        ("everything", set()),
    ],
)
def test_kinds_are_words_with_commas_between(typed: str, kinds: set[FileKind]) -> None:
    assert set(values.read_kinds(typed)) == kinds


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2019", "2019"),
        ("2019-06", "2019-06"),
        (" 2019-06-30 ", "2019-06-30"),
        ("./2019", Path("./2019")),
        ("2019/", Path("2019/")),
        ("../2019", Path("../2019")),
        ("/2019", Path("/2019")),
        ("2019/photos", Path("2019/photos")),
        ("photos 2019", Path("photos 2019")),
        ("..", Path("..")),
    ],
)
def test_to_is_a_date_or_a_folder(typed: str, meant: str | Path) -> None:
    assert values.read_to(typed) == meant


@pytest.mark.parametrize("typed", ["20190630", "2019-13", "2019-02-30", "30.06.2019", "2019/06/30", "1", "0000", "19"])
def test_figures_that_may_be_a_date_or_a_folder_are_neither(typed: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"\./"):
        values.read_to(typed)


@pytest.mark.parametrize(
    ("typed", "layout"),
    [
        ("onedrive", (Layout.ONEDRIVE, None)),
        ("Date", (Layout.DATE, None)),
        ("date:{year}/{month}", (Layout.DATE, "{year}/{month}")),
    ],
)
def test_a_layout_may_have_a_pattern(typed: str, layout: tuple[Layout, str | None]) -> None:
    assert values.read_layout(typed) == layout


@pytest.mark.parametrize(("typed", "percent"), [("5", 5), ("5%", 5), ("0.5 %", 0.5), ("100", 100)])
def test_a_percentage_may_have_its_sign(typed: str, percent: float) -> None:
    assert values.read_percent(typed) == percent


def test_sizes_and_dates_are_read_as_everywhere() -> None:
    assert values.read_size("1.5M") == 1_500_000
    assert values.read_dates("2019-06..2020-02").bounds(date(2024, 1, 1)) == (date(2019, 6, 1), date(2020, 2, 29))
    assert (values.read_from(" 2019 "), values.read_until("2019-06")) == ("2019", "2019-06")


@pytest.mark.parametrize(
    ("read", "typed"),
    [
        *((values.read_kinds, typed) for typed in ("fotos", "", "photos,", "everything,photos", "photos videos")),
        *((values.read_glob, typed) for typed in ("", " ", "!", "/", "#a", "a\nb", "[", "a[")),
        *((values.read_size, typed) for typed in ("", "-1", "10Q", "big", "1e6", "\u0661")),
        *((values.read_dates, typed) for typed in ("", "..", "June", "2020..2019", "2019-13", "last 3 moons")),
        *((values.read_from, typed) for typed in ("", "2019-13", "0000", "2019-02-30", "now")),
        *((values.read_until, typed) for typed in ("", "2019-13", "0000", "2019-02-30", "now")),
        *((values.read_layout, typed) for typed in ("", "foo", "date:", "onedrive:x", "date:{yaer}", "date:/x")),
        *((values.read_percent, typed) for typed in ("", "0", "100.1", "-5", "five", "nan")),
        (values.read_folder, " "),
        (values.read_file, ""),
        (values.read_to, ""),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(read: Callable[[str], object], typed: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        read(typed)

    assert len(str(caught.value)) > 15
    assert not str(caught.value).endswith(".")
