"""DownloadRounds: one job, in one round if all goes well; after an outage of the network, a further one.

survey ─► a round ─► all done
             ╰─ the network went away ─► wait for it ─► survey again ─► a round for what is left
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from onedrive.connections import MOST
from onedrive.download_events import tell_outcome
from onedrive.download_folder import DownloadFolder
from onedrive.download_job import DownloadTools, Outcome, Result
from onedrive.download_report import describe_so_far, join_tallies
from onedrive.download_run import DownloadRun, Tally
from onedrive.errors import ConnectionLost, HostNotTrusted, OneDriveError, ServiceUnusable, Stopped
from onedrive.failed_items import FailedItem, write_failed
from onedrive.fresh_urls import FreshUrls
from onedrive.graph import GRAPH_ROOT, GraphSession
from onedrive.http import GRAPH_HOST, HttpClient
from onedrive.job_need import Identity
from onedrive.list_state import ListState
from onedrive.manifest import MANIFEST
from onedrive.manifest_writer import ManifestWriter
from onedrive.outage import Outage
from onedrive.progress import Progress
from onedrive.settings import Settings
from onedrive.stay_awake import staying_awake
from onedrive.survey import Survey, take_survey
from onedrive.terminal import Terminal
from onedrive.transfer import Transfer
from onedrive.wish import Wish

# A thread that waits for a dead connection leaves when its silence has lasted too long; this is longer than that.
LONGEST_LEAVING_SECONDS = 180.0


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
        earlier: Tally,
        extra_hosts: Sequence[str] = (),
        jobs: int | None = None,
        limit_rate: float | None = None,
    ) -> None:
        self.tally = earlier
        self._terminal = terminal
        self._settings = settings
        self._graph = graph
        self._http = http
        self._state = state
        self._wish = Wish()
        self._untried: dict[str, FailedItem] = {}
        self._extra_hosts = extra_hosts
        self._jobs = jobs
        self._limit_rate = limit_rate
        self._second_chances = 1

    def run(
        self,
        survey: Survey,
        folder: DownloadFolder,
        left_out: Collection[Identity],
        *,
        wish: Wish,
        untried: Iterable[FailedItem] = (),
    ) -> Tally:
        """Go through all of it but what is left out.

        `untried` failed earlier, and stay on file as such until they have been tried.
        Raises what ends the run, Stopped after Ctrl-C; how far it came is said then.
        """
        self._wish = wish
        self._untried = {item.id: item for item in untried}
        with (
            staying_awake(),
            self._terminal.progress("Downloading") as progress,
            ManifestWriter(self._settings.home / MANIFEST) as writer,
        ):
            outage = Outage(self._graph.pause, self._is_reachable, lambda text: progress.say(text, style="warning"))
            try:
                while self._needs_another_round(self._open_run(survey, folder, writer, progress), outage, progress):
                    survey = take_survey(self._settings, folder, self._state, self._wish)
                    survey.leave_out(left_out)
            except (KeyboardInterrupt, Stopped):
                raise Stopped(describe_so_far(self.tally)) from None
            except OneDriveError:
                if progress.received_bytes or self.tally.results[Result.FETCHED]:
                    progress.say(describe_so_far(self.tally), style="warning")
                raise
            finally:
                write_failed(self._settings.home, self._failed())
        return self.tally

    def _open_run(
        self, survey: Survey, folder: DownloadFolder, writer: ManifestWriter, progress: Progress
    ) -> DownloadRun:  # fmt: skip
        pause = self._graph.pause
        transfer = Transfer(
            self._http, pause, extra_hosts=self._extra_hosts, jobs=self._jobs or MOST, limit_rate=self._limit_rate
        )
        tools = DownloadTools(folder, survey.paths, survey.manifest, writer, transfer, pause, progress)
        urls = FreshUrls(self._graph, self._state.drive_id if self._state else "")
        run = DownloadRun(survey.plan, tools, urls, progress, tell=self._hear)
        run.tally.failed += survey.impossible
        return run

    def _hear(self, outcome: Outcome) -> None:
        self._untried.pop(outcome.wanted.id, None)
        if self._terminal.has_events:
            tell_outcome(self._terminal, outcome)

    def _failed(self) -> list[FailedItem]:
        """What is to be on file now: what failed, and what failed earlier and was not tried."""
        failed = [FailedItem(path, item_id, reason) for path, item_id, reason in self.tally.failed]
        tried = {item.id for item in failed}
        return [*failed, *(item for item in self._untried.values() if item.id not in tried)]

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
        progress.update("waiting for the network")
        if not run.has_left(LONGEST_LEAVING_SECONDS):
            raise error
        self._graph.pause.stop.clear()  # the run that failed has set it, and all its threads have left
        outage.wait(error, progress.received_bytes)
        progress.update("")
        self._second_chances = 1

    def _is_reachable(self) -> bool:
        """True when Graph answers anything; nobody signs in for that."""
        try:
            self._http.send("GET", f"{GRAPH_ROOT}/me/drive?$select=id").close()
        except (ConnectionLost, HostNotTrusted):  # a hotel's network shows its own certificate
            return False
        return True
