"""Fresh addresses and newest metadata for files, a folder page at a time, just before their bytes are fetched.

One request to a folder's page brings up to 200 pre-authenticated addresses. What such a page does not show (moved,
deleted, a folder that cannot be read, one file out of a large folder) is asked by id when its turn comes. Addresses
are secrets that live about an hour: they stay in memory and are used within thirty minutes.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from onedrive.download_plan import WantedFile
from onedrive.drive_item import SELECT, DriveItem, Kind, NotAnItem, from_graph, normalise_drive_id
from onedrive.errors import ConnectionLost, OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph import ForeignNextLink, GraphSession, JsonObject, RepeatingPages, read_items
from onedrive.item_errors import CannotDeliver, ItemFailed, ItemGone

PAGE_SIZE = 200
LONGEST_AGE_SECONDS = 30 * 60.0
ADDRESS_FIELD = "@microsoft.graph.downloadUrl"
# With `$select` the address comes only under this name (GRAPH_FACTS §2.3).
_FIELDS = f"{SELECT},content.downloadUrl"
_DENIED = 403


class AnotherDrive(OneDriveError):
    """The list was made of another OneDrive than the one that is signed in."""

    def __init__(self) -> None:
        super().__init__(
            "The list was made of another OneDrive than the one you are signed in to.",
            "Choose 3 to list this one, or 1 to sign in to the other.",
        )


class FreshFile:
    """One wanted file with its newest metadata and an address for its bytes."""

    def __init__(self, urls: FreshUrls, wanted: WantedFile, item: DriveItem | None = None, address: str = "") -> None:
        self.wanted = wanted
        self._urls = urls
        self._item = item
        self._address = address
        self._born = urls.now()

    @property
    def item(self) -> DriveItem:
        """The file as the service describes it, at the path of the list. Raises ItemFailed and what Graph raises."""
        if self._item is None:
            self.renew()
        if self._item is None:
            raise ItemGone
        return self._item

    def address(self) -> str:
        """A pre-authenticated address, asked anew after thirty minutes. Raises as `item`."""
        if not self._address or self._urls.now() - self._born > LONGEST_AGE_SECONDS:
            self.renew()
        if not self._address:
            self._address = self._urls.ask_content_address(self.wanted)
        return self._address

    def renew(self, refused: str = "") -> None:
        """Ask for the metadata and an address anew, by id. Raises as `item`."""
        if refused and refused != self._address:
            return
        self._item, self._address = self._urls.ask_by_id(self.wanted)
        self._born = self._urls.now()


class FreshUrls:
    """Asks Graph for addresses; shared by the threads of a run. `own_drive_id` is the drive that the list is of."""

    def __init__(self, graph: GraphSession, own_drive_id: str) -> None:
        self._graph = graph
        self._own_drive_id = normalise_drive_id(own_drive_id)
        self._lock = threading.Lock()
        self._drive_is_checked = not own_drive_id

    def now(self) -> float:
        """Seconds on a clock that never jumps."""
        return self._graph.pause.clock.monotonic()

    def of_folder(self, rows: Sequence[WantedFile], listed_files: int) -> Iterator[FreshFile]:
        """Each of `rows`, all of one folder, in the order of the folder's pages; pages are read as they are needed.

        `listed_files`: how many files the folder has. Raises SignInNeeded, Stopped.
        """
        waiting = {row.id: row for row in rows}
        if -(-listed_files // PAGE_SIZE) < len(rows) and rows[0].parent_id:
            try:
                for item, address in self._folder_pages(rows[0]):
                    wanted = waiting.pop(item.id, None)
                    if wanted:
                        yield FreshFile(self, wanted, replace(item, path=wanted.path), address)
                    if not waiting:
                        return
            except (ServiceRefused, ServiceUnusable, ConnectionLost, RepeatingPages, ForeignNextLink):
                pass  # its files may still be had by id; each says itself if not
        for wanted in waiting.values():
            yield FreshFile(self, wanted)

    def ask_by_id(self, wanted: WantedFile) -> tuple[DriveItem, str]:
        """The item and its address ('' when none is given). Raises ItemGone, CannotDeliver and as GraphSession.get."""
        try:
            row = self._graph.get(f"{self._item_path(wanted, wanted.id)}?$select={_FIELDS}")
        except ServiceRefused as error:
            raise self._explain(error) from error
        item, address = _read_file(row)
        if item is None or item.kind is not Kind.FILE or item.has_malware:
            raise CannotDeliver(item.kind if item else Kind.UNKNOWN)
        return replace(item, path=wanted.path, drive_id=wanted.drive_id or item.drive_id), address

    def ask_content_address(self, wanted: WantedFile) -> str:
        """The address behind the item's `/content`. Raises as `ask_by_id`."""
        try:
            return self._graph.read_content_address(f"{self._item_path(wanted, wanted.id)}/content")
        except ServiceRefused as error:
            raise self._explain(error) from error

    def check_service(self) -> None:
        """Ask Graph for next to nothing. Raises ConnectionLost or ServiceUnusable when it is not there at all."""
        with contextlib.suppress(ServiceRefused):
            self._graph.get("/me/drive?$select=id")

    def _folder_pages(self, row: WantedFile) -> Iterator[tuple[DriveItem, str]]:
        path = f"{self._item_path(row, row.parent_id)}/children?$top={PAGE_SIZE}&$select={_FIELDS}"
        for page in self._graph.pages(path):
            for raw in read_items(page):
                item, address = _read_file(raw)
                if item and item.kind is Kind.FILE:
                    yield replace(item, drive_id=row.drive_id or item.drive_id), address

    def _item_path(self, row: WantedFile, item_id: str) -> str:
        identity = quote(item_id, safe="!")
        if not row.drive_id or normalise_drive_id(row.drive_id) == self._own_drive_id:
            return f"/me/drive/items/{identity}"
        return f"/drives/{quote(row.drive_id, safe='!')}/items/{identity}"

    def _explain(self, error: ServiceRefused) -> OneDriveError:
        """Graph's refusal of one item in words. Raises AnotherDrive when the whole list cannot fit."""
        if "malwareDetected" in (error.code, *error.inner_codes):
            return CannotDeliver(Kind.FILE)
        if error.status == 404:
            self._check_drive()
            return ItemGone()
        if error.status == _DENIED:
            return ItemFailed(
                f"OneDrive does not let this account download it ({error.status} {error.code}); "
                "its owner may have blocked downloads"
            )
        if error.status == 423:
            return ItemFailed(
                "someone has it open or checked out, and OneDrive keeps it locked; the next run tries again"
            )
        return ItemFailed(f"OneDrive refused it ({error.status} {error.code}); the next run tries again")

    def _check_drive(self) -> None:
        """Once a run: a missing item may mean that the list is of another account's drive."""
        with self._lock:
            if self._drive_is_checked:
                return
            drive_id = self._graph.get("/me/drive?$select=id").get("id")
            if isinstance(drive_id, str) and normalise_drive_id(drive_id) != self._own_drive_id:
                raise AnotherDrive
            self._drive_is_checked = True


def _read_file(row: JsonObject) -> tuple[DriveItem | None, str]:
    address = row.get(ADDRESS_FIELD)
    try:
        return from_graph(row), address if isinstance(address, str) else ""
    except NotAnItem:
        return None, ""
