"""How much is read: all, none that looks right, or a sample that is another one each day."""

from __future__ import annotations

import pytest

from onedrive.verify.reading import choose_way

IDS = [f"id{number}" for number in range(2000)]


@pytest.mark.parametrize(
    ("quick", "sample", "words", "least", "most"),
    [
        (False, None, "read", 2000, 2000),
        (True, None, "quick", 0, 0),
        (False, 5.0, "sample 5 %", 60, 150),
        (True, 2.5, "sample 2.5 %", 20, 90),
        (False, 100.0, "read", 2000, 2000),
        (False, 0.0, "quick", 0, 0),
    ],
)
def test_the_way_says_how_many_are_read(
    quick: bool, sample: float | None, words: str, least: int, most: int
) -> None:  # fmt: skip
    way = choose_way(quick=quick, sample_percent=sample, day="2026-11-24")

    assert way.describe() == words
    assert least <= sum(map(way.reads, IDS)) <= most


def test_a_sample_is_the_same_all_day_and_another_one_tomorrow() -> None:
    today, again, tomorrow = (
        [*map(choose_way(quick=False, sample_percent=50, day=day).reads, IDS)]
        for day in ("2026-11-24", "2026-11-24", "2026-11-25")
    )

    assert today == again
    assert today != tomorrow
