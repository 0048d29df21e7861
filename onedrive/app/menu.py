"""The menu on the screen: its lines, the line of figures above it, and the question for a number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import overload

from onedrive.choosing.selection import Layout, read_selection
from onedrive.errors import OneDriveError
from onedrive.home.lists import ListState, describe_age, read_list_state
from onedrive.home.manifest import MANIFEST
from onedrive.home.verification import BAD, read_verification
from onedrive.settings import Settings
from onedrive.signin.token_file import describe_sign_in
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_bytes, format_count, plural, printable

QUIT = 0
RETRY = "r"


def show_menu(
    terminal: Terminal, state: str, labels: Mapping[int, str], extra: Mapping[str, str] | None = None
) -> None:
    """The state in one line, then each number with what it does, then each letter of `extra`."""
    terminal.say()
    terminal.say(state, style="quiet")
    for key, label in [*labels.items(), *(extra or {}).items(), (QUIT, "Quit")]:
        terminal.say(f"  {key}  {label}")


@overload
def read_choice(terminal: Terminal, labels: Mapping[int, str]) -> int: ...
@overload
def read_choice(terminal: Terminal, labels: Mapping[int, str], extra: Mapping[str, str]) -> int | str: ...
def read_choice(terminal: Terminal, labels: Mapping[int, str], extra: Mapping[str, str] | None = None) -> int | str:
    """Ask until one of the numbers, or a letter of `extra`, is typed. Raises EndOfInput."""
    letters = extra or {}
    while True:
        typed = (terminal.ask("Your choice:") or "").strip()
        if typed.isascii() and typed.isdigit() and int(typed) in (*labels, QUIT):
            return int(typed)
        if typed.lower() in letters:
            return typed.lower()
        keys = ", ".join(map(str, [*labels, *letters]))
        if typed:
            one = "one number" if not letters else "one of them"
            terminal.say(f"There is no option {typed[:40]!r}. Type {one} ({keys}, or 0 to quit) and Enter.")


def describe_retry(failed: int) -> dict[str, str]:
    """The letter that tries again what failed last time, when something did."""
    if not failed:
        return {}
    return {RETRY: f"Try the {format_count(failed)} failed ones again" if failed > 1 else "Try the failed one again"}


_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-=+*#@"
MOST_BARS = 16


def sparkline(years: Mapping[str, int], can_show: Callable[[str], bool]) -> str:
    """The bytes of each year as a row of bars, '2008 ▁▂█▃ 2024'; '' where there are no two years.

    A year without files between others has a place too. More than `MOST_BARS` years are put together, some at a time.
    """
    known = {int(year): size for year, size in years.items() if year.isascii() and year.isdigit()}
    if len(known) < 2:
        return ""
    first, last = min(known), max(known)
    step = -(-(last - first + 1) // MOST_BARS)
    sums = [sum(known.get(year, 0) for year in range(start, start + step)) for start in range(first, last + 1, step)]
    bars = _BARS if can_show(_BARS) else _PLAIN_BARS
    most = max(sums) or 1
    heights = [0 if not size else max(1, round(size / most * (len(bars) - 1))) for size in sums]
    return f"{first} {''.join(bars[height] for height in heights)} {last}"


_ID_OF_A_LINE = re.compile(rb'\{"id":"([^"]+)"')


def describe_state(
    settings: Settings, *, now: datetime | None = None, can_show: Callable[[str], bool] | None = None
) -> str:
    """One line in words; what cannot be read is said as such and never stops the menu.

    `can_show` says which characters the screen has; None: it is no screen for little bars.
    """
    state, trouble = _read_list(settings)
    parts = [describe_sign_in(settings.home, settings.app_id)]
    parts.append(trouble or _describe_list(state, now or datetime.now(UTC)))
    bars = sparkline(_bytes_by_year(state), can_show) if state is not None and can_show is not None else ""
    parts += [f"by year {bars}"] if bars else []
    parts += _describe_choice(settings)
    downloaded = _count_downloaded(settings.home / MANIFEST)
    parts.append(f"{plural('file', downloaded)} downloaded" if downloaded else "nothing downloaded yet")
    return " · ".join(parts + _describe_trouble(settings.home))


def _describe_trouble(home: Path) -> list[str]:
    """What the last verification found missing or wrong, as long as nothing was downloaded since."""
    try:
        found = read_verification(home)
        if found is None or found.is_good or (home / MANIFEST).stat().st_size != found.manifest_bytes:
            return []
    except (OneDriveError, OSError):
        return []
    number = sum(found.counts.get(item_class.value, (0, 0))[0] for item_class in BAD)
    return [f"6 found {plural('file', number)} missing or wrong"] if number else []


def _read_list(settings: Settings) -> tuple[ListState | None, str]:
    """What is known about the list, and what is wrong with it in words."""
    if settings.home.exists() and not settings.home.is_dir():
        return None, f"{printable(str(settings.home))} is no folder, so nothing can be kept there"
    try:
        return read_list_state(settings.home), ""
    except OneDriveError:
        return None, "the list cannot be read"


def _describe_list(state: ListState | None, now: datetime) -> str:
    if state is None:
        return "no list yet"
    where = "" if state.root_path == "/" else f" of {printable(state.root_path)}"
    return f"list{where}: {plural('file', state.files)}, {format_bytes(state.size_bytes)}, {describe_age(state, now)}"


def _bytes_by_year(state: ListState) -> dict[str, int]:
    """The bytes of each year as option 3 counted them."""
    years = state.glance.get("years")
    return {
        str(year): share[1]
        for year, share in (years.items() if isinstance(years, dict) else ())
        if isinstance(share, list) and len(share) == 2 and isinstance(share[1], int)
    }


def _describe_choice(settings: Settings) -> list[str]:
    """The choice in force; nothing when everything is wanted."""
    try:
        selection = read_selection(settings.home)
    except OneDriveError:
        return ["the choice cannot be read"]
    parts = [] if selection.wants_all else [f"chosen: {selection.describe()}"]
    return parts + (["into folders by date"] if selection.layout is Layout.DATE else [])


def _count_downloaded(manifest: Path) -> int:
    """How many files the manifest names; a file that came again has a second line and counts once."""
    seen: set[bytes] = set()
    with suppress(OSError), manifest.open("rb") as lines:
        for line in lines:
            found = _ID_OF_A_LINE.match(line)
            if found:
                seen.add(found.group(1))
    return len(seen)
