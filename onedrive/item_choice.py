"""Asking which items are meant: one by its path, or many by folder, kind, name and date, or the saved choice."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import replace

from onedrive.date_range import NotADate, read_date_range
from onedrive.drive_item import DriveItem
from onedrive.file_kind import FileKind
from onedrive.selection import EVERYTHING, Selection
from onedrive.terminal import Terminal
from onedrive.words import printable

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
