"""Faults: what the service may do instead of, or to, its proper answer. Which request meets which fault is told here.

A fault is for one kind of host ("graph", "files", "token", "sign_in", "batch" for requests inside a batch; "batches"
for a batch as a whole) or for what changes the drive ("writes": each PATCH and DELETE, inside a batch or not;
"writing": the request on the wire that brings them), maybe for one item, for so many times or always. Faults with a
count wait in line: each request takes at most one of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from onedrive.demo.wire import Reply, Request

KINDS = ("graph", "files", "token", "sign_in", "batch", "batches", "writes", "writing")
Answer = Callable[[], Reply]
Effect = Callable[[Request, Answer], Reply]


@dataclass
class Fault:
    """What happens (`effect`), at which kind of host, to which item's path (None: any), how often (None: always)."""

    effect: Effect
    on: str
    path: str | None = None
    times: int | None = 1


class FaultLine:
    """The faults that wait."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a fault at the end of the line."""
        if fault.on not in KINDS:
            raise ValueError(f"{fault.on!r} is no kind of host: {', '.join(KINDS)}")
        if fault.times is None or fault.times > 0:
            with self._lock:
                self._waiting.append(fault)

    def clear(self) -> None:
        """Forget all faults: the service is well again."""
        with self._lock:
            self._waiting.clear()

    def answer(self, request: Request, on: str, path_of: Callable[[], str | None], answer: Answer) -> Reply:
        """The answer as the faults that meet this request let it be; `path_of` tells the item only when needed."""
        for fault in reversed(self._take(_kinds_of(request, on), path_of)):
            answer = _wrap(fault.effect, request, answer)
        return answer()

    def _take(self, kinds: set[str], path_of: Callable[[], str | None]) -> list[Fault]:
        with self._lock:
            candidates = [fault for fault in self._waiting if fault.on in kinds]
            path = path_of() if any(fault.path for fault in candidates) else None
            fitting = [fault for fault in candidates if fault.path in (None, path)]
            counted = next((fault for fault in fitting if fault.times is not None), None)
            if counted and counted.times is not None:
                counted.times -= 1
                if counted.times == 0:
                    self._waiting.remove(counted)
            return [fault for fault in fitting if fault.times is None or fault is counted]


def _kinds_of(request: Request, on: str) -> set[str]:
    """The kinds of fault that this request can meet."""
    kinds = {on}
    if on in ("graph", "batch") and request.method in ("PATCH", "DELETE"):
        kinds.add("writes")
    in_batch = request.method == "POST" and (b'"DELETE"' in request.body or b'"PATCH"' in request.body)
    if on == "graph" and (in_batch or "writes" in kinds):
        kinds.add("writing")
    if on == "graph" and request.path.endswith("/$batch"):
        kinds.add("batches")
    return kinds


def _wrap(effect: Effect, request: Request, answer: Answer) -> Answer:
    return lambda: effect(request, answer)
