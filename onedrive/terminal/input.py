"""The one reader of input: lines that a person types, or that come through a pipe, of any length.

A question opens the source, lines are taken from what has come, and what comes after a line waits for the next
question. While a question is open, `until` is asked about ten times a second: an answer that became needless takes
nothing with it. CR, LF and CRLF end a line.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import unicodedata
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol, TextIO

from onedrive.terminal.screen import OpenFooter, Screen
from onedrive.words import display_width, strip_controls, text_tail

Key = Literal["typed", "enter", "end", "paste_end"]

_ESCAPE = "\x1b"
_BACKSPACES = "\x08\x7f"
# Linux keeps a Ctrl-D that was typed while no question was open as NUL (n_tty's disabled character).
_ENDS = "\x04\x00"
_PASTE_BEGINS, _PASTE_ENDS = "[200~", "[201~"


class LineEditor:
    """What has been typed of one line."""

    def __init__(self) -> None:
        self.in_paste = False
        self._characters: list[str] = []
        self._sequence: str | None = None  # None: no escape sequence is open; else what came after ESC
        self._skips_paste = False

    @property
    def text(self) -> str:
        """The line so far."""
        return "".join(self._characters)

    def start_line(self) -> None:
        """Begin a new line; a paste that is under way goes on into it."""
        self._characters.clear()

    def discard(self) -> None:
        """Forget the line, and of a paste that is under way also what is still to come."""
        self._characters.clear()
        self._skips_paste = self.in_paste

    def feed(self, character: str) -> Key:
        """Take one character and say what it was: part of the line, Enter, the end of input, the end of a paste."""
        if self._sequence is not None and " " <= character <= "~":
            return self._continue_sequence(self._sequence, character)
        self._sequence = None
        if character == _ESCAPE:
            self._sequence = ""
        elif not self._skips_paste:
            return self._feed_plain(character)
        return "typed"

    def _feed_plain(self, character: str) -> Key:
        if character in "\r\n":
            return "enter"
        if character in _ENDS:
            return "typed" if self._characters or self.in_paste else "end"
        if character in _BACKSPACES:
            self._erase_character()
        elif character == "\x15":  # Ctrl-U
            self._characters.clear()
        elif character == "\x17":  # Ctrl-W
            self._erase_word()
        elif character == "\t" or unicodedata.category(character) != "Cc":
            self._characters.append(character)
        return "typed"

    def _continue_sequence(self, sequence: str, character: str) -> Key:
        """ECMA-48 §5.4: ESC [, parameters, one final byte; SS3 (ESC O) takes one byte more. Else ESC stood alone."""
        if sequence == "":
            if character in "[O":
                self._sequence = character
                return "typed"
            self._sequence = None
            return self.feed(character)
        self._sequence = sequence + character
        linux_function_key = self._sequence == "[["  # the Linux console's F1 is ESC [ [ A
        if sequence[0] == "O" or ("@" <= character <= "~" and not linux_function_key):
            return self._end_sequence(self._sequence)
        return "typed"

    def _end_sequence(self, sequence: str) -> Key:
        self._sequence = None
        if sequence == _PASTE_BEGINS:
            self.in_paste = True
        elif sequence == _PASTE_ENDS:
            self.in_paste = self._skips_paste = False
            return "paste_end"
        return "typed"

    def _erase_character(self) -> None:
        """One character as the person sees it: the letter goes with its accents."""
        while self._characters and unicodedata.combining(self._characters[-1]):
            self._characters.pop()
        if self._characters:
            self._characters.pop()

    def _erase_word(self) -> None:
        while self._characters and self._characters[-1].isspace():
            self._characters.pop()
        while self._characters and not self._characters[-1].isspace():
            self._characters.pop()


POLL_SECONDS = 0.1
# The LF of a CRLF that was cut in two, and the next line of a paste, follow within these times.
LINE_FEED_SECONDS = 0.02
NEXT_LINE_SECONDS = 0.05
# Inside a bracketed paste more must come; no longer than this, lest a lost end mark deafens the Enter key.
REST_OF_PASTE_SECONDS = 1.0

_LINE_END = re.compile(r"\r\n|\r|\n")


class EndOfInput(Exception):
    """There is no more input: Ctrl-D, or the end of a pipe."""


class InputSource(Protocol):
    """Where characters come from."""

    is_keyboard: bool

    def question(self) -> AbstractContextManager[None]:
        """Keep the source ready for input while a question is open."""

    def read(self, timeout_seconds: float) -> str | None:
        """What has come; None when nothing came in time, "" at the end of input."""

    def take_resumed(self) -> bool:
        """Whether the program was stopped (Ctrl-Z) and goes on since this was last asked."""


class LineView(Protocol):
    """Where a line shows while it is typed."""

    def show(self, text: str) -> None:
        """Show the question with this much of an answer."""

    def restart(self) -> None:
        """Show the question again in a place of its own: something else has written on the screen."""


class LineReader:
    """Reads lines from one source; one question at a time, from any thread."""

    def __init__(self, source: InputSource) -> None:
        self._source = source
        self._lines = _TypedLines(source) if source.is_keyboard else _PipedLines(source)
        self._lock = threading.Lock()

    @property
    def is_keyboard(self) -> bool:
        """Whether somebody types at a terminal."""
        return self._source.is_keyboard

    def read_line(self, view: LineView, *, until: Callable[[], bool], join_lines: bool = False) -> str | None:
        """The next line without its end, or None as soon as `until` says so. Raises EndOfInput.

        With `join_lines`, lines that are pasted at once are one answer, without their line ends.
        """
        with self._lock, self._source.question():
            return self._lines.read_line(view, until, join_lines)

    def listen(self) -> AbstractContextManager[None]:
        """Take in input of any length from now on, for a question that will be asked within the block."""
        return self._source.question()


class _PipedLines:
    def __init__(self, source: InputSource) -> None:
        self._source = source
        self._pending = ""
        self._is_first = True
        self._ended = False
        self._skips_line_feed = False

    def read_line(self, view: LineView, until: Callable[[], bool], _join_lines: bool) -> str | None:
        view.show("")
        while not until():
            line = self._take_line()
            if line is not None:
                return line
            if self._ended:
                raise EndOfInput
            self._fill()
        return None

    def _take_line(self) -> str | None:
        end = _LINE_END.search(self._pending)
        if end is None:
            return self._take_rest() if self._ended else None
        line, self._pending = self._pending[: end.start()], self._pending[end.end() :]
        self._skips_line_feed = end.group() == "\r"
        return line

    def _take_rest(self) -> str | None:
        rest, self._pending = self._pending, ""
        return rest or None

    def _fill(self) -> None:
        text = self._source.read(POLL_SECONDS)
        if text is None:
            return
        self._ended = text == ""
        if text and self._is_first:
            text = text.removeprefix("\ufeff")  # PowerShell's pipes begin so
            self._is_first = False
        if text and self._skips_line_feed:
            text = text.removeprefix("\n")
            self._skips_line_feed = False
        self._pending += text


class _TypedLines:
    def __init__(self, source: InputSource) -> None:
        self._source = source
        self._pending: deque[str] = deque()
        self._editor = LineEditor()
        self._ended = False
        self._length_at_line_end = -1

    def read_line(self, view: LineView, until: Callable[[], bool], join_lines: bool) -> str | None:
        self._begin()
        typed_ahead = any(character in "\r\n" for character in self._pending)
        joins = join_lines and not typed_ahead  # whole lines from before the question are an answer each
        view.show("")
        try:
            return self._read(view, until, joins)
        except KeyboardInterrupt:
            self._pending.clear()
            self._editor.discard()
            raise

    def _begin(self) -> None:
        self._editor.start_line()
        self._length_at_line_end = -1
        self._source.take_resumed()
        while self._fill(0):
            pass

    def _read(self, view: LineView, until: Callable[[], bool], joins: bool) -> str | None:
        while not until():
            complete = self._edit(joins)
            if self._source.take_resumed():
                view.restart()
            view.show(self._editor.text)
            if complete:
                return self._editor.text
            if self._ended:
                raise EndOfInput
            self._fill(POLL_SECONDS)
        self._editor.discard()
        return None

    def _edit(self, joins: bool) -> bool:
        """Take what has come into the line, up to its end; whether it is complete."""
        while self._pending:
            character = self._pending.popleft()
            key = self._editor.feed(character)
            if key == "end":
                raise EndOfInput
            if character == "\r":
                self._swallow_line_feed()
            if key != "typed" and self._completes(key, joins):
                return True
        return False

    def _completes(self, key: Key, joins: bool) -> bool:
        if not joins:
            return key == "enter"
        length = len(self._editor.text)
        if key == "paste_end":
            return length == self._length_at_line_end
        self._length_at_line_end = length
        wait_seconds = REST_OF_PASTE_SECONDS if self._editor.in_paste else NEXT_LINE_SECONDS
        return not (self._pending or self._fill(wait_seconds))

    def _swallow_line_feed(self) -> None:
        if not self._pending:
            self._fill(LINE_FEED_SECONDS)
        if self._pending and self._pending[0] == "\n":
            self._pending.popleft()

    def _fill(self, timeout_seconds: float) -> bool:
        """Wait for more; whether something came."""
        text = None if self._ended else self._source.read(timeout_seconds)
        if text is None:
            return False
        self._ended = text == ""
        self._pending.extend(text)
        return not self._ended


_NOT_NEEDED = "(not needed any more)"


class QuestionView:
    """A question on the screen's last line, with the end of what has been typed."""

    def __init__(self, screen: Screen, footer: OpenFooter, prompt: str, *, hides: bool) -> None:
        self._screen = screen
        self._footer = footer
        self._prompt = prompt
        self._hides = hides
        self._line = prompt

    def show(self, text: str) -> None:
        """Show the question with this much of an answer: its end, where it is longer than the line."""
        self._line = self._prompt + self._visible(text)
        self._footer.show([self._line])

    def restart(self) -> None:
        """Show the question again on a line of its own."""
        self._footer.restart()

    def show_not_needed(self) -> None:
        """Say in the answer's place that none is needed."""
        self._line = self._prompt + _NOT_NEEDED

    def leave(self) -> None:
        """The question stays on the screen as it is."""
        self._footer.leave([self._line])

    def _visible(self, text: str) -> str:
        if self._hides:
            text = "*" * len(text)
        if not self._screen.is_live:
            return strip_controls(text)
        room = max(1, self._screen.width - 1 - display_width(self._prompt))
        tail = strip_controls(text[-2 * room :])
        if len(text) <= 2 * room and display_width(tail) <= room:
            return tail
        return "..." + text_tail(tail, max(1, room - 3))


def open_source(stream: TextIO | None, *, marks_pastes: bool) -> InputSource:
    """The source behind a stream (None: the program has no input).

    `marks_pastes`: the terminal may be asked to put marks around what is pasted.
    """
    if stream is None:
        return NoInput()
    descriptor = file_descriptor(stream)
    if descriptor is None:
        return StreamInput(stream)
    encoding = stream.encoding or "utf-8"
    source: InputSource
    if sys.platform == "win32":
        from onedrive.terminal.windows import ThreadedInput, WindowsKeyboard

        source = WindowsKeyboard() if stream.isatty() else ThreadedInput(descriptor, encoding)
    else:
        from onedrive.terminal.posix import PosixInput, PosixKeyboard

        if os.isatty(descriptor):
            source = PosixKeyboard(descriptor, encoding, marks_pastes=marks_pastes)
        else:
            source = PosixInput(descriptor, encoding)
    return source


def file_descriptor(stream: TextIO) -> int | None:
    """The stream's file descriptor; None: it has none (a stream in memory, a closed one)."""
    try:
        return stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None


class NoInput:
    """Input that has ended before it began."""

    is_keyboard = False

    def question(self) -> AbstractContextManager[None]:
        """Nothing needs to be made ready."""
        return nullcontext()

    def take_resumed(self) -> bool:
        """Never: nothing is shown for it."""
        return False

    def read(self, timeout_seconds: float) -> str | None:  # noqa: ARG002 - the end takes no time
        """The end of input."""
        return ""


class StreamInput(NoInput):
    """A stream in memory, which never keeps anyone waiting."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def read(self, timeout_seconds: float) -> str | None:  # noqa: ARG002 - it never has to wait
        """What is left of it, a part at a time."""
        return self._stream.read(65_536)
