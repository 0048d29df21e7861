"""The drive as it is now, and what a person's edited list chooses of it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from onedrive.errors import StateFileBroken
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, LIST_STATE
from onedrive.listing.refresh import CURRENT_FOLDER, CurrentList, fetch_current_list, why_not_named
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.listing.listed import list_drive

GONE_BY_HAND = "/b.txt"


@pytest.fixture
def listed(home: Path, graph: GraphSession, drive: DemoDrive) -> Path:
    drive.add_file("/a.txt", b"a")
    drive.add_file(GONE_BY_HAND, b"b")
    list_drive(home, graph)
    return home


def _fetch(home: Path, graph: GraphSession) -> tuple[CurrentList, str]:
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, no_input=True, environ={})
    current = fetch_current_list(terminal, Settings(home=home, downloads=home / "downloads", no_input=True), graph)
    return current, output.getvalue()


def _edit(home: Path) -> bytes:
    rows = [row for row in json.loads((home / FILE_LIST).read_text()) if row["path"] != GONE_BY_HAND]
    (home / FILE_LIST).write_text(json.dumps(rows))
    return (home / FILE_LIST).read_bytes()


def test_the_lists_are_brought_up_to_date_with_a_few_requests(
    listed: Path, graph: GraphSession, drive: DemoDrive, demo: FaultyServer
) -> None:
    drive.add_file("/c.txt", b"c")
    demo.requests.clear()

    current, _ = _fetch(listed, graph)

    assert [item.path for item in current.files()] == ["/a.txt", "/b.txt", "/c.txt"]
    assert current.home == listed
    assert current.named is None
    assert current.report is not None
    assert current.report.new == ["/c.txt"]
    assert len(demo.requests) == 2  # whose drive, what changed


def test_an_edited_list_stays_and_the_drive_is_listed_beside_it(listed: Path, graph: GraphSession) -> None:
    edited = _edit(listed)

    current, said = _fetch(listed, graph)

    assert (listed / FILE_LIST).read_bytes() == edited
    assert current.home == listed / CURRENT_FOLDER
    assert [item.path for item in current.files()] == ["/a.txt", "/b.txt"]
    why_not = why_not_named(current.named)
    assert [why_not(item) for item in current.files()] == [None, "your edited list does not name it"]
    assert "file_list.json was edited: it counts as your choice and stays as it is." in said


def test_the_list_beside_is_brought_up_to_date_the_next_time(
    listed: Path, graph: GraphSession, drive: DemoDrive
) -> None:
    _edit(listed)
    _fetch(listed, graph)
    drive.add_file("/c.txt", b"c")

    current, said = _fetch(listed, graph)

    assert [item.path for item in current.files()] == ["/a.txt", "/b.txt", "/c.txt"]
    assert "Listing" not in said


def test_the_list_beside_goes_when_the_list_is_ours_again(listed: Path, graph: GraphSession) -> None:
    _edit(listed)
    _fetch(listed, graph)
    list_drive(listed, graph)

    current, _ = _fetch(listed, graph)

    assert current.home == listed
    assert not (listed / CURRENT_FOLDER).exists()


def test_a_list_whose_writer_is_not_known_is_not_replaced(listed: Path, graph: GraphSession) -> None:
    (listed / LIST_STATE).write_text("{")
    before = (listed / FILE_LIST).read_bytes()

    current, said = _fetch(listed, graph)

    assert (listed / FILE_LIST).read_bytes() == before
    assert current.named is not None
    assert "Who wrote file_list.json cannot be told (list_state.json is missing or damaged; option 3 makes" in said


def test_an_edited_list_that_cannot_be_read_is_named(listed: Path, graph: GraphSession) -> None:
    (listed / FILE_LIST).write_text("[{]")

    with pytest.raises(StateFileBroken, match=r"file_list\.json"):
        _fetch(listed, graph)
