"""Hashing, of bytes as they pass and of files here and by processes: the same hashes, nothing lost when a way fails."""

from __future__ import annotations

import hashlib
import multiprocessing.resource_tracker
import multiprocessing.spawn
import os
import signal
from pathlib import Path

import pytest

from onedrive import quickxorhash
from onedrive.errors import Stopped
from onedrive.local.hashing import (
    READ_AT_ONCE_BYTES,
    ContentHash,
    FileHash,
    FileTask,
    choose_processes,
    digest_file,
    read_files,
)

CONTENTS = [b"", b"a", b"first file" * 50, os.urandom(3_000_001), b"x" * 9_000_000]


class Counter:
    """Adds up what it is told."""

    def __init__(self) -> None:
        self.files = 0
        self.size_bytes = 0

    def advance(self, *, files: int = 0, size_bytes: int = 0) -> None:
        self.files += files
        self.size_bytes += size_bytes


def _tasks(folder: Path, *, with_sha256: bool) -> list[FileTask]:
    tasks = []
    for number, content in enumerate(CONTENTS):
        path = folder / str(number)
        path.write_bytes(content)
        tasks.append(FileTask(path.name, str(path), len(content), with_sha256))
    return tasks


def _huge(folder: Path, size_bytes: int) -> FileTask:
    path = folder / "huge"
    with path.open("wb") as stream:
        stream.truncate(size_bytes)
    return FileTask("huge", str(path), size_bytes, with_sha256=True)


def _children() -> list[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    if not path.exists():
        pytest.skip("this system does not name a process's children")
    words = path.read_text().split()
    return [int(pid) for pid in words if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.parametrize("processes", [0, 2])
@pytest.mark.parametrize("with_sha256", [False, True])
def test_each_file_gets_its_hashes(tmp_path: Path, processes: int, with_sha256: bool) -> None:
    tasks, counter = _tasks(tmp_path, with_sha256=with_sha256), Counter()

    found = {hashed.place: hashed for hashed in read_files(tasks, counter, processes=processes)}

    for number, content in enumerate(CONTENTS):
        sha256 = hashlib.sha256(content).digest() if with_sha256 else b""
        expected = FileHash(str(number), len(content), quickxorhash.new(content).digest(), sha256)
        assert found[str(number)] == expected
    assert (counter.files, counter.size_bytes) == (len(CONTENTS), sum(map(len, CONTENTS)))


@pytest.mark.parametrize("processes", [0, 2])
def test_files_that_are_gone_are_named_with_the_reason(tmp_path: Path, processes: int) -> None:
    tasks = [FileTask("gone", str(tmp_path / "gone"), 10, with_sha256=False), *_tasks(tmp_path, with_sha256=False)]

    found = [hashed for hashed in read_files(tasks, Counter(), processes=processes) if hashed.error]

    assert found == [FileHash("gone", error="no such file or directory")]


@pytest.mark.posix("process that counts what others share")
def test_where_no_process_can_be_started_the_files_are_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    multiprocessing.resource_tracker.ensure_running()  # it is started with the same name
    monkeypatch.setattr(multiprocessing.spawn, "_python_exe", os.fsencode(tmp_path / "no such python"))

    found = list(read_files(_tasks(tmp_path, with_sha256=False), Counter(), processes=2))

    assert sorted(hashed.place for hashed in found) == ["0", "1", "2", "3", "4"]


@pytest.mark.posix("kill -9")
def test_what_killed_processes_had_in_hand_is_read_here(tmp_path: Path) -> None:
    tasks = [*_tasks(tmp_path, with_sha256=False), _huge(tmp_path, 90_000_000)]
    reading = read_files(tasks, Counter(), processes=2)
    first = next(reading)

    for pid in _children():
        os.kill(pid, signal.SIGKILL)
    rest = list(reading)

    assert sorted(hashed.place for hashed in [first, *rest]) == ["0", "1", "2", "3", "4", "huge"]
    assert not [hashed for hashed in rest if hashed.error]


def test_a_reading_that_ends_early_leaves_no_process(tmp_path: Path) -> None:
    reading = read_files([*_tasks(tmp_path, with_sha256=False), _huge(tmp_path, 40 << 30)], Counter(), processes=2)
    next(reading)

    before = _children()
    reading.close()

    assert len(before) == 2
    assert _children() == []


@pytest.mark.parametrize(
    ("files", "size_bytes", "is_worth_it"),
    [(10, 1000, False), (10, 1 << 30, True), (100_000, 1000, True), (0, 0, False)],
)
def test_processes_are_started_only_for_much(files: int, size_bytes: int, is_worth_it: bool) -> None:
    has_several = (os.cpu_count() or 1) > 1

    assert (choose_processes(files, size_bytes) > 0) == (is_worth_it and has_several)


def test_bytes_that_pass_hash_as_the_file_on_disk_does(tmp_path: Path) -> None:
    content = bytes((i * 7 + 3) & 255 for i in range(3_000_001))
    (tmp_path / "a").write_bytes(content)
    passing = ContentHash(with_sha256=True, with_sha1=True)
    for begin in range(0, len(content), 65_537):
        passing.update(content[begin : begin + 65_537])

    digest = digest_file(tmp_path / "a", lambda: None, with_sha256=True, with_sha1=True)

    assert digest == passing.digest()
    assert digest.quick_xor_hash == "8xGNSJ9sZAPSJjeZQXS4zSesYGU="
    assert (digest.sha256, digest.sha1) == (hashlib.sha256(content).hexdigest(), hashlib.sha1(content).hexdigest())
    without = digest_file(tmp_path / "a", lambda: None)
    assert (without.size_bytes, without.sha256, without.sha1) == (3_000_001, None, None)


def test_ctrl_c_ends_the_reading(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(2 * READ_AT_ONCE_BYTES))

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        digest_file(tmp_path / "a", stop)
