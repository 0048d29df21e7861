"""DownloadRun: all files of a plan, several at a time, and the count of how it went.

    moved on this disk first ─► folder by folder: fresh addresses ─► a job for each file ─► its outcome is counted
                             ─► twins of what came; where an original did not come, another round for one of them

What goes wrong with one file is counted and named; what concerns the whole run (sign-in, disk, network) ends it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from onedrive.download_job import DownloadJob, DownloadTools, Outcome, Result
from onedrive.download_plan import DownloadPlan, WantedFile
from onedrive.download_queue import DownloadQueue
from onedrive.drive_item import DriveItem, Kind
from onedrive.errors import ConnectionLost, ServiceRefused, ServiceUnusable
from onedrive.fresh_urls import FreshFile, FreshUrls
from onedrive.graph import ForeignNextLink, RepeatingPages
from onedrive.item_errors import CannotDeliver, FileHostFailed, ItemFailed, ItemGone
from onedrive.local_moves import LocalMoves
from onedrive.manifest_line import DIFFERS_BY_DESIGN, VERIFIED_BY_REPEAT
from onedrive.partial_file import PartialFile
from onedrive.progress import Progress
from onedrive.twin_files import TwinFiles
from onedrive.words import format_bytes, printable

# So many files in a row that failed for want of a connection: then Graph is asked whether it is there at all.
LOST_IN_A_ROW = 8
MOST_LOST_IN_A_ROW = 40
SPARE_WORKERS = 8  # they take the turns of those who wait before they ask again
_OF_ONE_FILE = (ItemFailed, ServiceRefused, ServiceUnusable, ConnectionLost, RepeatingPages, ForeignNextLink)


@dataclass
class Tally:
    """How it went so far; only what failed is kept by name."""

    results: Counter[Result] = field(default_factory=Counter)
    fetched_bytes: int = 0
    linked_bytes: int = 0  # that need no room of their own, because another file has the same content
    named_bytes: int = 0  # that are not stored at all for that reason
    changed: int = 0
    differing: list[str] = field(default_factory=list)  # paths of those that differ by design
    repeated: list[str] = field(default_factory=list)  # of those that only the same bytes twice speak for
    failed: list[tuple[str, str, str]] = field(default_factory=list)  # path, id, reason
    unavailable: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one file."""
        wanted = outcome.wanted
        self.results[outcome.result] += 1
        if outcome.result is Result.FETCHED:
            self.fetched_bytes += outcome.size_bytes
        if outcome.result is Result.LINKED:
            self.linked_bytes += outcome.size_bytes
        if outcome.result is Result.NAMED:
            self.named_bytes += outcome.size_bytes
        self.changed += outcome.has_changed
        if outcome.verified == DIFFERS_BY_DESIGN:
            self.differing.append(wanted.path)
        if outcome.verified == VERIFIED_BY_REPEAT:
            self.repeated.append(wanted.path)
        if outcome.result is Result.FAILED:
            self.failed.append((wanted.path, wanted.id, outcome.reason))
        if outcome.result is Result.UNAVAILABLE:
            self.unavailable.append((wanted.path, wanted.id, outcome.reason))


class DownloadRun:
    """One run through a plan."""

    def __init__(
        self,
        plan: DownloadPlan,
        tools: DownloadTools,
        urls: FreshUrls,
        progress: Progress,
        *,
        tell: Callable[[Outcome], None] | None = None,
    ) -> None:
        """`tell` hears how it went with each file, one at a time."""
        self.tally = Tally()
        self._tell = tell
        self._plan = plan
        self._tools = tools
        self._urls = urls
        self._progress = progress
        self._lock = threading.Lock()
        self._lost_in_a_row = 0
        self.lost = 0  # files that failed for want of a connection
        self._queue: DownloadQueue[FreshFile] | None = None

    def download(self) -> None:
        """See to every file. Raises what ends the run; then partial files and the manifest are as far as it came."""
        plan = self._plan
        self._progress.update("moving files on this disk" if plan.moved else "")
        self._add_all(LocalMoves(self._tools, plan).move_all())
        twins = TwinFiles(self._tools, plan)
        self._add_all(twins.make_all())
        self._progress.update("")
        self._fetch_wanted()
        while plan.twins:
            self._add_all(twins.make_all())
            plan.wanted = twins.promote()
            if plan.wanted:
                self._fetch_wanted()

    def _fetch_wanted(self) -> None:
        wanted = self._plan.wanted
        self._progress.set_total(files=len(wanted), size_bytes=sum(row.size_bytes for row in wanted))
        transfer = self._tools.transfer
        self._queue = DownloadQueue(
            self._see_to,
            workers=transfer.connections.most + SPARE_WORKERS,
            stop=self._tools.pause.stop,
            turns=transfer.connections,
            help_out=transfer.help_out,
        )
        self._queue.run(self._fresh_files())

    def has_left(self, seconds: float) -> bool:
        """Wait until no thread of this run works any more; False when one still does after so long."""
        return self._queue is None or self._queue.has_ended(seconds)

    def _fresh_files(self) -> Iterator[FreshFile]:
        listed = self._plan.listed_in
        return self._urls.of_folders((rows, listed.get(rows[0].parent_id, 0)) for rows in self._plan.by_folder())

    def _see_to(self, fresh: FreshFile) -> None:
        wanted, key = fresh.wanted, threading.current_thread().name
        self._progress.set_working(key, f"{printable(wanted.path)} ({format_bytes(wanted.size_bytes)})")
        try:
            outcome = DownloadJob(self._tools, fresh).run()
            self._lost_in_a_row = 0
        except CannotDeliver as error:
            outcome = Outcome(wanted, Result.UNAVAILABLE, reason=error.sentence)
        except _OF_ONE_FILE as error:
            self._check_connection(error)
            if isinstance(error, ItemGone):
                self._forget_partial(wanted)
            outcome = Outcome(wanted, Result.FAILED, reason=_in_words(error))
        finally:
            self._progress.set_working(key, None)
        self._add(outcome)
        self._progress.advance(files=1)

    def _add_all(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self._add(outcome)

    def _add(self, outcome: Outcome) -> None:
        with self._lock:
            self.tally.add(outcome)
            if self._tell:
                self._tell(outcome)

    def _check_connection(self, error: Exception) -> None:
        """Raise the error when nothing gets through any more: then naming every file with it helps nobody."""
        if not isinstance(error, (ConnectionLost, ServiceUnusable, FileHostFailed)):
            self._lost_in_a_row = 0
            return
        with self._lock:
            self.lost += isinstance(error, ConnectionLost)
            self._lost_in_a_row += 1
            lost = self._lost_in_a_row
        if lost >= MOST_LOST_IN_A_ROW:
            raise error
        if lost % LOST_IN_A_ROW == 0:
            self._urls.check_service()

    def _forget_partial(self, wanted: WantedFile) -> None:
        gone = DriveItem(id=wanted.id, name=wanted.name, kind=Kind.FILE, drive_id=wanted.drive_id)
        PartialFile(self._tools.folder.partial, gone, self._tools.counter).discard()


def _in_words(error: Exception) -> str:
    """The reason as it stands after a file's path: no capital, no full stop."""
    sentence = str(getattr(error, "sentence", error))
    return (sentence if isinstance(error, ItemFailed) else sentence[:1].lower() + sentence[1:]).rstrip(".")
