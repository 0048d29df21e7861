"""Answers that come through a pipe or from a file: lines of any length, ended by CR, LF or CRLF, the last by nothing.

Used by `Terminal` where nobody types; `keyboard` has the lines that a person types.
"""

from __future__ import annotations

import codecs
import os
import queue
import re
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

POLL_SECONDS = 0.1
NOT_NEEDED = "(not needed any more)"  # stands in the place of an answer that came from elsewhere
_PART_BYTES = 65_536
_LINE_END = re.compile(r"\r\n|\r|\n")


class EndOfInput(Exception):
    """There is no more input: Ctrl-D, or the end of a pipe."""


class QuestionWithdrawn(Exception):
    """The answer came from elsewhere, and the question is not open any more."""


class PipedLines:
    """The lines of a stream that is no terminal (None: the program has no input)."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._descriptor = _file_descriptor(stream)
        self._parts: queue.Queue[str] | None = None  # what a thread has read; None: nothing was wanted yet
        self._pending = ""
        self._is_first = True
        self._skips_line_feed = False
        self._ended = False

    def read_line(self, until: Callable[[], bool]) -> str:
        """The next line without its end. Raises EndOfInput, and QuestionWithdrawn as soon as `until` says so."""
        while not until():
            line = self._take_line()
            if line is not None:
                return line
            if self._ended:
                raise EndOfInput
            self._fill()
        raise QuestionWithdrawn

    def _take_line(self) -> str | None:
        end = _LINE_END.search(self._pending)
        if end is None:
            rest = self._pending if self._ended else ""
            self._pending = self._pending[len(rest) :]
            return rest or None
        line, self._pending = self._pending[: end.start()], self._pending[end.end() :]
        self._skips_line_feed = end.group() == "\r"  # its line feed may be in the next part
        return line

    def _fill(self) -> None:
        text = self._read_part()
        if text is None:
            return
        self._ended = text == ""
        if self._is_first:
            text = text.removeprefix("\ufeff")  # PowerShell's pipes begin so
            self._is_first = False
        if text and not self._pending and self._skips_line_feed:
            text = text.removeprefix("\n")
            self._skips_line_feed = False
        self._pending += text

    def _read_part(self) -> str | None:
        """What has come; None when nothing came in time, "" at the end."""
        if self._descriptor is None:  # a stream in memory, which keeps nobody waiting; or a closed one
            with suppress(ValueError):
                return self._stream.read(_PART_BYTES) if self._stream is not None else ""
            return ""
        if self._parts is None:
            self._parts = queue.Queue()
            threading.Thread(target=self._pass_on, args=(self._descriptor, self._parts), daemon=True).start()
        with suppress(queue.Empty):
            return self._parts.get(timeout=POLL_SECONDS)
        return None

    def _pass_on(self, descriptor: int, parts: queue.Queue[str]) -> None:
        """Read in a thread: Windows cannot wait for a pipe together with something else."""
        decoder = codecs.getincrementaldecoder(getattr(self._stream, "encoding", None) or "utf-8")(errors="replace")
        with suppress(OSError):  # the other end of the pipe is gone: that is its end
            while octets := os.read(descriptor, _PART_BYTES):
                if text := decoder.decode(octets):  # nothing yet: only the beginning of a character has come
                    parts.put(text)
        if rest := decoder.decode(b"", final=True):
            parts.put(rest)
        parts.put("")


def forget_typed(stream: TextIO | None) -> None:
    """What was typed at a terminal before now answers nothing; never fails."""
    if stream is None or not is_keyboard(stream):
        return
    with suppress(OSError, ValueError):
        if sys.platform == "win32":
            import msvcrt

            while msvcrt.kbhit():
                msvcrt.getwch()
        else:
            import termios

            with suppress(termios.error):
                termios.tcflush(stream.fileno(), termios.TCIFLUSH)


def is_keyboard(stream: TextIO | None) -> bool:
    """Whether somebody types there, at a terminal."""
    return _file_descriptor(stream) is not None and is_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person is there; in a closed stream, or in Windows' NUL, which says that it is a terminal, is none."""
    try:
        return stream is not None and stream.isatty() and not _is_nul(stream)
    except ValueError:
        return False  # a closed stream


if sys.platform == "win32":

    def _is_nul(stream: TextIO) -> bool:
        import ctypes
        import msvcrt

        descriptor, mode = _file_descriptor(stream), ctypes.c_ulong()
        if descriptor is None:
            return False
        handle = ctypes.c_void_p(msvcrt.get_osfhandle(descriptor))
        return not ctypes.windll.kernel32.GetConsoleMode(handle, ctypes.byref(mode))

else:

    def _is_nul(stream: TextIO) -> bool:
        del stream
        return False


def _file_descriptor(stream: TextIO | None) -> int | None:
    """None: the stream has none (it is in memory, or closed, or there is no stream at all)."""
    try:
        return None if stream is None else stream.fileno()
    except (OSError, ValueError, AttributeError):
        return None
