"""Selection: what a person wants of their list, where it is to be put, and what happens to equal files.

    selection.json ─► Selection ─► narrowed by the flags of one run ─► Chooser: does it want this item, and if not, why?

An empty field leaves everything in. All fields together decide: a file must pass each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from onedrive.date_range import DateRange
from onedrive.file_kind import FileKind
from onedrive.words import format_bytes

DEFAULT_PATTERN = "{year}/{year}-{month}"


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
        return replace(self, layout=Layout.ONEDRIVE, pattern=DEFAULT_PATTERN, duplicates=Duplicates.ALL) == EVERYTHING

    def describe(self) -> str:
        """The choice in words that fit before a number of files: 'photos and videos since 2019'; 'everything'."""
        kinds = [kind.value for kind in FileKind if kind in self.kinds]
        parts = [_join(kinds) or "everything"]
        parts += [f"in {_join(self.folders)}"] if self.folders else []
        parts += [f"without {_join(self.without_folders)}"] if self.without_folders else []
        parts += [f"named {_join(self.include)}"] if self.include else []
        parts += [f"not named {_join(self.exclude)}"] if self.exclude else []
        parts += [f"of {format_bytes(self.min_size)} or more"] if self.min_size is not None else []
        parts += [f"of {format_bytes(self.max_size)} or less"] if self.max_size is not None else []
        parts += [self.dates.describe()] if self.dates else []
        parts += [f"taken with {_join(self.cameras)}"] if self.cameras else []
        return " ".join(parts)


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


def _join(words: Iterable[str]) -> str:
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last
