from __future__ import annotations

import pytest

from onedrive.terminal.progress import ProgressFigures, SpeedMeter, live_lines, plain_line


def downloading(*, files: int = 60, size_bytes: int = 120_000_000) -> ProgressFigures:
    figures = ProgressFigures("Downloading", 0.0)
    figures.set_total(files, size_bytes)
    return figures


def test_the_speed_is_that_of_the_last_ten_seconds() -> None:
    meter = SpeedMeter()

    for second in range(21):
        meter.bytes_per_second(float(second))
        meter.received_bytes += 1000 if second < 10 else 3000

    assert meter.bytes_per_second(21.0) == 3000


def test_a_stall_is_seen_in_the_speed() -> None:
    meter = SpeedMeter()
    meter.bytes_per_second(0.0)
    meter.received_bytes = 50_000

    speeds = [meter.bytes_per_second(float(second)) for second in range(1, 30)]

    assert speeds[0] == 50_000
    assert speeds[-1] == 0


def test_the_first_second_tells_no_speed() -> None:
    meter = SpeedMeter()
    meter.bytes_per_second(0.0)

    assert meter.bytes_per_second(0.9) is None


@pytest.mark.parametrize(
    ("files", "size_bytes", "percent"),
    [
        (0, 0, 0),
        (30, 60_000_000, 50),
        (59, 119_999_999, 99),
        (60, 120_000_000, 100),
        (1, -5, 0),
        (60, 130_000_000, 100),
    ],
)
def test_percent_goes_by_bytes_and_is_100_only_at_the_end(files: int, size_bytes: int, percent: int) -> None:
    figures = downloading()

    figures.advance(files, size_bytes)

    assert figures.percent == percent


def test_percent_goes_by_files_where_there_are_no_bytes() -> None:
    figures = downloading(files=4, size_bytes=0)
    figures.advance(1, 0)

    assert figures.percent == 25
    assert plain_line(figures, 1.0) == "Downloading: 25 %, 1 of 4 files"
    assert downloading(files=0, size_bytes=0).percent == 100


def test_a_plain_line_has_all_figures() -> None:
    figures = downloading()
    figures.skip(10, 20_000_000)
    figures.advance(21, 40_000_000)
    figures.text = "waiting"

    line = plain_line(figures, 5.0)

    assert line == "Downloading: 50 %, 31 of 60 files, 60.0 MB of 120 MB, 8.0 MB/s, 8 s left, waiting"


def test_a_file_started_over_takes_back_its_bytes_but_not_the_speed() -> None:
    figures = downloading()
    figures.advance(0, 10_000_000)
    figures.advance(0, -10_000_000)

    assert plain_line(figures, 5.0) == "Downloading: 0 %, 0 of 60 files, 0 B of 120 MB, 2.0 MB/s, 1 min left"


def test_one_narrow_line_keeps_the_parts_that_fit() -> None:
    figures = downloading()
    figures.advance(31, 60_000_000)

    assert plain_line(figures, 1.0, 40) == "Downloading: 50 %, 31 of 60 files"
    assert plain_line(figures, 1.0, 10) == "Downloadin"


def test_open_ended_work_shows_its_text_and_after_a_while_its_time() -> None:
    figures = ProgressFigures("Listing", 0.0)
    before = live_lines(figures, 1.0, 75, fine_bar=True)
    figures.text = "1,204 files, 88 folders, 3.1 GB so far"

    assert before == ["Listing"]
    assert live_lines(figures, 65.0, 75, fine_bar=True) == [
        "Listing: 1,204 files, 88 folders, 3.1 GB so far (1 min 5 s)"
    ]
    assert plain_line(figures, 65.0) == "Listing: 1,204 files, 88 folders, 3.1 GB so far"


def test_live_lines_have_a_bar_the_figures_and_the_files_in_work() -> None:
    figures = downloading()
    figures.advance(30, 60_000_000)
    figures.working["1"] = "Pictures/2023/a very long name of a folder/IMG_0001.jpg"
    figures.text = "OneDrive asks us to wait until 14:32:07."

    assert live_lines(figures, 6.0, 50, fine_bar=False) == [
        "Downloading  ##########-----------  50 %, 6 s left",
        "  30 of 60 files, 60.0 MB of 120 MB, 10.0 MB/s",
        "OneDrive asks us to wait until 14:32:07.",
        "  Pictures/2023/a very lo... a folder/IMG_0001.jpg",
    ]


@pytest.mark.parametrize("width", [12, 30, 50, 75, 200])
def test_live_lines_fit_any_width(width: int) -> None:
    figures = downloading(files=18_900, size_bytes=88_000_000_000)
    figures.advance(4_210, 31_000_000_000)
    figures.working["1"] = "漢字" * 60

    lines = live_lines(figures, 600.0, width, fine_bar=True)

    assert all(len(line) <= width for line in lines)


def test_names_in_work_cannot_drive_the_terminal() -> None:
    figures = downloading()
    figures.working["1"] = "a\x1b[2J\nb"

    assert live_lines(figures, 0.0, 75, fine_bar=True)[-1] == "  a[2J b"
