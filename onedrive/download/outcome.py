"""How a file went, how a run went, and how the parts of an interrupted run add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from onedrive.home.manifest import DIFFERS_BY_DESIGN, VERIFIED_BY_REPEAT
from onedrive.words import format_bytes, plural

if TYPE_CHECKING:
    from onedrive.transfer.addresses import WantedFile


class Result(StrEnum):
    """How it went with one file."""

    FETCHED = "fetched"
    ADOPTED = "recognised by its content"
    THERE = "already there"
    MOVED = "moved on this disk"
    SORTED = "put into the folder that the layout names"
    LINKED = "a link to another with the same content"
    COPIED = "a copy of another with the same content"
    NAMED = "only named: another has the same content"
    FAILED = "failed"
    UNAVAILABLE = "cannot be downloaded"


@dataclass(frozen=True)
class Outcome:
    """How it went with one file; `reason` says why not, `has_changed` that it was another when the list was made."""

    wanted: WantedFile
    result: Result
    size_bytes: int = 0
    reason: str = ""
    has_changed: bool = False
    verified: str = ""


@dataclass
class Tally:
    """How it went so far; only what failed is kept by name."""

    results: Counter[Result] = field(default_factory=Counter)
    fetched_bytes: int = 0
    linked_bytes: int = 0  # that need no room of their own, because another file has the same content
    named_bytes: int = 0  # that are not stored at all for that reason
    changed: int = 0
    differing: list[str] = field(default_factory=list)  # paths of those that differ by design
    repeated: list[str] = field(default_factory=list)  # of those that only the same bytes twice speak for
    failed: list[tuple[str, str, str]] = field(default_factory=list)  # path, id, reason
    unavailable: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one file."""
        wanted = outcome.wanted
        self.results[outcome.result] += 1
        if outcome.result is Result.FETCHED:
            self.fetched_bytes += outcome.size_bytes
        if outcome.result is Result.LINKED:
            self.linked_bytes += outcome.size_bytes
        if outcome.result is Result.NAMED:
            self.named_bytes += outcome.size_bytes
        self.changed += outcome.has_changed
        if outcome.verified == DIFFERS_BY_DESIGN:
            self.differing.append(wanted.path)
        if outcome.verified == VERIFIED_BY_REPEAT:
            self.repeated.append(wanted.path)
        if outcome.result is Result.FAILED:
            self.failed.append((wanted.path, wanted.id, outcome.reason))
        if outcome.result is Result.UNAVAILABLE:
            self.unavailable.append((wanted.path, wanted.id, outcome.reason))


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


@dataclass(frozen=True)
class Part:
    """A part of a job: how it went, how long it took, and which local files it kept beside others."""

    tally: Tally
    seconds: float
    kept: Sequence[str] = ()


class JobSoFar:
    """Remembers an interrupted job until the option goes on, or is given up."""

    def __init__(self) -> None:
        self._part: Part | None = None

    def keep(self, part: Part) -> None:
        """The job was interrupted here."""
        self._part = part

    def take(self) -> Part | None:
        """What was done before, once; None: this is a new job."""
        part, self._part = self._part, None
        return part

    def forget(self) -> None:
        """What comes next is another job."""
        self._part = None
