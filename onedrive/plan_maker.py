"""Sorting the items of a list into a plan, before any request.

list ─► left out by choice: counted; what is here of it stays as it is
     ─► recorded, unchanged, still there: nothing to do
     ─► recorded, only its place is new: moved on this disk
     ─► the content of another one that is here, or comes: a twin of that
     ─► everything else is wanted
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from onedrive.download_plan import Action, DownloadPlan, LocalFile, WantedFile, choose_action, is_untouched
from onedrive.drive_item import DriveItem
from onedrive.filing import Filing
from onedrive.local_path import LocalPaths
from onedrive.manifest import Manifest, Recorded
from onedrive.twin_finder import TwinFinder
from onedrive.wish import Wish

Look = Callable[[str], LocalFile | None]
# Hears of an item for which nothing is to be done: 'there' and its place, or 'left_out' by choice, and why.
TellSkipped = Callable[[DriveItem, str, str, str], None]


def make_plan(
    items: Iterable[DriveItem],
    manifest: Manifest,
    paths: LocalPaths,
    look: Look,
    *,
    wish: Wish | None = None,
    covers: Callable[[str, str], bool] | None = None,
    tell_skipped: TellSkipped | None = None,
) -> DownloadPlan:
    """Sort the items of the list by what is to be done; `look` says what stands in a place.

    `covers` says for a drive id and a path whether the list would name a file there; None: that is not known, and
    nothing is taken for deleted. `tell_skipped` hears of each item for which nothing is to be done.
    """
    maker = _PlanMaker(manifest, paths, look, wish or Wish(), tell_skipped)
    seen = maker.sort_in(items)
    maker.give_places()
    plan = maker.plan
    maker.twins.take_out_of(plan, look)
    if covers is not None:
        plan.gone = [
            recorded.path
            for drive_id, item_id, recorded in manifest.items()
            if item_id not in seen.get(drive_id, ())
            and covers(drive_id, recorded.path)
            and not paths.is_given(recorded.local_path)
            and look(recorded.local_path) is not None
        ]
    return plan


class _PlanMaker:
    """The plan as it grows."""

    def __init__(
        self,
        manifest: Manifest,
        paths: LocalPaths,
        look: Look,
        wish: Wish,
        tell_skipped: TellSkipped | None,
    ) -> None:
        self.plan = DownloadPlan()
        self.twins = TwinFinder(manifest, wish.selection.duplicates)
        self._manifest = manifest
        self._paths = paths
        self._look = look
        self._wish = wish
        self._chooser = wish.chooser()
        self._filing = Filing(wish.selection)
        self._tell_skipped = tell_skipped

    def sort_in(self, items: Iterable[DriveItem]) -> dict[str, set[str]]:
        """Sort in all items, each once; the ids that were seen, by drive."""
        plan = self.plan
        seen: dict[str, set[str]] = {}
        for item in items:
            ids = seen.setdefault(item.drive_id, set())
            if item.id not in ids:
                ids.add(item.id)
                plan.listed_in[item.parent_id] = plan.listed_in.get(item.parent_id, 0) + 1
                plan.listed += 1
                plan.listed_bytes += item.size or 0
                if self._is_wanted(item):
                    self._sort_in(item)
        return seen

    def give_places(self) -> None:
        """Places for those that have none yet, in the order of ids, so that the list's order does not matter."""
        plan = self.plan
        self._leave_to_others()
        rows = sorted([*plan.moved, *plan.wanted], key=lambda row: (row.into, row.id))
        for row in rows:
            # Where it was before in this layout, if nobody has that place now: so a layout is found back to exactly.
            earlier = "" if row.place else self._manifest.earlier_place(row.drive_id, row.id, row.path)
            if earlier and row.layout == self._filing.word and self._paths.keep(row.into, earlier, row.id):
                row.place = earlier
        for row in rows:
            row.place = row.place or self._paths.choose(row.into, row.name, row.id)
        for row in plan.moved:
            recorded = self._manifest.find(row.drive_id, row.id)
            if recorded and recorded.path == row.path and recorded.local_path != row.place:
                plan.relaid.add((row.drive_id, row.id))

    def _leave_to_others(self) -> None:
        """What stands in another file's place is not moved, even if by chance it has the size and time of ours."""
        plan = self.plan
        plan.outdated[:] = [row for row in plan.outdated if not self._is_anothers(row)]
        lost = {(row.drive_id, row.id) for row in plan.moved if not row.place and self._is_anothers(row)}
        if lost:
            plan.wanted += [row for row in plan.moved if (row.drive_id, row.id) in lost]
            plan.moved[:] = [row for row in plan.moved if (row.drive_id, row.id) not in lost]

    def _is_anothers(self, row: WantedFile) -> bool:
        recorded = self._manifest.find(row.drive_id, row.id)
        return recorded is not None and self._paths.is_given_to_file(recorded.local_path)

    def _is_wanted(self, item: DriveItem) -> bool:
        """False for what is left out by choice, or not to be tried again: its recorded place stays its own."""
        is_asked_for = self._wish.only is None or item.id in self._wish.only
        why = self._chooser.why_not(item) if self._chooser and is_asked_for else None
        if self._wish.only is not None and is_asked_for:
            self.plan.found.add(item.id)
        if why is not None:
            self.plan.left_out[why] += 1
            self.plan.left_out_bytes += item.size or 0
            if self._tell_skipped:
                self._tell_skipped(item, "left_out", "", why)
        elif is_asked_for:
            return True
        recorded = self._manifest.find(item.drive_id, item.id)
        if recorded:
            self._paths.hold(recorded.local_path, item.id)
        return False

    def _sort_in(self, item: DriveItem) -> None:
        plan = self.plan
        recorded = self._manifest.find(item.drive_id, item.id)
        folder, name = _folder_and_name(item)
        into = self._filing.folder_for(item, folder)
        place, layout = self._recorded_place(item, into, recorded) if recorded else ("", self._filing.word)
        # Without a recorded place nothing is looked up yet: which place is free is known at the end of the list.
        action = choose_action(item, self._look(place) if place else None, recorded, place)
        if action is Action.REFUSE:
            why = "OneDrive found malware in it" if item.has_malware else "it is not a file"
            plan.unavailable.append((item.path, item.id, why))
            plan.settled.add(item.id)
            return
        if action is Action.SKIP and recorded and recorded.path == item.path:
            plan.there += 1
            plan.there_bytes += recorded.size_bytes if item.size is None else item.size
            self.twins.add_here(item)
            if self._tell_skipped:
                self._tell_skipped(item, "there", recorded.local_path, "here already")
            if self._wish.only is not None:
                plan.settled.add(item.id)
            return
        row = WantedFile(
            id=item.id,
            drive_id=sys.intern(item.drive_id),
            parent_id=sys.intern(item.parent_id),
            folder=sys.intern(folder),
            name=name,
            size_bytes=item.size or 0,
            ctag=item.ctag,
            into=sys.intern(into),
            place=place,
            layout=layout,
        )
        self._sort_in_row(item, row, recorded, action)

    def _sort_in_row(self, item: DriveItem, row: WantedFile, recorded: Recorded | None, action: Action) -> None:
        plan = self.plan
        # An old copy that is gone or edited cannot be moved: then the file is to be fetched, and counted so.
        may_move = action in (Action.MOVE, Action.SKIP)
        if may_move and recorded and is_untouched(self._look(recorded.local_path), recorded):
            row.etag = item.etag
            plan.moved.append(row)
            self.twins.add_moved(item, row)
        else:
            plan.wanted.append(row)
            if recorded and not row.place:
                plan.outdated.append(row)
            self.twins.add_wanted(item, row)

    def _recorded_place(self, item: DriveItem, into: str, recorded: Recorded) -> tuple[str, str]:
        """The place that a file is recorded in, if it is still right, and its layout; no place when it is not."""
        place, word = recorded.local_path, self._filing.word
        if self._filing.still_names(recorded, item) and self._paths.keep(into, place, item.id):
            return place, word
        if self._wish.leaves_places and recorded.path == item.path and self._look(place) is not None:
            return (place, recorded.layout) if self._paths.hold(place, item.id) else ("", word)
        return "", word


def _folder_and_name(item: DriveItem) -> tuple[str, str]:
    """The parts of the item's path; a name that holds a slash itself stays in one piece."""
    if item.path.endswith(f"/{item.name}"):
        return item.path[: -len(item.name) - 1], item.name
    folder, _, name = item.path.rpartition("/")
    return folder, name
