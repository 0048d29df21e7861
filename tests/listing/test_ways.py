"""Whichever way a tree is listed, the lists are the same, byte for byte; refused delta gives way to another way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from onedrive.errors import ServiceRefused
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.graph.errors import GraphError
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from tests.conftest import FakeClock, FixedToken
from tests.faults.server import FaultyServer
from tests.listing.scene import Listed, Scene

ODD_NAMES = ['"q"', "back\\slash", "\t", "x\ud83dy", "~", "z" * 60]
NAMES = st.sampled_from(["a", "b.jpg", "B!", "a b", "a.txt", "A-1", "é.png", "日本.mp4", *ODD_NAMES])
FACETS = st.sampled_from(
    [
        {},
        {"photo": {"takenDateTime": "2019-05-04T12:11:12Z", "fNumber": 1.8, "cameraMake": "Apple"}},
        {"image": {"width": 40, "height": 30}},
        {"video": {"duration": 7, "width": 4}},
        {"location": {"latitude": 1.5, "longitude": -2}},
        {"malware": {}},
    ]
)
KINDS = st.sampled_from(["file", "file", "file", "folder", "notebook", "vault", "shortcut"])
PLACES = st.lists(NAMES, min_size=1, max_size=4)
BUILD = st.lists(st.tuples(KINDS, PLACES, FACETS, st.integers(0, 3)), max_size=25)
WHAT = st.sampled_from(["add", "shortcut", "content", "rename", "move", "delete", "touch"])
CHANGES = st.lists(st.tuples(WHAT, st.integers(0), st.integers(0), NAMES), min_size=1, max_size=12)
DIALECTS = st.sampled_from(["new", "old", "business"])
QUICK = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def _build(dialect: str, build: list[tuple[str, list[str], dict[str, Any], int]]) -> DemoDrive:
    drive = DemoDrive(drive_type="business") if dialect == "business" else DemoDrive(dialect)
    for kind, place, facets, size in build:
        path = "/" + "/".join(place)
        if drive.drive_type == "business" and "\ud83d" in path:
            continue  # web addresses of work drives are made of paths, which half a character cannot be in
        if not _is_free(drive, place):
            continue
        with suppress(FileExistsError, KeyError, ValueError):
            if kind == "file":
                drive.add_file(path, b"x" * size, migrated=size == 3).facets.update(facets)
            elif kind == "folder":
                drive.add_folder(path)
            elif kind == "notebook":
                drive.add_notebook(path)
            elif kind == "vault":
                drive.add_vault("/" + place[0])
            else:
                _add_shortcut(drive, path)
    return drive


def _add_shortcut(drive: DemoDrive, path: str) -> None:
    other = DemoDrive(drive_id="64e50000000d6004")
    other.add_file("/shared/s.txt", b"s")
    drive.add_shortcut(path, other, other.find("/shared"))


def _is_free(drive: DemoDrive, place: list[str]) -> bool:
    """Whether only folders stand on the way to this place."""
    step: DemoItem | None = drive.root
    for name in place[:-1]:
        step = step.child(name) if step else None
        if step and step.kind != "folder":
            return False
    return True


def _change(drive: DemoDrive, changes: list[tuple[str, int, int, str]]) -> None:
    for what, which, where, name in changes:
        items = [item for item in drive.root.tree() if item is not drive.root and not _is_odd(item)]
        folders = [drive.root, *(item for item in items if item.kind == "folder")]
        folder = folders[where % len(folders)]
        place = [*filter(None, folder.path.split("/")), name]
        with suppress(FileExistsError):
            if what == "add" and _is_free(drive, [*place, name]):
                drive.add_file("/" + "/".join([*place, name]), b"new")
            elif what == "shortcut" and _is_free(drive, place):
                _add_shortcut(drive, "/" + "/".join(place))
            elif what not in ("add", "shortcut") and items:
                _change_one(drive, what, items[which % len(items)], folder, name)


def _change_one(drive: DemoDrive, what: str, item: DemoItem, folder: DemoItem, name: str) -> None:
    if what == "content" and item.kind == "file":
        drive.change_content(item, b"other")
    elif what == "rename":
        drive.rename(item, name)
    elif what == "move" and not folder.is_within(item):
        drive.move(item, folder)
    elif what == "delete":
        drive.delete(item)
    elif what == "touch":
        drive.touch(item)


def _is_odd(item: DemoItem) -> bool:
    return any(step.kind in ("notebook", "vault") for step in item.lineage())


@contextmanager
def _scene(drive: DemoDrive, page_items: int) -> Iterator[Scene]:
    with FaultyServer(drive, auto_consent=True) as demo, tempfile.TemporaryDirectory() as folder:
        http = HttpClient(demo_port=demo.port)
        graph = GraphSession(http, FixedToken(demo), SharedPause(lambda _text: None, clock=FakeClock()))
        scene = Scene(drive, demo, graph, Path(folder))
        scene.narrow_pages(page_items)
        yield scene
        http.close()


def _facts(listed: Listed) -> tuple[object, ...]:
    state = listed.state
    return (listed.files, listed.folders, listed.exceptions, state.glance, state.files, state.folders, state.size_bytes)


@QUICK
@given(build=BUILD, dialect=DIALECTS, page_items=st.sampled_from([1, 2, 7, 1000]))
def test_delta_and_walking_give_the_same_lists(build: list[Any], dialect: str, page_items: int) -> None:
    with _scene(_build(dialect, build), page_items) as scene:
        by_delta = scene.list("delta")
        scene.refuse_delta()
        by_walking = scene.list("walk")

    assert by_delta.state.delta_link is not None
    assert by_walking.state.delta_link is None
    assert _facts(by_delta) == _facts(by_walking)


@QUICK
@example(
    build=[], changes=[("add", 0, 0, "a"), ("delete", 1, 0, "a"), ("shortcut", 0, 1, "a")], dialect="new", page_items=1
)
@given(build=BUILD, changes=CHANGES, dialect=DIALECTS, page_items=st.sampled_from([1, 3, 1000]))
def test_what_changed_merged_into_the_lists_gives_what_a_full_listing_gives(
    build: list[Any], changes: list[Any], dialect: str, page_items: int
) -> None:
    with _scene(_build(dialect, build), page_items) as scene:
        scene.list("updated")
        _change(scene.drive, changes)
        updated = scene.list("updated")
        anew = scene.list("anew")

    assert "Everything is listed anew" not in updated.said
    assert _facts(updated) == _facts(anew)


# --- delta that is refused --------------------------------------------------------------------------------------------


FILES = [f"/A/{number}.txt" for number in range(9)]
REFUSALS = [
    (400, "invalidRequest"), (403, "accessDenied"), (404, "itemNotFound"), (410, "resyncRequired"),
    (500, "generalException"), (501, "notSupported"), (504, ""),
]  # fmt: skip
WALKED = "The folders are listed one by one instead."


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_delta_that_is_refused_gives_way_to_the_walk(scene: Scene, status: int, code: str) -> None:
    """From the start, and when it is asked what has changed."""
    scene.given(*FILES)
    scene.list("earlier")
    scene.given("/A/new.txt")
    scene.refuse_delta(status, code)

    for listed in (scene.list(), scene.list("earlier")):
        assert len(listed.paths) == 10
        assert WALKED in listed.said
        assert listed.result.exit_code == 0
    assert "Everything is listed anew." in listed.said


@pytest.mark.parametrize(("status", "code"), [(400, "invalidRequest"), (410, "resyncRequired"), (501, "notSupported")])
def test_delta_that_is_refused_half_way_is_begun_afresh_and_then_walked(scene: Scene, status: int, code: str) -> None:
    scene.given(*FILES)
    scene.narrow_pages(2)
    scene.refuse_delta(status, code, after_pages=2)

    listed = scene.list()

    assert len(listed.paths) == 9
    assert "The listing starts again from the beginning." in listed.said
    assert WALKED in listed.said


def test_a_page_that_always_fails_stops_once_and_is_then_got_round(scene: Scene) -> None:
    def fail(page: dict[str, Any]) -> None:
        if any(row.get("name") == "8.txt" for row in page["value"]):
            raise GraphError(500, "generalException", "this page is broken")

    scene.given(*FILES)
    scene.narrow_pages(2)
    scene.change_pages(fail)
    with pytest.raises(ServiceRefused):
        scene.list()

    listed = scene.list()

    assert len(listed.paths) == 9
    assert "The listing starts again from the beginning." in listed.said
    assert WALKED in listed.said


def test_a_single_resync_on_the_first_page_is_asked_afresh(scene: Scene) -> None:
    scene.given(*FILES)
    scene.demo.fail_next(410, code="resyncRequired", path="/")

    listed = scene.list()

    assert len(listed.paths) == 9
    assert "The listing starts again from the beginning." in listed.said
    assert listed.state.delta_link is not None
    assert scene.asked("/delta") == 2
