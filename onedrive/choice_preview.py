"""What a choice means, shown before a byte moves: how much of the drive, from which years, which files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from onedrive.drive_glance import Share
from onedrive.item_date import DateSource
from onedrive.list_index import ListIndex, Mask, Match
from onedrive.selection import Selection
from onedrive.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable, shorten_middle

MOST_MATCHES = 3
MOST_CAMERAS = 8
_BAR_WIDTH = 14
_LEAST_NAME_WIDTH, _WIDEST, _PLAIN_WIDTH = 20, 100, 60
_DATES_IN_WORDS = {
    DateSource.TAKEN: "when taken",
    DateSource.CREATED: "when created (in UTC)",
    DateSource.MODIFIED: "when last changed (in UTC)",
    DateSource.NONE: "without any date",
}


def describe_share(selection: Selection, chosen: Share, whole: Share) -> str:
    """The choice with what it wants: 'photos since 2019: 4,210 of 18,900 files, 31.0 GB of 88.0 GB'."""
    if selection.wants_all:
        return f"{selection.describe()}: {plural('file', whole.files)}, {format_bytes(whole.size_bytes)}"
    files = f"{format_count(chosen.files)} of {plural('file', whole.files)}"
    return f"{selection.describe()}: {files}, {format_bytes(chosen.size_bytes)} of {format_bytes(whole.size_bytes)}"


def tell_choice(terminal: Terminal, selection: Selection, chosen: Share, whole: Share) -> None:
    """Tell a program that reads along which choice there is now, and what it wants."""
    terminal.event(
        "selection",
        description=selection.describe(),
        files=chosen.files,
        size_bytes=chosen.size_bytes,
        listed_files=whole.files,
        listed_bytes=whole.size_bytes,
        layout=selection.layout.value,
        duplicates=selection.duplicates.value,
    )


def show_preview(terminal: Terminal, index: ListIndex, selection: Selection, today: date) -> None:
    """Everything about a choice on one page; fits sixty columns."""
    mask = index.wanted(selection, today)
    chosen = index.share(mask)
    terminal.say(f"Your choice is {describe_share(selection, chosen, index.whole)}.", style="heading")
    tell_choice(terminal, selection, chosen, index.whole)
    if not chosen.files:
        terminal.say("No file of the list is wanted so.")
        return
    kinds, all_kinds = index.kinds(mask), index.kinds(index.all_files)
    kind_parts = {kind.value: (kinds.get(kind, Share()), all_kinds[kind]) for kind in all_kinds}
    _show_parts(terminal, "kind", kind_parts, most=_largest(all_kinds.values()))
    years, all_years = index.years(mask), index.years(index.all_files)
    _show_parts(terminal, "year", _year_parts(years, all_years), most=_largest(all_years.values()))
    _show_matches(terminal, "first files", index.first(mask, MOST_MATCHES))
    if chosen.files > MOST_MATCHES:
        _show_matches(terminal, "last files", index.last(mask, MOST_MATCHES))
    _show_matches(terminal, "largest files", index.largest(mask, MOST_MATCHES))
    show_sources(terminal, index, mask)
    show_cameras(terminal, index.cameras(mask))
    terminal.say(describe_duplicates(index.duplicates(mask)))


def show_sources(terminal: Terminal, index: ListIndex, mask: Mask) -> None:
    """For how many files which date says their day."""
    sources = index.sources(mask)
    parts = [f"{plural('file', count)} {_DATES_IN_WORDS[source]}" for source, count in sources.items()]
    if parts:
        terminal.say(f"Days as OneDrive knows them: {', '.join(parts)}.")


def show_cameras(terminal: Terminal, cameras: Sequence[tuple[str, int]]) -> None:
    """The cameras with how many files each took."""
    rows = [(shorten_middle(printable(name), 40), format_count(files)) for name, files in cameras[:MOST_CAMERAS]]
    if len(cameras) > MOST_CAMERAS:
        rows.append((f"and {plural('camera', len(cameras) - MOST_CAMERAS)} more", ""))
    if rows:
        terminal.table([Column("camera"), Column("files", "right")], rows)


def describe_duplicates(spare: Share) -> str:
    """How many files need not come, because another one has the same content."""
    if not spare.files:
        return "No two of these files have the same content, as far as hash and size tell."
    have = "has" if spare.files == 1 else "have"
    return (
        f"{plural('file', spare.files)} of them {have} the content of another one (same hash and size): "
        f"{format_bytes(spare.size_bytes)} less to download, if each content comes once."
    )


def name_width(terminal: Terminal, beside: int) -> int:
    """Columns for a name that stands in a table beside so many columns of figures."""
    return max(_LEAST_NAME_WIDTH, min(terminal.width, _WIDEST if terminal.is_live else _PLAIN_WIDTH) - beside)


def part_bar(chosen: Share, whole: Share, most: int, can_show: Callable[[str], bool]) -> str:
    """A bar as long as the whole is beside the largest, full as far as it is chosen; a trace for what is little."""
    full, empty, trace = "█░▏" if can_show("█░▏") else "#-."
    length = min(_BAR_WIDTH, round(_BAR_WIDTH * whole.size_bytes / most)) if most else 0
    filled = min(length, round(_BAR_WIDTH * chosen.size_bytes / most)) if most else 0
    if chosen.size_bytes and not filled:
        return trace + empty * (length - 1)
    return full * filled + empty * (length - filled) or (trace if chosen.size_bytes else "")


def _largest(shares: Iterable[Share]) -> int:
    return max((share.size_bytes for share in shares), default=0)


def _show_parts(terminal: Terminal, heading: str, parts: Mapping[str, tuple[Share, Share]], *, most: int) -> None:
    """The chosen part of each against all of it; a bar as long as can be stands for `most` bytes."""
    rows = [
        (
            name,
            format_count(chosen.files),
            format_count(whole.files),
            format_bytes(chosen.size_bytes),
            part_bar(chosen, whole, most, terminal.can_show),
        )
        for name, (chosen, whole) in parts.items()
    ]
    columns = [Column(heading), *(Column(title, "right") for title in ("chosen", "of", "size")), Column("")]
    shown = len(columns) - 1 if terminal.is_plain else len(columns)
    terminal.table(columns[:shown], [row[:shown] for row in rows])


def _show_matches(terminal: Terminal, heading: str, matches: Sequence[Match]) -> None:
    width = name_width(terminal, 24)
    rows = [
        (shorten_middle(printable(match.path), width), str(match.day or "no date"), format_bytes(match.size_bytes))
        for match in matches
    ]
    terminal.table([Column(heading), Column("day"), Column("size", "right")], rows)


def _year_parts(
    chosen: Mapping[int | None, Share], whole: Mapping[int | None, Share]
) -> dict[str, tuple[Share, Share]]:
    """Each year with its chosen part; several in a row without any are put together."""
    parts: dict[str, tuple[Share, Share]] = {}
    passed: list[int] = []
    for year, share in whole.items():
        if year is None or year in chosen:
            parts |= _passed_part(passed, whole)
            passed = []
            parts["no date" if year is None else str(year)] = (chosen.get(year, Share()), share)
        else:
            passed.append(year)
    return parts | _passed_part(passed, whole)


def _passed_part(years: Sequence[int], whole: Mapping[int | None, Share]) -> dict[str, tuple[Share, Share]]:
    if not years:
        return {}
    together = Share()
    for year in years:
        together.add(whole[year].files, whole[year].size_bytes)
    name = str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
    return {name: (Share(), together)}
