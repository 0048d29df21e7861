"""What option 4 says at its end: details first, then the verdict, in which every file of the list is counted once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from onedrive.download.ahead import describe_left_out, name_three
from onedrive.download.outcome import COME, Outcome, Result, Tally
from onedrive.download.plan import DownloadPlan
from onedrive.download.prepare import PreparedDownload
from onedrive.home.failed import ERRORS_FILE, FailedItem
from onedrive.home.manifest import MANIFEST, Manifest
from onedrive.home.verification import VERIFICATION
from onedrive.local.live_photos import STILL, film_of
from onedrive.local.places import EARLIER_FOLDER
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_bytes, format_count, format_duration, join_words, plural, printable

_GONE = "no longer on OneDrive"
_MOST_REASONS = 5
_LIVE_PHOTO_ENDINGS = (".heic", ".heif")
_WORDS = {result: result.value for result in Result} | {
    Result.SORTED: "moved",
    Result.RENAMED: "moved",
    Result.TAKEN: "copied",
}
_HERE = ("fetched", "adopted", "there", "moved", "linked", "copied")


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


def count_files(plan: DownloadPlan, tally: Tally, earlier: Tally, *, held: int, no_room: int) -> dict[str, int]:
    """Every file of the list once, by what became of it.

    `plan` is the run's first one; `earlier` came in the same job before that was made. `held` were not replaced, for
    `no_room` the disk has no space.
    """
    counts = dict.fromkeys(_WORDS.values(), 0)
    for result, count in tally.results.items():
        counts[_WORDS[result]] += count
    counts["there"] += max(0, plan.there - sum(earlier.results[result] for result in COME))
    counts["unavailable"] += len(plan.unavailable)  # known before the first byte; the others came to light
    counts["failed"] = sum(not item.is_folder for item in tally.failed)
    others = {"elsewhere": len(plan.elsewhere), "left_out": plan.left_out.total(), "no_room": no_room}
    return {**counts, "held": held, **others}


def show_summary(
    terminal: Terminal,
    settings: Settings,
    plan: DownloadPlan,
    tally: Tally,
    *,
    counts: dict[str, int],
    manifest: Manifest,
) -> None:
    """How it went as a whole; `manifest` is what was on record before."""
    fields = {f"{word}_files" if word in ("left_out", "no_room") else word: count for word, count in counts.items()}
    terminal.event(
        "summary",
        **fields,
        here_files=counts["there"],
        here_bytes=plan.there_bytes,
        left_out_bytes=plan.left_out_bytes,
        replaced=len(tally.earlier) + len(tally.replaced),
        aside=len(tally.aside),
        fetched_bytes=tally.sizes[Result.FETCHED],
        saved_bytes=tally.sizes[Result.LINKED] + tally.sizes[Result.NAMED],
        seconds=round(tally.seconds, 3),
    )
    for text in _describe_details(plan, tally, manifest):
        terminal.say(text)
    if plan.left_out:
        terminal.detail(describe_left_out(plan))
    name_reasons(terminal, tally.failed, "could not be downloaded")
    is_done = not (tally.failed or counts["held"] or counts["no_room"])
    terminal.say(_describe_verdict(plan, tally, counts), style="good" if is_done else "problem")
    where = f"Your files are in {printable(str(settings.downloads))}."
    next_step = _describe_next(settings, tally, counts)
    if is_done:
        terminal.say_verdict(where, next_step)
    else:
        terminal.say(f"{where} {next_step}")


def _describe_verdict(plan: DownloadPlan, tally: Tally, counts: dict[str, int]) -> str:
    """Every file of the list once: what is here and how it came, then what is not and why."""
    here, wanted = sum(counts[word] for word in _HERE), sum(counts.values()) - counts["left_out"]
    if not wanted:
        return "There is nothing to download."
    which = "that failed before" if plan.found else "that you chose" if counts["left_out"] else "on the list"
    are, files = "is" if here == 1 else "are", plural("file", wanted)
    if not here:
        head = f"None of the {files} {which} is here" if wanted > 1 else f"The one file {which} is not here"
    elif here < wanted:
        head = f"{format_count(here)} of {files} {which} {are} here"
    else:
        head = f"{'The one file' if here == 1 else 'Both files' if here == 2 else f'All {files}'} {which} {are} here"
    size = {result: format_bytes(tally.sizes[result]) for result in Result}
    came = {
        f"downloaded and checked ({size[Result.FETCHED]} in {format_duration(tally.seconds)})": Result.FETCHED,
        "recognised by checksum": Result.ADOPTED,
        "moved as on OneDrive": Result.MOVED,
        "moved into the folders that you chose": Result.SORTED,
        "given the names that you chose": Result.RENAMED,
        f"linked to an equal file ({size[Result.LINKED]} saved)": Result.LINKED,
        "copied from an equal file": Result.COPIED,
        f"copied from another folder of yours ({size[Result.TAKEN]})": Result.TAKEN,
    }
    parts = [f"{format_count(tally.results[result])} {what}" for what, result in came.items() if tally.results[result]]
    if counts["there"]:
        parts.append(f"{format_count(counts['there'])} already here" if parts else "nothing had to be downloaded")
    missing = {
        "failed": "could not be downloaded",
        "no_room": "left out because the disk has no space",
        "held": "kept as before, because a person must look first",
        "unavailable": "that OneDrive gives to no program",
        "named": f"equal to another file and only named in {MANIFEST} ({size[Result.NAMED]} saved)",
        "elsewhere": "in known folders",
        "left_out": "left out by your choice",
    }
    rest = [f"{format_count(counts[word])} {what}" for word, what in missing.items() if counts[word]]
    return "; ".join([f"{head}: {join_words(parts)}" if parts else head, *rest]) + "."


def _describe_next(settings: Settings, tally: Tally, counts: dict[str, int]) -> str:
    if tally.failed and all(item.reason.startswith(_GONE) for item in tally.failed):
        return "Choose 3, then 4, for what is on OneDrive now."
    if tally.failed:
        again = "it" if len(tally.failed) == 1 else "them"
        return f"What failed is named in {ERRORS_FILE}; choose r to try {again} again."
    if counts["held"]:
        return "Look at what is new on OneDrive, then choose 4 to decide."
    if counts["no_room"]:
        return "Make space, then choose 4."
    if counts["there"] == sum(counts[word] for word in _HERE) and (settings.home / VERIFICATION).exists():
        return "Later, choose 3 and 4 for what is new."
    return "Choose 6 next: it compares every byte by checksum."


def _describe_details(plan: DownloadPlan, tally: Tally, manifest: Manifest) -> Iterator[str]:
    """What there is to say beside the verdict of files that did not fail."""
    new, gone = "new content on OneDrive", [line.path for line in plan.gone or ()]
    aside = f"no longer on OneDrive and put aside, into {EARLIER_FOLDER}"
    not_kept = f"replaced by {new}, and what was here before is not kept (--earlier none)"
    changed = "changed on OneDrive since the list was made, and came as"
    lines = [
        _line(tally.kept, "of yours is kept beside the new version", "of yours are kept beside the new version"),
        _line(tally.earlier, f"has {new}; the earlier one is kept", f"have {new}; the earlier ones are kept"),
        _line(tally.replaced, not_kept, not_kept),
        _line(tally.aside, f"is {aside}", f"are {aside}"),
        _line([], f"{changed} it is now", f"{changed} they are now", number=tally.changed),
        *describe_odd_bytes(tally, manifest),
        _line(gone, "is no longer on OneDrive and stays here", "are no longer on OneDrive and stay here"),
    ]
    yield from filter(None, lines)


def _line(names: Sequence[str], one: str, many: str, *, number: int = 0) -> str:
    """How many files are so, and the first of their names; '' for none."""
    number = number or len(names)
    named = f": {name_three(names)}" if names else ""
    return f"{plural('file', number)} {one if number == 1 else many}{named}." if number else ""


def describe_odd_bytes(tally: Tally, manifest: Manifest) -> Iterator[str]:
    """What came otherwise than listed, and why that is so."""
    if tally.differing:
        yield (
            f"{plural('file', len(tally.differing))} came twice with the same bytes, which are not those that "
            "OneDrive lists. It is known to do so with Live Photos and Office files; kept as they came: "
            f"{name_three(tally.differing)}."
        )
    if tally.sent_so:
        yield (
            f"{plural('file', len(tally.sent_so))} came twice with the same bytes, and OneDrive lists another size and "
            f"checksum; kept as OneDrive sends it. Open it to be sure that it is whole: {name_three(tally.sent_so)}."
        )
    films = {*tally.marks, *(line.live for line in manifest.entries() if tally.marks)} - {""}
    stills = sum(mark.startswith(STILL) and film_of(mark) not in films for mark in tally.marks)
    if stills:
        of = "is the still of a Live Photo whose" if stills == 1 else "are stills of Live Photos whose"
        yield f"{plural('photo', stills)} that came {of} moving part (the video) did not come."
    if stills or any(path.lower().endswith(_LIVE_PHOTO_ENDINGS) for path in tally.differing):
        yield (
            "OneDrive does not hand out the moving part (the video) of a Live Photo in this way; to have it, open "
            "the photo on the OneDrive website and download it there."
        )
    if tally.repeated:
        yield (
            f"{plural('file', len(tally.repeated))} came twice with the same bytes, and OneDrive lists another length "
            f"and no checksum to compare: {name_three(tally.repeated)}."
        )


# --- reasons ----------------------------------------------------------------------------------------------------------

_FIGURES = re.compile(r" \([^()]*\d[^()]*\)")
_ERROR_CODE = re.compile(r"with error \d+")
_HOST = re.compile(r"\b[\w-]+(\.[\w-]+)+\.(com|net|ms|us|cn|de)\b")
_AGAIN = re.compile(r"[;,] (and )?the next run (tries|fetches it) again")


def name_reasons(terminal: Terminal, failed: Sequence[FailedItem], what: str) -> None:
    """What failed, grouped by the reason, with one example each; figures and names are in the file and the log."""
    groups: dict[str, list[str]] = {}
    for item in sorted(failed):
        terminal.note(f"{printable(item.path)}: {printable(item.reason)}")
        groups.setdefault(plain_reason(item.reason), []).append(item.path)
    largest_first = sorted(groups.items(), key=lambda group: -len(group[1]))
    for reason, paths in largest_first[:_MOST_REASONS]:
        example = f"{'for example ' if len(paths) > 1 else ''}{printable(paths[0])}"
        terminal.say(f"{plural('file', len(paths))} {what} ({example}): {printable(reason)}.", style="warning")
    if rest := sum(len(paths) for _, paths in largest_first[_MOST_REASONS:]):
        terminal.say(f"{plural('more', rest, many='more')} for other reasons.", style="warning")


def plain_reason(reason: str) -> str:
    """A reason without status codes, sizes and host names, and without a way on that the verdict names itself."""
    plain = _ERROR_CODE.sub("with an error", _FIGURES.sub("", _AGAIN.sub("", reason)))
    return _HOST.sub("Microsoft's file server", plain).rstrip(".")
