"""The drive of option 6's tests, and a desk at which it was downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.verify.copy_here import fetch, put_online


@pytest.fixture
def new_desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive) -> Desk:
    put_online(drive)
    return Desk(home, graph, http, demo)


@pytest.fixture
def desk(new_desk: Desk) -> Desk:
    return fetch(new_desk)
