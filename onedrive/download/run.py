"""All files of a plan, several at a time, round after round, and the count of how it went.

    moved on this disk first ─► folder by folder: fresh addresses ─► a job for each file ─► its outcome is counted
                             ─► twins of what came; where an original did not come, another round for one of them

What goes wrong with one file is counted and named; what concerns the whole run (sign-in, disk) ends it; an outage of
the network is waited for. `download_list` prepares the job and tells its end; `job` sees to one file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable

from onedrive.choosing.chooser import DownloadRequest
from onedrive.download.brake import Brake
from onedrive.download.job import DownloadJob, DownloadTools
from onedrive.download.moves import LocalMoves, TwinFiles
from onedrive.download.outcome import Outcome, Result, Tally, join_tallies
from onedrive.download.plan import DownloadPlan
from onedrive.download.prepare import Identity, PreparedDownload, prepare_download
from onedrive.download.sources import SourcedFiles
from onedrive.download.summary import describe_odd_bytes, tell_outcome
from onedrive.errors import (
    ConnectionLost,
    FileHostFailed,
    HostNotTrusted,
    ItemFailed,
    ItemGone,
    OneDriveError,
    ServiceRefused,
    ServiceUnusable,
    Stopped,
    as_reason,
)
from onedrive.graph.item import CannotDeliver, DriveItem, Kind
from onedrive.graph.session import GRAPH_ROOT, ForeignNextLink, GraphSession, RepeatingPages
from onedrive.home.failed import FailedItem, write_failed
from onedrive.home.lists import ListState
from onedrive.home.manifest import MANIFEST, ManifestWriter
from onedrive.home.recheck import NotedFolder, note_folders
from onedrive.local.awake import staying_awake
from onedrive.local.folder import DownloadFolder
from onedrive.net.client import HttpClient
from onedrive.net.hosts import GRAPH_HOST
from onedrive.net.patience import SharedPause
from onedrive.settings import Settings
from onedrive.terminal.progress import DISK, NETWORK, SERVICE, Progress
from onedrive.terminal.terminal import Terminal
from onedrive.transfer.addresses import FreshFile, FreshUrls
from onedrive.transfer.fetch import Transfer
from onedrive.transfer.partial import PartialFile
from onedrive.transfer.queue import DownloadQueue
from onedrive.words import format_clock, format_duration, printable

# So many files in a row that failed for want of a connection: then Graph is asked whether it is there at all.
LOST_IN_A_ROW = 8
MOST_LOST_IN_A_ROW = 40
# A thread that waits for a dead connection leaves when its silence has lasted too long; this is longer than that.
LONGEST_LEAVING_SECONDS = 180.0
_OF_ONE_FILE = (ItemFailed, ServiceRefused, ServiceUnusable, ConnectionLost, RepeatingPages, ForeignNextLink)


class DownloadRounds:
    """The job of one step, which goes on after `earlier`. `tally` is how it went so far."""

    def __init__(
        self,
        terminal: Terminal,
        settings: Settings,
        graph: GraphSession,
        http: HttpClient,
        *,
        state: ListState | None,
        brake: Brake,
        earlier: Tally,
        make_transfer: Callable[[], Transfer],
    ) -> None:
        self.tally = earlier
        self._terminal = terminal
        self._settings = settings
        self._graph = graph
        self._http = http
        self._state = state
        self._brake = brake
        self._untried: dict[str, FailedItem] = {}
        self._otherwise: set[NotedFolder] = set()  # folders that are not as they were listed
        self._make_transfer = make_transfer
        self._second_chances = 1

    def run(
        self,
        prepared: PreparedDownload,
        folder: DownloadFolder,
        left_out: Collection[Identity],
        *,
        request: DownloadRequest,
        untried: Iterable[FailedItem] = (),
    ) -> Tally:
        """Go through all of it but what is left out.

        `untried` failed earlier, and stay on file as such until they have been tried.
        Raises what ends the run, Stopped after Ctrl-C; how far it came is said then.
        """
        self._untried = {item.id: item for item in untried}
        with (
            staying_awake(),
            self._terminal.progress("Downloading") as progress,
            ManifestWriter(self._settings.home / MANIFEST) as writer,
        ):
            outage = Outage(self._graph.pause, self._is_reachable, lambda text: progress.say(text, style="warning"))
            try:
                while self._needs_another_round(self._open_run(prepared, folder, writer, progress), outage, progress):
                    prepared = prepare_download(
                        self._settings, folder, self._state, request, brake=self._brake, progress=progress
                    )
                    prepared.leave_out(left_out)
            except (KeyboardInterrupt, Stopped):
                for text in describe_odd_bytes(self.tally, prepared.manifest):
                    progress.say(text)  # what came is not named again by a later run
                raise Stopped(self.tally.describe_so_far()) from None
            except OneDriveError:
                if progress.received_bytes or self.tally.results[Result.FETCHED]:
                    progress.say(self.tally.describe_so_far(), style="warning")
                raise
            finally:
                note_folders(self._settings.home, self._otherwise)
                write_failed(self._settings.home, self._failed())
        return self.tally

    def _open_run(
        self, prepared: PreparedDownload, folder: DownloadFolder, writer: ManifestWriter, progress: Progress
    ) -> DownloadRun:  # fmt: skip
        pause, transfer = self._graph.pause, self._make_transfer()
        manifest, successors = prepared.manifest, prepared.plan.successors
        tools = DownloadTools(
            folder, prepared.paths, manifest, writer, transfer, pause, progress, self._brake, successors
        )
        urls = FreshUrls(self._graph, self._state.drive_id if self._state else "")
        run = DownloadRun(prepared.plan, tools, urls, progress, self._hear)
        run.tally.failed += prepared.impossible
        return run

    def _hear(self, outcome: Outcome) -> None:
        self._untried.pop(outcome.wanted.id, None)
        if outcome.is_gone or outcome.has_changed:
            self._otherwise.add((outcome.wanted.drive_id, outcome.wanted.parent_id))
        if self._terminal.has_events:
            tell_outcome(self._terminal, outcome)

    def _failed(self) -> list[FailedItem]:
        """What is to be on file now: what failed, and what failed earlier and was not tried."""
        tried = {item.id for item in self.tally.failed}
        return [*self.tally.failed, *(item for item in self._untried.values() if item.id not in tried)]

    def _needs_another_round(self, run: DownloadRun, outage: Outage, progress: Progress) -> bool:
        """Go through one round; True when the network went away meanwhile and is back."""
        earlier, received_bytes = self.tally, progress.received_bytes
        try:
            self._go_through(run)
        except (ConnectionLost, ServiceUnusable) as error:
            self._wait_out(error, run, outage, progress)
            return True
        finally:
            self.tally = join_tallies(earlier, run.tally)
        # Files that failed while it was away for a moment only: once more, if anything came at all.
        has_chance = self._second_chances > 0 and progress.received_bytes > received_bytes
        self._second_chances -= 1
        return run.lost > 0 and has_chance

    def _go_through(self, run: DownloadRun) -> None:
        """Download; files that failed because the whole network went away are a matter of the whole run."""
        run.download()
        if run.lost and not self._is_reachable():
            raise ConnectionLost(GRAPH_HOST, "nothing answers there")

    def _wait_out(self, error: OneDriveError, run: DownloadRun, outage: Outage, progress: Progress) -> None:
        """Wait until the network is back. Raises the error when that takes too long, or nothing ever came."""
        if not progress.received_bytes:
            raise error
        progress.update("waiting for the network", waits_for=NETWORK)
        if not run.has_left(LONGEST_LEAVING_SECONDS):
            raise error
        self._graph.pause.stop.clear()  # the run that failed has set it, and all its threads have left
        outage.wait(error, progress.received_bytes)
        progress.update("", waits_for=SERVICE)
        self._second_chances = 1

    def _is_reachable(self) -> bool:
        """True when Graph answers anything; nobody signs in for that."""
        try:
            self._http.send("GET", f"{GRAPH_ROOT}/me/drive?$select=id").close()
        except (ConnectionLost, HostNotTrusted):  # a hotel's network shows its own certificate
            return False
        return True


class DownloadRun:
    """One round through a plan. `tell` hears how it went with each file, one at a time."""

    def __init__(
        self,
        plan: DownloadPlan,
        tools: DownloadTools,
        urls: FreshUrls,
        progress: Progress,
        tell: Callable[[Outcome], None],
    ) -> None:
        self.tally = Tally()
        self.lost = 0  # files that failed for want of a connection
        self._tell = tell
        self._plan = plan
        self._tools = tools
        self._urls = urls
        self._progress = progress
        self._lock = threading.Lock()
        self._lost_in_a_row = 0
        self._queue: DownloadQueue[FreshFile] | None = None

    def download(self) -> None:
        """See to every file. Raises what ends the run; then partial files and the manifest are as far as it came."""
        plan = self._plan
        self._progress.update("moving files on this disk" if plan.moved else "", waits_for=DISK)
        self._add(LocalMoves(self._tools, plan).move_all())
        twins = TwinFiles(self._tools, plan)
        self._take_from_further_folders()
        self._add(twins.make_all())
        self._progress.update("", waits_for=SERVICE)
        self._fetch_wanted()
        while plan.twins:
            self._add(twins.make_all())
            plan.wanted = twins.promote()
            if plan.wanted:
                self._fetch_wanted()

    def _take_from_further_folders(self) -> None:
        if plan := self._plan if self._plan.sources else None:
            self._progress.update("copying from your other folders")
            self._add(SourcedFiles(self._tools, plan).take_all())

    def has_left(self, seconds: float) -> bool:
        """Wait until no thread of this run works any more; False when one still does after so long."""
        return self._queue is None or self._queue.has_ended(seconds)

    def _fetch_wanted(self) -> None:
        plan, transfer = self._plan, self._tools.transfer
        self._progress.set_total(files=len(plan.wanted), size_bytes=sum(row.size_bytes for row in plan.wanted))
        transfer.connections.begin_with(len(plan.wanted))
        self._queue = DownloadQueue(
            self._see_to, turns=transfer.connections, stop=self._tools.pause.stop, help_out=transfer.help_out
        )
        folders = ((rows, plan.listed_in.get(rows[0].parent_id, 0)) for rows in plan.by_folder())
        self._queue.run(self._urls.of_folders(folders))

    def _see_to(self, fresh: FreshFile) -> None:
        wanted = fresh.wanted
        try:
            with self._progress.working_on(printable(wanted.path), wanted.size_bytes) as counter:
                outcome = DownloadJob(self._tools, fresh, counter).run()
            self._lost_in_a_row = 0
        except CannotDeliver as error:
            outcome = Outcome(wanted, Result.UNAVAILABLE, reason=error.sentence)
        except _OF_ONE_FILE as error:
            self._check_connection(error)
            if isinstance(error, ItemGone):
                gone = DriveItem(id=wanted.id, name=wanted.name, kind=Kind.FILE, drive_id=wanted.drive_id)
                PartialFile(self._tools.folder.partial, gone, self._tools.counter).discard()
            outcome = Outcome(wanted, Result.FAILED, reason=as_reason(error), is_gone=isinstance(error, ItemGone))
        self._add([outcome])
        self._progress.advance(files=1)

    def _add(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            with self._lock:
                self.tally.add(outcome)
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


PATIENCE_SECONDS = 30 * 60.0
FIRST_WAIT_SECONDS = 5.0
_LONGEST_PROBE_WAIT_SECONDS = 60.0


class Outage:
    """`is_reachable` asks whether anything answers; `say` tells the person."""

    def __init__(self, pause: SharedPause, is_reachable: Callable[[], bool], say: Callable[[str], None]) -> None:
        self._pause = pause
        self._is_reachable = is_reachable
        self._say = say
        self._received_bytes = 0
        self._patient_until = 0.0
        self._wait_seconds = FIRST_WAIT_SECONDS

    def wait(self, error: OneDriveError, received_bytes: int) -> None:
        """Return when the network is back. `received_bytes`: all that came in this run so far.

        Raises the error when nothing came yet, or nothing for half an hour; Stopped after Ctrl-C.
        """
        clock = self._pause.clock
        has_come_further = received_bytes > self._received_bytes
        if has_come_further:
            self._received_bytes = received_bytes
            self._patient_until = clock.monotonic() + PATIENCE_SECONDS
            self._wait_seconds = FIRST_WAIT_SECONDS
        began = clock.monotonic()
        if began >= self._patient_until:
            raise error
        if has_come_further:  # otherwise it is the same outage still, and all has been said
            until = format_clock(clock.now() + self._patient_until - began)
            self._say(f"{error.sentence} What came is kept; the work goes on by itself when the connection is back.")
            self._say(f"Trying again until {until}. Ctrl-C stops it.")
        while True:
            self._pause.sleep(min(self._wait_seconds, max(self._patient_until - clock.monotonic(), 1.0)))
            self._wait_seconds = min(self._wait_seconds * 2, _LONGEST_PROBE_WAIT_SECONDS)
            if self._is_reachable():
                break
            if clock.monotonic() >= self._patient_until:
                raise error
        if has_come_further:
            self._say(f"The connection is back after {format_duration(clock.monotonic() - began)}; going on.")
