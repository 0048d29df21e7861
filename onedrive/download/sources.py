"""What need not be fetched, because a further folder of the person (--also, --known) has it: copied from there.

the plan's wanted files ─► something of their size there? ─► copied through `.partial`, hashed as it passes
                                                         ─► the listed hash: in its place, on record; else it is fetched

Nothing is asked of OneDrive for that: what is listed decides, as with twins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from onedrive.download.job import DownloadTools, record
from onedrive.download.outcome import Outcome, Result
from onedrive.download.plan import DownloadPlan, FurtherSource, Look
from onedrive.errors import NotPlaceable
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.further import FolderUse, FurtherFolder
from onedrive.home.lists import read_items
from onedrive.home.manifest import VERIFIED_BY_HASH, Manifest
from onedrive.local.folder import ReadOnlyFolder
from onedrive.local.proof import quick_xor_agrees
from onedrive.local.times import set_times
from onedrive.transfer.addresses import WantedFile
from onedrive.transfer.partial import SUFFIX, PartialFile, partial_name

Identity = tuple[str, str]  # drive id and item id


def find_sources(
    file_list: Path, plan: DownloadPlan, manifest: Manifest, look: Look, further: Sequence[FurtherFolder]
) -> dict[Identity, FurtherSource]:
    """For wanted files: where they may be copied from. Raises StateFileBroken.

    What stands in the place of a file and has its size is left to its job, which compares it first.
    """
    copies = [ReadOnlyFolder(folder.path) for folder in further if folder.use is FolderUse.COPY]
    copies = [copy for copy in copies if copy.root.is_dir()]
    found: dict[Identity, list[str]] = {}
    for copy in copies:
        copy.prepare()
        for row in plan.wanted:
            if not _is_compared(row, manifest, look):
                there = copy.look(row.place)
                if there and there.is_file and row.size_bytes and there.size_bytes == row.size_bytes:
                    found.setdefault(row.identity, []).append(str(copy.path(row.place)))
    if not found:
        return {}
    return {
        (item.drive_id, item.id): FurtherSource(
            tuple(paths), item.quick_xor_hash, item.etag, item.client_modified, item.client_created
        )
        for item in read_items(file_list)
        if item.quick_xor_hash and (paths := found.get((item.drive_id, item.id)))
    }


def _is_compared(row: WantedFile, manifest: Manifest, look: Look) -> bool:
    recorded, local = manifest.find(*row.identity), look(row.place)
    is_damaged = recorded is not None and recorded.is_damaged
    return local is not None and local.is_file and local.size_bytes == row.size_bytes and not is_damaged


class SourcedFiles:
    """Sees to the wanted files of one plan that a further folder may have."""

    def __init__(self, tools: DownloadTools, plan: DownloadPlan) -> None:
        self._tools = tools
        self._plan = plan

    def take_all(self) -> Iterator[Outcome]:
        """Copy what is right there; all else stays wanted."""
        left: list[WantedFile] = []
        for row in self._plan.wanted:
            source = self._plan.sources.get(row.identity)
            outcome = self._take(row, source) if source else None
            if outcome is None:
                left.append(row)
            else:
                yield outcome
        self._plan.wanted[:] = left

    def _take(self, row: WantedFile, source: FurtherSource) -> Outcome | None:
        """None: no copy has the listed bytes, or this disk does not take them; its job sees."""
        for path in source.paths:
            self._tools.pause.check()
            try:
                if outcome := self._take_from(Path(path), row, source):
                    return outcome
            except NotPlaceable:
                continue
        return None

    def _take_from(self, path: Path, row: WantedFile, source: FurtherSource) -> Outcome | None:
        tools, folder = self._tools, self._tools.folder
        folder.make_folder(row.place.rpartition("/")[0])
        second, digest = folder.copy_in(path, f"{partial_name(*row.identity)}-copy{SUFFIX}", tools.pause.check)
        if not quick_xor_agrees(source.quick_xor_hash, digest):
            second.unlink(missing_ok=True)
            return None
        set_times(second, source.modified, source.created)
        standing = folder.look(row.place)
        if standing and not standing.is_file and folder.path(row.place).is_dir():
            row.place = tools.paths.choose_another(row.place, row.id)
        mine = tools.manifest.find(*row.identity)
        local = folder.put(second, row.place, digest, recorded=mine, check=tools.pause.check)
        record(tools, row, local, digest, etag=source.etag, ctag=row.ctag, verified=VERIFIED_BY_HASH)
        begun = DriveItem(id=row.id, name=row.name, kind=Kind.FILE, drive_id=row.drive_id)
        PartialFile(folder.partial, begun, tools.counter).discard()  # what was fetched of it is needed no more
        kept = folder.earlier.get(row.place, "")
        return Outcome(row, Result.TAKEN, digest.size_bytes, earlier=kept, verified=VERIFIED_BY_HASH)
