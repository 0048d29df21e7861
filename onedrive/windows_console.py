"""The console of Windows: keys one by one, and switching escape sequences on."""

from __future__ import annotations

import sys

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
