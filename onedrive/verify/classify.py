"""DriveAccount: every file of the drive in exactly one class, and whatever else is here.

Items are read from the list once more and judged one after the other, so that memory is flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import Duplicates
from onedrive.graph.item import MALWARE_REASON, DriveItem, Kind
from onedrive.graph.traits import day_of, kind_of
from onedrive.home.lists import ListException
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.home.verification import GOOD, ItemClass, VerifiedItem
from onedrive.listing.refresh import CurrentList, why_not_named
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import digest_file
from onedrive.local.places import Filing
from onedrive.local.proof import hash_agrees
from onedrive.verify.inventory import recorded_of_gone, why_only_here
from onedrive.verify.judgement import MOVED, FoundFile, Judgement, judge_file, judge_missing
from onedrive.verify.reading import LocalReading
from onedrive.verify.verdict import VerificationTally

NOT_FETCHED = "left out by choice, so option 4 does not fetch it"


class DriveAccount:
    """The account of one verification. `why_left_out` says of a file why it is not wanted, None: it is.

    `when` is the moment of the verification, ISO 8601 in UTC; what was read before a stop keeps its own.
    """

    def __init__(
        self,
        current: CurrentList,
        reading: LocalReading,
        folder: DownloadFolder,
        manifest: Manifest,
        filing: Filing,
        *,
        why_left_out: Callable[[DriveItem], str | None],
        when: str,
    ) -> None:
        state = current.state
        not_listed = sum(not entry.by_nature for entry in state.exceptions)
        self.tally = VerificationTally(state.files, state.size_bytes, not_listed)
        self._current = current
        self._reading = reading
        self._folder = folder
        self._manifest = manifest
        self._filing = filing
        self._why_left_out = why_left_out
        self._when = when
        self._exceptions = {entry.id: entry for entry in current.state.exceptions}

    def items(self) -> Iterator[VerifiedItem]:
        """Every item in its class, counted as it passes; to be gone through once."""
        named = set()
        for item in self._current.files():
            self.tally.listed += 1
            self.tally.listed_bytes += item.size or 0
            named.add(item.id) if item.id in self._exceptions else None
            yield self._judge(item)
        for entry in self._current.state.exceptions:
            if entry.id not in named:
                yield self._count(self._unavailable(entry))
        yield from self._only_here()

    def _judge(self, item: DriveItem) -> VerifiedItem:
        inventory = self._reading.inventory
        recorded, found = inventory.recorded(item), inventory.find(item)
        is_here = found is not None and found.is_file
        left_out = self._why_left_out(item)
        item_class, reason = self._judge_file(item, recorded, found) if found and is_here else (ItemClass.MISSING, "")
        if item_class in GOOD:
            is_misplaced = recorded is not None and not self._filing.still_names(recorded, item)
            reason = reason or (MOVED if is_misplaced else "")
        elif refusal := self._why_unavailable(item):
            item_class, reason = ItemClass.UNAVAILABLE, refusal
        elif is_here:
            reason = f"{reason}; {NOT_FETCHED}" if left_out else reason
        elif left_out:
            item_class, reason = ItemClass.LEFT_OUT, left_out
        else:
            item_class, reason = self._judge_missing(item, recorded, found)
        if found:
            found.is_good = item_class in GOOD
            if not found.is_read and recorded and found.quick_xor != recorded.quick_xor:
                found.sha256 = b""  # the remembered sum is of an earlier version
        verified = self._verified(item, inventory.place(item), item_class, reason)
        if found and found.is_read:
            when = _utc_text(found.read_at) if found.read_at else self._when
            verified = replace(verified, modified_ns=found.mtime_ns, when=when)
        return self._count(verified, is_left_out=left_out is not None)

    def _judge_file(self, item: DriveItem, recorded: ManifestLine | None, found: FoundFile) -> Judgement:
        if found.is_read and not found.error and item.sha1 and not hash_agrees(item, found.digest):
            self._add_sha1(self._reading.inventory.place(item), found)
        return judge_file(item, recorded, found)

    def _add_sha1(self, place: str, found: FoundFile) -> None:
        """OneDrive lists a hash that was not computed with the others, and they alone prove nothing (§3.4)."""
        try:
            digest = digest_file(self._folder.path(place), _no_check, with_sha1=True)
        except OSError as error:
            found.error = (error.strerror or type(error).__name__).lower()
        else:
            found.sha1 = bytes.fromhex(digest.sha1 or "")

    def _judge_missing(self, item: DriveItem, recorded: ManifestLine | None, found: FoundFile | None) -> Judgement:
        item_class, reason = judge_missing(recorded, found)
        elsewhere = self._reading.here_as.get((item.drive_id, item.id))
        return item_class, f"{reason}; it seems to be here under another name: {elsewhere}" if elsewhere else reason

    def _why_unavailable(self, item: DriveItem) -> str | None:
        """Why OneDrive never hands a listed file out; None: it does."""
        entry = self._exceptions.get(item.id)
        if entry is not None:
            return entry.reason
        if item.has_malware:
            return MALWARE_REASON
        return "it is not a file" if item.kind is not Kind.FILE else None

    def _verified(self, item: DriveItem, place: str, item_class: ItemClass, reason: str) -> VerifiedItem:
        day, _ = day_of(item)
        return VerifiedItem(
            id=item.id,
            drive_id=item.drive_id,
            path=item.path,
            local_path=place,
            size_bytes=item.size or 0,
            etag=item.etag,
            ctag=item.ctag,
            hash=item.quick_xor_hash or "",
            item_class=item_class,
            when=self._when,
            reason=reason,
            kind=kind_of(item).value,
            day=day.isoformat() if day else "",
        )

    def _unavailable(self, entry: ListException) -> VerifiedItem:
        return self._without_item(
            entry.id, self._current.state.drive_id, entry.path, item_class=ItemClass.UNAVAILABLE, reason=entry.reason
        )

    def _only_here(self) -> Iterator[VerifiedItem]:
        gone = recorded_of_gone(self._manifest, self._reading.inventory.has_seen)
        for place, file in sorted(self._reading.strangers.items()):
            recorded = gone.get(place)
            drive_id, item_id, path = (recorded.drive_id, recorded.id, recorded.path) if recorded else ("", "", "")
            if not self._covers(drive_id, path, place):
                self.tally.not_covered += 1
                continue
            reason = why_only_here(place, recorded)
            if place in self._reading.content_of:
                reason = f"it seems to be {self._reading.content_of[place]} under another name"
            yield self._count(
                self._without_item(
                    item_id,
                    drive_id,
                    path,
                    item_class=ItemClass.ONLY_HERE,
                    reason=reason,
                    place=place,
                    size_bytes=file.size_bytes,
                )
            )

    def _covers(self, drive_id: str, path: str, place: str) -> bool:
        """Whether the list would name a file, if OneDrive had it: not in folders that were not listed."""
        state = self._current.state
        return state.covers(drive_id or state.drive_id, path or f"/{place}")

    def _without_item(
        self,
        item_id: str,
        drive_id: str,
        path: str,
        *,
        item_class: ItemClass,
        reason: str,
        place: str = "",
        size_bytes: int = 0,
    ) -> VerifiedItem:
        return VerifiedItem(
            id=item_id,
            drive_id=drive_id,
            path=path,
            local_path=place,
            size_bytes=size_bytes,
            etag="",
            ctag="",
            hash="",
            item_class=item_class,
            when=self._when,
            reason=reason,
        )

    def _count(self, item: VerifiedItem, *, is_left_out: bool = False) -> VerifiedItem:
        self.tally.add(item, is_left_out=is_left_out)
        return item


def _utc_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _no_check() -> None:
    """Few files need it."""


def why_left_out(
    request: DownloadRequest, named: frozenset[tuple[str, str]] | None, manifest: Manifest, reading: LocalReading
) -> Callable[[DriveItem], str | None]:
    """Says of a file why it is left out; None: it is not. To be asked when all has been read.

    `named` is what an edited list names, None: nobody edited it.
    """
    chooser, why_not = request.chooser(), why_not_named(named)
    once = request.selection.duplicates is Duplicates.ONCE

    def why(item: DriveItem) -> str | None:
        chosen = why_not(item) or (chooser.why_not(item) if chooser else None)
        return chosen or (_kept_as(item, manifest, reading) if once else None)

    return why


def _kept_as(item: DriveItem, manifest: Manifest, reading: LocalReading) -> str | None:
    """Which file is kept for one whose content is the same; None: it is kept itself, or that one is not as it was."""
    twin = manifest.find_duplicate(item.drive_id, item.id)
    kept = manifest.find(twin.drive_id, twin.duplicate_of) if twin else None
    if kept is None or not reading.holds(kept.local_path, item):
        return None
    return f"the same content is kept once, as {kept.path}"
