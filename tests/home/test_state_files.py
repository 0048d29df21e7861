"""Atomic writes: the old file or the new one, private from its first byte."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import pytest

from onedrive.errors import DiskFull, FolderNotUsable
from onedrive.home.files import (
    current_folder,
    hints_for,
    make_folder,
    replace_when_whole,
    set_aside,
    write_whole,
)


def test_a_write_that_fails_leaves_the_old_file_and_a_leftover_of_a_killed_run_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "list.json.new").write_text("half")
    write_whole(tmp_path / "list.json", "old")

    with pytest.raises(RuntimeError), replace_when_whole(tmp_path / "list.json") as stream:
        stream.write("half of the ne")
        raise RuntimeError

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("list.json", "old")]


@pytest.mark.posix("modes")
def test_a_private_file_is_private_from_its_first_byte(tmp_path: Path) -> None:
    with replace_when_whole(tmp_path / "token.json", mode=0o600) as stream:
        assert stat.S_IMODE((tmp_path / "token.json.new").stat().st_mode) == 0o600
        stream.write("secret")

    assert stat.S_IMODE((tmp_path / "token.json").stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")

    for folder in (tmp_path / "home", tmp_path / "home" / "inner"):
        with pytest.raises(FolderNotUsable, match=folder.name):
            make_folder(folder)


@pytest.mark.posix("links that anybody may make")
def test_a_link_that_leads_nowhere_is_said(tmp_path: Path) -> None:
    (tmp_path / "downloads").symlink_to(tmp_path / "not mounted")

    with pytest.raises(FolderNotUsable, match=r"downloads cannot be used: it is a link to something that is not there"):
        make_folder(tmp_path / "downloads")


@pytest.mark.posix("folders that go while somebody is in them")
def test_a_current_folder_that_was_deleted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(FolderNotUsable, match="The current folder cannot be used: it no longer exists"):
        current_folder()


@pytest.mark.windows("letters of disks")
def test_a_letter_without_a_disk_is_said() -> None:
    with pytest.raises(FolderNotUsable, match=r"Q:\\ is not there") as caught:
        make_folder(Path("Q:\\photos\\new"))

    assert "Connect the disk" in caught.value.hint


def test_files_set_aside_in_one_second_do_not_replace_each_other(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 23, 16, 45, 0)
    for text in ("one", "two", "three"):
        (tmp_path / "list.json").write_text(text)
        set_aside(tmp_path / "list.json", "edited", now=lambda: moment)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "list.edited-20261123-164500-2.json",
        "list.edited-20261123-164500-3.json",
        "list.edited-20261123-164500.json",
    ]


def test_the_hint_about_a_full_disk_names_the_flag_that_helps() -> None:
    for path, flag in (
        ("/home/me", "--home"),
        ("/home/me/download_manifest.jsonl", "--home"),
        ("/home/me/downloads", "--to"),
        ("/home/me/downloads/.partial/1.part", "--to"),
        ("/elsewhere", "--to"),
    ):
        with pytest.raises(DiskFull) as caught, hints_for(Path("/home/me"), Path("/home/me/downloads")):
            raise DiskFull(Path(path))

        assert f"choose another disk with {flag};" in caught.value.hint
        assert caught.value.path == Path(path)
