"""A list in memory: it says about every choice what asking each file alone would say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onedrive.choosing.chooser import Chooser
from onedrive.choosing.index import ListIndex, Match
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.errors import StateFileBroken
from onedrive.graph.item import DriveItem, from_json
from onedrive.graph.traits import DateSource, FileKind, Share, camera_of, day_of, kind_of
from onedrive.home.lists import read_items
from onedrive.words import to_bytes
from tests.choosing.choices import drive_items, fitting_selections
from tests.list_lines import line_of_item

TODAY = date(2020, 3, 1)
SIZES = (5, 9, 7, 8)


def write_list(path: Path, items: Sequence[DriveItem]) -> Path:
    """As option 3 writes it."""
    lines = to_bytes(",\n".join(map(line_of_item, items)))
    path.write_bytes(b"[\n%b\n]\n" % lines if items else b"[]\n")
    return path


def write_edited_list(path: Path, items: Sequence[DriveItem]) -> Path:
    """As `jq .` writes it."""
    path.write_text(json.dumps([item.to_json() for item in items], indent=2), encoding="utf-8")
    return path


def _paths(index: ListIndex, selection: Selection) -> list[str]:
    mask = index.wanted(selection, TODAY)
    return [match.path for match in index.first(mask, len(mask))]


def make_item(path: str, size: int = 1, **more: object) -> DriveItem:
    row = {"id": f"A!{path}", "name": path.rpartition("/")[2], "path": path, "size": size, "file": {}, **more}
    return from_json(row)


@given(items=st.lists(drive_items, max_size=25), selection=fitting_selections())
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_index_wants_exactly_what_the_chooser_wants(
    home: Path, items: list[DriveItem], selection: Selection
) -> None:
    chooser = Chooser(selection, TODAY)
    wanted = [item for item in items if chooser.wants(item)]

    for write in (write_list, write_edited_list):
        index = ListIndex.read(write(home / "file_list.json", items))
        mask = index.wanted(selection, TODAY)
        assert _paths(index, selection) == [item.path for item in wanted]
        assert index.share(mask) == Share(len(wanted), sum(item.size or 0 for item in wanted))
        assert index.whole.files == len(items)


@given(items=st.lists(drive_items, max_size=25), selection=fitting_selections())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_shares_of_a_choice_are_what_counting_each_file_gives(
    home: Path, items: list[DriveItem], selection: Selection
) -> None:
    chooser = Chooser(selection, TODAY)
    wanted = [item for item in items if chooser.wants(item)]

    index = ListIndex.read(write_list(home / "file_list.json", items))
    mask = index.wanted(selection, TODAY)

    kinds: dict[FileKind, Share] = {}
    years: dict[int | None, Share] = {}
    sources: dict[DateSource, int] = {}
    cameras: dict[str, int] = {}
    contents: dict[tuple[str, int], int] = {}
    for item in wanted:
        day, source = day_of(item)
        kinds.setdefault(kind_of(item), Share()).add(1, item.size or 0)
        years.setdefault(day.year if day else None, Share()).add(1, item.size or 0)
        sources[source] = sources.get(source, 0) + 1
        cameras[camera_of(item)] = cameras.get(camera_of(item), 0) + 1
        if item.quick_xor_hash and item.size:
            contents[item.quick_xor_hash, item.size] = contents.get((item.quick_xor_hash, item.size), 0) + 1
    cameras.pop("", None)
    spare = Share(sum(n - 1 for n in contents.values()), sum((n - 1) * size for (_, size), n in contents.items()))
    assert index.kinds(mask) == kinds
    assert index.years(mask) == years
    assert index.sources(mask) == sources
    assert dict(index.cameras(mask)) == cameras
    assert index.duplicates(mask) == spare
    assert sum(share.chosen.files for share in index.folders(mask)) == len(wanted)
    assert sum(share.whole.size_bytes for share in index.folders(mask)) == sum(item.size or 0 for item in items)
    assert [match.size_bytes for match in index.largest(mask, 5)] == sorted(
        (item.size or 0 for item in wanted), reverse=True
    )[:5]


def test_first_last_and_largest_files_come_with_size_and_day(home: Path) -> None:
    created = "2019-06-30T00:00:00Z"
    items = [make_item(f"/d/{n}.txt", size, createdDateTime=created) for n, size in enumerate(SIZES[:3])]
    items.append(make_item("/d/3.txt", SIZES[3], createdDateTime=created, photo={"cameraModel": "Pixel"}))
    index = ListIndex.read(write_list(home / "file_list.json", items))
    day = date(2019, 6, 30)

    matches = [
        Match(f"/d/{n}.txt", size, day, FileKind.DOCUMENT, "Pixel" if n == 3 else "") for n, size in enumerate(SIZES)
    ]
    assert index.first(index.all_files, 2) == matches[:2]
    assert index.last(index.all_files, 2) == matches[2:]
    assert index.largest(index.all_files, 2) == [matches[1], matches[3]]
    assert index.samples(index.all_files, 3) == [matches[0], matches[2], matches[3]]
    assert index.samples(b"\0\1\0\0", 3) == matches[1:2]


def test_years_come_in_order_and_what_has_no_date_at_the_end(home: Path) -> None:
    times = ["2020-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z"]
    items = [make_item(f"/{n}", createdDateTime=time) for n, time in enumerate(times)]

    index = ListIndex.read(write_list(home / "file_list.json", items))

    assert list(index.years(index.all_files)) == [1999, 2020, None]


def test_an_empty_list_has_nothing_to_choose_from(home: Path) -> None:
    index = ListIndex.read(write_list(home / "file_list.json", []))

    mask = index.wanted(Selection(include=("*",), dates=read_date_range("2019")), TODAY)
    assert index.share(mask) == Share(0, 0)
    assert index.first(mask, 3) == index.last(mask, 3) == index.largest(mask, 3) == []


def test_what_is_no_file_is_not_counted(home: Path) -> None:
    shortcut = from_json({"id": "A!1", "name": "s", "path": "/s", "remoteItem": {"id": "x"}, "file": {}})

    index = ListIndex.read(write_list(home / "file_list.json", [shortcut, make_item("/a")]))

    assert _paths(index, EVERYTHING) == ["/a"]


@pytest.mark.parametrize(
    "text",
    [
        '[{"id":"1","name":"a","path":"/a","file":{}},{"id":"2","name":"b","path":"/b","file":{}}]',
        '[\n{"id":"1","name":"a","path":"/a","file":{}},\n{"id":"2","name":"b",\n"path":"/b","file":{}}\n]\n',
        '\ufeff[\r\n{"id":"1","name":"a","path":"/a","file":{}},\r\n{"id":"2","name":"b","path":"/b","file":{}}\r\n]',
        '[\n  {"name":"a","id":"1","path":"/a","file":{}},\n\n{"id":"2","name":"b","path":"/b","file":{}}\n] ',
        '[\n{"id":"1","name":"a","path":"/a","parentReference":{},"file":{}},\n'
        '{"id":"2","name":"other","path":"/b","parentReference":{},"file":{}}\n]\n',
    ],
)
def test_a_list_in_any_layout_of_the_same_json_is_read(home: Path, text: str) -> None:
    (home / "file_list.json").write_text(text, encoding="utf-8", newline="")

    assert _paths(ListIndex.read(home / "file_list.json"), EVERYTHING) == ["/a", "/b"]


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{}",
        b"[\n",
        b'[\n{"id":"1","name":"a","path":"/a","parentReference":{},"file":{}},\n',
        b'[\n{"id":"","name":"a","path":"/a","parentReference":{},"file":{}}\n]\n',
        b'[\n{"id":"1","name":"a","path":"a","parentReference":{},"file":{}}\n]\n',
        b'[\n{"id":"1","name":"a","path":"/a","size":-1,"parentReference":{},"file":{}}\n]\n',
        b'[\n{"id":"1","name":"a","path":"/a","size":9223372036854775808,"parentReference":{},"file":{}}\n]\n',
        b'[\n{"id":"1","name":"\xff","path":"/\xff","parentReference":{},"file":{}}\n]\n',
        b'[\n{"id":"1","name":"a","path":"/a","parentReference":{},"file":{}\n]\n',
    ],
)
def test_a_damaged_list_is_refused_with_the_sentence_that_option_4_says(home: Path, damaged: bytes) -> None:
    path = home / "file_list.json"
    path.write_bytes(damaged)
    with pytest.raises(StateFileBroken) as of_option_4:
        list(read_items(path))

    with pytest.raises(StateFileBroken) as caught:
        ListIndex.read(path)

    assert caught.value.sentence == of_option_4.value.sentence


def test_a_folder_in_the_place_of_the_list_is_named(home: Path) -> None:
    (home / "file_list.json").mkdir()

    with pytest.raises(StateFileBroken, match="it is a folder"):
        ListIndex.read(home / "file_list.json")
