"""Days as people write them, and back."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.choosing.ranges import DateRange, NotADate, read_date_range, read_first_day, read_last_day, today_here

TODAY = date(2024, 3, 1)
DAYS = st.dates()


@pytest.mark.parametrize(
    ("text", "first", "last", "words"),
    [
        ("2019", "2019-01-01", "2019-12-31", "of 2019"),
        ("2019-06", "2019-06-01", "2019-06-30", "of 2019-06"),
        ("2019-6-3", "2019-06-03", "2019-06-03", "of 2019-06-03"),
        ("2020-02", "2020-02-01", "2020-02-29", "of 2020-02"),
        ("1900-02", "1900-02-01", "1900-02-28", "of 1900-02"),
        ("2000-02-29", "2000-02-29", "2000-02-29", "of 2000-02-29"),
        ("2019..2020", "2019-01-01", "2020-12-31", "from 2019 to 2020"),
        ("2019-06..2020-03", "2019-06-01", "2020-03-31", "from 2019-06 to 2020-03"),
        (" 2019-06 .. 2020-03 ", "2019-06-01", "2020-03-31", "from 2019-06 to 2020-03"),
        ("2019..2019-06", "2019-01-01", "2019-06-30", "from 2019-01 to 2019-06"),
        ("2019-06-15..", "2019-06-15", None, "since 2019-06-15"),
        ("..2019", None, "2019-12-31", "until 2019"),
        ("since 2019", "2019-01-01", None, "since 2019"),
        ("FROM  2019-06", "2019-06-01", None, "since 2019-06"),
        ("until 2020-06", None, "2020-06-30", "until 2020-06"),
        ("to 2020", None, "2020-12-31", "until 2020"),
        ("0001", "0001-01-01", "0001-12-31", "of 0001"),
        ("9999", "9999-01-01", "9999-12-31", "of 9999"),
        ("last 30 days", "2024-01-31", None, "of the last 30 days"),
        ("Last day", "2024-02-29", None, "of the last day"),
        ("the last 2 weeks", "2024-02-16", None, "of the last 14 days"),
        ("last month", "2024-01-31", None, "of the last 30 days"),
        ("last year", "2023-03-02", None, "of the last 365 days"),
        ("last 99999 years", "0001-01-01", None, "of the last 36,499,635 days"),
    ],
)
def test_what_people_write_means_these_days(text: str, first: str | None, last: str | None, words: str) -> None:
    written = read_date_range(text)

    bounds = tuple(day.isoformat() if day else None for day in written.bounds(TODAY))
    assert (bounds, written.describe()) == ((first, last), words)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' names no day"),
        ("..", "'..' names no day"),
        ("since", "'since' names no day"),
        ("until  ", "'until' names no day"),
        ("soon", "'soon' is no date such as 2019"),
        ("19", "'19' is no date"),
        ("20190630", "'20190630' is no date"),
        ("2019-13", "There is no day '2019-13'"),
        ("2019-00", "There is no day '2019-00'"),
        ("2019-06-00", "There is no day '2019-06-00'"),
        ("2019-02-29", "There is no day '2019-02-29'"),
        ("1900-02-29", "There is no day '1900-02-29'"),
        ("2019-06-31", "There is no day '2019-06-31'"),
        ("0000", "There is no day '0000'"),
        ("2020..2019", "'2020..2019' ends before it begins"),
        ("2019...2020", "'.2020' is no date"),
        ("since 2019..2020", "'2019..2020' is no date"),
        ("last 30 lightyears", "'last 30 lightyears' is no date"),
        ("last 999999 days", "is no date"),
        ("last 0 days", "is no date"),
        ("-2019", "'-2019' is no date"),
        ("\uff12\uff10\uff11\uff19", "is no date"),
        ("\x1b[31m2019", "'\\x1b[31m2019' is no date"),
        ("9" * 5000, "is no date"),
    ],
)
def test_what_is_no_date_gets_a_short_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NotADate) as caught:
        read_date_range(text)

    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 150


@given(DAYS, DAYS)
@settings(max_examples=150)
def test_a_range_is_read_back_from_its_own_text(one: date, other: date) -> None:
    first, last = sorted((one, other))
    for written in (DateRange(first, last), DateRange(first), DateRange(None, last)):
        assert read_date_range(written.text) == written


@given(st.integers(1, 99_999), DAYS)
@settings(max_examples=50)
def test_the_last_days_are_counted_from_today_and_read_back(days: int, today: date) -> None:
    written = DateRange(last_days=days)

    first, last = written.bounds(today)
    assert read_date_range(written.text) == written
    assert last is None
    assert first is not None
    assert first == date.min or today - first == timedelta(days=days)


@given(DAYS)
@settings(max_examples=100)
def test_a_month_begins_and_ends_where_its_days_do(day: date) -> None:
    month = f"{day:%Y-%m}" if day.year >= 1000 else f"{day.year:04}-{day.month:02}"

    first, last = read_first_day(month), read_last_day(month)
    assert first <= day <= last
    assert first.day == 1
    assert last == date.max or (last + timedelta(days=1)).day == 1


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system's time zone cannot be set for a process")
@pytest.mark.parametrize(("zone", "day"), [("UTC", 24), ("<+10>-10", 25), ("<-10>10", 24)])
def test_today_is_the_day_of_this_computers_calendar(zone: str, day: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert today_here(datetime(2026, 11, 24, 20, tzinfo=UTC)) == date(2026, 11, day)
    finally:
        monkeypatch.undo()
        time.tzset()
