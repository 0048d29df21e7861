"""Fresh addresses and newest metadata: what Graph does, and what changed since the list was made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from onedrive.errors import SignInNeeded
from onedrive.graph.session import GraphSession
from onedrive.net.client import HttpClient
from onedrive.net.reply import Timeouts
from onedrive.transfer.addresses import AnotherDrive
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Reply, Request, json_reply
from tests.conftest import FakeClock, FixedToken
from tests.desk import Desk
from tests.faults import effects
from tests.faults.line import Fault
from tests.faults.server import FaultyServer

BIG = bytes(range(256)) * 4000


class Tokens(FixedToken):
    """A sign-in that a test can end."""

    can_renew = True

    def renew_access_token(self, rejected: str) -> str:
        if not self.can_renew:
            raise SignInNeeded("The sign-in has ended.", "Choose 1.")
        return super().renew_access_token(rejected)


@pytest.fixture
def tokens(demo: FaultyServer) -> Tokens:
    return Tokens(demo)


@pytest.fixture
def http(demo: FaultyServer) -> Iterator[HttpClient]:
    timeouts = Timeouts(connect_seconds=2, silence_seconds=0.4, body_seconds=3, slow_seconds=0.5)
    client = HttpClient(demo_port=demo.port, timeouts=timeouts)
    yield client
    client.close()


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    return Desk(home, graph, http, demo)


# --- between list and download ----------------------------------------------------------------------------------------


def test_what_changed_since_the_list_is_fetched_as_it_is_now_and_said_so(drive: DemoDrive, desk: Desk) -> None:
    changed = drive.add_file("/A/changed.txt", b"old")
    drive.add_file("/A/same.txt", b"same")
    desk.list_drive()
    drive.change_content(changed, b"brand new")

    assert desk.download().exit_code == 0
    assert desk.files() == {"A/changed.txt": b"brand new", "A/same.txt": b"same"}
    assert "1 file changed on OneDrive since the list was made" in desk.said.getvalue()


def test_what_is_gone_since_the_list_is_named(drive: DemoDrive, desk: Desk) -> None:
    gone = drive.add_file("/A/gone.txt", b"old")
    drive.add_file("/A/same.txt", b"same")
    desk.list_drive()
    drive.delete(gone)

    result = desk.download()

    assert result.exit_code == 3
    assert desk.files() == {"A/same.txt": b"same"}
    assert desk.errors()["/A/gone.txt"].startswith("no longer on OneDrive")


def test_what_was_moved_since_the_list_is_found_by_its_id(drive: DemoDrive, desk: Desk) -> None:
    moved = drive.add_file("/A/moved.txt", b"moved")
    drive.add_file("/A/same.txt", b"same")
    other = drive.add_folder("/B")
    desk.list_drive()
    drive.move(moved, other)

    assert desk.download().exit_code == 0
    assert desk.files() == {"A/moved.txt": b"moved", "A/same.txt": b"same"}


def test_a_file_that_a_folder_took_the_place_of_is_gone(drive: DemoDrive, desk: Desk) -> None:
    gone = drive.add_file("/A/x", b"old")
    desk.list_drive()
    drive.delete(gone)
    drive.add_folder("/A/x")

    assert desk.download().exit_code == 3
    assert list(desk.errors()) == ["/A/x"]


def test_a_change_in_mid_download_never_mixes_two_versions(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    item = drive.add_file("/a.bin", BIG)
    desk.list_drive()
    demo.cut_body_next(600_000)
    demo.when_bytes_served(500_000, lambda: drive.change_content(item, bytes(reversed(BIG))))

    assert desk.download().exit_code == 0
    assert desk.files() == {"a.bin": bytes(reversed(BIG))}


def test_a_list_of_another_drive_is_said_not_named_file_by_file(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a.txt", b"a")
    desk.list_drive()
    state = json.loads((desk.home / "list_state.json").read_text())
    state["drive_id"] = "00000000000000ff"
    (desk.home / "list_state.json").write_text(json.dumps(state))
    drive.delete(drive.find("/a.txt"))

    with pytest.raises(AnotherDrive, match="another OneDrive"):
        desk.download()
    assert desk.requests("graph.microsoft.com")[-1] == "/v1.0/me/drive"


# --- Graph ------------------------------------------------------------------------------------------------------------


def test_a_folder_costs_one_request_for_hundreds_of_addresses(drive: DemoDrive, desk: Desk) -> None:
    for number in range(250):
        drive.add_file(f"/A/{number:03}.txt", b"%d" % number)
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert len(desk.requests("graph.microsoft.com")) == 1
    assert desk.fetched() == 250


def test_few_wanted_files_of_a_large_folder_are_asked_by_id(drive: DemoDrive, desk: Desk) -> None:
    for number in range(250):
        drive.add_file(f"/A/{number:03}.txt", b"%d" % number)
    desk.list_drive()
    desk.download()
    (desk.downloads / "A" / "249.txt").unlink()
    (desk.downloads / "A" / "248.txt").unlink()
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert len(desk.requests("graph.microsoft.com")) == 2
    assert all("/children" not in path for path in desk.requests("graph.microsoft.com"))


def test_a_folder_that_cannot_be_read_does_not_stop_its_files(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    for name in ("a", "b", "c"):
        drive.add_file(f"/A/{name}", name.encode())
    drive.add_file("/B/d", b"d")
    desk.list_drive()
    demo.unreadable_folder("/A")

    assert desk.download().exit_code == 0
    assert desk.files() == {"A/a": b"a", "A/b": b"b", "A/c": b"c", "B/d": b"d"}


def _without_addresses(page: dict[str, object]) -> None:
    rows = page.get("value", [page])
    for row in rows if isinstance(rows, list) else []:
        row.pop("@microsoft.graph.downloadUrl", None)


def test_items_that_come_without_an_address_are_had_through_content(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    for name in ("a", "b"):
        drive.add_file(f"/A/{name}", name.encode())
    desk.list_drive()
    demo.fault_line.add(Fault(effects.change_json(_without_addresses), "graph", times=None))

    assert desk.download().exit_code == 0
    assert desk.files() == {"A/a": b"a", "A/b": b"b"}
    assert sum(path.endswith("/content") for path in desk.requests("graph.microsoft.com")) == 2


def test_addresses_that_expired_in_the_queue_are_renewed(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    for number in range(8):
        drive.add_file(f"/{number}.bin", BIG)
    desk.list_drive()
    demo.when_bytes_served(2_000_000, demo.expire_download_urls)

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 8


def test_an_address_older_than_thirty_minutes_is_not_used(
    drive: DemoDrive, desk: Desk, demo: FaultyServer, clock: FakeClock
) -> None:
    for number in range(8):
        drive.add_file(f"/{number}.bin", BIG)
    desk.list_drive()

    def half_an_hour_passes() -> None:
        clock.seconds += 31 * 60

    demo.when_bytes_served(2_000_000, half_an_hour_passes)
    assert desk.download().exit_code == 0
    assert len(desk.requests("graph.microsoft.com")) > 1
    assert all(seen.status in (200, 206) for seen in demo.requests)


def test_a_lost_sign_in_ends_the_run_and_the_next_goes_on(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, tokens: Tokens
) -> None:
    for folder in range(30):
        drive.add_file(f"/{folder}/a.bin", BIG)
    desk.list_drive()
    demo.when_bytes_served(5_000_000, demo.revoke_access_tokens)
    demo.when_bytes_served(5_000_000, demo.expire_download_urls)
    tokens.can_renew = False

    with pytest.raises(SignInNeeded):
        desk.download()
    finished = len(desk.files())
    tokens.can_renew = True
    result = desk.download()

    assert 0 < finished < 30
    assert result.exit_code == 0
    assert len(desk.files()) == 30
    assert f"{30 - finished} files downloaded" in desk.said.getvalue()


# --- many with few requests -------------------------------------------------------------------------------------------


def _asked(demo: FaultyServer) -> list[str]:
    return [seen.path for seen in demo.requests if seen.host == "graph.microsoft.com"]


def test_many_small_folders_are_asked_for_twenty_at_a_time(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    for folder in range(61):
        for name in ("a", "b"):
            drive.add_file(f"/{folder:02}/{name}", f"{folder}{name}".encode())
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 122
    assert len(_asked(demo)) == 4
    assert _asked(demo)[1:] == ["/v1.0/$batch"] * 3


def test_single_files_of_many_folders_are_asked_for_by_id_together(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    for folder in range(41):
        for number in range(5):
            drive.add_file(f"/{folder:02}/{number}", b"%d" % folder)
    desk.list_drive()
    desk.download()
    for folder in range(41):
        (desk.downloads / f"{folder:02}" / "3").unlink()
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 205
    assert len(_asked(demo)) == 3


def test_a_folder_of_many_wanted_files_costs_a_request_a_page(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    for number in range(330):
        drive.add_file(f"/A/{number:03}", b"")
    desk.list_drive()
    demo.graph.page_sizes.largest = 100

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 330
    assert len(_asked(demo)) == 4


@pytest.mark.parametrize("seconds", [7, None])
def test_what_is_throttled_inside_a_batch_is_waited_for_and_asked_again(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, clock: FakeClock, seconds: float | None
) -> None:
    for folder in range(15):
        for name in ("a", "b"):
            drive.add_file(f"/{folder:02}/{name}", f"{folder}{name}".encode())
    desk.list_drive()
    demo.throttle_next(times=3, seconds=seconds, on="batch")
    demo.fail_next(503, times=2, on="batch")

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 30
    assert len(_asked(demo)) == 3
    assert max(clock.waits) >= (seconds or 1)


def test_a_failing_question_of_a_batch_concerns_its_files_only(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    for folder in range(5):
        for name in ("a", "b"):
            drive.add_file(f"/{folder}/{name}", f"{folder}{name}".encode())
    desk.list_drive()
    demo.unreadable_folder("/3")
    drive.delete(drive.find("/4"))

    result = desk.download()

    assert result.exit_code == 3
    assert sorted(desk.files()) == sorted(f"{folder}/{name}" for folder in range(4) for name in ("a", "b"))
    assert sorted(desk.errors()) == ["/4/a", "/4/b"]


def test_where_batches_are_refused_questions_are_asked_one_by_one(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    for folder in range(5):
        for name in ("a", "b"):
            drive.add_file(f"/{folder}/{name}", f"{folder}{name}".encode())
    desk.list_drive()

    def refuse(request: Request, answer: Callable[[], Reply]) -> Reply:
        return json_reply({"error": {"code": "BadRequest"}}, 400) if request.path.endswith("$batch") else answer()

    demo.fault_line.add(Fault(refuse, "graph", times=None))

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 10


@pytest.mark.parametrize("refused", ["$top=1000", "$top=", "content.downloadUrl", "$select"])
def test_options_that_the_service_refuses_are_done_without(
    drive: DemoDrive, demo: FaultyServer, desk: Desk, refused: str
) -> None:
    for folder in ("A", "B", "C"):
        for number in range(3):
            drive.add_file(f"/{folder}/{number}", folder.encode())
    desk.list_drive()

    def refuse(request: Request, answer: Callable[[], Reply]) -> Reply:
        return json_reply({"error": {"code": "invalidRequest"}}, 400) if refused in request.query else answer()

    for kind in ("graph", "batch"):
        demo.fault_line.add(Fault(refuse, kind, times=None))

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 9
    assert not [path for path in _asked(demo) if path.endswith("/content")]


def test_when_all_addresses_expire_at_once_their_page_is_read_again_not_each_file(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    for number in range(60):
        drive.add_file(f"/A/{number:02}", BIG[:200_000])
    desk.list_drive()
    demo.when_bytes_served(2_000_000, demo.expire_download_urls)

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 60
    assert len(_asked(demo)) < 15


def test_files_that_wait_longer_than_half_an_hour_cost_one_page_again(
    drive: DemoDrive, desk: Desk, demo: FaultyServer, clock: FakeClock
) -> None:
    for number in range(40):
        drive.add_file(f"/A/{number:02}.bin", BIG[:200_000])
    desk.list_drive()

    def half_an_hour_passes() -> None:
        clock.seconds += 31 * 60

    demo.when_bytes_served(2_000_000, half_an_hour_passes)

    assert desk.download().exit_code == 0
    assert len(_asked(demo)) == 2
    assert all(seen.status == 200 for seen in demo.requests)
