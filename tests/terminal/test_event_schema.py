"""The table of events: every event is in it once, and a line that does not fit is found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from onedrive.terminal.events import EVENTS
from tests.terminal.event_check import check_event

TOP = Path(__file__).resolve().parent.parent.parent
HEAD = {"v": 1, "time": "2026-11-24T05:42:16.250Z"}


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({**HEAD, "event": "run_finished", "exit_code": 0}, None),
        ([], "it is no object"),
        ({**HEAD, "event": "nonsense"}, "there is no event 'nonsense'"),
        ({**HEAD, "event": "run_finished"}, "run_finished has no exit_code"),
        ({**HEAD, "event": "run_finished", "exit_code": 0, "more": 1}, "run_finished has an unknown more"),
        ({**HEAD, "event": "run_finished", "exit_code": "0"}, "run_finished: exit_code is '0'"),
        ({**HEAD, "event": "run_finished", "exit_code": True}, "run_finished: exit_code is True"),
        ({**HEAD, "event": "run_finished", "exit_code": None}, "run_finished: exit_code is None"),
        ({**HEAD, "v": 2, "event": "run_finished", "exit_code": 0}, "version 2"),
        ({**HEAD, "time": "now", "event": "run_finished", "exit_code": 0}, "run_finished: time is 'now'"),
    ],
)
def test_a_line_that_does_not_fit_is_found(row: object, wrong: str | None) -> None:
    assert check_event(row) == ([wrong] if wrong else [])


def test_every_event_that_the_program_tells_is_in_the_table_once() -> None:
    texts = [path.read_text(encoding="utf-8") for path in [*TOP.glob("*.py"), *(TOP / "onedrive").rglob("*.py")]]
    told = {name for text in texts for name in re.findall(r'\.event\(\s*"(\w+)"|\bevent_name = "(\w+)"', text)}
    told = {first or second for first, second in told}  # the second are what the runs of option 7 are called

    names = [event.name for event in EVENTS]
    assert told == set(names)
    assert len(names) == len(set(names))
