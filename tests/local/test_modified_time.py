"""Modified times, also impossible ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from onedrive.local.times import read_time, set_modified, set_times


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2023-05-06T07:08:09Z", 2023),
        ("2019-05-04T10:11:12.573Z", 2019),
        ("2019-05-04T10:11:12.5731234Z", 2019),
        ("2019-05-04T10:11:12", 2019),
        ("1969-07-20T20:17:40Z", 1969),
        ("2107-12-31T23:59:59Z", 2107),
    ],
)
def test_times_of_all_spellings_are_read(text: str, year: int) -> None:
    seconds = read_time(text)

    assert seconds is not None
    assert datetime.fromtimestamp(seconds, UTC).year == year


@pytest.mark.parametrize("text", ["", "0001-01-01T00:00:00Z", "yesterday", "2023-13-01T00:00:00Z"])
def test_what_names_no_time_is_none(text: str) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize(
    "text", ["1969-07-20T20:17:40Z", "2107-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "1900-01-01T00:00:00Z"]
)
def test_a_time_that_the_disk_may_not_keep_never_fails(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a"
    path.touch()

    set_modified(path, text)

    assert path.exists()


def test_no_time_leaves_the_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    before = path.stat().st_mtime_ns

    set_modified(path, "0001-01-01T00:00:00Z")

    assert path.stat().st_mtime_ns == before


def test_both_times_of_a_folder_are_set_where_the_system_can(tmp_path: Path) -> None:
    set_times(tmp_path, "2023-05-06T07:08:09Z", "2020-01-02T03:04:05Z")

    status = tmp_path.stat()
    assert status.st_mtime == datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC).timestamp()
    created = getattr(status, "st_birthtime", None)
    assert created is None or created == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()


def test_no_created_time_is_no_trouble(tmp_path: Path) -> None:
    set_times(tmp_path, "2023-05-06T07:08:09Z", "0001-01-01T00:00:00Z")
    set_times(tmp_path / "nothing here", "2023-05-06T07:08:09Z", "2020-01-02T03:04:05Z")

    assert tmp_path.stat().st_mtime == datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC).timestamp()
