"""The generated drive of the pretend OneDrive: both ways show the same items, and changes come once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from pretend_onedrive.generated import use_generated_drive
from tests.faults.server import FaultyServer
from tests.listing.listed import list_drive
from tests.listing.listing_faults import delta_requests


@pytest.mark.parametrize("items", [1, 7, 450])
def test_delta_and_walking_show_the_same_items(demo: FaultyServer, graph: GraphSession, home: Path, items: int) -> None:
    use_generated_drive(demo, items, largest_page=100)
    by_delta = list_drive(home, graph)
    folders = json.loads(by_delta.folders)

    by_walking = list_drive(home, graph, root=folders[0]["id"])

    below = [row for row in json.loads(by_delta.files) if row["path"].startswith(folders[0]["path"] + "/")]
    assert by_delta.state.files + by_delta.state.folders == max(items, 1)
    assert json.loads(by_walking.files) == below


def test_changes_come_once(demo: FaultyServer, graph: GraphSession, home: Path) -> None:
    use_generated_drive(demo, 400, changes=12)
    list_drive(home, graph)

    assert "Since the last list: 6 changed, 4 moved or renamed, 2 gone." in list_drive(home, graph).said
    assert "Nothing has changed" in list_drive(home, graph).said


def test_pages_are_as_wide_as_asked_and_allowed(demo: FaultyServer, graph: GraphSession, home: Path) -> None:
    use_generated_drive(demo, 3000, largest_page=5000)

    list_drive(home, graph)

    assert delta_requests(demo) == 1
