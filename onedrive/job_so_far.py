"""JobSoFar: what a job has done before a person had to sign in on the way, so that its summary counts all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onedrive.download_run import Tally


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
