"""Option 5: choose what to download, and see what the choice means before a byte moves.

    file_list.json ─► what there is ─► the person's choice, one question at a time ─► selection.json

Nothing is written before the person saves. `show_chosen_tree` prints the choice as a tree, for --tree. The questions
are in `onedrive/choosing/questions.py` and `folders.py`, what they count in `index.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from onedrive.albums.record import ALBUMS, AlbumUnknown, albums_called, known_albums, read_albums, shown_name
from onedrive.albums.refresh import refresh_albums
from onedrive.choosing.albums import ask_albums
from onedrive.choosing.chooser import needed_albums
from onedrive.choosing.folders import DEFAULT_DEPTH, FolderPicker, show_tree
from onedrive.choosing.index import ListIndex
from onedrive.choosing.preview import describe_share, say_choice, show_preview, tell_choice
from onedrive.choosing.questions import (
    DUPLICATES_IN_WORDS,
    ask_beside,
    ask_cameras,
    ask_dates,
    ask_duplicates,
    ask_file_names,
    ask_kinds,
    ask_layout,
    ask_names,
    ask_sizes,
    beside_in_words,
    kinds_in_words,
    sizes_in_words,
)
from onedrive.choosing.ranges import today_here
from onedrive.choosing.selection import EVERYTHING, Layout, Selection, read_selection, write_selection
from onedrive.errors import NoListYet, OneDriveError, StateFileBroken, StepNeeded, Stopped
from onedrive.graph.session import GraphSession
from onedrive.home.files import is_there, set_aside
from onedrive.home.lists import FILE_LIST, known_list_state
from onedrive.listing.list_import import open_catalogue
from onedrive.listing.refresh import LIST, check_account
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.progress import DISK
from onedrive.terminal.terminal import Terminal, show_error
from onedrive.words import plural, printable, shorten_middle

_LABEL_WIDTH = 13


def choose_items(
    terminal: Terminal,
    settings: Settings,
    *,
    open_graph: Callable[[], GraphSession],
    show_dry_run: Callable[[Selection], object] | None = None,
) -> StepResult:
    """Choose what to download; the choice is kept in selection.json. Raises NoListYet, StateFileBroken, Stopped.

    `open_graph` is asked only where the albums are needed, and not known yet. `show_dry_run` shows what option 4 would
    do with a selection; without it the menu does not offer that.
    """
    with _open_index(terminal, settings) as index:
        saved, damaged = _read_saved(terminal, settings)
        state = known_list_state(settings.home)
        known = known_albums(
            settings.home,
            state.drive_id if state else "",
            lambda error: terminal.say(error.sentence, style="warning"),  # they can be asked for again
        )
        index.albums = known.albums if known else ()
        if not terminal.can_ask:
            show_preview(terminal, index, saved)
            terminal.say("To choose something else, use --only and other flags, or choose 5 without --no-input.")
            return ALL_DONE
        try:
            chosen = _Menu(terminal, settings.home, index, saved, open_graph, show_dry_run).ask()
        except KeyboardInterrupt:
            raise Stopped("Nothing was saved: the choice is as it was.") from None
        if chosen is None:
            terminal.say("The choice is as it was.")
            return ALL_DONE
        if damaged is not None:
            terminal.say(f"The damaged choice is kept as {set_aside(damaged, 'damaged').name}.")
        write_selection(settings.home, chosen)
        share = index.choose(chosen).share
        tell_choice(terminal, chosen, share, index.whole)
        words = describe_share(chosen, share, index.whole)
    terminal.say(f"Your choice is saved: {words}. Choose 4 to download it.", style="good")
    return ALL_DONE


def show_chosen_tree(
    terminal: Terminal, settings: Settings, selection: Selection, *, depth: int = DEFAULT_DEPTH
) -> StepResult:
    """The tree of what a selection wants, with sizes. Raises NoListYet, StateFileBroken."""
    with _open_index(terminal, settings) as index:
        index.albums = needed_albums(settings.home, selection)
        chosen = index.choose(selection)
        say_choice(terminal, selection, chosen.share, index.whole)
        if chosen.share.files:
            show_tree(terminal, index, chosen, depth=depth)
    return ALL_DONE


@contextmanager
def _open_index(terminal: Terminal, settings: Settings) -> Iterator[ListIndex]:
    if not is_there(settings.home / FILE_LIST):
        raise NoListYet("what there is to choose from")
    with terminal.progress("Reading the list", waits_for=DISK):
        catalogue = open_catalogue(settings.home, terminal.say)
    with catalogue as database:
        yield ListIndex(database, today_here())


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
        terminal.say("You begin with everything; the file stays as it is until you save another choice.")
        return EVERYTHING, error.path


class _Menu:
    """The menu of option 5: the choice so far, and what it means."""

    def __init__(
        self,
        terminal: Terminal,
        home: Path,
        index: ListIndex,
        saved: Selection,
        open_graph: Callable[[], GraphSession],
        show_dry_run: Callable[[Selection], object] | None,
    ) -> None:
        self._terminal = terminal
        self._home = home
        self._index = index
        self._saved = saved
        self._selection = saved
        self._open_graph = open_graph
        self._show_dry_run = show_dry_run

    def ask(self) -> Selection | None:
        """The choice to save, None when the person leaves it as it was. Raises EndOfInput."""
        while True:
            keys = self._show()
            answer = self._terminal.pick_shown("What do you want to change?", keys)
            if answer == "0":
                return None
            if answer == "s":
                return self._selection
            if answer == "e":
                self._selection = EVERYTHING
            elif answer == "p":
                show_preview(self._terminal, self._index, self._selection)
                if self._terminal.is_live and self._terminal.has_keyboard:  # else the choice below pushes it away
                    self._terminal.ask("Enter goes back to your choice.")
            elif answer == "d":
                self._try_dry_run()
            else:
                self._selection = self._ask_about(answer)

    def _ask_about(self, answer: str) -> Selection:
        terminal, index, selection = self._terminal, self._index, self._selection
        questions: dict[str, Callable[[], Selection]] = {
            "1": lambda: ask_kinds(terminal, selection, index),
            "2": lambda: FolderPicker(terminal, index, selection).ask(),
            "3": lambda: ask_names(terminal, selection),
            "4": lambda: ask_sizes(terminal, selection),
            "5": lambda: ask_dates(terminal, selection, index),
            "6": lambda: ask_cameras(terminal, selection, index),
            "7": lambda: ask_layout(terminal, selection, index),
            "8": lambda: ask_duplicates(terminal, selection, index),
            "9": self._ask_albums,
            "n": lambda: ask_file_names(terminal, selection),
            "b": lambda: ask_beside(terminal, selection),
        }
        chosen = questions[answer]()
        if chosen.needs_albums and not is_there(self._home / ALBUMS):
            self._list_albums()
        return chosen

    def _ask_albums(self) -> Selection:
        if not self._index.albums:
            self._list_albums()
        return ask_albums(self._terminal, self._selection, self._index, self._list_albums)

    def _list_albums(self) -> None:
        """Ask OneDrive for the albums; where that cannot be done it is said, and the choice so far stays."""
        try:
            state = known_list_state(self._home)
            if state is None:
                raise StepNeeded(LIST, "It is not known whose list this is, so its albums cannot be asked for.")
            graph = self._open_graph()
            facts = check_account(self._home, graph)
            refresh_albums(self._terminal, self._home, graph, self._index.database, facts=facts, state=state)
            self._index.albums = read_albums(self._home)
        except OneDriveError as error:
            show_error(self._terminal, error)

    def _try_dry_run(self) -> None:
        """What option 4 would do; whatever is in the way of that, the choice so far stays."""
        try:
            if self._show_dry_run is not None:
                self._show_dry_run(self._selection)
        except OneDriveError as error:
            show_error(self._terminal, error)

    def _show(self) -> list[str]:
        """The choice so far and what can be changed about it; the keys that are shown."""
        say, selection, chosen = self._terminal.say, self._selection, self._index.choose(self._selection).share
        say()
        say_choice(self._terminal, selection, chosen, self._index.whole)
        for warning in self._not_there(selection):
            say(warning, style="warning")
        if not chosen.files:
            say("No file fits this choice. Type e to want everything again.", style="warning")
        if selection != self._saved:
            say("Not saved yet.")
        parts = _describe_parts(selection)
        for key, (label, now) in parts.items():
            say(f"  {key}  {label:{_LABEL_WIDTH}}{now}")
        letters = {"p": "Preview: which files these are", "d": "Trial run: what downloading them would do"}
        letters |= {"e": "Everything again", "s": "Save, then back to the menu", "0": "Back without saving"}
        if self._show_dry_run is None:
            del letters["d"]
        for key, label in letters.items():
            say(f"  {key}  {label}")
        return [*parts, *letters]

    def _not_there(self, selection: Selection) -> Iterator[str]:
        """What the choice names, and the list does not have."""
        for folder in self._index.missing_folders(selection):
            yield f"The list has no file in {shorten_middle(printable(folder), 60)}."
        for name in selection.albums:
            called = albums_called(self._index.albums, [name])
            yield from (AlbumUnknown(album).sentence for album in called if album.is_unknown)
            if not called:
                yield f"There is no album {shown_name(name)}, or no longer: 9 shows those that there are."


def _describe_parts(selection: Selection) -> dict[str, tuple[str, str]]:
    """By key: what can be changed about a choice, and how that is now."""
    without, exclude = _few(selection.without_folders), _few(selection.exclude)
    folders = (_few(selection.folders) or "all") + (f", without {without}" if without else "")
    names = (_few(selection.include) or "all") + (f", not {exclude}" if exclude else "")
    dates = selection.dates.describe().removeprefix("of ") if selection.dates else "any"
    layouts = {Layout.DATE: f"by date, {printable(selection.pattern)}", Layout.ALBUM: "by album"}
    layout = layouts.get(selection.layout, "as on OneDrive")
    return {
        "1": ("Kinds", kinds_in_words(selection)),
        "2": ("Folders", folders),
        "3": ("Names", names),
        "4": ("Size", sizes_in_words(selection)),
        "5": ("Dates", dates),
        "6": ("Cameras", _few(selection.cameras) or "any"),
        "7": ("Arrangement", layout),
        "8": ("Equal files", DUPLICATES_IN_WORDS[selection.duplicates]),
        "9": ("Albums", _few(selection.albums) or "any or none"),
        "n": ("Names here", printable(selection.name) or "as on OneDrive"),
        "b": ("Beside them", beside_in_words(selection)),
    }


def _few(texts: tuple[str, ...]) -> str:
    """The first text, and how many more there are."""
    if not texts:
        return ""
    more = f" and {plural('other', len(texts) - 1)}" if len(texts) > 1 else ""
    return shorten_middle(printable(texts[0]), 30) + more
