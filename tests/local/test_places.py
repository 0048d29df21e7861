"""A place below downloads for every item."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onedrive.choosing.selection import Layout, Selection
from onedrive.errors import SettingsError
from onedrive.local.filing import Filing
from onedrive.local.names import FAT_RULES, LINUX_RULES, MACOS_RULES, WINDOWS_RULES, NameRules
from onedrive.local.places import LocalPaths, recorded_folder_places


@pytest.mark.parametrize(
    ("rules", "first", "second", "places"),
    [
        (LINUX_RULES, "/A/a.txt", "/A/A.txt", ("A/a.txt", "A/A.txt")),
        (MACOS_RULES, "/A/a.txt", "/A/A.txt", ("A/a.txt", "A/A~*.txt")),
        (WINDOWS_RULES, "/A/a.txt", "/A/A.txt", ("A/a.txt", "A/A~*.txt")),
        (WINDOWS_RULES, "/a?", "/a*", ("a_", "a_~*")),
        (WINDOWS_RULES, "/a?/x", "/a*/x", ("a_/x", "a_~*/x")),
        (WINDOWS_RULES, "/a?/x", "/a_", ("a_/x", "a_~*")),
        (LINUX_RULES, "/.partial", "/A/.partial", (".partial~*", "A/.partial")),
        (WINDOWS_RULES, "/.PARTIAL", "/.partial/x", (".PARTIAL~*", ".partial~*/x")),
    ],
)
def test_each_file_has_its_place_and_none_is_another_ones_or_ours(
    rules: NameRules, first: str, second: str, places: tuple[str, str]
) -> None:
    paths = LocalPaths(rules)

    for number, (path, place) in enumerate(zip((first, second), places, strict=True)):
        folder, _, name = path.rpartition("/")
        assert fnmatchcase(paths.choose(folder, name, f"id {number}"), place)


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


def test_given_and_held_places_are_known_and_nobody_elses() -> None:
    paths = LocalPaths(MACOS_RULES)
    place = paths.choose("/A", "a.txt", "id")

    assert paths.is_given_to_file("A/A.TXT")
    assert not paths.is_given("A/b.txt")
    assert (paths.is_given("A"), paths.is_given_to_file("A"), paths.folder_places()) == (True, False, {"", "A"})
    assert paths.choose_another(place, "id").startswith("A/a~")
    assert paths.hold("B/b.txt", "id 2")
    assert paths.hold("B/b.txt", "id 2")
    assert not paths.hold("B/B.TXT", "another")
    assert paths.choose("/B", "b.txt", "another").startswith("B/b~")


def test_a_pattern_that_makes_no_folder_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match="pattern"):
        Filing(Selection(layout=Layout.DATE, pattern="{colour}"))


_LETTERS = st.sampled_from(
    [*"aA.: ~?/_", "\u00e9", "e\u0301", "\u00df", "ss", "\ud800", "\u4e00" * 90, "x" * 120, ".jpg"]
)
_NAMES = st.lists(_LETTERS, min_size=1, max_size=4).map("".join)


@settings(deadline=None, max_examples=40)
@given(names=st.lists(_NAMES, min_size=1, max_size=12))
@pytest.mark.parametrize("rules", [LINUX_RULES, MACOS_RULES, WINDOWS_RULES, FAT_RULES])
def test_whatever_the_names_no_two_items_share_a_place_and_each_keeps_its_own(
    rules: NameRules, names: list[str]
) -> None:
    items = {f"id {number:02}": name for number, name in enumerate(names)}
    paths = LocalPaths(rules)
    kin, others = [*items][::2], [*items][1::2]  # the names of the first share a mark
    together = paths.choose_together("/A", [(items[item_id], item_id) for item_id in kin], "id 00")
    places = dict(zip(kin, together, strict=True))
    places |= {item_id: paths.choose("/A", items[item_id], item_id) for item_id in others}

    assert all(place.count("/") == 1 for place in places.values())
    assert len({rules.key(place) for place in places.values()}) == len(items)
    assert all(rules.length(place.rpartition("/")[2]) <= rules.longest for place in places.values())
    again = LocalPaths(rules)
    assert all(again.keep("/A", place, item_id) for item_id, place in sorted(places.items(), reverse=True))
