"""The one reader of input: lines that a person types, or that come through a pipe, of any length.

A question opens the source, lines are taken from what has come, and what comes after a line waits for the next
question. While a question is open, `until` is asked about ten times a second: an answer that became needless takes
nothing with it. CR, LF and CRLF end a line.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from onedrive.line_editor import Key, LineEditor

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
