"""Wish: what one run of option 4 is to bring, and where to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from onedrive.chooser import Chooser
from onedrive.date_range import today_here
from onedrive.selection import EVERYTHING, Selection


@dataclass(frozen=True)
class Wish:
    """The selection in force and what else narrows a run.

    `today` is the day that 'last 30 days' is counted from. `leaves_places`: what is here stays in its place, whatever
    the layout says. `only`: ids of the items that are to be tried again; None: no such limit.
    """

    selection: Selection = EVERYTHING
    today: date = field(default_factory=today_here)
    leaves_places: bool = False
    only: frozenset[str] | None = None

    def folder_chooser(self) -> Chooser | None:
        """Who decides about folders that may be empty; None: they come only with the files that are chosen in them."""
        rest = replace(self.selection, folders=(), without_folders=())
        return Chooser(self.selection, self.today) if rest.wants_all else None

    def chooser(self) -> Chooser | None:
        """Who decides about an item; None: nothing is left out."""
        return None if self.selection.wants_all else Chooser(self.selection, self.today)
