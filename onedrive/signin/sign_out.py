"""Signing out: what of the saved sign-in is on this disk, removing it, and saying what only the person can undo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from onedrive.errors import FolderNotUsable, OneDriveError, os_reason
from onedrive.home.files import NEW_SUFFIX, remove_file
from onedrive.net.hosts import CONSENT_PERSONAL, CONSENT_WORK
from onedrive.settings import Settings
from onedrive.signin.key_store import KEY_STORE, KeyStore
from onedrive.signin.token_file import TOKEN_FILE, describe_sign_in
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.terminal import BACK, Terminal
from onedrive.words import plural

WITHDRAW = f"{CONSENT_PERSONAL} (work or school: {CONSENT_WORK})"
_SET_ASIDE = re.compile(r"token\.[a-z]+-\d{8}-\d{6}(-\d+)?\.json")


def find_sign_in_files(home: Path) -> list[Path]:
    """token.json, the key store's, what a killed run left, and copies that were set aside; [] when there are none."""
    try:
        names = sorted(path.name for path in home.iterdir())
    except OSError:
        names = []
    return [
        home / name
        for name in names
        if name in (TOKEN_FILE, KEY_STORE, TOKEN_FILE + NEW_SUFFIX) or _SET_ASIDE.fullmatch(name)
    ]


def sign_out(terminal: Terminal, settings: Settings, *, ask_first: bool) -> StepResult:
    """Option 9: remove every file with a sign-in in it, and nothing else, after a question if wanted.

    Raises OneDriveError when one cannot be removed.
    """
    files = find_sign_in_files(settings.home)
    if not files:
        terminal.say("You are not signed in here, so there is nothing to remove.")
        return ALL_DONE
    if ask_first and not _is_confirmed(terminal, settings):
        terminal.say("Nothing was removed.")
        return ALL_DONE
    refusals = [refusal for path in files if (refusal := _remove(path))]
    if refusals:
        raise OneDriveError(
            f"The sign-in could not be removed: {'; '.join(refusals)}.",
            f"Remove it by hand in {settings.home}: until then, whoever can read it can read your OneDrive.",
        )
    terminal.event("signed_out", files=[path.name for path in files])
    for sentence in _farewell(settings, [path.name for path in files]):
        terminal.say(sentence)
    return ALL_DONE


def withdraw_at(authority: str) -> str:
    """Where the person withdraws what they allowed the app; both addresses where the kind of account is not known."""
    if authority == "consumers":
        return CONSENT_PERSONAL
    return WITHDRAW if authority == "common" else CONSENT_WORK


def _is_confirmed(terminal: Terminal, settings: Settings) -> bool:
    who = describe_sign_in(settings.home, settings.app_id)
    terminal.say(f"Now: {who}. Signing out removes the saved sign-in; lists and downloads stay.")
    return terminal.pick("Your choice:", {"1": "Sign out", BACK: "Back"}) == "1"


def _remove(path: Path) -> str:
    """'' when it is gone, else why not."""
    try:
        if path.name == KEY_STORE:
            KeyStore(path.parent).remove()
        remove_file(path)
    except FolderNotUsable as error:
        return error.sentence.rstrip(".")
    except OSError as error:
        return f"{path.name}, {os_reason(error)}"
    return ""


def _farewell(settings: Settings, names: list[str]) -> Iterator[str]:
    copies = len(set(names) - {TOKEN_FILE, KEY_STORE})
    removed = [TOKEN_FILE] * (TOKEN_FILE in names) + ["what was in the key store"] * (KEY_STORE in names)
    removed += [plural("older copy", copies, many="older copies")] * bool(copies)
    if not settings.demo:
        yield (
            "Your browser stays signed in at Microsoft until you sign out there, and Microsoft still knows that you "
            f"allowed the app to read your OneDrive. To withdraw that, open {withdraw_at(settings.authority)}"
        )
    yield (
        f"You are signed out here. Removed: {' and '.join(removed)}. Kept: the lists, the downloads and their record, "
        "and the app id in your settings. Choose 1 to sign in again."
    )
