"""Where each file of the drive is here, or would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.choosing.selection import EVERYTHING
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.manifest import VERIFIED_BY_HASH, Manifest, ManifestLine
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import Filing, LocalPaths
from onedrive.verify.inventory import LocalInventory


@pytest.fixture
def folder(tmp_path: Path) -> DownloadFolder:
    folder = DownloadFolder(tmp_path / "downloads")
    folder.prepare()
    return folder


def _item(item_id: str, path: str) -> DriveItem:
    return DriveItem(item_id, path.rpartition("/")[2], Kind.FILE, path, drive_id="d", size=1)


def _manifest(*lines: tuple[str, str, str]) -> Manifest:
    """Of id, OneDrive's path and local path."""
    manifest = Manifest()
    for item_id, path, place in lines:
        manifest.take(ManifestLine(item_id, "d", "c", "e", path, place, 1, 1, "AAAA", VERIFIED_BY_HASH))
    return manifest


def _take(folder: DownloadFolder, manifest: Manifest, *items: DriveItem) -> LocalInventory:
    inventory = LocalInventory(folder, manifest, Filing(EVERYTHING), lambda *_: True)
    inventory.take_all(items, LocalPaths(folder.rules))
    return inventory


def _put(folder: DownloadFolder, *places: str) -> None:
    for place in places:
        folder.path(place).parent.mkdir(parents=True, exist_ok=True)
        folder.path(place).write_bytes(b"x")


def test_a_recorded_file_is_found_where_it_was_put(folder: DownloadFolder) -> None:
    _put(folder, "odd place.jpg")

    inventory = _take(folder, _manifest(("1", "/a.jpg", "odd place.jpg")), item := _item("1", "/a.jpg"))

    assert inventory.place(item) == "odd place.jpg"
    assert inventory.find(item) is not None
    assert inventory.to_read == ["odd place.jpg"]


def test_without_a_record_the_place_is_the_one_that_a_download_would_choose(folder: DownloadFolder) -> None:
    _put(folder, "Pictures/a.jpg")

    inventory = _take(folder, _manifest(), item := _item("1", "/Pictures/a.jpg"))

    assert inventory.place(item) == "Pictures/a.jpg"
    assert inventory.find(item) is not None


def test_a_file_that_was_put_where_it_belongs_by_hand_is_found_there(folder: DownloadFolder) -> None:
    _put(folder, "new.jpg")

    inventory = _take(folder, _manifest(("1", "/old.jpg", "old.jpg")), item := _item("1", "/new.jpg"))

    assert inventory.place(item) == "new.jpg"
    assert inventory.find(item) is not None


def test_the_place_of_another_file_is_not_ones_own(folder: DownloadFolder) -> None:
    _put(folder, "a.jpg")
    manifest = _manifest(("1", "/a.jpg", "a.jpg"))

    inventory = _take(folder, manifest, moved := _item("1", "/b.jpg"), new := _item("2", "/a.jpg"))

    assert inventory.find(moved) is not None
    assert inventory.find(new) is None
    assert inventory.missing == 1


def test_an_item_that_is_listed_twice_counts_once(folder: DownloadFolder) -> None:
    inventory = _take(folder, _manifest(), *[_item("1", "/a.jpg")] * 2)

    assert inventory.missing == 1
    assert inventory.has_seen("d", "1")
    assert not inventory.has_seen("d", "2")
