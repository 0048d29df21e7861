"""The lists of a home, brought up to date by what changed, or made anew; options 3 and 6 begin so."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, read_list_state
from onedrive.listing.refresh import ListRefresh
from onedrive.listing.root import NoSuchFolder
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer


def _refresh(home: Path, graph: GraphSession, output: io.StringIO, *, full: bool = False) -> ListRefresh:
    terminal = Terminal(stdin=io.StringIO(), stdout=output, no_input=True, environ={})
    return ListRefresh(terminal, home, graph, full=full)


def test_the_first_time_everything_is_listed_then_only_what_changed(
    home: Path, graph: GraphSession, drive: DemoDrive
) -> None:
    drive.add_file("/a.txt", b"a")
    output = io.StringIO()

    first = _refresh(home, graph, output).run(None, "/")
    drive.add_file("/b.txt", b"b")
    second = _refresh(home, graph, output).run(None, "/")
    third = _refresh(home, graph, output).run(None, "/")

    assert first.report is None
    assert second.report is not None
    assert second.report.new == ["/b.txt"]
    assert third.report is not None
    assert not third.report.has_news
    assert third.state == read_list_state(home)
    assert output.getvalue().count("Listing the whole OneDrive.") == 1


def test_a_full_refresh_lists_all_whatever_is_known(home: Path, graph: GraphSession) -> None:
    _refresh(home, graph, io.StringIO()).run(None, "/")

    assert _refresh(home, graph, io.StringIO(), full=True).run(None, "/").report is None


def test_the_folder_of_last_time_is_known(home: Path, graph: GraphSession, drive: DemoDrive) -> None:
    drive.add_file("/Pictures/a.txt", b"a")
    first = _refresh(home, graph, io.StringIO())
    first.run(first.find("/Pictures"), "/Pictures")

    again = _refresh(home, graph, io.StringIO())

    assert again.last_text == "/Pictures"
    root = again.find_last(again.last_text)
    assert root is not None
    assert root.path == "/Pictures"


def test_a_folder_of_last_time_that_is_gone_is_named_as_such(home: Path, graph: GraphSession) -> None:
    with pytest.raises(NoSuchFolder, match="It is the folder that was listed last time"):
        _refresh(home, graph, io.StringIO()).find_last("/Gone")


def test_an_error_leaves_the_old_list(home: Path, graph: GraphSession, drive: DemoDrive, demo: FaultyServer) -> None:
    drive.add_file("/a.txt", b"a")
    _refresh(home, graph, io.StringIO()).run(None, "/")
    before = (home / FILE_LIST).read_bytes()
    demo.fail_next(403, times=None)

    with pytest.raises(Exception, match="403"):
        _refresh(home, graph, io.StringIO()).run(None, "/")

    assert (home / FILE_LIST).read_bytes() == before
    assert graph.pause.stop.is_set()
