"""Walking: several folders at a time, and fewer after throttling."""

from __future__ import annotations

import pytest

from onedrive.graph.session import GraphSession
from onedrive.listing.walk import MOST_AT_A_TIME, _Room
from onedrive.net.patience import SharedPause
from tests.conftest import FakeClock
from tests.listing.scene import Scene


@pytest.mark.parametrize(("times", "most"), [(0, MOST_AT_A_TIME), (1, MOST_AT_A_TIME // 2), (9, 1)])
def test_fewer_folders_at_a_time_after_throttling_and_more_again_later(
    graph: GraphSession, pause: SharedPause, times: int, most: int
) -> None:
    room = _Room(graph)
    for _ in range(times):
        pause.begin(1, "graph.microsoft.com")
        room.count_page()
    assert room.most == most

    for _ in range(400):
        room.count_page()
    assert room.most == MOST_AT_A_TIME


def test_a_throttled_walk_waits_together_and_is_whole(scene: Scene, clock: FakeClock) -> None:
    scene.given(*(f"/A/{number}/x.txt" for number in range(30)))
    scene.demo.when_pages_served(6, lambda: scene.demo.throttle_next(times=3, seconds=20))

    assert len(scene.list(root="/A").paths) == 30
    assert sum(wait for wait in clock.waits if wait > 5) >= 20


def test_one_404_is_no_proof_that_a_folder_is_gone(scene: Scene, clock: FakeClock) -> None:
    scene.given("/A/a.txt", "/b.txt")
    scene.refuse_delta()
    scene.demo.fail_next(404, on="graph", path="/A", times=1)

    listed = scene.list()

    assert (listed.paths, listed.exceptions) == (["/A/a.txt", "/b.txt"], [])
    assert clock.waits == [1.0]
