"""DateRange: days as people write them: '2019', '2019-06..2020-03', 'last 30 days', 'since 2019', 'until 2020-06'."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_LAST = re.compile(r"(?:the )?last (?:(\d{1,5}) )?(day|week|month|year)s?", re.IGNORECASE | re.ASCII)
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


class NotADate(ValueError):
    """What was written is no date; the message says why, in a sentence."""


@dataclass(frozen=True)
class DateRange:
    """From one day to another, both included; None: open on that side. `last_days`: so many days before today."""

    first: date | None = None
    last: date | None = None
    last_days: int | None = None
    text: str = ""  # as the person wrote it

    def bounds(self, today: date) -> tuple[date | None, date | None]:
        """The first and the last day, as seen today."""
        if self.last_days is not None:
            days = min(self.last_days, (today - date.min).days)
            return today - timedelta(days=days), None
        return self.first, self.last

    def describe(self) -> str:
        """The range as it stands after what it is about: 'since 2019', 'from 2019-06 to 2020-03'."""
        if self.last_days is not None:
            return f"of the last {self.last_days} days"
        if self.first and self.last:
            return f"from {self.first} to {self.last}"
        return f"since {self.first}" if self.first else f"until {self.last}"


def read_date_range(text: str) -> DateRange:
    """Read what a person wrote. Raises NotADate."""
    words = " ".join(text.split())
    if found := _LAST.fullmatch(words):
        return DateRange(last_days=int(found[1] or 1) * _UNIT_DAYS[found[2].lower()], text=words)
    begin, dots, end = words.partition("..")
    if words.lower().startswith(("since ", "from ")):
        begin, dots, end = words.split(" ", 1)[1], "..", ""
    elif words.lower().startswith(("until ", "to ")):
        begin, dots, end = "", "..", words.split(" ", 1)[1]
    first = read_first_day(begin) if begin.strip() else None
    last = read_last_day(end if dots else begin) if (end if dots else begin).strip() else None
    if first is None and last is None:
        raise NotADate(f"{text!r} is no date.")
    if first and last and last < first:
        raise NotADate(f"{text!r} ends before it begins.")
    return DateRange(first=first, last=last, text=words)


def read_first_day(text: str) -> date:
    """The first day of a year, month or day: '2019' is 2019-01-01. Raises NotADate."""
    year, month, day = _parts(text)
    return _date(text, year, month or 1, day or 1)


def read_last_day(text: str) -> date:
    """The last day of a year, month or day: '2019-02' is 2019-02-28. Raises NotADate."""
    year, month, day = _parts(text)
    month = month or 12
    return _date(text, year, month, day or (monthrange(year, month)[1] if 1 <= month <= 12 and year else 1))


def _parts(text: str) -> tuple[int, int | None, int | None]:
    found = _DAY.fullmatch(text.strip())
    if not found:
        raise NotADate(f"{text.strip()!r} is no date such as 2019, 2019-06 or 2019-06-30.")
    return int(found[1]), int(found[2]) if found[2] else None, int(found[3]) if found[3] else None


def _date(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise NotADate(f"There is no day {text.strip()!r}.") from error
