"""A question on the screen, with the end of what has been typed after it."""

from __future__ import annotations

from onedrive.screen import OpenFooter, Screen
from onedrive.words import display_width, strip_controls, text_tail

_NOT_NEEDED = "(not needed any more)"


class QuestionView:
    """A question on the screen's last line, with the end of what has been typed."""

    def __init__(self, screen: Screen, footer: OpenFooter, prompt: str, *, hides: bool) -> None:
        self._screen = screen
        self._footer = footer
        self._prompt = prompt
        self._hides = hides
        self._line = prompt

    def show(self, text: str) -> None:
        """Show the question with this much of an answer: its end, where it is longer than the line."""
        self._line = self._prompt + self._visible(text)
        self._footer.show([self._line])

    def restart(self) -> None:
        """Show the question again on a line of its own."""
        self._footer.restart()

    def show_not_needed(self) -> None:
        """Say in the answer's place that none is needed."""
        self._line = self._prompt + _NOT_NEEDED

    def leave(self) -> None:
        """The question stays on the screen as it is."""
        self._footer.leave([self._line])

    def _visible(self, text: str) -> str:
        if self._hides:
            text = "*" * len(text)
        if not self._screen.is_live:
            return strip_controls(text)
        room = max(1, self._screen.width - 1 - display_width(self._prompt))
        tail = strip_controls(text[-2 * room :])
        if len(text) <= 2 * room and display_width(tail) <= room:
            return tail
        return "..." + text_tail(tail, max(1, room - 3))
