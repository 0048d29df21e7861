"""ListRefresh: the lists in a home, brought up to date by what changed, or made anew; options 3 and 6 both begin so.

what changed since last time, where that can be asked ─► otherwise everything anew ─► lists and deltaLink, together
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from onedrive.change_report import ChangeReport
from onedrive.delta_listing import first_addresses, open_delta
from onedrive.drive_tree import FullListing, ListingTask, write_tree
from onedrive.errors import StateFileBroken
from onedrive.graph import GraphSession
from onedrive.list_state import ListState, edited_lists, read_list_state
from onedrive.list_update import ChangesDoNotFit
from onedrive.listing_intake import ListingIntake
from onedrive.listing_journal import JOURNAL
from onedrive.listing_plan import DriveFacts, fetch_drive_facts, is_same_drive, is_whole_drive, why_not_update
from onedrive.listing_summary import describe_counts
from onedrive.page_stream import PageStream
from onedrive.quick_update import QuickUpdate
from onedrive.root_folder import NoSuchFolder, RootFolder, find_root_folder, same_drive
from onedrive.terminal import Progress, Terminal
from onedrive.words import format_count, plural, printable


@dataclass(frozen=True)
class Refreshed:
    """The lists as they stand now; `report` says what was different, None: everything was listed anew."""

    state: ListState
    facts: DriveFacts
    report: ChangeReport | None


class ListRefresh:
    """One refresh of the lists in `home`; says on the way why it takes longer, and how far it is.

    `shared`: shortcuts to others' folders are followed. `full`: everything is listed anew, whatever is known. `facts`:
    whose drive it is, when that was asked already.
    """

    def __init__(
        self,
        terminal: Terminal,
        home: Path,
        graph: GraphSession,
        *,
        shared: bool = False,
        full: bool = False,
        facts: DriveFacts | None = None,
    ) -> None:
        self._terminal = terminal
        self._home = home
        self._graph = graph
        self._shared = shared
        self._full = full
        self._facts = facts
        self.old_state = self._read_state()

    def run(self, root: RootFolder | None, text: str) -> Refreshed:
        """List the folder that was typed as `text`; None is the whole drive, about which nobody need be asked.

        Raises OneDriveError; the old lists stay until the new ones are whole.
        """
        try:
            return self._run(root, text if root else "/")
        except BaseException:
            self._graph.pause.stop.set()  # threads that fetch ahead are not to go on
            raise

    def check_sign_in(self) -> None:
        """See that there is a sign-in that holds. Raises SignInNeeded and such."""
        self._graph.check_sign_in()

    def find(self, text: str) -> RootFolder | None:
        """The folder that a person means; None is the whole drive. Raises NoSuchFolder."""
        if is_whole_drive(text):
            return None
        root = find_root_folder(self._graph, text)
        return None if root.is_whole_drive else root

    def find_last(self, text: str) -> RootFolder | None:
        """The folder of last time, which nobody has named in this run. Raises NoSuchFolder."""
        try:
            return self.find(text)
        except NoSuchFolder as error:
            raise NoSuchFolder(
                f"{error.sentence} It is the folder that was listed last time.",
                f"{error.hint} Name another one with --root FOLDER, or list everything with --root /.".strip(),
            ) from error

    @property
    def last_text(self) -> str:
        """What was typed for the folder of last time; '/' is the whole drive."""
        return self.old_state.root_text if self.old_state else "/"

    def _run(self, root: RootFolder | None, text: str) -> Refreshed:
        why = "" if self._full else why_not_update(self._home, self.old_state, text, shared=self._shared)
        early = self._start_early(root, why)
        facts = self._facts or fetch_drive_facts(self._graph)
        root = root or RootFolder(id="", path="/", drive_id=facts.drive_id, text="/")
        if not same_drive(root.drive_id or facts.drive_id, facts.drive_id):
            raise NoSuchFolder("That folder is on someone else's drive.", "Name a folder of your own OneDrive.")
        if why is None and self.old_state is not None:
            if is_same_drive(self.old_state, facts):
                try:
                    return self._update(self.old_state, facts, early)
                except ChangesDoNotFit as error:
                    why = error.sentence
            else:
                why = "The list of last time is of another account."
            early = None
        if why:
            self._terminal.say(f"{why} Everything is listed anew.")
        return self._list_anew(root, facts, early)

    def _start_early(self, root: RootFolder | None, why: str | None) -> PageStream | None:
        """The first request of delta, sent while the drive itself is asked for: that saves a round trip."""
        if why is None and self.old_state is not None:
            pages = open_delta(self._graph, [self.old_state.delta_link or ""])
        elif root is None and (self._full or not (self._home / JOURNAL).exists()):
            pages = open_delta(self._graph, first_addresses())
        else:
            return None
        pages.start()
        return pages

    def _update(self, state: ListState, facts: DriveFacts, early: PageStream | None) -> Refreshed:
        intake = ListingIntake(
            self._graph, facts.drive_id, keeps_ctag=facts.is_personal, follow_shortcuts=self._shared
        )  # fmt: skip
        update = QuickUpdate(self._home, self._graph, state, intake)
        with self._terminal.progress("Asking what changed") as progress:
            updated = update.run(early or update.open(), _now(), lambda number: _report_changes(progress, number))
        (self._home / JOURNAL).unlink(missing_ok=True)  # of a listing that was stopped: it is outdated now
        return Refreshed(updated.state, facts, updated.report)

    def _list_anew(self, root: RootFolder, facts: DriveFacts, early: PageStream | None) -> Refreshed:
        where = "the whole OneDrive" if root.is_whole_drive else f"the folder {printable(root.path)}"
        self._terminal.say(
            f"Listing {where}. Ctrl-C stops it; the next listing goes on from there, and the old list stays until then."
        )
        with self._terminal.progress("Listing") as progress, ExitStack() as resources:
            task = ListingTask(
                home=self._home,
                graph=self._graph,
                account_id=facts.account_id,
                drive_id=facts.drive_id,
                is_personal=facts.is_personal,
                root=root,
                follow_shortcuts=self._shared,
                say=lambda text: progress.say(text, style="warning"),
                report=_reporter(self._graph, progress),
            )
            collected = FullListing(task, resumes=not self._full, early=early).collect()
            resources.callback(collected.journal.close)
            progress.update("Sorting and writing the lists")
            self._say_edited(progress)
            return Refreshed(write_tree(task, collected, _now()), facts, None)

    def _say_edited(self, progress: Progress) -> None:
        edited = edited_lists(self._home)
        if edited and self.old_state is None:
            progress.say(
                f"Who wrote {' and '.join(edited)} cannot be told any more (list_state.json is missing or damaged); "
                "what was there is kept beside the new one."
            )
        elif edited:
            progress.say(f"{' and '.join(edited)} had been edited; the edited version is kept beside the new one.")

    def _read_state(self) -> ListState | None:
        try:
            return read_list_state(self._home)
        except StateFileBroken as error:
            self._terminal.say(f"{error.sentence} A new one is made.", style="warning")
            return None


def _reporter(graph: GraphSession, progress: Progress) -> Callable[[tuple[int, int, int]], None]:
    """Tells the person how much has been found and how fast, and whoever waits what is safe."""
    begun = time.monotonic()
    first: list[int] = []

    def report(counts: tuple[int, int, int]) -> None:
        items = counts[0] + counts[1]
        first.append(items) if not first else None
        seconds = time.monotonic() - begun
        rate = f", {format_count(round((items - first[0]) / seconds))} items a second" if seconds > 1 else ""
        graph.pause.done_so_far = f"{format_count(items)} items so far"
        progress.update(describe_counts(*counts) + rate)

    return report


def _report_changes(progress: Progress, number: int) -> None:
    if number:
        progress.update(f"{plural('change', number)} so far")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
