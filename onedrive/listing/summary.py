"""What a listing says when it has ended: figures that fit a screen, what changed, what cannot be had and why.

The glance (how much of which kind and year, the largest folders and files) is counted in the catalogue, and kept in
list_state.json for whoever shows it: option 3, the menu, the report.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from onedrive.graph.drive import DriveFacts
from onedrive.graph.traits import FileKind
from onedrive.home.database import Database
from onedrive.home.lists import ListState
from onedrive.home.never_given import lines_by_reason
from onedrive.terminal.table import Column, plain_table_lines
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_bytes, format_count, plural, printable, shorten_middle


@dataclass
class ChangeReport:
    """Paths by what happened to them; `moved_along` and `gone_along` count what went with a folder, unnamed."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)  # from, to
    gone: list[str] = field(default_factory=list)
    moved_along: int = 0
    gone_along: int = 0
    touched: int = 0  # folders of which only times or tags differ: rewritten, not worth a word

    @property
    def is_empty(self) -> bool:
        """True when no line of the lists differs."""
        return not (self.has_news or self.touched)

    @property
    def has_news(self) -> bool:
        """True when there is something to say."""
        return bool(self.new or self.changed or self.moved or self.gone or self.moved_along or self.gone_along)

    def sort(self) -> None:
        """Order all by path."""
        for paths in (self.new, self.changed, self.gone):
            paths.sort()
        self.moved.sort()


MOST_NAMES_SHOWN = 5
_WIDEST_PATH = 66
# The listed size against the used: what wrong sizes, and what versions and the recycle bin, may well explain.
_LEAST_DIFFERENCE = 10_000_000
_SHARE_LESS, _SHARE_MORE = 0.05, 0.5


def show_glance(terminal: Terminal, glance: Mapping[str, Any], facts: DriveFacts) -> None:
    """How much of which kind and year, and the quota; with --verbose also the sizes, largest folders and files."""
    kinds, years = glance.get("kinds", {}), glance.get("years", {})
    if kinds:
        parts = [f"{name} {format_count(files)} ({format_bytes(size)})" for name, (files, size) in kinds.items()]
        terminal.say(f"Kinds: {', '.join(parts)}.")
    if len(years) > 1:
        first, *others = [f"{year} ({format_count(files)})" for year, (files, _) in years.items()]
        terminal.say(f"Files by year: {', '.join([first, *others])}.")
    _detail_table(terminal, "year", [(year, size) for year, (_, size) in years.items()])
    folders = []
    for folder in glance.get("folders", ()):
        folders.append((folder["path"], folder["size_bytes"]))
        folders += [(f"  {inner['path']}", inner["size_bytes"]) for inner in folder["inner"]]
    _detail_table(terminal, "largest folders", folders)
    _detail_table(terminal, "largest files", [(path, size) for size, path in glance.get("largest", ())])
    if facts.quota_total and facts.quota_used is not None:
        part = f"{facts.quota_used / facts.quota_total:.0%}"
        used, total = format_bytes(facts.quota_used), format_bytes(facts.quota_total)
        terminal.say(f"Space used in OneDrive: {used} of {total} ({part}).")


def _detail_table(terminal: Terminal, heading: str, sizes: Sequence[tuple[str, int]]) -> None:
    rows = [(shorten_middle(printable(name), _WIDEST_PATH), format_bytes(size)) for name, size in sizes]
    for line in plain_table_lines([Column(heading), Column("size", "right")], rows) if rows else ():
        terminal.detail(line)


def show_difference(terminal: Terminal, state: ListState, facts: DriveFacts) -> None:
    """What OneDrive counts as used beside what is listed, where that is more than can be explained."""
    used, listed = facts.quota_used, state.size_bytes
    if not used or state.root_path != "/" or state.shared:
        return
    figures = f"OneDrive counts {format_bytes(used)} as used, but lists files of {format_bytes(listed)}"
    if listed - used > max(_LEAST_DIFFERENCE, listed * _SHARE_LESS):
        terminal.say(f"{figures}: some of the sizes it lists must be wrong. Choose 6 to see what is really here.")
    elif used - facts.quota_deleted - listed > max(_LEAST_DIFFERENCE, listed * _SHARE_MORE):
        terminal.say(f"{figures}: earlier versions, the recycle bin and the Personal Vault count too.")


def show_changes(terminal: Terminal, report: ChangeReport) -> None:
    """What is new, changed, moved and gone, with the first few names of each."""
    terminal.say(f"Since the last list: {_count_changes(report)}.", style="good")
    for word, names in (
        ("new", list(map(printable, report.new))),
        ("changed", list(map(printable, report.changed))),
        ("moved", [f"{printable(old)} -> {printable(new)}" for old, new in report.moved]),
        ("gone", list(map(printable, report.gone))),
    ):
        for name in names[:MOST_NAMES_SHOWN]:
            terminal.say(f"  {word}: {name}")
        if len(names) > MOST_NAMES_SHOWN:
            terminal.say(f"  {word}: and {format_count(len(names) - MOST_NAMES_SHOWN)} more")
    if report.moved_along:
        terminal.say(f"  {plural('item', report.moved_along)} moved along with the folders above.")
    if report.gone_along:
        terminal.say(f"  {plural('item', report.gone_along)} went with the folders above.")


def show_failures(terminal: Terminal, state: ListState) -> int:
    """Name what could not be listed this time, each with its reason; how many things that are."""
    failed = [entry for entry in state.exceptions if not entry.by_nature]
    if failed:
        terminal.say(f"{plural('thing', len(failed))} could not be listed this time:", style="warning")
    for line in lines_by_reason(failed):
        terminal.say(line)
    return len(failed)


def tell_listed(terminal: Terminal, state: ListState, way: str, report: ChangeReport | None = None) -> None:
    """Tell a program what has been listed, and what of it cannot be had; `way`: 'everything' or 'changes' only."""
    terminal.event(
        "listed",
        way=way,
        root=state.root_path,
        files=state.files,
        folders=state.folders,
        size_bytes=state.size_bytes,
        new=None if report is None else len(report.new),
        changed=None if report is None else len(report.changed),
        moved=None if report is None else len(report.moved) + report.moved_along,
        gone=None if report is None else len(report.gone) + report.gone_along,
    )
    for entry in state.exceptions:
        terminal.event("exception", path=entry.path, id=entry.id, reason=entry.reason, by_nature=entry.by_nature)


def _count_changes(report: ChangeReport) -> str:
    counts = (
        (len(report.new), "new"),
        (len(report.changed), "changed"),
        (len(report.moved), "moved or renamed"),
        (len(report.gone), "gone"),
    )
    return ", ".join(f"{format_count(number)} {word}" for number, word in counts if number) or "folders moved"


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
