"""Folders by date and back again: on any small tree and kind of disk nothing is lost, and the old tree is restored."""

from __future__ import annotations

import contextlib
import itertools
import unicodedata
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onedrive.choosing.selection import EVERYTHING, Layout, Selection
from onedrive.errors import Stopped
from onedrive.graph.session import GraphSession
from onedrive.local.folder import DownloadFolder
from onedrive.local.names import LINUX_RULES, MACOS_RULES, WINDOWS_RULES, NameRules
from onedrive.net.client import HttpClient
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

BY_DATE = Selection(layout=Layout.DATE)
BY_YEAR = Selection(layout=Layout.DATE, pattern="{year}")
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

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        FILES,
        st.sampled_from([BY_DATE, BY_YEAR]),
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
        before = desk.files()
        assert sorted(before.values()) == sorted(contents.values())
        desk.forget_requests()
        edited = {f"edited {path}".encode() for path in _edit(desk, before, files)}

        if killed_after:
            here = {*desk.files().values()}
            _download_until_killed(desk, layout, moves=killed_after)
            assert here <= {*desk.files().values()}
        for selection in (layout, layout, EVERYTHING):
            assert desk.download(selection=selection).exit_code == 0, desk.said.getvalue()
            assert {*contents.values(), *edited} == set(desk.files().values())
        assert before.items() <= desk.files().items()
        assert edited or killed_after or desk.files() == before
        assert killed_after or desk.fetched() <= len(edited)

    there_and_back()


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
