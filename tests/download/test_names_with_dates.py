"""Names by a pattern (--name), against the pretend OneDrive over sockets."""

from __future__ import annotations

import pytest

from onedrive.choosing.selection import EVERYTHING, Duplicates, Layout, Selection
from onedrive.home.verification import read_verified_items
from onedrive.local.names import LINUX_RULES
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

DATED = Selection(name="{date}_{name}")
LONG = "L" * 250 + ".jpg"


@pytest.fixture
def desk(desk: Desk, drive: DemoDrive) -> Desk:
    """A Live Photo whose film has another date, equal files, a name that is taken, and one without a date."""
    drive.add_file("/Camera/IMG_1.HEIC", b"still", photo={"takenDateTime": "2019-06-05T23:10:00Z"})
    drive.add_file("/Camera/IMG_1.MOV", b"film", created="2019-06-06T01:10:00Z")
    drive.add_file("/Camera/a.jpg", b"equal", photo={"takenDateTime": "2019-06-05T10:00:00Z"})
    drive.add_file(
        "/Camera/2019-06-05_a.jpg", b"was so called", created="0001-01-01T00:00:00Z", modified="0001-01-01T00:00:00Z"
    )
    drive.add_file(f"/Camera/{LONG}", b"long", photo={"takenDateTime": "2019-06-05T10:00:00Z"})
    drive.add_file("/b.jpg", b"equal", photo={"takenDateTime": "2019-06-07T10:00:00Z"})
    desk.list_drive()
    return desk


def test_names_by_a_pattern_and_back_move_what_is_here_and_a_live_photo_keeps_one_stem(desk: Desk) -> None:
    desk.download()
    as_on_onedrive = desk.files()
    desk.forget_requests()

    assert desk.download(selection=DATED, typed="1\n").exit_code == 0
    said = desk.said.getvalue()
    assert "Names here: {date}_{name}; a file that lacks what this asks for keeps its own." in said
    assert "5 files that are here get other names, as you chose (2019-06-07_b.jpg, …)." in said
    assert "5 given the names that you chose" in said
    named = desk.files()
    assert named["Camera/2019-06-05_IMG_1.HEIC"] == b"still"
    assert named["Camera/2019-06-05_IMG_1.MOV"] == b"film"
    assert named["Camera/2019-06-05_a.jpg"] == b"was so called"
    [marked] = [place for place in named if place.startswith("Camera/2019-06-05_a~")]
    assert (marked.endswith(".jpg"), named[marked]) == (True, b"equal")
    [long] = [place for place in named if place.startswith("Camera/2019-06-05_LLL")]
    assert (LINUX_RULES.length(long.removeprefix("Camera/")), long.endswith(".jpg")) == (255, True)

    assert desk.download(selection=DATED).exit_code == 0
    assert desk.files() == named
    assert desk.download(selection=Selection(layout=Layout.DATE)).exit_code == 0
    assert desk.download(selection=Selection(layout=Layout.DATE, name="{date}_{name}")).exit_code == 0
    assert "2019/2019-06/2019-06-05_IMG_1.MOV" in desk.files()
    assert desk.download(selection=EVERYTHING, typed="1\n").exit_code == 0
    assert "into the folders of OneDrive" in desk.said.getvalue()
    assert desk.files() == as_on_onedrive
    assert not desk.requests("")


def test_a_new_day_on_onedrive_gives_a_new_name_and_option_6_says_so_before(desk: Desk, drive: DemoDrive) -> None:
    linked = Selection(name="{date}_{name}", duplicates=Duplicates.LINK)
    desk.download(selection=linked)
    one, other = (desk.downloads / name for name in ("2019-06-07_b.jpg", *_marked(desk)))
    assert one.samefile(other)
    drive.find("/b.jpg").facets["photo"] = {"takenDateTime": "2018-01-01T10:00:00Z"}
    drive.touch(drive.find("/b.jpg"))

    assert desk.verify(selection=linked).exit_code == 0
    [moved] = [item for item in read_verified_items(desk.home) if item.reason]
    assert (moved.path, moved.reason) == ("/b.jpg", "it now belongs in another place; choose 4 to move it there")
    assert "2019-06-07_b.jpg" in (desk.downloads / "SHA256SUMS").read_text()
    assert desk.download(selection=linked).exit_code == 0
    assert "2018-01-01_b.jpg" in desk.files()
    assert desk.verify(selection=linked).exit_code == 0


def _marked(desk: Desk) -> list[str]:
    return [place for place in desk.files() if place.startswith("Camera/2019-06-05_a~")]


def test_files_that_share_a_stem_get_the_same_mark(desk: Desk, drive: DemoDrive) -> None:
    for number in (1, 2):
        drive.add_file(f"/{number}.jpg", b"still %d" % number, photo={"takenDateTime": "2020-02-02T02:02:02Z"})
        drive.add_file(f"/{number}.mov", b"film %d" % number)
    drive.add_file("/0.jpg", b"alone", photo={"takenDateTime": "2020-02-02T02:02:02Z"})
    desk.list_drive()
    timed = Selection(name="{date} {time}")

    for _ in range(2):
        assert desk.download(selection=timed).exit_code == 0
        stems = {content: place.rpartition(".")[0] for place, content in desk.files().items()}
        assert stems[b"still 1"] == stems[b"film 1"]
        assert stems[b"still 2"] == stems[b"film 2"]
        assert len({stems[b"still 1"], stems[b"still 2"], stems[b"alone"]}) == 3
