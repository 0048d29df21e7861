"""The whole tree: everything is listed once by either way, and what cannot be is named with its reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from onedrive.errors import ConnectionLost, ServiceRefused
from onedrive.graph.item import MALWARE_REASON
from onedrive.graph.session import GraphSession
from onedrive.listing import reasons
from onedrive.listing.catalogue import IN_PROGRESS
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock, FixedToken
from tests.faults.server import FaultyServer
from tests.listing.listed import Listed, list_drive
from tests.listing.listing_faults import change_delta_pages, delta_requests, narrow_pages, refuse_delta


def _paths(listed: Listed) -> list[str]:
    return [row["path"] for row in json.loads(listed.files)]


def _folders(listed: Listed) -> list[str]:
    return [row["path"] for row in json.loads(listed.folders)]


@pytest.fixture(params=["delta", "walk"])
def way(request: pytest.FixtureRequest, demo: FaultyServer) -> str:
    if request.param == "walk":
        refuse_delta(demo)
    return str(request.param)


def test_every_file_and_folder_is_listed_with_its_path(
    drive: DemoDrive, graph: GraphSession, home: Path, way: str
) -> None:
    drive.add_file("/b.txt", b"bb")
    drive.add_file("/A/a #1 100%.txt", b"a")
    drive.add_folder("/A/empty")

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a #1 100%.txt", "/b.txt"]
    assert _folders(listed) == ["/A", "/A/empty"]
    assert (listed.state.files, listed.state.folders, listed.state.size_bytes) == (2, 2, 3)
    assert listed.exceptions == []
    assert not (home / IN_PROGRESS).exists()


def test_a_chosen_folder_is_listed_with_paths_from_the_drives_root(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/Pictures/2023/May/a.jpg", b"a")
    drive.add_file("/other.txt", b"o")

    listed = list_drive(home, graph, root="/Pictures/2023")

    assert _paths(listed) == ["/Pictures/2023/May/a.jpg"]
    assert _folders(listed) == ["/Pictures/2023/May"]
    assert delta_requests(demo) == 0


def test_folders_of_many_pages_are_listed_whole(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, way: str
) -> None:
    narrow_pages(demo, 7)
    for number in range(60):
        drive.add_file(f"/A/{number:03}.txt", b"x")

    assert len(_paths(list_drive(home, graph))) == 60


@pytest.mark.parametrize(("refused_above", "asked"), [(1000, 2), (400, 3), (100, 4)])
def test_pages_that_are_too_wide_are_asked_for_narrower(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, refused_above: int, asked: int
) -> None:
    demo.graph.page_sizes.refused_above = refused_above
    drive.add_file("/A/a.txt", b"x")

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt"]
    assert delta_requests(demo) == asked
    assert listed.state.delta_link is not None


def test_too_wide_folder_pages_are_asked_for_narrower(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    demo.graph.page_sizes.refused_above = 100
    drive.add_file("/A/B/a.txt", b"x")

    assert _paths(list_drive(home, graph, root="/A")) == ["/A/B/a.txt"]


def test_a_whole_drive_costs_few_requests(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    for number in range(600):
        drive.add_file(f"/{number % 20}/{number}.txt", b"x")

    list_drive(home, graph)

    assert len(demo.requests) <= 620 / 200 + 5
    assert len(demo.requests) == 2  # the drive, and one wide page


def test_a_walk_costs_a_request_a_folder(drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer) -> None:
    for number in range(30):
        drive.add_file(f"/A/{number}/{number}.txt", b"x")
    list_drive(home, graph, root="/A")

    assert sum(seen.path.endswith("/children") for seen in demo.requests) == 31


def test_a_vault_is_named_and_does_not_stop_the_listing(
    drive: DemoDrive, graph: GraphSession, home: Path, way: str
) -> None:
    drive.add_vault("/Personal Vault")
    drive.add_file("/a.txt", b"a")
    drive.add_folder("/empty")

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/a.txt"]
    assert listed.exceptions == [("/Personal Vault", reasons.VAULT, True)]
    assert listed.result.exit_code == 0


def test_a_vault_is_named_in_whatever_order_delta_shows_the_items(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_vault("/Personal Vault")
    drive.add_file("/A/B/a.txt", b"a")
    change_delta_pages(demo, lambda page: page["value"].reverse())

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/B/a.txt"]
    assert listed.exceptions == [("/Personal Vault", reasons.VAULT, True)]


def test_a_list_of_everything_that_does_not_even_show_the_root_is_not_believed(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/a.txt", b"a")
    change_delta_pages(demo, lambda page: page["value"].clear())

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/a.txt"]


def test_a_notebook_is_named_and_its_sections_are_listed(
    drive: DemoDrive, graph: GraphSession, home: Path, way: str
) -> None:
    drive.add_notebook("/Notes")

    listed = list_drive(home, graph)

    assert listed.exceptions == [("/Notes", reasons.NOTEBOOK, True)]
    assert len(_paths(listed)) == 2
    assert all(path.startswith("/Notes/") for path in _paths(listed))


def test_a_folder_that_cannot_be_read_is_named_and_passed_over(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    refuse_delta(demo)
    drive.add_file("/A/a.txt", b"a")
    drive.add_file("/B/b.txt", b"b")
    demo.unreadable_folder("/A")

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/B/b.txt"]
    assert [(path, by_nature) for path, _, by_nature in listed.exceptions] == [("/A", False)]
    assert "does not allow" in listed.exceptions[0][1]
    assert listed.result.exit_code == 3
    assert listed.state.delta_link is None


def test_a_root_that_cannot_be_read_stops(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.unreadable_folder("/A")

    with pytest.raises(ServiceRefused):
        list_drive(home, graph, root="/A")


def test_a_lost_network_stops_the_listing(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.reset_next(times=None)

    with pytest.raises(ConnectionLost):
        list_drive(home, graph)


def test_an_item_that_comes_twice_is_listed_once(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, way: str
) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.duplicate_items()

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt"]
    assert _folders(listed) == ["/A"]


def test_the_last_word_about_an_item_counts(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    kept = drive.add_file("/A/old name.txt", b"a")
    gone = drive.add_file("/A/gone.txt", b"g")

    def change(page: dict[str, Any]) -> None:
        rows = page["value"]
        again = next(row for row in rows if row["id"] == kept.id)
        rows.append({**again, "name": "new name.txt"})
        rows.append({"id": gone.id, "deleted": {"state": "deleted"}, "parentReference": {}})

    change_delta_pages(demo, change)

    assert _paths(list_drive(home, graph)) == ["/A/new name.txt"]


def test_children_that_come_before_their_parents_find_their_place(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/B/C/a.txt", b"a")
    change_delta_pages(demo, lambda page: page["value"].reverse())

    assert _paths(list_drive(home, graph)) == ["/A/B/C/a.txt"]


def test_a_parent_that_delta_does_not_show_is_asked_for_by_id(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/B/C/a.txt", b"a")
    hidden = {drive.find("/A/B").id, drive.find("/A/B/C").id}
    change_delta_pages(demo, lambda page: page.update(value=[row for row in page["value"] if row["id"] not in hidden]))

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/B/C/a.txt"]
    assert _folders(listed) == ["/A", "/A/B", "/A/B/C"]


def test_an_item_without_any_folder_is_named(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    orphan = drive.add_file("/A/orphan.txt", b"a")
    drive.add_file("/A/in its place.txt", b"a")

    def change(page: dict[str, Any]) -> None:
        for row in page["value"]:
            if row["id"] == orphan.id:
                row["parentReference"] = {"driveId": drive.id, "id": "F09000000CFEA42!nowhere"}

    change_delta_pages(demo, change)

    listed = list_drive(home, graph)

    assert listed.exceptions == [("(folder not shown)/orphan.txt", reasons.ORPHAN, False)]
    assert listed.result.exit_code == 3


def test_an_item_that_lost_its_facets_is_asked_for_by_id(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, way: str
) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.lose_facets("/A")

    assert _paths(list_drive(home, graph)) == ["/A/a.txt"]


@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_delta_that_is_refused_gives_way_to_the_walk(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, status: int
) -> None:
    drive.add_file("/A/a.txt", b"a")
    refuse_delta(demo, status, "notSupported")

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt"]
    assert "The folders are listed one by one instead." in listed.said
    assert listed.result.exit_code == 0


@pytest.mark.parametrize("status", [400, 404, 410])
def test_delta_that_breaks_off_is_begun_afresh_and_then_walked(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, status: int
) -> None:
    narrow_pages(demo, 2)
    for number in range(9):
        drive.add_file(f"/A/{number}.txt", b"a")
    refuse_delta(demo, status, "resyncRequired", after_pages=2)

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 9
    assert "The list is begun afresh." in listed.said
    assert "one by one instead" in listed.said


def test_repeating_pages_of_delta_give_way_to_the_walk(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.repeat_next_link("/", times=2)

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt"]
    assert listed.result.exit_code == 0


def test_a_folder_whose_pages_repeat_is_named_and_the_rest_is_listed(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/a.txt", b"a")
    drive.add_file("/b.txt", b"b")
    refuse_delta(demo)
    demo.repeat_next_link("/A")

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt", "/b.txt"]
    assert listed.exceptions == [("/A", reasons.REPEATING, False)]
    assert listed.result.exit_code == 3


def test_repeating_pages_of_a_chosen_folder_are_got_round_by_delta(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/B/a.txt", b"a")
    drive.add_file("/other/o.txt", b"o")
    demo.repeat_next_link("/A/B")

    listed = list_drive(home, graph, root="/A")

    assert _paths(listed) == ["/A/B/a.txt"]
    assert _folders(listed) == ["/A/B"]
    assert listed.exceptions == []
    assert "OneDrive's own list of everything is asked for instead." in listed.said


def test_a_link_to_another_host_is_not_followed(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.foreign_next_link("evil.example", times=None)

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/A/a.txt"]
    assert listed.exceptions
    assert {reason for _, reason, _ in listed.exceptions} == {reasons.FOREIGN_LINK}
    assert {seen.host for seen in demo.requests} == {"graph.microsoft.com"}


def test_empty_pages_are_not_the_end(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, way: str
) -> None:
    drive.add_file("/A/a.txt", b"a")
    demo.empty_pages(times=3)

    assert _paths(list_drive(home, graph)) == ["/A/a.txt"]


@pytest.mark.parametrize("fault", ["half_page_next", "html_page_next", "cut_body_next", "reset_next", "drip_next"])
def test_a_spoiled_page_is_asked_for_again(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, fault: str
) -> None:
    narrow_pages(demo, 20)
    for number in range(90):
        drive.add_file(f"/A/{number:02}.txt", b"a")
    demo.when_pages_served(3, getattr(demo, fault))

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 90
    assert listed.state.delta_link is not None


def test_a_token_that_is_revoked_between_pages_is_renewed(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, tokens: FixedToken
) -> None:
    narrow_pages(demo, 10)
    for number in range(50):
        drive.add_file(f"/A/{number:02}.txt", b"a")
    demo.when_pages_served(3, demo.revoke_access_tokens)

    listed = list_drive(home, graph)

    assert len(_paths(listed)) == 50
    assert tokens.renewals >= 1


def test_throttling_says_until_when_and_how_much_is_safe(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, clock: FakeClock, said: list[str]
) -> None:
    narrow_pages(demo, 10)
    for number in range(50):
        drive.add_file(f"/A/{number:02}.txt", b"a")
    demo.when_pages_served(4, lambda: demo.throttle_next(seconds=7))

    list_drive(home, graph)

    assert any(wait > 6 for wait in clock.waits)
    assert said[0].startswith("OneDrive asks us to wait until ")
    assert said[0].endswith(" items so far are safe.")


def _shared_drive(drive: DemoDrive) -> DemoDrive:
    other = DemoDrive(drive_id="64e50000000d6004")
    other.add_file("/Family/x.jpg", b"x")
    drive.add_shortcut("/From Eve", other, other.find("/Family"))
    return other


def test_a_shortcut_is_named_with_the_setting_that_follows_it(
    drive: DemoDrive, graph: GraphSession, home: Path, way: str
) -> None:
    _shared_drive(drive)

    listed = list_drive(home, graph)

    assert _paths(listed) == []
    assert listed.exceptions == [("/From Eve", reasons.SHORTCUT, True)]


def test_with_the_setting_a_shortcut_is_walked_on_its_own_drive(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, tokens: FixedToken, way: str
) -> None:
    _shared_drive(drive)
    tokens.token = demo.issue_token("Files.Read Files.Read.All User.Read")

    listed = list_drive(home, graph, shared=True)

    assert _paths(listed) == ["/From Eve/x.jpg"]
    assert json.loads(listed.files)[0]["parentReference"]["driveId"] == "64e50000000d6004"
    assert _folders(listed) == ["/From Eve"]


def test_shortcuts_that_lead_in_a_circle_end(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, tokens: FixedToken, way: str
) -> None:
    other = _shared_drive(drive)
    drive.add_file("/mine/m.txt", b"m")
    other.add_shortcut("/Family/back", drive, drive.find("/mine"))
    drive.add_shortcut("/mine/forth", other, other.find("/Family"))
    tokens.token = demo.issue_token("Files.Read Files.Read.All User.Read")

    listed = list_drive(home, graph, shared=True)

    assert _paths(listed) == ["/From Eve/x.jpg", "/mine/m.txt"]
    assert [(path, reason) for path, reason, _ in listed.exceptions] == [
        ("/From Eve/back", reasons.SHORTCUT_DOUBLE),
        ("/mine/forth", reasons.SHORTCUT_DOUBLE),
    ]


def test_a_shortcut_to_a_file_is_listed_under_the_shortcuts_name(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer, tokens: FixedToken, way: str
) -> None:
    other = _shared_drive(drive)
    drive.add_shortcut("/one picture.jpg", other, other.add_file("/Family/deep/y.jpg", b"yy"))
    tokens.token = demo.issue_token("Files.Read Files.Read.All User.Read")

    assert "/one picture.jpg" in _paths(list_drive(home, graph, shared=True))


def test_a_file_with_malware_is_listed_and_named(drive: DemoDrive, graph: GraphSession, home: Path, way: str) -> None:
    drive.add_file("/bad.exe", b"x").facets["malware"] = {}

    listed = list_drive(home, graph)

    assert _paths(listed) == ["/bad.exe"]
    assert listed.exceptions == [("/bad.exe", MALWARE_REASON, True)]


def test_names_that_only_json_can_hold_survive(drive: DemoDrive, graph: GraphSession, home: Path, way: str) -> None:
    names = ["tab\there", 'quote"back\\slash', "half \ud83d emoji", "\u2028line", "\x1b[2J", "e\u0301", "日本"]
    for name in names:
        drive.add_file(f"/A/{name}", b"x")

    rows = json.loads(list_drive(home, graph).files)

    assert sorted(row["name"] for row in rows) == sorted(names)
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)


def test_a_folder_that_delta_shows_empty_is_opened_to_see(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/A/B/a.txt", b"a")
    hidden = {drive.find("/A/B").id, drive.find("/A/B/a.txt").id}
    change_delta_pages(demo, lambda page: page.update(value=[row for row in page["value"] if row["id"] not in hidden]))

    assert _paths(list_drive(home, graph)) == ["/A/B/a.txt"]
