"""The flags, in groups: one argparse parser, from which --help and the completion of shells are made too."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Mapping
from typing import NoReturn

from onedrive import VERSION
from onedrive import flag_values as values
from onedrive.errors import UsageError
from onedrive.help_text import DESCRIPTION, EPILOG
from onedrive.selection import Duplicates
from onedrive.words import wrap_words

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
    group.add_argument(
        "--sample", type=values.read_percent, metavar="PERCENT", help="6: read so much of the files, not all"
    )


def _add_what_to_choose(parser: FlagParser) -> None:
    group = parser.add_argument_group(
        "what to choose",
        "For 4, 6 and --tree. In this run each wins over its part of what option 5\nwrote, selection.json.",
    )
    group.add_argument(
        "--only",
        type=values.read_kinds,
        action="append",
        metavar="KINDS",
        help=f"kinds with commas between: {', '.join(values.KIND_WORDS)}",
    )
    group.add_argument(
        "--include", type=values.read_glob, action="append", metavar="GLOB", help="only such paths; may be repeated"
    )
    group.add_argument(
        "--exclude", type=values.read_glob, action="append", metavar="GLOB", help="no such paths; may be repeated"
    )
    group.add_argument("--from", type=values.read_from, metavar="DATE", dest="first", help="taken then or later")
    group.add_argument("--until", type=values.read_until, metavar="DATE", help="taken then or earlier")
    group.add_argument(
        "--dates", type=values.read_dates, metavar="RANGE", help="both: 2019-06..2020-03, 'last 30 days'"
    )
    group.add_argument("--min-size", type=values.read_size, metavar="SIZE", help="so large or larger")
    group.add_argument("--max-size", type=values.read_size, metavar="SIZE", help="so large or smaller")
    group.add_argument(
        "--layout",
        type=values.read_layout,
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
    group.add_argument("--home", type=values.read_folder, metavar="DIR", help="token, lists and manifest (here)")
    group.add_argument(
        "--downloads", type=values.read_folder, metavar="DIR", help="the downloaded files (downloads/ in the home)"
    )
    group.add_argument(
        "--to", type=values.read_to, action="append", metavar="DIR|DATE", help="as --downloads; a date: as --until"
    )
    group.add_argument(
        "--root", metavar="FOLDER", help="3: the folder to list, /Pictures/2023; / is everything (as last time)"
    )


def _add_how(parser: FlagParser) -> None:
    group = parser.add_argument_group("how fast")
    group.add_argument(
        "--jobs", type=values.read_jobs, metavar="N", help=f"4: connections, 1 to {values.MOST_JOBS} (as many as help)"
    )
    group.add_argument(
        "--limit-rate", type=values.read_rate, metavar="RATE", help="4: at most so many bytes a second: 500k, 2M"
    )


def _add_how_it_speaks(parser: FlagParser) -> None:
    group = parser.add_argument_group("how it speaks")
    group.add_argument("--no-input", action="store_true", help="never ask, never open a browser")
    group.add_argument("--quiet", action="store_true", help="say nothing unless it fails, then one paragraph on stderr")
    group.add_argument("--verbose", action="store_true", help="say more: requests by host, waits, connections")
    group.add_argument("--json", action="store_true", help="events on stdout, one JSON object a line; words to stderr")
    group.add_argument(
        "--log-file", type=values.read_file, metavar="FILE", help="write all that is said and each failed request there"
    )
    group.add_argument("--plain", action="store_true", help="no boxes, colours or redrawn lines: for screen readers")


def _add_to_try(parser: FlagParser) -> None:
    group = parser.add_argument_group("to try it, and more")
    group.add_argument("--demo", action="store_true", help="a pretend OneDrive in the program, with its own home")
    group.add_argument(
        "--demo-port", type=values.read_port, metavar="PORT", help="the pretend OneDrive that runs on this port"
    )
    group.add_argument("--completion", choices=SHELLS, help="print what lets this shell complete the flags, and end")
    group.add_argument("-h", "--help", action="help", help="show this, and end")
    group.add_argument(
        "--version",
        action="version",
        version=f"OneDrive downloader {VERSION}, Python {sys.version.split()[0]}, {sys.platform}",
        help="show the version, and end",
    )
