"""A seat for somebody who signs in at the pretend Microsoft."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from tests.faults.server import FaultyServer
from tests.signin.sign_in_scene import NATIVE_CLIENT, Seat


@pytest.fixture
def seat(demo: FaultyServer, http: HttpClient, pause: SharedPause, home: Path) -> Iterator[Seat]:
    seat = Seat(demo, http, pause, home)
    with seat.keyboard:
        yield seat


@pytest.fixture
def paste_only(seat: Seat) -> Seat:
    """One whose redirect address is not on this computer."""
    seat.has(redirect_uri=NATIVE_CLIENT)
    return seat
