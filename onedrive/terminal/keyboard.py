"""Answers that a person types, edited by prompt_toolkit; imported when the first question is on the screen.

What comes after a line waits for the next question. The terminal's modes are changed only while a question is open, and
given back however it ends: by an answer, an exception, Ctrl-C, Ctrl-Z, a signal that ends the program, or its exit.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TextIO

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.input import Input, create_input
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPress, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import BufferControl, Layout, Window
from prompt_toolkit.layout.processors import PasswordProcessor
from prompt_toolkit.output import ColorDepth, DummyOutput, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output

from onedrive.terminal.input import NOT_NEEDED, POLL_SECONDS, EndOfInput, QuestionWithdrawn
from onedrive.terminal.screen import Question, Screen
from onedrive.words import strip_controls

# The next line of a paste follows within this time.
NEXT_LINE_SECONDS = 0.05


class Keyboard:
    """Lines typed at one terminal; one question at a time, from any thread."""

    def __init__(self, stdin: TextIO) -> None:
        self._input = create_input(stdin)
        self._lock = threading.Lock()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take in input of any length from now on, for a question that will be asked within the block."""
        with self._modes_given_back(), self._input.raw_mode():
            yield

    def read_line(
        self, question: Question, screen: Screen, *, secret: bool, until: Callable[[], bool], join_lines: bool
    ) -> str:
        """The next line without its end.

        Raises EndOfInput, KeyboardInterrupt, and QuestionWithdrawn as soon as `until` says so.

        With `join_lines`, lines that are pasted at once are one answer, without their line ends.
        """
        with self._lock, self._modes_given_back():
            editor = _Editor(self._input, question, screen, secret=secret, join_lines=join_lines)
            try:
                typed = editor.run(until)
            except EOFError:
                raise EndOfInput from None
            except KeyboardInterrupt:
                clear_typeahead(self._input)
                raise
        return typed.encode("utf-8", "surrogateescape").decode("utf-8", "replace")  # octets that are no UTF-8

    @contextmanager
    def _modes_given_back(self) -> Iterator[None]:
        """What ends the program within the block gives the modes back first: a signal, the end of the main thread."""
        if sys.platform == "win32":
            yield
            return
        modes = self._input.raw_mode()  # holds the modes of now
        with _unwound_by_signals():
            atexit.register(modes.__exit__, None, None, None)
            try:
                yield
            finally:
                modes.__exit__(None, None, None)  # also when a signal comes while they are being changed
                atexit.unregister(modes.__exit__)


@contextmanager
def _unwound_by_signals() -> Iterator[None]:
    """A signal that ends the program leaves the block in order, and then ends the program as it would have done."""
    received: list[int] = []

    def leave(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        raise SystemExit(128 + number)

    taken: list[int] = []
    if threading.current_thread() is threading.main_thread():
        taken = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
        if received:
            os.kill(os.getpid(), received[0])


class _Editor:
    """One question while it is open: its line, what the keys do to it, and what is printed above it.

    Where nothing can be redrawn prompt_toolkit draws nothing, and the question shows each change of its line itself.
    """

    def __init__(self, keys_from: Input, question: Question, screen: Screen, *, secret: bool, join_lines: bool) -> None:
        self._question = question
        self._screen = screen
        self._join_lines = join_lines
        self._line = Buffer(multiline=False)
        self._above: list[str] = []  # lasting lines that are not printed yet
        control = BufferControl(self._line, input_processors=[PasswordProcessor()] if secret else [])
        window = Window(control, height=1, get_line_prefix=lambda *_: question.prompt)
        self._app = Application[str](
            Layout(window),
            key_bindings=self._bind_keys(),
            input=keys_from,
            output=_open_output(screen) if screen.is_live else DummyOutput(),
            color_depth=ColorDepth.DEPTH_1_BIT,
            include_default_pygments_style=False,
        )
        if screen.is_live:
            question.print_by(self._print_above)
        else:
            self._line.on_text_changed += lambda line: question.show(
                "*" * len(line.text) if secret else strip_controls(line.text)
            )

    def run(self, until: Callable[[], bool]) -> str:
        """The line. Raises EOFError, KeyboardInterrupt, QuestionWithdrawn."""
        if self._screen.is_live:
            self._screen.output.write("\r")  # the prompt is there already, for whoever waits until all is imported
        try:
            return self._app.run(pre_run=lambda: self._begin(until), set_exception_handler=False)
        finally:
            self._flush_above()

    def _begin(self, until: Callable[[], bool]) -> None:
        self._app.create_background_task(self._withdraw(until))
        if sys.platform != "win32" and threading.current_thread() is threading.main_thread():
            asyncio.get_running_loop().add_signal_handler(signal.SIGCONT, self._resume)

    async def _withdraw(self, until: Callable[[], bool]) -> None:
        try:
            while not until():
                await asyncio.sleep(POLL_SECONDS)
            self._line.text = NOT_NEEDED
            self._leave(QuestionWithdrawn())
        except Exception as error:
            self._leave(error)

    def _resume(self) -> None:
        """After Ctrl-Z and fg, and after a stop that could not be caught, the shell has set its own modes."""
        self._app.input.raw_mode().__enter__()
        if self._screen.is_live:
            self._app.renderer.erase()
            self._app.invalidate()
        else:
            self._question.show_again()

    def _print_above(self, text: str) -> None:
        """Called under the screen's lock, from any thread."""
        self._above.append(text)
        loop = self._app.loop
        if loop is not None:
            with suppress(RuntimeError):  # the question ends just now, and prints it then
                loop.call_soon_threadsafe(self._flush_above)

    def _flush_above(self) -> None:
        with self._screen.lock:
            if not self._above:
                return
            text = "".join(self._above)
            self._above.clear()
            if self._app.is_running:
                self._app.renderer.erase()
            self._screen.output.write(text)
            self._app.invalidate()

    def _leave(self, error: BaseException) -> None:
        if not self._app.is_done:
            self._app.exit(exception=error)

    def _accept(self) -> None:
        if not self._app.is_done:
            self._app.exit(result=self._line.text)

    async def _accept_unless_more_comes(self) -> None:
        text = self._line.text
        await asyncio.sleep(NEXT_LINE_SECONDS)
        if self._line.text == text:
            self._accept()

    def _bind_keys(self) -> KeyBindings:
        keys = KeyBindings()

        @keys.add("c-m")
        def carriage_return(event: KeyPressEvent) -> None:
            queue = event.key_processor.input_queue
            if queue and queue[0].key == Keys.ControlJ:
                queue.popleft()  # CRLF is one end
            self._end_line(event)

        @keys.add("c-j")
        def line_feed(event: KeyPressEvent) -> None:
            self._end_line(event)

        @keys.add(Keys.BracketedPaste)
        def paste(event: KeyPressEvent) -> None:
            self._paste(event)

        @keys.add("c-c")
        @keys.add("<sigint>")
        def interrupt(_event: KeyPressEvent) -> None:
            self._leave(KeyboardInterrupt())

        @keys.add("c-d")
        @keys.add("c-@")  # as which Linux keeps a Ctrl-D that was typed while no question was open
        def end_input(_event: KeyPressEvent) -> None:
            if not self._line.text:
                self._leave(EOFError())

        @keys.add("c-z")
        def stop(event: KeyPressEvent) -> None:
            if sys.platform == "win32":
                end_input(event)
            else:
                event.app.suspend_to_background()

        return keys

    def _end_line(self, event: KeyPressEvent) -> None:
        if not self._join_lines:
            self._accept()
        elif not event.key_processor.input_queue:  # else more of a paste came with it
            event.app.create_background_task(self._accept_unless_more_comes())

    def _paste(self, event: KeyPressEvent) -> None:
        lines = event.data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        if self._join_lines:
            self._line.insert_text(strip_controls("".join(lines)))
            if not lines[-1] and len(lines) > 1:
                self._accept()
            return
        self._line.insert_text(strip_controls(lines[0]))
        if len(lines) > 1:  # the other lines are for the questions that follow
            rest = "\n".join(lines[1:])
            pasted = [KeyPress(Keys.BracketedPaste, rest)] if rest else []
            event.key_processor.feed_multiple([KeyPress(Keys.ControlJ, "\n"), *pasted], first=True)


def _open_output(screen: Screen) -> Output:
    output = create_output(screen.output.stream)
    if isinstance(output, Vt100_Output):
        output.enable_cpr = False  # asking where the cursor is would put an answer among the keys that are typed
    return output
