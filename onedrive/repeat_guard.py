"""Noticing pages that never end (trap 26): a link that came before, the same rows again, nothing again and again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from onedrive.graph import JsonObject, RepeatingPages

_MOST_EMPTY_PAGES = 1000
_MOST_SAME_PAGES = 2


class _Page(Protocol):
    @property
    def items(self) -> list[JsonObject]: ...
    @property
    def next_link(self) -> str | None: ...


class RepeatGuard:
    """Watches the pages of one collection; `links` are those that were followed before."""

    def __init__(self, links: Iterable[str] = ()) -> None:
        self._links = set(links)
        self._times_seen: dict[int, int] = {}
        self._empty = 0

    def check(self, page: _Page) -> None:
        """Raise RepeatingPages when this page shows that they go round in a circle."""
        if page.next_link is None:
            return
        if page.next_link in self._links or self._is_worn_out(page):
            raise RepeatingPages
        self._links.add(page.next_link)

    def _is_worn_out(self, page: _Page) -> bool:
        if not page.items:
            self._empty += 1
            return self._empty > _MOST_EMPTY_PAGES
        self._empty = 0
        face = hash(tuple(str(item.get("id")) for item in page.items))
        self._times_seen[face] = self._times_seen.get(face, 0) + 1
        return self._times_seen[face] > _MOST_SAME_PAGES
