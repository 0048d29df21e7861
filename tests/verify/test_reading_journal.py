"""What was read before a stop is known again, as long as nothing about the file has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.verify.judgement import FILE, FoundFile
from onedrive.verify.reading import READING_JOURNAL, ReadingJournal

NOW = 1_790_000_000.0


def _file(*, size_bytes: int = 5, mtime_ns: int = 7, inode: int = 9, ctime_ns: int = 11) -> FoundFile:
    return FoundFile(size_bytes, mtime_ns, inode, FILE, ctime_ns=ctime_ns)


def _read_before(home: Path, downloads: Path, *, when: float = NOW) -> None:
    read = _file()
    read.quick_xor, read.sha256, read.is_read = b"q" * 20, b"s" * 32, True
    with ReadingJournal(home, downloads, now=lambda: when) as journal:
        journal.add("a/b.jpg", read)


def _recall(home: Path, downloads: Path, file: FoundFile) -> int:
    with ReadingJournal(home, downloads, now=lambda: NOW) as journal:
        return journal.recall({"a/b.jpg": file})


def test_what_was_read_is_recalled(home: Path, tmp_path: Path) -> None:
    _read_before(home, tmp_path)
    file = _file()

    assert _recall(home, tmp_path, file) == 1
    assert (file.quick_xor, file.sha256, file.is_read) == (b"q" * 20, b"s" * 32, True)


def test_what_is_recalled_keeps_the_time_at_which_it_was_read(home: Path, tmp_path: Path) -> None:
    _read_before(home, tmp_path, when=NOW - 3600)
    file = _file()

    _recall(home, tmp_path, file)

    assert file.read_at == NOW - 3600


@pytest.mark.parametrize("file", [_file(size_bytes=6), _file(mtime_ns=8), _file(inode=1), _file(ctime_ns=12)])
def test_a_file_that_is_another_by_now_is_read_again(home: Path, tmp_path: Path, file: FoundFile) -> None:
    _read_before(home, tmp_path)

    assert _recall(home, tmp_path, file) == 0
    assert not file.is_read


@pytest.mark.parametrize(("seconds", "known"), [(86_400, 1), (86_401, 0), (-10, 0)])
def test_what_was_read_more_than_a_day_ago_is_read_again(
    home: Path, tmp_path: Path, seconds: int, known: int
) -> None:  # fmt: skip
    _read_before(home, tmp_path, when=NOW - seconds)

    assert _recall(home, tmp_path, _file()) == known


def test_a_journal_of_another_folder_is_begun_anew(home: Path, tmp_path: Path) -> None:
    _read_before(home, tmp_path / "elsewhere")

    assert _recall(home, tmp_path, _file()) == 0
    assert not (home / READING_JOURNAL).exists()


def test_a_line_that_was_torn_harms_no_other(home: Path, tmp_path: Path) -> None:
    _read_before(home, tmp_path)
    path = home / READING_JOURNAL
    path.write_bytes(path.read_bytes() + b'{"place":"c","si')
    _read_before(home, tmp_path)

    assert _recall(home, tmp_path, _file()) == 1
    assert path.read_bytes().count(b"b.jpg") == 2


@pytest.mark.parametrize("line", [b"[]", b'"text"', b"{", b'{"place":"a/b.jpg","when":1}', b"\xff"])
def test_damaged_lines_are_passed_over(home: Path, tmp_path: Path, line: bytes) -> None:
    _read_before(home, tmp_path)
    path = home / READING_JOURNAL
    path.write_bytes(path.read_bytes() + line + b"\n")

    assert _recall(home, tmp_path, _file()) == 1


@pytest.mark.parametrize("field", ["quickXorHash", "sha256"])
def test_a_hash_that_is_none_is_not_believed(home: Path, tmp_path: Path, field: str) -> None:
    _read_before(home, tmp_path)
    path = home / READING_JOURNAL
    path.write_text(path.read_text().replace(f'"{field}":"', f'"{field}":"!'))

    assert _recall(home, tmp_path, _file()) == 0


def test_what_could_not_be_read_is_not_kept(home: Path, tmp_path: Path) -> None:
    failed = _file()
    failed.error = "permission denied"

    with ReadingJournal(home, tmp_path) as journal:
        journal.add("a", failed)

    assert not (home / READING_JOURNAL).exists()


def test_a_finished_verification_leaves_no_journal(home: Path, tmp_path: Path) -> None:
    _read_before(home, tmp_path)

    with ReadingJournal(home, tmp_path) as journal:
        journal.discard()

    assert not (home / READING_JOURNAL).exists()
