"""What a download needs, and what of it fits."""

from __future__ import annotations

from onedrive.download.prepare import FetchNeed, choose_fitting, measure_need
from onedrive.local.proof import LocalFile
from onedrive.local.room import DiskRoom
from onedrive.transfer.addresses import WantedFile
from onedrive.transfer.partial import partial_name

DISK = DiskRoom(free_bytes=10**12, block_bytes=1000)


def _row(name: str, size: int) -> WantedFile:
    return WantedFile(id=name, drive_id="d", parent_id="p", folder="", name=name, size_bytes=size, ctag="", place=name)


def test_all_that_is_wanted_is_added_up_in_whole_blocks() -> None:
    need = measure_need([_row("a", 1), _row("b", 2500)], {}, lambda _: None, DISK)

    assert (need.files, need.size_bytes, need.room_bytes) == (2, 2501, 4000)


def test_bytes_that_are_here_of_an_unfinished_file_are_not_needed_again() -> None:
    need = measure_need([_row("a", 9000)], {partial_name("d", "a"): 5000}, lambda _: None, DISK)

    assert (need.begun_files, need.begun_bytes, need.room_bytes) == (1, 5000, 4000)


def test_a_partial_that_is_longer_than_the_file_counts_as_the_whole_at_most() -> None:
    need = measure_need([_row("a", 9000)], {partial_name("d", "a"): 50_000}, lambda _: None, DISK)

    assert (need.begun_bytes, need.room_bytes) == (9000, 0)


def test_what_has_the_size_of_the_file_is_compared_first_and_costs_nothing() -> None:
    local = {"a": LocalFile(9000, 1), "b": LocalFile(8999, 1), "c": LocalFile(9000, 1, is_file=False)}

    need = measure_need([_row(name, 9000) for name in "abc"], {}, local.get, DISK)

    assert (need.alike_files, need.alike_bytes, need.room_bytes) == (1, 9000, 18_000)


def test_what_fits_is_as_many_files_as_possible() -> None:
    need = FetchNeed(costs={("d", "big"): 50, ("d", "small"): 10, ("d", "middle"): 20, ("d", "here"): 0})

    assert choose_fitting(need, 35) == {("d", "here"), ("d", "small"), ("d", "middle")}
    assert choose_fitting(need, 80) == set(need.costs)
    assert choose_fitting(need, 0) == {("d", "here")}
