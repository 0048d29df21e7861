"""The line above the menu: who is signed in, how old the list is, how much is downloaded.

Read from the files on disk alone, quickly: the menu must be there at once.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from onedrive.errors import OneDriveError
from onedrive.list_state import ListState, read_list_state
from onedrive.manifest import MANIFEST
from onedrive.settings import Settings
from onedrive.token_file import describe_sign_in
from onedrive.words import format_bytes, format_duration, plural, printable

_ID_OF_A_LINE = re.compile(rb'\{"id":"([^"]+)"')


def describe_state(settings: Settings, *, now: datetime | None = None) -> str:
    """One line in words; what cannot be read is said as such and never stops the menu."""
    parts = [describe_sign_in(settings.home, settings.app_id), _describe_list(settings, now or datetime.now(UTC))]
    downloaded = _count_downloaded(settings.home / MANIFEST)
    parts.append(f"{plural('file', downloaded)} downloaded" if downloaded else "nothing downloaded yet")
    return " · ".join(parts)


def _describe_list(settings: Settings, now: datetime) -> str:
    if settings.home.exists() and not settings.home.is_dir():
        return f"{printable(str(settings.home))} is no folder, so nothing can be kept there"
    try:
        state = read_list_state(settings.home)
    except OneDriveError:
        return "the list cannot be read"
    if state is None:
        return "no list yet"
    where = "" if state.root_path == "/" else f" of {printable(state.root_path)}"
    return f"list{where}: {plural('file', state.files)}, {format_bytes(state.size_bytes)}, {describe_age(state, now)}"


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
