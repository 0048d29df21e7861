"""albums.json brought up to date, and what is said of it; options 3 and 5 do so.

Where OneDrive does not give the albums, those of last time stay, and the list of files is as good as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from onedrive.albums.ask import AlbumsNotGiven, GivenAlbum, fetch_albums, listed_ids, match_albums
from onedrive.albums.record import Album, AlbumList, known_albums, shown_name, write_album_list
from onedrive.graph.drive import DriveFacts
from onedrive.graph.session import GraphSession
from onedrive.home.database import Database
from onedrive.home.files import now_text
from onedrive.home.lists import ListState
from onedrive.terminal.terminal import Terminal
from onedrive.words import format_count, join_words, plural, printable

PERSONAL_ONLY = "Albums are on personal accounts only: this OneDrive is one for work or school, and has none."
_MOST_NAMED = 3


def refresh_albums(
    terminal: Terminal, home: Path, graph: GraphSession, database: Database, *, facts: DriveFacts, state: ListState
) -> AlbumsNotGiven | None:
    """Ask for the albums, keep them, and say what is new about them; `database` and `state` are the list's.

    What OneDrive did not give is said and returned; it stays as it was. Raises what concerns more:
    ConnectionLost, SignInNeeded, Stopped, DiskFull, FolderNotUsable.
    """
    if facts.kind and not facts.is_personal:
        terminal.say(PERSONAL_ONLY)
        write_album_list(home, AlbumList(facts.drive_id, now_text(), ()))
        return None
    last = known_albums(
        home, facts.drive_id, lambda error: terminal.say(f"{error.sentence} It is made anew.", style="warning")
    )
    before = last.albums if last else ()
    try:
        with terminal.progress("Asking for the albums") as progress:
            given = fetch_albums(
                graph,
                before,
                lambda number, of: progress.update(f"{format_count(number)} of {plural('album', of)}"),
            )
    except AlbumsNotGiven as error:
        terminal.say(f"{error.sentence}{' Those of last time stay.' if before else ''}", style="problem")
        terminal.say(error.hint)
        return error
    albums = match_albums(given, database, facts.drive_id, before=before)
    write_album_list(home, AlbumList(facts.drive_id, now_text(), albums))
    _say_news(terminal, albums, before)
    _say_not_listed(terminal, albums, database, state)
    return _say_passed_over(terminal, given, albums)


def _say_news(terminal: Terminal, albums: Sequence[Album], before: Sequence[Album]) -> None:
    """How many there are, and which of those before are called otherwise or gone."""
    files = {member.id or (album.id, number) for album in albums for number, member in enumerate(album.members)}
    there = f"Albums: {format_count(len(albums))}, with {plural('file', len(files))}."
    terminal.say(there if albums else "Your OneDrive has no albums.")
    names = {album.id: album.name for album in albums}
    news = [
        f"The album {shown_name(was.name)} is called {shown_name(names[was.id])} now."
        if was.id in names
        else f"The album {shown_name(was.name)} is no longer on OneDrive."
        for was in before
        if names.get(was.id) != was.name
    ]
    more = len(news) - _MOST_NAMED
    for line in [*news[:_MOST_NAMED], *([f"And {plural('more album', more)} renamed or deleted."] if more > 0 else [])]:
        terminal.say(line)
    for album in albums:
        terminal.event("album_listed", id=album.id, name=album.name, files=len(album.members))


def _say_passed_over(terminal: Terminal, given: Sequence[GivenAlbum], albums: Sequence[Album]) -> AlbumsNotGiven | None:
    """Name the albums that did not give their files, and what is known of them."""
    refusals = [album.refusal for album in given if album.refusal]
    if not refusals:
        return None
    refused, unknown = ([album for album in albums if not album.is_read], [one for one in albums if one.is_unknown])
    error = AlbumsNotGiven(refusals[0], f"The files of {_name(refused)}")
    kept = " Those of last time stay." if len(refused) > len(unknown) else ""
    lost = f" What is in {_name(unknown)} is not known, so nobody can choose by it yet." if unknown else ""
    terminal.say(f"{error.sentence}{kept}{lost}", style="problem")
    terminal.say(error.hint)
    return error


def _name(albums: Sequence[Album]) -> str:
    names = join_words([shown_name(album.name) for album in albums], most=_MOST_NAMED)
    return f"the album{'s' * (len(albums) > 1)} {names}"


def _say_not_listed(terminal: Terminal, albums: Sequence[Album], database: Database, state: ListState) -> None:
    """Name what is in an album, and in no folder of the list."""
    listed = listed_ids(database, (member.id for album in albums for member in album.members))
    lost = [(member, album) for album in albums for member in album.members if member.id not in listed]
    if not lost:
        return
    names = [f"{printable(member.name)} ({shown_name(album.name)})" for member, album in lost]
    is_so = "is in an album, but not" if len(lost) == 1 else "are in albums, but not"
    why = "it has left OneDrive since" if len(lost) == 1 else "they have left OneDrive since"
    if not state.is_whole:
        where = printable(state.root_path)
        why = "not everything could be listed" if where == "/" else f"only {where} was listed"
    terminal.say(f"{plural('file', len(lost))} {is_so} in the list ({why}): {join_words(names, most=_MOST_NAMED)}.")
