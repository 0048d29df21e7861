"""The day of a file: when it was taken, else when it was created, else when it was last changed.

A camera's date counts as the camera wrote it (the service labels it Z, GRAPH_FACTS §2.8). The others are days of UTC,
so that a choice means the same on every computer; the person's own computer goes before the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum

from onedrive.drive_item import DriveItem

_FIRST_YEAR_MEANT = 1900  # 0001-01-01 stands for 'not known' (GRAPH_FACTS §5.2)


class DateSource(StrEnum):
    """Which of a file's dates says its day."""

    TAKEN = "taken"
    CREATED = "created"
    MODIFIED = "modified"
    NONE = "no date"


def day_of(item: DriveItem) -> tuple[date | None, DateSource]:
    """The day of a file and what says so; (None, NONE) when no date of it is meant."""
    for text, source in _dates(item):
        if isinstance(text, str) and (day := read_day(text, as_written=source is DateSource.TAKEN)):
            return day, source
    return None, DateSource.NONE


def _dates(item: DriveItem) -> Iterator[tuple[object, DateSource]]:
    """What may say the day, the best first."""
    yield item.facets.get("photo", {}).get("takenDateTime"), DateSource.TAKEN
    yield item.client_created, DateSource.CREATED
    yield item.created, DateSource.CREATED
    yield item.client_modified, DateSource.MODIFIED
    yield item.modified, DateSource.MODIFIED


def read_day(text: str, *, as_written: bool) -> date | None:
    """The day of a time as the service writes it; None when it names none that is meant.

    `as_written`: the day that stands there, whatever the time zone; otherwise the day that it was in UTC.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not as_written and moment.tzinfo is not None:
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            return None
    return moment.date() if moment.year >= _FIRST_YEAR_MEANT else None
