"""`--jpeg-twins`: a JPEG of each HEIC and RAW picture, in a folder of its own, beside which nothing changes."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest

from onedrive.choosing.selection import Selection
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

TWINS = Selection(jpeg_twins=True)
A, RAW = "JPEG twins/Pictures/a.HEIC.jpg", "JPEG twins/Pictures/raw.cr2.jpg"
NOTE = "JPEG twins/READ ME.txt"


@pytest.fixture
def desk(desk: Desk, drive: DemoDrive) -> Desk:
    drive.add_file("/Pictures/a.HEIC", b"heic", modified="2020-02-03T04:05:06Z", image={"width": 320, "height": 480})
    drive.add_file("/Pictures/raw.cr2", b"raw")
    drive.add_file("/JPEG twins/mine.txt", b"a folder of mine")
    desk.given("/Pictures/plain.jpg", "/film.mov")
    return desk


def twins(desk: Desk) -> dict[str, bytes]:
    return {place: content for place, content in desk.files().items() if place.startswith("JPEG twins/")}


def asked(demo: FaultyServer) -> list[str]:
    return [unquote(seen.query) for seen in demo.requests if "format=jpg" in seen.query]


def test_twins_are_made_once_beside_what_is_proven(desk: Desk, demo: FaultyServer, drive: DemoDrive) -> None:
    assert desk.download(selection=TWINS).exit_code == 0

    made = twins(desk)
    assert set(made) == {A, RAW, NOTE}
    assert made[A][:3] == made[RAW][:3] == b"\xff\xd8\xff"
    assert (desk.downloads / A).stat().st_mtime == (desk.downloads / "Pictures/a.HEIC").stat().st_mtime
    assert sorted(asked(demo)) == ["format=jpg&width=4096&height=4096", "format=jpg&width=480&height=480"]
    assert "2 JPEG twins beside your files, made now." in desk.said.getvalue()
    assert b"a folder of mine" in desk.files().values()  # under a name with a mark

    desk.forget_requests()
    desk.download(selection=TWINS)
    assert (asked(demo), twins(desk)) == ([], made)

    assert desk.verify(selection=TWINS).exit_code == 0
    assert "Beside your files: 2 JPEG twins." in desk.said.getvalue()
    assert not [path for path in desk.classes() if path.startswith("JPEG twins/")]
    assert "JPEG twins" not in (desk.downloads / "SHA256SUMS").read_text().replace("JPEG twins~", "")


def test_a_twin_goes_where_its_picture_goes_and_is_made_anew_with_its_content(
    desk: Desk, demo: FaultyServer, drive: DemoDrive
) -> None:
    desk.download(selection=TWINS)
    before = twins(desk)
    drive.move(drive.find("/Pictures/a.HEIC"), drive.add_folder("/Old"))
    drive.change_content(drive.find("/Pictures/raw.cr2"), b"another content")
    desk.list_drive()

    desk.download(selection=TWINS)

    assert len(asked(demo)) == 1
    assert twins(desk)["JPEG twins/Old/a.HEIC.jpg"] == before[A]
    assert "1 brought up to date and 1 as before." in desk.said.getvalue()

    desk.forget_requests()
    (desk.downloads / RAW).write_bytes(b"edited")
    drive.change_content(drive.find("/Pictures/raw.cr2"), b"a third content")
    desk.list_drive()
    desk.download(selection=TWINS)
    assert (asked(demo), twins(desk)[RAW]) == ([], b"edited")

    drive.delete(drive.find("/Old/a.HEIC"))  # here it stays, and its twin too
    desk.list_drive()
    desk.download()
    assert "JPEG twins/Old/a.HEIC.jpg" in twins(desk)


def test_what_fails_is_named_and_tried_again(desk: Desk, demo: FaultyServer, drive: DemoDrive) -> None:
    desk.download()
    drive.add_file("/Pictures/b.heic", b"b")
    desk.list_drive()
    desk.download()
    drive.find("/Pictures/raw.cr2").name = "raw.html"  # nothing to make a JPEG of any more
    demo.refuse_download_urls_next(401)
    demo.html_page_next(on="files", path="/Pictures/b.heic", times=None)

    result = desk.download(selection=TWINS)

    said = " ".join(desk.said.getvalue().split())
    assert result.exit_code == 3
    assert set(twins(desk)) == {A, NOTE}
    assert (
        "1 file could not get what was to go beside (/Pictures/b.heic): no JPEG twin: what came is no picture." in said
    )
    assert "OneDrive makes no JPEG of 1 picture (/Pictures/raw.cr2)." in said
    assert not desk.partials()
    demo.be_well()
    assert desk.download(selection=TWINS).exit_code == 0
    assert len(twins(desk)) == 3


def test_where_their_folder_is_a_link_that_leads_out_none_is_fetched_and_the_run_goes_on(
    desk: Desk, demo: FaultyServer, tmp_path: Path
) -> None:
    desk.download()
    (away := tmp_path / "away").mkdir()
    (desk.downloads / "JPEG twins").symlink_to(away)

    assert desk.download(selection=TWINS).exit_code == 3

    said = " ".join(desk.said.getvalue().split())
    assert "no JPEG twin: its folder here is a link that leads out of the downloads folder" in said
    assert (asked(demo), [*away.iterdir()]) == ([], [])
    assert "All 5 files on the list are here" in said


def test_without_the_wish_nothing_is_asked(desk: Desk, demo: FaultyServer) -> None:
    desk.download()
    assert (asked(demo), [*twins(desk)]) == ([], [])
    assert json.loads((desk.home / "file_list.json").read_text())
