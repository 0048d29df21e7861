"""What is missing though all pages have come, and how it is filled in: folders still to walk, parents that were not
shown, folders in the root that may be locked rather than empty, shortcuts to other drives."""

from __future__ import annotations

import json

from onedrive.graph.batch import NoAnswer, fetch_all, fetch_items, item_address
from onedrive.graph.item import normalise_drive_id
from onedrive.graph.session import GraphSession
from onedrive.listing import reasons
from onedrive.listing.catalogue import (
    NO_FOLDER,
    ListingJournal,
    OpenFolder,
    Survey,
    alias_record,
    exception_record,
    item_record,
    make_key,
    page_record,
    same_record,
)
from onedrive.listing.intake import ListingIntake, shortcut_target
from onedrive.listing.line import escape, unescape
from onedrive.listing.walk import FolderWalk


class Gaps:
    """Fills one gap after another; each call looks at a fresh survey."""

    def __init__(
        self,
        graph: GraphSession,
        intake: ListingIntake,
        journal: ListingJournal,
        walk: FolderWalk,
        *,
        drive_id: str,
        by_delta: bool,
    ) -> None:
        self._graph = graph
        self._intake = intake
        self._journal = journal
        self._walk = walk
        self._drive_id = drive_id
        self._by_delta = by_delta
        self._asked: set[bytes] = set()

    def fill_one(self, survey: Survey, *, must_read: str = "") -> bool:
        """Fill the first kind of gap that there is; True when the journal has grown by it."""
        unfinished = survey.unfinished(foreign_only=self._by_delta)
        if unfinished:
            self._walk.walk(unfinished, known=(key.decode() for key in survey.paths), must_read=must_read)
            return True
        return self._ask_for_parents(survey) or self._probe_childless(survey) or self._follow_shortcut(survey)

    def _ask_for_parents(self, survey: Survey) -> bool:
        """Parents that were never shown: the service is asked for them by id, and for theirs in the next round."""
        keys = [key for key in survey.unknown_parents if key not in self._asked and key]
        self._asked.update(keys)
        grown = False
        answers = fetch_items(self._graph, map(unescape, keys)) if keys else {}
        for asked, answer in answers.items():
            given = answer.get("id") if not isinstance(answer, NoAnswer) else None
            if isinstance(answer, NoAnswer) or not isinstance(given, str):
                continue
            text = self._intake.take_delta_page([answer])
            if given != asked:
                text += same_record(escape(asked).decode(), escape(given).decode())
            self._append(text)
            grown = True
        return grown

    def _probe_childless(self, survey: Survey) -> bool:
        """Delta shows the Personal Vault as an empty folder; only opening it tells (GRAPH_FACTS §2.7)."""
        if not self._by_delta:
            return False
        known = self._asked | survey.exceptions.keys() | survey.unreadable.keys() | survey.open_pages.keys()
        keys = [key for key in survey.childless_top_folders if key not in known]
        self._asked.update(keys)
        addresses = [f"{item_address(unescape(key))}/children?$top=1&$select=id" for key in keys]
        grown = False
        for key, answer in zip(keys, fetch_all(self._graph, addresses), strict=True):
            if isinstance(answer, NoAnswer):
                reason, by_nature = reasons.why_unreadable(answer, is_package=False)
                self._append(exception_record("", key.decode(), "", reason=reason, by_nature=by_nature))
                grown = True
            elif answer.get("value") or answer.get("@odata.nextLink"):
                folder = OpenFolder(key.decode(), "", key.decode())
                self._walk.walk([(folder, None)])
                grown = True
        return grown

    def _follow_shortcut(self, survey: Survey) -> bool:
        """List what the first shortcut leads to that has not been followed yet, on its own drive and once only."""
        waiting = [fields for key, fields in survey.shortcuts.items() if key not in survey.exceptions]
        for parent, key, name, text in sorted(
            waiting, key=lambda fields: (survey.paths.path_of(fields[0]) or b"", fields[2])
        ):
            if key in self._asked:
                continue
            self._asked.add(key)
            tail = str(json.loads(text)["tail"])
            target = shortcut_target(json.loads("{" + tail.removeprefix(",")).get("remoteItem"))
            if self._follow(survey, (parent.decode(), key.decode(), name.decode()), tail, target):
                return True
        return False

    def _follow(
        self, survey: Survey, place: tuple[str, str, str], tail: str, target: tuple[str, str, bool] | None
    ) -> bool:
        parent, key, name = place
        if target is None:
            self._append(exception_record(parent, key, name, reason=reasons.SHORTCUT_BROKEN, by_nature=True))
            return True
        drive_id, item_id, is_file = target
        foreign = "" if normalise_drive_id(drive_id) == self._drive_id else drive_id
        target_key = make_key(escape(item_id).decode(), foreign)
        known_place = survey.paths.path_of(target_key.encode())
        if known_place is not None:
            if survey.aliases.get(target_key.encode()) == (parent.encode(), name.encode()):
                return False  # followed before the listing was interrupted
            self._append(exception_record(parent, key, name, reason=reasons.SHORTCUT_DOUBLE, by_nature=True))
            return True
        if is_file:
            return self._follow_to_file(place, foreign, item_id)
        self._intake.folders += 1
        shortcut = item_record("D", parent, key, name, tail) + page_record(key, None, self._intake.counts)
        self._append(shortcut + alias_record(parent, target_key, name))  # the shortcut itself has no children
        return True

    def _follow_to_file(self, place: tuple[str, str, str], drive_id: str, item_id: str) -> bool:
        parent, key, name = place
        answer = fetch_items(self._graph, [item_id], drive_id=drive_id)[item_id]
        if isinstance(answer, NoAnswer):
            reason, by_nature = reasons.why_no_target(answer)
            self._append(exception_record(parent, key, name, reason=reason, by_nature=by_nature))
            return True
        folder = OpenFolder(parent, drive_id, "")
        text, _ = self._intake.take_folder_page([{**answer, "name": unescape(name.encode())}], folder)
        target_key = make_key(escape(str(answer.get("id") or item_id)).decode(), drive_id)
        # As an alias it keeps its place when its own folder is listed too; as a folder it is finished.
        alias = alias_record(parent, target_key, name) + page_record(target_key, None, self._intake.counts)
        self._append(text + alias)
        return True

    def _append(self, text: str) -> None:
        self._journal.append(text + page_record(NO_FOLDER, None, self._intake.counts))
