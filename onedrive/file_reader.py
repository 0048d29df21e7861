"""Many files on the disk, hashed by several processes where that helps.

QuickXorHash is plain Python and holds the interpreter, so only processes take more than one processor. Few bytes are
read here. Big files come first, the largest in parts, so that one file keeps all processors busy; small ones in groups.

The processes are plain children that talk over pipes, and not multiprocessing's: those would import the whole program
anew, each some 30 MB, and outlive one that was killed.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from onedrive import quickxorhash
from onedrive.hash_worker import FileHash, FilePart, FileTask, Hashed, Job, PartHash, Read, hash_files
from onedrive.quickxorhash import QuickXorHash

PART_BYTES = 64 << 20
GROUP_BYTES = 32 << 20
MOST_IN_GROUP = 256
MOST_PROCESSES = 4
WORTH_PROCESSES_BYTES = 256 << 20
WORTH_PROCESSES_FILES = 5000
_POLL_SECONDS = 0.2  # how long Ctrl-C may have to wait on systems whose waits it does not interrupt
_SERVE = "import sys; sys.path.insert(0, sys.argv[1]); from onedrive.hash_worker import serve; serve()"


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
    words = [sys.executable, "-I", "-S", "-c", _SERVE, str(Path(__file__).resolve().parent.parent)]
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
