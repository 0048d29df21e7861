"""Files with equal content: each one, linked, or only once; against the pretend OneDrive over sockets."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from onedrive.app.overview import look_over
from onedrive.choosing.selection import EVERYTHING, Duplicates, Layout, Selection
from onedrive.graph.session import GraphSession
from onedrive.home.manifest import MANIFEST, read_manifest
from onedrive.local.room import RESERVE_BYTES, DiskRoom
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

LINK = Selection(duplicates=Duplicates.LINK)
ONCE = Selection(duplicates=Duplicates.ONCE)
ALL_PLACES = ("A/one.jpg", "B/two.jpg", "C/three.jpg")
SAME = b"the same bytes" * 200


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    """Three files with the same content, two empty ones and another, on the list."""
    desk = Desk(home, graph, http, demo)
    desk.given(dict.fromkeys((f"/{place}" for place in ALL_PLACES), SAME), {"/other.txt": b"other"})
    desk.given({"/empty one": b"", "/empty two": b""})
    return desk


def _rows(desk: Desk) -> list[dict[str, object]]:
    return [json.loads(line) for line in (desk.home / MANIFEST).read_text().splitlines()[1:]]


def _inodes(desk: Desk, *places: str) -> set[int]:
    return {(desk.downloads / place).stat().st_ino for place in places}


@pytest.mark.parametrize(
    ("first", "fetched", "later", "files"),
    [
        (EVERYTHING, 6, [EVERYTHING, LINK, ONCE], 3),
        (LINK, 4, [LINK, ONCE, EVERYTHING], 1),
        (ONCE, 4, [ONCE, EVERYTHING, LINK], 3),
        (ONCE, 4, [LINK, ONCE], 1),
    ],
)
def test_each_content_is_fetched_as_often_as_chosen_and_later_choices_fetch_nothing_and_change_no_file(
    desk: Desk, first: Selection, fetched: int, later: list[Selection], files: int
) -> None:
    assert desk.download(selection=first).exit_code == 0
    assert desk.fetched() == fetched
    desk.forget_requests()
    for selection in later:
        before = {place: _inodes(desk, place) for place in desk.files()}
        assert desk.download(selection=selection).exit_code == 0
        assert before.items() <= {place: _inodes(desk, place) for place in desk.files()}.items()
    assert len(_inodes(desk, *ALL_PLACES)) == files
    assert [desk.files()[place] for place in ALL_PLACES] == [SAME] * 3
    assert not desk.requests("")
    assert not desk.partials()


def test_linked_ones_are_one_file_with_several_names_and_a_line_each(drive: DemoDrive, desk: Desk) -> None:
    assert desk.download(selection=LINK).exit_code == 0
    assert len(_inodes(desk, *ALL_PLACES)) == 1
    said = desk.said.getvalue()
    assert "To download: 4 files, 2.8 kB." in said
    assert "2 files with the same content as another one become links to it: 5.6 kB need not be downloaded." in said
    assert "2 linked to an equal file (5.6 kB saved)." in said
    original = drive.find("/A/one.jpg").id
    linked = {row["local_path"]: row["same_as"] for row in _rows(desk) if "same_as" in row}
    assert linked == {"B/two.jpg": original, "C/three.jpg": original}
    desk.download(selection=LINK)
    assert "All 6 files on the list are here: nothing had to be downloaded." in desk.said.getvalue()


def test_once_names_the_others_in_the_manifest_and_the_menu_does_not_count_them(drive: DemoDrive, desk: Desk) -> None:
    for _ in range(2):
        assert desk.download(selection=ONCE).exit_code == 0
        assert sorted(desk.files()) == ["A/one.jpg", "empty one", "empty two", "other.txt"]
        named = "2 equal to another file and only named in download_manifest.jsonl (5.6 kB saved)."
        assert named in desk.said.getvalue()
    original = drive.find("/A/one.jpg").id
    rows = [row for row in _rows(desk) if "duplicate_of" in row]
    assert [(next(iter(row)), row["path"], row["duplicate_of"]) for row in rows] == [
        ("duplicate_of", "/B/two.jpg", original),
        ("duplicate_of", "/C/three.jpg", original),
    ]
    assert "4 files downloaded" in " ".join(look_over(desk.settings).lines)
    assert len(read_manifest(desk.home / MANIFEST)) == 4


def test_the_one_that_is_here_is_the_original(drive: DemoDrive, desk: Desk) -> None:
    desk.download(selection=ONCE)
    desk.given({"/0/first by its path.jpg": SAME})

    assert desk.download(selection=LINK).exit_code == 0
    assert len(_inodes(desk, "0/first by its path.jpg", *ALL_PLACES)) == 1
    assert desk.fetched() == 0


def test_all_after_once_copies_with_each_ones_time_and_forgets_the_names(drive: DemoDrive, desk: Desk) -> None:
    drive.find("/B/two.jpg").client_modified = drive.find("/other.txt").client_modified
    desk.list_drive()
    desk.download(selection=ONCE)

    assert desk.download(selection=EVERYTHING).exit_code == 0
    assert "2 copied from an equal file and 4 already here." in desk.said.getvalue()
    expected = drive.find("/B/two.jpg").client_modified.timestamp()
    assert (desk.downloads / "B/two.jpg").stat().st_mtime == int(expected)
    assert read_manifest(desk.home / MANIFEST).find_duplicate(drive.id, drive.find("/B/two.jpg").id) is None


def test_all_after_once_fetches_what_is_not_here_as_it_was(desk: Desk) -> None:
    desk.download(selection=ONCE)
    times = (desk.downloads / "A/one.jpg").stat()
    (desk.downloads / "A/one.jpg").write_bytes(b"X" * len(SAME))
    os.utime(desk.downloads / "A/one.jpg", ns=(times.st_atime_ns, times.st_mtime_ns))  # silently damaged

    assert desk.download(selection=EVERYTHING).exit_code == 0
    assert [desk.files()[place] for place in ALL_PLACES[1:]] == [SAME] * 2
    assert not desk.partials()


@pytest.mark.parametrize("is_deleted", [True, False])
def test_when_the_original_changes_or_goes_another_one_takes_its_part(
    drive: DemoDrive, desk: Desk, is_deleted: bool
) -> None:
    desk.download(selection=ONCE)
    original = drive.find("/A/one.jpg")
    drive.delete(original) if is_deleted else drive.change_content(original, b"changed")
    desk.list_drive()

    assert desk.download(selection=ONCE).exit_code == 0
    assert desk.files()["A/one.jpg"] == (SAME if is_deleted else b"changed")  # what is gone on OneDrive stays here
    assert desk.files()["B/two.jpg"] == SAME
    named = read_manifest(desk.home / MANIFEST).find_duplicate(drive.id, drive.find("/C/three.jpg").id)
    assert named is not None
    assert named.duplicate_of == drive.find("/B/two.jpg").id


@pytest.mark.parametrize("selection", [LINK, ONCE])
@pytest.mark.parametrize("is_deleted", [True, False])
def test_when_the_original_does_not_come_as_listed_the_next_one_does_in_the_same_run(
    drive: DemoDrive, desk: Desk, selection: Selection, is_deleted: bool
) -> None:
    original = drive.find("/A/one.jpg")
    drive.delete(original) if is_deleted else drive.change_content(original, b"changed since")

    assert desk.download(selection=selection).exit_code == (3 if is_deleted else 0)
    assert list(desk.errors()) == ["/A/one.jpg"] * is_deleted
    assert desk.files()["B/two.jpg"] == SAME
    assert desk.files().get("C/three.jpg") == (SAME if selection is LINK else None)


def test_a_linked_file_that_was_touched_here_or_changes_on_onedrive_leaves_the_others_in_peace(
    drive: DemoDrive, desk: Desk
) -> None:
    desk.download(selection=LINK)
    os.utime(desk.downloads / "B/two.jpg", (1, 1))

    desk.forget_requests()
    for _ in range(2):
        assert desk.download(selection=EVERYTHING).exit_code == 0
        assert desk.fetched() == 0
    drive.change_content(drive.find("/B/two.jpg"), b"another now")
    desk.list_drive()
    assert desk.download(selection=LINK).exit_code == 0
    assert [desk.files()[place] for place in ALL_PLACES] == [SAME, b"another now", SAME]


def test_where_the_disk_has_no_links_copies_are_made_and_that_is_said_once(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", refuse)

    assert desk.download(selection=LINK).exit_code == 0
    assert len(_inodes(desk, *ALL_PLACES)) == 3
    assert [desk.files()[place] for place in ALL_PLACES] == [SAME] * 3
    assert desk.fetched() == 4
    assert desk.said.getvalue().count("This disk knows no hard links, so each of them takes its own space.") == 1


def _empty(drive: DemoDrive) -> None:
    for item in [*drive.root.children.values()]:
        drive.delete(item)


def test_what_is_left_out_for_want_of_room_is_not_fetched_through_a_twin(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _empty(drive)
    drive.add_file("/big one", SAME * 20)
    drive.add_file("/big two", SAME * 20)
    drive.add_file("/small", b"s")
    desk.list_drive()
    room = DiskRoom(free_bytes=RESERVE_BYTES + 8192)
    monkeypatch.setattr("onedrive.local.folder.look_at_disk", lambda *_, **__: room)

    assert desk.download(selection=ONCE, typed="1\n").exit_code == 5
    assert list(desk.files()) == ["small"]


def test_a_stranger_in_the_place_of_a_link_is_kept_beside(drive: DemoDrive, desk: Desk) -> None:
    (desk.downloads / "B").mkdir(parents=True)
    (desk.downloads / "B/two.jpg").write_bytes(b"a stranger's")

    assert desk.download(selection=LINK).exit_code == 0
    assert len(_inodes(desk, *ALL_PLACES)) == 1
    assert b"a stranger's" in desk.files().values()


def test_twins_go_into_folders_by_date_too(drive: DemoDrive, desk: Desk) -> None:
    _empty(drive)
    for path, year in (("/A/one.jpg", 2019), ("/B/one.jpg", 2020), ("/C/one.jpg", 2020)):
        drive.add_file(path, SAME, created=f"{year}-06-05T10:00:00Z")
    desk.list_drive()
    linked_by_date = Selection(layout=Layout.DATE, duplicates=Duplicates.LINK)

    assert desk.download(selection=linked_by_date).exit_code == 0
    assert len(_inodes(desk, *desk.files())) == 1
    assert len(desk.files()) == 3
    desk.forget_requests()
    assert desk.download(selection=LINK).exit_code == 0
    assert sorted(desk.files()) == ["A/one.jpg", "B/one.jpg", "C/one.jpg"]
    assert not desk.requests("")
