"""The drive at a glance: how much of which kind, from which year, in which folders; the largest files.

Counted in the catalogue, and kept in list_state.json for whoever shows it (`summary.py`, the menu, the report).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

from onedrive.graph.traits import FileKind
from onedrive.home.database import Database

MOST_FILES = 10
MOST_FOLDERS = 12
MOST_INNER = 3
_UNKNOWN_YEAR = "unknown"
# A sum of sizes may be more than 64 bits hold, so its halves are added up apart.
_SIZE = "total(size >> 32), total(size & 4294967295)"


def count_drive(database: Database) -> dict[str, Any]:
    """The glance of a catalogue whose files all have their places, as list_state.json keeps it."""
    kinds: dict[int, list[int]] = {}
    years: dict[str, list[int]] = {}
    whole = [0, 0]
    for kind, year, files, *halves in database.rows(
        f"SELECT kind, year, count(*), {_SIZE} FROM file GROUP BY kind, year"  # noqa: S608 - our own words
    ):
        size_bytes = _join(halves)
        for counts in (whole, kinds.setdefault(kind, [0, 0]), years.setdefault(str(year or _UNKNOWN_YEAR), [0, 0])):
            counts[0] += files
            counts[1] += size_bytes
    largest = database.rows(
        """SELECT size, path || '/' || file.name FROM file JOIN folder ON number = folder
        ORDER BY size DESC, 2 LIMIT ?""",
        (MOST_FILES,),
    )
    names = tuple(FileKind)
    return {
        "whole": whole,
        "kinds": {names[kind].value: kinds[kind] for kind in sorted(kinds)},
        "years": dict(sorted(years.items())),
        "folders": _count_folders(database),
        "largest": [list(row) for row in largest],
    }


def _join(halves: Sequence[float]) -> int:
    return (int(halves[0]) << 32) + int(halves[1])


def _count_folders(database: Database) -> list[dict[str, object]]:
    """The largest folders of the root with all that is below them, each with its largest folders."""
    tops: dict[str, int] = {}
    inner: dict[str, dict[str, int]] = {}
    for path, *halves in database.rows(
        f"SELECT path, {_SIZE} FROM file JOIN folder ON number = folder GROUP BY folder"  # noqa: S608 - our own words
    ):
        size_bytes = _join(halves)
        _, top, *below = path.split("/", 3) if path else ("", "")
        if not top:
            continue
        tops[top] = tops.get(top, 0) + size_bytes
        if below:
            sizes = inner.setdefault(top, {})
            sizes[below[0]] = sizes.get(below[0], 0) + size_bytes
    return [
        _share(
            f"/{top}",
            size_bytes,
            [_share(f"/{top}/{name}", size, []) for name, size in _largest(inner.get(top, {}), MOST_INNER)],
        )
        for top, size_bytes in _largest(tops, MOST_FOLDERS)
    ]


def _share(path: str, size_bytes: int, inner: list[dict[str, object]]) -> dict[str, object]:
    return {"path": path, "size_bytes": size_bytes, "inner": inner}


def _largest(sizes: dict[str, int], most: int) -> list[tuple[str, int]]:
    return heapq.nsmallest(most, sizes.items(), key=lambda pair: (-pair[1], pair[0]))
