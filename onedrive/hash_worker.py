"""What one process does that hashes files: small jobs in, hashes out; it knows nothing of drives and lists.

    python -c '… serve()'    stdin: jobs, one after the other    stdout: Read as blocks pass, then the job's hashes

It imports little, since several of these run beside the program. It ends when its stdin does, so a program that was
killed takes its workers with it.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from onedrive.quickxorhash import QuickXorHash

if TYPE_CHECKING:
    from concurrent.futures import Future

BLOCK_BYTES = 1 << 20
_WORTH_A_THREAD_BYTES = 8 << 20
_TELLING_BYTES = 16 << 20

Counter = Callable[[int], None]  # is told how many bytes each block had


class FileTask(NamedTuple):
    """A file to hash; `size_bytes` is what it had when it was looked at."""

    place: str
    path: str
    size_bytes: int
    with_sha256: bool


class FilePart(NamedTuple):
    """A part of a large file, of which only the quickXorHash is wanted."""

    task: FileTask
    start: int
    length: int


class FileHash(NamedTuple):
    """What was read: raw hashes, b'' where not asked for. `error` is why it could not be read; '': it could."""

    place: str
    size_bytes: int = 0
    quick_xor: bytes = b""
    sha256: bytes = b""
    error: str = ""


class PartHash(NamedTuple):
    """What was read of a part."""

    task: FileTask
    quick: QuickXorHash


class Read(NamedTuple):
    """So many bytes more have been read of the job in hand."""

    size_bytes: int


Job = list[FileTask] | FilePart
Hashed = list[FileHash | PartHash]


def serve() -> None:
    """Do the jobs that come in on stdin, and send what they gave to stdout, until stdin ends."""
    told = [0]

    def send(message: Read | Hashed) -> None:
        pickle.dump(message, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    def count(size_bytes: int) -> None:
        told[0] += size_bytes
        if told[0] >= _TELLING_BYTES:
            send(Read(told[0]))
            told[0] = 0

    try:
        while True:
            hashed = work_on(pickle.load(sys.stdin.buffer), count)  # noqa: S301 - the program wrote it
            send(Read(told[0]))
            told[0] = 0
            send(hashed)
    except (EOFError, BrokenPipeError):
        pass  # the program needs no more, or is gone


def work_on(job: Job, count: Counter) -> Hashed:
    """The hashes of some files, or of a part of one."""
    return [_hash_part(job, count)] if isinstance(job, FilePart) else [*hash_files(job, count)]


def hash_files(tasks: Iterable[FileTask], count: Counter) -> Iterator[FileHash]:
    """The hashes of files, one after the other."""
    buffers = [memoryview(bytearray(BLOCK_BYTES)) for _ in range(2)]
    for task in tasks:
        try:
            yield _hash_file(task, buffers, count)
        except OSError as error:
            yield _not_read(task, error)


def _hash_file(task: FileTask, buffers: Sequence[memoryview], count: Counter) -> FileHash:
    quick = QuickXorHash()
    sha256 = hashlib.sha256() if task.with_sha256 else None
    with open(task.path, "rb", buffering=0) as stream:  # noqa: PTH123 - a path as the system wants it, and many
        blocks = _Blocks(stream.readinto, buffers, count)
        if sha256 and task.size_bytes >= _WORTH_A_THREAD_BYTES:
            _update_beside(blocks, quick, sha256.update)
        else:
            for block in blocks:
                quick.update(block)
                if sha256:
                    sha256.update(block)
    return FileHash(task.place, quick.length, quick.digest(), sha256.digest() if sha256 else b"")


def _hash_part(part: FilePart, count: Counter) -> PartHash | FileHash:
    quick = QuickXorHash(part.start)
    buffer = memoryview(bytearray(BLOCK_BYTES))
    try:
        with open(part.task.path, "rb", buffering=0) as stream:  # noqa: PTH123 - as above
            stream.seek(part.start)
            while quick.length < part.length and (got := stream.readinto(buffer[: part.length - quick.length])):
                quick.update(buffer[:got])
                count(got)
    except OSError as error:
        return _not_read(part.task, error)
    return PartHash(part.task, quick)


def _not_read(task: FileTask, error: OSError) -> FileHash:
    return FileHash(task.place, error=(error.strerror or type(error).__name__).lower())


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


def _update_beside(blocks: Iterable[memoryview], quick: QuickXorHash, update: Callable[[memoryview], None]) -> None:
    """SHA-256 lets go of the interpreter while it works, so it takes a second processor."""
    from concurrent.futures import ThreadPoolExecutor  # which few need: it is most of what a worker would weigh

    with ThreadPoolExecutor(1) as beside:
        waiting: Future[None] | None = None
        for block in blocks:
            if waiting:
                waiting.result()  # its buffer is the next to be filled
            waiting = beside.submit(update, block)
            quick.update(block)
        if waiting:
            waiting.result()
