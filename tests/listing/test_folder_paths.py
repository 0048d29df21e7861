"""Where folders are: paths by ids, in whatever order they come."""

from __future__ import annotations

import pytest

from onedrive.listing.catalogue import FolderPaths


def _paths(*places: tuple[bytes, bytes, bytes]) -> FolderPaths:
    paths = FolderPaths(b"root", b"")
    for place in places:
        paths.put(*place)
    return paths


def test_children_may_come_before_their_parents() -> None:
    paths = _paths((b"3", b"2", b"c"), (b"2", b"1", b"b"), (b"1", b"root", b"a"))

    assert [paths.path_of(key) for key in (b"3", b"1", b"root")] == [b"/a/b/c", b"/a", b""]


def test_the_last_place_counts() -> None:
    paths = _paths((b"1", b"root", b"old"), (b"1", b"root", b"new"))

    assert paths.path_of(b"1") == b"/new"


@pytest.mark.parametrize(
    "places",
    [
        [(b"1", b"nowhere", b"a")],
        [(b"1", b"2", b"a"), (b"2", b"1", b"b")],
        [(b"1", b"1", b"a")],
        [],
    ],
)
def test_what_does_not_lead_to_the_root_has_no_path(places: list[tuple[bytes, bytes, bytes]]) -> None:
    assert _paths(*places).path_of(b"1") is None


def test_a_parent_that_comes_late_gives_the_path() -> None:
    paths = _paths((b"2", b"1", b"b"))
    assert paths.path_of(b"2") is None

    paths.put(b"1", b"root", b"a")

    assert paths.path_of(b"2") == b"/a/b"


def test_another_spelling_of_a_folder_means_that_folder() -> None:
    paths = _paths((b"0F1", b"root", b"a"), (b"2", b"F1", b"b"))
    paths.put_alias(b"F1", b"0F1")

    assert paths.path_of(b"2") == b"/a/b"
    assert sorted(paths) == [b"0F1", b"2", b"F1", b"root"]


def test_below_a_chosen_folder_paths_begin_with_its_own_and_all_else_is_outside() -> None:
    paths = FolderPaths(b"chosen", b"/Pictures/2023")
    paths.set_drive_root(b"root")
    for place in ((b"1", b"chosen", b"May"), (b"2", b"root", b"Music"), (b"3", b"2", b"x"), (b"4", b"nowhere", b"y")):
        paths.put(*place)

    assert paths.path_of(b"1") == b"/Pictures/2023/May"
    assert paths.path_of(b"3") is None
    assert [paths.is_outside(key) for key in (b"3", b"4", b"root")] == [True, False, True]


def test_a_very_deep_tree_is_no_trouble() -> None:
    paths = _paths((b"0", b"root", b"d"), *((b"%d" % n, b"%d" % (n - 1), b"d") for n in range(1, 5000)))

    path = paths.path_of(b"4999")

    assert path is not None
    assert path.count(b"/") == 5000
