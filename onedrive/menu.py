"""The menu on the screen: its lines, and the question for a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

from onedrive.errors import OneDriveError
from onedrive.terminal import Terminal
from onedrive.words import format_count

QUIT = 0
RETRY = "r"


def show_menu(
    terminal: Terminal, state: str, labels: Mapping[int, str], extra: Mapping[str, str] | None = None
) -> None:
    """The state in one line, then each number with what it does, then each letter of `extra`."""
    terminal.say()
    terminal.say(state, style="quiet")
    for key, label in [*labels.items(), *(extra or {}).items(), (QUIT, "Quit")]:
        terminal.say(f"  {key}  {label}")


@overload
def read_choice(terminal: Terminal, labels: Mapping[int, str]) -> int: ...
@overload
def read_choice(terminal: Terminal, labels: Mapping[int, str], extra: Mapping[str, str]) -> int | str: ...
def read_choice(terminal: Terminal, labels: Mapping[int, str], extra: Mapping[str, str] | None = None) -> int | str:
    """Ask until one of the numbers, or a letter of `extra`, is typed. Raises EndOfInput."""
    letters = extra or {}
    while True:
        typed = (terminal.ask("Your choice:") or "").strip()
        if typed.isascii() and typed.isdigit() and int(typed) in (*labels, QUIT):
            return int(typed)
        if typed.lower() in letters:
            return typed.lower()
        keys = ", ".join(map(str, [*labels, *letters]))
        if typed:
            one = "one number" if not letters else "one of them"
            terminal.say(f"There is no option {typed[:40]!r}. Type {one} ({keys}, or 0 to quit) and Enter.")


def describe_retry(failed: int) -> dict[str, str]:
    """The letter that tries again what failed last time, when something did."""
    if not failed:
        return {}
    return {RETRY: f"Try the {format_count(failed)} failed ones again" if failed > 1 else "Try the failed one again"}


def show_error(terminal: Terminal, error: OneDriveError) -> None:
    """What happened, and what to do next."""
    terminal.say(error.sentence, style="problem")
    if error.hint:
        terminal.say(error.hint)
