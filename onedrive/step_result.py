"""What a step tells the menu when it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StepResult:
    """How a step ended.

    `exit_code` is 0 when all was done and 3 when it finished but some items failed and are named;
    `next_option` is the menu number to run next, when the person chose so in the step. `failure` is what --quiet says
    when the code is not 0: what failed, how many, where the details are, what to do; '' where the files on disk say it.
    `page` is what the step left for a browser: the menu then opens it at Enter.
    """

    exit_code: int = 0
    next_option: int | None = None
    failure: str = ""
    page: Path | None = None


ALL_DONE = StepResult()
SOME_FAILED = StepResult(exit_code=3)
