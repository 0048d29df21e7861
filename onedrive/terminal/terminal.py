"""The terminal: say, ask, table, progress. Everything that a person reads or types goes through here.

Output goes to a `Screen` (one lock, lasting lines above, changing ones below), input comes from a `Keyboard` or through
a pipe. prompt_toolkit and rich are imported for the first question at a keyboard and the first progress or table in a
live terminal; whatever is not a live terminal gets plain lines without escape sequences. Names from the service go
through `words.printable` first; no text is ever markup.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from onedrive.errors import OneDriveError, WrongAnswer
from onedrive.terminal.events import EventWriter
from onedrive.terminal.input import (
    NOT_NEEDED,
    EndOfInput,
    PipedLines,
    QuestionWithdrawn,
    forget_typed,
    is_keyboard,
    is_terminal,
)
from onedrive.terminal.progress import PLAIN_PERIOD_SECONDS, SERVICE, Expected, Progress, show_progress
from onedrive.terminal.screen import Listener, Screen, Style
from onedrive.terminal.table import Column, choose_columns, plain_table_lines
from onedrive.words import START, display_width, name_commands, printable, strip_controls, without_marks

if TYPE_CHECKING:
    from onedrive.terminal.keyboard import Keyboard


def show_error(terminal: Terminal, error: OneDriveError) -> None:
    """What happened, and what to do next."""
    terminal.say(error.sentence, style="problem")
    if error.hint:
        terminal.say(error.hint)


__all__ = ["Column", "EndOfInput", "InputNotAllowed", "Progress", "QuestionWithdrawn", "Style", "Terminal"]

BACK = "0"
_QUIT = "q"
_Answer = TypeVar("_Answer")
EventListener = Callable[[str, dict[str, object]], None]
_LEAST_ROOM_FOR_ANSWER = 24
_IN_WORDS = frozenset({"sentence", "hint", "cure", "words", "reason", "text"})  # fields of events that may be hints


class InputNotAllowed(OneDriveError):
    """A question came up though the program was told never to ask."""

    exit_code = 4

    def __init__(self, question: str) -> None:
        super().__init__(
            f"Only a person can answer this, and --no-input forbids asking: {question.strip()}",
            "Start the program once without --no-input and answer the question; it remembers what it can.",
        )


class Terminal:
    """What the person sees and types; methods may be called from any thread.

    One Terminal reads its stdin alone: what is typed ahead is kept in it for the next question.
    """

    def __init__(
        self,
        *,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        environ: Mapping[str, str] | None = None,
        no_input: bool = False,
        plain: bool = False,
        plain_period_seconds: float = PLAIN_PERIOD_SECONDS,
        events: EventWriter | None = None,
        quiet: bool = False,
        verbose: bool = False,
    ) -> None:
        self.can_ask = not no_input
        self.is_quiet = quiet
        self.is_verbose = verbose
        self._command = ""  # what a person types before the number of an option; '': they are in the menu
        self.goes_on = False  # by itself, with another option, when this one has ended
        self._start = START
        self._events = events
        self._hear_event: EventListener | None = None
        self._environ = os.environ if environ is None else environ
        self._is_plain = plain
        self._screen = Screen(None if quiet else stdout or sys.stdout, self._environ, plain=plain)
        self._screen.speak = self._speak
        self._expected = Expected()
        self._plain_period_seconds = plain_period_seconds
        self._stdin = stdin or sys.stdin
        self._piped = PipedLines(self._stdin)
        self._keyboard: Keyboard | None = None  # None: nothing was asked there yet
        self._question_screen = self._screen if self._screen.is_terminal else _screen_of(self._stdin, self._screen)

    @property
    def is_live(self) -> bool:
        """Whether the output can redraw lines in place."""
        return self._screen.is_live

    @property
    def is_plain(self) -> bool:
        """Whether a screen reader may read the output: then nothing is drawn with characters."""
        return self._is_plain

    @property
    def has_keyboard(self) -> bool:
        """Whether answers are typed at a terminal, and do not come from a pipe or a file."""
        return is_keyboard(self._stdin)

    @property
    def width(self) -> int:
        """Columns now; 80 when the output is no terminal."""
        return self._screen.width

    @property
    def is_closed(self) -> bool:
        """Whether nobody reads the output any more; then printing does nothing, and questions raise EndOfInput."""
        return self._screen.output.is_closed

    @property
    def lost(self) -> Mapping[str, OSError]:
        """What could not be written to its end, because its disk did not take it: what it is, and what was said."""
        events = self._events.failure if self._events is not None else None
        kinds = {"The events of --json": events, "The output": self._screen.output.failure}
        return {what: error for what, error in kinds.items() if error is not None}

    def can_show(self, text: str) -> bool:
        """Whether the output's encoding has these characters."""
        return self._screen.can_show(text)

    def say(self, text: str = "", *, style: Style = "normal") -> None:
        """Print a text: wrapped between words in a live terminal, addresses whole; a line a paragraph elsewhere."""
        self._screen.print(text, style)

    def say_verdict(self, verdict: str, next_step: str, *, style: Style = "normal") -> None:
        """The last words of an option, and what to choose next, unless the program goes on with that by itself."""
        self.say(verdict if self.goes_on else f"{verdict} {next_step}".strip(), style=style)

    def say_unlogged(self, text: str, *, style: Style = "normal") -> None:
        """Print what may be on the screen and in no log: a code that the person is to type elsewhere."""
        self._screen.print_unheard(text, style)

    def detail(self, text: str) -> None:
        """Print what only --verbose and the log want to know."""
        if self.is_verbose:
            self._screen.print(text, "quiet")
        else:
            self._screen.note(text)

    def note(self, text: str, *, style: Style = "normal") -> None:
        """Tell the log alone."""
        self._screen.note(text, style)

    def name_commands(self, command: str) -> None:
        """There is no menu in this run: 'choose 3' is said as 'run python start.py 3' from now on."""
        self._command = command

    def name_start(self, start: str) -> None:
        """The program is started with this command, and not with 'python start.py'."""
        self._start = start

    def _speak(self, text: str) -> str:
        """A text as this run says it."""
        text = text if self._start == START else text.replace(START, self._start)
        return without_marks(name_commands(text, self._command) if self._command else text)

    def complain(self, text: str) -> None:
        """With --quiet the one thing that is said: what failed, on stderr."""
        self._screen.note(text, "problem")
        screen = Screen(sys.stderr, self._environ, plain=self._is_plain)
        screen.speak = self._speak
        screen.print(text)

    def listen_with(self, listener: Listener | None) -> None:
        """Let the log hear all that is said from now on, whether or not it is shown."""
        self._screen.listener = listener

    def listen_for_events(self, listener: EventListener) -> None:
        """Let the report of the run hear every event from now on, whether or not a program reads them."""
        self._hear_event = listener

    def name_profile(self, name: str | None) -> None:
        """Whose run it is from now on, for whoever reads events; None: there is but one."""
        if self._events is not None:
            self._events.profile = name

    @property
    def has_events(self) -> bool:
        """Whether a program reads our output; what costs something to gather for it is gathered only then."""
        return self._events is not None

    def event(self, name: str, /, **fields: object) -> None:
        """Tell a program that reads our output what happened: with --json one object a line on stdout, else nothing.

        `name` and `fields` are those of `event_schema`; values are what JSON has, names from the service as they are.
        """
        if self._events is not None or self._hear_event is not None:
            fields |= {key: self._speak(str(fields[key])) for key in _IN_WORDS & fields.keys()}
        if self._hear_event is not None:
            self._hear_event(name, fields)
        if self._events is not None:
            self._events.write(name, fields)

    def ask(
        self,
        question: str,
        *,
        default: str = "",
        secret: bool = False,
        until: Callable[[], bool] | None = None,
        join_lines: bool = False,
    ) -> str:
        """One line from the person, without its end; `default` for an empty one, which the question shows in brackets.

        Raises QuestionWithdrawn as soon as `until` says so (asked about ten times a second): what was typed half is
        dropped, later input is untouched. With `join_lines` a paste of several lines is one answer, without line ends.
        Raises EndOfInput at Ctrl-D or the end of a pipe, InputNotAllowed where a default is missing under --no-input.
        """
        self._screen.note(question)
        if not self.can_ask:
            if default:
                return default
            raise InputNotAllowed(question)
        if self._question_screen.output.is_closed:
            raise EndOfInput
        prompt = f"{question.rstrip()} [{default}] " if default and not secret else f"{question.rstrip()} "
        above, _, last = strip_controls(prompt).rpartition("\n")
        if self._question_screen.is_live and display_width(last) > self._question_screen.width - _LEAST_ROOM_FOR_ANSWER:
            above, last = prompt.rstrip(), "> "
        if above:
            self._question_screen.print_unheard(above)
        with self._question_screen.question(last) as shown:
            try:
                if self.has_keyboard:
                    answer = self._open_keyboard().read_line(
                        shown, self._question_screen, secret=secret, until=until or _never, join_lines=join_lines
                    )
                else:
                    answer = self._piped.read_line(until or _never)
            except QuestionWithdrawn:
                shown.show(NOT_NEEDED)
                raise
        return answer if answer.strip() else default

    def ask_until(
        self,
        question: str,
        parse: Callable[[str], _Answer],
        *,
        default: str = "",
        secret: bool = False,
        until: Callable[[], bool] | None = None,
        join_lines: bool = False,
    ) -> _Answer:
        """Ask as `ask` does until `parse` makes a value of the answer; what its WrongAnswer says is shown before again.

        `parse` is given the line as it was typed, or `default`.
        """
        while True:
            try:
                return parse(self.ask(question, default=default, secret=secret, until=until, join_lines=join_lines))
            except WrongAnswer as wrong:
                if str(wrong):
                    self.say(str(wrong), style="warning")

    def pick(self, question: str, choices: Mapping[str, str], *, default: str = "") -> str:
        """The key of one of the choices, which are shown a line each; `default` is what Enter takes.

        Raises as `ask`.
        """
        for key, label in choices.items():
            self.say(f"  {key}  {label}")
        return self.pick_shown(question, choices, default=default)

    def pick_shown(self, question: str, keys: Iterable[str], *, default: str = "") -> str:
        """One of the keys that are on the screen already, numbers or small letters; q is 0, where that is among them.

        Without a default Enter only asks again. Raises as `ask`.
        """
        return self.ask_until(question, lambda typed: _read_key(typed, [*keys]), default=default)

    def forget_typed(self) -> None:
        """What was typed at the terminal before now, while something ran, answers no question."""
        forget_typed(self._stdin)

    def listening(self) -> AbstractContextManager[None]:
        """Within the block a long paste is taken in whole, also before the question for it is asked."""
        return self._open_keyboard().listening() if self.can_ask and self.has_keyboard else nullcontext()

    def table(self, columns: Sequence[Column | str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
        """Print a table; figures line up on the right."""
        clean = [[strip_controls(cell).replace("\n", " ") for cell in row] for row in rows]
        chosen = choose_columns(columns, clean)
        lines = plain = plain_table_lines(chosen, clean)
        if self.is_live:
            from onedrive.terminal.drawing import draw_table

            screen = self._screen
            lines = draw_table(chosen, clean, screen.size, in_colour=screen.in_colour, fine_lines=screen.can_show("─"))
        with self._screen.lock:
            if title:
                self._screen.print(title, "heading")
            self._screen.print_lines(lines)
            if self._screen.listener is not None:
                for line in plain:
                    self._screen.tell_listener(line)

    def expect(self, who: str, until: float) -> None:
        """A service told us to wait until then (seconds since 1970): work that stands still says so."""
        self._expected.who, self._expected.until = who, max(until, self._expected.until)

    def progress(self, title: str, *, waits_for: str = SERVICE) -> AbstractContextManager[Progress]:
        """Show how far the work in the block is, and while nothing comes what it `waits_for` (see Progress)."""
        return show_progress(
            self._screen,
            title,
            waits_for=waits_for,
            expected=self._expected,
            plain_period_seconds=self._plain_period_seconds,
            tell=(lambda facts: self.event("progress", **facts)) if self._events is not None else None,
        )

    def _open_keyboard(self) -> Keyboard:
        if self._keyboard is None:
            from onedrive.terminal.keyboard import Keyboard

            self._keyboard = Keyboard(self._stdin or sys.stdin)
        return self._keyboard


def _never() -> bool:
    return False


def _read_key(typed: str, keys: Sequence[str]) -> str:
    key = typed.strip().lower()
    if key.isascii() and key.isdigit():
        key = key.lstrip("0") or BACK
    if key == _QUIT and key not in keys:
        key = BACK
    if key in keys:
        return key
    if not key:
        raise WrongAnswer
    *first, last = keys
    these = f"{', '.join(first)} or {last}" if first else last
    raise WrongAnswer(f"There is no '{printable(typed.strip()[:40])}' here. Type {these} and Enter.")


def _screen_of(stdin: TextIO | None, screen: Screen) -> Screen:
    """Where questions go when the output is no terminal: to the terminal of the keyboard, if there is one."""
    if stdin is None or not is_keyboard(stdin):
        return screen
    try:
        device = "CONOUT$" if sys.platform == "win32" else os.ttyname(stdin.fileno())
        terminal = Path(device).open("w", encoding=stdin.encoding)  # noqa: SIM115 - as long as the program
    except OSError:
        return screen
    return Screen(terminal, {}, plain=True)


@dataclass(frozen=True)
class Speech:
    """The flags about speaking, as `flag_parser` names them."""

    no_input: bool = False
    quiet: bool = False
    verbose: bool = False
    json: bool = False
    plain: bool = False


def hear_speech(arguments: Sequence[str]) -> Speech:
    """How the command line asks us to speak, whatever else is in it."""
    return Speech(**{name: f"--{name.replace('_', '-')}" in arguments for name in vars(Speech())})


def open_terminal(speech: Speech) -> Terminal:
    """The terminal of the run: with --json events have stdout alone, and words go to stderr; --quiet asks nothing."""
    is_shared = speech.json and is_terminal(sys.stdout)  # events and words on one screen
    return Terminal(
        stdout=sys.stderr if speech.json else None,
        no_input=speech.no_input or speech.quiet,
        plain=speech.plain or is_shared,
        events=EventWriter(sys.stdout) if speech.json else None,
        quiet=speech.quiet or (speech.json and sys.stderr is None),  # words are never among the events
        verbose=speech.verbose,
    )
