"""The faults that wait for requests, whom each meets and how often; and what has been asked and served so far."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pretend_onedrive.server import Find, Undisturbed
from pretend_onedrive.wire import Headers, Reply, Request
from tests.faults.effects import Answer, Effect

KINDS = ("graph", "files", "token", "sign_in", "batch", "batches", "writes", "writing", "albums")


@dataclass
class Fault:
    """What happens (`effect`), at which kind of host, to which item's path (None: any), how often (None: always)."""

    effect: Effect
    on: str
    path: str | None = None
    times: int | None = 1


@dataclass(frozen=True)
class RequestSeen:
    """One request that arrived, and the status it got; `at` is a moment of `time.monotonic`."""

    method: str
    host: str
    path: str
    query: str
    headers: Headers
    status: int
    at: float


class FaultLine(Undisturbed):
    """The faults that wait; `requests` are those that have come so far, oldest first."""

    def __init__(self) -> None:
        self.requests: list[RequestSeen] = []
        self.milestones = Milestones()
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

    def answer(self, request: Request, on: str, find_item: Find, answer: Answer) -> Reply:
        """The answer as the faults that meet this request let it be; the item is sought only when that matters."""
        for fault in reversed(self._take(request, on, find_item)):
            answer = _wrap(fault.effect, request, answer)
        reply = answer()
        if on == "graph" and reply.status == 200:
            self.milestones.of_pages.add(1)
        return reply

    def sending(self, request: Request, reply: Reply, arrived: float) -> None:
        """Keep the request; count what goes out."""
        seen = RequestSeen(
            request.method, request.host, request.path, request.query, request.headers, reply.status, arrived
        )
        self.requests.append(seen)
        if reply.bytes_of_files:
            reply.pieces = self.milestones.of_bytes.watch(iter([reply.body]) if reply.pieces is None else reply.pieces)

    def _take(self, request: Request, on: str, find_item: Find) -> list[Fault]:
        kinds = _kinds_of(request, on)
        with self._lock:
            if on == "graph" and any(fault.on == "albums" for fault in self._waiting):
                bundle = find_item()
                if request.path.endswith("/bundles") or (bundle and bundle.kind == "bundle"):
                    kinds.add("albums")
            candidates = [fault for fault in self._waiting if fault.on in kinds]
            item = find_item() if any(fault.path for fault in candidates) else None
            path = item.path if item else None
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
    is_restoring = request.method == "POST" and request.path.endswith("/restore")
    if on in ("graph", "batch") and (request.method in ("PATCH", "DELETE") or is_restoring):
        kinds.add("writes")
    in_batch = request.method == "POST" and re.search(rb'"(DELETE|PATCH|POST)"', request.body) is not None
    if on == "graph" and (in_batch or "writes" in kinds):
        kinds.add("writing")
    if on == "graph" and request.path.endswith("/$batch"):
        kinds.add("batches")
    return kinds


def _wrap(effect: Effect, request: Request, answer: Answer) -> Answer:
    return lambda: effect(request, answer)


class Milestones:
    """Counts bytes and pages, and calls what was registered for a number when it is reached, once."""

    def __init__(self) -> None:
        self.of_bytes, self.of_pages = Count(), Count()
        self.when_bytes, self.when_pages = self.of_bytes.call_at, self.of_pages.call_at

    @property
    def bytes(self) -> int:
        """How many bytes of files have been served."""
        return self.of_bytes.number


class Count:
    """A number that grows, and calls that wait for it to reach theirs."""

    def __init__(self) -> None:
        self.number = 0
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, Callable[[], object]]] = []

    def call_at(self, further: int, call: Callable[[], object]) -> None:
        """Call when it has grown so much from now on."""
        with self._lock:
            self._waiting.append((self.number + further, call))

    def add(self, size: int) -> None:
        """Let it grow, and call what is due."""
        with self._lock:
            self.number += size
            due = [call for number, call in self._waiting if number <= self.number]
            self._waiting = [pair for pair in self._waiting if pair[0] > self.number]
        for call in due:
            call()

    def watch(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same bytes, cut where something is to be called; counted once the next are asked for."""
        for piece in pieces:
            rest = piece
            while rest:
                with self._lock:
                    borders = [number - self.number for number, _ in self._waiting if number > self.number]
                part = rest[: min([len(rest), *borders])]
                yield part
                self.add(len(part))
                rest = rest[len(part) :]
