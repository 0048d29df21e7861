"""Where input can come from: a keyboard, a pipe or file, a stream in memory, nowhere; `open_source` finds out which."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TextIO

from onedrive.line_reader import InputSource


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
        from onedrive.threaded_input import ThreadedInput
        from onedrive.windows_console import WindowsKeyboard

        source = WindowsKeyboard() if stream.isatty() else ThreadedInput(descriptor, encoding)
    else:
        from onedrive.posix_input import PosixInput, PosixKeyboard

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
