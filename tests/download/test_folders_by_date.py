"""Folders by date, against the pretend OneDrive over sockets."""

from __future__ import annotations

import contextlib
import itertools
import json
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onedrive.albums.record import Album, AlbumList, AlbumMember, write_album_list
from onedrive.choosing.selection import EVERYTHING, Layout, Selection
from onedrive.errors import Stopped
from onedrive.graph.session import GraphSession
from onedrive.home.manifest import MANIFEST
from onedrive.local.folder import DownloadFolder
from onedrive.local.names import LINUX_RULES, MACOS_RULES, WINDOWS_RULES, NameRules
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import NAMES_NOT_FILES, Desk
from tests.faults.server import FaultyServer

BY_DATE = Selection(layout=Layout.DATE)
BY_YEAR = Selection(layout=Layout.DATE, pattern="{year}")
BY_ALBUM = Selection(layout=Layout.ALBUM)
BY_DAY_ALONE = Selection(name="{date}")


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
    assert "4 moved into the folders that you chose." in said
    assert ("Your choice" in said) == bool(typed)
    assert _names(desk.downloads) == ["2019", "2020", "Empty", "No date"]

    assert desk.download(typed=typed).exit_code == 0
    said = desk.said.getvalue()
    assert "4 files that are here go into the folders of OneDrive (Camera/a.jpg" in said
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
    assert desk.said.getvalue().count("Type 1, 2 or 0 and Enter.") == 2
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


# --- any small tree, on any kind of disk, there and back again --------------------------------------------------------

FOLDERS = ["", "/A", "/B b", "/2019", "/2019/2019-06", "/No date"]
NAMES = ["x.jpg", "X.JPG", "2019", "2019-06", "é.txt", "e\u0301.txt", "A"]


class File(NamedTuple):
    """One file of a small tree; `created` '' means a date that says nothing."""

    folder: str
    name: str
    created: str
    is_edited: bool

    @property
    def path(self) -> str:
        return f"{self.folder}/{self.name}"


# The second is edited and goes aside, the first takes its place, and the run is killed before that is on record.
MEETING = [
    File("", "é.txt", "0001-01-01T00:00:00Z", is_edited=False),
    File("/No date", "é.txt", "0001-01-01T00:00:00Z", is_edited=True),
    File("", "2019-06", "2019-06-05T10:00:00Z", is_edited=False),
]
FILES = st.lists(
    st.builds(
        File,
        st.sampled_from(FOLDERS),
        st.sampled_from(NAMES),
        st.sampled_from(["2019-06-05T10:00:00Z", "2020-02-29T00:00:00Z", "0001-01-01T00:00:00Z"]),
        st.booleans(),
    ),
    max_size=7,
)


def _possible(files: list[File]) -> list[File]:
    """Without those that OneDrive could not have: two of one name, or a file where a folder is."""
    taken = {folder.lower() for folder in FOLDERS}
    chosen = []
    for file in files:
        key = unicodedata.normalize("NFC", file.path).lower()
        if key not in taken:
            taken.add(key)
            chosen.append(file)
    return chosen


def test_the_old_tree_is_restored_and_every_byte_is_somewhere_on_the_way(
    drive: DemoDrive,
    demo: FaultyServer,
    graph: GraphSession,
    http: HttpClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers, real_text = itertools.count(), DownloadFolder._text

    @settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        FILES,
        st.sampled_from([BY_DATE, BY_YEAR, BY_ALBUM, BY_DAY_ALONE, replace(BY_ALBUM, name="{date}")]),
        st.sampled_from([LINUX_RULES, MACOS_RULES, WINDOWS_RULES]),
        st.none() | st.integers(1, 6),
    )
    @example(MEETING, BY_YEAR, LINUX_RULES, 3)
    def there_and_back(files: list[File], layout: Selection, rules: NameRules, killed_after: int | None) -> None:
        monkeypatch.setattr("onedrive.local.folder.probe_name_rules", lambda _, **__: rules)
        # A disk on which names with the same key are the same name.
        monkeypatch.setattr(DownloadFolder, "_text", lambda folder, place: real_text(folder, rules.key(place)))
        contents = _fill(drive, files)
        home = tmp_path / f"home {next(numbers)}"
        home.mkdir()
        desk = Desk(home, graph, http, demo)
        desk.list_drive()
        desk.download()
        _put_into_albums(desk, drive, every=2)
        before = desk.files()
        assert sorted(before.values()) == sorted(contents.values())
        desk.forget_requests()
        edited = {f"edited {path}".encode() for path in _edit(desk, before, files)}

        if killed_after:
            here = {*desk.files().values()}
            _download_until_killed(desk, layout, moves=killed_after)
            assert here <= {*desk.files().values()}
            _put_into_albums(desk, drive, every=3)
        for selection in (layout, layout, EVERYTHING):
            assert desk.download(selection=selection).exit_code == 0, desk.said.getvalue()
            assert {*contents.values(), *edited} == set(desk.files().values())
        assert before.items() <= desk.files().items()
        assert edited or killed_after or desk.files() == before
        assert killed_after or desk.fetched() <= len(edited)

    there_and_back()


def _put_into_albums(desk: Desk, drive: DemoDrive, *, every: int) -> None:
    """Two albums of one name, which share some files."""
    ids = [item.id for item in sorted(drive.files(), key=lambda item: item.path)]
    members = ids[::every], ids[1:]
    albums = [Album(f"{number}", "a", "", tuple(AlbumMember(i, i) for i in of)) for number, of in enumerate(members)]
    write_album_list(desk.home, AlbumList("", "2026-01-01T00:00:00Z", tuple(albums)))


def _fill(drive: DemoDrive, files: list[File]) -> dict[str, bytes]:
    """Leave nothing in the drive but these files, and say what is in each."""
    for item in list(drive.root.children.values()):
        drive.delete(item)
    contents = {}
    for number, file in enumerate(_possible(files)):
        contents[file.path] = f"content {number}".encode()
        drive.add_file(file.path, contents[file.path], created=file.created, modified=file.created)
    return contents


def _download_until_killed(desk: Desk, layout: Selection, *, moves: int) -> None:
    """A run that ends after so many moves, before the line of the last one is written."""
    real_move, done = DownloadFolder.move, itertools.count(1)

    def move(folder: DownloadFolder, old_place: str, new_place: str) -> bool:
        moved = real_move(folder, old_place, new_place)
        if next(done) == moves:
            raise KeyboardInterrupt
        return moved

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Stopped):
        patch.setattr(DownloadFolder, "move", move)
        desk.download(selection=layout)


def _edit(desk: Desk, before: dict[str, bytes], files: list[File]) -> list[str]:
    """Write into some of the files here; the places of those."""
    places = [place for place, file in zip(sorted(before), files, strict=False) if file.is_edited]
    for place in places:
        (desk.downloads / place).write_bytes(f"edited {place}".encode())
    return places
