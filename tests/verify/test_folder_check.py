"""Whether the folders of the drive are here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.home.lists import FOLDER_LIST, ListException, ListState
from onedrive.listing.refresh import CurrentList
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import LocalPaths
from onedrive.verify.inventory import check_folders

STATE = ListState("2026-11-24T00:00:00+00:00", "account", "d")
NAMES = ("here", "gone", "file", "linked", "dangling")


@pytest.fixture
def folder(tmp_path: Path) -> DownloadFolder:
    folder = DownloadFolder(tmp_path / "downloads")
    folder.prepare()
    (folder.root / "here").mkdir()
    (folder.root / "file").write_bytes(b"x")
    (folder.root / "linked").symlink_to("here")
    (folder.root / "dangling").symlink_to("nowhere")
    return folder


def _current(home: Path, state: ListState = STATE) -> CurrentList:
    rows = [{"id": name, "name": name, "path": f"/{name}", "folder": {}} for name in NAMES]
    (home / FOLDER_LIST).write_text(json.dumps(rows))
    return CurrentList(home, state, None)


def test_folders_that_are_not_here_are_named_with_what_stands_there(home: Path, folder: DownloadFolder) -> None:
    check = check_folders(_current(home), folder, LocalPaths(folder.rules), lambda _: True)

    assert check.number == 5
    assert check.missing == [
        ("/gone", "it is not here"),
        ("/file", "a file stands in its place"),
        ("/dangling", "a link stands in its place"),
    ]


def test_folders_that_nobody_can_list_or_that_are_not_wanted_need_not_be_here(
    home: Path, folder: DownloadFolder
) -> None:
    state = replace(STATE, exceptions=(ListException("/gone", "gone", "the vault", by_nature=True),))

    check = check_folders(
        _current(home, state), folder, LocalPaths(folder.rules), lambda item: item.name != "dangling"
    )  # fmt: skip

    assert check.missing == [("/file", "a file stands in its place")]
    assert (check.number, check.unlisted) == (3, 1)
