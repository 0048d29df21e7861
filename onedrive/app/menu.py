"""The menu: shown again after every option, with the state in one line above it, until the person quits.

An option that needs another one first waits for it (`WaitingOptions` in `program`) and then goes on by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from onedrive.app.moving_out import next_of_moving_out, say_no_sheet
from onedrive.app.options import DOWNLOAD, LIST, OPTIONS, QUIT, SIGN_IN
from onedrive.app.program import Program
from onedrive.app.run_report import as_sentence
from onedrive.choosing.selection import Layout, read_selection
from onedrive.errors import OneDriveError, StepNeeded, Stopped
from onedrive.home.failed import failed_count
from onedrive.home.files import is_there
from onedrive.home.lists import ListState, describe_age, read_list_state
from onedrive.home.manifest import MANIFEST, count_downloaded
from onedrive.home.own_places import check_no_pipes
from onedrive.home.records import describe_unfinished_deletes
from onedrive.home.verification import BAD, read_verification
from onedrive.local.earlier import earlier_days
from onedrive.local.marker import describe_absence
from onedrive.settings import Settings
from onedrive.signin.token_file import describe_sign_in
from onedrive.step_result import ALL_DONE
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal, show_error
from onedrive.words import format_bytes, format_count, plural, printable

RETRY, PUT_BACK, MOVE_OUT, OPEN = "r", "b", "m", "o"


_OPTION_OF = {RETRY: DOWNLOAD, PUT_BACK: DOWNLOAD, MOVE_OUT: LIST}


def run_menu(program: Program) -> int:
    """Show the menu until the person quits; it returns after every option and every error.

    Raises EndOfInput, and StateFileBroken where something of the home could not even be looked at.
    """
    terminal, home = program.terminal, program.settings.home
    check_no_pipes(home)
    if left_open := describe_unfinished_deletes(home):
        terminal.say(left_open, style="warning")
    titles = {str(number): option.title for number, option in OPTIONS.items()}
    while True:
        terminal.say()
        can_show = terminal.can_show if terminal.is_live else None
        terminal.say(describe_state(program.settings, can_show=can_show), style="quiet")
        letters = {
            **describe_retry(failed_count(home)),
            **describe_put_back(program.settings),
            **describe_leaving(home),
        }
        if program.page is not None:
            letters[OPEN] = f"Open {program.page.name} in the browser"
        choices = {**titles, **letters, str(QUIT): "Quit"}
        choice = terminal.pick("Your choice:", choices, default=OPEN if program.page_is_new else "")
        program.page_is_new = False
        if choice == str(QUIT):
            return ALL_DONE.exit_code
        if choice == OPEN and program.page is not None:
            _open(terminal, program.page)
            continue
        program.retries_failed, program.puts_back = choice == RETRY, choice == PUT_BACK
        program.moves_out = choice == MOVE_OUT
        number: int | None = _OPTION_OF.get(choice) or int(choice)
        while number is not None:
            number = _run_in_menu(program, number)
        if program.moves_out:
            say_no_sheet(terminal, home)


def _open(terminal: Terminal, page: Path) -> None:
    from onedrive.signin.browser import open_file_in_browser

    if open_file_in_browser(page):
        terminal.say(f"Your browser opens {page}.")
    else:
        terminal.say(f"There is no browser here. Copy this file to a computer that has one, and open it there: {page}")


def _run_in_menu(program: Program, number: int) -> int | None:
    """Run one option; returns the one to run next: what must come first, what waited, or what the step says."""
    terminal = program.terminal
    try:
        result = program.run_option(number)
        if result.page is not None:
            program.page, program.page_is_new = result.page, True
        following = next_of_moving_out(number, result.exit_code) if program.moves_out else None
        return program.waiting.go_on(number) or result.next_option or following
    except StepNeeded as error:
        if program.waiting.wait(number, until=error.option):
            terminal.say(error.sentence, style="problem")
            first = "Signing in" if error.option == SIGN_IN else f"Option {error.option}"
            terminal.say(f"{first} comes first; {program.waiting.describe()}. Ctrl-C: back to the menu.")
            return error.option
        show_error(terminal, error)
    except Stopped as stopped:
        terminal.say(f"Stopped. {stopped.done} Choose {number} to go on.", style="warning")
    except KeyboardInterrupt:
        terminal.say(f"Stopped. What was done is kept. Choose {number} to go on.", style="warning")
    except EndOfInput:
        terminal.say(f"No answer came, so option {number} ended. Choose it again to go on.", style="warning")
    except Exception as error:
        show_error(terminal, as_sentence(error))
    program.waiting.forget()
    program.job.forget()
    return None


def describe_retry(failed: int) -> dict[str, str]:
    """The choice that tries again what failed last time, when something did."""
    what = f"the {format_count(failed)} failed ones" if failed > 1 else "the failed one"
    return {RETRY: f"Try {what} again"} if failed else {}


def describe_put_back(settings: Settings) -> dict[str, str]:
    """The choice that puts an earlier content in place again, when any is kept."""
    return {PUT_BACK: "Put an earlier version back"} if earlier_days(settings.downloads) else {}


def describe_leaving(home: Path) -> dict[str, str]:
    """The choice to move out, once something was downloaded."""
    return (
        {MOVE_OUT: "Move out: 3, 4 and 6, then one sheet that says whether you can leave"}
        if count_downloaded(home)
        else {}
    )


_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-=+*#@"
MOST_BARS = 16


def sparkline(years: Mapping[str, int], can_show: Callable[[str], bool]) -> str:
    """The bytes of each year as a row of bars, '2008 ▁▂█▃ 2024'; '' where there are no two years.

    A year without files between others has a place too. More than `MOST_BARS` years are put together, some at a time.
    """
    known = {int(year): size for year, size in years.items() if year.isascii() and year.isdigit()}
    if len(known) < 2:
        return ""
    first, last = min(known), max(known)
    step = -(-(last - first + 1) // MOST_BARS)
    sums = [sum(known.get(year, 0) for year in range(start, start + step)) for start in range(first, last + 1, step)]
    bars = _BARS if can_show(_BARS) else _PLAIN_BARS
    most = max(sums) or 1
    heights = [0 if not size else max(1, round(size / most * (len(bars) - 1))) for size in sums]
    return f"{first} {''.join(bars[height] for height in heights)} {last}"


def describe_state(
    settings: Settings, *, now: datetime | None = None, can_show: Callable[[str], bool] | None = None
) -> str:
    """One line in words; what cannot be read is said as such and never stops the menu.

    `can_show` says which characters the screen has; None: it is no screen for little bars.
    """
    state, trouble = _read_list(settings)
    parts = [describe_sign_in(settings.home, settings.app_id)]
    parts.append(trouble or _describe_list(state, now or datetime.now(UTC)))
    bars = sparkline(_bytes_by_year(state), can_show) if state is not None and can_show is not None else ""
    parts += [f"by year {bars}"] if bars else []
    parts += _describe_choice(settings)
    downloaded = count_downloaded(settings.home)
    parts.append(f"{plural('file', downloaded)} downloaded" if downloaded else "nothing downloaded yet")
    away = describe_absence(settings.home, settings.downloads) if downloaded else ""
    return " · ".join([*parts, *filter(None, [away]), *_describe_trouble(settings.home)])


def _describe_trouble(home: Path) -> list[str]:
    """What the last verification found missing or wrong, as long as nothing was downloaded since."""
    try:
        found = read_verification(home)
        if found is None or found.is_good or (home / MANIFEST).stat().st_size != found.manifest_bytes:
            return []
    except (OneDriveError, OSError):
        return []
    number = sum(found.counts.get(item_class.value, (0, 0))[0] for item_class in BAD)
    return [f"6 found {plural('file', number)} missing or wrong"] if number else []


def _read_list(settings: Settings) -> tuple[ListState | None, str]:
    """What is known about the list, and what is wrong with it in words."""
    try:
        if is_there(settings.home) and not settings.home.is_dir():
            return None, f"{printable(str(settings.home))} is no folder, so nothing can be kept there"
        return read_list_state(settings.home), ""
    except (OneDriveError, OSError):
        return None, "the list cannot be read"


def _describe_list(state: ListState | None, now: datetime) -> str:
    if state is None:
        return "no list yet"
    where = "" if state.root_path == "/" else f" of {printable(state.root_path)}"
    return f"list{where}: {plural('file', state.files)}, {format_bytes(state.size_bytes)}, {describe_age(state, now)}"


def _bytes_by_year(state: ListState) -> dict[str, int]:
    """The bytes of each year as option 3 counted them."""
    years = state.glance.get("years")
    return {
        str(year): share[1]
        for year, share in (years.items() if isinstance(years, dict) else ())
        if isinstance(share, list) and len(share) == 2 and isinstance(share[1], int)
    }


def _describe_choice(settings: Settings) -> list[str]:
    """The choice in force; nothing when everything is wanted."""
    try:
        selection = read_selection(settings.home)
    except OneDriveError:
        return ["the choice cannot be read"]
    parts = [] if selection.wants_all else [f"chosen: {selection.describe()}"]
    return parts + (["into folders by date"] if selection.layout is Layout.DATE else [])
