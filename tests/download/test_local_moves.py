"""What was renamed or moved on OneDrive is moved here and not fetched, against the pretend OneDrive over sockets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from onedrive.errors import Stopped
from onedrive.local.folder import DownloadFolder
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk


def _rename_in_turn(drive: DemoDrive, new_names: dict[str, str]) -> None:
    """Rename files, also where one takes the name that another has."""
    items = {path: drive.find(path) for path in new_names}
    for number, item in enumerate(items.values()):
        drive.rename(item, f"for a moment {number}")
    for path, name in new_names.items():
        drive.rename(items[path], name)


@pytest.mark.parametrize("names", [["one", "two"], ["a", "b", "c"], [f"{number:03}" for number in range(60)]])
def test_files_that_exchange_their_names_in_a_circle_are_moved_and_leave_nothing_over(
    drive: DemoDrive, desk: Desk, names: list[str]
) -> None:
    desk.given({f"/A/{name}": name.encode() * 9 for name in names}, here=True)
    _rename_in_turn(drive, {f"/A/{name}": after for name, after in zip(names, [*names[1:], names[0]], strict=True)})
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {
        f"A/{after}": name.encode() * 9 for name, after in zip(names, [*names[1:], names[0]], strict=True)
    }
    assert not desk.requests("")
    desk.download()
    assert not desk.requests("")


def test_what_was_moved_or_renamed_is_moved_here_also_where_one_takes_a_name_that_another_gives_up(
    drive: DemoDrive, desk: Desk
) -> None:
    desk.given({f"/A/{name}": name.encode() * 9 for name in ("one", "two", "three")}, here=True)
    one, two, three = (drive.find(f"/A/{name}") for name in ("one", "two", "three"))
    drive.move(one, drive.add_folder("/B"))
    drive.rename(two, "2")
    drive.rename(three, "two")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"B/one": b"one" * 9, "A/2": b"two" * 9, "A/two": b"three" * 9}
    assert not desk.requests("")
    assert "3 files renamed or moved on OneDrive" in desk.said.getvalue()


def test_a_chain_of_names_that_each_take_the_next_is_moved(drive: DemoDrive, desk: Desk) -> None:
    names = [f"{number:03}" for number in range(200)]
    desk.given({f"/{name}": name.encode() for name in names}, here=True)
    _rename_in_turn(drive, {f"/{name}": f"{int(name) + 1:03}" for name in names})
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {f"{int(name) + 1:03}": name.encode() for name in names}
    assert not desk.requests("")
    assert "200 files renamed or moved on OneDrive: moved here too, not fetched again." in desk.said.getvalue()


def test_a_renamed_folder_leaves_no_empty_one_behind(drive: DemoDrive, desk: Desk) -> None:
    desk.given({f"/Old/deep/{number}": b"%d" % number for number in range(5)}, here=True)
    drive.rename(drive.find("/Old"), "New")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert sorted(path.name for path in desk.downloads.iterdir()) == ["New"]
    assert len(desk.files()) == 5


def test_the_old_folder_stays_when_a_person_keeps_something_in_it(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/Old/a": b"a"}, here=True)
    (desk.downloads / "Old/mine.txt").write_bytes(b"mine")
    drive.rename(drive.find("/Old"), "New")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"New/a": b"a", "Old/mine.txt": b"mine"}


def test_a_file_that_was_renamed_and_changed_leaves_no_older_version_behind(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/letter.txt": b"first"}, here=True)
    item = drive.find("/letter.txt")
    drive.rename(item, "final.txt")
    drive.change_content(item, b"second")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"final.txt": b"second"}
    assert desk.fetched() == 1


def test_exchanged_names_with_one_changed_file_end_right_with_one_fetch(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/one": b"first", "/two": b"second"}, here=True)
    two = drive.find("/two")
    _rename_in_turn(drive, {"/one": "two", "/two": "one"})
    drive.change_content(two, b"the second, changed")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"one": b"the second, changed", "two": b"first"}
    assert desk.fetched() == 1


def test_a_renamed_file_that_a_person_edited_is_kept_beside_the_new_one_and_named(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a": b"theirs"}, here=True)
    (desk.downloads / "a").write_bytes(b"edited here")
    drive.rename(drive.find("/a"), "b")
    desk.list_drive()

    assert desk.download().exit_code == 0
    files = desk.files()
    kept = next(place for place in files if place.startswith("b (local copy kept "))
    assert files == {kept: b"edited here", "b": b"theirs"}
    assert f"1 local file is kept beside the new version: {kept}." in desk.said.getvalue()


def test_edited_files_of_a_renamed_folder_go_along_and_are_kept_beside(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/Old/a": b"theirs", "/Old/b": b"first"}, here=True)
    for name in ("a", "b"):
        (desk.downloads / "Old" / name).write_bytes(b"edited here")
    drive.change_content(drive.find("/Old/b"), b"second")
    drive.rename(drive.find("/Old"), "New")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert sorted(path.name for path in desk.downloads.iterdir()) == ["New"]
    assert sorted(desk.files().values()) == [b"edited here", b"edited here", b"second", b"theirs"]
    assert "2 local files are kept beside the new version: New/a (local copy kept " in desk.said.getvalue()


def test_a_renamed_file_that_was_only_touched_here_is_not_fetched(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/Old/a": b"theirs"}, here=True)
    os.utime(desk.downloads / "Old/a", (1, 1))
    drive.rename(drive.find("/Old"), "New")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert "For 1 file of them (6 B) something of the same size is in its place" in desk.said.getvalue()
    assert desk.files() == {"New/a": b"theirs"}
    assert desk.fetched() == 0


def test_what_another_file_left_in_the_old_place_is_not_taken_for_the_edited_copy(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a": b"first"}, here=True)
    drive.rename(drive.find("/a"), "b")
    drive.add_file("/a", b"another one")
    desk.list_drive()
    (desk.downloads / "a").write_bytes(b"edited here")

    assert desk.download().exit_code == 0
    files = desk.files()
    kept = next(place for place in files if place.startswith("a (local copy kept "))
    assert files == {"a": b"another one", "b": b"first", kept: b"edited here"}


def test_a_strangers_file_in_the_new_place_is_kept_beside_and_nothing_fetched(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a": b"ours"}, here=True)
    (desk.downloads / "b").write_bytes(b"a stranger's")
    drive.rename(drive.find("/a"), "b")
    desk.list_drive()

    assert desk.download().exit_code == 0
    files = desk.files()
    assert files.pop("b") == b"ours"
    assert [place.startswith("b (local copy kept ") for place in files] == [True]
    assert desk.fetched() == 0


def test_the_same_bytes_in_the_new_place_are_recognised(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a": b"ours"}, here=True)
    (desk.downloads / "b").write_bytes(b"ours")
    drive.rename(drive.find("/a"), "b")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files()["b"] == b"ours"
    assert desk.fetched() == 0


@pytest.mark.parametrize("moves", [1, 2])
def test_an_exchange_that_is_interrupted_is_ended_by_the_next_run(
    drive: DemoDrive, desk: Desk, moves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.given({"/one": b"first", "/two": b"second"}, here=True)
    _rename_in_turn(drive, {"/one": "two", "/two": "one"})
    desk.list_drive()
    real_move = DownloadFolder.move
    done: list[str] = []

    def move(folder: DownloadFolder, old_place: str, new_place: str) -> bool:
        if len(done) == moves:
            raise KeyboardInterrupt
        has_moved = real_move(folder, old_place, new_place)
        done.extend([new_place] if has_moved else [])
        return has_moved

    monkeypatch.setattr(DownloadFolder, "move", move)
    with pytest.raises(Stopped):
        desk.download()
    monkeypatch.undo()

    assert desk.download().exit_code == 0
    assert desk.files() == {"one": b"second", "two": b"first"}
    assert desk.fetched() == 0


def test_a_file_is_not_moved_through_a_link_that_leads_out(drive: DemoDrive, desk: Desk, tmp_path: Path) -> None:
    desk.given({"/A/a": b"ours"}, here=True)
    (desk.downloads / "A").rename(tmp_path / "outside")
    (desk.downloads / "A").symlink_to(tmp_path / "outside")
    drive.rename(drive.find("/A"), "B")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["a"]
    assert (desk.downloads / "B/a").read_bytes() == b"ours"


def test_a_name_that_only_changes_its_case_ends_right(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/readme.TXT": b"r"}, here=True)
    drive.rename(drive.find("/readme.TXT"), "README.txt")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.files() == {"README.txt": b"r"}
    assert desk.fetched() == 0


def test_what_was_deleted_here_and_renamed_on_onedrive_is_announced_before_it_is_fetched(
    drive: DemoDrive, desk: Desk
) -> None:
    desk.given({"/Old/a": b"a" * 2000, "/Old/b": b"b" * 1000}, here=True)
    (desk.downloads / "Old/a").unlink()
    drive.rename(drive.find("/Old"), "New")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert desk.said.getvalue().startswith("To download: 1 file, 2.0 kB.")
    assert sorted(desk.files()) == ["New/a", "New/b"]
