"""Bringing a further copy of the downloads up to date (4 --also DIR): what is missing or damaged there comes from here.

what is on record and as we left it here ─► there? ─► same size and time: left alone; same bytes: given its time
                                                   ─► else copied through the copy's `.partial`, hashed as it passes
What stands in a file's place in the copy goes to the copy's `.earlier`; nothing is deleted there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from onedrive.companions.record import Companion, CompanionKind, read_companions
from onedrive.download.prepare import sweep_partials
from onedrive.download.summary import name_reasons
from onedrive.errors import NotEnoughRoom, NotPlaceable, OneDriveError, StateFileBroken, Stopped
from onedrive.home.failed import FailedItem
from onedrive.home.files import forget_file, is_folder, is_plain_file
from onedrive.home.further import FolderUse, read_further
from onedrive.home.lock import DownloadsLock
from onedrive.home.manifest import MANIFEST, Manifest, ManifestLine, read_manifest
from onedrive.home.verification import CopyState, read_verification, read_verified_items
from onedrive.local.folder import DownloadFolder, ReadOnlyFolder
from onedrive.local.hashing import Digest
from onedrive.local.places import EARLIER_FOLDER
from onedrive.local.proof import CLOCK_GRAIN_SECONDS, is_untouched, is_what_came
from onedrive.local.times import read_time
from onedrive.settings import Settings
from onedrive.step_result import SOME_FAILED, StepResult
from onedrive.terminal.progress import DISK, Progress
from onedrive.terminal.terminal import Terminal
from onedrive.transfer.partial import SUFFIX, partial_name
from onedrive.words import format_bytes, plural, printable

_TO_MEND = (CopyState.WRONG, CopyState.UNREADABLE, CopyState.LINK)
ROTTEN = (
    "the file here is no longer what was downloaded, so it was not copied; choose 6, then 4, which downloads it again"
)


class CopyNotThere(OneDriveError):
    """A further copy cannot be brought up to date, because its folder holds nothing of ours: nothing goes there."""

    exit_code = 9

    def __init__(self, copy: Path, *, is_empty: bool) -> None:
        super().__init__(
            f"The copy {copy} {'has none of the downloaded files in their places' if is_empty else 'is not there'}.",
            "If it is on another disk, connect that disk, and name the folder that is the copy itself. To make a new "
            "copy, copy the downloads with any program; from then on 4 --also keeps it up to date.",
        )


@dataclass
class CopyTally:
    """How it went with one copy."""

    copied: int = 0
    copied_bytes: int = 0
    set_aside: int = 0  # what stood there and is in the copy's `.earlier` now
    failed: list[FailedItem] = field(default_factory=list)


def check_copy(copy: Path, manifest: Manifest) -> None:
    """See that a folder is a copy of the downloads. Raises CopyNotThere."""
    if not is_folder(copy):
        raise CopyNotThere(copy, is_empty=False)
    if not any(is_plain_file(copy / entry.local_path) for entry in manifest.entries()):
        raise CopyNotThere(copy, is_empty=True)


@dataclass(frozen=True)
class LastLook:
    """What the last verification found in a copy: bad places, and when; what was changed there later is not trusted."""

    bad: frozenset[str] = frozenset()
    when_ns: int | None = None


def read_last_look(home: Path, copy: Path) -> LastLook:
    """What verification.json says of a copy; what it does not say is not known."""
    try:
        facts = read_verification(home)
        if facts is None or str(copy) not in facts.copies:
            return LastLook()
        number = list(facts.copies).index(str(copy))
        bad = frozenset(
            item.local_path
            for item in read_verified_items(home)
            if number < len(item.copies) and item.copies[number] in _TO_MEND
        )
        when = read_time(facts.when)
    except StateFileBroken:
        return LastLook()  # option 6 makes a new one
    return LastLook(bad, when * 10**9 if when and os.name == "posix" else None)  # elsewhere no such time is kept


class CopyUpdate:
    """One copy, and what it lacks; `check` is called between blocks and may raise."""

    def __init__(
        self, here: DownloadFolder, copy: DownloadFolder, check: Callable[[], None], last_look: LastLook
    ) -> None:
        self.tally = CopyTally()
        self._here = here
        self._copy = copy
        self._check = check
        self._last_look = last_look

    def look(self, manifest: Manifest) -> list[ManifestLine]:
        """What the copy lacks of what is here as we left it; nothing is changed."""
        return [
            entry
            for entry in manifest.entries()
            if is_untouched(self._here.look(entry.local_path), entry) and not self._is_there(entry)
        ]

    def carry_out(self, lacking: Sequence[ManifestLine], progress: Progress) -> None:
        """Copy what is lacking. Raises NotEnoughRoom before the first, DiskFull, what `check` raises."""
        size_bytes = sum(entry.size_bytes for entry in lacking)
        disk = self._copy.look_at_disk(largest_wanted_bytes=max((entry.size_bytes for entry in lacking), default=0))
        needed = sum(disk.occupied_bytes(entry.size_bytes) for entry in lacking)
        if lacking and disk.room_bytes is not None and needed > disk.room_bytes:
            raise NotEnoughRoom(
                f"There is not enough space for the copy {self._copy.root}: {format_bytes(needed)} needed, "
                f"{format_bytes(disk.room_bytes)} usable.",
                "Make space on that disk, then choose 4 with --also again. The downloads themselves are up to date.",
            )
        progress.set_total(files=len(lacking), size_bytes=size_bytes)
        for entry in lacking:
            self._check()
            try:
                refusal = disk.refusal(self._copy.path(entry.local_path), entry.size_bytes) or self._mend(entry)
            except NotPlaceable as error:
                refusal = error.sentence
            if refusal:
                self.tally.failed.append(FailedItem(entry.path, entry.id, refusal))
            progress.advance(files=1, size_bytes=entry.size_bytes)

    def copy_beside(self, companions: Iterable[Companion]) -> None:
        """Copy what is beside the files here and not so there, by size and time; but no second names of files.

        Raises DiskFull, what `check` raises.
        """
        for line in companions:
            self._check()
            here, there = self._here.look(line.place), self._copy.look(line.place)
            is_same = here and there and there.is_file and there.size_bytes == here.size_bytes
            if (
                line.kind is CompanionKind.ALBUM
                or not (here and here.is_file)
                or (is_same and there and abs(there.modified - here.modified) <= CLOCK_GRAIN_SECONDS)
            ):
                continue
            with suppress(NotPlaceable):  # it can be made again
                self._copy.make_folder(line.place.rpartition("/")[0])
                self._put(line.place, *self._copy_in(line.place, partial_name(line.kind, line.owner)))

    def _is_there(self, entry: ManifestLine) -> bool:
        """By size and time; where those say too little, by its bytes."""
        there = self._copy.look(entry.local_path)
        if there is None or not there.is_file or there.size_bytes != entry.size_bytes:
            return False
        is_of_that_time = abs(there.modified - entry.modified) <= CLOCK_GRAIN_SECONDS
        if is_of_that_time and not self._is_doubtful(entry.local_path):
            return True
        path = self._copy.path(entry.local_path)
        try:
            if path.samefile(self._here.path(entry.local_path)):
                return False
            digest = self._copy.digest(
                entry.local_path, self._check, with_sha256=entry.sha256 is not None, with_sha1=False
            )
        except (OSError, NotPlaceable):
            return False
        return is_what_came(digest, entry)

    def _is_doubtful(self, place: str) -> bool:
        """Whether a verification found it bad, or something was done to it since."""
        status, when_ns = self._copy.status(place), self._last_look.when_ns
        is_younger = status is not None and when_ns is not None and status.st_ctime_ns > when_ns
        return is_younger or place in self._last_look.bad

    def _mend(self, entry: ManifestLine) -> str:
        """Why it could not be done, '' when it was."""
        place = entry.local_path
        self._copy.make_folder(place.rpartition("/")[0])
        whole, digest = self._copy_in(place, partial_name(entry.drive_id, entry.id))
        if not is_what_came(digest, entry):
            forget_file(whole)
            return ROTTEN
        self._put(place, whole, digest)
        return ""

    def _copy_in(self, place: str, name: str) -> tuple[Path, Digest]:
        """The file at a place here, with its time, among the copy's unfinished ones. Raises NotPlaceable, DiskFull."""
        whole, digest = self._copy.copy_in(self._here.path(place), f"{name}-copy{SUFFIX}", self._check)
        with suppress(OSError):
            times = self._here.path(place).stat()
            os.utime(whole, ns=(times.st_atime_ns, times.st_mtime_ns))
        return whole, digest

    def _put(self, place: str, whole: Path, digest: Digest) -> None:
        """Give it its name; what stands there is kept."""
        if there := self._copy.look(place):
            self._copy.put_aside(place) if there.is_file else self._copy.keep_beside(place)
            self.tally.set_aside += 1
        self._copy.put(whole, place, digest, recorded=None)
        self.tally.copied += 1
        self.tally.copied_bytes += digest.size_bytes


class CopiesOfDownloads:
    """The copies that one run is to bring up to date.

    Raises CopyNotThere at once for a folder that is none; a copy of earlier runs, whose disk is away, is only left out.
    """

    def __init__(self, terminal: Terminal, settings: Settings, roots: Sequence[Path]) -> None:
        self._terminal = terminal
        self._home = home = settings.home
        self._roots = list(dict.fromkeys(root.absolute() for root in roots))
        if self._roots:
            manifest = read_manifest(home / MANIFEST)
            before = {folder.path for folder in read_further(home) if folder.use is FolderUse.COPY}
            for root in self._roots:
                try:
                    check_copy(root, manifest)
                except CopyNotThere as error:
                    if root not in before:
                        raise
                    terminal.say(f"{error.sentence} New files are downloaded all the same.", style="warning")

    def update(self, here: DownloadFolder, check: Callable[[], None], result: StepResult) -> StepResult:
        """Bring each up to date, and say how it went.

        The result of the download before it, or 3 where some failed, 9 where a copy is not there.
        """
        for root in self._roots:
            try:
                tally = self._update(root, here, check)
            except CopyNotThere as error:
                self._terminal.say(f"{error.sentence} {error.hint}", style="problem")
                code, failure = result.exit_code or error.exit_code, result.failure or error.sentence
                result = replace(result, exit_code=code, failure=failure)
                continue
            if tally.failed:
                words = f"{plural('file', len(tally.failed))} could not be copied to {root}: {tally.failed[0].reason}."
                failure = result.failure or ("" if result.exit_code else words)  # what failed before says more
                result = replace(result, exit_code=max(result.exit_code, SOME_FAILED.exit_code), failure=failure)
        return result

    def show_lacking(self, here: DownloadFolder, manifest: Manifest) -> None:
        """Say what would be copied, and change nothing."""
        for root in self._roots:
            copy = ReadOnlyFolder(root)
            copy.prepare()
            lacking = CopyUpdate(here, copy, lambda: None, read_last_look(self._home, root)).look(manifest)
            size = format_bytes(sum(entry.size_bytes for entry in lacking))
            self._terminal.say(f"{plural('file', len(lacking))} ({size}) would be copied to {_shown(root)}.")

    def _update(self, root: Path, here: DownloadFolder, check: Callable[[], None]) -> CopyTally:
        manifest = read_manifest(self._home / MANIFEST)  # what has come by now
        check_copy(root, manifest)  # its disk may have gone since
        copy = DownloadFolder(root)
        copy.prepare()
        update = CopyUpdate(here, copy, check, read_last_look(self._home, root))
        tally = update.tally
        work = f"option 4 with the home {self._home}"
        with DownloadsLock(root, copy.partial, work), self._terminal.progress("Copying", waits_for=DISK) as progress:
            progress.update(f"looking at the copy {_shown(root)}")
            try:
                lacking = update.look(manifest)
                progress.update("")
                update.carry_out(lacking, progress)
                update.copy_beside(read_companions(self._home).entries())
            except (KeyboardInterrupt, Stopped):
                raise Stopped(f"{plural('file', tally.copied)} copied to {_shown(root)} so far.") from None
            finally:
                sweep_partials(copy.partial)
        self._say(root, tally)
        return tally

    def _say(self, root: Path, tally: CopyTally) -> None:
        shown, is_done = _shown(root), not tally.failed
        if tally.copied:
            copied = f"{plural('file', tally.copied)} ({format_bytes(tally.copied_bytes)}) copied to {shown}"
            words = f"{copied}, which is up to date now." if is_done else f"{copied}."
        else:
            words = f"The copy {shown} is up to date." if is_done else f"Nothing could be copied to {shown}."
        if number := tally.set_aside:
            were, are = ("was", "is") if number == 1 else ("were", "are")
            there = _shown(root / EARLIER_FOLDER)
            self._terminal.say(f"{plural('other file', number)} that {were} in the way {are} in {there} now.")
        name_reasons(self._terminal, tally.failed, f"could not be copied to {_shown(root)}")
        self._terminal.say(words, style="good" if is_done else "problem")
        self._terminal.event(
            "copy_updated",
            folder=str(root),
            copied=tally.copied,
            size_bytes=tally.copied_bytes,
            set_aside=tally.set_aside,
            failed=len(tally.failed),
        )


def _shown(path: Path) -> str:
    return printable(str(path))
