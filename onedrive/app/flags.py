"""The flags: one table says of each what it is called, what its value means, which options it is for; and --help.

`make_parser` makes argparse's parser of the table; `command_line` checks by the same table that flags go together.
A new flag is one row here, and a field of `CommandLine`.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NoReturn, TypeVar

from onedrive.app.options import OPTIONS, QUIT
from onedrive.choosing.globs import check_glob
from onedrive.choosing.name_pattern import check_name_pattern
from onedrive.choosing.ranges import read_date_range, read_first_day, read_last_day, read_size_text
from onedrive.choosing.selection import Duplicates, Layout, Sidecar
from onedrive.errors import UsageError
from onedrive.graph.traits import FileKind
from onedrive.home.profiles import read_profile_name
from onedrive.local.earlier import KeepEarlier
from onedrive.words import START, advise_on_age, describe_version, wrap_words

MOST_JOBS = 16  # more than that got programs blocked (graph-facts §3.7)
MOST_COPIES = 9
LEAST_RATE = 1000.0
OF_ALL_PROFILES = (2, 3, 4, 6, 8)  # options that do not need a person
_MOST_DAYS = 36_500
EVERY_KIND = "everything"
NO_SIDECAR = "none"
KIND_WORDS = (*(kind.word for kind in FileKind), EVERY_KIND)
_RATE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?)b?(?:/s)?", re.IGNORECASE | re.ASCII)
_RATE_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_TIME_UNITS = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%?", re.ASCII)
_DATE = re.compile(r"\d{4}(?:-\d{1,2}){0,2}", re.ASCII)

_T = TypeVar("_T")


def _wrong(words: object) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(str(words).rstrip("."))


def _words_of(read: Callable[[str], _T]) -> Callable[[str], _T]:
    """A reader of `choosing`, whose refusal is a sentence, as one whose refusal is words for argparse."""

    def read_in_words(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise _wrong(str(error).rstrip(".")) from None

    return read_in_words


def _as_written(read: Callable[[str], object]) -> Callable[[str], str]:
    """A reader that only looks whether the text can be meant: --from and --until make one range together."""

    def read_text(text: str) -> str:
        _words_of(read)(text)
        return text.strip()

    return read_text


def _whole_number(least: int, most: int) -> Callable[[str], int]:
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

    return _words_of(check_command)(text)


def read_ping(text: str) -> str:
    """The address of --ping; looked at only where there is one."""
    from onedrive.app.audience import check_ping

    return _words_of(check_ping)(text)


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

    return layout, _words_of(check_pattern)(pattern)


def read_name(text: str) -> str:
    """The pattern of names, or 'onedrive' for names as they are there."""
    if not text.strip():
        raise _wrong("the pattern is empty")
    return "" if text.strip().lower() == Layout.ONEDRIVE else _words_of(check_name_pattern)(text)


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


@dataclass(frozen=True)
class Flag:
    """One row of the table.

    `value` is what --help calls the value, '' for a switch; `read` says what it means, and raises ArgumentTypeError.
    `only_for` are the options that know the flag: without one of them it is refused. () is for all: scripts give flags
    about how an option works to each of their runs, and they do no harm where they are idle.
    """

    name: str
    help: str
    value: str = ""
    read: Callable[[str], object] = str
    field: str = ""  # of the parser's answer, where it is not the flag's name
    choices: tuple[str, ...] | None = None
    repeats: bool = False
    only_for: tuple[int, ...] = ()
    with_tree: bool = True

    @property
    def dest(self) -> str:
        """Its field in the parser's answer."""
        return self.field or self.name[2:].replace("-", "_")


_REHEARSED = tuple(number for number, option in OPTIONS.items() if option.can_rehearse)
SELECTING = tuple(number for number, option in OPTIONS.items() if option.takes_selection)

_CHOICE_FLAGS = (
    Flag("--only", f"kinds with commas between: {', '.join(KIND_WORDS)}", "KINDS", read_kinds, repeats=True),
    Flag("--include", "only these paths; may be repeated", "GLOB", _words_of(check_glob), repeats=True),
    Flag("--exclude", "not these paths; may be repeated", "GLOB", _words_of(check_glob), repeats=True),
    Flag("--from", "taken then or later", "DATE", _as_written(read_first_day), field="first"),
    Flag("--until", "taken then or earlier", "DATE", _as_written(read_last_day)),
    Flag(
        "--dates",
        "both: 2019-2021, 'June 2019', 'last 30 days'",
        "RANGE",
        _words_of(read_date_range),
    ),
    Flag("--album", "only files of this album; may be repeated", "NAME", read_album, repeats=True),
    Flag("--min-size", "this size or larger", "SIZE", _words_of(read_size_text)),
    Flag("--max-size", "this size or smaller", "SIZE", _words_of(read_size_text)),
    Flag(
        "--layout",
        "arrangement of folders: onedrive, date (date:{year}/{month} with a pattern), or album",
        "LAYOUT",
        read_layout,
    ),
    Flag(
        "--duplicates",
        "equal files: download all, link them, or only once",
        "HOW",
        choices=tuple(choice.value for choice in Duplicates),
    ),
    Flag("--name", "names of the files here: '{date}_{name}', or onedrive", "PATTERN", read_name),
    Flag(
        "--sidecar",
        "beside each photo and film, what OneDrive knows of it, for photo programs (xmp) or others",
        "FORM",
        choices=(*(form.value for form in Sidecar), NO_SIDECAR),
    ),
    Flag("--jpeg-twins", "a JPEG too of each HEIC or RAW picture, in a folder of their own"),
    Flag("--picasa", "in each folder a .picasa.ini: which albums its pictures are in"),
)
TABLE: Mapping[str, tuple[Flag, ...]] = {
    "what to run": (
        Flag("--every", "run again and again, so far apart: 30m, 6h, 1d", "TIME", read_every, only_for=(3, 4, 6)),
        Flag(
            "--then",
            "then run this command; how it went is JSON on its stdin",
            "COMMAND",
            read_command,
            only_for=(3, 4, 6),
            with_tree=False,
        ),
        Flag(
            "--ping",
            "tell a monitor: URL/start, then URL or URL/fail",
            "URL",
            read_ping,
            only_for=(3, 4, 6),
            with_tree=False,
        ),
        Flag("--tree", "show the chosen folders and files with sizes, and end"),
        Flag(
            "--move-out",
            "3, 4 and 6, then one sheet: what is here and proven, what is not, and whether you can leave",
            with_tree=False,
        ),
        Flag(
            "--dry-run",
            "4, 7: trial run: say what would be done and why, and do nothing",
            only_for=_REHEARSED,
            with_tree=False,
        ),
        Flag(
            "--replace-many",
            "4: go on once although many files here have new content on OneDrive",
            only_for=(4,),
            with_tree=False,
        ),
        Flag(
            "--earlier",
            "4: content that OneDrive replaces: keep it (the default), none, or for so many days",
            "HOW",
            read_earlier,
            field="keep_earlier",
            only_for=(4,),
            with_tree=False,
        ),
        Flag(
            "--gone",
            "4: what OneDrive no longer has: stay (the default), or aside, into downloads/.earlier",
            "WHAT",
            choices=("stay", "aside"),
            only_for=(4,),
            with_tree=False,
        ),
        Flag(
            "--put-back",
            "4: put earlier contents in place again, and nothing else: a path, or a pattern",
            "GLOB",
            _words_of(check_glob),
            only_for=(4,),
            with_tree=False,
        ),
        Flag(
            "--as-of",
            "with --put-back: as they were when this day began (else as they were last)",
            "DAY",
            _words_of(read_first_day),
            only_for=(4,),
            with_tree=False,
        ),
        Flag("--retry-failed", "4: only what failed last time", only_for=(4,), with_tree=False),
        Flag("--albums", "3: list the albums too (photos on a personal OneDrive)", only_for=(3,), with_tree=False),
        Flag("--full", "3, 6: list everything anew, not only what has changed", with_tree=False),
        Flag("--quick", "6: trust size and time, read only what looks doubtful", only_for=(6,), with_tree=False),
        Flag(
            "--pictures",
            "6: small pictures in the report of what browsers do not show: HEIC, RAW, videos, documents",
            only_for=(6,),
            with_tree=False,
        ),
        Flag(
            "--sample", "6: read only this share of the files", "PERCENT", read_percent, only_for=(6,), with_tree=False
        ),
        Flag(
            "--copies",
            "7: delete only what is proven in this many places (1)",
            "N",
            _whole_number(1, MOST_COPIES),
            only_for=(7,),
            with_tree=False,
        ),
    ),
    "what to choose": tuple(replace(flag, only_for=SELECTING) for flag in _CHOICE_FLAGS),
    "where": (
        Flag("--home", "sign-in, lists and record of downloads (this folder)", "DIR", read_place),
        Flag("--profile", "another OneDrive, with a home of its own in it: anna", "NAME", _words_of(read_profile_name)),
        Flag(
            "--all-profiles",
            "2, 3, 4, 6, 8: for each profile, one after the other",
            with_tree=False,
        ),
        Flag("--to", "the downloaded files (downloads/ in the home)", "DIR", read_to, field="downloads", repeats=True),
        Flag("--downloads", "the same as --to", "DIR", read_place, field="downloads", repeats=True),
        Flag(
            "--also",
            "6: verify this further copy of the downloads too; 4: bring it up to date",
            "DIR",
            read_place,
            repeats=True,
            only_for=(4, 6),
            with_tree=False,
        ),
        Flag(
            "--known",
            "4, 6: files of yours lie there too, anywhere in it; remembered",
            "DIR",
            read_place,
            repeats=True,
            only_for=(4, 6),
            with_tree=False,
        ),
        Flag(
            "--forget",
            "4, 6: forget this folder of --also or --known",
            "DIR",
            read_place,
            repeats=True,
            only_for=(4, 6),
            with_tree=False,
        ),
        Flag(
            "--root",
            "3: the folder to list, /Pictures/2023; / is everything (as last time)",
            "FOLDER",
            only_for=(3, 8),
            with_tree=False,
        ),
        Flag(
            "--windows-names",
            "4, 6: names that Windows can open too (where it will read the disk), or as OneDrive has them",
            "WHAT",
            choices=("yes", "no"),
            only_for=(4, 6),
            with_tree=False,
        ),
    ),
    "how fast": (
        Flag(
            "--jobs",
            f"4: connections, 1 to {MOST_JOBS} (as many as help)",
            "N",
            _whole_number(1, MOST_JOBS),
            with_tree=False,
        ),
        Flag("--limit-rate", "4: at most this many bytes a second: 500k, 2M", "RATE", read_rate, with_tree=False),
    ),
    "how it speaks": (
        Flag("--no-input", "never ask, never open a browser"),
        Flag("--quiet", "say nothing unless it fails, then one paragraph on stderr", with_tree=False),
        Flag("--verbose", "say more: long figures, requests by host, waits, connections"),
        Flag("--json", "events on stdout, one JSON object a line; words to stderr", with_tree=False),
        Flag("--log-file", "write all that is said and each failed request there", "FILE", read_place),
        Flag("--plain", "no boxes, colours or redrawn lines: for screen readers"),
    ),
    "to try it, and more": (
        Flag("--demo", "a pretend OneDrive in the program, with its own home"),
        Flag("--demo-port", "the pretend OneDrive that runs on this port", "PORT", _whole_number(1, 65535)),
    ),
}
FLAGS = tuple(flag for group in TABLE.values() for flag in group)
ABOUT_CHOICE = "For 4, 6 and --tree. In this run each wins over its part of what option 5\nwrote, selection.json."

DESCRIPTION = """\
Get everything out of your own OneDrive, or just what you want: sign in, list,
choose, download, and know for certain what is here. Without numbers it shows
the menu.
"""

EPILOG = """\
dates, sizes, patterns:
  2019, 2019-06 or 2019-06-30; 500k, 10M or 1.5G (1k is 1,000 bytes);
  '*.jpg', '/Pictures/2019/', 'Pictures/**/raw' as in a .gitignore file.

exit codes:
  0    all done
  1    something stopped the run, or --json or --log-file was cut short
  2    wrong use of the command line; nothing was done
  3    finished, but some items failed and are named (what OneDrive never
       hands out, such as the Personal Vault, is named too, but not counted);
       --move-out: the sheet says 'Not yet'
  4    a person must sign in (run option 1)
  5    the disk has not enough space (what fits, or came so far, is kept)
  6    another run of this program is at work in the same home
  7    the verification found something wrong, or a copy (--also) not there
  8    many files here have new content on OneDrive, or are gone there: they
       stay as they are here until a person has looked (--replace-many)
  9    the downloads folder (or a copy, 4 --also) is not there, empty, or
       another one, though files are recorded (its disk is not connected);
       nothing was fetched
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
  python start.py --every 6h 3 4         goes on by itself, four times a day
  python start.py --profile anna 1       another OneDrive beside the first
  python start.py --all-profiles 3 4     each of them
  python start.py --json --no-input 3 4 | jq .event
"""


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


def make_parser(start: str = START) -> FlagParser:
    """The parser of the whole command line; `start` is what a person types before it."""
    today = date.today()
    program = f"{describe_version(today)}, Python {sys.version.split()[0]}, {sys.platform}."
    parser = FlagParser(
        prog="start.py",
        usage=f"{start} [flags] [N ...]",
        description=DESCRIPTION,
        epilog=EPILOG.replace(START, start),
        formatter_class=_Formatter,
        allow_abbrev=False,
        add_help=False,
    )
    shown = "; ".join(f"{number} {option.title}" for number, option in OPTIONS.items())
    for title, flags in TABLE.items():
        group = parser.add_argument_group(title, ABOUT_CHOICE if title == "what to choose" else None)
        if flags is TABLE["what to run"]:
            group.add_argument("words", nargs="*", metavar="N", help=f"menu numbers, run in this order: {shown}")
        for flag in flags:
            if not flag.value:
                group.add_argument(flag.name, action="store_true", help=flag.help)
                continue
            group.add_argument(
                flag.name,
                dest=flag.dest,
                action="append" if flag.repeats else "store",
                type=flag.read,
                choices=flag.choices,
                metavar=None if flag.choices else flag.value,
                help=flag.help,
            )
    group.add_argument("-h", "--help", action="help", help="show this, and end")
    group.add_argument(
        "--version",
        action="version",
        version=f"{program} {advise_on_age(today)}".strip(),
        help="show the version and how old it is, and end",
    )
    return parser
