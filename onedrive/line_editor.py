r"""One line as it is typed: keys in, the text so far and what the key meant out; pure, no terminal needed.

Backspace, Ctrl-U and Ctrl-W erase, Ctrl-D at an empty line ends. Escape sequences of other keys (arrows, F1) are
swallowed whole. A paste that the terminal brackets (ESC [200~ … ESC [201~) is known as such while it arrives.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

Key = Literal["typed", "enter", "end", "paste_end"]

_ESCAPE = "\x1b"
_BACKSPACES = "\x08\x7f"
# Linux keeps a Ctrl-D that was typed while no question was open as NUL (n_tty's disabled character).
_ENDS = "\x04\x00"
_PASTE_BEGINS, _PASTE_ENDS = "[200~", "[201~"


class LineEditor:
    """What has been typed of one line."""

    def __init__(self) -> None:
        self.in_paste = False
        self._characters: list[str] = []
        self._sequence: str | None = None  # None: no escape sequence is open; else what came after ESC
        self._skips_paste = False

    @property
    def text(self) -> str:
        """The line so far."""
        return "".join(self._characters)

    def start_line(self) -> None:
        """Begin a new line; a paste that is under way goes on into it."""
        self._characters.clear()

    def discard(self) -> None:
        """Forget the line, and of a paste that is under way also what is still to come."""
        self._characters.clear()
        self._skips_paste = self.in_paste

    def feed(self, character: str) -> Key:
        """Take one character and say what it was: part of the line, Enter, the end of input, the end of a paste."""
        if self._sequence is not None and " " <= character <= "~":
            return self._continue_sequence(self._sequence, character)
        self._sequence = None
        if character == _ESCAPE:
            self._sequence = ""
        elif not self._skips_paste:
            return self._feed_plain(character)
        return "typed"

    def _feed_plain(self, character: str) -> Key:
        if character in "\r\n":
            return "enter"
        if character in _ENDS:
            return "typed" if self._characters or self.in_paste else "end"
        if character in _BACKSPACES:
            self._erase_character()
        elif character == "\x15":  # Ctrl-U
            self._characters.clear()
        elif character == "\x17":  # Ctrl-W
            self._erase_word()
        elif character == "\t" or unicodedata.category(character) != "Cc":
            self._characters.append(character)
        return "typed"

    def _continue_sequence(self, sequence: str, character: str) -> Key:
        """ECMA-48 §5.4: ESC [, parameters, one final byte; SS3 (ESC O) takes one byte more. Else ESC stood alone."""
        if sequence == "":
            if character in "[O":
                self._sequence = character
                return "typed"
            self._sequence = None
            return self.feed(character)
        self._sequence = sequence + character
        linux_function_key = self._sequence == "[["  # the Linux console's F1 is ESC [ [ A
        if sequence[0] == "O" or ("@" <= character <= "~" and not linux_function_key):
            return self._end_sequence(self._sequence)
        return "typed"

    def _end_sequence(self, sequence: str) -> Key:
        self._sequence = None
        if sequence == _PASTE_BEGINS:
            self.in_paste = True
        elif sequence == _PASTE_ENDS:
            self.in_paste = self._skips_paste = False
            return "paste_end"
        return "typed"

    def _erase_character(self) -> None:
        """One character as the person sees it: the letter goes with its accents."""
        while self._characters and unicodedata.combining(self._characters[-1]):
            self._characters.pop()
        if self._characters:
            self._characters.pop()

    def _erase_word(self) -> None:
        while self._characters and self._characters[-1].isspace():
            self._characters.pop()
        while self._characters and not self._characters[-1].isspace():
            self._characters.pop()
