"""What one process does that hashes files: small tasks in, hashes out; it knows nothing of drives and lists.

It imports little, since several of these run beside the program. Ctrl-C is the program's alone; the program tells its
workers when to stop, and a program that was killed takes them with it.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing import connection, parent_process
from typing import TYPE_CHECKING, NamedTuple

from onedrive.quickxorhash import QuickXorHash

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized
    from multiprocessing.synchronize import Event

BLOCK_BYTES = 1 << 20
_WORTH_A_THREAD_BYTES = 8 << 20

Counter = Callable[[int], None]  # is told how many bytes each block had; may raise Told


class FileTask(NamedTuple):
    """A file to hash; `size_bytes` is what it had when it was looked at."""

    place: str
    path: str
    size_bytes: int
    with_sha256: bool
    with_sha1: bool


class FileHash(NamedTuple):
    """What was read: raw hashes, b'' where not asked for. `error` is why it could not be read; '': it could."""

    place: str
    size_bytes: int = 0
    quick_xor: bytes = b""
    sha256: bytes = b""
    sha1: bytes = b""
    error: str = ""
    errno: int = 0


class FilePart(NamedTuple):
    """A part of a large file, of which only the quickXorHash is wanted."""

    task: FileTask
    start: int
    length: int


class PartHash(NamedTuple):
    """What was read of a part."""

    task: FileTask
    quick: QuickXorHash


class Told(Exception):
    """The program wants no more."""


# The one place where a process keeps what it was given at its start: tasks come without it.
_counters: list[Counter] = []


def begin_work(read_bytes: Synchronized[int], ended: Event) -> None:
    """Prepare a process: whom to tell, when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()

    def count(size_bytes: int) -> None:
        with read_bytes.get_lock():
            read_bytes.value += size_bytes
        if ended.is_set():
            raise Told

    _counters[:] = [count]


def work_on(job: Sequence[FileTask] | FilePart) -> list[FileHash | PartHash]:
    """Files, or a part of one, in a process that `begin_work` has prepared; nothing when no more is wanted."""
    try:
        return [_hash_part(job, _counters[0])] if isinstance(job, FilePart) else [*hash_files(job, _counters[0])]
    except Told:
        return []


def hash_files(tasks: Iterable[FileTask], count: Counter) -> Iterable[FileHash]:
    """The hashes of files, one after the other. Raises what `count` raises."""
    buffers = [memoryview(bytearray(BLOCK_BYTES)) for _ in range(2)]
    for task in tasks:
        try:
            yield _hash_file(task, buffers, count)
        except OSError as error:
            yield _not_read(task, error)


def _not_read(task: FileTask, error: OSError) -> FileHash:
    return FileHash(task.place, error=(error.strerror or type(error).__name__).lower(), errno=error.errno or 0)


def _hash_part(part: FilePart, count: Counter) -> PartHash | FileHash:
    quick = QuickXorHash(part.start)
    buffer = memoryview(bytearray(BLOCK_BYTES))
    try:
        with open(part.task.path, "rb", buffering=0) as stream:  # noqa: PTH123 - as below
            stream.seek(part.start)
            while quick.length < part.length and (got := stream.readinto(buffer[: part.length - quick.length])):
                quick.update(buffer[:got])
                count(got)
    except OSError as error:
        return _not_read(part.task, error)
    return PartHash(part.task, quick)


def _hash_file(task: FileTask, buffers: Sequence[memoryview], count: Counter) -> FileHash:
    quick = QuickXorHash()
    sha256 = hashlib.sha256() if task.with_sha256 else None
    sha1 = hashlib.sha1(usedforsecurity=False) if task.with_sha1 else None
    others = [sha.update for sha in (sha256, sha1) if sha]
    with open(task.path, "rb", buffering=0) as stream:  # noqa: PTH123 - a path as the system wants it, and many
        blocks = _Blocks(stream.readinto, buffers, count)
        if others and task.size_bytes >= _WORTH_A_THREAD_BYTES:
            _update_beside(blocks, quick, others)
        else:
            for block in blocks:
                quick.update(block)
                for update in others:
                    update(block)
    return FileHash(
        task.place,
        quick.length,
        quick.digest(),
        sha256.digest() if sha256 else b"",
        sha1.digest() if sha1 else b"",
    )


class _Blocks:
    """A file's blocks in two buffers by turns: one stays untouched while the next is read."""

    def __init__(self, read: Callable[[memoryview], int], buffers: Sequence[memoryview], count: Counter) -> None:
        self._read = read
        self._buffers = buffers
        self._count = count
        self._turn = 0

    def __iter__(self) -> _Blocks:
        return self

    def __next__(self) -> memoryview:
        self._turn ^= 1
        buffer = self._buffers[self._turn]
        got = self._read(buffer)
        if not got:
            raise StopIteration
        self._count(got)
        return buffer[:got]


def _update_beside(
    blocks: Iterable[memoryview], quick: QuickXorHash, others: Sequence[Callable[[memoryview], object]]
) -> None:
    """The other hashes let go of the interpreter while they work, so they take a second processor."""
    with ThreadPoolExecutor(1) as beside:
        waiting: Future[None] | None = None
        for block in blocks:
            if waiting:
                waiting.result()  # its buffer is the next to be filled
            waiting = beside.submit(_update_all, others, block)
            quick.update(block)
        if waiting:
            waiting.result()


def _update_all(updates: Sequence[Callable[[memoryview], object]], block: memoryview) -> None:
    for update in updates:
        update(block)


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
