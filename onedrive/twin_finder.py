"""TwinFinder: which files of a list have the same content as another one, by hash and size, and which is the original.

    the content is here ─► the file that is here is the original, the first by path if there are several
    it is to come       ─► the first by path is fetched, the others are its twins

What is here already stays as it is: two copies are never made one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onedrive.download_plan import DownloadPlan, LocalFile, Twin, TwinWay, WantedFile
from onedrive.drive_item import DriveItem
from onedrive.manifest import Manifest
from onedrive.selection import Duplicates

_HERE, _MOVED, _WANTED = range(3)


@dataclass(frozen=True, slots=True)
class _Member:
    """One of several files with the same content; `row` is None for what is here and stays."""

    state: int
    path: str
    id: str
    ctag: str
    etag: str
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
        if self._duplicates is not Duplicates.ALL:
            self._add(item, _HERE, None)

    def add_moved(self, item: DriveItem, row: WantedFile) -> None:
        """A file that is here, in another place."""
        if self._duplicates is not Duplicates.ALL:
            self._add(item, _MOVED, row)

    def add_wanted(self, item: DriveItem, row: WantedFile) -> None:
        """A file that is to be fetched, or compared."""
        if self._duplicates is not Duplicates.ALL:
            self._add(item, _WANTED, row)
        elif named := self._manifest.find_duplicate(item.drive_id, item.id):
            self._add_named(item, row, named.duplicate_of)

    def take_out_of(self, plan: DownloadPlan, look: Callable[[str], LocalFile | None]) -> None:
        """Take the twins out of what is wanted, and put them into the plan as such."""
        plan.twins += self._copies
        for (_, quick_xor_hash, _), members in self._members.items():
            if len(members) > 1:
                original, *others = sorted(members, key=lambda member: (member.state, member.path))
                for other in others:
                    if other.state == _WANTED and other.row is not None:
                        plan.twins.append(self._twin(other, other.row, original, quick_xor_hash, look))
        twins = {(twin.row.drive_id, twin.row.id) for twin in plan.twins}
        if twins:
            plan.wanted[:] = [row for row in plan.wanted if (row.drive_id, row.id) not in twins]

    def _add(self, item: DriveItem, state: int, row: WantedFile | None) -> None:
        if item.quick_xor_hash and item.size:
            member = _Member(
                state, item.path, item.id, item.ctag, item.etag, item.client_modified, item.client_created, row
            )
            self._members.setdefault((item.drive_id, item.quick_xor_hash, item.size), []).append(member)

    def _add_named(self, item: DriveItem, row: WantedFile, original_id: str) -> None:
        """A file that was only named so far, and is wanted now: what is here of its content need not come again."""
        original = self._manifest.find(item.drive_id, original_id)
        if original and item.quick_xor_hash == original.quick_xor_hash and item.size == original.size_bytes:
            row.etag = item.etag
            self._copies.append(
                Twin(
                    row=row,
                    way=TwinWay.COPY,
                    original_id=original_id,
                    original_path=original.path,
                    original_ctag="",
                    original_etag="",
                    quick_xor_hash=original.quick_xor_hash,
                    modified=item.client_modified,
                    created=item.client_created,
                )
            )

    def _twin(
        self,
        member: _Member,
        row: WantedFile,
        original: _Member,
        quick_xor_hash: str,
        look: Callable[[str], LocalFile | None],
    ) -> Twin:
        row.etag = member.etag
        return Twin(
            row=row,
            way=self._way(row, look),
            original_id=original.id,
            original_path=original.path,
            original_ctag=original.ctag,
            original_etag=original.etag,
            quick_xor_hash=quick_xor_hash,
            modified=member.modified,
            created=member.created,
        )

    def _way(self, row: WantedFile, look: Callable[[str], LocalFile | None]) -> TwinWay:
        if self._duplicates is Duplicates.LINK:
            return TwinWay.LINK
        recorded = self._manifest.find(row.drive_id, row.id)
        # A file that came once is kept up to date, and not left standing as an older version.
        return TwinWay.COPY if recorded and look(recorded.local_path) is not None else TwinWay.NAME
