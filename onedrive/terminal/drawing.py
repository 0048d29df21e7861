"""What rich draws in a live terminal: lines that change in place, and tables. Imported when the first of them shows.

Names are `Text`, from which rich reads no markup and no emoji codes; `Screen` calls all of it under its lock.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import IO, cast

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from onedrive.terminal.output import Output
from onedrive.terminal.table import Column
from onedrive.words import display_width, text_head

_SETTLED_AFTER_SECONDS = 0.4


class _Console(Console):
    """Leaves the cursor visible: a program that is killed must not leave it hidden."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002 - rich's signature
        return False


class Drawing:
    """Lines at the end of the output that change in place."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._console = _open_console(output, in_colour=True)
        self._live: Live | None = None
        self._lines: list[str] = []
        self._size = self._seen_size = os.terminal_size((0, 0))
        self._resized_at = 0.0

    @property
    def is_shown(self) -> bool:
        """Whether there are any now."""
        return self._live is not None

    def show(self, lines: Sequence[str], size: os.terminal_size) -> None:
        """Draw these in the place of the ones before, cut where the window became narrower; none: take those away."""
        lines = [text_head(line, size.columns - 1) for line in lines]
        if (lines, size) == (self._lines, self._size) or (lines and self._is_being_resized(size)):
            return
        self._climb_over_broken_lines(size)
        self._lines = lines
        self._console.size = size
        if not lines:
            self._hide()
            return
        if self._live is None:
            self._live = Live(
                console=self._console, auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._live.start()
        self._live.update(_as_they_are("\n".join(lines)), refresh=True)

    def print_above(self, text: str, size: os.terminal_size) -> None:
        """Print whole lines above them."""
        self._climb_over_broken_lines(size)
        self._console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)

    def _hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _is_being_resized(self, size: os.terminal_size) -> bool:
        """While its border is drawn a window may tell its new size a moment late (tmux): nothing is drawn then."""
        if size != self._seen_size:
            self._seen_size, self._resized_at = size, time.monotonic()
        return self._live is not None and time.monotonic() - self._resized_at < _SETTLED_AFTER_SECONDS

    def _climb_over_broken_lines(self, size: os.terminal_size) -> None:
        """A window that became narrower has broken our lines into more rows, of which rich knows nothing."""
        if self._live is not None and size.columns < self._size.columns:
            rows = sum(max(1, -(-display_width(line) // size.columns)) for line in self._lines)
            if rows > len(self._lines):
                self._output.write(f"\r\x1b[{rows - len(self._lines)}A\x1b[J")
        self._size = size


def draw_table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    size: os.terminal_size,
    *,
    in_colour: bool,
    fine_lines: bool,
) -> list[str]:
    """The table as lines that fit the width; figures, which stand on the right, are never broken."""
    console = _open_console(Output(None), in_colour=in_colour)
    console.size = size
    lined = box.SIMPLE_HEAD if fine_lines else box.ASCII2
    table = Table(box=lined, header_style="bold", show_edge=False, pad_edge=False)
    for column in columns:
        figures = column.align == "right"
        table.add_column(Text(column.title), justify=column.align, no_wrap=figures, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    with console.capture() as capture:
        console.print(table)
    return [line.rstrip() for line in capture.get().splitlines()]


def _open_console(output: Output, *, in_colour: bool) -> _Console:
    return _Console(
        file=cast("IO[str]", output),
        force_terminal=True,
        color_system="standard" if in_colour else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )


def _as_they_are(lines: str) -> Text:
    return Text(lines, no_wrap=True, overflow="ignore")
