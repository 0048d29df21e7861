"""What a download says: what it needs before the first byte, and how it went at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from onedrive.choosing.selection import Layout, Selection
from onedrive.download.outcome import Outcome, Result, Tally
from onedrive.download.plan import DownloadPlan, TwinWay
from onedrive.download.prepare import FetchNeed, Identity, PreparedDownload, choose_fitting
from onedrive.errors import NotEnoughRoom
from onedrive.home.failed import FailedItem
from onedrive.home.manifest import MANIFEST
from onedrive.local.places import EARLIER_FOLDER
from onedrive.local.room import AFTER_POWER_CUT, NO_FSYNC, RESERVE_BYTES, DiskRoom
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_bytes, format_count, format_duration, plural, printable

_MOST_NAMED = 10
# Results after which a file is here, and is counted as such when the disk is looked at again.
_COME = (Result.FETCHED, Result.ADOPTED, Result.MOVED, Result.SORTED, Result.LINKED, Result.COPIED, Result.TAKEN)
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


def describe_twins_ahead(prepared: PreparedDownload) -> Iterator[str]:
    """How many files have the content of another one, and what becomes of them."""
    twins = prepared.plan.twins
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
    yield from _describe_elsewhere(prepared.plan)
    if sources := prepared.plan.sources:
        size = sum(row.size_bytes for row in prepared.plan.wanted if row.identity in sources)
        of_size = f"For {plural('file', len(sources))} ({format_bytes(size)}) a further folder has one of that size"
        yield f"{of_size}: copied from there if it has the listed bytes, fetched only if not."
    if prepared.makes_copies:
        yield "This disk knows no hard links, so each of them takes its own room."


def _describe_elsewhere(plan: DownloadPlan) -> Iterator[str]:
    """What known folders have, or had."""
    for is_away, where, rest in (
        (False, "in known folders (--known)", ""),
        (
            True,
            "in known folders that cannot be read now",
            "; where that disk is lost, --forget fetches them",
        ),
    ):
        if found := [(row, known) for row, known in plan.elsewhere if known.is_away is is_away]:
            files, size = plural("file", len(found)), format_bytes(sum(row.size_bytes for row, _ in found))
            are, names = "is" if len(found) == 1 else "are", _some_names([str(known.path) for _, known in found])
            yield f"{files} ({size}) {are} {where} and not fetched: {names}{rest}."


def describe_need(plan: DownloadPlan, need: FetchNeed, disk: DiskRoom) -> Iterator[str]:
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
    if not disk.survives_power_cut:
        yield f"{NO_FSYNC}. {AFTER_POWER_CUT}"


def describe_missing_room(need: FetchNeed, disk: DiskRoom) -> str:
    """How much is missing, and how that is counted."""
    room = disk.room_bytes or 0
    return (
        f"There is not enough room on the disk: {format_bytes(need.room_bytes)} needed, {format_bytes(room)} usable "
        f"({format_bytes(RESERVE_BYTES)} stay free), so {format_bytes(need.room_bytes - room)} are missing."
    )


def describe_result(plan: DownloadPlan, tally: Tally, *, held: int) -> str:
    """The first sentence of the summary; `held`: so many were not replaced."""
    fetched = tally.results[Result.FETCHED]
    if fetched:
        amount = f"{plural('file', fetched)} downloaded ({format_bytes(tally.sizes[Result.FETCHED])})"
        return f"{amount} in {format_duration(tally.seconds)}."
    if tally.failed:
        return "Nothing new could be downloaded."
    others = tally.results[Result.THERE] + sum(tally.results[result] for result in _COME)
    if held and not others:
        return f"Nothing else had to be downloaded: {plural('file', plan.there)} here already."
    if plan.there and not others:
        other = " else" if plan.elsewhere else ""
        what = f"Everything{other} {'that is chosen' if plan.left_out or plan.found else 'on the list'}"
        return f"{what} is here already: {plural('file', plan.there)}, {format_bytes(plan.there_bytes)}."
    return "Nothing had to be downloaded."


def describe_others(plan: DownloadPlan, tally: Tally, earlier: Tally, *, held: int) -> Iterator[str]:
    """What else there is to say of files that did not fail; `earlier` came in the same job before the plan was made.

    `held`: so many were not replaced.
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
    if tally.kept:
        are = "is" if len(tally.kept) == 1 else "are"
        yield f"{plural('local file', len(tally.kept))} {are} kept beside the new version: {_some_names(tally.kept)}."
    yield from _describe_replaced(tally, held)
    if tally.changed:
        yield f"{plural('file', tally.changed)} changed on OneDrive since the list was made: fetched as they are now."
    yield from _describe_odd_bytes(tally)
    if plan.gone:
        are, stay = ("is", "stays") if len(plan.gone) == 1 else ("are", "stay")
        names = _some_names([line.path for line in plan.gone])
        yield f"{plural('file', len(plan.gone))} {are} no longer on OneDrive and {stay} here: {names}."
    if plan.left_out:
        yield f"{describe_left_out(plan)}."


def _describe_replaced(tally: Tally, held: int) -> Iterator[str]:
    """What has new content on OneDrive, and what became of the old one."""
    if tally.earlier:
        have, they = ("has", "it was") if len(tally.earlier) == 1 else ("have", "they were")
        yield (
            f"{plural('file', len(tally.earlier))} {have} new content on OneDrive; what {they} before is kept: "
            f"{_some_names(tally.earlier)}."
        )
    if tally.replaced:
        yield (
            f"{plural('file', len(tally.replaced))} replaced by new content on OneDrive; what was here before is not "
            f"kept (--earlier none): {_some_names(tally.replaced)}."
        )
    if tally.aside:
        are = "is" if len(tally.aside) == 1 else "are"
        yield (
            f"{plural('file', len(tally.aside))} {are} no longer on OneDrive and put aside, into {EARLIER_FOLDER}: "
            f"{_some_names(tally.aside)}."
        )
    if held:
        have, stays = ("has", "stays as it is") if held == 1 else ("have", "stay as they are")
        yield f"{plural('file', held)} {have} new content on OneDrive, and {stays} here: a person must look first."


def _describe_odd_bytes(tally: Tally) -> Iterator[str]:
    """What came otherwise than listed, and why that is so."""
    if tally.differing:
        yield (
            f"{plural('file', len(tally.differing))} came with other bytes than OneDrive lists, twice the same. "
            "OneDrive is known to do so with Live Photos and Office files; kept as they came: "
            f"{_some_names(tally.differing)}."
        )
    if tally.sent_so:
        yield (
            f"{plural('file', len(tally.sent_so))} came with another size and hash than OneDrive lists, twice the "
            f"same; kept as OneDrive sends it. Open it to be sure that it is whole: {_some_names(tally.sent_so)}."
        )
    if tally.stills:
        of = "is the still of a Live Photo" if tally.stills == 1 else "are stills of Live Photos"
        yield f"{plural('photo', tally.stills)} that came {of}."
    if tally.stills or any(path.lower().endswith(_LIVE_PHOTO_ENDINGS) for path in tally.differing):
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
        saved = format_bytes(tally.sizes[Result.LINKED])
        yield f"{plural('file', linked)} with the content of another one: linked to that, {saved} saved."
    if copied:
        yield f"{plural('file', copied)} copied on this disk from another with the same content, not fetched."
    if taken := tally.results[Result.TAKEN]:
        size = format_bytes(tally.sizes[Result.TAKEN])
        yield f"{plural('file', taken)} ({size}) copied from a further folder, not fetched."
    if named:
        saved = format_bytes(tally.sizes[Result.NAMED])
        yield (
            f"{plural('file', named)} with the content of another one: not stored again, {saved} saved; "
            f"{MANIFEST} names them."
        )


def name_some(terminal: Terminal, title: str, entries: Sequence[FailedItem]) -> None:
    """Up to ten of what did not come, each with its reason; nothing when there is none."""
    if entries:
        terminal.say(f"{plural('item', len(entries))} {title}:", style="warning")
    for item in sorted(entries)[:_MOST_NAMED]:
        terminal.say(f"  {printable(item.path)}: {printable(item.reason)}.")
    if len(entries) > _MOST_NAMED:
        terminal.say(f"  and {format_count(len(entries) - _MOST_NAMED)} more.")


def _some_names(paths: Sequence[str]) -> str:
    more = f" and {format_count(len(paths) - 3)} more" if len(paths) > 3 else ""
    return ", ".join(printable(path) for path in sorted(paths)[:3]) + more


_WORDS = {
    Result.FETCHED: "fetched",
    Result.ADOPTED: "adopted",
    Result.THERE: "there",
    Result.MOVED: "moved",
    Result.SORTED: "moved",
    Result.LINKED: "linked",
    Result.COPIED: "copied",
    Result.TAKEN: "copied",
    Result.NAMED: "named",
    Result.HELD: "held",
    Result.FAILED: "failed",
    Result.UNAVAILABLE: "unavailable",
}


def tell_selection(terminal: Terminal, selection: Selection, prepared: PreparedDownload) -> None:
    """Which selection is in force, and how much of the list it wants."""
    plan = prepared.plan
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


def tell_plan(terminal: Terminal, prepared: PreparedDownload) -> None:
    """The totals of what is to be done."""
    plan, need, disk = prepared.plan, prepared.need, prepared.disk
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
        elsewhere=len(plan.elsewhere),
        unavailable=len(plan.unavailable),
        impossible=len(prepared.impossible),
        room_bytes=need.room_bytes,
        free_bytes=disk.free_bytes,
    )


def tell_what_cannot_come(terminal: Terminal, prepared: PreparedDownload) -> None:
    """The files for which it is known before the first byte that they cannot come."""
    for result, entries in (("unavailable", prepared.plan.unavailable), ("failed", prepared.impossible)):
        for item in entries:
            named = {"id": item.id, "path": item.path, "reason": item.reason}
            terminal.event("item", result=result, place="", size_bytes=0, verified="", earlier="", **named)


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
        earlier=outcome.earlier,
    )


def tell_summary(terminal: Terminal, prepared: PreparedDownload, tally: Tally, *, held: int) -> None:
    """How it went as a whole."""
    counts = dict.fromkeys(_WORDS.values(), 0)
    for result, count in tally.results.items():
        counts[_WORDS[result]] += count
    counts["held"], counts["failed"] = held, len(tally.failed)
    counts["unavailable"] += len(prepared.plan.unavailable)  # known before the first byte; the others came to light
    terminal.event(
        "summary",
        **counts,
        here_files=prepared.plan.there,
        here_bytes=prepared.plan.there_bytes,
        left_out_files=prepared.plan.left_out.total(),
        left_out_bytes=prepared.plan.left_out_bytes,
        replaced=len(tally.earlier) + len(tally.replaced),
        aside=len(tally.aside),
        fetched_bytes=tally.sizes[Result.FETCHED],
        saved_bytes=tally.sizes[Result.LINKED] + tally.sizes[Result.NAMED],
        seconds=round(tally.seconds, 3),
    )


class Rearranging(StrEnum):
    """What is to become of files that another layout put into their folders."""

    DO = "they are moved"
    LEAVE = "they stay where they are"
    STOP = "nothing is done now"


def ask_about_layout(terminal: Terminal, prepared: PreparedDownload) -> Rearranging:
    """Ask before files are moved because of the layout alone; where nobody can be asked, the choice is the answer."""
    relaid = prepared.plan.relaid
    if not relaid:
        return Rearranging.DO
    row = min((row for row in prepared.plan.moved if row.identity in relaid), key=lambda row: row.place)
    by_date = not prepared.filing.is_onedrives
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


def choose_what_to_leave_out(terminal: Terminal, prepared: PreparedDownload) -> set[Identity] | None:
    """Nothing when all fits; otherwise what a person leaves out to take the rest, None for leaving it all.

    Raises NotEnoughRoom when there is nobody to ask, or nothing fits.
    """
    need, disk = prepared.need, prepared.disk
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
