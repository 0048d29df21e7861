"""Delta that is refused, at whatever moment, gives way to another way of listing; a lost network does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onedrive.errors import ConnectionLost, ServiceRefused
from onedrive.graph.session import GraphSession
from pretend_onedrive.graph.addresses import ItemAddress
from pretend_onedrive.graph.errors import GraphError
from pretend_onedrive.graph.items import View
from pretend_onedrive.graph.pages import PageSizes
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Request
from tests.faults.server import FaultyServer
from tests.listing.listed import Listed, list_drive
from tests.listing.listing_faults import delta_requests, narrow_pages, refuse_delta

REFUSALS = [(403, "accessDenied"), (501, "notSupported"), (500, "generalException"), (504, ""), (404, "itemNotFound")]


def _paths(listed: Listed) -> list[str]:
    return [row["path"] for row in json.loads(listed.files)]


@pytest.fixture(autouse=True)
def _files(drive: DemoDrive) -> None:
    for number in range(9):
        drive.add_file(f"/A/{number}.txt", b"a")


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_delta_that_is_refused_from_the_start_gives_way_to_the_walk(
    graph: GraphSession, home: Path, demo: FaultyServer, status: int, code: str
) -> None:
    refuse_delta(demo, status, code)

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 9
    assert "The folders are listed one by one instead." in listed.said
    assert listed.result.exit_code == 0


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_delta_that_is_refused_for_what_changed_gives_way_to_a_full_listing(
    graph: GraphSession, home: Path, demo: FaultyServer, drive: DemoDrive, status: int, code: str
) -> None:
    list_drive(home, graph)
    drive.add_file("/A/new.txt", b"n")
    refuse_delta(demo, status, code)

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 10
    assert "Everything is listed anew." in listed.said
    assert "The folders are listed one by one instead." in listed.said
    assert len(_paths(list_drive(home, graph))) == 10


@pytest.mark.parametrize(("status", "code"), [(403, "accessDenied"), (501, "notSupported")])
def test_delta_that_is_refused_half_way_is_begun_afresh_and_then_walked(
    graph: GraphSession, home: Path, demo: FaultyServer, status: int, code: str
) -> None:
    narrow_pages(demo, 2)
    refuse_delta(demo, status, code, after_pages=2)

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 9
    assert "The folders are listed one by one instead." in listed.said


def test_a_page_that_always_fails_stops_once_and_is_then_got_round(
    graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    narrow_pages(demo, 2)
    log = demo.graph.change_log
    proper = log.list_changes

    def list_changes(request: Request, address: ItemAddress, view: View, sizes: PageSizes) -> dict[str, Any]:
        page = proper(request, address, view, sizes)
        if "/A/8.txt" in [f"/A/{row.get('name')}" for row in page["value"]]:
            raise GraphError(500, "generalException", "this page is broken")
        return page

    log.list_changes = list_changes  # type: ignore[method-assign]  # a service that is not well
    with pytest.raises(ServiceRefused):
        list_drive(home, graph)

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 9
    assert "The list is begun afresh." in listed.said
    assert "The folders are listed one by one instead." in listed.said


def test_a_single_resync_on_the_first_page_is_asked_afresh(graph: GraphSession, home: Path, demo: FaultyServer) -> None:
    demo.fail_next(410, code="resyncRequired", path="/")

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 9
    assert "The list is begun afresh." in listed.said
    assert listed.state.delta_link is not None
    assert delta_requests(demo) == 2


def test_a_resync_that_comes_again_gives_way_to_the_walk(graph: GraphSession, home: Path, demo: FaultyServer) -> None:
    refuse_delta(demo, 410, "resyncRequired")

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 9
    assert "The folders are listed one by one instead." in listed.said


def test_a_lost_network_stops_the_update(graph: GraphSession, home: Path, demo: FaultyServer) -> None:
    list_drive(home, graph)
    demo.reset_next(times=None)

    with pytest.raises(ConnectionLost):
        list_drive(home, graph)
