"""Items and folders that are not as documented: each is listed or named, and none stops the rest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onedrive.errors import ServiceUnusable
from onedrive.graph.session import BatchReply, GraphSession
from onedrive.listing import reasons
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.listing.listed import Listed, list_drive
from tests.listing.listing_faults import change_delta_pages, refuse_delta


def _paths(listed: Listed) -> list[str]:
    return [row["path"] for row in json.loads(listed.files)]


def _with_field(name: str, field: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(page: dict[str, Any]) -> None:
        for row in page["value"]:
            if row.get("name") == name:
                row[field] = value

    return change


@pytest.fixture(autouse=True)
def _files(drive: DemoDrive) -> None:
    drive.add_file("/A/a.txt", b"a")
    drive.add_file("/A/odd.txt", b"o")


@pytest.mark.parametrize("fault", ["fail_next", "html_page_next", "half_page_next"])
def test_an_empty_folder_that_never_answers_is_named_and_does_not_stop_delta(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, fault: str
) -> None:
    drive.add_folder("/E")
    if fault == "fail_next":
        demo.fail_next(500, path="/E", times=None)
    else:
        getattr(demo, fault)(path="/E", times=None)

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt", "/A/odd.txt"]
    assert [(path, by_nature) for path, _, by_nature in listed.exceptions] == [("/E", False)]
    assert listed.result.exit_code == 3


def test_a_batch_that_never_answers_is_asked_one_by_one(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    for name in ("/E", "/F", "/Personal Vault"):
        drive.add_vault(name) if "Vault" in name else drive.add_folder(name)
    graph.batch = _never  # type: ignore[method-assign]  # a service whose batches are out of order

    listed = list_drive(home, graph)

    assert listed.exceptions == [("/Personal Vault", reasons.VAULT, True)]


def _never(*_paths: object, **_more: object) -> list[BatchReply]:
    raise ServiceUnusable("graph.microsoft.com", "what it sent is not the JSON that it should be")


@pytest.mark.parametrize("facet", ["deleted", "root", "folder", "malware", "package", "remoteItem"])
def test_a_facet_that_is_null_is_absent(graph: GraphSession, home: Path, demo: FaultyServer, facet: str) -> None:
    change_delta_pages(demo, _with_field("odd.txt", facet, None))

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt", "/A/odd.txt"]
    assert listed.exceptions == []


@pytest.mark.parametrize("size", [-1, "12", True, 1.5, 2**70])
def test_an_item_with_an_odd_size_is_named_with_its_path(
    graph: GraphSession, home: Path, demo: FaultyServer, size: object
) -> None:
    change_delta_pages(demo, _with_field("odd.txt", "size", size))

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt"]
    reason = 'it cannot be listed: its "size" is not a number of bytes'
    assert listed.exceptions == [("/A/odd.txt", reason, False)]


def test_a_size_that_is_a_whole_number_with_a_point_is_a_size(
    graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    change_delta_pages(demo, _with_field("odd.txt", "size", 12.0))

    listed = list_drive(home, graph)

    assert [row["size"] for row in json.loads(listed.files)] == [1, 12]
    assert '"size":12,' in listed.files.decode()


@pytest.mark.parametrize("way", ["delta", "walk"])
def test_an_item_that_is_odd_also_when_asked_for_by_id_is_named(
    graph: GraphSession, home: Path, demo: FaultyServer, way: str
) -> None:
    if way == "walk":
        refuse_delta(demo)
    demo.lose_facets("/A/odd.txt")
    demo.wrong_listed_size("/A/odd.txt", -5)

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt"]
    assert [path for path, _, _ in listed.exceptions] == ["/A/odd.txt"]
