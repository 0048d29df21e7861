"""An interrupted listing: the next one goes on at the page where it stopped, and the old lists stay until then."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST
from onedrive.listing.catalogue import IN_PROGRESS
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.listing.listed import list_drive
from tests.listing.listing_faults import delta_requests, narrow_pages, refuse_delta

PROGRAM = """
import sys
from pathlib import Path
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from tests.listing.listed import list_drive

class Token:
    def access_token(self):
        return sys.argv[3]

http = HttpClient(demo_port=int(sys.argv[2]))
list_drive(Path(sys.argv[1]), GraphSession(http, Token(), SharedPause(print)), root=sys.argv[4])
"""
needs_sigkill = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")


def _fill(drive: DemoDrive) -> None:
    for number in range(120):
        drive.add_file(f"/A/{number % 12:02}/{number:03}.txt", b"x")


def _list_until_killed(home: Path, demo: FaultyServer, pages: int, root: str) -> int:
    process: list[subprocess.Popen[bytes]] = []
    demo.when_pages_served(pages, lambda: process[0].kill())
    words = [sys.executable, "-c", PROGRAM, str(home), str(demo.port), demo.issue_token(), root]
    process.append(subprocess.Popen(words, cwd=Path(__file__).parent.parent.parent, env=dict(os.environ)))
    return process[0].wait(30)


@needs_sigkill
@pytest.mark.parametrize("pages", [2, 5, 9])
def test_a_killed_listing_by_delta_goes_on_where_it_stopped(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, pages: int
) -> None:
    _fill(drive)
    narrow_pages(demo, 10)
    whole = list_drive(home / "whole", graph)
    demo.requests.clear()

    assert _list_until_killed(home, demo, pages, "/") == -signal.SIGKILL
    assert not (home / FILE_LIST).exists()
    listed = list_drive(home, graph)

    assert (listed.files, listed.folders) == (whole.files, whole.folders)
    assert delta_requests(demo) <= 14 + 3  # at most the pages that were under way come twice
    assert "goes on after" in listed.said or pages == 2  # then no page had come yet


@needs_sigkill
@pytest.mark.parametrize("pages", [6, 11])
def test_a_killed_walk_goes_on_where_it_stopped(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, pages: int
) -> None:
    _fill(drive)
    whole = list_drive(home / "whole", graph, root="/A")
    demo.requests.clear()

    assert _list_until_killed(home, demo, pages, "/A") == -signal.SIGKILL
    listed = list_drive(home, graph, root="/A")

    assert (listed.files, listed.folders) == (whole.files, whole.folders)
    assert sum(seen.path.endswith("/children") for seen in demo.requests) < 2 * 13


def test_a_lost_network_keeps_what_was_listed_and_the_old_lists(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession
) -> None:
    _fill(drive)
    narrow_pages(demo, 10)
    before = list_drive(home, graph)
    demo.requests.clear()
    demo.when_pages_served(6, lambda: demo.reset_next(times=None))

    with pytest.raises(ConnectionLost):
        list_drive(home, graph, full=True)
    assert (home / FILE_LIST).read_bytes() == before.files
    demo.be_well()
    demo.requests.clear()
    (home / FILE_LIST).unlink()  # so that everything is listed anew
    listed = list_drive(home, graph)

    assert listed.files == before.files
    assert "The list that was interrupted goes on after" in listed.said
    assert delta_requests(demo) < 12
    assert not (home / IN_PROGRESS).exists()


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_place_that_is_not_valid_any_more_is_begun_afresh(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, status: int
) -> None:
    _fill(drive)
    narrow_pages(demo, 10)
    demo.when_pages_served(6, lambda: demo.reset_next(times=None))
    with pytest.raises(ConnectionLost):
        list_drive(home, graph)
    demo.be_well()
    demo.fail_next(status, on="graph", path="/", times=1)

    listed = list_drive(home, graph)

    assert len(json.loads(listed.files)) == 120
    assert "The list is begun afresh." in listed.said


def test_a_listing_of_another_folder_does_not_go_on_from_this_one(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession
) -> None:
    _fill(drive)
    narrow_pages(demo, 10)
    demo.when_pages_served(6, lambda: demo.reset_next(times=None))
    with pytest.raises(ConnectionLost):
        list_drive(home, graph)
    demo.be_well()

    listed = list_drive(home, graph, root="/A/03")

    assert "goes on after" not in listed.said
    assert len(json.loads(listed.files)) == 10


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "another form"])
def test_a_damaged_journal_is_used_as_far_as_it_is_whole(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, damage: str
) -> None:
    _fill(drive)
    narrow_pages(demo, 10)
    demo.when_pages_served(6, lambda: demo.reset_next(times=None))
    with pytest.raises(ConnectionLost):
        list_drive(home, graph)
    demo.be_well()
    content = (home / IN_PROGRESS).read_bytes()
    spoiled = {
        "cut": content[: len(content) * 2 // 3],
        "garbage": content[:-200] + b"\0" * 400,
        "empty": b"",
        "another form": content.replace(b'"form": 1', b'"form": 0', 1),
    }
    (home / IN_PROGRESS).write_bytes(spoiled[damage])

    assert len(json.loads(list_drive(home, graph).files)) == 120


def test_a_walk_that_stood_in_for_delta_goes_on_as_a_walk(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession
) -> None:
    _fill(drive)
    refuse_delta(demo)
    demo.when_pages_served(9, lambda: demo.reset_next(times=None))
    with pytest.raises(ConnectionLost):
        list_drive(home, graph)
    demo.be_well()
    demo.requests.clear()

    listed = list_drive(home, graph)

    assert len(json.loads(listed.files)) == 120
    assert delta_requests(demo) == 0
    assert sum(seen.path.endswith("/children") for seen in demo.requests) < 14


def test_a_walk_that_was_left_days_ago_is_begun_afresh(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession
) -> None:
    _fill(drive)
    demo.when_pages_served(6, lambda: demo.reset_next(times=None))
    with pytest.raises(ConnectionLost):
        list_drive(home, graph, root="/A")
    demo.be_well()
    os.utime(home / IN_PROGRESS, (0, 0))

    listed = list_drive(home, graph, root="/A")

    assert "goes on after" not in listed.said
    assert len(json.loads(listed.files)) == 120


def test_an_update_forgets_a_full_listing_that_was_stopped(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession
) -> None:
    _fill(drive)
    narrow_pages(demo, 10)
    list_drive(home, graph)
    demo.when_pages_served(6, lambda: demo.reset_next(times=None))
    with pytest.raises(ConnectionLost):
        list_drive(home, graph, full=True)
    demo.be_well()

    listed = list_drive(home, graph)

    assert "Nothing has changed" in listed.said
    assert not (home / IN_PROGRESS).exists()
