"""How many children OneDrive counts in each folder, held against what a whole listing has of it.

A count is no check value: it is 0 everywhere on old drives, and counts what is shown to nobody (graph-facts §2.3). But
a folder of which less is listed than counted may have been left out in part (trap 105): it is asked for by its own
pages, once, and what they show is taken in. What still disagrees then is remembered, and costs nothing next time.
"""

from __future__ import annotations

from collections.abc import Mapping

from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.graph.session import ForeignNextLink, GraphSession, RepeatingPages
from onedrive.listing.catalogue import Catalogue, FolderToList
from onedrive.listing.page_rows import PageRows
from onedrive.listing.second_look import read_folder
from onedrive.listing.walk import FolderWalk

LEAST_ASKED = 50
SHARE_ASKED = 50  # one folder in so many


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
        lacking = self._catalogue.lacking_children()
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
        except (ServiceRefused, ServiceUnusable, RepeatingPages, ForeignNextLink):
            return  # what delta shows of it is listed
        new = [row for row in shown if not self._catalogue.has_word_of(str(row.get("id")))]
        inner = self._rows.take_folder_page(new, FolderToList(key, "", key))
        self._catalogue.finish_page(self._rows.counts)
        self._walk.walk([(folder, None) for folder in inner], known=self._catalogue.folder_keys())
