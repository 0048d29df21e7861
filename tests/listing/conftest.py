"""A scene for each test of listing; `way` plays it by either way of listing."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.listing.scene import Scene


@pytest.fixture
def scene(drive: DemoDrive, demo: FaultyServer, graph: GraphSession, home: Path) -> Scene:
    return Scene(drive, demo, graph, home)


@pytest.fixture(params=["delta", "walk"])
def way(request: pytest.FixtureRequest, scene: Scene) -> str:
    if request.param == "walk":
        scene.refuse_delta()
    return str(request.param)
