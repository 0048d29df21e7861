"""Option 3: list every folder and file of the drive, or of one folder, into file_list.json.

which folder? ─► what changed since last time, or everything anew ─► both lists and their state ─► at a glance
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from onedrive.errors import Stopped
from onedrive.graph.session import GraphSession
from onedrive.home.files import make_folder
from onedrive.home.lists import FILE_LIST, describe_age
from onedrive.home.never_given import is_never_given, lines_by_reason, tell_never_given
from onedrive.listing.list_import import open_catalogue
from onedrive.listing.refresh import OLDEST_WHOLE, ListRefresh, Refreshed
from onedrive.listing.root import NoSuchFolder, RootFolder
from onedrive.listing.summary import (
    ChangeReport,
    show_changes,
    show_difference,
    show_failures,
    show_glance,
    tell_listed,
)
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.terminal.terminal import Terminal
from onedrive.words import describe_counts, format_count, plural, printable

_MENU, _NEED_A_LIST = frozenset("12456789"), frozenset("4567")


def generate_list(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    *,
    ask_folder: bool,
    full: bool = False,
    albums: bool = False,
) -> StepResult:
    """Bring file_list.json, folder_list.json and list_state.json up to date; the old ones stay until these are whole.

    `ask_folder`: the person is asked which folder (in the menu); otherwise the set one, or that of last time. `full`:
    everything is listed anew, whatever is known; so it is when the last whole listing is a week old. `albums`: they are
    asked for too, and kept in albums.json. Raises OneDriveError; the exit code is 3 when some folder could not be read,
    or the albums.
    """
    make_folder(settings.home)
    refresh = ListRefresh(terminal, settings.home, graph, shared=settings.shared, full=full, oldest=OLDEST_WHOLE)
    if ask_folder and terminal.can_ask:
        answer = _ask_folder(terminal, graph, refresh, settings.root_folder or refresh.last_text)
        if isinstance(answer, StepResult):
            return answer
        root, text = answer
    else:
        text = settings.root_folder or refresh.last_text
        root = refresh.find(text) if settings.root_folder else refresh.find_last(text)
    refreshed = refresh.run(root, text)
    not_given = _list_albums(terminal, settings.home, graph, refreshed) if albums else ""
    if refreshed.report is None:
        result = _show_anew(terminal, refreshed, settings.home)
    else:
        result = _show_update(terminal, refresh, refreshed, refreshed.report, home=settings.home)
    return replace(SOME_FAILED, failure=not_given) if not_given and result == ALL_DONE else result


def _list_albums(terminal: Terminal, home: Path, graph: GraphSession, refreshed: Refreshed) -> str:
    """Bring albums.json up to date, after the list; why OneDrive did not give them, '' when it did."""
    from onedrive.albums.refresh import refresh_albums  # only here: most lists are made without

    try:
        with open_catalogue(home, terminal.say) as database:
            error = refresh_albums(terminal, home, graph, database, facts=refreshed.facts, state=refreshed.state)
    except (KeyboardInterrupt, Stopped):
        raise Stopped("The list is made; the albums are those of last time.") from None
    return f"{error.sentence} {error.hint}" if error else ""


def _ask_folder(
    terminal: Terminal, graph: GraphSession, refresh: ListRefresh, default: str
) -> tuple[RootFolder | None, str] | StepResult:
    """The folder to list and what was typed for it; None is the whole drive, about which nobody need be asked.

    A person who names one that does not exist hears which do, and is asked again. One who thinks to be in the menu
    still is taken to the option. Raises Stopped for 'back'.
    """
    graph.check_sign_in()  # a question that is answered before would be asked again after the sign-in
    while True:
        shown = printable(default)
        typed = terminal.ask("Which folder? / is everything, /Pictures/2023 one folder; 0 goes back.", default=shown)
        if typed.strip().lower() in ("0", "q"):
            raise Stopped("Nothing was listed.")
        text = default if typed == shown else typed
        try:
            return refresh.find(text), text
        except NoSuchFolder as error:
            number = text.strip()
            if number in _NEED_A_LIST and refresh.old_state is None:
                terminal.say(f"Before {number} there must be a list: press Enter to list everything.")
                continue
            if number in _MENU:
                terminal.say(f"There is no folder {number}, so that is taken as the number in the menu.")
                return StepResult(next_option=int(number))
            terminal.say(error.sentence, style="problem")
            terminal.say(error.hint)
            default = "/" if text == default else default


def _show_update(
    terminal: Terminal, refresh: ListRefresh, refreshed: Refreshed, report: ChangeReport, *, home: Path
) -> StepResult:
    state = refreshed.state
    tell_listed(terminal, state, "changes", report)
    counts = describe_counts(state.files, state.folders, state.size_bytes)
    if not report.has_news:
        age = describe_age(refresh.old_state or state, datetime.now(UTC))
        terminal.say_verdict(f"Nothing has changed since the list was {age}: {counts}.", _next(terminal), style="good")
        return ALL_DONE
    show_changes(terminal, report)
    _show_figures(terminal, refreshed, home)
    terminal.say_verdict(f"The list is up to date: {counts}.", _next(terminal), style="good")
    return ALL_DONE


def _show_anew(terminal: Terminal, refreshed: Refreshed, home: Path) -> StepResult:
    state = refreshed.state
    tell_listed(terminal, state, "everything")
    if refreshed.differences and any(refreshed.differences):
        words = zip(map(format_count, refreshed.differences), ("new", "changed or moved", "gone"), strict=True)
        terminal.say(f"Files since the last list: {', '.join(f'{number} {word}' for number, word in words)}.")
    _show_figures(terminal, refreshed, home)
    counts = describe_counts(state.files, state.folders, state.size_bytes)
    if failed := show_failures(terminal, state):
        missing = "one thing named above is missing" if failed == 1 else f"{format_count(failed)} things are missing"
        terminal.say(f"{counts} are listed, but {missing}. Choose 3 to try again.", style="problem")
        return SOME_FAILED
    where = "in your OneDrive" if state.root_path == "/" else f"in {printable(state.root_path)}"
    terminal.say_verdict(f"Everything {where} is listed: {counts}.", _next(terminal), style="good")
    return ALL_DONE


def _show_figures(terminal: Terminal, refreshed: Refreshed, home: Path) -> None:
    """All but the verdict: how much of what there is, and what OneDrive does not give."""
    state = refreshed.state
    show_glance(terminal, state.glance, refreshed.facts)
    show_difference(terminal, state, refreshed.facts)
    tell_never_given(terminal, home, state.exceptions)
    if doubles := [entry for entry in state.exceptions if entry.by_nature and not is_never_given(entry)]:
        terminal.say(f"{plural('thing', len(doubles))} can be had at another place of the list:")
        for line in lines_by_reason(doubles):
            terminal.say(line)
    terminal.detail(f"The list is in {home / FILE_LIST}.")


def _next(terminal: Terminal) -> str:
    """What comes after a list; who runs options by their numbers has chosen already."""
    return f"Choose 4 to download them{', or choose 5 to pick some of them' if terminal.can_ask else ''}."
