"""What is missing though all pages have come, and how it is filled in: folders still to walk, parents that were not
shown, folders in the root that may be locked rather than empty, shortcuts to other drives. `full.py` asks for it."""

from __future__ import annotations

import json

from onedrive.graph.batch import NoAnswer, fetch_all, fetch_items, item_address
from onedrive.graph.item import normalise_drive_id
from onedrive.graph.session import GraphSession
from onedrive.home.never_given import SHORTCUT_DOUBLE
from onedrive.listing import reasons
from onedrive.listing.catalogue import Catalogue, FolderToList, make_key, split_key
from onedrive.listing.page_rows import PageRows, shortcut_target
from onedrive.listing.walk import FolderWalk

_TOP_FOLDERS = """
    SELECT id FROM folder WHERE parent IN (SELECT number FROM folder WHERE path = '') AND text IS NOT NULL
    AND NOT is_package AND next_link IS NULL AND id NOT IN (SELECT id FROM exception)
    AND number NOT IN (SELECT folder FROM file) AND number NOT IN (SELECT parent FROM folder WHERE parent IS NOT NULL)
    AND number NOT IN (SELECT folder FROM exception WHERE folder IS NOT NULL)
    AND number NOT IN (SELECT folder FROM shortcut) ORDER BY number"""
_UNKNOWN_PARENTS = """
    SELECT id FROM folder WHERE name IS NULL AND id <> '' AND number NOT IN (?, ?) AND number IN (
        SELECT folder FROM file UNION SELECT parent FROM folder) ORDER BY number"""
_UNFINISHED = """
    SELECT id, is_package, is_target, CAST(next_link AS TEXT) FROM folder
    WHERE (name <> '' OR number = ?) AND next_link IS NOT '' AND (? OR instr(id, char(1))) ORDER BY number"""
_SHORTCUTS = """
    SELECT folder.id, shortcut.id, shortcut.name, shortcut.text FROM shortcut JOIN folder ON number = shortcut.folder
    WHERE shortcut.id NOT IN (SELECT id FROM exception) ORDER BY coalesce(path, ''), shortcut.name"""


class Gaps:
    """Fills one gap after another; each call looks at the catalogue afresh."""

    def __init__(
        self,
        graph: GraphSession,
        rows: PageRows,
        catalogue: Catalogue,
        walk: FolderWalk,
        *,
        drive_id: str,
        by_delta: bool,
    ) -> None:
        self._graph = graph
        self._rows = rows
        self._catalogue = catalogue
        self._walk = walk
        self._drive_id = drive_id
        self._by_delta = by_delta
        self._asked: set[str] = set()

    def fill_one(self, *, must_read: str = "") -> bool:
        """Fill the first kind of gap that there is; True when the catalogue has grown by it."""
        unfinished = self._unfinished()
        if unfinished:
            self._walk.walk(unfinished, known=self._catalogue.folder_keys(), must_read=must_read)
            return True
        return self._ask_for_parents() or self._probe_childless() or self._follow_shortcut()

    def _unfinished(self) -> list[tuple[FolderToList, str | None]]:
        """The folders that are still to be walked, with the link of the page at which to go on.

        Of delta those on others' drives only.
        """
        found = self._catalogue.database.rows(_UNFINISHED, (self._catalogue.marks.get("root"), not self._by_delta))
        return [
            (FolderToList(key, *split_key(key), is_package=bool(package), is_target=bool(target)), link)
            for key, package, target, link in found
        ]

    def _new_keys(self, sql: str, *parameters: object) -> list[str]:
        """Keys that have not been asked about yet."""
        keys = [key for (key,) in self._catalogue.database.rows(sql, parameters) if key not in self._asked]
        self._asked.update(keys)
        return keys

    def _ask_for_parents(self) -> bool:
        """Parents that were never shown: the service is asked for them by id, and for theirs in the next round."""
        marks = self._catalogue.marks
        keys = self._new_keys(_UNKNOWN_PARENTS, marks.get("root") or 0, marks.get("drive_root") or 0)
        grown = False
        answers = fetch_items(self._graph, keys) if keys else {}
        for asked, answer in answers.items():
            given = answer.get("id") if not isinstance(answer, NoAnswer) else None
            if isinstance(answer, NoAnswer) or not isinstance(given, str):
                continue
            self._rows.take_delta_page([answer])
            if given != asked:
                self._catalogue.put_spelling(asked, given)
            self._keep()
            grown = True
        return grown

    def _probe_childless(self) -> bool:
        """Delta shows the Personal Vault as an empty folder; only opening it tells (graph-facts §2.7)."""
        if not self._by_delta:
            return False
        keys = self._new_keys(_TOP_FOLDERS)
        addresses = [f"{item_address(key)}/children?$top=1&$select=id" for key in keys]
        grown = False
        for key, answer in zip(keys, fetch_all(self._graph, addresses), strict=True):
            if isinstance(answer, NoAnswer):
                reason, by_nature = reasons.why_unreadable(answer, is_package=False)
                self._catalogue.put_exception("", key, "", reason=reason, by_nature=by_nature)
                self._keep()
                grown = True
            elif answer.get("value") or answer.get("@odata.nextLink"):
                self._walk.walk([(FolderToList(key, "", key), None)])
                grown = True
        return grown

    def _follow_shortcut(self) -> bool:
        """List what the first shortcut leads to that has not been followed yet, on its own drive and once only."""
        for parent, key, name, tail in list(self._catalogue.database.rows(_SHORTCUTS)):
            if key in self._asked:
                continue
            self._asked.add(key)
            if self._follow(parent, key, name, tail):
                return True
        return False

    def _follow(self, parent: str, key: str, name: str, tail: str) -> bool:
        target = shortcut_target(json.loads("{" + tail.removeprefix(",")).get("remoteItem"))
        if target is None:
            return self._except(parent, key, name, (reasons.SHORTCUT_BROKEN, True))
        drive_id, item_id, is_file = target
        foreign = "" if normalise_drive_id(drive_id) == self._drive_id else drive_id
        target_key = make_key(item_id, foreign)
        if self._catalogue.is_target_at(target_key, parent, name):
            return False  # followed before the listing was interrupted
        if self._catalogue.has_place(target_key):
            return self._except(parent, key, name, (SHORTCUT_DOUBLE, True))
        if is_file:
            return self._follow_to_file(parent, key, name, item_id, foreign)
        self._rows.count_folder()
        self._catalogue.put_folder(key, self._catalogue.number(parent), name, tail)
        self._catalogue.finish_page(self._rows.counts, key)  # the shortcut itself has no children
        self._catalogue.put_target(parent, target_key, name)
        self._keep()
        return True

    def _follow_to_file(self, parent: str, key: str, name: str, item_id: str, drive_id: str) -> bool:
        answer = fetch_items(self._graph, [item_id], drive_id=drive_id)[item_id]
        if isinstance(answer, NoAnswer):
            return self._except(parent, key, name, reasons.why_no_target(answer))
        target_key = make_key(str(answer.get("id") or item_id), drive_id)
        self._catalogue.put_target(parent, target_key, name, is_file=True)
        self._rows.take_folder_page([{**answer, "name": name}], FolderToList(parent, drive_id, ""))
        self._keep()
        return True

    def _except(self, parent: str, key: str, name: str, why: tuple[str, bool]) -> bool:
        self._catalogue.put_exception(parent, key, name, reason=why[0], by_nature=why[1])
        self._keep()
        return True

    def _keep(self) -> None:
        self._catalogue.finish_page(self._rows.counts)
        self._catalogue.commit()
