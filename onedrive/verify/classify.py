"""DriveAccount: every file of the drive in exactly one class, and whatever else is here.

Items are read from the list once more and judged one after the other, so that memory is flat. `verify_downloads.py`
writes them down as they pass; `judgement.py` decides about one file, `verdict.py` counts them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import chain

from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import Duplicates
from onedrive.errors import os_reason
from onedrive.graph.item import MALWARE_REASON, DriveItem, Kind
from onedrive.graph.traits import day_of, kind_of
from onedrive.home.files import time_of
from onedrive.home.lists import ListException
from onedrive.home.manifest import ManifestLine
from onedrive.home.verification import GOOD, KEPT_ONCE, ItemClass, VerifiedItem
from onedrive.listing.refresh import why_not_named
from onedrive.local.hashing import digest_file
from onedrive.local.live_photos import FILM, STILL, UNREADABLE_STILL, film_of, may_be_half, read_mark
from onedrive.local.proof import proven_by
from onedrive.verify.judgement import (
    LIVE_UNREADABLE,
    MOVED,
    FoundFile,
    Judgement,
    judge_elsewhere,
    judge_file,
    judge_missing,
)
from onedrive.verify.local_copy import LocalCopy
from onedrive.verify.strangers import recorded_of_gone, why_only_here
from onedrive.verify.verdict import VerificationTally

_MAY_BE_HALVES = frozenset({ItemClass.PROVEN, ItemClass.BY_DESIGN, ItemClass.AS_SENT})
HERE_TOO = "what is here of it is not what OneDrive has now"


class DriveAccount:
    """The account of one verification. `why_left_out` says of a file why it is not wanted, None: it is; `concerns` of
    the path of what is no file whether the choice may want something of it.

    `when` is the moment of the verification, ISO 8601 in UTC; what was read before a stop keeps its own.
    """

    def __init__(
        self,
        copy: LocalCopy,
        *,
        why_left_out: Callable[[DriveItem], str | None],
        concerns: Callable[[str], bool],
        when: str,
    ) -> None:
        self._copy = copy
        self._why_left_out = why_left_out
        self._concerns = concerns
        self._when = when
        self._state = copy.current.state
        self._exceptions = {entry.id: entry for entry in self._state.exceptions}
        not_listed = sum(not entry.by_nature for entry in self._state.exceptions)
        self.tally = VerificationTally(self._state.files, self._state.size_bytes, not_listed)

    def items(self) -> Iterator[VerifiedItem]:
        """Every item in its class, counted as it passes; to be gone through once."""
        named = set()
        for item in self._copy.current.files():
            self.tally.listed += 1
            self.tally.listed_bytes += item.size or 0
            named.add(item.id) if item.id in self._exceptions else None
            left_out = self._why_left_out(item)
            verified = self._judge(item, left_out)
            if verified.item_class is ItemClass.UNAVAILABLE and left_out is None:
                entry = ListException(item.path, item.id, verified.reason, by_nature=True)
                self.tally.unavailable.append(self._exceptions.get(item.id, entry))
            self.tally.add(verified)
            yield verified
        for other in chain(self._unavailable(named), self._only_here()):
            self.tally.add(other)
            yield other

    def _judge(self, item: DriveItem, left_out: str | None) -> VerifiedItem:
        recorded, found = self._copy.manifest.find(item.drive_id, item.id), self._copy.find(item)
        is_here = found is not None and found.is_file
        item_class, reason = self._judge_bytes(item, recorded, found) if found and is_here else (ItemClass.MISSING, "")
        film = ""
        if found and found.is_read and item_class in _MAY_BE_HALVES:
            item_class, reason, film = self._judge_still(item, recorded, found, (item_class, reason))
        if item_class in (*GOOD, ItemClass.PUT_BACK):
            is_misplaced = (item.drive_id, item.id) in self._copy.misplaced
            reason = reason or (MOVED if is_misplaced and not left_out else "")
        elif refusal := self._why_unavailable(item):
            item_class, reason = ItemClass.UNAVAILABLE, refusal
        elif left_out:  # 4 does not touch it, so there is nothing to mend
            item_class, reason = ItemClass.LEFT_OUT, f"{left_out}; {HERE_TOO}" if is_here else left_out
        elif is_here:
            pass
        elif elsewhere := self._copy.elsewhere.get((item.drive_id, item.id)):
            item_class, reason = judge_elsewhere(elsewhere)
            self.tally.trusted_elsewhere += not (elsewhere.is_away or elsewhere.was_read)
        else:
            item_class, reason = judge_missing(recorded, found)
            other = self._copy.here_as.get((item.drive_id, item.id))
            reason += f"; it seems to be here under another name: {other}" if other else ""
        if found:
            found.is_good = item_class in (*GOOD, ItemClass.PUT_BACK)
            if not found.is_read and recorded and found.quick_xor != recorded.quick_xor:
                found.sha256 = b""  # the remembered sum is of an earlier version
        day, _ = day_of(item)
        is_read = found is not None and found.is_read
        verified = VerifiedItem(
            id=item.id,
            drive_id=item.drive_id,
            path=item.path,
            local_path=self._copy.place(item),
            size_bytes=item.size or 0,
            etag=item.etag,
            ctag=item.ctag,
            hash=item.quick_xor_hash or "",
            item_class=item_class,
            when=_utc_text(found.read_at) if found and is_read and found.read_at else self._when,
            reason=reason,
            kind=kind_of(item).value,
            day=day.isoformat() if day else "",
            modified_ns=found.mtime_ns if found and is_read else 0,
            elsewhere=reason if item_class is ItemClass.ELSEWHERE else "",
        )
        if found is None or item_class is not ItemClass.PROVEN:
            return verified
        return replace(verified, sha256=found.sha256.hex(), proven_by=proven_by(item), film=film)

    def _judge_still(
        self, item: DriveItem, recorded: ManifestLine | None, found: FoundFile, judged: Judgement
    ) -> tuple[ItemClass, str, str]:
        """What is right all the same may lack its film: class, reason, and the place of the film that is here."""
        mark = self._mark(item, recorded, found)
        if not mark.startswith(STILL):
            return *judged, ""
        if mark == UNREADABLE_STILL:
            return (ItemClass.LIVE_STILL, LIVE_UNREADABLE, "") if judged[0] is ItemClass.PROVEN else (*judged, "")
        film = self._films.get(film_of(mark), "")
        return (*judged, film) if film else (ItemClass.LIVE_STILL, "", "")

    @cached_property
    def _films(self) -> dict[str, str]:
        """The places of films of Live Photos that are proven, by their marks; needed only where there is a still."""
        films: dict[str, str] = {}
        for item in self._copy.current.files():
            recorded, found = self._copy.manifest.find(item.drive_id, item.id), self._copy.find(item)
            if not (found and found.is_file and found.is_read and self._mark(item, recorded, found).startswith(FILM)):
                continue
            if self._judge_bytes(item, recorded, found)[0] is ItemClass.PROVEN:
                films[self._mark(item, recorded, found)] = self._copy.place(item)
        return films

    def _mark(self, item: DriveItem, recorded: ManifestLine | None, found: FoundFile) -> str:
        """As the manifest has it of these bytes, or, where it does not say, out of the file."""
        if recorded is not None and recorded.live is not None and recorded.quick_xor == found.quick_xor:
            return recorded.live
        with contextlib.suppress(OSError):
            return read_mark(self._copy.folder.path(self._copy.place(item))) if may_be_half(item) else ""
        return UNREADABLE_STILL

    def _judge_bytes(self, item: DriveItem, recorded: ManifestLine | None, found: FoundFile) -> Judgement:
        if found.is_read and not found.error and item.sha1 and not found.sha1:
            # What was read before a stop has no SHA-1.
            try:
                digest = digest_file(self._copy.folder.path(self._copy.place(item)), lambda: None, with_sha1=True)
            except OSError as error:
                found.error = os_reason(error)
            else:
                found.sha1 = bytes.fromhex(digest.sha1 or "")
        return judge_file(item, recorded, found)

    def _why_unavailable(self, item: DriveItem) -> str | None:
        """Why OneDrive never hands a listed file out; None: it does."""
        entry = self._exceptions.get(item.id)
        if entry is not None:
            return entry.reason
        if item.has_malware:
            return MALWARE_REASON
        return "it is not a file" if item.kind is not Kind.FILE else None

    def _unavailable(self, named: set[str]) -> Iterator[VerifiedItem]:
        """What is not in the list at all; `named` are ids that are."""
        for entry in self._state.exceptions:
            if entry.id not in named:
                if self._concerns(entry.path):
                    self.tally.unavailable.append(entry)
                yield VerifiedItem(
                    id=entry.id,
                    drive_id=self._state.drive_id,
                    path=entry.path,
                    item_class=ItemClass.UNAVAILABLE,
                    when=self._when,
                    reason=entry.reason,
                )

    def _only_here(self) -> Iterator[VerifiedItem]:
        gone = recorded_of_gone(self._copy.manifest, self._copy.has_seen)
        for place, file in sorted(self._copy.strangers.items()):
            recorded = gone.get(place)
            drive_id, item_id, path = (recorded.drive_id, recorded.id, recorded.path) if recorded else ("", "", "")
            # The list would name it, if OneDrive had it: not in folders that were not listed.
            if not self._state.covers(drive_id or self._state.drive_id, path or f"/{place}"):
                self.tally.not_covered += 1
                continue
            same = self._copy.content_of.get(place)
            yield VerifiedItem(
                id=item_id,
                drive_id=drive_id,
                path=path,
                local_path=place,
                size_bytes=file.size_bytes,
                item_class=ItemClass.ONLY_HERE,
                when=self._when,
                reason=f"it seems to be {same} under another name" if same else why_only_here(place, recorded),
            )


def _utc_text(seconds: int) -> str:
    return time_of(seconds).isoformat(timespec="seconds")


def why_left_out(request: DownloadRequest, copy: LocalCopy) -> Callable[[DriveItem], str | None]:
    """Says of a file why it is left out; None: it is not. To be asked when all has been read."""
    chooser, why_not = request.chooser(), why_not_named(copy.current.named)
    once = request.selection.duplicates is Duplicates.ONCE

    def why(item: DriveItem) -> str | None:
        chosen = why_not(item) or (chooser.why_not(item) if chooser else None)
        return chosen or (_kept_as(item, copy) if once else None)

    return why


def _kept_as(item: DriveItem, copy: LocalCopy) -> str | None:
    """Which file is kept for one whose content is the same; None: it is kept itself, or that one is not as it was."""
    twin = copy.manifest.find_duplicate(item.drive_id, item.id)
    kept = copy.manifest.find(twin.drive_id, twin.duplicate_of) if twin else None
    if kept is None or not copy.holds(kept.local_path, item):
        return None
    return f"{KEPT_ONCE}, as {kept.path}"
