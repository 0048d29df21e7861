"""ListRefresh: the lists in a home, brought up to date by what changed, or made anew; options 3 and 6 both begin so.

what changed since last time, where that can be asked ─► otherwise everything anew ─► lists and deltaLink, together
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from onedrive.errors import NoListYet, OneDriveError, StateFileBroken
from onedrive.graph.drive import DriveFacts, fetch_drive_facts, is_same_drive
from onedrive.graph.item import DriveItem
from onedrive.graph.pages import PageStream
from onedrive.graph.session import ForeignNextLink, GraphSession, read_link
from onedrive.home.database import forget_database
from onedrive.home.files import disk_errors, make_folder, remove_file
from onedrive.home.lists import (
    FILE_LIST,
    FOLDER_LIST,
    LINE_FORM,
    LIST_STATE,
    LISTS,
    ListState,
    Ownership,
    edited_lists,
    is_within,
    known_list_state,
    read_items,
    read_list_state,
    who_wrote,
)
from onedrive.home.recheck import keep_noted, read_noted
from onedrive.listing.catalogue import IN_PROGRESS
from onedrive.listing.changes import ChangesDoNotFit, QuickUpdate
from onedrive.listing.full import OLD_JOURNAL, FullListing, ListingTask, first_addresses, open_delta
from onedrive.listing.root import NoSuchFolder, RootFolder, find_root_folder
from onedrive.listing.summary import ChangeReport
from onedrive.settings import Settings
from onedrive.terminal.progress import DISK, Progress
from onedrive.terminal.terminal import Terminal
from onedrive.words import describe_counts, format_count, format_duration, plural, printable

# OneDrive at times leaves something out of what has changed, for good (trap 105): so old may a whole listing be.
OLDEST_WHOLE = timedelta(days=7)
OLDEST_WHOLE_FOR_PROOF = timedelta(hours=1)
_ASKING = "Asking OneDrive whose drive it is"
_OTHER_SHARING = "What others share is now treated differently from last time."


def why_not_update(home: Path, state: ListState | None, root_text: str, *, shared: bool) -> str | None:
    """Why the lists here cannot be brought up to date by what changed, in words; '' needs none, None: they can.

    Asks nobody: whether they are this account's lists is seen by `is_same_drive`.
    """
    if state is None:
        return ""
    if not is_whole_drive(root_text) or not is_whole_drive(state.root_text):
        same = is_whole_drive(root_text) == is_whole_drive(state.root_text) and root_text == state.root_text
        return "" if same else "The last list was of another folder."
    if shared or state.shared:
        same = shared == state.shared
        return "OneDrive does not report changes in what others share." if same else _OTHER_SHARING
    whose = {who_wrote(home, name, state) for name in LISTS}
    if Ownership.MISSING in whose:
        return "One of the last lists is missing."
    if Ownership.EDITED in whose:
        return "The lists have been changed since they were made."
    if Ownership.UNFINISHED in whose:
        return "The last listing was stopped while its lists were being written."
    if state.line_form != LINE_FORM:
        return "The lists were made by another version of this program."
    if state.delta_link is None:
        is_whole = all(entry.by_nature for entry in state.exceptions)
        return "" if is_whole else "The last listing could not see everything."
    return None if _leads_to_graph(state.delta_link) else "The saved link to the changes points to another computer."


def why_whole_again(state: ListState, oldest: timedelta, now: datetime) -> str | None:
    """Why a whole listing is due, in words; None: the last one is young enough."""
    if is_within(state.whole_at, oldest, now):
        return None
    try:
        seconds = (now - datetime.fromisoformat(state.whole_at)).total_seconds()
    except (ValueError, TypeError):
        seconds = -1.0
    age = f"is {format_duration(seconds)} old" if seconds > 0 else "is of unknown age"
    return f"The last complete listing {age}, and OneDrive's list of changes may leave something out."


def _leads_to_graph(link: str) -> bool:
    try:
        return read_link({"link": link}, "link") is not None
    except ForeignNextLink:
        return False


def is_whole_drive(root_text: str) -> bool:
    """True when what the person typed plainly means everything."""
    return root_text.strip() in ("", "/")


@dataclass(frozen=True)
class Refreshed:
    """The lists as they stand now; `report` says what was different, None: everything was listed anew.

    `differences`: how many files are then new, other and gone since the last list, where that is known.
    """

    state: ListState
    facts: DriveFacts
    report: ChangeReport | None
    differences: tuple[int, int, int] | None = None


class ListRefresh:
    """One refresh of the lists in `home`; says on the way why it takes longer, and how far it is.

    `shared`: shortcuts to others' folders are followed. `full`: everything is listed anew, whatever is known. `oldest`:
    so old may the last whole listing be (None: however old). `facts`: whose drive it is, when that was asked already.
    """

    def __init__(
        self,
        terminal: Terminal,
        home: Path,
        graph: GraphSession,
        *,
        shared: bool = False,
        full: bool = False,
        oldest: timedelta | None = None,
        facts: DriveFacts | None = None,
    ) -> None:
        self._terminal = terminal
        self._home = home
        self._graph = graph
        self._shared = shared
        self._full = full
        self._oldest = oldest
        self._facts = facts
        self._early: PageStream | None = None  # asked for while the drive itself is
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
        finally:
            if self._early is not None:
                self._early.close()

    def find(self, text: str) -> RootFolder | None:
        """The folder that a person means; None is the whole drive. Raises NoSuchFolder."""
        if is_whole_drive(text):
            return None
        with self._terminal.progress(_ASKING):
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
        if why is None and self.old_state is not None and self._oldest is not None:
            why = why_whole_again(self.old_state, self._oldest, datetime.now(UTC))
        early = self._early = self._start_early(root, why)
        with self._terminal.progress(_ASKING):
            facts = self._facts or fetch_drive_facts(self._graph)
        root = root or RootFolder(id="", path="/", drive_id=facts.drive_id, text="/")
        if is_same_drive(DriveFacts(root.drive_id, facts.account_id), facts) is False:
            raise NoSuchFolder("That folder is on someone else's drive.", "Name a folder of your own OneDrive.")
        if why is None and self.old_state is not None:
            if is_same_drive(self.old_state, facts):
                try:
                    return self._update(self.old_state, facts, early)
                except ChangesDoNotFit as error:
                    why = error.sentence
            else:
                why = "The last list is of another account."
            early = None
        if why:
            self._terminal.say(f"{why} Everything is listed anew.")
        return self._list_anew(root, facts, early)

    def _start_early(self, root: RootFolder | None, why: str | None) -> PageStream | None:
        """The first request of delta, sent while the drive itself is asked for: that saves a round trip."""
        if why is None and self.old_state is not None:
            pages = open_delta(self._graph, [self.old_state.delta_link or ""])
        elif root is None and (self._full or not (self._home / IN_PROGRESS).exists()):
            pages = open_delta(self._graph, first_addresses())
        else:
            return None
        pages.start()
        return pages

    def _update(self, state: ListState, facts: DriveFacts, early: PageStream | None) -> Refreshed:
        with self._terminal.progress("Asking what changed") as progress:
            noted = [folder_id for drive_id, folder_id in read_noted(self._home) if drive_id == facts.drive_id]
            update = QuickUpdate(
                self._home, self._graph, state, facts, lambda text: progress.say(text, style="warning"), noted
            )
            updated = update.run(early or update.open(), _now(), lambda number: _report_changes(progress, number))
        if noted:
            keep_noted(self._home, [(facts.drive_id, folder_id) for folder_id in update.unanswered])
        forget_database(self._home / IN_PROGRESS)  # of a listing that was stopped: it is outdated now
        with disk_errors(self._home):
            remove_file(self._home / OLD_JOURNAL)
        return Refreshed(updated.state, facts, updated.report)

    def _list_anew(self, root: RootFolder, facts: DriveFacts, early: PageStream | None) -> Refreshed:
        where = "your whole OneDrive" if root.is_whole_drive else f"the folder {printable(root.path)}"
        self._terminal.say(
            f"Listing {where}. Ctrl-C stops it; the next listing goes on from there, and the old list stays until then."
        )
        with self._terminal.progress("Listing") as progress:
            task = ListingTask(
                home=self._home,
                graph=self._graph,
                facts=facts,
                root=root,
                follow_shortcuts=self._shared,
                say=lambda text: progress.say(text, style="warning"),
                report=_reporter(self._graph, progress),
                old_state=self.old_state,
            )

            def writing() -> None:
                progress.update("Sorting and writing the lists", waits_for=DISK)
                self._say_edited(progress)

            listing = FullListing(task, resumes=not self._full, oldest=self._oldest, early=early)
            state = listing.run(_now, writing)
            keep_noted(self._home, ())
            return Refreshed(state, facts, None, listing.differences)

    def _say_edited(self, progress: Progress) -> None:
        edited = edited_lists(self._home)
        if edited and self.old_state is None:
            progress.say(
                f"It is no longer known who wrote {' and '.join(edited)} (list_state.json is missing or damaged); "
                "the old version is kept beside the new one."
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


CURRENT_FOLDER = "list-for-verifying"
LIST = 3


@dataclass(frozen=True)
class CurrentList:
    """Lists that are up to date, in the folder `home`.

    `report` is what was different from the list before, None when all was listed anew. `named` has drive and id of what
    a person's edited list names; None: nobody edited it. `is_whole`: they stand on a whole listing of this hour.
    """

    home: Path
    state: ListState
    report: ChangeReport | None
    named: frozenset[tuple[str, str]] | None = None
    is_whole: bool = False

    def files(self) -> Iterator[DriveItem]:
        """The files of the drive."""
        return read_items(self.home / FILE_LIST)

    def folders(self) -> Iterator[DriveItem]:
        """The folders of the drive."""
        return read_items(self.home / FOLDER_LIST)


def fetch_current_list(
    terminal: Terminal, settings: Settings, graph: GraphSession, *, oldest: timedelta | None = None, full: bool = False
) -> CurrentList:
    """Bring the lists up to date, those of the folder that was listed last; `oldest` and `full` as for ListRefresh.

    Raises NoListYet, OneDriveError when another account is signed in than the list is of, and what a listing raises.
    """
    home = settings.home
    if not (home / FILE_LIST).exists():
        raise NoListYet("what should be here")
    with terminal.progress(_ASKING):
        facts = check_account(home, graph)
    aside = home / CURRENT_FOLDER
    named = None
    if FILE_LIST in edited_lists(home):
        named = frozenset((item.drive_id, item.id) for item in read_items(home / FILE_LIST))
        terminal.say(_why_aside(home))
        make_folder(aside)
        home = aside
    else:
        shutil.rmtree(aside, ignore_errors=True)  # of a time when the list was edited
    refresh = ListRefresh(terminal, home, graph, shared=settings.shared, full=full, oldest=oldest, facts=facts)
    last = known_list_state(settings.home)
    text = settings.root_folder or (last.root_text if last else "/")
    root = refresh.find(text) if settings.root_folder else refresh.find_last(text)
    refreshed = refresh.run(root, text)
    if oldest is not None and refreshed.report is not None and _is_used_otherwise(refreshed):
        terminal.say(
            "The space used in OneDrive changed by more than the changes it reports. Everything is listed anew."
        )
        refresh = ListRefresh(terminal, home, graph, shared=settings.shared, full=True, facts=refreshed.facts)
        refreshed = refresh.run(root, text)
    is_new = refreshed.report is None and (full or oldest is not None)
    is_whole = is_new or is_within(refreshed.state.whole_at, OLDEST_WHOLE_FOR_PROOF, datetime.now(UTC))
    return CurrentList(home, refreshed.state, refreshed.report if named is None else None, named, is_whole)


def _is_used_otherwise(refreshed: Refreshed) -> bool:
    """Whether something came or went since the whole listing that no change names; earlier versions count too."""
    used, was_unlisted = refreshed.facts.quota_used, refreshed.state.unlisted_bytes
    return used is not None and was_unlisted is not None and used - refreshed.state.size_bytes != was_unlisted


def _why_aside(home: Path) -> str:
    if known_list_state(home) is None:
        unknown = f"{LIST_STATE} is missing or damaged; choose {LIST} to make a new one"
        why = f"It is not known who wrote {FILE_LIST} ({unknown})"
    else:
        why = f"{FILE_LIST} was edited"
    return f"{why}: it counts as your choice and stays as it is. What OneDrive has now is listed beside it."


def check_account(home: Path, graph: GraphSession) -> DriveFacts:
    """Whose drive it is, where it is the list's. Raises OneDriveError for another account's."""
    state = known_list_state(home)
    facts = fetch_drive_facts(graph)
    if state is not None and not is_same_drive(state, facts):
        raise OneDriveError(
            "The list here belongs to another account than the one signed in now.",
            "Choose 1 to sign in to the other account, or give each account its own --home.",
        )
    return facts


def why_not_named(named: frozenset[tuple[str, str]] | None) -> Callable[[DriveItem], str | None]:
    """Says of a file why a person's edited list leaves it out; None: it does not."""

    def why_not(item: DriveItem) -> str | None:
        is_left_out = named is not None and (item.drive_id, item.id) not in named
        return "your edited list does not name it" if is_left_out else None

    return why_not
