"""The drive that a module's tests rename and delete on: its PATHS, downloaded and proven."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files


@pytest.fixture
def managed(
    request: pytest.FixtureRequest,
    drive: DemoDrive,
    demo: FaultyServer,
    home: Path,
    graph: GraphSession,
    http: HttpClient,
    pause: SharedPause,
) -> ManagedDrive:
    add_files(drive, request.module.PATHS)
    managed = ManagedDrive(home, graph, http, demo, pause)
    managed.download_all()
    managed.prove()
    demo.requests.clear()
    return managed
