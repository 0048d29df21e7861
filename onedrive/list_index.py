"""ListIndex: a list in memory that answers at once how much a choice wants, and of what.

    file_list.json ─► columns ─► a mask of the files that a selection wants ─► counts, shares, matches

Each question of a `Chooser` is asked once for what many files share (a kind, a folder, a camera); only globs are asked
for each file, and last. Masks are bytes, 1 for each file that is wanted.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import compress
from pathlib import Path

from onedrive.chooser import Chooser
from onedrive.drive_glance import Share
from onedrive.file_kind import FileKind
from onedrive.item_date import DateSource
from onedrive.list_columns import KINDS, NO_DAY, SOURCES, ListColumns
from onedrive.list_scan import scan_list
from onedrive.selection import Selection

_MOST_AT_A_TIME = 100_000  # contents that are compared together: what a set of them takes is some megabytes

Mask = bytes


@dataclass(frozen=True)
class Match:
    """One file that is wanted."""

    path: str
    size_bytes: int
    day: date | None
    kind: FileKind
    camera: str  # '' when none is known


@dataclass(frozen=True)
class FolderShare:
    """What is directly in one folder: all of it, and what is wanted of it."""

    path: str
    whole: Share
    chosen: Share


class ListIndex:
    """A list of files; every answer is about a mask that `wanted` made, or `all_files`."""

    def __init__(self, columns: ListColumns) -> None:
        self._columns = columns
        self.all_files: Mask = b"\1" * len(columns)
        self.whole = self.share(self.all_files)

    @classmethod
    def read(cls, path: Path) -> ListIndex:
        """The index of a list. Raises StateFileBroken, FolderNotUsable."""
        return cls(scan_list(path))

    def wanted(self, selection: Selection, today: date) -> Mask:
        """Which files a selection wants; `today` is the day that 'last 30 days' is counted from."""
        chooser = Chooser(selection, today)
        mask = self.all_files
        for part in self._parts(chooser):
            mask = _both(mask, part)
        return self._named(chooser, mask) if chooser.asks_name else mask

    def missing_folders(self, selection: Selection) -> list[str]:
        """The folders of a selection of which the list has no file: renamed, perhaps, or gone."""
        starts = {folder: f"{folder.lower().rstrip('/')}/" for folder in selection.folders + selection.without_folders}
        if not starts:
            return []
        there = [f"{folder.lower()}/" for folder in self._columns.folder_names()]
        return [folder for folder, start in starts.items() if not any(path.startswith(start) for path in there)]

    def share(self, mask: Mask) -> Share:
        """How many files and bytes are wanted."""
        return Share(mask.count(1), sum(compress(self._columns.sizes, mask)))

    def kinds(self, mask: Mask) -> dict[FileKind, Share]:
        """The share of each kind that there is."""
        kinds = self._columns.kinds
        shares = {}
        for place, kind in enumerate(KINDS):
            only = bytes(i == place for i in range(256))
            shares[kind] = self.share(_both(mask, kinds.translate(only)))
        return {kind: share for kind, share in shares.items() if share.files}

    def years(self, mask: Mask) -> dict[int | None, Share]:
        """The share of each year, in order; None, at the end, is of what has no date."""
        days: dict[int, list[int]] = {}
        for day, size in compress(zip(self._columns.days, self._columns.sizes, strict=True), mask):
            count = days.get(day)
            if count is None:
                count = days[day] = [0, 0]
            count[0] += 1
            count[1] += size
        shares: dict[int | None, Share] = {}
        for day in sorted(days):
            if day != NO_DAY:
                shares.setdefault(date.fromordinal(day).year, Share()).add(*days[day])
        if NO_DAY in days:
            shares[None] = Share(*days[NO_DAY])
        return shares

    def sources(self, mask: Mask) -> dict[DateSource, int]:
        """For how many files which of their dates says the day."""
        sources = bytes(compress(self._columns.sources, mask))
        counts = {source: sources.count(place) for place, source in enumerate(SOURCES)}
        return {source: count for source, count in counts.items() if count}

    def cameras(self, mask: Mask) -> list[tuple[str, int]]:
        """The known cameras with how many files each took, the busiest first."""
        counts = [0] * len(self._columns.cameras)
        for place in compress(self._columns.camera_of, mask):
            counts[place] += 1
        named = [pair for pair in zip(self._columns.cameras, counts, strict=True) if pair[0] and pair[1]]
        return sorted(named, key=lambda pair: (-pair[1], pair[0]))

    def duplicates(self, mask: Mask) -> Share:
        """The files that would not have to come, because another one has the same size and hash."""
        columns, spare = self._columns, Share()
        rounds = len(columns) // _MOST_AT_A_TIME + 1
        for number in range(rounds):
            seen: set[int] = set()
            for content, size in compress(zip(columns.contents, columns.sizes, strict=True), mask):
                if content and content % rounds == number:
                    if content in seen:
                        spare.add(1, size)
                    seen.add(content)
        return spare

    def first(self, mask: Mask, most: int) -> list[Match]:
        """The first files in the order of the list."""
        return self._matches(_rows(mask, most))

    def last(self, mask: Mask, most: int) -> list[Match]:
        """The last files in the order of the list."""
        end = len(mask) - 1
        return self._matches(sorted(end - row for row in _rows(mask[::-1], most)))

    def largest(self, mask: Mask, most: int) -> list[Match]:
        """The largest files, the largest first."""
        rows = compress(range(len(mask)), mask)
        return self._matches(heapq.nlargest(most, rows, key=self._columns.sizes.__getitem__))

    def samples(self, mask: Mask, most: int) -> list[Match]:
        """Some files from all over the list, in its order."""
        rows = list(compress(range(len(mask)), mask))
        places = sorted({round(i * (len(rows) - 1) / max(1, most - 1)) for i in range(most)}) if rows else []
        return self._matches(rows[place] for place in places)

    def folders(self, mask: Mask) -> Iterator[FolderShare]:
        """Every folder that has files, with what is directly in it."""
        columns = self._columns
        whole = [[0, 0] for _ in columns.folders]
        chosen = [[0, 0] for _ in columns.folders]
        for folder, size, is_wanted in zip(columns.folder_of, columns.sizes, mask, strict=True):
            count = whole[folder]
            count[0] += 1
            count[1] += size
            if is_wanted:
                count = chosen[folder]
                count[0] += 1
                count[1] += size
        for path, all_of_it, wanted in zip(columns.folder_names(), whole, chosen, strict=True):
            yield FolderShare(path, Share(*all_of_it), Share(*wanted))

    def _parts(self, chooser: Chooser) -> Iterator[bytes | bytearray]:
        """A mask for each question that is asked but the globs."""
        columns = self._columns
        if chooser.asks_kind:
            yield columns.kinds.translate(bytes(map(chooser.wants_kind, KINDS)).ljust(256, b"\0"))
        if chooser.asks_folder:
            yield _spread(map(chooser.wants_folder, columns.folder_names()), columns.folder_of)
        if chooser.asks_camera:
            yield _spread(map(chooser.wants_camera, columns.cameras), columns.camera_of)
        if chooser.asks_size:
            least, most = chooser.least or 0, chooser.most
            sizes = columns.sizes
            yield bytes(least <= size for size in sizes) if most is None else bytes(least <= s <= most for s in sizes)
        if chooser.asks_day:
            first = chooser.first.toordinal() if chooser.first else NO_DAY + 1
            last = (chooser.last or date.max).toordinal()
            yield bytes(first <= day <= last for day in columns.days)

    def _named(self, chooser: Chooser, mask: Mask) -> Mask:
        named = bytearray(mask)
        for row in compress(range(len(mask)), mask):
            if not chooser.wants_name(self._columns.path(row)):
                named[row] = 0
        return bytes(named)

    def _matches(self, rows: Iterable[int]) -> list[Match]:
        columns = self._columns
        return [
            Match(
                columns.path(row),
                columns.sizes[row],
                columns.day(row),
                KINDS[columns.kinds[row]],
                columns.cameras[columns.camera_of[row]],
            )
            for row in rows
        ]


def _both(one: Mask, other: bytes | bytearray) -> Mask:
    left, right = int.from_bytes(one, "little"), int.from_bytes(other, "little")
    return (left & right).to_bytes(len(one), "little")


def _spread(answers: Iterable[bool], places: Iterable[int]) -> Mask:
    """An answer for each file, from the answers for what they share."""
    answer = [int(yes) for yes in answers]
    return bytes(map(answer.__getitem__, places))


def _rows(mask: Mask, most: int) -> Iterator[int]:
    """The first rows that are wanted."""
    row = -1
    for _ in range(most):
        row = mask.find(1, row + 1)
        if row < 0:
            return
        yield row
