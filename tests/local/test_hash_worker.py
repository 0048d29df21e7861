"""What one process does: jobs in, hashes out, until its input ends."""

from __future__ import annotations

import io
import pickle
import sys
from pathlib import Path

import pytest

from onedrive import quickxorhash
from onedrive.local.hashing import FileHash, FilePart, FileTask, PartHash, Read, hash_files, serve, work_on


class _Pipe:
    def __init__(self, octets: bytes = b"") -> None:
        self.buffer = io.BytesIO(octets)


def test_jobs_are_answered_in_order_each_after_what_was_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"some bytes")
    job = [FileTask("a", str(path), 10, with_sha256=False)]
    output = _Pipe()
    monkeypatch.setattr(sys, "stdin", _Pipe(pickle.dumps(job) * 2))
    monkeypatch.setattr(sys, "stdout", output)

    serve()

    answered = io.BytesIO(output.buffer.getvalue())
    expected = [FileHash("a", 10, quickxorhash.new(b"some bytes").digest())]
    assert [pickle.load(answered) for _ in range(4)] == [Read(10), expected, Read(10), expected]
    assert answered.read() == b""


def test_a_part_of_a_file_can_be_joined_with_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789" * 100)
    task = FileTask("a", str(path), 1000, with_sha256=False)

    parts = [found for start in (0, 600) for found in work_on(FilePart(task, start, 600), lambda _: None)]

    hashes = [part.quick for part in parts if isinstance(part, PartHash)]
    assert quickxorhash.join(hashes).digest() == quickxorhash.new(b"0123456789" * 100).digest()


def test_a_part_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    task = FileTask("a", str(tmp_path / "a"), 1000, with_sha256=False)

    assert work_on(FilePart(task, 0, 500), lambda _: None) == [FileHash("a", error="no such file or directory")]


def test_every_block_is_counted_as_it_passes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(2_500_000))
    counted: list[int] = []

    list(hash_files([FileTask("a", str(path), 2_500_000, with_sha256=True)], counted.append))

    assert sum(counted) == 2_500_000
    assert len(counted) == 3
