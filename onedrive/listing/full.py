"""The tree of a drive, listed anew: by delta or by walking, each standing in for the other, into a journal that
survives a stop.

    delta or walk ─► parents that were not shown ─► folders that may be locked ─► shortcuts ─► a survey of the whole
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.item import SELECT
from onedrive.graph.pages import PageStream, RepeatGuard
from onedrive.graph.session import SHORTCUTS_SHOWN, ForeignNextLink, GraphSession, RepeatingPages
from onedrive.home.lists import ListState, write_lists
from onedrive.listing.catalogue import (
    JOURNAL,
    NO_FOLDER,
    ListingJournal,
    PlacedLines,
    SortedLines,
    Survey,
    end_record,
    page_record,
    survey_journal,
)
from onedrive.listing.gaps import Gaps
from onedrive.listing.glance import DriveGlance
from onedrive.listing.intake import ListingIntake
from onedrive.listing.line import escape, unescape
from onedrive.listing.root import RootFolder, find_root_folder
from onedrive.listing.walk import FolderNotWhole, FolderWalk
from onedrive.net.patience import TRANSIENT

WIDTHS = (5000, 1000, 200)  # then none; the widest is tried first, a service that does not like it answers 400
_RESYNC = 410
# What says nothing about delta: the sign-in, and throttling without end. A fault (5xx) does when it is delta's first.
_NOT_ABOUT_DELTA = frozenset({401, 429, 509})


class DeltaNotPossible(OneDriveError):
    """This drive cannot be listed by delta; the sentence says why, and the tree can be walked instead."""


class PointNotValid(OneDriveError):
    """The service does not continue from a link that it gave earlier; the sentence says so."""


def first_addresses() -> list[str]:
    """Where delta begins, the widest pages first."""
    address = f"/me/drive/root/delta?$select={SELECT}"
    return [f"{address}&$top={width}" for width in WIDTHS] + [address]


def open_delta(graph: GraphSession, addresses: Sequence[str], visited: set[str] | None = None) -> PageStream:
    """The pages of delta from the first of `addresses`."""
    return PageStream(graph, addresses, headers=SHORTCUTS_SHOWN, visited=visited)


def list_by_delta(
    pages: PageStream, intake: ListingIntake, journal: ListingJournal, *, report: Callable[[], None]
) -> str:
    """Take all pages into the journal, and return the deltaLink.

    Raises PointNotValid, DeltaNotPossible, RepeatingPages, ForeignNextLink, and what GraphSession.get raises.
    """
    guard = RepeatGuard()
    has_begun = False
    try:
        for page in pages:
            text = intake.take_delta_page(page.items)
            if page.next_link is None:
                if page.delta_link is None:
                    raise DeltaNotPossible("OneDrive's list of everything ended without saying that it is whole.")
                journal.append(text + page_record("", None, intake.counts) + end_record(page.delta_link))
                report()
                return page.delta_link
            journal.append(text + page_record("", page.next_link, intake.counts))
            has_begun = True
            report()
            guard.check(page)
    except (ServiceRefused, ServiceUnusable) as error:
        if journal.is_resumed or has_begun:
            raise judge_end(error, has_begun=has_begun) from error
        raise judge_beginning(error) from error
    raise DeltaNotPossible("OneDrive gave no list of everything.")


def judge_beginning(error: ServiceRefused | ServiceUnusable) -> OneDriveError:
    """What it means that delta does not begin: it does not work here, or it asks to begin again."""
    if isinstance(error, ServiceUnusable):
        return DeltaNotPossible(f"OneDrive's quick list cannot be had at the moment: {error.reason}.")
    if error.status in _NOT_ABOUT_DELTA:
        return error
    what = _shortly(error)
    if error.status == _RESYNC:
        return PointNotValid(f"OneDrive wants its quick list to be asked for again ({what}).")
    if error.status in TRANSIENT:
        return DeltaNotPossible(f"OneDrive's quick list fails at the moment ({what}).")
    return DeltaNotPossible(f"OneDrive does not offer its quick list for this account ({what}).")


def judge_end(error: ServiceRefused | ServiceUnusable, *, has_begun: bool) -> OneDriveError:
    """What it means that delta does not go on from a link; `has_begun`: pages have come in this run.

    A fault after them is the service's trouble, and what came is safe; one at the link itself may be the link's.
    """
    if isinstance(error, ServiceUnusable):
        return error if has_begun else PointNotValid(f"OneDrive does not continue its list: {error.reason}.")
    if error.status in _NOT_ABOUT_DELTA or (has_begun and error.status in TRANSIENT):
        return error
    return PointNotValid(f"OneDrive does not continue from where the list stopped ({_shortly(error)}).")


def _shortly(refusal: ServiceRefused) -> str:
    return f"{refusal.status} {refusal.code}".rstrip()


JOURNAL_FORM = 2
OLDEST_WALK_SECONDS = 24 * 3600.0
DELTA, WALK = "delta", "walk"
_DAMAGED = f"{JOURNAL} is damaged; what the damage made doubtful is asked for again."
_WORDS = {DELTA: "OneDrive's own list of everything is asked for", WALK: "The folders are listed one by one"}


@dataclass(frozen=True)
class ListingTask:
    """What is to be listed, and whom to tell. `drive_id` is normalised; `say` gets sentences, `report` the counts."""

    home: Path
    graph: GraphSession
    account_id: str
    drive_id: str
    is_personal: bool
    root: RootFolder
    follow_shortcuts: bool
    say: Callable[[str], None]
    report: Callable[[tuple[int, int, int]], None]


@dataclass
class Collected:
    """Everything that the service showed, in the journal; `delta_link` is None when the tree was walked."""

    journal: ListingJournal
    survey: Survey
    delta_link: str | None


class FullListing:
    """Collects the whole tree of a task. `early` is the first request for delta, when it is under way already."""

    def __init__(self, task: ListingTask, *, resumes: bool = True, early: PageStream | None = None) -> None:
        self._task = task
        self._resumes = resumes
        self._early = early
        self._root_path = b"" if task.root.is_whole_drive else escape(task.root.path)
        self._root_key = escape(task.root.id) or NO_FOLDER.encode()  # of a whole drive delta tells it

    def collect(self) -> Collected:
        """Go through the ways until one works; the last names what it cannot list.

        Raises what GraphSession.get raises about the whole drive, and DiskFull; the journal then stays.
        """
        ways = [DELTA, WALK] if self._task.root.is_whole_drive else [WALK, DELTA, WALK]
        walked = self._resumes and ListingJournal.is_there(self._task.home, self._header(WALK), OLDEST_WALK_SECONDS)
        if ways[0] == DELTA and walked:
            ways.pop(0)  # delta was tried before that walk
        while True:
            way = ways.pop(0)
            try:
                return self._collect(way, names_broken=not ways)
            except (DeltaNotPossible, FolderNotWhole, RepeatingPages, ForeignNextLink) as error:
                if not ways:
                    raise
                self._task.say(f"{error.sentence} {_WORDS[ways[0]]} instead.")

    def _collect(self, way: str, *, names_broken: bool) -> Collected:
        if way == WALK and not self._task.root.id:
            self._root_key = escape(find_root_folder(self._task.graph, "/").id)
        journal = self._open_journal(way)
        survey = self._survey(journal)
        intake = self._intake(survey)
        try:
            if way == DELTA:
                journal = self._fill_by_delta(journal, survey, intake)
                survey = self._survey(journal)
            walk = FolderWalk(
                self._task.graph,
                intake,
                journal,
                names_broken=names_broken,
                report=lambda: self._task.report(intake.counts),
            )
            gaps = Gaps(self._task.graph, intake, journal, walk, drive_id=self._task.drive_id, by_delta=way == DELTA)
            must_read = self._root_key.decode() if way == WALK else ""
            while gaps.fill_one(survey, must_read=must_read):
                survey = self._survey(journal)
        except BaseException:
            journal.close()
            raise
        if way == DELTA and not survey.is_root_shown:  # the least that it shows (GRAPH_FACTS §2.5)
            journal.close()
            raise DeltaNotPossible("OneDrive's list of everything came without the root of the drive.")
        return Collected(journal, survey, survey.delta_link)

    def _open_journal(self, way: str) -> ListingJournal:
        header = self._header(way)
        # Delta tells at its end what has changed since its beginning; of folders that were walked nobody tells.
        oldest_seconds = None if way == DELTA else OLDEST_WALK_SECONDS
        journal = None
        if self._resumes:
            journal = ListingJournal.resume(
                self._task.home, header, oldest_seconds, on_damage=lambda: self._task.say(_DAMAGED)
            )
        return journal or ListingJournal.begin(self._task.home, header)

    def _header(self, way: str) -> dict[str, object]:
        """What a journal must be for, so that this listing can go on from it."""
        return {
            "form": JOURNAL_FORM,
            "way": way,
            "account": self._task.account_id,
            "drive": self._task.drive_id,
            "root": [self._task.root.id if not self._task.root.is_whole_drive else "", self._task.root.path],
            "shared": self._task.follow_shortcuts,
            "select": SELECT,
        }

    def _survey(self, journal: ListingJournal) -> Survey:
        return survey_journal(journal, self._root_key, self._root_path)

    def _intake(self, survey: Survey) -> ListingIntake:
        task = self._task
        intake = ListingIntake(
            task.graph, task.drive_id, keeps_ctag=task.is_personal, follow_shortcuts=task.follow_shortcuts
        )
        intake.counts = survey.counts
        if sum(survey.counts):
            task.say(f"The list that was interrupted goes on after {survey.counts[0]:,} files.")
        return intake

    def _fill_by_delta(self, journal: ListingJournal, survey: Survey, intake: ListingIntake) -> ListingJournal:
        """Take delta's pages from where the journal ends; afresh, once, when the service does not go on from there."""
        if survey.delta_link is not None:
            return journal
        pages = self._pages_after(survey)
        for may_try_again in (True, False):
            try:
                list_by_delta(pages, intake, journal, report=lambda: self._task.report(intake.counts))
                return journal
            except (ServiceRefused, ServiceUnusable) as error:
                if may_try_again or (isinstance(error, ServiceRefused) and error.status not in TRANSIENT):
                    raise
                raise DeltaNotPossible(error.sentence) from error  # it fails again and again at some page
            except (PointNotValid, RepeatingPages, ForeignNextLink) as error:
                if not may_try_again:
                    raise DeltaNotPossible(error.sentence) from error
                self._task.say(f"{error.sentence} The list is begun afresh.")
            journal.discard()
            journal = self._begin_again()
            intake.counts = (0, 0, 0)
            pages = open_delta(self._task.graph, first_addresses())
        return journal

    def _begin_again(self) -> ListingJournal:
        resumes, self._resumes = self._resumes, False
        try:
            return self._open_journal(DELTA)
        finally:
            self._resumes = resumes

    def _pages_after(self, survey: Survey) -> PageStream:
        link = survey.next_link("")
        if link:
            return open_delta(self._task.graph, [link], survey.visited_links(but=link))
        early, self._early = self._early, None
        return early or open_delta(self._task.graph, first_addresses())


def write_tree(task: ListingTask, collected: Collected, listed_at: str) -> ListState:
    """Sort what was collected, replace both lists and their state, and forget the journal. Raises DiskFull."""
    placed = PlacedLines(collected.journal, collected.survey)
    glance, folder_number = DriveGlance(), 0
    with SortedLines(task.home) as files, SortedLines(task.home) as folders:
        for kind, key, line in placed:
            if kind == b"F":
                files.add(key, line)
            else:
                folders.add(key, line)
                folder_number += 1

        def make_state() -> ListState:
            return _make_state(task, collected, placed, listed_at, glance=glance, folders=folder_number)

        file_lines = glance.pass_through(line for _, line in files)
        state = write_lists(task.home, file_lines, (line for _, line in folders), make_state)
    collected.journal.discard()
    return state


def _make_state(
    task: ListingTask, collected: Collected, placed: PlacedLines, listed_at: str, *, glance: DriveGlance, folders: int
) -> ListState:
    exceptions = tuple(sorted(placed.exceptions, key=lambda entry: (entry.path, entry.id)))
    saw_everything = all(entry.by_nature for entry in exceptions)
    return ListState(
        listed_at=listed_at,
        account_id=task.account_id,
        drive_id=task.drive_id,
        root_id=task.root.id or unescape(collected.survey.drive_root),
        root_path=task.root.path,
        root_text=task.root.text,
        files=glance.whole.files,
        folders=folders,
        size_bytes=glance.whole.size_bytes,
        delta_link=collected.delta_link if saw_everything and task.root.is_whole_drive else None,
        shared=task.follow_shortcuts,
        exceptions=exceptions,
        glance=glance.to_json(),
    )
