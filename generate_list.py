"""Option 3: list every folder and file of the drive, or of one folder, into file_list.json.

which folder? ─► what changed since last time, or everything anew ─► both lists and their state ─► at a glance
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime

from onedrive.delta_listing import first_addresses, open_delta
from onedrive.drive_tree import FullListing, ListingTask, write_tree
from onedrive.errors import StateFileBroken
from onedrive.graph import GraphSession
from onedrive.list_state import FILE_LIST, ListState, edited_lists, read_list_state
from onedrive.list_update import ChangesDoNotFit
from onedrive.listing_intake import ListingIntake
from onedrive.listing_journal import JOURNAL
from onedrive.listing_plan import DriveFacts, fetch_drive_facts, is_same_drive, is_whole_drive, why_not_update
from onedrive.listing_summary import describe_counts, show_changes, show_exceptions, show_glance, tell_listed
from onedrive.page_stream import PageStream
from onedrive.quick_update import QuickUpdate, Updated
from onedrive.root_folder import NoSuchFolder, RootFolder, find_root_folder, same_drive
from onedrive.settings import Settings
from onedrive.state_files import make_folder
from onedrive.state_line import describe_age
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.terminal import Progress, Terminal
from onedrive.words import format_count, plural, printable


def generate_list(
    terminal: Terminal, settings: Settings, graph: GraphSession, *, ask_folder: bool, full: bool = False
) -> StepResult:
    """Bring file_list.json, folder_list.json and list_state.json up to date; the old ones stay until these are whole.

    `ask_folder`: the person is asked which folder (in the menu); otherwise the set one, or that of last time. `full`:
    everything is listed anew, whatever is known. Raises OneDriveError; the exit code is 3 when some folder could not be
    read.
    """
    make_folder(settings.home)
    listing = _Listing(terminal, settings, graph, full=full)
    return listing.run(ask_folder=ask_folder)


class _Listing:
    """One run of option 3."""

    def __init__(self, terminal: Terminal, settings: Settings, graph: GraphSession, *, full: bool) -> None:
        self._terminal = terminal
        self._settings = settings
        self._graph = graph
        self._full = full
        self._state = self._read_state()

    def run(self, *, ask_folder: bool) -> StepResult:
        """Choose the folder and the way, list, and say what was found."""
        try:
            root, text = self._choose_root(ask_folder=ask_folder)
            return self._list(root, text if root else "/")
        except BaseException:
            self._graph.pause.stop.set()  # threads that fetch ahead are not to go on
            raise

    def _list(self, root: RootFolder | None, text: str) -> StepResult:
        why = "" if self._full else why_not_update(self._settings.home, self._state, text, shared=self._settings.shared)
        early = self._start_early(root, why)
        facts = fetch_drive_facts(self._graph)
        root = root or RootFolder(id="", path="/", drive_id=facts.drive_id, text="/")
        if not same_drive(root.drive_id or facts.drive_id, facts.drive_id):
            raise NoSuchFolder("That folder is on someone else's drive.", "Name a folder of your own OneDrive.")
        if why is None and self._state is not None:
            if is_same_drive(self._state, facts):
                try:
                    return self._update(self._state, facts, early)
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
        if why is None and self._state is not None:
            pages = open_delta(self._graph, [self._state.delta_link or ""])
        elif root is None and (self._full or not (self._settings.home / JOURNAL).exists()):
            pages = open_delta(self._graph, first_addresses())
        else:
            return None
        pages.start()
        return pages

    def _update(self, state: ListState, facts: DriveFacts, early: PageStream | None) -> StepResult:
        intake = ListingIntake(
            self._graph, facts.drive_id, keeps_ctag=facts.is_personal, follow_shortcuts=self._settings.shared
        )
        update = QuickUpdate(self._settings.home, self._graph, state, intake)
        with self._terminal.progress("Asking what changed") as progress:
            updated = update.run(early or update.open(), _now(), lambda number: _report_changes(progress, number))
        (self._settings.home / JOURNAL).unlink(missing_ok=True)  # of a listing that was stopped: it is outdated now
        self._show_update(state, updated, facts)
        return ALL_DONE

    def _show_update(self, old: ListState, updated: Updated, facts: DriveFacts) -> None:
        state, report = updated.state, updated.report
        tell_listed(self._terminal, state, "changes", report)
        counts = describe_counts(state.files, state.folders, state.size_bytes)
        if not report.has_news:
            self._terminal.say(
                f"Nothing has changed since the list was {describe_age(old, datetime.now(UTC))}: {counts}.",
                style="good",
            )
            self._show_end()
            return
        show_changes(self._terminal, report)
        self._terminal.say(f"Now {counts}.")
        show_glance(self._terminal, state.glance, facts)
        show_exceptions(self._terminal, state.exceptions)
        self._show_end()

    def _list_anew(self, root: RootFolder, facts: DriveFacts, early: PageStream | None) -> StepResult:
        terminal = self._terminal
        where = "the whole OneDrive" if root.is_whole_drive else f"the folder {printable(root.path)}"
        terminal.say(
            f"Listing {where}. Ctrl-C stops it; the next listing goes on from there, and the old list stays until then."
        )
        with terminal.progress("Listing") as progress, ExitStack() as resources:
            task = ListingTask(
                home=self._settings.home,
                graph=self._graph,
                account_id=facts.account_id,
                drive_id=facts.drive_id,
                is_personal=facts.is_personal,
                root=root,
                follow_shortcuts=self._settings.shared,
                say=lambda text: progress.say(text, style="warning"),
                report=_reporter(self._graph, progress),
            )
            collected = FullListing(task, resumes=not self._full, early=early).collect()
            resources.callback(collected.journal.close)
            progress.update("Sorting and writing the lists")
            self._say_edited(progress)
            state = write_tree(task, collected, _now())
        tell_listed(terminal, state, "everything")
        terminal.say(f"Listed {describe_counts(state.files, state.folders, state.size_bytes)}.", style="good")
        show_glance(terminal, state.glance, facts)
        show_exceptions(terminal, state.exceptions)
        self._show_end()
        return SOME_FAILED if any(not entry.by_nature for entry in state.exceptions) else ALL_DONE

    def _say_edited(self, progress: Progress) -> None:
        edited = edited_lists(self._settings.home)
        if edited and self._state is None:
            progress.say(
                f"Who wrote {' and '.join(edited)} cannot be told any more (list_state.json is missing or damaged); "
                "what was there is kept beside the new one."
            )
        elif edited:
            progress.say(f"{' and '.join(edited)} had been edited; the edited version is kept beside the new one.")

    def _show_end(self) -> None:
        self._terminal.say(f"The list is in {self._settings.home / FILE_LIST}. Choose 4 to download what it names.")

    def _read_state(self) -> ListState | None:
        try:
            return read_list_state(self._settings.home)
        except StateFileBroken as error:
            self._terminal.say(f"{error.sentence} A new one is made.", style="warning")
            return None

    def _choose_root(self, *, ask_folder: bool) -> tuple[RootFolder | None, str]:
        """The folder to list and what was typed for it; None is the whole drive, about which nobody need be asked.

        A person who names one that does not exist hears which do, and is asked again.
        """
        last = self._state.root_text if self._state else "/"
        default = self._settings.root_folder or last
        if not (ask_folder and self._terminal.can_ask):
            return (self._find(default) if self._settings.root_folder else self._find_last(last)), default
        self._graph.check_sign_in()  # a question that is answered before would be asked again after the sign-in
        while True:
            shown = printable(default)
            typed = self._terminal.ask("Which folder? / is everything, /Pictures/2023 one folder.", default=shown)
            text = default if typed is None or typed == shown else typed
            try:
                return self._find(text), text
            except NoSuchFolder as error:
                self._terminal.say(error.sentence, style="problem")
                self._terminal.say(error.hint)
                default = "/" if text == default else default

    def _find_last(self, text: str) -> RootFolder | None:
        """The folder of last time, which nobody has named in this run."""
        try:
            return self._find(text)
        except NoSuchFolder as error:
            raise NoSuchFolder(
                f"{error.sentence} It is the folder that was listed last time.",
                f"{error.hint} Name another one with --root FOLDER, or list everything with --root /.".strip(),
            ) from error

    def _find(self, text: str) -> RootFolder | None:
        if is_whole_drive(text):
            return None
        root = find_root_folder(self._graph, text)
        return None if root.is_whole_drive else root


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
