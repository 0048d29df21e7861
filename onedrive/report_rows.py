"""The items of a report as JSON inside the page: compact, a folder a line, and safe within HTML.

    [["/Pictures/2023",[["a.jpg",4200,0,0,20230802,1], …]], …]

A row is name, bytes, class, kind, day, when, reason, place; zeros at its end are left away. Class and kind are numbers
of the enumerations, when and reason numbers of `RowWords`. A place is 0 for 'below the downloads as on OneDrive', 1 for
'not here', else the place itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice

from onedrive.file_address import file_address
from onedrive.file_kind import FileKind
from onedrive.report_tally import day_number, kind_name
from onedrive.verification import ItemClass, VerifiedItem

PLACE_AS_ON_ONEDRIVE, PLACE_NONE = 0, 1
_ROWS_A_LINE = 2000  # so that a folder with very many files needs no more memory than others
_CLASS_NUMBER = {item_class: number for number, item_class in enumerate(ItemClass)}
_KIND_NUMBER = {kind.value: number for number, kind in enumerate(FileKind)}
# In a script element only these could end it or begin something else; U+2028 and all else is escaped as not ASCII.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass
class RowWords:
    """Texts that many rows share, by number; 0 is the empty one."""

    moments: dict[str, int] = field(default_factory=lambda: {"": 0})
    reasons: dict[str, int] = field(default_factory=lambda: {"": 0})


def safe_json(value: object) -> str:
    """JSON that is only text wherever it stands in a page."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for character, escape in _UNSAFE.items():
        text = text.replace(character, escape)
    return text


def row_lines(items: Iterable[VerifiedItem], words: RowWords) -> Iterator[str]:
    """The rows as pieces of one JSON array, in the order of the items; `words` grows as they pass."""
    separator = "["
    for folder, group in groupby(items, key=_folder):
        while rows := [_row(item, words) for item in islice(group, _ROWS_A_LINE)]:
            yield f"{separator}\n{safe_json([folder, rows])}"
            separator = ","
    yield "[]" if separator == "[" else "\n]"


def shown_path(item: VerifiedItem) -> str:
    """The item's path on OneDrive; for what never was there, its place here, written the same way."""
    return item.path or f"/{item.local_path}"


def is_here(item: VerifiedItem) -> bool:
    """True when there should be something to open on this computer."""
    return bool(item.local_path) and item.item_class not in (ItemClass.MISSING, ItemClass.UNAVAILABLE)


def _folder(item: VerifiedItem) -> str:
    return shown_path(item).rpartition("/")[0]


def _row(item: VerifiedItem, words: RowWords) -> list[object]:
    path = shown_path(item)
    row: list[object] = [
        path.rpartition("/")[2],
        item.size_bytes,
        _CLASS_NUMBER[item.item_class],
        _KIND_NUMBER[kind_name(item)],
        day_number(item.day),
        words.moments.setdefault(item.when[:16], len(words.moments)),
        words.reasons.setdefault(without_addresses(item.reason), len(words.reasons)),
        _place(item, path),
    ]
    while row[-1] == 0 and len(row) > 1:
        row.pop()
    return row


def _place(item: VerifiedItem, path: str) -> int | str:
    if not is_here(item) or not file_address("./", item.local_path):
        return PLACE_NONE
    return PLACE_AS_ON_ONEDRIVE if item.local_path == path.removeprefix("/") else item.local_path


def without_addresses(reason: str) -> str:
    """A reason without any web address in it: an address of the service may be a secret."""
    if "://" not in reason:
        return reason
    return " ".join("(an address)" if "://" in word else word for word in reason.split(" "))
