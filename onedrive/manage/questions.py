"""Asking which items are meant: one by its path, or many by folder, kind, name and date; and which names they get.

`manage_items.py` asks these; each is over with None when the person goes back.
"""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from onedrive.choosing.name_pattern import PATTERN_FIELDS, NoNewName, RenamePattern, read_rename_pattern
from onedrive.choosing.ranges import DateRange, read_date_range
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.errors import WrongAnswer
from onedrive.graph.item import DriveItem, Kind
from onedrive.graph.traits import FileKind
from onedrive.manage.equal_files import KeepRule
from onedrive.manage.rename_plan import NewName, folder_of, why_forbidden
from onedrive.manage.restore_plan import DeletedItem, DeleteRun, choose_deleted
from onedrive.manage.writes import Kept
from onedrive.terminal.terminal import BACK, Terminal
from onedrive.words import join_words, printable, split_name

_MOST_SUGGESTED = 5
_MOST_SHOWN = 20
_MOST_RUNS = 9
_Answer = TypeVar("_Answer")


def _ask(terminal: Terminal, question: str, read: Callable[[str], _Answer]) -> _Answer | None:
    """What `read` makes of the answer, asked again until it can; None: back, by 0 or q."""
    return terminal.ask_until(question, lambda typed: None if typed.strip().lower() in (BACK, "q") else read(typed))


def ask_for_copies(terminal: Terminal, further: Sequence[str]) -> int:
    """In how many places a file must be proven before it may go; 1 where only the downloads were verified."""
    if not further:
        return 1
    most = 1 + len(further)
    terminal.say(f"Verified too: {join_words([printable(folder) for folder in further])}.")
    question = f"In how many places must a file be proven before it may be deleted, 1 to {most} (Enter: 1)?"

    def read(typed: str) -> int:
        if typed.strip() in map(str, range(1, most + 1)):
            return int(typed)
        raise WrongAnswer(f"Type a number from 1 to {most}.")

    return terminal.ask_until(question, read, default="1")


def ask_which_files(terminal: Terminal, saved: Selection, folders: Iterable[str]) -> Selection | None:
    """Which files are meant; None: back to the menu. `folders` are the paths of the list. Raises EndOfInput."""
    known = {path.lower(): path for path in folders}
    hint = ""
    if not saved.wants_all:
        terminal.say(f"Saved choice (option 5): {printable(saved.describe())}.")
        hint = "Enter: the saved choice; "

    def read(typed: str) -> Selection:
        if not typed.strip():
            if saved.wants_all:
                raise WrongAnswer
            return saved
        is_root = not typed.strip().strip("/")
        return EVERYTHING if is_root else replace(EVERYTHING, folders=(_find_folder(typed, known),))

    chosen = _ask(terminal, f"Which files? {hint}/: all; or a folder, such as /Pictures/2023; 0: back:", read)
    is_saved = chosen is saved and not saved.wants_all
    return chosen if chosen is None or is_saved else _narrow(terminal, chosen)


def _find_folder(typed: str, known: Mapping[str, str]) -> str:
    """The folder that is meant, whatever its case; `known` is by lower case. Raises WrongAnswer, with the nearest."""
    path = "/" + typed.strip().strip("/").lower()
    if path in known:
        return known[path]
    near = difflib.get_close_matches(path, known, n=_MOST_SUGGESTED, cutoff=0.6)
    name = path.rpartition("/")[2]
    near += [one for one in known if name and name in one.rpartition("/")[2] and one not in near]
    nearest = ", ".join(printable(known[one]) for one in near[:_MOST_SUGGESTED])
    perhaps = f" Perhaps: {nearest}" if near else ""
    raise WrongAnswer(f"There is no folder {printable(typed.strip())} in the list.{perhaps}")


def _narrow(terminal: Terminal, selection: Selection) -> Selection | None:
    """Three more questions, each of which Enter leaves open."""
    words = ", ".join(kind.word for kind in FileKind)

    def read_kinds(typed: str) -> frozenset[FileKind]:
        try:
            return frozenset(FileKind.from_word(word) for word in typed.replace(",", " ").split())
        except ValueError:
            raise WrongAnswer(f"Type one or more of these: {words}.") from None

    kinds = _ask(terminal, f"Only some kinds? {words}; Enter: all kinds; 0: back:", read_kinds)
    if kinds is None:
        return None
    globs = _ask(terminal, "Only some names? Such as *.mov, IMG_1*; Enter: all names; 0: back:", _read_globs)
    if globs is None:
        return None
    question = "Only some dates? Such as 2019, 2019-2021, June 2019, until 2022; Enter: any; 0: back:"
    dates = _ask(terminal, question, _read_dates)
    return None if dates is None else replace(selection, kinds=kinds, include=globs, dates=dates[0])


def _read_globs(typed: str) -> tuple[str, ...]:
    return tuple(glob for text in typed.split(",") if (glob := text.strip(" '\"")))


def _read_dates(typed: str) -> tuple[DateRange | None]:
    """The dates, in a tuple, so that 'any' is not 'back'."""
    return (read_date_range(typed) if typed.strip() else None,)


def ask_for_item(terminal: Terminal, items: Callable[[], Iterable[DriveItem]]) -> DriveItem | None:
    """One item of the lists by its path, or picked from those whose names are nearly as typed. None: back."""
    question = "Which file or folder? Its path, or a part of its name; 0: back:"

    def read(typed: str) -> tuple[DriveItem | None, list[DriveItem]] | None:
        if not typed.strip():
            return None
        found = find_items(typed.strip(), items())
        if found == (None, []):
            raise WrongAnswer(f"There is nothing called {printable(typed.strip())} in the list.")
        return found

    while (found := _ask(terminal, question, read)) is not None:
        exact, near = found
        if exact is not None:
            return exact
        shown = near[:_MOST_SHOWN]
        choices = {str(number): printable(item.path) for number, item in enumerate(shown, start=1)}
        if len(near) > len(shown):
            terminal.say(f"{len(near)} items have such a name; these are the first. Type more of the name for others.")
        if (
            number := terminal.pick("Which one? 0 or Enter: another path:", choices | {BACK: "Back"}, default=BACK)
        ) != BACK:
            return shown[int(number) - 1]
    return None


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


def ask_for_name(terminal: Terminal, item: DriveItem) -> str | None:
    """The new name of one item, which OneDrive takes; None: back. Raises EndOfInput."""
    extension = split_name(item.name)[1] if item.kind is Kind.FILE else ""

    def read(typed: str) -> str:
        name = typed.strip()
        if name and extension and not split_name(name)[1]:
            whole = {"1": printable(name + extension), "2": printable(name)}
            name += extension if terminal.pick("With its extension, or without?", whole, default="1") == "1" else ""
        if name and (why := why_forbidden(name, folder_of(item))):
            raise WrongAnswer(f"{printable(name)} cannot be: {why}.")
        return name

    return terminal.ask_until("New name; Enter: back:", read) or None


def ask_for_pattern(terminal: Terminal, example: DriveItem) -> RenamePattern | None:
    """The pattern, tried on one of the files; None: back. Raises EndOfInput."""
    terminal.say(
        "Type a pattern, such as {date}_{name} or Holiday {n:03}; or a replacement, such as IMG_ -> Holiday (between "
        "slashes a regular expression, such as /IMG_(\\d+)/ -> Holiday \\1)"
    )

    def read(typed: str) -> RenamePattern | None:
        if not typed.strip():
            return None
        if typed.strip() == "?":
            raise WrongAnswer("\n".join(f"  {{{name}}}  {words}" for name, words in PATTERN_FIELDS.items()))
        pattern = read_rename_pattern(typed)
        with contextlib.suppress(NoNewName):  # others may have what this one lacks; who does not is named in the plan
            pattern(example, 1)
        return pattern

    return _ask(terminal, "New name? Type ? for all fields; 0: back:", read)


def make_new_names(pattern: RenamePattern, items: Iterable[DriveItem]) -> tuple[list[NewName], list[Kept]]:
    """The new name of each item, numbered in this order, and the items that have not what the pattern asks for."""
    wanted, kept = list[NewName](), list[Kept]()
    for item in items:
        try:
            wanted.append((item, pattern(item, len(wanted) + 1)))
        except NoNewName as error:
            kept.append(Kept(item.path, str(error)))
    return wanted, kept


def ask_what_stays(terminal: Terminal, folders: Iterable[str]) -> tuple[KeepRule, str] | None:
    """Which file of equal ones stays, and the folder where that rule has one; None: back. Raises EndOfInput."""
    rules = {str(number): rule for number, rule in enumerate(KeepRule, start=1)}
    choices = {number: rule.value for number, rule in rules.items()} | {BACK: "Back"}
    typed = terminal.pick("Which of the equal files stays on OneDrive?", choices)
    if typed == BACK:
        return None
    if rules[typed] is not KeepRule.IN_FOLDER:
        return rules[typed], ""
    known = {path.lower(): path for path in folders}
    question = "In which folder, with all below it? Such as /Pictures; 0: back:"
    folder = _ask(terminal, question, lambda answer: _find_folder(answer, known))
    return None if folder is None else (rules[typed], folder)


class _EarlierRun(Protocol):
    def describe(self) -> str: ...


_Run = TypeVar("_Run", bound=_EarlierRun)


def ask_for_run(terminal: Terminal, runs: Sequence[_Run], what: str) -> _Run | None:
    """Which earlier run, of renames or deletions, is to be undone; None: none. Raises EndOfInput."""
    if not runs:
        terminal.say(f"There is no {what} on record that can be undone.")
        return None
    choices = {str(number): run.describe() for number, run in enumerate(runs[:_MOST_RUNS], start=1)}
    number = terminal.pick("Undo which one? 0 or Enter: back:", choices | {BACK: "Back"}, default=BACK)
    return None if number == BACK else runs[int(number) - 1]


def ask_for_deleted(terminal: Terminal, run: DeleteRun) -> list[DeletedItem] | None:
    """Which items of a run are to be brought back; None: back. Raises EndOfInput."""

    def read(typed: str) -> list[DeletedItem]:
        if not (chosen := choose_deleted(run, typed)):
            raise WrongAnswer(f"Nothing in that run has the name {printable(typed.strip())}.")
        return chosen

    return _ask(terminal, "Which of them? Enter: all; or a folder (/Pictures/2023) or names (*.jpg); 0: back:", read)
