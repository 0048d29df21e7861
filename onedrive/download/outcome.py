"""How a file went, how a run went, and how the parts of an interrupted run add up.

`run` counts outcomes, `summary` tells them; the menu keeps the tally of a job that waits for a sign-in, so nothing
heavy is imported here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from onedrive.home.failed import FailedItem
from onedrive.home.manifest import AS_SENT, DIFFERS_BY_DESIGN, VERIFIED_BY_REPEAT
from onedrive.words import format_bytes, plural

if TYPE_CHECKING:
    from onedrive.transfer.addresses import WantedFile


class Result(StrEnum):
    """How it went with one file."""

    FETCHED = "fetched"
    ADOPTED = "adopted"  # recognised by its content
    THERE = "there"
    MOVED = "moved"
    SORTED = "sorted"  # moved because of the layout
    RENAMED = "renamed"  # here, by a pattern for names
    LINKED = "linked"  # to another with the same content
    COPIED = "copied"  # from another with the same content
    TAKEN = "taken"  # copied from a further folder
    NAMED = "named"  # only: another has the same content
    HELD = "held"  # left as it is here: many files have new content at once
    FAILED = "failed"
    UNAVAILABLE = "unavailable"


# After these a file is here, and is counted as such when the disk is looked at again.
_MOVED = (Result.MOVED, Result.SORTED, Result.RENAMED)
COME = (Result.FETCHED, Result.ADOPTED, *_MOVED, Result.LINKED, Result.COPIED, Result.TAKEN)


@dataclass(frozen=True)
class Outcome:
    """How it went with one file; `reason` says why not, `has_changed` that it was another when the list was made.

    `is_gone`: OneDrive no longer has it, though it is listed.
    """

    wanted: WantedFile
    result: Result
    size_bytes: int = 0
    reason: str = ""
    earlier: str = ""  # the place where the content that it replaced is kept
    has_changed: bool = False
    is_gone: bool = False
    verified: str = ""
    mark: str = ""  # of a Live Photo's half that came (`local/live_photos.py`)


@dataclass
class Tally:
    """How it went so far; only what failed is kept by name."""

    results: Counter[Result] = field(default_factory=Counter)
    sizes: Counter[Result] = field(default_factory=Counter)  # bytes
    changed: int = 0
    differing: list[str] = field(default_factory=list)  # paths of those that differ by design
    repeated: list[str] = field(default_factory=list)  # of those that only the same bytes twice speak for
    sent_so: list[str] = field(default_factory=list)  # of those that are as OneDrive sends them, not as it lists them
    marks: list[str] = field(default_factory=list)  # of the halves of Live Photos that came
    failed: list[FailedItem] = field(default_factory=list)
    unavailable: list[FailedItem] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # places of local files that were kept beside others
    earlier: list[str] = field(default_factory=list)  # places of earlier contents that new ones replaced
    replaced: list[str] = field(default_factory=list)  # places where it was not kept
    aside: list[str] = field(default_factory=list)  # places of what OneDrive has no longer, and was put aside
    seconds: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one file."""
        wanted, result = outcome.wanted, outcome.result
        self.results[result] += 1
        self.sizes[result] += outcome.size_bytes
        self.changed += outcome.has_changed
        if outcome.verified == DIFFERS_BY_DESIGN:
            self.differing.append(wanted.path)
        if outcome.verified == AS_SENT:
            self.sent_so.append(wanted.path)
        self.marks += [outcome.mark] if outcome.mark else []
        if outcome.verified == VERIFIED_BY_REPEAT:
            self.repeated.append(wanted.path)
        if result is Result.FAILED:
            self.failed.append(FailedItem(wanted.path, wanted.id, outcome.reason))
        if result is Result.UNAVAILABLE:
            self.unavailable.append(FailedItem(wanted.path, wanted.id, outcome.reason))

    def describe_so_far(self) -> str:
        """How far an interrupted run came."""
        files = self.results[Result.FETCHED]
        size = format_bytes(self.sizes[Result.FETCHED])
        done = f"{plural('file', files)} ({size})" if files else "No whole file"
        return f"{done} downloaded in this run; unfinished files go on where they stopped."


def join_tallies(earlier: Tally, later: Tally) -> Tally:
    """Two rounds of one job as one: what failed in the earlier one was tried again in the later one."""
    joined = Tally(**{each.name: getattr(earlier, each.name) + getattr(later, each.name) for each in fields(Tally)})
    joined.failed = later.failed
    joined.unavailable = list({item.id: item for item in joined.unavailable}.values())
    for result in (Result.FAILED, Result.HELD):
        joined.results[result] = later.results[result]
    joined.results[Result.NAMED] = later.results[Result.NAMED] or earlier.results[Result.NAMED]  # named in each round
    return joined


class JobSoFar:
    """Remembers an interrupted job until the option goes on, or is given up."""

    def __init__(self) -> None:
        self._tally: Tally | None = None

    def keep(self, tally: Tally) -> None:
        """The job was interrupted here."""
        self._tally = tally

    def take(self) -> Tally:
        """What was done before, once; nothing when this is a new job."""
        tally, self._tally = self._tally, None
        return tally or Tally()

    def forget(self) -> None:
        """What comes next is another job."""
        self._tally = None
