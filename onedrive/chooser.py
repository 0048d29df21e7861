"""Chooser: does a selection want this item, and if not, why; compiled once, asked for each file of a list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from onedrive.drive_item import DriveItem
from onedrive.file_kind import kind_of
from onedrive.item_date import day_of
from onedrive.name_globs import NameGlobs
from onedrive.selection import Selection


class Chooser:
    """Decides for one selection; `today` is the day that 'last 30 days' is counted from."""

    def __init__(self, selection: Selection, today: date) -> None:
        self._selection = selection
        self._globs = NameGlobs(selection.include, selection.exclude)
        self._first, self._last = selection.dates.bounds(today) if selection.dates else (None, None)
        self._tests: list[tuple[str, Callable[[DriveItem], bool]]] = [
            (reason, test)
            for is_asked, reason, test in (
                (bool(selection.kinds), "of another kind", self._is_of_kind),
                (bool(selection.folders or selection.without_folders), "in another folder", self._is_in_folder),
                (bool(selection.include or selection.exclude), "by its name", self._is_named),
                (selection.min_size is not None or selection.max_size is not None, "by its size", self._is_of_size),
                (selection.dates is not None, "by its date", self._is_of_time),
                (bool(selection.cameras), "from another camera", self._is_of_camera),
            )
            if is_asked
        ]

    def wants(self, item: DriveItem) -> bool:
        """True when the file passes every part of the selection."""
        return self.why_not(item) is None

    def why_not(self, item: DriveItem) -> str | None:
        """Why a file is left out, in words that fit after 'left out'; None: it is wanted."""
        return next((reason for reason, test in self._tests if not test(item)), None)

    def _is_of_kind(self, item: DriveItem) -> bool:
        return kind_of(item) in self._selection.kinds

    def _is_in_folder(self, item: DriveItem) -> bool:
        path = item.path.lower()
        chosen = self._selection.folders
        return (not chosen or any(_is_below(path, folder) for folder in chosen)) and not any(
            _is_below(path, folder) for folder in self._selection.without_folders
        )

    def _is_named(self, item: DriveItem) -> bool:
        return self._globs.admits(item.path)

    def _is_of_size(self, item: DriveItem) -> bool:
        size, least, most = item.size or 0, self._selection.min_size, self._selection.max_size
        return (least is None or size >= least) and (most is None or size <= most)

    def _is_of_time(self, item: DriveItem) -> bool:
        day, _ = day_of(item)
        if day is None:
            return False
        return (self._first is None or day >= self._first) and (self._last is None or day <= self._last)

    def _is_of_camera(self, item: DriveItem) -> bool:
        return camera_of(item) in self._selection.cameras


def camera_of(item: DriveItem) -> str:
    """The camera that took a picture: 'Apple iPhone 8'; '' when it is not known."""
    photo = item.facets.get("photo", {})
    make, model = (str(photo.get(name) or "").strip() for name in ("cameraMake", "cameraModel"))
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _is_below(path: str, folder: str) -> bool:
    folder = folder.lower().rstrip("/")
    return path.startswith(f"{folder}/")
