"""What option 4 asks before the first byte: may files be rearranged, and what is to come when room is short."""

from __future__ import annotations

from enum import StrEnum

from onedrive.download_report import describe_missing_room
from onedrive.errors import NotEnoughRoom
from onedrive.job_need import Identity, choose_fitting
from onedrive.survey import Survey
from onedrive.terminal import EndOfInput, Terminal
from onedrive.words import format_bytes, format_count, plural, printable


class Rearranging(StrEnum):
    """What is to become of files that another layout put into their folders."""

    DO = "they are moved"
    LEAVE = "they stay where they are"
    STOP = "nothing is done now"


def ask_about_layout(terminal: Terminal, survey: Survey) -> Rearranging:
    """Ask before files are moved because of the layout alone; where nobody can be asked, the choice is the answer."""
    relaid = survey.plan.relaid
    if not relaid:
        return Rearranging.DO
    row = min((row for row in survey.plan.moved if (row.drive_id, row.id) in relaid), key=lambda row: row.place)
    by_date = not survey.filing.is_onedrives
    where = "folders by date" if by_date else "the folders that they have on OneDrive"
    example = f"{printable(row.place)}{', …' if len(relaid) > 1 else ''}"
    are, go = ("file that is here", "goes") if len(relaid) == 1 else ("files that are here", "go")
    terminal.say(f"{format_count(len(relaid))} {are} {go} into {where} ({example}).")
    if not terminal.can_ask:
        return Rearranging.DO
    terminal.say("Nothing is downloaded again for that.")
    terminal.say("  1  Put them there")
    terminal.say(f"  2  Leave those where they are; new ones go {'by date' if by_date else 'where OneDrive has them'}")
    terminal.say("  0  Stop, and change nothing")
    answers = {"1": Rearranging.DO, "2": Rearranging.LEAVE, "0": Rearranging.STOP}
    while True:
        answer = answers.get((terminal.ask("Your choice:") or "").strip())
        if answer:
            return answer
        terminal.say("That is none of the choices. Type 1, 2 or 0.", style="warning")


def choose_what_to_leave_out(terminal: Terminal, survey: Survey) -> set[Identity] | None:
    """Nothing when all fits; otherwise what a person leaves out to take the rest, None for leaving it all.

    Raises NotEnoughRoom when there is nobody to ask, or nothing fits.
    """
    need, disk = survey.need, survey.disk
    if disk.room_bytes is None or need.room_bytes <= disk.room_bytes:
        return set()
    fitting = choose_fitting(need, disk.room_bytes)
    size = format_bytes(sum(need.costs[identity] for identity in fitting))
    offer = f"{plural('file', len(fitting))} of {plural('file', len(need.costs))} ({size})"
    error = NotEnoughRoom(
        describe_missing_room(need, disk),
        "Make room there, or choose another disk with --to; then choose 4 again."
        + (f" Without --no-input, in a terminal, you can take what fits: {offer}." if fitting else ""),
    )
    if not fitting or not terminal.can_ask:
        raise error
    terminal.say(error.sentence, style="problem")
    terminal.say(f"  1  Download what fits, the smallest first: {offer}")
    terminal.say("  0  Download nothing now")
    try:
        answer = terminal.ask("Your choice:") or ""
    except EndOfInput:
        raise error from None
    return set(need.costs) - fitting if answer.strip() == "1" else None
