"""What a listing says when it has ended: the drive at a glance, what changed, what cannot be had and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from onedrive.graph.drive import DriveFacts
from onedrive.home.lists import ListException, ListState
from onedrive.terminal.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable, shorten_middle


@dataclass
class ChangeReport:
    """Paths by what happened to them; `files_along` counts the files that moved or went with a folder, unnamed."""

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


MOST_EXCEPTIONS_SHOWN = 12
MOST_NAMES_SHOWN = 5
MOST_LARGEST_SHOWN = 5
_MOST_FOLDERS_TOLD = 6
_BAR_WIDTH = 16
# The listed size against the used: what wrong sizes, and what versions and the recycle bin, may well explain.
_LEAST_DIFFERENCE = 10_000_000
_SHARE_LESS, _SHARE_MORE = 0.05, 0.5
_LEAST_NAME_WIDTH = 20
_WIDEST, _PLAIN_WIDTH = 100, 60


def show_glance(terminal: Terminal, glance: Mapping[str, object], facts: DriveFacts | None) -> None:
    """The drive at a glance: by kind, by year, the largest folders and files, the quota. Fits sixty columns."""
    kinds, years = _shares(glance.get("kinds")), _shares(glance.get("years"))
    if kinds:
        _show_bars(terminal, "kind", [*kinds, ("together", *_whole(glance))])
    if len(years) > 1:
        _show_bars(terminal, "year", years)
    width = max(_LEAST_NAME_WIDTH, min(terminal.width, _WIDEST if terminal.is_live else _PLAIN_WIDTH) - 14)
    folders = list(_folder_rows(glance.get("folders"), width))
    if folders:
        terminal.table([Column("largest folders"), Column("size", "right")], folders)
    largest = [
        (shorten_middle(printable(str(path)), width), format_bytes(int(size)))
        for size, path in _pairs(glance.get("largest"))
    ]
    if len(largest) > 1:
        terminal.table([Column("largest files"), Column("size", "right")], largest[:MOST_LARGEST_SHOWN])
    if facts is not None and facts.quota_total and facts.quota_used is not None:
        part = f"{facts.quota_used / facts.quota_total:.0%}"
        used, total = format_bytes(facts.quota_used), format_bytes(facts.quota_total)
        terminal.say(f"Space used in OneDrive: {used} of {total} ({part}).")


def show_difference(terminal: Terminal, state: ListState, facts: DriveFacts) -> None:
    """What OneDrive counts as used beside what is listed, where that is more than can be explained."""
    used, listed = facts.quota_used, state.size_bytes
    if not used or state.root_path != "/" or state.shared:
        return
    figures = f"OneDrive counts {format_bytes(used)} as used, and {format_bytes(listed)} are listed"
    if listed - used > max(_LEAST_DIFFERENCE, listed * _SHARE_LESS):
        terminal.say(f"{figures}: some sizes that it lists must be wrong. Option 6 tells what is really here.")
    elif used - facts.quota_deleted - listed > max(_LEAST_DIFFERENCE, listed * _SHARE_MORE):
        terminal.say(f"{figures}: earlier versions, the recycle bin and the Personal Vault count too.")


def show_changes(terminal: Terminal, report: ChangeReport) -> None:
    """What is new, changed, moved and gone, with the first few names of each."""
    terminal.say(f"Since the last list: {_count_changes(report)}.", style="good")
    moved = [f"{printable(old)} -> {printable(new)}" for old, new in report.moved]
    for word, names in (
        ("new", list(map(printable, report.new))),
        ("changed", list(map(printable, report.changed))),
        ("moved", moved),
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


def show_exceptions(terminal: Terminal, exceptions: Sequence[ListException]) -> None:
    """What could not be listed, and what is listed but can never be downloaded, each with its reason."""
    failed = [entry for entry in exceptions if not entry.by_nature]
    odd = [entry for entry in exceptions if entry.by_nature]
    whose = "its" if len(odd) == 1 else "their"
    for title, entries in (
        ("could not be listed this time", failed),
        (f"cannot be downloaded by {whose} nature", odd),
    ):
        if entries:
            terminal.say(f"{plural('item', len(entries))} {title}:", style="warning")
        for entry in entries[:MOST_EXCEPTIONS_SHOWN]:
            terminal.say(f"  {printable(entry.path)}: {entry.reason}.")
        if len(entries) > MOST_EXCEPTIONS_SHOWN:
            more = format_count(len(entries) - MOST_EXCEPTIONS_SHOWN)
            terminal.say(f"  and {more} more; list_state.json names them all.")


def tell_listed(terminal: Terminal, state: ListState, way: str, report: ChangeReport | None = None) -> None:
    """Tell a program what has been listed, and what of it cannot be had; `way`: 'everything' or 'changes' only."""
    if not terminal.has_events:
        return
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


def _show_bars(terminal: Terminal, heading: str, shares: Sequence[tuple[str, int, int]]) -> None:
    most = max((size for name, _, size in shares if name != "together"), default=0)
    if terminal.is_plain:
        figures = [(name, format_count(files), format_bytes(size)) for name, files, size in shares]
        terminal.table([Column(heading), Column("files", "right"), Column("size", "right")], figures)
        return
    signs = "█▏" if terminal.can_show("█▏") else "#."
    rows = [
        (name, format_count(files), format_bytes(size), "" if name == "together" else _bar(size, most, signs))
        for name, files, size in shares
    ]
    terminal.table([Column(heading), Column("files", "right"), Column("size", "right"), Column("")], rows)


def _bar(size: int, most: int, signs: str) -> str:
    """A bar as long as the share of the largest; what is less than half a block still leaves a trace."""
    blocks = round(_BAR_WIDTH * size / most) if most else 0
    return signs[0] * blocks or (signs[1] if size else "")


def _folder_rows(folders: object, width: int) -> Iterable[tuple[str, str]]:
    """The tree to two levels, each folder below the one that it is in."""
    for folder in (folders if isinstance(folders, list) else [])[:_MOST_FOLDERS_TOLD]:
        yield shorten_middle(printable(folder["path"]), width), format_bytes(folder["size_bytes"])
        for inner in folder["inner"]:
            name = inner["path"][len(folder["path"]) :]
            yield "  " + shorten_middle(printable(name), width - 2), format_bytes(inner["size_bytes"])


def _shares(shares: object) -> list[tuple[str, int, int]]:
    return [(name, files, size) for name, (files, size) in shares.items()] if isinstance(shares, dict) else []


def _whole(glance: Mapping[str, object]) -> tuple[int, int]:
    whole = glance.get("whole")
    return (whole[0], whole[1]) if isinstance(whole, list) else (0, 0)


def _pairs(pairs: object) -> list[tuple[int, str]]:
    return [(pair[0], pair[1]) for pair in pairs] if isinstance(pairs, list) else []
