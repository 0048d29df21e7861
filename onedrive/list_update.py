"""Applying to the lists what changed since: unchanged lines are copied as they are, a line at a time.

changes by id ─► the folders' new paths ─► who stays, moves, goes? (first reading) ─► both lists merged (second)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from onedrive.change_report import ChangeReport
from onedrive.errors import OneDriveError
from onedrive.folder_paths import FolderPaths
from onedrive.list_line import (
    SplitLine,
    escape,
    read_line_id,
    read_line_path,
    read_parent,
    read_parent_path,
    sort_key,
    split_line,
    to_bytes,
    unescape,
)
from onedrive.list_state import FILE_LIST, FOLDER_LIST, ListException
from onedrive.listing_survey import ITEMS
from onedrive.sorted_lines import KeyedLine, SortedLines
from onedrive.state_files import disk_errors

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
