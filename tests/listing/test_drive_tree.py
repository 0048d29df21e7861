"""The whole tree: everything is listed once by either way, and what cannot be is named with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onedrive.errors import ServiceRefused, ServiceUnusable
from onedrive.graph.item import MALWARE_REASON, Kind, from_graph
from onedrive.graph.session import BatchReply, GraphSession
from onedrive.listing import reasons
from onedrive.listing.catalogue import IN_PROGRESS
from onedrive.listing.item_row import RowReader
from onedrive.listing.walk import MOST_AT_A_TIME, _Room
from onedrive.net.patience import SharedPause
from tests.benchmarks.generated import use_generated_drive
from tests.conftest import FakeClock, FixedToken
from tests.faults.effects import change_json
from tests.faults.line import Fault
from tests.faults.server import FaultyServer
from tests.listing.scene import Scene


def test_every_file_and_folder_is_listed_with_its_path(scene: Scene, way: str) -> None:
    scene.given("/b.txt", "/A/a #1 100%.txt")
    scene.drive.add_folder("/A/empty")

    listed = scene.list()

    assert listed.paths == ["/A/a #1 100%.txt", "/b.txt"]
    assert listed.folder_paths == ["/A", "/A/empty"]
    assert (listed.state.files, listed.state.folders, listed.state.size_bytes) == (2, 2, 2)
    assert listed.exceptions == []
    assert not (scene.home / IN_PROGRESS).exists()


def test_a_chosen_folder_is_walked_and_listed_with_paths_from_the_drives_root(scene: Scene) -> None:
    scene.given("/Pictures/2023/May/a.jpg", "/other.txt")

    listed = scene.list(root="/Pictures/2023")

    assert listed.paths == ["/Pictures/2023/May/a.jpg"]
    assert listed.folder_paths == ["/Pictures/2023/May"]
    assert scene.asked("/delta") == 0


def test_folders_of_many_pages_are_listed_whole_and_no_page_twice(scene: Scene, way: str) -> None:
    scene.narrow_pages(7)
    scene.given(*(f"/A/{number:03}.txt" for number in range(60)))

    listed = scene.list()

    assert len(listed.paths) == 60
    asked = [f"{seen.path}?{seen.query}" for seen in scene.demo.requests if "/children" in seen.path]
    assert len(asked) == len(set(asked)) == (1 + 9 if way == "walk" else 0)


@pytest.mark.parametrize(("refused_above", "asked"), [(1000, 2), (400, 3), (100, 4)])
def test_pages_that_are_too_wide_are_asked_for_narrower(scene: Scene, refused_above: int, asked: int) -> None:
    scene.demo.graph.page_sizes.refused_above = refused_above
    scene.given("/A/B/a.txt")

    listed = scene.list()

    assert listed.paths == ["/A/B/a.txt"]
    assert scene.asked("/delta") == asked
    assert listed.state.delta_link is not None
    assert scene.list(root="/A").paths == ["/A/B/a.txt"]


def test_a_whole_drive_costs_few_requests_and_a_walk_one_a_folder(scene: Scene) -> None:
    scene.given(*(f"/A/{number % 10}/{number}.txt" for number in range(60)))

    scene.list()
    assert len(scene.demo.requests) == 2  # the drive, and one wide page
    scene.list(root="/A")
    assert scene.asked("/children") == 11


def test_the_widest_pages_that_the_service_allows_are_used(scene: Scene) -> None:
    use_generated_drive(scene.demo, 1200, largest_page=5000)

    scene.list()

    assert scene.asked("/delta") == 1


def test_what_cannot_be_had_by_its_nature_is_named_and_does_not_stop_the_listing(scene: Scene, way: str) -> None:
    scene.drive.add_vault("/Personal Vault")
    scene.drive.add_notebook("/Notes")
    scene.drive.add_folder("/empty")
    scene.drive.add_file("/bad.exe", b"x").facets["malware"] = {}

    listed = scene.list()

    assert listed.paths == ["/Notes/Notes.one", "/Notes/Open Notebook.onetoc2", "/bad.exe"]
    assert listed.exceptions == [
        ("/Notes", reasons.NOTEBOOK, True),
        ("/Personal Vault", reasons.VAULT, True),
        ("/bad.exe", MALWARE_REASON, True),
    ]
    assert listed.result.exit_code == 0
    assert scene.asked("/children") == (4 if way == "walk" else 0)  # the vault's no is not about the width of pages


FACETS = ("deleted", "root", "folder", "malware", "package", "remoteItem")
HARMLESS: dict[str, Callable[[Scene], object]] = {
    "each item comes twice": lambda scene: scene.demo.duplicate_items(),
    "empty pages come": lambda scene: scene.demo.empty_pages(times=3),
    "a folder lost its facets": lambda scene: scene.demo.lose_facets("/A"),
    "a file lost its facets": lambda scene: scene.demo.lose_facets("/A/a.txt"),
    "pages of delta repeat": lambda scene: scene.demo.repeat_next_link("/", times=2),
    "delta shows nothing, not even the root": lambda scene: scene.change_pages(lambda page: page["value"].clear()),
    "what is inside comes before its folder": lambda scene: scene.change_pages(lambda page: page["value"].reverse()),
    "a size has a point": lambda scene: scene.change_row("a.txt", size=1.0),
    "facets are null": lambda scene: scene.change_row("a.txt", **dict.fromkeys(FACETS)),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_oddities_of_the_service_change_nothing(scene: Scene, way: str, what: str) -> None:
    scene.given("/A/a.txt")
    HARMLESS[what](scene)

    listed = scene.list()

    assert (listed.paths, listed.folder_paths, listed.exceptions) == (["/A/a.txt"], ["/A"], [])
    assert b'"size":1,' in listed.files
    assert listed.result.exit_code == 0


def _never_answers(fault: str) -> Callable[[Scene], object]:
    return lambda scene: getattr(scene.demo, fault)(path="/E", times=None)


def _has_no_folder(scene: Scene) -> None:
    scene.change_row("A", folder={"childCount": 0})  # else its folder would be asked for what is in it
    scene.change_row("odd.txt", parentReference={"driveId": scene.drive.id, "id": "F09000000CFEA42!nowhere"})


def _has_no_name(scene: Scene) -> None:
    nameless = {"name": 7}
    scene.change_pages(lambda page: [row.update(nameless) for row in page["value"] if row.get("name") == "odd.txt"])


# How the service is spoilt; which path is named with which reason; what is not among the files then.
NAMED: list[tuple[Callable[[Scene], object], str, str, str]] = [
    *(
        (_never_answers(fault), "/E", "not listed: ", "none")
        for fault in ("fail_next", "html_page_next", "half_page_next")
    ),
    (_has_no_name, "/A/(without a name)", 'it cannot be listed: it has no "name"', "/A/odd.txt"),
    (_has_no_folder, "(folder not shown)/odd.txt", reasons.ORPHAN, "/A/odd.txt"),
]
WALKED: list[tuple[Callable[[Scene], object], str, str, str]] = [
    (lambda scene: scene.demo.unreadable_folder("/A"), "/A", "does not allow", "/A"),
    (lambda scene: scene.demo.unreadable_folder("/A", 403, "accessDenied"), "/A", "(403 accessDenied)", "/A"),
    (lambda scene: scene.demo.unreadable_folder("/A", 423, "resourceLocked"), "/A", "it is locked", "/A"),
    (lambda scene: scene.demo.unreadable_folder("/A", 403, "siteBlocked"), "/A", "has blocked it", "/A"),
    (lambda scene: scene.demo.unreadable_folder("/A", 404, "itemNotFound"), "/A", reasons.MOVED_MEANWHILE, "/A"),
    (lambda scene: scene.demo.repeat_next_link("/A"), "/A", reasons.REPEATING, "none"),
]


@pytest.mark.parametrize(
    ("is_walked", "spoil", "path", "reason", "missing"),
    [*((False, *entry) for entry in NAMED), *((True, *entry) for entry in WALKED)],
)
def test_what_cannot_be_listed_this_time_is_named_and_the_rest_is_listed(
    scene: Scene, is_walked: bool, spoil: Callable[[Scene], object], path: str, reason: str, missing: str
) -> None:
    scene.given("/A/a.txt", "/A/odd.txt", "/b.txt")
    scene.drive.add_folder("/E")
    if is_walked:
        scene.refuse_delta()
    spoil(scene)

    listed = scene.list()

    assert listed.paths == [file for file in ("/A/a.txt", "/A/odd.txt", "/b.txt") if not file.startswith(missing)]
    assert [(named, by_nature) for named, _, by_nature in listed.exceptions] == [(path, False)]
    assert reason in listed.exceptions[0][1]
    assert "1 thing could not be listed this time:" in listed.said
    assert listed.said.endswith("are listed, but one thing named above is missing. Choose 3 to try again.\n")
    assert listed.result.exit_code == 3
    assert listed.state.delta_link is None


def test_a_chosen_folder_that_cannot_be_read_stops(scene: Scene) -> None:
    scene.given("/A/a.txt")
    scene.demo.unreadable_folder("/A")

    with pytest.raises(ServiceRefused):
        scene.list(root="/A")


def test_the_last_word_about_an_item_counts(scene: Scene) -> None:
    scene.given("/A/old name.txt", "/A/gone.txt")
    kept, gone = scene.drive.find("/A/old name.txt").id, scene.drive.find("/A/gone.txt").id

    def change(page: dict[str, Any]) -> None:
        again = next(row for row in page["value"] if row["id"] == kept)
        page["value"].append({**again, "name": "new name.txt"})
        page["value"].append({"id": gone, "deleted": {"state": "deleted"}, "parentReference": {}})

    scene.change_pages(change)

    assert scene.list().paths == ["/A/new name.txt"]


@pytest.mark.parametrize("hidden", [["/A/B", "/A/B/C"], ["/A/B", "/A/B/C", "/A/B/C/a.txt"]])
def test_what_delta_does_not_show_is_asked_for(scene: Scene, hidden: list[str]) -> None:
    """Parents by their ids, and a folder that seems empty is opened to see."""
    scene.given("/A/B/C/a.txt")
    scene.hide(*hidden)

    listed = scene.list()

    assert listed.paths == ["/A/B/C/a.txt"]
    assert listed.folder_paths == ["/A", "/A/B", "/A/B/C"]


def test_repeating_pages_of_a_chosen_folder_are_got_round_by_delta(scene: Scene) -> None:
    scene.given("/A/B/a.txt", "/other/o.txt")
    scene.demo.repeat_next_link("/A/B")

    listed = scene.list(root="/A")

    assert (listed.paths, listed.folder_paths, listed.exceptions) == (["/A/B/a.txt"], ["/A/B"], [])
    assert "OneDrive is asked for its own list of everything instead." in listed.said


def test_a_link_to_another_host_is_not_followed(scene: Scene) -> None:
    scene.given("/A/a.txt")
    scene.demo.foreign_next_link("evil.example", times=None)

    listed = scene.list()

    assert listed.paths == ["/A/a.txt"]
    assert {reason for _, reason, _ in listed.exceptions} == {reasons.FOREIGN_LINK}
    assert {seen.host for seen in scene.demo.requests} == {"graph.microsoft.com"}


SPOILT: dict[str, Callable[[FaultyServer], object]] = {
    "half a page": lambda demo: demo.half_page_next(),
    "a page of HTML": lambda demo: demo.html_page_next(),
    "a body that is cut": lambda demo: demo.cut_body_next(100, on="graph"),
    "a connection that is reset": lambda demo: demo.reset_next(),
    "a token that is withdrawn": lambda demo: demo.revoke_access_tokens(),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_page_that_is_spoilt_in_the_middle_is_asked_for_again(scene: Scene, tokens: FixedToken, how: str) -> None:
    scene.narrow_pages(20)
    scene.given(*(f"/A/{number:02}.txt" for number in range(90)))
    whole = scene.list("whole")
    requests = len(scene.demo.requests)
    scene.demo.when_pages_served(3, lambda: SPOILT[how](scene.demo))

    listed = scene.list()

    assert (listed.files, listed.state.delta_link is None) == (whole.files, False)
    assert len(scene.demo.requests) > requests
    assert (tokens.renewals > 0) == ("token" in how)


def test_throttling_says_until_when_and_how_much_is_safe(scene: Scene, clock: FakeClock, said: list[str]) -> None:
    scene.narrow_pages(10)
    scene.given(*(f"/A/{number:02}.txt" for number in range(50)))
    scene.demo.when_pages_served(4, lambda: scene.demo.throttle_next(seconds=7))

    scene.list()

    assert any(wait > 6 for wait in clock.waits)
    assert said[0].startswith("OneDrive asks us to wait until ")
    assert said[0].endswith(" items so far are safe.")


def test_names_that_only_json_can_hold_survive(scene: Scene, way: str) -> None:
    names = ["tab\there", 'quote"back\\slash', "half \ud83d emoji", "\u2028line", "\x1b[2J", "e\u0301", "日本"]
    scene.given(*(f"/A/{name}" for name in names))

    listed = scene.list()

    assert listed.paths == sorted(listed.paths) == sorted(f"/A/{name}" for name in names)


def test_a_batch_that_never_answers_is_asked_one_by_one(scene: Scene) -> None:
    def never(*_paths: object, **_more: object) -> list[BatchReply]:
        raise ServiceUnusable("graph.microsoft.com", "what it sent is not the JSON that it should be")

    scene.drive.add_folder("/E")
    scene.drive.add_folder("/F")
    scene.drive.add_vault("/Personal Vault")
    scene.graph.batch = never  # type: ignore[method-assign]  # a service whose batches are out of order

    assert scene.list().exceptions == [("/Personal Vault", reasons.VAULT, True)]


# --- several folders at a time, and fewer after throttling ------------------------------------------------------------


@pytest.mark.parametrize(("times", "most"), [(0, MOST_AT_A_TIME), (1, MOST_AT_A_TIME // 2), (9, 1)])
def test_fewer_folders_at_a_time_after_throttling_and_more_again_later(
    graph: GraphSession, pause: SharedPause, times: int, most: int
) -> None:
    room = _Room(graph)
    for _ in range(times):
        pause.begin(1, "graph.microsoft.com")
        room.count_page()
    assert room.most == most

    for _ in range(400):
        room.count_page()
    assert room.most == MOST_AT_A_TIME


def test_a_throttled_walk_waits_together_and_is_whole(scene: Scene, clock: FakeClock) -> None:
    scene.given(*(f"/A/{number}/x.txt" for number in range(30)))
    scene.demo.when_pages_served(6, lambda: scene.demo.throttle_next(times=3, seconds=20))

    assert len(scene.list(root="/A").paths) == 30
    assert sum(wait for wait in clock.waits if wait > 5) >= 20


def test_one_404_is_no_proof_that_a_folder_is_gone(scene: Scene, clock: FakeClock) -> None:
    scene.given("/A/a.txt", "/b.txt")
    scene.refuse_delta()
    scene.demo.fail_next(404, on="graph", path="/A", times=1)

    listed = scene.list()

    assert (listed.paths, listed.exceptions) == (["/A/a.txt", "/b.txt"], [])
    assert clock.waits == [1.0]


# --- items as real drives of four kinds showed them (neutralised) -----------------------------------------------------


RECORDED = [json.loads(line)["item"] for line in (Path(__file__).parent / "recorded_items.jsonl").open()]
ITEMS: dict[str, dict[str, Any]] = {
    item["id"]: item for item in RECORDED if "root" not in item and "deleted" not in item
}


def test_each_is_read_alike_by_the_listing_and_by_what_reads_a_single_item() -> None:
    for shown in RECORDED:
        if "deleted" not in shown:
            item, row = from_graph(shown), RowReader("x").read(shown)
            assert (item.kind, item.id, item.name, item.size or 0) == (row.kind, row.id, row.name, row.size_bytes)


@pytest.mark.parametrize("is_walked", [False, True])
def test_each_has_its_place_in_the_list_or_among_what_is_named(scene: Scene, is_walked: bool) -> None:
    inner = scene.drive.add_folder("/A").id
    rows = [
        {**item, "name": f"{number} {item['name']}", "parentReference": {"id": inner}}
        for number, item in enumerate(ITEMS.values())
    ]

    def change(page: dict[str, Any]) -> None:
        page["value"] += [*rows, *(item for item in RECORDED if item["id"] not in ITEMS and "deleted" in item)]

    scene.change_pages(change)
    if is_walked:
        scene.refuse_delta()
        scene.demo.fault_line.add(Fault(change_json(lambda page: page.update(value=rows)), "graph", "/A", None))

    listed = scene.list()

    named = {path for path, _, _ in listed.exceptions}
    kinds = {row["name"]: from_graph(row).kind for row in rows}
    assert {path.removeprefix("/A/") for path in {*listed.paths, *listed.folder_paths, *named} - {"/A"}} == set(kinds)
    assert set(listed.paths) == {f"/A/{name}" for name, kind in kinds.items() if kind is Kind.FILE}
