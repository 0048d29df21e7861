"""Folders by album, against the pretend OneDrive over sockets."""

from __future__ import annotations

import errno
import hashlib
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from onedrive.albums.record import ALBUMS, Album, AlbumList, AlbumMember, write_album_list
from onedrive.choosing.selection import EVERYTHING, Layout, Selection
from onedrive.companions.record import COMPANIONS
from onedrive.errors import NotEnoughRoom, StateFileBroken, StepNeeded
from onedrive.local.room import RESERVE_BYTES
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

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
def desk(desk: Desk) -> Desk:
    """Some pictures, of which one is half of a Live Photo."""
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
    assert "4 files that are here go into the folders of albums (Albums/Sum_mer/a.HEIC" in desk.said.getvalue()
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

    named = replace(BY_ALBUM, name="{date}_{name}", include=("b.jpg",), exclude=("Old/",))
    desk.download(selection=named, typed="0\n")
    assert desk.files() == by_album
    assert re.search(
        r"1 file that is here gets another name, as you chose \(Albums/Sum_mer/\S+_b.jpg\)", desk.said.getvalue()
    )

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


def test_a_file_in_several_albums_is_linked_and_none_of_it_is_a_second_proof(desk: Desk, shelf: Shelf) -> None:
    picture = "/Pictures/b.jpg"
    shelf.holds(A=f"A: {picture}", B=f"B: {picture} /Old/b.jpg", C=f"C: {picture}")
    assert desk.download(selection=BY_ALBUM).exit_code == 0
    files = desk.files()
    [link] = [place for place in files if place.startswith("Albums/B/b~")]
    places = [desk.downloads / place for place in ("Albums/A/b.jpg", link, "Albums/C/b.jpg")]
    assert places[0].stat().st_nlink == 3
    assert files["Albums/B/b.jpg"] == b"/Old/b.jpg"
    assert "2 further places in albums beside your files, made now." in desk.said.getvalue()
    assert desk.verify(selection=BY_ALBUM).exit_code == 0
    assert "2 further places in albums" in desk.said.getvalue()
    assert "Albums/C/b.jpg" not in (desk.downloads / "SHA256SUMS").read_text()
    assert not desk.odd()
    places[0].rename(desk.home / "away")
    assert desk.verify(selection=BY_ALBUM).exit_code == 7
    assert desk.odd() == {picture: "missing here"}
    desk.forget_requests()
    assert desk.download(selection=BY_ALBUM).exit_code == 0
    assert (places[0].read_bytes(), desk.fetched()) == ((desk.home / "away").read_bytes(), 0)
    assert "1 copied from another folder of yours" in desk.said.getvalue()
    assert desk.verify(selection=BY_ALBUM).exit_code == 0
    (desk.downloads / "SHA256SUMS").unlink()
    desk.forget_requests()

    shelf.holds(B=f"B: {picture}", C=f"Z: {picture}")
    assert desk.download(selection=BY_ALBUM).exit_code == 0
    moved = {"Albums/B/b.jpg": b"/Pictures/b.jpg", "Albums/Z/b.jpg": b"/Pictures/b.jpg", "Old/b.jpg": b"/Old/b.jpg"}
    others = ("Pictures/a.HEIC", "Pictures/a.MOV", "none.txt")
    assert desk.files() == moved | {place: f"/{place}".encode() for place in others}
    assert desk.download(selection=BY_ALBUM).exit_code == 0
    assert "1 further place in an album beside your files, as before." in desk.said.getvalue()
    assert desk.download(selection=EVERYTHING).exit_code == 0
    assert desk.files() == {place: f"/{place}".encode() for place in (*others, "Pictures/b.jpg", "Old/b.jpg")}
    assert not desk.earlier()
    assert not desk.fetched()


def test_the_film_of_a_live_photo_goes_along_however_its_name_is_written(desk: Desk, drive: DemoDrive) -> None:
    for name in ("IMG_1.HEIC", "IMG_2.jpg", "img_1.mov"):
        drive.add_file(f"/Pictures/{name}", name.encode())
    drive.add_album("A", drive.find("/Pictures/IMG_1.HEIC"))
    desk.list_drive(albums=True)

    desk.download(selection=BY_ALBUM)

    assert {"Albums/A/IMG_1.HEIC", "Albums/A/img_1.mov"} < set(desk.files())


def test_no_camera_names_a_place_outside_the_folder_of_an_album(desk: Desk, drive: DemoDrive, shelf: Shelf) -> None:
    for folder in ("Pictures", "Old"):
        drive.add_file(f"/{folder}/c.jpg", folder.encode(), photo={"cameraModel": "/../../x/y"})
    desk.list_drive()
    shelf.holds(A="A: /Pictures/c.jpg", B="B: /Pictures/c.jpg /Old/c.jpg", C="C: /Old/c.jpg")

    desk.download(selection=Selection(layout=Layout.ALBUM, name="{camera}_{name}", include=("c.jpg",)))

    assert {place.count("/") for place in desk.files()} == {2}
    assert len(desk.files()) == 4


def test_what_left_onedrive_stays_in_all_its_albums_until_they_are_no_longer_wished(
    desk: Desk, shelf: Shelf, drive: DemoDrive
) -> None:
    shelf.holds(A="A: /Old/b.jpg", B="B: /Old/b.jpg", C="C: /Old/b.jpg")
    desk.download(selection=BY_ALBUM)
    gone = drive.find("/Old/b.jpg")
    shelf.holds(A="A: /Old/b.jpg", B="B: /Old/b.jpg")
    drive.delete(gone)
    desk.list_drive()

    desk.download(selection=BY_ALBUM)
    assert [place for place in desk.files() if place.startswith("Albums")] == ["Albums/A/b.jpg", "Albums/B/b.jpg"]

    desk.download(selection=EVERYTHING)
    assert [place for place in desk.files() if place.startswith("Albums")] == ["Albums/A/b.jpg"]


def test_where_the_disk_has_no_links_they_are_copies_and_what_a_person_changed_in_one_is_kept(
    desk: Desk, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.link", _no_links)
    mine = desk.downloads / "Albums" / "C" / "b.jpg"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"/Old/b.jpg")
    desk.download()
    shelf.holds(A="A: /Old/b.jpg /none.txt", B="B: /Old/b.jpg /none.txt", C="C: /Old/b.jpg")
    with monkeypatch.context() as full, pytest.raises(NotEnoughRoom):
        full.setattr("onedrive.local.room._CHECKED_EACH_BYTES", 0)
        full.setattr("shutil.disk_usage", lambda _: SimpleNamespace(total=1, free=1))
        desk.download(selection=BY_ALBUM)
    assert [place for place in desk.files() if place.startswith("Albums/B")] == []
    assert desk.download(selection=BY_ALBUM).exit_code == 0
    assert "not made, because a file of yours has that name: Albums/C/b.jpg" in desk.said.getvalue()
    copy = desk.downloads / "Albums" / "B" / "b.jpg"
    assert (copy.stat().st_nlink, copy.read_bytes()) == (1, b"/Old/b.jpg")
    copy.write_bytes(b"edited")

    assert desk.download(selection=EVERYTHING).exit_code == 0
    assert desk.earlier() == {"Albums/B/b.jpg": b"edited"}
    assert [place for place in desk.files() if place.startswith("Albums")] == ["Albums/C/b.jpg"]

    desk.given({"/new.jpg": bytes(99_000)})
    shelf.holds(A="A: /new.jpg", B="B: /new.jpg", C="C: /new.jpg")
    desk.forget_requests()
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(total=1, free=RESERVE_BYTES + 250_000))
    with pytest.raises(NotEnoughRoom, match=r"There is not enough space on the disk: 3.. kB needed"):
        desk.download(selection=BY_ALBUM)
    assert desk.fetched() == 0
    assert "so files in several albums are copied: that takes 20" in desk.said.getvalue()


def _no_links(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "no links here")


def test_picasa_ini_says_which_albums_are_in_a_folder_and_never_takes_the_place_of_ones_own(
    desk: Desk, shelf: Shelf
) -> None:
    shelf.holds(A="Sümmer\n[x]: /Pictures/b.jpg /Pictures/a.HEIC", B="Fun: /Pictures/b.jpg /Old/b.jpg")
    one, other = (hashlib.sha256(album_id).hexdigest()[:32] for album_id in (b"A", b"B"))
    desk.given({"/Old/.picasa.ini": b"mine"})
    asked = Selection(picasa=True)

    assert desk.download(selection=asked).exit_code == 0
    assert desk.files()["Old/.picasa.ini"] == b"mine"
    said = desk.said.getvalue()
    assert "1 .picasa.ini file not made, because a file of yours has that name: Old/.picasa.ini." in said
    assert desk.files()["Pictures/.picasa.ini"].decode().split("\r\n") == [
        *("[encoding]", "utf8=1", f"[.album:{one}]", "name=Sümmer [x]", f"token={one}"),
        *(f"[.album:{other}]", "name=Fun", f"token={other}"),
        *("[a.HEIC]", f"albums={one}", "[b.jpg]", f"albums={one},{other}", ""),
    ]

    by_album = Selection(picasa=True, layout=Layout.ALBUM)
    assert desk.download(selection=by_album).exit_code == 0
    lines = desk.files()["Albums/Sümmer_[x]/.picasa.ini"].decode().split("\r\n")
    assert lines[:2] == ["[Picasa]", "name=Sümmer [x]"]
    assert [line for line in lines if line.endswith(("jpg]", "HEIC]"))] == ["[b.jpg]", "[a.HEIC]"]  # as in the album
    assert "Pictures/.picasa.ini" not in desk.files()
    assert desk.verify(selection=by_album).exit_code == 0
    assert "Picasa" not in (desk.downloads / "SHA256SUMS").read_text()
    assert desk.download(selection=EVERYTHING).exit_code == 0
    assert [place for place in desk.files() if place.endswith(".ini")] == ["Old/.picasa.ini"]


def test_a_record_that_names_the_file_itself_as_a_further_place_costs_nothing(desk: Desk, shelf: Shelf) -> None:
    """What a power cut leaves: the file, or an equal one, has moved to the place of its link, the record lost that."""
    desk.given({"/Old/c.jpg": b"equal", "/Pictures/c.jpg": b"equal"})
    shelf.holds(A="A: /Old/b.jpg /Old/c.jpg", B="B: /Old/b.jpg /Old/c.jpg")
    desk.download(selection=BY_ALBUM)
    record = (desk.home / COMPANIONS).read_bytes()
    shelf.holds(A="A: /Old/c.jpg", B="B: /Old/b.jpg /Pictures/c.jpg")
    desk.download(selection=BY_ALBUM)
    (desk.home / COMPANIONS).write_bytes(record)
    desk.forget_requests()

    assert desk.download(selection=BY_ALBUM).exit_code == 0
    assert desk.files()["Albums/B/b.jpg"] == b"/Old/b.jpg"
    assert desk.files()["Albums/B/c.jpg"] == desk.files()["Albums/A/c.jpg"] == b"equal"
    assert not desk.earlier()
    assert not desk.fetched()
    assert desk.verify(selection=BY_ALBUM).exit_code == 0


def test_a_damaged_record_names_nothing_and_damaged_albums_are_told_before_anything_is_fetched(desk: Desk) -> None:
    line = '{"kind":"album","of":"x","place":"a","size":1,"mtime":"2020-01-01T00:00:00Z","sha256":"00"}\n'
    (desk.home / COMPANIONS).write_text(line)
    (desk.home / ALBUMS).write_text("{")
    for wish in (BY_ALBUM, Selection(picasa=True)):
        with pytest.raises(StateFileBroken, match=r"albums\.json cannot be used"):
            desk.download(selection=wish)
    assert not desk.fetched()

    assert desk.download(selection=Selection(jpeg_twins=True)).exit_code == 0  # it needs no albums


def test_who_chooses_an_album_gets_its_folder_alone_and_a_file_stays_in_the_album_where_it_is(
    desk: Desk, shelf: Shelf
) -> None:
    shelf.holds(A="A: /Old/b.jpg /Pictures/b.jpg", B="B: /Old/b.jpg")
    one = Selection(layout=Layout.ALBUM, albums=("B",))
    assert desk.download(selection=one).exit_code == 0
    assert list(desk.files()) == ["Albums/B/b.jpg"]

    assert desk.download(selection=BY_ALBUM).exit_code == 0
    link = desk.downloads / "Albums" / "A" / "b.jpg"
    in_albums = {place for place in desk.files() if place.startswith("Albums")}
    assert len(in_albums) == 3
    assert link.samefile(desk.downloads / "Albums" / "B" / "b.jpg") or link.read_bytes() == b"/Pictures/b.jpg"
    desk.forget_requests()
    assert desk.download(selection=one).exit_code == 0
    assert in_albums == {place for place in desk.files() if place.startswith("Albums")}
    assert "further place" in desk.said.getvalue()
    assert not desk.fetched()
