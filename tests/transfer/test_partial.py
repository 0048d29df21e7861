"""Unfinished bytes: what binds them to one content, who fills which part, and what a later run goes on with."""

from __future__ import annotations

import base64
import hashlib
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from onedrive import quickxorhash
from onedrive.download.prepare import sweep_partials
from onedrive.errors import ProofFailed, Stopped
from onedrive.graph.item import DriveItem, Kind
from onedrive.transfer.partial import PartialFile
from onedrive.transfer.parts import LEAST_SHARE_BYTES, STRETCH_BYTES, FilePart, choose_part, fill_gaps

ITEM = DriveItem("F0!s1", "a.bin", Kind.FILE, drive_id="0f", size=1_000_000, etag="e1", ctag="c1")
CONTENT = bytes(range(256)) * 2000
TOTAL = 5_000_000_000


class Count:
    """Counts bytes as a progress does."""

    def __init__(self) -> None:
        self.fetched = 0
        self.here = 0

    def advance(self, *, size_bytes: int) -> None:
        self.fetched += size_bytes

    def skip(self, *, size_bytes: int) -> None:
        self.here += size_bytes


def _go_on() -> None:
    """Nobody pressed Ctrl-C."""


def _open(folder: Path, item: DriveItem = ITEM, count: Count | None = None) -> PartialFile:
    partial = PartialFile(folder, item, count or Count())
    partial.open(item, _go_on)
    return partial


def _leave(folder: Path, content: bytes = CONTENT) -> None:
    """A run that ended with so many bytes."""
    with _open(folder) as partial:
        partial.remember_reply(1_000_000, '"r"')
        partial.write(content, partial.parts[0])


def test_a_later_run_goes_on_with_the_bytes_of_the_same_content(tmp_path: Path) -> None:
    _leave(tmp_path)
    count = Count()

    with _open(tmp_path, replace(ITEM, etag="e2"), count) as partial:
        partial.write(b"more", partial.parts[0])
        digest = partial.digest()

    assert digest.size_bytes == len(CONTENT) + 4
    assert digest.quick_xor_hash == base64.b64encode(quickxorhash.new(CONTENT + b"more").digest()).decode()
    assert partial.path.read_bytes() == CONTENT + b"more"
    assert (count.here, count.fetched) == (len(CONTENT), 4)
    assert (partial.origin.total_bytes, partial.origin.reply_etag) == (1_000_000, '"r"')


OTHERS: list[dict[str, Any]] = [
    {"ctag": "c2"},
    {"size": 1_000_001},
    {"ctag": "", "etag": "e2"},
    {"ctag": "", "etag": ""},
]
ORIGINS = [b"", b"{}", b'{"ctag": 1}', b"[]", b'{"ctag":"c1","etag":"e1","listed_size":"x"}', b"[" * 99_999]


@pytest.mark.parametrize(
    ("item", "origin"),
    [*((replace(ITEM, **other), None) for other in OTHERS), *((ITEM, origin) for origin in ORIGINS)],
)
def test_bytes_of_another_content_and_of_an_unknown_one_are_forgotten(
    tmp_path: Path, item: DriveItem, origin: bytes | None
) -> None:
    _leave(tmp_path)
    if origin is not None:
        next(tmp_path.glob("*.json")).write_bytes(origin)

    with _open(tmp_path, item) as partial:
        assert partial.size_bytes == 0

    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


@pytest.mark.parametrize(("present_bytes", "is_whole"), [(1_000_001, False), (1_000_000, True)])
def test_more_bytes_than_the_file_has_are_forgotten_and_a_whole_file_needs_no_request(
    tmp_path: Path, present_bytes: int, is_whole: bool
) -> None:
    _leave(tmp_path, b"x" * present_bytes)

    with _open(tmp_path) as partial:
        assert (partial.is_whole, partial.size_bytes) == (is_whole, 1_000_000 if is_whole else 0)


def test_what_stands_behind_the_end_of_a_file_that_came_in_parts_is_cut_off(tmp_path: Path) -> None:
    for begin, size_bytes in ((True, 400_000), (False, 600_000)):
        with _open(tmp_path) as partial:
            if begin:
                partial.begin_parts()
                partial.remember_reply(1_000_000, "")
            part = partial.next_part(1_000_000)
            assert part
            partial.write(b"x" * size_bytes, part)
            if begin:
                with partial.path.open("ab") as file:
                    file.truncate(1_500_000)
            else:
                partial.close_whole()

    assert partial.path.read_bytes() == b"x" * 1_000_000


@pytest.mark.parametrize("changed_bytes", [500_001, 499_999])
def test_a_file_that_another_program_made_longer_or_shorter_gets_no_final_name(
    tmp_path: Path, changed_bytes: int
) -> None:
    with _open(tmp_path) as partial:
        partial.write(b"x" * 500_000, partial.parts[0])
        with partial.path.open("r+b") as file:
            file.truncate(changed_bytes)

        with pytest.raises(ProofFailed, match="500000 bytes came"):
            partial.close_whole()

    assert not partial.path.exists()


def test_ctrl_c_ends_the_rereading(tmp_path: Path) -> None:
    _leave(tmp_path)

    def stop() -> None:
        raise Stopped

    with PartialFile(tmp_path, ITEM, Count()) as partial, pytest.raises(Stopped):
        partial.open(ITEM, stop)
    assert partial.path.stat().st_size == len(CONTENT)


def test_ids_that_differ_by_case_alone_have_files_of_their_own_on_any_disk(tmp_path: Path) -> None:
    names = {
        PartialFile(tmp_path, item, Count()).path.name.lower()
        for item in (ITEM, replace(ITEM, id="f0!s1"), replace(ITEM, drive_id="0e"), replace(ITEM, id="\ud800/../x"))
    }

    assert len(names) == 4
    assert all(len(name) < 60 and name.isascii() and "/" not in name for name in names)


def test_starting_over_takes_back_what_was_counted(tmp_path: Path) -> None:
    count = Count()

    with _open(tmp_path, count=count) as partial:
        whole = partial.parts[0]
        partial.write(b"12345", whole)
        partial.start_over(ITEM)
        partial.write(b"abc", whole)

        assert partial.digest().size_bytes == 3
    assert partial.path.read_bytes() == b"abc"
    assert count.here + count.fetched == 3


def test_sha_hashes_are_computed_where_they_alone_are_listed(tmp_path: Path) -> None:
    item = replace(ITEM, facets={"file": {"hashes": {"sha256Hash": "AB"}}})

    with _open(tmp_path, item) as partial:
        partial.write(b"x", partial.parts[0])
        digest, again = partial.digest(), partial.digest_again(_go_on)

    assert (digest.sha256, digest.sha1) == (again.sha256, None)
    assert again.sha1 is not None
    assert again.quick_xor_hash == digest.quick_xor_hash


def test_sweeping_takes_leftovers_and_keeps_what_can_be_continued(tmp_path: Path) -> None:
    folder = tmp_path / ".partial"
    folder.mkdir()
    _leave(folder)
    (folder / f"{'a' * 40}.json").write_text("{}")
    (folder / f"{'b' * 40}.part").write_text("x")
    (folder / f"{'c' * 40}.part").mkdir()
    (folder / "mine.part").write_text("a person's")

    sweep_partials(folder)
    PartialFile(folder, ITEM, Count()).discard()
    assert {path.name for path in folder.iterdir()} == {"mine.part", f"{'c' * 40}.part"}
    (folder / "mine.part").unlink()
    (folder / f"{'c' * 40}.part").rmdir()
    sweep_partials(folder)
    assert not folder.exists()


# --- who gets which part ----------------------------------------------------------------------------------------------


def _part(start: int, end: int, size_bytes: int = 0, *, is_taken: bool = True) -> FilePart:
    return FilePart(start, end, size_bytes, is_taken)


def test_a_file_is_taken_stretch_by_stretch_then_by_halves() -> None:
    parts: list[FilePart] = []
    while part := choose_part(parts, TOTAL):
        part.is_taken = True

    assert (parts[0].start, parts[-1].end) == (0, TOTAL)
    assert all(part.end == after.start for part, after in itertools.pairwise(parts))
    assert all(LEAST_SHARE_BYTES // 2 < (part.bytes_left or 0) <= STRETCH_BYTES for part in parts)
    assert choose_part([_part(0, 15 << 20)], 15 << 20) is None  # nearly done: not shared
    assert choose_part([], 0) is None


def test_a_part_that_was_given_up_comes_first_then_half_of_the_longest_in_work() -> None:
    given_up = [_part(0, 100, 100), _part(100, 200, 50, is_taken=False), _part(200, 300)]
    in_work = [_part(0, 30 << 20, 5 << 20), _part(30 << 20, 90 << 20, 10 << 20)]

    part = choose_part(in_work, 90 << 20)

    assert choose_part(given_up, TOTAL) is given_up[1]
    assert part is in_work[2]
    assert (in_work[1].end, part.end) == (part.start, 90 << 20)
    assert abs(part.start - (65 << 20)) < 70_000


def test_what_was_remembered_is_put_together_gaps_and_what_cannot_be_true_are_fetched() -> None:
    lines = [(100, 200, 60), (0, 50, 50), (150, 300, 10), (400, 500, 100), (500, 400, 0), (600, 700, 101)]

    parts = fill_gaps([*lines, (700, 800, 50)], present_bytes=720)

    assert [(part.start, part.end, part.size_bytes) for part in parts] == [
        (0, 50, 50),
        (50, 100, 0),
        (100, 200, 60),
        (200, 400, 0),
        (400, 500, 100),
    ]


@pytest.mark.parametrize("damage", [None, b"?", b"1" * 5000])
def test_parts_are_remembered_and_a_damaged_line_is_fetched_again(tmp_path: Path, damage: bytes | None) -> None:
    with _open(tmp_path) as partial:
        partial.begin_parts()
        partial.remember_reply(1_000_000, "")
        part = partial.next_part(1_000_000)
        assert part
        partial.write(b"x" * 400_000, part)
    if damage:
        remembered = next(tmp_path.glob("*.parts"))
        remembered.write_bytes(damage + remembered.read_bytes()[1:-5])

    with _open(tmp_path) as partial:
        assert partial.is_in_parts
        assert partial.size_bytes == (0 if damage else 400_000)


@pytest.mark.parametrize("spoils", [False, True])
def test_what_came_before_its_turn_is_read_back_and_must_be_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, spoils: bool
) -> None:
    monkeypatch.setattr("onedrive.transfer.parts.STRETCH_BYTES", 200_000)
    content = CONTENT[:500_000]
    with _open(tmp_path, replace(ITEM, size=500_000)) as partial:
        partial.begin_parts()
        partial.remember_reply(500_000, "")
        parts = list(iter(lambda: partial.next_part(500_000), None))
        for number in (2, 1, 0):
            part = parts[number]
            if spoils and not number:
                begin = parts[1].start
                with partial.path.open("r+b") as file:  # QuickXorHash is the same
                    file.seek(begin)
                    file.write(content[begin + 160 : begin + 320] + content[begin : begin + 160])
            for begin in range(part.start, part.end or 0, 100_000):
                partial.write(content[begin : min(begin + 100_000, part.end or 0)], part)
        if spoils:
            with pytest.raises(ProofFailed, match="the disk did not give back what was written to it"):
                partial.digest()
            assert not partial.path.exists()
        else:
            digest = partial.digest()
            assert digest.sha256 == hashlib.sha256(content).hexdigest()
            assert digest.quick_xor_hash == base64.b64encode(quickxorhash.new(content).digest()).decode()
