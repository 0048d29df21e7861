"""ListIndex: the tables of a list, asked at once how much a choice wants, and of what.

    listing.sqlite, lent by the step ─► the files that a selection wants (a WHERE clause) ─► counts, shares, matches

A `Chooser` is asked once for what many files share (a kind, a folder, a camera), and once for each name where there are
globs; all else is SQL. Used by option 5 and --tree; `onedrive/listing/catalogue.py` says what the tables hold.
"""

# ruff: noqa: S608 - what is put into statements are words of this file and whole numbers; the rest are parameters

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from onedrive.albums.record import Album
from onedrive.choosing.chooser import Chooser
from onedrive.choosing.selection import Selection
from onedrive.graph.item import LARGEST_SIZE
from onedrive.graph.traits import DateSource, FileKind, Share
from onedrive.home.database import TEXTS, Database

_KINDS = tuple(FileKind)
_SOURCES = tuple(DateSource)
_NO_DAY = 0
# A sum of sizes may be more than 64 bits hold, so its halves are added up apart.
_SHARE = "count(*), total(file.size >> 32), total(file.size & 4294967295)"
_PATH = "folder.path || '/' || file.name"
_Condition = tuple[str, tuple[object, ...]]  # and its parameters


@dataclass(frozen=True)
class Match:
    """One file that is wanted."""

    path: str
    size_bytes: int
    day: date | None
    kind: FileKind
    camera: str  # '' when none is known


class ListIndex:
    """A list of files; `today` is the day that 'last 30 days' is counted from, `albums` are those of the drive."""

    def __init__(self, database: Database, today: date) -> None:
        self.database = database
        self._today = today
        self.albums: Sequence[Album] = ()
        self._named: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}  # tables of places, by globs
        self.all_files = ChosenFiles(database, ())

    @property
    def whole(self) -> Share:
        """How many files and bytes there are."""
        return self.all_files.share

    def choose(self, selection: Selection) -> ChosenFiles:
        """The files that a selection wants."""
        return ChosenFiles(self.database, [*self._conditions(selection)])

    def album_shares(self) -> list[Share]:
        """Of each album in order, the files that the list has, and their bytes."""
        identities = {identity for album in self.albums for identity in album.files}
        where, parameters = _is_one_of("id", identities)
        sizes = dict(self.database.rows(f"SELECT id, size FROM file WHERE {where}", parameters))
        of_albums = ([sizes[one] for one in album.files if one in sizes] for album in self.albums)
        return [Share(len(of_one), sum(of_one)) for of_one in of_albums]

    def missing_folders(self, selection: Selection) -> list[str]:
        """The folders of a selection of which the list has no file: renamed, perhaps, or gone."""
        folders = selection.folders + selection.without_folders
        there = [f"{path.lower()}/" for path in self._folders.values()] if folders else []
        starts = {folder: f"{folder.lower().rstrip('/')}/" for folder in folders}
        return [folder for folder, start in starts.items() if not any(path.startswith(start) for path in there)]

    @cached_property
    def _folders(self) -> dict[int, str]:
        """The folders that have files, by number."""
        sql = "SELECT number, path FROM folder WHERE number IN (SELECT folder FROM file)"
        return dict(self.database.rows(sql))

    def _conditions(self, selection: Selection) -> Iterator[_Condition]:
        chooser = Chooser(selection, self._today, self.albums)
        if selection.kinds:
            yield _is_one_of("kind", (number for number, kind in enumerate(_KINDS) if chooser.wants_kind(kind)))
        if selection.albums:
            yield _is_one_of("id", chooser.album_files)
        if selection.folders or selection.without_folders:
            folders = self._folders.items()
            yield _is_one_of("folder", (number for number, path in folders if chooser.wants_folder(path)))
        if selection.cameras:
            cameras = self.database.rows("SELECT number, name FROM camera")
            yield _is_one_of("camera", (number for number, name in cameras if chooser.wants_camera(name)))
        if selection.min_size is not None or selection.max_size is not None:
            most = LARGEST_SIZE if selection.max_size is None else selection.max_size
            yield "file.size BETWEEN ? AND ?", (selection.min_size or 0, most)
        if selection.dates:
            first, last = chooser.first or date.min, chooser.last or date.max
            yield "file.day BETWEEN ? AND ?", (first.toordinal(), last.toordinal())
        if selection.include or selection.exclude:
            yield f"file.place IN {self._find_named(selection, chooser)}", ()

    def _find_named(self, selection: Selection, chooser: Chooser) -> str:
        """The table of the files whose names are wanted: each name is looked at once, however often it is asked for."""
        globs = (selection.include, selection.exclude)
        table = self._named.get(globs)
        if table is None:
            table = f"temp.named_{len(self._named)}"
            self.database.function("wants_name", 1, lambda octets: chooser.wants_name(TEXTS(octets)))
            self.database.run(f"CREATE TABLE {table} (place INTEGER PRIMARY KEY)")
            named = f"SELECT place FROM file JOIN folder ON number = folder WHERE wants_name(CAST({_PATH} AS BLOB))"
            self.database.run(f"INSERT INTO {table} {named}")
            self._named[globs] = table
        return table


class ChosenFiles:
    """Those files of a list for which all conditions hold; each answer is a query."""

    def __init__(self, database: Database, conditions: Sequence[_Condition]) -> None:
        self._database = database
        self._where = " AND ".join(["1", *(sql for sql, _ in conditions)])
        self._parameters = [value for _, values in conditions for value in values]

    @cached_property
    def share(self) -> Share:
        """How many files and bytes there are."""
        ((files, high, low),) = self._rows(f"SELECT {_SHARE} FROM file WHERE {self._where}")
        return _share(files, high, low)

    @cached_property
    def kinds(self) -> dict[FileKind, Share]:
        """The share of each kind that there is."""
        rows = self._rows(f"SELECT kind, {_SHARE} FROM file WHERE {self._where} GROUP BY kind ORDER BY kind")
        return {_KINDS[kind]: _share(*counts) for kind, *counts in rows}

    @cached_property
    def years(self) -> dict[int | None, Share]:
        """The share of each year, in order; None, at the end, is of what has no date."""
        shares: dict[int | None, Share] = {}
        for day, *counts in self._rows(
            f"SELECT day, {_SHARE} FROM file WHERE {self._where} GROUP BY day ORDER BY day = {_NO_DAY}, day"
        ):
            year = None if day == _NO_DAY else date.fromordinal(day).year
            share = _share(*counts)
            shares.setdefault(year, Share()).add(share.files, share.size_bytes)
        return shares

    @cached_property
    def sources(self) -> dict[DateSource, int]:
        """For how many files which of their dates says the day."""
        rows = self._rows(f"SELECT source, count(*) FROM file WHERE {self._where} GROUP BY source ORDER BY source")
        return {_SOURCES[source]: count for source, count in rows}

    @cached_property
    def cameras(self) -> list[tuple[str, int]]:
        """The known cameras with how many files each took, the busiest first."""
        counts = f"SELECT camera, count(*) AS files FROM file WHERE {self._where} GROUP BY camera"
        rows = self._rows(
            f"SELECT name, files FROM ({counts}) JOIN camera ON number = camera ORDER BY files DESC, name"
        )
        return [(name, files) for name, files in rows if name]

    @cached_property
    def duplicates(self) -> Share:
        """The files that would not have to come, because another one has the same size and hash."""
        spare = Share()
        for size, files in self._rows(
            f"SELECT size, count(*) - 1 AS spare FROM file WHERE {self._where} AND hash <> '' AND size > 0 "
            "GROUP BY hash, size HAVING spare > 0"
        ):
            spare.add(files, files * size)
        return spare

    @cached_property
    def folders(self) -> dict[str, Share]:
        """The folders that have files, with what is directly in each."""
        counts = f"SELECT folder, {_SHARE} FROM file WHERE {self._where} GROUP BY folder"
        rows = self._rows(f"SELECT path, counts.* FROM ({counts}) AS counts JOIN folder ON number = counts.folder")
        return {path: _share(*counts) for path, _, *counts in rows}

    def earliest(self, most: int) -> list[Match]:
        """The files of the first days; those without a date come last."""
        return self._matches(f"file.day = {_NO_DAY}, file.day, {_PATH}, file.id", most)

    def latest(self, most: int) -> list[Match]:
        """The files of the last days, in the order of their days."""
        return self._matches(f"file.day DESC, {_PATH} DESC, file.id DESC", most)[::-1]

    def largest(self, most: int) -> list[Match]:
        """The largest files, the largest first."""
        return self._matches(f"file.size DESC, {_PATH}, file.id", most)

    def samples(self, most: int) -> list[Match]:
        """Some files from all over the list, the earliest first."""
        last = self.share.files - 1
        rows = sorted({round(number * last / max(1, most - 1)) for number in range(most)}) if last >= 0 else []
        found = [self._matches("file.place", 1, skip=row)[0] for row in rows]
        return sorted(found, key=lambda match: (match.day is None, match.day or date.max, match.path))

    def _matches(self, order: str, most: int, *, skip: int = 0) -> list[Match]:
        rows = self._rows(
            f"SELECT {_PATH}, file.size, file.day, file.kind, coalesce(camera.name, '') FROM file "
            "JOIN folder ON folder.number = file.folder LEFT JOIN camera ON camera.number = file.camera "
            f"WHERE {self._where} ORDER BY {order} LIMIT {most} OFFSET {skip}"
        )
        return [
            Match(path, size, date.fromordinal(day) if day != _NO_DAY else None, _KINDS[kind], camera)
            for path, size, day, kind, camera in rows
        ]

    def _rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        return self._database.rows(sql, self._parameters)


def _is_one_of(column: str, values: Iterable[int | str]) -> _Condition:
    """A condition; of folders there may be more than a statement takes as parameters of their own."""
    return f"file.{column} IN (SELECT value FROM json_each(?))", (json.dumps([*values]),)


def _share(files: int, high: float, low: float) -> Share:
    return Share(files, (int(high) << 32) + int(low))
