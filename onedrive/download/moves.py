"""Files whose place is new, by their path on OneDrive or by the layout: moved on this disk, not fetched.

    a free place ─► moved    a place that another gives up ─► after that one    a circle ─► one steps aside first
    where a folder must be stands a file ─► it steps aside    in the file's place stands a folder ─► when that is empty
    edited here ─► goes along to its new place, where its job keeps it beside the new version

Each move is a line of the manifest, the step aside too, so that a killed program finds every file again.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from onedrive.download.job import DownloadTools, make_line, move_locally, put_recorded
from onedrive.download.outcome import Outcome, Result
from onedrive.download.plan import DownloadPlan, Original, Replacement, Twin, TwinWay
from onedrive.errors import NotPlaceable
from onedrive.home.files import forget_file
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.local.places import LocalPaths
from onedrive.local.proof import LocalFile, digest_of, is_untouched, is_what_came
from onedrive.local.times import set_times
from onedrive.transfer.addresses import WantedFile
from onedrive.transfer.partial import SUFFIX, partial_name
from onedrive.words import printable


class LocalMoves:
    """Carries out the moves of one plan."""

    def __init__(self, tools: DownloadTools, plan: DownloadPlan) -> None:
        self._tools = tools
        self._plan = plan
        self._older_versions = {row.identity for row in plan.outdated}
        self._waiting: dict[str, WantedFile] = {}  # by the key of the place that they wait for
        self._taken: dict[str, str] = {}  # by the key of a place that something was moved to: whose it is
        self._left: set[str] = set()  # folders from which something went away
        self._behind_folders: list[WantedFile] = []
        self._moved: list[WantedFile] = []

    def move_all(self) -> Iterator[Outcome]:
        """Move what can be; the rest is wanted like other files. Older versions go along, to be replaced there."""
        rows = [*self._plan.moved, *self._plan.outdated]
        recorded = (self._tools.manifest.find(*row.identity) for row in rows)
        old_places = {(line.drive_id, line.id): line.local_path for line in recorded if line}
        self._clear_folders(rows)
        for row in rows:
            self._move_with_followers(row)
        while self._waiting:
            self._free_one()
        self._take_edited_along()
        self._tidy()
        for row in self._behind_folders:
            self._move_behind_folder(row)
        moved = {row.identity for row in self._moved}
        self._plan.wanted += [row for row in self._plan.moved if row.identity not in moved]
        for row in self._moved:
            if row.identity not in self._older_versions:
                yield Outcome(row, self._name_result(row, old_places.get(row.identity, "")), row.size_bytes)

    def _name_result(self, row: WantedFile, old_place: str) -> Result:
        if old_place == row.place:
            return Result.THERE
        if row.identity not in self._plan.relaid:
            return Result.MOVED
        is_same_folder = old_place.rpartition("/")[0] == row.place.rpartition("/")[0]
        return Result.RENAMED if is_same_folder else Result.SORTED

    def _move_with_followers(self, row: WantedFile | None) -> None:
        """Move a file, then the one that waits for its old place, and so on."""
        while row is not None and (recorded := self._ours(row)) is not None:
            if not self._move(row, recorded):
                self._waiting[self._key(row.place)] = row
                return
            self._moved.append(row)
            row = self._waiting.pop(self._key(recorded.local_path), None)

    def _free_one(self) -> None:
        """Nothing can move by itself: find out what the first one waits for in the end, and clear that away."""
        standing = {self._key(mine.local_path): row for row in self._waiting.values() if (mine := self._ours(row))}
        row = next(iter(self._waiting.values()))
        seen: set[str] = set()
        while (blocker := standing.get(self._key(row.place))) is not None and blocker.id not in seen:
            seen.add(blocker.id)
            row = blocker
        if blocker is None:
            self._take_place(row)
        else:
            self._end_circle(blocker)

    def _take_place(self, row: WantedFile) -> None:
        """What stands in the place is none of those that wait: keep it beside, unless it may be this very file."""
        del self._waiting[self._key(row.place)]
        recorded, there = self._ours(row), self._tools.folder.look(row.place)
        if recorded and there and not there.is_file and self._step_aside(row, recorded, row.place):
            self._behind_folders.append(row)
        elif recorded and there and there.is_file and there.size_bytes != recorded.size_bytes:
            with contextlib.suppress(NotPlaceable):  # its job says why
                self._tools.folder.keep_beside(row.place)
                self._move_with_followers(row)

    def _end_circle(self, row: WantedFile) -> None:
        recorded = self._ours(row)
        if recorded is None or not self._step_aside(row, recorded, recorded.local_path):
            del self._waiting[self._key(row.place)]

    def _step_aside(self, row: WantedFile, recorded: ManifestLine, place: str) -> bool:
        """Move a file beside a place, for as long as it has to wait for its own."""
        aside = self._tools.paths.choose_another(place, row.id)
        folder, _, name = recorded.path.rpartition("/")
        if not self._move(replace(row, folder=folder, name=name, place=aside), recorded):
            return False
        self._move_with_followers(self._waiting.pop(self._key(recorded.local_path), None))
        return True

    def _clear_folders(self, rows: Iterable[WantedFile]) -> None:
        """A file of ours that stands where a folder must be made steps aside, and is moved on from there."""
        folders: set[str] = set()
        for row in rows:
            folder = row.place.rpartition("/")[0]
            while folder and (key := self._key(folder)) not in folders:
                folders.add(key)
                folder = folder.rpartition("/")[0]
        for row in rows:
            recorded = self._tools.manifest.find(*row.identity)
            if recorded and self._key(recorded.local_path) in folders and self._ours(row):
                self._step_aside(row, recorded, recorded.local_path)

    def _move_behind_folder(self, row: WantedFile) -> None:
        """Give a file its place, if the folder that stood there is gone now; otherwise it stays beside that."""
        recorded = self._ours(row)
        if recorded is not None:
            if not self._move(row, recorded):
                row.place = recorded.local_path
            self._moved.append(row)

    def _move(self, row: WantedFile, recorded: ManifestLine) -> bool:
        tags = ("", "") if row.identity in self._older_versions else (row.etag, row.ctag)
        try:
            if not move_locally(self._tools, row, recorded, etag=tags[0], ctag=tags[1]):
                return False
        except NotPlaceable:
            return False  # its job says why
        self._tools.pause.note(f"Moved here: {printable(recorded.local_path)} -> {printable(row.place)}")
        self._left.add(recorded.local_path.rpartition("/")[0])
        self._taken[self._key(row.place)] = row.id
        self._tools.manifest.relocate(row.drive_id, row.id, path=row.path, place=row.place, layout=row.layout)
        return True

    def _take_edited_along(self) -> None:
        """What a person edited goes to the file's new place too, where it can; its job sees then what it is."""
        for old_place, row in edited_copies(
            self._plan, self._tools.manifest, self._tools.paths, self._tools.folder.look
        ):
            with contextlib.suppress(NotPlaceable):  # it stays where it is
                if self._tools.folder.move(old_place, row.place):
                    self._left.add(old_place.rpartition("/")[0])

    def _ours(self, row: WantedFile) -> ManifestLine | None:
        """What is recorded of the file, if it stands there as we left it, and no other one was put there meanwhile."""
        recorded = self._tools.manifest.find(*row.identity)
        if recorded is None or self._taken.get(self._key(recorded.local_path), row.id) != row.id:
            return None
        if not is_untouched(self._tools.folder.look(recorded.local_path), recorded):
            return None
        return recorded

    def _key(self, place: str) -> str:
        return self._tools.paths.rules.key(place)

    def _tidy(self) -> None:
        """Remove the folders that this emptied and that OneDrive has no longer."""
        in_use = self._tools.paths.folder_places()
        for place in sorted(self._left, key=lambda place: -place.count("/")):
            self._tools.folder.remove_emptied(place, but=in_use)


def edited_copies(
    plan: DownloadPlan, manifest: Manifest, paths: LocalPaths, look: Callable[[str], LocalFile | None]
) -> list[tuple[str, WantedFile]]:
    """Wanted files with a new path whose copy, under the old one, a person edited: where that is, and the file.

    What stands in a place that belongs to another file now is not taken for the edited copy.
    """
    wanted = [*plan.wanted, *(twin.row for twin in plan.twins)] if plan.outdated else []
    still_wanted = {row.identity for row in wanted}
    found = []
    for row in plan.outdated:
        recorded = manifest.find(*row.identity)
        if recorded is None or row.identity not in still_wanted:
            continue
        there = look(recorded.local_path)
        if there and there.is_file and not is_untouched(there, recorded) and not paths.is_given(recorded.local_path):
            found.append((recorded.local_path, row))
    if not found:
        return []
    old_places = {old_place for old_place, _ in found}
    shared = Counter(entry.local_path for entry in manifest.entries() if entry.local_path in old_places)
    return [(old_place, row) for old_place, row in found if shared[old_place] == 1]


class TwinFiles:
    """Sees to the twins of one plan."""

    def __init__(self, tools: DownloadTools, plan: DownloadPlan) -> None:
        self._tools = tools
        self._plan = plan
        self._watch_originals()

    def make_all(self) -> Iterator[Outcome]:
        """Make what can be made now; the others stay in the plan."""
        left: list[Twin] = []
        for twin in self._plan.twins:
            self._tools.pause.check()
            original = self._find_original(twin)
            try:
                outcome = self._make(twin, original) if original else None
            except NotPlaceable as error:
                outcome = Outcome(twin.row, Result.FAILED, reason=error.sentence)
            if outcome is None:
                left.append(twin)
            else:
                yield outcome
        self._plan.twins[:] = left

    def promote(self) -> list[WantedFile]:
        """One file for each original that did not come; the other twins wait for that one now."""
        chosen: dict[tuple[str, str], Twin] = {}
        left: list[Twin] = []
        for twin in sorted(self._plan.twins, key=lambda twin: twin.row.path):
            first = chosen.setdefault((twin.row.drive_id, twin.original.id), twin)
            if first is not twin:
                row = first.row
                left.append(replace(twin, original=Original(row.id, row.path, row.ctag, row.etag)))
        self._plan.twins[:] = left
        self._watch_originals()
        return [twin.row for twin in chosen.values()]

    def _watch_originals(self) -> None:
        """Let the manifest in memory know what becomes of the originals in this run."""
        self._tools.originals.update((twin.row.drive_id, twin.original.id) for twin in self._plan.twins)

    def _find_original(self, twin: Twin) -> ManifestLine | None:
        """What is recorded of the original, if it stands there as we left it and has that content."""
        recorded = self._tools.manifest.find(twin.row.drive_id, twin.original.id)
        if recorded is None or not is_untouched(self._tools.folder.look(recorded.local_path), recorded):
            return None
        is_same = (
            recorded.quick_xor_hash == twin.quick_xor_hash
            or recorded.has_ctag(twin.original.ctag)
            or recorded.has_etag(twin.original.etag)
        )
        return recorded if is_same else None

    def _make(self, twin: Twin, original: ManifestLine) -> Outcome | None:
        """None: the original's bytes are not what they were."""
        if twin.way is TwinWay.NAME:
            return self._name(twin)
        folder, row = self._tools.folder, twin.row
        if self._must_wait(twin):
            return Outcome(row, Result.HELD)
        folder.make_folder(row.place.rpartition("/")[0])
        name = f"{partial_name(*row.identity)}-twin{SUFFIX}"
        second = folder.link(original.local_path, name) if twin.way is TwinWay.LINK else None
        if second is not None:
            return self._put(twin, second, original, Result.LINKED)
        second, digest = folder.copy(original.local_path, name, self._tools.pause.check)
        if not is_what_came(digest, original):
            forget_file(second)
            return None
        set_times(second, twin.modified, twin.created)
        return self._put(twin, second, original, Result.COPIED)

    def _must_wait(self, twin: Twin) -> bool:
        """Whether this would replace a content here, and too many may be replaced."""
        row, older = twin.row, self._tools.find_older(twin.row)
        standing = self._tools.folder.look(row.place)
        if older is None or standing is None or not standing.is_file or older.quick_xor_hash == twin.quick_xor_hash:
            return False
        return not self._tools.brake.lets_pass(row.identity, Replacement(row.path, twin.modified))

    def _put(self, twin: Twin, second: Path, original: ManifestLine, result: Result) -> Outcome:
        row = twin.row
        what = {"etag": row.etag, "ctag": row.ctag, "verified": original.verified, "same_as": twin.original.id}
        put_recorded(self._tools, second, row, make_line(row, digest_of(original), **what, live=original.live))
        forget_file(second)  # two names of one file do not replace each other
        kept = self._tools.folder.earlier.get(row.place, "")
        return Outcome(row, result, original.size_bytes, earlier=kept, verified=original.verified)

    def _name(self, twin: Twin) -> Outcome:
        row = twin.row
        line = ManifestLine(
            id=row.id,
            drive_id=row.drive_id,
            ctag="",
            etag="",
            path=row.path,
            place="",
            size_bytes=row.size_bytes,
            modified=0,
            quick_xor_hash=twin.quick_xor_hash,
            verified="",
            duplicate_of=twin.original.id,
        )
        if self._tools.manifest.find_duplicate(*row.identity) != line:
            self._tools.writer.append(line)
        return Outcome(row, Result.NAMED, row.size_bytes)
