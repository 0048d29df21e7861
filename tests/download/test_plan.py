"""What is to be done for each file of a list, and what that needs: decided before any request; pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import Duplicates, Layout, Selection
from onedrive.download.plan import Action, DownloadPlan, choose_action, make_plan
from onedrive.download.prepare import FetchNeed, choose_fitting, measure_need, read_begun
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.manifest import (
    DIFFERS_BY_DESIGN,
    PUT_BACK,
    VERIFIED_BY_HASH,
    VERIFIED_BY_REPEAT,
    Manifest,
    ManifestLine,
)
from onedrive.local.names import LINUX_RULES, MACOS_RULES, NameRules
from onedrive.local.places import LocalPaths
from onedrive.local.proof import LocalFile, is_same_content
from onedrive.local.room import DiskRoom
from onedrive.transfer.addresses import WantedFile
from onedrive.transfer.partial import partial_name

QUICK, OTHER = "aCgDG9jwBhDc4Q1yawMZAAAAAAA=", "AAAAAAAAAAAAAAAAoAAAAAAAAAA="
THIRD = "AAAAAAAAAAAAAAAAsAAAAAAAAAA="
LISTED = {"file": {"hashes": {"quickXorHash": QUICK}}}
ITEM = DriveItem(
    "1", "a.jpg", Kind.FILE, path="/A/a.jpg", drive_id="d", parent_id="p", size=11, etag="e1", ctag="c1", facets=LISTED
)
CHANGED = replace(ITEM, etag="e2", ctag="c2", facets={"file": {"hashes": {"quickXorHash": OTHER}}})
LINE = ManifestLine("1", "d", "c1", "e1", "/A/a.jpg", "A/a.jpg", 11, 1000, QUICK, VERIFIED_BY_HASH)
PUT_BACK_LINE = replace(LINE, quick_xor_hash=OTHER, verified=PUT_BACK, put_back_over=QUICK)
OURS, TOUCHED, EDITED = LocalFile(11, 1001), LocalFile(11, 5000), LocalFile(12, 5000)
FOLDER = LocalFile(4096, 1000, is_file=False)


def _manifest(*lines: ManifestLine) -> Manifest:
    manifest = Manifest()
    for line in lines:
        manifest.take(line)
    return manifest


def _recorded(line: ManifestLine = LINE) -> ManifestLine:
    recorded = _manifest(line).find(line.drive_id, line.id)
    assert recorded is not None
    return recorded


RECORDED = _recorded()
ELSEWHERE = _recorded(replace(LINE, path="/B/b.jpg", place="B/b.jpg"))


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
    item: DriveItem, local: LocalFile | None, recorded: ManifestLine | None, action: Action
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
        (
            replace(ITEM, facets={"file": {"hashes": {"sha1Hash": "AB" * 20}}}, ctag="x"),
            replace(LINE, sha1="ab" * 20),
            True,
        ),
        (replace(ITEM, facets={"file": {"hashes": {"sha1Hash": "AB"}}}, ctag="x"), replace(LINE, sha1="ab"), False),
        (ITEM, replace(LINE, verified=DIFFERS_BY_DESIGN), True),
        (replace(ITEM, etag="e2"), replace(LINE, verified=DIFFERS_BY_DESIGN), False),
        (replace(ITEM, etag=""), replace(LINE, verified=DIFFERS_BY_DESIGN), True),
        (ITEM, replace(LINE, verified=VERIFIED_BY_REPEAT), True),
        (replace(ITEM, etag="e2"), replace(LINE, verified=VERIFIED_BY_REPEAT), False),
        (ITEM, PUT_BACK_LINE, True),
        (replace(ITEM, ctag="moved to another back end"), PUT_BACK_LINE, True),
        (replace(CHANGED, ctag="c9"), PUT_BACK_LINE, True),
        (replace(CHANGED, facets={"file": {"hashes": {"quickXorHash": THIRD}}}), PUT_BACK_LINE, False),
    ],
)
def test_when_content_counts_as_the_same(item: DriveItem, line: ManifestLine, same: bool) -> None:
    assert is_same_content(item, _recorded(line)) is same


def _plan(
    items: list[DriveItem],
    *lines: ManifestLine,
    disk: dict[str, LocalFile] | None = None,
    rules: NameRules = MACOS_RULES,
    **request: Any,  # noqa: ANN401  # passed on
) -> DownloadPlan:
    asked = DownloadRequest(today=date(2026, 11, 24), **request)
    return make_plan(items, _manifest(*lines), LocalPaths(rules), (disk or {}).get, request=asked)


def test_what_came_with_other_bytes_counts_as_it_is_listed_so_that_all_sums_agree() -> None:
    came = replace(LINE, size_bytes=5, verified=DIFFERS_BY_DESIGN)

    plan = _plan([ITEM], came, disk={"A/a.jpg": LocalFile(5, 1000)})

    assert (plan.there, plan.there_bytes, plan.chosen_bytes) == (1, 11, 11)


LOWER = replace(ITEM, id="0", name="A.JPG", path="/A/A.JPG")  # its place is the same on many disks
HIGHER = replace(LOWER, id="2", size=1)


@pytest.mark.parametrize(
    ("items", "disk", "request_", "wanted", "there"),
    [
        ([LOWER, ITEM], {"A/a.jpg": OURS}, {}, "0", 1),
        ([ITEM, HIGHER], {}, {"selection": Selection(max_size=5)}, "2", 0),
        ([ITEM, HIGHER], {"A/a.jpg": OURS}, {"only": frozenset({"2", "3"})}, "2", 0),
    ],
    ids=["a lower id comes to want it", "left out by choice", "not tried again"],
)
def test_a_recorded_place_stays_its_file_s(
    items: list[DriveItem], disk: dict[str, LocalFile], request_: dict[str, Any], wanted: str, there: int
) -> None:
    plan = _plan(items, LINE, disk=disk, **request_)

    assert [(row.id, row.place.startswith("A/A~")) for row in plan.wanted] == [(wanted, True)]
    assert (plan.there, plan.settled) == (there, set())
    if "only" in request_:
        assert plan.found == {"2"}
    else:
        assert (plan.listed, plan.listed_bytes) == (2, sum(item.size or 0 for item in items))
        assert plan.chosen == 1 + there


def test_what_stands_in_anothers_place_is_not_moved_though_it_has_the_size_and_time() -> None:
    other = replace(ITEM, id="2", name="b.jpg", path="/B/b.jpg")
    lines = [replace(LINE, place="B/b.jpg", layout="date"), replace(LINE, id="2", path="/B/b.jpg", place="B/b.jpg")]

    plan = _plan([ITEM, other], *lines, disk={"B/b.jpg": OURS}, rules=LINUX_RULES)

    assert (plan.there, [row.id for row in plan.wanted], plan.moved) == (1, ["1"], [])


@pytest.mark.parametrize(
    "other", [{"size": 12}, {"drive_id": "another"}, {"facets": {"file": {}}}, {"facets": CHANGED.facets}]
)
def test_what_is_not_equal_for_certain_is_no_twin(other: dict[str, Any]) -> None:
    twin = replace(ITEM, id="2", name="b", path="/A/b")
    link = Selection(duplicates=Duplicates.LINK)

    assert len(_plan([ITEM, twin], selection=link).twins) == 1
    plan = _plan([ITEM, replace(twin, **other)], selection=link)
    assert (len(plan.wanted), plan.twins) == (2, [])


@pytest.mark.parametrize(("layout", "folder"), [(Layout.ONEDRIVE, "A"), (Layout.DATE, "2019/2019-06")])
def test_places_do_not_depend_on_the_order_of_the_list(layout: Layout, folder: str) -> None:
    items = [
        replace(ITEM, id=name, name=name, path=f"/A/{name}", created="2019-06-05") for name in ("x.t", "X.t", "X.T")
    ]

    here, there = (
        {row.id: row.place for row in _plan(order, selection=Selection(layout=layout)).wanted}
        for order in (items, items[::-1])
    )

    assert here == there
    assert {place.rpartition("/")[0] for place in here.values()} == {folder}
    assert len({place.lower() for place in here.values()}) == 3


# --- what it needs ----------------------------------------------------------------------------------------------------

DISK = DiskRoom(free_bytes=10**12, block_bytes=1000)


def _row(name: str, size: int) -> WantedFile:
    return WantedFile(id=name, drive_id="d", parent_id="p", folder="", name=name, size_bytes=size, ctag="", place=name)


@pytest.mark.parametrize(
    ("sizes", "begun_bytes", "need"),
    [
        ([1, 2500], 0, (2, 2501, 0, 0, 4000)),
        ([9000], 5000, (1, 9000, 1, 5000, 4000)),
        ([9000], 50_000, (1, 9000, 1, 9000, 0)),
    ],
)
def test_what_is_wanted_is_added_up_in_whole_blocks_without_what_is_here_of_it(
    sizes: list[int], begun_bytes: int, need: tuple[int, ...]
) -> None:
    begun = {partial_name("d", "0"): begun_bytes} if begun_bytes else {}

    found = measure_need([_row(f"{number}", size) for number, size in enumerate(sizes)], begun, lambda _: None, DISK)

    assert (found.files, found.size_bytes, found.begun_files, found.begun_bytes, found.room_bytes) == need


def test_what_has_the_size_of_the_file_costs_nothing_and_as_many_files_as_possible_fit() -> None:
    local = {"a": LocalFile(9000, 1), "b": LocalFile(8999, 1), "c": LocalFile(9000, 1, is_file=False)}

    need = measure_need([_row(name, 9000) for name in "abc"], {}, local.get, DISK)

    assert (need.alike_files, need.alike_bytes, need.room_bytes) == (1, 9000, 18_000)
    need = FetchNeed(costs={("d", "big"): 50, ("d", "small"): 10, ("d", "middle"): 20, ("d", "here"): 0})

    assert choose_fitting(need, 35) == {("d", "here"), ("d", "small"), ("d", "middle")}
    assert choose_fitting(need, 80) == set(need.costs)
    assert choose_fitting(need, 0) == {("d", "here")}


def test_the_bytes_that_are_here_of_what_can_be_continued_are_counted_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.part").write_bytes(b"a" * 300_000)
    (tmp_path / "b.part").write_bytes(b"")
    (tmp_path / "cannot go on.part").write_bytes(b"a" * 1000)
    for name in ("a", "b", "nothing"):
        (tmp_path / f"{name}.json").write_text("{}")

    assert read_begun(tmp_path) == {"a": 300_000, "b": 0}
    assert read_begun(tmp_path / "none") == {}


@pytest.mark.posix("word about what a file takes of the disk")
def test_the_holes_of_a_file_in_parts_are_not_here(tmp_path: Path) -> None:
    with (tmp_path / "a.part").open("wb") as stream:
        stream.write(b"a" * 100_000)
        stream.truncate(50_000_000)
    (tmp_path / "a.json").write_text("{}")

    assert 100_000 <= read_begun(tmp_path)["a"] < 2_000_000
