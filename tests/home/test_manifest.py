"""What has been downloaded, one line a file."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import DiskFull, FolderNotUsable, StateFileBroken
from onedrive.home.manifest import (
    MANIFEST,
    VERIFIED_BY_HASH,
    DuplicateLine,
    ManifestLine,
    ManifestWriter,
    read_lines,
    read_manifest,
)

LINE = ManifestLine(
    id="0F09000000CFEA42!s3f1d",
    drive_id="0f09000000cfea42",
    ctag='"c:{3F1D},2"',
    etag='"{3F1D},5"',
    path="/Pictures/\u00e4 \u2028 b.jpg",
    local_path="Pictures/\u00e4 \u2028 b.jpg",
    size_bytes=1234,
    modified=1_683_356_889,
    quick_xor_hash="aCgDG9jwBhDc4Q1yawMZAAAAAAA=",
    verified=VERIFIED_BY_HASH,
    when="2026-11-23T10:00:00+00:00",
)


def _write(path: Path, *lines: ManifestLine) -> None:
    with ManifestWriter(path) as writer:
        for line in lines:
            writer.append(line)


def test_a_line_comes_back_as_it_was_written(tmp_path: Path) -> None:
    lines = [LINE, replace(LINE, id="2", sha256="ab" * 32, sha1="cd" * 20, modified=-12, local_path="x/y")]

    _write(tmp_path / MANIFEST, *lines)

    assert list(read_lines(tmp_path / MANIFEST)) == lines


def test_what_is_recorded_is_found_by_drive_and_id(tmp_path: Path) -> None:
    _write(tmp_path / MANIFEST, LINE, replace(LINE, drive_id="other", local_path="elsewhere"))

    recorded = read_manifest(tmp_path / MANIFEST).find(LINE.drive_id, LINE.id)

    assert recorded is not None
    assert (recorded.path, recorded.local_path) == (LINE.path, LINE.local_path)
    assert (recorded.size_bytes, recorded.modified, recorded.quick_xor_hash) == (
        1234,
        1_683_356_889,
        LINE.quick_xor_hash,
    )
    assert recorded.has_ctag(LINE.ctag)
    assert not recorded.has_ctag("another")
    assert recorded.has_etag(LINE.etag)
    assert not recorded.has_etag("")


def test_the_last_line_of_an_item_counts(tmp_path: Path) -> None:
    _write(tmp_path / MANIFEST, LINE, replace(LINE, size_bytes=7))
    _write(tmp_path / MANIFEST, replace(LINE, size_bytes=8))

    manifest = read_manifest(tmp_path / MANIFEST)

    assert len(manifest) == 1
    assert [entry.size_bytes for entry in manifest.entries()] == [8]


def test_an_absent_ctag_never_agrees(tmp_path: Path) -> None:
    _write(tmp_path / MANIFEST, replace(LINE, ctag=""))

    recorded = read_manifest(tmp_path / MANIFEST).find(LINE.drive_id, LINE.id)

    assert recorded is not None
    assert not recorded.has_ctag("")


def test_layout_and_twin_come_back_and_stand_only_where_there_is_something_to_say(tmp_path: Path) -> None:
    by_date = replace(LINE, layout="date", same_as="another")
    _write(tmp_path / MANIFEST, LINE, by_date)

    assert list(read_lines(tmp_path / MANIFEST)) == [LINE, by_date]
    plain, told = (json.loads(line) for line in (tmp_path / MANIFEST).read_text().split("\n")[1:3])
    assert not {"layout", "same_as"} & set(plain)
    assert (told["layout"], told["same_as"]) == ("date", "another")


def test_the_place_in_the_other_layout_is_remembered(tmp_path: Path) -> None:
    by_date = replace(LINE, local_path="2019/2019-06/a.jpg", layout="date")
    _write(tmp_path / MANIFEST, LINE, by_date)
    manifest = read_manifest(tmp_path / MANIFEST)

    assert manifest.earlier_place(LINE.drive_id, LINE.id, LINE.path) == LINE.local_path
    assert not manifest.earlier_place(LINE.drive_id, LINE.id, "/another/path")
    folders = (LINE.path.rpartition("/")[0], LINE.local_path.rpartition("/")[0])
    assert list(manifest.folders_in("")) == [folders]
    assert list(manifest.folders_in("date")) == [(folders[0], "2019/2019-06")]


def test_a_folder_says_nothing_of_onedrives_places_when_all_was_put_by_date(tmp_path: Path) -> None:
    _write(tmp_path / MANIFEST, replace(LINE, local_path="2019/2019-06/a.jpg", layout="date"))

    assert not list(read_manifest(tmp_path / MANIFEST).folders_in(""))


def test_a_duplicate_is_known_as_such_and_never_as_a_file_that_is_here(tmp_path: Path) -> None:
    named = DuplicateLine("1", "2", "d", "/b", 11, LINE.quick_xor_hash, "2026-11-24T06:00:00+00:00")
    with ManifestWriter(tmp_path / MANIFEST) as writer:
        writer.append(LINE)
        writer.append(named)
    manifest = read_manifest(tmp_path / MANIFEST)

    assert manifest.find_duplicate("d", "2") == named
    assert (len(manifest), manifest.find("d", "2"), manifest.damaged_lines) == (1, None, 0)
    assert list(read_lines(tmp_path / MANIFEST)) == [LINE]
    assert not named.to_json().startswith('{"id"')


def test_a_duplicate_that_came_after_all_is_none_any_more(tmp_path: Path) -> None:
    with ManifestWriter(tmp_path / MANIFEST) as writer:
        writer.append(DuplicateLine("1", LINE.id, LINE.drive_id, LINE.path, 11, LINE.quick_xor_hash))
        writer.append(LINE)

    assert not list(read_manifest(tmp_path / MANIFEST).duplicates())


@pytest.mark.parametrize("field", ["id", "path", "size", "quickXorHash"])
def test_a_damaged_duplicate_is_passed_over_and_counted(tmp_path: Path, field: str) -> None:
    row = json.loads(DuplicateLine("1", "2", "d", "/b", 11, LINE.quick_xor_hash).to_json()) | {field: None}
    (tmp_path / MANIFEST).write_text(json.dumps(row) + "\n")

    assert read_manifest(tmp_path / MANIFEST).damaged_lines == 1


def test_no_manifest_means_nothing_recorded(tmp_path: Path) -> None:
    assert len(read_manifest(tmp_path / MANIFEST)) == 0


@pytest.mark.parametrize("cut", [1, 2, 40, 150])
def test_a_line_torn_by_a_kill_is_cut_off_and_the_next_stands_alone(tmp_path: Path, cut: int) -> None:
    path = tmp_path / MANIFEST
    _write(path, LINE, replace(LINE, id="2"))
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])

    before = read_manifest(path)
    _write(path, replace(LINE, id="3"))
    after = read_manifest(path)

    expected = {LINE.id, "3"} | ({"2"} if cut == 1 else set())
    assert before.damaged_lines == (0 if cut == 1 else 1)
    assert after.damaged_lines == 0
    assert {line.id for line in read_lines(path) if line} == expected


def test_a_manifest_that_is_torn_in_its_first_line_begins_anew(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_bytes(b'{"manifest_ver')

    _write(tmp_path / MANIFEST, LINE)

    assert (tmp_path / MANIFEST).read_text().startswith('{"manifest_version": 1}\n')
    assert len(read_manifest(tmp_path / MANIFEST)) == 1


@pytest.mark.parametrize(
    "damage",
    [b"\0" * 100, b"[]", b"7", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"id": 1, "path": "/a"}'],
    ids=["NULs", "a list", "a number", "empty object", "not UTF-8", "deep", "wrong types"],
)
def test_a_damaged_line_is_passed_over_and_counted(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / MANIFEST
    _write(path, LINE)
    path.write_bytes(path.read_bytes() + damage + b"\n")
    _write(path, replace(LINE, id="2"))

    manifest = read_manifest(path)

    assert (len(manifest), manifest.damaged_lines) == (2, 1)


@pytest.mark.parametrize("field", ["id", "path", "local_path", "size", "mtime", "quickXorHash", "verified"])
@pytest.mark.parametrize("value", [None, -1, True, "", "\u2602", {"a": 1}])
def test_a_line_with_an_impossible_value_counts_as_damaged(tmp_path: Path, field: str, value: object) -> None:
    row = json.loads(LINE.to_json())
    row[field] = value
    (tmp_path / MANIFEST).write_text(json.dumps(row) + "\n")

    lines = list(read_lines(tmp_path / MANIFEST))

    assert lines == [None] or (value == "\u2602" and field in ("id", "local_path", "verified"))


def test_another_version_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"manifest_version": 2}\n')

    with pytest.raises(StateFileBroken, match=r"download_manifest\.jsonl cannot be used: it was written by another"):
        read_manifest(tmp_path / MANIFEST)


def test_a_manifest_that_is_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).mkdir()

    with pytest.raises(FolderNotUsable):
        read_manifest(tmp_path / MANIFEST)
    with pytest.raises(FolderNotUsable):
        ManifestWriter(tmp_path / MANIFEST)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).symlink_to("/dev/full")

    with pytest.raises((DiskFull, FolderNotUsable)):
        _write(tmp_path / MANIFEST, LINE)


def test_a_hundred_thousand_lines_would_need_less_than_60_megabytes(tmp_path: Path) -> None:
    path = tmp_path / MANIFEST
    with path.open("w") as stream:
        for n in range(10_000):
            item = f"0F09000000CFEA42!s3f1d91b5e0f142b6b4c3e1a90d{n:06x}"
            name = f"/Pictures/{n // 500}/IMG_2023_{n:06}.jpg"
            line = replace(LINE, id=item, path=name, local_path=name[1:], ctag=f"c{n}", size_bytes=n, modified=n)
            stream.write(line.to_json() + "\n")

    tracemalloc.start()
    manifest = read_manifest(path)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(manifest) == 10_000
    assert held < 6_000_000
