"""Lines of the lists: the quick way and the checked way make the same text, and a line comes apart again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedrive.graph.item import KEPT_FACETS, NotAnItem, from_graph, from_json
from onedrive.listing.line import (
    RowTexts,
    escape,
    join_line,
    line_of_item,
    read_line_id,
    read_line_path,
    read_parent,
    read_parent_path,
    read_size,
    sort_key,
    split_line,
    text_of_item,
    unescape,
)
from onedrive.words import to_bytes

TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)
NAME = TEXT.filter(bool)
VALUE = st.one_of(TEXT, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none())
FACET = st.dictionaries(TEXT, st.one_of(VALUE, st.dictionaries(TEXT, VALUE, max_size=2)), max_size=3)
ODD = st.one_of(VALUE, FACET)
ROW = st.fixed_dictionaries(
    {"id": NAME, "name": NAME},
    optional={
        "size": st.one_of(st.integers(0, 2**60), st.none()),
        "eTag": ODD,
        "cTag": ODD,
        "createdDateTime": ODD,
        "lastModifiedDateTime": ODD,
        "parentReference": st.one_of(
            st.fixed_dictionaries(
                {}, optional={"driveId": st.one_of(NAME, st.just("F09ab")), "id": NAME, "path": TEXT}
            ),
            VALUE,
        ),
        **dict.fromkeys(KEPT_FACETS, st.one_of(FACET, VALUE)),
    },
)


@given(row=ROW, keeps_ctag=st.booleans())
def test_the_quick_way_and_the_record_make_the_same_text(row: dict[str, Any], keeps_ctag: bool) -> None:
    quick = RowTexts("0f09000000cfea42", keeps_ctag=keeps_ctag).of_row(row, parent_id="P")

    checked = text_of_item(from_graph(row), drive_id="0f09000000cfea42", parent_id="P", keeps_ctag=keeps_ctag)

    assert quick == checked


@given(row=ROW)
def test_the_order_of_keys_makes_no_difference(row: dict[str, Any]) -> None:
    def turned(value: object) -> object:
        return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    backwards = turned(row)

    assert isinstance(backwards, dict)
    assert RowTexts("d").of_row(backwards) == RowTexts("d").of_row(row)


@given(row=ROW, folder=st.one_of(st.just(""), NAME.map(lambda name: "/" + name)))
def test_a_line_comes_apart_as_it_was_put_together(row: dict[str, Any], folder: str) -> None:
    text = RowTexts("d").of_row(row, parent_id="P")
    path = folder + "/" + row["name"]

    line = join_line(to_bytes(text.id), to_bytes(text.name), escape(path), to_bytes(text.tail))
    parts = split_line(line)

    assert json.loads(line)["path"] == path
    assert (parts.id, parts.path) == (read_line_id(line), read_line_path(line))
    assert (unescape(parts.id), unescape(parts.name), unescape(parts.path)) == (row["id"], row["name"], path)
    assert unescape(read_parent_path(line)) == folder
    assert parts.with_path(parts.path) == line
    assert b"\n" not in line
    assert b"\t" not in line
    assert read_size(line) == text.size_bytes
    assert unescape(read_parent(parts.tail)[1]) == json.loads(line)["parentReference"]["id"]


@given(row=ROW)
def test_a_line_is_read_back_as_the_record_that_it_was_made_of(row: dict[str, Any]) -> None:
    item = from_graph(row).with_path("/" + row["name"])

    line = line_of_item(item)

    assert line_of_item(from_json(json.loads(line))) == line


@given(paths=st.lists(TEXT, max_size=6))
def test_keys_order_paths_by_their_code_points(paths: list[str]) -> None:
    assert sorted(paths, key=lambda path: sort_key(escape(path))) == sorted(paths)


@pytest.mark.parametrize("row", [{}, {"id": "1"}, {"id": "", "name": "a"}, {"id": "1", "name": "a", "size": -1}])
def test_what_is_no_item_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(NotAnItem):
        RowTexts("d").of_row(row)
