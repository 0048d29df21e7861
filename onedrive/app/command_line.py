"""The command line: which options to run, and what they are to know. Everything is checked before anything is done.

words ─► the parser of `flags` ─► no contradiction, by the table of `flags`? ─► CommandLine, for `program`
"""

from __future__ import annotations

import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from onedrive.app.flag_values import KIND_WORDS, read_option
from onedrive.app.flags import FLAGS, NO_SIDECAR, OF_ALL_PROFILES, SELECTING, Flag, make_parser
from onedrive.app.moving_out import MOVING_OUT
from onedrive.app.options import OPTIONS, QUIT
from onedrive.choosing.ranges import DateRange, read_date_range
from onedrive.choosing.selection import Duplicates, Layout, Sidecar
from onedrive.errors import UsageError, WrongAnswer
from onedrive.graph.traits import FileKind
from onedrive.home.further import NamedFolders
from onedrive.local.earlier import KeepEarlier
from onedrive.settings import Flags
from onedrive.words import START, join_words


class CommandLine(Namespace):
    """What was asked for; a field for each flag in the table of `flags`, None where it was not given.

    `words` are what is no flag: the `options` to run in order, none for the menu. With `demo_port` the pretend
    OneDrive runs apart. `selection` and `flags` win over selection.json and the settings that are kept.
    """

    words: list[str]
    options: list[int]
    tree: bool
    move_out: bool
    dry_run: bool
    replace_many: bool
    keep_earlier: KeepEarlier | None
    gone: str | None
    put_back: str | None
    as_of: date | None
    retry_failed: bool
    albums: bool
    full: bool
    quick: bool
    pictures: bool
    sample: float | None  # so much of the bytes, in percent
    copies: int | None
    also: list[Path] | None
    known: list[Path] | None
    forget: list[Path] | None
    only: list[frozenset[FileKind]] | None
    include: list[str] | None
    exclude: list[str] | None
    first: str | None
    until: str | None
    dates: DateRange | None
    album: list[str] | None
    min_size: int | None
    max_size: int | None
    layout: tuple[Layout, str | None] | None
    duplicates: str | None
    name: str | None
    sidecar: str | None
    jpeg_twins: bool | None
    picasa: bool | None
    home: Path | None
    downloads: list[Path] | None
    root: str | None
    key_store: str | None
    windows_names: str | None
    jobs: int | None
    limit_rate: float | None  # bytes a second over all connections
    every: float | None  # seconds from the beginning of one run to that of the next
    then: str | None
    ping: str | None
    profile: str | None
    all_profiles: bool
    no_input: bool
    quiet: bool
    log_file: Path | None
    demo: bool
    demo_port: int | None
    selection: Mapping[str, Any]  # fields of the selection that this run replaces
    flags: Flags
    start: str  # what a person types to start the program

    @property
    def named_folders(self) -> NamedFolders:
        """The further folders of --also, --known and --forget."""
        return NamedFolders(self.also or (), self.known or (), self.forget or ())

    @property
    def again(self) -> str:
        """What begins another command for the same home: 'python start.py --home DIR'."""
        where: dict[str, object] = {
            "--home": self.home,
            "--profile": self.flags.profile or None,
            "--to": self.flags.downloads,
            "--demo-port": self.demo_port,
        }
        words = [word for name, value in where.items() if value is not None for word in (name, str(value))]
        words += ["--demo"] if self.demo and self.demo_port is None else []
        quoted = (
            [f'"{word}"' if " " in word else word for word in words] if os.name == "nt" else map(shlex.quote, words)
        )
        return " ".join([self.start, *quoted])

    def of_profile(self, name: str) -> CommandLine:
        """The same for another profile, '' for the one without a name; its downloads are its own."""
        other = copy(self)
        other.all_profiles = False
        other.flags = replace(self.flags, profile=name, downloads=None)
        return other

    def has(self, name: str) -> bool:
        """Whether the flag of this field was given."""
        return getattr(self, name) not in (None, False)


def read_command_line(arguments: Sequence[str], *, start: str = START, default_home: Path | None = None) -> CommandLine:
    """Understand the command line of the program that is started so; an installed one has a home of its own.

    Prints and exits for --help and --version, as argparse does, and where a shell asks what may stand next. Raises
    UsageError.
    """
    parser = make_parser(start)
    if "_ARGCOMPLETE" in os.environ:
        _complete(parser)
    given = parser.parse_intermixed_args(arguments, namespace=CommandLine())
    given.options = [read_option(word) for word in given.words]
    if given.move_out and not given.words:
        given.options = list(MOVING_OUT)
    given.demo = given.demo or given.demo_port is not None
    _check_flags(given)
    given.start = start
    given.selection = _read_selection(given)
    given.flags = Flags(
        home=given.home,
        profile=given.profile or "",
        downloads=given.downloads[0] if given.downloads else None,
        root=given.root,
        windows_names=None if given.windows_names is None else given.windows_names == "yes",
        no_input=given.no_input or given.quiet or given.every is not None,
        demo=given.demo,
        default_home=default_home,
    )
    return given


def _complete(parser: ArgumentParser) -> None:
    """Answer a shell that completes a line with argcomplete, and end; without that library there is no answer."""
    try:
        import argcomplete
    except ModuleNotFoundError:
        sys.exit(1)  # the menu is not what the shell asked for
    from argcomplete import completers

    def complete_kinds(prefix: str, **_: object) -> list[str]:
        before, comma, _last = prefix.rpartition(",")
        return [f"{before}{comma}{word}" for word in KIND_WORDS]

    by_value = {
        "DIR": completers.DirectoriesCompleter(),
        "FILE": completers.FilesCompleter(),
        "KINDS": complete_kinds,
        "LAYOUT": lambda **_: [layout.value for layout in Layout],
        "OPTION": lambda **_: {str(number): option.title for number, option in OPTIONS.items()},
    }
    for action in parser._actions:
        if action.dest == "words":
            vars(action)["completer"] = by_value["OPTION"]
        elif action.metavar in by_value:
            vars(action)["completer"] = by_value[str(action.metavar)]
    argcomplete.autocomplete(parser, always_complete_options=False, default_completer=completers.SuppressCompleter())


_PAIRS = (
    ("move_out", "quick", "moving out needs every file read"),
    ("move_out", "sample", "moving out needs every file read"),
    ("move_out", "dry_run", "the sheet reports what was done"),
    ("move_out", "put_back", "one fetches what OneDrive has now, the other puts back what it had"),
    ("move_out", "retry_failed", "moving out fetches all that is missing"),
    ("put_back", "retry_failed", "putting back downloads nothing"),
    ("put_back", "keep_earlier", "what stands there is always kept when something is put back"),
    ("put_back", "gone", "putting back does not ask OneDrive"),
    ("put_back", "also", "putting back changes the downloads only"),
    ("all_profiles", "profile", "one is of all, the other of one"),
    ("all_profiles", "downloads", "each profile has a downloads folder of its own"),
    ("all_profiles", "also", "each profile has copies of its own"),
    ("all_profiles", "put_back", "putting back is done in one place"),
    ("demo", "ping", "in the demo nothing leaves this computer"),
    ("every", "move_out", "moving out is done once"),
    ("every", "put_back", "putting back is done once"),
    ("every", "dry_run", "a trial run changes nothing, however often"),
    ("quiet", "verbose", "one says less, the other more"),
    ("quick", "sample", "--quick reads no file, --sample some"),
    ("dates", "first", "both say which dates"),
    ("dates", "until", "both say which dates"),
)
_MENU_LACKS = {
    "--no-input": "the menu asks for a number",
    "--every": "the menu waits for a person",
    "--quiet": "the menu is there to be read",
    "--json": "the menu is for a person",
    "--then": "the menu has no end",
    "--ping": "the menu has no end",
    "--all-profiles": "the menu is of one at a time, and changes with a",
    "--put-back": "the menu has a line of its own for it",
}


def _check_flags(given: CommandLine) -> None:
    """Raise UsageError for the first contradiction."""
    _check_pairs(given)
    if given.tree and given.options:
        raise UsageError(
            "--tree shows the list that is here and ends, so it takes no numbers.",
            "For a new list first: python start.py 3, then python start.py --tree",
        )
    if given.move_out and given.words:
        raise UsageError(
            "--move-out runs 3, 4 and 6 by itself, so it takes no numbers.",
            "Run other numbers first, on a line of their own: python start.py 1, then python start.py --move-out",
        )
    for flag in FLAGS:
        if not given.has(flag.dest):
            continue
        if given.tree and not flag.with_tree:
            raise UsageError(
                f"--tree prints a tree for people to read, and takes no {flag.name}.",
                f"Leave out {flag.name} or --tree.",
            )
        if given.options:
            _check_known(flag, given.options)
        elif flag.name in _MENU_LACKS and not given.tree:
            raise UsageError(
                f"{flag.name} needs the numbers to run: {_MENU_LACKS[flag.name]}.",
                f"For example: python start.py {flag.name} {'PATH 4' if flag.value else '3 4'}",
            )
    _check_numbers(given)


def _check_numbers(given: CommandLine) -> None:
    """Each number may be run so."""
    if given.all_profiles and (others := set(given.options) - {QUIT, *OF_ALL_PROFILES}):
        raise UsageError(
            f"--all-profiles is for {join_words(list(map(str, OF_ALL_PROFILES)))}, which need nobody; option "
            f"{min(others)} is for one profile at a time.",
            f"For one: python start.py --profile NAME {min(others)}",
        )
    for number in given.options if given.dry_run else ():
        if number != QUIT and (change := OPTIONS[number].changes):
            raise UsageError(
                f"--dry-run promises that nothing is changed, and option {number} {change}.",
                f"Run {number} on its own, without --dry-run.",
            )


def _check_pairs(given: CommandLine) -> None:
    for one, other, why in _PAIRS:
        if given.has(one) and given.has(other):
            names = [flag.name for name in (one, other) for flag in FLAGS if flag.dest == name]
            raise UsageError(f"{join_words(names)} do not go together: {why}.", "Leave one of them out.")
    if given.as_of is not None and given.put_back is None:
        raise UsageError("--as-of says to which day --put-back goes back.", "Give both, or leave it out.")
    least, most = given.min_size, given.max_size
    if least is not None and most is not None and least > most:
        raise UsageError(
            f"No file is {least:,} bytes or larger and {most:,} bytes or smaller.", "Make --min-size the smaller one."
        )
    if len(given.downloads or ()) > 1:
        raise UsageError(
            f"The folder for the downloads is given twice: {join_words(list(map(str, given.downloads or ())))}.",
            "Leave one out; the last day of what to download is --until.",
        )


def _check_known(flag: Flag, options: Sequence[int]) -> None:
    """The flag has a meaning to one of the options, or does no harm."""
    if not flag.only_for or set(flag.only_for) & set(options):
        return
    # The folder to list would be taken for the one to download; where nothing is downloaded it is only idle.
    if flag.dest == "root" and not set(SELECTING) & set(options):
        return
    who = f"option{'s' if flag.only_for[1:] else ''} {join_words(list(map(str, flag.only_for)))}"
    tree = " and --tree" if flag.with_tree else ""
    run = " ".join(map(str, sorted({*options, flag.only_for[0]})))
    raise UsageError(
        f"{flag.name} does nothing for option {' or '.join(map(str, options))}; it is for {who}{tree}.",
        f"Leave it out, or run that too: python start.py {flag.name}{' ...' if flag.value else ''} {run}",
    )


def _read_selection(given: CommandLine) -> dict[str, Any]:
    layout, pattern = given.layout or (None, None)
    kinds = given.only
    if kinds and len(kinds) > 1 and not all(kinds):  # everything is an empty set
        raise UsageError("--only everything stands alone.", "Leave it out, or leave the other kinds out.")
    dates = given.dates
    if given.first is not None or given.until is not None:
        try:
            dates = read_date_range(f"{given.first or ''}..{given.until or ''}")
        except WrongAnswer as error:
            raise UsageError(
                f"--from {given.first} is later than --until {given.until}, so no file can match.",
                "Swap the two dates.",
            ) from error
    fields: dict[str, Any] = {
        "kinds": None if kinds is None else frozenset(chain.from_iterable(kinds)),
        "include": tuple(given.include) if given.include else None,
        "exclude": tuple(given.exclude) if given.exclude else None,
        "min_size": given.min_size,
        "max_size": given.max_size,
        "dates": dates,
        "layout": layout,
        "pattern": pattern,
        "duplicates": Duplicates(given.duplicates) if given.duplicates else None,
        "albums": tuple(given.album) if given.album else None,
        "name": given.name,
        "jpeg_twins": given.jpeg_twins,
        "picasa": given.picasa,
    }
    chosen = {name: value for name, value in fields.items() if value is not None}
    if given.sidecar is not None:
        chosen["sidecar"] = None if given.sidecar == NO_SIDECAR else Sidecar(given.sidecar)
    return chosen
