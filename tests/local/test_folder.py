"""The folder that downloads go to, also one that is only looked at, and what its disk can take."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from onedrive.errors import FolderNotUsable, NotPlaceable
from onedrive.local.folder import DownloadFolder, UntouchedFolder
from onedrive.local.hashing import ContentHash, Digest
from onedrive.local.names import FAT_RULES, LINUX_RULES, NameRules
from onedrive.local.proof import LocalFile
from onedrive.local.room import LARGEST_ON_FAT_BYTES, RESERVE_BYTES, DiskRoom, look_at_disk

TOP = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> DownloadFolder:
    folder = DownloadFolder(tmp_path / "deep" / "downloads", now=lambda: datetime(2026, 11, 23, 17, 5, 9))
    folder.prepare()
    return folder


def _put(folder: DownloadFolder, content: bytes) -> None:
    path = folder.partial / "x.part"
    path.write_bytes(content)
    folder.put(path, "a.txt", _digest(content), recorded=None)


def _digest(content: bytes) -> Digest:
    hashes = ContentHash()
    hashes.update(content)
    return hashes.digest()


@pytest.mark.posix("links that anybody may make")
def test_a_file_in_the_way_of_the_folder_and_a_link_in_the_place_of_ours_are_said(tmp_path: Path) -> None:
    (tmp_path / "downloads").touch()
    (tmp_path / ".partial").symlink_to(tmp_path)

    for root, words in (
        (tmp_path / "downloads", "cannot be used"),
        (tmp_path, "it is a link, and must be a real folder"),
    ):
        with pytest.raises(FolderNotUsable, match=words):
            DownloadFolder(root).prepare()


@pytest.mark.posix("links that anybody may make")
def test_what_stands_in_a_place(folder: DownloadFolder) -> None:
    folder.path("a").write_bytes(b"123")
    os.utime(folder.path("a"), (7, 7))
    folder.path("link").symlink_to(folder.path("a"))

    assert folder.look("a") == LocalFile(3, 7)
    assert (folder.look("nothing"), folder.look("nul\0")) == (None, None)
    assert not getattr(folder.look(".partial"), "is_file", True)
    assert not getattr(folder.look("link"), "is_file", True)


@pytest.mark.posix("links that anybody may make")
def test_a_link_within_the_folder_is_followed_and_one_that_leads_out_is_not(
    folder: DownloadFolder, tmp_path: Path
) -> None:
    folder.make_folder("real")
    folder.path("inside").symlink_to(folder.path("real"))
    folder.path("outside").symlink_to(tmp_path)

    folder.make_folder("inside/deeper")

    assert folder.path("real/deeper").is_dir()
    with pytest.raises(NotPlaceable, match="leads out"):
        folder.make_folder("outside/deeper")


def test_what_is_not_ours_is_kept_beside_under_a_name_that_says_so_but_the_same_bytes_are_not(
    folder: DownloadFolder,
) -> None:
    for content in (b"mine", b"mine too", b"newer"):
        folder.path("a.txt").write_bytes(content)
        _put(folder, b"newer")

    kept = "a (local copy kept 2026-11-23 17.05.09"
    assert {path.name: path.read_bytes() for path in folder.root.iterdir() if path.is_file()} == {
        f"{kept}).txt": b"mine",
        f"{kept} 2).txt": b"mine too",
        "a.txt": b"newer",
    }


@pytest.mark.posix("a time of the last change of anything")
def test_what_a_person_writes_into_the_same_bytes_while_they_are_compared_is_kept_beside(
    folder: DownloadFolder, tmp_path: Path
) -> None:
    """Also where size and time are as they were, and the change is in what was read already."""
    content = bytes(range(256)) * 40_000
    whole, place = folder.partial / "1.part", folder.path("film.mp4")
    for path in (whole, place):
        path.write_bytes(content)
    before = place.stat()

    def write_at_the_beginning() -> None:
        with place.open("r+b") as film:
            film.write(b"mine")
        os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))

    folder.put(whole, "film.mp4", _digest(content), recorded=None, check=write_at_the_beginning)

    assert place.read_bytes() == content
    [kept] = folder.kept
    assert folder.path(kept).read_bytes() == b"mine" + content[4:]


def test_a_file_is_moved_only_where_nothing_stands(folder: DownloadFolder) -> None:
    folder.path("a").write_bytes(b"a")
    folder.path("b").write_bytes(b"b")

    assert not folder.move("a", "b")
    assert folder.move("a", "new/folder/c")
    assert (folder.path("new/folder/c").read_bytes(), folder.path("b").read_bytes()) == (b"a", b"b")


@pytest.mark.posix("disk that tells the two spellings of an accent apart")
def test_another_spelling_of_a_name_is_found_only_when_asked_for_and_not_where_it_is_another_file(
    folder: DownloadFolder,
) -> None:
    folder.path("o\u0308").write_bytes(b"a")
    assert folder.look("\u00f6") is None
    with folder.giving_spellings_back({"o\u0308"}):
        assert folder.look("\u00f6") is None
    with folder.giving_spellings_back(()):
        assert folder.look("\u00f6") is not None
    assert folder.path("\u00f6").exists()


def test_a_refusal_of_the_system_concerns_one_file(folder: DownloadFolder) -> None:
    folder.path("a.txt").mkdir()

    with pytest.raises(NotPlaceable, match="could not be saved on this computer"):
        folder.digest("a.txt", lambda: None, with_sha256=False, with_sha1=False)


# --- only looked at ---------------------------------------------------------------------------------------------------


def test_what_the_disk_takes_is_tried_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Path] = []

    def probe(folder: Path, **_: object) -> NameRules:
        tried.append(folder)
        return LINUX_RULES

    monkeypatch.setattr("onedrive.local.folder.probe_name_rules", probe)
    before = tmp_path.stat().st_mtime_ns
    folder = UntouchedFolder(tmp_path)

    assert folder.prepare() == LINUX_RULES
    assert folder.takes_links()
    assert [path.parent for path in tried] == [tmp_path]
    assert not list(tmp_path.iterdir())
    assert tmp_path.stat().st_mtime_ns == before


# --- the disk ---------------------------------------------------------------------------------------------------------


def test_the_reserve_is_not_for_us_and_files_take_whole_blocks() -> None:
    rooms = [DiskRoom(free_bytes=free).room_bytes for free in (RESERVE_BYTES + 7, RESERVE_BYTES - 7, None)]

    assert rooms == [7, 0, None]
    assert [DiskRoom(block_bytes=4096).occupied_bytes(size) for size in (0, 1, 4096, 4097)] == [0, 4096, 4096, 8192]


@pytest.mark.parametrize(
    ("room", "size", "path", "words"),
    [
        (DiskRoom(), 1 << 40, "/d/a", ""),
        (DiskRoom(largest_file_bytes=LARGEST_ON_FAT_BYTES), LARGEST_ON_FAT_BYTES, "/d/a", ""),
        (
            DiskRoom(largest_file_bytes=LARGEST_ON_FAT_BYTES),
            LARGEST_ON_FAT_BYTES + 1,
            "/d/a",
            "cannot hold files of 4 GiB",
        ),
        (DiskRoom(longest_path_bytes=100), 1, "/" + "a" * 98, ""),
        (DiskRoom(longest_path_bytes=100), 1, "/" + "a" * 99, "its path is too long"),
        (DiskRoom(longest_path_bytes=100), 1, "/" + "\u4e00" * 33, "its path is too long"),
    ],
)
def test_what_cannot_stand_on_a_disk(room: DiskRoom, size: int, path: str, words: str) -> None:
    refusal = room.refusal(Path(path), size)

    assert words in refusal
    assert bool(refusal) is bool(words)


def test_this_disk_says_its_room_keeps_nothing_of_the_look_and_one_that_is_gone_limits_nothing(tmp_path: Path) -> None:
    room = look_at_disk(tmp_path, FAT_RULES, largest_wanted_bytes=LARGEST_ON_FAT_BYTES + 1)
    gone = look_at_disk(tmp_path / "gone", LINUX_RULES)

    assert (room.free_bytes or 0) > 0
    assert room.block_bytes >= 512
    assert room.longest_path_bytes is None or room.longest_path_bytes > 200
    assert not list(tmp_path.iterdir())
    assert (gone.room_bytes, gone.largest_file_bytes) == (None, None)


@pytest.mark.posix("limit for the size of files")
def test_the_limit_of_fat_is_found_by_trying_where_a_file_would_meet_it(tmp_path: Path) -> None:
    code = (
        "import resource; from pathlib import Path\n"
        "from onedrive.local.names import FAT_RULES, LINUX_RULES; from onedrive.local.room import look_at_disk\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "for rules, more in ((FAT_RULES, 1), (FAT_RULES, 0), (LINUX_RULES, 1)):\n"
        f"    room = look_at_disk(Path({str(tmp_path)!r}), rules, largest_wanted_bytes={LARGEST_ON_FAT_BYTES} + more)\n"
        "    print(room.largest_file_bytes)"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=TOP, capture_output=True, text=True, timeout=30)

    assert done.stdout.split() == [str(LARGEST_ON_FAT_BYTES), "None", "None"], done.stderr
    assert not list(tmp_path.iterdir())
