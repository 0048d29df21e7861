"""Hashing files on the disk: one as its bytes pass, many by several processes where that helps.

    tasks, the largest first ─► groups of them ─► a process each ─► hashes
    few bytes, one processor, or no process to be had ─► read here

QuickXorHash is plain Python and holds the interpreter, so only processes take more than one processor. `ContentHash`
is what `transfer/partial` feeds; `read_files` is for `verify/local_copy`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from onedrive.errors import os_reason
from onedrive.quickxorhash import Buffer, QuickXorHash

if TYPE_CHECKING:
    import ctypes
    from concurrent.futures import Future

READ_AT_ONCE_BYTES = 1 << 20
_WORTH_A_THREAD_BYTES = 8 << 20

CountBytes = Callable[[int], None]  # is told how many bytes each block had


class FileTask(NamedTuple):
    """A file to hash; `size_bytes` is what it had when it was looked at."""

    place: str
    path: str
    size_bytes: int
    with_sha256: bool
    with_sha1: bool = False


class FileHash(NamedTuple):
    """What was read: raw hashes, b'' where not asked for. `error` is why it could not be read; '': it could."""

    place: str
    size_bytes: int = 0
    quick_xor: bytes = b""
    sha256: bytes = b""
    error: str = ""
    sha1: bytes = b""


def hash_files(tasks: Iterable[FileTask], count: CountBytes) -> Iterator[FileHash]:
    """The hashes of files, one after the other."""
    buffers = [memoryview(bytearray(READ_AT_ONCE_BYTES)) for _ in range(2)]
    for task in tasks:
        try:
            yield _hash_file(task, buffers, count)
        except OSError as error:
            yield FileHash(task.place, error=os_reason(error))


def _hash_file(task: FileTask, buffers: Sequence[memoryview], count: CountBytes) -> FileHash:
    hashes = ContentHash(with_sha256=task.with_sha256, with_sha1=task.with_sha1)
    with open(task.path, "rb", buffering=0) as stream:  # noqa: PTH123 - a path as the system wants it, and many
        blocks = _blocks(stream.readinto, buffers, count)
        if task.size_bytes >= _WORTH_A_THREAD_BYTES and (task.with_sha256 or task.with_sha1):
            hashes.update_beside(blocks)
        else:
            for block in blocks:
                hashes.update(block)
    return hashes.of_file(task.place)


def _blocks(
    read: Callable[[memoryview], int], buffers: Sequence[memoryview], count: CountBytes
) -> Iterator[memoryview]:
    """A file's blocks in two buffers by turns: one stays untouched while the next is read."""
    for buffer in cycle(buffers):
        got = read(buffer)
        if not got:
            return
        count(got)
        yield buffer[:got]


GROUP_BYTES = 32 << 20
MOST_IN_GROUP = 32  # a group must fit into a pipe: Python before 3.11.8 hangs when its reader is killed meanwhile
MOST_PROCESSES = 4
WORTH_PROCESSES_BYTES = 256 << 20
WORTH_PROCESSES_FILES = 5000
_POLL_SECONDS = 0.2  # how long Ctrl-C may have to wait on systems whose waits it does not interrupt


class ReadCounter(Protocol):
    """Is told how much has been read; `Progress` is one."""

    def advance(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """So much more has been read."""


def choose_processes(files: int, size_bytes: int) -> int:
    """How many processes read so much; 0: it is read here, for starting a process takes longer."""
    if size_bytes < WORTH_PROCESSES_BYTES and files < WORTH_PROCESSES_FILES:
        return 0
    processors = os.cpu_count() or 1
    # A program in one file has no Python to start: what it would start is itself.
    return min(processors, MOST_PROCESSES) if processors > 1 and not getattr(sys, "frozen", False) else 0


def read_files(
    tasks: Iterable[FileTask], counter: ReadCounter, *, processes: int
) -> Generator[FileHash, None, None]:  # fmt: skip
    """The hashes of all files, in any order; close it to end early.

    `tasks` are best in the order of their sizes, the largest first. `processes`: 0 reads them here.
    """
    rest = iter(tasks)
    in_hand: dict[str, FileTask] = {}
    if processes:
        for found in _read_apart(_groups(_noted(rest, in_hand)), counter, processes):
            del in_hand[found.place]
            counter.advance(files=1)
            yield found
    # What processes left when they could not be started here, or were killed for want of memory.
    left = chain(list(in_hand.values()), rest)
    for found in hash_files(left, lambda size_bytes: counter.advance(size_bytes=size_bytes)):
        counter.advance(files=1)
        yield found


def _read_apart(
    groups: Iterator[list[FileTask]], counter: ReadCounter, processes: int
) -> Generator[FileHash, None, None]:
    """What processes find, as they find it; ends early when they cannot go on. They end with it at once."""
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait

    context = multiprocessing.get_context("spawn")  # a fork would copy our threads' locks
    others = set(multiprocessing.active_children())
    spare = list(range(processes + 1))  # one group more than there are processes waits for the first that is free
    read = context.RawArray("q", len(spare))  # how many bytes of each of those have been read
    read_bytes = 0
    pool = ProcessPoolExecutor(processes, context, _begin_to_serve, (read,))
    working: dict[Future[list[FileHash]], int] = {}
    try:
        while True:
            while spare and (group := next(groups, None)) is not None:
                number = spare.pop()
                with _without_interrupts():
                    working[pool.submit(_serve, group, number)] = number
            if not working:
                return
            done, _ = wait(working, _POLL_SECONDS, FIRST_COMPLETED)
            before, read_bytes = read_bytes, sum(read)
            counter.advance(size_bytes=read_bytes - before)
            for future in done:
                spare.append(working.pop(future))
                yield from future.result()
    except (BrokenExecutor, OSError, RuntimeError, MemoryError):
        return  # what they had in hand is read by the program itself
    finally:
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C is for the program alone: a process that is started meanwhile never hears of it, and prints nothing."""
    from multiprocessing import resource_tracker

    if sys.platform == "win32":
        yield
        return
    resource_tracker.ensure_running()  # which would let the signal in again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_READ: list[ctypes.Array[ctypes.c_longlong]] = []  # in a process that serves: what `_begin_to_serve` was given


def _begin_to_serve(read: ctypes.Array[ctypes.c_longlong]) -> None:
    """The first that a process does: it hears no Ctrl-C, and ends with the program, however that ends."""
    from multiprocessing import parent_process

    def end_with_the_program() -> None:
        if program := parent_process():
            program.join()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_the_program, daemon=True).start()
    _READ[:] = [read]


def _serve(group: list[FileTask], number: int) -> list[FileHash]:
    """Read a group in such a process; `number` says where it counts its bytes."""

    def count(size_bytes: int) -> None:
        _READ[0][number] += size_bytes

    return [*hash_files(group, count)]


def _noted(tasks: Iterable[FileTask], in_hand: dict[str, FileTask]) -> Iterator[FileTask]:
    """The tasks, each remembered from when it is handed out."""
    for task in tasks:
        in_hand[task.place] = task
        yield task


def _groups(tasks: Iterable[FileTask]) -> Iterator[list[FileTask]]:
    """A large file alone, small ones together."""
    group: list[FileTask] = []
    group_bytes = 0
    for task in tasks:
        if group and (group_bytes + task.size_bytes > GROUP_BYTES or len(group) == MOST_IN_GROUP):
            yield group
            group, group_bytes = [], 0
        group.append(task)
        group_bytes += task.size_bytes
    if group:
        yield group


@dataclass(frozen=True)
class Digest:
    """How many bytes there were and what they hash to: base64, and lower-case hex. None: not computed."""

    size_bytes: int
    quick_xor_hash: str
    sha256: str | None = None
    sha1: str | None = None


class Sums:
    """SHA-256 and SHA-1, where they are wanted; they take the bytes of a file in order, and cannot be put together."""

    def __init__(self, *, with_sha256: bool = False, with_sha1: bool = False) -> None:
        self.sha256 = hashlib.sha256() if with_sha256 else None
        self.sha1 = hashlib.sha1(usedforsecurity=False) if with_sha1 else None

    def update(self, block: Buffer) -> None:
        """Take in the next bytes."""
        for each in (self.sha256, self.sha1):
            if each:
                each.update(block)

    def digest(self, quick: QuickXorHash) -> Digest:
        """What has passed, with the QuickXorHash of the same bytes."""
        return Digest(
            size_bytes=quick.length,
            quick_xor_hash=base64.b64encode(quick.digest()).decode("ascii"),
            sha256=self.sha256.hexdigest() if self.sha256 else None,
            sha1=self.sha1.hexdigest() if self.sha1 else None,
        )


class ContentHash:
    """QuickXorHash always, SHA-256 and SHA-1 where they are wanted."""

    def __init__(self, *, with_sha256: bool = False, with_sha1: bool = False) -> None:
        self._quick = QuickXorHash()
        self._sums = Sums(with_sha256=with_sha256, with_sha1=with_sha1)

    def update(self, block: Buffer) -> None:
        """Take in the next bytes."""
        self._quick.update(block)
        self._sums.update(block)

    def update_beside(self, blocks: Iterable[memoryview]) -> None:
        """Take in blocks; SHA-256 lets go of the interpreter while it works, so it takes a second processor."""
        from concurrent.futures import ThreadPoolExecutor  # which few need

        with ThreadPoolExecutor(1) as beside:
            waiting: Future[None] | None = None
            for block in blocks:
                if waiting:
                    waiting.result()  # its buffer is the next to be filled
                waiting = beside.submit(self._sums.update, block)
                self._quick.update(block)
            if waiting:
                waiting.result()

    def of_file(self, place: str) -> FileHash:
        """What has passed, as what was read of a file."""
        sha256, sha1 = (each.digest() if each else b"" for each in (self._sums.sha256, self._sums.sha1))
        return FileHash(place, self._quick.length, self._quick.digest(), sha256, sha1=sha1)

    def digest(self) -> Digest:
        """What has passed so far."""
        return self._sums.digest(self._quick)


def digest_file(path: Path, check: Callable[[], None], *, with_sha256: bool = False, with_sha1: bool = False) -> Digest:
    """The hashes of a file on disk; `check` is called for each block and may raise. Raises OSError."""
    hashes = ContentHash(with_sha256=with_sha256, with_sha1=with_sha1)
    for block in blocks_of(path):
        check()
        hashes.update(block)
    return hashes.digest()


def blocks_of(path: Path) -> Iterator[bytes]:
    """The content of a file, some of it at a time. Raises OSError."""
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(READ_AT_ONCE_BYTES):
            yield block
