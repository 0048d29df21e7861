"""The command line: which options to run, and what they are to know.

Everything is checked here, before anything is done. Exit codes are written down here once, for `--help`.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from onedrive import VERSION
from onedrive.errors import UsageError
from onedrive.selection import SelectionFlags
from onedrive.settings import Flags

MOST_JOBS = 16  # more than that got programs blocked (GRAPH_FACTS §3.7)
LEAST_RATE = 1000.0
_RATE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmg]?)b?(?:/s)?", re.IGNORECASE | re.ASCII)
_RATE_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}

EXIT_CODES = """\
exit codes:
  0    all done
  1    something stopped the run
  2    wrong use of the command line
  3    finished, but some items failed and are named
       (what OneDrive never hands out, such as the Personal Vault, is named too but does not count as failed)
  4    a person must sign in (run option 1)
  5    the disk has not enough room (what fits, or what came so far, is kept)
  6    another run of this program is at work in the same home
  78   a setting is missing or wrong
  130  stopped with Ctrl-C

examples:
  python start.py                       the menu
  python start.py --demo                try everything with a pretend OneDrive, no account needed
  python start.py 3 4                   list, then download, without the menu
  python start.py --root /Pictures 3 4  only one folder
  python start.py --no-input 3 4        for cron: never asks, never opens a browser
"""


@dataclass(frozen=True)
class CommandLine:
    """What was asked for. `options` are menu numbers to run in order, () for the menu."""

    options: tuple[int, ...]
    flags: Flags
    full: bool  # --full: list everything anew
    demo_port: int | None  # None: the demo, if any, runs inside this program
    limit_rate: float | None = None  # bytes a second over all connections; None: as fast as it goes
    jobs: int | None = None  # connections at a time; None: as many as help
    selection: SelectionFlags = field(default_factory=SelectionFlags)  # what wins over selection.json in this run
    dry_run: bool = False  # say what would be done, and do nothing
    retry_failed: bool = False  # option 4 sees only to what failed last time
    quick: bool = False  # option 6 trusts size and time
    sample_percent: float | None = None  # option 6 reads so much of the bytes; None: all

    @property
    def is_demo(self) -> bool:
        """True when everything goes to the pretend OneDrive."""
        return self.flags.demo


def read_command_line(arguments: Sequence[str], numbers: Sequence[int]) -> CommandLine:
    """Understand the command line; `numbers` are the options that exist.

    Prints and exits for --help and --version, as argparse does. Raises UsageError.
    """
    parsed = _parser(numbers).parse_args(arguments)
    options = tuple(_option(word, numbers) for word in parsed.options)
    flags = Flags(
        home=parsed.home,
        downloads=parsed.to,
        root=parsed.root,
        no_input=parsed.no_input,
        demo=parsed.demo or parsed.demo_port is not None,
    )
    if flags.no_input and not options:
        raise UsageError("--no-input needs the numbers to run.", "For example: python start.py --no-input 3 4")
    return CommandLine(
        options=options,
        flags=flags,
        full=parsed.full,
        demo_port=parsed.demo_port,
        limit_rate=parsed.limit_rate,
        jobs=parsed.jobs,
    )


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser whose complaints are sentences that `start.py` shows like all others."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            f"The command line was not understood: {message}.", "python start.py --help shows what there is."
        )


def _parser(numbers: Sequence[int]) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="start.py",
        description="Get everything out of your own OneDrive: sign in, list, download, and know that all is here.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    shown = ", ".join(str(number) for number in numbers if number)
    parser.add_argument(
        "options", nargs="*", metavar="N", help=f"menu numbers to run in this order ({shown}); none: the menu"
    )
    parser.add_argument("--home", type=_folder, metavar="DIR", help="where token, lists and manifest are kept (here)")
    parser.add_argument("--to", type=_folder, metavar="DIR", help="where the files go (downloads/ in the home)")
    parser.add_argument(
        "--root",
        metavar="FOLDER",
        help="the folder to list, such as /Pictures/2023; / is everything (the one of last time; at first everything)",
    )
    parser.add_argument("--full", action="store_true", help="list everything anew, not only what has changed")
    parser.add_argument(
        "--limit-rate", type=_rate, metavar="RATE", help="download at most so many bytes a second: 500k, 2M, 1.5M"
    )
    parser.add_argument(
        "--jobs", type=_jobs, metavar="N", help=f"download over N connections, 1 to {MOST_JOBS} (as many as help)"
    )
    parser.add_argument(
        "--no-input", action="store_true", help="never ask, never open a browser; use saved answers and defaults"
    )
    parser.add_argument(
        "--demo", action="store_true", help="use a pretend OneDrive inside the program, with a home of its own"
    )
    parser.add_argument(
        "--demo-port", type=_port, metavar="PORT", help="use the pretend OneDrive that runs on this port"
    )
    parser.add_argument(
        "--version", action="version", version=f"OneDrive downloader {VERSION}, Python {sys.version.split()[0]}"
    )
    return parser


def _option(word: str, numbers: Sequence[int]) -> int:
    if word.isascii() and word.isdigit() and int(word) in numbers:
        return int(word)
    shown = ", ".join(str(number) for number in numbers)
    raise UsageError(f"There is no option {word!r}.", f"The options are {shown}; python start.py --help explains them.")


def _folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("the name of the folder is empty")
    return Path(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port number")
    return int(text)


def _rate(text: str) -> float:
    """Bytes a second: 2M is two million, as the progress counts them."""
    written = _RATE.fullmatch(text.strip())
    if not written:
        raise argparse.ArgumentTypeError(f"{text!r} is no rate such as 500k or 2M (bytes a second)")
    rate = float(written[1]) * _RATE_UNITS[written[2].lower()]
    if rate < LEAST_RATE:
        raise argparse.ArgumentTypeError(f"{text!r} is less than 1k, at which no connection would be kept")
    return rate


def _jobs(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_JOBS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MOST_JOBS}")
    return int(text)
