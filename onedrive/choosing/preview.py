"""What a choice means, before a byte moves: how much, of which kinds and years, which files, what equal ones cost.

Used by option 5 (`choose_items.py`) and its questions; all figures come from `ListIndex`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from onedrive.choosing.index import ListIndex, Match
from onedrive.choosing.selection import Selection
from onedrive.graph.traits import DateSource, FileKind, Share
from onedrive.terminal.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, join_words, plural, printable, shorten_middle

MOST_MATCHES = 3
MOST_CAMERAS_SHOWN = 8
_LEAST_NAME_WIDTH, _WIDEST, _PLAIN_WIDTH = 12, 100, 60
_DATES_IN_WORDS = {
    DateSource.TAKEN: "taken ({})",
    DateSource.CREATED: "created ({}, in UTC)",
    DateSource.MODIFIED: "last changed ({}, in UTC)",
}
_Key = TypeVar("_Key", bound=Hashable)


def describe_share(selection: Selection, chosen: Share, whole: Share) -> str:
    """The choice with what it wants: 'photos since 2019: 4,210 of 18,900 files, 31.0 GB of 88.0 GB'."""
    if selection.wants_all:
        return f"{selection.describe()}: {plural('file', whole.files)}, {format_bytes(whole.size_bytes)}"
    files = f"{format_count(chosen.files)} of {plural('file', whole.files)}"
    return f"{selection.describe()}: {files}, {format_bytes(chosen.size_bytes)} of {format_bytes(whole.size_bytes)}"


def say_choice(terminal: Terminal, selection: Selection, chosen: Share, whole: Share) -> None:
    """Say which choice there is now and what it wants, to the person and to a program that reads along."""
    terminal.say(f"Your choice is {describe_share(selection, chosen, whole)}.", style="heading")
    tell_choice(terminal, selection, chosen, whole)


def tell_choice(terminal: Terminal, selection: Selection, chosen: Share, whole: Share) -> None:
    """The same for a program alone."""
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


def show_preview(terminal: Terminal, index: ListIndex, selection: Selection) -> None:
    """Everything about a choice on one screen."""
    chosen, everything = index.choose(selection), index.all_files
    say_choice(terminal, selection, chosen.share, index.whole)
    if not chosen.share.files:
        terminal.say("No file in the list fits this choice.")
        return
    kinds = {kind: kind.value for kind in FileKind}
    terminal.say(_describe_parts("Kinds", "kinds", kinds, chosen.kinds, everything.kinds))
    years = {year: "no date" if year is None else str(year) for year in everything.years}
    terminal.say(_describe_parts("Files by year", "years", years, chosen.years, everything.years))
    matches = [("earliest", match) for match in chosen.earliest(MOST_MATCHES)]
    if chosen.share.files > MOST_MATCHES:
        matches += [("latest", match) for match in chosen.latest(MOST_MATCHES)]
        matches += [("largest", match) for match in chosen.largest(MOST_MATCHES)]
    _show_matches(terminal, matches)
    say_sources(terminal, chosen.sources)
    if names := [f"{printable(name)} ({format_count(files)})" for name, files in chosen.cameras]:
        terminal.say(f"Cameras: {join_words(names, most=MOST_CAMERAS_SHOWN)}.")
    terminal.say(describe_duplicates(chosen.duplicates))


def _describe_parts(
    heading: str, others_are: str, names: Mapping[_Key, str], chosen: Mapping[_Key, Share], whole: Mapping[_Key, Share]
) -> str:
    """The chosen part of each: 'Kinds: photos (3 of 6). Of other kinds: 7 files.'."""
    parts = [
        f"{name} ({format_count(chosen[key].files)} of {format_count(whole[key].files)})"
        for key, name in names.items()
        if key in chosen
    ]
    others = sum(share.files for key, share in whole.items() if key not in chosen)
    rest = f" Of other {others_are}: {plural('file', others)}." if others else ""
    return f"{heading}: {', '.join(parts)}.{rest}"


def _show_matches(terminal: Terminal, matches: Sequence[tuple[str, Match]]) -> None:
    width = name_width(terminal, 34)
    rows, before = [], ""
    for heading, match in matches:
        name = shorten_middle(printable(match.path), width)
        rows.append(
            (heading if heading != before else "", name, str(match.day or "no date"), format_bytes(match.size_bytes))
        )
        before = heading
    terminal.table([Column(""), Column("file"), Column("day"), Column("size", "right")], rows)


def say_sources(terminal: Terminal, sources: Mapping[DateSource, int]) -> None:
    """For how many files which date says their day."""
    parts = [
        words.format(plural("file", sources[source])) for source, words in _DATES_IN_WORDS.items() if source in sources
    ]
    undated = plural("file", sources[DateSource.NONE]) if DateSource.NONE in sources else ""
    if parts:
        terminal.say(f"The date of a file is the day it was {', '.join(parts)}.")
    if undated:
        terminal.say(f"Without a date: {undated}.")


def describe_duplicates(spare: Share) -> str:
    """How many files need not come, because another one has the same content."""
    if not spare.files:
        return "No two of these files have the same content, as far as checksum and size tell."
    have = "has" if spare.files == 1 else "have"
    return (
        f"{format_count(spare.files)} of these files {have} the same content as another one (checksum and size agree): "
        f"{format_bytes(spare.size_bytes)} less to download if each content comes once."
    )


def name_width(terminal: Terminal, beside: int) -> int:
    """Columns for a name that stands in a table beside so many columns of figures."""
    return max(_LEAST_NAME_WIDTH, min(terminal.width, _WIDEST if terminal.is_live else _PLAIN_WIDTH) - beside)
