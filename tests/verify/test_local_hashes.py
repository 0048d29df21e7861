"""What was read is known again, as long as nothing about the file has changed; and SHA256SUMS as sha256sum reads it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.home.database import DatabaseUnusable
from onedrive.home.files import replace_file
from onedrive.local.folder import DownloadFolder
from onedrive.verify import local_hashes
from onedrive.verify.judgement import FILE, FoundFile
from onedrive.verify.local_hashes import LOCAL_HASHES, LocalHashes, write_sums

NOW = 1_790_000_000.0
XOR, SUM = b"q" * 20, b"s" * 32
PLACE = "a/b.jpg"


@pytest.fixture
def folder(tmp_path: Path) -> DownloadFolder:
    folder = DownloadFolder(tmp_path / "downloads")
    folder.prepare()
    return folder


def _file(*, size_bytes: int = 5, mtime_ns: int = 7, inode: int = 2**64 - 1, ctime_ns: int = 11) -> FoundFile:
    return FoundFile(size_bytes, mtime_ns, inode, FILE, ctime_ns=ctime_ns)


@contextmanager
def _open(home: Path, downloads: str = "/disk", *, when: float = NOW) -> Iterator[LocalHashes]:
    with LocalHashes(home, Path(downloads), pytest.fail, now=lambda: when) as hashes:
        yield hashes


def _read_before(
    home: Path, downloads: str = "/disk", *, when: float = NOW, sha256: bytes = SUM, finish: bool = False
) -> None:
    read = _file()
    read.quick_xor, read.sha256 = XOR, sha256
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


@pytest.mark.parametrize("folder", ["/disk", "/elsewhere"])
@pytest.mark.parametrize(
    ("finish", "file", "sha256"),
    [
        (False, _file(size_bytes=6), b""),
        (False, _file(mtime_ns=8), b""),
        (False, _file(inode=1), b""),
        (False, _file(ctime_ns=12), b""),
        # After a finished verification all is read again, and the sum stays with size and time.
        (True, _file(), SUM),
        (True, _file(ctime_ns=12, inode=3), SUM),
        (True, _file(mtime_ns=8), b""),
        (True, _file(size_bytes=6), b""),
    ],
)
def test_what_may_be_another_file_or_another_folders_is_read_again(
    home: Path, folder: str, finish: bool, file: FoundFile, sha256: bytes
) -> None:
    _read_before(home, folder, finish=finish)

    again = replace(file)
    assert _recall(home, again) == (0, sha256)
    assert not again.is_read


def test_what_was_read_of_another_folder_is_not_known_here(home: Path) -> None:
    _read_before(home, "/elsewhere")

    assert _recall(home, _file()) == (0, b"")


@pytest.mark.parametrize(("seconds", "known"), [(86_400, 1), (86_401, 0), (-10, 0)])
def test_what_was_read_more_than_a_day_ago_is_read_again(home: Path, seconds: int, known: int) -> None:
    _read_before(home, when=NOW - seconds)

    assert _recall(home, _file())[0] == known


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

    _read_before(home, sha256=b"o" * 32)  # and other bytes

    assert _recall(home, _file(), is_stranger=True) == (1, b"")


def _replace_all(content: bytes) -> bytes:
    return b"no database" * (len(content) // 10)


def _damage_its_account_of_free_pages(content: bytes) -> bytes:
    """All rows can still be read; only a look through the file finds it."""
    return content[:36] + b"\0\0\0\5" + content[40:]


@pytest.mark.parametrize("damage", [_replace_all, _damage_its_account_of_free_pages])
def test_a_damaged_file_is_begun_anew_with_a_sentence(home: Path, damage: Callable[[bytes], bytes]) -> None:
    _read_before(home)
    path = home / LOCAL_HASHES
    path.write_bytes(damage(path.read_bytes()))
    said: list[str] = []

    with LocalHashes(home, Path("/disk"), said.append) as hashes:
        assert hashes.recall({PLACE: _file()}, {}) == 0

    assert said == ["local_hashes.sqlite cannot be used: it is damaged. Everything here is read again."]


def test_a_file_that_another_program_has_is_left_to_it(home: Path) -> None:
    with _open(home), pytest.raises(DatabaseUnusable, match="another program is using it"):
        LocalHashes(home, Path("/disk"), pytest.fail)


def test_what_an_earlier_version_knew_is_taken_over_once(home: Path, folder: DownloadFolder) -> None:
    (folder.root / "SHA256SUMS").write_bytes(b"ours\n")
    ours = {str(folder.root): hashlib.sha256(b"ours\n").hexdigest()}
    row = json.dumps([PLACE, 5, 7, "cXFx", SUM.hex()])
    far = json.dumps(["far", 10**30, 10**30, "cXFx", SUM.hex()])
    (home / "sums.jsonl").write_text("\n".join([json.dumps({"written": ours}), "{", '["a"', "null", far, row]))
    (home / "verification_in_progress.jsonl").write_text("{}")

    assert _recall(home, _file()) == (0, SUM)
    with _open(home) as hashes:
        write_sums(hashes, folder, {})

    assert folder.kept == []
    assert [path.name for path in home.iterdir()] == [LOCAL_HASHES]


@pytest.mark.parametrize("is_in_place", [False, True])
def test_sums_that_a_killed_run_wrote_are_known_as_ours(
    home: Path, folder: DownloadFolder, monkeypatch: pytest.MonkeyPatch, *, is_in_place: bool
) -> None:
    with _open(home) as hashes:
        write_sums(hashes, folder, {"a": SUM})
    proper = replace_file

    def killed(source: Path, target: Path) -> None:
        if is_in_place:
            proper(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(local_hashes, "replace_file", killed)  # what a kill leaves at either side of the rename
    with _open(home) as hashes, pytest.raises(KeyboardInterrupt):
        write_sums(hashes, folder, {"a": SUM, "b": SUM})
    monkeypatch.undo()

    with _open(home) as hashes:
        write_sums(hashes, folder, {"b": SUM})

    assert folder.kept == []
    assert (folder.root / "SHA256SUMS").read_text() == f"{SUM.hex()}  b\n"


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
