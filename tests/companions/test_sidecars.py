"""Sidecars at the door: made by option 4 beside what is here, in the words of photo programs."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from download_list import DownloadWishes
from onedrive.albums.record import Album, AlbumList, AlbumMember, write_album_list
from onedrive.choosing.selection import Layout, Selection, Sidecar
from onedrive.companions.record import COMPANIONS
from onedrive.companions.sidecars import make_json, make_xmp
from onedrive.errors import DiskFull, Stopped
from onedrive.graph.item import DriveItem, Kind
from onedrive.local.folder import DownloadFolder
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

XMP = Selection(sidecar=Sidecar.XMP)
BEACH, SIDECAR = "/Pictures/2019/beach.jpg", "Pictures/2019/beach.jpg.xmp"
PHOTO = {
    "takenDateTime": "2019-05-04T12:11:12Z",
    "cameraMake": "Apple",
    "cameraModel": "iPhone 8",
    "fNumber": 1.8,
    "exposureNumerator": 1,
    "exposureDenominator": 60.0,
    "focalLength": 3.99,
    "iso": 25,
    "orientation": 6,
}
PLACE = {"latitude": -33.8688, "longitude": 151.2093, "altitude": -4.5}


def put_in_album(desk: Desk, drive: DemoDrive, name: str, *paths: str) -> None:
    """An album of these files, as option 3 lists it."""
    members = tuple(AlbumMember(drive.find(path).id, path) for path in paths)
    write_album_list(desk.home, AlbumList("", "", (Album("a", name, "", members),)))


@pytest.fixture
def desk(desk: Desk, drive: DemoDrive) -> Desk:
    """A photo in an album, a film, a letter; all here, with their sidecars."""
    more: dict[str, Any] = {"description": "Sun & <sand>", "shared": {"scope": "users"}}
    drive.add_file(BEACH, b"beach", photo=PHOTO, image={"height": 2, "width": 3}, location=PLACE, **more)
    drive.add_file("/Pictures/2019/waves.mp4", b"waves", video={}, photo={"takenDateTime": "2019-05-04T12:11:12Z"})
    desk.given("/letter.txt")
    put_in_album(desk, drive, "Sydney/2019 | \x07sun \ud83d 🌞", BEACH)
    desk.download(selection=XMP)
    return desk


def sidecars(desk: Desk) -> list[str]:
    return [place for place in desk.files() if place.endswith((".xmp", ".json"))]


def test_photos_and_films_get_one_and_nothing_else_does(desk: Desk) -> None:
    assert sidecars(desk) == [SIDECAR, "Pictures/2019/waves.mp4.xmp"]
    assert "2 XMP sidecars beside your files, made now.\n" in desk.said.getvalue()
    text = desk.files()[SIDECAR].decode()
    for part in (
        "<exif:DateTimeOriginal>2019-05-04T12:11:12</exif:DateTimeOriginal>",
        "<exif:GPSLatitude>33,52.128000S</exif:GPSLatitude>",
        "<exif:GPSLongitude>151,12.558000E</exif:GPSLongitude>",
        "<exif:GPSAltitude>9/2</exif:GPSAltitude>\n   <exif:GPSAltitudeRef>1<",
        "<exif:ExposureTime>1/60<",
        '<rdf:li xml:lang="x-default">Sun &amp; &lt;sand&gt;</rdf:li>',
        "<rdf:li>Albums|Sydney/2019 - \ufffdsun \ufffd 🌞</rdf:li>",
        "<rdf:li>Albums/Sydney-2019 | \ufffdsun \ufffd 🌞</rdf:li>",
        "<onedrive:CreatedBy>",
        "<onedrive:Shared>users<",
    ):
        assert part in text
    assert "rientation" not in text  # what a picture says of itself is left to it
    film = ElementTree.fromstring(desk.files()["Pictures/2019/waves.mp4.xmp"])
    assert "2019-05-04T" not in ElementTree.tostring(film, "unicode")


def test_a_second_run_asks_nothing_and_writes_nothing(desk: Desk) -> None:
    before = (desk.downloads / SIDECAR).stat()
    desk.forget_requests()

    desk.download(selection=XMP)

    assert (desk.downloads / SIDECAR).stat() == before
    assert desk.requests("graph.microsoft.com") == []
    assert "2 XMP sidecars beside your files, as before." in desk.said.getvalue()


def test_news_reach_only_what_nobody_edited(desk: Desk, drive: DemoDrive) -> None:
    film = desk.downloads / "Pictures/2019/waves.mp4.xmp"
    film.write_text("edited")
    put_in_album(desk, drive, "Holidays", BEACH, "/Pictures/2019/waves.mp4")

    desk.download(selection=XMP)

    assert b"Holidays" in desk.files()[SIDECAR]
    assert film.read_text() == "edited"
    said = desk.said.getvalue()
    assert "1 brought up to date and 1 left with your changes (Pictures/2019/waves.mp4.xmp)." in said
    assert b"Sun &amp;" in desk.files()[SIDECAR]  # what was asked once is not forgotten


def test_it_goes_where_its_file_goes_edited_or_not(desk: Desk, drive: DemoDrive) -> None:
    for name in ("beach.jpg", "waves.mp4"):
        drive.move(drive.find(f"/Pictures/2019/{name}"), drive.add_folder("/Pictures/Old"))
    drive.rename(drive.find("/Pictures/Old/beach.jpg"), "strand.jpg")
    drive.delete(drive.find("/Pictures/2019"))
    (desk.downloads / SIDECAR).write_text("edited")
    desk.list_drive()

    desk.download()  # nothing is wished any more

    assert sidecars(desk) == ["Pictures/Old/strand.jpg.xmp", "Pictures/Old/waves.mp4.xmp"]
    assert desk.files()["Pictures/Old/strand.jpg.xmp"] == b"edited"
    assert not (desk.downloads / "Pictures/2019").exists()

    item, folder = drive.find("/Pictures/Old/strand.jpg"), drive.find("/Pictures/Old")
    drive.delete(item)
    desk.list_drive()
    desk.download(wishes=DownloadWishes(puts_gone_aside=True))

    assert sidecars(desk) == ["Pictures/Old/waves.mp4.xmp"]
    assert desk.earlier()["Pictures/Old/strand.jpg.xmp"] == b"edited"

    drive.restore(item, folder, "strand.jpg")
    desk.list_drive()
    desk.download()

    assert desk.files()["Pictures/Old/strand.jpg.xmp"] == b"edited"


def test_in_each_album_a_picture_has_its_sidecar(desk: Desk, drive: DemoDrive) -> None:
    member = (AlbumMember(drive.find(BEACH).id, "beach.jpg"),)
    by_album = Selection(sidecar=Sidecar.XMP, layout=Layout.ALBUM)
    for names, expected in (("AB", "AB"), ("AC", "AC"), ("C", "C")):
        albums = tuple(Album(name, name, "", member) for name in names)
        write_album_list(desk.home, AlbumList("", "", albums))
        desk.download(selection=by_album)
        assert [place for place in sidecars(desk) if "beach" in place] == [
            f"Albums/{name}/beach.jpg.xmp" for name in expected
        ]


def test_a_further_copy_gets_them_too(desk: Desk, tmp_path: Path) -> None:
    copy = shutil.copytree(desk.downloads, tmp_path / "copy", ignore=shutil.ignore_patterns("*.xmp", ".partial"))
    desk.download(selection=XMP, also=[copy])
    first = (copy / SIDECAR).read_bytes()
    assert first == desk.files()[SIDECAR]
    assert "2 files" in desk.said.getvalue()

    (desk.downloads / SIDECAR).write_text("edited")
    desk.download(selection=XMP, also=[copy])

    assert (copy / SIDECAR).read_text() == "edited"
    assert [path.read_bytes() for path in (copy / ".earlier").rglob("*.xmp")] == [first]


def test_two_photos_that_swap_their_names_swap_their_sidecars(desk: Desk, drive: DemoDrive) -> None:
    one, other = drive.find(BEACH), drive.find("/Pictures/2019/waves.mp4")
    for item, name in ((one, "tmp.jpg"), (other, "beach.jpg"), (one, "waves.mp4")):
        drive.rename(item, name)
    desk.list_drive()

    desk.download(selection=XMP)

    assert b"GPSLatitude" in desk.files()["Pictures/2019/waves.mp4.xmp"]
    assert b"GPSLatitude" not in desk.files()[SIDECAR]
    assert len(sidecars(desk)) == 2


@pytest.mark.parametrize(
    ("trouble", "ends", "words"),
    [
        (KeyboardInterrupt(), Stopped, "All that came is kept"),
        (OSError(errno.ENOSPC, "no space left"), DiskFull, "is full"),
    ],
)
def test_what_ends_it_in_the_middle_leaves_nothing_that_is_taken_for_the_persons(
    desk: Desk,
    drive: DemoDrive,
    monkeypatch: pytest.MonkeyPatch,
    trouble: BaseException,
    ends: type[Exception],
    words: str,
) -> None:
    put_in_album(desk, drive, "Holidays", BEACH, "/Pictures/2019/waves.mp4")
    (desk.downloads / "Pictures/2019/waves.mp4.xmp").unlink()

    def end(*_: object) -> None:
        raise trouble

    with monkeypatch.context() as patch, pytest.raises(ends, match=words):
        patch.setattr(DownloadFolder, "_replace", end)  # just before the file gets its name
        desk.download(selection=XMP)
    desk.download(selection=XMP)

    assert "2 XMP sidecars beside your files: 1 made now and 1 brought up to date." in desk.said.getvalue()
    assert desk.partials() == []


def test_a_sidecar_that_is_on_onedrive_itself_wins(desk: Desk, drive: DemoDrive) -> None:
    drive.add_file(f"/{SIDECAR}", b"my own")
    drive.add_file(f"/{'n' * 250}.jpg", b"a name that leaves no room")
    (desk.downloads / "Pictures/2019/waves.mp4.xmp").unlink()
    (desk.downloads / "Pictures/2019/waves.mp4.xmp").symlink_to(desk.home / "file_list.json")
    before = (desk.home / "file_list.json").read_bytes()
    desk.list_drive()

    desk.download(selection=XMP)

    assert desk.files()[SIDECAR] == b"my own"
    assert b"GPSLatitude" in desk.earlier()[SIDECAR]
    said = desk.said.getvalue()
    assert f"1 XMP sidecar not made, because a file of yours has that name: {SIDECAR}." in said
    assert len((desk.home / "file_list.json").read_bytes()) > len(before)
    assert "1 XMP sidecar not made, because this computer does not take it: nnn" in said


def test_option_6_counts_them_apart(desk: Desk, drive: DemoDrive) -> None:
    (desk.downloads / SIDECAR).write_text("edited")

    desk.verify()

    assert desk.odd() == {}
    assert (
        "Beside your files: 2 XMP sidecars. They are not OneDrive's, so nothing proves them.\n" in desk.said.getvalue()
    )
    assert ".xmp" not in (desk.downloads / "SHA256SUMS").read_text()


def test_while_the_brake_holds_them_sidecars_stay_as_they_are(desk: Desk, drive: DemoDrive) -> None:
    for number in range(25):
        drive.add_file(f"/{number}.jpg", b"photo", photo=PHOTO)
    desk.list_drive()
    desk.download(selection=XMP)
    for number in range(25):
        drive.change_content(drive.find(f"/{number}.jpg"), b"encrypted")
        drive.find(f"/{number}.jpg").facets.clear()
    desk.list_drive()

    assert desk.download(selection=XMP).exit_code == 8
    assert b"DateTimeOriginal" in desk.files()["7.jpg.xmp"]


@pytest.mark.skipif(not shutil.which("exiftool"), reason="exiftool is not installed")
def test_exiftool_reads_it_back(desk: Desk) -> None:
    asked = ["exiftool", "-j", "-n", "-G1", "-all", "-validate", "-warning", str(desk.downloads / SIDECAR)]
    read = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)[0]

    assert (read["ExifTool:Validate"], read.get("ExifTool:Warning")) == ("0 0 0", None)
    assert read["XMP-exif:DateTimeOriginal"] == read["XMP-xmp:CreateDate"] == "2019:05:04 12:11:12"
    assert (round(read["XMP-exif:GPSLatitude"], 6), round(read["XMP-exif:GPSLongitude"], 6)) == (-33.8688, 151.2093)
    assert read["Composite:GPSAltitude"] == -4.5
    assert (read["XMP-tiff:Make"], read["XMP-tiff:Model"]) == ("Apple", "iPhone 8")
    assert (read["XMP-exif:FNumber"], read["XMP-exif:ISO"], read["XMP-exif:FocalLength"]) == (1.8, 25, 3.99)
    assert read["XMP-dc:Description"] == "Sun & <sand>"
    assert read["XMP-dc:Subject"] == "Sydney/2019 | \ufffdsun \ufffd 🌞"
    assert read["XMP-digiKam:TagsList"].startswith("Albums/Sydney-2019 | ")
    assert read["XMP-lr:HierarchicalSubject"].startswith("Albums|Sydney/2019 - ")
    assert read["XMP-onedrive:Path"] == BEACH


def test_json_has_onedrives_own_words(desk: Desk) -> None:
    desk.download(selection=Selection(sidecar=Sidecar.JSON))

    row = json.loads(desk.files()["Pictures/2019/beach.jpg.json"])
    assert (row["photo"], row["location"], row["description"]) == (PHOTO, PLACE, "Sun & <sand>")
    assert row["albums"] == ["Sydney/2019 | \x07sun \ud83d 🌞"]
    assert row["createdBy"]["user"]["displayName"]
    assert SIDECAR in desk.files()  # what was wished for before stays


def test_no_sidecar_takes_the_name_of_a_file_of_the_program(desk: Desk, drive: DemoDrive) -> None:
    drive.add_file("/selection", b"a picture", photo=PHOTO, mime_type="image/jpeg")
    desk.list_drive()
    desk.to(desk.home)

    desk.download(selection=Selection(sidecar=Sidecar.JSON))

    assert (desk.home / "selection").exists()
    assert not (desk.home / "selection.json").exists()


def test_what_onedrive_says_of_a_photo_never_makes_bad_xml() -> None:
    odd: Any = {
        "photo": {"takenDateTime": "0001-01-01T00:00:00Z", "cameraMake": 3, "iso": True, "fNumber": float("nan")}
        | {"exposureNumerator": 1, "exposureDenominator": 0, "cameraModel": "A\0\x1b<"},
        "location": {"latitude": 1e999, "longitude": "x"},
    }
    item = DriveItem(id="1", name="a.jpg", kind=Kind.FILE, path="/\ud800]]>&\uffff.jpg", facets=odd)
    words = {"description": "\r\n\x0b</rdf:li>", "createdBy": {"user": {"displayName": "<b>"}}, "shared": {}}

    root = ElementTree.fromstring(make_xmp(item, ["</x>"], words).encode())
    assert json.loads(make_json(item, [], words))["shared"] == {}

    assert {element.tag.rpartition("}")[2] for element in root.iter()} >= {"Path", "CreatedBy", "Shared", "Model"}
    assert not {"DateTimeOriginal", "GPSLatitude", "FNumber", "ExposureTime"} & {
        e.tag.split("}")[-1] for e in root.iter()
    }


def test_a_service_that_does_not_answer_costs_only_those_facts(
    desk: Desk, demo: FaultyServer, drive: DemoDrive
) -> None:
    (desk.home / COMPANIONS).unlink()
    shutil.rmtree(desk.downloads / "Pictures")
    desk.download()
    demo.fail_next(500, times=None)
    desk.download(selection=XMP)
    assert b"GPSLatitude" in desk.files()[SIDECAR]
    assert b"CreatedBy" not in desk.files()[SIDECAR]

    demo.be_well()
    desk.download(selection=XMP)

    assert b"CreatedBy" in desk.files()[SIDECAR]


def test_what_is_damaged_in_the_record_is_passed_over(desk: Desk) -> None:
    record = desk.home / COMPANIONS
    rows = [
        json.loads(line) | {"facts": {"shared": "?", "createdBy": ["?"]}} for line in record.read_text().splitlines()
    ]
    rows.append(rows[0] | {"kind": "album", "of": "no item", "place": SIDECAR})
    rows.append(rows[0] | {"kind": "album", "of": "drive/item/album/more", "place": "nothing.jpg"})
    record.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    before = desk.files()

    assert desk.download(selection=XMP).exit_code == 0
    assert [*desk.files()] == [*before]
    assert b"GPSLatitude" in desk.files()[SIDECAR]
