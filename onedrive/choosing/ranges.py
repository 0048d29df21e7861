"""Days and sizes as people write them: '2019-06..2020-03', 'last 30 days', '10 MB to 2 GB'."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from onedrive.errors import WrongAnswer
from onedrive.graph.item import LARGEST_SIZE
from onedrive.words import plural

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_LAST = re.compile(r"(?:of )?(?:the )?last (?:([1-9]\d{0,4}) )?(day|week|month|year)s?", re.IGNORECASE | re.ASCII)
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_MOST_SHOWN = 60


class NotADate(WrongAnswer):
    """What was written is no date."""


@dataclass(frozen=True)
class DateRange:
    """From one day to another, both included; None: open on that side. `last_days`: so many days before today."""

    first: date | None = None
    last: date | None = None
    last_days: int | None = None

    def bounds(self, today: date) -> tuple[date | None, date | None]:
        """The first and the last day, as seen today."""
        if self.last_days is not None:
            days = min(self.last_days, (today - date.min).days)
            return today - timedelta(days=days), None
        return self.first, self.last

    @property
    def text(self) -> str:
        """The range as a person would write it, and `read_date_range` reads it: '2019', '2019-06..', 'last 30 days'."""
        if self.last_days is not None:
            return f"last {self.last_days} days"
        first, last = self._ends()
        return first if first == last else f"{first}..{last}"

    def describe(self) -> str:
        """The range as it stands after what it is about: 'since 2019', 'of 2019-06', 'from 2019-06 to 2020-03'."""
        if self.last_days is not None:
            return "of the last day" if self.last_days == 1 else f"of the last {plural('day', self.last_days)}"
        first, last = self._ends()
        if first and last:
            return f"of {first}" if first == last else f"from {first} to {last}"
        return f"since {first}" if first else f"until {last}"

    def _ends(self) -> tuple[str, str]:
        """Both ends, as short as they can be said: whole years, else whole months, else days."""
        first, last = (day.isoformat() if day else "" for day in (self.first, self.last))
        begins_year = self.first is None or (self.first.month, self.first.day) == (1, 1)
        ends_year = self.last is None or (self.last.month, self.last.day) == (12, 31)
        begins_month = self.first is None or self.first.day == 1
        ends_month = self.last is None or self.last.day == monthrange(self.last.year, self.last.month)[1]
        if begins_year and ends_year:
            return first[:4], last[:4]
        return (first[:7], last[:7]) if begins_month and ends_month else (first, last)


def today_here(moment: datetime | None = None) -> date:
    """The day of a moment (now) by this computer's calendar: the one that 'last 30 days' is counted from."""
    return (moment or datetime.now(UTC)).astimezone().date()


def read_date_range(text: str) -> DateRange:
    """Read what a person wrote. Raises NotADate."""
    words = " ".join(text.split())
    if found := _LAST.fullmatch(words):
        return DateRange(last_days=int(found[1] or 1) * _UNIT_DAYS[found[2].lower()])
    begin, dots, end = words.partition("..")
    word, _, rest = words.partition(" ")
    if word.lower() in ("since", "from"):
        begin, dots, end = rest, "..", ""
    elif word.lower() in ("until", "to"):
        begin, dots, end = "", "..", rest
    elif not dots:
        end = begin
    first = read_first_day(begin) if begin.strip() else None
    last = read_last_day(end) if end.strip() else None
    if first is None and last is None:
        raise NotADate(f"{_shown(text)} names no day, such as 2019, 2019-06..2020-03 or last 30 days.")
    if first and last and last < first:
        raise NotADate(f"{_shown(text)} ends before it begins.")
    return DateRange(first=first, last=last)


def read_first_day(text: str) -> date:
    """The first day of a year, month or day: '2019' is 2019-01-01. Raises NotADate."""
    year, month, day = _parts(text)
    return _date(text, year, month or 1, day or 1)


def read_last_day(text: str) -> date:
    """The last day of a year, month or day: '2019-02' is 2019-02-28. Raises NotADate."""
    year, month, day = _parts(text)
    month = 12 if month is None else month
    if day is None:
        day = monthrange(year, month)[1] if year and 1 <= month <= 12 else 1
    return _date(text, year, month, day)


def _parts(text: str) -> tuple[int, int | None, int | None]:
    found = _DAY.fullmatch(text.strip())
    if not found:
        raise NotADate(f"{_shown(text)} is no date such as 2019, 2019-06 or 2019-06-30.")
    return int(found[1]), int(found[2]) if found[2] else None, int(found[3]) if found[3] else None


def _date(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise NotADate(f"There is no day {_shown(text)}.") from error


def _shown(text: str) -> str:
    return repr(text.strip()[:_MOST_SHOWN])


_SIZE = re.compile(r"(\d{1,19}(?:\.\d{1,6})?)\s*(?:([kmgt])(i?)b?|b|bytes?)?", re.IGNORECASE | re.ASCII)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class NotASize(WrongAnswer):
    """What was written is no size."""


def read_size_text(text: str) -> int:
    """The bytes that a size names. Raises NotASize."""
    written = _SIZE.fullmatch(text.strip())
    if not written:
        raise NotASize(f"{_shown(text)} is no size such as 500k, 10M or 1.5G.")
    number, unit, binary = written.groups(default="")
    size_bytes = int(Decimal(number) * (1024 if binary else 1000) ** _POWERS[unit.lower()])
    if size_bytes > LARGEST_SIZE:
        raise NotASize(f"{_shown(text)} is more than any file has.")
    return size_bytes


def read_size_range(text: str) -> tuple[int | None, int | None]:
    """The least and the most bytes, both included; None: no limit on that side. Raises NotASize."""
    words = text.strip()
    begin, dots, end = words.partition("..")
    if not words.strip("<>=. "):
        least = most = None
    elif dots:
        least = read_size_text(begin) if begin.strip() else None
        most = read_size_text(end) if end.strip() else None
    elif words[:1] == ">":
        least, most = _without_sign(words, beyond=1), None
    elif words[:1] == "<":
        least, most = None, _without_sign(words, beyond=-1)
    else:
        least = most = None
    if least is None and most is None:
        raise NotASize(f"{_shown(text)} is no range such as >10M, <2G or 10M..2G.")
    if least is not None and most is not None and most < least:
        raise NotASize(f"{_shown(text)} ends before it begins.")
    return least, most


def _without_sign(words: str, *, beyond: int) -> int:
    """The border that is still included: '>10' begins at 11, '>=10' at 10."""
    if words[1:2] == "=":
        return read_size_text(words[2:])
    size_bytes = read_size_text(words[1:]) + beyond
    if size_bytes < 0:
        raise NotASize("No file has less than 0 bytes.")
    return size_bytes
