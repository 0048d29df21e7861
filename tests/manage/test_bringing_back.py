"""Undoing a deletion: what option 7 deleted comes back out of the recycle bin, and what cannot is named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from onedrive.home.records import DELETED_ITEMS
from onedrive.manage.restore_plan import read_delete_runs
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files, on_work_drive

FOLDERS = ("/Pictures/2023/May", "/Letters", "")
PATHS = [f"{FOLDERS[number % 3]}/{number:02}.jpg" for number in range(24)]  # two batches


def test_a_deletion_that_is_undone_leaves_the_drive_as_it_was_and_nothing_to_fetch(managed: ManagedDrive) -> None:
    before = managed.whole_drive()
    managed.delete("24", "4")
    deleted = managed.online()
    managed.desk.list_drive()

    assert managed.bring_back()
    said = managed.shown
    managed.desk.list_drive()
    managed.desk.download()

    assert deleted == []
    assert managed.whole_drive() == before
    assert "28 items brought back on OneDrive." in said
    assert managed.states()["/Letters/01.jpg"] == ["deleting", "deleted", "restoring", "restored"]
    assert read_delete_runs(managed.home, managed.drive.id) == []
    assert managed.desk.fetched() == 0


def test_only_what_is_chosen_comes_back_with_the_folders_that_it_needs_and_the_rest_can_come_later(
    managed: ManagedDrive,
) -> None:
    before = managed.whole_drive()
    managed.delete("24", "4")

    managed.bring_back(which="/Pictures/2023")
    first = managed.online()
    managed.bring_back("0")
    managed.bring_back(which="*1.jpg")
    second = managed.online()
    managed.bring_back()

    assert first == sorted(path for path in PATHS if path.startswith("/Pictures"))
    assert set(second) - set(first) == {path for path in PATHS if path.endswith("1.jpg")} - set(first)
    assert managed.whole_drive() == before


def test_a_folder_that_somebody_else_deleted_since_comes_back_too(managed: ManagedDrive, drive: DemoDrive) -> None:
    before = managed.whole_drive()
    managed.delete("24")
    drive.delete(drive.find("/Pictures"))

    managed.bring_back()

    assert managed.whole_drive() == before
    assert "The folder /Pictures/2023/May was deleted too; it comes back with what was in it then." in managed.shown


def test_what_was_in_a_folder_that_was_made_anew_comes_back_into_the_new_one(
    managed: ManagedDrive, drive: DemoDrive
) -> None:
    managed.delete("24", "4")
    drive.add_folder("/Pictures/2023/May")

    managed.bring_back()

    assert managed.online() == sorted(PATHS)
    assert "a folder of that name is there again" in managed.shown


def test_where_a_folder_is_gone_for_good_the_nearest_above_it_takes_what_was_in_it(
    managed: ManagedDrive, drive: DemoDrive
) -> None:
    managed.delete("24")
    drive.delete(drive.find("/Pictures/2023"))
    for item in drive.tombstones.values():
        item.purged = item.is_folder

    managed.bring_back()

    assert managed.online() == sorted(path.replace("/2023/May", "") for path in PATHS)
    assert "Not to where it was, since the name is taken or the folder is gone:" in managed.shown


def test_two_of_one_name_that_come_into_the_same_folder_both_come(managed: ManagedDrive, drive: DemoDrive) -> None:
    add_files(drive, ["/two/x/1.jpg", "/two/y/1.jpg"])
    managed.download_all()
    managed.prove()
    managed.delete("26")
    for folder in ("/two/x", "/two/y"):
        drive.delete(drive.find(folder))
    for item in drive.tombstones.values():
        item.purged = item.is_folder

    managed.bring_back(which="/two")

    assert managed.online() == ["/two/1 (restored).jpg", "/two/1.jpg"]


def test_a_service_that_says_it_is_back_and_does_nothing_is_not_believed(
    managed: ManagedDrive, drive: DemoDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    managed.delete("24")
    monkeypatch.setattr(drive, "restore", lambda *_: None)

    managed.bring_back()

    assert "0 of 24 brought back on OneDrive." in managed.shown
    assert "24: OneDrive said that it was back, but it is not" in managed.shown


def test_where_a_name_is_taken_it_comes_back_under_a_new_one_and_both_stay(
    managed: ManagedDrive, drive: DemoDrive
) -> None:
    before = managed.whole_drive()
    managed.delete("24")
    add_files(drive, ["/Letters/01.jpg", "/Letters/01 (restored).jpg"])

    managed.bring_back()

    others_now = {path: data for path, data in managed.whole_drive().values() if path.startswith("/Letters/01")}
    assert others_now["/Letters/01 (restored 2).jpg"] == b"/Letters/01.jpg"
    assert others_now["/Letters/01 (restored).jpg"] == b"/Letters/01 (restored).jpg"
    renamed = {item_id for item_id, (path, _) in before.items() if path == "/Letters/01.jpg"}
    now = managed.whole_drive()
    assert {item_id for item_id in before if now[item_id] != before[item_id]} == renamed
    assert "/Letters/01.jpg" in managed.shown
    assert "/Letters/01 (restored 2).jpg" in managed.shown


def test_what_left_the_bin_and_what_is_there_again_is_named(managed: ManagedDrive, drive: DemoDrive) -> None:
    managed.delete("24")
    gone, back = (next(item for item in drive.tombstones.values() if item.path == path) for path in PATHS[:2])
    gone.purged = True
    drive.restore(back, back.parent, back.name)

    managed.bring_back()

    assert managed.online() == sorted(set(PATHS) - {PATHS[0]})
    assert "1: it is no longer in OneDrive's recycle bin" in managed.shown
    assert "1: it is already back on OneDrive" in managed.shown


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda demo: demo.refuse_writes(200, path="/Letters/01.jpg"), "OneDrive said that it was done"),
        (lambda demo: demo.refuse_writes(403, path="/Letters/01.jpg"), "OneDrive does not let a program bring it back"),
        (lambda demo: demo.refuse_writes(404, path="/Letters/01.jpg"), "OneDrive no longer finds it, or the folder"),
        (
            lambda demo: demo.before_writes(lambda _: add_files(demo.drive, ["/Letters/01.jpg"])),
            "something with that name is already there",
        ),
    ],
)
def test_what_onedrive_does_not_bring_back_is_named_and_can_be_tried_again(
    managed: ManagedDrive, demo: FaultyServer, happens: Callable[[FaultyServer], None], words: str
) -> None:
    managed.delete("24")
    happens(demo)

    managed.bring_back()
    said = managed.shown
    demo.be_well()
    managed.bring_back()

    assert "23 of 24 brought back on OneDrive." in said
    assert f"1: {words}" in said
    assert len(set(managed.online()) - {"/Letters/01 (restored).jpg"}) == 24


@pytest.mark.parametrize("status", [None, 429])
def test_a_lost_answer_is_looked_into_before_anything_is_sent_again(
    managed: ManagedDrive, demo: FaultyServer, status: int | None
) -> None:
    before = managed.whole_drive()
    managed.delete("24", "4")
    demo.lose_answers(status, times=2)

    managed.bring_back()

    assert managed.whole_drive() == before
    assert all(states[-1] == "restored" for states in managed.states().values())


def test_records_of_before_say_no_run_and_no_folder_and_are_undone_all_the_same(managed: ManagedDrive) -> None:
    before = managed.whole_drive()
    managed.delete("24", "4")
    path = managed.home / DELETED_ITEMS
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    old = [{key: value for key, value in row.items() if key not in ("run", "parentId")} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in old))

    managed.bring_back()

    assert managed.whole_drive() == before


def test_what_somebody_else_had_deleted_before_is_not_brought_back(managed: ManagedDrive, drive: DemoDrive) -> None:
    drive.delete(drive.find(PATHS[0]))
    managed.delete("24")

    managed.bring_back()

    assert managed.online() == sorted(PATHS[1:])


@on_work_drive()
def test_an_account_for_work_gets_the_way_by_hand(managed: ManagedDrive) -> None:
    managed.delete("24")

    assert not managed.bring_back()
    assert "OneDrive lets no program bring back what was deleted" in managed.shown
    assert "https://www.onedrive.com" in managed.shown
    assert PATHS[1] in managed.shown
    assert managed.online() == []
