"""A place below downloads for every item."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedrive.local.names import FAT_RULES, LINUX_RULES, MACOS_RULES, WINDOWS_RULES, NameRules
from onedrive.local.places import LocalPaths, recorded_folder_places


def test_files_stand_where_they_stand_on_onedrive() -> None:
    paths = LocalPaths(LINUX_RULES)

    assert paths.choose("/Pictures/2023", "a.jpg", "id") == "Pictures/2023/a.jpg"
    assert paths.choose("", "b.jpg", "id 2") == "b.jpg"


@pytest.mark.parametrize("rules", [MACOS_RULES, WINDOWS_RULES, FAT_RULES])
def test_names_that_differ_by_case_get_two_places_where_the_disk_is_blind_for_it(rules: NameRules) -> None:
    paths = LocalPaths(rules)

    places = [paths.choose("/A", "a.txt", "id 1"), paths.choose("/A", "A.txt", "id 2")]

    assert places[0] == "A/a.txt"
    assert places[1].startswith("A/A~")
    assert places[1].endswith(".txt")


def test_names_that_differ_by_case_are_kept_where_the_disk_tells_them_apart() -> None:
    paths = LocalPaths(LINUX_RULES)

    assert [paths.choose("", name, name) for name in ("a", "A")] == ["a", "A"]


def test_names_that_become_the_same_by_making_them_safe_stay_apart() -> None:
    paths = LocalPaths(WINDOWS_RULES)

    assert paths.choose("", "a?", "id 1") == "a_"
    assert paths.choose("", "a*", "id 2").startswith("a_~")


def test_a_folder_and_a_file_with_one_safe_name_stay_apart() -> None:
    paths = LocalPaths(WINDOWS_RULES)

    assert paths.folder_place("/a?") == "a_"
    assert paths.choose("", "a_", "id").startswith("a_~")


def test_two_folders_with_one_safe_name_keep_their_files_apart() -> None:
    paths = LocalPaths(WINDOWS_RULES)

    assert paths.choose("/a?", "x", "id 1") == "a_/x"
    second = paths.choose("/a*", "x", "id 2")
    assert second.startswith("a_~")
    assert second.endswith("/x")


def test_our_own_folder_is_never_a_place_for_an_item() -> None:
    assert LocalPaths(LINUX_RULES).choose("", ".partial", "id").startswith(".partial~")
    assert LocalPaths(LINUX_RULES).choose("/.partial", "x", "id").startswith(".partial~")
    assert LocalPaths(WINDOWS_RULES).choose("", ".PARTIAL", "id").startswith(".PARTIAL~")
    assert LocalPaths(LINUX_RULES).choose("/A", ".partial", "id") == "A/.partial"


@pytest.mark.parametrize("path", ["/..", "/../..", "/./..", "/a/../..", "//etc", "/\0", "/..\\.."])
@pytest.mark.parametrize("rules", [LINUX_RULES, WINDOWS_RULES])
def test_hostile_folders_stay_below_downloads(path: str, rules: NameRules) -> None:
    place = LocalPaths(rules).choose(path, "..", "id")

    assert not {"", ".", ".."} & set(place.split("/"))
    assert "\0" not in place
    assert rules is LINUX_RULES or "\\" not in place


def test_a_recorded_place_is_kept_though_a_name_before_it_would_want_it() -> None:
    paths = LocalPaths(MACOS_RULES)

    assert paths.keep("", "a~recorded.txt", "id 2")
    assert paths.keep("", "A.txt", "id 1")

    assert paths.choose("", "a.txt", "id 0").startswith("a~")


@pytest.mark.parametrize("place", ["../a", "/etc/passwd", "A/../../a", "B/a", "a:b", "A/", ""])
def test_a_recorded_place_that_is_not_right_for_the_folder_is_refused(place: str) -> None:
    assert not LocalPaths(WINDOWS_RULES).keep("/A", place, "id")


def test_recorded_places_of_folders_are_used_again() -> None:
    recorded = recorded_folder_places([("/x/a*/deep", "x/a_~1234/deep"), ("/x", "x"), ("/odd", "very/odd")])

    assert recorded == {"/x/a*/deep": "x/a_~1234/deep", "/x/a*": "x/a_~1234", "/x": "x"}
    assert LocalPaths(WINDOWS_RULES, recorded).choose("/x/a*", "f", "id") == "x/a_~1234/f"
    assert LocalPaths(LINUX_RULES, {"/a": "../b"}).choose("/a", "f", "id") == "a/f"


def test_another_place_is_beside_the_first() -> None:
    paths = LocalPaths(LINUX_RULES)
    place = paths.choose("/A", "a.txt", "id")

    assert paths.choose_another(place, "id").startswith("A/a~")


_LETTERS = st.sampled_from(
    [*"aA.: ~?/_", "\u00e9", "e\u0301", "\u00df", "ss", "\ud800", "\u4e00" * 90, "x" * 120, ".jpg"]
)
_NAMES = st.lists(_LETTERS, min_size=1, max_size=4).map("".join)


@given(names=st.lists(_NAMES, min_size=1, max_size=12))
@pytest.mark.parametrize("rules", [LINUX_RULES, MACOS_RULES, WINDOWS_RULES, FAT_RULES])
def test_whatever_the_names_no_two_items_share_a_place_and_each_keeps_its_own(
    rules: NameRules, names: list[str]
) -> None:
    items = {f"id {number:02}": name for number, name in enumerate(names)}
    paths = LocalPaths(rules)
    places = {item_id: paths.choose("/A", name, item_id) for item_id, name in items.items()}

    keys = {rules.key(place) for place in places.values()}
    assert len(keys) == len(items)
    assert all(rules.length(place.rpartition("/")[2]) <= rules.longest for place in places.values())
    again = LocalPaths(rules)
    assert all(again.keep("/A", place, item_id) for item_id, place in sorted(places.items(), reverse=True))


def test_given_places_are_known_and_others_are_not() -> None:
    paths = LocalPaths(MACOS_RULES)
    paths.choose("/A", "a.txt", "id")

    assert paths.is_given("A/A.TXT")
    assert not paths.is_given("A/b.txt")
    assert not paths.is_given("B/a.txt")
    assert paths.folder_places() == {"", "A"}


def test_a_held_place_is_nobody_elses() -> None:
    paths = LocalPaths(MACOS_RULES)

    assert paths.hold("A/a.txt", "id")
    assert paths.hold("A/a.txt", "id")
    assert not paths.hold("A/A.TXT", "another")
    assert paths.choose("/A", "a.txt", "another").startswith("A/a~")


def test_a_folders_name_is_given_to_no_file() -> None:
    paths = LocalPaths(LINUX_RULES)
    paths.folder_place("/A")
    paths.hold("b", "id")

    assert (paths.is_given("A"), paths.is_given_to_file("A")) == (True, False)
    assert paths.is_given_to_file("b")


def test_a_hundred_thousand_places_take_little_time() -> None:
    paths = LocalPaths(WINDOWS_RULES)
    began = time.perf_counter()

    places = {paths.choose(f"/folder {n % 500}/deeper", f"IMG_{n:06}.jpg", f"id {n}") for n in range(100_000)}

    assert len(places) == 100_000
    assert time.perf_counter() - began < 5
