"""Folders besides downloads: copies (--also), from which 4 takes what is missing, and which it mends; known folders."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onedrive.download.copy_update import CopyNotThere
from onedrive.errors import StateFileBroken, UsageError
from onedrive.graph.session import GraphSession
from onedrive.home.verification import read_verification, read_verified_items
from onedrive.local import known_files
from onedrive.local.hashing import FileHash, FileTask, ReadCounter, read_files
from onedrive.net.client import HttpClient
from onedrive.report.page import write_report
from tests.desk import Desk
from tests.faults.server import FaultyServer

CONTENT = {f"/Pictures/{name}.jpg": name.encode() * 50 for name in ("good", "flipped", "cut", "lost", "edited")}


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    desk = Desk(home, graph, http, demo)
    desk.given(CONTENT, here=True)
    return desk


@pytest.fixture
def copy(desk: Desk, tmp_path: Path) -> Path:
    """The downloads, copied to another disk by the person, and known as such since a verification."""
    copy = Path(shutil.copytree(desk.downloads, tmp_path / "disk B"))
    assert desk.verify(also=(copy,)).exit_code == 0
    return copy


def flip(path: Path) -> None:
    """As a failing disk does: size and time stay."""
    status = path.stat()
    path.write_bytes(path.read_bytes()[:-1] + b"#")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def tree(root: Path) -> dict[str, bytes]:
    paths = sorted(path for path in root.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def test_what_is_missing_or_damaged_here_comes_from_the_copy_without_the_network(desk: Desk, copy: Path) -> None:
    pictures = desk.downloads / "Pictures"
    flip(pictures / "flipped.jpg")
    (pictures / "cut.jpg").write_bytes(b"cut")
    (pictures / "lost.jpg").unlink()
    desk.verify()
    desk.forget_requests()
    before = tree(copy)

    result = desk.download(with_events=True)

    assert result.exit_code == 0
    assert desk.requests("") == []
    assert {place: text for place, text in desk.files().items() if "/" in place and "local copy" not in place} == {
        path[1:]: text for path, text in CONTENT.items()
    }
    assert desk.partials() == []
    assert tree(copy) == before
    assert "For 3 files" in desk.said.getvalue()
    assert "3 copied from another folder of yours (700 B)" in desk.said.getvalue()
    told = [(event["result"], event["verified"]) for event in desk.events if event["event"] == "item"]
    assert told == [("copied", "hash")] * 3
    assert desk.download().exit_code == 0
    assert desk.verify(also=(copy,)).exit_code == 0


@pytest.mark.parametrize("what", ["damaged", "unreadable", "not connected", "a folder"])
def test_what_the_copy_has_not_right_is_fetched(desk: Desk, copy: Path, what: str) -> None:
    (desk.downloads / "Pictures/lost.jpg").unlink()
    there = copy / "Pictures/lost.jpg"
    if what == "damaged":
        flip(there)
    elif what == "not connected":
        copy.rename(copy.with_name("in a drawer"))
    else:
        there.unlink()
        there.mkdir() if what == "a folder" else there.symlink_to("/proc/self/mem")
    desk.forget_requests()

    assert desk.download().exit_code == 0

    assert desk.fetched() == 1
    assert desk.files()["Pictures/lost.jpg"] == CONTENT["/Pictures/lost.jpg"]


def test_4_also_mends_the_copy_from_here_and_deletes_nothing_there(desk: Desk, copy: Path) -> None:
    pictures = copy / "Pictures"
    flip(pictures / "flipped.jpg")
    (pictures / "cut.jpg").write_bytes(b"cut")
    (pictures / "lost.jpg").unlink()
    (pictures / "edited.jpg").unlink()
    (pictures / "edited.jpg").mkdir()
    (copy / "mine.txt").write_text("mine")
    (copy / ".partial").mkdir(exist_ok=True)
    (copy / ".partial" / f"{'a' * 40}-copy.part").write_bytes(b"half")  # of a killed run
    os.utime(pictures / "good.jpg", (1, 1))
    assert desk.verify(also=(copy,)).exit_code == 7
    found = desk.home / "verification.json"
    later = datetime.now(UTC).replace(year=2100).isoformat(timespec="seconds")
    found.write_text(re.sub('"when": "[^"]*"', f'"when": "{later}"', found.read_text(), count=1))  # not by its times
    desk.forget_requests()

    result = desk.download(also=(copy,), with_events=True)

    assert result.exit_code == 0
    assert desk.requests("") == []
    said = desk.said.getvalue()
    assert f"4 files (1.0 kB) copied to {copy}, which is up to date now." in said
    assert f"3 other files that were in the way are in {copy / '.earlier'} now." in said
    kept = [(path.name, path.read_bytes()) for path in copy.glob(".earlier/*/Pictures/*")]
    assert sorted(kept) == [("cut.jpg", b"cut"), ("flipped.jpg", b"flipped" * 49 + b"flippe#")]
    assert (copy / "mine.txt").read_text() == "mine"
    assert not (copy / ".partial").exists()
    [told] = [event for event in desk.events if event["event"] == "copy_updated"]
    assert (told["copied"], told["set_aside"], told["failed"]) == (4, 3, 0)
    assert desk.verify(also=(copy,)).exit_code == 0
    for name in ("good", "flipped", "lost"):
        here = desk.downloads / f"Pictures/{name}.jpg"
        assert int((pictures / f"{name}.jpg").stat().st_mtime) == int(here.stat().st_mtime) or name == "good"


def test_new_content_of_the_same_size_is_fetched_and_reaches_the_copy(
    desk: Desk, demo: FaultyServer, copy: Path
) -> None:
    item = demo.drive.find("/Pictures/good.jpg")
    demo.drive.change_content(item, b"GOOD" * 50)
    item.client_modified = datetime(2026, 1, 2, tzinfo=UTC)
    desk.list_drive()

    desk.download(also=(copy,))

    assert desk.earlier() == {"Pictures/good.jpg": CONTENT["/Pictures/good.jpg"]}
    assert tree(copy)["Pictures/good.jpg"] == b"GOOD" * 50
    assert desk.download(also=(copy,)).exit_code == 0
    assert f"The copy {copy} is up to date." in desk.said.getvalue()


def test_what_has_rotted_here_is_never_carried_into_the_copy(desk: Desk, copy: Path) -> None:
    flip(desk.downloads / "Pictures/lost.jpg")
    (copy / "Pictures/lost.jpg").unlink()

    result = desk.download(also=(copy,))

    assert result.exit_code == 3
    assert result.failure.startswith(
        f"1 file could not be copied to {copy}: the file here is no longer what was downloaded"
    )
    assert f"1 file could not be copied to {copy} (" in desk.said.getvalue()
    assert "the file here is no longer what was downloaded, so it was not copied" in desk.said.getvalue()
    assert not (copy / "Pictures/lost.jpg").exists()


def test_a_folder_that_is_no_copy_gets_nothing_and_nothing_is_begun(desk: Desk, tmp_path: Path) -> None:
    empty = tmp_path / "mount point"
    (empty / "Pictures").mkdir(parents=True)  # of other things
    (desk.downloads / "Pictures/lost.jpg").unlink()

    for folder, words in ((empty, "has none of the downloaded files"), (tmp_path / "nowhere", "is not there")):
        with pytest.raises(CopyNotThere, match=words) as caught:
            desk.download(also=(folder,))
        assert caught.value.exit_code == 9
    with pytest.raises(UsageError, match="overlap"):
        desk.download(also=(desk.downloads / "Pictures",))

    assert desk.verify(also=(empty,)).exit_code == 7
    assert not (desk.home / "further_folders.json").exists()
    assert f"The copy {empty} holds none of these files in their places" in desk.said.getvalue()
    assert [path.name for path in empty.rglob("*")] == ["Pictures"]
    assert "Pictures/lost.jpg" not in desk.files()


def test_a_disk_that_goes_while_files_come_gets_nothing_in_its_mount_point(
    desk: Desk, demo: FaultyServer, copy: Path, tmp_path: Path
) -> None:
    def unmount() -> None:
        copy.rename(tmp_path / "away")
        copy.mkdir()

    demo.drive.add_file("/Pictures/new.jpg", b"new" * 99)
    desk.list_drive()
    demo.when_bytes_served(1, unmount)

    assert desk.download(also=(copy,)).exit_code == 9

    assert (desk.downloads / "Pictures/new.jpg").exists()
    assert [*copy.iterdir()] == []


def test_a_copy_of_earlier_runs_that_is_away_keeps_no_file_from_coming(
    desk: Desk, demo: FaultyServer, copy: Path, tmp_path: Path
) -> None:
    assert desk.download(also=(copy,)).exit_code == 0
    copy.rename(tmp_path / "away")
    demo.drive.add_file("/Pictures/new.jpg", b"new" * 99)
    desk.list_drive()

    result = desk.download(also=(copy,))

    assert (desk.downloads / "Pictures/new.jpg").exists()
    assert (result.exit_code, copy.exists()) == (9, False)
    assert result.failure == f"The copy {copy} is not there."
    (tmp_path / "away").rename(copy)
    assert desk.download(also=(copy,)).exit_code == 0
    assert (copy / "Pictures/new.jpg").exists()


def test_a_dry_run_says_what_would_come_from_the_copy_and_go_there_and_changes_nothing(desk: Desk, copy: Path) -> None:
    (desk.downloads / "Pictures/lost.jpg").unlink()
    (copy / "Pictures/cut.jpg").unlink()
    before = tree(copy), tree(desk.home)

    desk.download(also=(copy,), dry_run=True)

    said = desk.said.getvalue()
    assert f"1 file (150 B) would be copied to {copy}." in said
    assert "copy: 1 file, 200 B." in said
    assert (tree(copy), tree(desk.home)) == before


# --- known folders (--known): what the person moved out of downloads is neither fetched nor called missing ------------


@pytest.fixture
def disk(desk: Desk, tmp_path: Path) -> Path:
    """A disk to which the person moved pictures, as they like them; another file there has the size of one of them."""
    disk = tmp_path / "disk B"
    (disk / "Best of").mkdir(parents=True)
    (desk.downloads / "Pictures/good.jpg").rename(disk / "Best of/holiday.jpg")
    (desk.downloads / "Pictures/lost.jpg").rename(disk / "lost.jpg")
    (disk / "letter.txt").write_bytes(b"x" * 200)
    os.utime(disk / "lost.jpg", (13_600_000_000, 13_600_000_000))  # of the year 2400: a file like others
    return disk


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
    assert (
        f"2 files (400 B) are in known folders (--known) and not downloaded: {disk / 'Best of/holiday.jpg'} and "
        in (desk.said.getvalue())
    )
    assert (
        "3 of 5 files on the list are here: nothing had to be downloaded; 2 in known folders." in desk.said.getvalue()
    )
    [plan] = [event for event in desk.events if event["event"] == "plan"]
    assert (plan["files"], plan["elsewhere"]) == (0, 2)

    assert desk.verify().exit_code == 0

    assert _reasons(desk) == {
        "good.jpg": ("proven elsewhere", str(disk / "Best of/holiday.jpg")),
        "lost.jpg": ("proven elsewhere", str(disk / "lost.jpg")),
    }
    words = "3 files (800 B) are in the downloads folder, each checked. 2 files (400 B) are proven elsewhere (--known)."
    assert words in desk.said.getvalue()
    facts = read_verification(desk.home)
    assert facts
    assert facts.is_good
    assert "holiday.jpg" in write_report(desk.home, desk.downloads).read_text()
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert desk.fetched() == 0


def test_a_disk_that_is_away_is_neither_missing_nor_fetched_and_forgetting_it_fetches(desk: Desk, disk: Path) -> None:
    desk.verify(known=(disk,))
    disk.rename(disk.with_name("in a drawer"))
    disk.mkdir()  # an empty mount point

    assert desk.verify().exit_code == 0

    [word, reason] = _reasons(desk)["good.jpg"]
    assert word == "elsewhere, not connected"
    assert reason.startswith("it was there on 20")
    assert reason.endswith(f", and cannot be read now: {disk / 'Best of/holiday.jpg'}")
    assert "2 files (400 B) are in known folders that cannot be read now: connect their disks and choose 6 again" in (
        desk.said.getvalue()
    )
    facts = read_verification(desk.home)
    assert facts
    assert not facts.is_good
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
    assert "in known folders that cannot be read now and not downloaded" in desk.said.getvalue()
    (disk / "another disk.txt").write_text("in the same place")
    assert desk.verify().exit_code == 0

    assert desk.download(forget=(disk,)).exit_code == 0

    assert desk.fetched() == 2
    assert desk.verify().exit_code == 0
    with pytest.raises(UsageError, match="is not one of the further folders"):
        desk.verify(forget=(disk,))


def test_what_changed_or_went_from_a_known_folder_is_missing_again(desk: Desk, disk: Path) -> None:
    desk.download(known=(disk,))
    (disk / "lost.jpg").write_bytes(b"LOST" * 50)
    desk.download()
    assert desk.fetched() == 1
    (desk.downloads / "Pictures/lost.jpg").unlink()
    holiday = disk / "Best of/holiday.jpg"
    status = holiday.stat()
    holiday.write_bytes(b"GOOD" * 50)
    os.utime(holiday, ns=(status.st_atime_ns, status.st_mtime_ns))  # a failing disk
    (disk / "lost.jpg").unlink()

    assert desk.verify().exit_code == 7

    assert {path: word for path, (word, _) in _reasons(desk).items()} == {
        "good.jpg": "missing here",
        "lost.jpg": "missing here",
    }
    desk.forget_requests()
    desk.download()
    assert desk.fetched() == 2


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
    assert sorted(read) == ["holiday.jpg", "letter.txt", "lost.jpg"]
    assert "elsewhere: 2 files, 400 B." in desk.said.getvalue()
    assert not list(desk.home.glob("known_files*"))
    assert not list(desk.home.glob("further_folders*"))

    desk.download(known=(disk,))
    read.clear()
    desk.download()

    assert read == []


def test_something_damaged_here_comes_from_a_known_folder_without_the_network(desk: Desk, disk: Path) -> None:
    (disk / "x.jpg").write_bytes(CONTENT["/Pictures/cut.jpg"])
    (desk.downloads / "Pictures/cut.jpg").write_bytes(b"cut")
    desk.forget_requests()

    assert desk.download(known=(disk,)).exit_code == 0

    assert desk.requests("") == []
    assert desk.files()["Pictures/cut.jpg"] == CONTENT["/Pictures/cut.jpg"]
    assert "1 copied from another folder of yours (150 B)" in desk.said.getvalue()


@pytest.mark.parametrize(
    "text", ["\\u0000", pytest.param("/\\ud800", marks=pytest.mark.posix("names that are no text")), "", "not/whole"]
)
def test_folders_that_cannot_be_known_or_were_written_into_the_record_are_refused(
    desk: Desk, tmp_path: Path, text: str
) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        desk.download(known=(tmp_path / "nowhere",))
    with pytest.raises(UsageError, match="overlap"):
        desk.verify(known=(desk.home,))
    (desk.home / "further_folders.json").write_text(f'[{{"folder": "{text}", "use": "known"}}]')

    with pytest.raises(StateFileBroken, match="not what this program wrote"):
        desk.download()


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


def test_a_damaged_index_is_made_anew_and_a_dry_run_passes_over_what_stands_in_its_place(
    desk: Desk, disk: Path
) -> None:
    index = desk.home / known_files.KNOWN_FILES
    desk.download(known=(disk,))
    index.write_bytes(b"damaged" * 1000)
    assert desk.verify().exit_code == 0
    assert {word for word, _ in _reasons(desk).values()} == {"proven elsewhere"}
    index.unlink()
    index.mkdir()

    assert desk.download(dry_run=True).exit_code == 0
