"""All that is here, looked at and read as far as it must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verify.account_scene import Scene


@pytest.fixture
def scene(home: Path) -> Scene:
    return Scene(home, home / "downloads")


def test_only_strangers_of_the_size_of_something_missing_are_read(scene: Scene) -> None:
    scene.list_file("/gone.txt", b"12345")
    scene.list_file("/here.txt", b"abc")
    scene.put("here.txt", b"abc")
    scene.put("renamed.txt", b"12345")
    scene.put("same size.txt", b"54321")
    scene.put("other size.txt", b"1")

    reading = scene.reading()

    assert {place: file.is_read for place, file in reading.strangers.items()} == {
        "renamed.txt": True,
        "same size.txt": True,
        "other size.txt": False,
    }
    assert reading.content_of == {"renamed.txt": "/gone.txt"}
    assert list(reading.here_as.values()) == ["renamed.txt"]


def test_no_stranger_is_read_when_nothing_is_missing(scene: Scene) -> None:
    scene.list_file("/here.txt", b"abc")
    scene.put("here.txt", b"abc")
    scene.put("mine.txt", b"xyz")

    assert [file.is_read for file in scene.reading().strangers.values()] == [False]


def test_state_files_are_no_strangers_where_home_and_downloads_are_one_folder(home: Path) -> None:
    scene = Scene(home, home)
    scene.list_file("/Pictures/a.txt", b"abc")
    scene.put("Pictures/a.txt", b"abc")
    scene.put("Pictures/mine.txt", b"abc")

    assert list(scene.reading().strangers) == ["Pictures/mine.txt"]
