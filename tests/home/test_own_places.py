"""The program's own names and folders: nothing of OneDrive takes them, and only plain files stand there."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from onedrive.errors import SettingsError
from onedrive.home.own_places import PROGRAM_FOLDER, is_state_file
from onedrive.settings import Flags, read_settings, read_what_can_be
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.starting import run, run_alone

CLOUD = ("token.json", ".env", "Run.Lock", "file_list.json", "verification.json", "listing.sqlite-wal", "holiday.txt")


def test_every_file_that_is_documented_is_known_as_ours() -> None:
    told = (PROGRAM_FOLDER / "docs/files-on-disk.md").read_text(encoding="utf-8")
    lines = [line for line in told.splitlines() if line.startswith("* `")]
    names = [name for line in lines for name in re.findall(r"`([\w.-]+)/?`", re.split(r" \W ", line[2:])[0])]

    assert len(names) > 15
    assert [name for name in names if not is_state_file(name) and name != "downloads"] == []


@pytest.mark.parametrize(
    ("name", "is_ours"),
    [
        ("TOKEN.json", True),
        ("token.json.new", True),
        ("token.damaged-20261126-010203.json", True),
        ("file_list.edited-20261126-010203-2.json", True),
        ("listing.sqlite-shm", True),
        ("token.txt", False),
        ("token~1a2b.json", False),  # what another of that name is called here
        ("my token.json", False),
    ],
)
def test_also_what_grows_or_was_set_aside_is_ours(name: str, is_ours: bool) -> None:
    assert is_state_file(name) is is_ours


def test_where_home_and_downloads_are_one_folder_nothing_of_onedrive_takes_our_names(
    desk: Desk, drive: DemoDrive
) -> None:
    desk.to(desk.home)
    for name in CLOUD:
        drive.add_file(f"/{name}", b"cloud " + name.encode())
    desk.list_drive()
    listed = (desk.home / "file_list.json").read_bytes()

    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0

    here = {path.read_bytes(): path.name for path in desk.home.iterdir() if path.is_file()}
    assert {here[b"cloud " + name.encode()] for name in CLOUD} & set(CLOUD) == {"holiday.txt"}
    assert (desk.home / "file_list.json").read_bytes() == listed
    assert not (desk.home / "token.json").exists()
    assert not (desk.home / ".env").exists()


def test_where_the_home_is_inside_the_downloads_its_folder_is_not_onedrives(
    desk: Desk, drive: DemoDrive, tmp_path: Path
) -> None:
    desk.to(tmp_path)
    drive.add_file(f"/{desk.home.name}/token.json", b"cloud")
    desk.list_drive()

    assert desk.download().exit_code == 0

    assert not (desk.home / "token.json").exists()
    assert [path.read_bytes() for path in tmp_path.glob(f"{desk.home.name}~*/token.json")] == [b"cloud"]


@pytest.mark.parametrize("place", [".", "onedrive", "pretend_onedrive/graph", "downloads/..", "Onedrive/new"])
def test_downloads_never_go_into_the_program(place: str) -> None:
    for demo in (False, True):
        with pytest.raises(SettingsError, match="the program's own folder") as refused:
            read_settings(Flags(downloads=Path(place), demo=demo), {}, PROGRAM_FOLDER)

    assert "--to" in refused.value.hint
    assert read_settings(Flags(), {}, PROGRAM_FOLDER).downloads == PROGRAM_FOLDER / "downloads"


def test_settings_are_never_read_from_among_the_downloads(tmp_path: Path) -> None:
    for folder in (tmp_path / "downloads/x", tmp_path / "home"):
        folder.mkdir(parents=True)
    (tmp_path / "downloads/x/.env").write_text("MS_OPENGRAPH_APP_ID=cloud\nMS_OPENGRAPH_AUTHORITY=evil.example\n")
    (tmp_path / "home/.env").write_text("MS_OPENGRAPH_APP_ID=mine\n")

    for downloads, cwd in ((tmp_path / "downloads", tmp_path / "downloads/x"), (tmp_path, tmp_path / "home")):
        flags = Flags(home=tmp_path / "home", downloads=downloads)
        settings, faults = read_what_can_be(flags, {}, cwd)
        assert "is not read, because it is in the downloads folder" in faults[0].sentence
        assert settings.app_id == ("mine" if downloads.name == "downloads" else "")
        assert settings.authority == "consumers"


@pytest.mark.posix("pipes with names")
@pytest.mark.parametrize("name", ["token.json", "run.lock"])
def test_a_pipe_in_the_place_of_a_file_is_said_at_once_and_nothing_waits(name: str, tmp_path: Path) -> None:
    (tmp_path / "demo-home").mkdir()
    os.mkfifo(tmp_path / "demo-home" / name)

    for options in (["--no-input", "3"], ["--no-input", "8"], []) if name == "token.json" else (["--no-input", "3"],):
        ended = run_alone(tmp_path, "--demo", *options)

        assert ended.returncode == 1
        assert f"{name} cannot be used: it is a pipe, a socket or a device, not a file." in ended.stdout


@pytest.mark.parametrize("name", ["item_download_errors.json", "selection.json", "listing.sqlite"])
def test_a_folder_in_the_place_of_a_file_is_said_before_anything_is_done(name: str, tmp_path: Path) -> None:
    (tmp_path / "demo-home" / name).mkdir(parents=True)

    ended = run(tmp_path, "--demo", "--no-input", "3", "4")

    assert ended.returncode == 1
    assert f"{name} cannot be used: it is a folder" in ended.stdout + ended.stderr
