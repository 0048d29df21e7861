"""One line of file_list.json as text: made from what the service sends without building a record, and taken apart.

A line is `{"id":"…","name":"…","path":"…"` and a tail. While a listing is under way the path is not known yet, so the
three first texts and the tail wait apart (`RowText`); `join_line` puts them together. What stands between the quotes of
a JSON text is called *escaped* here; it holds no quote, no tab and no line feed, so it can be searched for and sliced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from onedrive.graph.item import KEPT_FACETS, LARGEST_SIZE, DriveItem, Kind, from_graph, normalise_drive_id
from onedrive.words import to_bytes

_quote = json.encoder.encode_basestring
# Graph's key order is not fixed (GRAPH_FACTS §8.1); with sorted keys an item has the same line whichever way it came.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False, sort_keys=True).encode
_NO_FACET: dict[str, object] = {}

LINE_START = b'{"id":"'
_NAME_START = b'","name":"'
_PATH_START = b'","path":"'
_BACKSLASH = 92
_PARENT = re.compile(rb'"parentReference":\{"driveId":"((?:[^"\\]|\\.)*)","id":"((?:[^"\\]|\\.)*)"\}')
_SIZE = b'","size":'
_QUOTED = re.compile(rb'(?:[^"\\]|\\.)*')


class RowText(NamedTuple):
    """One item as text, its path still to come; `id`, `name` and `parent_id` are escaped.

    `tail` follows the path's closing quote and ends the line. `drive_id` is normalised.
    """

    kind: Kind
    id: str
    name: str
    drive_id: str
    parent_id: str
    size_bytes: int
    has_malware: bool
    tail: str


class RowTexts:
    """Makes `RowText`s of one drive's rows; remembers the parent of the last row, since siblings come together.

    `drive_id` stands where a row names no drive. `keeps_ctag` is False for work accounts: their delta has no cTag
    (GRAPH_FACTS §2.5), and a list must not depend on the way by which it was made.
    """

    def __init__(self, drive_id: str, *, keeps_ctag: bool = True) -> None:
        self._drive_id = drive_id
        self._keeps_ctag = keeps_ctag
        self._parent: object = None
        self._parent_text: tuple[str, str, str] = ("", "", "")

    def of_row(self, row: Mapping[str, object], *, parent_id: str = "") -> RowText:
        """The text of a row as the service sends it; `parent_id` stands where it names none. Raises NotAnItem."""
        facets = {name: row[name] for name in KEPT_FACETS if name in row}
        identity, name, size = row.get("id"), row.get("name"), row.get("size", 0)
        for facet in facets.values():
            if type(facet) is not dict:
                return self._of_odd_row(row, parent_id)
        if not (
            type(identity) is str
            and type(name) is str
            and identity
            and name
            and type(size) is int
            and 0 <= size <= LARGEST_SIZE
        ):
            return self._of_odd_row(row, parent_id)
        drive_id, parent, reference = self._read_parent(row.get("parentReference"), parent_id)
        kind = _kind(facets)
        is_file = kind is Kind.FILE
        if "folder" in facets:
            facets["folder"] = _NO_FACET
        ctag = row.get("cTag") if is_file and self._keeps_ctag else None
        tail = (
            (f',"size":{size}' if is_file and "size" in row else "")
            + _text("eTag", row.get("eTag"))
            + _text("cTag", ctag)
            + _text("createdDateTime", row.get("createdDateTime"))
            + _text("lastModifiedDateTime", row.get("lastModifiedDateTime"))
            + reference
        )
        tail += f",{_encode(facets)[1:]}" if facets else "}"
        size = size if is_file else 0
        return RowText(
            kind, _quote(identity)[1:-1], _quote(name)[1:-1], drive_id, parent, size, "malware" in facets, tail
        )

    def _of_odd_row(self, row: Mapping[str, object], parent_id: str) -> RowText:
        """The same by way of the checked record, for rows that are not as the documentation says."""
        item = from_graph(row)
        return text_of_item(item, drive_id=self._drive_id, parent_id=parent_id, keeps_ctag=self._keeps_ctag)

    def _read_parent(self, reference: object, parent_id: str) -> tuple[str, str, str]:
        if type(reference) is not dict:
            reference = _NO_FACET
        drive, identity = reference.get("driveId"), reference.get("id")
        asked = (drive, identity, parent_id)
        if asked != self._parent:
            self._parent = asked
            drive_id = normalise_drive_id(drive if isinstance(drive, str) else "") or self._drive_id
            parent = identity if isinstance(identity, str) and identity else parent_id
            text = f',"parentReference":{{"driveId":{_quote(drive_id)},"id":{_quote(parent)}}}'
            self._parent_text = (drive_id, _quote(parent)[1:-1], text)
        return self._parent_text


def text_of_item(item: DriveItem, *, drive_id: str = "", parent_id: str = "", keeps_ctag: bool = True) -> RowText:
    """The text of a record; `drive_id` and `parent_id` stand where it names none."""
    drive_id, parent_id = item.drive_id or drive_id, item.parent_id or parent_id
    row = item.to_json()
    for key in ("id", "name", "path"):
        row.pop(key)
    if not keeps_ctag:
        row.pop("cTag", None)
    row["parentReference"] = {"driveId": drive_id, "id": parent_id}
    facets = {key: row.pop(key) for key in KEPT_FACETS if key in row}
    tail = "".join(f',"{key}":{_encode(value)}' for key, value in row.items())
    tail += f",{_encode(facets)[1:]}" if facets else "}"
    return RowText(
        item.kind,
        _quote(item.id)[1:-1],
        _quote(item.name)[1:-1],
        drive_id,
        _quote(parent_id)[1:-1],
        item.size or 0,
        item.has_malware,
        tail,
    )


def line_of_item(item: DriveItem) -> bytes:
    """The line of a record with its path."""
    text = text_of_item(item)
    return join_line(*(to_bytes(part) for part in (text.id, text.name, _quote(item.path)[1:-1], text.tail)))


def join_line(identity: bytes, name: bytes, path: bytes, tail: bytes) -> bytes:
    """The line from its escaped parts."""
    return b'{"id":"%b","name":"%b","path":"%b"%b' % (identity, name, path, tail)


def escape(text: str) -> bytes:
    """A text as it stands between the quotes of JSON."""
    return to_bytes(_quote(text)[1:-1])


def unescape(escaped: bytes) -> str:
    """The text that stands between the quotes of JSON."""
    if b"\\" not in escaped:
        return escaped.decode()
    text: str = json.loads(b'"%b"' % escaped)
    return text


def sort_key(escaped_path: bytes) -> bytes:
    """What paths are sorted by: the bytes of the real path, whose order is that of its code points."""
    return unescape(escaped_path).encode("utf-8", "surrogatepass") if b"\\" in escaped_path else escaped_path


class SplitLine(NamedTuple):
    """A line taken apart; all but `tail` are escaped."""

    id: bytes
    name: bytes
    path: bytes
    tail: bytes

    def with_path(self, path: bytes) -> bytes:
        """The line at another path."""
        return join_line(self.id, self.name, path, self.tail)


def _end_of_text(line: bytes, start: int) -> int:
    """Where the quote is that ends the text which begins at `start`."""
    end = line.index(b'"', start)
    if line[end - 1] != _BACKSLASH:
        return end
    quoted = _QUOTED.match(line, start)
    return quoted.end() if quoted else end


def read_line_id(line: bytes) -> bytes:
    """The escaped id with which a line begins. Raises ValueError for a line that we did not write."""
    return line[len(LINE_START) : _end_of_text(line, len(LINE_START))]


def read_line_path(line: bytes) -> bytes:
    """The escaped path of a line. Raises ValueError for a line that we did not write."""
    start = line.index(_PATH_START) + len(_PATH_START)
    return line[start : _end_of_text(line, start)]


def read_parent_path(line: bytes) -> bytes:
    """The escaped path of the folder that a line's item is in; names may hold a slash, so the name's length tells.

    Raises ValueError for a line that we did not write.
    """
    name_start = _end_of_text(line, len(LINE_START)) + len(_NAME_START)
    name_end = line.index(_PATH_START, name_start)
    path = read_line_path(line)
    return path[: len(path) - (name_end - name_start) - 1]


def split_line(line: bytes) -> SplitLine:
    """Take a line apart. Raises ValueError for a line that we did not write."""
    path = read_line_path(line)
    identity = read_line_id(line)
    name_start = len(LINE_START) + len(identity) + len(_NAME_START)
    path_start = line.index(_PATH_START, name_start)
    tail_start = path_start + len(_PATH_START) + len(path) + 1
    return SplitLine(identity, line[name_start:path_start], path, line[tail_start:])


def read_parent(tail: bytes) -> tuple[bytes, bytes]:
    """The escaped drive id and id of the folder that a line's item is in."""
    found = _PARENT.search(tail)
    return found.groups() if found else (b"", b"")  # type: ignore[return-value]  # both groups always match


def read_size(line: bytes) -> int:
    """The size in bytes that a line names, 0 when it names none."""
    start = line.find(_SIZE)  # cannot stand in a text, where a quote has a backslash before it
    if start < 0:
        return 0
    start += len(_SIZE)
    return int(line[start : line.index(b",", start)])


def _kind(facets: Mapping[str, object]) -> Kind:
    if "remoteItem" in facets:
        return Kind.SHORTCUT
    if "package" in facets:
        return Kind.PACKAGE
    if "folder" in facets:
        return Kind.FOLDER
    return Kind.FILE if "file" in facets else Kind.UNKNOWN


def _text(key: str, value: object) -> str:
    return f',"{key}":{_quote(value)}' if type(value) is str and value else ""
