"""What a listing says at its end: the drive at a glance, what changed, what is not listed; it drives no terminal."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onedrive.graph.drive import DriveFacts
from onedrive.graph.item import MALWARE_REASON, from_graph
from onedrive.home.lists import FILE_LIST, ListException, ListState
from onedrive.home.verification import ItemClass, VerifiedItem
from onedrive.listing import reasons
from onedrive.listing.list_import import open_catalogue
from onedrive.listing.summary import (
    ChangeReport,
    count_drive,
    show_changes,
    show_difference,
    show_failures,
    show_glance,
)
from onedrive.report.help import Topic, topic_of
from onedrive.terminal.terminal import Terminal
from tests.list_lines import line_of_item

LONG = {"path": "/Pictures/" + "x" * 90, "size_bytes": 4_000_000_000, "inner": []}
GLANCE = {
    "whole": [3210, 8_000_000_000],
    "kinds": {"photos": [3000, 5_000_000_000], "videos": [200, 3_000_000_000], "documents": [10, 1000]},
    "years": {"2019": [10, 1000], "2023": [3200, 7_999_999_000]},
    "folders": [{"path": "/Pictures", "size_bytes": 5_000_000_000, "inner": [LONG]}],
    "largest": [[900_000_000, "/Videos/bad\x1b[2Jname.mp4"], [800_000_000, "/Videos/b.mp4"]],
}
FACTS = DriveFacts("d", "a", kind="personal", quota_total=10_000_000_000, quota_used=8_000_000_000)


def _said(show: Callable[..., object], *what: object, verbose: bool = False) -> str:
    output = io.StringIO()
    show(Terminal(stdin=io.StringIO(), stdout=output, no_input=True, verbose=verbose, environ={}), *what)
    return output.getvalue()


def test_the_figures_take_three_lines_and_the_rest_comes_with_verbose_and_drives_no_terminal() -> None:
    assert _said(show_glance, GLANCE, FACTS).splitlines() == [
        "Kinds: photos 3,000 (5.0 GB), videos 200 (3.0 GB), documents 10 (1.0 kB).",
        "Files by year: 2019 (10), 2023 (3,200).",
        "Space used in OneDrive: 8.0 GB of 10.0 GB (80%).",
    ]

    said = _said(show_glance, GLANCE, FACTS, verbose=True)

    assert "\x1b" not in said
    assert max(len(line) for line in said.splitlines()) < 80
    for line in ("2023  8.0 GB", "/Pictures  ", "  /Pictures/xxx", "/Videos/bad\\x1b[2Jname.mp4  900 MB"):
        assert f"\n{line}" in said


MB = 1_000_000


@pytest.mark.parametrize(
    ("used", "deleted", "listed", "words"),
    [
        (80 * MB, 0, 100 * MB, "80.0 MB as used, but lists files of 100 MB: some of the sizes it lists must be wrong."),
        (96 * MB, 0, 100 * MB, ""),
        (0, 0, 90 * MB, ""),
        (150 * MB, 0, 100 * MB, ""),
        (151 * MB, 0, 100 * MB, "151 MB as used, but lists files of 100 MB: earlier versions, the recycle bin and"),
        (151 * MB, 2 * MB, 100 * MB, ""),
        (9 * MB, 0, 0, ""),
        (None, 0, 100 * MB, ""),
    ],
)
def test_the_drives_own_figure_is_said_where_it_cannot_be_explained(
    used: int | None, deleted: int, listed: int, words: str
) -> None:
    facts = DriveFacts("d", "a", quota_used=used, quota_deleted=deleted)

    said = _said(show_difference, ListState("", "a", "d", size_bytes=listed), facts)

    assert words in said
    assert bool(words) == bool(said)
    for other in ({"root_path": "/A"}, {"shared": True}):
        assert _said(show_difference, ListState("", "a", "d", size_bytes=listed, **other), facts) == ""


def test_changes_are_counted_and_the_first_few_named() -> None:
    report = ChangeReport(new=[f"/new {n}" for n in range(8)], gone=["/old"], moved=[("/a", "/b")], moved_along=7)

    said = _said(show_changes, report)

    assert "Since the last list: 8 new, 1 moved or renamed, 1 gone." in said
    for words in ("new: /new 4", "new: and 3 more", "moved: /a -> /b", "7 items moved along"):
        assert words in said
    assert "/new 5" not in said


def test_failures_are_told_by_their_reasons_and_apart_from_what_can_never_be() -> None:
    entries = [ListException(f"/{n}", str(n), f"reason {n // 6}", by_nature=n > 9) for n in range(20)]

    said = _said(show_failures, ListState("", "a", "d", exceptions=tuple(entries)))

    assert said.splitlines() == [
        "10 things could not be listed this time:",
        "  /0, /1, /2 and 3 more (see list_state.json): reason 0.",
        "  /6, /7, /8 and 1 more (see list_state.json): reason 1.",
    ]


@pytest.mark.parametrize(
    ("reason", "topic"),
    [
        (reasons.VAULT, Topic.VAULT), (reasons.NOTEBOOK, Topic.NOTEBOOK), (reasons.SHORTCUT, Topic.SHORTCUT),
        (reasons.SHORTCUT_BROKEN, Topic.SHORTCUT), (MALWARE_REASON, Topic.MALWARE),
    ],
)  # fmt: skip
def test_the_report_knows_its_help_by_the_reason(reason: str, topic: Topic) -> None:
    assert topic_of(VerifiedItem("1", "d", "/x", ItemClass.UNAVAILABLE, "", reason=reason)) is topic


def _glance(home: Path, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What is counted of files at these paths."""
    items = [
        from_graph({"id": path, "name": path.rpartition("/")[2], "file": {}, **row}).with_path(path)
        for path, row in rows.items()
    ]
    (home / FILE_LIST).write_bytes(b"[" + b",".join(map(line_of_item, items)) + b"]")
    with open_catalogue(home, print) as database:
        return count_drive(database)


def test_files_are_counted_by_kind_and_year(home: Path) -> None:
    rows: dict[str, dict[str, Any]] = {
        "/a.jpg": {"size": 1, "photo": {"takenDateTime": "2013-07-01T00:00:00Z"}},
        "/b.mp4": {"size": 2, "lastModifiedDateTime": "2021-01-01T00:00:00Z"},
        "/c.jpg": {"size": 4, "lastModifiedDateTime": "2021-01-01T00:00:00Z"},
        "/d": {"lastModifiedDateTime": "0001-01-01T00:00:00Z"},
    }

    glance = _glance(home, rows)

    assert glance["whole"] == [4, 7]
    assert glance["kinds"] == {"photos": [2, 5], "videos": [1, 2], "other files": [1, 0]}
    assert glance["years"] == {"2013": [1, 1], "2021": [2, 6], "unknown": [1, 0]}
    assert list(glance["kinds"]) == ["photos", "videos", "other files"]


def test_folders_hold_all_that_is_below_them_and_come_with_the_largest_in_them(home: Path) -> None:
    sizes = {"/A/B/C/x": 100, "/A/B/y": 10, "/A/z": 1, "/D/E/w": 500, "/v": 7}

    glance = _glance(home, {path: {"size": size} for path, size in sizes.items()})

    assert glance["folders"] == [
        {"path": "/D", "size_bytes": 500, "inner": [{"path": "/D/E", "size_bytes": 500, "inner": []}]},
        {"path": "/A", "size_bytes": 111, "inner": [{"path": "/A/B", "size_bytes": 110, "inner": []}]},
    ]
    assert glance["largest"] == [[500, "/D/E/w"], [100, "/A/B/C/x"], [10, "/A/B/y"], [7, "/v"], [1, "/A/z"]]


def test_only_the_largest_are_named(home: Path) -> None:
    rows = {f"/{top:02}/{inner}/{name}": {"size": top} for top in range(14) for inner in range(4) for name in range(2)}

    glance = _glance(home, rows)

    assert [entry["path"] for entry in glance["folders"]] == [f"/{top:02}" for top in range(13, 1, -1)]
    assert [entry["path"] for entry in glance["folders"][0]["inner"]] == ["/13/0", "/13/1", "/13/2"]
    assert [path for _, path in glance["largest"]] == [
        *(f"/13/{inner}/{name}" for inner in range(4) for name in range(2)), "/12/0/0", "/12/0/1",
    ]  # fmt: skip


def test_a_drive_without_files_has_an_empty_glance(home: Path) -> None:
    glance = _glance(home, {})

    assert json.loads(json.dumps(glance)) == {"whole": [0, 0], "kinds": {}, "years": {}, "folders": [], "largest": []}
