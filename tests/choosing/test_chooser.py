"""Which files a selection wants, and why not the others."""

from __future__ import annotations

from datetime import date

import pytest

from onedrive.choosing.chooser import Chooser
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.graph.item import DriveItem, from_json
from onedrive.graph.traits import FileKind, camera_name

TODAY = date(2024, 3, 1)
PHOTO = from_json(
    {
        "id": "A!1",
        "name": "IMG_1.jpg",
        "path": "/Pictures/2019/IMG_1.jpg",
        "size": 1000,
        "file": {"mimeType": "image/jpeg"},
        "photo": {"takenDateTime": "2019-06-30T23:00:00Z", "cameraMake": "Apple", "cameraModel": "iPhone 8"},
        "createdDateTime": "2024-02-20T00:00:00Z",
    }
)
BARE = from_json({"id": "A!2", "name": "x", "path": "/x", "file": {}})


@pytest.mark.parametrize(
    ("selection", "why_not"),
    [
        (EVERYTHING, None),
        (Selection(kinds=frozenset({FileKind.PHOTO})), None),
        (Selection(kinds=frozenset({FileKind.VIDEO})), "of another kind"),
        (Selection(folders=("/Pictures",)), None),
        (Selection(folders=("/pictures/2019/",)), None),
        (Selection(folders=("/Pict",)), "in another folder"),
        (Selection(folders=("/Docs", "/")), None),
        (Selection(folders=("/Pictures/2019",), without_folders=("/Pictures",)), "in another folder"),
        (Selection(without_folders=("/Pictures/2018",)), None),
        (Selection(without_folders=("/",)), "in another folder"),
        (Selection(include=("*.JPG",)), None),
        (Selection(include=("*.png",)), "by its name"),
        (Selection(exclude=("Pictures/",)), "by its name"),
        (Selection(min_size=1000, max_size=1000), None),
        (Selection(min_size=1001), "by its size"),
        (Selection(max_size=999), "by its size"),
        (Selection(dates=read_date_range("2019-06-30")), None),
        (Selection(dates=read_date_range("2019-07..")), "by its date"),
        (Selection(dates=read_date_range("last 30 days")), "by its date"),
        (Selection(cameras=("apple IPHONE 8",)), None),
        (Selection(cameras=("Apple iPhone",)), "from another camera"),
        (Selection(kinds=frozenset({FileKind.VIDEO}), max_size=1), "of another kind"),
    ],
)
def test_a_photo_is_wanted_or_it_is_said_why_not(selection: Selection, why_not: str | None) -> None:
    assert Chooser(selection, TODAY).why_not(PHOTO) == why_not
    assert Chooser(selection, TODAY).wants(PHOTO) is (why_not is None)


@pytest.mark.parametrize(
    ("selection", "why_not"),
    [
        (Selection(max_size=0), None),
        (Selection(min_size=1), "by its size"),
        (Selection(dates=read_date_range("..2100")), "by its date"),
        (Selection(cameras=("Apple iPhone 8",)), "from another camera"),
        (Selection(folders=("/",)), None),
        (Selection(folders=("/x",)), "in another folder"),
    ],
)
def test_what_is_not_known_of_a_file_is_nobodys_choice(selection: Selection, why_not: str | None) -> None:
    assert Chooser(selection, TODAY).why_not(BARE) == why_not


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


def test_last_days_are_counted_from_today() -> None:
    newest = DriveItem(id="A!3", name="n", kind=BARE.kind, path="/n", created="2024-01-31T00:00:00Z")
    chosen = Selection(dates=read_date_range("last 30 days"))

    assert Chooser(chosen, date(2024, 3, 1)).wants(newest)
    assert not Chooser(chosen, date(2024, 3, 2)).wants(newest)
