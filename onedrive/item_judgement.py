"""Is what stands here the file that OneDrive lists? One item, decided from what was listed, recorded, found and read.

the listed hash agrees ─► proven
as we left it          ─► by design, or the same size where no hash is listed; otherwise OneDrive has changed it since
neither                ─► damaged
"""

from __future__ import annotations

from onedrive.download_plan import CLOCK_GRAIN_SECONDS, is_same_content, is_untouched
from onedrive.drive_item import DriveItem
from onedrive.found_file import FoundFile
from onedrive.manifest import Recorded
from onedrive.manifest_line import DIFFERS_BY_DESIGN, VERIFIED_BY_REPEAT
from onedrive.proof import hash_agrees, may_differ_by_design
from onedrive.verification import ItemClass

Judgement = tuple[ItemClass, str]

MOVED = "it belongs into another place by now; option 4 moves it there"
NEVER_HERE = "it was never downloaded"
GONE = "it was downloaded and is not there any more"
NEWER = "OneDrive has a newer version; what is here is the one that was downloaded"
CHANGED_SILENTLY = "its bytes are not those that were downloaded, though size and time are: the disk may be failing"
CHANGED_HERE = "it was changed here after it was downloaded"
UNKNOWN_BYTES = "what is here is not what OneDrive lists, and nothing is recorded about it"
UNKNOWN_BY_DESIGN = (
    "nothing is recorded about it, and OneDrive sends other bytes than it lists of such a file: it must be fetched "
    "again to be sure"
)
BY_DESIGN = "OneDrive sends other bytes than it lists, twice the same; these are the ones"
BY_REPEAT = "OneDrive lists another length and no hash; the same bytes came twice, and these are the ones"
UNRECORDED_TRUST = "size and time are as listed; nothing is recorded about it"


def may_trust(size_bytes: int | None, modified: int | None, recorded: Recorded | None, found: FoundFile) -> bool:
    """True when size and time alone speak for a file: they are as we left it, or without a record as listed."""
    if recorded is not None:
        return is_untouched(found.local, recorded)
    return (
        found.size_bytes == size_bytes
        and modified is not None
        and abs(found.local.modified - modified) <= CLOCK_GRAIN_SECONDS
    )


def judge_missing(recorded: Recorded | None, found: FoundFile | None) -> Judgement:
    """Nothing stands in the place, or no file does."""
    if found is not None:
        return ItemClass.MISSING, f"{found.kind} stands in its place"
    return ItemClass.MISSING, GONE if recorded else NEVER_HERE


def judge_file(item: DriveItem, recorded: Recorded | None, found: FoundFile) -> Judgement:
    """A file stands in the place. A good one has a reason only where its class does not say all."""
    if found.error:
        return ItemClass.DAMAGED, f"it cannot be read here: {found.error}"
    if not found.is_read:
        return _judge_trusted(item, recorded)
    agrees = hash_agrees(item, found.digest)
    if agrees:
        return ItemClass.PROVEN, ""
    if recorded is None:
        return _judge_unrecorded(item, found, agrees=agrees)
    if (found.size_bytes, found.quick_xor) != (recorded.size_bytes, recorded.quick_xor):
        return ItemClass.DAMAGED, _what_happened(item, recorded, found)
    if not is_same_content(item, recorded):
        return ItemClass.CHANGED, NEWER
    if recorded.verified == DIFFERS_BY_DESIGN:
        return ItemClass.BY_DESIGN, BY_DESIGN
    if agrees is False:
        return ItemClass.CHANGED, NEWER
    return ItemClass.SAME_SIZE, BY_REPEAT if recorded.verified == VERIFIED_BY_REPEAT else ""


def _judge_trusted(item: DriveItem, recorded: Recorded | None) -> Judgement:
    if recorded is None:
        return ItemClass.TRUSTED, UNRECORDED_TRUST
    if not is_same_content(item, recorded):
        return ItemClass.CHANGED, NEWER
    return ItemClass.TRUSTED, ""


def _judge_unrecorded(item: DriveItem, found: FoundFile, *, agrees: bool | None) -> Judgement:
    if agrees is None and found.size_bytes == item.size:
        return ItemClass.SAME_SIZE, ""
    if agrees is False and may_differ_by_design(item, found.digest):
        return ItemClass.DAMAGED, UNKNOWN_BY_DESIGN
    return ItemClass.DAMAGED, UNKNOWN_BYTES


def _what_happened(item: DriveItem, recorded: Recorded, found: FoundFile) -> str:
    if found.size_bytes < recorded.size_bytes:
        reason = f"it has {found.size_bytes:,} bytes, and {recorded.size_bytes:,} were downloaded"
    elif is_untouched(found.local, recorded):
        reason = CHANGED_SILENTLY
    else:
        reason = CHANGED_HERE
    return reason if is_same_content(item, recorded) else f"{reason}; OneDrive has a newer version too"
