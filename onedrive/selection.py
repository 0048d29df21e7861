"""Selection: what a person wants of their list, where it is to be put, and what happens to equal files.

    selection.json ─► Selection ─► narrowed by the flags of one run ─► Chooser: does it want this item, and if not, why?

An empty field leaves everything in. All fields together decide: a file must pass each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from onedrive.date_range import DateRange
from onedrive.file_kind import FileKind
from onedrive.words import format_bytes, format_count, printable, shorten_middle

DEFAULT_PATTERN = "{year}/{year}-{month}"
MOST_NAMED = 3
_LONGEST_NAME = 40


class Layout(StrEnum):
    """Which folders the files go into."""

    ONEDRIVE = "onedrive"  # as they are on OneDrive
    DATE = "date"  # by the day on which they were taken


class Duplicates(StrEnum):
    """What happens to files whose content is equal by hash and size."""

    ALL = "all"  # each is downloaded
    LINK = "link"  # one is downloaded, the others are hard links to it
    ONCE = "once"  # one is downloaded, the others are only named in the manifest


@dataclass(frozen=True)
class Selection:
    """What is wanted. Paths are OneDrive's, '/Pictures/2023'; sizes are bytes, both borders included.

    `folders` of which only what is below is wanted (empty: every folder), `without_folders` of which nothing is.
    `include` and `exclude` are globs in gitignore's manner, later ones before earlier ones. `cameras` as 'Apple iPhone
    8'. `pattern` is the folder of a file in the layout by date.
    """

    kinds: frozenset[FileKind] = frozenset()
    folders: tuple[str, ...] = ()
    without_folders: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    min_size: int | None = None
    max_size: int | None = None
    dates: DateRange | None = None
    cameras: tuple[str, ...] = ()
    layout: Layout = Layout.ONEDRIVE
    pattern: str = DEFAULT_PATTERN
    duplicates: Duplicates = Duplicates.ALL

    @property
    def wants_all(self) -> bool:
        """True when no file is left out (layout and duplicates aside)."""
        if self.kinds and self.kinds != frozenset(FileKind):
            return False
        like = replace(
            EVERYTHING, layout=self.layout, pattern=self.pattern, duplicates=self.duplicates, kinds=self.kinds
        )
        return self == like

    def describe(self) -> str:
        """The choice in words that fit before a number of files: 'photos and videos since 2019'; 'everything'."""
        kinds = [kind.value for kind in FileKind if kind in self.kinds]
        parts = [_join(kinds, most=len(kinds)) if 0 < len(kinds) < len(FileKind) else "everything"]
        parts += [f"in {_join(self.folders)}"] if self.folders else []
        parts += [f"without {_join(self.without_folders)}"] if self.without_folders else []
        parts += [f"named {_join(self.include)}"] if self.include else []
        parts += [f"not named {_join(self.exclude)}"] if self.exclude else []
        parts += [self._describe_sizes()] if self.min_size is not None or self.max_size is not None else []
        parts += [self.dates.describe()] if self.dates else []
        parts += [f"taken with {_join(self.cameras)}"] if self.cameras else []
        return " ".join(parts)

    def _describe_sizes(self) -> str:
        least = None if self.min_size is None else format_bytes(self.min_size)
        most = None if self.max_size is None else format_bytes(self.max_size)
        if least and most:
            return f"of {least}" if self.min_size == self.max_size else f"of {least} to {most}"
        return f"of {least} or more" if least else f"of {most} or less"


EVERYTHING = Selection()


@dataclass(frozen=True)
class SelectionFlags:
    """What the command line says about the selection; None: the flag was not given. Given, it replaces that field."""

    kinds: frozenset[FileKind] | None = None
    include: tuple[str, ...] | None = None
    exclude: tuple[str, ...] | None = None
    min_size: int | None = None
    max_size: int | None = None
    dates: DateRange | None = None
    layout: Layout | None = None
    pattern: str | None = None
    duplicates: Duplicates | None = None

    def applied_to(self, selection: Selection) -> Selection:
        """The selection of this run."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return replace(selection, **given)


def _join(words: Sequence[str], *, most: int = MOST_NAMED) -> str:
    """Words with commas and an 'and'; of many only the first, and how many more there are."""
    shown = [shorten_middle(printable(word), _LONGEST_NAME) for word in words]
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{format_count(len(shown) - most + 1)} more"]
    *first, last = shown
    return f"{', '.join(first)} and {last}" if first else last
