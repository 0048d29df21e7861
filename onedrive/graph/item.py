"""The record of one file, folder or odd item, as all steps speak of it, and why some cannot be delivered.

`from_graph` reads what the service sends, `from_json` a line of file_list.json; both check. Listing writes such lines
(`listing/item_row.py`).
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from onedrive.errors import ItemFailed
from onedrive.words import as_text

PERSONAL_DRIVE_ID_LENGTH = 16
LARGEST_SIZE = 2**63 - 1  # Graph's sizes are int64
FIRST_YEAR_MEANT = 1900  # years 1 and 1601 stand for 'not known' (graph-facts §5.2, trap 108)
MALWARE_REASON = "OneDrive found malware in it and does not hand it out"
# Facets and fields that are kept as the service sends them, in the order of file_list.json.
KEPT_FACETS = (
    *("audio", "file", "fileSystemInfo", "folder", "image", "location"),
    *("malware", "package", "photo", "remoteItem", "specialFolder", "video"),
)
SELECT = (
    "id,name,size,eTag,cTag,createdDateTime,lastModifiedDateTime,parentReference,root,deleted,"
    + ",".join(KEPT_FACETS)
)  # fmt: skip

_QUICK_XOR, _QUICK_XOR_IN_HEX = re.compile(r"[A-Za-z0-9+/]{27}="), re.compile(r"[0-9A-Fa-f]{40}")
_NO_QUICK_XOR = f"{27 * 'A'}="
# Two bits of the last sign are of no octet, so four signs say the same; the first of them is the usual one.
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_LAST_SIGN = {sign: _BASE64[index & ~3] for index, sign in enumerate(_BASE64)}


class Kind(StrEnum):
    """What an item is, decided by its facets."""

    FILE = "file"
    FOLDER = "folder"
    PACKAGE = "package"  # a OneNote notebook: no content of its own, sections inside
    SHORTCUT = "shortcut"  # to a folder or file on someone else's drive
    UNKNOWN = "unknown"  # no facet that says what it is: ask for it again by id (graph-facts §2.3)


class NotAnItem(ValueError):
    """What was read is not a drive item; the message says why, in words that fit after 'because'."""


@dataclass(frozen=True)
class DriveItem:
    """One item of a drive.

    `path` is the names from the drive's root to the item itself, '/Pictures/a.jpg'; '' when not known yet.
    `size` is bytes as listed (None: a folder, or not said, or no number of bytes). Times are the service's strings, ''
    when absent.
    `quick_xor_hash`: None when the service gave no hash; then size alone is checked.
    """

    id: str
    name: str
    kind: Kind
    path: str = ""
    drive_id: str = ""
    parent_id: str = ""
    size: int | None = None
    etag: str = ""
    ctag: str = ""
    created: str = ""
    modified: str = ""
    facets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    @property
    def mime_type(self) -> str:
        """The MIME type that the service names, in lower case; '' when it names none."""
        return as_text(self.facets.get("file", {}).get("mimeType")).lower()

    @property
    def quick_xor_hash(self) -> str | None:
        """The base64 quickXorHash, None when there is none."""
        return self._hash("quickXorHash")

    @property
    def sha256(self) -> str | None:
        """The SHA-256 in lower-case hex, None when there is none."""
        value = self._hash("sha256Hash")
        return value.lower() if value else None

    @property
    def sha1(self) -> str | None:
        """The SHA-1 in lower-case hex, None when there is none."""
        value = self._hash("sha1Hash")
        return value.lower() if value else None

    @property
    def has_malware(self) -> bool:
        """True when the service says that it will not hand the file out."""
        return "malware" in self.facets

    @property
    def client_modified(self) -> str:
        """When the person's own computer last changed the file; the service's time when that is not known."""
        return _meant_time(self.facets.get("fileSystemInfo", {}).get("lastModifiedDateTime"), self.modified)

    @property
    def client_created(self) -> str:
        """When the file was made on the person's own computer; the service's time when that is not known."""
        return _meant_time(self.facets.get("fileSystemInfo", {}).get("createdDateTime"), self.created)

    def with_path(self, path: str) -> DriveItem:
        """The same item at a path."""
        return replace(self, path=path)

    def _hash(self, name: str) -> str | None:
        hashes = self.facets.get("file", {}).get("hashes")
        value = hashes.get(name) if isinstance(hashes, Mapping) else None
        return value if isinstance(value, str) and value else None


def _meant_time(own: object, services: str) -> str:
    """The time of the person's own computer where it is one that is meant, else the service's."""
    try:
        return str(own) if datetime.fromisoformat(as_text(own)).year >= FIRST_YEAR_MEANT else services
    except ValueError:
        return services


def from_graph(item: Mapping[str, object]) -> DriveItem:
    """Read an item as the service sends it. Raises NotAnItem when it has no id or no name."""
    return _read(item, path="")


def from_json(row: object) -> DriveItem:
    """Read a line of file_list.json. Raises NotAnItem when it is none, with what is wrong in words."""
    path = path_of_row(row)
    return _read(row if isinstance(row, Mapping) else {}, path=path)


def path_of_row(row: object) -> str:
    """The path that a line of file_list.json has. Raises NotAnItem."""
    if not isinstance(row, Mapping):
        raise NotAnItem("it is not a JSON object")
    path = row.get("path")
    if not isinstance(path, str) or not path.startswith("/"):
        raise NotAnItem('its "path" is missing or does not begin with "/"')
    return path


def read_quick_xor(listed: object, *, is_empty: bool) -> str | None:
    """A listed quickXorHash in base64, also where it is in hex (graph-facts §3.3); None for what is none.

    What has not the form of one ('unavailable', other letters, another length) is a missing hash, not a wrong one, nor
    are two such ones the same; so is the empty one of a file that is not empty, for the length is in every other.
    """
    if not isinstance(listed, str):
        return None
    if _QUICK_XOR.fullmatch(listed):
        one = f"{listed[:26]}{_LAST_SIGN[listed[26]]}="
    elif _QUICK_XOR_IN_HEX.fullmatch(listed):
        one = base64.b64encode(bytes.fromhex(listed)).decode("ascii")
    else:
        return None
    return one if is_empty or one != _NO_QUICK_XOR else None


@functools.lru_cache(maxsize=1024)
def normalise_drive_id(drive_id: str) -> str:
    """One spelling for a drive id: personal ones come in both cases and lose leading zeros (graph-facts §2.9)."""
    is_personal = 0 < len(drive_id) <= PERSONAL_DRIVE_ID_LENGTH and all(c in "0123456789abcdefABCDEF" for c in drive_id)
    return drive_id.lower().zfill(PERSONAL_DRIVE_ID_LENGTH) if is_personal else drive_id


def _read(item: Mapping[str, object], *, path: str) -> DriveItem:
    identity, name = item.get("id"), item.get("name")
    if not isinstance(identity, str) or not identity:
        raise NotAnItem('it has no "id"')
    if not isinstance(name, str) or not name:
        raise NotAnItem('it has no "name"')
    parent = _object(item.get("parentReference"))
    facets = {facet: _object(item[facet]) for facet in KEPT_FACETS if item.get(facet) is not None}
    kind = kind_by_facets(facets)
    return DriveItem(
        id=identity,
        name=name,
        kind=kind,
        path=path,
        drive_id=normalise_drive_id(as_text(parent.get("driveId"))),
        parent_id=as_text(parent.get("id")),
        size=read_size(item.get("size")) if kind is Kind.FILE else None,
        etag=as_text(item.get("eTag")),
        ctag=as_text(item.get("cTag")),
        created=as_text(item.get("createdDateTime")),
        modified=as_text(item.get("lastModifiedDateTime")),
        facets=facets,
    )


def read_size(size: object) -> int | None:
    """A size in bytes; None: it is absent, or no number of bytes (trap 108), and then not known."""
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    return size if type(size) is int and 0 <= size <= LARGEST_SIZE else None


def kind_by_facets(facets: Mapping[str, object]) -> Kind:
    """What an item with these facets is."""
    if "remoteItem" in facets:
        return Kind.SHORTCUT
    if "package" in facets:
        return Kind.PACKAGE
    if "folder" in facets:
        return Kind.FOLDER
    return Kind.FILE if "file" in facets else Kind.UNKNOWN


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


_NO_BYTES = {
    Kind.FOLDER: "it is a folder now, not a file",
    Kind.PACKAGE: "it is a OneNote notebook, which has no bytes of its own",
    Kind.SHORTCUT: "it is a shortcut to what someone else shares",
    Kind.UNKNOWN: "OneDrive does not say what it is",
}


class CannotDeliver(ItemFailed):
    """OneDrive by its nature never hands this out; that is no failure of the run."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(MALWARE_REASON if kind is Kind.FILE else _NO_BYTES[kind])
