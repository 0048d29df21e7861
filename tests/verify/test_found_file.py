"""What stands in a place, and what was read of it."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from onedrive.local.hashing import FileHash
from onedrive.verify.judgement import FILE, FOLDER, LINK, OTHER, FoundFile, found_file


def _file() -> FoundFile:
    return FoundFile(5, 1_500_000_000, 1, FILE)


def test_each_kind_of_thing_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    os.mkfifo(tmp_path / "pipe")

    kinds = {name: found_file(os.lstat(tmp_path / name)).kind for name in ("file", "folder", "link", "pipe")}

    assert kinds == {"file": FILE, "folder": FOLDER, "link": LINK, "pipe": OTHER}


def test_what_was_read_is_known_afterwards() -> None:
    file = _file()

    file.take(FileHash("a", 5, b"q" * 20, b"s" * 32))

    assert file.is_read
    assert file.digest.quick_xor_hash == base64.b64encode(b"q" * 20).decode()
    assert file.digest.sha256 == (b"s" * 32).hex()
    assert file.local.modified == 1


def test_a_remembered_sum_stays_with_the_same_bytes_only() -> None:
    same, other = _file(), _file()
    for file in (same, other):
        file.remember(b"q" * 20, b"s" * 32)

    same.take(FileHash("a", 5, b"q" * 20))
    other.take(FileHash("a", 5, b"x" * 20))

    assert (same.sha256, other.sha256) == (b"s" * 32, b"")


def test_a_file_that_grew_while_it_was_read_is_not_believed() -> None:
    file = _file()

    file.take(FileHash("a", 6, b"q" * 20))

    assert file.error == "it changed while it was being read"


def test_what_could_not_be_read_keeps_the_reason() -> None:
    file = _file()

    file.take(FileHash("a", error="permission denied"))

    assert (file.error, file.is_read) == ("permission denied", False)
