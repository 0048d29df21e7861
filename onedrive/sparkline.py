"""A sparkline: the bytes of each year as a row of little bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-=+*#@"
MOST_BARS = 16


def sparkline(years: Mapping[str, int], can_show: Callable[[str], bool]) -> str:
    """The bytes of each year as a row of bars, '2008 ▁▂█▃ 2024'; '' where there are no two years.

    A year without files between others has a place too. More than `MOST_BARS` years are put together, some at a time.
    """
    known = {int(year): size for year, size in years.items() if year.isascii() and year.isdigit()}
    if len(known) < 2:
        return ""
    first, last = min(known), max(known)
    step = -(-(last - first + 1) // MOST_BARS)
    sums = [sum(known.get(year, 0) for year in range(start, start + step)) for start in range(first, last + 1, step)]
    bars = _BARS if can_show(_BARS) else _PLAIN_BARS
    most = max(sums) or 1
    heights = [0 if not size else max(1, round(size / most * (len(bars) - 1))) for size in sums]
    return f"{first} {''.join(bars[height] for height in heights)} {last}"
