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

import pytest

from tests.glass import Glass

if sys.platform == "win32":
    pytest.skip("ptys are a thing of POSIX", allow_module_level=True)

import fcntl
import pty
import termios

PATIENCE_SECONDS = 10.0

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
        self._width = width
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

    def type_slowly(self, text: str, *, part: int, pause_seconds: float) -> None:
        """Type or paste in parts with pauses between them, as a slow line brings them."""
        for i in range(0, len(text), part):
            self.type(text[i : i + part])
            time.sleep(pause_seconds)

    def sees(self, text: str) -> None:
        """Wait until this has been written."""
        wait_for(lambda: text in self.written, f"{text!r} on the screen, which has {self.written[-500:]!r}")

    def rows(self) -> list[str]:
        """What is on the screen now."""
        glass = Glass(self._width)
        glass.write(self.written)
        return glass.shown()

    def is_canonical(self) -> bool:
        """Whether the terminal edits and echoes lines itself, as it does outside of questions."""
        local_flags: int = termios.tcgetattr(self._master)[3]
        return bool(local_flags & termios.ICANON) and bool(local_flags & termios.ECHO)

    def start(self, code: str) -> subprocess.Popen[bytes]:
        """Run Python code as a program of its own whose terminal this is; its keys act (Ctrl-C)."""
        return self._start(_TAKE_TERMINAL + code, new_session=True, process_group=None)

    def start_as_job(self, code: str) -> subprocess.Popen[bytes]:
        """Run Python code as a job that can be stopped and continued, as a shell runs it."""
        return self._start(code, new_session=False, process_group=0)

    def _start(self, code: str, *, new_session: bool, process_group: int | None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=self.keyboard,
            stdout=self.screen,
            stderr=self.screen,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "", "PYTHONIOENCODING": "utf-8"},
            start_new_session=new_session,
            process_group=process_group,
        )

    def _watch(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while select.select([self._master], [], [], 0.05)[0] or not self._left.is_set():
            try:
                octets = os.read(self._master, 65_536) if select.select([self._master], [], [], 0)[0] else b""
            except OSError:
                return  # the program has closed the terminal
            self.written += decoder.decode(octets).replace("\r\n", "\n")
