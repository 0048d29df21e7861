"""The console of Windows: keys one by one, and switching escape sequences on."""

from __future__ import annotations

import codecs
import os
import queue
import sys
import threading
from contextlib import AbstractContextManager, nullcontext

if sys.platform == "win32":
    import ctypes
    import msvcrt
    import time
    from contextlib import AbstractContextManager, nullcontext

    _STANDARD_OUTPUT = -11
    _ENABLE_VIRTUAL_TERMINAL_PROCESSING = 0x0004

    class WindowsKeyboard:
        """The keyboard of a console window."""

        is_keyboard = True

        def question(self) -> AbstractContextManager[None]:
            """The console has no modes to change: keys are read past its own line editing."""
            return nullcontext()

        def take_resumed(self) -> bool:
            """Never: programs are not stopped and continued here."""
            return False

        def read(self, timeout_seconds: float) -> str | None:
            """What has been typed; None when nothing was typed in time."""
            deadline = time.monotonic() + timeout_seconds
            while not msvcrt.kbhit():
                if time.monotonic() >= deadline:
                    return None
                time.sleep(0.01)
            units: list[str] = []
            while msvcrt.kbhit():
                units.append(msvcrt.getwch())
                if units[-1] in PREFIXES:
                    units.append(msvcrt.getwch())
            return decode_keys("".join(units))

    def enable_escape_sequences() -> bool:
        """Ask the console to obey escape sequences (Windows 10 and later do); whether it will."""
        kernel = ctypes.windll.kernel32
        handle = kernel.GetStdHandle(_STANDARD_OUTPUT)
        mode = ctypes.c_ulong()
        if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            return False
        return bool(kernel.SetConsoleMode(handle, mode.value | _ENABLE_VIRTUAL_TERMINAL_PROCESSING))


PREFIXES = "\x00\xe0"
# Second codes of the arrows, Home, End, Page, Ins and Del (Microsoft C run-time library, _getwch). \xe0 is also the
# letter à: after it anything else is text, small letters too, though those are Ctrl with an arrow.
_AFTER_E0 = frozenset("GHIKMOPQRS")


def decode_keys(units: str) -> str:
    """What the console's UTF-16 units and key codes mean as text. Raises KeyboardInterrupt for Ctrl-C.

    Ctrl-Z, the end of input here, becomes Ctrl-D.
    """
    text = ""
    rest = iter(units)
    for unit in rest:
        if unit in PREFIXES:
            second = next(rest, "")
            text += "" if unit == "\x00" or second in _AFTER_E0 else unit + second
        else:
            text += unit
    if "\x03" in text:
        raise KeyboardInterrupt
    return text.replace("\x1a", "\x04").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


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
