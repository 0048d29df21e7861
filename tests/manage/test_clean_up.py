"""Deleting equal files on OneDrive: one of each stays, whatever happens meanwhile."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.verification import VERIFICATION, ItemClass
from onedrive.manage.clean_up import CleaningUp
from onedrive.manage.deletions import count_lost
from onedrive.manage.equal_files import KeepRule, choose_keeper
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.effects import change_json
from tests.faults.line import Fault
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, on_work_drive

SEA, HILL = b"the sea" * 100, b"a hill" * 300
EQUAL = {
    "/Pictures/2019/sea.jpg": SEA,
    "/Backup/phone/sea.jpg": SEA,
    "/sea (1).jpg": SEA,
    "/Pictures/hill.jpg": HILL,
    "/Backup/hill.jpg": HILL,
    "/Pictures/alone.jpg": b"nobody is like me",
}
PATHS = ["/other.txt"]


@pytest.fixture
def managed(managed: ManagedDrive, drive: DemoDrive) -> ManagedDrive:
    add_equal(drive)
    for path in ("/empty.txt", "/Backup/empty.txt"):
        drive.add_file(path, b"")
    managed.download_all()
    managed.prove()
    return managed


def add_equal(drive: DemoDrive) -> None:
    """The first one is the youngest."""
    for number, (path, content) in enumerate(EQUAL.items()):
        drive.add_file(path, content, created=f"20{25 - number}-01-01T00:00:00Z")


def clean_up(
    managed: ManagedDrive,
    typed: str = "3",
    rule: KeepRule = KeepRule.SHORTEST,
    folder: str = "",
    *,
    selection: Selection = EVERYTHING,
) -> CleaningUp:
    cleaning = CleaningUp(managed.terminal(typed), managed.desk.settings, managed.state, managed.access)
    cleaning.run(cleaning.plan_equal(selection, rule, folder))
    cleaning.say_verdict()
    return cleaning


def contents(managed: ManagedDrive) -> set[bytes]:
    return {data for path, data in managed.whole_drive().values() if not managed.drive.find(path).is_folder}


def item(path: str, created: str = "") -> DriveItem:
    return DriveItem(path, path.rpartition("/")[2], Kind.FILE, path, created=created)


def test_which_file_stays_is_the_rule_that_the_person_picks() -> None:
    group = [item("/Pictures/b", "2020"), item("/Backup/old/a", "2019"), item("/Backup/c", "2021"), item("/pictures/a")]
    for rule, folder, stays in (
        (KeepRule.OLDEST, "", "/Backup/old/a"),
        (KeepRule.SHORTEST, "", "/Backup/c"),
        (KeepRule.IN_FOLDER, "/Pictures", "/Pictures/b"),
        (KeepRule.IN_FOLDER, "/Backup/old", "/Backup/old/a"),
        (KeepRule.IN_FOLDER, "/Back", None),
    ):
        keeper = choose_keeper(group, rule, folder)
        assert (keeper.path if keeper else None) == stays, (rule, folder)


@pytest.mark.parametrize(
    ("rule", "folder", "stay"),
    [
        (KeepRule.SHORTEST, "", {"/sea (1).jpg", "/Backup/hill.jpg"}),
        (KeepRule.OLDEST, "", {"/sea (1).jpg", "/Backup/hill.jpg"}),
        (KeepRule.IN_FOLDER, "/Pictures", {"/Pictures/2019/sea.jpg", "/Pictures/hill.jpg"}),
    ],
)
def test_one_of_each_content_stays_and_the_rest_goes_as_by_any_deletion(
    managed: ManagedDrive, rule: KeepRule, folder: str, stay: set[str]
) -> None:
    before = contents(managed)

    clean_up(managed, "3", rule, folder)

    others = {"/Pictures/alone.jpg", "/other.txt", "/empty.txt", "/Backup/empty.txt"}
    assert set(managed.online()) == stay | others
    assert contents(managed) == before
    assert "2 files have equal ones: 3 files (3.2 kB) may be deleted on OneDrive, and one of" in managed.shown
    assert all(f"  stays  {path}" in managed.shown for path in stay)
    kept = managed.drive.find(next(path for path in stay if "hill" in path))
    [row] = [row for row in managed.record() if row["state"] == "deleted" and "hill" in row["path"]]
    assert (row["keptId"], row["keptPath"]) == (kept.id, kept.path)
    assert len(managed.desk.files()) == 9


def test_two_ids_that_are_one_file_are_no_equal_files(
    managed: ManagedDrive, demo: FaultyServer, drive: DemoDrive
) -> None:
    """What answers to the id of the file that stays has the id of the one that goes: there is only one."""
    goes, stays = drive.find("/Pictures/hill.jpg"), drive.find("/Backup/hill.jpg")

    def answer_as_the_other(shown: dict[str, Any]) -> None:
        for reply in shown.get("responses", []):
            if reply.get("body", {}).get("id") == stays.id:
                reply["body"]["id"] = goes.id

    demo.fault_line.add(Fault(change_json(answer_as_the_other), "graph", times=None))

    clean_up(managed, "3")

    assert "/Pictures/hill.jpg" in managed.online()
    assert "/Pictures/2019/sea.jpg" not in managed.online()


def test_only_chosen_files_go_and_only_from_groups_that_have_one_where_one_is_to_stay(managed: ManagedDrive) -> None:
    clean_up(managed, "1", selection=Selection(folders=("/Backup",)))
    assert "/Backup/phone/sea.jpg" not in managed.online()
    assert {"/Pictures/2019/sea.jpg", "/Backup/hill.jpg", "/Pictures/hill.jpg"} <= set(managed.online())
    managed.download_all()
    managed.prove()

    clean_up(managed, "1", KeepRule.IN_FOLDER, "/Pictures/2019")

    assert "/sea (1).jpg" not in managed.online()
    assert "1 group of equal files left alone" in managed.shown


def test_what_is_not_proven_neither_goes_nor_is_the_one_that_stays(managed: ManagedDrive) -> None:
    managed.prove({"/sea (1).jpg": ItemClass.DAMAGED, "/Backup/hill.jpg": ItemClass.SAME_SIZE})

    clean_up(managed, "2")

    assert {"/sea (1).jpg", "/Backup/hill.jpg"} <= set(managed.online())
    assert {"/Backup/phone/sea.jpg", "/Pictures/hill.jpg"} <= set(managed.online())
    assert "the file here is damaged" in managed.shown


@pytest.mark.parametrize("still", [ItemClass.BY_DESIGN, ItemClass.LIVE_STILL, "its film is here"])
def test_a_live_photo_is_in_no_group(managed: ManagedDrive, still: ItemClass | str) -> None:
    if isinstance(still, ItemClass):
        managed.prove({"/sea (1).jpg": still})
    else:
        path, proof = managed.home / VERIFICATION, '"path":"/sea (1).jpg"'
        path.write_text(path.read_text().replace(proof, f'{proof},"film":"sea.mov"'))

    clean_up(managed, "")

    assert "/sea (1).jpg" not in managed.shown


def test_files_whose_hash_agrees_and_whose_bytes_do_not_both_stay(managed: ManagedDrive, drive: DemoDrive) -> None:
    one, two = bytes(range(160)) * 26, bytes(reversed(range(160))) * 26
    pause = bytes(160 * 100)
    for path, content in (("/one.bin", one + pause + two), ("/two.bin", two + pause + one)):
        drive.add_file(path, content)
    managed.download_all()
    managed.prove()
    assert drive.find("/one.bin").quick_xor_hash == drive.find("/two.bin").quick_xor_hash

    clean_up(managed, "4")

    assert {"/one.bin", "/two.bin"} <= set(managed.online())
    assert "its bytes here are not those of the file that was to stay" in managed.shown


@pytest.mark.parametrize("change", ["deleted", "changed"])
def test_where_the_one_that_was_to_stay_is_gone_nothing_goes(
    managed: ManagedDrive, drive: DemoDrive, change: str
) -> None:
    keeper = drive.find("/sea (1).jpg")
    drive.delete(keeper) if change == "deleted" else drive.change_content(keeper, b"something else")

    cleaning = clean_up(managed)

    assert {"/Pictures/2019/sea.jpg", "/Backup/phone/sea.jpg"} <= set(managed.online())
    assert len(cleaning.kept) == 2
    assert "2: the equal file that was to stay" in managed.shown
    assert managed.states()["/Pictures/2019/sea.jpg"] == ["refused"]  # nothing was sent


@pytest.mark.parametrize("batched", [True, False])
def test_what_goes_in_the_moment_in_which_somebody_deletes_the_other_comes_back(
    managed: ManagedDrive, drive: DemoDrive, demo: FaultyServer, *, batched: bool
) -> None:
    demo.before_writes(lambda _request: drive.delete(drive.find("/sea (1).jpg")))
    selection = EVERYTHING if batched else Selection(folders=("/Pictures/2019",))

    cleaning = clean_up(managed, "3" if batched else "1", selection=selection)

    assert {"/Pictures/2019/sea.jpg", "/Backup/phone/sea.jpg"} <= set(managed.online())
    assert len(cleaning.kept) == (2 if batched else 1)
    assert "so it was brought back" in managed.shown
    assert managed.states()["/Pictures/2019/sea.jpg"] == ["deleting", "deleted", "restoring", "restored"]
    assert count_lost(managed.home) == 0


def test_two_clean_ups_at_once_that_keep_different_ones_leave_one_of_each(
    managed: ManagedDrive, demo: FaultyServer, tmp_path: Path, http: HttpClient, pause: SharedPause
) -> None:
    home = tmp_path / "other home"
    home.mkdir()
    other = ManagedDrive(home, managed.graph, http, demo, pause)
    other.download_all()
    other.prove()
    before = contents(managed)
    demo.before_writes(lambda _request: clean_up(other, "3", KeepRule.IN_FOLDER, "/Pictures"))

    clean_up(managed, "3", KeepRule.SHORTEST)

    assert contents(managed) == before
    assert count_lost(managed.home) == count_lost(home) == 0


@on_work_drive()
def test_on_an_account_for_work_the_way_by_hand_is_told_when_the_other_is_gone(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    demo.before_writes(lambda _request: managed.drive.delete(managed.drive.find("/sea (1).jpg")))

    clean_up(managed)

    assert "bring this one back by hand, it is in the recycle bin of your organisation's" in managed.shown
    assert count_lost(managed.home) == 2


def test_a_service_that_takes_no_batches_gets_no_clean_up(managed: ManagedDrive, demo: FaultyServer) -> None:
    demo.fail_next(405, on="batches", times=None)

    clean_up(managed)

    assert set(EQUAL) <= set(managed.online())
    assert "3: OneDrive does not show it and the file that stays in one moment" in managed.shown


def test_many_groups_are_done_ten_at_a_time(managed: ManagedDrive, drive: DemoDrive, demo: FaultyServer) -> None:
    for number in range(25):
        for folder in ("/many", "/many/again"):
            drive.add_file(f"{folder}/{number}.bin", bytes([number]) * 50)
    managed.download_all()
    managed.prove()
    before = contents(managed)
    demo.requests.clear()

    cleaning = clean_up(managed, "28")

    assert contents(managed) == before
    assert len(cleaning.done) == 28
    batches = [seen for seen in demo.requests if seen.path.endswith("$batch")]
    assert len(batches) <= 3 * 3 + 3  # the last three ask for folders that may be empty now
    assert "and 17 more such files; the ones above free most." in managed.shown


def test_the_person_is_not_asked_where_nothing_is_equal(managed: ManagedDrive, drive: DemoDrive) -> None:
    for path in ("/Pictures/2019/sea.jpg", "/Backup/phone/sea.jpg", "/Backup/hill.jpg"):
        drive.delete(drive.find(path))
    managed.download_all()
    managed.prove()
    terminal = Terminal(stdin=io.StringIO(""), stdout=managed.said, environ={})
    cleaning = CleaningUp(terminal, managed.desk.settings, managed.state, managed.access)

    assert not cleaning.run(cleaning.plan_equal(EVERYTHING, KeepRule.OLDEST))
    assert "No file may be deleted because of an equal one." in managed.shown
