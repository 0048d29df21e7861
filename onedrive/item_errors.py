"""Why one file could not be downloaded: each names the reason in words and stops nothing but that file."""

from __future__ import annotations

from onedrive.drive_item import MALWARE_REASON, Kind
from onedrive.errors import OneDriveError

_NO_BYTES = {
    Kind.FOLDER: "it is a folder now, not a file",
    Kind.PACKAGE: "it is a OneNote notebook, which has no bytes of its own",
    Kind.SHORTCUT: "it is a shortcut to what someone else shares",
    Kind.UNKNOWN: "OneDrive does not say what it is",
}


class ItemFailed(OneDriveError):
    """One file could not be downloaded; the sentence begins in small letters and fits after the file's path."""


class ItemGone(ItemFailed):
    """The file was deleted since the list was made."""

    def __init__(self) -> None:
        super().__init__("no longer on OneDrive; choose 3 to list what is there now")


class CannotDeliver(ItemFailed):
    """OneDrive by its nature never hands this out; that is no failure of the run."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(MALWARE_REASON if kind is Kind.FILE else _NO_BYTES[kind])


class ForeignFileHost(ItemFailed):
    """The bytes would come from a host that is none of Microsoft's file hosts."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"OneDrive sent us to {host or 'an address without a host'} for its bytes, which is none of Microsoft's "
            "file hosts; nothing was fetched from there (ONEDRIVE_FILE_HOSTS adds hosts that you trust)"
        )


class FileRefused(ItemFailed):
    """The file host's last answer was no."""

    def __init__(self, host: str, status: int) -> None:
        super().__init__(f"{host} refused to hand it out (status {status}), also at a fresh address")
        self.status = status


class FileHostFailed(ItemFailed):
    """The file host kept failing; trying the next file may still help."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host} {reason}; the next run tries again")


class ProofFailed(ItemFailed):
    """The bytes that came are not the file's; they were thrown away."""


class NotPlaceable(ItemFailed):
    """The bytes are right, but this computer does not let the file stand in its place."""
