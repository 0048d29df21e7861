"""Option 5: choose what to download, and see what the choice means before a byte moves.

    file_list.json ─► what there is ─► the person's choice, one question at a time ─► selection.json

Nothing is written before the person saves. `show_chosen_tree` prints the choice as a tree, for --tree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from onedrive.choosing.folders import DEFAULT_DEPTH, FolderPicker, show_tree
from onedrive.choosing.index import ListIndex, Mask
from onedrive.choosing.questions import (
    DUPLICATES_IN_WORDS,
    ask_cameras,
    ask_dates,
    ask_duplicates,
    ask_kinds,
    ask_layout,
    ask_names,
    ask_sizes,
    describe_share,
    show_preview,
    sizes_in_words,
    tell_choice,
)
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import EVERYTHING, SELECTION, Layout, Selection, read_selection, write_selection
from onedrive.errors import NoListYet, OneDriveError, StateFileBroken, Stopped
from onedrive.graph.traits import FileKind, Share
from onedrive.home.files import set_aside
from onedrive.home.lists import FILE_LIST
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.terminal import Terminal, show_error
from onedrive.words import plural, printable, shorten_middle

_LABEL_WIDTH = 12


def choose_items(
    terminal: Terminal, settings: Settings, *, show_dry_run: Callable[[Selection], object] | None = None
) -> StepResult:
    """Choose what to download; the choice is kept in selection.json. Raises NoListYet, StateFileBroken, Stopped.

    `show_dry_run` shows what option 4 would do with a selection; without it the menu does not offer that.
    """
    index = _read_index(terminal, settings)
    saved, damaged = _read_saved(terminal, settings)
    choosing = _Choosing(terminal, index, saved, today_here(), show_dry_run)
    if not terminal.can_ask:
        choosing.show_preview()
        terminal.say("To choose something else, start option 5 without --no-input, or use --only and the other flags.")
        return ALL_DONE
    try:
        chosen = choosing.ask()
    except KeyboardInterrupt:
        raise Stopped("Nothing was saved: the choice is as it was.") from None
    if chosen is None:
        terminal.say("The choice is as it was.")
        return ALL_DONE
    if damaged is not None:
        terminal.say(f"The damaged choice is kept as {set_aside(damaged, 'damaged').name}.")
    write_selection(settings.home, chosen)
    tell_choice(terminal, chosen, index.share(index.wanted(chosen, today_here())), index.whole)
    terminal.say(f"Saved in {SELECTION}. Choose 4 to download it.", style="good")
    return ALL_DONE


def show_chosen_tree(
    terminal: Terminal, settings: Settings, selection: Selection, *, depth: int = DEFAULT_DEPTH
) -> StepResult:
    """The tree of what a selection wants, with sizes. Raises NoListYet, StateFileBroken."""
    index = _read_index(terminal, settings)
    mask = index.wanted(selection, today_here())
    chosen = index.share(mask)
    terminal.say(f"Your choice is {describe_share(selection, chosen, index.whole)}.")
    tell_choice(terminal, selection, chosen, index.whole)
    if chosen.files:
        show_tree(terminal, index, mask, depth=depth)
    return ALL_DONE


def _read_index(terminal: Terminal, settings: Settings) -> ListIndex:
    path = settings.home / FILE_LIST
    if not path.exists():
        raise NoListYet("what there is to choose from")
    with terminal.progress("Reading the list"):
        return ListIndex.read(path)


def _read_saved(terminal: Terminal, settings: Settings) -> tuple[Selection, Path | None]:
    """The choice in force, and its file if that is damaged: then the choice begins with everything.

    The file stays until another choice is saved: without it the next run would take everything. Raises StateFileBroken
    where nobody can choose anew.
    """
    try:
        return read_selection(settings.home), None
    except StateFileBroken as error:
        if not terminal.can_ask:
            raise
        terminal.say(error.sentence, style="problem")
        terminal.say("The choice begins with everything; the file stays as it is until you save another choice.")
        return EVERYTHING, error.path


class _Choosing:
    """The menu of option 5: the choice so far, and what it means."""

    def __init__(
        self,
        terminal: Terminal,
        index: ListIndex,
        saved: Selection,
        today: date,
        show_dry_run: Callable[[Selection], object] | None,
    ) -> None:
        self._terminal = terminal
        self._index = index
        self._saved = saved
        self._selection = saved
        self._today = today
        self._show_dry_run = show_dry_run
        self._questions: dict[str, tuple[str, Callable[[], str], Callable[[], Selection]]] = {
            "1": ("Kinds", self._kinds_now, lambda: ask_kinds(terminal, self._selection, index)),
            "2": ("Folders", self._folders_now, lambda: FolderPicker(terminal, index, self._selection, today).ask()),
            "3": ("Names", self._names_now, lambda: ask_names(terminal, self._selection)),
            "4": ("Size", lambda: sizes_in_words(self._selection), lambda: ask_sizes(terminal, self._selection)),
            "5": ("Dates", self._dates_now, self._ask_dates),
            "6": ("Cameras", lambda: _few(self._selection.cameras) or "any", self._ask_cameras),
            "7": ("Layout", self._layout_now, lambda: ask_layout(terminal, self._selection, index, self._mask())),
            "8": (
                "Duplicates",
                lambda: DUPLICATES_IN_WORDS[self._selection.duplicates],
                lambda: ask_duplicates(terminal, self._selection, index, self._mask()),
            ),
        }

    def ask(self) -> Selection | None:
        """The choice to save, None when the person leaves it as it was. Raises EndOfInput."""
        while True:
            self._show_menu()
            answer = self._read_answer()
            if answer == "0":
                return None
            if answer == "s":
                return self._selection
            if answer == "e":
                self._selection = EVERYTHING
            elif answer == "p":
                self.show_preview()
            elif answer == "d":
                self._try_dry_run()
            else:
                self._selection = self._questions[answer][2]()

    def _try_dry_run(self) -> None:
        """What option 4 would do; whatever is in the way of that, the choice so far stays."""
        try:
            if self._show_dry_run is not None:
                self._show_dry_run(self._selection)
        except OneDriveError as error:
            show_error(self._terminal, error)

    def show_preview(self) -> None:
        """All about the choice so far."""
        show_preview(self._terminal, self._index, self._selection, self._today)

    def _show_menu(self) -> None:
        say, chosen = self._terminal.say, self._share()
        say()
        say(f"Your choice is {describe_share(self._selection, chosen, self._index.whole)}.", style="heading")
        tell_choice(self._terminal, self._selection, chosen, self._index.whole)
        for folder in self._index.missing_folders(self._selection):
            say(f"There is nothing in {shorten_middle(printable(folder), 60)} in this list.", style="warning")
        if not chosen.files:
            say("So no file is wanted; e wants everything again.", style="warning")
        if self._selection != self._saved:
            say("Not saved yet.")
        for key, (label, describe, _) in self._questions.items():
            say(f"  {key}  {label:{_LABEL_WIDTH}}{describe()}")
        for key, label in self._letters().items():
            say(f"  {key}  {label}")

    def _letters(self) -> dict[str, str]:
        letters = {"p": "Preview: what this choice means"}
        if self._show_dry_run is not None:
            letters["d"] = "Dry run: what option 4 would do"
        letters |= {"e": "Everything again", "s": "Save and go back", "0": "Back without saving"}
        return letters

    def _read_answer(self) -> str:
        """Ask until one of the keys is typed. Raises EndOfInput."""
        keys = [*self._questions, *self._letters()]
        while True:
            typed = (self._terminal.ask("Change what:") or "").strip().lower()
            if typed in keys:
                return typed
            if typed:
                self._terminal.say(f"There is no {printable(typed[:40])!r}. Type one of {', '.join(keys)} and Enter.")

    def _mask(self) -> Mask:
        return self._index.wanted(self._selection, self._today)

    def _share(self) -> Share:
        return self._index.share(self._mask())

    def _ask_dates(self) -> Selection:
        others = self._index.wanted(replace(self._selection, dates=None), self._today)
        return ask_dates(self._terminal, self._selection, self._index, others)

    def _ask_cameras(self) -> Selection:
        others = self._index.wanted(replace(self._selection, cameras=()), self._today)
        return ask_cameras(self._terminal, self._selection, self._index, others)

    def _kinds_now(self) -> str:
        return ", ".join(kind.value for kind in FileKind if kind in self._selection.kinds) or "every kind"

    def _folders_now(self) -> str:
        inside, without = _few(self._selection.folders), _few(self._selection.without_folders)
        return (inside or "all") + (f", without {without}" if without else "")

    def _names_now(self) -> str:
        include, exclude = _few(self._selection.include), _few(self._selection.exclude)
        return (include or "all") + (f", not {exclude}" if exclude else "")

    def _dates_now(self) -> str:
        return self._selection.dates.describe().removeprefix("of ") if self._selection.dates else "any"

    def _layout_now(self) -> str:
        is_by_date = self._selection.layout is Layout.DATE
        return f"by date, {printable(self._selection.pattern)}" if is_by_date else "as on OneDrive"


def _few(texts: tuple[str, ...]) -> str:
    """The first text, and how many more there are."""
    if not texts:
        return ""
    more = f" and {plural('other', len(texts) - 1)}" if len(texts) > 1 else ""
    return shorten_middle(printable(texts[0]), 30) + more
