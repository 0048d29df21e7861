"""The second listing: what has changed since the saved deltaLink, merged into the lists that are here.

Nothing changed: one request, the lists stay untouched. What does not fit raises ChangesDoNotFit, and the caller lists
everything anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from onedrive import listing_reasons as reasons
from onedrive.change_report import ChangeReport
from onedrive.delta_listing import judge_end, open_delta
from onedrive.drive_glance import DriveGlance
from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.file_list import write_lists
from onedrive.graph import ForeignNextLink, GraphSession, RepeatingPages
from onedrive.items_by_id import NoAnswer, fetch_all, fetch_items, item_address
from onedrive.list_line import escape, unescape
from onedrive.list_state import FILE_LIST, FOLDER_LIST, ListException, ListState, write_list_state
from onedrive.list_update import ChangesDoNotFit, ListUpdate, Records, merge_records, read_exception
from onedrive.listing_intake import ListingIntake
from onedrive.page_stream import PageStream
from onedrive.repeat_guard import RepeatGuard

MOST_CHANGES = 20_000  # more are held in memory than a full listing would need
_MOST_ROUNDS = 400  # a path has at most 400 characters


@dataclass(frozen=True)
class Updated:
    """The lists as they stand now, and what was different."""

    state: ListState
    report: ChangeReport


class QuickUpdate:
    """One update of the lists in `home`, whose state is `state` (with a deltaLink)."""

    def __init__(self, home: Path, graph: GraphSession, state: ListState, intake: ListingIntake) -> None:
        self._home = home
        self._graph = graph
        self._state = state
        self._intake = intake
        self._delta_link = state.delta_link or ""

    def open(self) -> PageStream:
        """The pages of what changed; start them early to save a round trip."""
        return open_delta(self._graph, [self._delta_link])

    def run(self, pages: PageStream, listed_at: str, report: Callable[[int], None]) -> Updated:
        """Ask what changed, and bring the lists up to date; `report` is told how many changes have come.

        Raises ChangesDoNotFit, what GraphSession.get raises, and DiskFull.
        """
        changes, excepted = merge_records(self._read(pages, report))
        state = replace(self._state, delta_link=self._delta_link, listed_at=listed_at)
        if not changes and not excepted:
            write_list_state(self._home, state)
            return Updated(state, ChangeReport())
        with ExitStack() as resources:
            update = self._prepare(changes, excepted)
            update.compare(resources)
            fresh = [read_exception(fields, update.paths) for fields in excepted.values()]
            fresh += self._probe_new_top_folders(changes, excepted, update)
            kept = [entry for entry in map(update.keep_exception, self._state.exceptions) if entry is not None]
            exceptions = tuple(sorted([*kept, *fresh], key=lambda entry: (entry.path, entry.id)))
            if any(not entry.by_nature for entry in exceptions):
                raise ChangesDoNotFit("Something among the changes could not be read.")
            update.report_exceptions(self._state.exceptions, exceptions)
            state = replace(state, exceptions=exceptions)
            if update.report.is_empty and exceptions == self._state.exceptions:
                write_list_state(self._home, state)
            else:
                state = self._write(update, state)
        return Updated(state, update.report)

    def _read(self, pages: PageStream, report: Callable[[int], None]) -> Iterator[str]:
        """The records of all pages; remembers the new deltaLink."""
        guard, number = RepeatGuard(), 0
        try:
            for page in pages:
                number += len(page.items)
                report(number)
                if number > MOST_CHANGES:
                    raise ChangesDoNotFit(f"More than {MOST_CHANGES:,} items have changed.")
                yield self._intake.take_delta_page(page.items)
                guard.check(page)
                if page.next_link is None:
                    if page.delta_link is None:
                        raise ChangesDoNotFit("OneDrive's list of changes ended without saying that it is whole.")
                    self._delta_link = page.delta_link
        except (ServiceRefused, ServiceUnusable) as error:
            judged = judge_end(error, has_begun=False)
            if judged is error:
                raise
            raise ChangesDoNotFit(judged.sentence) from error
        except (RepeatingPages, ForeignNextLink) as error:
            raise ChangesDoNotFit(error.sentence) from error

    def _prepare(self, changes: Records, excepted: Records) -> ListUpdate:
        """Read the folders, and ask for those that neither the lists nor the changes know."""
        asked: set[bytes] = set()
        for _ in range(_MOST_ROUNDS):
            update = ListUpdate(self._home, escape(self._state.root_id), changes, excepted)
            update.read_folders()
            unknown = [key for key in update.unknown_parents() if key and key not in asked]
            if not unknown:
                return update
            asked.update(unknown)
            answers = fetch_items(self._graph, map(unescape, unknown)).values()
            found = [answer for answer in answers if not isinstance(answer, NoAnswer)]
            more, more_excepted = merge_records([self._intake.take_delta_page(found)])
            changes.update({key: row for key, row in more.items() if key not in changes})
            excepted.update({key: row for key, row in more_excepted.items() if key not in excepted})
        raise ChangesDoNotFit("The folders of what changed lead nowhere.")

    def _probe_new_top_folders(
        self, changes: Records, excepted: Records, update: ListUpdate
    ) -> list[ListException]:  # fmt: skip
        """A new folder in the root without children may be the Personal Vault (GRAPH_FACTS §2.7)."""
        parents = {row[1] for row in changes.values()} | {fields[0] for fields in excepted.values()}
        named = {escape(entry.id) for entry in self._state.exceptions}
        doubtful = [
            row
            for key, row in changes.items()
            if row[0] == b"D" and key not in parents and (not update.was_listed(key) or key in named)
        ]
        doubtful = [row for row in doubtful if row[1] == escape(self._state.root_id)]
        addresses = [f"{item_address(unescape(row[2]))}/children?$top=1&$select=id" for row in doubtful]
        found = []
        for row, answer in zip(doubtful, fetch_all(self._graph, addresses), strict=True):
            if isinstance(answer, NoAnswer):
                reason, by_nature = reasons.why_unreadable(answer, is_package=False)
                found.append(ListException(f"/{unescape(row[3])}", unescape(row[2]), reason, by_nature=by_nature))
            elif answer.get("value"):
                raise ChangesDoNotFit(f"The contents of the folder {unescape(row[3])} are not among the changes.")
        return found

    def _write(self, update: ListUpdate, state: ListState) -> ListState:
        glance, folders = DriveGlance(), _Counted(update.lines(FOLDER_LIST))

        def make_state() -> ListState:
            whole = glance.whole
            return replace(
                state,
                files=whole.files,
                folders=folders.number,
                size_bytes=whole.size_bytes,
                glance=glance.to_json(),
            )

        return write_lists(self._home, glance.pass_through(update.lines(FILE_LIST)), folders, make_state)


class _Counted:
    """Lines that are counted as they pass."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.number = 0
        self._lines = lines

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.number += 1
            yield line
