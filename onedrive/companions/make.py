"""What is made beside the files that are here, where wished: sidecars, JPEG twins, `.picasa.ini`.

files that are here ─► what belongs to them goes along ─► each maker makes its own ─► what came of it is said

Option 4 calls `make_companions` when the files have come, and `make_way` before they do; neither where nothing is
wished and nothing was made before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from onedrive.albums.record import Album, read_albums
from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import Layout
from onedrive.companions.album_places import give_up, make_album_places
from onedrive.companions.jpeg_twins import make_jpeg_twins, twin_place
from onedrive.companions.keeper import CompanionKeeper, CompanionTask, Made
from onedrive.companions.picasa import make_picasa_files
from onedrive.companions.record import CompanionKind
from onedrive.companions.sidecars import make_sidecars
from onedrive.errors import Stopped
from onedrive.graph.session import GraphSession
from onedrive.home.failed import FailedItem
from onedrive.home.manifest import MANIFEST, Manifest, read_manifest
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import LocalPaths
from onedrive.settings import Settings
from onedrive.terminal.progress import DISK
from onedrive.terminal.terminal import Terminal
from onedrive.transfer.fetch import Transfer
from onedrive.words import format_count, join_words, printable

# The place of what belongs to a file, by that of the file; kinds that follow no file are not named.
PLACES: dict[CompanionKind, Callable[[str], str]] = {
    CompanionKind.XMP: lambda place: f"{place}.xmp",
    CompanionKind.JSON: lambda place: f"{place}.json",
    CompanionKind.JPEG: twin_place,
}
_NOT_MADE = (Made.FOREIGN, Made.IMPOSSIBLE)


def make_way(home: Path, folder: DownloadFolder, paths: LocalPaths, manifest: Manifest) -> None:
    """Give up what stands in places that belong to files of OneDrive now. Raises FolderNotUsable, DiskFull."""
    with CompanionKeeper(home, folder, paths, lambda: None) as keeper:
        lines = [line for line in keeper.record.entries() if paths.is_given(line.place)]
        give_up(keeper, folder, manifest, [line for line in lines if line.kind is CompanionKind.ALBUM])
        keeper.put_aside(line for line in lines if line.kind is not CompanionKind.ALBUM)


def make_companions(
    terminal: Terminal,
    settings: Settings,
    graph: GraphSession,
    make_transfer: Callable[[], Transfer],
    folder: DownloadFolder,
    *,
    request: DownloadRequest,
    paths: LocalPaths,
    drive_id: str,
    aside: Collection[str],
) -> list[FailedItem]:
    """Make what is wished for, and say so; what failed, with the reason.

    `paths` are the places of this run; `aside`: where files were that have been put aside. Raises DiskFull, Stopped
    after Ctrl-C, and what stops a run; what is made then is kept, and the next run goes on from there.
    """
    with (
        terminal.progress("Beside your files", waits_for=DISK) as progress,
        CompanionKeeper(settings.home, folder, paths, graph.pause.check) as keeper,
    ):
        albums: dict[str, tuple[Album, ...]] = defaultdict(tuple)
        for album in read_albums(settings.home):
            for member_id in {member.id for member in album.members} - {""}:
                albums[member_id] += (album,)
        manifest = read_manifest(settings.home / MANIFEST)  # the files that have come since it was read
        task = CompanionTask(
            terminal, settings, graph, make_transfer, folder, request, manifest, keeper, progress, drive_id, albums
        )
        try:
            _follow(task, aside)
            selection, made = request.selection, {line.kind for line in keeper.record.entries()}
            for wish, make in (
                (selection.layout is Layout.ALBUM or CompanionKind.ALBUM in made, make_album_places),
                (selection.sidecar, make_sidecars),
                (selection.jpeg_twins, make_jpeg_twins),
                (selection.picasa or CompanionKind.PICASA in made, make_picasa_files),
            ):
                if wish:
                    make(task)
        except (KeyboardInterrupt, Stopped):
            raise Stopped("Your files are all here. What goes beside them is made further when you choose 4.") from None
    for line in _describe(keeper):
        terminal.say(line)
    return task.failed


def _follow(task: CompanionTask, aside: Collection[str]) -> None:
    """What belongs to a file is where the file is now, also where nothing more of it is wished."""
    record = task.keeper.record
    if not (lines := [*record.entries()]):
        return
    gone = {rule(place) for rule in PLACES.values() for place in aside}
    task.keeper.put_aside(line for line in lines if line.place in gone)
    moves = []
    for here in task.all_files():
        for kind, rule in PLACES.items():
            if (line := record.find(kind, here.owner)) and line.place != (place := rule(here.place)):
                moves.append((line, place))
    task.keeper.follow(moves)


def _describe(keeper: CompanionKeeper) -> Iterator[str]:
    """What is beside the files now, and what could not be put there."""
    for kind in CompanionKind:
        counts = {made: keeper.counts[kind, made] for made in Made if keeper.counts[kind, made]}
        if there := [made for made in counts if made not in _NOT_MADE]:
            number = sum(counts[made] for made in there)
            parts = join_words([f"{format_count(counts[made])} {made.value}" for made in there])
            how = f": {parts}" if len(there) > 1 else f", {there[0].value}"
            such = f" ({printable(keeper.first[kind, Made.EDITED])})" if Made.EDITED in counts else ""
            yield f"{kind.counted(number)} beside your files{how}{such}."
        for made in _NOT_MADE:
            if made in counts:
                such = "such as " if counts[made] > 1 else ""
                where = f"{such}{printable(keeper.first[kind, made])}"
                yield f"{kind.counted(counts[made])} {made.value}: {where}."
