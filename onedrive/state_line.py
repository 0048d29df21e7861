"""The line above the menu: who is signed in, how old the list is, what is chosen, how much is downloaded and missing.

Read from the files on disk alone, quickly: the menu must be there at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from onedrive.errors import OneDriveError
from onedrive.list_state import ListState, read_list_state
from onedrive.manifest import MANIFEST
from onedrive.selection import Layout
from onedrive.selection_file import read_selection
from onedrive.settings import Settings
from onedrive.sparkline import sparkline
from onedrive.token_file import describe_sign_in
from onedrive.verification import BAD, read_verification
from onedrive.words import format_bytes, format_duration, plural, printable

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


def describe_age(state: ListState, now: datetime) -> str:
    """How old the list is, in words: 'made 2 days ago'."""
    try:
        seconds = (now - datetime.fromisoformat(state.listed_at)).total_seconds()
    except (ValueError, TypeError):
        return "of unknown age"
    return "made just now" if seconds < 60 else f"made {format_duration(seconds)} ago"


def _count_downloaded(manifest: Path) -> int:
    """How many files the manifest names; a file that came again has a second line and counts once."""
    seen: set[bytes] = set()
    with suppress(OSError), manifest.open("rb") as lines:
        for line in lines:
            found = _ID_OF_A_LINE.match(line)
            if found:
                seen.add(found.group(1))
    return len(seen)
