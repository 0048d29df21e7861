"""--limit-rate and --jobs from the call of option 4 down to the sockets."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from download_list import download
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.step_result import ALL_DONE
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.desk import Desk
from tests.faults.server import FaultyServer


@pytest.fixture
def desk(drive: DemoDrive, home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    for number in range(6):
        drive.add_file(f"/{number}.bin", bytes([number]) * 50_000)
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    return desk


def _terminal() -> Terminal:
    return Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})


def test_a_limited_download_takes_the_time_that_its_bytes_need(
    desk: Desk, graph: GraphSession, http: HttpClient, clock: FakeClock
) -> None:
    begun = clock.monotonic()

    result = download(_terminal(), desk.settings, graph, http, jobs=1, limit_rate=100_000)

    assert result == ALL_DONE
    assert clock.monotonic() - begun >= 300_000 / 100_000 - 1  # half a second may be saved up
    assert len(desk.files()) == 6


def test_without_a_limit_nothing_is_waited_for(
    desk: Desk, graph: GraphSession, http: HttpClient, clock: FakeClock
) -> None:
    result = download(_terminal(), desk.settings, graph, http, jobs=1)

    assert result == ALL_DONE
    assert clock.waits == []
