"""Running options: one alone in its home, or those of the command line in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from onedrive.errors import UsageError
from onedrive.failure_words import describe_failure
from onedrive.flag_rules import LOOKING, SELECTING
from onedrive.menu import QUIT
from onedrive.program import Program
from onedrive.run_lock import RunLock, check_no_other_run
from onedrive.run_report import RunReport
from onedrive.state_files import hints_for
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal import EndOfInput

CHOOSE = 5


@dataclass(frozen=True)
class Step:
    """One line of the menu. The functions import their module when they are called: the menu must be quick."""

    label: str
    run: Callable[[Program], StepResult]
    only_looks: bool = False  # also where another run is at work, a setting is broken, or the home cannot be written


def run_step(program: Program, number: int, step: Step) -> StepResult:
    """Run one option, alone in its home unless it only looks. Raises AnotherRun and what the step raises."""
    if step.only_looks:
        return step.run(program)
    if program.faults:
        raise program.faults[0]
    home, downloads = program.settings.home, program.settings.downloads
    try:
        with hints_for(home, downloads), _alone(program, number):
            return step.run(program)
    finally:
        requests = program.traffic.describe()
        if requests:
            program.terminal.detail(f"{requests}.")


def _alone(program: Program, number: int) -> AbstractContextManager[object]:
    """The lock for an option; a dry run leaves nothing behind, not even that."""
    home = program.settings.home
    if program.command.dry_run and number in LOOKING:
        check_no_other_run(home)
        return nullcontext()
    return RunLock(home, f"option {number}")


def run_options(program: Program, steps: Mapping[int, Step], report: RunReport) -> int:
    """Run the numbers of the command line in order; a step that cannot do its work ends the run."""
    worst = ALL_DONE.exit_code
    options = program.command.options
    if CHOOSE not in options and set(SELECTING) & set(options) and not program.faults:
        program.selection()  # what is wrong with it is known before anything is done
    for number in options:
        if number == QUIT:
            break
        with report.step(number, steps[number].label) as open_step:
            try:
                result = open_step.result = run_step(program, number, steps[number])
            except EndOfInput:
                raise UsageError(
                    f"Option {number} asked a question, and there was nobody to answer.",
                    "Run it in a terminal, or with --no-input to use saved answers and defaults.",
                ) from None
        worst = max(worst, result.exit_code)
        if result.exit_code:
            report.add_failure(describe_failure(number, steps[number].label, result, program.settings))
    return worst
