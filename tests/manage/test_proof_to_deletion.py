"""From the download to the proof to the recycle bin: option 7 deletes exactly what option 6 has proven."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from onedrive.choosing.selection import EVERYTHING
from onedrive.errors import StepNeeded
from onedrive.graph.session import GraphSession
from onedrive.home.verification import VERIFICATION, ItemClass, read_verified_items
from onedrive.manage.delete import Deleting
from onedrive.manage.delete_plan import LocalLook
from onedrive.manage.rename import Renaming, read_listed
from onedrive.manage.writes import WriteAccess
from onedrive.terminal.events import EventWriter
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.manage.managed import ManagedDrive
from tests.terminal.event_check import check_event

PATHS = ["/a.txt", "/b.txt", "/Pictures/c.jpg", "/Pictures/d.jpg", "/Pictures/e.jpg"]


@pytest.fixture
def managed(managed: ManagedDrive, drive: DemoDrive) -> ManagedDrive:
    """Plain files, one without a hash, and one of which OneDrive hands out other bytes than it lists."""
    drive.add_file("/no hash.one", b"notes").lists_hashes = False
    drive.add_live_photo("/Pictures/live.heic", listed_size=60_000, served=b"\0\0\0\x18ftypheic" + b"x" * 40_000)
    managed.download_all()
    return managed


def rot(path: Path) -> None:
    """Other bytes of the same length, and nothing shows it."""
    status = path.stat()
    path.write_bytes(path.read_bytes()[:-2] + b"yt")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def classes(managed: ManagedDrive) -> dict[str, ItemClass]:
    return {item.path: item.item_class for item in read_verified_items(managed.home)}


def test_exactly_what_was_proven_goes_and_the_next_verification_says_only_here(managed: ManagedDrive) -> None:
    (managed.desk.downloads / "b.txt").write_bytes(b"/b.tyt")
    (managed.desk.downloads / "Pictures/c.jpg").unlink()
    managed.desk.verify()
    proven = {path for path, found in classes(managed).items() if found is ItemClass.PROVEN}
    managed.drive.change_content(managed.drive.find("/Pictures/d.jpg"), b"changed after the proof")

    managed.delete("3")
    managed.desk.list_drive()
    managed.desk.verify()

    assert proven == {"/a.txt", "/Pictures/d.jpg", "/Pictures/e.jpg"}
    assert managed.online() == [
        *("/Pictures/c.jpg", "/Pictures/d.jpg", "/Pictures/live.heic", "/b.txt", "/no hash.one"),
    ]
    only_here = {path for path, found in classes(managed).items() if found is ItemClass.ONLY_HERE}
    assert only_here == {"/a.txt", "/Pictures/e.jpg"}
    for path in only_here:
        assert managed.desk.files()[path[1:]] == path.encode()


_OWNERS: list[dict[str, Any]] = [
    {"owner": {"user": {"id": "0F09000000CFEA42"}}, "id": "0F09000000CFEA42"},
    {"owner": {"user": {"id": "f09000000cfea42"}}, "id": "f09000000cfea42"},
    {"owner": {"user": {"displayName": "Example Person"}}},
    {"owner": None},
    {"owner": {"group": {"id": "5c2f6f9e-0000-4f1c-a509-ad8d9138501d", "displayName": "Family"}}},
]


@pytest.mark.parametrize("spelled", _OWNERS)
def test_a_drive_stays_the_same_drive_however_its_owner_is_spelled(
    spelled: dict[str, Any], managed: ManagedDrive
) -> None:
    managed.drive.spelled = spelled

    managed.desk.verify()
    managed.drive.spelled = {}
    second_sign_in = managed.open_write_graph

    def spell() -> GraphSession:
        managed.drive.spelled = spelled
        return second_sign_in()

    managed.access = WriteAccess(managed.graph, spell)
    managed.delete("5")

    assert managed.online() == ["/Pictures/live.heic", "/no hash.one"]


@pytest.mark.parametrize("how", [{"sample_percent": 1.0}, {"quick": True}])
def test_a_sample_or_a_quick_look_lets_nothing_go(managed: ManagedDrive, how: dict[str, Any]) -> None:
    managed.desk.verify(**how)

    with pytest.raises(StepNeeded, match="did not look at every file") as caught:
        managed.delete("7")

    assert caught.value.option == 6
    assert len(managed.online()) == 7


def test_a_rename_and_its_undo_leave_everything_proven_and_nothing_to_fetch(managed: ManagedDrive) -> None:
    managed.desk.verify()
    before = classes(managed)
    managed.rename({"/a.txt": "b.txt", "/b.txt": "a.txt", "/Pictures/c.jpg": "sea.jpg"})
    managed.rename({"/Pictures": "Photos"})
    managed.desk.list_drive()
    managed.desk.verify()
    renamed = classes(managed)

    for number in range(2):
        managed.undo(number)  # the undo of the other comes first
        managed.desk.list_drive()
    managed.desk.verify()
    managed.desk.download()

    assert sorted(renamed.values()) == sorted(before.values())
    assert "/Photos/sea.jpg" in renamed
    assert classes(managed) == before
    assert managed.desk.fetched() == 0


def test_what_got_another_name_there_or_another_time_here_since_must_be_proven_again(managed: ManagedDrive) -> None:
    managed.desk.verify()
    at = managed.desk.downloads / "b.txt"
    found = {item.path: item.modified_ns for item in read_verified_items(managed.home)}
    assert found["/b.txt"] == at.stat().st_mtime_ns
    os.utime(at, (1_500_000_000, 1_500_000_000))
    managed.rename({"/a.txt": "x.txt"})
    managed.desk.list_drive()

    managed.delete("3")

    assert {"/x.txt", "/b.txt"} <= set(managed.online())
    assert "it has changed on OneDrive since it was proven" in managed.shown
    assert "the file here has changed since it was proven" in managed.shown


def test_a_verification_json_that_somebody_edited_deletes_nothing_that_is_not_so(managed: ManagedDrive) -> None:
    rot(managed.desk.downloads / "a.txt")
    managed.desk.verify()
    assert classes(managed)["/a.txt"] is ItemClass.DAMAGED
    path = managed.home / VERIFICATION
    text = re.sub('"(same size|differs by design|damaged here)"', '"proven"', path.read_text())
    path.write_text(text)
    assert set(classes(managed).values()) == {ItemClass.PROVEN}

    managed.delete("5")

    assert managed.online() == ["/Pictures/live.heic", "/a.txt", "/no hash.one"]
    assert managed.states()["/a.txt"] == ["refused"]
    assert "the file here does not have the bytes that OneDrive lists" in managed.shown


def test_a_program_that_reads_our_output_hears_of_each_item(managed: ManagedDrive) -> None:
    managed.desk.verify()
    managed.drive.change_content(managed.drive.find("/b.txt"), b"changed after the proof")
    heard = io.StringIO()
    terminal = Terminal(stdin=io.StringIO("5\n1\n"), stdout=io.StringIO(), environ={}, events=EventWriter(heard))
    deleting = Deleting(terminal, managed.desk.settings, managed.state, managed.access)
    deleting.run(deleting.plan(EVERYTHING))
    [item] = [item for item in read_listed(managed.desk.settings) if item.path == "/no hash.one"]
    renaming = Renaming(terminal, managed.desk.settings, managed.state, managed.access)
    renaming.run(renaming.plan([(item, "x.one")]))

    rows = [row for line in heard.getvalue().splitlines() if (row := json.loads(line))["event"].endswith("_item")]
    assert [problem for row in rows for problem in check_event(row)] == []
    assert sorted((row["event"], row["path"], row["result"]) for row in rows) == [
        ("delete_item", "/Pictures/c.jpg", "done"),
        ("delete_item", "/Pictures/d.jpg", "done"),
        ("delete_item", "/Pictures/e.jpg", "done"),
        ("delete_item", "/a.txt", "done"),
        ("delete_item", "/b.txt", "refused"),
        ("rename_item", "/no hash.one", "done"),
    ]


NO_SUCH_TIME = pytest.mark.posix("time of change beside that of writing")


@pytest.mark.parametrize("when", ["before the verification", pytest.param("after it", marks=NO_SUCH_TIME)])
def test_with_two_copies_asked_for_exactly_what_is_damaged_in_the_second_one_stays(
    managed: ManagedDrive, tmp_path: Path, when: str
) -> None:
    copy = Path(shutil.copytree(managed.desk.downloads, tmp_path / "disk B"))
    if when == "before the verification":
        rot(copy / "b.txt")
    managed.desk.verify(also=(copy,))
    rot(copy / "b.txt") if when == "after it" else None

    managed.delete("5" if when == "after it" else "4", copies=2)

    assert managed.online() == ["/Pictures/live.heic", "/b.txt", "/no hash.one"]
    why = {
        "before the verification": f"it is proven in 1 place, not in 2: wrong in {copy}",
        "after it": f"the copy in {copy} does not have the bytes that OneDrive lists",
    }
    assert why[when] in managed.shown
    assert "these files exist only on this disk" not in managed.shown

    managed.desk.list_drive()
    managed.desk.download(also=(copy,))
    managed.desk.verify(also=(copy,))
    managed.delete("1", copies=2)

    assert managed.online() == ["/Pictures/live.heic", "/no hash.one"]
    assert (copy / "b.txt").read_bytes() == b"/b.txt"


@pytest.mark.posix("links that anybody may make")
def test_what_a_link_leads_out_to_is_no_copy_in_the_downloads(managed: ManagedDrive, tmp_path: Path) -> None:
    managed.desk.verify()
    shutil.move(managed.desk.downloads / "Pictures", tmp_path / "elsewhere")
    (managed.desk.downloads / "Pictures").symlink_to(tmp_path / "elsewhere")

    managed.delete("5")

    assert {"/Pictures/c.jpg", "/Pictures/d.jpg", "/Pictures/e.jpg"} <= set(managed.online())
    assert "a link leads out of the downloads folder to it" in managed.shown


def test_another_name_of_the_same_file_is_no_second_copy_though_verification_json_says_so(
    managed: ManagedDrive, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(managed.desk.downloads, tmp_path / "disk B"))
    managed.desk.verify(also=(copy,))
    (copy / "a.txt").unlink()
    (copy / "a.txt").hardlink_to(managed.desk.downloads / "a.txt")
    (copy / "b.txt").unlink()
    (copy / "b.txt").symlink_to(managed.desk.downloads / "b.txt")

    managed.delete("5", copies=2)

    assert {"/a.txt", "/b.txt"} <= set(managed.online())
    assert f"the copy in {copy} is gone since it was proven" in managed.shown
    look = LocalLook(managed.desk.downloads, copies=[str(copy)], needed=2, has_change_times=False)
    [proof] = [item for item in read_verified_items(managed.home) if item.path == "/a.txt"]
    assert look.why_not_proven(proof) == (
        f"the copy in {copy} is another name of the same file, and no copy (4 --also mends it after 6 --also)"
    )


def test_one_copy_is_said_plainly_and_more_than_were_verified_cannot_be_asked_for(managed: ManagedDrive) -> None:
    managed.desk.verify()

    with pytest.raises(StepNeeded, match="was of 1 place, and you ask for 2 proven copies"):
        managed.delete("5", copies=2)
    managed.delete("0")

    assert "these files exist only on this disk" in managed.shown


@pytest.mark.parametrize("what", ["stays", "rots", "is away"])
def test_what_is_proven_elsewhere_goes_only_if_it_is_read_there_once_more(
    managed: ManagedDrive, tmp_path: Path, what: str
) -> None:
    disk = tmp_path / "disk B"
    disk.mkdir()
    (managed.desk.downloads / "a.txt").rename(disk / "mine.txt")
    managed.desk.verify(known=(disk,))
    if what == "rots":
        rot(disk / "mine.txt")
    elif what == "is away":
        disk.rename(tmp_path / "in a drawer")

    managed.delete("4" if what == "is away" else "5")

    assert ("/a.txt" in managed.online()) == (what != "stays")
    why = {
        "stays": "1 file of them is in known folders (--known), not in downloads.",
        "rots": f"{disk / 'mine.txt'} does not have the bytes that OneDrive lists",
        "is away": f"{disk / 'mine.txt'} is not as it was proven, or not connected",
    }
    assert why[what] in managed.shown
    if what == "stays":
        assert "these files exist only in that one place" in managed.shown
        assert str(disk / "mine.txt") in [row["localPath"] for row in managed.record()]
