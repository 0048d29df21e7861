"""The folder that downloads go to."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from onedrive.errors import FolderNotUsable, NotPlaceable
from onedrive.home.manifest import VERIFIED_BY_HASH, Manifest, ManifestLine
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import ContentHash, Digest
from onedrive.local.proof import LocalFile


@pytest.fixture
def folder(tmp_path: Path) -> DownloadFolder:
    folder = DownloadFolder(tmp_path / "deep" / "downloads", now=lambda: datetime(2026, 11, 23, 17, 5, 9))
    folder.prepare()
    return folder


def _digest(content: bytes) -> Digest:
    hashes = ContentHash()
    hashes.update(content)
    return hashes.digest()


def _whole(folder: DownloadFolder, content: bytes) -> Path:
    path = folder.partial / "x.part"
    path.write_bytes(content)
    return path


def _recorded(local: LocalFile | None, place: str) -> ManifestLine:
    assert local is not None
    line = ManifestLine(
        "1", "d", "c", "e", f"/{place}", place, local.size_bytes, local.modified, "AAAA", VERIFIED_BY_HASH
    )
    manifest = Manifest()
    manifest.take(line)
    return next(manifest.entries())


def test_preparing_makes_the_folder_and_leaves_nothing_but_our_own(folder: DownloadFolder) -> None:
    assert [path.name for path in folder.root.iterdir()] == [".partial"]
    assert not list(folder.partial.iterdir())


def test_a_file_in_the_way_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "downloads").touch()

    with pytest.raises(FolderNotUsable, match="cannot be used"):
        DownloadFolder(tmp_path / "downloads").prepare()


def test_our_own_folder_must_not_be_a_link(tmp_path: Path) -> None:
    (tmp_path / ".partial").symlink_to(tmp_path)

    with pytest.raises(FolderNotUsable, match="it is a link"):
        DownloadFolder(tmp_path).prepare()


def test_what_stands_in_a_place(folder: DownloadFolder) -> None:
    folder.path("a").write_bytes(b"123")
    os.utime(folder.path("a"), (7, 7))
    folder.path("link").symlink_to(folder.path("a"))

    assert folder.look("a") == LocalFile(3, 7)
    assert folder.look("nothing") is None
    assert folder.look("nul\0") is None
    assert not getattr(folder.look(".partial"), "is_file", True)
    assert not getattr(folder.look("link"), "is_file", True)


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


def test_bytes_get_their_name_and_replace_what_is_ours(folder: DownloadFolder) -> None:
    folder.path("a.txt").write_bytes(b"old")
    recorded = _recorded(folder.look("a.txt"), "a.txt")

    local = folder.put(_whole(folder, b"newer"), "a.txt", _digest(b"newer"), recorded=recorded)

    assert local.size_bytes == 5
    assert folder.path("a.txt").read_bytes() == b"newer"
    assert sorted(path.name for path in folder.root.iterdir()) == [".partial", "a.txt"]


def test_what_is_not_ours_is_kept_beside_under_a_name_that_says_so(folder: DownloadFolder) -> None:
    for content in (b"mine", b"mine too"):
        folder.path("a.txt").write_bytes(content)
        folder.put(_whole(folder, b"newer"), "a.txt", _digest(b"newer"), recorded=None)

    kept = "a (local copy kept 2026-11-23 17.05.09"
    assert folder.path(f"{kept}).txt").read_bytes() == b"mine"
    assert folder.path(f"{kept} 2).txt").read_bytes() == b"mine too"
    assert folder.path("a.txt").read_bytes() == b"newer"


def test_the_same_bytes_are_not_kept_twice(folder: DownloadFolder) -> None:
    folder.path("a.txt").write_bytes(b"same")

    folder.put(_whole(folder, b"same"), "a.txt", _digest(b"same"), recorded=None)

    assert sorted(path.name for path in folder.root.iterdir()) == [".partial", "a.txt"]


def test_a_file_is_moved_only_where_nothing_stands(folder: DownloadFolder) -> None:
    folder.path("a").write_bytes(b"a")
    folder.path("b").write_bytes(b"b")

    assert not folder.move("a", "b")
    assert folder.move("a", "new/folder/c")

    assert folder.path("new/folder/c").read_bytes() == b"a"
    assert folder.path("b").read_bytes() == b"b"


def test_a_refusal_of_the_system_concerns_one_file(folder: DownloadFolder) -> None:
    folder.path("a.txt").mkdir()

    with pytest.raises(NotPlaceable, match="could not be put in its place on this computer"):
        folder.digest("a.txt", lambda: None, with_sha256=False, with_sha1=False)
