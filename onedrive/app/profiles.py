"""Several OneDrives: which profile is meant, another one chosen in the menu, and a run of all, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from onedrive.app.run_report import RunReport, Summary, exit_code_of, words_of_code
from onedrive.errors import Stopped, UsageError
from onedrive.home.files import is_folder, make_folder
from onedrive.home.profiles import (
    NO_NAME,
    PROFILES,
    find_profiles,
    find_used_profiles,
    profile_home,
    read_profile_name,
    title_of,
)
from onedrive.signin.token_file import describe_sign_in
from onedrive.terminal.terminal import BACK, Terminal
from onedrive.words import join_words

if TYPE_CHECKING:
    from onedrive.app.command_line import CommandLine
    from onedrive.settings import Settings

_NEW = "n"


def check_profile(settings: Settings, again: str) -> None:
    """Raise UsageError for one that is not there: mistyped, it is no new one. `again` begins a command for it."""
    name, shared = settings.profile, settings.shared_home
    if not name or is_folder(settings.home):
        return
    there = find_profiles(shared)
    others = f"There {'is' if len(there) == 1 else 'are'} {join_words(there)}" if there else "There is none yet"
    raise UsageError(
        f"There is no profile {name} in {shared / PROFILES}. {others}.",
        f"To begin a new one, sign in with it: {again} 1",
    )


def check_downloads_of_others(settings: Settings) -> None:
    """Raise DownloadsAway where another profile downloads into the same folder."""
    from onedrive.local.marker import check_not_of

    shared = settings.shared_home
    others = sorted({"", *find_profiles(shared)} - {settings.profile})
    if others:
        check_not_of({title_of(name): profile_home(shared, name) for name in others}, settings.downloads)


def choose_profile(terminal: Terminal, settings: Settings, app_id_of: Callable[[str], str]) -> str | None:
    """Ask which profile the menu is to change to, or for a new one, whose home is made; None: it stays.

    Raises FolderNotUsable, DiskFull.
    """
    shared = settings.shared_home
    names = dict(enumerate(["", *find_profiles(shared)], start=1))
    choices = {}
    for number, name in names.items():
        mark = " (this one)" if name == settings.profile else ""
        signed_in = describe_sign_in(profile_home(shared, name), app_id_of(name))
        choices[str(number)] = f"{name or f'The one {NO_NAME}'}{mark}: {signed_in}"
    choices |= {_NEW: "A new one", BACK: "Back"}
    terminal.say("Each profile is one OneDrive: with a sign-in, lists and downloads of its own.")
    key = terminal.pick("Whose OneDrive?", choices, default=BACK)
    if key == _NEW:
        name = terminal.ask_until("A name for it, such as anna:", _read_name_or_none)
        if name:
            make_folder(profile_home(shared, name))
    else:
        name = names[int(key)] if key != BACK else settings.profile
    return None if name == settings.profile or (key == _NEW and not name) else name


def _read_name_or_none(text: str) -> str:
    return read_profile_name(text) if text.strip() else ""


def run_all_profiles(
    command: CommandLine, shared: Path, report: RunReport, run: Callable[[CommandLine], int]
) -> list[Summary]:
    """Run for each profile, whatever becomes of the others, and say at the end how it went with each.

    Raises UsageError where there is none, and what stops the program: KeyboardInterrupt, Stopped.
    """
    names = find_used_profiles(shared)
    if not names:
        raise UsageError(f"Nobody has signed in in {shared} yet.", "Sign in: python start.py --profile NAME 1")
    terminal, summaries = report.terminal, []
    commands = {name: command.of_profile(name) for name in names}
    for name in names:
        report.begin_round(name)
        terminal.say()
        terminal.say(title_of(name), style="heading")
        try:
            code = run(commands[name])
        except (KeyboardInterrupt, Stopped):
            raise
        except Exception as error:
            code = report.fail(error)
        summaries.append(report.end_round(code))
    terminal.say()
    for name, summary in zip(names, summaries, strict=True):
        code = exit_code_of(summary)
        terminal.name_commands(commands[name].again)
        terminal.say(f"{title_of(name)}: {words_of_code(code)}.", style="problem" if code else "good")
    return summaries
