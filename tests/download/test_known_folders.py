"""`--known DIR`: what the person moved out of downloads, or had before, is neither fetched nor called missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from onedrive.errors import StateFileBroken, UsageError
from onedrive.graph.session import GraphSession
from onedrive.home.verification import read_verification, read_verified_items
from onedrive.local import known_files
from onedrive.local.hashing import FileHash, FileTask, ReadCounter, read_files
from onedrive.net.client import HttpClient
from onedrive.report.page import write_report
from tests.desk import Desk
from tests.faults.server import FaultyServer

NAMES = ("moved", "copied", "here", "other")
CONTENT = {f"/Pictures/{name}.jpg": name.encode() * 50 for name in NAMES}


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    desk = Desk(home, graph, http, demo)
    desk.given(CONTENT, here=True)
    return desk


@pytest.fixture
def disk(desk: Desk, tmp_path: Path) -> Path:
    """A disk to which the person moved pictures, as they like them; another file there has the size of one of them."""
    disk = tmp_path / "disk B"
    (disk / "Best of").mkdir(parents=True)
    (desk.downloads / "Pictures/moved.jpg").rename(disk / "Best of/holiday.jpg")
    (desk.downloads / "Pictures/other.jpg").rename(disk / "other.jpg")
    (disk / "letter.txt").write_bytes(b"x" * 250)
    return disk


def test_a_file_of_the_year_2400_is_a_file_like_others(desk: Desk, disk: Path) -> None:
    os.utime(disk / "Best of/holiday.jpg", (13_600_000_000, 13_600_000_000))

    for _ in range(2):
        assert desk.download(known=(disk,)).exit_code == 0
    assert desk.fetched() == 0


def _reasons(desk: Desk) -> dict[str, tuple[str, str]]:
    return {
        item.path.removeprefix("/Pictures/"): (item.item_class.value, item.reason)
        for item in read_verified_items(desk.home)
        if item.item_class.value != "proven"
    }


def test_what_lies_in_a_known_folder_is_not_fetched_and_not_missing_and_the_folder_is_remembered(
    desk: Desk, disk: Path
) -> None:
    assert desk.download(known=(disk,), with_events=True).exit_code == 0
    assert desk.fetched() == 0
    assert f"2 files (500 B) are in known folders (--known) and not fetched: {disk}/Best of/holiday.jpg, " in (
        desk.said.getvalue()
    )
    assert "Everything else on the list is here already: 2 files" in desk.said.getvalue()
    [plan] = [event for event in desk.events if event["event"] == "plan"]
    assert (plan["files"], plan["elsewhere"]) == (0, 2)

    assert desk.verify().exit_code == 0

    assert _reasons(desk) == {
        "moved.jpg": ("proven elsewhere", f"{disk}/Best of/holiday.jpg"),
        "other.jpg": ("proven elsewhere", f"{disk}/other.jpg"),
    }
    words = "2 files (500 B) are in the downloads folder, each checked. 2 files (500 B) are proven elsewhere (--known)."
    assert words in desk.said.getvalue()
    facts = read_verification(desk.home)
    assert facts
    assert facts.is_good
    assert "Best of/holiday.jpg" in write_report(desk.home, desk.downloads).read_text()
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert desk.fetched() == 0


def test_a_disk_that_is_away_is_neither_missing_nor_fetched_and_forgetting_it_fetches(desk: Desk, disk: Path) -> None:
    desk.verify(known=(disk,))
    disk.rename(disk.with_name("in a drawer"))
    disk.mkdir()  # an empty mount point

    assert desk.verify().exit_code == 0

    [word, reason] = _reasons(desk)["moved.jpg"]
    assert word == "elsewhere, not connected"
    assert reason.startswith("it was there on 20")
    assert reason.endswith(f", and cannot be read now: {disk}/Best of/holiday.jpg")
    assert "2 files (500 B) are in known folders that cannot be read now: connect their disks and choose 6 again" in (
        desk.said.getvalue()
    )
    facts = read_verification(desk.home)
    assert facts
    assert not facts.is_good
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
    assert "in known folders that cannot be read now and not fetched" in desk.said.getvalue()
    (disk / "another disk.txt").write_text("in the same place")
    assert desk.verify().exit_code == 0

    assert desk.download(forget=(disk,)).exit_code == 0

    assert desk.fetched() == 2
    assert desk.verify().exit_code == 0
    with pytest.raises(UsageError, match="is not remembered"):
        desk.verify(forget=(disk,))


def test_what_changed_or_went_from_a_known_folder_is_missing_again(desk: Desk, disk: Path) -> None:
    desk.verify(known=(disk,))
    holiday = disk / "Best of/holiday.jpg"
    status = holiday.stat()
    holiday.write_bytes(b"MOVED" * 50)
    os.utime(holiday, ns=(status.st_atime_ns, status.st_mtime_ns))  # a failing disk
    (disk / "other.jpg").unlink()

    assert desk.verify().exit_code == 7

    assert {path: word for path, (word, _) in _reasons(desk).items()} == {
        "moved.jpg": "missing here",
        "other.jpg": "missing here",
    }
    desk.download()
    assert desk.fetched() == 2


def test_a_known_file_that_was_edited_since_is_not_believed_by_4(desk: Desk, disk: Path) -> None:
    desk.download(known=(disk,))
    (disk / "other.jpg").write_bytes(b"OTHER" * 50)

    desk.download()

    assert desk.fetched() == 1
    assert "Pictures/other.jpg" in desk.files()


def test_only_files_of_a_wanted_size_are_read_and_those_once(
    desk: Desk, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (disk / "Best of/film.avi").write_bytes(b"y" * 999)
    read: list[str] = []

    def read_and_note(tasks: list[FileTask], counter: ReadCounter, *, processes: int) -> Iterator[FileHash]:
        read.extend(Path(task.place).name for task in tasks)
        return read_files(tasks, counter, processes=processes)

    monkeypatch.setattr(known_files, "read_files", read_and_note)
    desk.download(known=(disk,), dry_run=True)
    assert sorted(read) == ["holiday.jpg", "letter.txt", "other.jpg"]
    assert "elsewhere: 2 files, 500 B." in desk.said.getvalue()
    assert not list(desk.home.glob("known_files*"))
    assert not list(desk.home.glob("further_folders*"))

    desk.download(known=(disk,))
    read.clear()
    desk.download()

    assert read == []


def test_something_damaged_here_comes_from_a_known_folder_without_the_network(desk: Desk, disk: Path) -> None:
    (disk / "x.jpg").write_bytes(CONTENT["/Pictures/here.jpg"])
    (desk.downloads / "Pictures/here.jpg").write_bytes(b"cut")
    desk.forget_requests()

    assert desk.download(known=(disk,)).exit_code == 0

    assert desk.requests("") == []
    assert desk.files()["Pictures/here.jpg"] == CONTENT["/Pictures/here.jpg"]
    assert "1 file (200 B) copied from a further folder, not fetched." in desk.said.getvalue()


def test_folders_that_cannot_be_known_are_refused(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        desk.download(known=(tmp_path / "nowhere",))
    with pytest.raises(UsageError, match="are not apart"):
        desk.verify(known=(desk.home,))


def test_what_is_not_read_there_this_time_is_not_said_to_be(desk: Desk, disk: Path) -> None:
    desk.verify(known=(disk,))
    facts = read_verification(desk.home)
    assert facts is not None
    assert facts.is_whole

    desk.verify(quick=True)

    assert "proven elsewhere (--known), 2 of them by size and time as when they were read." in desk.said.getvalue()
    facts = read_verification(desk.home)
    assert facts is not None
    assert not facts.is_whole


@pytest.mark.parametrize("text", ["\\u0000", "/\\ud800", "", "not/whole"])
def test_what_somebody_wrote_into_the_record_of_folders_is_said(desk: Desk, text: str) -> None:
    (desk.home / "further_folders.json").write_text(f'[{{"folder": "{text}", "use": "known"}}]')

    with pytest.raises(StateFileBroken, match="not what this program wrote"):
        desk.download()


def test_a_dry_run_passes_over_what_stands_in_the_place_of_the_index(desk: Desk, disk: Path) -> None:
    desk.verify(known=(disk,))
    (desk.home / known_files.KNOWN_FILES).unlink()
    (desk.home / known_files.KNOWN_FILES).mkdir()

    assert desk.download(dry_run=True).exit_code == 0


def test_a_damaged_index_is_made_anew(desk: Desk, disk: Path) -> None:
    desk.download(known=(disk,))
    (desk.home / known_files.KNOWN_FILES).write_bytes(b"damaged" * 1000)

    assert desk.verify().exit_code == 0
    assert {word for word, _ in _reasons(desk).values()} == {"proven elsewhere"}
