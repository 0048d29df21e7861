"""Sorting the items of a list into a plan, before any request: what is wanted, here already, or equal to another.

list ─► left out by choice: counted; what is here of it stays as it is
     ─► recorded, unchanged, still there: nothing to do
     ─► recorded, only its place is new: moved on this disk
     ─► the content of another one that is here, or comes: a twin of that
     ─► everything else is wanted
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import Duplicates
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.failed import FailedItem
from onedrive.home.manifest import PUT_BACK, Manifest, ManifestLine
from onedrive.local.earlier import is_kept_earlier
from onedrive.local.filing import FiledItem, Filing
from onedrive.local.known_files import KnownFile
from onedrive.local.places import LocalPaths
from onedrive.local.proof import (
    LocalFile,
    has_new_content,
    is_same_content,
    is_untouched,
    listed_quick_xor,
    lists_hash,
)
from onedrive.transfer.addresses import WantedFile
from onedrive.words import split_path

Look = Callable[[str], LocalFile | None]  # says what stands in a place; None: nothing


class Action(StrEnum):
    """What to do for one file."""

    FETCH = "fetch it"
    SKIP = "it is there already"
    ADOPT = "something of its size is there: hash it, and fetch only if it is something else"
    MOVE = "it is here under its old path: move it"
    REFUSE = "OneDrive never hands it out"


class TwinWay(StrEnum):
    """What becomes of a file whose content another one has."""

    LINK = "a hard link to it"
    COPY = "a copy of it"
    NAME = "only named in the manifest"


class FurtherSource(NamedTuple):
    """Files in further folders that may be a wanted one, and what is listed of that."""

    paths: tuple[str, ...]
    item: DriveItem


class Original(NamedTuple):
    """What is known of a file that others are twins of: says later whether it still has that content."""

    id: str
    path: str
    ctag: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Twin:
    """A file with the content of another one, the original, whose bytes it needs not fetch.

    The original's drive is the row's. `modified` and `created` are the file's own times, as the service writes them.
    """

    row: WantedFile
    way: TwinWay
    original: Original
    quick_xor_hash: str
    modified: str
    created: str


class Replacement(NamedTuple):
    """A file here whose content on OneDrive is new: its path there, and when it was changed (ISO 8601; '': unknown)."""

    path: str
    changed: str


@dataclass
class DownloadPlan:
    """All that is to be done; `unavailable` are files that OneDrive never hands out."""

    wanted: list[WantedFile] = field(default_factory=list)
    moved: list[WantedFile] = field(default_factory=list)
    # Drive and id of those of `moved` whose path on OneDrive is the old one: it is the layout that moves them.
    relaid: set[tuple[str, str]] = field(default_factory=set)
    twins: list[Twin] = field(default_factory=list)
    # By drive and id: those of `wanted` that a further folder may have.
    sources: dict[tuple[str, str], FurtherSource] = field(default_factory=dict)
    # What is in a known folder, or was there, and is not wanted for that.
    elsewhere: list[tuple[WantedFile, KnownFile]] = field(default_factory=list)
    # Those of `wanted` whose older version is here under a path that OneDrive has no longer.
    outdated: list[WantedFile] = field(default_factory=list)
    # What is here and was listed once, and is no longer on OneDrive; None: this list cannot tell. Of that, `aside` is
    # to be put aside. In the places of `succeeded` other files belong now: the wanted ones of those are `successors`.
    gone: list[ManifestLine] | None = None
    aside: list[ManifestLine] = field(default_factory=list)
    succeeded: list[ManifestLine] = field(default_factory=list)
    successors: dict[tuple[str, str], ManifestLine] = field(default_factory=dict)
    # Of wanted files and twins, by drive and id: those whose content here would be replaced by what is listed, and
    # those where newer metadata than the list's may say so.
    replacing: dict[tuple[str, str], Replacement] = field(default_factory=dict)
    at_risk: set[tuple[str, str]] = field(default_factory=set)
    # What is on record and not in its place: a run that was killed may have moved it without writing that down.
    lost: list[ManifestLine] = field(default_factory=list)
    unavailable: list[FailedItem] = field(default_factory=list)
    there: int = 0
    there_bytes: int = 0
    # All files of the list, and those of them that a person's choice leaves out, by the reason.
    listed: int = 0
    listed_bytes: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    left_out_bytes: int = 0
    # Of those that are tried again: which are on the list, and for which nothing is to be done any more.
    found: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    # Files of the list in each folder, by the folder's id: says how many pages it has.
    listed_in: dict[str, int] = field(default_factory=dict)

    @property
    def gone_lines(self) -> list[ManifestLine]:
        """All that is gone from OneDrive and still here, also in places where other files belong now."""
        return [*(self.gone or ()), *self.succeeded]

    @property
    def chosen(self) -> int:
        """How many files are wanted by choice, here or not."""
        return self.listed - self.left_out.total()

    @property
    def chosen_bytes(self) -> int:
        """Their bytes as listed."""
        return self.listed_bytes - self.left_out_bytes

    def by_folder(self) -> Iterator[list[WantedFile]]:
        """The wanted files, a folder at a time, in the order of the list."""
        folders: dict[tuple[str, str], list[WantedFile]] = {}
        for row in self.wanted:
            folders.setdefault((row.drive_id, row.parent_id), []).append(row)
        yield from folders.values()


def choose_action(item: DriveItem, local: LocalFile | None, recorded: ManifestLine | None, place: str) -> Action:
    """What to do for a file whose place is `place`, where `local` stands now (None: nothing)."""
    if item.kind is not Kind.FILE or item.has_malware:
        return Action.REFUSE
    same = recorded is not None and is_same_content(item, recorded)
    if local is None:
        return Action.MOVE if same and recorded and recorded.local_path != place else Action.FETCH
    if not local.is_file:
        return Action.FETCH
    if recorded is not None and recorded.local_path == place:
        if is_untouched(local, recorded):
            return Action.SKIP if same else Action.FETCH
        if recorded.is_damaged and not lists_hash(item):
            return Action.FETCH  # size and time would speak for it, and must not
        if same and local.size_bytes == recorded.size_bytes:
            return Action.ADOPT
    return Action.ADOPT if local.size_bytes == item.size else Action.FETCH


_HERE, _MOVED, _WANTED = range(3)


class _Member(NamedTuple):
    """One of several files with the same content; `row` is None for what is here and stays."""

    state: int
    file: Original
    modified: str
    created: str
    row: WantedFile | None


class TwinFinder:
    """Hears of each item that is sorted in; finds the twins among the wanted ones at the end."""

    def __init__(self, manifest: Manifest, duplicates: Duplicates) -> None:
        self._manifest = manifest
        self._duplicates = duplicates
        self._members: dict[tuple[str, str, int], list[_Member]] = {}
        self._copies: list[Twin] = []

    def add_here(self, item: DriveItem) -> None:
        """A file that is here and unchanged."""
        if not self._is_put_back(item):
            self._add(item, _HERE, None)

    def add_moved(self, item: DriveItem, row: WantedFile) -> None:
        """A file that is here, in another place."""
        if not self._is_put_back(item):
            self._add(item, _MOVED, row)

    def add_wanted(self, item: DriveItem, row: WantedFile) -> None:
        """A file that is to be fetched, or compared."""
        if self._duplicates is not Duplicates.ALL:
            self._add(item, _WANTED, row)
        elif named := self._manifest.find_duplicate(item.drive_id, item.id):
            self._add_named(item, row, named.duplicate_of)

    def take_out_of(self, plan: DownloadPlan, look: Look) -> None:
        """Take the twins out of what is wanted, and put them into the plan as such."""
        plan.twins += self._copies
        for (_, quick_xor_hash, _), members in self._members.items():
            if len(members) > 1:
                original, *others = sorted(members, key=lambda member: (member.state, member.file.path))
                for state, file, modified, created, row in others:
                    if state == _WANTED and row is not None:
                        row.etag = file.etag
                        way = self._way(row, look)
                        plan.twins.append(Twin(row, way, original.file, quick_xor_hash, modified, created))
        twins = {twin.row.identity for twin in plan.twins}
        if twins:
            plan.wanted[:] = [row for row in plan.wanted if row.identity not in twins]

    def _add(self, item: DriveItem, state: int, row: WantedFile | None) -> None:
        quick_xor_hash = listed_quick_xor(item)
        if quick_xor_hash and item.size and self._duplicates is not Duplicates.ALL:
            file = Original(item.id, item.path, item.ctag, item.etag)
            member = _Member(state, file, item.client_modified, item.client_created, row)
            self._members.setdefault((item.drive_id, quick_xor_hash, item.size), []).append(member)

    def _is_put_back(self, item: DriveItem) -> bool:
        """Whether its bytes here are not those that OneDrive has."""
        recorded = self._manifest.find(item.drive_id, item.id)
        return recorded is not None and recorded.verified == PUT_BACK

    def _add_named(self, item: DriveItem, row: WantedFile, original_id: str) -> None:
        """A file that was only named so far, and is wanted now: what is here of its content need not come again."""
        known = self._manifest.find(item.drive_id, original_id)
        if known and listed_quick_xor(item) == known.quick_xor_hash and item.size == known.size_bytes:
            row.etag = item.etag
            times = item.client_modified, item.client_created
            self._copies.append(
                Twin(row, TwinWay.COPY, Original(original_id, known.path), known.quick_xor_hash, *times)
            )

    def _way(self, row: WantedFile, look: Look) -> TwinWay:
        if self._duplicates is Duplicates.LINK:
            return TwinWay.LINK
        recorded = self._manifest.find(*row.identity)
        # A file that came once is kept up to date, and not left standing as an older version.
        return TwinWay.COPY if recorded and look(recorded.local_path) is not None else TwinWay.NAME


# Hears of an item for which nothing is to be done: 'there' and its place, or 'left_out' by choice, and why.
TellSkipped = Callable[[DriveItem, str, str, str], None]


def make_plan(
    items: Iterable[DriveItem],
    manifest: Manifest,
    paths: LocalPaths,
    look: Look,
    *,
    request: DownloadRequest | None = None,
    filing: Filing | None = None,
    covers: Callable[[str, str], bool] | None = None,
    tell_skipped: TellSkipped | None = None,
) -> DownloadPlan:
    """Sort the items of the list by what is to be done; `look`: what stands in a place, `filing`: where files belong.

    `covers` says for a drive id and a path whether the list would name a file there; None: that is not known, and
    nothing is taken for deleted. `tell_skipped` hears of each item for which nothing is to be done.
    """
    request = request or DownloadRequest()
    maker = _PlanMaker(manifest, paths, look, request, filing or Filing(request.selection), tell_skipped)
    seen = maker.sort_in(items)
    maker.give_places()
    plan = maker.plan
    maker.twins.take_out_of(plan, look)
    if covers is not None:
        plan.gone = []
        for recorded in manifest.entries():
            is_listed = recorded.id in seen.get(recorded.drive_id, ())
            if is_listed or not covers(recorded.drive_id, recorded.path) or is_kept_earlier(recorded):
                continue
            standing = look(recorded.local_path)
            if paths.is_given(recorded.local_path):
                plan.succeeded += [recorded] if is_untouched(standing, recorded) else []
            elif standing is not None:
                plan.gone.append(recorded)
        _find_successors(plan, paths)
    return plan


def _find_successors(plan: DownloadPlan, paths: LocalPaths) -> None:
    """Which wanted files are to stand where one that is gone stands now."""
    standing = {paths.rules.key(recorded.local_path): recorded for recorded in plan.succeeded}
    for row in [*plan.wanted, *(twin.row for twin in plan.twins)] if standing else ():
        if recorded := standing.get(paths.rules.key(row.place)):
            plan.successors[row.identity] = recorded
            plan.at_risk.add(row.identity)


class _PlanMaker:
    """The plan as it grows."""

    def __init__(
        self,
        manifest: Manifest,
        paths: LocalPaths,
        look: Look,
        request: DownloadRequest,
        filing: Filing,
        tell_skipped: TellSkipped | None,
    ) -> None:
        self.plan = DownloadPlan()
        self.twins = TwinFinder(manifest, request.selection.duplicates)
        self._manifest = manifest
        self._paths = paths
        self._look = look
        self._request = request
        self._chooser = request.chooser()
        self._filing = filing
        self._tell_skipped = tell_skipped

    def sort_in(self, items: Iterable[DriveItem]) -> dict[str, set[str]]:
        """Sort in all items, each once; the ids that were seen, by drive."""
        plan = self.plan
        seen: dict[str, set[str]] = {}
        for filed in self._filing.file(items):
            item = filed.item
            ids = seen.setdefault(item.drive_id, set())
            if item.id not in ids:
                ids.add(item.id)
                plan.listed_in[item.parent_id] = plan.listed_in.get(item.parent_id, 0) + 1
                plan.listed += 1
                plan.listed_bytes += item.size or 0
                if self._is_wanted(item):
                    self._sort_in(filed)
        return seen

    def give_places(self) -> None:
        """Places for those that have none yet, in the order of ids, so that the list's order does not matter."""
        plan = self.plan
        self._leave_to_others()
        rows = sorted([*plan.moved, *plan.wanted], key=lambda row: (row.into, row.kin, row.id))
        for row in rows:
            # Where it was before in this layout, if nobody has that place now: so a layout is found back to exactly.
            earlier = "" if row.place else self._manifest.earlier_place(*row.identity, row.path, row.layout)
            if earlier and self._paths.keep(row.into, earlier, row.id, named=row.named, kin=row.kin):
                row.place = earlier
        placeless = (row for row in rows if not row.place)
        for (into, kin), group in groupby(placeless, key=lambda row: (row.into, row.kin)):
            together = list(group)
            places = self._paths.choose_together(into, [(row.named or row.name, row.id) for row in together], kin)
            for row, place in zip(together, places, strict=True):
                row.place = place
        for row in plan.moved:
            recorded = self._manifest.find(*row.identity)
            if recorded and recorded.path == row.path and recorded.local_path != row.place:
                plan.relaid.add(row.identity)

    def _leave_to_others(self) -> None:
        """What stands in another file's place is not moved, even if by chance it has the size and time of ours."""
        plan = self.plan
        plan.outdated[:] = [row for row in plan.outdated if not self._is_anothers(row)]
        lost = {row.identity for row in plan.moved if not row.place and self._is_anothers(row)}
        if lost:
            plan.wanted += [row for row in plan.moved if row.identity in lost]
            plan.moved[:] = [row for row in plan.moved if row.identity not in lost]

    def _is_anothers(self, row: WantedFile) -> bool:
        recorded = self._manifest.find(*row.identity)
        return recorded is not None and self._paths.is_given_to_file(recorded.local_path)

    def _is_wanted(self, item: DriveItem) -> bool:
        """False for what is left out by choice, or not to be tried again: its recorded place stays its own."""
        is_asked_for = self._request.only is None or item.id in self._request.only
        why = self._chooser.why_not(item) if self._chooser and is_asked_for else None
        if self._request.only is not None and is_asked_for:
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

    def _sort_in(self, filed: FiledItem) -> None:
        plan, item = self.plan, filed.item
        recorded = self._manifest.find(item.drive_id, item.id)
        place, layout = self._recorded_place(filed, recorded) if recorded else ("", filed.word)
        folder, name = split_path(item.path, item.name)
        # Without a recorded place nothing is looked up yet: which place is free is known at the end of the list.
        action = choose_action(item, self._look(place) if place else None, recorded, place)
        if action is Action.REFUSE:
            why = "OneDrive found malware in it" if item.has_malware else "it is not a file"
            plan.unavailable.append(FailedItem(item.path, item.id, why))
            plan.settled.add(item.id)
            return
        if action is Action.SKIP and recorded and recorded.path == item.path:
            plan.there += 1
            plan.there_bytes += recorded.size_bytes if item.size is None else item.size
            self.twins.add_here(item)
            if self._tell_skipped:
                self._tell_skipped(item, "there", recorded.local_path, "here already")
            if self._request.only is not None:
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
            into=sys.intern(filed.into),
            place=place,
            layout=layout,
            named=filed.pattern_name,
            kin=filed.kin,
        )
        self._sort_in_row(item, row, recorded, action)

    def _sort_in_row(self, item: DriveItem, row: WantedFile, recorded: ManifestLine | None, action: Action) -> None:
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
            standing = self._look(recorded.local_path) if recorded else None
            if recorded and standing is None:
                plan.lost.append(recorded)
            if recorded and standing and standing.is_file:
                plan.at_risk.add(row.identity)
                if has_new_content(item, recorded):
                    plan.replacing[row.identity] = Replacement(item.path, item.modified or item.client_modified)
            self.twins.add_wanted(item, row)

    def _recorded_place(self, filed: FiledItem, recorded: ManifestLine) -> tuple[str, str]:
        """The place that a file is recorded in, if it is still right, and its layout; no place when it is not."""
        item, place = filed.item, recorded.local_path
        if filed.is_as_recorded(recorded) and self._paths.keep(
            filed.into, place, item.id, named=filed.pattern_name, kin=filed.kin
        ):
            return place, filed.word
        if self._request.leaves_places and recorded.path == item.path and self._look(place) is not None:
            return (place, recorded.layout) if self._paths.hold(place, item.id) else ("", filed.word)
        return "", filed.word
