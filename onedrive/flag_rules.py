"""Which flags contradict each other, or mean nothing to the numbers that are run: found before anything is done."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from onedrive.errors import UsageError

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
