"""The parts of a large file: who gets which, and what is remembered."""

from __future__ import annotations

import itertools
from pathlib import Path

from onedrive.local.hashing import ContentHash
from onedrive.transfer.partial import LEAST_SHARE_BYTES, PART_BYTES, FilePart, PartsFile, choose_part, fill_gaps

TOTAL = 500_000_000


def _part(start: int, end: int, size_bytes: int = 0, *, is_taken: bool = True) -> FilePart:
    return FilePart(start, end, ContentHash(start), size_bytes, is_taken)


def _take_all(parts: list[FilePart], total_bytes: int) -> None:
    while part := choose_part(parts, total_bytes):
        part.is_taken = True


def test_a_file_is_taken_stretch_by_stretch_then_by_halves() -> None:
    parts: list[FilePart] = []

    _take_all(parts, TOTAL)

    assert parts[0].start == 0
    assert parts[-1].end == TOTAL
    assert all(part.end == after.start for part, after in itertools.pairwise(parts))
    assert all(LEAST_SHARE_BYTES // 2 < (part.bytes_left or 0) <= PART_BYTES for part in parts)


def test_a_part_that_was_given_up_comes_first() -> None:
    parts = [_part(0, 100, 100), _part(100, 200, 50, is_taken=False), _part(200, 300)]

    assert choose_part(parts, TOTAL) is parts[1]


def test_the_longest_part_in_work_is_shared_by_halves() -> None:
    parts = [_part(0, 30 << 20, 5 << 20), _part(30 << 20, 90 << 20, 10 << 20)]

    part = choose_part(parts, 90 << 20)

    assert part is parts[2]
    assert part.end == 90 << 20
    assert parts[1].end == part.start
    assert abs(part.start - (65 << 20)) < 70_000


def test_what_is_nearly_done_is_not_shared() -> None:
    assert choose_part([_part(0, 15 << 20)], 15 << 20) is None
    assert choose_part([], 0) is None


def test_what_was_remembered_is_put_together_and_gaps_are_fetched() -> None:
    lines = [(100, 200, 60), (0, 50, 50), (150, 300, 10), (400, 500, 100), (500, 400, 0), (600, 700, 101)]

    parts = fill_gaps(lines, present_bytes=500)

    assert [(part.start, part.end, part.size_bytes) for part in parts] == [
        (0, 50, 50),
        (50, 100, 0),
        (100, 200, 60),
        (200, 400, 0),
        (400, 500, 100),
    ]


def test_bytes_that_the_file_does_not_have_were_not_written() -> None:
    assert [part.size_bytes for part in fill_gaps([(0, 100, 100), (100, 200, 50)], present_bytes=120)] == [100]


def test_parts_are_remembered_in_place(tmp_path: Path) -> None:
    remembered = PartsFile(tmp_path / "x.parts")
    first, second = _part(0, 100, 10), _part(100, 200)
    remembered.write_all([first])
    remembered.remember(second)
    first.size_bytes, second.size_bytes, second.end = 77, 3, 150
    remembered.remember(second)
    remembered.remember(first)
    remembered.close()

    assert PartsFile(tmp_path / "x.parts").read() == [(0, 100, 77), (100, 150, 3)]
    assert [path.name for path in tmp_path.iterdir()] == ["x.parts"]


def test_a_damaged_line_is_passed_over(tmp_path: Path) -> None:
    remembered = PartsFile(tmp_path / "x.parts")
    remembered.write_all([_part(0, 100, 10), _part(100, 200, 20)])
    remembered.close()
    raw = (tmp_path / "x.parts").read_bytes()
    (tmp_path / "x.parts").write_bytes(b"?" + raw[1:-5])

    assert PartsFile(tmp_path / "x.parts").read() == []


def test_no_parts_are_not_the_same_as_none_remembered(tmp_path: Path) -> None:
    remembered = PartsFile(tmp_path / "x.parts")
    before = remembered.read()
    remembered.write_all([])

    assert (before, remembered.read()) == (None, [])
    remembered.remove()
    assert not list(tmp_path.iterdir())
