"""Folders by date, against the pretend OneDrive over sockets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onedrive.choosing.selection import EVERYTHING, Layout, Selection
from onedrive.graph.session import GraphSession
from onedrive.home.manifest import MANIFEST
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import NAMES_NOT_FILES, Desk
from tests.faults.server import FaultyServer

BY_DATE = Selection(layout=Layout.DATE)
BY_YEAR = Selection(layout=Layout.DATE, pattern="{year}")


AS_ON_ONEDRIVE = {"Camera/a.jpg": b"a", "Phone/a.jpg": b"another", "Phone/b.txt": b"b", "no date.txt": b"n"}


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive) -> Desk:
    """Four files and an empty folder, on the list."""
    drive.add_file("/Camera/a.jpg", b"a", photo={"takenDateTime": "2019-06-05T10:00:00Z"})
    drive.add_file("/Phone/a.jpg", b"another", photo={"takenDateTime": "2019-06-30T23:59:59Z"})
    drive.add_file("/Phone/b.txt", b"b", created="2020-02-29T00:00:00Z")
    drive.add_file("/no date.txt", b"n", created="0001-01-01T00:00:00Z", modified="0001-01-01T00:00:00Z")
    drive.add_folder("/Empty")
    drive.find("/Camera").client_modified = drive.find("/Camera/a.jpg").client_modified
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    return desk


def _layouts(desk: Desk) -> list[object]:
    rows = [json.loads(line) for line in (desk.home / MANIFEST).read_text().splitlines()[1:]]
    return [row.get("layout") for row in rows]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in NAMES_NOT_FILES)


def test_files_come_into_folders_by_date_are_found_there_and_move_with_another_pattern(desk: Desk) -> None:
    assert desk.download(selection=BY_DATE).exit_code == 0
    files = desk.files()
    one, other = sorted(place for place in files if place.startswith("2019/2019-06/"))
    assert {files[one], files[other]} == {b"a", b"another"}
    assert one == "2019/2019-06/a.jpg"
    assert other.startswith("2019/2019-06/a~")
    assert files["2020/2020-02/b.txt"] == b"b"
    assert files["No date/no date.txt"] == b"n"
    assert _names(desk.downloads) == ["2019", "2020", "No date"]
    assert "Into folders by date: {year}/{year}-{month}." in desk.said.getvalue()
    assert _layouts(desk) == ["date"] * 4

    desk.forget_requests()
    assert desk.download(selection=BY_DATE).exit_code == 0
    assert desk.files() == files
    assert desk.download(selection=BY_YEAR, typed="1\n").exit_code == 0
    assert "3 files that are here go into folders by date (2019/a.jpg, …)." in desk.said.getvalue()
    assert _names(desk.downloads / "2019")[0] == "a.jpg"
    assert not desk.requests("")


@pytest.mark.parametrize(("other", "typed"), [(BY_DATE, "1\n"), (BY_YEAR, "1\n"), (BY_DATE, None)])
def test_another_layout_moves_what_is_here_also_where_nobody_can_be_asked_and_back_again_restores_the_tree(
    desk: Desk, other: Selection, typed: str | None
) -> None:
    desk.download()
    camera_modified = (desk.downloads / "Camera").stat().st_mtime
    desk.forget_requests()

    assert desk.download(selection=other, typed=typed).exit_code == 0
    said = desk.said.getvalue()
    assert "4 files that are here go into folders by date (2019/" in said
    assert "4 files put into other folders by the layout, not fetched again." in said
    assert ("Your choice" in said) == bool(typed)
    assert _names(desk.downloads) == ["2019", "2020", "Empty", "No date"]

    assert desk.download(typed=typed).exit_code == 0
    said = desk.said.getvalue()
    assert "4 files that are here go into the folders that they have on OneDrive (Camera/a.jpg" in said
    assert desk.files() == AS_ON_ONEDRIVE
    assert (desk.downloads / "Camera").stat().st_mtime == camera_modified
    assert _names(desk.downloads) == ["Camera", "Empty", "Phone", "no date.txt"]
    assert not desk.requests("")
    assert _layouts(desk) == [None] * 4 + ["date"] * 4 + [None] * 4


def test_who_leaves_them_where_they_are_gets_new_ones_by_date(drive: DemoDrive, desk: Desk) -> None:
    desk.download()
    drive.add_file("/Phone/new.txt", b"new", created="2021-03-01T00:00:00Z")
    drive.change_content(drive.find("/Phone/b.txt"), b"b, newer")
    desk.list_drive()

    assert desk.download(selection=BY_DATE, typed="2\n").exit_code == 0
    now = AS_ON_ONEDRIVE | {"Phone/b.txt": b"b, newer"}
    assert desk.files() == now | {"2021/2021-03/new.txt": b"new"}
    assert "To download: 2 files" in desk.said.getvalue()

    desk.forget_requests()
    assert desk.download(selection=EVERYTHING, typed="1\n").exit_code == 0
    assert desk.files() == now | {"Phone/new.txt": b"new"}
    assert not desk.requests("")


def test_who_stops_finds_everything_as_it_was_and_wrong_answers_are_asked_again(desk: Desk) -> None:
    desk.download()

    assert desk.download(selection=BY_DATE, typed="yes\n7\n0\n").exit_code == 0
    assert desk.said.getvalue().count("That is none of the choices. Type 1, 2 or 0.") == 2
    assert desk.files() == AS_ON_ONEDRIVE
    assert _names(desk.downloads) == ["Camera", "Empty", "Phone", "no date.txt"]


def test_what_moves_on_onedrive_alone_is_not_asked_about(drive: DemoDrive, desk: Desk) -> None:
    desk.download(selection=BY_DATE)
    drive.rename(drive.find("/Phone"), "Telephone")
    drive.rename(drive.find("/Camera/a.jpg"), "z.jpg")
    desk.list_drive()

    assert desk.download(selection=BY_DATE, typed="").exit_code == 0
    assert sorted(desk.files().values()) == sorted(AS_ON_ONEDRIVE.values())
    assert desk.files()["2019/2019-06/z.jpg"] == b"a"
    assert not desk.requests("")


def test_what_a_person_edited_is_kept_beside_when_the_layout_changes(desk: Desk) -> None:
    desk.download()
    (desk.downloads / "Phone/b.txt").write_bytes(b"edited here")

    assert desk.download(selection=BY_DATE).exit_code == 0
    files = desk.files()
    assert files["2020/2020-02/b.txt"] == b"b"
    kept = [content for place, content in files.items() if place.startswith("2020/2020-02/b (local copy")]
    assert kept == [b"edited here"]
