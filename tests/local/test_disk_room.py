"""What a disk can take."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.local.names import FAT_RULES, LINUX_RULES
from onedrive.local.room import LARGEST_ON_FAT_BYTES, RESERVE_BYTES, DiskRoom, look_at_disk

TOP = Path(__file__).resolve().parent.parent.parent


def test_the_reserve_is_not_for_us() -> None:
    assert DiskRoom(free_bytes=RESERVE_BYTES + 7).room_bytes == 7
    assert DiskRoom(free_bytes=RESERVE_BYTES - 7).room_bytes == 0
    assert DiskRoom(free_bytes=None).room_bytes is None


@pytest.mark.parametrize(("size", "occupied"), [(0, 0), (1, 4096), (4096, 4096), (4097, 8192)])
def test_files_take_whole_blocks(size: int, occupied: int) -> None:
    assert DiskRoom(block_bytes=4096).occupied_bytes(size) == occupied


@pytest.mark.parametrize(
    ("room", "size", "path", "words"),
    [
        (DiskRoom(), 1 << 40, "/d/a", ""),
        (DiskRoom(largest_file_bytes=LARGEST_ON_FAT_BYTES), LARGEST_ON_FAT_BYTES, "/d/a", ""),
        (DiskRoom(largest_file_bytes=LARGEST_ON_FAT_BYTES), LARGEST_ON_FAT_BYTES + 1, "/d/a", "no file of 4 GiB"),
        (DiskRoom(longest_path_bytes=100), 1, "/" + "a" * 98, ""),
        (DiskRoom(longest_path_bytes=100), 1, "/" + "a" * 99, "its path is longer"),
        (DiskRoom(longest_path_bytes=100), 1, "/" + "\u4e00" * 33, "its path is longer"),
    ],
)
def test_what_cannot_stand_on_a_disk(room: DiskRoom, size: int, path: str, words: str) -> None:
    refusal = room.refusal(Path(path), size)

    assert words in refusal
    assert bool(refusal) is bool(words)


def test_this_disk_says_its_room_and_keeps_nothing_of_the_look(tmp_path: Path) -> None:
    room = look_at_disk(tmp_path, FAT_RULES, largest_wanted_bytes=LARGEST_ON_FAT_BYTES + 1)

    assert room.free_bytes is not None
    assert room.free_bytes > 0
    assert room.block_bytes >= 512
    assert room.longest_path_bytes is None or room.longest_path_bytes > 200
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_limits_nothing(tmp_path: Path) -> None:
    room = look_at_disk(tmp_path / "gone", LINUX_RULES)

    assert (room.room_bytes, room.largest_file_bytes) == (None, None)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit for files is set with resource, which Windows has not")
@pytest.mark.parametrize(
    ("rules", "wanted", "largest"),
    [
        ("FAT_RULES", LARGEST_ON_FAT_BYTES + 1, str(LARGEST_ON_FAT_BYTES)),
        ("FAT_RULES", LARGEST_ON_FAT_BYTES, "None"),
        ("LINUX_RULES", LARGEST_ON_FAT_BYTES + 1, "None"),
    ],
)
def test_the_limit_of_fat_is_found_by_trying_where_a_file_would_meet_it(
    tmp_path: Path, rules: str, wanted: int, largest: str
) -> None:
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from onedrive.local import names as name_rules, room as disk_room\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        f"print(disk_room.look_at_disk(Path({str(tmp_path)!r}), name_rules.{rules}, "
        f"largest_wanted_bytes={wanted}).largest_file_bytes)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, timeout=30)

    assert done.stdout.strip() == largest, done.stderr
    assert not list(tmp_path.iterdir())


def test_rules_of_names_say_whether_trying_is_worth_it() -> None:
    assert ":" in FAT_RULES.refused_characters
    assert ":" not in replace(LINUX_RULES).refused_characters
