"""Folders asked for by their own pages, because delta may have left something out for good (trap 105).

`SecondLook`, for `changes.py`: folders that option 4 found otherwise than listed (`home/recheck.py`). What is listed in
them and not shown is gone, or elsewhere. `ChildCounts`, for `full.py`: folders of which less came than OneDrive counts
in them. A count is no check value: it is 0 everywhere on old drives, and counts what is shown to nobody (graph-facts
§2.3). So such a folder is asked for once; what still disagrees then is remembered, and costs nothing next time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.graph.batch import NoAnswer, fetch_items, is_gone, item_address
from onedrive.graph.item import SELECT
from onedrive.graph.pages import PageStream, RepeatGuard
from onedrive.graph.session import SHORTCUTS_SHOWN, ForeignNextLink, GraphSession, JsonObject, RepeatingPages
from onedrive.home.database import text_bytes
from onedrive.listing.catalogue import Catalogue, FolderToList
from onedrive.listing.page_rows import Changes, PageRows
from onedrive.listing.walk import WIDTHS, FolderWalk

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
                rows = read_folder(self._graph, folder_id)
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


def read_folder(graph: GraphSession, folder_id: str) -> list[JsonObject]:
    """All that a folder of the drive shows, the widest pages first. Raises as GraphSession.get, and RepeatingPages."""
    address = f"{item_address(folder_id)}/children?$select={SELECT}"
    tries = [f"{address}&$top={width}" if width else address for width in WIDTHS]
    rows, guard = [], RepeatGuard()
    for page in PageStream(graph, tries, headers=SHORTCUTS_SHOWN):
        rows += page.items
        guard.check(page)
    return rows


def _is_gone_in(changes: Changes, key: str) -> bool:
    return key in changes.items and changes.items[key] is None


LEAST_ASKED = 50
SHARE_ASKED = 50  # one folder in so many
_LACKING = """
    WITH held (folder, number) AS (
        SELECT folder, count(*) FROM file GROUP BY folder
        UNION ALL SELECT parent, count(*) FROM folder WHERE text IS NOT NULL GROUP BY parent
        UNION ALL SELECT folder, count(*) FROM shortcut
            WHERE id NOT IN (SELECT id FROM folder WHERE text IS NOT NULL) GROUP BY folder
        UNION ALL SELECT folder, count(DISTINCT id) FROM exception AS odd
            WHERE folder IS NOT NULL AND id NOT IN (SELECT id FROM shortcut)
            AND NOT EXISTS (SELECT 1 FROM file WHERE file.id = odd.id AND file.folder = odd.folder)
            AND NOT EXISTS (SELECT 1 FROM folder WHERE folder.id = odd.id AND folder.parent = odd.folder)
            GROUP BY folder)
    SELECT counted.id, children - coalesce(sum(held.number), 0) AS lacking
    FROM counted JOIN folder ON folder.id = counted.id LEFT JOIN held ON held.folder = folder.number
    WHERE path IS NOT NULL AND counted.id NOT IN (SELECT id FROM exception WHERE folder IS NULL)
    GROUP BY counted.id, children HAVING lacking > 0 ORDER BY lacking DESC, counted.id"""
# Whether any page said a word about an item, though it be that it is gone.
_HAS_WORD = """
    SELECT 1 FROM (SELECT id FROM file UNION ALL SELECT id FROM folder WHERE text IS NOT NULL UNION ALL
    SELECT id FROM gone UNION ALL SELECT id FROM shortcut UNION ALL SELECT id FROM exception)
    WHERE id = CAST(? AS TEXT)"""


class ChildCounts:
    """Asks once for the folders that lack something; `known` has those of the last listing, and what they lacked.

    `lacking` is what folders lack that were asked for, now or then; `left_out` how many were too many to ask for.
    """

    def __init__(
        self, graph: GraphSession, rows: PageRows, catalogue: Catalogue, walk: FolderWalk, known: Mapping[str, int]
    ) -> None:
        self.lacking: dict[str, int] = {}
        self.left_out = 0
        self._graph = graph
        self._rows = rows
        self._catalogue = catalogue
        self._walk = walk
        self._known = known
        self._asked: set[str] | None = None

    def ask_once(self) -> bool:
        """Ask for what lacks something, when that has not been done; True when the catalogue may have grown by it."""
        self._catalogue.settle()
        lacking: dict[str, int] = dict(self._catalogue.database.rows(_LACKING))  # what lacks most first
        if self._asked is None:
            new = [key for key, number in lacking.items() if self._known.get(key) != number]
            asked = new[: max(LEAST_ASKED, self._catalogue.count_folders() // SHARE_ASKED)]
            self._asked, self.left_out = set(asked), len(new) - len(asked)
            for key in asked:
                self._ask_for(key)
            if asked:
                return True
        self.lacking = {
            key: number for key, number in lacking.items() if key in self._asked or self._known.get(key) == number
        }
        return False

    def _ask_for(self, key: str) -> None:
        """Take in what no page of delta has said a word about."""
        try:
            shown = read_folder(self._graph, key)
        except _NOT_READABLE:
            return  # what delta shows of it is listed
        find = self._catalogue.database.row
        new = [row for row in shown if not find(_HAS_WORD, (text_bytes(str(row.get("id"))),))]
        inner = self._rows.take_folder_page(new, FolderToList(key, "", key))
        self._catalogue.finish_page(self._rows.counts)
        self._walk.walk([(folder, None) for folder in inner], known=self._catalogue.folder_keys())
