"""The tree of a drive, listed anew: by delta or by walking, each standing in for the other, into a catalogue that
survives a stop. `refresh.py` asks for it where what changed is not enough.

    delta or walk ─► parents that were not shown ─► folders that may be locked ─► shortcuts ─► the lists
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.drive import DriveFacts
from onedrive.graph.item import SELECT
from onedrive.graph.pages import PageStream, RepeatGuard
from onedrive.graph.session import SHORTCUTS_SHOWN, ForeignNextLink, GraphSession, RepeatingPages
from onedrive.home.database import DatabaseUnusable
from onedrive.home.files import disk_errors, now_text, remove_file
from onedrive.home.lists import LINE_FORM, ListState, is_within, write_lists
from onedrive.listing.catalogue import Catalogue
from onedrive.listing.gaps import Gaps
from onedrive.listing.list_import import count_differences
from onedrive.listing.page_rows import PageRows
from onedrive.listing.root import RootFolder, find_root_folder
from onedrive.listing.second_look import ChildCounts
from onedrive.listing.summary import count_drive
from onedrive.listing.walk import FolderNotWhole, FolderWalk
from onedrive.net.patience import TRANSIENT
from onedrive.words import join_words, plural, printable

_FIRST_WIDTHS = (5000, 1000, 200)  # then none; the widest is tried first, a service that does not like it answers 400
_RESYNC = 410
_MOST_NAMED = 10
# What says nothing about delta: the sign-in, and throttling without end. A fault (5xx) does when it is delta's first.
_NOT_ABOUT_DELTA = frozenset({401, 429, 509})


class DeltaNotPossible(OneDriveError):
    """This drive cannot be listed by delta; the sentence says why, and the tree can be walked instead."""


class PointNotValid(OneDriveError):
    """The service does not continue from a link that it gave earlier; the sentence says so."""


def first_addresses() -> list[str]:
    """Where delta begins, the widest pages first."""
    address = f"/me/drive/root/delta?$select={SELECT}"
    return [f"{address}&$top={width}" for width in _FIRST_WIDTHS] + [address]


def open_delta(graph: GraphSession, addresses: Sequence[str], visited: set[str] | None = None) -> PageStream:
    """The pages of delta from the first of `addresses`."""
    return PageStream(graph, addresses, headers=SHORTCUTS_SHOWN, visited=visited)


def list_by_delta(pages: PageStream, rows: PageRows, catalogue: Catalogue, *, report: Callable[[], None]) -> None:
    """Take all pages into the catalogue; the last one has the deltaLink.

    Raises PointNotValid, DeltaNotPossible, RepeatingPages, ForeignNextLink, and what GraphSession.get raises.
    """
    guard = RepeatGuard()
    goes_on = bool(catalogue.marks.get("next_link"))
    has_begun = False
    try:
        for page in pages:
            rows.take_delta_page(page.items)
            if page.next_link is None and page.delta_link is None:
                raise DeltaNotPossible("OneDrive's list of everything ended without saying that it is complete.")
            catalogue.finish_delta_page(rows.counts, page.next_link, page.delta_link if not page.next_link else None)
            report()
            if page.next_link is None:
                return
            has_begun = True
            guard.check(page)
    except (ServiceRefused, ServiceUnusable) as error:
        if goes_on or has_begun:
            raise judge_end(error, has_begun=has_begun) from error
        raise judge_beginning(error) from error
    raise DeltaNotPossible("OneDrive gave no list of everything.")


def judge_beginning(error: ServiceRefused | ServiceUnusable) -> OneDriveError:
    """What it means that delta does not begin: it does not work here, or it asks to begin again."""
    if isinstance(error, ServiceUnusable):
        return DeltaNotPossible(f"OneDrive's quick list is not available at the moment: {error.reason}.")
    if error.status in _NOT_ABOUT_DELTA:
        return error
    what = _shortly(error)
    if error.status == _RESYNC:
        return PointNotValid(f"OneDrive wants its quick list to be started again ({what}).")
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


OLDEST_WALK_SECONDS = 24 * 3600.0
OLD_JOURNAL = "listing_in_progress.journal"
DELTA, WALK = "delta", "walk"
_WORDS = {DELTA: "OneDrive is asked for its own list of everything", WALK: "The folders are listed one by one"}


@dataclass(frozen=True)
class ListingTask:
    """What is to be listed, and whom to tell: `say` gets sentences, `report` the counts."""

    home: Path
    graph: GraphSession
    facts: DriveFacts
    root: RootFolder
    follow_shortcuts: bool
    say: Callable[[str], None]
    report: Callable[[tuple[int, int, int]], None]
    old_state: ListState | None = None  # of the lists that are there


class FullListing:
    """Lists the whole tree of a task. `early` is the first request for delta, when it is under way already.

    `differences` are the files that are new, other and gone since the last list, None where that is not known.
    `resumes`: one that was interrupted goes on, unless it began longer ago than `oldest` (None: however old).
    """

    def __init__(
        self,
        task: ListingTask,
        *,
        resumes: bool = True,
        oldest: timedelta | None = None,
        early: PageStream | None = None,
    ) -> None:
        self.differences: tuple[int, int, int] | None = None
        self._task = task
        self._resumes = resumes
        self._oldest = oldest
        self._whole_at = ""  # '': when it ends
        self._lacking: Mapping[str, int] = {}
        self._early = early
        self._root_id = ""  # of a whole drive delta tells it
        self._root_path = "" if task.root.is_whole_drive else task.root.path

    def run(self, listed_at: Callable[[], str], writing: Callable[[], None]) -> ListState:
        """Collect everything, and write both lists and their state; `writing` is called when all has come.

        Raises what GraphSession.get raises about the whole drive, and DiskFull; what came is then kept.
        """
        gc.disable()  # it would go through every page again and again, and pages are no cycles
        try:
            return self._run(listed_at, writing)
        except DatabaseUnusable as error:  # damage that shows only where one reads
            self._say_damaged(error)
            self._resumes = False
            return self._run(listed_at, writing)
        finally:
            gc.enable()

    def _run(self, listed_at: Callable[[], str], writing: Callable[[], None]) -> ListState:
        catalogue = self._collect()
        try:
            writing()
            return self._write(catalogue, listed_at())
        finally:
            catalogue.close()

    def _collect(self) -> Catalogue:
        """Go through the ways until one works; the last names what it cannot list."""
        old = self._task.home / OLD_JOURNAL
        if old.exists():
            self._task.say("A listing begun by an earlier version of this program starts again from the beginning.")
            with disk_errors(old.parent):
                remove_file(old)
        ways = [DELTA, WALK] if self._task.root.is_whole_drive else [WALK, DELTA, WALK]
        if ways[0] == DELTA and self._resumes and self._walk_was_stopped():
            ways.pop(0)  # delta was tried before that walk
        while True:
            way = ways.pop(0)
            try:
                return self._collect_by(way, names_broken=not ways)
            except (DeltaNotPossible, FolderNotWhole, RepeatingPages, ForeignNextLink) as error:
                if not ways:
                    raise
                self._task.say(f"{error.sentence} {_WORDS[ways[0]]} instead.")

    def _walk_was_stopped(self) -> bool:
        walked = Catalogue.resume(self._task.home, self._header(WALK), OLDEST_WALK_SECONDS)
        if walked:
            walked.close()
        return walked is not None

    def _collect_by(self, way: str, *, names_broken: bool) -> Catalogue:
        task = self._task
        is_known = way == DELTA or task.root.id
        self._root_id = task.root.id if is_known else find_root_folder(task.graph, "/").id
        catalogue = self._open(way)
        if any(came := catalogue.marks.get("counts", (0, 0, 0))):
            task.say(f"The interrupted listing goes on after {came[0]:,} files.")
        if way == DELTA:
            catalogue = self._fill_by_delta(catalogue)
        with catalogue.database.closed_on_error():
            rows = self._rows(catalogue)
            walk = FolderWalk(
                task.graph, rows, catalogue, names_broken=names_broken, report=lambda: task.report(rows.counts)
            )
            gaps = Gaps(task.graph, rows, catalogue, walk, drive_id=task.facts.drive_id, by_delta=way == DELTA)
            lacked = task.old_state.lacking if task.old_state else {}
            counts = ChildCounts(task.graph, rows, catalogue, walk, lacked)
            self._place(catalogue)
            while gaps.fill_one(must_read=self._root_id if way == WALK else "") or (way == DELTA and counts.ask_once()):
                self._place(catalogue)
            self._lacking = counts.lacking
            self._say_lacking(catalogue, counts)
            if way == DELTA and "drive_root" not in catalogue.marks:  # the least that it shows (graph-facts §2.5)
                raise DeltaNotPossible("OneDrive's list of everything came without the root of the drive.")
        return catalogue

    def _say_lacking(self, catalogue: Catalogue, counts: ChildCounts) -> None:
        """Name what OneDrive counts and does not show: for the log only, since a count proves nothing."""
        if counts.left_out:
            left = plural("more folder", counts.left_out)
            self._task.say(f"OneDrive counts more than it lists in {left}, too many to look into in one listing.")
        if counts.lacking:
            paths = catalogue.paths()
            named = [printable(paths.get(catalogue.number(key)) or "/") for key in counts.lacking]
            if (more := len(named) - _MOST_NAMED) > 0:
                named[_MOST_NAMED:] = [plural("more folder", more)]
            self._task.graph.pause.note(f"OneDrive counts more than it shows in {join_words(named)}.")

    def _open(self, way: str) -> Catalogue:
        header = self._header(way)
        # Delta tells at its end what has changed since its beginning; of folders that were walked nobody tells.
        oldest_seconds = None if way == DELTA else OLDEST_WALK_SECONDS
        catalogue = None
        if self._resumes:
            catalogue = Catalogue.resume(self._task.home, header, oldest_seconds, on_damage=self._say_damaged)
        if catalogue is None:
            return self._begin(header)
        begun_at = str(catalogue.marks.get("begun_at", ""))
        if self._oldest is not None and not is_within(begun_at, self._oldest, datetime.now(UTC)):
            catalogue.close()
            return self._begin(header)
        self._whole_at = begun_at
        return catalogue

    def _begin(self, header: Mapping[str, object]) -> Catalogue:
        self._whole_at = ""
        catalogue = Catalogue.begin(self._task.home, header)
        catalogue.mark(begun_at=now_text())
        if self._root_id:
            catalogue.mark(root=catalogue.number(self._root_id))
        return catalogue

    def _say_damaged(self, error: DatabaseUnusable) -> None:
        self._task.say(f"{error.sentence} The interrupted listing starts again from the beginning.")

    def _header(self, way: str) -> dict[str, object]:
        """What the catalogue of an interrupted listing must be for, so that this one can go on from it."""
        return {
            "way": way,
            "drive": self._task.facts.drive_id or self._task.facts.account_id,
            "root": [self._task.root.id if not self._task.root.is_whole_drive else "", self._task.root.path],
            "shared": self._task.follow_shortcuts,
            "select": SELECT,
            "line_form": LINE_FORM,
        }

    def _rows(self, catalogue: Catalogue) -> PageRows:
        task, facts = self._task, self._task.facts
        rows = PageRows(
            task.graph, catalogue, facts.drive_id, keeps_ctag=facts.is_personal, follow_shortcuts=task.follow_shortcuts
        )
        files, folders, size_bytes = catalogue.marks.get("counts", (0, 0, 0))
        rows.counts = (files, folders, size_bytes)
        return rows

    def _fill_by_delta(self, catalogue: Catalogue) -> Catalogue:
        """Take delta's pages from where they ended; afresh, once, when the service does not go on from there."""
        if catalogue.marks.get("delta_link"):
            return catalogue
        try:
            with catalogue.database.closed_on_error():
                self._take_pages(self._pages_after(catalogue), catalogue)
            return catalogue
        except (PointNotValid, RepeatingPages, ForeignNextLink) as error:
            self._task.say(f"{error.sentence} The listing starts again from the beginning.")
        catalogue = self._begin(self._header(DELTA))
        try:
            with catalogue.database.closed_on_error():
                self._take_pages(open_delta(self._task.graph, first_addresses()), catalogue)
            return catalogue
        except (PointNotValid, RepeatingPages, ForeignNextLink, ServiceUnusable) as error:
            raise DeltaNotPossible(error.sentence) from error
        except ServiceRefused as error:
            if error.status in TRANSIENT:
                raise DeltaNotPossible(error.sentence) from error
            raise

    def _take_pages(self, pages: PageStream, catalogue: Catalogue) -> None:
        rows = self._rows(catalogue)
        list_by_delta(pages, rows, catalogue, report=lambda: self._task.report(rows.counts))

    def _pages_after(self, catalogue: Catalogue) -> PageStream:
        link = catalogue.marks.get("next_link")
        if link:
            visited = {url for (url,) in catalogue.database.rows("SELECT url FROM link")}
            return open_delta(self._task.graph, [link], visited - {link})
        early, self._early = self._early, None
        return early or open_delta(self._task.graph, first_addresses())

    def _place(self, catalogue: Catalogue) -> None:
        """Give folders their paths, as far as it is known now where they are."""
        if self._task.root.is_whole_drive and "drive_root" in catalogue.marks:
            catalogue.mark(root=catalogue.marks["drive_root"])
        catalogue.place_folders(catalogue.marks.get("root"), self._root_path)

    def _write(self, catalogue: Catalogue, listed_at: str) -> ListState:
        """Replace both lists and their state by what was collected; then it is the catalogue of them."""
        task, old = self._task, self._task.old_state
        exceptions = catalogue.take_exceptions()
        saw_everything = all(entry.by_nature for entry in exceptions)
        glance = count_drive(catalogue.database)
        files, size_bytes = glance["whole"]
        used = task.facts.quota_used
        state = ListState(
            listed_at=listed_at,
            account_id=task.facts.account_id,
            drive_id=task.facts.drive_id,
            root_id=task.root.id or catalogue.key_of(catalogue.marks["root"]),
            root_path=task.root.path,
            root_text=task.root.text,
            files=files,
            folders=catalogue.count_folders(),
            size_bytes=size_bytes,
            delta_link=catalogue.marks.get("delta_link") if saw_everything and task.root.is_whole_drive else None,
            shared=task.follow_shortcuts,
            exceptions=exceptions,
            glance=glance,
            whole_at=self._whole_at or listed_at,
            lacking=self._lacking,
            named=old.named if old else (),
            unlisted_bytes=None if used is None else used - size_bytes,
        )
        is_of_same = old is not None and (old.drive_id, old.root_path) == (state.drive_id, state.root_path)
        self.differences = count_differences(task.home, catalogue, old.files) if old and is_of_same else None
        state = write_lists(task.home, catalogue.file_lines(), catalogue.folder_lines(), state)
        catalogue.become_current(task.home, state)
        return state
