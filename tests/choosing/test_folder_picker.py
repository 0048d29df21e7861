"""Taking folders in and leaving them out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.choosing.chooser import Chooser
from onedrive.choosing.folders import PAGE, FolderPicker, leave_out, take_in
from onedrive.choosing.index import ListColumns, ListIndex
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.terminal.terminal import Terminal
from tests.choosing.test_list_index import make_item

TODAY = date(2024, 1, 1)
PATHS = st.sampled_from(["/A", "/A/x", "/A/x/1", "/A/y", "/B", "/b/z", "/AB"])
CHANGES = st.lists(st.tuples(st.sampled_from([take_in, leave_out]), PATHS), max_size=6)


def index_of(paths: Sequence[str]) -> ListIndex:
    columns = ListColumns()
    for number, path in enumerate(paths):
        columns.add_item(make_item(path, 1000 - number))
    return ListIndex(columns)


def pick(paths: Sequence[str], *answers: str) -> tuple[Selection, str]:
    said = io.StringIO()
    terminal = Terminal(stdin=io.StringIO("".join(f"{answer}\n" for answer in answers)), stdout=said, environ={})
    selection = FolderPicker(terminal, index_of(paths), EVERYTHING, TODAY).ask()
    return selection, said.getvalue()


@pytest.mark.parametrize(
    ("before", "folders", "without"),
    [
        ((take_in, "/A"), ("/A",), ()),
        ((leave_out, "/A"), (), ("/A",)),
    ],
)
def test_one_folder_is_taken_in_or_left_out(
    before: tuple[object, str], folders: tuple[str, ...], without: tuple[str, ...]
) -> None:
    change, path = before
    assert callable(change)

    assert change(EVERYTHING, path) == Selection(folders=folders, without_folders=without)


@given(CHANGES, PATHS)
@settings(max_examples=150)
def test_after_taking_a_folder_in_all_of_it_is_wanted(changes: list[tuple[object, str]], path: str) -> None:
    selection = EVERYTHING
    for change, other in changes:
        assert callable(change)
        selection = change(selection, other)

    chooser = Chooser(take_in(selection, path), TODAY)

    assert chooser.wants_folder(path)
    assert chooser.wants_folder(f"{path}/below")


@given(CHANGES, PATHS)
@settings(max_examples=150)
def test_after_leaving_a_folder_out_nothing_of_it_is_wanted(changes: list[tuple[object, str]], path: str) -> None:
    selection = EVERYTHING
    for change, other in changes:
        assert callable(change)
        selection = change(selection, other)

    left = leave_out(selection, path)

    assert not Chooser(left, TODAY).wants_folder(path)
    assert not Chooser(left, TODAY).wants_folder(f"{path}/below")
    assert not any(other.startswith(f"{path}/") for other in (*left.folders, *left.without_folders))


def test_what_was_left_out_comes_back_without_leaving_out_the_rest() -> None:
    assert take_in(leave_out(EVERYTHING, "/A"), "/A") == EVERYTHING


def test_a_folder_is_opened_and_one_in_it_taken_in() -> None:
    selection, shown = pick(["/P/2018/a", "/P/2019/b", "/Q/c"], "o1", "2", "")

    assert selection == Selection(folders=("/P/2019",))
    assert "Folders in /P:" in shown
    assert "everything in /P/2019: 1 of 3 files" in shown


def test_u_goes_up_and_a_wants_all_folders_again() -> None:
    selection, shown = pick(["/P/2018/a", "/Q/c"], "o1", "-1", "u", "a", "")

    assert selection == EVERYTHING
    assert "everything without /P/2018: 1 of 2 files" in shown
    assert shown.count("Folders in /:") == 3


def test_a_path_can_be_typed_in_any_case() -> None:
    selection, _ = pick(["/P/2018/a", "/P/2018/b/c", "/Q/d"], "/p/2018", "-/P/2018/B/", "")

    assert selection == Selection(folders=("/P/2018",), without_folders=("/P/2018/b",))


def test_many_folders_come_a_page_at_a_time() -> None:
    paths = [f"/F{number:02}/a" for number in range(PAGE + 3)]

    selection, shown = pick(paths, "n", str(PAGE + 1), "n", "")

    assert selection == Selection(folders=(f"/F{PAGE}",))
    assert "Folders in /, page 2 of 2:" in shown
    assert max(len(part.splitlines()) for part in shown.split("Folder: ")) < 24


def test_names_from_the_service_drive_no_terminal(home: Path) -> None:
    _, shown = pick(["/\x1b[31mred/a", "/\u202egpj/b"], "")

    assert "\\x1b[31mred" in shown
    assert "\\u202egpj" in shown
    assert "\x1b" not in shown
