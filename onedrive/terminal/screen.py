"""All that is printed, through one lock: lasting lines above, a footer of changing lines below them.

A footer belongs to a question or to a progress; when several are open only the newest shows. A lasting line takes the
footer away, is written whole, and the footer is drawn again below it. Do not print from signal handlers.

When nobody reads the output any more (`start.py 3 | head -1`, a closed window), printing ends silently and the work
goes on: its results are on disk. `is_closed` tells.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Literal, Protocol, TextIO

from onedrive.words import display_width, strip_controls, wrap_words

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


Style = Literal["normal", "good", "warning", "problem", "quiet", "heading"]
Listener = Callable[[str, Style], None]  # hears each text that is said: the log

_UNKNOWN_WIDTH, _UNKNOWN_HEIGHT = 80, 24
_COLOURS: dict[Style, str] = {"good": "32", "warning": "33", "problem": "31", "quiet": "2", "heading": "1"}


class Screen:
    """Prints to one stream; may be used from any thread.

    `is_live`: lines can be redrawn in place. `has_escapes`: with escape sequences, in colour.
    """

    def __init__(self, stream: TextIO | None, environ: Mapping[str, str], *, plain: bool) -> None:
        self.lock = threading.RLock()
        self.is_closed = stream is None
        self._stream = stream
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self.is_terminal = _is_terminal(stream)
        self.is_live = self.is_terminal and not plain and not _is_dumb(environ)
        self._wraps = self.is_live or (self.is_terminal and plain)  # words stay whole for whoever hears them too
        self.has_escapes = self.is_live and not environ.get("NO_COLOR") and _obeys_escapes()
        self._footer = _choose_footer(is_live=self.is_live, has_escapes=self.has_escapes)
        self._open: list[OpenFooter] = []
        self.listener: Listener | None = None

    @property
    def width(self) -> int:
        """Columns now."""
        return self._size().columns or _UNKNOWN_WIDTH

    @property
    def footer_width(self) -> int:
        """Columns for changing lines: some stay free for the ^C that a terminal itself writes behind the last one."""
        return max(1, self.width - ROOM_FOR_ECHO)

    @property
    def most_footer_lines(self) -> int:
        """How many changing lines there is room for now."""
        return self._footer.most_lines or max(1, (self._size().lines or _UNKNOWN_HEIGHT) - 2)

    def can_show(self, text: str) -> bool:
        """Whether the output's encoding has these characters."""
        try:
            text.encode(self._encoding)
        except UnicodeEncodeError:
            return False
        return True

    def print(self, text: str, style: Style = "normal") -> None:
        """Print lasting lines; in a live terminal words are wrapped at its border."""
        self.note(text, style)
        self.print_unheard(text, style)

    def note(self, text: str, style: Style = "normal") -> None:
        """Tell the listener alone."""
        if self.listener is not None and text.strip():
            self.listener(text, style)

    def print_unheard(self, text: str, style: Style = "normal") -> None:
        """Print lasting lines of which the listener hears nothing."""
        clean = strip_controls(text)
        lines = wrap_words(clean, self.width) if self._wraps else clean.split("\n")
        if self.has_escapes and style in _COLOURS:
            lines = [f"\x1b[{_COLOURS[style]}m{line}\x1b[0m" for line in lines]
        self.print_lines(lines)

    def print_lines(self, lines: Sequence[str]) -> None:
        """Print lasting lines as they are; nothing from outside may be in them uncleaned."""
        with self.lock:
            width = self.width
            before = self._footer.erase(width)
            after = self._footer.draw(self._open[-1].lines, width) if self._open else ""
            self._write(before + "".join(f"{line}\n" for line in lines) + after)

    @contextmanager
    def footer(self) -> Iterator[OpenFooter]:
        """A place for changing lines, until the block ends."""
        opened = OpenFooter(self)
        with self.lock:
            self._open.append(opened)
            self.redraw(afresh=True)
        try:
            yield opened
        finally:
            with self.lock:
                self._open.remove(opened)
                self.redraw(afresh=True)

    def redraw(self, *, afresh: bool) -> None:
        """Show the newest footer; `afresh`: take away first what another one has drawn."""
        with self.lock:
            width = self.width
            before = self._footer.erase(width) if afresh else ""
            self._write(before + (self._footer.draw(self._open[-1].lines, width) if self._open else ""))

    def is_newest(self, footer: OpenFooter) -> bool:
        """Whether this footer is the one that shows."""
        return bool(self._open) and self._open[-1] is footer

    def end_line(self) -> None:
        """What the footer shows becomes a lasting line."""
        with self.lock:
            self._footer.forget()
            self._write("\n")

    def _write(self, text: str) -> None:
        if self.is_closed or self._stream is None or not text:
            return
        if not text.isascii():
            text = text.encode(self._encoding, "backslashreplace").decode(self._encoding)
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._close()

    def _close(self) -> None:
        """Nobody reads any more; what is left in buffers goes nowhere, so that the program's end is quiet too."""
        self.is_closed = True
        with suppress(OSError, ValueError, AttributeError):
            if self._stream is not None:
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)

    def _size(self) -> os.terminal_size:
        if self.is_terminal and self._stream is not None:
            with suppress(OSError, ValueError):
                return os.get_terminal_size(self._stream.fileno())
        return os.terminal_size((0, 0))


class OpenFooter:
    """One user's changing lines."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.lines: list[str] = []

    def show(self, lines: Sequence[str]) -> None:
        """Show these lines in the place of the ones before; each must fit the width."""
        with self._screen.lock:
            self.lines = list(lines)
            if self._screen.is_newest(self):
                self._screen.redraw(afresh=False)

    def restart(self) -> None:
        """Something else has written on the screen: the next `show` begins on a line of its own."""
        with self._screen.lock:
            self.lines = []
            self._screen.end_line()

    def leave(self, lines: Sequence[str]) -> None:
        """Show these lines for the last time; they stay on the screen."""
        with self._screen.lock:
            self.show(lines)
            self.lines = []
            if self._screen.is_newest(self):
                self._screen.end_line()


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False  # a closed stream


def _is_dumb(environ: Mapping[str, str]) -> bool:
    unset = "windows" if sys.platform == "win32" else "dumb"
    return environ.get("TERM", unset).lower() in ("", "dumb", "unknown")


def _obeys_escapes() -> bool:
    if sys.platform == "win32":
        from onedrive.terminal.windows import enable_escape_sequences

        return enable_escape_sequences()
    return True


def _choose_footer(*, is_live: bool, has_escapes: bool) -> Footer:
    if has_escapes:
        return EscapeFooter()
    return ReturnFooter() if is_live else PlainFooter()
