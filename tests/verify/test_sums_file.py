"""SHA256SUMS as sha256sum writes and reads it, and the sums that are known from last time."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from onedrive.errors import FolderNotUsable
from onedrive.local.folder import DownloadFolder
from onedrive.verify.judgement import FoundFile, found_file
from onedrive.verify.reading import KNOWN_SUMS, recall_sums, sums_line, write_sums

ODD_NAMES = (
    b"plain",
    b"back\\slash",
    b"line\nfeed",
    b"return\r",
    b" space ",
    b"-",
    b"*star",
    b"\xff\xfe",
    "ü".encode(),
)


@pytest.fixture
def folder(tmp_path: Path) -> DownloadFolder:
    folder = DownloadFolder(tmp_path / "downloads")
    folder.prepare()
    return folder


def _good_file(folder: DownloadFolder, place: str, content: bytes = b"content") -> FoundFile:
    path = folder.path(place)
    path.write_bytes(content)
    file = found_file(path.stat())
    file.quick_xor, file.sha256, file.is_good = b"q" * 20, hashlib.sha256(content).digest(), True
    return file


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum here")
def test_odd_names_are_written_as_sha256sum_writes_them(home: Path, folder: DownloadFolder) -> None:
    places = [os.fsdecode(name) for name in ODD_NAMES]

    number = write_sums(home, folder, {place: _good_file(folder, place) for place in places})

    written = (folder.root / "SHA256SUMS").read_bytes()
    asked = [b"./-" if name == b"-" else name for name in sorted(ODD_NAMES)]
    words = [b"sha256sum", b"--", *asked]
    theirs = subprocess.run(words, cwd=folder.root, stdout=subprocess.PIPE, check=True).stdout
    assert number == len(ODD_NAMES)
    assert written == theirs
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder.root, check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (b"a b", b"00  a b\n"),
        (b"a\\b", b"\\00  a\\\\b\n"),
        (b"a\nb", b"\\00  a\\nb\n"),
        (b"a\rb", b"\\00  a\\rb\n"),
        (b"-", b"00  ./-\n"),
        (b"a/-", b"00  a/-\n"),
    ],
)
def test_a_line_is_escaped_where_it_must_be(name: bytes, line: bytes) -> None:
    assert sums_line(name, b"\0") == line


def test_what_is_not_good_or_has_no_sum_has_no_line(home: Path, folder: DownloadFolder) -> None:
    bad, unknown, good = (_good_file(folder, place) for place in ("bad", "unknown", "good"))
    bad.is_good, unknown.sha256 = False, b""

    number = write_sums(home, folder, {"bad": bad, "unknown": unknown, "good": good})

    assert number == 1
    assert (folder.root / "SHA256SUMS").read_bytes().endswith(b"  good\n")


def test_known_sums_are_recalled_for_the_same_size_and_time(home: Path, folder: DownloadFolder) -> None:
    same, other = _good_file(folder, "same"), _good_file(folder, "other")
    write_sums(home, folder, {"same": same, "other": other})
    os.utime(folder.path("other"), (1, 1))
    found = {place: found_file(folder.path(place).stat()) for place in ("same", "other")}

    recall_sums(home, found)

    assert (found["same"].sha256, found["same"].quick_xor) == (same.sha256, same.quick_xor)
    assert found["other"].sha256 == b""


def test_damaged_lines_of_known_sums_are_passed_over(home: Path, folder: DownloadFolder) -> None:
    file = _good_file(folder, "a")
    write_sums(home, folder, {"a": file})
    path = home / KNOWN_SUMS
    head, line = path.read_text().splitlines()
    path.write_text("\n".join([head, "{", "[1]", '["a"', "null", line, '["a",1,2,3,"zz"]']))
    found = {"a": found_file(folder.path("a").stat())}

    recall_sums(home, found)

    assert found["a"].sha256 == file.sha256


def test_our_own_sums_are_replaced_and_others_kept_beside(home: Path, folder: DownloadFolder) -> None:
    file = _good_file(folder, "a")
    write_sums(home, folder, {"a": file})
    write_sums(home, folder, {"a": file})
    assert folder.kept == []
    (folder.root / "SHA256SUMS").write_text("mine\n")

    write_sums(home, folder, {"a": file})

    assert [folder.path(place).read_text() for place in folder.kept] == ["mine\n"]


def test_a_folder_in_the_place_of_the_sums_stays(home: Path, folder: DownloadFolder) -> None:
    (folder.root / "SHA256SUMS").mkdir()

    with pytest.raises(FolderNotUsable, match="a folder stands where the sums belong"):
        write_sums(home, folder, {})
