"""The menu: shown again after every option, with how things stand above it (`overview`), until the person quits.

An option that needs another one first waits for it (`WaitingOptions` in `program`) and then goes on by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from onedrive.app.moving_out import next_of_moving_out, say_no_sheet
from onedrive.app.options import DOWNLOAD, LIST, OPTIONS, QUIT, SIGN_IN, VERIFY
from onedrive.app.overview import RETRY, Overview, look_over
from onedrive.app.profiles import choose_profile
from onedrive.app.program import Program
from onedrive.app.run_report import as_sentence
from onedrive.errors import OneDriveError, StepNeeded, Stopped
from onedrive.home.files import is_file
from onedrive.home.own_places import check_no_pipes
from onedrive.home.profiles import find_profiles
from onedrive.home.records import describe_unfinished_deletes
from onedrive.home.verification import REPORT
from onedrive.local.earlier import earlier_days
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, SOME_FAILED
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal, show_error
from onedrive.words import display_width, format_count

PUT_BACK, MOVE_OUT, OPEN, PICTURES, PROFILE = "b", "m", "o", "p", "a"
_DONE = (ALL_DONE.exit_code, SOME_FAILED.exit_code)
_OPTION_OF = {RETRY: DOWNLOAD, PUT_BACK: DOWNLOAD, MOVE_OUT: LIST, PICTURES: VERIFY}


def run_menu(program: Program) -> int:
    """Show the menu until the person quits, or changes the profile; it returns after every option and every error.

    Raises EndOfInput, and StateFileBroken where something of the home could not even be looked at.
    """
    terminal, home = program.terminal, program.settings.home
    check_no_pipes(home)
    if left_open := describe_unfinished_deletes(home):
        terminal.say(left_open, style="warning")
    while True:
        choice = _choose(program)
        if choice == str(QUIT):
            return ALL_DONE.exit_code
        if choice == OPEN and (page := _page_of(program)) is not None:
            _open(terminal, page)
            continue
        if choice == PROFILE:
            if (name := _choose_profile(program)) is None:
                continue
            program.next_profile = name
            return ALL_DONE.exit_code
        program.retries_failed, program.puts_back = choice == RETRY, choice == PUT_BACK
        program.moves_out, program.adds_pictures = choice == MOVE_OUT, choice == PICTURES
        number: int | None = _OPTION_OF.get(choice) or int(choice)
        while number is not None:
            number = _run_in_menu(program, number)
        if program.moves_out:
            say_no_sheet(terminal, home)


def _choose(program: Program) -> str:
    """Show the menu, and return the key that the person chose; Enter takes what comes next."""
    terminal = program.terminal
    width = 0 if terminal.is_plain else terminal.width
    overview = look_over(program.settings, done=program.done, width=width)
    letters = describe_letters(overview, program.settings, _page_of(program))
    default = OPEN if program.page_is_new else overview.recommended
    program.page_is_new = False
    terminal.say()
    for line in overview.lines:
        terminal.say(line, style="quiet")
    keys = {**{str(number): option.title for number, option in OPTIONS.items()}, **letters, str(QUIT): "Quit"}
    for line in _lines_of(keys, letters, default, width):
        terminal.say(line)
    return terminal.pick_shown("Your choice:", keys, default=default)


def _page_of(program: Program) -> Path | None:
    """What can be opened in a browser: what an option of this run has left, or else the report of an earlier one."""
    report = program.settings.home / REPORT
    return program.page or (report if is_file(report) else None)


def describe_letters(overview: Overview, settings: Settings, page: Path | None) -> dict[str, str]:
    """The choices that are there only where there is something for them: by letters."""
    failed, letters = overview.failed, {}
    if page is not None:
        letters[OPEN] = f"Open {page.name}"
    if failed:
        letters[RETRY] = (
            f"Try the {format_count(failed)} failed ones again" if failed > 1 else "Try the failed one again"
        )
    if earlier_days(settings.downloads):
        letters[PUT_BACK] = "Put an earlier version back"
    if overview.downloaded:
        letters[MOVE_OUT] = "Move out: a sheet says if you can leave"
    if is_file(settings.home / REPORT):
        letters[PICTURES] = "Small pictures for the report"
    if overview.recommended != str(SIGN_IN) or settings.profile or find_profiles(settings.shared_home):
        letters[PROFILE] = "Another OneDrive"
    return letters


def _lines_of(keys: Mapping[str, str], letters: Mapping[str, str], default: str, width: int) -> Iterator[str]:
    """A line for each key, but two letters on one where they fit; the one that Enter takes is marked."""
    waiting = ""
    for key, title in keys.items():
        mark = ">" if width and key == default else " "
        line = f"{mark} {key}  {title}{'' if width or key != default else ' (recommended next)'}"
        if waiting and (key not in letters or display_width(waiting + line) > width):
            yield waiting.rstrip()
            waiting = ""
        if key in letters and not waiting:
            waiting = f"{line}  "
        else:
            yield (waiting + line)
            waiting = ""


def _open(terminal: Terminal, page: Path) -> None:
    from onedrive.signin.browser import open_file_in_browser

    if open_file_in_browser(page):
        terminal.say(f"Your browser opens {page}.")
    else:
        terminal.say(f"There is no browser here. Copy this file to a computer that has one, and open it there: {page}")


def _choose_profile(program: Program) -> str | None:
    """The profile that the person changes to; None: they stay."""
    try:
        name = choose_profile(program.terminal, program.settings, lambda name: program.settings_of(name)[0].app_id)
        if name is not None and (faults := program.settings_of(name)[1]):
            raise faults[0]
        return name
    except (KeyboardInterrupt, EndOfInput):
        pass
    except OneDriveError as error:
        show_error(program.terminal, error)
    return None


def _key_of(program: Program, number: int) -> str:
    """What the person chose in the menu, for which this option runs."""
    letters = {RETRY: program.retries_failed, PUT_BACK: program.puts_back, MOVE_OUT: program.moves_out}
    letters |= {PICTURES: program.adds_pictures}
    return next((key for key, is_chosen in letters.items() if is_chosen), str(number))


def _run_in_menu(program: Program, number: int) -> int | None:
    """Run one option; returns the one to run next: what must come first, what waited, or what the step says."""
    terminal, program.done, key = program.terminal, "", _key_of(program, number)
    try:
        result = program.run_option(number)
        if result.exit_code in _DONE:
            program.done = RETRY if program.retries_failed else str(number)
        if result.page is not None:
            program.page, program.page_is_new = result.page, True
        if (waiting := program.waiting.go_on(number)) is not None:
            return waiting
        program.waiting.forget()
        following = next_of_moving_out(number, result.exit_code) if program.moves_out else None
        return result.next_option or following
    except StepNeeded as error:
        if program.waiting.wait(number, until=error.option):
            terminal.say(error.sentence, style="problem")
            first = "Signing in" if error.option == SIGN_IN else f"Option {error.option}"
            terminal.say(f"{first} comes first; {program.waiting.describe()}. Ctrl-C: back to the menu.")
            return error.option
        show_error(terminal, error)
    except Stopped as stopped:
        terminal.forget_typed()  # an Enter on the way out is not to begin it again
        terminal.say(f"Stopped. {stopped.done} Choose {key} to go on.", style="warning")
    except KeyboardInterrupt:
        terminal.forget_typed()
        terminal.say(f"Stopped. What was done is kept. Choose {key} to go on.", style="warning")
    except EndOfInput:
        terminal.say(f"No answer came, so option {number} ended. Choose it again to go on.", style="warning")
    except Exception as error:
        show_error(terminal, as_sentence(error))
    program.waiting.forget()
    program.job.forget()
    return None
