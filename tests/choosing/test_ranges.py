"""Days and sizes as people write them, and back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.choosing.ranges import (
    DateRange,
    read_date_range,
    read_size_range,
    read_size_text,
    today_here,
)
from onedrive.errors import WrongAnswer
from onedrive.graph.item import LARGEST_SIZE

TODAY = date(2024, 3, 1)
DAYS = st.dates()


RANGES = [
    ("2019", "2019-01-01", "2019-12-31", "of 2019"),
    ("2019-06", "2019-06-01", "2019-06-30", "of June 2019"),
    ("2019-6-3", "2019-06-03", "2019-06-03", "of 3 June 2019"),
    ("2019/06/30", "2019-06-30", "2019-06-30", "of 30 June 2019"),
    ("1900-02", "1900-02-01", "1900-02-28", "of February 1900"),
    ("2019-06..2020-02", "2019-06-01", "2020-02-29", "from June 2019 to February 2020"),
    (" 2019-06 .. 2020-03 ", "2019-06-01", "2020-03-31", "from June 2019 to March 2020"),
    ("2019..2019-06", "2019-01-01", "2019-06-30", "from January 2019 to June 2019"),
    *((text, "2019-01-01", "2021-12-31", "from 2019 to 2021") for text in (
        "2019-2021", "2019 - 2021", "2019\u20132021", "2019 TO  2021", "2019 until 2021", "from 2019 to 2021",
        "between 2019 and 2021", "2019\u20142021", "2019-01-2021-12",
    )),
    *((text, "2019-06-01", "2019-06-30", "of June 2019") for text in (
        "June 2019", "jun. 2019", "JUNE, 2019", "06.2019", "6/2019",
    )),
    ("01.06.2019-31.12.2021", "2019-06-01", "2021-12-31", "from June 2019 to December 2021"),
    *((text, "2019-06-30", "2019-06-30", "of 30 June 2019") for text in (
        "30.6.2019", "30. 06. 2019", "30/6/2019", "6/30/2019", "30 June 2019", "30th of June 2019", "June 30, 2019",
        "June 30th 2019",
    )),
    ("06/06/2019", "2019-06-06", "2019-06-06", "of 6 June 2019"),
    ("June to August 2019", "2019-06-01", "2019-08-31", "from June 2019 to August 2019"),
    ("Dec 2019-Feb 2020", "2019-12-01", "2020-02-29", "from December 2019 to February 2020"),
    ("2019-06-15..", "2019-06-15", None, "since 15 June 2019"),
    ("..2019", None, "2019-12-31", "until 2019"),
    ("since 2019", "2019-01-01", None, "since 2019"),
    ("FROM  2019-06", "2019-06-01", None, "since June 2019"),
    ("until 30 June 2020", None, "2020-06-30", "until June 2020"),
    ("0001", "0001-01-01", "0001-12-31", "of 0001"),
    ("last 30 days", "2024-01-31", None, "of the last 30 days"),
    ("Last day", "2024-02-29", None, "of the last day"),
    ("last month", "2024-01-31", None, "of the last 30 days"),
    ("last year", "2023-03-02", None, "of the last 365 days"),
    ("last 99999 years", "1750-05-18", None, "of the last 99,999 days"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "first", "last", "words"), RANGES)
def test_what_people_write_means_these_days(text: str, first: str | None, last: str | None, words: str) -> None:
    written = read_date_range(text)

    bounds = tuple(day.isoformat() if day else None for day in written.bounds(TODAY))
    assert (bounds, written.describe()) == ((first, last), words)
    assert read_date_range(written.text) == written


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' names no day"),
        ("..", "'..' names no day"),
        ("since", "'since' names no day"),
        ("soon", "'soon' is not a date; write 2019, June 2019, 2019-2021, "),
        ("June", "'june' is not a date"),
        ("Mayo 2019", "'mayo 2019' is not a date"),
        ("30 2019", "'30 2019' is not a date"),
        ("01/06/2019", "'01/06/2019' can mean two days; write 1 June 2019 or 6 January 2019."),
        ("20190630", "'20190630' is not a date"),
        ("2019-13", "There is no day '2019-13'"),
        ("31.6.2019", "There is no day '31.6.2019'"),
        ("2019-06-00", "There is no day '2019-06-00'"),
        ("2019-02-29", "There is no day '2019-02-29'"),
        ("0000", "There is no day '0000'"),
        ("2020..2019", "'2020..2019' ends before it begins"),
        ("2021-2019", "'2021-2019' ends before it begins"),
        ("2019...2020", "'.2020' is not a date"),
        ("last 30 lightyears", "'last 30 lightyears' is not a date"),
        ("last 999999 days", "is not a date"),
        ("last 0 days", "is not a date"),
        ("\uff12\uff10\uff11\uff19", "is not a date"),
        ("\x1b[31m2019", "'\\x1b[31m2019' is not a date"),
        ("9" * 5000, "is not a date"),
        ("-" * 5000, "is not a date"),
    ],
)
def test_what_is_no_date_gets_a_short_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WrongAnswer) as caught:
        read_date_range(text)

    assert sentence in str(caught.value)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 190


@given(DAYS, DAYS, st.integers(1, 99_999))
@settings(max_examples=60, deadline=None)
def test_a_range_is_read_back_from_its_own_text(one: date, other: date, days: int) -> None:
    first, last = sorted((one, other))
    for written in (DateRange(first, last), DateRange(first), DateRange(None, last), DateRange(last_days=days)):
        assert read_date_range(written.text) == written

    begin, end = DateRange(last_days=days).bounds(one)
    assert end is None
    assert begin is not None
    assert begin == date.min or one - begin == timedelta(days=days)

    month = read_date_range(f"{one.year:04}-{one.month:02}")
    assert month.first is not None
    assert month.last is not None
    assert month.first.day == 1
    assert month.first <= one <= month.last
    assert month.last == date.max or (month.last + timedelta(days=1)).day == 1


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


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("0", 0),
        ("123", 123),
        ("123 B", 123),
        ("1 byte", 1),
        ("500k", 500_000),
        ("10M", 10_000_000),
        (" 10 mb ", 10_000_000),
        ("1.5 GB", 1_500_000_000),
        ("0.1k", 100),
        ("0.0001k", 0),
        ("2T", 2_000_000_000_000),
        ("1KiB", 1024),
        ("10MiB", 10 * 1024**2),
        ("1Gi", 1024**3),
        (str(LARGEST_SIZE), LARGEST_SIZE),
    ],
)
def test_a_size_names_so_many_bytes(text: str, size_bytes: int) -> None:
    assert read_size_text(text) == size_bytes


@pytest.mark.parametrize(
    ("text", "borders"),
    [
        (">10M", (10_000_001, None)),
        (">=10M", (10_000_000, None)),
        ("> 10 MB", (10_000_001, None)),
        ("<2G", (None, 1_999_999_999)),
        ("<= 2G", (None, 2_000_000_000)),
        ("10M..2G", (10_000_000, 2_000_000_000)),
        *((text, (10_000_000, 2_000_000_000)) for text in ("10M to 2G", "10 MB - 2 GB", "10M-2G", "10M\u20132G")),
        ("10M..", (10_000_000, None)),
        (".. 2G", (None, 2_000_000_000)),
        ("5..5", (5, 5)),
        (">0", (1, None)),
        ("<1", (None, 0)),
    ],
)
def test_a_range_of_sizes_has_these_borders(text: str, borders: tuple[int | None, int | None]) -> None:
    assert read_size_range(text) == borders


NO_RANGES = ["", "10M", "..", "=10M", ">"]
NO_SIZES = ["", "M", "-1", "1e3", "10 apples", "1,5G", "1.G", ".5G", "1 000", "10M 5", "∞", "\uff11\uff10", "\ud800"]


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        *((read_size_text, text, f"{text!r} is not a size such as 500k, 10M or 1.5G.") for text in NO_SIZES),
        (read_size_text, str(LARGEST_SIZE + 1), f"'{LARGEST_SIZE + 1}' is more than any file has."),
        (read_size_text, "9999999999999999999", "'9999999999999999999' is more than any file has."),
        (read_size_text, "999999999T", "'999999999T' is more than any file has."),
        *(
            (read_size_range, text, f"'{text}' is not a range of sizes such as >10M, <2G or 10M to 2G.")
            for text in NO_RANGES
        ),
        (read_size_range, ">>1", "'>1' is not a size such as 500k, 10M or 1.5G."),
        (read_size_range, "2G..10M", "'2G..10M' ends before it begins."),
        (read_size_range, "1..2..3", "'2..3' is not a size such as 500k, 10M or 1.5G."),
        (read_size_range, "<0", "No file has less than 0 bytes."),
    ],
)
def test_what_is_no_size_or_no_range_gets_a_sentence(read: Callable[[str], object], text: str, sentence: str) -> None:
    with pytest.raises(WrongAnswer) as caught:
        read(text)

    assert str(caught.value) == sentence
