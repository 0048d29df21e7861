"""What option 6 says of albums, out of what it found of their files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from onedrive.albums.check import NOT_CHOSEN, NOT_GIVEN, CheckedAlbum
from onedrive.albums.record import AlbumList, shown_name
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_count, format_duration, join_words, plural, printable

MOST_ALBUMS = 5
_LEAST_AGE_SECONDS = 86_400


def show_albums(terminal: Terminal, checked: Sequence[CheckedAlbum], listed: AlbumList) -> None:
    """How many albums are whole here, and what others lack and why; with --verbose all of them.

    What is only not chosen is no lack: those are counted, and named in the report.
    """
    lacking = [one for one in checked if set(one.reasons) - {NOT_CHOSEN}]
    left_out = sum(bool(one.lacking) for one in checked) - len(lacking)
    unknown = sum(one.album.is_unknown for one in checked)
    counts = len(checked) - left_out - len(lacking) - unknown, left_out, len(lacking), unknown
    terminal.say(f"{_count_albums(counts)}{_as_of(listed.listed_at)}{':' if lacking else '.'}")
    most = len(lacking) if terminal.is_verbose else MOST_ALBUMS
    for one in lacking[:most]:
        terminal.say(f"  {_describe(one)}")
    if len(lacking) > most:
        terminal.say(f"  and {plural('more album', len(lacking) - most)}, which the report names.")
    for one in checked:
        album, files = one.album, len(one.album.members)
        terminal.event("album_verified", id=album.id, name=album.name, files=files, here=one.here, lacking=one.reasons)


def _count_albums(counts: tuple[int, ...]) -> str:
    """How many are whole, left out by choice, lack something else, and may be anything."""
    how = ("whole here", "left out by your choice (at least in part)", "not whole here", NOT_GIVEN)
    found, number = [(count, words) for count, words in zip(counts, how, strict=True) if count], sum(counts)
    if number == 1:
        return f"Your one album is {found[0][1]}"
    if len(found) == 1:
        return f"{'Both' if number == 2 else f'All {format_count(number)}'} albums are {found[0][1]}"
    parts = [f"{format_count(count)} {'is' if count == 1 else 'are'} {words}" for count, words in found]
    return f"Of {plural('album', number)}, {join_words(parts)}"


def _describe(checked: CheckedAlbum) -> str:
    """'Best': 3 of 5 files are here; 2 not chosen, such as d.jpg."""
    parts = []
    for why, number in checked.reasons.items():
        first = next(printable(member.name) for member, reason in checked.lacking if reason == why)
        parts.append(f"{format_count(number)} {why} ({'such as ' if number > 1 else ''}{first})")
    files = plural("file", len(checked.album.members))
    return f"{shown_name(checked.album.name)}: {format_count(checked.here)} of {files} here; {join_words(parts)}."


def _as_of(listed_at: str) -> str:
    """How old what is known of albums is, where that matters."""
    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(listed_at)).total_seconds()
    except (ValueError, TypeError):
        return ""
    return f" (as OneDrive had them {format_duration(seconds)} ago)" if seconds > _LEAST_AGE_SECONDS else ""
