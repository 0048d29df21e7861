"""Rows of the catalogue: what the lists say of an item does not depend on how the service or a list spelt it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.graph.item import KEPT_FACETS, Kind, NotAnItem, from_graph, from_json, read_quick_xor
from onedrive.graph.traits import DateSource, FileKind, camera_of, day_of, kind_of
from onedrive.home.database import text_bytes
from onedrive.listing.item_row import ItemRow, RowReader, make_line
from onedrive.words import to_bytes
from tests.list_lines import row_of

TEXT = st.text(st.characters(exclude_categories=[]), max_size=12)
NAME = st.one_of(TEXT.filter(bool), st.sampled_from(["a.JPG", ".jpg", "..ts", "b.ts", "c.", "x.y.docx"]))
VALUE = st.one_of(TEXT, st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.none())
FACET = st.dictionaries(TEXT, st.one_of(VALUE, st.dictionaries(TEXT, VALUE, max_size=2)), max_size=3)
ODD = st.one_of(VALUE, FACET)
TIME = st.sampled_from(
    ["2019-05-04T10:11:12.573Z", "2024-02-30T00:00:00Z", "0001-01-01T00:00:00Z", "2020-01-01T25:00:00Z", "soon", "",
     "2021-12-31T23:30:00-05:00", "2013-07-01", "2013-07-01T00:00:00.1234567Z"]
)  # fmt: skip
TIMES = st.fixed_dictionaries({}, optional={"createdDateTime": TIME, "lastModifiedDateTime": TIME})
PHOTO = st.fixed_dictionaries(
    {}, optional={"takenDateTime": st.one_of(TIME, VALUE), "cameraMake": st.one_of(VALUE, st.just("Canon\0 ")),
                  "cameraModel": st.one_of(VALUE, st.just("Canon EOS 80D"))}
)  # fmt: skip
FILE = st.fixed_dictionaries(
    {},
    optional={
        "mimeType": st.one_of(VALUE, st.sampled_from(["image/jpeg", "video/mp4", "IMAGE/PNG", "image/svg+xml", "x/y"])),
        "hashes": st.one_of(VALUE, st.fixed_dictionaries({}, optional={"quickXorHash": VALUE, "sha1Hash": TEXT})),
    },
)
ROW = st.fixed_dictionaries(
    {"id": TEXT.filter(bool), "name": NAME},
    optional={
        "size": st.one_of(st.integers(0, 2**60), st.just(12.0), st.none()),
        "eTag": ODD,
        "cTag": ODD,
        "createdDateTime": st.one_of(ODD, TIME),
        "lastModifiedDateTime": st.one_of(ODD, TIME),
        "parentReference": st.one_of(
            st.fixed_dictionaries(
                {}, optional={"driveId": st.one_of(NAME, st.just("F09ab")), "id": NAME, "path": TEXT}
            ),
            VALUE,
        ),
        **dict.fromkeys(KEPT_FACETS, st.one_of(FACET, VALUE)),
        "file": FILE,
        "fileSystemInfo": st.one_of(FACET, TIMES),
        "photo": st.one_of(FACET, PHOTO),
    },
)


def _line(row: ItemRow, path: str) -> bytes:
    return make_line(text_bytes(row.id), text_bytes(row.name), text_bytes(path), to_bytes(row.tail))


def _turned(value: object) -> object:
    return {key: _turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value


@settings(deadline=None, max_examples=30)
@given(row=ROW)
def test_a_row_says_what_the_record_says_in_whatever_order_the_keys_come(row: dict[str, Any]) -> None:
    read, item = RowReader("").read(row), from_graph(row)

    line = json.loads(_line(read, "/x"))
    assert line == {**row_of(item.with_path("/x")), "path": "/x"}
    assert (read.kind, read.size_bytes, read.has_malware) == (item.kind, item.size or 0, item.has_malware)
    assert (read.drive_id, read.parent_id) == (item.drive_id, item.parent_id)
    backwards = _turned(row)
    assert isinstance(backwards, dict)
    assert RowReader("").read(backwards) == read
    facts = read.facts
    assert (facts is not None) == (item.kind is Kind.FILE)
    if facts is not None:  # what choosing asks of a file
        day, source = day_of(item)
        assert (tuple(FileKind)[facts.kind], facts.camera) == (kind_of(item), camera_of(item))
        assert (facts.day, tuple(DateSource)[facts.source]) == (day.toordinal() if day else 0, source)
        assert facts.quick_xor_hash == read_quick_xor(item.quick_xor_hash, is_empty=False)


@settings(deadline=None, max_examples=30)
@given(row=ROW, keeps_ctag=st.booleans())
def test_a_line_read_again_gives_the_same_line(row: dict[str, Any], keeps_ctag: bool) -> None:
    read = RowReader("0f09000000cfea42", keeps_ctag=keeps_ctag).read(row, parent_id="P")
    path = f"/{read.name}"

    line = _line(read, path)

    assert b"\n" not in line
    again = RowReader("other").read(json.loads(line))
    assert _line(again, path) == line
    assert from_json(json.loads(line)).path == path


TIMES_OF_2021 = {"fileSystemInfo": {"lastModifiedDateTime": "2021-01-01T00:00:00Z"}}
YEARS: list[tuple[int, dict[str, Any]]] = [
    (2013, {**TIMES_OF_2021, "photo": {"takenDateTime": "2013-07-01T00:00:00Z"}}),
    (2021, {**TIMES_OF_2021, "lastModifiedDateTime": "2022-01-01T00:00:00Z"}),
    (2022, {"lastModifiedDateTime": "2022-01-01T00:00:00Z"}),
    (0, {"lastModifiedDateTime": "0001-01-01T00:00:00Z"}),
    (2021, {**TIMES_OF_2021, "photo": {"takenDateTime": "0000:00:00 00:00:00"}}),
]


@pytest.mark.parametrize(("year", "row"), YEARS)
def test_a_photo_counts_for_the_year_it_was_taken_in_and_another_file_for_that_of_its_last_change(
    year: int, row: dict[str, Any]
) -> None:
    facts = RowReader("").read({"id": "1", "name": "a", "file": {}, **row}).facts

    assert facts is not None
    assert facts.year == year


@pytest.mark.parametrize(
    "row", [{}, {"id": "1"}, {"id": "", "name": "a"}, {"id": 1, "name": "a"}]
)  # fmt: skip
def test_what_is_no_item_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(NotAnItem):
        RowReader("d").read(row)
