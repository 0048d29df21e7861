"""Choosing by album: asked in option 5, kept by name, and what option 4 brings of it."""

from __future__ import annotations

import io
import re

import pytest

from choose_items import choose_items
from onedrive.albums.record import AlbumUnknown, NoSuchAlbum
from onedrive.choosing.albums import PAGE
from onedrive.choosing.selection import EVERYTHING, Selection, read_selection
from onedrive.errors import StepNeeded
from onedrive.graph.session import GraphSession
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer


def choose(desk: Desk, graph: GraphSession, *answers: str) -> str:
    """Choose 5 and type these lines; what was shown."""
    said = io.StringIO()
    typed = io.StringIO("".join(f"{answer}\n" for answer in answers))
    choose_items(Terminal(stdin=typed, stdout=said, environ={}), desk.settings, open_graph=lambda: graph)
    return said.getvalue()


def test_albums_are_listed_when_first_wanted_chosen_by_number_and_downloaded(
    desk: Desk, graph: GraphSession, drive: DemoDrive
) -> None:
    desk.given("/a.jpg", "/b.jpg", "/c.jpg", "/d.jpg", "/C.MOV", "/d.mov", "/c/c.mov")
    a, b, c = (drive.find(f"/{name}.jpg") for name in "abc")
    for name, files in (("Best", (a, b)), ("best", (b, c)), ("Zoo", (a,)), ("Empty", ())):
        drive.add_album(name, *files)

    shown = choose(desk, graph, "9", "1", "s")

    assert len(desk.requests("graph.microsoft.com")) == 1 + 1 + 4  # whose drive it is, the albums, and each
    assert "\n1 Best 2 12 B\n2 best 3 18 B\n3 Empty 0 0 B\n" in re.sub(" +", " ", shown)
    assert "2 albums are called 'Best': all of them are chosen.\n" in shown
    assert "everything in the album 'Best': 4 of 7 files, 24 B of 44 B. Choose 4 to download it." in shown
    desk.download(selection=read_selection(desk.home))
    assert [*desk.files()] == ["C.MOV", "a.jpg", "b.jpg", "c.jpg"]  # with the film of a Live Photo
    desk.verify(selection=read_selection(desk.home))
    assert desk.odd() == dict.fromkeys(["/c/c.mov", "/d.jpg", "/d.mov"], "left out by choice")


def test_an_album_that_is_renamed_or_unknown_stops_option_4_with_its_name_and_option_5_says_so(
    desk: Desk, demo: FaultyServer, graph: GraphSession, drive: DemoDrive
) -> None:
    desk.given("/a.jpg")
    album = drive.add_album("Best", drive.find("/a.jpg"))
    chosen = Selection(albums=("Best",))
    with pytest.raises(StepNeeded, match="It is not known yet which albums your OneDrive has") as unknown:
        desk.download(selection=chosen)
    assert unknown.value.hint == "python start.py --albums 3 lists them; so does 'Albums' in option 5."
    choose(desk, graph, "9", "1", "s")
    album.name = "Very best"

    shown = choose(desk, graph, "9", "l", "0", "s")

    assert "The album 'Best' is called 'Very best' now.\n" in shown
    assert "There is no album 'Best', or no longer: 9 shows those that there are.\nNo file fits" in shown
    with pytest.raises(NoSuchAlbum) as gone:
        desk.download(selection=chosen)
    assert gone.value.sentence == "Your OneDrive has no album 'Best', or no longer. It has 'Very best'."
    assert "choose 5 to choose again" in gone.value.hint
    assert desk.files() == {}
    drive.add_album("New", drive.find("/a.jpg"))
    demo.fail_next(403, path="bundles/New", times=None)

    shown = choose(desk, graph, "9", "l", "1", "0", "0")

    assert "\n1 New ? ?\n" in re.sub(" +", " ", shown)
    unknown_files = "Which files are in the album 'New' is not known: OneDrive did not give them."
    assert f"{unknown_files} Type l to ask again, or choose others.\n" in shown
    with pytest.raises(AlbumUnknown, match=unknown_files):
        desk.download(selection=Selection(albums=("New",)))
    desk.download()
    desk.verify()
    assert "Of 2 albums, 1 is whole here and 1 is unknown (OneDrive did not give the files)" in desk.said.getvalue()


def test_many_albums_come_a_page_at_a_time_and_a_minus_means_any(
    desk: Desk, graph: GraphSession, drive: DemoDrive
) -> None:
    desk.given("/a.jpg")
    for number in range(PAGE + 1):
        drive.add_album(f"Album {number:02}", drive.find("/a.jpg"))

    shown = choose(desk, graph, "9", "n", "13, 2", "9", "x", "-", "s")

    assert "Albums, page 1 of 2:" in shown
    assert "Albums, page 2 of 2:" in shown
    assert "in the albums 'Album 12' and 'Album 01': 1 of 1 file" in shown
    assert "Enter or 0 keeps Album 12, Album 01; - means files of any album or none." in shown
    assert "There is no 'x' here. Type numbers from 1 to 13" in shown
    assert read_selection(desk.home) == EVERYTHING
