"""Hashing files on the disk: one as its bytes pass, many by several processes where that helps.

QuickXorHash is plain Python and holds the interpreter, so only processes take more than one processor. Few bytes are
read here. Big files come first, the largest in parts, so that one file keeps all processors busy; small ones in groups.

The processes are plain children that talk over pipes, and not multiprocessing's: those would import the whole program
anew, each some 30 MB, and outlive one that was killed.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, NamedTuple, Protocol

from onedrive import quickxorhash
from onedrive.quickxorhash import Buffer, QuickXorHash

if TYPE_CHECKING:
    from concurrent.futures import Future


READ_AT_ONCE_BYTES = 1 << 20
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
    buffers = [memoryview(bytearray(READ_AT_ONCE_BYTES)) for _ in range(2)]
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
    buffer = memoryview(bytearray(READ_AT_ONCE_BYTES))
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


PART_BYTES = 64 << 20
GROUP_BYTES = 32 << 20
MOST_IN_GROUP = 256
MOST_PROCESSES = 4
WORTH_PROCESSES_BYTES = 256 << 20
WORTH_PROCESSES_FILES = 5000
_POLL_SECONDS = 0.2  # how long Ctrl-C may have to wait on systems whose waits it does not interrupt
_SERVE = "import sys; sys.path.insert(0, sys.argv[1]); from onedrive.local.hashing import serve; serve()"


class ReadCounter(Protocol):
    """Is told how much has been read; `Progress` is one."""

    def advance(self, *, files: int = 0, size_bytes: int = 0) -> None:
        """So much more has been read."""


def choose_processes(files: int, size_bytes: int) -> int:
    """How many processes read so much; 0: it is read here, for starting a process takes longer."""
    if size_bytes < WORTH_PROCESSES_BYTES and files < WORTH_PROCESSES_FILES:
        return 0
    processors = os.cpu_count() or 1
    return min(processors, MOST_PROCESSES) if processors > 1 else 0


def read_files(
    tasks: Iterable[FileTask], counter: ReadCounter, *, processes: int
) -> Generator[FileHash, None, None]:  # fmt: skip
    """The hashes of all files, in any order; close it to end early.

    `tasks` are best in the order of their sizes, the largest first. `processes`: 0 reads them here.
    """
    rest = iter(tasks)
    in_hand: dict[str, FileTask] = {}
    if processes:
        with _Workers(processes, _jobs(_noted(rest, in_hand)), counter) as workers:
            for found in workers.hashes():
                if in_hand.pop(found.place, None):  # several parts of a file may fail
                    counter.advance(files=1)
                    yield found
    # What processes left when they could not be started here, or were killed for want of memory.
    left = chain(list(in_hand.values()), rest)
    for found in hash_files(left, lambda size_bytes: counter.advance(size_bytes=size_bytes)):
        counter.advance(files=1)
        yield found


class _Workers:
    """The processes of one reading, each with a thread that hands it jobs; a context manager that ends them at once."""

    def __init__(self, most: int, jobs: Iterator[Job], counter: ReadCounter) -> None:
        self._most = most
        self._jobs = jobs
        self._counter = counter
        self._lock = threading.Lock()
        self._results: SimpleQueue[Hashed | None] = SimpleQueue()  # None: one has ended
        self._processes: list[subprocess.Popen[bytes]] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> _Workers:
        for _ in range(self._most):
            try:
                process = _start()
            except OSError:
                break
            self._processes.append(process)
            thread = threading.Thread(target=self._feed, args=(process,), name="hashing", daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (stream for process in self._processes for stream in (process.stdin, process.stdout) if stream):
            with contextlib.suppress(OSError):
                stream.close()

    def hashes(self) -> Iterator[FileHash]:
        """Whole files, as they are done."""
        parts: dict[str, list[QuickXorHash]] = {}
        at_work = len(self._processes)
        while at_work:
            try:
                hashed = self._results.get(timeout=_POLL_SECONDS)
            except Empty:
                continue
            at_work -= hashed is None
            for found in hashed or ():
                whole = found if isinstance(found, FileHash) else _put_together(found, parts)
                if whole:
                    yield whole

    def _feed(self, process: subprocess.Popen[bytes]) -> None:
        """Hand out one job after the other, until there are none or the process is gone."""
        try:
            while (job := self._next_job()) is not None:
                self._results.put(self._do(process, job))
        except (OSError, EOFError, pickle.UnpicklingError):
            pass  # what it had in hand is read by the program itself
        finally:
            self._results.put(None)

    def _do(self, process: subprocess.Popen[bytes], job: Job) -> Hashed:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        pickle.dump(job, process.stdin)
        process.stdin.flush()
        while True:
            answer: Read | Hashed = pickle.load(process.stdout)  # noqa: S301 - our own process wrote it
            if not isinstance(answer, Read):
                return answer
            self._counter.advance(size_bytes=answer.size_bytes)

    def _next_job(self) -> Job | None:
        with self._lock:
            return next(self._jobs, None)


def _start() -> subprocess.Popen[bytes]:
    """A process that hears no Ctrl-C: the program ends it."""
    # S603: the words are our own, none comes from outside.
    words = [sys.executable, "-I", "-S", "-c", _SERVE, str(Path(__file__).resolve().parents[2])]
    if sys.platform == "win32":
        group = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, creationflags=group)  # noqa: S603
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603


def _noted(tasks: Iterable[FileTask], in_hand: dict[str, FileTask]) -> Iterator[FileTask]:
    """The tasks, each remembered from when it is handed out."""
    for task in tasks:
        in_hand[task.place] = task
        yield task


def _jobs(tasks: Iterable[FileTask]) -> Iterator[Job]:
    """The parts of large files of which only the quickXorHash is wanted, and groups of all others."""
    group: list[FileTask] = []
    group_bytes = 0
    for task in tasks:
        if task.size_bytes > PART_BYTES and not task.with_sha256:
            starts = range(0, task.size_bytes, PART_BYTES)
            # The last part goes on to the end, wherever that is now: what has grown is to be noticed.
            yield from (FilePart(task, start, PART_BYTES if start != starts[-1] else sys.maxsize) for start in starts)
            continue
        if group and (group_bytes + task.size_bytes > GROUP_BYTES or len(group) == MOST_IN_GROUP):
            yield group
            group, group_bytes = [], 0
        group.append(task)
        group_bytes += task.size_bytes
    if group:
        yield group


def _put_together(found: PartHash, parts: dict[str, list[QuickXorHash]]) -> FileHash | None:
    """The hash of a file all of whose parts are there; None while some are not."""
    place = found.task.place
    known = parts.setdefault(place, [])
    known.append(found.quick)
    if len(known) < len(range(0, found.task.size_bytes, PART_BYTES)):
        return None
    del parts[place]
    try:
        whole = quickxorhash.join(known)
    except ValueError:
        return FileHash(place, error="it became shorter while it was read")
    return FileHash(place, whole.length, whole.digest())


@dataclass(frozen=True)
class Digest:
    """How many bytes there were and what they hash to: base64, and lower-case hex. None: not computed."""

    size_bytes: int
    quick_xor_hash: str
    sha256: str | None = None
    sha1: str | None = None


class ContentHash:
    """QuickXorHash always, SHA-256 and SHA-1 where they alone can prove something; those cannot be put together.

    `start`: which byte of the file is the first.
    """

    def __init__(self, start: int = 0, *, with_sha256: bool = False, with_sha1: bool = False) -> None:
        self._quick = QuickXorHash(start)
        self._sha256 = hashlib.sha256() if with_sha256 else None
        self._sha1 = hashlib.sha1(usedforsecurity=False) if with_sha1 else None

    def update(self, block: Buffer) -> None:
        """Take in the next bytes."""
        self._quick.update(block)
        if self._sha256:
            self._sha256.update(block)
        if self._sha1:
            self._sha1.update(block)

    def digest(self) -> Digest:
        """What has passed so far, from byte 0 of the file."""
        return Digest(
            size_bytes=self._quick.length,
            quick_xor_hash=_base64(self._quick),
            sha256=self._sha256.hexdigest() if self._sha256 else None,
            sha1=self._sha1.hexdigest() if self._sha1 else None,
        )

    @staticmethod
    def of_parts(parts: Sequence[ContentHash]) -> ContentHash:
        """The hash of parts that follow one another from byte 0. Raises ValueError on a gap."""
        if len(parts) == 1:
            return parts[0]
        whole = ContentHash()
        whole._quick = quickxorhash.join(part._quick for part in parts)
        return whole


def digest_file(path: Path, check: Callable[[], None], *, with_sha256: bool = False, with_sha1: bool = False) -> Digest:
    """The hashes of a file on disk; `check` is called for each block and may raise. Raises OSError."""
    hashes = ContentHash(with_sha256=with_sha256, with_sha1=with_sha1)
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(READ_AT_ONCE_BYTES):
            check()
            hashes.update(block)
    return hashes.digest()


def _base64(quick: QuickXorHash) -> str:
    return base64.b64encode(quick.digest()).decode("ascii")
