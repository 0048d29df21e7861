"""Figures, times and names as the person reads them; pure functions.

Names come from the service and are data: `printable` shows what they hide, `strip_controls` is the net below it
through which everything passes that reaches the screen. Widths are columns of a terminal: a CJK character takes two,
an accent none.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Sequence
from datetime import date

from onedrive import RELEASED, VERSION


def describe_counts(files: int, folders: int, size_bytes: int) -> str:
    """How much has been seen: '1,204 files in 31 folders, 5.2 GB'."""
    return f"{plural('file', files)} in {plural('folder', folders)}, {format_bytes(size_bytes)}"


LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a pair, for which UTF-8 has no bytes (graph-facts §5.2)


def escape_surrogates(text: str) -> str:
    """JSON text that can be written: half a surrogate pair survives as an escape."""
    return LONE_SURROGATE.sub(lambda half: f"\\u{ord(half.group()):04x}", text)


def to_bytes(text: str) -> bytes:
    """JSON text as UTF-8, as `escape_surrogates`."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return escape_surrogates(text).encode()


def as_text(value: object) -> str:
    """What was read, if it is a text, else ''."""
    return value if isinstance(value, str) else ""


def split_path(path: str, name: str = "") -> tuple[str, str]:
    """The folder and the name in a path with slashes; a `name` that holds a slash itself stays in one piece."""
    if name and path.endswith(f"/{name}"):
        return path[: -len(name) - 1], name
    folder, _, last = path.rpartition("/")
    return folder, last


_LONGEST_EXTENSION = 20


def split_name(name: str) -> tuple[str, str]:
    """The name without its extension, and the extension with its dot ('' when there is none)."""
    stem, dot, extension = name.rpartition(".")
    if not stem or not extension or len(extension) > _LONGEST_EXTENSION or " " in extension:
        return name, ""
    return stem, dot + extension


def join_words(parts: Sequence[str], *, most: int = 0) -> str:
    """'a', 'a and b', 'a, b and c'; '' for none; with more than `most` of them, only those 'and 4 more'."""
    if 0 < most < len(parts):
        parts = [*parts[:most], f"{format_count(len(parts) - most)} more"]
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


START = "python start.py"  # what a person types to start the program
_NUMBERS = r"\d(?:(?:, then |, and | and |, )\d)*"
_KEYS = {"r": "--retry-failed 4", "b": "--put-back PATH 4", "m": "--move-out", "p": "--pictures 6"}  # of the menu
# Only where our sentences have it: at a beginning, or after 'then', 'or', 'and', 'you'.
_MENU_WORDS = re.compile(
    rf"(?:(?<=^)|(?<=[.:;,)(\n] )|(?<=\n)|(?<=\()|(?<=then )|(?<=or )|(?<=and )|(?<=you ))([Cc])hoose "
    rf"(?:(?P<numbers>{_NUMBERS})|(?P<key>[{''.join(_KEYS)}])|the same(?: option)? again)"
    r"(?: in the menu)?(?![\w'-]|\.\w)"
)
_DATA = "\u2060"  # stands in what `printable` returns, where a name or a service says 'choose 3': no hint of ours

_MARKED = f"hoose{_DATA} "


def name_commands(text: str, command: str) -> str:
    """A hint for whoever has no menu: 'choose 3 and 4' becomes 'run python start.py 3 4'; `command` begins it."""

    def as_command(found: re.Match[str]) -> str:
        run = "Run" if found[1] == "C" else "run"
        if found["key"]:
            return f"{run} {command} {_KEYS[found['key']]}"
        if found["numbers"]:
            return f"{run} {command} {' '.join(re.findall('[0-9]', found['numbers']))}"
        return f"{run} the same command again"

    return _MENU_WORDS.sub(as_command, text) if "hoose " in text else text


def as_data(text: str) -> str:
    """Text that is no hint of ours, whatever it says; `without_marks` takes the mark of that away again."""
    return text.replace("hoose ", _MARKED)


def without_marks(text: str) -> str:
    """The text as it is shown, logged and told."""
    return text.replace(_DATA, "")


def first_lines(lines: Sequence[str], most: int) -> list[str]:
    """The first ones, indented, and how many more there are."""
    more = [f"  and {format_count(len(lines) - most)} more"] if len(lines) > most else []
    return [*(f"  {line}" for line in lines[:most]), *more]


_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

# C0 but the line feed, DEL and C1, and what turns the writing direction of the rest of the line around.
_DRIVES_THE_TERMINAL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

# Shown as nothing, or as an empty place, though their category is a letter, a mark or a symbol.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Format characters that are drawn: signs that stand before Arabic, Syriac and Kaithi numbers.
_SEEN_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
_JOINERS = frozenset("\u200c\u200d")
_VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))
_KEYCAP = "\u20e3"


def format_bytes(size_bytes: float) -> str:
    """A size as OneDrive's plans and disk makers count: 1 kB is 1,000 bytes. One decimal below 100."""
    if abs(size_bytes) < 1000:
        return f"{size_bytes:.0f} B"
    value = float(size_bytes)
    for unit in _UNITS:
        value /= 1000
        if abs(value) < 999.5 or unit == _UNITS[-1]:
            break
    return f"{value:.1f} {unit}" if abs(value) < 99.95 else f"{value:,.0f} {unit}"


def format_count(number: int) -> str:
    """A whole number with its thousands apart: 1,204."""
    return f"{number:,}"


def plural(noun: str, number: int, *, many: str = "") -> str:
    """The number and its noun: '1 file', '1,204 files'; `many` where an s is not enough."""
    return f"{format_count(number)} {noun if number == 1 else many or noun + 's'}"


def format_duration(seconds: float) -> str:
    """A length of time in its two largest units: '2 min 5 s', '1 h 10 min', '3 days 4 h'."""
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two_units(f"{whole // _MINUTE} min", whole % _MINUTE, "s")
    if whole < _DAY:
        return _two_units(f"{whole // _HOUR} h", whole % _HOUR // _MINUTE, "min")
    return _two_units(plural("day", whole // _DAY), whole % _DAY // _HOUR, "h")


def _two_units(larger: str, smaller: int, unit: str) -> str:
    return f"{larger} {smaller} {unit}" if smaller else larger


def format_ago(seconds: float) -> str:
    """How long ago that many seconds are: 'just now', '5 min ago'."""
    return "just now" if seconds < _MINUTE else f"{format_duration(seconds)} ago"


_A_YEAR_DAYS = 365


def describe_version(today: date) -> str:
    """Which version this is, and how old."""
    age_days = (today - date.fromisoformat(RELEASED)).days
    age = f", {plural('day', age_days)} old" if age_days >= 0 else ""
    return f"OneDrive downloader {VERSION} ({RELEASED}{age})"


def advise_on_age(today: date) -> str:
    """What to do about a version of more than a year; '' for a younger one."""
    if (today - date.fromisoformat(RELEASED)).days <= _A_YEAR_DAYS:
        return ""
    return "It is more than a year old, and Microsoft changes things: look for a newer one where you got this one."


def format_clock(epoch_seconds: float) -> str:
    """The time of day here, HH:MM:SS, of a moment in seconds since 1970."""
    return time.strftime("%H:%M:%S", time.localtime(epoch_seconds))


def printable(name: str) -> str:
    r"""A name from the service with everything unseen in it shown as an escape: \x1b, \u202e, \ud800.

    Joiners and variation selectors stay where they do their work: inside emoji and in scripts that join letters.
    """
    return as_data(escape_unseen(name))


def escape_unseen(text: str) -> str:
    """What `printable` does to a name, for a text of ours that has names in it."""
    if text.isascii() and text.isprintable():
        return text
    if _MARKED in text:
        return _MARKED.join(map(escape_unseen, text.split(_MARKED)))
    return "".join(
        _escape(character) if _hides(character, before=text[i - 1 : i], after=text[i + 1 : i + 2]) else character
        for i, character in enumerate(text)
    )


def _hides(character: str, *, before: str, after: str) -> bool:
    if character in _JOINERS:
        return not (_may_join(before) and _may_join(after))
    if character in _VARIATION_SELECTORS:
        return not (_may_join(before) or after == _KEYCAP)
    if character in _UNSEEN or "\U000e0100" <= character <= "\U000e01ef":
        return True
    category = unicodedata.category(character)
    return category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and character not in _SEEN_FORMATS)


def _may_join(neighbour: str) -> bool:
    """Whether a joiner beside this character is ordinary writing; between Latin letters it only hides."""
    return neighbour > "\u0590" and neighbour not in _JOINERS and unicodedata.category(neighbour)[0] in "LMS"


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def strip_controls(text: str) -> str:
    """Text that cannot drive a terminal: no control character but the line feed; a tab becomes a space."""
    if text.isascii() and text.isprintable():
        return text
    text = without_marks(text)
    return _DRIVES_THE_TERMINAL.sub("", text.replace("\r\n", "\n").replace("\t", " "))


def display_width(text: str) -> int:
    """Columns that the text takes in a terminal; rather one too many than one too few."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if character < "\u0300":
        return 1
    if character == "\ufe0f":
        return 1  # 'draw as emoji' makes many a narrow sign wide
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten_middle(text: str, width: int) -> str:
    """The text in at most so many columns: what is too much goes from its middle, since a name's ends tell most."""
    if display_width(text) <= width:
        return text
    if width < 4:
        return text_head(text, width)
    room = width - 3
    tail = text_tail(text, room // 2)
    return f"{text_head(text, room - display_width(tail))}...{tail}"


def text_head(text: str, width: int) -> str:
    """The beginning of the text, as much as fits in so many columns."""
    used = 0
    for i, character in enumerate(text):
        used += _character_width(character)
        if used > width:
            return text[:i]
    return text


def text_tail(text: str, width: int) -> str:
    """The end of the text, as much as fits in so many columns; it does not begin with an accent of what was cut."""
    used, start = 0, len(text)
    for i in range(len(text) - 1, -1, -1):
        used += _character_width(text[i])
        if used > width:
            break
        start = i
    while 0 < start < len(text) and _character_width(text[start]) == 0:
        start += 1
    return text[start:]


def wrap_words(text: str, width: int) -> list[str]:
    """Lines of at most so many columns, broken between words only; each begins below the words that it continues.

    A word that is wider than a line, a path say, is broken anywhere; an address stays whole on a line of its own, so
    that it can be copied.
    """
    return [line for paragraph in text.split("\n") for line in _wrap_paragraph(paragraph, width)]


_BEGIN = re.compile(
    r"(?: +- | +[0-9a-z]  |> [0-9a-z]  | *)"
)  # the indentation, with the mark of a step or the key of a choice


def _wrap_paragraph(paragraph: str, width: int) -> list[str]:
    if display_width(paragraph) <= width:
        return [paragraph]
    found = _BEGIN.match(paragraph)
    begin = found[0] if found else ""
    if len(begin) > width - 2:  # no room beside it
        begin = begin[: len(begin) - len(begin.lstrip(" "))]
    indent = " " * len(begin)
    lines: list[str] = []
    line, gap = begin, ""
    for token in re.findall(r" +|[^ ]+", paragraph[len(begin) :]):
        if token[0] == " ":
            gap = token
        elif line not in (begin, indent) and display_width(line + gap + token) > width:
            lines.append(line)
            *full, line = _break_word(indent + token, indent, width)
            lines, gap = lines + full, ""
        else:
            *full, line = _break_word(line + gap + token, indent, width)
            lines, gap = lines + full, ""
    return [*lines, line.rstrip(" ")]


def _break_word(line: str, indent: str, width: int) -> list[str]:
    """A line with one word that may be too wide for it, as lines that fit."""
    room = width - len(indent)
    is_address = line[len(indent) :].lstrip(" (<'\"").startswith(("http://", "https://"))
    if is_address or display_width(line) <= width or room < 2:
        return [line]
    lines, begin, rest = [], line[: len(indent)], line[len(indent) :]
    while display_width(rest) > room:
        head = text_head(rest, room)
        lines.append(begin + head)
        begin, rest = indent, rest[len(head) :]
    return [*lines, begin + rest]
