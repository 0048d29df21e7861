"""Shortcuts to what others share, named or followed: what stands at two places is listed at one, named at the other."""

from __future__ import annotations

import json

import pytest

from onedrive.home.never_given import LISTED_BY_SHORTCUT, SHORTCUT_DOUBLE
from onedrive.listing.reasons import SHORTCUT, SHORTCUT_BROKEN
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FixedToken
from tests.listing.scene import Listed, Scene

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
def eve() -> DemoDrive:
    other = DemoDrive(drive_id="64e50000000d6004")
    other.add_file("/P/p.txt", b"p")
    other.add_file("/P/Q/q.txt", b"q")
    other.add_file("/P/Q/R/r.txt", b"r")
    return other


@pytest.fixture
def shared(scene: Scene, eve: DemoDrive, tokens: FixedToken) -> Scene:
    """The sign-in covers what others share."""
    tokens.token = scene.demo.issue_token("Files.Read Files.Read.All User.Read")
    return scene


def _link(scene: Scene, eve: DemoDrive, **places: str) -> Listed:
    """List with these shortcuts, each by its name and what it leads to."""
    for name, target in places.items():
        scene.drive.add_shortcut(f"/{name}", eve, eve.find(target))
    return scene.list(shared=True)


def test_a_shortcut_is_named_with_the_setting_that_follows_it(scene: Scene, eve: DemoDrive) -> None:
    scene.drive.add_shortcut("/From Eve", eve, eve.find("/P"))

    listed = scene.list()

    assert listed.paths == []
    assert listed.exceptions == [("/From Eve", SHORTCUT, True)]


def test_with_the_setting_a_shortcut_is_walked_on_its_own_drive(shared: Scene, eve: DemoDrive) -> None:
    listed = _link(shared, eve, a="/P/Q/R")

    assert listed.paths == ["/a/r.txt"]
    assert json.loads(listed.files)[0]["parentReference"]["driveId"] == "64e50000000d6004"
    assert listed.folder_paths == ["/a"]


def test_a_folder_inside_one_that_is_shared_too_is_listed_where_it_came_first(shared: Scene, eve: DemoDrive) -> None:
    listed = _link(shared, eve, a="/P/Q", b="/P")

    assert listed.paths == ["/a/R/r.txt", "/a/q.txt", "/b/p.txt"]
    assert listed.folder_paths == ["/a", "/a/R", "/b"]
    assert listed.exceptions == [("/b/Q", LISTED_BY_SHORTCUT, True)]
    assert listed.result.exit_code == 0


def test_a_folder_inside_one_that_came_first_is_named_at_its_shortcut(shared: Scene, eve: DemoDrive) -> None:
    listed = _link(shared, eve, a="/P", b="/P/Q")

    assert listed.paths == ["/a/Q/R/r.txt", "/a/Q/q.txt", "/a/p.txt"]
    assert listed.exceptions == [("/b", SHORTCUT_DOUBLE, True)]
    assert f"1 thing can be had at another place of the list:\n  /b: {SHORTCUT_DOUBLE}.\n" in listed.said
    assert "to no program" not in listed.said


def test_shortcuts_that_lead_to_a_folder_above_or_in_a_circle_end(shared: Scene, eve: DemoDrive) -> None:
    shared.given("/mine/m.txt")
    eve.add_shortcut("/P/Q/up", eve, eve.find("/P"))
    eve.add_shortcut("/P/Q/R/back", shared.drive, shared.drive.find("/mine"))
    shared.drive.add_shortcut("/mine/forth", eve, eve.find("/P/Q/R"))

    listed = _link(shared, eve, a="/P/Q")

    assert sorted(path.rpartition("/")[2] for path in listed.paths) == ["m.txt", "p.txt", "q.txt", "r.txt"]
    assert {"/a/q.txt", "/a/up/p.txt", "/mine/m.txt"} <= set(listed.paths)
    assert ("/a/up/Q", LISTED_BY_SHORTCUT, True) in listed.exceptions
    assert {reason for _, reason, _ in listed.exceptions} == {LISTED_BY_SHORTCUT, SHORTCUT_DOUBLE}


@pytest.mark.parametrize(("file", "folder"), [("a.txt", "b"), ("b.txt", "a")])
def test_a_shared_file_inside_a_shared_folder_is_listed_once_and_named_at_the_other_place(
    shared: Scene, eve: DemoDrive, file: str, folder: str
) -> None:
    listed = _link(shared, eve, **{file: "/P/p.txt", folder: "/P"})

    double = f"/{folder}/p.txt"
    assert f"/{file}" in listed.paths
    assert double not in listed.paths
    assert listed.exceptions == [(double, LISTED_BY_SHORTCUT, True)]
    assert listed.result.exit_code == 0


def test_a_shortcut_to_what_was_deleted_is_named_as_such(shared: Scene, eve: DemoDrive) -> None:
    shared.drive.add_shortcut("/f.txt", eve, eve.find("/P/p.txt"))
    shared.drive.add_shortcut("/a", eve, eve.find("/P"))
    eve.delete(eve.find("/P"))

    listed = shared.list(shared=True)

    assert listed.exceptions == [("/a", SHORTCUT_BROKEN, True), ("/f.txt", SHORTCUT_BROKEN, True)]
    assert listed.result.exit_code == 0
