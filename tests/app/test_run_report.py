"""A run as a whole: each error is told once, the exit code is the last word, a quiet run says what it left undone."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from onedrive.app.run_report import RunReport, describe_failure
from onedrive.errors import OneDriveError, Stopped, UsageError
from onedrive.home.failed import FailedItem, write_failed
from onedrive.home.lists import ListException, ListState, write_list_state
from onedrive.home.verification import VerificationFacts, write_verification
from onedrive.settings import Settings
from onedrive.step_result import StepResult
from onedrive.terminal.events import EventWriter
from onedrive.terminal.terminal import Terminal
from tests.terminal.event_check import check_event


class Told:
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


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (UsageError("No.", "Do."), 2, "No."),
        (Stopped("3 files are here."), 130, "Stopped. 3 files are here."),
        (KeyboardInterrupt(), 130, "Stopped."),
        (SystemExit(3), 1, "The program made a mistake (SystemExit"),
        (OSError(5, "Input/output error"), 1, "This computer's system refused: the disk or its cable"),
        (TimeoutError(), 1, "This computer's system refused: the system refused it (at test_run"),
        (ZeroDivisionError("https://secret"), 1, "The program made a mistake (ZeroDivisionError"),
    ],
)
def test_an_error_in_a_step_is_told_once_and_shown(error: BaseException, code: int, sentence: str) -> None:
    told = Told()

    def fail() -> StepResult:
        raise error

    with pytest.raises(type(error)):
        told.report.run_step(4, fail)
    assert told.report.fail(error) == code

    rows = told.rows()
    assert [row["event"] for row in rows] == ["step_started", "error", "step_finished"]
    assert (rows[1]["option"], rows[1]["exit_code"], rows[2]["exit_code"]) == (4, code, code)
    assert str(rows[1]["sentence"]).startswith(sentence)
    assert told.words.getvalue().startswith(sentence)
    assert "secret" not in told.words.getvalue() + told.events.getvalue()


@pytest.mark.parametrize(
    ("quiet", "stderr"), [(True, "2 items could not be listed. It broke. Mend it.\n"), (False, "")]
)
def test_a_quiet_run_says_all_that_failed_in_one_paragraph_and_a_loud_one_repeats_nothing(
    quiet: bool, stderr: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Told(quiet=quiet)

    told.report.add_failure("2 items could not be listed.")
    code = told.report.fail(OneDriveError("It broke.", "Mend it."))
    told.report.finish(code)

    assert told.words.getvalue() == ("" if quiet else "It broke.\nMend it.\n")
    assert capsys.readouterr().err == stderr


# --- what a step left undone, for --quiet -----------------------------------------------------------------------------


def _verify(home: Path, *, is_good: bool) -> None:
    facts = VerificationFacts(
        when="2026-11-24T05:42:16+00:00", account_id="a", drive_id="d", downloads="downloads",
        verdict="2 files are damaged here.", is_good=is_good, is_whole=True, way="read", drive_files=4, drive_bytes=9,
        drive_folders=0, selection="everything",
    )  # fmt: skip
    write_verification(home, facts, [])


@pytest.mark.parametrize(
    ("number", "result", "said"),
    [
        (
            4,
            StepResult(3),
            "5 files could not be downloaded: /0\\x1b.txt (it changed); /1\\x1b.txt (it changed); /2\\x1b.txt (it "
            "changed); and 2 more. The others are here; HOME/item_download_errors.json names them all. Choose 4 again "
            "to try once more.",
        ),
        (
            3,
            StepResult(3),
            "1 item could not be listed: /A (access denied). The rest is in the list; HOME/list_state.json names them "
            "all. Choose 3 again to try once more.",
        ),
        (
            6,
            StepResult(7),
            "The verification found something wrong: 2 files are damaged here. HOME/verification.json names each file. "
            "Choose 4 to fetch what is missing or damaged.",
        ),
        (4, StepResult(5, failure="No room."), "No room."),
        (8, StepResult(42), "Option 8 (Check my setup): it ended with exit code 42."),
    ],
)
def test_what_failed_is_counted_and_the_first_are_named(home: Path, number: int, result: StepResult, said: str) -> None:
    write_failed(home, [FailedItem(f"/{i}\x1b.txt", str(i), "it changed.") for i in range(5)])
    gaps = (
        ListException("/A", "1", "access denied", by_nature=False),
        ListException("/V", "2", "vault", by_nature=True),
    )
    write_list_state(home, ListState("2026-11-24T05:42:16+00:00", "a", "d", exceptions=gaps))
    _verify(home, is_good=False)

    assert describe_failure(number, result, Settings(home, home)) == said.replace("HOME", str(home))


@pytest.mark.parametrize("content", ["", "{", "[]x", '[{"id": 1}]', "7", None])
@pytest.mark.parametrize(
    ("number", "code", "words"),
    [(3, 3, "some items failed"), (4, 3, "some items failed"), (6, 7, "the verification found"), (4, 5, "the disk")],
)
def test_without_details_there_are_general_words(
    home: Path, content: str | None, number: int, code: int, words: str
) -> None:
    for name in ("item_download_errors.json", "list_state.json", "verification.json"):
        if content is not None:
            (home / name).write_text(content)

    said = describe_failure(number, StepResult(code), Settings(home, home))

    assert said.startswith(f"Option {number} (")
    assert f"): {words}" in said
    assert said.endswith(".")


def test_a_good_verification_is_not_called_wrong(home: Path) -> None:
    _verify(home, is_good=True)

    assert "): the verification found" in describe_failure(6, StepResult(7), Settings(home, home))
