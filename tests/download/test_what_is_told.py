"""What a dry run says, changing nothing and asking for nothing; and what programs are told of a download."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onedrive.choosing.selection import Duplicates, Layout, Selection
from onedrive.graph.traits import FileKind
from onedrive.local.room import RESERVE_BYTES, DiskRoom
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

PHOTOS = Selection(kinds=frozenset({FileKind.PHOTO}))


def _snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """All that is in a folder, with times."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_mtime_ns,
            path.stat().st_ino,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in [folder, *folder.rglob("*")]
    }


def _look_without_a_trace(desk: Desk, selection: Selection) -> list[str]:
    """A dry run in which nothing may change; what it said."""
    before = _snapshot(desk.home)
    desk.forget_requests()

    assert desk.download(selection=selection, dry_run=True, with_events=True).exit_code == 0
    assert _snapshot(desk.home) == before
    assert not desk.requests("")
    return desk.said.getvalue().splitlines()


def _items(desk: Desk) -> set[tuple[object, object]]:
    return {(event["action"], event["path"]) for event in desk.events if event["event"] == "plan_item"}


def test_before_the_first_run_not_even_the_folder_is_made(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/virus.exe", b"v", malware={})
    desk.given({"/A/a.jpg": b"a" * 1000, "/b.txt": b"b"})

    said = _look_without_a_trace(desk, Selection())

    assert not desk.downloads.exists()
    assert _items(desk) == {("fetch", "/A/a.jpg"), ("fetch", "/b.txt"), ("unavailable", "/virus.exe")}
    assert any("download" in line and "1.0 kB" in line and "/A/a.jpg" in line for line in said)
    assert "download: 2 files, 1.0 kB." in said
    assert said[-1] == "This was a trial run: nothing was changed. Leave out --dry-run to do it."


def test_all_that_would_be_done_is_said_and_nothing_changes(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/here.jpg", "/moved.jpg", "/edited.jpg", "/changed.jpg", "/touched.jpg", here=True)
    drive.add_file("/left out.txt", b"text")
    drive.rename(drive.find("/moved.jpg"), "new name.jpg")
    drive.change_content(drive.find("/changed.jpg"), b"a new version")
    drive.add_file("/twin.jpg", b"/here.jpg")
    (desk.downloads / "edited.jpg").write_bytes(b"edited here, and longer")
    (desk.downloads / "touched.jpg").write_bytes(b"/TOUCHED.jpg")
    desk.list_drive()

    said = _look_without_a_trace(desk, Selection(kinds=PHOTOS.kinds, duplicates=Duplicates.LINK))

    assert _items(desk) == {
        ("fetch", "/changed.jpg"),
        ("fetch", "/edited.jpg"),
        ("keep_beside", "/edited.jpg"),
        ("compare", "/touched.jpg"),
        ("move", "/new name.jpg"),
        ("link", "/twin.jpg"),
        ("left_out", "/left out.txt"),
        ("there", "/here.jpg"),
    }
    assert "1 file (4 B) left out by your choice: 1 of another kind." in said
    here = next(event for event in desk.events if event.get("action") == "there")
    assert (here["place"], here["size_bytes"], here["reason"]) == ("here.jpg", 9, "here already")
    plan = next(event for event in desk.events if event["event"] == "plan")
    assert (plan["files"], plan["here_files"], plan["left_out_files"], plan["moves"]) == (3, 1, 1, 1)


def test_where_a_file_would_go_is_said_and_a_layout_that_would_move_files_is_not_asked_about(
    drive: DemoDrive, desk: Desk
) -> None:
    drive.add_file("/a.txt", b"a", created="2019-06-05T10:00:00Z")
    desk.list_drive()
    before = _look_without_a_trace(desk, Selection(layout=Layout.DATE))
    desk.download()

    said = _look_without_a_trace(desk, Selection(layout=Layout.DATE))

    assert any(line.endswith("/a.txt  not here yet; to 2019/2019-06/a.txt") for line in before)
    assert any("/a.txt" in line and "your choice: 2019/2019-06/a.txt" in line for line in said)
    assert "Nothing would be downloaded. Already here: 1 file." in said


def test_of_many_the_first_forty_are_shown_and_all_are_events(drive: DemoDrive, desk: Desk) -> None:
    desk.given({f"/{number:02}{'n' * 150}.txt": b"t" for number in range(50)})

    said = _look_without_a_trace(desk, Selection())

    assert sum("not here yet" in line for line in said) == 40
    assert "download: 50 files, 50 B; the first 40 are shown." in said
    assert len(_items(desk)) == 50
    assert max(map(len, said)) < 110  # a long name makes no wide table


def test_without_room_the_exit_code_is_5(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.given({"/big": b"b" * 9000})
    room = DiskRoom(free_bytes=RESERVE_BYTES + 4096)
    monkeypatch.setattr("onedrive.local.folder.look_at_disk", lambda *_, **__: room)

    result = desk.download(dry_run=True)

    assert result.exit_code == 5
    assert result.failure.startswith("There is not enough space on the disk: 12.3 kB needed")
    assert result.failure.endswith("Make space there, or name another disk with --to.")
    assert "There is not enough space on the disk: 12.3 kB needed" in desk.said.getvalue()
    assert not desk.downloads.exists()


def test_when_nothing_is_chosen_that_is_said(desk: Desk) -> None:
    desk.given("/a.txt")

    assert _look_without_a_trace(desk, PHOTOS)[0].startswith(
        "Your choice leaves nothing: none of the 1 file on the list"
    )


# --- what programs that read along are told --------------------------------------------------------------------------

RESULTS = ("fetched", "adopted", "there", "moved", "linked", "copied", "named", "held", "failed", "unavailable")


def _told(desk: Desk, name: str) -> list[dict[str, object]]:
    return [event for event in desk.events if event["event"] == name]


def _sums(desk: Desk) -> dict[str, object]:
    """The counts of the summary that are not 0, once it is sure that every file of the list is in one of them."""
    (selection,), (summary,) = _told(desk, "selection"), _told(desk, "summary")
    counts = {word: summary[word] for word in (*RESULTS, "elsewhere", "left_out_files", "no_room_files")}
    assert sum(int(str(count)) for count in counts.values()) == selection["listed_files"]
    assert summary["there"] == summary["here_files"]
    return {word: count for word, count in counts.items() if count}


def test_selection_plan_items_and_summary_are_told_in_that_order(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a.jpg", b"a" * 1000)
    drive.add_file("/twin.jpg", b"a" * 1000)
    drive.add_file("/left out.txt", b"text")
    drive.add_file("/virus.jpg", b"v", malware={})
    lost = drive.add_file("/lost.jpg", b"l")
    desk.list_drive()
    drive.delete(lost)
    photos = Selection(kinds=PHOTOS.kinds, duplicates=Duplicates.LINK)

    assert desk.download(selection=photos, with_events=True).exit_code == 3
    names = [event["event"] for event in desk.events]
    assert names == ["selection", "plan", *["item"] * 4, "summary"]
    (selection,), (plan,), (summary,) = (_told(desk, name) for name in ("selection", "plan", "summary"))
    assert (selection["files"], selection["listed_files"], selection["duplicates"]) == (4, 5, "link")
    assert selection["description"] == "photos"
    assert (plan["files"], plan["size_bytes"], plan["twins"], plan["left_out_files"]) == (2, 1001, 1, 1)
    results = {event["path"]: event["result"] for event in _told(desk, "item")}
    assert results == {"/a.jpg": "fetched", "/twin.jpg": "linked", "/virus.jpg": "unavailable", "/lost.jpg": "failed"}
    fetched = next(event for event in _told(desk, "item") if event["result"] == "fetched")
    assert fetched | {"id": ""} == {
        "event": "item",
        "result": "fetched",
        "id": "",
        "path": "/a.jpg",
        "place": "a.jpg",
        "size_bytes": 1000,
        "verified": "hash",
        "reason": "",
        "earlier": "",
    }
    assert _sums(desk) == {"fetched": 1, "linked": 1, "failed": 1, "unavailable": 1, "left_out_files": 1}
    assert (summary["fetched_bytes"], summary["saved_bytes"]) == (1000, 1000)
    assert json.dumps(desk.events)
    failed, verdict, where = desk.said.getvalue().splitlines()[-3:]
    assert failed == "1 file could not be downloaded (/lost.jpg): no longer on OneDrive; a new list will leave it out."
    assert verdict.startswith("2 of 4 files that you chose are here: 1 downloaded and checked (1.0 kB in ")
    assert verdict.endswith(
        " and 1 linked to an equal file (1.0 kB saved); 1 could not be downloaded; 1 that OneDrive gives to no "
        "program; 1 left out by your choice."
    )
    assert where.endswith(". Choose 3, then 4, for what is on OneDrive now.")


def test_every_file_is_in_one_sum_however_it_came(
    drive: DemoDrive, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.given("/moved.txt", "/adopted.txt", "/there.txt", "/known.txt", {"/big": b"b" * 9000}, here=True)
    (tmp_path / "disk").mkdir()
    (desk.downloads / "known.txt").rename(tmp_path / "disk" / "known.txt")
    (desk.downloads / "big").unlink()
    drive.rename(drive.find("/moved.txt"), "moved on.txt")
    (desk.downloads / "adopted.txt").touch()
    drive.add_file("/equal.txt", b"/there.txt")
    desk.given("/new.txt", "/left out.jpg")
    room = DiskRoom(free_bytes=RESERVE_BYTES + 4096)
    monkeypatch.setattr("onedrive.local.folder.look_at_disk", lambda *_, **__: room)

    once = Selection(exclude=("*.jpg",), duplicates=Duplicates.ONCE)
    assert desk.download(selection=once, with_events=True, typed="1\n", known=(tmp_path / "disk",)).exit_code == 5

    assert {event["path"]: event["result"] for event in _told(desk, "item")} == {
        "/moved on.txt": "moved",
        "/adopted.txt": "adopted",
        "/equal.txt": "named",
        "/new.txt": "fetched",
    }
    assert _sums(desk) == dict.fromkeys(
        ["moved", "adopted", "there", "elsewhere", "named", "fetched", "no_room_files", "left_out_files"], 1
    )
