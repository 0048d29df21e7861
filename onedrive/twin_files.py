"""TwinFiles: files with the content of another one, the original: links to it, copies of it, or only named.

    the original is here, proven, as we left it ─► done without a request
    it is not                                   ─► the first of its twins is fetched, and is the original of the others

So nothing is lost when an original fails, changes or is deleted. A copy is checked by its hash as it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from onedrive.content_hash import Digest
from onedrive.download_job import DownloadTools, Outcome, Result, record
from onedrive.download_plan import DownloadPlan, Twin, TwinWay, WantedFile, is_untouched
from onedrive.item_errors import NotPlaceable
from onedrive.manifest import Recorded
from onedrive.manifest_line import DuplicateLine
from onedrive.modified_time import set_times
from onedrive.partial_file import SUFFIX, partial_name


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
            first = chosen.setdefault((twin.row.drive_id, twin.original_id), twin)
            if first is not twin:
                row = first.row
                left.append(
                    replace(
                        twin,
                        original_id=row.id,
                        original_path=row.path,
                        original_ctag=row.ctag,
                        original_etag=row.etag,
                    )
                )
        self._plan.twins[:] = left
        self._watch_originals()
        return [twin.row for twin in chosen.values()]

    def _watch_originals(self) -> None:
        """Let the manifest in memory know what becomes of the originals in this run."""
        self._tools.originals.update((twin.row.drive_id, twin.original_id) for twin in self._plan.twins)

    def _find_original(self, twin: Twin) -> Recorded | None:
        """What is recorded of the original, if it stands there as we left it and has that content."""
        recorded = self._tools.manifest.find(twin.row.drive_id, twin.original_id)
        if recorded is None or not is_untouched(self._tools.folder.look(recorded.local_path), recorded):
            return None
        is_same = (
            recorded.quick_xor_hash == twin.quick_xor_hash
            or recorded.has_ctag(twin.original_ctag)
            or recorded.has_etag(twin.original_etag)
        )
        return recorded if is_same else None

    def _make(self, twin: Twin, original: Recorded) -> Outcome | None:
        """None: the original's bytes are not what they were."""
        if twin.way is TwinWay.NAME:
            return self._name(twin)
        folder, row = self._tools.folder, twin.row
        folder.make_folder(row.place.rpartition("/")[0])
        name = f"{partial_name(row.drive_id, row.id)}-twin{SUFFIX}"
        second = folder.link(original.local_path, name) if twin.way is TwinWay.LINK else None
        if second is not None:
            return self._put(twin, second, original, Result.LINKED)
        second, digest = folder.copy(original.local_path, name, self._tools.pause.check)
        if digest.quick_xor_hash != original.quick_xor_hash:
            second.unlink(missing_ok=True)
            return None
        set_times(second, twin.modified, twin.created)
        return self._put(twin, second, original, Result.COPIED)

    def _put(self, twin: Twin, second: Path, original: Recorded, result: Result) -> Outcome:
        tools, row = self._tools, twin.row
        sha256, sha1 = original.shas or (None, None)
        digest = Digest(original.size_bytes, original.quick_xor_hash, sha256, sha1)
        standing = tools.folder.look(row.place)
        if standing and not standing.is_file and tools.folder.path(row.place).is_dir():
            row.place = tools.paths.choose_another(row.place, row.id)
        mine = tools.manifest.find(row.drive_id, row.id)
        local = tools.folder.put(second, row.place, digest, recorded=mine)
        second.unlink(missing_ok=True)  # two names of one file do not replace each other
        record(
            tools,
            row,
            local,
            digest,
            etag=row.etag,
            ctag=row.ctag,
            verified=original.verified,
            same_as=twin.original_id,
        )
        return Outcome(row, result, original.size_bytes, verified=original.verified)

    def _name(self, twin: Twin) -> Outcome:
        row = twin.row
        line = DuplicateLine(
            duplicate_of=twin.original_id,
            id=row.id,
            drive_id=row.drive_id,
            path=row.path,
            size_bytes=row.size_bytes,
            quick_xor_hash=twin.quick_xor_hash,
        )
        known = self._tools.manifest.find_duplicate(row.drive_id, row.id)
        if known is None or replace(known, when="") != line:
            self._tools.writer.append(replace(line, when=datetime.now(UTC).isoformat(timespec="seconds")))
        return Outcome(row, Result.NAMED, row.size_bytes)
