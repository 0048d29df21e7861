"""Moving out: options 3, 4 and 6 one after the other, then one sheet that says whether the person can leave.

    3 (everything anew) ─► 4 ─► 6 ─► what no program can know is asked ─► moving_out.html, and its verdict

What stops one of the three ends it, in that option's words, and no sheet is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from onedrive.app.options import DOWNLOAD, LIST, VERIFY
from onedrive.home.files import is_there
from onedrive.step_result import StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_bytes, plural, printable

if TYPE_CHECKING:
    from onedrive.report.moving_out import LeavingStep, MovingOut

MOVING_OUT = (LIST, DOWNLOAD, VERIFY)
# All done; some items failed; not enough room; something is wrong: the sheet says what that means.
_GOES_ON = (0, 3, 5, 7)
NOT_YET = 3
_NAMED = 3
_DONE, _NOT_DONE = "1", "0"


def next_of_moving_out(number: int, exit_code: int) -> int | None:
    """The option that follows one of the three; None: it was the last, or it was stopped."""
    return dict(pairwise(MOVING_OUT)).get(number) if exit_code in _GOES_ON else None


def finish_moving_out(terminal: Terminal, home: Path, verified: StepResult) -> StepResult:
    """After option 6: ask what only the person knows, write the sheet, and say its verdict.

    The exit code is 0 only for 'You can leave'; else option 6's, or 3. Raises StepNeeded, StateFileBroken, DiskFull,
    FolderNotUsable.
    """
    from onedrive.report.moving_out import read_moving_out
    from onedrive.report.sheet import verdict_words, why_words, write_sheet

    if verified.exit_code not in _GOES_ON:
        return verified
    moving_out = read_moving_out(home)
    ticked = frozenset(_ask(terminal, moving_out)) if terminal.can_ask else frozenset()
    sheet = write_sheet(home, moving_out, ticked)
    can_leave = moving_out.can_leave(ticked)
    verdict, why = verdict_words(moving_out, ticked), why_words(moving_out, ticked)
    terminal.say()
    for step in moving_out.steps:
        terminal.say(f"  {'done' if step.key in ticked else 'to do'}: {_title(step)}")
    terminal.say(f"The sheet, for a browser and to print: {sheet}")
    terminal.say(f"{verdict}. {why}", style="good" if can_leave else "problem")
    terminal.event(
        "moving_out",
        can_leave=can_leave,
        words=f"{verdict}. {why}",
        items=moving_out.items,
        lines={line.title: line.number for line in moving_out.lines},
        to_do=[step.key for step in moving_out.steps if step.key not in ticked],
        sheet=str(sheet),
    )
    if can_leave:
        return StepResult(exit_code=verified.exit_code, page=sheet)
    failure = f"{verdict}. {why} The sheet is {sheet}."
    return StepResult(exit_code=verified.exit_code or NOT_YET, failure=failure, page=sheet)


def say_no_sheet(terminal: Terminal, home: Path) -> None:
    """Say that there is none, after something stopped moving out."""
    from onedrive.report.sheet import SHEET

    if not is_there(home / SHEET):
        terminal.say(
            "The sheet for moving out was not written: 3, 4 and 6 must all finish, and then its questions be answered. "
            "Choose m to try again.",
            style="warning",
        )


def _ask(terminal: Terminal, moving_out: MovingOut) -> Iterator[str]:
    """The keys of the steps of which the person says that they are done."""
    if moving_out.to_tick:
        terminal.say()
        terminal.say(
            "Nothing is missing or damaged here. Only you know about what follows. Your answers change nothing "
            "on OneDrive; what you move or choose now counts from the next run on."
        )
    with suppress(EndOfInput):
        for step in moving_out.to_tick:
            terminal.say()
            terminal.say(f"{_title(step)}. {step.help.meaning}", style="heading")
            _name_items(terminal, moving_out, step)
            for line in step.help.steps:
                terminal.say(f"  - {line}")
            choices = {_DONE: "It was done before this run, or I can do without it", _NOT_DONE: "Not yet"}
            if terminal.pick("Your choice:", choices, default=_NOT_DONE) == _DONE:
                yield step.key


def _title(step: LeavingStep) -> str:
    return f"{step.help.title} ({plural('item', step.number)})" if step.number else step.help.title


def _name_items(terminal: Terminal, moving_out: MovingOut, step: LeavingStep) -> None:
    from onedrive.report.rows import shown_path

    items = moving_out.items_of(step)[:_NAMED]
    for item in items:
        size = f" ({format_bytes(item.size_bytes)})" if item.size_bytes else ""
        terminal.say(f"    {printable(shown_path(item))}{size}")
    if step.number > len(items):
        terminal.say(f"    and {plural('more', step.number - len(items), many='more')}")
