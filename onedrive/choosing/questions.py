"""The questions of option 5, and the preview: each takes a selection and gives back the one that is wanted instead.

Enter keeps what was; what cannot be meant gets a sentence and the question again. `choose_items.py` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from onedrive.choosing.globs import check_glob
from onedrive.choosing.index import ChosenFiles, ListIndex, Match
from onedrive.choosing.ranges import read_date_range, read_size_range
from onedrive.choosing.selection import Duplicates, Layout, LayoutPattern, Selection, check_pattern
from onedrive.errors import WrongAnswer
from onedrive.graph.traits import DateSource, FileKind, Share
from onedrive.terminal.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, plural, printable, shorten_middle

MOST_MATCHES = 3
MOST_CAMERAS_SHOWN = 8
_BAR_WIDTH = 14
_LEAST_NAME_WIDTH, _WIDEST, _PLAIN_WIDTH = 20, 100, 60
_DATES_IN_WORDS = {
    DateSource.TAKEN: "when taken",
    DateSource.CREATED: "when created (in UTC)",
    DateSource.MODIFIED: "when last changed (in UTC)",
    DateSource.NONE: "without any date",
}


def describe_share(selection: Selection, chosen: Share, whole: Share) -> str:
    """The choice with what it wants: 'photos since 2019: 4,210 of 18,900 files, 31.0 GB of 88.0 GB'."""
    if selection.wants_all:
        return f"{selection.describe()}: {plural('file', whole.files)}, {format_bytes(whole.size_bytes)}"
    files = f"{format_count(chosen.files)} of {plural('file', whole.files)}"
    return f"{selection.describe()}: {files}, {format_bytes(chosen.size_bytes)} of {format_bytes(whole.size_bytes)}"


def say_choice(terminal: Terminal, selection: Selection, chosen: Share, whole: Share) -> None:
    """Say which choice there is now and what it wants, to the person and to a program that reads along."""
    terminal.say(f"Your choice is {describe_share(selection, chosen, whole)}.", style="heading")
    tell_choice(terminal, selection, chosen, whole)


def tell_choice(terminal: Terminal, selection: Selection, chosen: Share, whole: Share) -> None:
    """The same for a program alone."""
    terminal.event(
        "selection",
        description=selection.describe(),
        files=chosen.files,
        size_bytes=chosen.size_bytes,
        listed_files=whole.files,
        listed_bytes=whole.size_bytes,
        layout=selection.layout.value,
        duplicates=selection.duplicates.value,
    )


def show_preview(terminal: Terminal, index: ListIndex, selection: Selection) -> None:
    """Everything about a choice on one page; fits sixty columns."""
    chosen, everything = index.choose(selection), index.all_files
    say_choice(terminal, selection, chosen.share, index.whole)
    if not chosen.share.files:
        terminal.say("No file of the list is wanted so.")
        return
    kinds = {kind.value: (chosen.kinds.get(kind, Share()), whole) for kind, whole in everything.kinds.items()}
    _show_parts(terminal, "kind", kinds, most=_largest(everything.kinds.values()))
    years = _year_parts(chosen.years, everything.years)
    _show_parts(terminal, "year", years, most=_largest(everything.years.values()))
    _show_matches(terminal, "first files", chosen.first(MOST_MATCHES))
    if chosen.share.files > MOST_MATCHES:
        _show_matches(terminal, "last files", chosen.last(MOST_MATCHES))
    _show_matches(terminal, "largest files", chosen.largest(MOST_MATCHES))
    _show_sources(terminal, chosen)
    _show_cameras(terminal, chosen.cameras)
    terminal.say(describe_duplicates(chosen.duplicates))


def _show_sources(terminal: Terminal, chosen: ChosenFiles) -> None:
    """For how many files which date says their day."""
    parts = [f"{plural('file', count)} {_DATES_IN_WORDS[source]}" for source, count in chosen.sources.items()]
    if parts:
        terminal.say(f"Days as OneDrive knows them: {', '.join(parts)}.")


def _show_cameras(terminal: Terminal, cameras: Sequence[tuple[str, int]]) -> None:
    """The cameras with how many files each took."""
    rows = [(shorten_middle(printable(name), 40), format_count(files)) for name, files in cameras[:MOST_CAMERAS_SHOWN]]
    if len(cameras) > MOST_CAMERAS_SHOWN:
        rows.append((f"and {plural('camera', len(cameras) - MOST_CAMERAS_SHOWN)} more", ""))
    if rows:
        terminal.table([Column("camera"), Column("files", "right")], rows)


def describe_duplicates(spare: Share) -> str:
    """How many files need not come, because another one has the same content."""
    if not spare.files:
        return "No two of these files have the same content, as far as hash and size tell."
    have = "has" if spare.files == 1 else "have"
    return (
        f"{plural('file', spare.files)} of them {have} the content of another one (same hash and size): "
        f"{format_bytes(spare.size_bytes)} less to download, if each content comes once."
    )


def name_width(terminal: Terminal, beside: int) -> int:
    """Columns for a name that stands in a table beside so many columns of figures."""
    return max(_LEAST_NAME_WIDTH, min(terminal.width, _WIDEST if terminal.is_live else _PLAIN_WIDTH) - beside)


def part_bar(chosen: Share, whole: Share, most: int, can_show: Callable[[str], bool]) -> str:
    """A bar as long as the whole is beside the largest, full as far as it is chosen; a trace for what is little."""
    full, empty, trace = "█░▏" if can_show("█░▏") else "#-."
    length = min(_BAR_WIDTH, round(_BAR_WIDTH * whole.size_bytes / most)) if most else 0
    filled = min(length, round(_BAR_WIDTH * chosen.size_bytes / most)) if most else 0
    if chosen.size_bytes and not filled:
        return trace + empty * (length - 1)
    return full * filled + empty * (length - filled)


def _largest(shares: Iterable[Share]) -> int:
    return max((share.size_bytes for share in shares), default=0)


def _show_parts(terminal: Terminal, heading: str, parts: Mapping[str, tuple[Share, Share]], *, most: int) -> None:
    """The chosen part of each against all of it; a bar as long as can be stands for `most` bytes."""
    rows = [
        (
            name,
            format_count(chosen.files),
            format_count(whole.files),
            format_bytes(chosen.size_bytes),
            part_bar(chosen, whole, most, terminal.can_show),
        )
        for name, (chosen, whole) in parts.items()
    ]
    columns = [Column(heading), *(Column(title, "right") for title in ("chosen", "of", "size")), Column("")]
    shown = len(columns) - 1 if terminal.is_plain else len(columns)
    terminal.table(columns[:shown], [row[:shown] for row in rows])


def _show_matches(terminal: Terminal, heading: str, matches: Sequence[Match]) -> None:
    width = name_width(terminal, 24)
    rows = [
        (shorten_middle(printable(match.path), width), str(match.day or "no date"), format_bytes(match.size_bytes))
        for match in matches
    ]
    terminal.table([Column(heading), Column("day"), Column("size", "right")], rows)


def _year_parts(
    chosen: Mapping[int | None, Share], whole: Mapping[int | None, Share]
) -> dict[str, tuple[Share, Share]]:
    """Each year with its chosen part; several in a row without any are put together."""
    groups: list[tuple[list[int], Share, Share]] = []  # years, the chosen part, the whole
    for year, share in whole.items():
        part = chosen.get(year, Share()) if year is None or year in chosen else _NOTHING
        if not (groups and part is groups[-1][1] is _NOTHING):
            groups.append(([], part, Share()))
        years, _, together = groups[-1]
        together.add(share.files, share.size_bytes)
        years += [] if year is None else [year]
    return {_name_years(years): (part, together) for years, part, together in groups}


_NOTHING = Share()  # the part of years that are put together


def _name_years(years: Sequence[int]) -> str:
    if not years:
        return "no date"
    return str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"


NO_LIMIT = "-"
KEEPS = ("", "0", "q")  # answers that leave all as it was
MOST_CAMERAS = 20
MOST_EXAMPLES = 3
_MEDIA = frozenset({FileKind.PHOTO, FileKind.VIDEO})
_Answer = TypeVar("_Answer")
_KEPT = {"0": "Back, without a change"}
DUPLICATES_IN_WORDS = {
    Duplicates.ALL: "each is downloaded",
    Duplicates.LINK: "one is downloaded, the others become links to it",
    Duplicates.ONCE: "one is downloaded, the others are only named",
}


def ask_kinds(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """Which kinds of files."""
    choices = [(kind.value, frozenset({kind})) for kind in FileKind]
    choices += [("photos and videos", _MEDIA), ("every kind", frozenset())]
    rows = []
    for number, (name, kinds) in enumerate(choices, 1):
        some = [share for kind, share in index.all_files.kinds.items() if kind in kinds or not kinds]
        files, size = sum(share.files for share in some), sum(share.size_bytes for share in some)
        rows.append((str(number), name, format_count(files), format_bytes(size)))
    terminal.table([Column("", "right"), Column("kind"), Column("files", "right"), Column("size", "right")], rows)
    terminal.say(f"Type numbers such as 1 or 1,2. Enter keeps {kinds_in_words(selection)}.")
    names = [name for name, _ in choices]
    numbers: list[int] = _ask(terminal, "Kinds:", lambda text: _read_numbers(text, names), [])
    picked = [choices[number - 1][1] for number in numbers]
    if not picked:
        return selection
    kinds = frozenset[FileKind]() if frozenset() in picked else frozenset[FileKind]().union(*picked)
    return replace(selection, kinds=kinds if kinds != frozenset(FileKind) else frozenset())


def ask_names(terminal: Terminal, selection: Selection) -> Selection:
    """Which names: globs to include, and globs to exclude."""
    terminal.say(
        "Names are chosen by patterns such as *.jpg, IMG_*, Pictures/, **/raw/ or !keep.jpg (as in a .gitignore file)."
    )
    terminal.say("Several stand with commas between them; the later one wins. Case does not count.")
    terminal.say(f"Which names are wanted? {_keeps(selection.include, 'every name')}")
    include = _ask(terminal, "Only:", _read_globs, selection.include)
    terminal.say(f"Which of them are not? {_keeps(selection.exclude, 'no name')}")
    return replace(selection, include=include, exclude=_ask(terminal, "Not:", _read_globs, selection.exclude))


def ask_sizes(terminal: Terminal, selection: Selection) -> Selection:
    """Which sizes."""
    kept = selection.min_size, selection.max_size
    words = [] if kept == (None, None) else [sizes_in_words(selection)]
    terminal.say(f"Sizes are such as >10M, <2G or 10M..2G. {_keeps(words, 'any size')}")
    least, most = _ask(terminal, "Size:", _unless_no_limit(read_size_range, (None, None)), kept)
    return replace(selection, min_size=least, max_size=most)


def ask_dates(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """Which dates; what the rest of the selection wants says which there are."""
    _show_sources(terminal, index.choose(replace(selection, dates=None)))
    kept = [selection.dates.text] if selection.dates else []
    terminal.say(f"Dates are such as 2019, 2019-06..2020-03 or last 30 days. {_keeps(kept, 'any date')}")
    dates = _ask(terminal, "Dates:", _unless_no_limit(read_date_range, None), selection.dates)
    return replace(selection, dates=dates)


def ask_cameras(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """Which cameras; of those that took what the rest of the selection wants."""
    cameras = index.choose(replace(selection, cameras=())).cameras
    names = [name for name, _ in cameras]
    if not names:
        terminal.say("No camera is known for any of these files.")
        return replace(selection, cameras=())
    rows = [
        (str(number), shorten_middle(printable(name), 40), format_count(files))
        for number, (name, files) in enumerate(cameras[:MOST_CAMERAS], 1)
    ]
    terminal.table([Column("", "right"), Column("camera"), Column("files", "right")], rows)
    if len(cameras) > MOST_CAMERAS:
        terminal.say(f"And {format_count(len(cameras) - MOST_CAMERAS)} more, which can be typed by name.")
    terminal.say(f"Type numbers such as 1 or 1,3. {_keeps(selection.cameras, 'any camera')}")

    def read(text: str) -> tuple[str, ...]:
        return tuple(names[number - 1] for number in _read_numbers(text, names))

    return replace(
        selection, cameras=_ask(terminal, "Cameras:", _unless_no_limit(read, ()), selection.cameras)
    )  # fmt: skip


def ask_layout(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """Which folders the files go into, with examples of what a pattern makes."""
    layouts = {"1": Layout.ONEDRIVE, "2": Layout.DATE}
    shown = {"1": "As on OneDrive", "2": "By the date on which they were taken, in folders that a pattern makes"}
    kept = next(key for key, layout in layouts.items() if layout is selection.layout)
    key = terminal.pick("Layout:", shown | _KEPT, default=kept)
    if layouts.get(key) is not Layout.DATE:
        return selection if key == "0" else replace(selection, layout=Layout.ONEDRIVE)
    terminal.say("A pattern can have {year}, {month}, {day}, {camera} and {kind}, with / between folders.")
    terminal.say(f"Enter keeps {printable(selection.pattern)}.")
    pattern = _ask(terminal, "Pattern:", check_pattern, selection.pattern)
    layout = LayoutPattern(pattern)
    for match in index.choose(selection).samples(MOST_EXAMPLES):
        name = shorten_middle(printable(match.path.rpartition("/")[2]), 30)
        terminal.say(f"  {name} -> {printable(layout.folder(match.day, match.kind, match.camera))}/{name}")
    return replace(selection, layout=Layout.DATE, pattern=pattern)


def ask_duplicates(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """What happens to files with equal content."""
    terminal.say(describe_duplicates(index.choose(selection).duplicates))
    choices = {str(number): duplicates for number, duplicates in enumerate(DUPLICATES_IN_WORDS, 1)}
    shown = {key: DUPLICATES_IN_WORDS[duplicates].capitalize() for key, duplicates in choices.items()}
    kept = next(key for key, duplicates in choices.items() if duplicates is selection.duplicates)
    key = terminal.pick("Files with the same content:", shown | _KEPT, default=kept)
    return replace(selection, duplicates=choices.get(key, selection.duplicates))


def _ask(terminal: Terminal, question: str, read: Callable[[str], _Answer], kept: _Answer) -> _Answer:
    """Ask until an answer can be meant; Enter, 0 and q keep what was. Raises EndOfInput."""
    return terminal.ask_until(question, lambda typed: kept if typed.strip().lower() in KEEPS else read(typed.strip()))


def _unless_no_limit(read: Callable[[str], _Answer], no_limit: _Answer) -> Callable[[str], _Answer]:
    return lambda text: no_limit if text == NO_LIMIT else read(text)


def sizes_in_words(selection: Selection) -> str:
    """The sizes as they are typed: '10M..2G', 'any'."""
    if selection.min_size is None and selection.max_size is None:
        return "any"
    least = "" if selection.min_size is None else format_bytes(selection.min_size)
    most = "" if selection.max_size is None else format_bytes(selection.max_size)
    return f"{least}..{most}"


def kinds_in_words(selection: Selection) -> str:
    """The kinds with commas between them: 'photos, videos', 'every kind'."""
    return ", ".join(kind.value for kind in FileKind if kind in selection.kinds) or "every kind"


def _keeps(texts: Sequence[str], otherwise: str) -> str:
    """What Enter keeps; - takes it away."""
    if not texts:
        return f"Enter: {otherwise}."
    return f"Enter keeps {shorten_middle(printable(', '.join(texts)), 40)}; - is {otherwise}."


def _read_globs(text: str) -> tuple[str, ...]:
    globs = [glob.strip() for glob in text.split(",")]
    return () if text == NO_LIMIT else tuple(check_glob(glob) for glob in globs if glob)


def _read_numbers(text: str, names: Sequence[str]) -> list[int]:
    """Numbers with commas or spaces between them, or names with commas."""
    known = {name.lower(): number for number, name in enumerate(names, 1)}
    if text.lower() in known:
        return [known[text.lower()]]
    words = [word.strip() for word in (text if "," in text else text.replace(" ", ",")).split(",")]
    return [known.get(word.lower()) or _read_number(word, len(names)) for word in words if word]


def _read_number(text: str, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    if not 1 <= number <= most:
        raise WrongAnswer(f"There is no {printable(text[:40])!r} here; the numbers go from 1 to {most}.")
    return number
