"""Home and downloads folder: can they be written, what the disk takes, and nothing left behind."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from onedrive.settings import Settings
from onedrive.setup.computer import look_at_folders
from onedrive.setup.findings import Finding, State


def look(home: Path, downloads: Path) -> dict[str, Finding]:
    return {found.name: found for found in look_at_folders(Settings(home, downloads))}


def test_folders_that_can_be_written_are_in_order_and_stay_empty(home: Path) -> None:
    downloads = home / "downloads"
    downloads.mkdir()

    found = look(home, downloads)

    assert found["home"].words == "The home can be written to"
    assert found["downloads folder"].state is State.OK
    assert " free" in found["room"].words
    assert found["names"].words.startswith("Names: up to ")
    assert list(downloads.iterdir()) == []


def test_folders_that_do_not_exist_are_not_made(tmp_path: Path) -> None:
    found = look(tmp_path / "a" / "b", tmp_path / "c")

    assert found["home"].words == "The home is not there yet, and can be made"
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_folders_place_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    found = look(tmp_path, tmp_path / "file")

    assert found["downloads folder"].state is State.WRONG
    assert "--to" in found["downloads folder"].cure
    assert "room" not in found


def test_a_disk_that_is_nearly_full_is_wrong(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 150_000_000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    found = look(home, home)["room"]

    assert found.state is State.WRONG
    assert found.words == "The disk has 150 MB free; the last 200 MB are left alone"


def test_a_system_that_does_not_tell_the_room_is_a_note(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise OSError

    monkeypatch.setattr(shutil, "disk_usage", refuse)

    assert look(home, home)["room"].state is State.NOTE


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_wrong(home: Path) -> None:
    home.chmod(0o500)

    assert "permission denied" in look(home, home)["home"].words
