"""Folders by album, against the pretend OneDrive over sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.albums.record import Album, AlbumList, AlbumMember, write_album_list
from onedrive.choosing.selection import EVERYTHING, Layout, Selection
from onedrive.errors import StepNeeded
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

BY_ALBUM = Selection(layout=Layout.ALBUM)


class Shelf:
    """The albums of a drive, as option 3 would find them."""

    def __init__(self, desk: Desk, drive: DemoDrive) -> None:
        self._desk = desk
        self._drive = drive

    def holds(self, **albums: str) -> None:
        """Albums by their ids: a name, and after the colon the paths of what is in them."""
        listed = []
        for album_id, text in albums.items():
            name, _, paths = text.partition(": ")
            members = [AlbumMember(self._drive.find(path).id, path) for path in paths.split()]
            listed.append(Album(album_id, name, "", tuple(members)))
        write_album_list(self._desk.home, AlbumList("", "2026-01-01T00:00:00Z", tuple(listed)))


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    """Some pictures, of which one is half of a Live Photo."""
    desk = Desk(home, graph, http, demo)
    desk.given("/Pictures/a.HEIC", "/Pictures/a.MOV", "/Pictures/b.jpg", "/Old/b.jpg", "/none.txt")
    return desk


@pytest.fixture
def shelf(desk: Desk, drive: DemoDrive) -> Shelf:
    return Shelf(desk, drive)


def test_files_go_into_the_folders_of_their_albums_follow_these_and_go_back(desk: Desk, shelf: Shelf) -> None:
    with pytest.raises(StepNeeded, match="Folders by album need the list of your albums, and there is none yet"):
        desk.download(selection=BY_ALBUM)
    desk.download()
    as_on_onedrive = desk.files()
    desk.forget_requests()
    shelf.holds(A="Sum/mer: /Pictures/a.HEIC /Pictures/b.jpg", B="sum/Mer: /Old/b.jpg", C="..: ")

    assert desk.download(selection=BY_ALBUM, typed="1\n").exit_code == 0
    assert "Into folders by album, in Albums; what is in no album, as on OneDrive." in desk.said.getvalue()
    assert "4 files that are here go into the folders of their albums (Albums/Sum_mer/a.HEIC" in desk.said.getvalue()
    by_album = {
        "Albums/Sum_mer/a.HEIC": b"/Pictures/a.HEIC",
        "Albums/Sum_mer/a.MOV": b"/Pictures/a.MOV",
        "Albums/Sum_mer/b.jpg": b"/Pictures/b.jpg",
        "Albums/sum_Mer (2)/b.jpg": b"/Old/b.jpg",
        "none.txt": b"/none.txt",
    }
    assert desk.files() == by_album
    assert desk.verify(selection=BY_ALBUM).exit_code == 0
    assert "Albums/Sum_mer/a.HEIC" in (desk.downloads / "SHA256SUMS").read_text()
    (desk.downloads / "SHA256SUMS").unlink()

    shelf.holds(A="Winter: /Pictures/b.jpg", C="None: ")
    assert desk.download(selection=BY_ALBUM, typed="").exit_code == 0
    assert desk.files() == {
        "Albums/Winter/b.jpg": b"/Pictures/b.jpg",
        **{path[1:]: path.encode() for path in ("/Pictures/a.HEIC", "/Pictures/a.MOV", "/Old/b.jpg", "/none.txt")},
    }
    assert desk.download(selection=EVERYTHING, typed="1\n").exit_code == 0
    assert desk.files() == as_on_onedrive
    assert not (desk.downloads / "Albums").exists()
    assert not desk.fetched()
