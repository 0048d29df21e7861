"""The questions of option 5: each takes a selection and gives back the one that is wanted instead.

Enter keeps what was; what cannot be meant gets a sentence and the question again. `choose_items.py` puts them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from onedrive.choosing.globs import check_glob
from onedrive.choosing.index import ListIndex
from onedrive.choosing.name_pattern import check_name_pattern
from onedrive.choosing.preview import describe_duplicates, say_sources
from onedrive.choosing.ranges import EXAMPLES, read_date_range, read_size_range
from onedrive.choosing.selection import Duplicates, Layout, LayoutPattern, Selection, Sidecar, check_pattern
from onedrive.errors import WrongAnswer
from onedrive.graph.traits import FileKind
from onedrive.terminal.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, printable, shorten_middle

NO_LIMIT = "-"
KEEPS = ("", "0", "q")  # answers that leave all as it was
MOST_CAMERAS = 20
MOST_EXAMPLES = 3
_MEDIA = frozenset({FileKind.PHOTO, FileKind.VIDEO})
_Answer = TypeVar("_Answer")
NOTHING = "nothing"
DATED_NAME = "{date}_{name}"
KEPT = {"0": "Back, without a change"}
DUPLICATES_IN_WORDS = {
    Duplicates.ALL: "each is downloaded",
    Duplicates.LINK: "one is downloaded, the others become links to it",
    Duplicates.ONCE: "one is downloaded, the others are only recorded",
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
    terminal.say(f"Type one or more numbers, such as 1 or 1,2. Enter keeps {kinds_in_words(selection)}; 0 goes back.")
    names = [name for name, _ in choices]
    numbers: list[int] = _ask(terminal, "Kinds:", lambda text: read_numbers(text, names), [])
    picked = [choices[number - 1][1] for number in numbers]
    if not picked:
        return selection
    kinds = frozenset[FileKind]() if frozenset() in picked else frozenset[FileKind]().union(*picked)
    return replace(selection, kinds=kinds if kinds != frozenset(FileKind) else frozenset())


def ask_names(terminal: Terminal, selection: Selection) -> Selection:
    """Which names: globs to include, and globs to exclude."""
    terminal.say(
        "Type patterns: *.jpg (names that end so), IMG_* (that begin so), Pictures/ (a folder), !keep.jpg (not this "
        "one). Put commas between several: the last one that fits decides. Capitals do not matter."
    )
    terminal.say(f"Which names do you want? {enter_keeps(selection.include, 'every name')}")
    include = _ask(terminal, "Only:", _read_globs, selection.include)
    terminal.say(f"Which of those do you not want? {enter_keeps(selection.exclude, 'none')}")
    return replace(selection, include=include, exclude=_ask(terminal, "Not:", _read_globs, selection.exclude))


def ask_sizes(terminal: Terminal, selection: Selection) -> Selection:
    """Which sizes."""
    kept = selection.min_size, selection.max_size
    words = [] if kept == (None, None) else [sizes_in_words(selection)]
    terminal.say(f"Type a size such as >10M, <2G or 10M to 2G. {enter_keeps(words, 'any size')}")
    least, most = _ask(terminal, "Size:", _unless_no_limit(read_size_range, (None, None)), kept)
    return replace(selection, min_size=least, max_size=most)


def ask_dates(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """Which dates; what the rest of the selection wants says which there are."""
    say_sources(terminal, index.choose(replace(selection, dates=None)).sources)
    kept = [selection.dates.describe().removeprefix("of ")] if selection.dates else []
    terminal.say(f"Write {EXAMPLES}. {enter_keeps(kept, 'any date')}")
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
        terminal.say(f"And {format_count(len(cameras) - MOST_CAMERAS)} more, which you can type by name.")
    terminal.say(f"Type one or more numbers, such as 1 or 1,3. {enter_keeps(selection.cameras, 'any camera')}")

    def read(text: str) -> tuple[str, ...]:
        return tuple(names[number - 1] for number in read_numbers(text, names))

    return replace(
        selection, cameras=_ask(terminal, "Cameras:", _unless_no_limit(read, ()), selection.cameras)
    )  # fmt: skip


def ask_layout(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """Which folders the files go into."""
    layouts = {"1": Layout.ONEDRIVE, "2": Layout.DATE, "3": Layout.ALBUM}
    shown = {
        "1": "As on OneDrive",
        "2": "By date: folders such as 2019/2019-06, of the day on which each file was taken",
        "3": "By album: folders such as Albums/Summer 2024; the rest as on OneDrive",
    }
    kept = next(key for key, layout in layouts.items() if layout is selection.layout)
    key = terminal.pick("Arrangement of folders:", shown | KEPT, default=kept)
    if key == "0":
        return selection
    chosen = replace(selection, layout=layouts[key])
    return _ask_pattern(terminal, chosen, index) if key == "2" else chosen


def _ask_pattern(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """Which folders by date, with examples of what a pattern makes, the earliest first."""
    terminal.say(
        "Type a pattern of {year}, {month}, {day}, {camera} and {kind}, with / between folders: {year}/{year}-{month} "
        f"makes folders such as 2019/2019-06. Enter keeps {printable(selection.pattern)}."
    )
    pattern = _ask(terminal, "Pattern:", check_pattern, selection.pattern)
    layout = LayoutPattern(pattern)
    for match in index.choose(selection).samples(MOST_EXAMPLES):
        name = shorten_middle(printable(match.path.rpartition("/")[2]), 30)
        terminal.say(f"  {name} -> {printable(layout.folder(match.day, match.kind, match.camera))}/{name}")
    return replace(selection, pattern=pattern)


def ask_file_names(terminal: Terminal, selection: Selection) -> Selection:
    """Which names the files get here."""
    terminal.say(
        f"Names of the files here: {DATED_NAME} puts the day in front, as in 2019-06-30_IMG_1.jpg. "
        f"{enter_keeps([selection.name] if selection.name else [], 'names as on OneDrive')}"
    )
    return replace(
        selection, name=_ask(terminal, "Names:", _unless_no_limit(check_name_pattern, ""), selection.name)
    )  # fmt: skip


_BESIDE = (
    "For photo programs, what OneDrive knows of each photo and film (.xmp)",
    "The same for other programs (.json)",
    "A JPEG of each HEIC and RAW picture, in a folder of their own",
    "In each folder, which albums its pictures are in (.picasa.ini)",
)


def ask_beside(terminal: Terminal, selection: Selection) -> Selection:
    """What is made beside the files."""
    for number, words in enumerate(_BESIDE, 1):
        terminal.say(f"  {number}  {words}")
    now = [] if beside_in_words(selection) == NOTHING else [beside_in_words(selection)]
    terminal.say(f"Type one or more numbers, such as 1 or 1,3. {enter_keeps(now, NOTHING)}")

    def read(text: str) -> Selection:
        numbers = set() if text == NO_LIMIT else set(read_numbers(text, _BESIDE))
        if {1, 2} <= numbers:
            raise WrongAnswer("Of 1 and 2 only one can be made: type one of them.")
        sidecar = Sidecar.XMP if 1 in numbers else Sidecar.JSON if 2 in numbers else None
        return replace(selection, sidecar=sidecar, jpeg_twins=3 in numbers, picasa=4 in numbers)

    return _ask(terminal, "Beside the files:", read, selection)


def beside_in_words(selection: Selection) -> str:
    """What is made beside the files: '.xmp, JPEGs', 'nothing'."""
    parts = [f".{selection.sidecar}"] if selection.sidecar else []
    parts += ["JPEGs of HEIC and RAW"] if selection.jpeg_twins else []
    parts += [".picasa.ini"] if selection.picasa else []
    return ", ".join(parts) or NOTHING


def ask_duplicates(terminal: Terminal, selection: Selection, index: ListIndex) -> Selection:
    """What happens to files with equal content."""
    terminal.say(describe_duplicates(index.choose(selection).duplicates))
    choices = {str(number): duplicates for number, duplicates in enumerate(DUPLICATES_IN_WORDS, 1)}
    shown = {key: DUPLICATES_IN_WORDS[duplicates].capitalize() for key, duplicates in choices.items()}
    kept = next(key for key, duplicates in choices.items() if duplicates is selection.duplicates)
    key = terminal.pick("Files with the same content:", shown | KEPT, default=kept)
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


def enter_keeps(texts: Sequence[str], otherwise: str) -> str:
    """What Enter keeps; - takes it away."""
    if not texts:
        return f"Enter or 0: {otherwise}."
    return f"Enter or 0 keeps {shorten_middle(printable(', '.join(texts)), 40)}; - means {otherwise}."


def _read_globs(text: str) -> tuple[str, ...]:
    globs = [glob.strip() for glob in text.split(",")]
    return () if text == NO_LIMIT else tuple(check_glob(glob) for glob in globs if glob)


def read_numbers(text: str, names: Sequence[str]) -> list[int]:
    """Numbers with commas or spaces between them, or names with commas."""
    known = {name.lower(): number for number, name in enumerate(names, 1)}
    if text.lower() in known:
        return [known[text.lower()]]
    words = [word.strip() for word in (text if "," in text else text.replace(" ", ",")).split(",")]
    return [known.get(word.lower()) or _read_number(word, len(names)) for word in words if word]


def _read_number(text: str, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
    if not 1 <= number <= most:
        raise WrongAnswer(f"There is no {printable(text[:40])!r} here. Type numbers from 1 to {most}, or 0 to go back.")
    return number
