"""Albums in option 6 and its report: whole, or with what is lacking and why."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

from onedrive.albums.record import ALBUMS, AlbumMember, read_album_list, write_album_list
from onedrive.choosing.selection import Duplicates, Selection
from onedrive.report.page import write_report
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.terminal.event_check import check_event


def _albums(home: Path, downloads: Path) -> list[str]:
    """The texts of the report's section about albums."""
    page = write_report(home, downloads).read_text(encoding="utf-8")
    section = page.partition('<section class="page" id="albums"')[2].partition("</section>")[0]
    texts = [text for text in re.split(r"\s*<[^>]*>\s*", section) if text]
    assert not texts or re.match(r"As OneDrive had them on \d+ \w+ \d+, \d+:\d+, and what is here of each", texts[2])
    return texts[7:]


def test_each_album_is_whole_or_it_is_said_what_it_lacks_and_why(desk: Desk, drive: DemoDrive) -> None:
    for name in "abcd":
        drive.add_file(f"/{name}.jpg", name.encode())
    drive.add_file("/twin.jpg", b"a")
    a, b, c, d, twin = (drive.find(f"/{name}.jpg") for name in (*"abcd", "twin"))
    best, whole = drive.add_album("Best <of> all", d, a, b, c), drive.add_album("Twins", a, twin)
    desk.list_drive(albums=True)
    chosen = Selection(exclude=("d.jpg",), duplicates=Duplicates.ONCE)
    desk.download(selection=chosen)
    (desk.downloads / "b.jpg").unlink()
    drive.delete(c)
    desk.forget_requests()

    events = StringIO()
    desk.verify(selection=chosen, events=events)

    assert not [path for path in desk.requests("graph.microsoft.com") if "bundles" in path or best.id in path]
    assert (
        "Of 2 albums, 1 is whole here and 1 is not whole here:\n"
        "  'Best <of> all': 2 of 4 files here; 1 not chosen (d.jpg) and 1 not downloaded (b.jpg).\n"
    ) in desk.said.getvalue()
    lines = map(json.loads, events.getvalue().splitlines())
    told = [event for event in lines if event["event"] == "album_verified"]
    assert [(event["id"], event["here"], event["lacking"]) for event in told] == [
        (best.id, 2, {"not chosen": 1, "not downloaded": 1}),
        (whole.id, 2, {}),
    ]
    for event in told:
        check_event(event)
    assert _albums(desk.home, desk.downloads) == [
        *("Best &lt;of&gt; all", "4", "2", "1 not chosen, 1 not downloaded; 1 here and no longer on OneDrive"),
        *("Twins", "2", "2", "whole"),
        *("Best &lt;of&gt; all", "lacks 2 files", "d.jpg", "not chosen", "b.jpg", "not downloaded"),
    ]


def test_what_is_nowhere_is_named_and_albums_that_are_old_damaged_or_of_another_drive_are_told_apart(
    desk: Desk, drive: DemoDrive
) -> None:
    desk.given("/a.jpg", here=True)
    drive.add_album("Best", drive.find("/a.jpg"))
    desk.list_drive(albums=True)
    desk.verify()
    assert "Your one album is whole here.\n" in desk.said.getvalue()
    desk.verify(selection=Selection(exclude=("a.jpg",)))
    assert "Your one album is whole here.\n" in desk.said.getvalue()  # chosen or not, it is here
    (desk.downloads / "a.jpg").unlink()
    desk.verify(selection=Selection(exclude=("a.jpg",)))
    assert "Your one album is left out by your choice (at least in part).\n" in desk.said.getvalue()
    desk.download()
    listed = read_album_list(desk.home)
    assert listed is not None
    lost = (AlbumMember("", "lost\n.jpg", 5), AlbumMember("gone", "gone.jpg"))
    (best,) = listed.albums
    old = replace(listed, listed_at="2020-01-01T00:00:00+00:00", albums=(replace(best, members=best.members + lost),))
    write_album_list(desk.home, old)
    desk.verify()
    assert re.search(
        r"Your one album is not whole here \(as OneDrive had them [^)]+ ago\):\n"
        r"  'Best': 1 of 3 files here; 1 in no folder that OneDrive shows \(lost\\x0a\.jpg\) and "
        r"1 no longer on OneDrive \(gone\.jpg\)\.\n",
        desk.said.getvalue(),
    )
    write_album_list(desk.home, replace(listed, drive_id="another"))
    desk.verify()
    assert ("album" in desk.said.getvalue(), _albums(desk.home, desk.downloads)) == (False, [])
    (desk.home / ALBUMS).write_text("{")

    result = desk.verify()

    assert result.exit_code == 0
    assert "albums.json cannot be used: it is not what option 3 wrote. python start.py --albums 3 lists them" in (
        desk.said.getvalue()
    )
    assert _albums(desk.home, desk.downloads) == []
