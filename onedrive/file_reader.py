"""FileReader: the hashes of many files on the disk, read by several processes where that helps.

QuickXorHash is plain Python and holds the interpreter, so only processes take more than one processor. Few bytes are
read here. Big files come first, the largest in parts, so that one file keeps all processors busy; small ones in groups.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Protocol

from onedrive import quickxorhash
from onedrive.hash_worker import FileHash, FilePart, FileTask, PartHash, begin_work, hash_files, work_on
from onedrive.quickxorhash import QuickXorHash

PART_BYTES = 64 << 20
GROUP_BYTES = 32 << 20
MOST_IN_GROUP = 256
MOST_PROCESSES = 4
WORTH_PROCESSES_BYTES = 256 << 20
WORTH_PROCESSES_FILES = 5000
_JOBS_A_PROCESS = 3
_ROUND_SECONDS = 0.2


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


def read_files(tasks: Iterable[FileTask], counter: ReadCounter, *, processes: int) -> Generator[FileHash, None, None]:
    """The hashes of all files, in any order; stop asking to end early.

    `tasks` are best in the order of their sizes, the largest first. `processes`: 0 reads them here.
    """
    rest = iter(tasks)
    in_hand: dict[str, FileTask] = {}
    if processes:
        try:
            with _Pool(processes, counter) as pool:
                for found in pool.read(_noted(rest, in_hand)):
                    if in_hand.pop(found.place, None):  # several parts of a file may fail
                        yield found
        except (BrokenProcessPool, OSError, ImportError):
            pass  # no more processes here, or one was killed for want of memory: what is left is read without
    left = chain(list(in_hand.values()), rest)
    for found in hash_files(left, lambda size_bytes: counter.advance(size_bytes=size_bytes)):
        counter.advance(files=1)
        yield found


def _noted(tasks: Iterable[FileTask], in_hand: dict[str, FileTask]) -> Iterator[FileTask]:
    """The tasks, each remembered from when it is handed out."""
    for task in tasks:
        in_hand[task.place] = task
        yield task


class _Pool:
    """The processes of one reading; a context manager that ends them at once."""

    def __init__(self, processes: int, counter: ReadCounter) -> None:
        self._processes = processes
        self._counter = counter
        self._told_bytes = 0
        context = multiprocessing.get_context("spawn")  # forking a program with threads may lock up
        self._read_bytes = context.Value("Q")
        self._ended = context.Event()
        given = (self._read_bytes, self._ended)
        self._executor = ProcessPoolExecutor(processes, context, begin_work, given)

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def read(self, tasks: Iterable[FileTask]) -> Iterator[FileHash]:
        """All files; the biggest first, no more handed out than keeps the processes busy."""
        waiting: set[Future[list[FileHash | PartHash]]] = set()
        jobs = iter(_jobs(tasks))
        parts: dict[str, list[QuickXorHash]] = {}
        while True:
            free = max(0, _JOBS_A_PROCESS * self._processes - len(waiting))
            with _ctrl_c_waits():
                waiting |= {self._executor.submit(work_on, job) for job in islice(jobs, free)}
            if not waiting:
                return
            done, waiting = wait(waiting, timeout=_ROUND_SECONDS, return_when=FIRST_COMPLETED)
            self._tell()
            for found in (found for future in done for found in future.result()):
                whole = found if isinstance(found, FileHash) else _put_together(found, parts)
                if whole:
                    self._counter.advance(files=1)
                    yield whole

    def _tell(self) -> None:
        read_bytes = self._read_bytes.value
        self._counter.advance(size_bytes=read_bytes - self._told_bytes)
        self._told_bytes = read_bytes


@contextlib.contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """Processes that start now are born deaf to Ctrl-C, which they would complain about before they can ignore it."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _jobs(tasks: Iterable[FileTask]) -> Iterator[list[FileTask] | FilePart]:
    """The parts of large files of which only the quickXorHash is wanted, and groups of all others."""
    group: list[FileTask] = []
    group_bytes = 0
    for task in tasks:
        if task.size_bytes > PART_BYTES and not (task.with_sha256 or task.with_sha1):
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
