from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.report.help import Topic
from onedrive.report.rows import (
    NO_YEAR,
    SHOWN_OF_A_TOPIC,
    RowWords,
    Sum,
    day_number,
    is_here,
    kind_name,
    row_lines,
    safe_json,
    shown_path,
    tally,
    without_addresses,
    year_name,
)
from tests.report.verified import verified


def _rows(*items: VerifiedItem) -> object:
    return json.loads("".join(row_lines(items, RowWords())))


def test_items_of_one_folder_share_its_name_and_a_row_has_no_zeros_at_its_end() -> None:
    assert _rows() == []
    assert _rows(verified("/a/b.jpg", kind="photos", day="", when="")) == [["/a", [["b.jpg", 1500]]]]
    assert _rows(verified("/a/1.jpg"), verified("/a/2.jpg"), verified("/3.jpg")) == [
        ["/a", [["1.jpg", 1500, 0, 0, 20230802, 1], ["2.jpg", 1500, 0, 0, 20230802, 1]]],
        ["", [["3.jpg", 1500, 0, 0, 20230802, 1]]],
    ]


def test_a_folder_with_very_many_files_comes_in_several_lines() -> None:
    lines = list(row_lines((verified(f"/a/{i}") for i in range(5000)), RowWords()))

    assert len(lines) == 4
    assert sum(len(rows) for _, rows in json.loads("".join(lines))) == 5000


def test_reasons_and_moments_are_told_once() -> None:
    words = RowWords()
    items = [verified(f"/{i}", ItemClass.DAMAGED, reason="too short") for i in range(3)]

    rows = json.loads("".join(row_lines(items, words)))[0][1]

    assert [row[5:] for row in rows] == [[1, 1]] * 3
    assert [*words.reasons] == ["", "too short"]
    assert [*words.moments] == ["", "2026-11-24T05:42"]
    assert without_addresses("refused at https://host.example/x?key=1 twice") == "refused at (an address) twice"
    assert without_addresses("as it is: a/b") == "as it is: a/b"


@pytest.mark.parametrize(
    ("item", "place"),
    [
        (verified("/a/b.jpg"), None),
        (verified("/a/b:.jpg", local_path="a/b_.jpg"), "a/b_.jpg"),
        (verified("", ItemClass.ONLY_HERE, local_path="mine/x.txt"), None),
        (verified("/a.jpg", ItemClass.MISSING), 1),
        (verified("/vault", ItemClass.UNAVAILABLE), 1),
        (verified("/a.jpg", ItemClass.LEFT_OUT, local_path=""), 1),
        (verified("/a.jpg", local_path="../../secret"), 1),
        (verified("/a.jpg", local_path="/etc/passwd"), 1),
    ],
)
def test_a_place_is_told_only_where_it_differs_and_never_leads_outside(item: VerifiedItem, place: object) -> None:
    row = json.loads("".join(row_lines([item], RowWords())))[0][1][0]

    assert (row[7] if len(row) > 7 else None) == place


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_embedded_text_is_ascii_without_markup_and_comes_back_the_same(text: str) -> None:
    embedded = safe_json([text])

    assert embedded.isascii()
    assert not set(embedded) & set("<>&\u2028")
    assert json.loads(embedded) == [text]
    assert json.loads(safe_json("\ud800 \udcff")) == "\ud800 \udcff"  # half a pair is kept


def test_files_and_bytes_are_counted_by_class_kind_and_year() -> None:
    counted = tally(
        [
            verified("/a.jpg", size_bytes=10, day="2020-01-01"),
            verified("/b.mp4", ItemClass.MISSING, size_bytes=20, kind="videos", day="2020-12-31"),
            verified("/c.jpg", ItemClass.SAME_SIZE, size_bytes=40, day=""),
            verified("/d.iso", ItemClass.LEFT_OUT, size_bytes=5, kind="", day="2021-01-01"),
        ]
    )

    assert counted.all == Sum(4, 75, 1, 1)
    assert counted.by_class[ItemClass.MISSING] == Sum(1, 20, 1)
    assert counted.by_kind == {"photos": Sum(2, 50), "videos": Sum(1, 20, 1), "other files": Sum(1, 5, 0, 1)}
    assert counted.by_year == {"2020": Sum(2, 30, 1), NO_YEAR: Sum(1, 40), "2021": Sum(1, 5, 0, 1)}


def test_of_very_many_exceptions_all_are_counted_and_the_first_are_kept() -> None:
    counted = tally(verified(f"/{i}.jpg", ItemClass.MISSING) for i in range(SHOWN_OF_A_TOPIC + 50))

    assert counted.by_topic == {Topic.MISSING: SHOWN_OF_A_TOPIC + 50}
    assert [item.path for item in counted.shown[Topic.MISSING]] == [f"/{i}.jpg" for i in range(SHOWN_OF_A_TOPIC)]


def test_the_name_tells_the_kind_of_what_has_none_and_the_place_the_path() -> None:
    only_here = verified("", ItemClass.ONLY_HERE, kind="", local_path="mine/A.JPG")

    assert (shown_path(only_here), is_here(only_here), kind_name(only_here)) == ("/mine/A.JPG", True, "photos")
    assert kind_name(verified("/x", kind="<b>")) == "other files"
    assert kind_name(verified("/a.jpg", kind="documents")) == "documents"


def test_a_day_that_is_none_is_no_year() -> None:
    assert day_number("2023-08-02") == 20230802
    assert [day_number(day) for day in ("", "2023", "20 May 23", "\u0662023-08-02")] == [0, 0, 0, 0]
    assert year_name(verified("/x", day="<b>")) == NO_YEAR
