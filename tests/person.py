"""A person at a terminal, for tests: types into a pty, and sees what the program writes there."""

from __future__ import annotations

import codecs
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

import pyte
import pytest

if sys.platform == "win32":
    pytest.skip("ptys are a thing of POSIX", allow_module_level=True)

import fcntl
import pty
import termios

PATIENCE_SECONDS = 60.0  # only a failure waits so long
_SILENT = "\x05"  # a terminal shows nothing of it
_MOST_ROWS = 200  # more than a window shows, so that nothing scrolls out of sight

# The pty becomes the controlling terminal of the program's session, so that its keys send signals.
_TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as the condition holds; fail when it does not within some seconds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for: {what}"
        time.sleep(0.005)


class Person:
    """Sits at one pty; `keyboard` and `screen` are the program's ends of it."""

    def __init__(self, *, width: int = 80, height: int = 24) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.keyboard: TextIO = os.fdopen(slave, "r", encoding="utf-8")
        self.screen: TextIO = os.fdopen(os.dup(slave), "w", encoding="utf-8")
        self.written = ""
        self._glass = pyte.Screen(width, _MOST_ROWS)
        self._writing = pyte.Stream(self._glass)
        self._looking = threading.Lock()
        self._left = threading.Event()
        self._reader = threading.Thread(target=self._watch, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.keyboard.close()
        self.screen.close()
        self._left.set()
        self._reader.join(PATIENCE_SECONDS)
        os.close(self._master)

    def type(self, text: str) -> None:
        """Type or paste, as fast as the terminal takes it."""
        octets = text.encode()
        while octets:
            octets = octets[os.write(self._master, octets) :]

    def sees(self, text: str) -> None:
        """Wait until this has been written, in one piece or by and by."""
        wait_for(
            lambda: text in self.written or text in "\n".join(self.rows()),
            f"{text!r} on the screen, which has {self.written[-500:]!r}",
        )

    def sees_end(self, program: subprocess.Popen[bytes]) -> int:
        """Wait until the program has ended and all that it wrote is seen; its exit code."""
        code = program.wait(PATIENCE_SECONDS)
        self.screen.write(_SILENT)  # comes after what the program wrote
        self.screen.flush()
        wait_for(lambda: self.written.endswith(_SILENT), "the end of what was written")
        self.written = self.written.removesuffix(_SILENT)
        return code

    def rows(self) -> list[str]:
        """What is on the screen now, and above it: without what is empty at the ends of rows and at the end."""
        with self._looking:
            return "\n".join(row.rstrip() for row in self._glass.display).rstrip("\n").split("\n")

    def is_cursor_hidden(self) -> bool:
        """Whether the cursor is out of sight."""
        with self._looking:
            return bool(self._glass.cursor.hidden)

    def resize(self, *, width: int, height: int = 24) -> None:
        """Make the window narrower or wider; this screen does not break its old rows anew."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        with self._looking:
            self._glass.resize(_MOST_ROWS, width)

    def is_canonical(self) -> bool:
        """Whether the terminal edits and echoes lines itself, as it does outside of questions."""
        local_flags: int = termios.tcgetattr(self._master)[3]
        return bool(local_flags & termios.ICANON) and bool(local_flags & termios.ECHO)

    def be_canonical(self) -> None:
        """Set the modes that a shell sets when a program of its is stopped."""
        modes = termios.tcgetattr(self._master)
        modes[3] |= termios.ICANON | termios.ECHO
        termios.tcsetattr(self._master, termios.TCSANOW, modes)

    def start(self, code: str, *, as_job: bool = False, **environ: str) -> subprocess.Popen[bytes]:
        """Run Python code as a program whose terminal this is; its keys act (Ctrl-C).

        `as_job`: as a shell runs it, so that it can be stopped and continued; then keys send no signals.
        """
        return subprocess.Popen(
            [sys.executable, "-c", code if as_job else _TAKE_TERMINAL + code],
            stdin=self.keyboard,
            stdout=self.screen,
            stderr=self.screen,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "", "PYTHONIOENCODING": "utf-8", **environ},
            start_new_session=not as_job,
            process_group=0 if as_job else None,
        )

    def _watch(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while select.select([self._master], [], [], 0.05)[0] or not self._left.is_set():
            try:
                octets = os.read(self._master, 65_536) if select.select([self._master], [], [], 0)[0] else b""
            except OSError:
                return  # the program has closed the terminal
            text = decoder.decode(octets)
            with self._looking:
                self._writing.feed(text)
            self.written += text.replace("\r\n", "\n")
