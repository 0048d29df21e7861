"""Tables in plain lines, and on which side cells stand; `drawing` has those of a live terminal. For `Terminal`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from onedrive.words import display_width

_GAP = "  "
_FIGURE = re.compile(r"(under )?[-+]?[\d.,]+( ?(%|[kMGTPE]?B|s|min|h|days?)(/s)?( \d+ (s|min|h))?)?|-?")


@dataclass(frozen=True)
class Column:
    """One column: its heading, and the side on which its cells are lined up."""

    title: str
    align: Literal["left", "right"] = "left"


def choose_columns(columns: Sequence[Column | str], rows: Sequence[Sequence[str]]) -> list[Column]:
    """Columns of which only the heading was given: figures go to the right; the first column stays left."""
    return [
        column if isinstance(column, Column) else Column(column, "right" if i and _has_figures(rows, i) else "left")
        for i, column in enumerate(columns)
    ]


def _has_figures(rows: Sequence[Sequence[str]], i: int) -> bool:
    return bool(rows) and all(_FIGURE.fullmatch(row[i]) for row in rows)


def plain_table_lines(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[str]:
    """The table as lines: a heading, a line of dashes, and the rows, as wide as they need."""
    titles = [column.title for column in columns]
    widths = [max(display_width(row[i]) for row in [titles, *rows]) for i in range(len(columns))]
    dashes = ["-" * width for width in widths]
    return [
        _GAP.join(_pad(cell, column, width) for cell, column, width in zip(row, columns, widths, strict=True)).rstrip()
        for row in [titles, dashes, *rows]
    ]


def _pad(cell: str, column: Column, width: int) -> str:
    space = " " * (width - display_width(cell))
    return space + cell if column.align == "right" else cell + space
