"""Renaming, moving and deleting at the pretend Graph: what it does, and every refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, Asks


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    drive.add_folder("/Pictures", special="photos")
    for number in range(5):
        drive.add_file(f"/Pictures/2023/p{number}.jpg", b"x" * number)
    return drive


@pytest.fixture
def demo(drive: DemoDrive) -> Iterator[FaultyServer]:
    with FaultyServer(drive) as server:
        yield server


@pytest.fixture
def writes(demo: FaultyServer) -> Asks:
    return Asks(demo, "Files.ReadWrite User.Read")


def patch(writes: Asks, item_id: str, wishes: object, query: str = "", **headers: str) -> tuple[int, str]:
    answered = writes.send("PATCH", f"{GRAPH}/me/drive/items/{item_id}{query}", json.dumps(wishes).encode(), headers)
    return answered.status, answered.error if answered.status >= 400 else answered.json["name"]


def test_rename_and_move(writes: Asks, drive: DemoDrive) -> None:
    photo, target = drive.find("/Pictures/2023/p1.jpg"), drive.add_folder("/New")

    assert patch(writes, photo.id, {"name": "q.jpg", "parentReference": {"id": target.id}}) == (200, "q.jpg")
    assert photo.path == "/New/q.jpg"


def test_a_taken_name_is_refused_replaced_or_given_a_number(writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")
    behaviour = "?@microsoft.graph.conflictBehavior="

    assert patch(writes, photo.id, {"name": "P2.JPG"}) == (409, "nameAlreadyExists")
    assert patch(writes, photo.id, {"name": "p2.jpg"}, behaviour + "rename") == (200, "p2 1.jpg")
    assert patch(writes, photo.id, {"name": "p2.jpg"}, behaviour + "replace") == (200, "p2.jpg")
    assert len(drive.find("/Pictures/2023").children) == 4


@pytest.mark.parametrize("name", ["a/b", "a:b", "con", "x.", " x", "", "~$x", "a_vti_b", 7])
def test_forbidden_names_are_refused(writes: Asks, drive: DemoDrive, name: object) -> None:
    assert patch(writes, drive.find("/Pictures/2023/p1.jpg").id, {"name": name}) == (400, "invalidRequest")


def test_impossible_moves_are_refused(writes: Asks, drive: DemoDrive) -> None:
    folder, photo = drive.find("/Pictures"), drive.find("/Pictures/2023/p1.jpg")
    below = drive.find("/Pictures/2023")

    for item_id, target, code in (
        (folder.id, {"id": below.id}, "invalidRequest"),
        (photo.id, {"id": "root"}, "invalidRequest"),
        (photo.id, {"id": photo.id}, "invalidRequest"),
        (photo.id, {"id": "F09!s0"}, "itemNotFound"),
        (photo.id, {"id": below.id, "driveId": "64e50000000d6004"}, "invalidRequest"),
        (drive.root.id, {"id": below.id}, "invalidRequest"),
    ):
        assert patch(writes, item_id, {"parentReference": target})[1] == code


def test_a_body_that_is_no_json_is_refused(writes: Asks, drive: DemoDrive) -> None:
    for body in (b"{", b"[]"):
        assert writes.send("PATCH", f"{GRAPH}/me/drive/items/{drive.root.id}", body).error == "BadRequest"


def test_an_old_etag_is_refused_with_412(writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")
    old = photo.etag
    drive.change_content(photo, b"new")

    assert patch(writes, photo.id, {"name": "q.jpg"}, If_Match=old) == (412, "resourceModified")
    assert patch(writes, photo.id, {"name": "q.jpg"}, If_Match=photo.etag) == (200, "q.jpg")


def test_times_can_be_kept_while_moving(writes: Asks, drive: DemoDrive) -> None:
    photo, target = drive.find("/Pictures/2023/p1.jpg"), drive.add_folder("/New")
    times = {"lastModifiedDateTime": "2019-01-02T03:04:05Z", "createdDateTime": "2018-01-02T03:04:05.5Z"}

    patch(writes, photo.id, {"parentReference": {"id": target.id}, "fileSystemInfo": times})

    assert photo.client_modified.isoformat() == "2019-01-02T03:04:05+00:00"
    assert patch(writes, photo.id, {"fileSystemInfo": {"lastModifiedDateTime": "soon"}}) == (400, "invalidRequest")


def test_a_description_is_kept(writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")
    etag = photo.etag

    patch(writes, photo.id, {"description": "the first one"})

    assert writes.graph(f"/me/drive/items/{photo.id}")["description"] == "the first one"
    assert photo.etag != etag


def test_delete_puts_into_the_recycle_bin_and_the_id_is_gone(writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")
    address = f"{GRAPH}/me/drive/items/{photo.id}"

    assert writes.send("DELETE", address, headers={"If-Match": photo.etag}).status == 412  # personal: always
    assert writes.send("DELETE", address).status == 204
    assert writes.get(address).status == 404


def test_work_drives_honour_if_match_on_delete() -> None:
    drive = DemoDrive(drive_type="business")
    item = drive.add_file("/a.txt", b"x")
    with FaultyServer(drive) as demo:
        writes = Asks(demo, "Files.ReadWrite")
        address = f"{GRAPH}/me/drive/items/{item.id}"

        assert writes.send("DELETE", address, headers={"If-Match": '"{X},9"'}).status == 412
        assert writes.send("DELETE", address, headers={"If-Match": item.etag}).status == 204


def test_a_locked_item_can_be_read_and_not_changed_also_inside_a_batch(
    demo: FaultyServer, writes: Asks, drive: DemoDrive
) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")
    address = f"{GRAPH}/me/drive/items/{photo.id}"
    demo.refuse_writes(423, path=photo.path)

    assert writes.get(address).status == 200
    assert writes.send("DELETE", address).error == "resourceLocked"
    assert [reply["status"] for reply in batch(writes, [("DELETE", photo.id, {}, None)])] == [423]
    assert drive.find(photo.path) is photo


def test_a_batch_changes_items_each_with_its_own_if_match_and_body(writes: Asks, drive: DemoDrive) -> None:
    one, two, three = (drive.find(f"/Pictures/2023/p{number}.jpg") for number in (1, 2, 3))
    json_type = {"Content-Type": "application/json"}

    replies = batch(
        writes,
        [
            ("PATCH", one.id, {"If-Match": one.etag, **json_type}, {"name": "q.jpg"}),
            ("PATCH", two.id, {"If-Match": '"{X},9"', **json_type}, {"name": "r.jpg"}),
            ("DELETE", three.id, {}, None),
        ],
    )

    assert [reply["status"] for reply in replies] == [200, 412, 204]
    assert one.name == "q.jpg"
    assert two.name == "p2.jpg"


def test_an_answer_can_be_lost_after_the_change_was_made(demo: FaultyServer, writes: Asks, drive: DemoDrive) -> None:
    one, two = drive.find("/Pictures/2023/p1.jpg"), drive.find("/Pictures/2023/p2.jpg")
    demo.lose_answers(503)
    demo.lose_answers()

    assert writes.send("DELETE", f"{GRAPH}/me/drive/items/{one.id}").status == 503
    with pytest.raises(ConnectionError):
        writes.send("DELETE", f"{GRAPH}/me/drive/items/{two.id}")

    assert not {one.id, two.id} & set(drive.items)


def test_what_happens_just_before_a_change_can_be_arranged(demo: FaultyServer, writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")
    etag = photo.etag
    demo.before_writes(lambda _request: drive.touch(photo), on="writes")

    assert patch(writes, photo.id, {"name": "q.jpg"}, If_Match=etag) == (412, "resourceModified")


def test_some_back_ends_hold_another_case_for_the_same_name(writes: Asks, drive: DemoDrive) -> None:
    photo = drive.find("/Pictures/2023/p1.jpg")
    drive.tells_case_apart_when_renaming = False

    assert patch(writes, photo.id, {"name": "P1.JPG"}) == (409, "nameAlreadyExists")
    drive.tells_case_apart_when_renaming = True
    assert patch(writes, photo.id, {"name": "P1.JPG"}) == (200, "P1.JPG")


def batch(writes: Asks, requests: list[tuple[str, str, dict[str, str], object]]) -> list[Any]:
    """The replies to requests about items, in the order of the requests."""
    rows = [
        {"id": str(number), "method": method, "url": f"/me/drive/items/{item_id}", "headers": headers}
        | ({"body": body} if body is not None else {})
        for number, (method, item_id, headers, body) in enumerate(requests)
    ]
    answered = writes.send("POST", f"{GRAPH}/$batch", json.dumps({"requests": rows}).encode())
    assert answered.status == 200
    return sorted(answered.json["responses"], key=lambda reply: int(reply["id"]))


def test_root_vault_and_special_folders_stay(writes: Asks, drive: DemoDrive) -> None:
    vault = drive.add_vault()

    for item, status in ((drive.root, 400), (vault, 403), (drive.find("/Pictures"), 403)):
        assert writes.send("DELETE", f"{GRAPH}/me/drive/items/{item.id}").status == status


def test_a_special_folder_is_made_for_a_token_that_may_write(writes: Asks, drive: DemoDrive) -> None:
    assert writes.graph("/me/drive/special/music")["specialFolder"] == {"name": "music"}
    assert drive.find("/Music").is_folder


def test_methods_that_do_not_fit_are_refused(writes: Asks) -> None:
    answered = writes.send("PUT", f"{GRAPH}/me/drive")

    assert (answered.status, answered.headers["allow"]) == (405, "GET")
