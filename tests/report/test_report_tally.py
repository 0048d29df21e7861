from __future__ import annotations

from onedrive.home.verification import ItemClass
from onedrive.report.help import Topic
from onedrive.report.rows import NO_YEAR, SHOWN_OF_A_TOPIC, Sum, day_number, kind_name, tally, year_name
from tests.report.verified import verified


def test_files_and_bytes_are_counted_by_class_kind_and_year() -> None:
    counted = tally(
        [
            verified("/a.jpg", size_bytes=10, day="2020-01-01"),
            verified("/b.mp4", ItemClass.MISSING, size_bytes=20, kind="videos", day="2020-12-31"),
            verified("/c.jpg", ItemClass.SAME_SIZE, size_bytes=40, day=""),
            verified("/d.iso", ItemClass.LEFT_OUT, size_bytes=5, kind="", day="2021-01-01"),
        ]
    )

    assert counted.all == Sum(4, 75, 1, 1)
    assert counted.by_class[ItemClass.MISSING] == Sum(1, 20, 1)
    assert counted.by_kind == {"photos": Sum(2, 50), "videos": Sum(1, 20, 1), "other files": Sum(1, 5, 0, 1)}
    assert counted.by_year == {"2020": Sum(2, 30, 1), NO_YEAR: Sum(1, 40), "2021": Sum(1, 5, 0, 1)}


def test_of_very_many_exceptions_all_are_counted_and_the_first_are_kept() -> None:
    counted = tally(verified(f"/{i}.jpg", ItemClass.MISSING) for i in range(SHOWN_OF_A_TOPIC + 50))

    assert counted.by_topic == {Topic.MISSING: SHOWN_OF_A_TOPIC + 50}
    assert [item.path for item in counted.shown[Topic.MISSING]] == [f"/{i}.jpg" for i in range(SHOWN_OF_A_TOPIC)]


def test_the_name_tells_the_kind_of_what_has_none() -> None:
    assert kind_name(verified("/x", kind="<b>")) == "other files"
    assert kind_name(verified("", kind="", local_path="mine/A.JPG")) == "photos"
    assert kind_name(verified("/a.jpg", kind="documents")) == "documents"


def test_a_day_that_is_none_is_no_year() -> None:
    assert day_number("2023-08-02") == 20230802
    assert [day_number(day) for day in ("", "2023", "20 May 23", "\u0662023-08-02")] == [0, 0, 0, 0]
    assert year_name(verified("/x", day="<b>")) == NO_YEAR
