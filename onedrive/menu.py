"""The menu on the screen: its lines, and the question for a number."""

from __future__ import annotations

from collections.abc import Mapping

from onedrive.errors import OneDriveError
from onedrive.terminal import Terminal

QUIT = 0


def show_menu(terminal: Terminal, state: str, labels: Mapping[int, str]) -> None:
    """The state in one line, then each number with what it does."""
    terminal.say()
    terminal.say(state, style="quiet")
    for number, label in labels.items():
        terminal.say(f"  {number}  {label}")
    terminal.say(f"  {QUIT}  Quit")


def read_choice(terminal: Terminal, labels: Mapping[int, str]) -> int:
    """Ask until one of the numbers is typed. Raises EndOfInput."""
    while True:
        typed = (terminal.ask("Your choice:") or "").strip()
        if typed.isascii() and typed.isdigit() and int(typed) in (*labels, QUIT):
            return int(typed)
        numbers = ", ".join(str(number) for number in labels)
        if typed:
            terminal.say(f"There is no option {typed[:40]!r}. Type one number ({numbers}, or 0 to quit) and Enter.")


def show_error(terminal: Terminal, error: OneDriveError) -> None:
    """What happened, and what to do next."""
    terminal.say(error.sentence, style="problem")
    if error.hint:
        terminal.say(error.hint)
