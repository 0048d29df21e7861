"""JPEG twins (`--jpeg-twins`): of each HEIC and RAW picture a JPEG that OneDrive makes, in a folder of their own.

pictures that are here ─► whose twin is not of this content ─► asked for (one request each) ─► fetched, looked at, put

`JPEG twins/Pictures/2023/IMG_1.HEIC.jpg` is the twin of `Pictures/2023/IMG_1.HEIC`: it is as large as the picture, has
its time, and goes where it goes. A twin stays as long as its picture is here; nothing proves it, for it is no file of
OneDrive's.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

from onedrive.companions.asking import other_drive
from onedrive.companions.fetching import JPEG, NO_PICTURE, fetch_made
from onedrive.companions.keeper import CompanionTask, FileHere
from onedrive.companions.record import CompanionKind
from onedrive.errors import (
    ConnectionLost,
    FileHostFailed,
    FileRefused,
    ItemFailed,
    ItemGone,
    NotPlaceable,
    ServiceRefused,
    ServiceUnusable,
    as_reason,
)
from onedrive.graph.batch import is_gone, item_address
from onedrive.graph.item import DriveItem
from onedrive.home.failed import FailedItem
from onedrive.home.files import disk_errors, forget_file, make_private_folder, open_own, write_whole
from onedrive.local.places import TWINS_FOLDER, TWINS_NOTE
from onedrive.terminal.progress import SERVICE
from onedrive.transfer.partial import SUFFIX, partial_name
from onedrive.transfer.queue import DownloadQueue
from onedrive.words import plural, printable

# Of the pictures that few programs show, those that OneDrive makes a JPEG of (driveitem-get-content-format).
_ENDINGS = frozenset("heic heif arw cr2 crw dng erf mef mrw nef nrw orf pef raw rw1 rw2 sr2".split())  # noqa: SIM905
_LONGEST_SIDE = 9999  # pixels; a picture is never made larger than it is
_USUAL_SIDE = 4096  # where OneDrive does not say how large it is
_MOST_BYTES = 200_000_000
_MOST_LOST_IN_A_ROW = 5
_NEVER = frozenset({406, 415, 501})
_NOTE = """\
These pictures were made by OneDrive, out of those in the folder above that few programs can show (HEIC, RAW).
They are copies of a lower quality. The originals are not here: keep those.
Nobody checks these files, and SHA256SUMS does not name them. You may delete this whole folder;
option 4 makes it again as long as --jpeg-twins (or option 5) asks for it.
"""


def twin_place(place: str) -> str:
    """Where the twin of the file in a place is."""
    return f"{TWINS_FOLDER}/{place}.jpg"


@dataclass(frozen=True, slots=True)
class _Twin:
    """A twin that is to be made."""

    item_id: str
    drive_id: str  # '' for the person's own
    path: str
    owner: str
    place: str
    side: int
    source: str
    modified: int

    @property
    def address(self) -> str:
        """Where Graph answers with the address of the JPEG."""
        # The longer side for both: nobody says whether a picture that stands upright is listed as it is shown.
        return f"{item_address(self.item_id, self.drive_id)}/content?format=jpg&width={self.side}&height={self.side}"

    def failed(self, reason: str) -> FailedItem:
        """That there is none."""
        return FailedItem(path=self.path, id=self.item_id, reason=f"no JPEG twin: {reason}")


def make_jpeg_twins(task: CompanionTask) -> None:
    """Make those that are not here, or are of another content. Raises DiskFull, SignInNeeded, Stopped."""

    def is_needed(twin: _Twin) -> bool:
        return task.keeper.needs(CompanionKind.JPEG, twin.owner, twin.place, twin.source)

    twins = [twin for here in task.files() if (twin := _twin_of(here, task.drive_id)) and is_needed(twin)]
    try:
        if twins or any(line.kind is CompanionKind.JPEG for line in task.keeper.record.entries()):
            _write_note(task)
    except NotPlaceable as error:
        task.failed += [twin.failed(as_reason(error)) for twin in twins]
        return
    if not twins:
        return
    task.progress.update("JPEG twins", waits_for=SERVICE)
    task.progress.set_total(files=len(twins), size_bytes=0)
    maker = _TwinMaker(task)
    turns = maker.transfer.connections
    DownloadQueue[_Twin](maker.make, turns=turns, stop=task.graph.pause.stop).run(twins)
    if maker.never:
        such = "such as " if len(maker.never) > 1 else ""
        pictures = f"{plural('picture', len(maker.never))} ({such}{printable(maker.never[0])})"
        task.terminal.say(f"OneDrive makes no JPEG of {pictures}.")


def _twin_of(here: FileHere, own_drive: str) -> _Twin | None:
    item = here.item
    if item.name.rpartition(".")[2].lower() not in _ENDINGS:
        return None
    drive_id = other_drive(item.drive_id, own_drive)
    source = item.ctag or here.recorded.quick_xor_hash
    place, modified = twin_place(here.place), here.recorded.modified
    return _Twin(item.id, drive_id, item.path, here.owner, place, _longer_side(item), source, modified)


def _longer_side(item: DriveItem) -> int:
    image = item.facets.get("image", {})
    sides = [side for name in ("width", "height") if isinstance(side := image.get(name), int)]
    return min(max([*sides, 0]), _LONGEST_SIDE) if max([*sides, 0]) > 0 else _USUAL_SIDE


def _write_note(task: CompanionTask) -> None:
    """A file that says what the folder is, unless one is there. Raises NotPlaceable, DiskFull."""
    if task.folder.look(TWINS_NOTE) is None:
        task.folder.make_folder(TWINS_FOLDER)
        write_whole(task.folder.path(TWINS_NOTE), _NOTE)


class _TwinMaker:
    """Makes twins; shared by the threads of a run. `never` are the paths of which OneDrive makes no JPEG."""

    def __init__(self, task: CompanionTask) -> None:
        self.transfer = task.make_transfer()
        self.never: list[str] = []
        self._task = task
        self._lock = threading.Lock()
        self._lost_in_a_row = 0

    def make(self, twin: _Twin) -> None:
        """Make one, or note why not. Raises DiskFull, SignInNeeded, Stopped."""
        reason, is_lost = "", False
        try:
            self._fetch(twin)
        except ServiceRefused as error:
            is_never = error.status in _NEVER or error.code == "notSupported"
            reason = "" if is_never else as_reason(ItemGone() if is_gone(error) else error)
            if is_never:
                self.never.append(twin.path)
        except (ItemFailed, ConnectionLost, ServiceUnusable) as error:
            reason, is_lost = as_reason(error), isinstance(error, FileHostFailed | ConnectionLost | ServiceUnusable)
        with self._lock:
            if reason:
                self._task.failed.append(twin.failed(reason))
            if self._lost_in_a_row < _MOST_LOST_IN_A_ROW:
                self._lost_in_a_row = self._lost_in_a_row + 1 if is_lost else 0
        self._task.progress.advance(files=1)

    def _fetch(self, twin: _Twin) -> None:
        if self._lost_in_a_row >= _MOST_LOST_IN_A_ROW:
            raise ItemFailed("not asked for, since OneDrive did not answer for others before it")
        folder, graph = self._task.folder, self._task.graph
        make_private_folder(folder.partial)
        growing = folder.partial / f"{partial_name(twin.drive_id, f'{twin.item_id} as JPEG')}-copy{SUFFIX}"
        try:
            with disk_errors(growing), os.fdopen(open_own(growing), "w+b") as stream:
                try:
                    fetch_made(self.transfer, graph.read_content_address(twin.address), stream, most_bytes=_MOST_BYTES)
                except FileRefused:  # an address lives for some minutes; the next one is new
                    fetch_made(self.transfer, graph.read_content_address(twin.address), stream, most_bytes=_MOST_BYTES)
                self.transfer.reserve.take(stream.tell(), folder.partial)
                stream.seek(0)
                if stream.read(len(JPEG)) != JPEG:
                    raise ItemFailed(NO_PICTURE)
            with disk_errors(growing):
                os.utime(growing, (twin.modified, twin.modified))
            with self._lock:
                self._task.keeper.put(CompanionKind.JPEG, twin.owner, twin.place, growing, source=twin.source)
        finally:
            forget_file(growing)
