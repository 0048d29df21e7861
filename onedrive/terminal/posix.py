"""Input on Linux and macOS: pipes and files by descriptor, and the keyboard with its terminal modes.

While a question is open the keyboard gives keys one by one: the terminal's own line editing cuts a line at 4,095 bytes
(macOS: 1,024). Nothing is flushed when modes change, so nothing that was typed is lost. The modes are given back
however a question ends: by an answer, an exception, Ctrl-C, Ctrl-Z, a signal that ends the program, or its exit.
"""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import atexit
    import codecs
    import os
    import select
    import signal
    import termios
    import threading
    from collections.abc import Iterator
    from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
    from types import FrameType

    _MARK_PASTES, _MARK_PASTES_NO_MORE = b"\x1b[?2004h", b"\x1b[?2004l"
    _INPUT_FLAGS, _LOCAL_FLAGS, _CONTROL_CHARACTERS = 0, 3, 6  # places in the list that tcgetattr returns

    class PosixInput:
        """A pipe or a file."""

        is_keyboard = False

        def __init__(self, descriptor: int, encoding: str) -> None:
            self._descriptor = descriptor
            self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")

        def question(self) -> AbstractContextManager[None]:
            """Nothing needs to be made ready."""
            return nullcontext()

        def take_resumed(self) -> bool:
            """Never: nothing is shown for it."""
            return False

        def read(self, timeout_seconds: float) -> str | None:
            """What has come; None when nothing came in time, "" at the end."""
            if not select.select([self._descriptor], [], [], timeout_seconds)[0]:
                return None
            try:
                octets = os.read(self._descriptor, 65_536)
            except OSError:
                octets = b""  # the terminal is gone
            if not octets:
                return self._decoder.decode(b"", final=True)
            return self._decoder.decode(octets) or None  # None: only the beginning of a character has come

    class PosixKeyboard(PosixInput):
        """The keyboard of a terminal."""

        is_keyboard = True

        def __init__(self, descriptor: int, encoding: str, *, marks_pastes: bool) -> None:
            super().__init__(descriptor, encoding)
            self._marks_pastes = marks_pastes
            self._resumed = False
            self._modes_before: list[int | list[bytes | int]] | None = None  # None: no question is open

        def take_resumed(self) -> bool:
            """Whether the program was stopped and goes on since this was last asked."""
            resumed, self._resumed = self._resumed, False
            return resumed

        @contextmanager
        def question(self) -> Iterator[None]:
            """Keys come one by one and unechoed; Ctrl-C and Ctrl-Z keep their meaning."""
            if self._modes_before is not None:  # within another that is open
                yield
                return
            atexit.register(self._give_modes_back)
            try:
                with self._modes_given_back_on_signals():
                    self._take_keys()
                    yield
            finally:
                self._give_modes_back()
                atexit.unregister(self._give_modes_back)

        def _take_keys(self) -> None:
            with suppress(termios.error):  # the terminal is gone: reading will say so
                self._modes_before = termios.tcgetattr(self._descriptor)
                termios.tcsetattr(self._descriptor, termios.TCSANOW, _modes_for_keys(self._modes_before))
                self._tell_terminal(_MARK_PASTES)

        def _give_modes_back(self) -> None:
            modes, self._modes_before = self._modes_before, None
            if modes is not None:
                with suppress(termios.error):
                    self._tell_terminal(_MARK_PASTES_NO_MORE)
                    termios.tcsetattr(self._descriptor, termios.TCSANOW, modes)

        def _tell_terminal(self, sequence: bytes) -> None:
            if self._marks_pastes:
                with suppress(OSError):  # input that is open for reading only: then pastes come without marks
                    os.write(self._descriptor, sequence)

        @contextmanager
        def _modes_given_back_on_signals(self) -> Iterator[None]:
            taken: list[int] = []
            if threading.current_thread() is threading.main_thread():
                signals = (signal.SIGTSTP, signal.SIGTERM, signal.SIGHUP, signal.SIGCONT)
                taken = [number for number in signals if signal.getsignal(number) is signal.SIG_DFL]
            for number in taken:
                signal.signal(number, self._resume if number == signal.SIGCONT else self._let_signal_act)
            try:
                yield
            finally:
                for number in taken:
                    signal.signal(number, signal.SIG_DFL)

        def _let_signal_act(self, number: int, _frame: FrameType | None) -> None:
            self._give_modes_back()
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)  # a stopped program goes on below
            signal.signal(number, self._let_signal_act)
            self._resume(number, None)

        def _resume(self, _number: int, _frame: FrameType | None) -> None:
            """After Ctrl-Z and fg, and after a stop that could not be caught, the shell has set its own modes."""
            self._give_modes_back()
            self._take_keys()
            self._resumed = True

    def _modes_for_keys(modes: list[int | list[bytes | int]]) -> list[int | list[bytes | int]]:
        changed = list(modes)
        local, inputs, controls = changed[_LOCAL_FLAGS], changed[_INPUT_FLAGS], changed[_CONTROL_CHARACTERS]
        if isinstance(local, int) and isinstance(inputs, int) and isinstance(controls, list):
            changed[_LOCAL_FLAGS] = local & ~(termios.ICANON | termios.ECHO | termios.ECHONL | termios.IEXTEN)
            changed[_INPUT_FLAGS] = inputs & ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.ISTRIP)
            controls = list(controls)
            controls[termios.VMIN], controls[termios.VTIME] = 1, 0
            changed[_CONTROL_CHARACTERS] = controls
        return changed
