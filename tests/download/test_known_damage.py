"""Option 4 mends what option 6 found damaged, also where size and time look right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.home.manifest import MANIFEST
from onedrive.home.verification import VERIFICATION
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

CONTENT = b"some bytes"


@pytest.fixture
def lists_hashes() -> bool:
    return True


@pytest.fixture
def desk(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive, lists_hashes: bool
) -> Desk:
    """Two files are here, and one of them is silently damaged."""
    drive.lists_hashes = lists_hashes
    desk = Desk(home, graph, http, demo)
    desk.given({"/a.bin": CONTENT, "/b.bin": CONTENT * 2}, here=True)
    path = desk.downloads / "a.bin"
    status = path.stat()
    path.write_bytes(b"S" + CONTENT[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return desk


@pytest.mark.parametrize("lists_hashes", [True, False])
@pytest.mark.parametrize("name_now", ["a.bin", "z.bin"])
def test_damage_is_mended_once_it_was_found_also_under_another_name_and_where_no_hash_is_listed(
    desk: Desk, drive: DemoDrive, name_now: str
) -> None:
    desk.download()
    assert desk.fetched() == 0  # nobody has looked yet
    if name_now != "a.bin":
        drive.rename(drive.find("/a.bin"), name_now)

    assert desk.verify().exit_code == 7
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert desk.fetched() == 1
    assert (desk.downloads / name_now).read_bytes() == CONTENT
    assert [path.read_bytes() for path in desk.downloads.glob("*local copy kept*")] == [b"Some bytes"]

    desk.forget_requests()
    desk.download()
    assert desk.fetched() == 0
    assert desk.verify().exit_code == 0


def test_what_a_person_has_mended_meanwhile_is_not_fetched(desk: Desk) -> None:
    desk.verify()
    (desk.downloads / "a.bin").write_bytes(CONTENT)
    desk.forget_requests()

    desk.download()
    desk.download()

    assert desk.fetched() == 0


@pytest.mark.parametrize("spoiled", [MANIFEST, VERIFICATION])
def test_a_manifest_that_was_begun_anew_or_a_damaged_verification_marks_nothing(desk: Desk, spoiled: str) -> None:
    desk.verify()
    lines = (desk.home / MANIFEST).read_bytes().splitlines(keepends=True)
    kept = b"".join(line for line in lines if b"b.bin" not in line) if spoiled == MANIFEST else b"{"
    (desk.home / spoiled).write_bytes(kept)
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
