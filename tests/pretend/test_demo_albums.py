"""Albums and small pictures of the pretend OneDrive, and what others have seen go wrong with albums."""

from __future__ import annotations

import http.client
from pathlib import Path
from typing import Any

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, Asks

BUNDLES = f"{GRAPH}/me/drive/bundles"
ALBUMS = f"{BUNDLES}?filter=bundle/album%20ne%20null"


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    files = [
        drive.add_file(f"/Pictures/{name}.jpg", name.encode(), image={"width": 480, "height": 320}) for name in "abc"
    ]
    drive.add_album("Best", files[2], files[0], files[1], cover=files[1])
    drive.add_album("Empty")
    drive.add_bundle("Sent together", files[0], shared={"scope": "users"})
    return drive


def members(drive: DemoDrive, name: str) -> str:
    [album] = [bundle for bundle in drive.bundles.values() if bundle.name == name]
    return f"{GRAPH}/me/drive/items/{album.id}/children"


def test_albums_are_listed_with_cover_and_members_in_their_order(asks: Asks, drive: DemoDrive) -> None:
    best, empty = asks.items(ALBUMS)
    cover = drive.find("/Pictures/b.jpg")

    assert (best["name"], best["bundle"]) == ("Best", {"childCount": 3, "album": {"coverImageItemId": cover.id}})
    assert (empty["name"], empty["bundle"]) == ("Empty", {"childCount": 0, "album": {}})
    assert not {"file", "folder"} & set(best)
    assert asks.names(BUNDLES) == ["Best", "Empty", "Sent together"]
    assert asks.items(BUNDLES)[2]["bundle"] == {"childCount": 1}
    assert asks.names(f"{members(drive, 'Best')}?$top=2") == ["c.jpg", "a.jpg", "b.jpg"]
    assert [len(page["value"]) for page in asks.pages(f"{members(drive, 'Best')}?$top=2")] == [2, 1]
    [first, *_] = asks.items(members(drive, "Best"))
    assert first["parentReference"]["id"] == drive.find("/Pictures").id
    expanded = asks.get(f"{members(drive, 'Best').removesuffix('/children')}?$expand=children").json
    assert [item["name"] for item in expanded["children"]] == ["c.jpg", "a.jpg", "b.jpg"]
    assert "Best" not in asks.names(f"{GRAPH}/me/drive/root/delta")


def test_what_cannot_be_asked_of_albums_is_refused(asks: Asks, writes: Asks, drive: DemoDrive) -> None:
    album = members(drive, "Best").removesuffix("/children")

    assert asks.get(f"{BUNDLES}?filter=name%20eq%20x").error == "invalidRequest"
    assert asks.get(f"{BUNDLES}?expand=children").error == "invalidRequest"
    assert writes.send("DELETE", album).status == 501
    with FaultyServer(DemoDrive(drive_type="business")) as work:
        assert Asks(work).get(ALBUMS).status == 501


def test_a_file_that_is_deleted_leaves_its_albums_and_a_restart_keeps_them(tmp_path: Path, drive: DemoDrive) -> None:
    with FaultyServer(drive, tmp_path):
        drive.delete(drive.find("/Pictures/a.jpg"))
    again = DemoDrive()
    with FaultyServer(again, tmp_path) as demo:
        asks = Asks(demo)

        assert asks.names(members(again, "Best")) == ["c.jpg", "b.jpg"]
        assert asks.items(ALBUMS)[0]["bundle"]["childCount"] == 2


def test_albums_go_wrong_as_others_have_seen(asks: Asks, demo: FaultyServer, drive: DemoDrive) -> None:
    demo.stale_bundles()
    drive.add_album("New")
    demo.albums_disabled_next()
    refused = asks.get(ALBUMS)

    assert (refused.status, refused.error) == (503, "itemDisabledDueToUserContentMigration")
    assert asks.names(BUNDLES) == ["Best", "Empty", "Sent together"]
    assert asks.names(ALBUMS) == ["Best", "Empty", "New"]
    demo.members_on_an_internal_drive()
    [first, *_] = asks.items(members(drive, "Best"))
    assert first["parentReference"]["driveId"].startswith("b!")
    assert f"{GRAPH}/me/drive/items/{first['parentReference']['id']}/children" == members(drive, "Best")
    demo.albums_disabled_next()
    assert asks.get(f"{GRAPH}/me/drive/root/children").status == 200
    assert asks.get(members(drive, "Best")).status == 503


def sides(shown: Any) -> tuple[int, int]:  # noqa: ANN401  # any JSON
    return shown["width"], shown["height"]


def test_pictures_have_thumbnails_of_each_size_that_come_as_jpeg(
    asks: Asks, demo: FaultyServer, drive: DemoDrive
) -> None:
    photo = drive.find("/Pictures/a.jpg")
    drive.add_file("/notes.txt", b"text")
    address = f"{GRAPH}/me/drive/items/{photo.id}/thumbnails"

    [usual], [custom] = asks.get(address).json["value"], asks.get(f"{address}?select=c100x100_Crop").json["value"]
    one, way = asks.get(f"{address}/0/largeSquare").json, asks.get(f"{address}/0/small/content")
    picture = asks.get(usual["medium"]["url"])

    assert [sides(usual[name]) for name in ("small", "medium", "large")] == [(96, 64), (176, 112), (480, 320)]
    assert (sides(custom["c100x100_Crop"]), sides(one)) == ((96, 96), (800, 800))
    assert (way.status, asks.get(way.headers["location"]).status) == (302, 200)
    assert (picture.headers["content-type"], picture.body[:2], picture.body[-2:]) == (
        "image/jpeg",
        b"\xff\xd8",
        b"\xff\xd9",
    )
    assert asks.get(usual["medium"]["url"].replace("size=176x112", "size=999x999")).status == 401
    for wrong in ("/1/small", "/0", "/0/small/x"):
        assert asks.get(address + wrong).status == 404
    assert asks.get(f"{address}/0/huge").error == "invalidRequest"
    assert asks.get(f"{GRAPH}/me/drive/root:/notes.txt:/thumbnails").json["value"] == []
    demo.expire_download_urls()
    assert asks.get(usual["medium"]["url"]).status == 401


def test_a_folder_page_brings_the_thumbnails_of_all_its_files(asks: Asks) -> None:
    page = asks.graph("/me/drive/root:/Pictures:/children?$select=id,name&$expand=thumbnails($select=medium)")

    assert [set(item) for item in page["value"]] == [{"@odata.etag", "id", "name", "thumbnails"}] * 3
    assert [set(item["thumbnails"][0]) for item in page["value"]] == [{"id", "medium"}] * 3


@pytest.mark.parametrize(
    ("query", "status"),
    [("width=400&height=400", 302), ("width=400", 400), ("width=0&height=4", 400), ("width=a&height=4", 400)],
)
def test_content_comes_as_jpeg_where_both_sides_are_given(
    asks: Asks, drive: DemoDrive, query: str, status: int
) -> None:
    drive.add_file("/film.mov", b"moving", video={"width": 1920, "height": 1080})
    drive.add_file("/notes.txt", b"text")

    answered = asks.get(f"{GRAPH}/me/drive/root:/film.mov:/content?format=jpg&{query}")

    assert answered.status == status
    if status == http.client.FOUND:
        assert "size=400x224" in answered.headers["location"]
        assert asks.get(answered.headers["location"]).body[:2] == b"\xff\xd8"
        assert asks.get(f"{GRAPH}/me/drive/root:/notes.txt:/content?format=jpg&{query}").status == 406
