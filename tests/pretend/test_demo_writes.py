"""Renaming, moving and deleting at the pretend Graph, one by one and in `$batch`: what it does, and every refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pretend_onedrive.model.drive import DemoDrive, DemoItem
from pretend_onedrive.state import drive_to_json, load_drive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, Answered, Asks

PHOTO = "/Pictures/2023/p1.jpg"
JSON = {"Content-Type": "application/json"}


def patch(writes: Asks, item: DemoItem, wishes: object, query: str = "", **headers: str) -> tuple[int, str]:
    answered = writes.send("PATCH", f"{GRAPH}/me/drive/items/{item.id}{query}", json.dumps(wishes).encode(), headers)
    return answered.status, answered.error if answered.status >= 400 else answered.json["name"]


def test_rename_and_move_keep_the_times_and_the_description_that_are_given(writes: Asks, drive: DemoDrive) -> None:
    photo, target = drive.find(PHOTO), drive.add_folder("/New")
    times = {"lastModifiedDateTime": "2019-01-02T03:04:05Z", "createdDateTime": "2018-01-02T03:04:05.5Z"}

    wishes = {"name": "q.jpg", "parentReference": {"id": target.id}, "fileSystemInfo": times, "description": "old"}

    assert patch(writes, photo, wishes) == (200, "q.jpg")
    assert photo.path == "/New/q.jpg"
    assert photo.client_modified.isoformat() == "2019-01-02T03:04:05+00:00"
    assert writes.graph(f"/me/drive/items/{photo.id}")["description"] == "old"


def test_a_taken_name_is_refused_replaced_or_given_a_number(writes: Asks, drive: DemoDrive) -> None:
    photo, behaviour = drive.find(PHOTO), "?@microsoft.graph.conflictBehavior="

    assert patch(writes, photo, {"name": "P2.JPG"}) == (409, "nameAlreadyExists")
    assert patch(writes, photo, {"name": "p2.jpg"}, behaviour + "rename") == (200, "p2 1.jpg")
    assert patch(writes, photo, {"name": "p2.jpg"}, behaviour + "replace") == (200, "p2.jpg")
    assert len(drive.find("/Pictures/2023").children) == 4
    drive.tells_case_apart_when_renaming = False  # some back ends hold another case for the same name
    assert patch(writes, photo, {"name": "P2.JPG"}) == (409, "nameAlreadyExists")
    drive.tells_case_apart_when_renaming = True
    assert patch(writes, photo, {"name": "P2.JPG"}) == (200, "P2.JPG")


@pytest.mark.parametrize("name", ["a/b", "a:b", "con", "x.", " x", "", "~$x", "a_vti_b", 7])
def test_forbidden_names_are_refused(writes: Asks, drive: DemoDrive, name: object) -> None:
    assert patch(writes, drive.find(PHOTO), {"name": name}) == (400, "invalidRequest")


def test_impossible_changes_are_refused(writes: Asks, drive: DemoDrive) -> None:
    folder, below, photo = drive.find("/Pictures"), drive.find("/Pictures/2023"), drive.find(PHOTO)

    for item, target, code in (
        (folder, {"id": below.id}, "invalidRequest"),
        (photo, {"id": "root"}, "invalidRequest"),
        (photo, {"id": photo.id}, "invalidRequest"),
        (photo, {"id": "F09!s0"}, "itemNotFound"),
        (photo, {"id": "nonsense"}, "invalidRequest"),
        (photo, {"id": below.id, "driveId": "64e50000000d6004"}, "invalidRequest"),
        (drive.root, {"id": below.id}, "invalidRequest"),
    ):
        assert patch(writes, item, {"parentReference": target})[1] == code
    for body in (b"{", b"[]", b'{"parentReference":""}', b'{"fileSystemInfo":[]}', b'{"description":7}'):
        assert writes.send("PATCH", f"{GRAPH}/me/drive/items/{photo.id}", body).error == "BadRequest"
    for item, status in ((drive.root, 400), (drive.find("/Personal Vault"), 403), (folder, 403)):
        assert writes.send("DELETE", f"{GRAPH}/me/drive/items/{item.id}").status == status
    wrong_method = writes.send("PUT", f"{GRAPH}/me/drive")
    assert (wrong_method.status, wrong_method.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize(
    "wishes",
    [
        {"size": 7},
        {"id": "F09!s0"},
        {"lastModifiedDateTime": "2019-01-02T03:04:05Z"},
        {"colour": "red"},
        {"photo": {"takenDateTime": "2019-01-02T03:04:05Z"}},
        {"fileSystemInfo": {"lastAccessedDateTime": "2019-01-02T03:04:05Z"}},
        {"fileSystemInfo": {"lastModifiedDateTime": "soon"}},
        {"fileSystemInfo": {"createdDateTime": 7}},
        {"parentReference": {"colour": "red"}},
        {"parentReference": {"driveId": "0f09000000cfea42"}},
        {"parentReference": {"path": "/Pictures"}},
        {"parentReference": {"path": "/drives/64e50000000d6004/root:/Pictures"}},
    ],
)
def test_what_a_patch_cannot_change_is_refused_as_a_whole(
    writes: Asks, drive: DemoDrive, wishes: dict[str, Any]
) -> None:
    assert patch(writes, drive.find(PHOTO), {"name": "q.jpg"} | wishes) == (400, "invalidRequest")
    assert drive.find(PHOTO).name == "p1.jpg"


@pytest.mark.parametrize("prefix", ["/drive/root:", "/drives/0F09000000CFEA42/root:", "/me/drive/root:"])
def test_a_patch_moves_into_a_folder_that_is_named_by_its_path(writes: Asks, drive: DemoDrive, prefix: str) -> None:
    photo, target = drive.find(PHOTO), drive.add_folder("/New & 100%")
    note = {"@odata.type": "#microsoft.graph.driveItem"}

    reference = {"path": f"{prefix}/New%20%26%20100%25", "driveId": "0f09000000cfea42"}

    assert patch(writes, photo, note | {"parentReference": reference}) == (200, "p1.jpg")
    assert photo.parent is target
    assert patch(writes, photo, {"parentReference": {"path": prefix}}) == (200, "p1.jpg")
    assert photo.parent is drive.root
    assert patch(writes, photo, {"parentReference": {"path": f"{prefix}/Nothing"}}) == (404, "itemNotFound")


def test_an_old_etag_is_refused_with_412(writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find(PHOTO)
    old = photo.etag
    drive.change_content(photo, b"new")

    assert patch(writes, photo, {"name": "q.jpg"}, If_Match=old) == (412, "resourceModified")
    assert patch(writes, photo, {"name": "q.jpg"}, If_Match=photo.etag) == (200, "q.jpg")


@pytest.mark.parametrize(("drive_type", "statuses"), [("personal", [412, 412, 204, 404]), ("business", [412, 204])])
def test_delete_puts_into_the_recycle_bin_and_personal_drives_refuse_every_if_match(
    drive_type: str, statuses: list[int]
) -> None:
    drive = DemoDrive(drive_type=drive_type)
    item = drive.add_file("/a.txt", b"x")
    with FaultyServer(drive) as demo:
        writes, conditions = Asks(demo, "Files.ReadWrite"), ('"{X},9"', item.etag, "", "")

        answers = [
            writes.send("DELETE", f"{GRAPH}/me/drive/items/{item.id}", headers={"If-Match": condition}).status
            for condition in conditions[: len(statuses)]
        ]

    assert answers == statuses
    assert item.id in drive.tombstones


def test_a_token_that_may_read_may_not_write(asks: Asks, writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find(PHOTO)

    assert patch(asks, photo, {"name": "q.jpg"}) == (403, "accessDenied")
    assert asks.send("DELETE", f"{GRAPH}/me/drive/items/{photo.id}").error == "accessDenied"
    assert drive.find(PHOTO) is photo
    assert writes.graph("/me/drive/special/music")["specialFolder"] == {"name": "music"}  # made by asking for it
    assert drive.find("/Music").is_folder


def send_batch(asks: Asks, wishes: object) -> Answered:
    return asks.send("POST", f"{GRAPH}/$batch", json.dumps({"requests": wishes}).encode(), JSON)


def batch(asks: Asks, *wishes: dict[str, Any]) -> list[Any]:
    """The replies in the order of the requests; they come in no particular one."""
    answered = send_batch(asks, [{"id": str(number)} | wish for number, wish in enumerate(wishes)])
    assert answered.status == 200
    return sorted(answered.json["responses"], key=lambda reply: int(reply["id"]))


def get(url: str, **more: object) -> dict[str, Any]:
    return {"method": "GET", "url": url, **more}


def write(method: str, item: DemoItem, body: object = None, **headers: str) -> dict[str, Any]:
    named = {name.replace("_", "-"): value for name, value in headers.items()} | JSON
    return {"method": method, "url": f"/me/drive/items/{item.id}", "headers": named, "body": body}


def test_each_request_of_a_batch_gets_its_own_answer(asks: Asks, drive: DemoDrive) -> None:
    item = drive.find(PHOTO)

    shown, missing, content, known, dependent = batch(
        asks,
        get(f"/me/drive/items/{item.id}?$select=id,content.downloadUrl"),
        get("me/drive/items/F09000000CFEA42!s0"),
        get(f"/me/drive/items/{item.id}/content"),
        get(f"/me/drive/root:{PHOTO}", headers={"If-None-Match": item.etag}),
        get("//me", dependsOn=["1"]),
    )

    assert [reply["status"] for reply in (shown, missing, content, known, dependent)] == [200, 404, 302, 304, 424]
    assert shown["body"]["@microsoft.graph.downloadUrl"].startswith("https://my.microsoftpersonalcontent.com/")
    assert missing["body"]["error"]["code"] == "itemNotFound"
    assert content["headers"]["Location"].startswith("https://my.microsoftpersonalcontent.com/")


def test_a_batch_changes_items_each_with_its_own_if_match_and_body(writes: Asks, drive: DemoDrive) -> None:
    one, two, three = (drive.find(f"/Pictures/2023/p{number}.jpg") for number in (1, 2, 3))

    replies = batch(
        writes,
        write("PATCH", one, {"name": "q.jpg"}, If_Match=one.etag),
        write("PATCH", two, {"name": "r.jpg"}, If_Match='"{X},9"'),
        write("DELETE", three),
    )

    assert [reply["status"] for reply in replies] == [200, 412, 204]
    assert (one.name, two.name) == ("q.jpg", "p2.jpg")


@pytest.mark.parametrize(
    ("wishes", "message"),
    [
        ([get("/me", id="1"), get("/me", id="1")], "Request Id 1 has to be unique in a batch."),
        ([get("/me", id=str(number)) for number in range(21)], "exceeds the maximum value of 20"),
        ([], "Invalid batch payload format."),
        ([{"id": "1"}], "Invalid batch payload format."),
        ([get("/me", id=1)], "Invalid batch payload format."),
        ("nonsense", "Invalid batch payload format."),
        (
            [get("/me", id="1"), {"id": "2", "method": "PATCH", "url": "/me/drive/items/x", "body": {"name": "b"}}],
            "Write request with id '2' does not contain a Content-Type header.",
        ),
    ],
)
def test_a_batch_that_is_none_is_refused(asks: Asks, wishes: object, message: str) -> None:
    answered = send_batch(asks, wishes)

    assert (answered.status, answered.error) == (400, "BadRequest")
    assert message in answered.json["error"]["message"]
    assert asks.get(f"{GRAPH}/$batch").status == 405
    assert asks.send("POST", f"{GRAPH}/$batch", b"{}", {"Authorization": "Bearer x"}).status == 401


def restore(writes: Asks, item: DemoItem, **wishes: object) -> tuple[int, str]:
    answered = writes.send("POST", f"{GRAPH}/me/drive/items/{item.id}/restore", json.dumps(wishes).encode(), JSON)
    return answered.status, answered.error if answered.status >= 400 else answered.json["name"]


def test_what_is_in_the_bin_is_shown_on_request_and_comes_back_with_its_id_also_after_a_restart(
    writes: Asks, drive: DemoDrive
) -> None:
    folder, photo = drive.find("/Pictures/2023"), drive.find(PHOTO)
    before = {item.id: item.path for item in drive.root.tree()}
    size = drive.root.bytes_below
    drive.delete(photo)
    drive.delete(folder)
    load_drive(drive, json.loads(json.dumps(drive_to_json(drive))))
    folder, photo = drive.tombstones[folder.id], drive.tombstones[photo.id]
    shown = writes.graph(f"/me/drive/items/{photo.id}?includeDeletedItems=true")

    assert (shown["name"], shown["deleted"]) == ("p1.jpg", {"state": "deleted"})
    assert restore(writes, photo) == (404, "itemNotFound")  # its folder is gone
    assert restore(writes, folder) == (200, "2023")
    drive.add_file(PHOTO, b"another")
    assert restore(writes, photo) == (409, "nameAlreadyExists")
    assert restore(writes, photo, name="a/b") == (400, "invalidRequest")
    assert restore(writes, photo, parentReference={"id": "F09!s0"}) == (404, "itemNotFound")
    assert restore(writes, photo, name="back.jpg", parentReference={"id": drive.root.id}) == (200, "back.jpg")
    assert restore(writes, photo) == (400, "invalidRequest")  # it is there
    drive.delete(drive.find(PHOTO))
    drive.place(photo, folder, "p1.jpg")
    assert {item.id: item.path for item in drive.root.tree()} == before
    assert drive.root.bytes_below == size


def test_what_has_left_the_bin_and_what_is_on_a_work_drive_does_not_come_back(writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find(PHOTO)
    drive.delete(photo)
    drive.empty_bin()

    assert writes.get(f"{GRAPH}/me/drive/items/{photo.id}?includeDeletedItems=true").status == 404
    assert restore(writes, photo) == (404, "itemNotFound")
    drive.drive_type = "business"
    assert restore(writes, drive.find("/Pictures")) == (501, "notSupported")
