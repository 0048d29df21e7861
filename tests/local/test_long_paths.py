"""Folders whose paths are longer than 260 characters: ordinary on Linux, a matter of its own on Windows."""

from __future__ import annotations

import os
from pathlib import Path

from onedrive.local.names import long_windows_path
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

FOLDER = (
    "/".join(f"{number} " + "a folder with quite a long name " * 2 for number in range(5)).replace(" /", "/").strip()
)
LONG_NAME = "n" * 246 + ".txt"
LONG_ROOT = "/".join(["a_folder_whose_name_has_fifty_letters_or_a_few_more"] * 5)


def _place(desk: Desk, place: str) -> Path:
    return Path(long_windows_path(os.path.join(desk.downloads, *place.split("/"))))  # noqa: PTH118 - as the system has it


def test_a_file_far_down_is_fetched_once_found_again_and_keeps_what_a_person_wrote_into_it(
    desk: Desk, drive: DemoDrive
) -> None:
    place = f"{FOLDER}/letter.txt"
    desk.given({f"/{place}": b"from OneDrive"}, f"/{FOLDER}/{LONG_NAME}", here=True)

    assert _place(desk, place).read_bytes() == b"from OneDrive"
    assert _place(desk, f"{FOLDER}/{LONG_NAME}").exists()
    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
    assert desk.verify().exit_code == 0
    assert desk.odd() == {}

    _place(desk, place).write_bytes(b"written by a person")
    drive.change_content(drive.find(f"/{place}"), b"and newer on OneDrive")
    desk.list_drive()
    assert desk.download().exit_code == 0

    beside = os.listdir(_place(desk, FOLDER))  # noqa: PTH208 - as the system has it
    assert len(beside) == 3
    kept = next(name for name in beside if "local copy kept" in name)
    assert _place(desk, f"{FOLDER}/{kept}").read_bytes() == b"written by a person"
    assert _place(desk, place).read_bytes() == b"and newer on OneDrive"


def test_the_downloads_folder_itself_may_be_far_down(desk: Desk, home: Path, drive: DemoDrive) -> None:
    desk.to(home / LONG_ROOT[: 215 - len(str(home))])
    desk.given({"/a.txt": b"from OneDrive"}, {f"/{FOLDER}/b.txt": b"far"}, {f"/{LONG_NAME}": b"long"}, here=True)

    assert _place(desk, "a.txt").read_bytes() == b"from OneDrive"
    assert _place(desk, f"{FOLDER}/b.txt").read_bytes() == b"far"
    assert _place(desk, LONG_NAME).read_bytes() == b"long"
    assert desk.verify().exit_code == 0
    assert desk.odd() == {}
    drive.change_content(drive.find("/a.txt"), b"newer")
    desk.list_drive()
    assert desk.download().exit_code == 0
    assert _place(desk, "a.txt").read_bytes() == b"newer"
