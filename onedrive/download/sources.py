"""What need not be fetched, because a further folder of the person (--also, --known), or of an album, has it: copied
from there.

the plan's wanted files ─► something of their size there? ─► copied through `.partial`, hashed as it passes
                                                         ─► the listed hash: in its place, on record; else it is fetched
                        ─► the listed content in a known folder, and nothing here: not wanted

Nothing is asked of OneDrive for that: what is listed decides, as with twins.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from onedrive.companions.record import CompanionKind, read_companions
from onedrive.download.job import DownloadTools, make_line, put_recorded
from onedrive.download.outcome import Outcome, Result
from onedrive.download.plan import DownloadPlan, FurtherSource, Look
from onedrive.errors import NotPlaceable
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.files import disk_errors, forget_file, is_folder
from onedrive.home.further import FolderUse, FurtherFolder
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.home.manifest import VERIFIED_BY_HASH, Manifest
from onedrive.local.folder import DownloadFolder, ReadOnlyFolder, UntouchedFolder
from onedrive.local.known_files import KNOWN_FILES, Content, KnownFile, KnownFiles, ReadProgress, those_apart
from onedrive.local.proof import hash_agrees, is_untouched, listed_quick_xor, wants_more
from onedrive.local.times import set_times
from onedrive.transfer.addresses import WantedFile
from onedrive.transfer.partial import SUFFIX, PartialFile, partial_name

Identity = tuple[str, str]  # drive id and item id


def look_further(
    home: Path,
    plan: DownloadPlan,
    manifest: Manifest,
    folder: DownloadFolder,
    further: Sequence[FurtherFolder],
    progress: ReadProgress | None,
) -> None:
    """Note in the plan which wanted files may be copied from further folders, and take out what a known folder has.

    Raises StateFileBroken, DatabaseUnusable, DiskFull.
    """
    rows = {row.identity: row for row in plan.wanted if not _is_left_to_job(row, manifest, folder.look)}
    in_copies = _look_into_copies(rows.values(), those_apart(further, folder.root, FolderUse.COPY))
    _look_into_albums(home, rows, folder, in_copies)
    known = those_apart(further, folder.root, FolderUse.KNOWN)
    asked = rows.keys() if known else in_copies.keys()
    if not asked:
        return
    here = {identity for identity in asked if _is_here(rows[identity], manifest, folder.look)}
    contents: dict[Identity, Content] = {}
    may_be_copied: dict[Identity, DriveItem] = {}  # not all: a first download asks for a whole drive
    for item in read_items(home / FILE_LIST):
        identity, quick_xor = (item.drive_id, item.id), listed_quick_xor(item)
        if identity in asked and item.size and quick_xor:
            contents[identity] = (item.size, quick_xor)
            if identity in here or identity in in_copies:
                may_be_copied[identity] = item
    is_rehearsal = isinstance(folder, UntouchedFolder)
    wanted = set(contents.values())
    found = _look_into_known(home, known, wanted, progress, is_rehearsal=is_rehearsal) if known else {}
    taken_out = {
        identity: there
        for identity, content in contents.items()
        if identity not in here and (there := found.get(content)) is not None
    }
    for identity, item in may_be_copied.items():
        there = found.get(contents[identity])
        of_known = [str(there.path)] if there and not there.is_away else []
        if identity not in taken_out and (paths := [*in_copies.get(identity, []), *of_known]):
            plan.sources[identity] = FurtherSource(tuple(paths), item)
    _take_out(plan, taken_out)


def _look_into_copies(rows: Iterable[WantedFile], roots: Sequence[Path]) -> dict[Identity, list[str]]:
    """By drive and id: the paths of files in a wanted file's place, and of its size."""
    found: dict[Identity, list[str]] = {}
    for root in roots:
        copy = ReadOnlyFolder(root)
        copy.prepare()
        for row in rows if is_folder(root) else ():
            there = copy.look(row.place)
            if there and there.is_file and row.size_bytes and there.size_bytes == row.size_bytes:
                found.setdefault(row.identity, []).append(str(copy.path(row.place)))
    return found


def _look_into_albums(
    home: Path, rows: Mapping[Identity, WantedFile], folder: DownloadFolder, found: dict[Identity, list[str]]
) -> None:
    """Add to what is found: the further places of wanted files in albums, with files of their size."""
    for line in read_companions(home).entries() if rows else ():
        drive_id, _, item_id = line.owner.rpartition("/")[0].partition("/")
        row = rows.get((drive_id, item_id)) if line.kind is CompanionKind.ALBUM else None
        there = folder.look(line.place) if row else None
        if row and there and there.is_file and row.size_bytes and there.size_bytes == row.size_bytes:
            found.setdefault(row.identity, []).append(str(folder.path(line.place)))


def _look_into_known(
    home: Path, folders: Sequence[Path], contents: set[Content], progress: ReadProgress | None, *, is_rehearsal: bool
) -> dict[Content, KnownFile]:
    """What the known folders have of these contents; a rehearsal leaves no trace in the home."""
    with ExitStack() as stack:
        if is_rehearsal:
            trial = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            if (home / KNOWN_FILES).is_file():
                with disk_errors(home):
                    shutil.copyfile(home / KNOWN_FILES, trial / KNOWN_FILES)
            home = trial
        known = stack.enter_context(KnownFiles(home, folders))
        known.look()
        return known.find(contents, progress, read_again=False)


def _take_out(plan: DownloadPlan, taken_out: Mapping[Identity, KnownFile]) -> None:
    """What is elsewhere is not wanted here, nor are its twins."""
    if not taken_out:
        return
    for row in plan.wanted:
        if there := taken_out.get(row.identity):
            plan.elsewhere.append((row, there))
            plan.settled.add(row.id)
    for twin in plan.twins:
        if there := taken_out.get((twin.row.drive_id, twin.original.id)):
            plan.elsewhere.append((twin.row, there))
            plan.settled.add(twin.row.id)
    plan.wanted[:] = [row for row in plan.wanted if row.identity not in taken_out]
    plan.twins[:] = [twin for twin in plan.twins if (twin.row.drive_id, twin.original.id) not in taken_out]


def _is_here(row: WantedFile, manifest: Manifest, look: Look) -> bool:
    """Whether something stands in its place, or an older version of it where it was before."""
    recorded = manifest.find(*row.identity)
    return look(row.place) is not None or (recorded is not None and look(recorded.local_path) is not None)


def _is_left_to_job(row: WantedFile, manifest: Manifest, look: Look) -> bool:
    """Whether something of its size is in its place, to be compared; or a good content here, which only a job replaces.

    (A job asks the brake.)
    """
    recorded, local = manifest.find(*row.identity), look(row.place)
    if recorded and (is_untouched(local, recorded) or is_untouched(look(recorded.local_path), recorded)):
        return True
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
        item = source.item
        if not hash_agrees(item, digest) or wants_more(item, digest):
            forget_file(second)
            return None
        set_times(second, item.client_modified, item.client_created)
        what = {"etag": item.etag, "ctag": item.ctag, "verified": VERIFIED_BY_HASH}
        put_recorded(tools, second, row, make_line(row, digest, **what, live=None))  # option 6 looks whether it is live
        begun = DriveItem(id=row.id, name=row.name, kind=Kind.FILE, drive_id=row.drive_id)
        PartialFile(folder.partial, begun, tools.counter).discard()  # what was fetched of it is needed no more
        kept = folder.earlier.get(row.place, "")
        return Outcome(row, Result.TAKEN, digest.size_bytes, earlier=kept, verified=VERIFIED_BY_HASH)
