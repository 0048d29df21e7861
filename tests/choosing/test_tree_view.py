"""The chosen tree as lines."""

from __future__ import annotations

import io

import pytest

from onedrive.choosing.folders import MOST_FOLDERS, build_folder_tree, describe_part, show_tree
from onedrive.choosing.index import ListIndex
from onedrive.graph.traits import Share
from onedrive.terminal.terminal import Terminal
from tests.choosing.test_folder_picker import index_of

PATHS = ["/A/x/1.txt", "/A/x/2.txt", "/A/3.txt", "/B/4.txt", "/5.txt"]


def _tree(index: ListIndex, mask: bytes, depth: int = 2) -> list[str]:
    """The folders' column."""
    said = io.StringIO()
    show_tree(Terminal(stdin=io.StringIO(), stdout=said, environ={}), index, mask, depth=depth)
    return [line[:6].rstrip() for line in said.getvalue().splitlines()[2:]]


@pytest.mark.parametrize(
    ("chosen", "whole", "words"),
    [
        (Share(2, 10), Share(2, 10), "all"),
        (Share(0, 0), Share(2, 10), "none"),
        (Share(1, 5), Share(2, 10), "50%"),
        (Share(1, 1), Share(2, 1000), "under 1%"),
        (Share(1, 999), Share(2, 1000), "99%"),
        (Share(1, 10), Share(2, 10), "99%"),
        (Share(1, 0), Share(4, 0), "25%"),
    ],
)
def test_a_part_is_said_in_a_word(chosen: Share, whole: Share, words: str) -> None:
    assert describe_part(chosen, whole) == words


def test_every_folder_counts_what_is_below_it() -> None:
    index = index_of(PATHS)
    root = build_folder_tree(index.folders(b"\1\0\1\0\1"))

    counts = {node.path: (node.whole.files, node.chosen.files) for _, node in root.walk(9)}
    assert counts == {"/A": (3, 2), "/A/x": (2, 1), "/B": (1, 0)}
    assert (root.whole, root.chosen.files) == (index.whole, 3)
    assert [node.path for _, node in root.walk(1)] == ["/A", "/B"]
    assert root.name == "/"


def test_the_tree_goes_to_a_depth_and_leaves_out_what_has_nothing_chosen() -> None:
    index = index_of(PATHS)

    shown = [_tree(index, b"\1\1\1\0\1", depth) for depth in (0, 1, 2)]

    assert shown == [["/"], ["/", "  A"], ["/", "  A", "    x"]]


def test_of_very_many_folders_the_rest_is_counted() -> None:
    said = io.StringIO()
    index = index_of([f"/F{number:03}/a" for number in range(MOST_FOLDERS + 5)])

    show_tree(Terminal(stdin=io.StringIO(), stdout=said, environ={}), index, index.all_files)

    assert "  and 5 folders more      5" in said.getvalue()
