"""The questions of option 5, and the preview: each takes a selection and gives back the one that is wanted instead.

Enter keeps what was; what cannot be meant gets a sentence and the question again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from onedrive.choosing.globs import NotAGlob, check_glob
from onedrive.choosing.index import ListIndex, Mask, Match
from onedrive.choosing.ranges import DateRange, NotADate, NotASize, read_date_range, read_size_range
from onedrive.choosing.selection import Duplicates, Layout, LayoutPattern, Selection, WrongPattern, check_pattern
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


def tell_choice(terminal: Terminal, selection: Selection, chosen: Share, whole: Share) -> None:
    """Tell a program that reads along which choice there is now, and what it wants."""
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


def show_preview(terminal: Terminal, index: ListIndex, selection: Selection, today: date) -> None:
    """Everything about a choice on one page; fits sixty columns."""
    mask = index.wanted(selection, today)
    chosen = index.share(mask)
    terminal.say(f"Your choice is {describe_share(selection, chosen, index.whole)}.", style="heading")
    tell_choice(terminal, selection, chosen, index.whole)
    if not chosen.files:
        terminal.say("No file of the list is wanted so.")
        return
    kinds, all_kinds = index.kinds(mask), index.kinds(index.all_files)
    kind_parts = {kind.value: (kinds.get(kind, Share()), all_kinds[kind]) for kind in all_kinds}
    _show_parts(terminal, "kind", kind_parts, most=_largest(all_kinds.values()))
    years, all_years = index.years(mask), index.years(index.all_files)
    _show_parts(terminal, "year", _year_parts(years, all_years), most=_largest(all_years.values()))
    _show_matches(terminal, "first files", index.first(mask, MOST_MATCHES))
    if chosen.files > MOST_MATCHES:
        _show_matches(terminal, "last files", index.last(mask, MOST_MATCHES))
    _show_matches(terminal, "largest files", index.largest(mask, MOST_MATCHES))
    show_sources(terminal, index, mask)
    show_cameras(terminal, index.cameras(mask))
    terminal.say(describe_duplicates(index.duplicates(mask)))


def show_sources(terminal: Terminal, index: ListIndex, mask: Mask) -> None:
    """For how many files which date says their day."""
    sources = index.sources(mask)
    parts = [f"{plural('file', count)} {_DATES_IN_WORDS[source]}" for source, count in sources.items()]
    if parts:
        terminal.say(f"Days as OneDrive knows them: {', '.join(parts)}.")


def show_cameras(terminal: Terminal, cameras: Sequence[tuple[str, int]]) -> None:
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
    return full * filled + empty * (length - filled) or (trace if chosen.size_bytes else "")


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
    parts: dict[str, tuple[Share, Share]] = {}
    passed: list[int] = []
    for year, share in whole.items():
        if year is None or year in chosen:
            parts |= _passed_part(passed, whole)
            passed = []
            parts["no date" if year is None else str(year)] = (chosen.get(year, Share()), share)
        else:
            passed.append(year)
    return parts | _passed_part(passed, whole)


def _passed_part(years: Sequence[int], whole: Mapping[int | None, Share]) -> dict[str, tuple[Share, Share]]:
    if not years:
        return {}
    together = Share()
    for year in years:
        together.add(whole[year].files, whole[year].size_bytes)
    name = str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
    return {name: (Share(), together)}


NO_LIMIT = "-"
MOST_CAMERAS = 20
MOST_EXAMPLES = 3
_MEDIA = frozenset({FileKind.PHOTO, FileKind.VIDEO})
_Answer = TypeVar("_Answer")
DUPLICATES_IN_WORDS = {
    Duplicates.ALL: "each is downloaded",
    Duplicates.LINK: "one is downloaded, the others become links to it",
    Duplicates.ONCE: "one is downloaded, the others are only named",
}


class WrongAnswer(ValueError):
    """An answer that cannot be meant; the message says why, in a sentence."""


def ask_kinds(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """Which kinds of files."""
    shares = index.kinds(index.all_files)
    choices = [(kind.value, frozenset({kind})) for kind in FileKind]
    choices += [("photos and videos", _MEDIA), ("every kind", frozenset())]
    rows = []
    for number, (name, kinds) in enumerate(choices, 1):
        some = [share for kind, share in shares.items() if kind in kinds or not kinds]
        files, size = sum(share.files for share in some), sum(share.size_bytes for share in some)
        rows.append((str(number), name, format_count(files), format_bytes(size)))
    terminal.table([Column("", "right"), Column("kind"), Column("files", "right"), Column("size", "right")], rows)
    terminal.say(f"Type numbers such as 1 or 1,2. Enter keeps {_kinds_in_words(selection)}.")
    numbers = ask_until(
        terminal, "Kinds:", lambda text: _read_numbers(text, [name for name, _ in choices]), keep=None
    )  # fmt: skip
    if numbers is None:
        return selection
    picked = [choices[number - 1][1] for number in numbers]
    kinds = frozenset[FileKind]() if frozenset() in picked else frozenset[FileKind]().union(*picked)
    return replace(selection, kinds=kinds if kinds != frozenset(FileKind) else frozenset())


def ask_names(terminal: Terminal, selection: Selection) -> Selection:
    """Which names: globs to include, and globs to exclude."""
    terminal.say(
        "Names are chosen by patterns such as *.jpg, IMG_*, Pictures/, **/raw/ or !keep.jpg (as in a .gitignore file)."
    )
    terminal.say("Several stand with commas between them; the later one wins. Case does not count.")
    terminal.say(f"Which names are wanted? {_keeps(selection.include, 'every name')}")
    include = ask_until(terminal, "Only:", _read_globs, keep=selection.include)
    terminal.say(f"Which of them are not? {_keeps(selection.exclude, 'no name')}")
    exclude = ask_until(terminal, "Not:", _read_globs, keep=selection.exclude)
    return replace(selection, include=include, exclude=exclude)


def ask_sizes(terminal: Terminal, selection: Selection) -> Selection:
    """Which sizes."""
    kept = [sizes_in_words(selection)] if (selection.min_size, selection.max_size) != (None, None) else []
    terminal.say(f"Sizes are such as >10M, <2G or 10M..2G. {_keeps(kept, 'any size')}")
    least, most = ask_until(
        terminal,
        "Size:",
        lambda text: (None, None) if text == NO_LIMIT else read_size_range(text),
        keep=(selection.min_size, selection.max_size),
    )
    return replace(selection, min_size=least, max_size=most)


def ask_dates(terminal: Terminal, selection: Selection, index: ListIndex, mask: Mask) -> Selection:
    """Which dates; `mask` is what the rest of the selection wants, and says which dates there are."""
    show_sources(terminal, index, mask)
    kept = [selection.dates.text] if selection.dates else []
    terminal.say(f"Dates are such as 2019, 2019-06..2020-03 or last 30 days. {_keeps(kept, 'any date')}")
    dates = ask_until(terminal, "Dates:", _read_dates, keep=selection.dates)
    return replace(selection, dates=dates)


def ask_cameras(terminal: Terminal, selection: Selection, index: ListIndex, mask: Mask) -> Selection:
    """Which cameras; `mask` is what the rest of the selection wants."""
    cameras = index.cameras(mask)
    names = [name for name, _ in cameras]
    if not names:
        terminal.say("No camera is known for any of these files.")
        return replace(selection, cameras=()) if selection.cameras else selection
    rows = [
        (str(number), shorten_middle(printable(name), 40), format_count(files))
        for number, (name, files) in enumerate(cameras[:MOST_CAMERAS], 1)
    ]
    terminal.table([Column("", "right"), Column("camera"), Column("files", "right")], rows)
    if len(cameras) > MOST_CAMERAS:
        terminal.say(f"And {format_count(len(cameras) - MOST_CAMERAS)} more, which can be typed by name.")
    terminal.say(f"Type numbers such as 1 or 1,3. {_keeps(selection.cameras, 'any camera')}")
    numbers = ask_until(
        terminal,
        "Cameras:",
        lambda text: () if text == NO_LIMIT else _read_numbers(text, names),
        keep=None,
    )
    return selection if numbers is None else replace(selection, cameras=tuple(names[n - 1] for n in numbers))


def ask_layout(terminal: Terminal, selection: Selection, index: ListIndex, mask: Mask) -> Selection:
    """Which folders the files go into, with examples of what a pattern makes."""
    terminal.say("  1  As on OneDrive")
    terminal.say("  2  By the date on which they were taken, in folders that a pattern makes")
    layouts = [Layout.ONEDRIVE, Layout.DATE]
    kept = layouts.index(selection.layout) + 1
    terminal.say(f"Enter keeps {kept}.")
    number = ask_until(terminal, "Layout:", lambda text: _read_number(text, len(layouts)), keep=kept)
    if layouts[number - 1] is Layout.ONEDRIVE:
        return replace(selection, layout=Layout.ONEDRIVE)
    terminal.say("A pattern can have {year}, {month}, {day}, {camera} and {kind}, with / between folders.")
    terminal.say(f"Enter keeps {printable(selection.pattern)}.")
    pattern = ask_until(terminal, "Pattern:", check_pattern, keep=selection.pattern)
    layout = LayoutPattern(pattern)
    for match in index.samples(mask, MOST_EXAMPLES):
        name = printable(match.path.rpartition("/")[2])
        folder = printable(layout.folder(match.day, match.kind, match.camera))
        terminal.say(f"  {shorten_middle(name, 30)} -> {folder}/{shorten_middle(name, 30)}")
    return replace(selection, layout=Layout.DATE, pattern=pattern)


def ask_duplicates(terminal: Terminal, selection: Selection, index: ListIndex, mask: Mask) -> Selection:
    """What happens to files with equal content."""
    terminal.say(describe_duplicates(index.duplicates(mask)))
    choices = list(DUPLICATES_IN_WORDS)
    for number, duplicates in enumerate(choices, 1):
        terminal.say(f"  {number}  {DUPLICATES_IN_WORDS[duplicates].capitalize()}")
    kept = choices.index(selection.duplicates) + 1
    terminal.say(f"Enter keeps {kept}.")
    number = ask_until(
        terminal, "Files with the same content:", lambda text: _read_number(text, len(choices)), keep=kept
    )  # fmt: skip
    return replace(selection, duplicates=choices[number - 1])


def ask_until(terminal: Terminal, question: str, read: Callable[[str], _Answer], *, keep: _Answer) -> _Answer:
    """Ask until an answer can be meant; an empty one keeps what was. Raises EndOfInput."""
    while True:
        typed = (terminal.ask(question) or "").strip()
        if not typed:
            return keep
        try:
            return read(typed)
        except (WrongAnswer, NotADate, NotAGlob, NotASize, WrongPattern) as error:
            terminal.say(str(error))


def sizes_in_words(selection: Selection) -> str:
    """The sizes as they are typed: '10M..2G', 'any'."""
    if selection.min_size is None and selection.max_size is None:
        return "any"
    least = "" if selection.min_size is None else format_bytes(selection.min_size)
    most = "" if selection.max_size is None else format_bytes(selection.max_size)
    return f"{least}..{most}"


def _kinds_in_words(selection: Selection) -> str:
    return ", ".join(kind.value for kind in FileKind if kind in selection.kinds) or "every kind"


def _keeps(texts: Sequence[str], otherwise: str) -> str:
    """What Enter keeps; - takes it away."""
    if not texts:
        return f"Enter: {otherwise}."
    return f"Enter keeps {shorten_middle(printable(', '.join(texts)), 40)}; - is {otherwise}."


def _read_globs(text: str) -> tuple[str, ...]:
    globs = [glob.strip() for glob in text.split(",")]
    return () if text == NO_LIMIT else tuple(check_glob(glob) for glob in globs if glob)


def _read_dates(text: str) -> DateRange | None:
    return None if text == NO_LIMIT else read_date_range(text)


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
