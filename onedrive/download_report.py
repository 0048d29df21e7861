"""What a download says: what it needs before the first byte, and how it went at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from onedrive.disk_room import RESERVE_BYTES, DiskRoom
from onedrive.download_job import Result
from onedrive.download_plan import DownloadPlan, TwinWay
from onedrive.download_run import Tally
from onedrive.job_need import JobNeed
from onedrive.manifest import MANIFEST
from onedrive.selection import Layout, Selection
from onedrive.survey import Survey
from onedrive.terminal import Terminal
from onedrive.words import format_bytes, format_count, format_duration, plural, printable

MOST_NAMED = 10
Named = tuple[str, str, str]  # path, id, reason
# Results after which a file is here, and is counted as such when the disk is looked at again.
_COME = (Result.FETCHED, Result.ADOPTED, Result.MOVED, Result.SORTED, Result.LINKED, Result.COPIED)
_LIVE_PHOTO_ENDINGS = (".heic", ".heif")


def describe_choice(selection: Selection, plan: DownloadPlan) -> Iterator[str]:
    """The selection in force and how much of the list it wants; nothing when everything is wanted as it is."""
    if not selection.wants_all:
        files = f"{format_count(plan.chosen)} of {plural('file', plan.listed)}"
        sizes = f"{format_bytes(plan.chosen_bytes)} of {format_bytes(plan.listed_bytes)}"
        yield f"Chosen: {printable(selection.describe())}: {files}, {sizes}."
    if selection.layout is Layout.DATE:
        yield f"Into folders by date: {printable(selection.pattern)}."


def describe_left_out(plan: DownloadPlan) -> str:
    """How many files are left out by choice, and why; no full stop."""
    reasons = ", ".join(f"{format_count(count)} {reason}" for reason, count in plan.left_out.most_common())
    return (
        f"{plural('file', plan.left_out.total())} ({format_bytes(plan.left_out_bytes)}) left out by choice: {reasons}"
    )


def describe_twins_ahead(survey: Survey) -> Iterator[str]:
    """How many files have the content of another one, and what becomes of them."""
    twins = survey.plan.twins
    becomes = {
        TwinWay.LINK: "become links to it",
        TwinWay.COPY: "are copied from it on this disk",
        TwinWay.NAME: "are only named in the manifest",
    }
    for way, what in becomes.items():
        sizes = [twin.row.size_bytes for twin in twins if twin.way is way]
        if sizes:
            spared = f"{format_bytes(sum(sizes))} need not be downloaded"
            yield f"{plural('file', len(sizes))} with the content of another one {what}: {spared}."
    if survey.makes_copies:
        yield "This disk knows no hard links, so each of them takes its own room."


def describe_need(plan: DownloadPlan, need: JobNeed, disk: DiskRoom) -> Iterator[str]:
    """The whole job in a few lines, before its first byte; nothing when there is nothing to fetch."""
    if not need.files:
        return
    begun = f", of which {format_bytes(need.begun_bytes)} are here already (begun earlier)" if need.begun_files else ""
    free = f" The disk has {format_bytes(disk.free_bytes)} free." if disk.free_bytes is not None else ""
    yield f"To download: {plural('file', need.files)}, {format_bytes(need.size_bytes)}{begun}.{free}"
    if need.alike_files:
        alike = f"{plural('file', need.alike_files)} of them ({format_bytes(need.alike_bytes)})"
        yield f"For {alike} something of the same size is in its place: compared first, fetched only if it differs."
    if plan.there:
        yield f"Here already: {plural('file', plan.there)}, {format_bytes(plan.there_bytes)}."


def describe_missing_room(need: JobNeed, disk: DiskRoom) -> str:
    """How much is missing, and how that is counted."""
    room = disk.room_bytes or 0
    return (
        f"There is not enough room on the disk: {format_bytes(need.room_bytes)} needed, {format_bytes(room)} usable "
        f"({format_bytes(RESERVE_BYTES)} stay free), so {format_bytes(need.room_bytes - room)} are missing."
    )


def join_tallies(earlier: Tally, later: Tally) -> Tally:
    """Two rounds of one job as one: what failed in the earlier one was tried again in the later one."""
    joined = Tally(
        results=earlier.results + later.results,
        fetched_bytes=earlier.fetched_bytes + later.fetched_bytes,
        linked_bytes=earlier.linked_bytes + later.linked_bytes,
        named_bytes=later.named_bytes or earlier.named_bytes,  # they are named in each round
        changed=earlier.changed + later.changed,
        differing=[*earlier.differing, *later.differing],
        repeated=[*earlier.repeated, *later.repeated],
        failed=later.failed,
        unavailable=list({entry[1]: entry for entry in [*earlier.unavailable, *later.unavailable]}.values()),
    )
    joined.results[Result.FAILED] = later.results[Result.FAILED]
    if later.results[Result.NAMED]:
        joined.results[Result.NAMED] = later.results[Result.NAMED]
    return joined


def describe_so_far(tally: Tally) -> str:
    """How far an interrupted run came."""
    files, begun = tally.results[Result.FETCHED], "files that were begun continue where they stopped."
    done = f"{plural('file', files)} ({format_bytes(tally.fetched_bytes)})" if files else "No whole file"
    return f"{done} downloaded so far; {begun}"


def describe_result(plan: DownloadPlan, tally: Tally, seconds: float) -> str:
    """The first sentence of the summary."""
    fetched = tally.results[Result.FETCHED]
    if fetched:
        amount = f"{plural('file', fetched)} downloaded ({format_bytes(tally.fetched_bytes)})"
        return f"{amount} in {format_duration(seconds)}."
    if tally.failed:
        return "Nothing new could be downloaded."
    others = tally.results[Result.THERE] + sum(tally.results[result] for result in _COME)
    if plan.there and not others:
        what = "Everything that is chosen" if plan.left_out or plan.found else "Everything on the list"
        return f"{what} is here already: {plural('file', plan.there)}, {format_bytes(plan.there_bytes)}."
    return "Nothing had to be downloaded."


def describe_others(plan: DownloadPlan, tally: Tally, *, earlier: Tally, kept: Sequence[str]) -> Iterator[str]:
    """What else there is to say of files that did not fail; `kept` are the places of local files kept beside others.

    `tally` counts what came `earlier` in the same job, before the plan was made.
    """
    came_earlier = sum(earlier.results[result] for result in _COME)
    there = max(0, plan.there - came_earlier) + tally.results[Result.THERE]
    adopted, moved = tally.results[Result.ADOPTED], tally.results[Result.MOVED]
    if there and (tally.results.total() or tally.failed):
        yield f"{plural('file', there)} were there already." if there > 1 else "1 file was there already."
    if adopted:
        yield f"{plural('file', adopted)} of this computer recognised by the content, not fetched again."
    if moved:
        yield f"{plural('file', moved)} renamed or moved on OneDrive: moved here too, not fetched again."
    if tally.results[Result.SORTED]:
        yield f"{plural('file', tally.results[Result.SORTED])} put into other folders by the layout, not fetched again."
    yield from _describe_twins(tally)
    if kept:
        are = "is" if len(kept) == 1 else "are"
        yield f"{plural('local file', len(kept))} {are} kept beside the new version: {_some_names(kept)}."
    if tally.changed:
        yield f"{plural('file', tally.changed)} changed on OneDrive since the list was made: fetched as they are now."
    yield from _describe_odd_bytes(tally)
    if plan.gone:
        are, stay = ("is", "stays") if len(plan.gone) == 1 else ("are", "stay")
        yield f"{plural('file', len(plan.gone))} {are} no longer on OneDrive and {stay} here: {_some_names(plan.gone)}."
    if plan.left_out:
        yield f"{describe_left_out(plan)}."


def _describe_odd_bytes(tally: Tally) -> Iterator[str]:
    """What came otherwise than listed, and why that is so."""
    if tally.differing:
        yield (
            f"{plural('file', len(tally.differing))} came with other bytes than OneDrive lists, twice the same. "
            "OneDrive is known to do so with Live Photos and Office files; kept as they came: "
            f"{_some_names(tally.differing)}."
        )
    if any(path.lower().endswith(_LIVE_PHOTO_ENDINGS) for path in tally.differing):
        yield (
            "The moving part (the video) of a Live Photo is not handed out by OneDrive in this way; to have it, open "
            "the photo on the OneDrive website and download it there."
        )
    if tally.repeated:
        yield (
            f"{plural('file', len(tally.repeated))} came with another length than OneDrive lists, twice the same, and "
            f"OneDrive lists no hash to compare: {_some_names(tally.repeated)}."
        )


def _describe_twins(tally: Tally) -> Iterator[str]:
    """What became of files whose content another one has."""
    linked, copied, named = (tally.results[result] for result in (Result.LINKED, Result.COPIED, Result.NAMED))
    if linked:
        saved = format_bytes(tally.linked_bytes)
        yield f"{plural('file', linked)} with the content of another one: linked to that, {saved} saved."
    if copied:
        yield f"{plural('file', copied)} copied on this disk from another with the same content, not fetched."
    if named:
        saved = format_bytes(tally.named_bytes)
        yield (
            f"{plural('file', named)} with the content of another one: not stored again, {saved} saved; "
            f"{MANIFEST} names them."
        )


def name_some(terminal: Terminal, title: str, entries: Sequence[Named]) -> None:
    """Up to ten of what did not come, each with its reason; nothing when there is none."""
    if entries:
        terminal.say(f"{plural('item', len(entries))} {title}:", style="warning")
    for path, _, reason in sorted(entries)[:MOST_NAMED]:
        terminal.say(f"  {printable(path)}: {printable(reason)}.")
    if len(entries) > MOST_NAMED:
        terminal.say(f"  and {format_count(len(entries) - MOST_NAMED)} more.")


def _some_names(paths: Sequence[str]) -> str:
    more = f" and {format_count(len(paths) - 3)} more" if len(paths) > 3 else ""
    return ", ".join(printable(path) for path in sorted(paths)[:3]) + more
