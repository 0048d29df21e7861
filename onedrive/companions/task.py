"""What every maker of companions is given: the files that are here, and whatever it needs to make something of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from onedrive.albums.record import Album
from onedrive.choosing.chooser import DownloadRequest
from onedrive.companions.keeper import CompanionKeeper
from onedrive.companions.record import owner_of
from onedrive.graph.item import DriveItem
from onedrive.graph.session import GraphSession
from onedrive.home.failed import FailedItem
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.home.manifest import Manifest, ManifestLine
from onedrive.local.folder import DownloadFolder
from onedrive.settings import Settings
from onedrive.terminal.progress import Progress
from onedrive.terminal.terminal import Terminal
from onedrive.transfer.fetch import Transfer


@dataclass(frozen=True, slots=True)
class FileHere:
    """A file of the list that is here. `recorded.local_path` is its place; `albums` are those that it is in."""

    item: DriveItem
    recorded: ManifestLine
    albums: tuple[Album, ...]

    @property
    def place(self) -> str:
        """Where it is, below downloads."""
        return self.recorded.local_path

    @property
    def owner(self) -> str:
        """What it is called in the record of companions."""
        return owner_of(self.item.drive_id, self.item.id)


@dataclass
class CompanionTask:
    """One run. `drive_id` is the drive of the list; `failed` is what could not be made, in words; it grows."""

    terminal: Terminal
    settings: Settings
    graph: GraphSession
    make_transfer: Callable[[], Transfer]  # for bytes, as fast and over as many connections as the person allows
    folder: DownloadFolder
    request: DownloadRequest
    manifest: Manifest
    keeper: CompanionKeeper
    progress: Progress
    drive_id: str
    albums_of: Mapping[str, tuple[Album, ...]]  # by item id
    failed: list[FailedItem] = field(default_factory=list)

    def files(self) -> Iterator[FileHere]:
        """The files that are chosen and here, from the list each time. Raises StateFileBroken."""
        chooser = self.request.chooser()
        return (here for here in self.all_files() if chooser is None or chooser.wants(here.item))

    def all_files(self) -> Iterator[FileHere]:
        """The same, also what is no longer chosen."""
        for item in read_items(self.settings.home / FILE_LIST):
            recorded = self.manifest.find(item.drive_id, item.id)
            local = self.folder.look(recorded.local_path) if recorded else None
            if recorded and local and local.is_file:
                yield FileHere(item, recorded, self.albums_of.get(item.id, ()))
