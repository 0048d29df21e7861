"""Sizes as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.choosing.ranges import NotASize, read_size_range, read_size_text
from onedrive.graph.item import LARGEST_SIZE


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
    "text",
    [
        "",
        "M",
        "-1",
        "+1",
        "1e3",
        "10 apples",
        "10ytes",
        "1,5G",
        "1.G",
        ".5G",
        "1 000",
        "ten",
        "10M 5",
        "∞",
        "\uff11\uff10",
        "\ud800",
    ],
)
def test_what_is_no_size_gets_a_sentence(text: str) -> None:
    with pytest.raises(NotASize, match=r"is no size such as 500k, 10M or 1\.5G\.$"):
        read_size_text(text)


@pytest.mark.parametrize("text", [str(LARGEST_SIZE + 1), "9999999999999999999", "999999999T"])
def test_a_size_that_no_file_has_gets_a_sentence(text: str) -> None:
    with pytest.raises(NotASize, match=r"is more than any file has\.$"):
        read_size_text(text)


@pytest.mark.parametrize(
    ("text", "borders"),
    [
        (">10M", (10_000_001, None)),
        (">=10M", (10_000_000, None)),
        ("> 10 MB", (10_000_001, None)),
        ("<2G", (None, 1_999_999_999)),
        ("<= 2G", (None, 2_000_000_000)),
        ("10M..2G", (10_000_000, 2_000_000_000)),
        ("10M..", (10_000_000, None)),
        (".. 2G", (None, 2_000_000_000)),
        ("5..5", (5, 5)),
        (">0", (1, None)),
        ("<1", (None, 0)),
    ],
)
def test_a_range_of_sizes_has_these_borders(text: str, borders: tuple[int | None, int | None]) -> None:
    assert read_size_range(text) == borders


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' is no range such as >10M, <2G or 10M..2G."),
        ("10M", "'10M' is no range such as >10M, <2G or 10M..2G."),
        ("..", "'..' is no range such as >10M, <2G or 10M..2G."),
        ("=10M", "'=10M' is no range such as >10M, <2G or 10M..2G."),
        (">", "'>' is no range such as >10M, <2G or 10M..2G."),
        (">>1", "'>1' is no size such as 500k, 10M or 1.5G."),
        ("2G..10M", "'2G..10M' ends before it begins."),
        ("1..2..3", "'2..3' is no size such as 500k, 10M or 1.5G."),
        ("<0", "No file has less than 0 bytes."),
    ],
)
def test_what_is_no_range_gets_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NotASize) as caught:
        read_size_range(text)

    assert str(caught.value) == sentence


@given(st.integers(0, LARGEST_SIZE), st.integers(0, LARGEST_SIZE))
@settings(max_examples=50)
def test_any_number_of_bytes_can_be_a_border(one: int, other: int) -> None:
    least, most = sorted((one, other))

    assert read_size_range(f"{least}..{most}") == (least, most)
