"""Moments that a test waits for: so many bytes of files served, so many pages answered; then something is called.

What is called runs on the connection's thread before the next byte goes out, so a `kill -9` there is exact.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from onedrive.demo.wire import Reply


class Milestones:
    """Counts bytes and pages, and calls what was registered for a number when it is reached, once."""

    def __init__(self) -> None:
        self.bytes = 0
        self.pages = 0
        self._lock = threading.Lock()
        self._for_bytes: list[tuple[int, Callable[[], object]]] = []
        self._for_pages: list[tuple[int, Callable[[], object]]] = []

    def when_bytes(self, number: int, call: Callable[[], object]) -> None:
        """Call when this many bytes of files have been served from now on."""
        with self._lock:
            self._for_bytes.append((self.bytes + number, call))

    def when_pages(self, number: int, call: Callable[[], object]) -> None:
        """Call when this many Graph replies with status 200 have been made from now on."""
        with self._lock:
            self._for_pages.append((self.pages + number, call))

    def count(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same bytes, cut where something is to be called; counted once the next are asked for."""
        for piece in pieces:
            rest = piece
            while rest:
                part = rest[: self._next_border(len(rest))]
                yield part
                self._count(len(part))
                rest = rest[len(part) :]

    def _next_border(self, size: int) -> int:
        with self._lock:
            return min([size, *(number - self.bytes for number, _ in self._for_bytes if number > self.bytes)])

    def _count(self, size: int) -> None:
        with self._lock:
            self.bytes += size
            due = [call for number, call in self._for_bytes if number <= self.bytes]
            self._for_bytes = [pair for pair in self._for_bytes if pair[0] > self.bytes]
        for call in due:
            call()

    def page_answered(self, reply: Reply) -> None:
        """One more Graph reply is ready to go out."""
        if reply.status != 200:
            return
        with self._lock:
            self.pages += 1
            due = [call for number, call in self._for_pages if number <= self.pages]
            self._for_pages = [pair for pair in self._for_pages if pair[0] > self.pages]
        for call in due:
            call()
