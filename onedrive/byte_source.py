"""ByteSource: where the bytes of one file are to be had now, as whoever fetches them sees it."""

from __future__ import annotations

from typing import Protocol

from onedrive.drive_item import DriveItem


class ByteSource(Protocol):
    """May be used by several threads that fetch parts of one file."""

    @property
    def item(self) -> DriveItem:
        """The file as the service last described it."""
        ...

    def address(self) -> str:
        """A pre-authenticated address, not older than half an hour. Raises ItemFailed and what Graph raises."""
        ...

    def renew(self, refused: str = "") -> None:
        """Ask for the item and an address anew, unless that has happened since `refused` was in use.

        Raises as `address`.
        """
        ...
