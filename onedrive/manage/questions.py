"""Asking which items are meant: one by its path, or many by folder, kind, name and date, or the saved choice."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from onedrive.choosing.ranges import NotADate, read_date_range
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.graph.batch import NoAnswer, fetch_items
from onedrive.graph.item import DriveItem, Kind, NotAnItem, from_graph
from onedrive.graph.session import GraphSession
from onedrive.graph.traits import FileKind
from onedrive.manage.rename import Renamed, RenameRun
from onedrive.manage.rename_plan import (
    FIELDS,
    NoNewName,
    NotRenamed,
    RenamePattern,
    WrongPattern,
    folder_of,
    read_rename_pattern,
    split_name,
    why_forbidden,
)
from onedrive.terminal.terminal import Terminal
from onedrive.words import plural, printable

BACK = "0"
_MOST_SUGGESTED = 5


def ask_which_files(terminal: Terminal, saved: Selection, folders: Iterable[str]) -> Selection | None:
    """Which files are meant; None: back to the menu. `folders` are the paths of the list. Raises EndOfInput."""
    known = {path.lower(): path for path in folders}
    if not saved.wants_all:
        terminal.say(f"Saved choice (option 5): {printable(saved.describe())}.")
    while True:
        hint = "" if saved.wants_all else "Enter: the saved choice; "
        typed = (terminal.ask(f"Which files? {hint}/: all; or a folder, /Pictures/2023; 0: back:") or "").strip()
        if typed == BACK:
            return None
        if not typed and not saved.wants_all:
            return saved
        if typed == "/":
            return _narrow(terminal, EVERYTHING)
        path = "/" + typed.strip("/").lower()
        if typed and path in known:
            return _narrow(terminal, replace(EVERYTHING, folders=(known[path],)))
        if typed:
            terminal.say(f"There is no folder {printable(typed)} in the list.", style="problem")
            suggest(terminal, path, known.values())


def ask_for_item(terminal: Terminal, question: str, items: Callable[[], Iterable[DriveItem]]) -> DriveItem | None:
    """One item of the lists by its path, or picked from those whose names are nearly as typed. None: back."""
    while True:
        typed = (terminal.ask(question) or "").strip()
        if typed in ("", BACK):
            return None
        exact, near = find_items(typed, items())
        if exact is not None:
            return exact
        if not near:
            terminal.say(f"There is nothing called {printable(typed)} in the list.", style="problem")
        elif (picked := _pick(terminal, near)) is not None:
            return picked


def find_items(typed: str, items: Iterable[DriveItem]) -> tuple[DriveItem | None, list[DriveItem]]:
    """The item at a path, else those whose name has the words in it, else those that are written nearly so."""
    path = "/" + typed.strip("/").lower()
    name = path.rpartition("/")[2]
    containing, others = list[DriveItem](), list[DriveItem]()
    for item in items:
        lowered = item.path.lower()
        if lowered == path:
            return item, []
        if name in lowered.rpartition("/")[2]:
            containing.append(item)
        elif abs(len(item.name) - len(name)) <= 3:
            others.append(item)
    if containing:
        return None, containing
    near = difflib.get_close_matches(name, {item.name.lower() for item in others}, n=_MOST_SUGGESTED, cutoff=0.7)
    return None, [item for item in others if item.name.lower() in near]


def suggest(terminal: Terminal, path: str, known: Iterable[str]) -> None:
    """Say which paths are written nearly so."""
    near = near_matches(path, known)
    if near:
        terminal.say(f"Perhaps: {', '.join(printable(one) for one in near)}")


def near_matches(path: str, known: Iterable[str]) -> list[str]:
    """At most five paths that are written nearly as this one, the nearest first."""
    by_text = {one.lower(): one for one in known}
    near = difflib.get_close_matches(path.lower(), by_text, n=_MOST_SUGGESTED, cutoff=0.6)
    name = path.rpartition("/")[2].lower()
    near += [text for text in by_text if name and name in text.rpartition("/")[2] and text not in near]
    return [by_text[text] for text in near[:_MOST_SUGGESTED]]


def _pick(terminal: Terminal, found: list[DriveItem]) -> DriveItem | None:
    shown = found[:20]
    for number, item in enumerate(shown, start=1):
        terminal.say(f"  {number}  {printable(item.path)}")
    if len(found) > len(shown):
        terminal.say(f"  and {len(found) - len(shown)} more; type more of the name.")
    while True:
        typed = (terminal.ask("Which one? Its number, or Enter to type another path:") or "").strip()
        if not typed or typed == BACK:
            return None
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(shown):
            return shown[int(typed) - 1]
        terminal.say(f"Type a number from 1 to {len(shown)}, or Enter.")


def _narrow(terminal: Terminal, selection: Selection) -> Selection | None:
    """Three more questions, each of which Enter leaves open."""
    words = ", ".join(kind.word for kind in FileKind)
    typed = _ask_until(terminal, f"Only some kinds? {words}; Enter: all kinds; 0: back:", _kinds)
    if typed is None:
        return None
    selection = replace(selection, kinds=frozenset(_kinds(typed)))
    names = (terminal.ask("Only some names? As *.mov, IMG_1*; Enter: all names; 0: back:") or "").strip()
    if names == BACK:
        return None
    selection = replace(selection, include=tuple(glob for text in names.split(",") if (glob := text.strip(" '\""))))
    dates = _ask_until(terminal, "Only some dates? As 2019, 2019-06..2020-03, until 2022; Enter: any; 0: back:", _dates)
    if dates is None:
        return None
    return replace(selection, dates=read_date_range(dates)) if dates else selection


def _ask_until(terminal: Terminal, question: str, check: Callable[[str], object]) -> str | None:
    while True:
        typed = (terminal.ask(question) or "").strip()
        if typed == BACK:
            return None
        try:
            check(typed)
        except ValueError as error:
            terminal.say(str(error), style="warning")
        else:
            return typed


def _kinds(typed: str) -> list[FileKind]:
    try:
        return [FileKind.from_word(word) for word in typed.replace(",", " ").split()]
    except ValueError:
        words = ", ".join(kind.word for kind in FileKind)
        raise ValueError(f"Type one or more of these: {words}.") from None


def _dates(typed: str) -> None:
    try:
        if typed:
            read_date_range(typed)
    except NotADate as error:
        raise ValueError(str(error)) from None


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
