"""The command line: which options to run, and what they are to know. Everything is checked before anything is done.

words ─► `flag_parser`, whose values `flag_values` reads ─► `flag_rules`: no contradiction? ─► CommandLine
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from onedrive.date_range import DateRange, NotADate, read_date_range
from onedrive.errors import UsageError
from onedrive.file_kind import FileKind
from onedrive.flag_parser import make_parser
from onedrive.flag_rules import check_flags
from onedrive.selection import Duplicates, SelectionFlags
from onedrive.settings import Flags


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
    tree: bool = False  # show the chosen tree, and end
    log_file: Path | None = None

    @property
    def is_demo(self) -> bool:
        """True when everything goes to the pretend OneDrive."""
        return self.flags.demo


def read_command_line(arguments: Sequence[str], labels: Mapping[int, str]) -> CommandLine:
    """Understand the command line; `labels` are the options that exist, by number.

    Prints and exits for --help, --version and --completion, as argparse does. Raises UsageError.
    """
    parser = make_parser(labels)
    given = parser.parse_intermixed_args(arguments)
    options = tuple(_option(word, labels) for word in given.options)
    _share_out_to(given)
    check_flags(given, options)
    if given.completion:
        from onedrive.shell_completion import print_completion

        print_completion(parser, given.completion)
        sys.exit(0)
    return CommandLine(
        options=options,
        flags=_flags_of_settings(given),
        full=given.full,
        demo_port=given.demo_port,
        limit_rate=given.limit_rate,
        jobs=given.jobs,
        selection=_flags_of_selection(given),
        dry_run=given.dry_run,
        retry_failed=given.retry_failed,
        quick=given.quick,
        sample_percent=given.sample,
        tree=given.tree,
        log_file=given.log_file,
    )


def _option(word: str, labels: Mapping[int, str]) -> int:
    if word.isascii() and word.isdigit() and int(word) in labels:
        return int(word)
    shown = ", ".join(map(str, labels))
    raise UsageError(f"There is no option {word!r}.", f"The options are {shown}; python start.py --help explains them.")


def _share_out_to(given: Namespace) -> None:
    """--to is --until with a date and --downloads with a folder: give each its own."""
    for value in given.to or ():
        is_date = isinstance(value, str)
        name, flag, what = ("until", "--until", "last day") if is_date else ("downloads", "--downloads", "folder")
        if getattr(given, name) is not None:
            raise UsageError(
                f"The {what} is given twice: {getattr(given, name)} and {value}.",
                f"Leave one away. --to with a date is {'the same as ' + flag if is_date else 'the last day'}, "
                f"with anything else {'the folder for the downloads' if is_date else 'the same as ' + flag}.",
            )
        setattr(given, name, value)


def _flags_of_settings(given: Namespace) -> Flags:
    return Flags(
        home=given.home,
        downloads=given.downloads,
        root=given.root,
        no_input=given.no_input or given.quiet,
        demo=given.demo or given.demo_port is not None,
    )


def _flags_of_selection(given: Namespace) -> SelectionFlags:
    layout, pattern = given.layout or (None, None)
    return SelectionFlags(
        kinds=_join_kinds(given.only),
        include=tuple(given.include) if given.include else None,
        exclude=tuple(given.exclude) if given.exclude else None,
        min_size=given.min_size,
        max_size=given.max_size,
        dates=given.dates or _dates(given.first, given.until),
        layout=layout,
        pattern=pattern,
        duplicates=Duplicates(given.duplicates) if given.duplicates else None,
    )


def _join_kinds(kinds: Sequence[frozenset[FileKind]] | None) -> frozenset[FileKind] | None:
    """--only may be repeated; everything is an empty set, which takes no other kind beside it."""
    if kinds is None:
        return None
    if len(kinds) > 1 and not all(kinds):
        raise UsageError("--only everything stands alone.", "Leave it away, or leave the other kinds away.")
    return frozenset(chain.from_iterable(kinds))


def _dates(first: str | None, last: str | None) -> DateRange | None:
    """--from and --until, each a year, a month or a day, or not given."""
    if first is None and last is None:
        return None
    try:
        return read_date_range(f"{first or ''}..{last or ''}")
    except NotADate as error:
        raise UsageError(
            f"--from {first} is later than --until {last}, so no file can be meant.", "Exchange the two dates."
        ) from error
