"""Walking a tree: the folders' pages are fetched several at a time, by id, and taken into the catalogue one by one.

A folder that cannot be read becomes an exception, never an empty folder; only what concerns the whole drive (no
network, no sign-in) stops the walk. How many are fetched at a time falls when the service throttles, and rises again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace

from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph.batch import item_address
from onedrive.graph.item import SELECT
from onedrive.graph.pages import Page, RepeatGuard
from onedrive.graph.session import SHORTCUTS_SHOWN, ForeignNextLink, GraphSession, RepeatingPages, read_link, read_page
from onedrive.listing import reasons
from onedrive.listing.catalogue import Catalogue, FolderToList
from onedrive.listing.page_rows import PageRows
from onedrive.net.workers import Workers, wait_for_any

MOST_AT_A_TIME = 8  # more has brought others into throttling (graph-facts §3.7)
WIDTHS = (1000, 200, None)
_PAGES_UNTIL_WIDER = 20


class FolderNotWhole(OneDriveError):
    """A folder's pages do not come to an end; `folder` is not wholly listed. The sentence says why."""


@dataclass(frozen=True)
class _Errand:
    """One page to fetch. `link` is None for the first of the folder; `guard` watches the folder's pages."""

    folder: FolderToList
    guard: RepeatGuard
    link: str | None = None
    is_afresh: bool = False


class FolderWalk:
    """Lists folders and all that is in them into the catalogue.

    `names_broken`: a folder whose pages repeat is named as not wholly listed; otherwise FolderNotWhole is raised, so
    that the other way can be tried.
    """

    def __init__(
        self,
        graph: GraphSession,
        rows: PageRows,
        catalogue: Catalogue,
        *,
        names_broken: bool,
        report: Callable[[], None],
    ) -> None:
        self._graph = graph
        self._rows = rows
        self._catalogue = catalogue
        self._names_broken = names_broken
        self._report = report
        self._width = 0  # index into WIDTHS
        self._known: set[str] = set()
        self._waiting: deque[_Errand] = deque()

    def walk(
        self, folders: Iterable[tuple[FolderToList, str | None]], *, known: Iterable[str] = (), must_read: str = ""
    ) -> None:
        """List these folders, each from its beginning or from a link; `known` keys are not entered again.

        Raises FolderNotWhole and what stops the whole: ConnectionLost, SignInNeeded, Stopped, and the refusal of the
        folder with the key `must_read`.
        """
        self._known |= set(known)
        for folder, link in folders:
            self._known.add(folder.key)
            self._waiting.append(_Errand(folder, RepeatGuard([link] if link else []), link))
        room = _Room(self._graph)
        workers = Workers(MOST_AT_A_TIME, "folders")
        under_way: dict[Future[Page], _Errand] = {}
        try:
            while self._waiting or under_way:
                while self._waiting and len(under_way) < room.most:
                    errand = self._waiting.popleft()
                    under_way[workers.submit(self._fetch, errand)] = errand
                for future in wait_for_any(set(under_way)):
                    self._take(under_way.pop(future), future, must_read=must_read)
                    room.count_page()
                self._catalogue.commit()
                self._report()
        except BaseException:
            self._catalogue.commit()
            raise
        finally:
            workers.close()

    def _fetch(self, errand: _Errand) -> Page:
        """One page of a folder; a `$top` that the service does not like is made smaller for all."""
        while True:
            width = self._width
            try:
                answer = self._graph.get(errand.link or _first_address(errand.folder, width), headers=SHORTCUTS_SHOWN)
            except ServiceRefused as refusal:
                too_wide = refusal.status == 400 and not reasons.looks_locked(refusal) and WIDTHS[width] is not None
                if errand.link is not None or not too_wide:
                    raise
                self._width = max(self._width, width + 1)
            except ForeignNextLink:  # one that was kept in a file
                return Page([], leads_away=True)
            else:
                try:
                    return Page(read_page(answer), read_link(answer, "@odata.nextLink"))
                except ForeignNextLink:
                    return Page(read_page(answer), leads_away=True)

    def _take(self, errand: _Errand, future: Future[Page], *, must_read: str) -> None:
        folder = errand.folder
        try:
            page = future.result()
        except (ServiceRefused, ServiceUnusable) as error:
            if errand.link is not None and not errand.is_afresh and isinstance(error, ServiceRefused):
                self._waiting.appendleft(
                    _Errand(folder, RepeatGuard(), is_afresh=True)
                )  # the place in the folder is not valid any more
            elif folder.key == must_read and errand.link is None:
                raise
            elif folder.is_target:
                self._close(folder, *reasons.why_no_target(error))
            else:
                self._close(folder, *reasons.why_unreadable(error, is_package=folder.is_package))
            return
        inner = [found for found in self._rows.take_folder_page(page.items, folder) if found.key not in self._known]
        self._known.update(found.key for found in inner)
        self._waiting.extend(_Errand(found, RepeatGuard()) for found in inner)
        self._catalogue.finish_page(self._rows.counts, "" if page.leads_away else folder.key, page.next_link)
        if page.leads_away:
            self._give_up(errand, reasons.FOREIGN_LINK)
        if page.next_link is None:
            return
        try:
            errand.guard.check(page)
        except RepeatingPages:
            self._give_up(errand, reasons.REPEATING)
        else:
            self._waiting.appendleft(replace(errand, link=page.next_link))

    def _give_up(self, errand: _Errand, reason: str) -> None:
        """A folder whose pages lead nowhere: once afresh, then it is left to the other way or named."""
        if not errand.is_afresh:
            self._waiting.appendleft(_Errand(errand.folder, RepeatGuard(), is_afresh=True))
        elif self._names_broken:
            self._close(errand.folder, reason, False)
        else:
            raise FolderNotWhole(f"A folder was {reason}.")

    def _close(self, folder: FolderToList, reason: str, by_nature: bool) -> None:
        """Name a folder as an exception and leave it; its own place is found by its key in the end."""
        self._catalogue.put_exception("", folder.key, "", reason=reason, by_nature=by_nature)
        self._catalogue.finish_page(self._rows.counts, folder.key)


class _Room:
    """How many pages may be fetched at a time."""

    def __init__(self, graph: GraphSession) -> None:
        self.most = MOST_AT_A_TIME
        self._graph = graph
        self._throttled = graph.pause.times_throttled
        self._pages = 0

    def count_page(self) -> None:
        """One page has come: fewer after throttling, one more after some pages without."""
        self._pages += 1
        if self._graph.pause.times_throttled > self._throttled:
            self._throttled, self._pages = self._graph.pause.times_throttled, 0
            self.most = max(1, self.most // 2)
        elif self._pages >= _PAGES_UNTIL_WIDER and self.most < MOST_AT_A_TIME:
            self.most, self._pages = self.most + 1, 0


def _first_address(folder: FolderToList, width: int) -> str:
    top = f"$top={WIDTHS[width]}&" if WIDTHS[width] is not None else ""
    return f"{item_address(folder.id, folder.drive_id)}/children?{top}$select={SELECT}"
