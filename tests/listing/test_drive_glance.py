"""The drive at a glance: what is counted from lines is what the records say."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from onedrive.graph.item import DriveItem, from_graph
from onedrive.graph.traits import kind_of
from onedrive.listing.glance import DriveGlance
from onedrive.listing.line import line_of_item

TIME = st.sampled_from(["2019-05-04T10:11:12.573Z", "2024-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "soon", ""])
FILE = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "name": st.sampled_from(
            ["a.jpg", "b.MP4", "c", "d.ts", 'e".svg', "f.docx", "g.heic", "h.bin", ".hidden", "i."]
        ),
        "size": st.integers(0, 10**12),
        "file": st.fixed_dictionaries(
            {},
            optional={"mimeType": st.sampled_from(["image/jpeg", "video/mp4", "IMAGE/PNG", "text/plain", "", "x/y"])},
        ),
    },
    optional={
        "photo": st.fixed_dictionaries({}, optional={"takenDateTime": TIME}),
        "image": st.just({"width": 1}),
        "video": st.just({}),
        "audio": st.just({"title": 'a "video":{'}),
        "lastModifiedDateTime": TIME,
        "fileSystemInfo": st.fixed_dictionaries({}, optional={"lastModifiedDateTime": TIME, "createdDateTime": TIME}),
    },
)
FOLDER = st.sampled_from(["", "/A", "/A/B", "/A/B/C", "/D"])


def _glance(items: list[DriveItem]) -> DriveGlance:
    glance = DriveGlance()
    lines = [line_of_item(item) for item in sorted(items, key=lambda item: item.path)]
    assert list(glance.pass_through(lines)) == lines
    return glance


def _item(row: dict[str, Any], folder: str = "") -> DriveItem:
    return from_graph(row).with_path(f"{folder}/{row['name']}")


@given(rows=st.lists(st.tuples(FILE, FOLDER), max_size=12))
def test_kinds_and_sizes_are_those_of_the_records(rows: list[tuple[dict[str, Any], str]]) -> None:
    items = [_item(*row) for row in rows]

    glance = _glance(items)

    assert (glance.whole.files, glance.whole.size_bytes) == (len(items), sum(item.size or 0 for item in items))
    for kind, share in glance.kinds.items():
        assert share.files == sum(kind_of(item) is kind for item in items)
    assert sum(share.files for share in glance.kinds.values()) == len(items)
    assert sum(share.size_bytes for share in glance.years.values()) == glance.whole.size_bytes


def test_photos_count_for_the_year_in_which_they_were_taken_and_other_files_for_that_of_their_last_change() -> None:
    times = {"fileSystemInfo": {"lastModifiedDateTime": "2021-01-01T00:00:00Z"}}
    taken = {"photo": {"takenDateTime": "2013-07-01T00:00:00Z"}}
    rows: list[dict[str, Any]] = [
        {"id": "1", "name": "a.jpg", "size": 1, "file": {"mimeType": "image/jpeg"}, **times, **taken},
        {"id": "2", "name": "b.txt", "size": 2, "file": {}, **times},
        {"id": "3", "name": "c.txt", "size": 4, "file": {}, "lastModifiedDateTime": "2022-01-01T00:00:00Z"},
        {"id": "4", "name": "d.txt", "size": 8, "file": {}},
        {"id": "5", "name": "e.txt", "size": 16, "file": {}, "lastModifiedDateTime": "0001-01-01T00:00:00Z"},
    ]

    glance = _glance([_item(row) for row in rows])

    assert glance.to_json()["years"] == {"2013": [1, 1], "2021": [1, 2], "2022": [1, 4], "unknown": [2, 24]}


def test_folders_hold_all_that_is_below_them_and_come_with_the_largest_in_them() -> None:
    sizes = {"/A/B/C/x": 100, "/A/B/y": 10, "/A/z": 1, "/D/E/w": 500, "/v": 7}
    items = [_item({"id": p, "name": p[-1], "size": size, "file": {}}, p[:-2]) for p, size in sizes.items()]

    shown = _glance(items).to_json()

    assert shown["folders"] == [
        {"path": "/D", "size_bytes": 500, "inner": [{"path": "/D/E", "size_bytes": 500, "inner": []}]},
        {"path": "/A", "size_bytes": 111, "inner": [{"path": "/A/B", "size_bytes": 110, "inner": []}]},
    ]
    assert shown["largest"] == [[500, "/D/E/w"], [100, "/A/B/C/x"], [10, "/A/B/y"], [7, "/v"], [1, "/A/z"]]


def test_a_drive_without_files_has_an_empty_glance() -> None:
    assert _glance([]).to_json() == {"whole": [0, 0], "kinds": {}, "years": {}, "folders": [], "largest": []}
