"""Walking: several folders at a time, fewer after throttling, and never one twice."""

from __future__ import annotations

import json
from pathlib import Path

from onedrive.graph.session import GraphSession
from onedrive.listing.walk import MOST_AT_A_TIME, _Room
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.listing.listed import list_drive
from tests.listing.listing_faults import narrow_pages


def test_fewer_folders_at_a_time_after_throttling_and_more_again_later(graph: GraphSession, pause: SharedPause) -> None:
    room = _Room(graph)
    pause.begin(1, "graph.microsoft.com")
    room.count_page()
    after_throttling = room.most

    for _ in range(400):
        room.count_page()

    assert after_throttling == MOST_AT_A_TIME // 2
    assert room.most == MOST_AT_A_TIME


def test_throttling_again_and_again_leaves_one_at_a_time(graph: GraphSession, pause: SharedPause) -> None:
    room = _Room(graph)
    for _ in range(9):
        pause.begin(1, "graph.microsoft.com")
        room.count_page()

    assert room.most == 1


def test_a_throttled_walk_waits_together_and_is_whole(
    drive: DemoDrive, demo: FaultyServer, graph: GraphSession, home: Path, clock: FakeClock
) -> None:
    for number in range(30):
        drive.add_file(f"/A/{number}/x.txt", b"x")
    demo.when_pages_served(6, lambda: demo.throttle_next(times=3, seconds=20))

    listed = list_drive(home, graph, root="/A")

    assert len(json.loads(listed.files)) == 30
    assert sum(wait for wait in clock.waits if wait > 5) >= 20


def test_a_folder_of_many_pages_is_not_asked_twice(
    drive: DemoDrive, demo: FaultyServer, graph: GraphSession, home: Path
) -> None:
    narrow_pages(demo, 5)
    for number in range(23):
        drive.add_file(f"/A/{number:02}.txt", b"x")

    list_drive(home, graph, root="/A")

    asked = [f"{seen.path}?{seen.query}" for seen in demo.requests if seen.path.endswith("/children")]
    assert len(asked) == len(set(asked)) == 5
