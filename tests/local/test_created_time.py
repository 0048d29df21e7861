"""When a file was created."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.local.times import set_created, windows_ticks


@pytest.mark.parametrize(
    ("seconds", "ticks"),
    [
        (0, 116_444_736_000_000_000),
        (-11_644_473_600, 0),
        (-20_000_000_000, 0),
        (1_700_000_000, 133_444_736_000_000_000),
    ],
)
def test_windows_counts_from_1601_in_steps_of_100_nanoseconds(seconds: int, ticks: int) -> None:
    assert windows_ticks(seconds) == ticks


@pytest.mark.parametrize("seconds", [0, -5_000_000_000, 1_700_000_000, 1 << 40])
def test_setting_it_never_fails_and_leaves_the_content(tmp_path: Path, seconds: int) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"a")

    set_created(path, seconds)
    set_created(tmp_path / "nothing here", seconds)

    assert path.read_bytes() == b"a"
