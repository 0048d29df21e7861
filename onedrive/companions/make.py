"""What is made beside the files that are here, where wished: sidecars, JPEG twins, `.picasa.ini`.

files that are here ─► what belongs to them goes along ─► each maker makes its own ─► what came of it is said

Option 4 calls `make_companions` when the files have come, and `make_way` before they do; neither where nothing is
wished and nothing was made before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import Layout
from onedrive.companions.album_places import give_up, make_album_places
from onedrive.companions.jpeg_twins import make_jpeg_twins, twin_place
from onedrive.companions.keeper import CompanionKeeper, CompanionTask, Made
from onedrive.companions.picasa import make_picasa_files
from onedrive.companions.record import CompanionKind, is_of_further_place
from onedrive.companions.sidecars import make_sidecars
from onedrive.errors import Stopped
from onedrive.graph.session import GraphSession
from onedrive.home.failed import FailedItem
from onedrive.home.manifest import MANIFEST, Manifest, read_manifest
from onedrive.local.folder import DownloadFolder
from onedrive.local.places import EARLIER_FOLDER, LocalPaths
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
        give_up(keeper, manifest, [line for line in keeper.record.entries() if paths.is_given(line.place)])


def make_companions(
    terminal: Terminal,
    home: Path,
    graph: GraphSession,
    make_transfer: Callable[[], Transfer],
    folder: DownloadFolder,
    *,
    request: DownloadRequest,
    paths: LocalPaths,
    drive_id: str,
) -> list[FailedItem]:
    """Make what is wished for, and say so; what failed, with the reason.

    `paths` are the places of this run. Raises DiskFull, Stopped after Ctrl-C, and what stops a run; what is made then
    is kept, and the next run goes on from there.
    """
    with (
        terminal.progress("Beside your files", waits_for=DISK) as progress,
        CompanionKeeper(home, folder, paths, graph.pause.check) as keeper,
    ):
        manifest = read_manifest(home / MANIFEST)  # the files that have come since it was read
        task = CompanionTask(
            terminal, home, graph, make_transfer, folder, request, manifest, keeper, progress, drive_id
        )
        try:
            _follow(task)
            selection, made = request.selection, {line.kind for line in keeper.record.entries()}
            for wish, make in (
                (selection.layout is Layout.ALBUM or CompanionKind.ALBUM in made, make_album_places),
                (selection.sidecar, make_sidecars),
                (selection.jpeg_twins, make_jpeg_twins),
                (selection.picasa or CompanionKind.PICASA in made, make_picasa_files),
            ):
                if wish:
                    make(task)
                if make is make_album_places:
                    _follow_further_places(keeper)
        except (KeyboardInterrupt, Stopped):
            raise Stopped("All that came is kept. The rest of what goes beside it is made when you choose 4.") from None
    for line in _describe(keeper):
        terminal.say(line)
    return task.failed


def _follow(task: CompanionTask) -> None:
    """What belongs to a file is where the file is now, also where nothing more of it is wished."""
    moves = []
    for line in task.keeper.record.entries():
        drive_id, _, item_id = line.owner.partition("/")
        recorded = task.manifest.find(drive_id, item_id)
        if recorded and line.kind in PLACES and line.place != (place := _place_beside(line.kind, recorded.local_path)):
            file = task.folder.look(recorded.local_path)
            moves += [(line, place)] if file and file.is_file else []
    task.keeper.follow(moves)


def _place_beside(kind: CompanionKind, place: str) -> str:
    """Where it belongs when its file stands in a place, which may be one among the earlier contents."""
    folder, day, rest = place.split("/", 2) if place.startswith(f"{EARLIER_FOLDER}/") else ("", "", place)
    return "/".join(filter(None, (folder, day, PLACES[kind](rest))))


def _follow_further_places(keeper: CompanionKeeper) -> None:
    """What belongs to a further place in an album is where that is now; it goes aside with it."""
    places = {line.owner: line.place for line in keeper.record.entries() if line.kind is CompanionKind.ALBUM}
    lines = [line for line in keeper.record.entries() if line.kind in PLACES and is_of_further_place(line)]
    keeper.put_aside(line for line in lines if line.owner not in places)
    moves = [(line, PLACES[line.kind](places[line.owner])) for line in lines if line.owner in places]
    keeper.follow((line, place) for line, place in moves if line.place != place)


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
