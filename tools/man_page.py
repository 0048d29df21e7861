"""Write the manual page from what `--help` is made of: `python -m tools.man_page` after a flag has changed.

It goes to docs/onedrive-downloader.1; `man -l` shows it, and the installed program brings it along.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from onedrive import RELEASED, VERSION
from onedrive.app.flags import ABOUT_CHOICE, DESCRIPTION, EPILOG, TABLE
from onedrive.app.options import OPTIONS
from onedrive.words import START

COMMAND = "onedrive-downloader"
PAGE = Path(__file__).resolve().parent.parent / "docs" / f"{COMMAND}.1"


def make_page() -> str:
    """The whole page, in the language of man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield r".\" Made by python -m tools.man_page; change onedrive/app/flags.py instead."
    yield f'.TH {COMMAND.upper()} 1 {RELEASED} "{VERSION}"'
    yield from (".SH NAME", rf"{_escape(COMMAND)} \- everything out of your own OneDrive, and proof that it is here")
    yield from (".SH SYNOPSIS", f".B {_escape(COMMAND)}", "[flags] [N ...]")
    yield from (".SH DESCRIPTION", _escape(" ".join(DESCRIPTION.split())))
    yield from (".PP", "The numbers of the menu, run in the order in which they are given:")
    for number, option in OPTIONS.items():
        yield from (".TP 4", f".B {number}", _escape(option.title))
    yield from (".SH OPTIONS",)
    for title, flags in TABLE.items():
        yield f".SS {title[0].upper()}{title[1:]}"
        if flags is TABLE["what to choose"]:
            yield _escape(" ".join(ABOUT_CHOICE.split()))
        for flag in flags:
            value = "|".join(flag.choices) if flag.choices else flag.value or ""
            yield from (
                ".TP",
                rf".B {_escape(flag.name)} \fI{_escape(value)}\fR" if value else f".B {_escape(', '.join(flag.names))}",
            )
            yield _escape(flag.help.replace("%%", "%"))
    for part in EPILOG.replace(START, COMMAND).strip().split("\n\n"):
        title, _, text = part.partition(":\n")
        yield from (f".SH {title.upper()}", ".nf", *map(_escape, text.splitlines()), ".fi")
    yield from (
        ".SH FILES",
        "The lists, the sign-in and the downloads are in the person's own data folder; \\fB8\\fR shows it.",
    )


def _escape(text: str) -> str:
    written = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{written}" if written.startswith((".", "'")) else written


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf-8")
