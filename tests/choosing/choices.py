"""Choices and drive items for hypothesis: whatever a person may choose, and whatever the service may list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from onedrive.choosing.globs import check_glob
from onedrive.choosing.ranges import DateRange, read_date_range
from onedrive.choosing.selection import Duplicates, Layout, Selection, Sidecar
from onedrive.errors import WrongAnswer
from onedrive.graph.item import LARGEST_SIZE, DriveItem, from_graph, from_json
from onedrive.graph.traits import FileKind
from tests.list_lines import row_of

FOLDERS = ["", "/Pictures", "/Pictures/2019", "/Pictures/2019/raw", "/pictures2", "/Docs", "/Docs/é"]
FOLDERS += ['/Docs/"q"', "/\u03a3"]
Strategies = dict[str, st.SearchStrategy[Any]]
CAMERAS: list[tuple[object, object]] = [
    ("Apple", "iPhone 8"),
    ("Canon", "Canon EOS 80D"),
    ("SONY ", "ILCE-7\0"),
    ("", "Pixel"),
    (7, None),
    ("A\\B", '"'),
]
TIMES = [
    "2019-06-30T23:59:59Z",
    "2019-07-01T00:00:00.123Z",
    "2020-02-29T12:00:00Z",
    "2020-01-01T00:30:00+01:00",
    "2019-02-30T00:00:00Z",
    "2019-06-30T24:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-05:00",
    "2021-01-01",
    "soon",
    "",
]
NAMES = ["a.jpg", "IMG_1.JPG", "b.mp4", "c", "d.ts", "e.svg", ".jpg", ".hid", "i.", "n.docx", 'q".pdf', "b\\s.gif"]
NAMES += ["été.heic", "\ud800.png", "tab\t.txt", "..x.mp3", "IMG_0001.jpg"]
TEXT = st.text(min_size=1, max_size=12)
SIZES = st.one_of(st.integers(0, 12), st.sampled_from([9_999_999, 10_000_000, 10_000_001, LARGEST_SIZE]))
_DAYS = st.dates()

DATE_RANGES = st.one_of(
    st.builds(lambda days: DateRange(last_days=days), st.integers(1, 99_999)),
    st.builds(lambda one, other: DateRange(min(one, other), max(one, other)), _DAYS, _DAYS),
    st.builds(DateRange, _DAYS),
    st.builds(lambda day: DateRange(None, day), _DAYS),
)


def _is_glob(text: str) -> bool:
    try:
        return bool(check_glob(text))
    except WrongAnswer:
        return False


@st.composite
def any_selections(draw: st.DrawFn) -> Selection:
    """Every selection that can be written down."""
    least, most = draw(st.none() | SIZES), draw(st.none() | SIZES)
    if least is not None and most is not None:
        least, most = sorted((least, most))
    folders = st.lists(TEXT.map("/".__add__), max_size=3).map(tuple)
    texts = st.lists(TEXT, max_size=3).map(tuple)
    globs = st.lists(TEXT.filter(_is_glob), max_size=2).map(tuple)
    return Selection(
        kinds=draw(st.frozensets(st.sampled_from(FileKind))),
        folders=draw(folders),
        without_folders=draw(folders),
        include=draw(globs),
        exclude=draw(globs),
        min_size=least,
        max_size=most,
        dates=draw(st.none() | DATE_RANGES),
        cameras=draw(texts),
        albums=draw(texts),
        layout=draw(st.sampled_from(Layout)),
        pattern=draw(st.sampled_from(["{year}/{year}-{month}", "{camera}", "é/{kind}"])),
        duplicates=draw(st.sampled_from(Duplicates)),
        name=draw(st.sampled_from(["", "{date}_{name}"])),
        sidecar=draw(st.sampled_from([None, *Sidecar])),
        jpeg_twins=draw(st.booleans()),
        picasa=draw(st.booleans()),
    )


@st.composite
def fitting_selections(draw: st.DrawFn) -> Selection:
    """Selections that let some of `drive_items` in and leave others out."""
    least, most = draw(st.none() | SIZES), draw(st.none() | SIZES)
    globs = st.lists(st.sampled_from(["*.jpg", "img*", "Docs/", "!a.*", "**/2019/**", "[a-d]*", "é/", "*"]), max_size=3)
    return Selection(
        kinds=draw(st.just(frozenset()) | st.frozensets(st.sampled_from(FileKind), min_size=2)),
        folders=tuple(draw(st.lists(st.sampled_from(["/pictures", "/Docs/", "/", "/\u03c3"]), max_size=2))),
        without_folders=tuple(draw(st.lists(st.sampled_from(["/Pictures/2019", "/docs/É"]), max_size=1))),
        include=tuple(draw(globs)),
        exclude=tuple(draw(globs)),
        min_size=least,
        max_size=most,
        dates=draw(
            st.none() | st.sampled_from(["2019", "2019-07..", "..2019-06", "last 30 days"]).map(read_date_range)
        ),
        cameras=tuple(draw(st.lists(st.sampled_from(["apple iphone 8", "Canon EOS 80D", "SONY ILCE-7"]), max_size=2))),
    )


_TIME = st.sampled_from(TIMES)
_HASHES: Strategies = {
    "quickXorHash": st.sampled_from(["A" * 25 + "BA=", "A" * 25 + "CA=", "unavailable"]),
    "sha256Hash": st.just("CC"),
}
_FILE_FACET: Strategies = {
    "mimeType": st.sampled_from(["image/jpeg", "video/mp4", "IMAGE/PNG", "text/plain", "", 'a"b', "x/é"]),
    "hashes": st.fixed_dictionaries({}, optional=_HASHES),
}
_TAKEN: Strategies = {"takenDateTime": _TIME}
_CLIENT_TIMES: Strategies = dict.fromkeys(("lastModifiedDateTime", "createdDateTime", "lastAccessedDateTime"), _TIME)
_ALWAYS: Strategies = {
    "id": st.uuids().map(str),
    "name": st.sampled_from(NAMES),
    "file": st.fixed_dictionaries({}, optional=_FILE_FACET),
}
_SOMETIMES: Strategies = {
    "size": SIZES,
    "eTag": st.sampled_from(['"{A},1"', "plain", "tab\t"]),
    "cTag": st.just('"c:{A},1"'),
    "photo": st.builds(
        lambda taken, camera: {**taken, "cameraMake": camera[0], "cameraModel": camera[1]} if camera else taken,
        st.fixed_dictionaries({}, optional=_TAKEN),
        st.none() | st.sampled_from(CAMERAS),
    ),
    "image": st.sampled_from([{}, {"width": 1, "height": 2}]),
    "video": st.sampled_from([{}, {"duration": 5}]),
    "audio": st.just({"title": 'a "video":{', "album": "x"}),
    "location": st.just({"latitude": 1.5}),
    "malware": st.just({}),
    "createdDateTime": _TIME,
    "lastModifiedDateTime": _TIME,
    "fileSystemInfo": st.fixed_dictionaries({}, optional=_CLIENT_TIMES),
}


def _placed(folder: str, row: dict[str, Any]) -> DriveItem:
    return from_graph(row).with_path(f"{folder}/{row['name']}")


drive_items = st.builds(_placed, st.sampled_from(FOLDERS), st.fixed_dictionaries(_ALWAYS, optional=_SOMETIMES))


def make_file(path: str, size_bytes: int = 1, **facets: object) -> DriveItem:
    """A file of a list."""
    row = {"id": f"A!{path}", "name": path.rpartition("/")[2], "path": path, "size": size_bytes, "file": {}}
    return from_json({**row, **facets})


def write_file_list(home: Path, items: Sequence[DriveItem]) -> None:
    """A list of these items in this order, one a line."""
    lines = ",\n".join(json.dumps(row_of(item)) for item in items)
    (home / "file_list.json").write_text(f"[\n{lines}\n]\n" if items else "[]\n", encoding="ascii")
