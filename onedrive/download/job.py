"""DownloadJob: one file, from 'wanted' to 'in its place, proven and recorded'.

newest metadata ─► what is here? ─► adopt, or fetch ─► prove ─► modified time ─► manifest line ─► final name
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from onedrive.download.brake import Brake
from onedrive.download.outcome import Outcome, Result
from onedrive.download.plan import Action, Replacement, choose_action
from onedrive.errors import OneDriveError
from onedrive.graph.item import CannotDeliver, DriveItem
from onedrive.home.manifest import AS_SENT, PUT_BACK, VERIFIED_BY_SIZE, Manifest, ManifestLine, ManifestWriter
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import Digest
from onedrive.local.live_photos import may_be_half, read_mark
from onedrive.local.places import LocalPaths
from onedrive.local.proof import (
    CLOCK_GRAIN_SECONDS,
    LocalFile,
    digest_of,
    has_new_content,
    is_same_content,
    is_untouched,
    is_what_came,
    judge,
    judge_again,
    looks_like_page,
    wants_more,
    why_unproven,
)
from onedrive.local.times import read_time, set_times
from onedrive.net.patience import SharedPause
from onedrive.transfer.addresses import FreshFile, WantedFile
from onedrive.transfer.fetch import Transfer
from onedrive.transfer.partial import ByteCounter, PartialFile


@dataclass(frozen=True)
class DownloadTools:
    """What all jobs of a run share."""

    folder: DownloadFolder
    paths: LocalPaths
    manifest: Manifest
    writer: ManifestWriter
    transfer: Transfer
    pause: SharedPause
    counter: ByteCounter
    brake: Brake
    # Of files that are no longer on OneDrive: what is recorded of the one in whose place another is to stand.
    successors: Mapping[tuple[str, str], ManifestLine] = field(default_factory=dict)
    # Drive and id of files that others are to be twins of: what becomes of them is remembered.
    originals: set[tuple[str, str]] = field(default_factory=set)

    def find_older(self, wanted: WantedFile) -> ManifestLine | None:
        """What is recorded of the content that a file may replace: its own, or that of one in whose place it comes."""
        return self.manifest.find(*wanted.identity) or self.successors.get(wanted.identity)

    def write(self, line: ManifestLine, wanted: WantedFile, local: LocalFile) -> None:
        """Write the line of a file that stands in its place."""
        line = replace(line, place=wanted.place, modified=local.modified)
        self.writer.append(line)
        if wanted.identity in self.originals:
            self.manifest.take(line)


class DownloadJob:
    """Sees to one file, and tells `counter` of its bytes."""

    def __init__(self, tools: DownloadTools, fresh: FreshFile, counter: ByteCounter) -> None:
        self._tools = tools
        self._counter = counter
        self._fresh = fresh
        self._wanted = fresh.wanted
        self._recorded = tools.manifest.find(*fresh.wanted.identity)
        self._older = tools.find_older(fresh.wanted)

    def run(self) -> Outcome:
        """Do what is needed. Raises ItemFailed and what stops the whole run."""
        item = self._fresh.item
        local = self._tools.folder.look(self._wanted.place)
        match choose_action(item, local, self._recorded, self._wanted.place):
            case Action.REFUSE:
                raise CannotDeliver(item.kind)
            case Action.SKIP:
                self._counter.skip(size_bytes=self._wanted.size_bytes)
                return self._outcome(Result.THERE, local.size_bytes if local else 0)
            case Action.MOVE if self._recorded and self._move(item, self._recorded):
                return self._outcome(Result.MOVED, self._recorded.size_bytes)
            case Action.ADOPT if local and (adopted := self._adopt(item, local)):
                return adopted
            case _:
                return self._fetch()

    def _move(self, item: DriveItem, recorded: ManifestLine) -> bool:
        """Move what stands in the old place, unless that is another file's place now."""
        return not self._tools.paths.is_given_to_file(recorded.local_path) and move_locally(
            self._tools, self._wanted, recorded, etag=item.etag, ctag=item.ctag
        )

    def _adopt(self, item: DriveItem, local: LocalFile) -> Outcome | None:
        """Recognise what stands in the place by its content; None: it is something else."""
        folder, place = self._tools.folder, self._wanted.place
        here = folder.digest(place, self._tools.pause.check, with_sha256=True, with_sha1=item.sha1 is not None)
        recorded = self._recorded
        if recorded and recorded.is_damaged and not recorded.sha256:
            return None  # what is on record of it cannot tell bytes that changed places
        if recorded and is_same_content(item, recorded) and is_what_came(here, recorded):
            verified: str | None = recorded.verified
        elif recorded and here.quick_xor_hash == recorded.quick_xor_hash and not is_what_came(here, recorded):
            return None
        else:
            verified = judge(item, here)
            modified = read_time(item.client_modified)
            is_of_that_time = modified is not None and abs(modified - local.modified) <= CLOCK_GRAIN_SECONDS
            if verified == VERIFIED_BY_SIZE and not is_of_that_time:
                verified = None
        if verified is None:
            return None
        if not folder.has_other_names(place):
            set_times(folder.path(place), item.client_modified, item.client_created)
        mark = _read_mark(item, folder.path(place))
        self._tools.write(self._line(item, here, verified, mark), self._wanted, folder.look(place) or local)
        self._counter.skip(size_bytes=self._wanted.size_bytes)
        return self._outcome(Result.ADOPTED, here.size_bytes)

    def _must_wait(self) -> bool:
        """Whether this would replace a content here, by the newest metadata, and too many may be replaced."""
        item = self._fresh.item
        if self._older is None or not has_new_content(item, self._older):
            return False
        standing = self._tools.folder.look(self._wanted.place)
        if standing is None or not standing.is_file:
            return False
        changed = item.modified or item.client_modified
        return not self._tools.brake.lets_pass(self._wanted.identity, Replacement(self._wanted.path, changed))

    def _fetch(self) -> Outcome:
        if self._must_wait():
            return self._outcome(Result.HELD, 0)
        folder = self._tools.folder
        folder.make_folder(self._wanted.place.rpartition("/")[0])
        with PartialFile(folder.partial, self._fresh.item, self._counter) as partial:
            partial.open(self._fresh.item, self._tools.pause.check)
            verified, came = self._fetch_proven(partial)
            item = self._fresh.item
            partial.close_whole()
            if self._must_wait():  # it changed while it came
                return self._outcome(Result.HELD, 0)
            mark = _read_mark(item, partial.path)
            set_times(partial.path, item.client_modified, item.client_created)
            put_recorded(self._tools, partial.path, self._wanted, self._line(item, came, verified, mark))
            partial.forget_origin()
        # Where another size was listed than came, the total is made good.
        self._counter.skip(size_bytes=self._wanted.size_bytes - came.size_bytes)
        has_changed = bool(self._wanted.ctag and item.ctag and item.ctag != self._wanted.ctag)
        outcome = self._outcome(Result.FETCHED, came.size_bytes, has_changed=has_changed, verified=verified)
        return replace(outcome, mark=mark) if mark else outcome

    def _fetch_proven(self, partial: PartialFile) -> tuple[str, Digest]:
        """Fetch until the bytes are proven; fetched in full a second time when in doubt. Raises ProofFailed."""
        transfer, fresh = self._tools.transfer, self._fresh
        transfer.fetch(fresh, partial)
        first = self._digest(partial)
        if verified := judge(fresh.item, first):
            return verified, first
        fresh.renew()
        if partial.origin.is_of(fresh.item) and (verified := judge(fresh.item, first)):
            return verified, first
        partial.start_over(fresh.item)
        transfer.fetch(fresh, partial)
        second = self._digest(partial)
        has_other_size = second.size_bytes != fresh.item.size
        is_page = looks_like_page(fresh.item, partial.content_type, partial.beginning, has_other_size=has_other_size)
        verified = judge_again(fresh.item, first, second, looks_like_page=is_page)
        if verified == AS_SENT and not transfer.ends_at(fresh, second.size_bytes):
            verified = None
        if verified is None:
            partial.discard()
            raise why_unproven(fresh.item, second, is_page=is_page)
        return verified, second

    def _digest(self, partial: PartialFile) -> Digest:
        """The hashes that passed, and all that are listed."""
        came = partial.digest()
        if wants_more(self._fresh.item, came):
            return partial.digest_again(self._tools.pause.check)
        return came

    def _line(self, item: DriveItem, digest: Digest, verified: str, mark: str | None) -> ManifestLine:
        over = self._recorded.put_back_over if self._recorded and verified == PUT_BACK else ""
        tags = {"etag": item.etag, "ctag": item.ctag}
        return make_line(self._wanted, digest, **tags, verified=verified, live=mark, put_back_over=over)

    def _outcome(self, result: Result, size_bytes: int, *, has_changed: bool = False, verified: str = "") -> Outcome:
        kept = self._tools.folder.earlier.get(self._wanted.place, "")
        return Outcome(self._wanted, result, size_bytes, earlier=kept, has_changed=has_changed, verified=verified)


def _read_mark(item: DriveItem, path: Path) -> str | None:
    """Whether the bytes are half of a Live Photo; None: not looked at, or the system does not let us read them now."""
    with contextlib.suppress(OSError):
        return read_mark(path) if may_be_half(item) else None
    return None


def move_locally(tools: DownloadTools, wanted: WantedFile, recorded: ManifestLine, *, etag: str, ctag: str) -> bool:
    """Move a file whose content is the same and whose path on OneDrive is new; False when that is not possible.

    Where the old place is another file's now, size and time do not tell whose bytes stand there: a run that was killed
    may have moved the other one in, and not yet written that down. Raises NotPlaceable, DiskFull.
    """
    old_place = recorded.local_path
    local = tools.folder.look(old_place)
    if local is None or not is_untouched(local, recorded):
        return False
    if tools.paths.is_given_to_file(old_place):
        here = tools.folder.digest(old_place, tools.pause.check, with_sha256=True, with_sha1=False)
        if not is_what_came(here, recorded):
            return False
    if not tools.folder.move(old_place, wanted.place):
        return False
    line = replace(recorded, etag=etag, ctag=ctag, path=wanted.path, layout=wanted.layout, same_as=None)
    tools.write(line, wanted, local)
    tools.counter.skip(size_bytes=wanted.size_bytes)
    return True


def make_line(
    wanted: WantedFile,
    digest: Digest,
    *,
    etag: str,
    ctag: str,
    verified: str,
    live: str | None,
    same_as: str | None = None,
    put_back_over: str = "",
) -> ManifestLine:
    """The line of a file that is to stand in its place; `same_as`: the id of the one that it is a twin of."""
    return ManifestLine(
        id=wanted.id,
        drive_id=wanted.drive_id,
        ctag=ctag,
        etag=etag,
        path=wanted.path,
        place=wanted.place,
        size_bytes=digest.size_bytes,
        modified=0,
        quick_xor_hash=digest.quick_xor_hash,
        verified=verified,
        sha256=digest.sha256,
        sha1=digest.sha1,
        layout=wanted.layout,
        same_as=same_as,
        put_back_over=put_back_over,
        live=live,
    )


def put_recorded(tools: DownloadTools, whole: Path, wanted: WantedFile, line: ManifestLine) -> None:
    """Give proven bytes their final name, and write their line just before it: so a kill between the two leaves no file
    of ours that the next run takes for the person's. Raises as `DownloadFolder.put`.
    """
    folder, recorded, noted = tools.folder, tools.manifest.find(*wanted.identity), list[LocalFile]()
    standing = folder.look(wanted.place)
    if standing and not standing.is_file and folder.path(wanted.place).is_dir():
        wanted.place = tools.paths.choose_another(wanted.place, wanted.id)

    def note(local: LocalFile) -> None:
        noted.append(local)
        tools.write(line, wanted, local)

    try:
        folder.put(whole, wanted.place, digest_of(line), recorded=recorded, check=tools.pause.check, note=note)
    except OneDriveError:
        if noted and recorded:  # what stood there stands there again
            tools.writer.append(recorded)
        raise
