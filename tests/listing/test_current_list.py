"""The drive as it is now, and what a person's edited list chooses of it; option 6 begins so."""

from __future__ import annotations

import io
import json

import pytest

from onedrive.errors import StateFileBroken
from onedrive.home.lists import FILE_LIST, LIST_STATE
from onedrive.listing.refresh import CURRENT_FOLDER, CurrentList, fetch_current_list, why_not_named
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from tests.listing.scene import Scene


@pytest.fixture
def listed(scene: Scene) -> Scene:
    scene.given("/a.txt", "/b.txt")
    scene.list()
    return scene


def _fetch(scene: Scene) -> tuple[CurrentList, str]:
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, no_input=True, environ={})
    current = fetch_current_list(terminal, Settings(home=scene.home, downloads=scene.home / "downloads"), scene.graph)
    return current, output.getvalue()


def _edit(scene: Scene) -> bytes:
    """Take /b.txt off the list."""
    rows = [row for row in json.loads((scene.home / FILE_LIST).read_text()) if row["path"] != "/b.txt"]
    (scene.home / FILE_LIST).write_text(json.dumps(rows))
    return (scene.home / FILE_LIST).read_bytes()


def test_the_lists_are_brought_up_to_date_with_a_few_requests(listed: Scene) -> None:
    listed.given("/c.txt")
    listed.demo.requests.clear()

    current, _ = _fetch(listed)

    assert [item.path for item in current.files()] == ["/a.txt", "/b.txt", "/c.txt"]
    assert current.home == listed.home
    assert current.named is None
    assert current.report is not None
    assert current.report.new == ["/c.txt"]
    assert len(listed.demo.requests) == 2  # whose drive, what changed


def test_an_edited_list_stays_and_the_drive_is_listed_beside_it_and_kept_up_to_date(listed: Scene) -> None:
    edited = _edit(listed)

    current, said = _fetch(listed)

    assert (listed.home / FILE_LIST).read_bytes() == edited
    assert current.home == listed.home / CURRENT_FOLDER
    why_not = why_not_named(current.named)
    assert {item.path: why_not(item) for item in current.files()} == {
        "/a.txt": None,
        "/b.txt": "your edited list does not name it",
    }
    assert "file_list.json was edited: it counts as your choice and stays as it is." in said
    listed.given("/c.txt")
    current, said = _fetch(listed)
    assert [item.path for item in current.files()] == ["/a.txt", "/b.txt", "/c.txt"]
    assert "Listing" not in said


def test_the_list_beside_goes_when_the_list_is_ours_again(listed: Scene) -> None:
    _edit(listed)
    _fetch(listed)
    listed.list()

    current, _ = _fetch(listed)

    assert current.home == listed.home
    assert not (listed.home / CURRENT_FOLDER).exists()


def test_a_list_whose_writer_is_not_known_is_not_replaced(listed: Scene) -> None:
    (listed.home / LIST_STATE).write_text("{")
    before = (listed.home / FILE_LIST).read_bytes()

    current, said = _fetch(listed)

    assert (listed.home / FILE_LIST).read_bytes() == before
    assert current.named is not None
    assert "Who wrote file_list.json cannot be told (list_state.json is missing or damaged; option 3 makes" in said


def test_an_edited_list_that_cannot_be_read_is_named(listed: Scene) -> None:
    (listed.home / FILE_LIST).write_text("[{]")

    with pytest.raises(StateFileBroken, match=r"file_list\.json"):
        _fetch(listed)
