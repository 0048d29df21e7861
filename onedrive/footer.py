"""The few lines at the bottom that change in place: how to draw them, and how to take them away again.

Three ways, by what the output can: with escape sequences any number of lines are redrawn; without (NO_COLOR, old
consoles) one line is, by carriage return and spaces; in plain output a line is only added to, or rubbed out by
backspaces.
Each answers with the text to write and remembers what it has drawn. The cursor stays at the end of the last line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from onedrive.words import display_width

# Columns that stay free behind a line, for what the terminal itself writes there when keys are pressed: ^C^C.
ROOM_FOR_ECHO = 5


class Footer(Protocol):
    """Draws lines at the bottom; every method returns what must be written for it."""

    most_lines: int | None  # None: as many as the screen has

    def draw(self, lines: Sequence[str], width: int) -> str:
        """Put these lines in the place of the ones drawn before."""

    def erase(self, width: int) -> str:
        """Make room for lasting lines."""

    def forget(self) -> None:
        """What was drawn stays where it is and is ours no longer."""


class EscapeFooter:
    """Redraws any number of lines with escape sequences (ECMA-48: cursor up, erase line, erase below)."""

    most_lines: int | None = None

    def __init__(self) -> None:
        self._drawn: list[str] = []

    def draw(self, lines: Sequence[str], width: int) -> str:
        """Put these lines in the place of the ones drawn before."""
        if list(lines) == self._drawn:
            return ""
        text = self._to_top(width) + "\x1b[K\n".join(lines) + "\x1b[J"
        self._drawn = list(lines)
        return text

    def erase(self, width: int) -> str:
        """Make room for lasting lines."""
        if not self._drawn:
            return ""
        text = self._to_top(width) + "\x1b[J"
        self._drawn = []
        return text

    def forget(self) -> None:
        """What was drawn stays where it is and is ours no longer."""
        self._drawn = []

    def _to_top(self, width: int) -> str:
        """A window that became narrower since has broken our lines into more rows."""
        rows_up = sum(max(1, -(-display_width(line) // width)) for line in self._drawn) - 1
        return f"\r\x1b[{rows_up}A" if rows_up > 0 else "\r" if self._drawn else ""


class ReturnFooter:
    """Redraws one line with carriage return, spaces and backspaces alone."""

    most_lines: int | None = 1

    def __init__(self) -> None:
        self._drawn: str = ""

    def draw(self, lines: Sequence[str], width: int) -> str:  # noqa: ARG002 - one line never reaches the border
        """Put the last of these lines in the place of the one drawn before."""
        line = lines[-1] if lines else ""
        if line == self._drawn:
            return ""
        surplus = max(0, display_width(self._drawn) - display_width(line))
        self._drawn = line
        return "\r" + line + " " * surplus + "\b" * surplus

    def erase(self, width: int) -> str:
        """Make room for lasting lines; a ^C that the terminal wrote behind ours goes too."""
        columns = min(display_width(self._drawn) + ROOM_FOR_ECHO, width - 1) if self._drawn else 0
        self._drawn = ""
        return f"\r{' ' * columns}\r" if columns else ""

    def forget(self) -> None:
        """What was drawn stays where it is and is ours no longer."""
        self._drawn = ""


class PlainFooter:
    """Adds to one open line and rubs out its end; lasting lines begin below it."""

    most_lines: int | None = 1

    def __init__(self) -> None:
        self._drawn: str = ""

    def draw(self, lines: Sequence[str], width: int) -> str:  # noqa: ARG002 - the line may be of any length
        """Make the open line into the last of these."""
        line = lines[-1] if lines else ""
        kept = _common_length(line, self._drawn)
        surplus = display_width(self._drawn[kept:])
        self._drawn = line
        return "\b \b" * surplus + line[kept:]

    def erase(self, width: int) -> str:  # noqa: ARG002 - nothing is taken away here
        """Make room for lasting lines."""
        was_open = bool(self._drawn)
        self._drawn = ""
        return "\n" if was_open else ""

    def forget(self) -> None:
        """What was drawn stays where it is and is ours no longer."""
        self._drawn = ""


def _common_length(line: str, other: str) -> int:
    """How many characters both begin with."""
    if line.startswith(other):
        return len(other)
    return next((i for i, (one, two) in enumerate(zip(line, other, strict=False)) if one != two), len(line))
