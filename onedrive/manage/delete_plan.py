"""What may be deleted on OneDrive, decided from the disk alone: chosen, proven no longer than a day ago, still here.

    the list ─► chosen? ─► proven, and when? ─► is the file here as it was then? ─► to be deleted, or kept and why

`delete.py` shows it. In the moment of deleting the file is read once more (`LocalLook.why_not_proven`), and OneDrive is
asked again (`deletions.py`).
"""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from onedrive.errors import StepNeeded, os_reason
from onedrive.graph.drive import is_same_drive
from onedrive.graph.item import DriveItem
from onedrive.graph.traits import day_of
from onedrive.home.files import is_plain_file
from onedrive.home.lists import ListState
from onedrive.home.verification import CopyState, ItemClass, VerificationFacts, VerifiedItem
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import digest_file
from onedrive.local.inside import Inside
from onedrive.local.live_photos import STILL, film_of, read_mark
from onedrive.local.marker import find_synced
from onedrive.local.proof import quick_xor_agrees
from onedrive.manage.deletions import CHANGED, FileDeletion
from onedrive.manage.writes import Kept
from onedrive.words import format_count, join_words, plural

_GRAIN_NS = 2_000_000_000  # FAT keeps every other second, and the verification names whole ones
MOST_AGE = timedelta(hours=24)
TOUCHED = "the file here has changed since it was proven"
_AHEAD = timedelta(minutes=5)  # a clock that was set back meanwhile
SYNCED = "OneDrive's own app keeps its folder here in step, and would delete it here too"
NO_FILM = (
    "it is the still of a Live Photo, and its film is not here: OneDrive gives that to no program, and would delete "
    "it too"
)
WHY_NOT = {
    ItemClass.SAME_SIZE: "OneDrive lists no checksum that could prove it",
    ItemClass.BY_DESIGN: "OneDrive gives out other bytes than it lists, so it cannot be proven",
    ItemClass.AS_SENT: "OneDrive lists another size and checksum than it gives out, so it cannot be proven",
    ItemClass.LIVE_STILL: NO_FILM,
    ItemClass.TRUSTED: "it was not read in the last verification",
    ItemClass.PUT_BACK: "here is an earlier content, which you put back",
    ItemClass.CHANGED: "it has changed on OneDrive since it was downloaded",
    ItemClass.DAMAGED: "the file here is damaged",
    ItemClass.MISSING: "it is not here",
    ItemClass.LEFT_OUT: "your choice leaves it out, so it is not proven here",
    ItemClass.UNAVAILABLE: "it cannot be downloaded",
    ItemClass.ONLY_HERE: "it is no longer on OneDrive",
    ItemClass.ELSEWHERE: "it is not here, and the verification does not say where",
    ItemClass.AWAY: "it is in a known folder that could not be read",
}


@dataclass
class DeletePlan:
    """What is to be deleted, and what is not and why."""

    deletions: list[FileDeletion] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


def check_verification(facts: VerificationFacts | None, state: ListState, downloads: Path, now: datetime) -> None:
    """See that option 6 has looked at all of these files, here, within a day. Raises StepNeeded."""
    why = ""
    if facts is None:
        why = "Nothing has been verified yet"
    elif not is_same_drive(facts, state):
        why = "The last verification was of another account"
    elif Path(facts.downloads) != downloads:
        why = f"The last verification was of another folder ({facts.downloads})"
    elif not facts.is_whole:
        why = "The last verification did not look at every file"
    elif not facts.on_whole_list:
        why = "The last verification was not against a whole listing of your OneDrive"
    elif not _is_recent(facts.when, now):
        why = "The last verification is more than a day old"
    if why:
        raise StepNeeded(6, f"{why}, and only what is proven to be here may be deleted on OneDrive.")


def plan_deletion(
    items: Iterable[DriveItem],
    verified: Iterable[VerifiedItem],
    look: LocalLook,
    *,
    drive_id: str,
    now: datetime,
) -> DeletePlan:
    """Sort the chosen files into what may be deleted and what may not."""
    proofs = {(proof.drive_id, proof.id): proof for proof in verified}
    plan = DeletePlan()
    for item in items:
        proof = proofs.get((item.drive_id, item.id))
        why = why_not(item, proof, drive_id, now) or (look.why_not_here(proof) if proof else None)
        if why or proof is None:
            plan.kept.append(Kept(item.path, why or ""))
        else:
            plan.deletions.append(
                FileDeletion(item.id, item.drive_id, item.path, item.parent_id, day_of(item)[0], proof)
            )
    return plan


def why_not(item: DriveItem, proof: VerifiedItem | None, drive_id: str, now: datetime) -> str | None:
    """Why a file may not be deleted, by what was proven of it; None: by that it may."""
    if item.drive_id != drive_id:
        return "it is on somebody else's drive"
    if proof is None:
        return "it is new since the last verification"
    is_elsewhere = proof.item_class is ItemClass.ELSEWHERE and bool(proof.elsewhere)
    if proof.item_class is not ItemClass.PROVEN and not is_elsewhere:
        return WHY_NOT[proof.item_class]
    if not _is_recent(proof.when, now):
        return "it was proven more than a day ago"
    if not proof.hash or not proof.etag or not (proof.local_path or is_elsewhere):
        return "the last verification does not say enough about it"
    return CHANGED if item.etag != proof.etag else None


def _is_recent(when: str, now: datetime) -> bool:
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return -_AHEAD <= now - moment <= MOST_AGE


class LocalLook:
    """Whether the files below `downloads` are still as they were when they were proven.

    `needed`: in so many places each must be proven; the others are `copies`, in the order of the verification.
    """

    def __init__(
        self,
        downloads: Path,
        *,
        copies: Sequence[str] = (),
        needed: int = 1,
        has_change_times: bool = os.name == "posix",
    ) -> None:
        self._copies = copies
        self._needed = needed
        self._folder = DownloadFolder(downloads)
        self._has_change_times = has_change_times
        self._inside = Inside(downloads)
        self._inside.know()
        self._synced: dict[Path, bool] = {}
        self._read: dict[str, dict[Path, tuple[int, ...] | None]] = {}  # what each file was like when it was read

    def why_touched(self, proof: VerifiedItem) -> str | None:
        """Whether something happened to a file since `why_not_proven` read it, at a glance; None: nothing did."""
        read = self._read.get(proof.id, {})
        is_same = bool(read) and all(_fingerprint(path) == was for path, was in read.items())
        return self.why_not_here(proof) or (None if is_same else TOUCHED)

    def why_not_here(self, proof: VerifiedItem) -> str | None:
        """What is wrong by the looks of it, with the local copy or with the number of copies; None: nothing."""
        states = dict(zip(self._copies, proof.copies, strict=False))
        proven = 1 + sum(state is CopyState.PROVEN for state in states.values())
        if proven < self._needed:
            others = [f"{state.value} in {folder}" for folder, state in states.items() if state is not CopyState.PROVEN]
            where = f": {join_words(others)}" if others else ""
            return f"it is proven in {plural('place', proven)}, not in {format_count(self._needed)}{where}"
        return self.why_changed(proof)

    def why_changed(self, proof: VerifiedItem) -> str | None:
        """What is wrong with the local copy, in words; None: it is as it was."""
        if self._is_synced(self._place(proof).parent):
            return SYNCED
        if proof.item_class is ItemClass.ELSEWHERE:
            path = Path(proof.elsewhere)
            was = _fingerprint(path)
            is_as_it_was = was is not None and is_plain_file(path) and was[2] == proof.size_bytes
            return None if is_as_it_was else f"{path} is not as it was proven, or not connected"
        if self._inside.leads_out(proof.local_path.rpartition("/")[0]):
            return "a link leads out of the downloads folder to it"
        try:
            status = os.lstat(self._folder.path(proof.local_path))
        except (OSError, ValueError):
            return "the file here is gone since it was proven"
        if not stat.S_ISREG(status.st_mode) or status.st_size != proof.size_bytes or self._is_younger(status, proof):
            return TOUCHED
        return None

    def why_not_proven(self, proof: VerifiedItem) -> str | None:
        """The same, and the file is read once more, in as many places as it must be proven in.

        verification.json may have been edited, or be nearly a day old.
        """
        path = self._place(proof)
        self._read[proof.id] = {path: _fingerprint(path)}
        try:
            if why := self.why_changed(proof):
                return why
            digest, mark = digest_file(path, _go_on, with_sha256=True), read_mark(path)
        except OSError as error:
            return f"{_named(proof)} cannot be read: {os_reason(error)}"
        if not quick_xor_agrees(proof.hash, digest):
            return f"{_named(proof)} does not have the bytes that OneDrive lists"
        if proof.sha256 and proof.sha256 != digest.sha256:
            return f"{_named(proof)} does not have the bytes that were proven"
        if mark.startswith(STILL) and not self._has_film(proof, mark):
            return NO_FILM
        return self.why_not_here(proof) or self._why_not_in_copies(proof) or self.why_touched(proof)

    def _why_not_in_copies(self, proof: VerifiedItem) -> str | None:
        """What is wrong with the copies that are needed; the same file by two names is one place."""
        if self._needed == 1:
            return None
        why = "it is not proven in enough places"
        seen = [self._place(proof)]
        for folder, state in zip(self._copies, proof.copies, strict=False):
            if state is not CopyState.PROVEN:
                continue
            path = Path(folder, proof.local_path)
            before = _fingerprint(path)
            if wrong := _why_no_copy(path, proof, seen):
                why = f"the copy in {folder} {wrong} (4 --also mends it after 6 --also)"
            else:
                self._read[proof.id][path] = before
                seen.append(path)
            if len(seen) == self._needed:
                return None
        return why

    def _place(self, proof: VerifiedItem) -> Path:
        is_elsewhere = proof.item_class is ItemClass.ELSEWHERE
        return Path(proof.elsewhere) if is_elsewhere else self._folder.path(proof.local_path)

    def why_not_equal(self, proof: VerifiedItem, other: VerifiedItem) -> str | None:
        """Whether two files here are equal byte for byte, whatever their hashes say; None: they are."""
        one, two = self._folder.path(proof.local_path), self._folder.path(other.local_path)
        try:
            if self.why_changed(other):
                return "the equal file that was to stay is no longer here, or has changed here"
            is_equal = one.samefile(two) or filecmp.cmp(one, two, shallow=False)
        except OSError as error:
            return f"the equal file here cannot be read: {os_reason(error)}"
        return None if is_equal else "its bytes here are not those of the file that was to stay"

    def _has_film(self, proof: VerifiedItem, mark: str) -> bool:
        """Whether the film that was proven to be a still's own stands where it stood, and nothing happened to it."""
        if not proof.film or self._inside.leads_out(proof.film.rpartition("/")[0]):
            return False
        path = self._folder.path(proof.film)
        self._read[proof.id][path] = _fingerprint(path)
        try:
            is_as_it_was = not self._is_younger(os.lstat(path), replace(proof, modified_ns=0))
            return is_as_it_was and read_mark(path) == film_of(mark) != ""
        except OSError:
            return False

    def _is_younger(self, status: os.stat_result, proof: VerifiedItem) -> bool:
        """True when something was done to the file after it was read; its own time can be set back, the other not."""
        proven_ns = int(datetime.fromisoformat(proof.when).timestamp() * 1e9) + _GRAIN_NS
        if self._has_change_times and status.st_ctime_ns > proven_ns:
            return True
        if proof.modified_ns:
            return status.st_mtime_ns != proof.modified_ns
        return status.st_mtime_ns > proven_ns

    def _is_synced(self, folder: Path) -> bool:
        known = self._synced.get(folder)
        if known is None:
            known = self._synced[folder] = bool(find_synced(folder, os.environ))
        return known


def _named(proof: VerifiedItem) -> str:
    return proof.elsewhere if proof.item_class is ItemClass.ELSEWHERE else "the file here"


def _fingerprint(path: Path) -> tuple[int, ...] | None:
    """What changes when a file is replaced or written to; None: it is not there."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    changed_ns = status.st_ctime_ns if os.name == "posix" else 0  # a tag editor sets size and time as they were
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, changed_ns)


def _why_no_copy(path: Path, proof: VerifiedItem, seen: Sequence[Path]) -> str | None:
    try:
        if not is_plain_file(path):
            return "is gone since it was proven"
        if any(path.samefile(other) for other in seen):
            return "is another name of the same file, and no copy"
        digest = digest_file(path, _go_on, with_sha256=True)
        is_proven = quick_xor_agrees(proof.hash, digest) and proof.sha256 in ("", digest.sha256)
    except OSError as error:
        return f"cannot be read: {os_reason(error)}"
    return None if is_proven else "does not have the bytes that OneDrive lists"


def _go_on() -> None:
    """Ctrl-C ends the reading by itself."""
