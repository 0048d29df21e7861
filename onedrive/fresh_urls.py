"""Fresh addresses and newest metadata for files, just before their bytes are fetched.

They come a folder page at a time (`address_pages`). What no page shows is asked by id when its turn comes. Addresses
are secrets that live about an hour: they stay in memory, are used within thirty minutes, and renewed once for each age.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from onedrive.address_pages import FIELDS, AddressPages, Found, placed, read_file
from onedrive.download_plan import WantedFile
from onedrive.drive_item import DriveItem, Kind, normalise_drive_id
from onedrive.errors import OneDriveError, ServiceRefused, ServiceUnusable
from onedrive.graph import GraphSession
from onedrive.item_errors import CannotDeliver, ItemFailed, ItemGone

LONGEST_AGE_SECONDS = 30 * 60.0
MOST_REFUSALS_OF_A_PAGE = 3  # then the whole page is read again instead of one file after the other
_DENIED = 403
_BAD_REQUEST = 400


class AnotherDrive(OneDriveError):
    """The list was made of another OneDrive than the one that is signed in."""

    def __init__(self) -> None:
        super().__init__(
            "The list was made of another OneDrive than the one you are signed in to.",
            "Choose 3 to list this one, or 1 to sign in to the other.",
        )


class FreshFile:
    """One wanted file with its newest metadata and an address for its bytes; several threads may fetch parts of it."""

    def __init__(self, urls: FreshUrls, found: Found) -> None:
        self.wanted = found.wanted
        self._urls = urls
        self._found = found
        self._item, self._address = found.item, found.address
        self._born = found.born
        self._reading = 0  # of its page, that the address comes from
        self._lock = threading.RLock()

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
        with self._lock:
            self._take_from_page()
            if not self._address and self._item is None:
                self.renew()
            elif self._urls.now() - self._born > LONGEST_AGE_SECONDS:
                self._renew_with_page()
            if not self._address:
                self._address = self._urls.ask_content_address(self.wanted)
                self._born = self._urls.now()
            return self._address

    def renew(self, refused: str = "") -> None:
        """Ask for the metadata and an address anew, unless that was done since `refused` was used. Raises as `item`."""
        with self._lock:
            if refused and refused != self._address:
                return
            page = self._found.page
            if page and refused:
                page.refusals += 1
                if page.refusals > MOST_REFUSALS_OF_A_PAGE:
                    self._renew_with_page()
                    return
            self._renew_by_id()

    def _renew_by_id(self) -> None:
        refusal = self._found.refusal
        if refusal:
            raise self._urls.explain(refusal) from refusal
        self._item, self._address = self._urls.ask_by_id(self.wanted)
        self._born = self._urls.now()

    def _renew_with_page(self) -> None:
        """Read the page again that the address came from, for all of its files."""
        if self._found.page:
            with contextlib.suppress(ServiceRefused, ServiceUnusable):
                self._found.page.read_again(self._reading)
            if self._take_from_page():
                return
        self._renew_by_id()

    def _take_from_page(self) -> bool:
        """Use what the page brought when it was read again for another of its files."""
        newer = self._found.page.newer(self.wanted.id, self._reading) if self._found.page else None
        if newer:
            item, self._address, self._born, self._reading = newer
            self._item = placed(item, self.wanted)
        return newer is not None


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

    def of_folders(self, folders: Iterable[tuple[Sequence[WantedFile], int]]) -> Iterator[FreshFile]:
        """Every wanted file, with as few requests as may be; pages are read as they are needed.

        `folders`: the wanted files of one folder, and how many files it has. Raises SignInNeeded, Stopped.
        """
        pages = AddressPages(self._graph, self._item_path, self.now)
        return (FreshFile(self, found) for found in pages.of_folders(folders))

    def ask_by_id(self, wanted: WantedFile) -> tuple[DriveItem, str]:
        """The item and its address ('' when none is given). Raises ItemGone, CannotDeliver and as GraphSession.get."""
        path = self._item_path(wanted, wanted.id)
        try:
            try:
                row = self._graph.get(f"{path}?$select={FIELDS}")
            except ServiceRefused as error:
                if error.status != _BAD_REQUEST:
                    raise
                row = self._graph.get(path)  # without `$select` the address comes by itself
        except ServiceRefused as error:
            raise self.explain(error) from error
        item, address = read_file(row)
        if item is None or item.kind is not Kind.FILE or item.has_malware:
            raise CannotDeliver(item.kind if item else Kind.UNKNOWN)
        return placed(item, wanted), address

    def ask_content_address(self, wanted: WantedFile) -> str:
        """The address behind the item's `/content`. Raises as `ask_by_id`."""
        try:
            return self._graph.read_content_address(f"{self._item_path(wanted, wanted.id)}/content")
        except ServiceRefused as error:
            raise self.explain(error) from error

    def check_service(self) -> None:
        """Ask Graph for next to nothing. Raises ConnectionLost or ServiceUnusable when it is not there at all."""
        with contextlib.suppress(ServiceRefused):
            self._graph.get("/me/drive?$select=id")

    def _item_path(self, row: WantedFile, item_id: str) -> str:
        identity = quote(item_id, safe="!")
        if not row.drive_id or normalise_drive_id(row.drive_id) == self._own_drive_id:
            return f"/me/drive/items/{identity}"
        return f"/drives/{quote(row.drive_id, safe='!')}/items/{identity}"

    def explain(self, error: ServiceRefused) -> OneDriveError:
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
