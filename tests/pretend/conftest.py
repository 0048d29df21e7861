"""A pretend OneDrive whose sign-in asks, a small drive, and somebody who asks it over sockets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import Asks


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    drive.add_folder("/Pictures", special="photos")
    for number in range(5):
        drive.add_file(f"/Pictures/2023/p{number}.jpg", b"x" * number, photo={"takenDateTime": "2023-05-06T07:08:09Z"})
    drive.add_vault()
    drive.add_notebook("/Notes")
    drive.add_file("/virus.exe", b"bad", malware={})
    return drive


@pytest.fixture
def demo(drive: DemoDrive) -> Iterator[FaultyServer]:
    with FaultyServer(drive) as server:
        yield server


@pytest.fixture
def asks(demo: FaultyServer) -> Asks:
    return Asks(demo)


@pytest.fixture
def writes(demo: FaultyServer) -> Asks:
    return Asks(demo, "Files.ReadWrite User.Read")
