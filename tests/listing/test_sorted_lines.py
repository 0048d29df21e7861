"""Sorting on disk: the order does not depend on how much memory there is, and nothing is left behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedrive.listing.catalogue import SortedLines, keyed
from onedrive.listing.line import escape, join_line


def _line(path: str, number: int) -> bytes:
    return join_line(str(number).encode(), b"n", escape(path), b',"size":1}')


@given(
    paths=st.lists(st.text(st.characters(exclude_categories=[]), max_size=5)),
    run_bytes=st.sampled_from([1, 500, 10**6]),
)
def test_lines_come_by_path_and_then_by_id(paths: list[str], run_bytes: int) -> None:
    lines = [_line(path, number) for number, path in enumerate(paths)]

    with tempfile.TemporaryDirectory() as folder, SortedLines(Path(folder), run_bytes=run_bytes) as ordered:
        for line in lines:
            ordered.add(*keyed(line))
        found = [line for _, line in ordered]

    assert found == [line for _, line in sorted(map(keyed, lines))]
    assert [keyed(line)[0] for line in found] == [path.encode("utf-8", "surrogatepass") for path in sorted(paths)]


def test_runs_leave_nothing_behind(home: Path) -> None:
    with SortedLines(home, run_bytes=1) as ordered:
        for number in range(20):
            ordered.add(*keyed(_line(f"/{number}", number)))
        assert len(list(ordered)) == 20

    assert list(home.iterdir()) == []


def test_a_line_that_is_not_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="not found"):
        keyed(b'{"name":"x"}')
