"""What renaming says before and after, and the question in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from onedrive.rename_plan import NotRenamed, RenamePlan
from onedrive.rename_record import RENAMED_ITEMS
from onedrive.terminal import Terminal
from onedrive.words import format_count, plural, printable

MOST_SHOWN = 20
MOST_NAMED = 10


def show_rename_plan(terminal: Terminal, plan: RenamePlan) -> None:
    """Old and new names, the first twenty; then what keeps its name, and why."""
    if plan.renamings:
        terminal.say(f"{plural('item', len(plan.renamings))} to rename on OneDrive:", style="heading")
        shown = plan.renamings[:MOST_SHOWN]
        terminal.table(["Now", "New name"], [(printable(one.item.path), printable(one.new_name)) for one in shown])
        if len(plan.renamings) > len(shown):
            terminal.say(f"and {format_count(len(plan.renamings) - len(shown))} more")
    else:
        terminal.say("There is nothing to rename.")
    if plan.unchanged:
        has = "has" if plan.unchanged == 1 else "have"
        terminal.say(f"{plural('item', plan.unchanged)} {has} that name already.")
    if plan.problems:
        terminal.say(f"{plural('item', len(plan.problems))} cannot get the new name:", style="warning")
        _show_problems(terminal, plan.problems)


def ask_to_rename(terminal: Terminal, number: int) -> bool:
    """True when the person types y. Raises EndOfInput."""
    what = "it" if number == 1 else f"these {format_count(number)}"
    return (terminal.ask(f"Rename {what} on OneDrive? y, or Enter for no:") or "").strip().lower() in ("y", "yes")


def show_rename_outcome(
    terminal: Terminal,
    *,
    renamed: int,
    planned: int,
    failed: Sequence[NotRenamed],
    halfway: Sequence[str],
    followed: int,
    stayed: Sequence[tuple[str, str]],
) -> None:
    """How it went there and here; `halfway` are items that have a temporary name now."""
    of = f" of {format_count(planned)}" if renamed < planned else ""
    terminal.say(
        f"{format_count(renamed)}{of} renamed on OneDrive."
        if of
        else f"{plural('item', renamed)} renamed on OneDrive.",
        style="good" if renamed == planned else "warning",
    )
    if failed:
        _show_problems(terminal, failed)
    if halfway:
        terminal.say(
            f"{plural('item', len(halfway))} still with a temporary name, such as {printable(halfway[0])}: "
            "choose 4, undo, to give back the old names.",
            style="warning",
        )
    if followed:
        has = "has its new name" if followed == 1 else "have their new names"
        terminal.say(f"{plural('file', followed)} on this computer {has} too.")
    for place, why in stayed[:MOST_NAMED]:
        terminal.say(f"  {printable(place)} keeps its name here: {why}. The next download sees to it.")
    terminal.say(f"Each rename is on record in {RENAMED_ITEMS}; 4 in this menu undoes it.")


def _show_problems(terminal: Terminal, problems: Sequence[NotRenamed]) -> None:
    """Each reason with its number, and below it the first items that it keeps."""
    named = 0
    for reason, number in Counter(problem.reason for problem in problems).most_common():
        terminal.say(f"  {format_count(number)}: {reason}")
        shown = [problem for problem in problems if problem.reason == reason][: max(2, MOST_NAMED - named)]
        for problem in shown:
            new = f" -> {printable(problem.new_name)}" if problem.new_name else ""
            terminal.say(f"    {printable(problem.item.path)}{new}")
        named += len(shown)
        if number > len(shown):
            terminal.say(f"    and {format_count(number - len(shown))} more")
