"""Records of changes: appended, on disk at once, readable after whatever happened."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.errors import FolderNotUsable
from onedrive.home.records import (
    DELETED_ITEMS,
    TAIL_BYTES,
    append_rows,
    describe_unfinished_deletes,
    read_last_rows,
    read_rows,
    read_unfinished,
)
from onedrive.manage.rename import RENAMED_ITEMS, read_rename_runs


def test_lines_are_read_in_their_order_and_one_that_was_torn_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    append_rows(path, [{"a": 1}])
    with path.open("a") as stream:
        stream.write('{"a": 2, "b')

    append_rows(path, [{"a": 3}, {"name": "\u00c6 \ud800"}])

    assert list(read_rows(path)) == read_last_rows(path) == [{"a": 1}, {"a": 3}, {"name": "\u00c6 \ud800"}]
    assert path.read_text(encoding="utf-8").count("\n") == 3


def test_the_end_of_a_long_record_is_read_without_the_rest(tmp_path: Path) -> None:
    append_rows(tmp_path / "x.jsonl", [{"number": number, "text": "x" * 1000} for number in range(1200)])

    rows = read_last_rows(tmp_path / "x.jsonl")

    assert len(rows) < TAIL_BYTES / 1000
    assert rows[-1]["number"] == 1199


def test_a_folder_that_cannot_be_written_to_is_said_and_without_a_record_nothing_is_open(tmp_path: Path) -> None:
    with pytest.raises(FolderNotUsable):
        append_rows(tmp_path / "no folder" / "x.jsonl", [{"a": 1}])

    assert read_unfinished(tmp_path) == []
    assert describe_unfinished_deletes(tmp_path) is None
    assert read_rename_runs(tmp_path, "drive") == []


def test_records_that_somebody_spoiled_are_read_as_far_as_they_go(tmp_path: Path) -> None:
    for name in (DELETED_ITEMS, RENAMED_ITEMS):
        (tmp_path / name).write_bytes(b'\xff\xfe\n[]\n{"state":"deleting"}\n{"state":7,"id":[]}\n' + b"[" * 5000)

    told = describe_unfinished_deletes(tmp_path)
    assert told
    assert "for 1 item it is not yet known" in told
    assert "Choose 7" in told
    assert read_rename_runs(tmp_path, "drive") == []
