"""Shortcuts that are followed: what stands at two places is listed at one, the other is named; nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.listing import reasons
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FixedToken
from tests.faults.server import FaultyServer
from tests.listing.listed import Listed, list_drive
from tests.listing.listing_faults import refuse_delta

ListShared = Callable[[], Listed]


@pytest.fixture
def eve() -> DemoDrive:
    other = DemoDrive(drive_id="64e50000000d6004")
    other.add_file("/P/p.txt", b"p")
    other.add_file("/P/Q/q.txt", b"q")
    other.add_file("/P/Q/R/r.txt", b"r")
    return other


@pytest.fixture(params=["delta", "walk"])
def list_shared(
    request: pytest.FixtureRequest, demo: FaultyServer, home: Path, graph: GraphSession, tokens: FixedToken
) -> ListShared:
    """List everything with the shortcuts followed."""
    if request.param == "walk":
        refuse_delta(demo)
    tokens.token = demo.issue_token("Files.Read Files.Read.All User.Read")
    return lambda: list_drive(home, graph, shared=True)


def _paths(text: bytes) -> list[str]:
    return [row["path"] for row in json.loads(text)]


def test_a_folder_inside_one_that_is_shared_too_is_listed_where_it_came_first(
    drive: DemoDrive, eve: DemoDrive, list_shared: ListShared
) -> None:
    drive.add_shortcut("/a", eve, eve.find("/P/Q"))
    drive.add_shortcut("/b", eve, eve.find("/P"))

    listed = list_shared()

    assert _paths(listed.files) == ["/a/R/r.txt", "/a/q.txt", "/b/p.txt"]
    assert _paths(listed.folders) == ["/a", "/a/R", "/b"]
    assert listed.exceptions == [("/b/Q", reasons.LISTED_BY_SHORTCUT, True)]
    assert listed.result.exit_code == 0


def test_a_folder_inside_one_that_came_first_is_named_at_its_shortcut(
    drive: DemoDrive, eve: DemoDrive, list_shared: ListShared
) -> None:
    drive.add_shortcut("/b", eve, eve.find("/P/Q"))
    drive.add_shortcut("/a", eve, eve.find("/P"))

    listed = list_shared()

    assert _paths(listed.files) == ["/a/Q/R/r.txt", "/a/Q/q.txt", "/a/p.txt"]
    assert listed.exceptions == [("/b", reasons.SHORTCUT_DOUBLE, True)]


def test_a_shortcut_inside_to_the_folder_above_ends(drive: DemoDrive, eve: DemoDrive, list_shared: ListShared) -> None:
    drive.add_shortcut("/a", eve, eve.find("/P/Q"))
    eve.add_shortcut("/P/Q/up", eve, eve.find("/P"))

    listed = list_shared()

    assert _paths(listed.files) == ["/a/R/r.txt", "/a/q.txt", "/a/up/p.txt"]
    assert listed.exceptions == [("/a/up/Q", reasons.LISTED_BY_SHORTCUT, True)]


@pytest.mark.parametrize(("file", "folder", "double"), [("/a.txt", "/b", "/b/p.txt"), ("/b.txt", "/a", "/a/p.txt")])
def test_a_shared_file_inside_a_shared_folder_is_listed_once_and_named_at_the_other_place(
    drive: DemoDrive, eve: DemoDrive, list_shared: ListShared, file: str, folder: str, double: str
) -> None:
    drive.add_shortcut(file, eve, eve.find("/P/p.txt"))
    drive.add_shortcut(folder, eve, eve.find("/P"))

    listed = list_shared()

    assert file in _paths(listed.files)
    assert double not in _paths(listed.files)
    assert listed.exceptions == [(double, reasons.LISTED_BY_SHORTCUT, True)]
    assert listed.result.exit_code == 0


def test_a_shortcut_to_what_was_deleted_is_named_as_such(
    drive: DemoDrive, eve: DemoDrive, list_shared: ListShared
) -> None:
    drive.add_shortcut("/a", eve, eve.find("/P"))
    drive.add_shortcut("/f.txt", eve, eve.add_file("/f.txt", b"f"))
    eve.delete(eve.find("/P"))
    eve.delete(eve.find("/f.txt"))

    listed = list_shared()

    assert listed.exceptions == [("/a", reasons.SHORTCUT_BROKEN, True), ("/f.txt", reasons.SHORTCUT_BROKEN, True)]
    assert listed.result.exit_code == 0
