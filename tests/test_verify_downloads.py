"""Option 6 from end to end: what was done to the copy is named and nothing else; 4 mends it, or says why not."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from onedrive.demo.drive import DemoDrive
from onedrive.demo.server import DemoServer
from onedrive.graph import GraphSession
from onedrive.http import HttpClient
from onedrive.manifest import MANIFEST
from onedrive.verification import read_verified_items
from tests.desk import Desk

NOBODY = 65534
ALL_PROVEN = "All 4 files (2.5 kB) are here and proven."
A, B, C, D = "/Pictures/a.jpg", "/Pictures/b.jpg", "/Documents/c.txt", "/Documents/Letters/d.txt"
CONTENT = {A: b"first " * 200, B: b"second" * 100, C: b"third " * 100, D: b"fourth" * 20}


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    for path, content in CONTENT.items():
        drive.add_file(path, content, modified="2023-05-06T07:08:09Z")
    return drive


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: DemoServer) -> Desk:
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()
    return desk


def _reason(desk: Desk, path: str) -> str:
    return next(item.reason for item in read_verified_items(desk.home) if path in (item.path, item.local_path))


def _flip_a_byte(desk: Desk, place: str) -> None:
    """As a failing disk does: size and time stay."""
    path = desk.downloads / place
    status = path.stat()
    octets = bytearray(path.read_bytes())
    octets[7] ^= 1
    path.write_bytes(octets)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


# --- each kind of damage --------------------------------------------------------------------------------------------


def _flip(desk: Desk, _: DemoDrive) -> None:
    _flip_a_byte(desk, "Pictures/a.jpg")


def _truncate(desk: Desk, _: DemoDrive) -> None:
    os.truncate(desk.downloads / "Pictures/a.jpg", 100)


def _lose(desk: Desk, _: DemoDrive) -> None:
    (desk.downloads / "Pictures/a.jpg").unlink()


def _rename(desk: Desk, _: DemoDrive) -> None:
    (desk.downloads / "Pictures/a.jpg").rename(desk.downloads / "Pictures/best.jpg")


def _add_stranger(desk: Desk, _: DemoDrive) -> None:
    (desk.downloads / "Pictures/mine.txt").write_text("mine")


def _change_online(_: Desk, drive: DemoDrive) -> None:
    drive.change_content(drive.find(A), b"another picture")


def _delete_online(_: Desk, drive: DemoDrive) -> None:
    drive.delete(drive.find(A))


def _put_a_folder_there(desk: Desk, _: DemoDrive) -> None:
    (desk.downloads / "Pictures/a.jpg").unlink()
    (desk.downloads / "Pictures/a.jpg").mkdir()


def _touch(desk: Desk, _: DemoDrive) -> None:
    os.utime(desk.downloads / "Pictures/a.jpg", (1, 1))


def _lose_manifest_line(desk: Desk, _: DemoDrive) -> None:
    path = desk.home / MANIFEST
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if A not in line))


def _damage_manifest(desk: Desk, _: DemoDrive) -> None:
    path = desk.home / MANIFEST
    path.write_bytes(path.read_bytes()[:-40] + b"\xff\x00{" * 10)


@dataclass(frozen=True)
class Damage:
    """What is done to the copy, what option 6 names then, and what it names after option 4."""

    do: Callable[[Desk, DemoDrive], None]
    named: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    after_4: dict[str, str] = field(default_factory=dict)


_KEPT = "Pictures/a (local copy kept).jpg"
DAMAGES = {
    "a flipped byte": Damage(
        _flip,
        {A: "damaged here"},
        "its bytes are not those that were downloaded, though size and time are: the disk may be failing",
        {_KEPT: "only here"},
    ),
    "truncated": Damage(
        _truncate, {A: "damaged here"}, "it has 100 bytes, and 1,200 were downloaded", {_KEPT: "only here"}
    ),
    "missing": Damage(_lose, {A: "missing here"}, "it was downloaded and is not there any more"),
    "renamed here": Damage(
        _rename,
        {A: "missing here", "Pictures/best.jpg": "only here"},
        "it was downloaded and is not there any more; it seems to be here under another name: Pictures/best.jpg",
        {"Pictures/best.jpg": "only here"},
    ),
    "an extra file": Damage(
        _add_stranger, {"Pictures/mine.txt": "only here"}, after_4={"Pictures/mine.txt": "only here"}
    ),
    "changed online": Damage(
        _change_online,
        {A: "changed on OneDrive"},
        "OneDrive has a newer version; what is here is the one that was downloaded",
    ),
    "deleted online": Damage(_delete_online, {A: "only here"}, "no longer on OneDrive", after_4={A: "only here"}),
    "a folder in its place": Damage(_put_a_folder_there, {A: "missing here"}, "a folder stands in its place"),
    "another time": Damage(_touch),
    "manifest line lost": Damage(_lose_manifest_line),
    "manifest damaged": Damage(_damage_manifest),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_what_was_done_to_the_copy_is_named_that_and_nothing_else_and_4_mends_it(
    damage: Damage, desk: Desk, drive: DemoDrive
) -> None:
    damage.do(desk, drive)

    result = desk.verify()

    assert desk.odd() == damage.named
    assert result.exit_code == (7 if {*damage.named.values()} - {"only here"} else 0)
    if damage.reason:
        assert _reason(desk, A) == damage.reason

    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0
    assert {_without_stamp(path): word for path, word in desk.odd().items()} == damage.after_4
    left = {path: item.content for path, item in ((path, drive.find(path)) for path in CONTENT if _has(drive, path))}
    assert len(left) == sum(word == "proven" for word in desk.classes().values())


def _has(drive: DemoDrive, path: str) -> bool:
    try:
        drive.find(path)
    except KeyError:
        return False
    return True


def _without_stamp(path: str) -> str:
    before, kept, rest = path.partition(" (local copy kept")
    return f"{before}{kept}){rest.partition(')')[2]}" if kept else path


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A home that another user may work in too."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        yield home
        if os.geteuid() == 0:
            shutil.rmtree(home)


def test_a_file_that_must_not_be_read_is_named_so_and_4_says_the_same(
    open_home: Path, graph: GraphSession, http: HttpClient, demo: DemoServer
) -> None:
    desk = Desk(open_home, graph, http, demo)
    desk.list_drive()
    desk.download()
    (desk.downloads / "Pictures/a.jpg").chmod(0)

    with _as_nobody(open_home.parent):
        result = desk.verify()
        named = desk.odd()
        downloaded = desk.download()

    assert result.exit_code == 7
    assert named == {A: "damaged here"}
    assert _reason(desk, A) == "it cannot be read here: permission denied"
    assert downloaded.exit_code == 3
    assert "permission denied" in desk.errors()[A]


class _as_nobody:  # noqa: N801 - reads as a phrase
    """The superuser may read everything; within the block the process belongs to nobody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        if os.geteuid() == 0:
            for path in [self._folder, *self._folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
            os.seteuid(NOBODY)

    def __exit__(self, *_: object) -> None:
        if os.getuid() == 0:
            os.seteuid(0)
