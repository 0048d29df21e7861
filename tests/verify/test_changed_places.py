"""QuickXorHash does not see stretches that change places at multiples of 160 bytes; the SHA-256 of then does."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.home.manifest import MANIFEST
from onedrive.home.verification import read_verified_items
from onedrive.manage.delete_plan import LocalLook
from onedrive.net.client import HttpClient
from onedrive.quickxorhash import new
from pretend_onedrive.model.content import BytesContent
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

BLOCK, APART = 4096, 20_480
CONTENT = bytes((place * place >> 7) & 255 for place in range(60_000))
SWAPPED = CONTENT[APART : APART + BLOCK] + CONTENT[BLOCK:APART] + CONTENT[:BLOCK] + CONTENT[APART + BLOCK :]


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    desk = Desk(home, graph, http, demo)
    desk.given({"/a.jpg": CONTENT}, here=True)
    return desk


def _swap(desk: Desk) -> None:
    path = desk.downloads / "a.jpg"
    status = path.stat()
    path.write_bytes(SWAPPED)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _forget_sums(desk: Desk) -> None:
    """As versions wrote the manifest that computed a SHA-256 only where OneDrive listed one."""
    path = desk.home / MANIFEST
    path.write_text(re.sub(r'"sha256":"[0-9a-f]+",', "", path.read_text()))


@pytest.mark.parametrize("home_is", ["new", "old"])
def test_blocks_that_changed_places_are_damage_that_4_mends(desk: Desk, home_is: str) -> None:
    if home_is == "old":
        _forget_sums(desk)
        assert desk.verify().exit_code == 0  # the sum is remembered from here on
    assert new(SWAPPED).digest() == new(CONTENT).digest() != new(SWAPPED[::-1]).digest()
    _swap(desk)

    assert desk.verify().exit_code == 7
    assert desk.odd() == {"/a.jpg": "damaged here"}
    assert "have changed places" in desk.said.getvalue()
    assert desk.download().exit_code == 0

    assert (desk.downloads / "a.jpg").read_bytes() == CONTENT
    assert [path.read_bytes() for path in desk.downloads.glob("*local copy kept*")] == [SWAPPED]
    assert desk.verify().exit_code == 0
    desk.forget_requests()
    desk.download()
    assert desk.fetched() == 0


def test_what_changed_places_after_the_proof_is_not_deleted_though_nothing_shows_it(desk: Desk) -> None:
    desk.verify()
    [proof] = read_verified_items(desk.home)
    look = LocalLook(desk.downloads, has_change_times=False)
    assert look.why_not_proven(proof) is None
    _swap(desk)

    assert look.why_changed(proof) is None
    assert look.why_not_proven(proof) == "the file here does not have the bytes that were proven"


def test_what_changed_places_is_not_moved_along_as_the_same_file(desk: Desk, drive: DemoDrive) -> None:
    drive.change_content(drive.find("/a.jpg"), CONTENT[::-1])
    _swap(desk)
    desk.list_drive()

    desk.download()

    assert (desk.downloads / "a.jpg").read_bytes() == CONTENT[::-1]
    assert desk.earlier() == {}  # it is not what came, so it stays beside
    assert [path.read_bytes() for path in desk.downloads.glob("*local copy kept*")] == [SWAPPED]


@pytest.mark.parametrize("right", [True, False])
def test_where_a_sum_is_listed_it_decides(desk: Desk, drive: DemoDrive, *, right: bool) -> None:
    item = drive.add_file("/b.jpg", CONTENT, lists_sha=True)
    if not right:
        item.content = BytesContent(SWAPPED)  # is sent
        item.content.sha256 = hashlib.sha256(CONTENT).hexdigest().upper()  # is listed
    desk.list_drive()

    assert desk.download().exit_code == (0 if right else 3)
    assert desk.verify().exit_code == (0 if right else 7)
    assert desk.odd() == ({} if right else {"/b.jpg": "missing here"})
