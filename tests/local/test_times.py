"""Modified and created times, also impossible ones."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from onedrive.home.files import time_of
from onedrive.local.times import read_time, set_created, set_modified, set_times, windows_ticks

MODIFIED = datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2023-05-06T07:08:09Z", 2023),
        ("2019-05-04T10:11:12.573Z", 2019),
        ("2019-05-04T10:11:12.5731234Z", 2019),
        ("2019-05-04T10:11:12", 2019),
        ("1969-07-20T20:17:40Z", 1969),
        ("2107-12-31T23:59:59Z", 2107),
        ("", None),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("2023-13-01T00:00:00Z", None),
    ],
)
def test_times_of_all_spellings_are_read_and_what_names_no_time_is_none(text: str, year: int | None) -> None:
    seconds = read_time(text)

    assert (None if seconds is None else time_of(seconds).year) == year


@pytest.mark.parametrize(
    "text", ["1969-07-20T20:17:40Z", "2107-12-31T23:59:59Z", "9999-12-31T23:59:59Z", "1900-01-01T00:00:00Z"]
)
def test_a_time_that_the_disk_may_not_keep_never_fails_and_no_time_changes_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a")

    set_modified(path, text)
    before = path.stat().st_mtime_ns
    set_modified(path, "0001-01-01T00:00:00Z")

    assert (path.read_bytes(), path.stat().st_mtime_ns) == (b"a", before)


@pytest.mark.parametrize("created", ["2020-01-02T03:04:05Z", "0001-01-01T00:00:00Z"])
def test_both_times_of_a_folder_are_set_where_the_system_can(tmp_path: Path, created: str) -> None:
    set_times(tmp_path, "2023-05-06T07:08:09Z", created)
    set_times(tmp_path / "nothing here", "2023-05-06T07:08:09Z", created)

    status = tmp_path.stat()
    assert status.st_mtime == MODIFIED
    made = getattr(status, "st_birthtime", None)
    assert made is None or read_time(created) in (None, made)


@pytest.mark.parametrize(
    ("seconds", "ticks"),
    [
        (0, 116_444_736_000_000_000),
        (-11_644_473_600, 0),
        (-20_000_000_000, 0),
        (1_700_000_000, 133_444_736_000_000_000),
    ],
)
def test_windows_counts_from_1601_in_steps_of_100_nanoseconds(tmp_path: Path, seconds: int, ticks: int) -> None:
    (tmp_path / "a").write_bytes(b"a")

    set_created(tmp_path / "a", seconds)  # never fails, whatever the system
    set_created(tmp_path / "nothing here", seconds)

    assert windows_ticks(seconds) == ticks
    assert (tmp_path / "a").read_bytes() == b"a"
