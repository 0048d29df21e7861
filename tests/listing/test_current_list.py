"""The drive as it is now, for option 6: what an edited list chooses of it, and when changes are not enough."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from onedrive.errors import StateFileBroken
from onedrive.home.lists import FILE_LIST, LIST_STATE, is_within
from onedrive.home.verification import read_verification
from onedrive.listing.catalogue import IN_PROGRESS
from onedrive.listing.refresh import CURRENT_FOLDER, CurrentList, fetch_current_list, why_not_named
from onedrive.settings import Settings
from onedrive.terminal.terminal import Terminal
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.listing.scene import Scene


@pytest.fixture
def listed(scene: Scene) -> Scene:
    scene.given("/a.txt", "/b.txt")
    scene.list()
    return scene


def _fetch(scene: Scene) -> tuple[CurrentList, str]:
    output = io.StringIO()
    terminal = Terminal(stdin=io.StringIO(), stdout=output, no_input=True, environ={})
    current = fetch_current_list(terminal, Settings(home=scene.home, downloads=scene.home / "downloads"), scene.graph)
    return current, output.getvalue()


def _edit(scene: Scene) -> bytes:
    """Take /b.txt off the list."""
    rows = [row for row in json.loads((scene.home / FILE_LIST).read_text()) if row["path"] != "/b.txt"]
    (scene.home / FILE_LIST).write_text(json.dumps(rows))
    return (scene.home / FILE_LIST).read_bytes()


def test_the_lists_are_brought_up_to_date_with_a_few_requests(listed: Scene) -> None:
    listed.given("/c.txt")
    listed.demo.requests.clear()

    current, _ = _fetch(listed)

    assert [item.path for item in current.files()] == ["/a.txt", "/b.txt", "/c.txt"]
    assert current.home == listed.home
    assert current.named is None
    assert current.report is not None
    assert current.report.new == ["/c.txt"]
    assert len(listed.demo.requests) == 2  # whose drive, what changed


def test_an_edited_list_stays_and_the_drive_is_listed_beside_it_and_kept_up_to_date(listed: Scene) -> None:
    edited = _edit(listed)

    current, said = _fetch(listed)

    assert (listed.home / FILE_LIST).read_bytes() == edited
    assert current.home == listed.home / CURRENT_FOLDER
    why_not = why_not_named(current.named)
    assert {item.path: why_not(item) for item in current.files()} == {
        "/a.txt": None,
        "/b.txt": "your edited list does not name it",
    }
    assert "file_list.json was edited: it counts as your choice and stays as it is." in said
    listed.given("/c.txt")
    current, said = _fetch(listed)
    assert [item.path for item in current.files()] == ["/a.txt", "/b.txt", "/c.txt"]
    assert "Listing" not in said


def test_the_list_beside_goes_when_the_list_is_ours_again(listed: Scene) -> None:
    _edit(listed)
    _fetch(listed)
    listed.list()

    current, _ = _fetch(listed)

    assert current.home == listed.home
    assert not (listed.home / CURRENT_FOLDER).exists()


def test_a_list_whose_writer_is_not_known_is_not_replaced(listed: Scene) -> None:
    (listed.home / LIST_STATE).write_text("{")
    before = (listed.home / FILE_LIST).read_bytes()

    current, said = _fetch(listed)

    assert (listed.home / FILE_LIST).read_bytes() == before
    assert current.named is not None
    assert "It is not known who wrote file_list.json (list_state.json is missing or damaged; choose 3 to make" in said


def test_an_edited_list_that_cannot_be_read_is_named(listed: Scene) -> None:
    (listed.home / FILE_LIST).write_text("[{]")

    with pytest.raises(StateFileBroken, match=r"file_list\.json"):
        _fetch(listed)


# --- what OneDrive does not name as changed, for good -----------------------------------------------------------------


NOW = datetime.now(UTC)
MAY_LEAVE_OUT = "old, and OneDrive's list of changes may leave something out. Everything is listed anew."


@pytest.fixture
def untold(desk: Desk, demo: FaultyServer) -> Desk:
    """All was listed and fetched; then a file came and one went, and OneDrive names neither as a change."""
    desk.given("/a.txt", "/gone.txt", here=True)
    demo.drive.add_file("/new.txt", b"new.bytes")  # as many as go: the space used tells nothing
    demo.never_tell("/new.txt")
    demo.never_tell("/gone.txt")
    demo.drive.delete(demo.drive.find("/gone.txt"))
    desk.list_drive()
    return desk


def _age(desk: Desk, **age: float) -> None:
    """So long ago was the last whole listing."""
    path = desk.home / LIST_STATE
    state = json.loads(path.read_text())
    path.write_text(json.dumps(state | {"whole_at": (NOW - timedelta(**age)).isoformat(timespec="seconds")}))


def test_option_6_finds_what_was_never_named_as_changed(untold: Desk) -> None:
    _age(untold, days=3)

    result = untold.verify()

    assert result.exit_code == 7
    assert untold.odd() == {"/new.txt": "missing here", "/gone.txt": "only here"}
    assert f"The last complete listing is 3 days {MAY_LEAVE_OUT}" in untold.said.getvalue()
    facts = read_verification(untold.home)
    assert facts is not None
    assert facts.on_whole_list
    assert untold.download().exit_code == 0
    assert untold.verify().exit_code == 0


def test_a_whole_listing_of_this_hour_is_enough_and_full_makes_another(untold: Desk) -> None:
    assert untold.verify().exit_code == 0
    assert MAY_LEAVE_OUT not in untold.said.getvalue()
    assert len(untold.requests("graph.microsoft.com")) == 2

    assert untold.verify(full=True).exit_code == 7


def test_quick_is_no_proof_by_a_whole_listing(untold: Desk) -> None:
    _age(untold, days=3)
    untold.forget_requests()

    assert untold.verify(quick=True).exit_code == 0

    facts = read_verification(untold.home)
    assert facts is not None
    assert not facts.on_whole_list
    assert len(untold.requests("graph.microsoft.com")) == 2


def test_space_that_no_change_explains_makes_option_6_list_anew_within_the_hour(
    untold: Desk, demo: FaultyServer
) -> None:
    untold.given("/more.txt", here=True)
    assert untold.verify().exit_code == 0
    demo.drive.add_file("/another.txt", b"x")
    demo.never_tell("/another.txt")

    assert untold.verify().exit_code == 7
    assert "changed by more than the changes it reports. Everything is listed anew." in untold.said.getvalue()
    untold.download()
    assert untold.verify().exit_code == 0
    assert "listed anew" not in untold.said.getvalue()


@pytest.mark.parametrize(("days", "is_anew"), [(6, False), (8, True)])
def test_option_3_lists_everything_anew_once_a_week_and_says_so(scene: Scene, days: int, is_anew: bool) -> None:
    scene.given("/a.txt")
    scene.list()
    scene.given("/new.txt")
    scene.demo.never_tell("/new.txt")
    before = NOW - timedelta(days=days)
    scene.change_state(whole_at=before.isoformat())

    listed = scene.list()

    assert ("/new.txt" in listed.paths) == is_anew
    assert (f"The last complete listing is 8 days {MAY_LEAVE_OUT}" in listed.said) == is_anew
    assert ("Files since the last list: 1 new, 0 changed or moved, 0 gone." in listed.said) == is_anew
    assert is_within(listed.state.whole_at, timedelta(hours=1), datetime.now(UTC)) == is_anew
    assert "Nothing has changed" in scene.list().said


@pytest.mark.parametrize("when", [None, "yesterday", "2999-01-01T00:00:00+00:00"])
def test_where_the_age_of_the_last_whole_listing_makes_no_sense_another_is_made_once(
    scene: Scene, when: str | None
) -> None:
    scene.given("/a.txt")
    scene.list()
    state = json.loads((scene.home / LIST_STATE).read_text())
    (scene.home / LIST_STATE).write_text(
        json.dumps({name: value for name, value in (state | {"whole_at": when}).items() if value or name != "whole_at"})
    )

    assert "The last complete listing is of unknown age, and OneDrive's list" in scene.list().said
    assert "Nothing has changed" in scene.list().said


@pytest.mark.parametrize(("days", "refused", "goes_on"), [(5, 0, True), (8, 0, False), (5, 1, False)])
def test_a_listing_that_goes_on_is_as_old_as_its_beginning_and_another_as_young_as_its_own(
    scene: Scene, days: int, refused: int, goes_on: bool
) -> None:
    scene.given(*(f"/{number:02}.txt" for number in range(12)))
    scene.narrow_pages(3)
    scene.interrupt(3)
    begun_at = (NOW - timedelta(days=days)).isoformat(timespec="seconds")
    with closing(sqlite3.connect(scene.home / IN_PROGRESS)) as database, database:
        database.execute("UPDATE mark SET value = ? WHERE name = 'begun_at'", (json.dumps(begun_at),))
    scene.demo.fail_next(410, on="graph", path="/", times=refused) if refused else None

    listed = scene.list()

    assert listed.state.files == 12
    assert listed.state.whole_at == (begun_at if goes_on else listed.state.listed_at)
    assert ("goes on after" in listed.said) == (days == 5)
