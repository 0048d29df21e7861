"""The menu on the screen: its lines, the question for a number, and an option that waits until the person signed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import overload

from onedrive.errors import OneDriveError
from onedrive.terminal import Terminal

QUIT = 0
# A sign-in that is refused again so soon was no cure: then the person is told, and nothing goes round in circles.
NO_CURE_SECONDS = 60.0


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


def show_error(terminal: Terminal, error: OneDriveError) -> None:
    """What happened, and what to do next."""
    terminal.say(error.sentence, style="problem")
    if error.hint:
        terminal.say(error.hint)


class WaitingOption:
    """The option that needs a sign-in before it can go on, if there is one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._number: int | None = None
        self._last: tuple[int, float] | None = None

    def wait(self, number: int) -> bool:
        """Let the option wait for a sign-in; False when it has just had one, and that was no cure."""
        is_cured_by_it = (
            self._last is None or self._last[0] != number or self._clock() - self._last[1] > NO_CURE_SECONDS
        )
        self._number = number if is_cured_by_it else None
        return is_cured_by_it

    def go_on(self) -> int | None:
        """The person has signed in: the option that waited, None when none did."""
        number, self._number = self._number, None
        if number is not None:
            self._last = (number, self._clock())
        return number

    def forget(self) -> None:
        """The person did not sign in."""
        self._number = None
