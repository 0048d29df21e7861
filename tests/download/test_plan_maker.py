"""Sorting the items of a list into a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from onedrive.choosing.chooser import DownloadRequest
from onedrive.choosing.selection import Duplicates, Layout, Selection
from onedrive.download.plan import make_plan
from onedrive.graph.item import DriveItem, Kind
from onedrive.home.manifest import DIFFERS_BY_DESIGN, VERIFIED_BY_HASH, Manifest, ManifestLine
from onedrive.local.names import LINUX_RULES, MACOS_RULES
from onedrive.local.places import LocalPaths
from onedrive.local.proof import LocalFile

QUICK = "aCgDG9jwBhDc4Q1yawMZAAAAAAA="
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
LINE = ManifestLine("1", "d", "c1", "e1", "/A/a.jpg", "A/a.jpg", 11, 1000, QUICK, VERIFIED_BY_HASH, "")
OURS, EDITED = LocalFile(11, 1001), LocalFile(12, 5000)
FOLDER = LocalFile(4096, 1000, is_file=False)
TODAY = date(2026, 11, 24)


def _manifest(*lines: ManifestLine) -> Manifest:
    manifest = Manifest()
    for line in lines:
        manifest.take(line)
    return manifest


def _disk(files: dict[str, LocalFile]) -> Callable[[str], LocalFile | None]:
    return lambda place: files.get(place)


def test_what_came_with_other_bytes_counts_as_it_is_listed_so_that_all_sums_agree() -> None:
    came = replace(LINE, size_bytes=5, verified=DIFFERS_BY_DESIGN)

    plan = make_plan([ITEM], _manifest(came), LocalPaths(LINUX_RULES), _disk({"A/a.jpg": LocalFile(5, 1000)}))

    assert (plan.there, plan.there_bytes, plan.chosen_bytes) == (1, 11, 11)


def test_a_recorded_place_stays_when_a_lower_id_comes_to_want_it() -> None:
    newcomer = replace(ITEM, id="0", name="A.JPG", path="/A/A.JPG")

    plan = make_plan([newcomer, ITEM], _manifest(LINE), LocalPaths(MACOS_RULES), _disk({"A/a.jpg": OURS}))

    assert plan.there == 1
    assert plan.wanted[0].place.startswith("A/A~")


def _items(*names: str) -> list[DriveItem]:
    """Files in one folder, all of one day and with one content."""
    return [
        replace(ITEM, id=name, name=name, path=f"/A/{name}", etag=f"e{name}", ctag=f"c{name}", created="2019-06-05")
        for name in names
    ]


def test_what_is_left_out_is_counted_and_told_and_keeps_its_place() -> None:
    told: list[tuple[str, ...]] = []
    small = replace(ITEM, id="2", name="A.JPG", path="/A/A.JPG", size=1)
    request = DownloadRequest(Selection(max_size=5), TODAY)

    plan = make_plan(
        [ITEM, small],
        _manifest(LINE),
        LocalPaths(MACOS_RULES),
        _disk({}),
        request=request,
        tell_skipped=lambda item, action, place, why: told.append((item.id, action, place, why)),
    )

    assert (plan.listed, plan.listed_bytes, plan.chosen, plan.chosen_bytes) == (2, 12, 1, 1)
    assert told == [("1", "left_out", "", "by its size")]
    assert plan.listed_in == {"p": 2}
    assert [row.place.startswith("A/A~") for row in plan.wanted] == [True]


def test_what_stands_in_anothers_place_is_not_moved_though_it_has_the_size_and_time() -> None:
    other = replace(ITEM, id="2", name="b.jpg", path="/B/b.jpg")
    lines = [
        replace(LINE, place="B/b.jpg", layout="date"),
        replace(LINE, id="2", path="/B/b.jpg", place="B/b.jpg"),
    ]

    plan = make_plan([ITEM, other], _manifest(*lines), LocalPaths(LINUX_RULES), _disk({"B/b.jpg": OURS}))

    assert (plan.there, [row.id for row in plan.wanted], plan.moved) == (1, ["1"], [])


@pytest.mark.parametrize(
    ("duplicates", "ways"), [(Duplicates.ALL, []), (Duplicates.LINK, ["LINK"] * 2), (Duplicates.ONCE, ["NAME"] * 2)]
)
def test_twins_are_those_with_the_content_of_the_first_by_path(duplicates: Duplicates, ways: list[str]) -> None:
    request = DownloadRequest(Selection(duplicates=duplicates), TODAY)

    plan = make_plan(_items("c", "a", "b"), Manifest(), LocalPaths(LINUX_RULES), _disk({}), request=request)

    assert [twin.way.name for twin in plan.twins] == ways
    assert sorted([*(row.id for row in plan.wanted), *(twin.row.id for twin in plan.twins)]) == ["a", "b", "c"]
    assert not ways or [row.id for row in plan.wanted] == ["a"]
    assert {twin.original.id for twin in plan.twins} <= {"a"}


@pytest.mark.parametrize(
    "other",
    [
        {"size": 12},
        {"drive_id": "another"},
        {"facets": {"file": {}}},
        {"facets": {"file": {"hashes": {"quickXorHash": "AAAAAAAAAAAAAAAAoAAAAAAAAAA="}}}},
    ],
)
def test_what_is_not_equal_for_certain_is_no_twin(other: dict[str, object]) -> None:
    request = DownloadRequest(Selection(duplicates=Duplicates.LINK), TODAY)
    items = [ITEM, replace(ITEM, id="2", name="b", path="/A/b", **other)]  # type: ignore[arg-type]  # of its fields

    plan = make_plan(items, Manifest(), LocalPaths(LINUX_RULES), _disk({}), request=request)

    assert (len(plan.wanted), plan.twins) == (2, [])


def test_only_what_is_tried_again_is_sorted_in_and_the_others_keep_their_places() -> None:
    other = replace(ITEM, id="2", name="A.JPG", path="/A/A.JPG")
    request = DownloadRequest(today=TODAY, only=frozenset({"2", "3"}))

    plan = make_plan([ITEM, other], _manifest(LINE), LocalPaths(MACOS_RULES), _disk({"A/a.jpg": OURS}), request=request)

    assert [row.id for row in plan.wanted] == ["2"]
    assert plan.wanted[0].place.startswith("A/A~")
    assert (plan.found, plan.settled, plan.there) == ({"2"}, set(), 0)


@pytest.mark.parametrize("layout", list(Layout))
def test_places_do_not_depend_on_the_order_of_the_list(layout: Layout) -> None:
    items = _items("x.txt", "X.txt", "X.TXT")
    request = DownloadRequest(Selection(layout=layout), TODAY)

    def places(order: list[DriveItem]) -> dict[str, str]:
        plan = make_plan(order, Manifest(), LocalPaths(MACOS_RULES), _disk({}), request=request)
        return {row.id: row.place for row in plan.wanted}

    assert places(items) == places(items[::-1])
    folder = "2019/2019-06" if layout is Layout.DATE else "A"
    assert {place.rpartition("/")[0] for place in places(items).values()} == {folder}
    assert len({place.lower() for place in places(items).values()}) == 3
