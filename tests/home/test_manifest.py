"""What has been downloaded, one line a file."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import FolderNotUsable, StateFileBroken
from onedrive.home.manifest import (
    MANIFEST,
    VERIFIED_BY_HASH,
    ManifestLine,
    ManifestWriter,
    read_lines,
    read_manifest,
)

TOP = Path(__file__).resolve().parent.parent.parent
WHEN = "2026-11-23T10:00:00+00:00"
LINE = ManifestLine(
    id="0F09000000CFEA42!s3f1d",
    drive_id="0f09000000cfea42",
    ctag='"c:{3F1D},2"',
    etag='"{3F1D},5"',
    path="/Pictures/\u00e4 \u2028 b.jpg",
    place="",
    size_bytes=1234,
    modified=1_683_356_889,
    quick_xor_hash="aCgDG9jwBhDc4Q1yawMZAAAAAAA=",
    verified=VERIFIED_BY_HASH,
)
NAMED = replace(LINE, id="2", ctag="", etag="", path="/b", modified=0, verified="", duplicate_of=LINE.id)


def _write(path: Path, *lines: ManifestLine) -> None:
    with ManifestWriter(path) as writer:
        for line in lines:
            writer.append(line)


def test_a_line_comes_back_as_it_was_written_and_says_only_what_there_is_to_say(tmp_path: Path) -> None:
    moved = replace(LINE, modified=-12, place="x/y", layout="date", same_as="another")
    lines = [LINE, moved, replace(LINE, sha256="ab" * 32, sha1="cd" * 20, path="/\ud800")]
    _write(tmp_path / MANIFEST, *lines)

    assert list(read_lines(tmp_path / MANIFEST)) == lines
    plain, told, _ = (json.loads(line) for line in (tmp_path / MANIFEST).read_text(encoding="utf-8").split("\n")[1:4])
    assert not {"layout", "same_as", "sha256", "sha1", "duplicate_of"} & set(plain)
    assert (plain["local_path"], told["local_path"], told["layout"]) == (LINE.path[1:], "x/y", "date")


def test_a_manifest_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(
        '{"manifest_version": 1}\n'
        '{"id":"1","drive_id":"d","cTag":"c","eTag":"e","path":"/A/b","local_path":"A/b","size":1,'
        '"mtime":"2023-05-06T07:08:09Z","quickXorHash":"AAAA","verified":"hash","when":"2026-11-23T10:00:00+00:00"}\n'
        '{"duplicate_of":"1","id":"2","drive_id":"d","path":"/b","size":1,"quickXorHash":"AAAA","when":""}\n'
    )
    manifest = read_manifest(tmp_path / MANIFEST)

    expected = ManifestLine("1", "d", "c", "e", "/A/b", "", 1, 1_683_356_889, "AAAA", VERIFIED_BY_HASH)
    assert (list(manifest.entries()), manifest.damaged_lines) == ([expected], 0)
    assert manifest.find_duplicate("d", "2") == ManifestLine(
        "2", "d", "", "", "/b", "", 1, 0, "AAAA", "", duplicate_of="1"
    )


def test_what_is_recorded_is_found_by_drive_and_id_and_the_last_line_counts(tmp_path: Path) -> None:
    _write(tmp_path / MANIFEST, LINE, replace(LINE, drive_id="other", place="elsewhere"))
    _write(tmp_path / MANIFEST, replace(LINE, size_bytes=8))

    manifest = read_manifest(tmp_path / MANIFEST)

    recorded = manifest.find(LINE.drive_id, LINE.id)
    assert recorded is not None
    assert (len(manifest), recorded.local_path, recorded.size_bytes) == (2, LINE.path[1:], 8)
    assert (recorded.has_ctag(LINE.ctag), recorded.has_ctag("another")) == (True, False)
    assert (recorded.has_etag(LINE.etag), recorded.has_etag("another")) == (True, False)
    nothing_known = replace(recorded, ctag="", etag="")
    assert not nothing_known.has_ctag("")
    assert not nothing_known.has_etag("")


def test_the_place_in_the_other_layout_is_remembered(tmp_path: Path) -> None:
    by_date = replace(LINE, place="2019/2019-06/a.jpg", layout="date")
    _write(tmp_path / MANIFEST, LINE, by_date, replace(by_date, id="never elsewhere"))
    manifest = read_manifest(tmp_path / MANIFEST)

    assert manifest.earlier_place(LINE.drive_id, LINE.id, LINE.path, "") == LINE.local_path
    assert not manifest.earlier_place(LINE.drive_id, LINE.id, "/another/path", "")
    assert list(manifest.folders_in([""])) == [("/Pictures", "Pictures")]
    assert list(manifest.folders_in(["date"])) == [("/Pictures", "2019/2019-06")] * 2


def test_a_duplicate_is_known_as_such_until_it_comes_itself(tmp_path: Path) -> None:
    _write(tmp_path / MANIFEST, LINE, NAMED)
    manifest = read_manifest(tmp_path / MANIFEST)

    assert manifest.find_duplicate(NAMED.drive_id, NAMED.id) == NAMED
    assert (len(manifest), manifest.find(NAMED.drive_id, NAMED.id), manifest.damaged_lines) == (1, None, 0)
    assert list(read_lines(tmp_path / MANIFEST)) == [LINE]

    _write(tmp_path / MANIFEST, replace(LINE, id=NAMED.id))
    assert read_manifest(tmp_path / MANIFEST).find_duplicate(NAMED.drive_id, NAMED.id) is None


def test_a_line_torn_by_a_kill_is_cut_off_and_the_next_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / MANIFEST
    for cut in (1, 2, 40, 150):
        path.unlink(missing_ok=True)
        _write(path, LINE, replace(LINE, id="2"))
        path.write_bytes(path.read_bytes()[:-cut])

        before = read_manifest(path)
        _write(path, replace(LINE, id="3"))
        after = read_manifest(path)

        assert (before.damaged_lines, after.damaged_lines) == (0 if cut == 1 else 1, 0), cut
        assert {line.id for line in read_lines(path) if line} == {LINE.id, "3"} | ({"2"} if cut == 1 else set())


def test_a_damaged_line_is_passed_over_and_counted(tmp_path: Path) -> None:
    path = tmp_path / MANIFEST
    damages = [b"\0" * 100, b"[]", b"7", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"id": 1, "path": "/a"}']
    path.write_bytes(b'{"manifest_ver')  # torn in its first line: it begins anew
    _write(path, LINE)
    assert path.read_text().startswith('{"manifest_version":1}\n')
    path.write_bytes(path.read_bytes() + b"\n".join(damages) + b"\n")
    _write(path, replace(LINE, id="2"))

    manifest = read_manifest(path)

    assert (len(manifest), manifest.damaged_lines) == (2, len(damages))


@pytest.mark.parametrize("line", [LINE, NAMED], ids=["a file", "a duplicate"])
def test_a_line_with_an_impossible_value_counts_as_damaged(tmp_path: Path, line: ManifestLine) -> None:
    row = line.to_row(WHEN)
    for field in {"id", "path", "local_path", "size", "mtime", "quickXorHash", "verified"} & set(row):
        free = field in ("id", "local_path", "verified")  # these may be any text
        values = [None, -1, True, "", {"a": 1}, *([] if free else ["\u2602"])]
        (tmp_path / MANIFEST).write_text("".join(json.dumps(row | {field: value}) + "\n" for value in values))

        assert read_manifest(tmp_path / MANIFEST).damaged_lines == len(values), field


def test_another_version_and_a_folder_in_its_place_are_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text('{"manifest_version": 2}\n')
    with pytest.raises(StateFileBroken, match=r"download_manifest\.jsonl cannot be used: it was written by another"):
        read_manifest(tmp_path / MANIFEST)

    (tmp_path / MANIFEST).unlink()
    (tmp_path / MANIFEST).mkdir()
    with pytest.raises(FolderNotUsable):
        read_manifest(tmp_path / MANIFEST)
    with pytest.raises(FolderNotUsable):
        ManifestWriter(tmp_path / MANIFEST)


def test_a_hundred_thousand_lines_would_need_less_than_75_megabytes(tmp_path: Path) -> None:
    path = tmp_path / MANIFEST
    with path.open("w") as stream:
        for n in range(2_500):
            guid = f"3F1D91B5-E0F1-42B6-B4C3-{n:012X}"
            line = replace(
                LINE,
                id=f"0F09000000CFEA42!s{guid.replace('-', '').lower()}",
                path=f"/Pictures/Camera Roll/2023/{n // 500}/IMG_2023_{n:06}.jpg",
                ctag=f'"c:{{{guid}}},2"',
                etag=f'"{{{guid}}},5"',
                size_bytes=1_000_000 + n,
            )
            stream.write(json.dumps(line.to_row(WHEN)) + "\n")

    # In a process of its own: what others interned before would be counted or not.
    measure = (
        "import sys, tracemalloc; from pathlib import Path; from onedrive.home.manifest import read_manifest\n"
        "tracemalloc.start(); manifest = read_manifest(Path(sys.argv[1]))\n"
        "print(len(manifest), tracemalloc.get_traced_memory()[0])"
    )
    said = subprocess.run(
        [sys.executable, "-c", measure, str(path)], cwd=TOP, capture_output=True, text=True, check=True
    )
    lines, held = map(int, said.stdout.split())

    assert lines == 2_500
    assert held < 2_500 * 750
