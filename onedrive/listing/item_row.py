"""ItemRow: an item as the catalogue keeps it, made of what the service sends (or a line of the lists) in one go.

`RowReader` is used by whoever takes pages in (`page_rows.py`) and by the import of a list (`catalogue.py`). A line of
file_list.json is `{"id":"…","name":"…","path":"…"` and the row's `tail`; the path is known only when all has come.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from onedrive.graph.item import (
    FIRST_YEAR_MEANT,
    KEPT_FACETS,
    LARGEST_SIZE,
    DriveItem,
    Kind,
    NotAnItem,
    kind_by_facets,
    normalise_drive_id,
    read_quick_xor,
    read_size,
)
from onedrive.graph.traits import DateSource, FileKind, camera_name, kind_of, read_day
from onedrive.words import to_bytes

_quote = json.encoder.encode_basestring
# Graph's key order is not fixed (graph-facts §8.1); with sorted keys an item has the same line whichever way it came.
_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, sort_keys=True)
_make = getattr(json.encoder, "c_make_encoder", None)
_once = _make(None, _encoder.default, _quote, None, ":", ",", True, False, True) if _make else None


def _encode(value: object) -> str:
    """As `_encoder` does, which makes a new one of these for each call; not every interpreter has it."""
    return "".join(_once(value, 0)) if _once else _encoder.encode(value)


_USUAL = ("file", "fileSystemInfo")
_NOTHING: dict[str, object] = {}
_KINDS = tuple(FileKind)
_TAKEN, _CREATED, _MODIFIED, _NO_DATE = map(tuple(DateSource).index, DateSource)
_PLAIN_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z")
_TELLING_FACETS = ("video", "image", "audio", "photo")
_NOT_PLAIN = re.compile(rb'[\x00-\x1f"\\\xed]')  # what JSON escapes, and what half characters begin with
_YEARS = range(FIRST_YEAR_MEANT, 2100)
NO_DAY = 0


class FileFacts(NamedTuple):
    """What choosing asks of a file. `kind` and `source` are places in FileKind and DateSource, `day` an ordinal.

    `year`: in which a photo was taken and another file last changed, for the glance; 0 is unknown.
    """

    kind: int
    day: int
    source: int
    year: int
    camera: str
    quick_xor_hash: str | None


class ItemRow(NamedTuple):
    """One item, its path still to come. `tail` is the end of its line; `drive_id` is normalised."""

    kind: Kind
    id: str
    name: str
    drive_id: str
    parent_id: str
    size_bytes: int
    has_malware: bool
    tail: str
    facts: FileFacts | None  # None: no file


class RowReader:
    """Makes rows of one drive's items; remembers the parent of the last one, since siblings come together.

    `drive_id` stands where an item names no drive. `keeps_ctag` is False for work accounts: their delta has no cTag
    (graph-facts §2.5), and a list must not depend on the way by which it was made.
    """

    def __init__(self, drive_id: str, *, keeps_ctag: bool = True) -> None:
        self._drive_id = drive_id
        self._keeps_ctag = keeps_ctag
        self._parent: object = None
        self._parent_texts: tuple[str, str, str] = ("", "", "")

    def read(self, row: Mapping[str, object], *, parent_id: str = "") -> ItemRow:
        """The row of an item; `parent_id` stands where it names none. Raises NotAnItem."""
        identity, name, size = row.get("id"), row.get("name"), row.get("size")
        if type(size) is not int or not 0 <= size <= LARGEST_SIZE:
            size = read_size(size)
        if not (type(identity) is str and type(name) is str and identity and name):
            raise _why_no_item(identity)
        facets: dict[str, Any] = {facet: row[facet] for facet in KEPT_FACETS if facet in row}
        for value in facets.values():
            if type(value) is not dict:
                facets = {f: v if isinstance(v, dict) else {} for f, v in facets.items() if v is not None}
                break
        kind = kind_by_facets(facets)
        is_file = kind is Kind.FILE
        if "folder" in facets:
            facets["folder"] = {}
        drive_id, parent, reference = self._read_parent(row.get("parentReference"), parent_id)
        created, modified = row.get("createdDateTime"), row.get("lastModifiedDateTime")
        etag, ctag = row.get("eTag"), row.get("cTag") if is_file and self._keeps_ctag else None
        tail = (
            (f',"size":{size}' if is_file and size is not None else "")
            + (f',"eTag":{_quote(etag)}' if type(etag) is str and etag else "")
            + (f',"cTag":{_quote(ctag)}' if type(ctag) is str and ctag else "")
            + (f',"createdDateTime":{_quote(created)}' if type(created) is str and created else "")
            + (f',"lastModifiedDateTime":{_quote(modified)}' if type(modified) is str and modified else "")
            + reference
            + _end_of_line(facets)
        )
        facts = _read_facts(name, facets, created, modified) if is_file else None
        size_bytes = (size or 0) if is_file else 0
        return ItemRow(kind, identity, name, drive_id, parent, size_bytes, "malware" in facets, tail, facts)

    def _read_parent(self, reference: object, parent_id: str) -> tuple[str, str, str]:
        if type(reference) is not dict:
            reference = _NOTHING
        drive, identity = reference.get("driveId"), reference.get("id")
        asked = (drive, identity, parent_id)
        if asked != self._parent:
            self._parent = asked
            drive_id = normalise_drive_id(drive if isinstance(drive, str) else "") or self._drive_id
            parent = identity if isinstance(identity, str) and identity else parent_id
            text = f',"parentReference":{{"driveId":{_quote(drive_id)},"id":{_quote(parent)}}}'
            self._parent_texts = (drive_id, parent, text)
        return self._parent_texts


def make_line(identity: bytes, name: bytes, path: bytes, tail: bytes) -> bytes:
    """The line of an item in its list; texts are UTF-8 with half characters as they are."""
    if _NOT_PLAIN.search(path) or _NOT_PLAIN.search(identity) or _NOT_PLAIN.search(name):
        identity, name, path = map(_escape, (identity, name, path))
    return b'{"id":"%b","name":"%b","path":"%b"%b' % (identity, name, path, tail)


def _escape(text: bytes) -> bytes:
    return to_bytes(_quote(text.decode("utf-8", "surrogatepass"))[1:-1])


def _why_no_item(identity: object) -> NotAnItem:
    is_nameless = isinstance(identity, str) and identity
    return NotAnItem(f'it has no "{"name" if is_nameless else "id"}"')


def _end_of_line(facets: dict[str, Any]) -> str:
    """As `_encode` has it; the two facets that every file has are put together here, if they have their usual form."""
    try:
        file, times = facets["file"], facets["fileSystemInfo"]
        if len(file) == 2 and len(times) == 2 and len(hashes := file["hashes"]) == 1 and "audio" not in facets:
            rest = {facet: value for facet, value in facets.items() if facet not in _USUAL}
            return (
                f',"file":{{"hashes":{{"quickXorHash":{_quote(hashes["quickXorHash"])}}},'
                f'"mimeType":{_quote(file["mimeType"])}}},'
                f'"fileSystemInfo":{{"createdDateTime":{_quote(times["createdDateTime"])},'
                f'"lastModifiedDateTime":{_quote(times["lastModifiedDateTime"])}}}'
                + (f",{_encode(rest)[1:]}" if rest else "}")
            )
    except (KeyError, TypeError):
        pass
    return f",{_encode(facets)[1:]}" if facets else "}"


def _read_facts(name: str, facets: Mapping[str, dict[str, object]], created: object, modified: object) -> FileFacts:
    """The facts of a file, as `traits` has them; what many files share is worked out once."""
    file, photo, times = facets["file"], facets.get("photo", _NOTHING), facets.get("fileSystemInfo", _NOTHING)
    mime_type, hashes, taken = file.get("mimeType"), file.get("hashes"), photo.get("takenDateTime")
    client_modified = times.get("lastModifiedDateTime")
    stem, dot, ending = name.rpartition(".")
    kind = _kind_of(
        ending if dot and stem.strip(".") else "",
        mime_type if type(mime_type) is str else "",
        ("video" in facets, "image" in facets, "audio" in facets, "photo" in facets),
    )
    day, source = (_read_number(taken, as_written=True) if taken else NO_DAY), _TAKEN
    if not day:
        day, source = _read_number(times.get("createdDateTime")) or _read_number(created), _CREATED
    if not day:
        day, source = _read_number(client_modified) or _read_number(modified), _MODIFIED
    quick_xor_hash = hashes.get("quickXorHash") if type(hashes) is dict else None
    return FileFacts(
        kind,
        day,
        source if day else _NO_DATE,
        _year(taken) or _year(client_modified) or _year(modified),
        _camera_of(photo.get("cameraMake"), photo.get("cameraModel")) if photo else "",
        read_quick_xor(quick_xor_hash, is_empty=False),  # those of empty files tell nothing apart
    )


@lru_cache(maxsize=4096)
def _kind_of(ending: str, mime_type: str, has_facets: tuple[bool, ...]) -> int:
    held: dict[str, dict[str, object]] = {"file": {"mimeType": mime_type}}
    held.update({facet: {} for facet, has in zip(_TELLING_FACETS, has_facets, strict=True) if has})
    return _KINDS.index(kind_of(DriveItem(id="-", name=f"-.{ending}" if ending else "-", kind=Kind.FILE, facets=held)))


def _camera_of(make: object, model: object) -> str:
    is_plain = isinstance(make, str | None) and isinstance(model, str | None)
    return _known_camera(make, model) if is_plain else camera_name(make, model)


_known_camera = lru_cache(maxsize=4096)(camera_name)


def _read_number(text: object, *, as_written: bool = False) -> int:
    """The ordinal of a day, NO_DAY when the text names none that is meant."""
    if not isinstance(text, str):
        return NO_DAY
    plain = _PLAIN_TIME.fullmatch(text)
    if plain:
        return _day_number(plain[1])
    day = read_day(text, as_written=as_written)
    return day.toordinal() if day else NO_DAY


@lru_cache(maxsize=65536)
def _day_number(text: str) -> int:
    day = read_day(text, as_written=True)
    return day.toordinal() if day else NO_DAY


def _year(time: object) -> int:
    """The year of a time, 0 when it has none that is meant."""
    return _meant_year(time[:4]) if type(time) is str else 0


@lru_cache(maxsize=1024)
def _meant_year(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) in _YEARS else 0
