"""What OneDrive gives to no program (a vault, a notebook, a shortcut): named once, and only counted later.

Options 3, 4 and 6 say it, whichever comes to it first; whose names were shown is kept in list_state.json.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from onedrive.errors import OneDriveError
from onedrive.home.lists import LIST_STATE, ListException, known_list_state, write_list_state
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_count, join_words, plural, printable

LISTED_BY_SHORTCUT = "already listed at the place of a shortcut to it"
SHORTCUT_DOUBLE = "a shortcut to a folder that is already listed"
_MOST_PATHS = 3  # of one reason


def tell_never_given(
    terminal: Terminal, home: Path, things: Iterable[ListException], *, named_in: str = LIST_STATE
) -> None:
    """Name those of `things` that no option has named yet, and say how many others there are; remember that."""
    things = list(things)
    for line in describe_never_given(home, things, named_in=named_in):
        terminal.say(line)
    state = known_list_state(home)
    if state is not None and not {thing.id for thing in things} <= set(state.named):
        with suppress(OneDriveError):  # then they are named once more
            write_list_state(home, replace(state, named=tuple(sorted({*state.named, *(thing.id for thing in things)}))))


def describe_never_given(home: Path, things: Sequence[ListException], *, named_in: str = LIST_STATE) -> list[str]:
    """The lines about these things, but those that can be had at another place; nothing is remembered of it.

    `named_in`: what has the names of all of them.
    """
    state = known_list_state(home)
    told = set(state.named) if state else set()
    things = list(filter(is_never_given, things))
    new = [thing for thing in things if thing.id not in told]
    before = len(things) - len(new)
    if not new:
        words = "one thing" if before == 1 else plural("thing", before)
        which = "it" if before == 1 else "them"
        return [f"OneDrive gives the same {words} to no program as before; {named_in} names {which}."] * (before > 0)
    words = "one thing" if len(new) == 1 else plural("thing", len(new))
    more = f"OneDrive gives {words} to no program, besides the {format_count(before)} named before:"
    return [more if before else f"OneDrive gives {words} to no program:", *lines_by_reason(new)]


def is_never_given(entry: ListException) -> bool:
    """Whether OneDrive hands it out nowhere; what is listed at another place it does."""
    return entry.by_nature and entry.reason not in (LISTED_BY_SHORTCUT, SHORTCUT_DOUBLE)


def lines_by_reason(entries: Iterable[ListException]) -> list[str]:
    """A line for each reason, with the first few paths that it is about; list_state.json has them all."""
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        by_reason.setdefault(entry.reason, []).append(printable(entry.path))
    for paths in by_reason.values():
        if len(paths) > _MOST_PATHS:
            paths[_MOST_PATHS:] = [f"{format_count(len(paths) - _MOST_PATHS)} more (see {LIST_STATE})"]
    return [f"  {join_words(paths)}: {reason}." for reason, paths in by_reason.items()]
