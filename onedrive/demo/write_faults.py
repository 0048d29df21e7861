"""Faults of what changes the drive: refusals of single items, lost answers, and calls at the moment before."""

from __future__ import annotations

from collections.abc import Callable

from onedrive.demo import effects
from onedrive.demo.faults import Answer, Effect, Fault, FaultLine
from onedrive.demo.wire import Reply, Request


class WriteFaults:
    """The part of FaultControls that is about PATCH and DELETE."""

    fault_line: FaultLine

    def refuse_writes(
        self,
        status: int = 423,
        *,
        path: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
        html: bool = False,
    ) -> None:
        """Refuse to change an item (locked, held back by a retention policy, throttled); reading it stays possible.

        With a status of 200 nothing is done either: something in between answers in the service's place.
        """
        retry_after = None if seconds is None else f"{seconds:g}"
        effect = effects.refuse("graph", status, retry_after=retry_after, html=html, code=None, inner_code=None)
        self.fault_line.add(Fault(effect, "writes", path, times))

    def lose_answers(self, status: int | None = None, *, times: int | None = 1) -> None:
        """Carry out what changes the drive, and lose the answer: the connection is reset, or `status` comes instead."""
        self.fault_line.add(Fault(_lose_answer(status), "writing", None, times))

    def before_writes(self, call: Callable[[Request], object], *, times: int | None = 1, on: str = "writing") -> None:
        """Call just before the drive is changed; `on="writes"` is before each single change."""

        def effect(request: Request, answer: Answer) -> Reply:
            call(request)
            return answer()

        self.fault_line.add(Fault(effect, on, None, times))


def _lose_answer(status: int | None) -> Effect:
    def effect(request: Request, answer: Answer) -> Reply:
        answer()
        if status is None:
            return effects.reset_before_answer()(request, answer)
        refused = effects.refuse("graph", status, retry_after=None, html=False, code=None, inner_code=None)
        return refused(request, answer)

    return effect
