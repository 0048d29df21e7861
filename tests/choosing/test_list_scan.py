"""Reading a list into columns: ordinary lines go the fast way, and mean the same there."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.choosing.index import _ROW, ListColumns, scan_list
from onedrive.graph.item import Kind
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, read_items
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.sample import build_sample_drive
from tests.benchmarks.bench_choose import make_lines
from tests.listing.listed import list_drive


@pytest.fixture
def drive() -> DemoDrive:
    return build_sample_drive()


def _seen(columns: ListColumns) -> list[tuple[object, ...]]:
    return [
        (
            columns.path(row),
            columns.sizes[row],
            columns.kinds[row],
            columns.sources[row],
            columns.day(row),
            columns.contents[row],
            columns.cameras[columns.camera_of[row]],
        )
        for row in range(len(columns))
    ]


def _read_slowly(path: Path) -> ListColumns:
    columns = ListColumns()
    for item in read_items(path):
        if item.kind is Kind.FILE:
            columns.add_item(item)
    return columns


def test_the_demos_list_means_the_same_both_ways_and_goes_the_fast_one(home: Path, graph: GraphSession) -> None:
    lines = list_drive(home, graph).files.splitlines(keepends=True)[1:-1]

    assert _seen(scan_list(home / FILE_LIST)) == _seen(_read_slowly(home / FILE_LIST))
    odd = [line for line in lines if not _ROW.fullmatch(line)]
    assert len(odd) <= 2, odd  # names with a backslash or a quote


def test_a_large_drives_list_means_the_same_both_ways_and_goes_the_fast_one(home: Path) -> None:
    lines = [line + b",\n" for line in make_lines(3000)]
    (home / FILE_LIST).write_bytes(b"[\n" + b"".join(lines).rstrip(b",\n") + b"\n]\n")

    assert all(map(_ROW.fullmatch, lines))
    assert _seen(scan_list(home / FILE_LIST)) == _seen(_read_slowly(home / FILE_LIST))
