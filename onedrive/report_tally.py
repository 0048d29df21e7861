"""What a report says in figures, counted as the items pass; memory does not grow with their number.

Of each topic only the first items are kept: the page's table has them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from onedrive.file_kind import FileKind, kind_of_name
from onedrive.report_help import Topic, topic_of
from onedrive.verification import BAD, ItemClass, VerifiedItem

SHOWN_OF_A_TOPIC = 100
NO_YEAR = "no date"
_EXCEPTIONS = BAD | {ItemClass.UNAVAILABLE}
_ASIDE = frozenset({ItemClass.LEFT_OUT, ItemClass.ONLY_HERE})


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
class Tally:
    """The figures of one verification."""

    all: Sum = field(default_factory=Sum)
    by_class: dict[ItemClass, Sum] = field(default_factory=dict)
    by_kind: dict[str, Sum] = field(default_factory=dict)
    by_year: dict[str, Sum] = field(default_factory=dict)
    by_topic: Counter[Topic] = field(default_factory=Counter)
    shown: dict[Topic, list[VerifiedItem]] = field(default_factory=dict)

    def add(self, item: VerifiedItem) -> None:
        """Count one more item."""
        self.all.add(item)
        self.by_class.setdefault(item.item_class, Sum()).add(item)
        self.by_kind.setdefault(kind_name(item), Sum()).add(item)
        self.by_year.setdefault(year_name(item), Sum()).add(item)
        topic = topic_of(item)
        if topic is not None:
            self.by_topic[topic] += 1
            shown = self.shown.setdefault(topic, [])
            if len(shown) < SHOWN_OF_A_TOPIC:
                shown.append(item)


def tally(items: Iterable[VerifiedItem]) -> Tally:
    """The figures of all items."""
    figures = Tally()
    for item in items:
        figures.add(item)
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
