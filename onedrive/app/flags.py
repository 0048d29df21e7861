"""The flags: one table says of each what it is called, what its value means, which options it is for; and --help.

`make_parser` makes argparse's parser of the table; `command_line` checks by the same table that flags go together.
A new flag is one row here, and a field of `CommandLine`; what its value means is read in `flag_values`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NoReturn

from onedrive.app.flag_values import (
    KIND_WORDS,
    as_written,
    read_album,
    read_command,
    read_earlier,
    read_every,
    read_kinds,
    read_layout,
    read_name,
    read_percent,
    read_ping,
    read_place,
    read_rate,
    read_to,
    whole_number,
    words_of,
)
from onedrive.app.options import OPTIONS
from onedrive.choosing.globs import check_glob
from onedrive.choosing.ranges import read_date_range, read_first_day, read_last_day, read_size_text
from onedrive.choosing.selection import Duplicates, Sidecar
from onedrive.errors import UsageError
from onedrive.home.profiles import read_profile_name
from onedrive.words import START, advise_on_age, describe_version, wrap_words

MOST_JOBS = 16  # more than that got programs blocked (graph-facts §3.7)
MOST_COPIES = 9
OF_ALL_PROFILES = (2, 3, 4, 6, 8)  # options that do not need a person
NO_SIDECAR = "none"


@dataclass(frozen=True)
class Flag:
    """One row of the table.

    `value` is what --help calls the value, '' for a switch; `read` says what it means, and raises ArgumentTypeError.
    `has_no`: a switch that can be kept in the choice, so that --no-… switches it off for a run.
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
    has_no: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """As it is typed, and how it is taken back."""
        return (self.name, f"--no-{self.name[2:]}") if self.has_no else (self.name,)

    @property
    def dest(self) -> str:
        """Its field in the parser's answer."""
        return self.field or self.name[2:].replace("-", "_")


_REHEARSED = tuple(number for number, option in OPTIONS.items() if option.can_rehearse)
SELECTING = tuple(number for number, option in OPTIONS.items() if option.takes_selection)

_CHOICE_FLAGS = (
    Flag("--only", f"kinds with commas between: {', '.join(KIND_WORDS)}", "KINDS", read_kinds, repeats=True),
    Flag("--include", "only these paths; may be repeated", "GLOB", words_of(check_glob), repeats=True),
    Flag("--exclude", "not these paths; may be repeated", "GLOB", words_of(check_glob), repeats=True),
    Flag("--from", "taken then or later", "DATE", as_written(read_first_day), field="first"),
    Flag("--until", "taken then or earlier", "DATE", as_written(read_last_day)),
    Flag(
        "--dates",
        "both: 2019-2021, 'June 2019', 'last 30 days'",
        "RANGE",
        words_of(read_date_range),
    ),
    Flag("--album", "only files of this album; may be repeated", "NAME", read_album, repeats=True),
    Flag("--min-size", "this size or larger", "SIZE", words_of(read_size_text)),
    Flag("--max-size", "this size or smaller", "SIZE", words_of(read_size_text)),
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
    Flag("--jpeg-twins", "a JPEG too of each HEIC or RAW picture, in a folder of their own", has_no=True),
    Flag("--picasa", "in each folder a .picasa.ini: which albums its pictures are in", has_no=True),
)
TABLE: Mapping[str, tuple[Flag, ...]] = {
    "what to run": (
        Flag("--every", "run again and again, so far apart: 30m, 6h, 1d", "TIME", read_every, only_for=(3, 4, 6)),
        Flag(
            "--then",
            "after each run, run this: how it went is JSON on its stdin",
            "COMMAND",
            read_command,
            only_for=(3, 4, 6),
            with_tree=False,
        ),
        Flag(
            "--ping",
            "tell a monitor of each run: URL/start, then URL or URL/fail",
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
            words_of(check_glob),
            only_for=(4,),
            with_tree=False,
        ),
        Flag(
            "--as-of",
            "with --put-back: as they were when this day began (else as they were last)",
            "DAY",
            words_of(read_first_day),
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
            whole_number(1, MOST_COPIES),
            only_for=(7,),
            with_tree=False,
        ),
    ),
    "what to choose": tuple(replace(flag, only_for=SELECTING) for flag in _CHOICE_FLAGS),
    "where": (
        Flag("--home", "sign-in, lists and record of downloads (this folder)", "DIR", read_place),
        Flag("--profile", "a further OneDrive, in profiles/NAME of the home", "NAME", words_of(read_profile_name)),
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
            "--key-store",
            "1, 2: keep the sign-in in this system's key store, or (no) in token.json",
            choices=("yes", "no"),
            value="yes|no",
            only_for=(1, 2),
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
            whole_number(1, MOST_JOBS),
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
        Flag("--demo-port", "the pretend OneDrive that runs on this port", "PORT", whole_number(1, 65535)),
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
                action = argparse.BooleanOptionalAction if flag.has_no else "store_true"
                group.add_argument(flag.name, action=action, help=flag.help)
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
