"""The second listing: what has changed since the saved deltaLink, brought into the catalogue, and the lists from that.

Nothing changed: one request, the lists stay untouched. What does not fit raises ChangesDoNotFit, and the caller
(`refresh.py`) lists everything anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.batch import NoAnswer, fetch_all, fetch_items, item_address
from onedrive.graph.drive import DriveFacts
from onedrive.graph.item import Kind
from onedrive.graph.pages import PageStream, RepeatGuard
from onedrive.graph.session import ForeignNextLink, GraphSession, RepeatingPages
from onedrive.home.database import DatabaseUnusable, forget_database
from onedrive.home.lists import ListException, ListState, write_list_state, write_lists
from onedrive.listing import reasons
from onedrive.listing.catalogue import CATALOGUE, Catalogue, ListedItem
from onedrive.listing.full import judge_end, open_delta
from onedrive.listing.item_row import ItemRow
from onedrive.listing.list_import import open_catalogue
from onedrive.listing.page_rows import Changes, PageRows
from onedrive.listing.second_look import SecondLook
from onedrive.listing.summary import ChangeReport, count_drive

MOST_CHANGES = 20_000  # more are held in memory than a full listing would need
_MOST_ROUNDS = 400  # a path has at most 400 characters


class ChangesDoNotFit(OneDriveError):
    """What changed cannot be brought into the lists; the sentence says why everything is listed anew."""


@dataclass(frozen=True)
class Updated:
    """The lists as they stand now, and what was different."""

    state: ListState
    report: ChangeReport


class QuickUpdate:
    """One update of the lists in `home`, whose state is `state` (with a deltaLink); `say` gets sentences.

    `noted` are folders that were otherwise than listed: they are asked for again. `unanswered`: those of them that
    could not be read this time.
    """

    def __init__(
        self,
        home: Path,
        graph: GraphSession,
        state: ListState,
        facts: DriveFacts,
        say: Callable[[str], None],
        noted: Sequence[str] = (),
    ) -> None:
        self.unanswered: list[str] = []
        self._noted = noted
        self._home = home
        self._graph = graph
        self._state = state
        self._facts = facts
        self._say = say

    def open(self) -> PageStream:
        """The pages of what changed; start them early to save a round trip."""
        return open_delta(self._graph, [self._state.delta_link or ""])

    def run(self, pages: PageStream, listed_at: str, report: Callable[[int], None]) -> Updated:
        """Ask what changed, and bring the lists up to date; `report` is told how many changes have come.

        Raises ChangesDoNotFit, what GraphSession.get raises, and DiskFull.
        """
        changes, delta_link = self._read(pages, report)
        state = replace(self._state, delta_link=delta_link, listed_at=listed_at)
        if not (changes.items or changes.excepted or self._noted):
            write_list_state(self._home, state)
            return Updated(state, ChangeReport())
        try:
            return self._merge(changes, state)
        except DatabaseUnusable as error:  # damage that shows only where one reads
            self._say(f"{error.sentence} It is made again from the lists.")
            forget_database(self._home / CATALOGUE)
            return self._merge(changes, state)

    def _read(self, pages: PageStream, report: Callable[[int], None]) -> tuple[Changes, str]:
        """All changes, and the new deltaLink."""
        changes, guard, number = Changes(), RepeatGuard(), 0
        rows = self._rows(changes)
        try:
            for page in pages:
                number += len(page.items)
                report(number)
                if number > MOST_CHANGES:
                    raise ChangesDoNotFit(f"More than {MOST_CHANGES:,} items have changed.")
                rows.take_delta_page(page.items)
                guard.check(page)
                if page.next_link is None and page.delta_link is not None:
                    return changes, page.delta_link
        except (ServiceRefused, ServiceUnusable) as error:
            judged = judge_end(error, has_begun=False)
            if judged is error:
                raise
            raise ChangesDoNotFit(judged.sentence) from error
        except (RepeatingPages, ForeignNextLink) as error:
            raise ChangesDoNotFit(error.sentence) from error
        raise ChangesDoNotFit("OneDrive's list of changes ended without saying that it is complete.")

    def _rows(self, changes: Changes) -> PageRows:
        facts = self._facts
        return PageRows(self._graph, changes, facts.drive_id, keeps_ctag=facts.is_personal, follow_shortcuts=False)

    def _merge(self, changes: Changes, state: ListState) -> Updated:
        with open_catalogue(self._home, self._say) as database:
            catalogue = Catalogue(database)
            if not catalogue.is_of_one_tree:
                raise ChangesDoNotFit("The last lists do not fit together.")
            self._look_again(changes, catalogue)
            self._ask_for_parents(changes, catalogue)
            update = _Merge(changes, catalogue)
            fresh = [*update.exceptions(), *self._probe_new_top_folders(changes, update)]
            kept = [entry for entry in map(update.keep_exception, self._state.exceptions) if entry is not None]
            exceptions = tuple(sorted([*kept, *fresh], key=lambda entry: (entry.path, entry.id)))
            if any(not entry.by_nature for entry in exceptions):
                raise ChangesDoNotFit("Something among the changes could not be read.")
            update.report_exceptions(self._state.exceptions, exceptions)
            state = replace(state, exceptions=exceptions)
            if update.report.is_empty and exceptions == self._state.exceptions:
                write_list_state(self._home, state)
            else:
                glance = count_drive(database)
                files, size_bytes = glance["whole"]
                state = replace(
                    state, files=files, folders=catalogue.count_folders(), size_bytes=size_bytes, glance=glance
                )
                state = write_lists(self._home, catalogue.file_lines(), catalogue.folder_lines(), state)
                catalogue.become_current(self._home, state)
            return Updated(state, update.report)

    def _look_again(self, changes: Changes, catalogue: Catalogue) -> None:
        if self._noted:
            second = SecondLook(self._graph, catalogue, self._rows)
            if not second.look(self._noted, changes):
                raise ChangesDoNotFit("Too much differs from the list to be asked for one by one.")
            self.unanswered = second.unanswered

    def _ask_for_parents(self, changes: Changes, catalogue: Catalogue) -> None:
        """Ask for folders of what changed that neither the lists nor the changes know."""
        asked: set[str] = set()
        for _ in range(_MOST_ROUNDS):
            parents = {parent for _, parent, _ in changes.places()}
            unknown = [
                key
                for key in sorted(parents - asked - {""})
                if not (_is_folder(changes.items[key]) if key in changes.items else catalogue.is_listed_folder(key))
            ]
            if not unknown:
                return
            asked.update(unknown)
            answers = fetch_items(self._graph, unknown).values()
            more = Changes()
            self._rows(more).take_delta_page([answer for answer in answers if not isinstance(answer, NoAnswer)])
            changes.add_missing(more)
        raise ChangesDoNotFit("OneDrive does not show the folders that the changes are in.")

    def _probe_new_top_folders(self, changes: Changes, update: _Merge) -> list[ListException]:
        """A new folder in the root without children may be the Personal Vault (graph-facts §2.7)."""
        parents = {parent for _, parent, _ in changes.places()}
        named = {entry.id for entry in self._state.exceptions}
        doubtful = [
            item[0]
            for key, item in changes.items.items()
            if item and item[0].kind is Kind.FOLDER and item[1] == self._state.root_id and key not in parents
            and (not update.was_listed(key) or key in named)
        ]  # fmt: skip
        addresses = [f"{item_address(row.id)}/children?$top=1&$select=id" for row in doubtful]
        found = []
        for row, answer in zip(doubtful, fetch_all(self._graph, addresses), strict=True):
            if isinstance(answer, NoAnswer):
                reason, by_nature = reasons.why_unreadable(answer, is_package=False)
                found.append(ListException(f"/{row.name}", row.id, reason, by_nature=by_nature))
            elif answer.get("value"):
                raise ChangesDoNotFit(f"The contents of the folder {row.name} are not among the changes.")
        return found


def _is_folder(item: tuple[ItemRow, str] | None) -> bool:
    return item is not None and item[0].facts is None


class _Merge:
    """Changes brought into a catalogue; `report` says what they came to. Raises ChangesDoNotFit."""

    def __init__(self, changes: Changes, catalogue: Catalogue) -> None:
        self.report = ChangeReport()
        self._changes = changes
        self._old = {key: old for key in changes.items if (old := catalogue.listed(key)) is not None}
        before = catalogue.paths()
        for key, item in changes.items.items():
            catalogue.take_out(key)
            if item and _is_folder(item):
                catalogue.put_item(*item, key)
        catalogue.place_folders(catalogue.marks["root"], "")
        self._catalogue = catalogue
        self._paths = catalogue.paths()
        for key, parent, name in changes.places():
            if self._path_of(parent) is None:
                raise ChangesDoNotFit(f"OneDrive shows no folder for {name or key}.")
        self._moved = {before[number]: path for number, path in self._paths.items() if before.get(number, path) != path}
        self._gone = {path for number, path in before.items() if number not in self._paths}
        if self._moved or self._gone:
            moved = {number for number, path in self._paths.items() if before.get(number, path) != path}
            self.report.moved_along = catalogue.count_in(moved, changes.items)
            self.report.gone_along = catalogue.count_in(before.keys() - self._paths.keys(), changes.items)
            catalogue.take_out_unplaced()
        for key, item in changes.items.items():
            if item and not _is_folder(item):
                catalogue.put_item(*item, key)
            self._report_change(key, item)
        catalogue.write()
        self.report.sort()

    def was_listed(self, key: str) -> bool:
        """True when a changed item was in the lists before."""
        return key in self._old

    def exceptions(self) -> Iterable[ListException]:
        """What among the changes is in no list, or cannot be had."""
        for key, (parent, name, reason, by_nature) in self._changes.excepted.items():
            yield ListException(f"{self._path_of(parent)}/{name}", key, reason, by_nature=by_nature)

    def keep_exception(self, entry: ListException) -> ListException | None:
        """An exception of last time as it stands now; None when its item or folder is gone or was sent anew."""
        if entry.id in self._changes.items or entry.id in self._changes.excepted:
            return None
        folder, _, name = entry.path.rpartition("/")
        if folder in self._gone or entry.path in self._gone:
            return None
        if entry.path in self._moved:
            return replace(entry, path=self._moved[entry.path])
        return replace(entry, path=f"{self._moved[folder]}/{name}") if folder in self._moved else entry

    def report_exceptions(self, old: Iterable[ListException], new: Iterable[ListException]) -> None:
        """Say what came, moved and went that is in no list, such as shortcuts, and whose exception came or went."""
        before, after = ({entry.id: entry for entry in entries} for entries in (old, new))
        report = self.report
        said = {*report.new, *report.changed, *report.gone, *(path for pair in report.moved for path in pair)}
        for item_id in {**before, **after}:
            was, now = before.get(item_id), after.get(item_id)
            if was == now or {entry.path for entry in (was, now) if entry} & said:
                continue
            is_named = item_id in self._changes.items or item_id in self._changes.excepted
            if was and now and was.path == now.path:
                report.changed.append(now.path)
            elif was and now:
                report.moved.append((was.path, now.path)) if is_named else None
            elif now:
                (report.changed if self.was_listed(item_id) else report.new).append(now.path)
            elif was and self.was_listed(item_id):
                report.changed.append(was.path)
            elif was and is_named:
                report.gone.append(was.path)
        report.sort()

    def _path_of(self, key: str) -> str | None:
        return self._paths.get(self._catalogue.number(key))

    def _report_change(self, key: str, item: tuple[ItemRow, str] | None) -> None:
        old: ListedItem | None = self._old.get(key)
        if item is None:
            self.report.gone += [old.path] if old else []
            return
        row, parent = item
        path = f"{self._path_of(parent)}/{row.name}"
        if old is None:
            self.report.new.append(path)
        elif old.path != path:
            self.report.moved.append((old.path, path))
        elif old.tail != row.tail and row.facts is not None:
            self.report.changed.append(path)
        elif old.tail != row.tail:
            self.report.touched += 1
