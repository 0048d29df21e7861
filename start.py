# PYTHON_ARGCOMPLETE_OK
"""The program begins here: the steps of the options, by number, and the one place that catches errors.

`python start.py` shows the menu (`onedrive.app.menu`); `python start.py 3 4` runs those numbers in order
(`onedrive.app.program`); `--demo` does either against a pretend OneDrive inside the program. What the options are
called, and what flags they know, is in `onedrive.app.options` and `onedrive.app.flags`. This file stays in the syntax
of Python 3.6, so that an older Python can say what it needs (`onedrive.app.first_start`).
"""

import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Until `hear_ctrl_c`: while the program is still read there is nothing to tidy up, and nobody to say a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from pathlib import Path

from onedrive.app.first_start import get_ready, hear_ctrl_c

if __name__ == "__main__":  # before anything that needs a newer Python, or a package
    get_ready(sys.argv[1:], Path(__file__).absolute().parent)

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from onedrive.app.command_line import read_command_line
from onedrive.app.moving_out import finish_moving_out
from onedrive.app.program import (
    Outside,
    Program,
    Say,
    find_settings,
    keep_libraries_quiet,
    leave,
    run_options,
    spell_every_name,
)
from onedrive.app.run_report import RunReport, Summary, exit_code_of
from onedrive.errors import Stopped
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import hear_speech, open_terminal
from onedrive.words import START

if TYPE_CHECKING:
    from onedrive.app.audience import Audience
    from onedrive.app.command_line import CommandLine
    from onedrive.graph.session import GraphSession
    from onedrive.net.client import HttpClient
    from onedrive.net.patience import SharedPause
    from onedrive.settings import Settings
    from onedrive.signin.tokens import RenewableTokens


def _sign_in(program: "Program") -> "StepResult":
    from onedrive_authorization import sign_in

    _move_sign_in(program)
    return sign_in(
        program.terminal,
        program.settings,
        program.http,
        program.make_pause(),
        browser=program.browser,
        keep_settings=program.keep_settings,
    )


def _renew(program: "Program") -> "StepResult":
    from onedrive_authorization import renew

    _move_sign_in(program)
    return renew(program.terminal, program.settings, program.http, program.make_pause())


def _move_sign_in(program: "Program") -> None:
    """Where --key-store says so, the sign-in is kept elsewhere from now on."""
    from onedrive.signin.token_file import TokenFile

    file = TokenFile(program.settings.home, program.settings.app_id)
    if program.command.key_store == "yes":
        file.move_to_key_store()
        program.terminal.say("The sign-in is kept in this system's key store from now on, and not in token.json.")
    elif program.command.key_store == "no":
        file.move_out_of_key_store()
        program.terminal.say("The sign-in is kept in token.json from now on.")


def _list(program: "Program") -> "StepResult":
    graph = program.open_graph()
    graph.greet()
    from generate_list import generate_list

    settings = program.settings
    if program.moves_out:
        from onedrive.report.sheet import take_away_sheet

        take_away_sheet(settings.home)
        settings = replace(settings, root_folder=settings.root_folder or "/")
    return generate_list(
        program.terminal,
        settings,
        graph,
        ask_folder=program.in_menu and not program.moves_out,
        full=program.command.full or program.moves_out,
        albums=program.needs_albums(),
    )


def _download(program: "Program") -> "StepResult":
    from download_list import DownloadWishes, download, plan_download, put_back
    from onedrive.local.earlier import KEEP_EARLIER

    command = program.command
    if program.puts_back or command.put_back is not None:
        return put_back(
            program.terminal, program.settings, command.put_back, as_of=command.as_of, dry_run=command.dry_run
        )
    retry_failed = command.retry_failed or program.retries_failed
    wishes = DownloadWishes(
        command.replace_many, command.keep_earlier or KEEP_EARLIER, command.gone == "aside", command.named_folders
    )
    if command.dry_run:
        return plan_download(
            program.terminal,
            program.settings,
            selection=program.selection(),
            retry_failed=retry_failed,
            wishes=wishes,
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
        wishes=wishes,
    )


def _choose(program: "Program") -> "StepResult":
    from choose_items import choose_items
    from download_list import plan_download

    return choose_items(
        program.terminal,
        program.settings,
        open_graph=program.open_graph,
        show_dry_run=lambda selection: plan_download(
            program.terminal, program.settings, selection=selection, how="To do it, save your choice, then choose 4."
        ),
    )


def _verify(program: "Program") -> "StepResult":
    from onedrive.local.earlier import describe_earlier
    from onedrive.report.page import write_report
    from verify_downloads import add_pictures, verify

    home, downloads = program.settings.home, program.settings.downloads

    def write() -> "Path":
        return write_report(home, downloads, earlier=describe_earlier(downloads))

    graph = program.open_graph()
    if program.adds_pictures:
        return add_pictures(program.terminal, program.settings, graph, program.http, write_report=write)
    result = verify(
        program.terminal,
        program.settings,
        graph,
        selection=program.selection(),
        quick=program.command.quick,
        full=program.command.full,
        sample_percent=program.command.sample,
        offers_fetching=program.in_menu and not program.moves_out,
        write_report=write,
        named=program.command.named_folders,
        pictures_by=program.http if program.command.pictures else None,
    )
    return finish_moving_out(program.terminal, home, result) if program.moves_out else result


def _manage(program: "Program") -> "StepResult":
    from manage_items import manage_items

    graph = program.open_graph()
    return manage_items(
        program.terminal,
        program.settings,
        graph,
        open_write_graph=lambda: _open_write_graph(program, graph.pause),
        selection=program.selection(),
        dry_run=program.command.dry_run,
        copies=program.command.copies,
    )


def _open_write_graph(program: "Program", pause: "SharedPause") -> "GraphSession":
    """A session that may write; its sign-in lives in memory, as long as the option that asked for it."""
    from onedrive.graph.session import GraphSession
    from onedrive_authorization import sign_in_to_write

    tokens = sign_in_to_write(
        program.terminal,
        program.settings,
        program.http,
        pause,
        browser=program.browser,
    )
    return GraphSession(program.http, tokens, pause)


def _check(program: "Program") -> "StepResult":
    from check_setup import check_setup

    return check_setup(
        program.terminal, program.settings, program.faults,
        open_http=program.open_http, open_tokens=program.open_quiet_tokens,
    )  # fmt: skip


def _sign_out(program: "Program") -> "StepResult":
    from onedrive_authorization import sign_out

    return sign_out(program.terminal, program.settings, ask_first=program.in_menu)


STEPS: "Mapping[int, Callable[[Program], StepResult]]" = {
    1: _sign_in,
    2: _renew,
    3: _list,
    4: _download,
    5: _choose,
    6: _verify,
    7: _manage,
    8: _check,
    9: _sign_out,
}


def _show_tree(program: "Program") -> "StepResult":
    from choose_items import show_chosen_tree

    return show_chosen_tree(program.terminal, program.settings, program.selection())


def _open_tokens(settings: "Settings", http: "HttpClient", pause: "SharedPause", say: "Say") -> "RenewableTokens":
    from onedrive_authorization import open_saved_tokens

    return open_saved_tokens(settings, http, pause, say=say)


def _demo_app_id() -> str:
    from pretend_onedrive.signin.apps import PUBLIC_APP_ID

    return PUBLIC_APP_ID


def _start_demo(home: Path, resources: "ExitStack") -> int:
    from pretend_onedrive.model.sample import build_sample_drive
    from pretend_onedrive.server import DemoServer

    return resources.enter_context(DemoServer(build_sample_drive(), home=home)).port


def _consent(port: int, address: str) -> None:
    from pretend_onedrive.person import Person

    Person(port).consent(address)


OUTSIDE = Outside(STEPS, _open_tokens, _demo_app_id, _start_demo, _consent)


def main(arguments: "Sequence[str]", default_home: "Path | None" = None, start: str = START) -> int:
    """Run the program and return its exit code; every error becomes a sentence here.

    An installed program has a `default_home`, and `start` is what a person types to start it.
    """
    keep_libraries_quiet()
    report = RunReport(open_terminal(hear_speech(arguments)))
    report.terminal.name_start(start)
    try:
        hear_ctrl_c()
        command = read_command_line(arguments, start=start, default_home=default_home)
        report.begin(command.options, command.log_file)
        if command.flags.no_input:
            report.terminal.can_ask = False
        if command.every is not None:
            from onedrive.app.every import run_every

            code = run_every(command.every, lambda: _run_round(command, report), report.terminal)
        else:
            code = _run_round(command, report) if command.options else _run_in_menu(command, report)
    except EndOfInput:
        code = ALL_DONE.exit_code
    except (Exception, KeyboardInterrupt) as error:
        code = report.fail(error)
    return report.finish(code)


def _run_in_menu(command: "CommandLine", report: "RunReport") -> int:
    """The menu of one profile after the other, until the person quits; or what --tree shows."""
    from onedrive.app.menu import run_menu

    while True:
        with ExitStack() as resources:
            program = Program(command, report.terminal, resources, OUTSIDE)
            code = _show_tree(program).exit_code if command.tree else run_menu(program)
        if program.next_profile is None:
            return code
        command = command.of_profile(program.next_profile)


def _run_once(command: "CommandLine", report: "RunReport") -> int:
    with ExitStack() as resources:
        return run_options(Program(command, report.terminal, resources, OUTSIDE), report)


def _run_round(command: "CommandLine", report: "RunReport") -> int:
    """Run the numbers, and tell whoever wants to hear of it; what the person stops is told to nobody."""
    audience = _find_audience(command, report)
    summaries: list[Summary] = []
    report.begin_round(command.flags.profile or None)
    try:
        if command.all_profiles:
            from onedrive.app.profiles import run_all_profiles

            home = find_settings(command).home
            summaries = run_all_profiles(command, home, report, lambda one: _run_once(one, report))
            code = max(map(exit_code_of, summaries))
        else:
            code = _run_once(command, report)
    except Stopped:
        raise
    except Exception as error:
        code = report.fail(error)
    summary = report.end_round(code, summaries)
    if audience is not None:
        audience.hear_end(summary)
    return code


def _find_audience(command: "CommandLine", report: "RunReport") -> "Audience | None":
    """Those that hear of this run from its beginning on; None: nobody asked for that."""
    if not (command.then or command.ping or command.every):
        return None
    from onedrive.app.audience import Audience

    settings = find_settings(command)
    audience = Audience(
        report.terminal,
        then=command.then,
        ping=command.ping,
        home=settings.home if command.every else None,
        system_certificates=settings.system_certificates,
    )
    audience.hear_beginning()
    return audience


def run(arguments: "Sequence[str]", *, default_home: "Path | None" = None, command: "str | None" = None) -> "NoReturn":
    """Run the program as `main` does, and end the process with its exit code; `command` as `start` there."""
    spell_every_name()
    leave(main(arguments, default_home, command or START))


if __name__ == "__main__":
    run(sys.argv[1:])
