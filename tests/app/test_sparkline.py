"""Years as a row of little bars."""

from __future__ import annotations

import pytest

from onedrive.app.menu import MOST_BARS, sparkline


def shows_all(_text: str) -> bool:
    return True


def shows_ascii(text: str) -> bool:
    return text.isascii()


@pytest.mark.parametrize(
    ("years", "shown"),
    [
        ({}, ""),
        ({"2019": 5}, ""),
        ({"2019": 5, "unknown": 3}, ""),
        ({"2019": 1, "2020": 8}, "2019 ▂█ 2020"),
        ({"2018": 1, "2021": 1000}, "2018 ▂▁▁█ 2021"),
        ({"2018": 0, "2019": 0}, "2018 ▁▁ 2019"),
        ({str(year): year - 2000 for year in range(2001, 2009)}, "2001 ▂▃▄▅▅▆▇█ 2008"),
    ],
)
def test_each_year_is_a_bar_as_high_as_its_bytes(years: dict[str, int], shown: str) -> None:
    assert sparkline(years, shows_all) == shown


def test_a_screen_without_blocks_gets_plain_signs() -> None:
    assert sparkline({"2019": 1, "2020": 8, "2021": 4}, shows_ascii) == "2019 .@+ 2021"


def test_many_years_are_put_together_so_that_the_row_stays_short() -> None:
    shown = sparkline({"1970": 1, "2026": 9}, shows_all)

    assert shown.startswith("1970 ▂▁")
    assert shown.endswith("█ 2026")
    assert len(shown) <= MOST_BARS + 10
