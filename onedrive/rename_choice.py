"""Asking for a new name: the pattern for many files, and the run that is to be undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from onedrive.drive_item import DriveItem, Kind, NotAnItem, from_graph
from onedrive.graph import GraphSession
from onedrive.items_by_id import NoAnswer, fetch_items
from onedrive.onedrive_names import why_forbidden
from onedrive.rename_pattern import (
    FIELDS,
    NoNewName,
    RenamePattern,
    WrongPattern,
    read_rename_pattern,
    split_name,
)
from onedrive.rename_plan import NotRenamed, folder_of
from onedrive.rename_record import Renamed, RenameRun
from onedrive.terminal import Terminal
from onedrive.words import plural, printable

BACK = "0"
_MOST_RUNS = 9

Wishes = list[tuple[DriveItem, str]]


def ask_for_name(terminal: Terminal, item: DriveItem) -> str | None:
    """The new name of one item, which OneDrive takes; None: back. Raises EndOfInput."""
    extension = split_name(item.name)[1] if item.kind is Kind.FILE else ""
    while True:
        name = (terminal.ask("New name; Enter: back:") or "").strip()
        if not name:
            return None
        if extension and not split_name(name)[1]:
            bare = terminal.ask(f"Enter: with its extension, {printable(name + extension)}; n: without:") or ""
            name += "" if bare.strip().lower() in ("n", "no") else extension
        why = why_forbidden(name, folder_of(item))
        if why is None:
            return name
        terminal.say(f"{printable(name)} cannot be: {why}.", style="warning")


def ask_for_pattern(terminal: Terminal, example: DriveItem) -> RenamePattern | None:
    """The pattern, tried on one of the files; None: back. Raises EndOfInput."""
    terminal.say(
        "The new name is a pattern, as {date}_{name} or Holiday {n:03}; or a replacement, as IMG_ -> Holiday; between "
        "slashes a regular expression, as /IMG_(\\d+)/ -> Holiday \\1"
    )
    while True:
        typed = terminal.ask("New name? ?: all that can be written; 0: back:") or ""
        if typed.strip() in ("", BACK):
            return None
        if typed.strip() == "?":
            for name, words in FIELDS.items():
                terminal.say(f"  {{{name}}}  {words}")
            continue
        try:
            pattern = read_rename_pattern(typed)
            pattern.make(example, 1)
        except WrongPattern as error:
            terminal.say(str(error), style="warning")
        except NoNewName:
            return pattern  # others may have what this one lacks; those that do not are named in the plan
        else:
            return pattern


def make_wishes(pattern: RenamePattern, items: Iterable[DriveItem]) -> tuple[Wishes, list[NotRenamed]]:
    """The new name of each item, numbered in this order, and the items that have not what the pattern asks for."""
    wishes, problems = Wishes(), list[NotRenamed]()
    for item in items:
        try:
            wishes.append((item, pattern.make(item, len(wishes) + 1)))
        except NoNewName as error:
            problems.append(NotRenamed(item, "", str(error)))
    return wishes, problems


def ask_for_run(terminal: Terminal, runs: Sequence[RenameRun]) -> RenameRun | None:
    """Which earlier run is to be undone; None: none. Raises EndOfInput."""
    if not runs:
        terminal.say("There is no rename on record that could be undone.")
        return None
    shown = runs[:_MOST_RUNS]
    for number, run in enumerate(shown, start=1):
        old, new = run.example
        when = run.when[:16].replace("T", " ")
        terminal.say(
            f"  {number}  {when} UTC, {plural('item', len(run.items))}: {printable(old)} -> {printable(new)}"
            + (" and so on" if len(run.items) > 1 else "")
        )
    while True:
        typed = (terminal.ask("Undo which one? Its number; 0: back:") or "").strip()
        if typed in ("", BACK):
            return None
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(shown):
            return shown[int(typed) - 1]
        terminal.say(f"Type a number from 1 to {len(shown)}, or 0.")


def find_undo_wishes(graph: GraphSession, run: RenameRun) -> tuple[Wishes, list[NotRenamed]]:
    """The old names of what is still called as that run left it. Raises as GraphSession.get."""
    answers = fetch_items(graph, run.items)
    wishes, problems = Wishes(), list[NotRenamed]()
    for item_id, renamed in run.items.items():
        answer = answers[item_id]
        try:
            item = None if isinstance(answer, NoAnswer) else from_graph(answer)
        except NotAnItem:
            item = None
        folder = renamed.path[: -len(renamed.old_name) - 1]
        if item is None:
            problems.append(NotRenamed(_stand_in(renamed), renamed.old_name, "it is no longer on OneDrive"))
            continue
        item = item.with_path(f"{folder}/{item.name}")
        if item.name in (*renamed.names, renamed.old_name):
            wishes.append((item, renamed.old_name))
        else:
            problems.append(NotRenamed(item, renamed.old_name, "it has another name on OneDrive now"))
    return wishes, problems


def _stand_in(renamed: Renamed) -> DriveItem:
    return DriveItem(renamed.id, renamed.names[-1], Kind.UNKNOWN, path=renamed.path, drive_id=renamed.drive_id)
