"""The pages of a long collection, one after the other, with the next one under way while this one is worked on.

The link to the next page mostly stands at the beginning of a page, so it is followed as soon as the first block is
here, on another connection. What was read so is checked when the page is whole.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from onedrive.errors import OneDriveError, ServiceRefused
from onedrive.graph.session import GraphSession, JsonObject, RepeatingPages, read_link, read_page
from onedrive.net.workers import Workers, wait_for

# In JSON every quote inside a text has a backslash before it, so this matches keys only.
_NEXT_LINK = re.compile(rb'"@odata\.nextLink"\s*:\s*("(?:[^"\\]|\\.)*")')
_MOST_UNREAD = 2  # pages that are here or under way before they are asked for: they cost memory


@dataclass(frozen=True)
class Page:
    """One page; the last one has no `next_link`, and of a delta a `delta_link`.

    `leads_away`: it had a nextLink to another host, which is not followed.
    """

    items: list[JsonObject]
    next_link: str | None = None
    delta_link: str | None = None
    leads_away: bool = False


class PageStream:
    """Follows nextLinks from the first of `addresses`; the further ones are tried when the service answers 400.

    `visited` are links that a listing has followed before. Iterating raises what GraphSession.get raises, and
    RepeatingPages, ForeignNextLink.
    """

    def __init__(
        self,
        graph: GraphSession,
        addresses: Sequence[str],
        *,
        headers: Mapping[str, str] | None = None,
        visited: set[str] | None = None,
    ) -> None:
        self._graph = graph
        self._addresses = list(addresses)
        self._headers = headers
        self._visited = visited if visited is not None else set()
        self._workers = Workers(_MOST_UNREAD + 1, "pages")
        self._lock = threading.RLock()
        self._under_way: dict[str, Future[bytes]] = {}
        self._leads_to: dict[str, str] = {}  # of pages that are not read yet, as far as they have come
        self._put_off = ""  # the link that is followed as soon as a page is taken

    def start(self) -> None:
        """Ask for the first page now, to work on something else meanwhile."""
        self._fetch(self._addresses[0])

    def close(self) -> None:
        """No more pages are wanted: the threads end when they have done what they have in hand."""
        self._workers.close()

    def __iter__(self) -> Iterator[Page]:
        try:
            link, body = self._first_page()
            while True:
                page = self._read(link, body)
                self._visited.add(link)
                if page.next_link is not None and page.next_link not in self._visited:
                    self._leads_to.pop(link, None)
                    self._forget_all_but(page.next_link)
                    self._fetch(page.next_link)
                yield page
                if page.next_link is None:
                    return
                if page.next_link in self._visited:
                    raise RepeatingPages
                link = page.next_link
                body = self._take(link)
        finally:
            self.close()

    def _first_page(self) -> tuple[str, bytes]:
        *wider, last = self._addresses
        for address in wider:
            try:
                return address, self._take(address)
            except ServiceRefused as refusal:
                if refusal.status != 400:
                    raise
        return last, self._take(last)

    def _take(self, link: str) -> bytes:
        try:
            return wait_for(self._fetch(link))
        finally:
            with self._lock:
                del self._under_way[link]
                link, self._put_off = self._put_off, ""
                if link:
                    self._fetch(link)

    def _fetch(self, link: str) -> Future[bytes]:
        with self._lock:
            if link not in self._under_way:
                self._under_way[link] = self._workers.submit(
                    self._graph.get_bytes, link, headers=self._headers, peek=partial(self._peek, link)
                )
            return self._under_way[link]

    def _peek(self, page: str, part: bytes) -> None:
        """Follow the nextLink in the part of a page that has come, if there is one."""
        found = _NEXT_LINK.search(part)
        if found is None:
            return
        try:
            link = read_link({"@odata.nextLink": json.loads(found.group(1))}, "@odata.nextLink")
        except (OneDriveError, ValueError):
            return  # judged when the page is whole
        if link is None or link in self._visited:
            return
        with self._lock:
            self._leads_to[page] = link
            if len(self._under_way) < _MOST_UNREAD:
                self._fetch(link)
            else:
                self._put_off = link

    def _forget_all_but(self, link: str) -> None:
        """A page that was asked for twice may have led elsewhere the first time."""
        with self._lock:
            kept = {link}
            while (link := self._leads_to.get(link, "")) and link not in kept:
                kept.add(link)
            for other in self._under_way.keys() - kept:
                self._under_way.pop(other).cancel()

    def _read(self, link: str, body: bytes) -> Page:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            answer = self._graph.get(link, headers=self._headers)  # asks again, with patience and an end
        return Page(read_page(answer), read_link(answer, "@odata.nextLink"), read_link(answer, "@odata.deltaLink"))


_MOST_EMPTY_PAGES = 1000
_MOST_SAME_PAGES = 2


class RepeatGuard:
    """Watches the pages of one collection; `links` are those that were followed before."""

    def __init__(self, links: Iterable[str] = ()) -> None:
        self._links = set(links)
        self._times_seen: dict[int, int] = {}
        self._empty = 0

    def check(self, page: Page) -> None:
        """Raise RepeatingPages when this page shows that they go round in a circle."""
        if page.next_link is None:
            return
        if page.next_link in self._links or self._is_worn_out(page):
            raise RepeatingPages
        self._links.add(page.next_link)

    def _is_worn_out(self, page: Page) -> bool:
        if not page.items:
            self._empty += 1
            return self._empty > _MOST_EMPTY_PAGES
        self._empty = 0
        face = hash(tuple(str(item.get("id")) for item in page.items))
        self._times_seen[face] = self._times_seen.get(face, 0) + 1
        return self._times_seen[face] > _MOST_SAME_PAGES
