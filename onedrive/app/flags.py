"""The flags, in groups: one argparse parser, what their values may be, and the text of --help."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from onedrive import VERSION
from onedrive.choosing.globs import NotAGlob, check_glob
from onedrive.choosing.ranges import (
    DateRange,
    NotADate,
    NotASize,
    read_date_range,
    read_first_day,
    read_last_day,
    read_size_text,
)
from onedrive.choosing.selection import Duplicates, Layout
from onedrive.errors import UsageError
from onedrive.graph.traits import FileKind
from onedrive.words import wrap_words

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
    from onedrive.choosing.selection import WrongPattern, check_pattern  # not needed in every run

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


DESCRIPTION = """\
Get everything out of your own OneDrive, or just what you want: sign in, list,
choose, download, and know for certain what is here. Without numbers it shows
the menu.
"""

EPILOG = """\
dates, sizes, patterns:
  2019, 2019-06 or 2019-06-30; 500k, 10M or 1.5G (1k is 1,000 bytes);
  '*.jpg', '/Pictures/2019/', 'Pictures/**/raw' as in a .gitignore file.
  --to with a date is the last day; with anything else it is the folder for
  the downloads (./2019 is a folder). It may be given twice, once for each.

exit codes:
  0    all done
  1    something stopped the run
  2    wrong use of the command line; nothing was done
  3    finished, but some items failed and are named (what OneDrive never
       hands out, such as the Personal Vault, is named too, but not counted)
  4    a person must sign in (run option 1)
  5    the disk has not enough room (what fits, or came so far, is kept)
  6    another run of this program is at work in the same home
  7    the verification found something wrong
  78   a setting is missing or wrong
  130  stopped with Ctrl-C

examples:
  python start.py                        the menu
  python start.py --demo                 a pretend OneDrive, no account needed
  python start.py 3 4                    list, then download, without the menu
  python start.py --root /Pictures 3 4   one folder only
  python start.py --only photos,videos --from 2019 --dry-run 4
  python start.py --layout date --to /media/disk/photos --only photos 4
  python start.py --quiet 3 4            for cron: silent unless it fails
  python start.py --json --no-input 3 4 | jq .event
"""


SHELLS = ("bash", "zsh", "fish")
_WIDEST_HELP = 78


class FlagParser(argparse.ArgumentParser):
    """An ArgumentParser whose complaints are sentences that `start.py` shows like all others."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's words."""
        words = message.removeprefix("argument ").replace("%%", "%")
        raise UsageError(
            f"The command line was not understood: {words}.", "python start.py --help shows what there is."
        )


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Help that fits eighty columns, and a narrower window."""

    def __init__(self, prog: str) -> None:
        width = max(40, min(shutil.get_terminal_size().columns - 2, _WIDEST_HELP))
        super().__init__(prog, max_help_position=24, width=width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Lines as they are written, broken between words where the window is narrower."""
        return "".join(f"{indent}{line}\n" for line in wrap_words(text.rstrip("\n"), width - len(indent)))


def make_parser(labels: Mapping[int, str]) -> FlagParser:
    """The parser; `labels` are the options that exist, by number."""
    parser = FlagParser(
        prog="start.py",
        usage="python start.py [flags] [N ...]",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=_Formatter,
        allow_abbrev=False,
        add_help=False,
    )
    _add_what_to_run(parser, labels)
    _add_what_to_choose(parser)
    _add_where(parser)
    _add_how(parser)
    _add_how_it_speaks(parser)
    _add_to_try(parser)
    return parser


def _add_what_to_run(parser: FlagParser, labels: Mapping[int, str]) -> None:
    group = parser.add_argument_group("what to run")
    shown = "; ".join(f"{number} {label}" for number, label in labels.items() if number)
    group.add_argument("options", nargs="*", metavar="N", help=f"menu numbers, run in this order: {shown}")
    group.add_argument("--tree", action="store_true", help="show the chosen folders and files with sizes, and end")
    group.add_argument("--dry-run", action="store_true", help="4, 7: say what would be done and why, and do nothing")
    group.add_argument("--retry-failed", action="store_true", help="4: only what failed last time")
    group.add_argument("--full", action="store_true", help="3: list everything anew, not only what has changed")
    group.add_argument("--quick", action="store_true", help="6: trust size and time, read only what looks doubtful")
    group.add_argument("--sample", type=read_percent, metavar="PERCENT", help="6: read so much of the files, not all")


def _add_what_to_choose(parser: FlagParser) -> None:
    group = parser.add_argument_group(
        "what to choose",
        "For 4, 6 and --tree. In this run each wins over its part of what option 5\nwrote, selection.json.",
    )
    group.add_argument(
        "--only",
        type=read_kinds,
        action="append",
        metavar="KINDS",
        help=f"kinds with commas between: {', '.join(KIND_WORDS)}",
    )
    group.add_argument(
        "--include", type=read_glob, action="append", metavar="GLOB", help="only such paths; may be repeated"
    )
    group.add_argument(
        "--exclude", type=read_glob, action="append", metavar="GLOB", help="no such paths; may be repeated"
    )
    group.add_argument("--from", type=read_from, metavar="DATE", dest="first", help="taken then or later")
    group.add_argument("--until", type=read_until, metavar="DATE", help="taken then or earlier")
    group.add_argument("--dates", type=read_dates, metavar="RANGE", help="both: 2019-06..2020-03, 'last 30 days'")
    group.add_argument("--min-size", type=read_size, metavar="SIZE", help="so large or larger")
    group.add_argument("--max-size", type=read_size, metavar="SIZE", help="so large or smaller")
    group.add_argument(
        "--layout",
        type=read_layout,
        metavar="LAYOUT",
        help="folders as on onedrive, or by date (date:{year}/{month} with a pattern)",
    )
    group.add_argument(
        "--duplicates",
        choices=[choice.value for choice in Duplicates],
        help="equal files: download all, link them, or only once",
    )


def _add_where(parser: FlagParser) -> None:
    group = parser.add_argument_group("where")
    group.add_argument("--home", type=read_folder, metavar="DIR", help="token, lists and manifest (here)")
    group.add_argument(
        "--downloads", type=read_folder, metavar="DIR", help="the downloaded files (downloads/ in the home)"
    )
    group.add_argument(
        "--to", type=read_to, action="append", metavar="DIR|DATE", help="as --downloads; a date: as --until"
    )
    group.add_argument(
        "--root", metavar="FOLDER", help="3: the folder to list, /Pictures/2023; / is everything (as last time)"
    )


def _add_how(parser: FlagParser) -> None:
    group = parser.add_argument_group("how fast")
    group.add_argument(
        "--jobs", type=read_jobs, metavar="N", help=f"4: connections, 1 to {MOST_JOBS} (as many as help)"
    )
    group.add_argument(
        "--limit-rate", type=read_rate, metavar="RATE", help="4: at most so many bytes a second: 500k, 2M"
    )


def _add_how_it_speaks(parser: FlagParser) -> None:
    group = parser.add_argument_group("how it speaks")
    group.add_argument("--no-input", action="store_true", help="never ask, never open a browser")
    group.add_argument("--quiet", action="store_true", help="say nothing unless it fails, then one paragraph on stderr")
    group.add_argument("--verbose", action="store_true", help="say more: requests by host, waits, connections")
    group.add_argument("--json", action="store_true", help="events on stdout, one JSON object a line; words to stderr")
    group.add_argument(
        "--log-file", type=read_file, metavar="FILE", help="write all that is said and each failed request there"
    )
    group.add_argument("--plain", action="store_true", help="no boxes, colours or redrawn lines: for screen readers")


def _add_to_try(parser: FlagParser) -> None:
    group = parser.add_argument_group("to try it, and more")
    group.add_argument("--demo", action="store_true", help="a pretend OneDrive in the program, with its own home")
    group.add_argument(
        "--demo-port", type=read_port, metavar="PORT", help="the pretend OneDrive that runs on this port"
    )
    group.add_argument("--completion", choices=SHELLS, help="print what lets this shell complete the flags, and end")
    group.add_argument("-h", "--help", action="help", help="show this, and end")
    group.add_argument(
        "--version",
        action="version",
        version=f"OneDrive downloader {VERSION}, Python {sys.version.split()[0]}, {sys.platform}",
        help="show the version, and end",
    )
