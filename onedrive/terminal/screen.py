"""All that is printed, through one lock: lasting lines, and below them a question or the lines of a progress.

Used by `Terminal`, the log and the progress. What changes in place is drawn by `drawing` (rich), which is imported when
the first such line shows. Do not print from signal handlers.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal, TextIO

from onedrive.terminal.input import is_terminal
from onedrive.terminal.output import Output
from onedrive.words import display_width, strip_controls, without_marks, wrap_words

if TYPE_CHECKING:
    from onedrive.terminal.drawing import Drawing

Style = Literal["normal", "good", "warning", "problem", "quiet", "heading"]
Listener = Callable[[str, Style], None]  # hears each text that is said: the log

# Columns that stay free behind a changing line, for what the terminal itself writes there when keys are pressed: ^C^C.
ROOM_FOR_ECHO = 5
_UNKNOWN_WIDTH, _UNKNOWN_HEIGHT = 80, 24
_COLOURS: dict[Style, str] = {"good": "32", "warning": "33", "problem": "31", "quiet": "2", "heading": "1"}


class Screen:
    """Prints to one stream; may be used from any thread. `is_live`: lines can be redrawn in place."""

    def __init__(self, stream: TextIO | None, environ: Mapping[str, str], *, plain: bool) -> None:
        self.lock = threading.RLock()
        self.output = Output(stream)
        self.is_terminal = is_terminal(stream)
        self.is_live = self.is_terminal and not plain and not _is_dumb(environ) and _obeys_escapes()
        self.in_colour = self.is_live and not environ.get("NO_COLOR")
        self._wraps = self.is_live or (self.is_terminal and plain)  # words stay whole for whoever hears them too
        self._question: Question | None = None
        self._changing: list[ChangingLines] = []
        self._drawing: Drawing | None = None
        self.listener: Listener | None = None
        self.speak: Callable[[str], str] = without_marks  # a text as the run says it

    @property
    def width(self) -> int:
        """Columns now."""
        return self.size.columns

    @property
    def size(self) -> os.terminal_size:
        """Columns and lines now."""
        size = os.terminal_size((0, 0))
        if self.is_terminal and self.output.stream is not None:
            with suppress(OSError, ValueError):
                size = os.get_terminal_size(self.output.stream.fileno())
        return os.terminal_size((size.columns or _UNKNOWN_WIDTH, size.lines or _UNKNOWN_HEIGHT))

    def can_show(self, text: str) -> bool:
        """Whether the output's encoding has these characters."""
        try:
            text.encode(self.output.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def print(self, text: str, style: Style = "normal") -> None:
        """Print lasting lines; in a live terminal words are wrapped at its border."""
        text = self.speak(text)
        self.tell_listener(text, style)
        self.print_unheard(text, style)

    def note(self, text: str, style: Style = "normal") -> None:
        """Tell the listener alone."""
        self.tell_listener(self.speak(text), style)

    def tell_listener(self, text: str, style: Style = "normal") -> None:
        """Tell the listener alone what was said as it is."""
        if self.listener is not None and text.strip():
            self.listener(text, style)

    def print_unheard(self, text: str, style: Style = "normal") -> None:
        """Print lasting lines of which the listener hears nothing."""
        clean = strip_controls(text)
        lines = wrap_words(clean, self.width) if self._wraps else clean.split("\n")
        if self.in_colour and style in _COLOURS:
            lines = [f"\x1b[{_COLOURS[style]}m{line}\x1b[0m" for line in lines]
        self.print_lines(lines)

    def print_lines(self, lines: Sequence[str]) -> None:
        """Print lasting lines as they are; nothing from outside may be in them uncleaned."""
        text = "".join(f"{line}\n" for line in lines)
        with self.lock:
            if self._question is not None:
                self._question.print_above(text)
            elif self._drawing is not None and self._drawing.is_shown:
                self._drawing.print_above(text, self.size)
            else:
                self.output.write(text)

    @contextmanager
    def question(self, prompt: str) -> Iterator[Question]:
        """A question on the last line, until the block ends; a progress hides meanwhile."""
        with self.lock:
            question = Question(self.output, prompt)
            self._question = question
            self.redraw()
            question.show("")
        try:
            yield question
        finally:
            with self.lock:
                self._question = None
                question.close()
                self.redraw()

    @contextmanager
    def changing_lines(self) -> Iterator[ChangingLines]:
        """A place for lines that change, in a live terminal, until the block ends."""
        opened = ChangingLines(self)
        with self.lock:
            self._changing.append(opened)
        try:
            yield opened
        finally:
            with self.lock:
                self._changing.remove(opened)
                self.redraw()

    def redraw(self) -> None:
        """Show the newest changing lines, or none while a question is open."""
        with self.lock:
            lines = self._changing[-1].lines if self._changing and self._question is None else []
            if lines and self._drawing is None:
                from onedrive.terminal.drawing import Drawing

                self._drawing = Drawing(self.output)
            if self._drawing is not None:
                self._drawing.show(lines, self.size)


class ChangingLines:
    """One user's changing lines."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.lines: list[str] = []

    def show(self, lines: Sequence[str]) -> None:
        """Show these lines in the place of the ones before; each must fit the width."""
        with self._screen.lock:
            self.lines = list(lines)
            self._screen.redraw()


class Question:
    """A question at the end of any output: what is typed is added to its line or rubbed out, with backspaces alone.

    In a live terminal an editor takes over (`print_by`), which draws the line itself.
    """

    def __init__(self, output: Output, prompt: str) -> None:
        self.prompt = prompt
        self._output = output
        self._shown = ""
        self._print: Callable[[str], None] | None = None

    def print_by(self, print_above: Callable[[str], None]) -> None:
        """From now on somebody else draws the question, and prints lasting lines above it."""
        self._print = print_above

    def show(self, answer: str) -> None:
        """Show the question with this much of an answer."""
        if self._print is not None:
            return
        line = self.prompt + answer
        kept = len(self._shown)
        if not line.startswith(self._shown):
            kept = len(os.path.commonprefix([line, self._shown]))  # noqa: RUF071 - of the characters is meant
        self._output.write("\b \b" * display_width(self._shown[kept:]) + line[kept:])
        self._shown = line

    def print_above(self, text: str) -> None:
        """Print lasting lines; the question comes again below them."""
        if self._print is not None:
            self._print(text)
        else:
            self._output.write(f"\n{text}{self._shown}")

    def show_again(self) -> None:
        """Show the question on a line of its own: something else has written on the screen."""
        self.print_above("")

    def close(self) -> None:
        """The question stays on the screen as it is."""
        if self._print is None:
            self._output.write("\n")


def _is_dumb(environ: Mapping[str, str]) -> bool:
    unset = "windows" if sys.platform == "win32" else "dumb"
    return environ.get("TERM", unset).lower() in ("", "dumb", "unknown")


def _obeys_escapes() -> bool:
    """Whether escape sequences work; a console of Windows 10 and later is asked to obey them."""
    if sys.platform != "win32":
        return True
    import ctypes

    kernel, mode = ctypes.windll.kernel32, ctypes.c_ulong()
    handle = kernel.GetStdHandle(-11)  # standard output
    if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    return bool(kernel.SetConsoleMode(handle, mode.value | 0x0004))  # ENABLE_VIRTUAL_TERMINAL_PROCESSING
