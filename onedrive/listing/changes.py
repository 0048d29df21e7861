"""The second listing: what has changed since the saved deltaLink, merged into the lists that are here.

Nothing changed: one request, the lists stay untouched. What does not fit raises ChangesDoNotFit, and the caller lists
everything anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.batch import NoAnswer, fetch_all, fetch_items, item_address
from onedrive.graph.pages import PageStream, RepeatGuard
from onedrive.graph.session import ForeignNextLink, GraphSession, RepeatingPages
from onedrive.home.files import disk_errors
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, ListException, ListState, write_list_state, write_lists
from onedrive.listing import reasons
from onedrive.listing.catalogue import ITEMS, FolderPaths, KeyedLine, SortedLines
from onedrive.listing.full import judge_end, open_delta
from onedrive.listing.glance import DriveGlance
from onedrive.listing.intake import ListingIntake
from onedrive.listing.line import (
    SplitLine,
    escape,
    read_line_id,
    read_line_path,
    read_parent,
    read_parent_path,
    sort_key,
    split_line,
    unescape,
)
from onedrive.listing.summary import ChangeReport
from onedrive.words import to_bytes

# By key: of changes kind, parent, key, name, tail; of exceptions parent, key, name, what is said.
Records = dict[bytes, list[bytes]]


class ChangesDoNotFit(OneDriveError):
    """What changed cannot be merged into the lists; the sentence says why everything is listed anew."""


class ListUpdate:
    """One merge. `changes` are the last records by key, '-' for what is gone, `excepted` the exceptions among them.

    `compare` fills `report`.
    """

    def __init__(self, home: Path, root_key: bytes, changes: Records, excepted: Records) -> None:
        self.report = ChangeReport()
        self.paths = FolderPaths(root_key, b"")
        self._home = home
        self._changes = changes
        self._excepted = excepted
        self._old: dict[bytes, SplitLine] = {}
        self._moved: dict[bytes, bytes] = {}  # old path of a folder -> new path
        self._gone: set[bytes] = set()  # old paths of folders
        self._added: dict[str, SortedLines] = {}

    def read_folders(self) -> None:
        """Take in the folders as they are now. Raises ChangesDoNotFit when a changed item is in none of them."""
        for line in _lines(self._home / FOLDER_LIST):
            parts = split_line(line)
            if parts.id not in self._changes:
                self.paths.put(parts.id, read_parent(parts.tail)[1], parts.name)
        for kind, parent, key, name, _ in self._changes.values():
            if kind in (b"D", b"P"):
                self.paths.put(key, parent, name)

    def unknown_parents(self) -> set[bytes]:
        """Parents of changed items that are neither in the lists nor among the changes."""
        parents = {row[1] for row in self._changes.values() if row[0] in ITEMS}
        parents |= {fields[0] for fields in self._excepted.values()}
        return {key for key in parents if key not in self.paths}

    def compare(self, resources: ExitStack) -> None:
        """The first reading: what becomes of every line. Raises ChangesDoNotFit."""
        for key, (kind, parent, _, name, _) in self._changes.items():
            if kind in ITEMS and self.paths.path_of(parent) is None:
                raise ChangesDoNotFit(f"OneDrive shows no folder for {unescape(name or key)}.")
        for parent, key, name, _ in self._excepted.values():
            if self.paths.path_of(parent) is None:
                raise ChangesDoNotFit(f"OneDrive shows no folder for {unescape(name or key)}.")
        for list_name in (FOLDER_LIST, FILE_LIST):
            self._added[list_name] = resources.enter_context(SortedLines(self._home))
        for line in _lines(self._home / FOLDER_LIST):
            self._place_folder(split_line(line))
        for line in _lines(self._home / FOLDER_LIST):
            self._look_at(line, FOLDER_LIST)
        for line in _lines(self._home / FILE_LIST):
            self._look_at(line, FILE_LIST)
        for row in self._changes.values():
            self._add_change(*row)
        self.report.sort()

    def was_listed(self, key: bytes) -> bool:
        """True when a changed item was in the lists before; known after `compare`."""
        return key in self._old

    def report_exceptions(self, old: Iterable[ListException], new: Iterable[ListException]) -> None:
        """Say what came, moved and went that is in no list, such as shortcuts, and whose exception came or went."""
        before, after = ({entry.id: entry for entry in entries} for entries in (old, new))
        report = self.report
        said = {*report.new, *report.changed, *report.gone, *(path for pair in report.moved for path in pair)}
        for item_id in {**before, **after}:
            was, now, key = before.get(item_id), after.get(item_id), escape(item_id)
            if was == now or {entry.path for entry in (was, now) if entry} & said:
                continue
            is_named = key in self._changes or key in self._excepted
            if was and now and was.path == now.path:
                report.changed.append(now.path)
            elif was and now:
                report.moved.append((was.path, now.path)) if is_named else None
            elif now:
                (report.changed if self.was_listed(key) else report.new).append(now.path)
            elif was and self.was_listed(key):
                report.changed.append(was.path)
            elif was and is_named:
                report.gone.append(was.path)
        report.sort()

    def lines(self, name: str) -> Iterator[bytes]:
        """The second reading: the new list, in order."""
        return _merge(self._kept(name), iter(self._added[name]))

    def keep_exception(self, entry: ListException) -> ListException | None:
        """An exception of last time as it stands now; None when its item or folder is gone or was sent anew."""
        if escape(entry.id) in self._changes or escape(entry.id) in self._excepted:
            return None
        folder, _, name = entry.path.rpartition("/")
        parent = escape(folder)
        own = escape(entry.path)
        if parent in self._gone or own in self._gone:
            return None
        if own in self._moved:
            return ListException(unescape(self._moved[own]), entry.id, entry.reason, by_nature=entry.by_nature)
        if parent in self._moved:
            path = f"{unescape(self._moved[parent])}/{name}"
            return ListException(path, entry.id, entry.reason, by_nature=entry.by_nature)
        return entry

    def _place_folder(self, parts: SplitLine) -> None:
        change = self._changes.get(parts.id)
        path = None if change is not None and change[0] == b"-" else self.paths.path_of(parts.id)
        if path is None:
            self._gone.add(parts.path)
        elif path != parts.path:
            self._moved[parts.path] = path

    def _look_at(self, line: bytes, name: str) -> None:
        """Sort out one line of last time."""
        key = read_line_id(line)
        if key in self._changes:
            self._old[key] = split_line(line)
            return
        if not (self._moved or self._gone):
            return
        parent = read_parent_path(line)
        if parent in self._gone:
            self.report.gone_along += 1
        elif parent in self._moved:
            parts = split_line(line)
            self._put(name, parts, self._moved[parent] + b"/" + parts.name)
            self.report.moved_along += 1

    def _put(self, name: str, parts: SplitLine, path: bytes) -> None:
        self._added[name].add(sort_key(path), parts.with_path(path))

    def _add_change(self, kind: bytes, parent: bytes, key: bytes, name: bytes, tail: bytes) -> None:
        old = self._old.get(key)
        if kind == b"-":
            if old is not None:
                self.report.gone.append(unescape(old.path))
            return
        path = (self.paths.path_of(parent) or b"") + b"/" + name
        new = SplitLine(key, name, path, tail)
        self._put(FILE_LIST if kind == b"F" else FOLDER_LIST, new, path)
        if old is None:
            self.report.new.append(unescape(path))
        elif old.path != path:
            self.report.moved.append((unescape(old.path), unescape(path)))
        elif old.tail != tail:
            if kind == b"F":
                self.report.changed.append(unescape(path))
            else:
                self.report.touched += 1

    def _kept(self, name: str) -> Iterator[bytes]:
        """The lines of last time that stay as they are."""
        changes, moved, gone = self._changes, self._moved, self._gone
        for line in _lines(self._home / name):
            if read_line_id(line) in changes:
                continue
            if moved or gone:
                parent = read_parent_path(line)
                if parent in moved or parent in gone:
                    continue
            yield line


def merge_records(texts: Iterable[str]) -> tuple[Records, Records]:
    """The last word about each item, and the exceptions by key, from the records of delta's pages."""
    changes: Records = {}
    exceptions: Records = {}
    for text in texts:
        for line in to_bytes(text).split(b"\n")[:-1]:
            kind, *fields = line.split(b"\t")
            if kind in ITEMS or kind == b"-":
                changes[fields[1]] = [kind, *fields] if kind in ITEMS else [kind, b"", fields[1], b"", b""]
                exceptions.pop(fields[1], None)
            elif kind == b"X":
                exceptions[fields[1]] = fields
    return changes, exceptions


def read_exception(fields: list[bytes], paths: FolderPaths) -> ListException:
    """An exception from its record."""
    parent, key, name, text = fields
    said = json.loads(text)
    path = (paths.path_of(parent) or b"") + b"/" + name
    return ListException(unescape(path), unescape(key), said["reason"], by_nature=said["by_nature"])


def _merge(kept: Iterator[bytes], added: Iterator[KeyedLine]) -> Iterator[bytes]:
    """Two ordered streams as one; the keys of the kept lines are looked at only while something is to be added."""
    key, line = next(added, (None, b""))
    for old in kept:
        if key is not None:
            old_key = sort_key(read_line_path(old))
            while key is not None and (key, line) < (old_key, old):
                yield line
                key, line = next(added, (None, b""))
        yield old
    if key is not None:
        yield line
        yield from (rest for _, rest in added)


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a list that we wrote, each an item without its comma."""
    with disk_errors(path.parent), path.open("rb", buffering=1 << 18) as stream:
        for line in stream:
            if line.startswith(b"{"):
                yield line[:-2] if line.endswith(b",\n") else line[:-1]


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
