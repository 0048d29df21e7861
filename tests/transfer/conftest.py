"""A client whose patience with a file host is short enough for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from onedrive.net.client import HttpClient
from onedrive.net.reply import Timeouts
from tests.faults.server import FaultyServer


@pytest.fixture
def http(demo: FaultyServer) -> Iterator[HttpClient]:
    timeouts = Timeouts(connect_seconds=2, silence_seconds=0.4, body_seconds=3, slow_seconds=0.5)
    client = HttpClient(demo_port=demo.port, timeouts=timeouts)
    yield client
    client.close()
