"""The question about albums: a numbered list with sizes, a page at a time, of which some are chosen.

`choose_items.py` asks it, and has the albums listed when they are not known yet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from onedrive.albums.record import AlbumUnknown, albums_called, shown_name
from onedrive.choosing.index import ListIndex
from onedrive.choosing.preview import name_width
from onedrive.choosing.questions import KEEPS, NO_LIMIT, enter_keeps, read_numbers
from onedrive.choosing.selection import Selection
from onedrive.errors import WrongAnswer
from onedrive.terminal.terminal import Column, Terminal
from onedrive.words import format_bytes, format_count, printable, shorten_middle

PAGE = 12
_NEXT, _ANEW = "n", "l"


def ask_albums(
    terminal: Terminal, selection: Selection, index: ListIndex, list_anew: Callable[[], object]
) -> Selection:
    """Of which albums a file must be in one; `list_anew` asks OneDrive for them. Raises EndOfInput."""
    page = 0
    while index.albums:
        page = _show_page(terminal, selection, index, page)
        more = "n: next page. " if len(index.albums) > PAGE else ""
        terminal.say(f"Type one or more numbers, such as 1 or 1,3. {more}l: ask OneDrive for the albums anew.")
        terminal.say(enter_keeps(selection.albums, "files of any album or none"))
        answer = terminal.ask_until("Albums:", lambda typed: _read(typed.strip(), selection, index))
        if isinstance(answer, tuple):
            _say_same_names(terminal, index, answer)
            return replace(selection, albums=answer)
        page += answer == _NEXT
        if answer == _ANEW:
            list_anew()
    return selection


def _show_page(terminal: Terminal, selection: Selection, index: ListIndex, page: int) -> int:
    """One page of the albums; which one that was."""
    albums, pages = index.albums, -(-len(index.albums) // PAGE)
    page %= pages
    chosen, width = albums_called(albums, selection.albums), name_width(terminal, 34)
    rows = [
        (
            str(number),
            shorten_middle(printable(album.name), width),
            *(("?", "?") if album.is_unknown else (format_count(share.files), format_bytes(share.size_bytes))),
            "yes" if album in chosen else "",
        )
        for number, (album, share) in enumerate(zip(albums, index.album_shares(), strict=True), 1)
    ]
    if pages > 1:
        terminal.say(f"Albums, page {page + 1} of {pages}:")
    columns = [Column("album"), Column("files", "right"), Column("size", "right"), Column("wanted")]
    terminal.table([Column("", "right"), *columns], rows[page * PAGE : (page + 1) * PAGE])
    return page


def _read(typed: str, selection: Selection, index: ListIndex) -> str | tuple[str, ...]:
    """What was meant: another page, the albums anew, or the names that are chosen. Raises WrongAnswer."""
    word = typed.lower()
    if word in KEEPS:
        return selection.albums
    if word in (_NEXT, _ANEW):
        return word
    if typed == NO_LIMIT:
        return ()
    names = [album.name for album in index.albums]
    chosen = tuple(dict.fromkeys(names[number - 1] for number in read_numbers(typed, names)))
    for album in albums_called(index.albums, chosen):
        if album.is_unknown:
            raise WrongAnswer(f"{AlbumUnknown(album).sentence} Type l to ask again, or choose others.")
    return chosen


def _say_same_names(terminal: Terminal, index: ListIndex, names: Sequence[str]) -> None:
    """A choice knows albums by their names, so those of one name come together."""
    for name in names:
        if (number := len(albums_called(index.albums, [name]))) > 1:
            terminal.say(f"{format_count(number)} albums are called {shown_name(name)}: all of them are chosen.")
