"""Delta of the pretend drive: everything, what changed, tombstones, tokens that hold and tokens that do not."""

from __future__ import annotations

from typing import Any

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.pretend.demo_asks import GRAPH, Asks

DELTA = f"{GRAPH}/me/drive/root/delta"


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    for number in range(7):
        drive.add_file(f"/A/B/f{number}.txt", b"x" * number)
    drive.add_file("/top.txt", b"top")
    return drive


def delta_link(asks: Asks, url: str = DELTA) -> str:
    return str(asks.pages(url)[-1]["@odata.deltaLink"])


def named(items: list[dict[str, Any]]) -> list[str]:
    return [item.get("name", "(deleted)") for item in items]


def test_the_first_delta_shows_everything_root_first_parents_before_children(asks: Asks, drive: DemoDrive) -> None:
    root, *others = asks.items(f"{DELTA}?$top=3")

    seen = {root["id"]}
    for item in others:
        assert item["parentReference"]["id"] in seen
        assert "@microsoft.graph.downloadUrl" not in item
        assert "name" not in item["parentReference"]
        seen.add(item["id"])
    assert seen == set(drive.items)
    assert not {"eTag", "cTag"} & set(root)
    assert set(root["parentReference"]) == {"driveType", "driveId", "siteId"}
    assert all("quickXorHash" in item["file"]["hashes"] for item in others if "file" in item and item["size"])
    selected = asks.items(f"{DELTA}?$select=id,file,content.downloadUrl&$top=4")
    assert all(("@microsoft.graph.downloadUrl" in item) == ("file" in item) for item in selected)


def test_a_deleted_tree_comes_as_nameless_tombstones_top_down(asks: Asks, drive: DemoDrive) -> None:
    link = delta_link(asks)
    gone = [drive.find("/A"), drive.find("/A/B"), drive.find("/A/B/f0.txt")]
    drive.delete(gone[0])

    root, *tombstones = asks.items(link)

    assert "root" in root
    assert [item["id"] for item in tombstones[:3]] == [item.id for item in gone]
    assert len(tombstones) == 9
    assert not any({"name", "eTag"} & set(item) for item in tombstones)
    assert all(item["deleted"] == {"state": "deleted"} for item in tombstones)
    assert tombstones[2]["file"]["hashes"]["quickXorHash"] == "AAAAAAAAAAAAAAAAAAAAAAAAAAA="
    assert tombstones[2]["cTag"].endswith(',4294967295"')


def test_pages_of_changes_show_each_once_and_what_changes_meanwhile_comes_next_time(
    asks: Asks, drive: DemoDrive
) -> None:
    link = delta_link(asks, f"{DELTA}?$top=2")
    drive.delete(drive.find("/A/B/f3.txt"))
    for number in (1, 2, 4):
        drive.change_content(drive.find(f"/A/B/f{number}.txt"), b"new")

    first = asks.get(link).json
    drive.rename(drive.find("/A/B/f1.txt"), "renamed meanwhile")
    pages = [first, *asks.pages(first["@odata.nextLink"])]

    assert [len(page["value"]) for page in pages] == [2, 2, 2, 1]
    assert len({item["id"] for page in pages for item in page["value"]}) == 7
    assert "renamed meanwhile" in named(asks.items(pages[-1]["@odata.deltaLink"]))


@pytest.mark.parametrize(
    "spelling", ["delta?token=latest", "delta(token='latest')", "microsoft.graph.delta(token='latest')"]
)
def test_token_latest_skips_what_is_there_in_each_spelling(asks: Asks, drive: DemoDrive, spelling: str) -> None:
    latest = asks.graph(f"/drives/0f09000000cfea42/root/{spelling}")
    drive.add_file("/new.txt", b"")

    assert latest["value"] == []
    assert named(asks.items(latest["@odata.deltaLink"])) == ["root", "new.txt"]


def test_forgotten_tokens_are_answered_with_410_and_a_fresh_start(
    asks: Asks, demo: FaultyServer, drive: DemoDrive
) -> None:
    link = delta_link(asks)
    demo.forget_delta_tokens()

    refused = asks.get(link)

    assert (refused.status, refused.error) == (410, "resyncRequired")
    assert refused.json["error"]["innerError"]["code"] == "resyncChangesApplyDifferences"
    assert len(asks.items(refused.headers["location"])) == len(drive.items)


@pytest.mark.parametrize("token", ["nonsense", "WyJ4Il0", "Nw", "%00", "aaaa=aaa"])
def test_a_damaged_token_is_answered_with_400(asks: Asks, token: str) -> None:
    refused = asks.get(f"{DELTA}?token={token}")

    assert (refused.status, refused.error) == (400, "invalidRequest")
    assert refused.json["error"]["message"] == "Provided sync token is malformed"


def test_delta_of_one_folder_stays_in_it_and_work_drives_know_none(asks: Asks, drive: DemoDrive) -> None:
    folder = drive.find("/A/B")
    items = asks.items(f"{GRAPH}/me/drive/items/{folder.id}/delta")
    work = DemoDrive(drive_type="business")
    work.add_file("/A/a.txt", b"x")

    with FaultyServer(work) as demo:
        listed = Asks(demo).items(DELTA)
        refused = Asks(demo).get(f"{GRAPH}/me/drive/items/{work.find('/A').id}/delta")

    assert (items[0]["id"], len(items)) == (folder.id, 8)
    assert not any("cTag" in item or "path" in item["parentReference"] for item in listed)
    assert refused.error == "invalidRequest"


def test_the_old_personal_back_end_counts_no_children_and_gives_urls() -> None:
    drive = DemoDrive(dialect="old")
    drive.add_file("/A/a b.txt", b"x", modified="2019-05-04T10:11:12.5Z")
    with FaultyServer(drive) as demo:
        root, folder, file = Asks(demo).items(DELTA)

    assert root["folder"]["childCount"] == folder["folder"]["childCount"] == 0
    assert file["@microsoft.graph.downloadUrl"].startswith("https://public.bn.files.1drv.com/y4m")
    assert file["fileSystemInfo"]["lastModifiedDateTime"] == "2019-05-04T10:11:12.5Z"
    assert "reactions" in file
    assert len(file["file"]["hashes"]) == 3
