"""A run as a whole: each error is told once, and the exit code is the last word."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from onedrive.app.run_report import RunReport
from onedrive.errors import OneDriveError, Stopped, UsageError
from onedrive.step_result import StepResult
from onedrive.terminal.events import EventWriter, check_event
from onedrive.terminal.terminal import Terminal


class Desk:
    """A report whose events and words can be read."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.words, self.events = io.StringIO(), io.StringIO()
        seconds = iter(range(100))
        terminal = Terminal(
            stdin=io.StringIO(), stdout=self.words, environ={}, quiet=quiet, events=EventWriter(self.events)
        )
        self.report = RunReport(terminal, clock=lambda: float(next(seconds)))

    def rows(self) -> list[dict[str, object]]:
        rows = [json.loads(line) for line in self.events.getvalue().splitlines()]
        assert [wrong for row in rows for wrong in check_event(row)] == []
        return rows


def test_a_step_tells_its_beginning_its_end_and_its_seconds() -> None:
    desk = Desk()
    desk.report.begin([4], None)

    with desk.report.step(4, "Download") as step:
        step.result = StepResult(3)
    desk.report.finish(3)

    assert [row["event"] for row in desk.rows()] == ["run_started", "step_started", "step_finished", "run_finished"]
    assert (desk.rows()[2]["exit_code"], desk.rows()[2]["seconds"]) == (3, 1.0)


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (UsageError("No.", "Do."), 2, "No."),
        (Stopped("3 files are here."), 130, "Stopped. 3 files are here."),
        (KeyboardInterrupt(), 130, "Stopped."),
        (SystemExit(3), 1, "The program made a mistake (SystemExit"),
        (ZeroDivisionError("https://secret"), 1, "The program made a mistake (ZeroDivisionError"),
    ],
)
def test_an_error_in_a_step_is_told_once_and_shown(error: BaseException, code: int, sentence: str) -> None:
    desk = Desk()

    with pytest.raises(type(error)), desk.report.step(4, "Download"):
        raise error
    assert desk.report.fail(error) == code

    rows = desk.rows()
    assert [row["event"] for row in rows] == ["step_started", "error", "step_finished"]
    assert (rows[1]["option"], rows[1]["exit_code"], rows[2]["exit_code"]) == (4, code, code)
    assert str(rows[1]["sentence"]).startswith(sentence)
    assert desk.words.getvalue().startswith(sentence)
    assert "secret" not in desk.words.getvalue() + desk.events.getvalue()


def test_an_error_before_any_step_has_no_option() -> None:
    desk = Desk()

    desk.report.fail(UsageError("No.", "Do."))

    assert [(row["event"], row["option"]) for row in desk.rows()] == [("error", None)]


def test_a_quiet_run_says_all_that_failed_in_one_paragraph(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk(quiet=True)

    desk.report.add_failure("2 items could not be listed.")
    code = desk.report.fail(OneDriveError("It broke.", "Mend it."))
    desk.report.finish(code)

    assert desk.words.getvalue() == ""
    assert capsys.readouterr().err == "2 items could not be listed. It broke. Mend it.\n"


def test_a_loud_run_repeats_nothing_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    desk = Desk()

    desk.report.add_failure("2 items could not be listed.")
    desk.report.finish(3)

    assert (desk.words.getvalue(), capsys.readouterr().err) == ("", "")


def test_the_log_hears_what_nobody_else_does(tmp_path: Path) -> None:
    desk = Desk(quiet=True)

    desk.report.begin([3], tmp_path / "run.log")
    desk.report.terminal.say("Listed 3 files.")
    desk.report.terminal.say_unlogged("ABCD1234")
    desk.report.finish(0)
    desk.report.terminal.say("afterwards")

    log = (tmp_path / "run.log").read_text()
    assert "Listed 3 files." in log
    assert "ABCD1234" not in log
    assert "afterwards" not in log
