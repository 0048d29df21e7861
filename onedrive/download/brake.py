"""Brake: many good files are not replaced at once before a person has looked: a mistake, or an encrypted OneDrive.

plan ─► so many have new content, or are gone? ─► before the first one is replaced: go on, only new files, or stop
     ─► where newer metadata than the list's may make it so many, all wait until the rest has come, and are weighed then

Nothing is replaced that was not counted: each job asks (`lets_pass`) with the metadata that it fetches by.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from onedrive.download.plan import DownloadPlan, Look, Replacement
from onedrive.errors import OneDriveError
from onedrive.home.files import time_of, write_whole
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.home.reading import read_note
from onedrive.home.records import DELETED, DELETED_ITEMS, RESTORED, read_rows
from onedrive.local.earlier import is_kept_earlier
from onedrive.local.times import read_time
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal
from onedrive.words import first_lines, format_count, join_words, plural, printable

MOST_REPLACED = 200
LEAST_OF_A_SHARE = 20
SHARE = 5  # a fifth
HELD_BACK = 8  # the exit code: a person must look before many files are replaced
GONE_FILES = "gone_files.json"

_Identity = tuple[str, str]  # drive id and item id


def are_too_many(number: int, here: int) -> bool:
    """True when so many of the files here are not replaced, or gone, without a person."""
    return number > MOST_REPLACED or (number >= LEAST_OF_A_SHARE and number * SHARE > here)


class Decision(StrEnum):
    """What becomes of many files with new content."""

    GO_ON = "go_on"
    ONLY_NEW = "only_new"
    STOP = "stop"


@dataclass(frozen=True)
class Alarm:
    """Why a person must look: what would be replaced, of how many files; how many are gone since last time.

    `aside`: so many of those that are gone would be moved aside.
    """

    replaced: Sequence[Replacement]
    here: int
    gone: int = 0
    aside: int = 0


class Brake:
    """The brake of one run; `is_released` from the beginning where the person said so (--replace-many)."""

    def __init__(self, *, is_released: bool = False) -> None:
        self.alarm: Alarm | None = None  # for which it was closed
        self.held: dict[_Identity, Replacement] = {}
        self._is_released = is_released
        self._may_pass: set[_Identity] = set()
        self._passed: set[_Identity] = set()
        self._lock = threading.Lock()

    def weigh(self, plan: DownloadPlan, *, here: int, gone: int, aside: int = 0) -> Alarm | None:
        """Before the first file is replaced; None: nothing speaks against it, as far as it is known.

        `gone`: files here that OneDrive has no longer since last time; `aside`: so many are to be moved aside for that.
        """
        if self._is_released:
            return None
        is_shrunk = are_too_many(gone, here) and bool(plan.at_risk or aside)
        if is_shrunk or are_too_many(len(plan.replacing), here) or are_too_many(aside, here):
            return Alarm([*plan.replacing.values()], here, gone if is_shrunk else 0, aside)
        if not are_too_many(len(plan.at_risk), here):
            self._may_pass |= plan.at_risk
        return None

    def weigh_held(self, *, here: int) -> Alarm | None:
        """When all else has come: what waits is counted; None: it may pass now."""
        if self._is_released or not are_too_many(len(self._passed | self.held.keys()), here):
            self._may_pass |= self.held.keys()
            self.held.clear()
            return None
        return Alarm([*self.held.values()], here)

    @property
    def is_closed(self) -> bool:
        """Whether nothing that is here is replaced."""
        return self.alarm is not None

    def release(self) -> None:
        """The person wants all of it replaced."""
        self._is_released = True
        self.held.clear()

    def close(self, alarm: Alarm) -> None:
        """Only what is new may come."""
        self.alarm = alarm
        self._may_pass.clear()

    def lets_pass(self, identity: _Identity, replacement: Replacement) -> bool:
        """Whether a content that is here may be replaced now; what may not is held. May be asked from any thread."""
        with self._lock:
            if self._is_released or identity in self._may_pass:
                self._passed.add(identity)
                return True
            self.held[identity] = replacement
            return False

    def hold_in(self, plan: DownloadPlan, manifest: Manifest) -> None:
        """Where it is closed, take out of the plan what would replace something, or come into its place."""
        if not self.is_closed:
            return
        self.held |= plan.replacing
        places = {line.local_path for held in self.held if (line := manifest.find(*held))}
        plan.wanted[:] = [row for row in plan.wanted if row.identity not in self.held and row.place not in places]
        plan.outdated[:] = [row for row in plan.outdated if row.identity not in self.held]
        plan.twins[:] = [
            twin for twin in plan.twins if twin.row.identity not in self.held and twin.row.place not in places
        ]


def count_here(manifest: Manifest, look: Look) -> int:
    """How many recorded files stand in their places; what is on record and not here is no measure of what is here."""
    return sum(not is_kept_earlier(line) and look(line.local_path) is not None for line in manifest.entries())


def count_newly_gone(home: Path, gone: Sequence[ManifestLine], here: int) -> int:
    """How many files here OneDrive has no longer since option 4 ended last; those that option 7 deleted are none."""
    number, known = _read_gone(home)
    new = [line for line in gone if _name_of(line) not in known]
    if number is None or not are_too_many(len(new), here):
        return 0 if number is None else len(new)
    new = without_deleted(home, new)
    # An older version of this program wrote down only how many there are.
    return len(new) if known or not number else max(0, len(new) - number)


def without_deleted(home: Path, gone: Sequence[ManifestLine]) -> list[ManifestLine]:
    """Those of them that a person did not delete with option 7: what is here of those may be the only copy."""
    deleted = _read_deleted(home) if gone else set()
    return [line for line in gone if (line.drive_id, line.id) not in deleted]


def note_gone(home: Path, gone: Sequence[ManifestLine]) -> None:
    """Remember which they are, for the next run to compare with."""
    names = sorted(map(_name_of, gone))
    if _read_gone(home) != (len(names), set(names)):
        with suppress(OneDriveError):  # then the next one compares with older ones
            write_whole(home / GONE_FILES, json.dumps({"files": len(names), "items": names}) + "\n")


def _name_of(line: ManifestLine) -> str:
    return f"{line.drive_id}/{line.id}"


def _read_gone(home: Path) -> tuple[int | None, set[str]]:
    """How many there were, and which; None where that is not known."""
    row = read_note(home / GONE_FILES)
    files, names = row.get("files"), row.get("items")
    if type(files) is not int or files < 0:
        return None, set()
    return files, {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def _read_deleted(home: Path) -> set[_Identity]:
    deleted: set[_Identity] = set()
    with suppress(OneDriveError):
        for row in read_rows(home / DELETED_ITEMS):
            identity = str(row.get("driveId")), str(row.get("id"))
            if row.get("state") == DELETED:
                deleted.add(identity)
            elif row.get("state") == RESTORED:
                deleted.discard(identity)
    return deleted


_MOST_FOLDERS = 3
_MOST_NAMED = 10
_MOST_SHOWN = 5
HOW_TO_GO_BACK = (
    "If they are damaged, OneDrive can restore everything to any moment of the last 30 days: on onedrive.live.com "
    "choose the gear (Settings), Options, Restore your OneDrive (personal accounts with Microsoft 365; at work or "
    "school the gear, Restore your OneDrive). Otherwise right-click a file there and choose Version history; what was "
    "deleted is in the recycle bin for 30 days (93 at work)."
)


def describe_alarm(alarm: Alarm) -> Iterator[str]:
    """What was found, where, since when, and what it may mean; a sentence or two a line, names indented."""
    for part in _findings(alarm):
        yield f"{part}."
    if alarm.replaced:
        folders = [f"{printable(name)} ({format_count(count)})" for name, count in biggest_folders(alarm)]
        elsewhere = ["elsewhere"] if len(_folders(alarm)) > _MOST_FOLDERS else []
        yield f"They are in {join_words(folders + elsewhere)}."
        if since := _since(alarm):
            yield since
        yield from first_lines([printable(replacement.path) for replacement in sorted(alarm.replaced)], _MOST_SHOWN)
    yield (
        "That may be fine: you edited them, or replaced a folder. Or it is a mistake, or ransomware that encrypted "
        "them: open two or three of them on onedrive.live.com to see."
    )
    yield HOW_TO_GO_BACK


def _findings(alarm: Alarm) -> Iterator[str]:
    here = plural("file", alarm.here)
    if number := len(alarm.replaced):
        have = "has" if number == 1 else "have"
        yield f"{format_count(number)} of the {here} here {have} new content on OneDrive"
    if alarm.gone:
        are = "is" if alarm.gone == 1 else "are"
        yield f"{format_count(alarm.gone)} of the {here} here {are} no longer on OneDrive since 4 ran last"
    if alarm.aside:
        yield f"{plural('file', alarm.aside)} would be put aside, because OneDrive no longer has what was downloaded"


def biggest_folders(alarm: Alarm) -> list[tuple[str, int]]:
    """The folders with the most of them, and how many."""
    return _folders(alarm).most_common(_MOST_FOLDERS)


def _folders(alarm: Alarm) -> Counter[str]:
    return Counter(replacement.path.rpartition("/")[0] or "/" for replacement in alarm.replaced)


def span(alarm: Alarm) -> tuple[str, str]:
    """When the first and the last of them were changed, as OneDrive writes it; '' where it does not say."""
    times = sorted(replacement.changed for replacement in alarm.replaced if read_time(replacement.changed) is not None)
    return (times[0], times[-1]) if times else ("", "")


def _since(alarm: Alarm) -> str:
    first, last = (read_time(time) for time in span(alarm))
    if first is None or last is None:
        return ""
    one, other = (_clock_time(time) for time in (first, last))
    if one == other:
        return f"They were changed there at {one}."
    return f"They were changed there between {one} and {other}."


def _clock_time(seconds: int) -> str:
    """As the clock here shows it; in UTC where it cannot."""
    moment = time_of(seconds)
    with suppress(OverflowError, ValueError, OSError):
        moment = moment.astimezone()
    return f"{moment:%Y-%m-%d %H:%M}"


def decide(terminal: Terminal, alarm: Alarm, *, keeps_earlier: bool, is_rehearsal: bool = False) -> Decision:
    """Say what was found, and ask; without a person only what is new comes."""
    for line in describe_alarm(alarm):
        terminal.say(line, style="warning")
    can_ask = terminal.can_ask and not is_rehearsal
    if not can_ask:
        terminal.say(
            "Until a person has looked, the files here stay as they are, and only new ones are downloaded. If all is "
            "well, run: python start.py --replace-many 4",
            style="warning",
        )
    decision = _ask(terminal, keeps_earlier=keeps_earlier) if can_ask else Decision.ONLY_NEW
    first, last = span(alarm)
    terminal.event(
        "brake",
        files=len(alarm.replaced),
        here_files=alarm.here,
        gone_files=alarm.gone,
        aside_files=alarm.aside,
        folders=[name for name, _ in biggest_folders(alarm)],
        first=[replacement.path for replacement in sorted(alarm.replaced)[:_MOST_NAMED]],
        since=first or None,
        until=last or None,
        decision=decision.value,
    )
    return decision


def _ask(terminal: Terminal, *, keeps_earlier: bool) -> Decision:
    kept = "are kept in .earlier" if keeps_earlier else "are NOT kept (--earlier none)"
    choices = {
        "1": "Download only new files; the files here stay as they are",
        "2": f"Replace them; the earlier versions {kept}",
        "0": "Stop",
    }
    try:
        key = terminal.pick("Your choice:", choices)
    except EndOfInput:
        return Decision.ONLY_NEW
    return {"1": Decision.ONLY_NEW, "2": Decision.GO_ON, "0": Decision.STOP}[key]


def describe_held(alarm: Alarm, were: str = "were") -> str:
    """The paragraph for a run without a person."""
    return (
        f"Many files changed on OneDrive at once: {join_words([*_findings(alarm)])}. The files here {were} left as "
        "they are: a person must look first. New files are not affected. If all is well, run 4 once with "
        "--replace-many. If not: onedrive.live.com, Settings, Options, Restore your OneDrive."
    )
