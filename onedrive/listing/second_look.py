"""Folders that were otherwise than listed, asked for once more beside what changed: what OneDrive never names as
changed (trap 105) comes to light, and what is gone goes off the list.

    a folder's pages ─► what is new or other in it ─► what is listed and not shown: is it gone, or elsewhere?

`changes.py` asks for it, for the folders that `home/recheck.py` has; nothing is asked where nothing is noted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.graph.batch import NoAnswer, fetch_items, is_gone, item_address
from onedrive.graph.item import SELECT
from onedrive.graph.pages import PageStream, RepeatGuard
from onedrive.graph.session import SHORTCUTS_SHOWN, ForeignNextLink, GraphSession, JsonObject, RepeatingPages
from onedrive.listing.catalogue import Catalogue, FolderToList
from onedrive.listing.page_rows import Changes, PageRows
from onedrive.listing.walk import WIDTHS

MOST_FOLDERS = 200  # more of either cost more than a whole listing
MOST_ABSENT = 1000
_NOT_READABLE = (ServiceRefused, ServiceUnusable, RepeatingPages, ForeignNextLink)


class SecondLook:
    """Asks for folders again; `rows` makes the taker of pages that puts what they show into other changes.

    `unanswered` are folders that could not be read this time.
    """

    def __init__(self, graph: GraphSession, catalogue: Catalogue, rows: Callable[[Changes], PageRows]) -> None:
        self.unanswered: list[str] = []
        self._graph = graph
        self._catalogue = catalogue
        self._rows = rows
        self._absent = 0

    def look(self, folder_ids: Iterable[str], changes: Changes) -> bool:
        """Add to `changes` what is otherwise in these folders; False when it is too much to be asked one by one.

        What `changes` knows already stands. Raises what stops the whole: ConnectionLost, SignInNeeded, Stopped.
        """
        asking = deque(folder_id for folder_id in folder_ids if not _is_gone_in(changes, folder_id))
        asked: set[str] = set()
        while asking:
            folder_id = asking.popleft()
            if folder_id in asked:
                continue
            if len(asked) >= MOST_FOLDERS or self._absent > MOST_ABSENT:
                return False
            asked.add(folder_id)
            asking += self._look_into(folder_id, changes)
        return self._absent <= MOST_ABSENT

    def _look_into(self, folder_id: str, changes: Changes) -> list[str]:
        """Compare one folder with the list; the folders below it that are to be asked for too."""
        shown = Changes()
        inner: list[FolderToList] = []
        if not _is_gone_in(changes, folder_id):
            try:
                rows = self._read_pages(folder_id)
            except _NOT_READABLE:
                if not is_gone(fetch_items(self._graph, [folder_id])[folder_id]):
                    self.unanswered.append(folder_id)
                    return []
                changes.put_gone(folder_id)
            else:
                inner = self._rows(shown).take_folder_page(rows, FolderToList(folder_id, "", folder_id))
        new = [
            found.id
            for found in inner
            if found.id not in changes.items and not self._catalogue.is_listed_folder(found.id)
        ]
        absent = [
            key for key in self._catalogue.keys_in(folder_id)
            if key not in shown.items and key not in shown.excepted and key not in changes.items
        ]  # fmt: skip
        for key, item in list(shown.items.items()):
            old = self._catalogue.listed(key)
            # the tail names its folder too
            if item and old and (old.tail, old.path.rpartition("/")[2]) == (item[0].tail, item[0].name):
                del shown.items[key]
        changes.add_missing(shown)
        return new + self._ask_for_absent(absent, changes)

    def _ask_for_absent(self, keys: list[str], changes: Changes) -> list[str]:
        """What its folder does not show: by its id it is gone, or elsewhere; what is there all the same stays."""
        elsewhere = Changes()
        gone_folders: list[str] = []
        self._absent += len(keys)
        if self._absent > MOST_ABSENT:
            return []
        for key, answer in fetch_items(self._graph, keys).items():
            if is_gone(answer):
                changes.put_gone(key)
                if self._catalogue.is_listed_folder(key):
                    gone_folders.append(key)  # what was in it may have been moved away before
            elif not isinstance(answer, NoAnswer):
                self._rows(elsewhere).take_delta_page([answer])
        changes.add_missing(elsewhere)
        return gone_folders

    def _read_pages(self, folder_id: str) -> list[JsonObject]:
        """All that the folder shows, the widest pages first."""
        address = f"{item_address(folder_id)}/children?$select={SELECT}"
        tries = [f"{address}&$top={width}" if width else address for width in WIDTHS]
        rows, guard = [], RepeatGuard()
        for page in PageStream(self._graph, tries, headers=SHORTCUTS_SHOWN):
            rows += page.items
            guard.check(page)
        return rows


def _is_gone_in(changes: Changes, key: str) -> bool:
    return key in changes.items and changes.items[key] is None
