"""The drive at a glance: what is counted in the catalogue of a list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from onedrive.graph.item import from_graph
from onedrive.home.lists import FILE_LIST
from onedrive.listing.catalogue import open_catalogue
from onedrive.listing.glance import count_drive
from tests.list_lines import line_of_item


def _glance(home: Path, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    items = [
        from_graph({"id": path, "name": path.rpartition("/")[2], "file": {}, **row}).with_path(path)
        for path, row in rows.items()
    ]
    (home / FILE_LIST).write_text("[" + ",".join(map(line_of_item, items)) + "]")
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
