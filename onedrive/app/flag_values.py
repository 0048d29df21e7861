"""What the values of the flags mean: a reader for each, whose refusal is words that stand after the flag's name."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from onedrive.app.options import OPTIONS, QUIT
from onedrive.choosing.name_pattern import check_name_pattern
from onedrive.choosing.selection import Layout
from onedrive.errors import UsageError
from onedrive.graph.traits import FileKind
from onedrive.local.earlier import KeepEarlier

LEAST_RATE = 1000.0
_MOST_DAYS = 36_500
EVERY_KIND = "everything"
KIND_WORDS = (*(kind.word for kind in FileKind), EVERY_KIND)
_RATE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?)b?(?:/s)?", re.IGNORECASE | re.ASCII)
_RATE_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_TIME_UNITS = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%?", re.ASCII)
_DATE = re.compile(r"\d{4}(?:-\d{1,2}){0,2}", re.ASCII)

_T = TypeVar("_T")


def _wrong(words: object) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(str(words).rstrip("."))


def words_of(read: Callable[[str], _T]) -> Callable[[str], _T]:
    """A reader of `choosing`, whose refusal is a sentence, as one whose refusal is words for argparse."""

    def read_in_words(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise _wrong(str(error).rstrip(".")) from None

    return read_in_words


def as_written(read: Callable[[str], object]) -> Callable[[str], str]:
    """A reader that only looks whether the text can be meant: --from and --until make one range together."""

    def read_text(text: str) -> str:
        words_of(read)(text)
        return text.strip()

    return read_text


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A reader of a number from `least` to `most`."""

    def read_number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise _wrong(f"{text!r} is not a number from {least} to {most}")
        return int(text)

    return read_number


def read_option(word: str) -> int:
    """A number of the menu; 0 ends the run there. Raises UsageError."""
    numbers = (*OPTIONS, QUIT)
    if word.isascii() and word.isdigit() and int(word) in numbers:
        return int(word)
    shown = ", ".join(map(str, numbers))
    raise UsageError(f"There is no option {word!r}.", f"The options are {shown}; python start.py --help explains them.")


def read_every(text: str) -> float:
    """Seconds of a time such as 30m, 6h or 1d; a minute is the least, for the service's sake."""
    found = re.fullmatch(r"(\d{1,5})\s*([mhd])", text.strip(), re.IGNORECASE | re.ASCII)
    if not found or not int(found[1]):
        raise _wrong(f"{text!r} is no time such as 30m, 6h or 1d")
    return int(found[1]) * _TIME_UNITS[found[2].lower()]


def read_command(text: str) -> str:
    """The command line of --then; looked at only where there is one."""
    from onedrive.app.audience import check_command

    return words_of(check_command)(text)


def read_ping(text: str) -> str:
    """The address of --ping; looked at only where there is one."""
    from onedrive.app.audience import check_ping

    return words_of(check_ping)(text)


def read_kinds(text: str) -> frozenset[FileKind]:
    """Kinds with commas between them, 'photos,videos'; none at all means everything."""
    words = [word.strip().lower() for word in text.split(",")]
    if words == [EVERY_KIND]:
        return frozenset()
    if EVERY_KIND in words:
        raise _wrong(f"{EVERY_KIND!r} stands alone, or is left out")
    return frozenset(map(_read_kind, words))


def _read_kind(word: str) -> FileKind:
    for typed in (word, f"{word}s"):
        try:
            return FileKind.from_word(typed)
        except ValueError:
            continue
    raise _wrong(f"there is no kind {word!r}; there are {', '.join(KIND_WORDS)}")


def read_to(text: str) -> Path:
    """The folder for the downloads. What would be a date is refused: --to once meant the last day as well."""
    typed = text.strip()
    if _DATE.fullmatch(typed):
        raise _wrong(f"{typed} is a date, and the last day is --until {typed}; a folder of that name is ./{typed}")
    return read_place(text)


def read_place(text: str) -> Path:
    """A folder or file on this computer, which need not exist."""
    if not text.strip():
        raise _wrong("the name is empty")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise _wrong(f"there is no home folder for {Path(text).parts[0]}; write the whole path") from None


def read_layout(text: str) -> tuple[Layout, str | None]:
    """'onedrive', 'date', 'album', or 'date:' and the pattern of the folders."""
    word, colon, pattern = text.strip().partition(":")
    try:
        layout = Layout(word.strip().lower())
    except ValueError:
        raise _wrong(f"{text!r} is neither onedrive nor date (or date:{{year}}/{{month}}) nor album") from None
    if not colon:
        return layout, None
    if layout is not Layout.DATE:
        raise _wrong("only date takes a pattern of folders")
    from onedrive.choosing.selection import check_pattern  # not needed in every run

    return layout, words_of(check_pattern)(pattern)


def read_name(text: str) -> str:
    """The pattern of names, or 'onedrive' for names as they are there."""
    if not text.strip():
        raise _wrong("the pattern is empty")
    return "" if text.strip().lower() == Layout.ONEDRIVE else words_of(check_name_pattern)(text)


def read_album(text: str) -> str:
    """The name of an album; whether there is one is known when the albums are."""
    if not text.strip():
        raise _wrong("the name is empty")
    return text


def read_earlier(text: str) -> KeepEarlier:
    """'keep', 'none', or a number of days."""
    word = text.strip().lower()
    if word in ("keep", "none"):
        return KeepEarlier(keeps=word == "keep")
    if not (word.isascii() and word.isdigit() and 0 < int(word) <= _MOST_DAYS):
        raise _wrong(f"{text!r} is neither keep nor none nor a number of days such as 90")
    return KeepEarlier(days=int(word))


def read_percent(text: str) -> float:
    """More than 0, at most 100."""
    written = _PERCENT.fullmatch(text.strip())
    if not written or not 0 < float(written[1]) <= 100:
        raise _wrong(f"{text!r} is not a percentage above 0 and up to 100, such as 5")
    return float(written[1])


def read_rate(text: str) -> float:
    """Bytes a second: 2M is two million, as the progress counts them."""
    written = _RATE.fullmatch(text.strip())
    if not written:
        raise _wrong(f"{text!r} is not a rate such as 500k or 2M (bytes a second)")
    rate = float(written[1]) * _RATE_UNITS[written[2].lower()]
    if rate < LEAST_RATE:
        raise _wrong(f"{text!r} is less than 1k, too slow to keep a connection")
    return rate
