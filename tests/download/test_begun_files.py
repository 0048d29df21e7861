"""Which files were begun in an earlier run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from onedrive.download.prepare import read_begun


def _begin(folder: Path, name: str, content: bytes) -> None:
    (folder / f"{name}.part").write_bytes(content)
    (folder / f"{name}.json").write_text("{}")


def test_the_bytes_that_are_here_are_counted_by_name(tmp_path: Path) -> None:
    _begin(tmp_path, "a", b"a" * 300_000)
    _begin(tmp_path, "b", b"")

    assert read_begun(tmp_path) == {"a": 300_000, "b": 0}


def test_what_cannot_be_continued_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"a" * 1000)
    (tmp_path / "b.json").write_text("{}")

    assert read_begun(tmp_path) == {}


@pytest.mark.skipif(sys.platform == "win32", reason="what a file takes of the disk is not said there")
def test_the_holes_of_a_file_in_parts_are_not_here(tmp_path: Path) -> None:
    _begin(tmp_path, "a", b"a" * 100_000)
    with (tmp_path / "a.part").open("r+b") as stream:
        stream.truncate(50_000_000)

    assert 100_000 <= read_begun(tmp_path)["a"] < 2_000_000


def test_no_folder_means_nothing_begun(tmp_path: Path) -> None:
    assert read_begun(tmp_path / "none") == {}
