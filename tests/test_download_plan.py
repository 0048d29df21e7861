"""What is to be done for each file, decided before any request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from onedrive.download_plan import (
    Action,
    LocalFile,
    choose_action,
    is_same_content,
)
from onedrive.drive_item import DriveItem, Kind
from onedrive.local_path import LocalPaths
from onedrive.manifest import Manifest, Recorded
from onedrive.manifest_line import DIFFERS_BY_DESIGN, VERIFIED_BY_HASH, VERIFIED_BY_REPEAT, ManifestLine
from onedrive.name_rules import LINUX_RULES, MACOS_RULES
from onedrive.plan_maker import make_plan

QUICK, OTHER = "aCgDG9jwBhDc4Q1yawMZAAAAAAA=", "AAAAAAAAAAAAAAAAoAAAAAAAAAA="
ITEM = DriveItem(
    "1",
    "a.jpg",
    Kind.FILE,
    path="/A/a.jpg",
    drive_id="d",
    parent_id="p",
    size=11,
    etag="e1",
    ctag="c1",
    facets={"file": {"hashes": {"quickXorHash": QUICK}}},
)
CHANGED = replace(ITEM, etag="e2", ctag="c2", facets={"file": {"hashes": {"quickXorHash": OTHER}}})
LINE = ManifestLine("1", "d", "c1", "e1", "/A/a.jpg", "A/a.jpg", 11, 1000, QUICK, VERIFIED_BY_HASH, "")
OURS, TOUCHED, EDITED = LocalFile(11, 1001), LocalFile(11, 5000), LocalFile(12, 5000)
FOLDER = LocalFile(4096, 1000, is_file=False)


def _manifest(*lines: ManifestLine) -> Manifest:
    manifest = Manifest()
    for line in lines:
        manifest.take(line)
    return manifest


def _recorded(line: ManifestLine = LINE) -> Recorded:
    recorded = _manifest(line).find(line.drive_id, line.id)
    assert recorded is not None
    return recorded


def _disk(files: dict[str, LocalFile]) -> Callable[[str], LocalFile | None]:
    return lambda place: files.get(place)


RECORDED = _recorded()
ELSEWHERE = _recorded(replace(LINE, path="/B/b.jpg", local_path="B/b.jpg"))


@pytest.mark.parametrize(
    ("item", "local", "recorded", "action"),
    [
        (ITEM, None, None, Action.FETCH),
        (ITEM, None, RECORDED, Action.FETCH),
        (ITEM, None, ELSEWHERE, Action.MOVE),
        (CHANGED, None, ELSEWHERE, Action.FETCH),
        (ITEM, OURS, RECORDED, Action.SKIP),
        (CHANGED, OURS, RECORDED, Action.FETCH),
        (ITEM, TOUCHED, RECORDED, Action.ADOPT),
        (ITEM, EDITED, RECORDED, Action.FETCH),
        (CHANGED, TOUCHED, RECORDED, Action.ADOPT),
        (CHANGED, EDITED, RECORDED, Action.FETCH),
        (ITEM, OURS, None, Action.ADOPT),
        (ITEM, EDITED, None, Action.FETCH),
        (ITEM, OURS, ELSEWHERE, Action.ADOPT),
        (ITEM, FOLDER, None, Action.FETCH),
        (ITEM, FOLDER, RECORDED, Action.FETCH),
        (replace(ITEM, facets={"file": {}, "malware": {}}), None, None, Action.REFUSE),
        (replace(ITEM, kind=Kind.PACKAGE), None, None, Action.REFUSE),
        (replace(ITEM, kind=Kind.FOLDER), OURS, RECORDED, Action.REFUSE),
    ],
)
def test_the_table_of_actions(
    item: DriveItem, local: LocalFile | None, recorded: Recorded | None, action: Action
) -> None:
    assert choose_action(item, local, recorded, "A/a.jpg") is action


@pytest.mark.parametrize(
    ("item", "line", "same"),
    [
        (ITEM, LINE, True),
        (CHANGED, LINE, False),
        (replace(ITEM, ctag="moved to another back end"), LINE, True),
        (replace(ITEM, ctag=""), LINE, True),
        (replace(CHANGED, ctag="", etag="e1"), LINE, True),
        (replace(ITEM, ctag="", etag="", facets={}), LINE, False),
        (ITEM, replace(LINE, ctag="", etag="", quick_xor_hash=OTHER), False),
        (replace(ITEM, facets={"file": {"hashes": {"sha1Hash": "AB"}}}, ctag="x"), replace(LINE, sha1="ab"), True),
        (ITEM, replace(LINE, verified=DIFFERS_BY_DESIGN), True),
        (replace(ITEM, etag="e2"), replace(LINE, verified=DIFFERS_BY_DESIGN), False),
        (replace(ITEM, etag=""), replace(LINE, verified=DIFFERS_BY_DESIGN), True),
        (ITEM, replace(LINE, verified=VERIFIED_BY_REPEAT), True),
        (replace(ITEM, etag="e2"), replace(LINE, verified=VERIFIED_BY_REPEAT), False),
    ],
)
def test_when_content_counts_as_the_same(item: DriveItem, line: ManifestLine, same: bool) -> None:
    assert is_same_content(item, _recorded(line)) is same


def test_what_is_there_makes_no_work() -> None:
    plan = make_plan([ITEM], _manifest(LINE), LocalPaths(LINUX_RULES), _disk({"A/a.jpg": OURS}))

    assert (plan.there, plan.there_bytes, plan.wanted, plan.moved) == (1, 11, [], [])


def test_what_is_wanted_has_its_place() -> None:
    plan = make_plan([ITEM], Manifest(), LocalPaths(LINUX_RULES), _disk({}))

    assert [(row.path, row.place, row.size_bytes) for row in plan.wanted] == [("/A/a.jpg", "A/a.jpg", 11)]
    assert [[row.id for row in rows] for rows in plan.by_folder()] == [["1"]]


def test_what_has_a_new_path_is_to_be_moved() -> None:
    line = replace(LINE, path="/B/b.jpg", local_path="B/b.jpg")

    plan = make_plan([ITEM], _manifest(line), LocalPaths(LINUX_RULES), _disk({"B/b.jpg": OURS}))

    assert [(row.place, row.etag, row.ctag) for row in plan.moved] == [("A/a.jpg", "e1", "c1")]
    assert not plan.wanted


def test_places_do_not_depend_on_the_order_of_the_list() -> None:
    items = [replace(ITEM, id=name, name=name, path=f"/{name}") for name in ("a.txt", "A.txt", "A.TXT")]

    def places(order: list[DriveItem]) -> dict[str, str]:
        return {row.id: row.place for row in make_plan(order, Manifest(), LocalPaths(MACOS_RULES), _disk({})).wanted}

    assert places(items) == places(items[::-1])
    assert len({place.lower() for place in places(items).values()}) == 3


def test_a_recorded_place_stays_when_a_lower_id_comes_to_want_it() -> None:
    newcomer = replace(ITEM, id="0", name="A.JPG", path="/A/A.JPG")

    plan = make_plan([newcomer, ITEM], _manifest(LINE), LocalPaths(MACOS_RULES), _disk({"A/a.jpg": OURS}))

    assert plan.there == 1
    assert plan.wanted[0].place.startswith("A/A~")


def test_what_onedrive_never_hands_out_is_kept_apart() -> None:
    malware = replace(ITEM, facets={"file": {}, "malware": {}})

    plan = make_plan([malware], Manifest(), LocalPaths(LINUX_RULES), _disk({}))

    assert plan.unavailable == [("/A/a.jpg", "1", "OneDrive found malware in it")]
    assert not plan.wanted


@pytest.mark.parametrize("standing", [{}, {"B/b.jpg": EDITED}, {"B/b.jpg": FOLDER}])
def test_what_has_a_new_path_and_is_here_no_more_as_it_was_is_wanted(standing: dict[str, LocalFile]) -> None:
    line = replace(LINE, path="/B/b.jpg", local_path="B/b.jpg")

    plan = make_plan([ITEM], _manifest(line), LocalPaths(LINUX_RULES), _disk(standing))

    assert [row.place for row in plan.wanted] == ["A/a.jpg"]
    assert not plan.moved
