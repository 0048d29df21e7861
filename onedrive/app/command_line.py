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

from onedrive.app.flags import make_parser
from onedrive.choosing.ranges import DateRange, NotADate, read_date_range
from onedrive.choosing.selection import Duplicates, SelectionFlags
from onedrive.errors import UsageError
from onedrive.graph.traits import FileKind
from onedrive.settings import Flags

LOOKING = (4, 7)  # the options that --dry-run keeps from changing anything
# Of each flag that only some options know: its name in the parser, and those options.
_KNOWN_BY = {
    "--dry-run": ("dry_run", LOOKING),
    "--retry-failed": ("retry_failed", (4,)),
    "--root": ("root", (3, 8)),
    "--quick": ("quick", (6,)),
    "--sample": ("sample", (6,)),
}
# Flags that say how an option works; scripts give them to each of their runs, and they do no harm where they are idle.
_HOW = {"--full": "full", "--jobs": "jobs", "--limit-rate": "limit_rate"}
_OF_SELECTION = {
    "--only": "only",
    "--include": "include",
    "--exclude": "exclude",
    "--from": "first",
    "--until": "until",
    "--dates": "dates",
    "--min-size": "min_size",
    "--max-size": "max_size",
    "--layout": "layout",
    "--duplicates": "duplicates",
}
SELECTING = (4, 6)  # the options that a selection concerns
_CHANGING = {5: "changes selection.json", 9: "removes the saved sign-in"}


def check_flags(given: Namespace, options: Sequence[int]) -> None:
    """Raise UsageError for the first contradiction; `until` and `downloads` have what --to said."""
    _check_alone(given, options)
    _check_pairs(given)
    if given.tree:
        _check_tree(given, options)
    elif options:
        _check_known(given, options)
    else:
        _check_menu(given)
    if given.dry_run:
        for number in options:
            if number in _CHANGING:
                raise UsageError(
                    f"--dry-run promises that nothing is changed, and option {number} {_CHANGING[number]}.",
                    f"Run {number} on its own, without --dry-run.",
                )


def _check_alone(given: Namespace, options: Sequence[int]) -> None:
    if given.completion and (options or given.json or given.tree):
        raise UsageError(
            "--completion only prints a script for the shell, so it stands alone.",
            f"For example: python start.py --completion {given.completion}",
        )


def _check_pairs(given: Namespace) -> None:
    for one, other, why in (
        ("quiet", "verbose", "one says less, the other more"),
        ("quick", "sample", "--quick reads no file, --sample some"),
        ("dates", "first", "both say which dates"),
        ("dates", "until", "both say which dates"),
    ):
        if _is_given(given, one) and _is_given(given, other):
            names = [f"--{'from' if name == 'first' else name}" for name in (one, other)]
            raise UsageError(f"{' and '.join(names)} do not go together: {why}.", "Leave one of them away.")
    least, most = given.min_size, given.max_size
    if least is not None and most is not None and least > most:
        raise UsageError(
            f"No file is {least:,} bytes or larger and {most:,} bytes or smaller.", "Make --min-size the smaller one."
        )


def _check_tree(given: Namespace, options: Sequence[int]) -> None:
    if options:
        raise UsageError(
            "--tree shows the list that is here and ends, so it takes no numbers.",
            "For a new list first: python start.py 3, then python start.py --tree",
        )
    known_by = {flag: name for flag, (name, _) in _KNOWN_BY.items()}
    others = {**known_by, **_HOW, "--json": "json", "--quiet": "quiet"}
    for flag, name in others.items():
        if _is_given(given, name):
            raise UsageError(
                f"--tree prints a tree for people to read, and knows no {flag}.", f"Leave {flag} or --tree away."
            )


def _check_known(given: Namespace, options: Sequence[int]) -> None:
    known_by = {**_KNOWN_BY, **{flag: (name, SELECTING) for flag, name in _OF_SELECTION.items()}}
    for flag, (name, numbers) in known_by.items():
        # The folder to list would be taken for the one to download; where nothing is downloaded it is only idle.
        is_idle = flag == "--root" and not set(SELECTING) & set(options)
        if _is_given(given, name) and not set(numbers) & set(options) and not is_idle:
            who = f"option {numbers[0]}" if len(numbers) == 1 else f"options {' and '.join(map(str, numbers))}"
            tree = " and --tree" if flag in _OF_SELECTION else ""
            value = "" if getattr(given, name) is True else " ..."
            run = " ".join(map(str, sorted({*options, numbers[0]})))
            raise UsageError(
                f"{_as_typed(flag, given)} means nothing to option {' or '.join(map(str, options))}; "
                f"it is for {who}{tree}.",
                f"Leave it away, or run that too: python start.py {flag}{value} {run}",
            )


def _as_typed(flag: str, given: Namespace) -> str:
    """--until may have been written as --to."""
    return f"--to {given.until} (the last day)" if flag == "--until" and given.until in (given.to or ()) else flag


def _check_menu(given: Namespace) -> None:
    for flag, why in (
        ("no_input", "the menu asks for a number"),
        ("quiet", "the menu is something to read"),
        ("json", "the menu is for a person"),
    ):
        if _is_given(given, flag):
            name = f"--{flag.replace('_', '-')}"
            raise UsageError(f"{name} needs the numbers to run: {why}.", f"For example: python start.py {name} 3 4")


def _is_given(given: Namespace, name: str) -> bool:
    return getattr(given, name) not in (None, False)


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
        from onedrive.app.completion import print_completion

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
