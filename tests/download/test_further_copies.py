"""A second copy of the downloads: 4 takes from it what is missing here, and `4 --also` mends it from here."""

from __future__ import annotations

import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from onedrive.download.copy_update import CopyNotThere
from onedrive.errors import UsageError
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
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
    assert "3 files (700 B) copied from a further folder, not fetched." in desk.said.getvalue()
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
    assert f"4 files (1.0 kB) copied to {copy}: all that is here is there too." in said
    assert f"3 other files that stood there are in {copy / '.earlier'} now." in said
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


def test_new_content_reaches_the_copy_though_its_size_is_the_same(desk: Desk, demo: FaultyServer, copy: Path) -> None:
    item = demo.drive.find("/Pictures/good.jpg")
    demo.drive.change_content(item, b"GOOD" * 50)
    item.client_modified = datetime(2026, 1, 2, tzinfo=UTC)
    desk.list_drive()

    desk.download(also=(copy,))

    assert tree(copy)["Pictures/good.jpg"] == b"GOOD" * 50
    assert desk.download(also=(copy,)).exit_code == 0
    assert f"Nothing had to be copied to {copy}: all that is here is there too." in desk.said.getvalue()


def test_a_good_content_here_is_replaced_by_its_job_alone_whatever_the_copy_has(
    desk: Desk, demo: FaultyServer, copy: Path
) -> None:
    demo.drive.change_content(demo.drive.find("/Pictures/good.jpg"), b"new content")
    (copy / "Pictures/good.jpg").write_bytes(b"new content")
    desk.list_drive()

    desk.download()

    assert desk.fetched() == 1
    assert desk.earlier() == {"Pictures/good.jpg": CONTENT["/Pictures/good.jpg"]}


def test_what_has_rotted_here_is_never_carried_into_the_copy(desk: Desk, copy: Path) -> None:
    flip(desk.downloads / "Pictures/lost.jpg")
    (copy / "Pictures/lost.jpg").unlink()

    result = desk.download(also=(copy,))

    assert result.exit_code == 3
    assert result.failure.startswith(f"1 file could not be copied to {copy}: what is here is not what was downloaded")
    assert f"1 item could not be copied to {copy}:" in desk.said.getvalue()
    assert "what is here is not what was downloaded, so it was not copied" in desk.said.getvalue()
    assert not (copy / "Pictures/lost.jpg").exists()


def test_a_folder_that_is_no_copy_gets_nothing_and_nothing_is_begun(desk: Desk, tmp_path: Path) -> None:
    empty = tmp_path / "mount point"
    (empty / "Pictures").mkdir(parents=True)  # of other things
    (desk.downloads / "Pictures/lost.jpg").unlink()

    for folder, words in ((empty, "holds none of the downloaded files"), (tmp_path / "nowhere", "is not there")):
        with pytest.raises(CopyNotThere, match=words) as caught:
            desk.download(also=(folder,))
        assert caught.value.exit_code == 9
    with pytest.raises(UsageError):
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


def test_a_folder_of_the_same_name_is_no_copy_and_what_a_killed_run_left_in_one_goes(
    desk: Desk, copy: Path, tmp_path: Path
) -> None:
    (tmp_path / "other" / "Pictures").mkdir(parents=True)
    with pytest.raises(CopyNotThere):
        desk.download(also=(tmp_path / "other",))

    (copy / ".partial").mkdir(exist_ok=True)
    (copy / ".partial" / f"{'a' * 40}-copy.part").write_bytes(b"half")
    assert desk.download(also=(copy,)).exit_code == 0
    assert not (copy / ".partial").exists()


def test_a_dry_run_says_what_would_come_from_the_copy_and_go_there_and_changes_nothing(desk: Desk, copy: Path) -> None:
    (desk.downloads / "Pictures/lost.jpg").unlink()
    (copy / "Pictures/cut.jpg").unlink()
    before = tree(copy), tree(desk.home)

    desk.download(also=(copy,), dry_run=True)

    said = desk.said.getvalue()
    assert f"1 file (150 B) would be copied to {copy}." in said
    assert "copy: 1 file, 200 B." in said
    assert (tree(copy), tree(desk.home)) == before
