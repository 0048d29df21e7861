"""A terminal's glass for tests: writes go in, the rows that a person would see come out."""

from __future__ import annotations

import re

_PIECES = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|(.)", re.DOTALL)


class Glass:
    """Knows what this program may send: CR, LF, BS, cursor up, erase line, erase below, colours, paste marks."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows = [""]
        self._row = 0
        self._column = 0
        self.styles: list[str] = []

    def write(self, text: str) -> None:
        for piece in _PIECES.finditer(text):
            parameters, final, character = piece.groups()
            if final:
                self._obey(parameters, final)
            else:
                self._put(character)

    def shown(self) -> list[str]:
        """The rows without what is empty at their ends and at the end."""
        rows = [row.rstrip() for row in self.rows]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def _obey(self, parameters: str, final: str) -> None:
        if final == "A":
            self._row = max(0, self._row - int(parameters or 1))
        elif final in "KJ":
            self.rows[self._row] = self.rows[self._row][: self._column]
            if final == "J":
                del self.rows[self._row + 1 :]
        elif final == "m":
            self.styles.append(parameters)
        else:
            assert parameters == "?2004", f"this escape sequence is not among what we send: {parameters}{final}"

    def _put(self, character: str) -> None:
        if character == "\n":
            self._down()
            self._column = 0
        elif character == "\r":
            self._column = 0
        elif character == "\b":
            self._column = max(0, self._column - 1)
        else:
            assert character.isprintable(), f"{character!r} reached the terminal"
            if self._column >= self.width:
                self._down()
                self._column = 0
            row = self.rows[self._row].ljust(self._column)
            self.rows[self._row] = row[: self._column] + character + row[self._column + 1 :]
            self._column += 1

    def _down(self) -> None:
        self._row += 1
        while len(self.rows) <= self._row:
            self.rows.append("")
