"""What was read is known again, as long as nothing about the file has changed; and SHA256SUMS as sha256sum reads it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onedrive.errors import FolderNotUsable
from onedrive.home.database import DatabaseUnusable
from onedrive.local.folder import DownloadFolder
from onedrive.verify.judgement import FILE, FoundFile
from onedrive.verify.local_hashes import LOCAL_HASHES, LocalHashes, sums_line, write_sums

NOW = 1_790_000_000.0
XOR, SUM = b"q" * 20, b"s" * 32
PLACE = "a/b.jpg"


def _file(*, size_bytes: int = 5, mtime_ns: int = 7, inode: int = 2**64 - 1, ctime_ns: int = 11) -> FoundFile:
    return FoundFile(size_bytes, mtime_ns, inode, FILE, ctime_ns=ctime_ns)


@contextmanager
def _open(home: Path, downloads: str = "/disk", *, when: float = NOW) -> Iterator[LocalHashes]:
    with LocalHashes(home, Path(downloads), pytest.fail, now=lambda: when) as hashes:
        yield hashes


def _read_before(home: Path, downloads: str = "/disk", *, when: float = NOW, finish: bool = False) -> None:
    read = _file()
    read.quick_xor, read.sha256 = XOR, SUM
    with _open(home, downloads, when=when) as hashes:
        hashes.add(PLACE, read)
        if finish:
            hashes.keep({PLACE})


def _recall(home: Path, file: FoundFile, downloads: str = "/disk", *, is_stranger: bool = False) -> tuple[int, bytes]:
    """How many were read before, and the sum that is remembered."""
    known = {PLACE: file}
    with _open(home, downloads) as hashes:
        return hashes.recall({} if is_stranger else known, known if is_stranger else {}), file.sha256


def test_what_was_read_before_a_stop_is_known_again_with_the_time_at_which_it_was_read(home: Path) -> None:
    _read_before(home, when=NOW - 3600)
    file = _file()

    assert _recall(home, file) == (1, SUM)
    assert (file.quick_xor, file.is_read, file.read_at) == (XOR, True, NOW - 3600)


@pytest.mark.parametrize("file", [_file(size_bytes=6), _file(mtime_ns=8), _file(inode=1), _file(ctime_ns=12)])
def test_a_file_that_is_another_by_now_is_read_again(home: Path, file: FoundFile) -> None:
    _read_before(home)

    assert _recall(home, file) == (0, b"")
    assert not file.is_read


@pytest.mark.parametrize(("seconds", "known"), [(86_400, 1), (86_401, 0), (-10, 0)])
def test_what_was_read_more_than_a_day_ago_is_read_again(home: Path, seconds: int, known: int) -> None:
    _read_before(home, when=NOW - seconds)

    assert _recall(home, _file())[0] == known


def test_what_another_folders_verification_read_is_read_again(home: Path) -> None:
    _read_before(home, "/elsewhere")

    assert _recall(home, _file()) == (0, b"")


@pytest.mark.parametrize(
    ("file", "sum_known"),
    [(_file(), True), (_file(ctime_ns=12, inode=3), True), (_file(mtime_ns=8), False), (_file(size_bytes=6), False)],
)
def test_after_a_finished_verification_all_is_read_again_and_the_sum_stays_with_size_and_time(
    home: Path, file: FoundFile, sum_known: bool
) -> None:
    _read_before(home, finish=True)

    assert _recall(home, file, "/mounted elsewhere") == (0, SUM if sum_known else b"")
    assert not file.is_read


def test_what_was_not_good_is_forgotten_and_what_could_not_be_read_not_kept(home: Path) -> None:
    _read_before(home)
    failed = _file()
    failed.error = "permission denied"

    with _open(home) as hashes:
        hashes.add("c", failed)
        hashes.keep(set())

    assert _recall(home, _file()) == (0, b"")


def test_of_a_stranger_only_a_sum_that_was_good_is_remembered(home: Path) -> None:
    _read_before(home)
    assert _recall(home, _file(), is_stranger=True) == (1, b"")

    _read_before(home, finish=True)
    _read_before(home)  # and read again, the same bytes

    assert _recall(home, _file(), is_stranger=True) == (1, SUM)


def test_a_damaged_file_is_begun_anew_with_a_sentence(home: Path) -> None:
    _read_before(home)
    (home / LOCAL_HASHES).write_bytes(b"no database" * 1000)
    said: list[str] = []

    with LocalHashes(home, Path("/disk"), said.append) as hashes:
        assert hashes.recall({PLACE: _file()}, {}) == 0

    assert said == ["local_hashes.sqlite cannot be used: it is damaged. All that is here is read anew."]


def test_a_file_that_another_program_has_is_left_to_it(home: Path) -> None:
    with _open(home), pytest.raises(DatabaseUnusable, match="another program is using it"):
        LocalHashes(home, Path("/disk"), pytest.fail)


def test_what_an_earlier_version_knew_is_taken_over_once(home: Path, folder: DownloadFolder) -> None:
    (folder.root / "SHA256SUMS").write_text("ours\n")
    ours = {str(folder.root): hashlib.sha256(b"ours\n").hexdigest()}
    row = json.dumps([PLACE, 5, 7, "cXFx", SUM.hex()])
    (home / "sums.jsonl").write_text("\n".join([json.dumps({"written": ours}), "{", '["a"', "null", row]))
    (home / "verification_in_progress.jsonl").write_text("{}")

    assert _recall(home, _file()) == (0, SUM)
    with _open(home) as hashes:
        write_sums(hashes, folder, {})

    assert folder.kept == []
    assert [path.name for path in home.iterdir()] == [LOCAL_HASHES]


# --- SHA256SUMS -------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> DownloadFolder:
    folder = DownloadFolder(tmp_path / "downloads")
    folder.prepare()
    return folder


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum here")
def test_odd_names_are_written_as_sha256sum_writes_them(home: Path, folder: DownloadFolder) -> None:
    names = [b"plain", b"back\\slash", b"line\nfeed", b"return\r", b" space ", b"-", b"*star", b"\xff\xfe", b"\xc3\xbc"]
    for name in names:
        folder.path(os.fsdecode(name)).write_bytes(name)

    with _open(home) as hashes:
        write_sums(hashes, folder, {os.fsdecode(name): hashlib.sha256(name).digest() for name in names})

    asked = [b"./-" if name == b"-" else name for name in sorted(names)]
    words = [b"sha256sum", b"--", *asked]
    assert (folder.root / "SHA256SUMS").read_bytes() == subprocess.run(
        words, cwd=folder.root, stdout=subprocess.PIPE, check=True
    ).stdout
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


def test_our_own_sums_are_replaced_and_others_kept_beside(home: Path, folder: DownloadFolder) -> None:
    with _open(home) as hashes:
        write_sums(hashes, folder, {"a": SUM})
        write_sums(hashes, folder, {"b": SUM})
        assert folder.kept == []
        (folder.root / "SHA256SUMS").write_text("mine\n")

        write_sums(hashes, folder, {"a": SUM})

    assert [folder.path(place).read_text() for place in folder.kept] == ["mine\n"]


def test_a_folder_in_the_place_of_the_sums_stays(home: Path, folder: DownloadFolder) -> None:
    (folder.root / "SHA256SUMS").mkdir()

    with _open(home) as hashes, pytest.raises(FolderNotUsable, match="a folder stands where the sums belong"):
        write_sums(hashes, folder, {})
