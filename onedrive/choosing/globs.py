"""Names by pattern, in gitignore's manner: each line a regular expression that matches what git's own matcher does.

    '!Pictures/**/*.jp[eg]'  ─►  is_negative, folders_only, against the whole path or the name alone, expression

Written for git's documentation of gitignore and tried against `git check-ignore`. Two things differ on purpose: case
never counts, as on OneDrive, and `?` is one character, where git counts bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from onedrive.errors import WrongAnswer

_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t-\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
_SPECIAL = "*?[\\"
_STAR = "[^/]*"
_LONGEST_SHOWN = 60
NEVER = "(?!)"  # what no name matches


@dataclass(frozen=True)
class GlobLine:
    """One line, ready to be asked.

    `is_negative`: it takes back what an earlier line matched. `folders_only`: no file is matched, only what is below
    such a folder. `by_name`: the last name of a path is compared, otherwise the whole path from the root.
    """

    is_negative: bool
    folders_only: bool
    by_name: bool
    expression: re.Pattern[str]


def read_glob_line(line: str) -> GlobLine | None:
    """The line, None when it says nothing: it is empty, or a comment."""
    text = _without_trailing_spaces(line.rstrip("\n"))
    if not text or text.startswith("#"):
        return None
    is_negative = text.startswith("!")
    text = text[is_negative:]
    folders_only = text.endswith("/")
    text = text[: len(text) - folders_only]
    by_name = "/" not in text
    # A dot of the expression must match every character: OneDrive's names may hold a line end.
    expression = re.compile(_translate(text.removeprefix("/"), by_name=by_name), re.IGNORECASE | re.DOTALL)
    return GlobLine(is_negative, folders_only, by_name, expression)


def check_glob(text: str) -> str:
    """The line itself, when it can match something. Raises WrongAnswer."""
    shown = repr(text[:_LONGEST_SHOWN])
    if text.startswith("#"):
        raise WrongAnswer(f"In a pattern # begins a comment; for a name that begins with # write '\\{shown[1:]}.")
    line = read_glob_line(text)
    if line is None or "\n" in text or not text.strip("!/ ") or NEVER in line.expression.pattern:
        raise WrongAnswer(f"{shown} is not a pattern such as '*.jpg', '/Pictures/' or 'Pictures/**/raw'.")
    return text


def _without_trailing_spaces(line: str) -> str:
    """Spaces at the end go, unless a backslash stands before them."""
    kept, i = 0, 0
    while i < len(line):
        if line[i] == "\\":
            i += 1
        if i < len(line) and (line[i] != " " or line[i - 1 : i] == "\\"):
            kept = i + 1
        i += 1
    return line[:kept] if not line.endswith("\\") else line


def _translate(glob: str, *, by_name: bool) -> str:
    """The expression for a whole path, or for a name: there two stars are as good as one."""
    parts: list[str] = []
    i = 0
    while i < len(glob):
        if glob.startswith("**", i):
            part, i = _read_stars(glob, i, by_name=by_name)
        elif glob[i] == "*":
            part, i = _STAR, i + 1
        elif glob[i] == "?":
            part, i = "[^/]", i + 1
        elif glob[i] == "[":
            part, i = _read_set(glob, i + 1)
        elif glob[i] == "\\":
            part, i = re.escape(glob[i + 1 : i + 2]) or NEVER, i + 2
        else:
            part, i = re.escape(glob[i]), i + 1
        parts.append(part)
    return f"{_with_quick_stars(parts)}\\Z" if glob else NEVER


def _read_stars(glob: str, start: int, *, by_name: bool) -> tuple[str, int]:
    """Two stars and more: any folders where they fill a place between slashes, otherwise as one star."""
    end = start
    while glob.startswith("*", end):
        end += 1
    # git takes what has no sign before the stars for their beginning: 'foo**/bar' is like 'foo' and '**/bar'.
    is_begun = glob[start - 1 : start] in ("", "/") or not any(sign in glob[:start] for sign in _SPECIAL)
    if by_name or not is_begun:
        return _STAR, end
    if end == len(glob) or glob.startswith("\\/", end):
        return ".*", end
    return ("(?:.*/)?", end + 1) if glob[end] == "/" else (_STAR, end)


def _read_set(glob: str, start: int) -> tuple[str, int]:
    """The characters between [ and ], and where the rest begins; a set without its end matches nothing."""
    is_negated = glob[start : start + 1] in ("!", "^")
    i = first = start + is_negated
    items: list[str] = []
    previous = ""
    while i == first or glob[i : i + 1] != "]":
        if glob.startswith("[:", i) and (end := glob.find("]", i + 2)) > i + 2 and glob[end - 1] == ":":
            if glob[i + 2 : end - 1] not in _CLASSES:
                return NEVER, len(glob)
            items.append(_CLASSES[glob[i + 2 : end - 1]])
            i, previous = end + 1, ""
            continue
        if glob[i : i + 1] == "-" and previous and glob[i + 1 : i + 2] not in ("", "]"):
            last, i = _read_member(glob, i + 1)
            items += [f"{re.escape(previous)}-{re.escape(last)}"] if previous <= last else []
            previous = ""
        else:
            previous, i = _read_member(glob, i)
            last = previous
            items.append(re.escape(previous))
        if not last:
            return NEVER, len(glob)
    if not items:
        return ("[^/]" if is_negated else NEVER), i + 1
    return f"(?!/)[{'^' if is_negated else ''}{''.join(items)}]", i + 1


def _read_member(glob: str, i: int) -> tuple[str, int]:
    """One character of a set and where the next begins; '' when the line ends before it."""
    i += glob[i : i + 1] == "\\"
    return glob[i : i + 1], i + 1


def _with_quick_stars(parts: list[str]) -> str:
    """Join the parts; what stands between two stars is looked for once, at its first place, which is always enough.

    Otherwise '*a*a*a*a*a*b' would try every way to share out a long name.
    """
    joined, held = "", ""
    is_open = False
    for part in parts:
        if part == _STAR:
            joined += f"(?>{_STAR}?{held})" if is_open and held else held
            held, is_open = "", True
        elif is_open and part in (".*", "(?:.*/)?"):
            joined += _STAR + held + part
            held, is_open = "", False
        else:
            held += part
    return joined + (_STAR if is_open else "") + held


class NameGlobs:
    """Compiled once, asked for each file; paths are OneDrive's, '/Pictures/a.jpg'."""

    def __init__(self, include: Sequence[str], exclude: Sequence[str]) -> None:
        self._include = GlobList(include) if include else None
        self._exclude = GlobList(exclude)

    def admits(self, path: str) -> bool:
        """True when a file is matched by what is included (or nothing is named), and not by what is excluded."""
        return (self._include is None or self._include.matches(path)) and not self._exclude.matches(path)


class GlobList:
    """Lines in gitignore's manner; folders are decided once and remembered."""

    def __init__(self, lines: Sequence[str]) -> None:
        read = (read_glob_line(line) for line in lines)
        self._lines = [line for line in read if line is not None][::-1]
        self._of_files = [line for line in self._lines if not line.folders_only]
        self._folders: dict[str, bool] = {"": False}

    def matches(self, path: str) -> bool:
        """True when the file at this path is matched, or a folder that it is in."""
        path = path.strip("/")
        folder, _, name = path.rpartition("/")
        return self._matches_folder(folder) or _decide(self._of_files, path, name)

    def _matches_folder(self, path: str) -> bool:
        known = self._folders.get(path)
        if known is None:
            folder, _, name = path.rpartition("/")
            known = self._folders[path] = self._matches_folder(folder) or _decide(self._lines, path, name)
        return known


def _decide(lines: Sequence[GlobLine], path: str, name: str) -> bool:
    """What the first line says that fits this path itself; what is above it is asked for separately."""
    for line in lines:
        if line.expression.match(name if line.by_name else path):
            return not line.is_negative
    return False
