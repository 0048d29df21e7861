"""Unfinished bytes, and what binds them to one content."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive import quickxorhash
from onedrive.download.prepare import sweep_partials
from onedrive.errors import DiskFull, FolderNotUsable, ProofFailed, Stopped
from onedrive.graph.item import DriveItem, Kind
from onedrive.transfer.partial import PartialFile

ITEM = DriveItem("F0!s1", "a.bin", Kind.FILE, drive_id="0f", size=1_000_000, etag="e1", ctag="c1")
CONTENT = bytes(range(256)) * 2000


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


def _leave_half(folder: Path, item: DriveItem = ITEM, content: bytes = CONTENT) -> None:
    """A run that ended in the middle."""
    with PartialFile(folder, item, Count()) as partial:
        partial.open(item, _go_on)
        partial.remember_reply(1_000_000, '"r"')
        partial.write(content)


def test_a_later_run_goes_on_with_the_bytes_of_the_same_content(tmp_path: Path) -> None:
    _leave_half(tmp_path)
    count = Count()

    with PartialFile(tmp_path, ITEM, count) as partial:
        partial.open(ITEM, _go_on)
        partial.write(b"more")
        digest = partial.digest()

    assert digest.size_bytes == len(CONTENT) + 4
    expected = quickxorhash.new(CONTENT + b"more").digest()
    assert digest.quick_xor_hash == base64.b64encode(expected).decode()
    assert partial.path.read_bytes() == CONTENT + b"more"
    assert (count.here, count.fetched) == (len(CONTENT), 4)
    assert (partial.origin.total_bytes, partial.origin.reply_etag) == (1_000_000, '"r"')


@pytest.mark.parametrize(
    "item",
    [
        replace(ITEM, ctag="c2"),
        replace(ITEM, size=1_000_001),
        replace(ITEM, ctag="", etag="e2"),
        replace(ITEM, ctag="", etag=""),
    ],
)
def test_bytes_of_another_content_are_forgotten(tmp_path: Path, item: DriveItem) -> None:
    _leave_half(tmp_path)

    with PartialFile(tmp_path, item, Count()) as partial:
        partial.open(item, _go_on)

    assert partial.size_bytes == 0
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


def test_a_new_etag_with_the_same_ctag_is_the_same_content(tmp_path: Path) -> None:
    _leave_half(tmp_path)
    item = replace(ITEM, etag="e2")

    with PartialFile(tmp_path, item, Count()) as partial:
        partial.open(item, _go_on)

    assert partial.size_bytes == len(CONTENT)


@pytest.mark.parametrize("origin", [b"", b"{}", b'{"ctag": 1}', b"[]", b'{"ctag":"c1","etag":"e1","listed_size":"x"}'])
def test_bytes_whose_origin_is_not_known_are_forgotten(tmp_path: Path, origin: bytes) -> None:
    _leave_half(tmp_path)
    next(tmp_path.glob("*.json")).write_bytes(origin)

    with PartialFile(tmp_path, ITEM, Count()) as partial:
        partial.open(ITEM, _go_on)

    assert partial.size_bytes == 0


def test_more_bytes_than_the_file_has_are_forgotten(tmp_path: Path) -> None:
    _leave_half(tmp_path, content=b"x" * 1_000_001)

    with PartialFile(tmp_path, ITEM, Count()) as partial:
        partial.open(ITEM, _go_on)

    assert partial.size_bytes == 0


def test_what_stands_behind_the_end_of_a_file_that_came_in_parts_is_cut_off(tmp_path: Path) -> None:
    with PartialFile(tmp_path, ITEM, Count()) as partial:
        partial.open(ITEM, _go_on)
        partial.begin_parts()
        partial.remember_reply(1_000_000, "")
        part = partial.next_part(1_000_000)
        assert part
        partial.write(b"x" * 400_000, part)
    with partial.path.open("ab") as file:
        file.truncate(1_500_000)

    with PartialFile(tmp_path, ITEM, Count()) as partial:
        partial.open(ITEM, _go_on)
        part = partial.next_part(1_000_000)
        assert part
        partial.write(b"x" * 600_000, part)
        partial.close_whole()

    assert partial.path.read_bytes() == b"x" * 1_000_000


@pytest.mark.parametrize("changed_bytes", [500_001, 499_999])
def test_a_file_that_another_program_made_longer_or_shorter_gets_no_final_name(
    tmp_path: Path, changed_bytes: int
) -> None:
    with PartialFile(tmp_path, ITEM, Count()) as partial:
        partial.open(ITEM, _go_on)
        partial.write(b"x" * 500_000)
        with partial.path.open("r+b") as file:
            file.truncate(changed_bytes)

        with pytest.raises(ProofFailed, match="500000 bytes came"):
            partial.close_whole()

    assert not partial.path.exists()


def test_a_file_that_was_whole_already_needs_no_request(tmp_path: Path) -> None:
    _leave_half(tmp_path, content=b"x" * 1_000_000)

    with PartialFile(tmp_path, ITEM, Count()) as partial:
        partial.open(ITEM, _go_on)

    assert partial.is_whole


def test_ctrl_c_ends_the_rereading(tmp_path: Path) -> None:
    _leave_half(tmp_path)

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

    with PartialFile(tmp_path, ITEM, count) as partial:
        partial.open(ITEM, _go_on)
        partial.write(b"12345")
        partial.start_over(ITEM)
        partial.write(b"abc")

    assert partial.path.read_bytes() == b"abc"
    assert count.here + count.fetched == 3
    assert partial.digest().size_bytes == 3


def test_bytes_that_are_of_no_use_are_gone_without_a_trace(tmp_path: Path) -> None:
    _leave_half(tmp_path)

    PartialFile(tmp_path, ITEM, Count()).discard()

    assert not list(tmp_path.iterdir())


def test_sha_hashes_are_computed_where_they_alone_are_listed(tmp_path: Path) -> None:
    item = replace(ITEM, facets={"file": {"hashes": {"sha256Hash": "AB"}}})

    with PartialFile(tmp_path, item, Count()) as partial:
        partial.open(item, _go_on)
        partial.write(b"x")
        digest, again = partial.digest(), partial.digest_again(_go_on)

    assert (digest.sha256, digest.sha1) == (again.sha256, None)
    assert again.sha1 is not None
    assert again.quick_xor_hash == digest.quick_xor_hash


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_said_as_such(tmp_path: Path) -> None:
    partial = PartialFile(tmp_path, ITEM, Count())
    partial.path.symlink_to("/dev/full")

    def fill() -> None:
        with partial:
            partial.open(ITEM, _go_on)
            partial.write(b"x")

    with pytest.raises((DiskFull, FolderNotUsable)):
        fill()


def test_writing_without_opening_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not open"):
        PartialFile(tmp_path, ITEM, Count()).write(b"x")


def test_sweeping_takes_leftovers_and_keeps_what_can_be_continued(tmp_path: Path) -> None:
    folder = tmp_path / ".partial"
    folder.mkdir()
    _leave_half(folder)
    (folder / "lonely.json").write_text("{}")
    (folder / "lonely2.part").write_text("x")

    sweep_partials(folder)
    assert sorted(path.suffix for path in folder.iterdir()) == [".json", ".part"]
    PartialFile(folder, ITEM, Count()).discard()
    sweep_partials(folder)

    assert not folder.exists()
