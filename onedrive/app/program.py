"""One run of the program: what its steps share, options run one after the other, and how the process ends.

What may be imported by `start.py` alone (the steps, the pretend OneDrive) is handed in as `Outside`. The numbers of
the command line are run here, those of the menu in `menu`.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from onedrive.app.command_line import CommandLine
from onedrive.app.moving_out import MOVING_OUT, next_of_moving_out, say_no_sheet
from onedrive.app.options import CHOOSE, DOWNLOAD, OPTIONS, QUIT, SIGN_IN, VERIFY
from onedrive.app.profiles import check_downloads_of_others, check_profile
from onedrive.app.run_report import RunReport, describe_failure
from onedrive.choosing.selection import SELECTION, Selection, read_selection
from onedrive.download.outcome import JobSoFar
from onedrive.errors import OneDriveError, SettingsError, UsageError
from onedrive.home.files import current_folder, disk_errors, hints_for, make_folder
from onedrive.home.lock import RunLock, check_no_other_run
from onedrive.home.own_places import check_demo_home, check_no_pipes, check_state_files
from onedrive.net.hosts import Traffic, name_service
from onedrive.settings import Settings, read_what_can_be
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.input import EndOfInput, is_terminal
from onedrive.terminal.terminal import Terminal

if TYPE_CHECKING:
    from onedrive.graph.session import GraphSession
    from onedrive.net.client import HttpClient
    from onedrive.net.patience import SharedPause
    from onedrive.signin.browser import Browser
    from onedrive.signin.tokens import RenewableTokens


_UTF8_MODE = "PYTHONUTF8"
# What is missing again so soon was not cured: then the person is told, and nothing goes round in circles.
NO_CURE_SECONDS = 60.0


class WaitingOptions:
    """The options that go on when another one is done; the one chosen first waits longest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: list[tuple[int, int]] = []  # an option, and the one it waits for
        self._went_on: dict[tuple[int, int], float] = {}

    def wait(self, number: int, *, until: int) -> bool:
        """Let an option wait until another is done; False when it has just been, and that was no cure."""
        pair = (number, until)
        went_on = self._went_on.get(pair)
        is_circle = number == until or pair in self._waiting
        if is_circle or (went_on is not None and self._clock() - went_on <= NO_CURE_SECONDS):
            return False
        self._waiting.append(pair)
        return True

    def describe(self) -> str:
        """What comes after all that is missing: the option that the person chose is always among it."""
        numbers = [str(number) for number, _ in reversed(self._waiting)]
        if len(numbers) == 1:
            return f"option {numbers[0]} then goes on by itself"
        return f"options {', '.join(numbers[:-1])} and {numbers[-1]} then go on by themselves"

    def is_waited_for(self, number: int) -> bool:
        """Whether an option goes on when this one is done."""
        return bool(self._waiting) and self._waiting[-1][1] == number

    def go_on(self, done: int) -> int | None:
        """An option is done: the one that waited for it, None when none did."""
        if not self.is_waited_for(done):
            return None
        pair = self._waiting.pop()
        self._went_on[pair] = self._clock()
        return pair[0]

    def forget(self) -> None:
        """All is done, or what was to come first did not come about; what the person chooses next begins anew."""
        self._waiting.clear()
        self._went_on.clear()


def spell_every_name() -> None:
    """Start again in Python's UTF-8 mode where the locale's encoding has not all signs that names are made of.

    What is shown stays in the terminal's own encoding. Windows' names are Unicode whatever the locale.
    """
    if sys.getfilesystemencoding() == "utf-8" or os.environ.get(_UTF8_MODE) == "1":
        return
    os.environ[_UTF8_MODE] = "1"
    if sys.stdout is not None:
        os.environ.setdefault("PYTHONIOENCODING", f"{sys.stdout.encoding}:backslashreplace")
    with contextlib.suppress(OSError):
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves once more


def keep_libraries_quiet() -> None:
    """What libraries log or warn about is not for the person at the menu."""
    logging.getLogger().addHandler(logging.NullHandler())
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    sys.unraisablehook = _keep_ctrl_c


def _keep_ctrl_c(lost: sys.UnraisableHookArgs) -> None:
    """A Ctrl-C that Python notices while it collects garbage cannot be raised there: it comes again right after."""
    if lost.exc_type is KeyboardInterrupt:
        threading.Timer(0.01, _thread.interrupt_main).start()
    elif sys.warnoptions or sys.flags.dev_mode:
        sys.__unraisablehook__(lost)


def forget_half_loaded() -> None:
    """After a Ctrl-C in the middle of an import: let go of parts of a library that is not there as a whole.

    Python forgets the whole alone, and whoever imports it again would miss those parts in it. Compiled ones stay.
    """
    for name, module in list(sys.modules.items()):
        above = name.split(".")[:-1]
        is_whole = all(".".join(above[: depth + 1]) in sys.modules for depth in range(len(above)))
        if not is_whole and str(getattr(module, "__file__", "")).endswith(".py"):
            del sys.modules[name]


def leave(code: int) -> NoReturn:
    """Leave with the exit code, also when whoever read our output has gone, or never was there.

    At once: what Python would still do is to take apart all that was loaded and listed, piece by piece.
    """
    atexit._run_exitfuncs()
    for descriptor, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)
    os._exit(code)


Say = Callable[[str], None]


@dataclass(frozen=True)
class Outside:
    """What `start.py` alone may import; each function imports it when it is called: the menu must be quick.

    `steps` are the options by number. `open_tokens` gives the saved sign-in. `demo_app_id` is the registration that
    the pretend OneDrive knows, `start_demo` starts it in a home and returns its port, `consent` lets its own person
    sign in at an address.
    """

    steps: Mapping[int, Callable[[Program], StepResult]]
    open_tokens: Callable[[Settings, HttpClient, SharedPause, Say], RenewableTokens]
    demo_app_id: Callable[[], str]
    start_demo: Callable[[Path, ExitStack], int]
    consent: Callable[[int, str], None]


class Program:
    """One run of the program."""

    def __init__(self, command: CommandLine, terminal: Terminal, resources: ExitStack, outside: Outside) -> None:
        self.command = command
        self.terminal = terminal
        self.in_menu = not command.options
        self.waiting = WaitingOptions()
        self.retries_failed = False  # the person chose to try again what failed, and nothing else
        self.puts_back = False  # the person chose to put earlier contents in place again
        self.adds_pictures = False  # the person chose small pictures for the report
        self.moves_out = command.move_out  # 3, 4 and 6 make one whole, with a sheet at its end
        self.done = ""  # the key of the menu that has just come to its end
        self.page: Path | None = None  # what an option of this run has left for a browser
        self.page_is_new = False  # and nothing was chosen since
        self.job = JobSoFar()  # of the option that waits for a sign-in
        self.next_profile: str | None = None  # the person changes to it in the menu
        # What could not be read of the settings: only an option that says so may run then.
        self.settings, self.faults = read_what_can_be(command.flags, os.environ, current_folder())
        if self.faults and self.in_menu:
            raise self.faults[0]
        self.traffic = Traffic(lambda text: terminal.note(text, style="warning"))
        self._demo_port = command.demo_port
        self._resources = resources
        self._outside = outside
        self._http: HttpClient | None = None
        self._is_at_terminal = terminal.can_ask and is_terminal(sys.stdin) and is_terminal(sys.stdout)
        if not self.in_menu:
            terminal.name_commands(command.again)
        if SIGN_IN not in command.options:
            check_profile(self.settings, command.again)
        if command.demo:
            self._enter_demo()
        for remark in self.settings.remarks:
            terminal.say(remark, style="warning")

    @property
    def http(self) -> HttpClient:
        """The connections of this run; made, with the library for them, when first needed."""
        if self._http is None:
            from onedrive.net.client import HttpClient

            self._http = HttpClient(
                demo_port=self.demo_port,
                traffic=self.traffic,
                system_certificates=self.settings.system_certificates,
            )
            self._resources.callback(self._http.close)
        return self._http

    def open_http(self, timeout_seconds: float) -> HttpClient:
        """Connections of their own, which are given up sooner; whoever asks for them closes them."""
        from onedrive.net.client import HttpClient
        from onedrive.net.reply import Timeouts

        return HttpClient(
            demo_port=self.demo_port,
            timeouts=Timeouts(*[timeout_seconds] * 3),
            traffic=self.traffic,
            system_certificates=self.settings.system_certificates,
        )

    @property
    def demo_port(self) -> int | None:
        """The port of the pretend OneDrive, which is started when first needed; None outside the demo."""
        if self.command.demo and self._demo_port is None:
            self._demo_port = self._start_demo()
        return self._demo_port

    @property
    def consents_by_itself(self) -> bool:
        """True in the demo when nobody sits at a terminal: then the demo's own person signs in."""
        return self.command.demo and not self._is_at_terminal

    def selection(self) -> Selection:
        """What is wanted in this run: selection.json, and the flags that win over it.

        Raises StateFileBroken, and UsageError when the two leave nothing that a file could be.
        """
        with disk_errors(self.settings.home):
            selection = replace(read_selection(self.settings.home), **self.command.selection)
        least, most = selection.min_size, selection.max_size
        if least is not None and most is not None and least > most:
            raise UsageError(
                f"No file is {least:,} bytes or larger and {most:,} bytes or smaller; one of them is from {SELECTION}.",
                "Give both --min-size and --max-size for this run, or choose 5 to change what is saved.",
            )
        return selection

    def needs_albums(self) -> bool:
        """Whether option 3 is to ask for the albums: somebody says so, moves out, or chose what cannot do without."""
        if self.command.albums or self.moves_out:
            return True
        try:
            return self.selection().needs_albums
        except OneDriveError:  # option 4 says what is wrong with it
            return False

    def run_option(self, number: int) -> StepResult:
        """Run one option, alone in its home unless it only looks. Raises AnotherRun and what the step raises."""
        forget_half_loaded()
        step = self._outside.steps[number]
        self.terminal.goes_on = self._goes_on_after(number)
        check_no_pipes(self.settings.home)
        if OPTIONS[number].only_looks:
            return step(self)
        if self.faults:
            raise self.faults[0]
        check_state_files(self.settings.home)
        if number in (DOWNLOAD, VERIFY):
            check_downloads_of_others(self.settings)
        try:
            with hints_for(self.settings.home, self.settings.downloads), self._alone(number):
                return step(self)
        finally:
            if requests := self.traffic.describe():
                self.terminal.detail(f"{requests}.")

    def _goes_on_after(self, number: int) -> bool:
        """Whether another option follows by itself."""
        if self.moves_out:
            return number != MOVING_OUT[-1]
        return self.waiting.is_waited_for(number) or number in self.command.options[:-1]

    def _alone(self, number: int) -> AbstractContextManager[object]:
        """The lock for an option; a dry run leaves nothing behind, not even that."""
        if self.command.dry_run and OPTIONS[number].can_rehearse:
            check_no_other_run(self.settings.home)
            return nullcontext()
        return RunLock(self.settings.home, f"option {number}")

    def keep_settings(self, settings: Settings) -> None:
        """Go on with settings that the person changed on the way."""
        self.settings = settings

    def settings_of(self, profile: str) -> tuple[Settings, tuple[SettingsError, ...]]:
        """Those of another profile, and what could not be read of them."""
        settings, faults = read_what_can_be(self.command.of_profile(profile).flags, os.environ, current_folder())
        return replace(settings, app_id=self.settings.app_id) if settings.demo else settings, faults

    def make_pause(self) -> SharedPause:
        """A pause for one step; Ctrl-C ends it with the step."""
        from onedrive.net.patience import SharedPause

        return SharedPause(
            lambda text: self.terminal.say(text, style="warning"),
            note=self.terminal.detail,
            tell_wait=self._tell_wait,
        )

    def open_graph(self) -> GraphSession:
        """A Graph session for one step, with the saved sign-in."""
        from onedrive.graph.session import GraphSession
        from onedrive.signin.app_values import check_app_settings

        check_app_settings(self.settings)
        pause = self.make_pause()
        return GraphSession(
            self.http, self._outside.open_tokens(self.settings, self.http, pause, self.terminal.say), pause
        )

    def open_quiet_tokens(self, http: HttpClient, pause: SharedPause) -> RenewableTokens:
        """The saved sign-in over other connections; what it would say on the way is not said."""
        return self._outside.open_tokens(self.settings, http, pause, lambda _: None)

    @property
    def browser(self) -> Browser:
        """How the person's browser is reached; in the demo its own person can sign in, without a terminal at once."""
        from onedrive.signin.browser import Browser, has_place_for_browser

        return Browser(
            self._open_page,
            self.demo_port,
            consents_by_itself=self.consents_by_itself,
            is_here=has_place_for_browser(os.environ, sys.platform),
            demo_person=self._let_demo_person_consent if self.command.demo else None,
        )

    def _open_page(self, address: str) -> bool:
        """Show an address to whoever signs in; False when there is no browser that could."""
        from onedrive.signin.browser import open_in_browser

        if not self.consents_by_itself:
            return open_in_browser(address)
        if os.environ.get("BROWSER") and self.terminal.can_ask:
            open_in_browser(address)
        return self._let_demo_person_consent(address)

    def _let_demo_person_consent(self, address: str) -> bool:
        threading.Thread(target=self._consent, args=(address,), daemon=True).start()
        return True

    def _tell_wait(self, host: str, seconds: float, until: float) -> None:
        self.terminal.expect(name_service(host), until)
        end = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self.terminal.event("waiting", until=end, seconds=round(seconds, 1), who=host)

    def _consent(self, address: str) -> None:
        """Let the demo's own person sign in; what keeps them from it is said."""
        try:
            self._outside.consent(self.demo_port or 0, address)
        except Exception as error:  # a thread has nobody who would show it
            why = (str(error).splitlines() or ["nobody knows why"])[0]
            self.terminal.say(f"The demo's own person could not sign in: {why}", style="problem")

    def _enter_demo(self) -> None:
        """Use the app registration of the pretend OneDrive, and say where we are. Raises SettingsError."""
        app_id = self._outside.demo_app_id()
        if self.command.flags.home is not None:  # else it has one of its own
            check_demo_home(self.settings.home, app_id, is_apart=self.command.demo_port is not None)
        self.settings = replace(self.settings, app_id=app_id, client_secret="")
        if self.command.demo_port is not None:  # the account of a pretend OneDrive run apart may be one for work
            self.settings = replace(self.settings, authority="common")
        self.terminal.say("This is the demo: a pretend OneDrive inside the program. Nothing leaves this computer.")
        self.terminal.say(f"Everything it writes is in {self.settings.home}.")

    def _start_demo(self) -> int:
        make_folder(self.settings.home)
        with disk_errors(self.settings.home):
            return self._outside.start_demo(self.settings.home, self._resources)


def find_settings(command: CommandLine) -> Settings:
    """The settings that a command line means, as far as they can be read."""
    return read_what_can_be(command.flags, os.environ, current_folder())[0]


def run_options(program: Program, report: RunReport) -> int:
    """Run the numbers of the command line in order; a step that cannot do its work ends the run."""
    worst = ALL_DONE.exit_code
    options = program.command.options
    if CHOOSE not in options and any(OPTIONS[n].takes_selection for n in options if n) and not program.faults:
        program.selection()  # what is wrong with it is known before anything is done
    for number in options:
        if number == QUIT:
            break
        try:
            result = report.run_step(number, partial(program.run_option, number))
        except EndOfInput:
            raise UsageError(
                f"Option {number} asked a question, and there was nobody to answer.",
                "Run it in a terminal, or with --no-input to use saved answers and defaults.",
            ) from None
        worst = max(worst, result.exit_code)
        if result.exit_code:
            report.add_failure(describe_failure(number, result, program.settings))
        if program.moves_out and number != options[-1] and next_of_moving_out(number, result.exit_code) is None:
            say_no_sheet(program.terminal, program.settings.home)
            break
    return worst
