"""What the value of a flag means: each function reads one, or raises ArgumentTypeError with words that fit after it."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from onedrive.date_range import DateRange, NotADate, read_date_range, read_first_day, read_last_day
from onedrive.file_kind import FileKind
from onedrive.glob_line import NotAGlob, check_glob
from onedrive.selection import Layout
from onedrive.size_text import NotASize, read_size_text

MOST_JOBS = 16  # more than that got programs blocked (GRAPH_FACTS §3.7)
LEAST_RATE = 1000.0
EVERY_KIND = "everything"
KIND_WORDS = (*(kind.word for kind in FileKind), EVERY_KIND)
_RATE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?)b?(?:/s)?", re.IGNORECASE | re.ASCII)
_RATE_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%?", re.ASCII)
_DATE = re.compile(r"\d{4}(?:-\d{1,2}){0,2}", re.ASCII)
_PERHAPS_DATE = re.compile(r"[\d\-./ ]*\d", re.ASCII)


def read_kinds(text: str) -> frozenset[FileKind]:
    """Kinds with commas between them, 'photos,videos'; none at all means everything."""
    words = [word.strip().lower() for word in text.split(",")]
    if words == [EVERY_KIND]:
        return frozenset()
    if EVERY_KIND in words:
        raise _wrong(f"{EVERY_KIND!r} stands alone, or leave it away")
    return frozenset(map(_read_kind, words))


def _read_kind(word: str) -> FileKind:
    for typed in (word, f"{word}s"):
        try:
            return FileKind.from_word(typed)
        except ValueError:
            continue
    raise _wrong(f"there is no kind {word!r}; there are {', '.join(KIND_WORDS)}")


def read_glob(text: str) -> str:
    """A pattern in gitignore's manner that can match something."""
    try:
        return check_glob(text)
    except NotAGlob as error:
        raise _wrong(str(error).rstrip(".")) from None


def read_size(text: str) -> int:
    """Bytes: 500k, 10M, 1.5G."""
    try:
        return read_size_text(text)
    except NotASize as error:
        raise _wrong(str(error).rstrip(".")) from None


def read_dates(text: str) -> DateRange:
    """A range of days."""
    try:
        return read_date_range(text)
    except NotADate as error:
        raise _wrong(f"{str(error).rstrip('.')}; write 2019, 2019-06..2020-03 or 'last 30 days'") from None


def read_from(text: str) -> str:
    """The first day: 2019 begins with its first one."""
    try:
        read_first_day(text)
    except NotADate as error:
        raise _wrong(str(error).rstrip(".")) from None
    return text.strip()


def read_until(text: str) -> str:
    """The last day: 2019 ends with its last one."""
    try:
        read_last_day(text)
    except NotADate as error:
        raise _wrong(str(error).rstrip(".")) from None
    return text.strip()


def read_to(text: str) -> str | Path:
    """What --to says: a text is the last day, a path the folder for the downloads.

    Figures that could be either are neither: a folder of such a name is written with a ./ before it.
    """
    typed = text.strip()
    if not _PERHAPS_DATE.fullmatch(typed) or typed.startswith((".", "/")):
        return read_folder(text)
    if not _DATE.fullmatch(typed):
        raise _wrong(f"{typed!r} may be a date or a folder; write 2019-06-30 for a date, ./{typed} for a folder")
    try:
        return read_until(typed)
    except argparse.ArgumentTypeError as error:
        raise _wrong(f"{error}; a folder of that name is ./{typed}") from None


def read_folder(text: str) -> Path:
    """A folder on this computer, which need not exist."""
    if not text.strip():
        raise _wrong("the name of the folder is empty")
    return Path(text)


def read_file(text: str) -> Path:
    """A file on this computer, which need not exist."""
    if not text.strip():
        raise _wrong("the name of the file is empty")
    return Path(text).expanduser()


def read_layout(text: str) -> tuple[Layout, str | None]:
    """'onedrive', 'date', or 'date:' and the pattern of the folders."""
    word, colon, pattern = text.strip().partition(":")
    try:
        layout = Layout(word.strip().lower())
    except ValueError:
        raise _wrong(f"{text!r} is neither onedrive nor date (or date:{{year}}/{{month}})") from None
    if not colon:
        return layout, None
    if layout is not Layout.DATE:
        raise _wrong("only the layout by date takes a pattern")
    from onedrive.layout_pattern import WrongPattern, check_pattern  # not needed in every run

    try:
        return layout, check_pattern(pattern)
    except WrongPattern as error:
        raise _wrong(str(error).rstrip(".")) from None


def read_percent(text: str) -> float:
    """More than 0, at most 100."""
    written = _PERCENT.fullmatch(text.strip())
    if not written or not 0 < float(written[1]) <= 100:
        raise _wrong(f"{text!r} is no percentage above 0 and up to 100, such as 5")
    return float(written[1])


def read_port(text: str) -> int:
    """A port of this computer."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise _wrong(f"{text!r} is no port number")
    return int(text)


def read_rate(text: str) -> float:
    """Bytes a second: 2M is two million, as the progress counts them."""
    written = _RATE.fullmatch(text.strip())
    if not written:
        raise _wrong(f"{text!r} is no rate such as 500k or 2M (bytes a second)")
    rate = float(written[1]) * _RATE_UNITS[written[2].lower()]
    if rate < LEAST_RATE:
        raise _wrong(f"{text!r} is less than 1k, at which no connection would be kept")
    return rate


def read_jobs(text: str) -> int:
    """How many connections at a time."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_JOBS):
        raise _wrong(f"{text!r} is no number from 1 to {MOST_JOBS}")
    return int(text)


def _wrong(words: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(words)
