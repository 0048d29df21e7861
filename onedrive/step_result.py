"""What a step tells the menu when it has ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StepResult:
    """How a step ended.

    `exit_code` is 0 when all was done and 3 when it finished but some items failed and are named;
    `next_option` is the menu number to run next, when the person chose so in the step.
    """

    exit_code: int = 0
    next_option: int | None = None


ALL_DONE = StepResult()
SOME_FAILED = StepResult(exit_code=3)
