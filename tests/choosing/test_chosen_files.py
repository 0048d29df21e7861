"""What a selection wants: of one file, of a list in its tables, and of folders that are taken in and left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onedrive.choosing.chooser import Chooser
from onedrive.choosing.folders import leave_out, take_in
from onedrive.choosing.index import ListIndex, Match
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.graph.item import DriveItem, read_quick_xor
from onedrive.graph.traits import FileKind, Share, camera_name, camera_of, day_of, kind_of
from onedrive.listing.list_import import open_catalogue
from tests.choosing.choices import drive_items, fitting_selections, make_file, write_file_list

TODAY = date(2020, 3, 1)
PHOTO = make_file(
    "/Pictures/2019/IMG_1.jpg",
    1000,
    file={"mimeType": "image/jpeg"},
    photo={"takenDateTime": "2019-06-30T23:00:00Z", "cameraMake": "Apple", "cameraModel": "iPhone 8"},
    createdDateTime="2020-02-20T00:00:00Z",
)
BARE = make_file("/x", 0)


@pytest.mark.parametrize(
    ("item", "selection", "why_not"),
    [
        (PHOTO, EVERYTHING, None),
        (PHOTO, Selection(kinds=frozenset({FileKind.PHOTO})), None),
        (PHOTO, Selection(kinds=frozenset({FileKind.VIDEO})), "of another kind"),
        (PHOTO, Selection(folders=("/Pictures",)), None),
        (PHOTO, Selection(folders=("/pictures/2019/",)), None),
        (PHOTO, Selection(folders=("/Pict",)), "in another folder"),
        (PHOTO, Selection(folders=("/Docs", "/")), None),
        (PHOTO, Selection(folders=("/Pictures/2019",), without_folders=("/Pictures",)), "in another folder"),
        (PHOTO, Selection(without_folders=("/Pictures/2018",)), None),
        (PHOTO, Selection(without_folders=("/",)), "in another folder"),
        (PHOTO, Selection(include=("*.JPG",)), None),
        (PHOTO, Selection(include=("*.png",)), "by its name"),
        (PHOTO, Selection(exclude=("Pictures/",)), "by its name"),
        (PHOTO, Selection(min_size=1000, max_size=1000), None),
        (PHOTO, Selection(min_size=1001), "by its size"),
        (PHOTO, Selection(max_size=999), "by its size"),
        (PHOTO, Selection(dates=read_date_range("2019-06-30")), None),
        (PHOTO, Selection(dates=read_date_range("2019-07..")), "by its date"),
        (PHOTO, Selection(dates=read_date_range("last 244 days")), "by its date"),
        (PHOTO, Selection(dates=read_date_range("last 245 days")), None),
        (PHOTO, Selection(cameras=("apple IPHONE 8",)), None),
        (PHOTO, Selection(cameras=("Apple iPhone",)), "from another camera"),
        (PHOTO, Selection(kinds=frozenset({FileKind.VIDEO}), max_size=1), "of another kind"),
        (PHOTO, Selection(albums=("Best",)), "in no chosen album"),
        # What is not known of a file is nobody's choice.
        (BARE, Selection(max_size=0), None),
        (BARE, Selection(min_size=1), "by its size"),
        (BARE, Selection(dates=read_date_range("..2100")), "by its date"),
        (BARE, Selection(cameras=("Apple iPhone 8",)), "from another camera"),
        (BARE, Selection(folders=("/",)), None),
        (BARE, Selection(folders=("/x",)), "in another folder"),
    ],
)
def test_a_file_is_wanted_or_it_is_said_why_not(item: DriveItem, selection: Selection, why_not: str | None) -> None:
    assert Chooser(selection, TODAY).why_not(item) == why_not
    assert Chooser(selection, TODAY).wants(item) is (why_not is None)


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Apple", "iPhone 8", "Apple iPhone 8"),
        ("Canon", "Canon EOS 80D", "Canon EOS 80D"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("SONY\0\0 ", " ILCE-7 \0", "SONY ILCE-7"),
        ("", "Pixel 6", "Pixel 6"),
        ("Apple", "", "Apple"),
        (None, 7, ""),
        (["Apple"], {}, ""),
    ],
)
def test_a_camera_has_one_name(make: object, model: object, name: str) -> None:
    assert camera_name(make, model) == name


# --- a list in its tables ---------------------------------------------------------------------------------------------


@given(items=st.lists(drive_items, max_size=25, unique_by=lambda item: item.id), selection=fitting_selections())
@settings(max_examples=16, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_tables_want_exactly_what_the_chooser_wants_and_count_it_right(
    home: Path, items: list[DriveItem], selection: Selection
) -> None:
    chooser = Chooser(selection, TODAY)
    items.sort(key=lambda item: (item.path, item.id))
    wanted = [item for item in items if chooser.wants(item)]
    kinds: dict[FileKind, Share] = {}
    years: dict[int | None, Share] = {}
    sources = Counter(day_of(item)[1] for item in wanted)
    cameras = Counter(filter(None, map(camera_of, wanted)))
    hashes = [(read_quick_xor(item.quick_xor_hash, is_empty=False), item.size) for item in wanted]
    contents = Counter((listed, size) for listed, size in hashes if listed and size)
    folders: dict[str, Share] = {}
    for item in wanted:
        day, _ = day_of(item)
        size_bytes = item.size or 0
        kinds.setdefault(kind_of(item), Share()).add(1, size_bytes)
        years.setdefault(day.year if day else None, Share()).add(1, size_bytes)
        folders.setdefault(item.path.rpartition("/")[0], Share()).add(1, size_bytes)
    spare = Share(
        sum(n - 1 for n in contents.values()), sum((n - 1) * (size or 0) for (_, size), n in contents.items())
    )
    write_file_list(home, items)

    with open_catalogue(home, pytest.fail) as database:
        index = ListIndex(database, TODAY)
        chosen = index.choose(selection)

        days = {id(item): day_of(item)[0] for item in wanted}
        by_day = sorted(wanted, key=lambda item: (days[id(item)] is None, days[id(item)] or date.max))
        assert [match.path for match in chosen.earliest(len(items))] == [item.path for item in by_day]
        assert chosen.share == Share(len(wanted), sum(item.size or 0 for item in wanted))
        assert index.whole == Share(len(items), sum(item.size or 0 for item in items))
        assert chosen.kinds == kinds
        assert chosen.years == years
        assert [*chosen.years] == sorted(chosen.years, key=lambda year: year or 9999)
        assert chosen.sources == sources
        assert dict(chosen.cameras) == cameras
        assert [*chosen.cameras] == sorted(chosen.cameras, key=lambda pair: (-pair[1], pair[0]))
        assert chosen.folders == folders
        assert chosen.duplicates == spare
        largest = sorted((item.size or 0 for item in wanted), reverse=True)
        assert [match.size_bytes for match in chosen.largest(5)] == largest[:5]


def test_earliest_latest_largest_and_sample_files_come_with_size_day_kind_and_camera(home: Path) -> None:
    sizes, days = (5, 9, 7, 8), (date(2019, 6, 30), None, date(2018, 1, 1), date(2020, 2, 2))
    photos: list[dict[str, object]] = [{"takenDateTime": f"{day}T00:00:00Z", "cameraModel": "Pixel"} for day in days]
    write_file_list(home, [make_file(f"/d/{n}.txt", sizes[n], photo=photo) for n, photo in enumerate(photos)])
    a, b, c, d = (Match(f"/d/{n}.txt", sizes[n], days[n], FileKind.DOCUMENT, "Pixel") for n in range(4))

    with open_catalogue(home, pytest.fail) as database:
        index = ListIndex(database, TODAY)

        assert index.all_files.earliest(9) == [c, a, d, b]
        assert index.all_files.latest(2) == [a, d]
        assert index.all_files.largest(2) == [b, d]
        assert index.all_files.samples(3) == [a, d, c] or index.all_files.samples(3) == [c, a, d]
        assert index.choose(Selection(include=("1.txt",))).samples(3) == [b]
        assert index.choose(Selection(min_size=10)).samples(3) == []


def test_both_borders_of_a_range_are_in_it(home: Path) -> None:
    days = {5: "2019-06-30", 6: "2019-07-01", 7: "2019-07-02"}
    write_file_list(home, [make_file(f"/{n}", n, createdDateTime=f"{day}T00:00:00Z") for n, day in days.items()])

    with open_catalogue(home, pytest.fail) as database:
        index = ListIndex(database, TODAY)
        for least, most in ((5, 7), (6, None), (None, 6)):
            assert index.choose(Selection(min_size=least, max_size=most)).share.files == (3 if most == 7 else 2)
        for text, files in (("2019-06-30..2019-07-02", 3), ("2019-07-01..", 2), ("..2019-07-01", 2)):
            assert index.choose(Selection(dates=read_date_range(text))).share.files == files


def test_only_files_of_the_same_hash_and_size_are_duplicates_and_empty_ones_save_nothing(home: Path) -> None:
    same = {"file": {"hashes": {"quickXorHash": "AAAAAAAAAAAAAAAAAAAAAAAAADA="}}}
    sizes = {"/a": 5, "/b": 5, "/c": 5, "/other size": 6, "/empty": 0, "/empty too": 0}
    items = [make_file(path, size, **same) for path, size in sizes.items()]
    write_file_list(home, [*items, make_file("/no hash", 5), make_file("/no hash too", 5)])

    with open_catalogue(home, pytest.fail) as database:
        assert ListIndex(database, TODAY).all_files.duplicates == Share(2, 10)


# --- folders ----------------------------------------------------------------------------------------------------------

Change = Callable[[Selection, str], Selection]
PATHS = st.sampled_from(["/A", "/A/x", "/A/x/1", "/A/y", "/B", "/b/z", "/AB"])
CHANGES = st.lists(st.tuples(st.sampled_from([take_in, leave_out]), PATHS), max_size=6)


@given(CHANGES, PATHS)
@settings(max_examples=100, deadline=None)
def test_after_taking_a_folder_in_all_of_it_is_wanted_and_after_leaving_it_out_nothing(
    changes: list[tuple[Change, str]], path: str
) -> None:
    selection = EVERYTHING
    for change, other in changes:
        selection = change(selection, other)

    for change, is_wanted in ((take_in, True), (leave_out, False)):
        changed = change(selection, path)
        chooser = Chooser(changed, TODAY)
        assert chooser.wants_folder(path) is chooser.wants_folder(f"{path}/below") is is_wanted
    assert not any(other.startswith(f"{path}/") for other in (*changed.folders, *changed.without_folders))


def test_what_was_left_out_comes_back_without_leaving_out_the_rest() -> None:
    assert leave_out(EVERYTHING, "/A") == Selection(without_folders=("/A",))
    assert take_in(leave_out(EVERYTHING, "/A"), "/A") == EVERYTHING
    assert take_in(EVERYTHING, "/A") == Selection(folders=("/A",))
