"""What a deletion says before and after, and the number that a person must type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from onedrive.delete_plan import DeletePlan, NotDeleted
from onedrive.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable

MOST_NAMED = 10
_BIN_PERSONAL = "the recycle bin of https://onedrive.live.com for 30 days"
_BIN_WORK = "the recycle bin of your organisation's OneDrive or SharePoint for 93 days"


def show_delete_plan(terminal: Terminal, plan: DeletePlan) -> None:
    """How many and how much, the oldest, newest and largest; then what stays, and why."""
    number = len(plan.deletions)
    terminal.say(
        f"{plural('file', number)} ({format_bytes(plan.size_bytes)}) may be deleted on OneDrive: proven to be here, "
        "read from the disk within the last day."
        if number
        else "None of these files may be deleted on OneDrive.",
        style="heading",
    )
    if plan.oldest and plan.newest and plan.largest:
        largest = plan.largest
        rows = [
            ("Oldest", str(plan.oldest[0]), printable(plan.oldest[1])),
            ("Newest", str(plan.newest[0]), printable(plan.newest[1])),
            ("Largest", format_bytes(largest.size_bytes), printable(largest.path)),
        ]
        terminal.table(["", Column("", "right"), "File"], rows)
        terminal.say("They go to OneDrive's recycle bin. The files on this computer stay as they are.")
    if plan.refused:
        stay = "stays" if len(plan.refused) == 1 else "stay"
        terminal.say(f"{plural('file', len(plan.refused))} of your choice {stay} on OneDrive:")
        _show_reasons(terminal, plan.refused)


def ask_for_number(terminal: Terminal, number: int, noun: str = "file") -> bool:
    """True when the person types how many go; anything else is a no. Raises EndOfInput."""
    typed = terminal.ask(
        f"To delete {'it' if number == 1 else 'them'} on OneDrive, type the number of {noun}s, "
        f"{format_count(number)}; anything else deletes nothing:"
    )
    return (typed or "").strip() in (str(number), format_count(number))


def show_bin(terminal: Terminal, *, is_personal: bool) -> None:
    """Where what was deleted is, for how long, and what that means for the space."""
    terminal.say(
        f"What was deleted is in {_BIN_PERSONAL if is_personal else _BIN_WORK}. Until then you can bring it back there "
        "(select it, then Restore). The space is freed only when it leaves the bin: empty the bin to have it at once."
    )


def show_outcome(terminal: Terminal, deleted: Sequence[int], failed: Sequence[NotDeleted], *, record: str) -> None:
    """How many are deleted (their sizes), and what is not, with the reason."""
    words = f"{plural('file', len(deleted))} ({format_bytes(sum(deleted))}) deleted on OneDrive."
    terminal.say(words, style="good" if deleted else "warning")
    if failed:
        terminal.say(f"{plural('file', len(failed))} not deleted:", style="warning")
        _show_reasons(terminal, failed)
    terminal.say(f"Each is on record in {record}; the files on this computer are as they were.")


def _show_reasons(terminal: Terminal, entries: Sequence[NotDeleted]) -> None:
    """Each reason with its number, and below it the first files that it keeps."""
    named = 0
    for reason, number in Counter(entry.reason for entry in entries).most_common():
        terminal.say(f"  {format_count(number)}: {reason}")
        shown = [entry for entry in entries if entry.reason == reason][: max(2, MOST_NAMED - named)]
        for entry in shown:
            terminal.say(f"    {printable(entry.path)}")
        named += len(shown)
        if number > len(shown):
            terminal.say(f"    and {format_count(number - len(shown))} more")
