"""The lists: one item a line, read in any layout, and what is wrong in them is named."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onedrive.errors import StateFileBroken
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, LIST_STATE, ListState, edited_lists, read_items, write_lists
from tests.list_lines import line_of_item

STATE = ListState(listed_at="2026-11-23T16:00:00+00:00", account_id="ada", drive_id="0f09000000cfea42", files=3)
NAMES = ["a.jpg", "ünï.txt", "x\u2028y\x1b.txt", "half \ud83d emoji", "😀.png"]


def _items(names: list[str] = NAMES) -> list[DriveItem]:
    return [DriveItem(id=str(n), name=name, kind=Kind.FILE, path=f"/{name}", facets={"file": {}}, size=n)
            for n, name in enumerate(names)]  # fmt: skip


def _write(home: Path, items: list[DriveItem]) -> None:
    write_lists(home, map(line_of_item, items), [], STATE)


def test_names_come_back_exactly_as_onedrive_has_them_one_a_line_of_json(home: Path) -> None:
    _write(home, _items())

    text = (home / FILE_LIST).read_text(encoding="utf-8")
    assert [item.name for item in read_items(home / FILE_LIST)] == NAMES
    assert len(json.loads(text)) == len(NAMES)
    assert len(text.split("\n")) == len(NAMES) + 3  # the brackets, and the end

    _write(home, [])
    assert list(read_items(home / FILE_LIST)) == json.loads((home / FILE_LIST).read_text()) == []


LAYOUTS: dict[str, Callable[[str], str]] = {
    "indented": lambda text: json.dumps(json.loads(text), indent=4),
    "one line": lambda text: json.dumps(json.loads(text)),
    "byte order mark": lambda text: "\ufeff" + text,
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "trailing comma": lambda text: text.replace("\n]", ",\n]"),
    "commas apart": lambda text: text.replace(",\n", "\n,\n"),
    "empty lines": lambda text: "\n\n" + text + "\n\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_list_in_another_layout_is_read_too(home: Path, layout: str) -> None:
    _write(home, _items())
    text = (home / FILE_LIST).read_text(encoding="utf-8")

    (home / FILE_LIST).write_text(LAYOUTS[layout](text), encoding="utf-8")

    assert [item.name for item in read_items(home / FILE_LIST)] == NAMES


A_LINE = '[\n{"id":"1","name":"a","path":"/a"}'
WRONG = [
    ("", "it is empty"),
    ("  \n ", "it is empty"),
    ("{}", "it is not a list"),
    ("hello", "it is not a list"),
    (A_LINE + ",\n", "it ends in the middle, at line 2"),
    (A_LINE + ',\n{"id":"2","na', "line 3 is not correct JSON"),
    (A_LINE + ",\nrubbish\n]", "line 3 is not correct JSON"),
    (A_LINE + ',\n{"id":"2","path":"/b"}\n]', 'line 3 is not a drive item: it has no "name"'),
    ('[\n{"id":"1","name":"a"}\n]', 'line 2 is not a drive item: its "path" is missing'),
    ("[\n7\n]", "line 2 is"),
    ("[" * 100_000, "nested too deeply"),
    ("9" * 5_000, "thousands of digits"),
    ('[\n{"id":"1","name":"a","path":"/a","size":' + "9" * 5_000 + "}\n]", "thousands of digits"),
]


@pytest.mark.parametrize(("text", "reason"), WRONG)
def test_what_is_wrong_in_a_list_is_named_by_its_line(home: Path, text: str, reason: str) -> None:
    (home / FILE_LIST).write_text(text, encoding="utf-8")

    with pytest.raises(StateFileBroken, match=reason):
        list(read_items(home / FILE_LIST))


def test_a_list_that_is_not_utf8_or_a_folder_is_named(home: Path) -> None:
    (home / FILE_LIST).write_bytes(b'[\n{"id":"1","name":"\xff","path":"/a"}\n]')
    with pytest.raises(StateFileBroken, match="not UTF-8"):
        list(read_items(home / FILE_LIST))

    (home / FILE_LIST).unlink()
    (home / FILE_LIST).mkdir()
    with pytest.raises(StateFileBroken, match="it is a folder"):
        list(read_items(home / FILE_LIST))


def test_a_list_that_a_person_edited_is_kept_aside_and_one_that_was_only_touched_is_not(home: Path) -> None:
    _write(home, _items())
    (home / FILE_LIST).touch()
    touched = edited_lists(home)
    (home / FILE_LIST).write_text("[]\n")
    edited = edited_lists(home)
    _write(home, _items())

    assert (touched, edited, edited_lists(home)) == ([], [FILE_LIST], [])
    assert [path.read_text() for path in home.glob("file_list.edited-*.json")] == ["[]\n"]


def test_a_list_whose_items_fail_leaves_the_old_one(home: Path) -> None:
    _write(home, _items())
    old = (home / FILE_LIST).read_bytes()

    with pytest.raises(ZeroDivisionError):
        write_lists(home, (b"%d" % (1 // number) for number in (1, 0)), [], STATE)

    assert (home / FILE_LIST).read_bytes() == old
    assert sorted(path.name for path in home.iterdir()) == [FILE_LIST, FOLDER_LIST, LIST_STATE]


def test_a_list_on_one_line_is_read_in_time_that_grows_with_its_length(home: Path) -> None:
    rows = [{"id": str(n), "name": f"{n}", "path": f"/{n}", "file": {}, "size": n} for n in range(20_000)]
    (home / FILE_LIST).write_text(json.dumps(rows), encoding="utf-8")
    began = time.process_time()

    sizes = [item.size for item in read_items(home / FILE_LIST)]

    assert sizes == list(range(20_000))
    assert time.process_time() - began < 5  # it took half a minute when each item left a copy of the rest behind


@given(
    st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from(["}", "],", 1, "x"])), max_size=6), st.randoms()
)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_json_is_read_however_its_lines_are_broken(
    home: Path, facets: list[dict[str, object]], chance: Random
) -> None:
    rows = [{"id": str(n), "name": "a", "path": f"/{n}", "file": facet} for n, facet in enumerate(facets)]
    tokens = re.findall(r'"[^"]*"|[^"]', json.dumps(rows, separators=(",", ":")))
    gaps = ["", "", "", "\n", "\n  ", "\n\n     ", " "]
    text = "".join(token + chance.choice(gaps) for token in tokens)
    (home / FILE_LIST).write_text(text, encoding="utf-8")

    assert [item.facets["file"] for item in read_items(home / FILE_LIST)] == facets
