"""An interrupted listing: the next one goes on at the page where it stopped, and the old lists stay until then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from onedrive.home.lists import FILE_LIST
from onedrive.listing.catalogue import IN_PROGRESS
from tests.listing.scene import Scene

PROGRAM = """
import sys
from pathlib import Path
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from tests.listing.scene import list_drive

class Token:
    def access_token(self):
        return sys.argv[3]

http = HttpClient(demo_port=int(sys.argv[2]))
list_drive(Path(sys.argv[1]), GraphSession(http, Token(), SharedPause(print)), root=sys.argv[4])
"""
GOES_ON = "The list that was interrupted goes on after"


@pytest.fixture(autouse=True)
def _files(scene: Scene) -> None:
    scene.given(*(f"/A/{number % 12:02}/{number:03}.txt" for number in range(120)))
    scene.narrow_pages(10)


@pytest.mark.posix("kill -9")
@pytest.mark.parametrize(
    ("pages", "root", "part", "most"),
    [(2, "/", "/delta", 14 + 3), (9, "/", "/delta", 14 + 3), (11, "/A", "/children", 14 + 8)],
)
def test_a_killed_listing_goes_on_where_it_stopped(scene: Scene, pages: int, root: str, part: str, most: int) -> None:
    """At most the pages that were under way come twice."""
    whole = scene.list("whole", root=root)
    scene.demo.requests.clear()
    process: list[subprocess.Popen[bytes]] = []
    scene.demo.when_pages_served(pages, lambda: process[0].kill())
    words = [sys.executable, "-c", PROGRAM, str(scene.home), str(scene.demo.port), scene.demo.issue_token(), root]
    process.append(subprocess.Popen(words, cwd=Path(__file__).parent.parent.parent, env=dict(os.environ)))
    assert process[0].wait(30) == -signal.SIGKILL
    assert not (scene.home / FILE_LIST).exists()
    asked = scene.asked(part)

    listed = scene.list(root=root)

    assert (listed.files, listed.folders) == (whole.files, whole.folders)
    assert asked + scene.asked(part) <= most
    assert GOES_ON in listed.said or pages == 2  # then no page had come yet


def test_a_lost_network_keeps_what_was_listed_and_the_old_lists(scene: Scene) -> None:
    before = scene.list()
    scene.interrupt(6, full=True)
    scene.drive.spelled = {"owner": {"user": {}}}  # the drive is the same, whatever is said of its owner
    assert (scene.home / FILE_LIST).read_bytes() == before.files
    (scene.home / FILE_LIST).unlink()  # so that everything is listed anew

    listed = scene.list()

    assert listed.files == before.files
    assert GOES_ON in listed.said
    assert scene.asked("/delta") < 12
    assert not (scene.home / IN_PROGRESS).exists()


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_place_that_is_not_valid_any_more_is_begun_afresh(scene: Scene, status: int) -> None:
    scene.interrupt(6)
    scene.demo.fail_next(status, on="graph", path="/", times=2 if status == 404 else 1)

    listed = scene.list()

    assert len(listed.paths) == 120
    assert "The list is begun afresh." in listed.said


def test_a_listing_of_another_folder_does_not_go_on_from_this_one(scene: Scene) -> None:
    scene.interrupt(6)

    listed = scene.list(root="/A/03")

    assert "goes on after" not in listed.said
    assert len(listed.paths) == 10


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) * 2 // 3],
    "garbage": lambda content: content[:-200] + b"\0" * 400,
    "empty": lambda _: b"",
    "another form": lambda content: content.replace(b'"line_form": ', b'"line_form":9', 1),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_or_of_another_form_what_was_begun_is_begun_afresh(scene: Scene, damage: str) -> None:
    scene.interrupt(6)
    content = (scene.home / IN_PROGRESS).read_bytes()
    spoilt = DAMAGES[damage](content)
    assert spoilt != content
    (scene.home / IN_PROGRESS).write_bytes(spoilt)

    listed = scene.list()

    assert len(listed.paths) == 120
    assert "goes on after" not in listed.said


def test_a_walk_that_stood_in_for_delta_goes_on_as_a_walk(scene: Scene) -> None:
    scene.refuse_delta()
    scene.interrupt(9)

    listed = scene.list()

    assert len(listed.paths) == 120
    assert scene.asked("/delta") == 0
    assert GOES_ON in listed.said
    assert scene.asked("/children") < 14 + 8  # the pages that were under way come twice


def test_a_walk_that_was_left_days_ago_is_begun_afresh(scene: Scene) -> None:
    scene.interrupt(6, root="/A")
    os.utime(scene.home / IN_PROGRESS, (0, 0))

    listed = scene.list(root="/A")

    assert "goes on after" not in listed.said
    assert len(listed.paths) == 120


def test_an_update_forgets_a_full_listing_that_was_stopped(scene: Scene) -> None:
    scene.list()
    scene.interrupt(6, full=True)

    assert "Nothing has changed" in scene.list().said
    assert not (scene.home / IN_PROGRESS).exists()
