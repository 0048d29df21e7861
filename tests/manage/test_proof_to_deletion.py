"""From the download to the proof to the recycle bin: option 7 deletes exactly what option 6 has proven."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from onedrive.choosing.selection import EVERYTHING
from onedrive.errors import StepNeeded
from onedrive.graph.session import GraphSession
from onedrive.home.verification import VERIFICATION, ItemClass, read_verified_items
from onedrive.manage.delete import Deleting
from onedrive.manage.delete_plan import LocalLook
from onedrive.manage.rename import Renaming, find_old_names, read_listed, read_rename_runs
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.terminal.events import EventWriter, check_event
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files


@pytest.fixture
def managed(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, http: HttpClient, pause: SharedPause
) -> ManagedDrive:
    """Plain files, one without a hash, and one of which OneDrive hands out other bytes than it lists."""
    add_files(drive, ["/a.txt", "/b.txt", "/Pictures/c.jpg", "/Pictures/d.jpg", "/Pictures/e.jpg"])
    drive.add_file("/no hash.one", b"notes").lists_hashes = False
    drive.add_live_photo("/Pictures/live.heic", listed_size=60_000, served=b"\0\0\0\x18ftypheic" + b"x" * 40_000)
    managed = ManagedDrive(home, graph, http, demo, pause)
    managed.download_all()
    return managed


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


def test_a_sample_lets_nothing_go(managed: ManagedDrive) -> None:
    managed.desk.verify(sample_percent=1.0)

    with pytest.raises(StepNeeded, match="did not look at every file") as caught:
        managed.delete("7")

    assert caught.value.option == 6


def test_what_was_only_trusted_by_size_and_time_stays(managed: ManagedDrive) -> None:
    managed.desk.verify(quick=True)

    with pytest.raises(StepNeeded):
        managed.delete("7")

    assert len(managed.online()) == 7


def test_a_rename_and_its_undo_leave_everything_proven_and_nothing_to_fetch(managed: ManagedDrive) -> None:
    managed.desk.verify()
    before = classes(managed)
    wishes = {"/a.txt": "b.txt", "/b.txt": "a.txt", "/Pictures/c.jpg": "sea.jpg", "/Pictures": "Photos"}
    listed = {item.path: item for item in read_listed(managed.desk.settings)}
    for some in (["/a.txt", "/b.txt", "/Pictures/c.jpg"], ["/Pictures"]):
        renaming = Renaming(managed.terminal("y"), managed.desk.settings, managed.state, managed.access)
        renaming.run(renaming.plan([(listed[path], wishes[path]) for path in some]))
    managed.desk.list_drive()
    managed.desk.verify()
    renamed = classes(managed)

    for run in read_rename_runs(managed.home, managed.drive.id):
        undoing = Renaming(managed.terminal("y"), managed.desk.settings, managed.state, managed.access, undoes=run.run)
        undoing.run(undoing.plan(*find_old_names(managed.graph, run)))
        managed.desk.list_drive()
    managed.desk.verify()
    managed.desk.download()

    assert sorted(renamed.values()) == sorted(before.values())
    assert "/Photos/sea.jpg" in renamed
    assert classes(managed) == before
    assert managed.desk.fetched() == 0


def test_what_was_renamed_after_the_proof_must_be_proven_again(managed: ManagedDrive) -> None:
    managed.desk.verify()
    [item] = [item for item in read_listed(managed.desk.settings) if item.path == "/a.txt"]
    renaming = Renaming(managed.terminal("y"), managed.desk.settings, managed.state, managed.access)
    renaming.run(renaming.plan([(item, "x.txt")]))
    managed.desk.list_drive()

    managed.delete("4")

    assert "/x.txt" in managed.online()
    assert "it has changed on OneDrive since it was proven" in managed.shown


def test_the_verification_names_the_time_of_each_file_that_it_read(managed: ManagedDrive) -> None:
    managed.desk.verify()

    found = {item.path: item.modified_ns for item in read_verified_items(managed.home)}

    assert found["/a.txt"] == (managed.desk.downloads / "a.txt").stat().st_mtime_ns


def test_a_file_whose_time_alone_was_changed_since_stays(managed: ManagedDrive) -> None:
    managed.desk.verify()
    os.utime(managed.desk.downloads / "a.txt", (1_500_000_000, 1_500_000_000))

    managed.delete("4")

    assert "/a.txt" in managed.online()
    assert "the file here has changed since it was proven" in managed.shown


def test_a_verification_json_that_somebody_edited_deletes_nothing_that_is_not_so(managed: ManagedDrive) -> None:
    managed.desk.verify()
    path = managed.home / VERIFICATION
    path.write_text(path.read_text().replace('"same size"', '"proven"').replace('"differs by design"', '"proven"'))
    assert json.loads(path.read_text())

    managed.delete("5")

    assert managed.online() == ["/Pictures/live.heic", "/no hash.one"]


def test_a_damaged_file_that_an_edited_verification_json_calls_proven_stays(managed: ManagedDrive) -> None:
    path = managed.desk.downloads / "a.txt"
    status = path.stat()
    path.write_bytes(b"/a.tyt")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    managed.desk.verify()
    assert classes(managed)["/a.txt"] is ItemClass.DAMAGED
    found = managed.home / VERIFICATION
    found.write_text(found.read_text().replace('"damaged here"', '"proven"'))

    managed.delete("5")

    assert "/a.txt" in managed.online()
    assert managed.states()["/a.txt"] == ["refused"]
    assert "the file here does not have the bytes that OneDrive lists" in managed.shown


def test_a_file_whose_bytes_rot_after_the_proof_stays_though_nothing_shows_it(managed: ManagedDrive) -> None:
    managed.desk.verify()
    look = LocalLook(managed.desk.downloads, has_change_times=False)
    [proof] = [item for item in read_verified_items(managed.home) if item.path == "/a.txt"]
    path = managed.desk.downloads / "a.txt"
    status = path.stat()
    path.write_bytes(b"/a.tyt")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert look.why_changed(proof) is None
    assert look.why_not_proven(proof) == "the file here does not have the bytes that OneDrive lists"


def test_a_program_that_reads_our_output_hears_of_each_item(managed: ManagedDrive) -> None:
    managed.desk.verify()
    managed.drive.change_content(managed.drive.find("/b.txt"), b"changed after the proof")
    heard = io.StringIO()
    terminal = Terminal(stdin=io.StringIO("5\ny\n"), stdout=io.StringIO(), environ={}, events=EventWriter(heard))
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
