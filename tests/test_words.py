from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from onedrive.words import (
    display_width,
    escape_surrogates,
    format_bytes,
    format_clock,
    format_count,
    format_duration,
    join_words,
    plural,
    printable,
    shorten_middle,
    split_path,
    strip_controls,
    text_head,
    text_tail,
    to_bytes,
    wrap_words,
)


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1204, "1.2 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (45_200_000, "45.2 MB"),
        (3_100_000_000, "3.1 GB"),
        (5_497_558_138_880, "5.5 TB"),
        (10**21 * 5, "5,000 EB"),
        (-45_200_000, "-45.2 MB"),
    ],
)
def test_sizes_are_decimal_with_one_digit_below_a_hundred(size_bytes: int, words: str) -> None:
    assert format_bytes(size_bytes) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under 1 s"),
        (0.4, "under 1 s"),
        (1, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (4200, "1 h 10 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 day"),
        (3 * 86_400 + 4 * 3600, "3 days 4 h"),
    ],
)
def test_durations_have_two_units_at_most(seconds: float, words: str) -> None:
    assert format_duration(seconds) == words


def test_counts_have_their_thousands_apart() -> None:
    assert format_count(18_900) == "18,900"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (1204, "1,204 entries")]
)
def test_nouns_follow_their_number(number: int, words: str) -> None:
    assert plural("entry", number, many="entries") == words
    assert plural("file", 2) == "2 files"


def test_clock_times_are_local() -> None:
    epoch_seconds = time.mktime((2026, 5, 6, 14, 32, 7, 0, 0, -1))

    assert format_clock(epoch_seconds) == "14:32:07"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name.txt", "plain name.txt"),
        ("Grüße, 漢字, café.txt", "Grüße, 漢字, café.txt"),
        ("cafe\u0301.txt", "cafe\u0301.txt"),
        ("red\x1b[31m.txt", r"red\x1b[31m.txt"),
        ("two\nlines\r\t", r"two\x0alines\x0d\x09"),
        ("c1\x9b31m", r"c1\x9b31m"),
        ("photo\u202egpj.exe", r"photo\u202egpj.exe"),
        ("a\u200bb", r"a\u200bb"),
        ("a\u200db", r"a\u200db"),
        ("a\u2028b", r"a\u2028b"),
        ("soft\u00adhyphen", r"soft\xadhyphen"),
        ("\ufeffmark", r"\ufeffmark"),
        ("half\ud83d", r"half\ud83d"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("filler\u3164", r"filler\u3164"),
        ("a\ufe0f", r"a\ufe0f"),
        ("[red]x[/red] :smile:", "[red]x[/red] :smile:"),
        ("👨\u200d👩\u200d👧.jpg", "👨\u200d👩\u200d👧.jpg"),
        ("❤\ufe0f.jpg", "❤\ufe0f.jpg"),
        ("❤\ufe0f\u200d🔥.jpg", "❤\ufe0f\u200d🔥.jpg"),
        ("1\ufe0f\u20e3.jpg", "1\ufe0f\u20e3.jpg"),
        ("क्\u200dष", "क्\u200dष"),
        ("\u200d\u200d👧", r"\u200d\u200d👧"),
        ("", ""),
    ],
)
def test_names_show_what_they_hide(name: str, shown: str) -> None:
    assert printable(name) == shown


@given(st.text(st.characters()))
def test_printable_names_can_be_written_and_hold_no_controls(name: str) -> None:
    shown = printable(name)

    shown.encode("utf-8")
    assert not {"Cc", "Zl", "Zp"} & {unicodedata.category(character) for character in shown}
    assert strip_controls(shown) == shown


def test_controls_are_stripped_but_line_feeds_stay() -> None:
    assert strip_controls("a\x1b[2Jb\r\nc\td\x9b\x07\u202e\x7f\n") == "a[2Jb\nc d\n"


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("漢字", 4), ("e\u0301", 1), ("é", 1), ("📷", 2), ("❤\ufe0f", 2), ("a\u200db", 2)]
)
def test_width_counts_columns(text: str, columns: int) -> None:
    assert display_width(text) == columns


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [
        ("IMG_0001.jpg", 12, "IMG_0001.jpg"),
        ("Pictures/2023/IMG_0001.jpg", 15, "Pictur...01.jpg"),
        ("漢字漢字漢字", 9, "漢字...字"),
        ("abcdef", 3, "abc"),
        ("abcdef", 0, ""),
        ("abcdefgh", 4, "a..."),
    ],
)
def test_long_names_lose_their_middle(text: str, width: int, short: str) -> None:
    assert shorten_middle(text, width) == short


@given(st.text(), st.integers(0, 40))
def test_shortened_names_fit(text: str, width: int) -> None:
    assert display_width(shorten_middle(text, width)) <= max(width, 0)


def test_head_and_tail_never_cut_a_wide_character_in_two() -> None:
    assert text_head("漢字漢", 5) == "漢字"
    assert text_tail("漢字漢", 5) == "字漢"
    assert text_tail("xe\u0301", 0) == ""


def test_text_wraps_between_words_and_keeps_its_indentation() -> None:
    lines = wrap_words("  one two three four\n\nshort", 12)

    assert lines == ["  one two", "  three four", "", "short"]


@pytest.mark.parametrize("mark", ["  - ", "  1  ", "> 1  "])
def test_a_step_and_a_choice_go_on_below_their_words(mark: str) -> None:
    space = " " * len(mark)

    assert wrap_words(f"{mark}one two three", len(mark) + 5) == [f"{mark}one", f"{space}two", f"{space}three"]
    assert wrap_words(f"{mark}onetwo", len(mark) + 3) == [f"{mark}one", f"{space}two"]


def test_text_that_fits_keeps_its_spaces() -> None:
    assert wrap_words("  1   Sign in", 20) == ["  1   Sign in"]


def test_an_address_stays_whole() -> None:
    address = "https://localhost:8080/?code=" + "x" * 200

    assert wrap_words(f"Open {address} now", 40) == ["Open", address, "now"]
    assert wrap_words(f"Open (<{address}>)", 40) == ["Open", f"(<{address}>)"]


def test_a_path_that_is_wider_than_a_line_is_broken_anywhere() -> None:
    lines = wrap_words("  Your files are in /home/somebody/downloads. Later, 3.", 16)

    assert lines == ["  Your files are", "  in", "  /home/somebody", "  /downloads.", "  Later, 3."]


@given(st.text("ab 漢\n"), st.integers(4, 30))
@example("  a  ", 4)
@example(" a  a", 4)
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap_words(text, width)

    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        assert display_width(line) <= width or indent > width - 2


@pytest.mark.parametrize(
    ("parts", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_joined_as_people_say_them(parts: list[str], words: str) -> None:
    assert join_words(parts) == words


@pytest.mark.parametrize(
    ("path", "name", "parts"),
    [
        ("/Pictures/a/b.jpg", "a/b.jpg", ("/Pictures", "a/b.jpg")),
        ("/Pictures/a/b.jpg", "", ("/Pictures/a", "b.jpg")),
        ("/a.jpg", "other", ("", "a.jpg")),
        ("a.jpg", "", ("", "a.jpg")),
    ],
)
def test_a_path_is_a_folder_and_a_name_which_may_hold_a_slash(path: str, name: str, parts: tuple[str, str]) -> None:
    assert split_path(path, name) == parts


def test_half_a_surrogate_pair_survives_as_an_escape() -> None:
    assert escape_surrogates('"a\ud83d \u00e4"') == '"a\\ud83d \u00e4"'
    assert to_bytes('"\udfff\u00e4"') == b'"\\udfff\xc3\xa4"'
