"""A pipe where the system cannot wait for one with a time limit (Windows): a thread of its own reads it."""

from __future__ import annotations

import codecs
import os
import queue
import threading
from contextlib import AbstractContextManager, nullcontext


class ThreadedInput:
    """What a thread reads from a pipe, a part at a time."""

    is_keyboard = False

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._parts: queue.Queue[str] = queue.Queue()
        self._ended = False
        threading.Thread(target=self._pass_on, args=(descriptor, encoding), name="input", daemon=True).start()

    def question(self) -> AbstractContextManager[None]:
        """Nothing needs to be made ready."""
        return nullcontext()

    def take_resumed(self) -> bool:
        """Never: nothing is shown for it."""
        return False

    def read(self, timeout_seconds: float) -> str | None:
        """What has come; None when nothing came in time, "" at the end."""
        if self._ended:
            return ""
        try:
            part = self._parts.get(timeout=max(timeout_seconds, 0.001))
        except queue.Empty:
            return None
        self._ended = part == ""
        return part

    def _pass_on(self, descriptor: int, encoding: str) -> None:
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        try:
            while octets := os.read(descriptor, 65_536):
                self._put(decoder.decode(octets))
        except OSError:
            pass  # the other end of the pipe is gone: that is its end
        self._put(decoder.decode(b"", final=True))
        self._parts.put("")

    def _put(self, part: str) -> None:
        if part:
            self._parts.put(part)
