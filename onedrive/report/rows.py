"""The items of a report as JSON inside the page: compact, a folder a line, counted, and safe within HTML.

    [["/Pictures/2023",[["a.jpg",4200,0,0,20230802,1], …]], …]

A row is name, bytes, class, kind, day, when, reason, place, picture; zeros at its end are left away. Class and kind are
numbers of the enumerations, when and reason numbers of `RowWords`. A place is 0 for 'below the downloads as on
OneDrive', 1 for 'not here', else the place itself. A picture (`pictures.py`) is its key, 1 where OneDrive has none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import PurePath, PureWindowsPath
from urllib.parse import quote_from_bytes

from onedrive.graph.traits import FileKind, kind_of_name
from onedrive.home.verification import BAD, ItemClass, VerificationFacts, VerifiedItem
from onedrive.report.help import Topic, topic_of

SHOWN_OF_A_TOPIC = 100
NO_YEAR = "no date"
_EXCEPTIONS = BAD | {ItemClass.UNAVAILABLE}
_ELSEWHERE = (ItemClass.ELSEWHERE, ItemClass.AWAY)
_ASIDE = frozenset({ItemClass.LEFT_OUT, ItemClass.ONLY_HERE, ItemClass.PUT_BACK, *_ELSEWHERE})


@dataclass
class Sum:
    """Files and bytes; how many of the files need the person, and how many are left out or only here."""

    files: int = 0
    size_bytes: int = 0
    exceptions: int = 0
    aside: int = 0

    def add(self, item: VerifiedItem) -> None:
        """Count one more item."""
        self.files += 1
        self.size_bytes += item.size_bytes
        self.exceptions += item.item_class in _EXCEPTIONS
        self.aside += item.item_class in _ASIDE


@dataclass
class ReportTally:
    """The figures of one verification."""

    all: Sum = field(default_factory=Sum)
    by_class: dict[ItemClass, Sum] = field(default_factory=dict)
    by_kind: dict[str, Sum] = field(default_factory=dict)
    by_year: dict[str, Sum] = field(default_factory=dict)
    by_topic: Counter[Topic] = field(default_factory=Counter)
    topic_bytes: Counter[Topic] = field(default_factory=Counter)
    listed: int = 0  # files of the list: what is only here is not there, what nobody can list has no kind
    shown: dict[Topic, list[VerifiedItem]] = field(default_factory=dict)

    def add(self, item: VerifiedItem) -> None:
        """Count one more item."""
        self.all.add(item)
        self.by_class.setdefault(item.item_class, Sum()).add(item)
        self.by_kind.setdefault(kind_name(item), Sum()).add(item)
        self.by_year.setdefault(year_name(item), Sum()).add(item)
        self.listed += bool(item.kind) and item.item_class is not ItemClass.ONLY_HERE
        topic = topic_of(item)
        if topic is not None:
            self.by_topic[topic] += 1
            self.topic_bytes[topic] += item.size_bytes
            shown = self.shown.setdefault(topic, [])
            if len(shown) < SHOWN_OF_A_TOPIC:
                shown.append(item)

    def agrees_with(self, facts: VerificationFacts) -> bool:
        """Whether the figures of the verification are those of its items."""
        told = {name: tuple(figure) for name, figure in facts.counts.items() if figure[0]}
        found = {name.value: (figure.files, figure.size_bytes) for name, figure in self.by_class.items()}
        return told == found


def tally(items: Iterable[VerifiedItem], see: Callable[[VerifiedItem], object] = lambda _: None) -> ReportTally:
    """The figures of all items; `see` is shown each as it passes."""
    figures = ReportTally()
    for item in items:
        figures.add(item)
        see(item)
    return figures


def kind_name(item: VerifiedItem) -> str:
    """The kind as charts and filters name it; of what is only here, the name tells."""
    return item.kind if item.kind in _KINDS else kind_of_name(item.local_path.rpartition("/")[2]).value


def day_number(day: str) -> int:
    """2023-08-02 as 20230802; 0 for what is no day."""
    digits = day[:10].replace("-", "")
    return int(digits) if len(digits) == 8 and digits.isascii() and digits.isdigit() else 0


def year_name(item: VerifiedItem) -> str:
    """The year as charts and filters name it."""
    number = day_number(item.day) // 10_000
    return f"{number:04}" if number else NO_YEAR


_KINDS = frozenset(kind.value for kind in FileKind)


_PLAIN = "!*'()"  # encodeURIComponent leaves these and `-._~` as they are: the page's own links must be the same
_LONG_UNC = "\\\\?\\unc\\"
_LONG = "\\\\?\\"


def address_base(page_folder: PurePath, folder: PurePath) -> str:
    """What stands before the places in `folder`, for a page in `page_folder`; both absolute. It ends with a slash."""
    if folder.is_relative_to(page_folder):
        below = folder.relative_to(page_folder).parts
        return "./" + "".join(f"{encode(part)}/" for part in below)
    return folder_uri(folder)


def folder_uri(folder: PurePath) -> str:
    r"""The absolute address of a folder: `file:///home/me/`, `file:///D:/me/`, or a share's, `file://server/share/`."""
    if isinstance(folder, PureWindowsPath):
        return _windows_address(str(folder))
    return "file://" + "/".join(map(encode, str(folder).rstrip("/").split("/"))) + "/"


def file_address(base: str, place: str) -> str:
    """The address of a place such as `Pictures/a #1.jpg` below `base`; '' for what is no place below it."""
    parts = place.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return ""
    return base + "/".join(map(encode, parts))


def encode(name: str) -> str:
    """One name as it stands in an address; bytes that were no UTF-8 on the disk become those bytes again."""
    return quote_from_bytes(_bytes(name), safe=_PLAIN)


def _bytes(name: str) -> bytes:
    try:
        return name.encode(errors="surrogateescape")
    except UnicodeEncodeError:  # half a character pair, as Windows lets it stand in a name
        return name.encode(errors="surrogatepass")


def _windows_address(folder: str) -> str:
    if folder.lower().startswith(_LONG_UNC):
        folder = "\\\\" + folder[len(_LONG_UNC) :]
    folder = folder.removeprefix(_LONG)
    is_share = folder.startswith("\\\\")
    first, *rest = folder.strip("\\").split("\\")
    # A drive's colon belongs to the address; a server's name is no path.
    start = f"file://{encode(first)}/" if is_share else f"file:///{first}/"
    return start + "".join(f"{encode(part)}/" for part in rest)


PLACE_AS_ON_ONEDRIVE, PLACE_NONE = 0, 1
PICTURE_UNKNOWN, PICTURE_NONE = 0, 1
_ROWS_A_LINE = 2000  # so that a folder with very many files needs no more memory than others
_CLASS_NUMBER = {item_class: number for number, item_class in enumerate(ItemClass)}
_KIND_NUMBER = {kind.value: number for number, kind in enumerate(FileKind)}
# In a script element only these could end it or begin something else; U+2028 and all else is escaped as not ASCII.
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass
class RowWords:
    """Texts that many rows share, by number; 0 is the empty one. `picture_of`: what stands for an item's picture."""

    moments: dict[str, int] = field(default_factory=lambda: {"": 0})
    reasons: dict[str, int] = field(default_factory=lambda: {"": 0})
    picture_of: Callable[[VerifiedItem], int | str] = lambda _: PICTURE_UNKNOWN


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
    return bool(item.local_path) and item.item_class not in (ItemClass.MISSING, ItemClass.UNAVAILABLE, *_ELSEWHERE)


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
        words.picture_of(item),
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
