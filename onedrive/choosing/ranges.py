"""Days and sizes as people write them: '2019-2021', 'June 2019', 'last 30 days', '10 MB to 2 GB'."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from onedrive.errors import WrongAnswer
from onedrive.graph.item import LARGEST_SIZE
from onedrive.words import plural

# A day, a month or a year, as people write them; the order of the parts is told by their form.
_FORMS = [
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        r"(?P<year>\d{4})(?:[-./](?P<month>\d{1,2})(?:[-./](?P<day>\d{1,2}))?)?",
        r"(?:(?P<day>\d{1,2})\. ?)?(?P<month>\d{1,2})[./] ?(?P<year>\d{4})",
        r"(?:(?P<day>\d{1,2})(?:\.|st|nd|rd|th)? (?:of )?)?(?P<month>[a-z]{3,9})[.,]? (?P<year>\d{4})",
        r"(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
    )
]
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)  # 1 June and 6 January, by the country
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip
_BETWEEN = ("..", "\u2013", "\u2014", " to ", " until ", " till ", " and ", " - ")
_LAST = re.compile(r"(?:of )?(?:the )?last (?:([1-9]\d{0,4}) )?(day|week|month|year)s?", re.ASCII)
_MOST_DAYS = 99_999  # in five digits, as it is read
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_MOST_SHOWN = 60
EXAMPLES = "2019, June 2019, 2019-2021, 2019-06-01 to 2020-03-31, since 2019, or last 30 days"


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
        """The range in one form, which `read_date_range` reads: '2019', '2019-06..', 'last 30 days'."""
        if self.last_days is not None:
            return f"last {self.last_days} days"
        first, last = self._ends()
        return first if first == last else f"{first}..{last}"

    def describe(self) -> str:
        """The range as it stands after what it is about: 'since 2019', 'of June 2019', 'from 2019 to 2021'."""
        if self.last_days is not None:
            return "of the last day" if self.last_days == 1 else f"of the last {plural('day', self.last_days)}"
        first, last = map(_spell, self._ends())
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


def _spell(text: str) -> str:
    """A year, month or day of ISO 8601 with the name of its month: '15 June 2019'."""
    year, _, rest = text.partition("-")
    month, _, day = rest.partition("-")
    words = [day.lstrip("0"), _MONTHS[int(month) - 1] if month else "", year]
    return " ".join(filter(None, words))


def today_here(moment: datetime | None = None) -> date:
    """The day of a moment (now) by this computer's calendar: the one that 'last 30 days' is counted from."""
    return (moment or datetime.now(UTC)).astimezone().date()


def read_date_range(text: str) -> DateRange:
    """Read what a person wrote: '2019', 'June 2019', '2019-2021', '01.06.2019 to today'. Raises WrongAnswer."""
    words = " ".join(text.split()).lower()
    if found := _LAST.fullmatch(words):
        return DateRange(last_days=min(int(found[1] or 1) * _UNIT_DAYS[found[2]], _MOST_DAYS))
    begin, end = _ends_of(words)
    first = read_first_day(begin) if begin else None
    last = read_last_day(end) if end else None
    if first is None and last is None:
        raise WrongAnswer(f"{_shown(text)} names no day; write {EXAMPLES}.")
    if first and last and last < first:
        raise WrongAnswer(f"{_shown(text)} ends before it begins.")
    return DateRange(first=first, last=last)


def _ends_of(words: str) -> tuple[str, str]:
    """The first and the last day as they were written; '' is open. A single one is both."""
    word, _, rest = words.partition(" ")
    if word in ("until", "till", "to"):
        return "", rest
    if word in ("since", "from", "between"):
        words = rest
    for mark in _BETWEEN:
        begin, found, end = words.partition(mark)
        if found:
            return _with_year_of(begin.strip(), end.strip()), end.strip()
    if word in ("since", "from"):
        return words, ""
    if not _is_day(words):  # a hyphen may stand within a day, and between two
        for hyphen in re.finditer("-", words):
            begin, end = words[: hyphen.start()].strip(), words[hyphen.end() :].strip()
            if _is_day(end) and _is_day(_with_year_of(begin, end)):
                return _with_year_of(begin, end), end
    return words, words


def _with_year_of(begin: str, end: str) -> str:
    """A month without its year has that of the last day: 'June to August 2019'."""
    return f"{begin} {end[-4:]}" if begin.isalpha() else begin


def read_first_day(text: str) -> date:
    """The first day of a year, month or day: '2019' is 2019-01-01. Raises WrongAnswer."""
    year, month, day = _parts(text)
    return _date(text, year, month or 1, day or 1)


def read_last_day(text: str) -> date:
    """The last day of a year, month or day: '2019-02' is 2019-02-28. Raises WrongAnswer."""
    year, month, day = _parts(text)
    month = 12 if month is None else month
    if day is None:
        day = monthrange(year, month)[1] if year and 1 <= month <= 12 else 1
    return _date(text, year, month, day)


def _is_day(text: str) -> bool:
    return any(form.fullmatch(text) for form in [*_FORMS, _SLASHES])


def _parts(text: str) -> tuple[int, int | None, int | None]:
    words = " ".join(text.split())
    if slashes := _SLASHES.fullmatch(words):
        one, other, year = map(int, slashes.groups())
        if one != other and max(one, other) <= 12:
            days = " or ".join(_spell(f"{year}-{month:02}-{day:02}") for day, month in ((one, other), (other, one)))
            raise WrongAnswer(f"{_shown(text)} can mean two days; write {days}.")
        return (year, one, other) if other > 12 else (year, other, one)
    for form in _FORMS:
        if found := form.fullmatch(words):
            month, day = found["month"], found["day"]
            number = None if month is None else int(month) if month.isdigit() else _month_of(month)
            if number is not None or month is None:
                return int(found["year"]), number, int(day) if day else None
    raise WrongAnswer(f"{_shown(text)} is not a date; write {EXAMPLES}.")


def _month_of(name: str) -> int | None:
    """The number of a month, also of a shortened one; None: it is none."""
    found = (number for number, month in enumerate(_MONTHS, 1) if month.lower().startswith(name.lower()))
    return next(found, None)


def _date(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise WrongAnswer(f"There is no day {_shown(text)}.") from error


def _shown(text: str) -> str:
    return repr(text.strip()[:_MOST_SHOWN])


_SIZE = re.compile(r"(\d{1,19}(?:\.\d{1,6})?)\s*(?:([kmgt])(i?)b?|b|bytes?)?", re.IGNORECASE | re.ASCII)
_TO = re.compile(r"(?<=\w)(?: to |\s*[-\u2013\u2014]\s*)", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def read_size_text(text: str) -> int:
    """The bytes that a size names. Raises WrongAnswer."""
    written = _SIZE.fullmatch(text.strip())
    if not written:
        raise WrongAnswer(f"{_shown(text)} is not a size such as 500k, 10M or 1.5G.")
    number, unit, binary = written.groups(default="")
    size_bytes = int(Decimal(number) * (1024 if binary else 1000) ** _POWERS[unit.lower()])
    if size_bytes > LARGEST_SIZE:
        raise WrongAnswer(f"{_shown(text)} is more than any file has.")
    return size_bytes


def read_size_range(text: str) -> tuple[int | None, int | None]:
    """The least and the most bytes, both included; None: no limit on that side. Raises WrongAnswer."""
    words = text.strip()
    begin, dots, end = _TO.sub("..", words).partition("..")
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
        raise WrongAnswer(f"{_shown(text)} is not a range of sizes such as >10M, <2G or 10M to 2G.")
    if least is not None and most is not None and most < least:
        raise WrongAnswer(f"{_shown(text)} ends before it begins.")
    return least, most


def _without_sign(words: str, *, beyond: int) -> int:
    """The border that is still included: '>10' begins at 11, '>=10' at 10."""
    if words[1:2] == "=":
        return read_size_text(words[2:])
    size_bytes = read_size_text(words[1:]) + beyond
    if size_bytes < 0:
        raise WrongAnswer("No file has less than 0 bytes.")
    return size_bytes
