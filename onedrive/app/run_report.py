"""A run as a whole, for programs (--json), for the log, for --quiet; and what a failure is called.

Each step begins and ends, an error is told once, and the exit code is the last word.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from onedrive import VERSION
from onedrive.app.options import DOWNLOAD, LIST, OPTIONS, VERIFY
from onedrive.errors import OneDriveError, Stopped, describe_fault, os_reason
from onedrive.home.failed import ERRORS_FILE, read_failed
from onedrive.home.files import now_text
from onedrive.home.lists import LIST_STATE, read_list_state
from onedrive.home.profiles import title_of
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, StepResult
from onedrive.terminal.terminal import Terminal, show_error
from onedrive.words import plural, printable

if TYPE_CHECKING:
    from onedrive.terminal.log import LogFile


INTERRUPTED = 130
INCOMPLETE = 1
SUMMARY = "run_summary"
_RESULTS = frozenset({"listed", "brake", "summary", "verdict", "moving_out"})  # of these a summary has the last
Summary = Mapping[str, object]


def exit_code_of(summary: Summary) -> int:
    """That of the run which it sums up."""
    return int(str(summary["exit_code"]))


class RunReport:
    """Tells of one run; `terminal` is the one it speaks through."""

    def __init__(self, terminal: Terminal, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.terminal = terminal
        self._clock = clock
        self._log: LogFile | None = None
        self._told: BaseException | None  # the error that was told of as an event
        self.begin_round()
        terminal.listen_for_events(self._keep)

    def begin_round(self, profile: str | None = None) -> None:
        """All that is told from now on is of one run of the numbers; `profile` says whose, where there are several."""
        self._failures: list[str] = []
        self._steps: list[Summary] = []
        self._results: dict[str, Summary] = {}
        self._summary: Summary = {}
        self._told = None
        self._round_began = self._clock(), now_text()
        self._profile = profile
        self.terminal.name_profile(profile)

    def _keep(self, event: str, fields: dict[str, object]) -> None:
        if event == "step_finished":
            self._steps.append(fields)
        elif event in _RESULTS:
            self._results[event] = fields
        elif event == SUMMARY:
            self._summary = fields

    def begin(self, options: Sequence[int], log_file: Path | None) -> None:
        """The command line is understood; from now on the log hears everything. Raises UsageError."""
        if log_file is not None:
            from onedrive.terminal.log import LogFile

            self._log = LogFile(log_file)
            self.terminal.listen_with(self._log.write)
        shown = f"options {' '.join(map(str, options))}" if options else "the menu"
        self.terminal.note(f"OneDrive downloader {VERSION} begins: {shown}.")
        self.terminal.event("run_started", version=VERSION, options=list(options))

    def run_step(self, number: int, run: Callable[[], StepResult]) -> StepResult:
        """Run a step, and tell that it begins and how it ended."""
        began, label = self._clock(), OPTIONS[number].title
        self.terminal.event("step_started", option=number, label=label)
        exit_code = ALL_DONE.exit_code
        try:
            result = run()
            exit_code = result.exit_code
        except BaseException as error:
            exit_code = as_sentence(error).exit_code
            self._tell_error(as_sentence(error), number)
            self._told = error
            raise
        finally:
            seconds = round(self._clock() - began, 3)
            self.terminal.note(f"Option {number} ended with exit code {exit_code} after {seconds:.1f} s.")
            self.terminal.event("step_finished", option=number, label=label, exit_code=exit_code, seconds=seconds)
        return result

    def add_failure(self, paragraph: str) -> None:
        """What a step that went on to its end left undone; said at the end of a quiet run."""
        self._failures.append(paragraph)

    def fail(self, error: BaseException) -> int:
        """Say what ended the run, and return its exit code."""
        said = as_sentence(error)
        if error is not self._told:
            self._tell_error(said, None)
        self.add_failure(f"{said.sentence} {said.hint}".strip())
        if self.terminal.is_quiet:
            return said.exit_code  # it is said at the end
        if said.exit_code == INTERRUPTED:
            self.terminal.say(said.sentence)
        else:
            show_error(self.terminal, said)
        return said.exit_code

    def end_round(self, exit_code: int, profiles: Sequence[Summary] = ()) -> Summary:
        """All options have run, of these `profiles`; what a quiet run has to say of that is said now."""
        began, began_at = self._round_began
        self._complain(exit_code)
        seconds, words = self._clock() - began, " ".join(self._failures)
        if profiles:
            began_at, seconds = str(profiles[0]["began"]), sum(float(str(part["seconds"])) for part in profiles)
            words = " ".join(f"{title_of(str(part['profile']))}: {part['words']}" for part in profiles if part["words"])
        self.terminal.event(
            "run_summary",
            profile=self._profile,
            began=began_at,
            seconds=round(seconds, 3),
            exit_code=exit_code,
            words=words,
            steps=self._steps,
            results=self._results,
            profiles=list(profiles),
        )
        summary = self._summary
        self.begin_round()
        return summary

    def _complain(self, exit_code: int) -> None:
        if exit_code and self._failures and self.terminal.is_quiet:
            whose = f"{title_of(self._profile)}: " if self._profile is not None else ""
            self.terminal.complain(whose + " ".join(self._failures))

    def finish(self, exit_code: int) -> int:
        """The run has ended. Returns the exit code of the program.

        A log, or what a program reads of us, that could not be written to its end makes it an error.
        """
        self._complain(exit_code)
        self.terminal.event("run_finished", exit_code=exit_code)
        self.terminal.note(f"The run ended with exit code {exit_code}.")
        lost = dict(self.terminal.lost)
        if self._log is not None:
            self.terminal.listen_with(None)
            self._log.close()
            if self._log.failure is not None:
                lost["The log file"] = self._log.failure
        for what, error in lost.items():
            self.terminal.complain(
                f"{what} could not be written to the end: {os_reason(error)}. What was done is done; make space and "
                "run it again, or look into the files in the home."
            )
        return exit_code or (INCOMPLETE if lost else exit_code)

    def _tell_error(self, error: OneDriveError, option: int | None) -> None:
        self.terminal.event(
            "error", sentence=error.sentence, hint=error.hint, exit_code=error.exit_code, option=option
        )  # fmt: skip


class Interrupted(OneDriveError):
    """The person pressed Ctrl-C."""

    exit_code = INTERRUPTED


def as_sentence(error: BaseException) -> OneDriveError:
    """Any error as one with a sentence for the person."""
    if isinstance(error, OneDriveError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("Stopped.")
    if isinstance(error, Stopped):
        return Interrupted(f"Stopped. {error.done}")
    return describe_fault(error)


_MOST_NAMED = 3
_BY_CODE = {
    0: "all done",
    2: "the command line is not meant so",
    3: "some items failed",
    4: "a person must sign in: choose 1",
    5: "the disk does not have enough space; what fits is kept. Make space, or choose another disk with --to",
    6: "another run is at work there",
    7: "the verification found something wrong",
    8: "many files have new content on OneDrive, or are gone there; what is here waits until a person has looked",
    9: "the downloads folder is not there, empty, or another one; connect its disk, or name it with --to",
    78: "a setting is missing or wrong",
}
_SEE_WHAT = {3: "; run it without --quiet to see which", 7: "; run it without --quiet to see what"}


def words_of_code(exit_code: int) -> str:
    """What an exit code means, in words without an end."""
    return _BY_CODE.get(exit_code, f"it ended with exit code {exit_code}")


def describe_failure(number: int, result: StepResult, settings: Settings) -> str:
    """The paragraph about a step that ended with a code other than 0: its own words, else what its files say."""
    details = result.failure
    if not details and (reader := _READERS.get((number, result.exit_code))):
        with suppress(OneDriveError, OSError, ValueError, KeyError, TypeError):  # the general words say enough
            details = reader(settings.home)
    words = words_of_code(result.exit_code) + _SEE_WHAT.get(result.exit_code, "")
    return details or f"Option {number} ({OPTIONS[number].title}): {words}."


def _of_listing(home: Path) -> str:
    state = read_list_state(home)
    failed = [(entry.path, entry.reason) for entry in (state.exceptions if state else ()) if not entry.by_nature]
    if not failed:
        return ""
    return (
        f"{plural('item', len(failed))} could not be listed: {_name_some(failed)}. "
        f"The rest is in the list; {home / LIST_STATE} names them all. Choose 3 again to try once more."
    )


def _of_download(home: Path) -> str:
    failed = [(item.path, item.reason) for item in read_failed(home)]
    if not failed:
        return ""
    return (
        f"{plural('file', len(failed))} could not be downloaded: {_name_some(failed)}. "
        f"The others are here; {home / ERRORS_FILE} names them all. Choose 4 again to try once more."
    )


def _of_verification(home: Path) -> str:
    from onedrive.home.verification import VERIFICATION, read_verification

    facts = read_verification(home)
    if facts is None or facts.is_good:
        return ""
    return (
        f"The verification found something wrong: {facts.verdict.rstrip('.')}. "
        f"{home / VERIFICATION} names each file. Choose 4 to fetch what is missing or damaged."
    )


_READERS: dict[tuple[int, int], Callable[[Path], str]] = {
    (LIST, 3): _of_listing,
    (DOWNLOAD, 3): _of_download,
    (VERIFY, 7): _of_verification,
}


def _name_some(failed: Sequence[tuple[str, str]]) -> str:
    named = "; ".join(f"{printable(path)} ({reason.rstrip('.')})" for path, reason in failed[:_MOST_NAMED])
    return named + (f"; and {plural('more', len(failed) - _MOST_NAMED, many='more')}" if failed[_MOST_NAMED:] else "")
