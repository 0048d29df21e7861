"""Option 4 and the earlier contents: what is gone goes aside, what is old is removed, one is put back in its place.

    .earlier/DAY/place ─► which place was that? (its name; the manifest knows size and time of each content)
                       ─► what stands there now goes aside itself ─► it takes the place ─► a line of the manifest

The line says over which content of OneDrive a person put it: option 4 leaves it until OneDrive's is another.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from onedrive.choosing.globs import NameGlobs, check_glob
from onedrive.choosing.ranges import read_first_day
from onedrive.download.summary import name_reasons
from onedrive.errors import NotPlaceable, OneDriveError, Stopped, os_reason
from onedrive.home.failed import FailedItem
from onedrive.home.files import remove_file
from onedrive.home.lock import DownloadsLock
from onedrive.home.manifest import MANIFEST, PUT_BACK, Manifest, ManifestLine, ManifestWriter, read_lines
from onedrive.local.earlier import EarlierFile, earlier_days, is_kept_earlier, walk_earlier
from onedrive.local.folder import DownloadFolder, UntouchedFolder, numbered_name
from onedrive.local.marker import check_downloads
from onedrive.local.names import NameRules
from onedrive.local.places import EARLIER_FOLDER
from onedrive.local.proof import CLOCK_GRAIN_SECONDS, LocalFile, is_untouched
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE, SOME_FAILED, StepResult
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.progress import DISK
from onedrive.terminal.terminal import BACK, Terminal
from onedrive.transfer.partial import SUFFIX, partial_name
from onedrive.words import first_lines, format_bytes, format_count, plural, printable

_OPTION = 4
_MOST_NAMED = 10
_NUMBER = re.compile(r" \((\d+)\)(?=\.[^.]*$|$)")


# --- what is gone from OneDrive ---------------------------------------------------------------------------------------


def move_gone_aside(
    home: Path, folder: DownloadFolder, gone: Iterable[ManifestLine], in_use: Collection[str]
) -> tuple[set[str], list[FailedItem]]:
    """Put aside what OneDrive has no longer: where it was, and what stayed with the reason.

    What a person changed stays. Folders that this empties go, but for those `in_use`.
    """
    moved, stayed = set(), []
    with ManifestWriter(home / MANIFEST) as writer:
        for line in gone:
            place = line.local_path
            try:
                if reason := _why_stays(folder, line):
                    stayed.append(FailedItem(line.path, line.id, reason))
                    continue
                writer.append(replace(line, place=folder.put_aside(place)))
            except NotPlaceable as error:
                stayed.append(FailedItem(line.path, line.id, error.sentence))
            else:
                moved.add(place)
                folder.remove_emptied(place.rpartition("/")[0], but=in_use)
    return moved, stayed


def _why_stays(folder: DownloadFolder, line: ManifestLine) -> str:
    if is_untouched(folder.look(line.local_path), line):
        here = folder.digest(line.local_path, lambda: None, with_sha256=False, with_sha1=False)
        if here.quick_xor_hash == line.quick_xor_hash:
            return ""
    return "changed here"


# --- what is old ------------------------------------------------------------------------------------------------------


def remove_old(
    terminal: Terminal, downloads: Path, manifest: Manifest, *, days: int, today: date, is_rehearsal: bool = False
) -> None:
    """Remove earlier contents that are older than so many days, after saying so and, where one can, asking.

    What is aside because OneDrive has it no longer stays: it may be the only copy. So does what is on record in a place
    where nothing stands: a run that was killed may have put it aside without writing that down.
    """
    old = [day for day in earlier_days(downloads) if (today - day).days > days]
    files = list(walk_earlier(downloads, old))
    alone: dict[int, list[ManifestLine]] = {file.local.size_bytes: [] for file in files}
    aside = set()
    for line in manifest.entries():
        if is_kept_earlier(line):
            aside.add(line.place)
        if line.size_bytes in alone and not os.path.lexists(downloads / line.local_path):
            alone[line.size_bytes].append(line)
    files = [
        file
        for file in files
        if file.whole_place not in aside and not any(_is_of(file.local, line) for line in alone[file.local.size_bytes])
    ]
    if not files:
        return
    size = format_bytes(sum(file.local.size_bytes for file in files))
    first, last = files[0].day, files[-1].day
    span = f"of {first}" if first == last else f"from {first} to {last}"
    contents = plural("earlier version", len(files))
    if manifest.damaged_lines:
        terminal.say(
            f"{contents} ({size}) {span} would be removed now (--earlier {days}), but lines of the record of downloads "
            f"({MANIFEST}) cannot be read, so it is not known which of them are the only copy: they stay."
        )
        return
    terminal.say(f"{contents} ({size}) {span} in {EARLIER_FOLDER}: older than {plural('day', days)} (--earlier).")
    if is_rehearsal:
        return
    if terminal.can_ask:
        with contextlib.suppress(EndOfInput):
            if terminal.pick("Remove them for good?", {"1": "Remove them", "0": "Keep them"}, default="0") == "1":
                _remove(terminal, DownloadFolder(downloads), files)
        return
    _remove(terminal, DownloadFolder(downloads), files)


def _remove(terminal: Terminal, folder: DownloadFolder, files: Sequence[EarlierFile]) -> None:
    left = []
    for file in files:
        try:
            remove_file(folder.path(file.whole_place))
        except OSError as error:
            left.append(FailedItem(file.whole_place, "", os_reason(error)))
        else:
            folder.remove_emptied(file.whole_place.rpartition("/")[0], but=(EARLIER_FOLDER,))
    terminal.say(f"Removed: {format_count(len(files) - len(left))}.")
    name_reasons(terminal, left, "could not be removed")


# --- one way back -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """An earlier content, the place that it is of, and what the manifest says of that and of itself.

    `current` is what is recorded of the file now, `older` of this content. `order` says which was replaced first: by
    day, then by when they came here, then by the number in their names. `is_back`: what stands there is an earlier
    content that the person put back; `is_here`: it is this very content. `claim`: 1 for what a killed run was putting
    there, -1 for what one had put aside without putting another there; else 0.
    """

    file: EarlierFile
    place: str
    order: tuple[date, int, int]
    current: ManifestLine | None
    older: ManifestLine | None
    is_back: bool = False
    is_here: bool = False
    claim: int = 0


def put_back(
    terminal: Terminal, settings: Settings, pattern: str | None, *, as_of: date | None = None, dry_run: bool = False
) -> StepResult:
    """Put earlier contents in place again: of each place that the pattern fits the one replaced last.

    `as_of`: the one that was here when that day began. `pattern` None: the person is asked for both. What stands in
    the place goes aside. Raises OneDriveError where nothing fits, Stopped after Ctrl-C: what was done is kept.
    """
    check_downloads(settings, _OPTION)
    folder = (UntouchedFolder if dry_run else DownloadFolder)(settings.downloads)
    days = earlier_days(folder.root)
    if not days:
        raise OneDriveError(
            f"Nothing is kept in {folder.root / EARLIER_FOLDER}, so there is nothing to put back.",
            "Option 4 keeps there what it replaces. If you mean another downloads folder, name it with --to.",
        )
    if pattern is None:
        if (asked := _ask_which(terminal, folder.root, days)) is None:
            return ALL_DONE
        pattern, as_of = asked
    folder.prepare()
    with contextlib.nullcontext() if dry_run else DownloadsLock(folder.root, folder.partial, "putting back"):
        chosen = _choose(_find_all(settings.home, folder, days), pattern, as_of)
        if not chosen:
            since = f" since {as_of}" if as_of else ""
            raise OneDriveError(
                f"No earlier version of {printable(pattern)} is kept{since}.",
                f"{folder.root / EARLIER_FOLDER} has a folder for each day; a pattern is '*.docx' or 'Letters/*'.",
            )
        chosen = _leave_those_back(terminal, chosen, as_of)
        if not chosen:
            return ALL_DONE
        _say_ahead(terminal, chosen)
        if dry_run:
            terminal.say("This was a trial run: nothing was changed.")
            return ALL_DONE
        if not _may(terminal, chosen):
            terminal.say("Nothing was changed.")
            return ALL_DONE
        return _put_all(terminal, settings.home, folder, chosen)


def _ask_which(terminal: Terminal, root: Path, days: Sequence[date]) -> tuple[str, date | None] | None:
    """What is to be put back, and as of which day; None: back, by 0 or q."""
    terminal.say("Earlier versions, by the day on which they were replaced:")
    for day in days[-_MOST_NAMED:]:
        files = list(walk_earlier(root, [day]))
        size = format_bytes(sum(file.local.size_bytes for file in files))
        terminal.say(f"  {day}: {plural('file', len(files))}, {size}")
    pattern = terminal.ask_until(
        "Which files? A path, or a pattern such as 'Letters/*.docx'; *: all; 0: back:",
        lambda text: None if _is_back(text) else _read_pattern(text),
    )
    if pattern is None:
        return None
    day_text = terminal.ask_until(
        f"As of which day? Enter: the version replaced last; {days[-1]}: as it was when that day began; 0: back:",
        lambda text: None if _is_back(text) else text.strip() and _day(text),
    )
    if day_text is None:
        return None
    return pattern, date.fromisoformat(day_text) if day_text else None


def _is_back(text: str) -> bool:
    return text.strip().lower() in (BACK, "q")


def _read_pattern(text: str) -> str:
    return check_glob(text.strip())


def _day(text: str) -> str:
    return str(read_first_day(text.strip()))


def _find_all(home: Path, folder: DownloadFolder, days: Sequence[date]) -> Iterator[_Found]:
    """Every earlier content with the place that it is of."""
    manifest, history, came = Manifest(), defaultdict[str, list[ManifestLine]](list), dict[int, int]()
    for number, line in enumerate(read_lines(home / MANIFEST)):
        if line is not None:
            manifest.take(line)
            history[line.local_path].append(line)
            came[id(line)] = number
    by_place = {line.local_path: line for line in manifest.entries()}
    for file in walk_earlier(folder.root, days):
        place, number = _name_of(file, history, folder.rules)
        if aside := by_place.get(file.whole_place):
            yield _Found(file, place, (file.day, came[id(aside)], number), aside, aside)
            continue
        older = _older_of(folder, file, history.get(place, ()))
        current = manifest.find(older.drive_id, older.id) if older else by_place.get(place)
        if current is not None and not is_kept_earlier(current):
            place = current.local_path
        standing = folder.look(place) if current else None
        was_put_back = current is not None and current.verified == PUT_BACK
        is_as_recorded = current is not None and is_untouched(standing, current)
        is_current = older is not None and older is current
        claim = (1 if was_put_back else -(standing is None)) if is_current and not is_as_recorded else 0
        yield _Found(
            *(file, place, (file.day, came[id(older)] if older else -1, number), current, older),
            is_back=was_put_back and is_as_recorded,
            is_here=is_current and is_as_recorded,
            claim=claim,
        )


def _older_of(folder: DownloadFolder, file: EarlierFile, lines: Sequence[ManifestLine]) -> ManifestLine | None:
    """The last line of a content; read, where size and time alone do not tell it from another one."""
    alike = [line for line in lines if _is_of(file.local, line)]
    if len({line.quick_xor_hash for line in alike}) > 1:
        try:
            quick = _quick_xor(folder, file)
        except NotPlaceable:
            return None  # where it is meant, it is named
        alike = [line for line in alike if line.quick_xor_hash == quick]
    return alike[-1] if alike else None


def _quick_xor(folder: DownloadFolder, file: EarlierFile) -> str:
    return folder.digest(file.whole_place, lambda: None, with_sha256=False, with_sha1=False).quick_xor_hash


def _name_of(file: EarlierFile, history: dict[str, list[ManifestLine]], rules: NameRules) -> tuple[str, int]:
    """The place that a content had, and which of that day it is: `a (2).txt` may be the second one of `a.txt`."""
    folder, _, name = file.place.rpartition("/")
    if any(_is_of(file.local, line) for line in history.get(file.place, ())):
        return file.place, 1
    if number := _NUMBER.search(name):
        plain = f"{folder}/{_NUMBER.sub('', name)}".lstrip("/")
        near = [plain] if plain in history else [other for other in history if other.rpartition("/")[0] == folder]
        for place in near:
            if numbered_name(place, int(number[1]), rules) == name:
                return place, int(number[1])
    return file.place, 1


def _is_of(local: LocalFile, line: ManifestLine) -> bool:
    return local.size_bytes == line.size_bytes and abs(local.modified - line.modified) <= CLOCK_GRAIN_SECONDS


def _choose(found: Iterable[_Found], pattern: str, as_of: date | None) -> list[_Found]:
    """For each place the content that is meant, by place."""
    globs, plain = NameGlobs([pattern], []), pattern.strip("/")
    chosen: dict[str, _Found] = {}
    for one in found:
        is_named = plain in (one.place, one.file.place, one.file.whole_place)
        if not (is_named or globs.admits(f"/{one.place}") or globs.admits(f"/{one.file.place}")):
            continue
        if plain == one.file.whole_place:
            return [one]
        if one.is_here and as_of is None:
            continue
        other = chosen.get(one.place)
        if as_of is None:
            is_it = other is None or (one.claim, one.order) > (other.claim, other.order)
            chosen[one.place] = one if is_it or other is None else other
        elif one.file.day >= as_of:
            is_it = other is None or (-one.claim, one.order) < (-other.claim, other.order)
            chosen[one.place] = one if is_it or other is None else other
    return [chosen[place] for place in sorted(chosen)]


def _leave_those_back(terminal: Terminal, chosen: list[_Found], as_of: date | None) -> list[_Found]:
    """Without those that an earlier run put back already, which may have been stopped: they are not turned round again.

    Where all of them are back, and no day is named, turning round is what is meant.
    """
    back = [one for one in chosen if one.is_here or (one.is_back and (as_of is None or _is_of_before(one)))]
    if not back or (as_of is None and len(back) == len(chosen)):
        return chosen
    have, stay = ("has", "it stays") if len(back) == 1 else ("have", "they stay")
    terminal.say(f"{plural('file', len(back))} {have} an earlier version that you put back before: {stay}.")
    return [one for one in chosen if one not in back]


def _is_of_before(one: _Found) -> bool:
    """Whether it is the content over which the person put another one."""
    older, current = one.older, one.current
    return older is not None and current is not None and older.quick_xor_hash == current.put_back_over


def _say_ahead(terminal: Terminal, chosen: Sequence[_Found]) -> None:
    size = format_bytes(sum(one.file.local.size_bytes for one in chosen))
    terminal.say(f"To put back: {plural('file', len(chosen))}, {size}. What is there now is kept in .earlier.")
    for line in first_lines([f"{printable(one.place)}: as it was until {one.file.day}" for one in chosen], _MOST_NAMED):
        terminal.say(line)


def _may(terminal: Terminal, chosen: Sequence[_Found]) -> bool:
    """One file was asked for by name; more are worth a question, where there is somebody."""
    if len(chosen) == 1 or not terminal.can_ask:
        return True
    try:
        return terminal.pick("Your choice:", {"1": "Put them back", "0": "Change nothing"}) == "1"
    except EndOfInput:
        return False


def _put_all(terminal: Terminal, home: Path, folder: DownloadFolder, chosen: Sequence[_Found]) -> StepResult:
    done, failed = 0, []
    with terminal.progress("Putting back", waits_for=DISK) as progress, ManifestWriter(home / MANIFEST) as writer:
        progress.set_total(files=len(chosen), size_bytes=0)
        for one in chosen:
            reason = ""
            try:
                _put_one(folder, writer, one)
                done += 1
            except NotPlaceable as error:
                reason = error.sentence
                failed.append(FailedItem(f"/{one.place}", one.current.id if one.current else "", reason))
            except KeyboardInterrupt:
                raise Stopped(f"{plural('file', done)} put back so far.") from None
            progress.advance(files=1)
            terminal.event(
                "put_back",
                result="failed" if reason else "done",
                place=one.place,
                earlier=one.file.whole_place,
                kept=folder.earlier.get(one.place, ""),
                reason=reason,
            )
    it, changes = ("it", "it changes") if done == 1 else ("them", "they change")
    terminal.say(f"{plural('file', done)} put back. 4 leaves {it} so until {changes} on OneDrive.", style="good")
    name_reasons(terminal, failed, "could not be put back")
    if not failed:
        return ALL_DONE
    failure = f"{plural('file', len(failed))} could not be put back: {failed[0].path[1:]}: {failed[0].reason}."
    return replace(SOME_FAILED, failure=failure)


def _put_one(folder: DownloadFolder, writer: ManifestWriter, one: _Found) -> None:
    """Write down that the earlier content has its place, and let it take that by one rename.

    In this order a killed run leaves what stood there, which the same command replaces, and option 4 recognises.
    """
    source, place = one.file.whole_place, one.place
    if folder.path(place).is_dir():
        raise NotPlaceable("a folder is in its place")
    line, current = _line_for(folder, one), one.current
    if line is not None:
        writer.append(line)
    try:
        copy_name = partial_name(*((current.drive_id, current.id) if current else ("", place)))
        folder.put_over(source, place, copy_name=f"{copy_name}-copy{SUFFIX}")
    except NotPlaceable:
        if current is not None:
            writer.append(current)
        raise
    folder.remove_emptied(source.rpartition("/")[0], but=(EARLIER_FOLDER,))


def _line_for(folder: DownloadFolder, one: _Found) -> ManifestLine | None:
    """What is recorded then; None: nothing was recorded of the file, so nothing is.

    Where it is the content that OneDrive had when another one was put over it, the file is again as it was fetched.
    What OneDrive has no longer was put back all the same, so that it is not put aside again.
    """
    current, older, local = one.current, one.older, one.file.local
    if current is None:
        return None
    if older is None:
        older = replace(current, quick_xor_hash=_quick_xor(folder, one.file), sha256=None, sha1=None, live=None)
    over = current.put_back_over or current.quick_xor_hash
    is_onedrives = over == older.quick_xor_hash and not is_kept_earlier(current)
    return replace(
        current,
        place=one.place,
        size_bytes=local.size_bytes,
        modified=local.modified,
        quick_xor_hash=older.quick_xor_hash,
        sha256=older.sha256,
        sha1=older.sha1,
        live=older.live,
        same_as=None,
        verified=older.verified if is_onedrives and older.verified != PUT_BACK else PUT_BACK,
        put_back_over="" if is_onedrives else over,
    )
