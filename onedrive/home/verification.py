"""verification.json: what option 6 (`verify/`) found, one item a line; option 7 and the report read it.

{"version":1, …what was verified and how…, "items":[
{"id":…,"class":"proven",…},
…
]}
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, TextIO

from onedrive.errors import StateFileBroken
from onedrive.home.files import disk_errors, is_there, replace_when_whole
from onedrive.home.reading import as_written, check_fields

VERIFICATION = "verification.json"
REPORT = "download_report.html"  # what the report makes of it
_VERSION = 1
_VERIFY_ANEW = "Choose 6 to verify again."
_encode = json.JSONEncoder(separators=(",", ":")).encode
_ITEMS = '"items":['
KEPT_ONCE = "the same content is kept once"  # how the reason of what is left out so begins
NAMED_IN_REPORT = "named in the report"  # in a verdict; in the report itself: named below


class ItemClass(StrEnum):
    """What is true of one item; each item is in exactly one class."""

    PROVEN = "proven"  # read from the disk now, and the hash is the one that OneDrive lists
    SAME_SIZE = "same size"  # as listed; OneDrive lists no hash that could prove more
    BY_DESIGN = "differs by design"  # OneDrive serves other bytes than it lists; here is what it serves
    AS_SENT = "as OneDrive sends it"  # the same, and nobody knows why: another size and hash are listed
    LIVE_STILL = "still of a Live Photo"  # read and right, but OneDrive has its film too, and hands it out to nobody
    TRUSTED = "trusted"  # size and time are as we left them; not read this time (--quick, or not in the sample)
    CHANGED = "changed on OneDrive"  # since it was downloaded
    DAMAGED = "damaged here"
    MISSING = "missing here"
    LEFT_OUT = "left out by choice"
    UNAVAILABLE = "cannot be downloaded"
    ONLY_HERE = "only here"  # no longer on OneDrive, or never was
    PUT_BACK = "put back by you"  # an earlier content, in place of the one that OneDrive still has
    ELSEWHERE = "proven elsewhere"  # not here; read in a known folder, and the hash is the one that OneDrive lists
    AWAY = "elsewhere, not connected"  # as it was when it was read there; that cannot be done now


GOOD = frozenset(
    {
        *(ItemClass.PROVEN, ItemClass.SAME_SIZE, ItemClass.BY_DESIGN),
        *(ItemClass.AS_SENT, ItemClass.LIVE_STILL, ItemClass.TRUSTED),
    }
)
BAD = frozenset({ItemClass.CHANGED, ItemClass.DAMAGED, ItemClass.MISSING})


class CopyState(StrEnum):
    """What is true of one item in a further copy of the downloads."""

    PROVEN = "proven"  # read there now, and the hash is the one that OneDrive lists
    ALIKE = "the same as here"  # the bytes of the good file here, where OneDrive lists no hash of them
    NOT_READ = "not read"  # size and place are right (--quick, or not in the sample)
    MISSING = "missing"
    WRONG = "wrong"
    UNREADABLE = "unreadable"
    LINK = "only a link"  # another name of the very file that is here
    ABSENT = "not connected"


GOOD_COPIES = frozenset({CopyState.PROVEN, CopyState.ALIKE, CopyState.NOT_READ})


@dataclass(frozen=True, slots=True)
class VerifiedItem:
    """One item as it was found. `path` is OneDrive's ('' for what was never there), `local_path` below downloads.

    `size_bytes` is that on OneDrive, else that on the disk. `hash` is OneDrive's quickXorHash, '' when it lists none.
    `when` is ISO 8601 in UTC. `reason` is in words, '' where the class says all. `kind` and `day` (ISO) are for charts.
    `modified_ns`: the modified time of the local file as it was read, in nanoseconds since 1970; 0: not said.
    `elsewhere`: the file of this computer that proves what is not in downloads. `copies`: its state in each further
    copy, in the order of the facts; () where none was looked at.
    `sha256` (hex), `proven_by` ('SHA-256', 'SHA-1' or 'QuickXorHash') and `film`, the place of a Live Photo's own film,
    are said of what is proven, '' where there is none.
    """

    id: str
    drive_id: str
    path: str
    item_class: ItemClass
    when: str
    local_path: str = ""
    size_bytes: int = 0
    etag: str = ""
    ctag: str = ""
    hash: str = ""
    reason: str = ""
    kind: str = ""
    day: str = ""
    modified_ns: int = 0
    sha256: str = ""
    film: str = ""
    proven_by: str = ""
    elsewhere: str = ""
    copies: tuple[CopyState, ...] = ()


@dataclass(frozen=True)
class VerificationFacts:
    """What was verified and how; `counts` has files and bytes of each class. `is_whole`: every file was looked at.

    `on_whole_list`: against a whole listing of that hour, not only what OneDrive names as changed since an older one.
    `copies`: the further copies (--also) by their folders, each with the number of files in each state.
    `companions`: what option 4 made beside the files, in words, '' for nothing: of none of it anything is proven.
    `folders_unavailable`: how many of `drive_folders` are among the items, as cannot be downloaded.
    """

    when: str
    account_id: str
    drive_id: str
    downloads: str
    verdict: str
    is_good: bool
    is_whole: bool
    way: str  # "read", "quick" or "sample 5 %"
    drive_files: int
    drive_bytes: int
    drive_folders: int
    selection: str  # in words
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    on_whole_list: bool = False
    manifest_bytes: int = 0  # how long the manifest was: what it says further on came later
    copies: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    folders_unavailable: int = 0
    companions: str = ""


def write_verification(
    home: Path, facts: VerificationFacts | Callable[[], VerificationFacts], items: Iterable[VerifiedItem]
) -> None:
    """Replace verification.json in one step; facts that are known only after the last item are asked for then.

    Raises DiskFull, FolderNotUsable.
    """
    with disk_errors(home), tempfile.TemporaryFile("w+", dir=home, prefix=".verifying-", encoding="utf-8") as spool:
        separator = "\n"
        for item in items:
            spool.write(separator + _line(item))
            separator = ",\n"
        spool.seek(0)
        with replace_when_whole(home / VERIFICATION) as stream:
            head = json.dumps({"version": _VERSION, **vars(facts() if callable(facts) else facts)}, ensure_ascii=True)
            stream.write(head[:-1] + ", " + _ITEMS)
            shutil.copyfileobj(spool, stream)
            stream.write("\n]}\n")


def read_verification(home: Path) -> VerificationFacts | None:
    """What was found last time, without the items; None when nothing was verified yet. Raises StateFileBroken."""
    path = home / VERIFICATION
    if not is_there(path):
        return None
    with _checked(path) as stream:
        head = json.loads(stream.readline().rstrip().removesuffix(_ITEMS) + '"items":[]}')
        if head.pop("version") != _VERSION:
            raise StateFileBroken(path, "it was written by another version of this program", _VERIFY_ANEW)
        head.pop("items")
        head["counts"] = {name: (files, size) for name, (files, size) in head["counts"].items()}
        return VerificationFacts(**head)


def read_verified_items(home: Path) -> Iterator[VerifiedItem]:
    """The items of last time, one at a time. Raises StateFileBroken."""
    with _checked(home / VERIFICATION) as stream:
        stream.readline()
        for line in stream:
            if line.startswith("{"):
                yield _item(json.loads(line.rstrip().rstrip(",")))


@contextmanager
def _checked(path: Path) -> Iterator[TextIO]:
    """The open file; whatever is wrong with what is read from it is said in a sentence."""
    with as_written(path, "it is not what option 6 wrote", _VERIFY_ANEW), path.open(encoding="utf-8") as stream:
        yield stream


# What fields are called in the file, where it is not their own name in OneDrive's spelling.
_NAMES = {
    "size_bytes": "size",
    "etag": "eTag",
    "ctag": "cTag",
    "hash": "quickXorHash",
    "item_class": "class",
    "modified_ns": "mtimeNs",
}
_KEYS = {
    field.name: _NAMES.get(field.name, re.sub("_(.)", lambda letter: letter[1].upper(), field.name))
    for field in fields(VerifiedItem)
}
_ALWAYS = frozenset({"id", "path", "class"})


def _line(item: VerifiedItem) -> str:
    row = {key: getattr(item, name) for name, key in _KEYS.items()}
    return _encode({key: value for key, value in row.items() if value or key in _ALWAYS})


def _item(row: Mapping[str, object]) -> VerifiedItem:
    values: dict[str, Any] = {"drive_id": "", "when": ""}
    values |= {name: row[key] for name, key in _KEYS.items() if key in row}
    known = {"item_class": ItemClass(values["item_class"]), "copies": tuple(map(CopyState, values.get("copies", ())))}
    return check_fields(VerifiedItem(**(values | known)))
