"""The menu: a table of steps, and the one place that catches errors.

`python start.py` shows the menu; `python start.py 3 4` runs those numbers in order; `--demo` does either against a
pretend OneDrive inside the program.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from onedrive.app.command_line import read_command_line
from onedrive.app.menu import QUIT, RETRY, describe_retry, describe_state, read_choice, show_menu
from onedrive.app.program import Outside, Program, Say, Step, keep_libraries_quiet, leave, run_options, run_step
from onedrive.app.run_report import RunReport
from onedrive.errors import OneDriveError, StepNeeded, Stopped, describe_fault
from onedrive.home.failed import failed_count
from onedrive.home.records import describe_unfinished_deletes
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import hear_speech, open_terminal, show_error

if TYPE_CHECKING:
    from onedrive.graph.session import GraphSession
    from onedrive.net.client import HttpClient
    from onedrive.net.patience import SharedPause
    from onedrive.settings import Settings
    from onedrive.signin.tokens import RenewableTokens

SIGN_IN, DOWNLOAD = 1, 4


def _sign_in(program: Program) -> StepResult:
    from onedrive.signin.app_questions import ask_for_app_settings
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
    from download_list import download, plan_download

    retry_failed = program.command.retry_failed or program.retries_failed
    if program.command.dry_run:
        return plan_download(
            program.terminal, program.settings, selection=program.selection(), retry_failed=retry_failed
        )
    return download(
        program.terminal,
        program.settings,
        program.open_graph(),
        program.http,
        extra_hosts=program.settings.file_hosts,
        jobs=program.command.jobs,
        limit_rate=program.command.limit_rate,
        job=program.job,
        selection=program.selection(),
        retry_failed=retry_failed,
    )


def _choose(program: Program) -> StepResult:
    from choose_items import choose_items
    from download_list import plan_download

    return choose_items(
        program.terminal,
        program.settings,
        show_dry_run=lambda selection: plan_download(program.terminal, program.settings, selection=selection),
    )


def _verify(program: Program) -> StepResult:
    from onedrive.report.page import write_report
    from verify_downloads import verify

    home, downloads = program.settings.home, program.settings.downloads
    return verify(
        program.terminal,
        program.settings,
        program.open_graph(),
        selection=program.selection(),
        quick=program.command.quick,
        sample_percent=program.command.sample_percent,
        offers_fetching=program.in_menu,
        write_report=lambda: write_report(home, downloads),
    )


def _manage(program: Program) -> StepResult:
    from manage_items import manage_items

    graph = program.open_graph()
    return manage_items(
        program.terminal,
        program.settings,
        graph,
        open_write_graph=lambda: _open_write_graph(program, graph.pause),
        selection=program.selection(),
        dry_run=program.command.dry_run,
    )


def _open_write_graph(program: Program, pause: SharedPause) -> GraphSession:
    """A session that may write; its sign-in lives in memory, as long as the option that asked for it."""
    from onedrive.graph.session import GraphSession
    from onedrive_authorization import sign_in_to_write

    tokens = sign_in_to_write(
        program.terminal,
        program.settings,
        program.http,
        pause,
        open_page=program.open_page,
        demo_port=program.demo_port,
        consents_by_itself=program.consents_by_itself,
    )
    return GraphSession(program.http, tokens, pause)


def _check(program: Program) -> StepResult:
    from check_setup import check_setup

    return check_setup(
        program.terminal, program.settings, program.faults,
        open_http=program.open_http, open_tokens=program.open_quiet_tokens,
    )  # fmt: skip


def _sign_out(program: Program) -> StepResult:
    from onedrive_authorization import sign_out

    return sign_out(program.terminal, program.settings, ask_first=program.in_menu)


STEPS = {
    1: Step("Sign in to OneDrive", _sign_in),
    2: Step("Get a new access token (with the saved sign-in)", _renew),
    3: Step("List all folders and files", _list),
    4: Step("Download what the list names", _download),
    5: Step("Choose what to download", _choose),
    6: Step("Verify: prove what is here", _verify),
    7: Step("Rename or delete on OneDrive", _manage),
    8: Step("Check my setup", _check, only_looks=True),
    9: Step("Sign out", _sign_out),
}
LABELS = {number: step.label for number, step in STEPS.items()}


def _show_tree(program: Program) -> StepResult:
    from choose_items import show_chosen_tree

    return show_chosen_tree(program.terminal, program.settings, program.selection())


def _open_tokens(settings: Settings, http: HttpClient, pause: SharedPause, say: Say) -> RenewableTokens:
    from onedrive_authorization import SavedTokens

    return SavedTokens(settings, http, pause, say=say)


def _demo_app_id() -> str:
    from pretend_onedrive.signin.apps import PUBLIC_APP_ID

    return PUBLIC_APP_ID


def _start_demo(home: Path, resources: ExitStack) -> int:
    from pretend_onedrive.model.sample import build_sample_drive
    from pretend_onedrive.server import DemoServer

    return resources.enter_context(DemoServer(build_sample_drive(), home=home)).port


def _consent(port: int, address: str) -> None:
    from pretend_onedrive.person import Person

    Person(port).consent(address)


OUTSIDE = Outside(_open_tokens, _demo_app_id, _start_demo, _consent)


def main(arguments: Sequence[str]) -> int:
    """Run the program and return its exit code; every error becomes a sentence here."""
    keep_libraries_quiet()
    report = RunReport(open_terminal(hear_speech(arguments)))
    try:
        with ExitStack() as resources:
            command = read_command_line(arguments, {**LABELS, QUIT: "Quit"})
            report.begin(command.options, command.log_file)
            program = Program(command, report.terminal, resources, OUTSIDE)
            if command.tree:
                code = _show_tree(program).exit_code
            elif command.options:
                code = run_options(program, STEPS, report)
            else:
                code = _run_menu(program)
    except EndOfInput:
        code = ALL_DONE.exit_code
    except (Exception, KeyboardInterrupt) as error:
        code = report.fail(error)
    return report.finish(code)


def _run_menu(program: Program) -> int:
    """Show the menu until the person quits; it returns after every step and every error."""
    if left_open := describe_unfinished_deletes(program.settings.home):
        program.terminal.say(left_open, style="warning")
    while True:
        extra = describe_retry(failed_count(program.settings.home))
        can_show = program.terminal.can_show if program.terminal.is_live else None
        show_menu(program.terminal, describe_state(program.settings, can_show=can_show), LABELS, extra)
        choice = read_choice(program.terminal, LABELS, extra)
        if choice == QUIT:
            return ALL_DONE.exit_code
        program.retries_failed = choice == RETRY
        next_number: int | None = DOWNLOAD if isinstance(choice, str) else choice
        while next_number is not None:
            next_number = _run_in_menu(program, next_number)


def _run_in_menu(program: Program, number: int) -> int | None:
    """Run one step; returns the option to run next: what must come first, what waited, or what the step says."""
    terminal = program.terminal
    try:
        result = run_step(program, number, STEPS[number])
        return program.waiting.go_on(number) or result.next_option
    except StepNeeded as error:
        if program.waiting.wait(number, until=error.option):
            terminal.say(error.sentence, style="problem")
            first = "Signing in" if error.option == SIGN_IN else f"Option {error.option}"
            terminal.say(f"{first} comes first; {program.waiting.describe()}. Ctrl-C: back to the menu.")
            return error.option
        show_error(terminal, error)
    except OneDriveError as error:
        show_error(terminal, error)
    except Stopped as stopped:
        terminal.say(f"Stopped. {stopped.done} Choose {number} to go on.", style="warning")
    except KeyboardInterrupt:
        terminal.say(f"Stopped. What was done is kept. Choose {number} to go on.", style="warning")
    except EndOfInput:
        terminal.say(f"No answer came, so option {number} ended. Choose it again to go on.", style="warning")
    except Exception as error:
        show_error(terminal, describe_fault(error))
    program.waiting.forget()
    program.job.forget()
    return None


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
