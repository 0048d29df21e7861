from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.report.rows import RowWords, is_here, row_lines, safe_json, shown_path, without_addresses
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


def test_what_never_was_on_onedrive_is_shown_by_its_place_here() -> None:
    item = verified("", ItemClass.ONLY_HERE, local_path="mine/x.txt")

    assert shown_path(item) == "/mine/x.txt"
    assert is_here(item)


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_embedded_text_is_ascii_without_markup_and_comes_back_the_same(text: str) -> None:
    embedded = safe_json([text])

    assert embedded.isascii()
    assert not set(embedded) & set("<>&\u2028")
    assert json.loads(embedded) == [text]
    assert json.loads(safe_json("\ud800 \udcff")) == "\ud800 \udcff"  # half a pair is kept


def test_a_reason_is_told_without_addresses() -> None:
    assert without_addresses("refused at https://host.example/x?key=1 twice") == "refused at (an address) twice"
    assert without_addresses("as it is: a/b") == "as it is: a/b"
