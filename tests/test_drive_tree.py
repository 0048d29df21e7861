"""Walking the tree: everything is listed once, and what cannot be is named with its reason."""

from __future__ import annotations

import pytest

from onedrive import drive_tree
from onedrive.demo.drive import DemoDrive
from onedrive.demo.server import DemoServer
from onedrive.drive_item import MALWARE_REASON
from onedrive.drive_tree import DriveTree, walk_tree
from onedrive.errors import ConnectionLost, ServiceRefused
from onedrive.graph import GraphSession
from onedrive.root_folder import find_root_folder
from tests.conftest import FixedToken


def _walk(graph: GraphSession, folder: str = "/", *, follow: bool = False) -> DriveTree:
    return walk_tree(graph, find_root_folder(graph, folder), follow_shortcuts=follow, report=lambda _counts: None)


def _paths(tree: DriveTree) -> list[str]:
    return [item.path for item in tree.files]


def test_every_file_and_folder_is_listed_with_its_path(drive: DemoDrive, graph: GraphSession) -> None:
    drive.add_file("/b.txt", b"bb")
    drive.add_file("/A/a #1 100%.txt", b"a")
    drive.add_folder("/A/empty")

    tree = _walk(graph)

    assert _paths(tree) == ["/A/a #1 100%.txt", "/b.txt"]
    assert [item.path for item in tree.folders] == ["/A", "/A/empty"]
    assert (tree.counts.files, tree.counts.folders, tree.counts.size_bytes) == (2, 2, 3)
    assert tree.exceptions == []


def test_a_chosen_folder_is_listed_with_paths_from_the_drives_root(drive: DemoDrive, graph: GraphSession) -> None:
    drive.add_file("/Pictures/2023/May/a.jpg", b"a")
    drive.add_file("/other.txt", b"o")

    assert _paths(_walk(graph, "/Pictures/2023")) == ["/Pictures/2023/May/a.jpg"]


def test_folders_of_many_pages_are_listed_whole(
    drive: DemoDrive, graph: GraphSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drive_tree, "PAGE_SIZE", 7)
    for number in range(60):
        drive.add_file(f"/A/{number:03}.txt", b"x")

    assert len(_walk(graph).files) == 60


def test_a_vault_is_named_and_does_not_stop_the_listing(drive: DemoDrive, graph: GraphSession) -> None:
    drive.add_vault("/Personal Vault")
    drive.add_file("/a.txt", b"a")

    tree = _walk(graph)

    assert _paths(tree) == ["/a.txt"]
    assert [(entry.path, entry.reason, entry.by_nature) for entry in tree.exceptions] == [
        ("/Personal Vault", drive_tree.VAULT_REASON, True)
    ]


def test_a_notebook_is_named_and_its_sections_are_listed(drive: DemoDrive, graph: GraphSession) -> None:
    drive.add_notebook("/Notes")

    tree = _walk(graph)

    assert [(entry.path, entry.by_nature) for entry in tree.exceptions] == [("/Notes", True)]
    assert tree.files
    assert all(path.startswith("/Notes/") for path in _paths(tree))


def test_a_folder_that_cannot_be_read_is_named_and_passed_over(
    drive: DemoDrive, graph: GraphSession, demo: DemoServer
) -> None:
    drive.add_file("/A/a.txt", b"a")
    drive.add_file("/B/b.txt", b"b")
    demo.unreadable_folder("/A")

    tree = _walk(graph)

    assert _paths(tree) == ["/B/b.txt"]
    assert [(entry.path, entry.by_nature) for entry in tree.exceptions] == [("/A", False)]
    assert "does not allow" in tree.exceptions[0].reason


def test_a_root_that_cannot_be_read_stops(drive: DemoDrive, graph: GraphSession, demo: DemoServer) -> None:
    drive.add_file("/A/a.txt", b"a")
    root = find_root_folder(graph, "/A")
    demo.unreadable_folder("/A")

    with pytest.raises(ServiceRefused):
        walk_tree(graph, root, follow_shortcuts=False, report=lambda _counts: None)


def test_a_lost_network_stops_the_walk(drive: DemoDrive, graph: GraphSession, demo: DemoServer) -> None:
    drive.add_file("/A/a.txt", b"a")
    root = find_root_folder(graph, "/")
    demo.reset_next(times=None)

    with pytest.raises(ConnectionLost):
        walk_tree(graph, root, follow_shortcuts=False, report=lambda _counts: None)


def test_an_item_that_comes_twice_is_listed_once(drive: DemoDrive, graph: GraphSession, demo: DemoServer) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.duplicate_items()

    assert _paths(_walk(graph)) == ["/A/a.txt"]


def test_an_item_that_lost_its_facets_is_asked_for_by_id(
    drive: DemoDrive, graph: GraphSession, demo: DemoServer
) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.lose_facets("/A")

    assert _paths(_walk(graph)) == ["/A/a.txt"]


def test_a_folder_whose_pages_repeat_is_named(drive: DemoDrive, graph: GraphSession, demo: DemoServer) -> None:
    drive.add_file("/A/a.txt", b"a")
    drive.add_file("/b.txt", b"b")
    demo.repeat_next_link("/A")

    tree = _walk(graph)

    assert _paths(tree) == ["/A/a.txt", "/b.txt"]
    assert [(entry.path, entry.reason) for entry in tree.exceptions] == [("/A", drive_tree.REPEATING_REASON)]


def _shared_drive(drive: DemoDrive) -> DemoDrive:
    other = DemoDrive(drive_id="64e50000000d6004")
    other.add_file("/Family/x.jpg", b"x")
    drive.add_shortcut("/From Eve", other, other.find("/Family"))
    return other


def test_a_shortcut_is_named_with_the_setting_that_follows_it(drive: DemoDrive, graph: GraphSession) -> None:
    _shared_drive(drive)

    tree = _walk(graph)

    assert tree.files == []
    assert [(entry.path, entry.by_nature) for entry in tree.exceptions] == [("/From Eve", True)]
    assert "ONEDRIVE_SHARED=1" in tree.exceptions[0].reason


def test_with_the_setting_a_shortcut_is_walked_on_its_own_drive(
    drive: DemoDrive, graph: GraphSession, demo: DemoServer, tokens: FixedToken
) -> None:
    _shared_drive(drive)
    tokens.token = demo.issue_token("Files.Read Files.Read.All User.Read")

    tree = _walk(graph, follow=True)

    assert _paths(tree) == ["/From Eve/x.jpg"]
    assert tree.files[0].drive_id == "64e50000000d6004"


def test_shortcuts_that_lead_in_a_circle_end(
    drive: DemoDrive, graph: GraphSession, demo: DemoServer, tokens: FixedToken
) -> None:
    other = _shared_drive(drive)
    drive.add_file("/mine/m.txt", b"m")
    other.add_shortcut("/Family/back", drive, drive.find("/mine"))
    drive.add_shortcut("/mine/forth", other, other.find("/Family"))
    tokens.token = demo.issue_token("Files.Read Files.Read.All User.Read")

    tree = _walk(graph, follow=True)

    assert sorted(path.rsplit("/", 1)[1] for path in _paths(tree)) == ["m.txt", "x.jpg"]


def test_a_file_with_malware_is_listed_and_named(drive: DemoDrive, graph: GraphSession) -> None:
    drive.add_file("/bad.exe", b"x").facets["malware"] = {}

    tree = _walk(graph)

    assert _paths(tree) == ["/bad.exe"]
    assert [entry.reason for entry in tree.exceptions] == [MALWARE_REASON]
