"""What kind of file an item is, and of which day, whatever the service says about it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.graph.item import DriveItem, from_graph, from_json
from onedrive.graph.traits import DateSource, FileKind, day_of, kind_of, kind_of_name, read_day


@pytest.mark.parametrize(
    ("name", "mime_type", "facets", "kind"),
    [
        ("a.jpg", "image/jpeg", {"photo": {}}, FileKind.PHOTO),
        ("a.JPG", "application/octet-stream", {}, FileKind.PHOTO),
        ("a.heic", "", {}, FileKind.PHOTO),
        ("screenshot", "image/png", {}, FileKind.PHOTO),
        ("a.cr2", "application/octet-stream", {"image": {}}, FileKind.PHOTO),
        ("a.mp4", "video/mp4", {"photo": {}, "video": {}}, FileKind.VIDEO),
        ("a.mov", "", {}, FileKind.VIDEO),
        ("a.mts", "application/octet-stream", {}, FileKind.VIDEO),
        ("a.ts", "video/vnd.dlna.mpeg-tts", {}, FileKind.OTHER),
        ("a.ts", "video/mp2t", {"video": {}}, FileKind.VIDEO),
        ("a.mp3", "audio/mpeg", {"audio": {}}, FileKind.MUSIC),
        ("a.flac", "", {}, FileKind.MUSIC),
        ("a.svg", "image/svg+xml", {}, FileKind.DOCUMENT),
        ("a.docx", "application/octet-stream", {}, FileKind.DOCUMENT),
        ("a", "application/pdf", {}, FileKind.DOCUMENT),
        ("a.zip", "application/zip", {}, FileKind.OTHER),
        ("strange", "", {"photo": {}}, FileKind.PHOTO),
    ],
)
def test_facets_then_type_then_extension_decide(
    name: str, mime_type: str, facets: dict[str, object], kind: FileKind
) -> None:
    item = from_graph({"id": "1", "name": name, "file": {"mimeType": mime_type}, **facets})

    assert kind_of(item) is kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.JPG", FileKind.PHOTO), ("b.m2ts", FileKind.VIDEO), ("c", FileKind.OTHER), ("d.zip", FileKind.OTHER)],
)
def test_a_name_alone_tells_the_kind_by_its_extension(name: str, kind: FileKind) -> None:
    assert kind_of_name(name) is kind


def _item(**dates: object) -> DriveItem:
    row: dict[str, Any] = {
        "id": "A!1",
        "name": "a.jpg",
        "path": "/a.jpg",
        "file": {},
        "photo": {},
        "fileSystemInfo": {},
    }
    for place, value in dates.items():
        facet, _, field = place.partition("_")
        (row[facet] if field else row)[field or facet] = value
    return from_json(row)


NOT_KNOWN = "0001-01-01T00:00:00Z"
DATES = {
    "photo_takenDateTime": "2015-01-01T12:00:00Z",
    "fileSystemInfo_createdDateTime": "2016-01-01T12:00:00Z",
    "createdDateTime": "2017-01-01T12:00:00Z",
    "fileSystemInfo_lastModifiedDateTime": "2018-01-01T12:00:00Z",
    "lastModifiedDateTime": "2019-01-01T12:00:00Z",
}
SOURCES = [DateSource.TAKEN, DateSource.CREATED, DateSource.CREATED, DateSource.MODIFIED, DateSource.MODIFIED]


@pytest.mark.parametrize("wrong", [None, NOT_KNOWN, "", "soon", "2019-02-30T00:00:00Z", 2019, "1899-12-31T23:59:59Z"])
@pytest.mark.parametrize("missing", range(len(DATES)))
def test_the_first_date_that_is_meant_says_the_day(missing: int, wrong: object) -> None:
    dates: dict[str, object] = dict(DATES)
    for name in list(DATES)[:missing]:
        dates[name] = wrong

    assert day_of(_item(**dates)) == (date(2015 + missing, 1, 1), SOURCES[missing])


def test_a_file_without_any_date_has_no_day() -> None:
    assert day_of(_item()) == (None, DateSource.NONE)
    assert day_of(_item(**dict.fromkeys(DATES, NOT_KNOWN))) == (None, DateSource.NONE)


@pytest.mark.parametrize(
    ("text", "as_written", "in_utc"),
    [
        ("2019-06-30T23:59:59Z", "2019-06-30", "2019-06-30"),
        ("2019-06-30T23:59:59.1234567Z", "2019-06-30", "2019-06-30"),
        ("2019-06-30T23:30:00-02:00", "2019-06-30", "2019-07-01"),
        ("2019-07-01T00:30:00+02:00", "2019-07-01", "2019-06-30"),
        ("2019-12-31T20:00:00-08:00", "2019-12-31", "2020-01-01"),
        ("2020-02-29T00:00:00Z", "2020-02-29", "2020-02-29"),
        ("2020-02-28T23:00:00-05:00", "2020-02-28", "2020-02-29"),
        ("2019-06-30T12:00:00", "2019-06-30", "2019-06-30"),
        (" 2019-06-30T12:00:00Z ", "2019-06-30", "2019-06-30"),
        ("2019-02-29T00:00:00Z", None, None),
        ("0001-01-01T00:00:00Z", None, None),
        ("0001-01-01T00:00:00+05:00", None, None),
        ("9999-12-31T23:59:59Z", "9999-12-31", "9999-12-31"),
        ("9999-12-31T23:59:59-05:00", "9999-12-31", None),
        ("1900-01-01T00:00:00Z", "1900-01-01", "1900-01-01"),
        ("1899-12-31T23:59:59Z", None, None),
        ("\ud800", None, None),
    ],
)
def test_a_time_is_a_day_as_it_is_written_or_in_utc(text: str, as_written: str | None, in_utc: str | None) -> None:
    days = [read_day(text, as_written=True), read_day(text, as_written=False)]

    assert [day.isoformat() if day else None for day in days] == [as_written, in_utc]


@given(
    st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(9999, 12, 30)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
@settings(max_examples=100, deadline=None)
def test_the_camera_keeps_its_own_day_and_every_other_time_means_the_same_everywhere(
    moment: datetime, zone: timezone
) -> None:
    there = moment.replace(tzinfo=UTC).astimezone(zone)

    assert read_day(there.isoformat(), as_written=True) == there.date()
    assert read_day(there.isoformat(), as_written=False) == moment.date()


@given(st.text(max_size=30))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_day_or_none(text: str) -> None:
    day = read_day(text, as_written=False)

    assert day is None or day.year >= 1900
