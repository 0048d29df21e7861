"""What a download needs, what of it fits, and which damage is known; pure rules, and what lies in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.download.prepare import FetchNeed, choose_fitting, measure_need, read_begun
from onedrive.local.proof import LocalFile
from onedrive.local.room import DiskRoom
from onedrive.transfer.addresses import WantedFile
from onedrive.transfer.partial import partial_name

DISK = DiskRoom(free_bytes=10**12, block_bytes=1000)


def _row(name: str, size: int) -> WantedFile:
    return WantedFile(id=name, drive_id="d", parent_id="p", folder="", name=name, size_bytes=size, ctag="", place=name)


@pytest.mark.parametrize(
    ("sizes", "begun_bytes", "need"),
    [
        ([1, 2500], 0, (2, 2501, 0, 0, 4000)),
        ([9000], 5000, (1, 9000, 1, 5000, 4000)),
        ([9000], 50_000, (1, 9000, 1, 9000, 0)),
    ],
)
def test_what_is_wanted_is_added_up_in_whole_blocks_without_what_is_here_of_it(
    sizes: list[int], begun_bytes: int, need: tuple[int, ...]
) -> None:
    begun = {partial_name("d", "0"): begun_bytes} if begun_bytes else {}

    found = measure_need([_row(f"{number}", size) for number, size in enumerate(sizes)], begun, lambda _: None, DISK)

    assert (found.files, found.size_bytes, found.begun_files, found.begun_bytes, found.room_bytes) == need


def test_what_has_the_size_of_the_file_costs_nothing_and_as_many_files_as_possible_fit() -> None:
    local = {"a": LocalFile(9000, 1), "b": LocalFile(8999, 1), "c": LocalFile(9000, 1, is_file=False)}

    need = measure_need([_row(name, 9000) for name in "abc"], {}, local.get, DISK)

    assert (need.alike_files, need.alike_bytes, need.room_bytes) == (1, 9000, 18_000)
    need = FetchNeed(costs={("d", "big"): 50, ("d", "small"): 10, ("d", "middle"): 20, ("d", "here"): 0})

    assert choose_fitting(need, 35) == {("d", "here"), ("d", "small"), ("d", "middle")}
    assert choose_fitting(need, 80) == set(need.costs)
    assert choose_fitting(need, 0) == {("d", "here")}


def test_the_bytes_that_are_here_of_what_can_be_continued_are_counted_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"a" * 300_000)
    (tmp_path / "b.part").write_bytes(b"")
    (tmp_path / "cannot go on.part").write_bytes(b"a" * 1000)
    for name in ("a", "b", "nothing"):
        (tmp_path / f"{name}.json").write_text("{}")

    assert read_begun(tmp_path) == {"a": 300_000, "b": 0}
    assert read_begun(tmp_path / "none") == {}


@pytest.mark.posix("word about what a file takes of the disk")
def test_the_holes_of_a_file_in_parts_are_not_here(tmp_path: Path) -> None:
    with (tmp_path / "a.part").open("wb") as stream:
        stream.write(b"a" * 100_000)
        stream.truncate(50_000_000)
    (tmp_path / "a.json").write_text("{}")

    assert 100_000 <= read_begun(tmp_path)["a"] < 2_000_000
