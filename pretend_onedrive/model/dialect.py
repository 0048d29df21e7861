"""What differs between the back ends that hold a drive: ids, eTags, cTags, times, hosts.

Three are known: personal drives since Microsoft moved them to SharePoint in 2024-25 (`new`), personal drives before
that (`old`), and work drives (`business`).
"""

from __future__ import annotations

import base64
import functools
import hashlib
import mimetypes
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Protocol

Json = dict[str, Any]
ROOT_GUID = "ea8cc6beffdb43d7976fbc7da445c639"  # the same for every personal drive of the new back end
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


class Numbered(Protocol):
    """The part of an item that ids and tags are made from."""

    id: str
    guid: str
    number: int
    version: int
    content_version: int
    modified: datetime

    @property
    def is_folder(self) -> bool: ...  # noqa: D102  # the name says it


class NewPersonal:
    """Personal OneDrive on the SharePoint back end."""

    name = "new"
    drive_type = "personal"
    file_host = "my.microsoftpersonalcontent.com"
    path_is_encoded = False
    form_of_ids = re.compile("[0-9A-Fa-f]{1,16}!(s[0-9a-f]+|[0-9]+)")

    def item_id(self, drive_id: str, guid: str, number: int, *, migrated: bool) -> str:
        """`F09…!s<32 hex>`; an item that was moved over from the old back end kept its number."""
        prefix = drive_id.upper().lstrip("0")  # a leading zero is lost in item ids
        return f"{prefix}!{number}" if migrated else f"{prefix}!s{guid}"

    def root_id(self, drive_id: str) -> tuple[str, str]:
        """Id and GUID of the root."""
        return self.item_id(drive_id, ROOT_GUID, 0, migrated=False), ROOT_GUID

    def etag(self, item: Numbered) -> str:
        """`"{GUID},2"`, the quotes being part of the string."""
        return f'"{{{dashed(item.guid).upper()}}},{item.version}"'

    def ctag(self, item: Numbered) -> str:
        """`"c:{GUID},1"`; folders always have 0."""
        return f'"c:{{{dashed(item.guid).upper()}}},{0 if item.is_folder else item.content_version}"'

    def time(self, moment: datetime) -> str:
        """`2026-02-19T07:35:52Z`."""
        return write_time(moment, "seconds")


class OldPersonal:
    """Personal OneDrive as it was up to 2024."""

    name = "old"
    drive_type = "personal"
    file_host = "public.bn.files.1drv.com"
    path_is_encoded = True
    form_of_ids = NewPersonal.form_of_ids

    def item_id(self, drive_id: str, guid: str, number: int, *, migrated: bool) -> str:  # noqa: ARG002  # one form only
        """`ABCDEF0123456789!1234`."""
        return f"{drive_id.upper()}!{number}"

    def root_id(self, drive_id: str) -> tuple[str, str]:
        """Id and GUID of the root."""
        return f"{drive_id.upper()}!101", ROOT_GUID

    def etag(self, item: Numbered) -> str:
        """`a` and base64 of `{id}.{version}`, without quotes or padding."""
        return "a" + _bare_base64(f"{item.id}.{item.version}")

    def ctag(self, item: Numbered) -> str:
        """`a` and base64 of `c:{id}.{n}`, for folders of `t:{id}.{ticks}`."""
        if item.is_folder:
            ticks = int((item.modified - datetime(1, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000
            return "a" + _bare_base64(f"t:{item.id}.{ticks}")
        return "a" + _bare_base64(f"c:{item.id}.{item.content_version + 256}")

    def time(self, moment: datetime) -> str:
        """`2019-05-04T10:11:12.573Z`; trailing zeros of the fraction are dropped."""
        text = write_time(moment, "milliseconds").removesuffix("Z")
        return text.rstrip("0").removesuffix(".") + "Z"


class Business(NewPersonal):
    """A work drive on SharePoint."""

    name = "business"
    drive_type = "business"
    file_host = "contoso-my.sharepoint.com"
    form_of_ids = re.compile("01[A-Z2-7]{32}")

    def item_id(self, drive_id: str, guid: str, number: int, *, migrated: bool) -> str:  # noqa: ARG002  # one form only
        """34 letters and digits that begin with `01`."""
        return internal_id(drive_id, guid)

    def root_id(self, drive_id: str) -> tuple[str, str]:
        """Id and GUID of the root."""
        guid = hashlib.sha256(f"root of {drive_id}".encode()).hexdigest()[:32]
        return internal_id(drive_id, guid), guid


Dialect = NewPersonal | OldPersonal
DIALECTS: dict[str, Dialect] = {"new": NewPersonal(), "old": OldPersonal(), "business": Business()}


def internal_id(drive_id: str, guid: str) -> str:
    """The `01…` id of SharePoint: the library in 6 letters, the item in 26."""
    return f"01{_library_letters(drive_id)}{base64.b32encode(bytes.fromhex(guid)).decode('ascii').rstrip('=')}"


@functools.cache
def _library_letters(drive_id: str) -> str:
    return base64.b32encode(hashlib.sha256(drive_id.encode()).digest()).decode("ascii")[:6]


def write_time(moment: datetime, precision: str) -> str:
    """ISO 8601 in UTC with Z; `precision` as in `datetime.isoformat`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def read_time(text: str) -> datetime:
    """A moment from ISO 8601 with any number of decimals; a missing zone is UTC."""
    stamp, _, fraction = text.removesuffix("Z").partition(".")
    moment = datetime.fromisoformat(f"{stamp}.{fraction[:6]:0<6}" if fraction.isdigit() else text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def dashed(guid: str) -> str:
    """A GUID of 32 hexadecimal digits with its four dashes."""
    return "-".join((guid[:8], guid[8:12], guid[12:16], guid[16:20], guid[20:]))


def _bare_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii").rstrip("=")


FORBIDDEN_CHARACTERS = '"*:<>?/\\|'
FORBIDDEN_NAMES = {
    *(".lock", "con", "prn", "aux", "nul", "desktop.ini"),
    *(f"com{digit}" for digit in range(10)),
    *(f"lpt{digit}" for digit in range(10)),
}

_TYPES = mimetypes.MimeTypes()
_TYPES_THE_TABLE_LACKS = {
    ".heic": "image/heic",
    ".webp": "image/webp",
    ".md": "text/markdown",
    ".one": "application/msonenote",
    ".onetoc2": "application/msonenote",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".mkv": "video/x-matroska",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".avi": "video/avi",
    ".jpeg": "image/jpeg",
}


def collation_key(name: str) -> str:
    """Two names with the same key cannot be in one folder: case, width, accent form, and ae/æ do not count."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", plain.replace("æ", "ae").replace("œ", "oe"))


def sort_key(name: str) -> tuple[str, str]:
    """The order in which a folder is listed."""
    return name.casefold(), name


def is_allowed(name: str) -> bool:
    """Whether the service takes this as a new name."""
    stem = name.casefold()
    return not (
        not name
        or len(name) > 255
        or any(character in FORBIDDEN_CHARACTERS or ord(character) < 32 for character in name)
        or name != name.strip()
        or name.endswith(".")
        or stem in FORBIDDEN_NAMES
        or "_vti_" in stem
        or stem.startswith("~$")
    )


def mime_type_of(name: str) -> str:
    """The type that the service would list for a file of this name."""
    suffix = PurePosixPath(name.lower()).suffix
    known = _TYPES_THE_TABLE_LACKS.get(suffix) or _TYPES.guess_type("x" + suffix)[0]
    return known or "application/octet-stream"


def free_name(name: str, taken: set[str]) -> str:
    """`name`, or with a number before its suffix when that is taken (`conflictBehavior=rename`)."""
    path = PurePosixPath(name)
    number, candidate = 1, name
    while collation_key(candidate) in taken:
        candidate = f"{path.stem} {number}{path.suffix}"
        number += 1
    return candidate
