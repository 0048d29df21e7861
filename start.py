"""The menu: a table of steps, and the one place that catches errors.

`python start.py` shows the menu; `python start.py 3 4` runs those numbers in order; `--demo` does either against a
pretend OneDrive inside the program.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from onedrive.command_line import CommandLine, read_command_line
from onedrive.errors import OneDriveError, SignInNeeded, Stopped, UsageError, describe_fault
from onedrive.job_so_far import JobSoFar
from onedrive.menu import QUIT, WaitingOption, read_choice, show_error, show_menu
from onedrive.process import find_free_port, is_at_terminal, keep_libraries_quiet, leave
from onedrive.run_lock import RunLock
from onedrive.settings import Settings, read_settings
from onedrive.state_files import disk_errors, hints_for, make_folder
from onedrive.state_line import describe_state
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal import EndOfInput, Terminal

if TYPE_CHECKING:
    from onedrive.graph import GraphSession
    from onedrive.http import HttpClient
    from onedrive.pause import SharedPause

INTERRUPTED = 130
FAULT_OF_OURS = 1
SIGN_IN = 1


class Program:
    """What the steps of one run share: terminal, settings, connections, and the demo if there is one."""

    def __init__(self, command: CommandLine, terminal: Terminal, resources: ExitStack) -> None:
        self.command = command
        self.terminal = terminal
        self.in_menu = not command.options
        self.waiting = WaitingOption()
        self.job = JobSoFar()  # of the option that waits for a sign-in
        self.settings = read_settings(command.flags, os.environ, Path.cwd())
        self._demo_port = command.demo_port
        self._resources = resources
        self._http: HttpClient | None = None
        self._is_at_terminal = is_at_terminal() and terminal.can_ask
        if command.is_demo:
            self._enter_demo()

    @property
    def http(self) -> HttpClient:
        """The connections of this run; made, with the library for them, when first needed."""
        if self._http is None:
            from onedrive.http import HttpClient

            self._http = HttpClient(demo_port=self.demo_port)
            self._resources.callback(self._http.close)
        return self._http

    @property
    def demo_port(self) -> int | None:
        """The port of the pretend OneDrive, which is started when first needed; None outside the demo."""
        if self.command.is_demo and self._demo_port is None:
            self._demo_port = self._start_demo()
        return self._demo_port

    @property
    def consents_by_itself(self) -> bool:
        """True in the demo when nobody sits at a terminal: then the demo's own person signs in."""
        return self.command.is_demo and not self._is_at_terminal

    def run(self, number: int) -> StepResult:
        """Run one option, alone in its home. Raises AnotherRun and what the step raises."""
        home, downloads = self.settings.home, self.settings.downloads
        with hints_for(home, downloads), RunLock(home, f"option {number}"):
            return STEPS[number].run(self)

    def keep_settings(self, settings: Settings) -> None:
        """Go on with settings that the person changed on the way."""
        self.settings = settings

    def make_pause(self) -> SharedPause:
        """A pause for one step; Ctrl-C ends it with the step."""
        from onedrive.pause import SharedPause

        return SharedPause(lambda text: self.terminal.say(text, style="warning"))

    def open_graph(self) -> GraphSession:
        """A Graph session for one step, with the saved sign-in."""
        from onedrive.graph import GraphSession
        from onedrive.settings import check_app_settings
        from onedrive_authorization import SavedTokens

        check_app_settings(self.settings)
        pause = self.make_pause()
        return GraphSession(self.http, SavedTokens(self.settings, self.http, pause, say=self.terminal.say), pause)

    def open_page(self, address: str) -> bool:
        """Show an address to whoever signs in; False when there is no browser that could."""
        from onedrive.browser import open_in_browser

        if not self.consents_by_itself:
            return open_in_browser(address)
        from onedrive.demo.person import Person

        threading.Thread(target=Person(self.demo_port or 0).consent, args=(address,), daemon=True).start()
        if os.environ.get("BROWSER") and self.terminal.can_ask:
            open_in_browser(address)
        return True

    def _enter_demo(self) -> None:
        """Use the app registration of the pretend OneDrive, and say where we are."""
        from onedrive.demo.apps import PUBLIC_APP_ID

        self.settings = replace(self.settings, app_id=PUBLIC_APP_ID, client_secret="")
        if self._is_at_terminal:
            self.terminal.say("This is the demo: a pretend OneDrive inside the program. Nothing leaves this computer.")
            self.terminal.say(f"Everything it writes is in {self.settings.home}.")
        else:
            self.settings = replace(self.settings, redirect_uri=f"http://localhost:{find_free_port()}")

    def _start_demo(self) -> int:
        from onedrive.demo.sample_drive import build_sample_drive
        from onedrive.demo.server import DemoServer

        make_folder(self.settings.home)
        server = DemoServer(build_sample_drive(), home=self.settings.home)
        with disk_errors(self.settings.home):
            self._resources.enter_context(server)
        return server.port


@dataclass(frozen=True)
class Step:
    """One line of the menu. The functions import their module when they are called: the menu must be quick."""

    label: str
    run: Callable[[Program], StepResult]


def _sign_in(program: Program) -> StepResult:
    from onedrive.app_questions import ask_for_app_settings
    from onedrive_authorization import sign_in

    program.settings = ask_for_app_settings(program.terminal, program.settings)
    return sign_in(
        program.terminal,
        program.settings,
        program.http,
        program.make_pause(),
        open_page=program.open_page,
        demo_port=program.demo_port,
        consents_by_itself=program.consents_by_itself,
        keep_settings=program.keep_settings,
    )


def _renew(program: Program) -> StepResult:
    from onedrive_authorization import renew

    return renew(program.terminal, program.settings, program.http, program.make_pause())


def _list(program: Program) -> StepResult:
    from generate_list import generate_list

    return generate_list(
        program.terminal,
        program.settings,
        program.open_graph(),
        ask_folder=program.in_menu,
        full=program.command.full,
    )


def _download(program: Program) -> StepResult:
    from download_list import download

    return download(
        program.terminal,
        program.settings,
        program.open_graph(),
        program.http,
        extra_hosts=program.settings.file_hosts,
        jobs=program.command.jobs,
        limit_rate=program.command.limit_rate,
        job=program.job,
    )


STEPS = {
    1: Step("Sign in to OneDrive", _sign_in),
    2: Step("Get a new access token (with the saved sign-in)", _renew),
    3: Step("List all folders and files", _list),
    4: Step("Download what the list names", _download),
}
LABELS = {number: step.label for number, step in STEPS.items()}


def main(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code; every error becomes a sentence here."""
    keep_libraries_quiet()
    terminal = Terminal(no_input="--no-input" in arguments)
    try:
        with ExitStack() as resources:
            command = read_command_line(arguments, [*STEPS, QUIT])
            program = Program(command, terminal, resources)
            return _run_options(program) if command.options else _run_menu(program)
    except OneDriveError as error:
        show_error(terminal, error)
        return error.exit_code
    except Stopped as stopped:
        terminal.say(f"Stopped. {stopped.done}")
        return INTERRUPTED
    except KeyboardInterrupt:
        terminal.say("Stopped.")
        return INTERRUPTED
    except EndOfInput:
        return ALL_DONE.exit_code
    except Exception as error:
        show_error(terminal, describe_fault(error))
        return FAULT_OF_OURS


def _run_options(program: Program) -> int:
    """Run the numbers of the command line in order; a step that cannot do its work ends the run."""
    worst = ALL_DONE.exit_code
    for number in program.command.options:
        if number == QUIT:
            break
        try:
            worst = max(worst, program.run(number).exit_code)
        except EndOfInput:
            raise UsageError(
                f"Option {number} asked a question, and there was nobody to answer.",
                "Run it in a terminal, or with --no-input to use saved answers and defaults.",
            ) from None
    return worst


def _run_menu(program: Program) -> int:
    """Show the menu until the person quits; it returns after every step and every error."""
    while True:
        show_menu(program.terminal, describe_state(program.settings), LABELS)
        number = read_choice(program.terminal, LABELS)
        if number == QUIT:
            return ALL_DONE.exit_code
        next_number: int | None = number
        while next_number is not None:
            next_number = _run_in_menu(program, next_number)


def _run_in_menu(program: Program, number: int) -> int | None:
    """Run one step; returns the option to run next: what the step says, a sign-in, or what waited for the sign-in."""
    terminal = program.terminal
    try:
        result = program.run(number)
        return (program.waiting.go_on() if number == SIGN_IN else None) or result.next_option
    except SignInNeeded as error:
        if number != SIGN_IN and program.waiting.wait(number):
            terminal.say(error.sentence, style="problem")
            terminal.say(f"Signing in comes first; option {number} then goes on by itself. Ctrl-C: back to the menu.")
            return SIGN_IN
        show_error(terminal, error)
    except OneDriveError as error:
        show_error(terminal, error)
    except Stopped as stopped:
        terminal.say(f"Stopped. {stopped.done} Choose {number} to go on.", style="warning")
    except Exception as error:
        show_error(terminal, describe_fault(error))
    except KeyboardInterrupt:
        terminal.say(f"Stopped. What was done is kept. Choose {number} to go on.", style="warning")
    program.waiting.forget()
    program.job.forget()
    return None


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
