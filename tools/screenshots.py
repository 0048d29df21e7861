"""Take the pictures of the README from the real program: `python -m tools.screenshots`, with Chromium on this computer.

It runs the demo in a folder that is deleted afterwards, and leaves docs/menu.png and docs/report.png.
"""

from __future__ import annotations

import base64
import html
import os
import tempfile
from pathlib import Path

from tests.browser.chromium import Chromium, find_chromium
from tests.person import Person
from tests.starting import in_terminal, run

DOCS = Path(__file__).resolve().parent.parent / "docs"
_COLUMNS, _ROWS = 80, 24
_COLOURS = {"default": "#d8dee9", "green": "#a3be8c", "cyan": "#88c0d0", "brown": "#ebcb8b", "red": "#bf616a"}


def _draw_menu(folder: Path) -> str:
    """The menu as a page for the browser."""
    with Person(width=_COLUMNS, height=_ROWS) as person:
        program = person.start(in_terminal(folder, "--demo"), HOME=str(folder.parent))
        person.sees("Your choice:")
        first = next(number for number, row in enumerate(person.rows()) if row.startswith("OneDrive downloader"))
        shown = range(first, len(person.rows()))
        cells = [[person._glass.buffer[row][column] for column in range(_COLUMNS)] for row in shown]
        person.type("0\r")
        program.wait(30)
    rows = (
        "".join(
            f'<span style="color:{_COLOURS.get(cell.fg, _COLOURS["default"])};'
            f'font-weight:{"bold" if cell.bold else "normal"}">{html.escape(cell.data)}</span>'
            for cell in row
        )
        for row in cells
    )
    style = "margin:0;padding:16px;background:#2e3440;font:15px/1.35 'DejaVu Sans Mono',monospace;width:max-content"
    return (
        f'<!doctype html><meta charset="utf-8"><body style="margin:0"><pre style="{style}">'
        + "\n".join(rows)
        + "</pre>"
    )


def _photograph(browser: Chromium, address: str, target: Path, *, width: int, height: int) -> None:
    page = browser.open(address, width=width, height=height, prefers_color_scheme="light")
    page.wait_until("document.readyState === 'complete'")
    page.wait_until("[...document.images].every(image => image.complete)")
    page.resize(width, min(height, page.value("document.body.scrollHeight")))
    target.write_bytes(base64.b64decode(page.send("Page.captureScreenshot", {"format": "png"})["data"]))


def main() -> None:
    """Take both."""
    program = find_chromium()
    if program is None:
        raise SystemExit("Chromium is not here.")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "onedrive"
        folder.mkdir()
        os.environ["HOME"] = place
        menu = Path(place) / "menu.html"
        run(folder, "--demo", "--no-input", "1", "3")
        menu.write_text(_draw_menu(folder), encoding="utf-8")
        run(folder, "--demo", "--no-input", "4", "6")
        report = folder / "demo-home" / "download_report.html"
        with Chromium(program, Path(place) / "profile") as browser:
            _photograph(browser, menu.as_uri(), DOCS / "menu.png", width=756, height=800)
            _photograph(browser, report.as_uri(), DOCS / "report.png", width=1000, height=800)


if __name__ == "__main__":
    main()
