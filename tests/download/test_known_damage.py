"""Option 4 mends what option 6 found damaged, also where size and time look right; afterwards nothing is marked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from onedrive.download.prepare import mark_known_damage
from onedrive.graph.session import GraphSession
from onedrive.home.manifest import MANIFEST, read_manifest
from onedrive.home.verification import VERIFICATION
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

CONTENT = b"some bytes"


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive) -> Desk:
    drive.add_file("/a.bin", CONTENT, modified="2023-05-06T07:08:09Z")
    drive.add_file("/b.bin", CONTENT * 2, modified="2023-05-06T07:08:09Z")
    drive.lists_hashes = True
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()
    return desk


def _damage(path: Path) -> None:
    status = path.stat()
    path.write_bytes(b"S" + path.read_bytes()[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _marked(home: Path) -> list[str]:
    manifest = read_manifest(home / MANIFEST)
    mark_known_damage(home, manifest)
    return [entry.path for entry in manifest.entries() if entry.is_damaged]


def test_what_was_found_damaged_is_marked_until_it_was_fetched(desk: Desk) -> None:
    _damage(desk.downloads / "a.bin")
    assert _marked(desk.home) == []  # nobody has looked yet

    desk.verify()
    assert _marked(desk.home) == ["/a.bin"]

    desk.download()
    assert _marked(desk.home) == []
    assert (desk.downloads / "a.bin").read_bytes() == CONTENT
    assert [path.read_bytes() for path in desk.downloads.glob("a (local copy kept *).bin")] == [b"Some bytes"]


def test_damage_is_mended_where_onedrive_lists_no_hash_too(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive
) -> None:
    drive.lists_hashes = False
    drive.add_file("/a.bin", CONTENT, modified="2023-05-06T07:08:09Z")
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()
    _damage(desk.downloads / "a.bin")

    assert desk.verify().exit_code == 7
    desk.download()

    assert desk.verify().exit_code == 0
    assert (desk.downloads / "a.bin").read_bytes() == CONTENT


def test_what_a_person_has_mended_meanwhile_is_not_fetched(desk: Desk) -> None:
    _damage(desk.downloads / "a.bin")
    desk.verify()
    (desk.downloads / "a.bin").write_bytes(CONTENT)
    desk.forget_requests()

    desk.download()

    assert desk.fetched() == 0
    assert _marked(desk.home) == []


@pytest.mark.parametrize("spoiled", [MANIFEST, VERIFICATION])
def test_a_manifest_that_was_begun_anew_or_a_damaged_verification_marks_nothing(desk: Desk, spoiled: str) -> None:
    _damage(desk.downloads / "a.bin")
    desk.verify()
    lines = (desk.home / MANIFEST).read_bytes().splitlines(keepends=True)
    kept = b"".join(line for line in lines if b"b.bin" not in line) if spoiled == MANIFEST else b"{"
    (desk.home / spoiled).write_bytes(kept)

    assert _marked(desk.home) == []


def test_damage_is_mended_where_the_file_has_another_name_on_onedrive_meanwhile(
    desk: Desk, drive: DemoDrive
) -> None:  # fmt: skip
    _damage(desk.downloads / "a.bin")
    drive.rename(drive.find("/a.bin"), "z.bin")
    assert desk.verify().exit_code == 7

    assert desk.download().exit_code == 0

    assert desk.verify().exit_code == 0
    assert (desk.downloads / "z.bin").read_bytes() == CONTENT
    assert [path.read_bytes() for path in desk.downloads.glob("*local copy kept*")] == [b"Some bytes"]
