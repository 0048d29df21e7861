"""What option 4 tells programs that read along (--json): selection, plan, each item, summary."""

from __future__ import annotations

from onedrive.download_job import Outcome, Result
from onedrive.download_run import Tally
from onedrive.selection import Selection
from onedrive.survey import Survey
from onedrive.terminal import Terminal

_WORDS = {
    Result.FETCHED: "fetched",
    Result.ADOPTED: "adopted",
    Result.THERE: "there",
    Result.MOVED: "moved",
    Result.SORTED: "moved",
    Result.LINKED: "linked",
    Result.COPIED: "copied",
    Result.NAMED: "named",
    Result.FAILED: "failed",
    Result.UNAVAILABLE: "unavailable",
}


def tell_selection(terminal: Terminal, selection: Selection, survey: Survey) -> None:
    """Which selection is in force, and how much of the list it wants."""
    plan = survey.plan
    terminal.event(
        "selection",
        description=selection.describe(),
        files=plan.chosen,
        size_bytes=plan.chosen_bytes,
        listed_files=plan.listed,
        listed_bytes=plan.listed_bytes,
        layout=selection.layout.value,
        duplicates=selection.duplicates.value,
    )


def tell_plan(terminal: Terminal, survey: Survey) -> None:
    """The totals of what is to be done."""
    plan, need, disk = survey.plan, survey.need, survey.disk
    terminal.event(
        "plan",
        files=need.files,
        size_bytes=need.size_bytes,
        here_files=plan.there,
        here_bytes=plan.there_bytes,
        left_out_files=plan.left_out.total(),
        left_out_bytes=plan.left_out_bytes,
        moves=len(plan.moved),
        twins=len(plan.twins),
        unavailable=len(plan.unavailable),
        impossible=len(survey.impossible),
        room_bytes=need.room_bytes,
        free_bytes=disk.free_bytes,
    )


def tell_what_cannot_come(terminal: Terminal, survey: Survey) -> None:
    """The files for which it is known before the first byte that they cannot come."""
    for result, entries in (("unavailable", survey.plan.unavailable), ("failed", survey.impossible)):
        for path, item_id, reason in entries:
            terminal.event(
                "item", result=result, id=item_id, path=path, place="", size_bytes=0, verified="", reason=reason
            )


def tell_outcome(terminal: Terminal, outcome: Outcome) -> None:
    """How it went with one file."""
    row = outcome.wanted
    has_failed = outcome.result in (Result.FAILED, Result.UNAVAILABLE)
    terminal.event(
        "item",
        result=_WORDS[outcome.result],
        id=row.id,
        path=row.path,
        place=row.place,
        size_bytes=row.size_bytes if has_failed else outcome.size_bytes,
        verified=outcome.verified,
        reason=outcome.reason,
    )


def tell_summary(terminal: Terminal, survey: Survey, tally: Tally, seconds: float) -> None:
    """How it went as a whole."""
    counts = dict.fromkeys(_WORDS.values(), 0)
    for result, count in tally.results.items():
        counts[_WORDS[result]] += count
    counts["failed"] = len(tally.failed)
    counts["unavailable"] += len(survey.plan.unavailable)  # known before the first byte; the others came to light
    terminal.event(
        "summary",
        **counts,
        here_files=survey.plan.there,
        here_bytes=survey.plan.there_bytes,
        left_out_files=survey.plan.left_out.total(),
        left_out_bytes=survey.plan.left_out_bytes,
        fetched_bytes=tally.fetched_bytes,
        saved_bytes=tally.linked_bytes + tally.named_bytes,
        seconds=round(seconds, 3),
    )
