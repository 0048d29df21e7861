"""Fresh addresses and newest metadata: what Graph does, what it costs, and what changed since the list was made."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from onedrive.errors import SignInNeeded
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


def _asked(demo: FaultyServer) -> list[str]:
    return [seen.path for seen in demo.requests if seen.host == "graph.microsoft.com"]


# --- between list and download ----------------------------------------------------------------------------------------


def test_what_changed_moved_or_went_since_the_list_is_fetched_as_it_is_now_or_named(
    drive: DemoDrive, desk: Desk
) -> None:
    desk.given({"/A/changed": b"old", "/A/moved": b"moved"}, "/A/gone", "/A/now a folder", "/A/same")
    drive.change_content(drive.find("/A/changed"), b"brand new")
    drive.move(drive.find("/A/moved"), drive.add_folder("/B"))
    drive.delete(drive.find("/A/gone"))
    drive.delete(drive.find("/A/now a folder"))
    drive.add_folder("/A/now a folder")

    assert desk.download().exit_code == 3
    assert desk.files() == {"A/changed": b"brand new", "A/moved": b"moved", "A/same": b"/A/same"}
    assert "1 file changed on OneDrive since the list was made" in desk.said.getvalue()
    assert sorted(desk.errors()) == ["/A/gone", "/A/now a folder"]
    assert desk.errors()["/A/gone"].startswith("no longer on OneDrive")


def test_a_list_of_another_drive_is_said_not_named_file_by_file(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/a.txt")
    state = json.loads((desk.home / "list_state.json").read_text())
    (desk.home / "list_state.json").write_text(json.dumps({**state, "drive_id": "00000000000000ff"}))
    drive.delete(drive.find("/a.txt"))

    with pytest.raises(AnotherDrive, match="a different OneDrive"):
        desk.download()
    assert desk.requests("graph.microsoft.com")[-1] == "/v1.0/me/drive"


# --- with few requests ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("largest_page", "requests"), [(1000, 1), (50, 3)])
def test_a_folder_costs_one_request_a_page_for_hundreds_of_addresses_and_few_of_them_are_asked_by_id(
    demo: FaultyServer, desk: Desk, largest_page: int, requests: int
) -> None:
    desk.given(*(f"/A/{number:03}.txt" for number in range(120)))
    demo.graph.page_sizes.largest = largest_page

    assert desk.download().exit_code == 0
    assert len(_asked(demo)) == requests
    assert desk.fetched() == 120
    (desk.downloads / "A/119.txt").unlink()
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert len(_asked(demo)) == 1
    assert all("/children" not in path for path in _asked(demo))


def test_many_small_folders_and_single_files_are_asked_for_twenty_at_a_time(demo: FaultyServer, desk: Desk) -> None:
    desk.given(*(f"/{folder:02}/{name}" for folder in range(61) for name in "ab"))

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 122
    assert _asked(demo)[1:] == ["/v1.0/$batch"] * 3
    for folder in range(41):
        (desk.downloads / f"{folder:02}" / "b").unlink()
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert len(desk.files()) == 122
    assert len(_asked(demo)) == 3


# --- what Graph does --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [7, None])
def test_what_is_throttled_inside_a_batch_is_waited_for_and_asked_again(
    demo: FaultyServer, desk: Desk, clock: FakeClock, seconds: float | None
) -> None:
    desk.given(*(f"/{folder:02}/{name}" for folder in range(15) for name in "ab"))
    demo.throttle_next(times=3, seconds=seconds, on="batch")
    demo.fail_next(503, times=2, on="batch")

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 30
    assert len(_asked(demo)) == 3
    assert max(clock.waits) >= (seconds or 1)


def test_a_failing_question_of_a_batch_concerns_its_files_only(
    drive: DemoDrive, demo: FaultyServer, desk: Desk
) -> None:
    desk.given(*(f"/{folder}/{name}" for folder in range(5) for name in "ab"))
    demo.unreadable_folder("/3")
    drive.delete(drive.find("/4"))

    assert desk.download().exit_code == 3
    assert sorted(desk.files()) == [f"{folder}/{name}" for folder in range(4) for name in "ab"]
    assert sorted(desk.errors()) == ["/4/a", "/4/b"]


def test_answers_of_a_batch_that_have_changed_places_are_not_taken(demo: FaultyServer, desk: Desk) -> None:
    content = {f"/{folder}/{folder}": bytes([65 + folder]) * 3000 for folder in range(5)}
    desk.given(content)

    def swap(_request: Request, answer: Callable[[], Reply]) -> Reply:
        batch = json.loads(answer().whole_body())
        one, other, *_ = batch["responses"]
        one["id"], other["id"] = other["id"], one["id"]
        return json_reply(batch)

    demo.fault_line.add(Fault(swap, "batches", times=None))

    assert desk.download().exit_code == 0
    assert desk.files() == {path[1:]: octets for path, octets in content.items()}


def _without_addresses(page: dict[str, object]) -> None:
    rows = page.get("value", [page])
    for row in rows if isinstance(rows, list) else []:
        row.pop("@microsoft.graph.downloadUrl", None)


def test_items_that_come_without_an_address_are_had_through_content(demo: FaultyServer, desk: Desk) -> None:
    desk.given("/A/a", "/A/b")
    demo.fault_line.add(Fault(effects.change_json(_without_addresses), "graph", times=None))

    assert desk.download().exit_code == 0
    assert sorted(desk.files()) == ["A/a", "A/b"]
    assert sum(path.endswith("/content") for path in _asked(demo)) == 2


@pytest.mark.parametrize("refused", ["$batch", "$top=1000", "$top=", "content.downloadUrl", "$select"])
def test_what_the_service_refuses_is_done_without(demo: FaultyServer, desk: Desk, refused: str) -> None:
    desk.given(*(f"/{folder}/{number}" for folder in "ABCDE" for number in range(3)))

    def refuse(request: Request, answer: Callable[[], Reply]) -> Reply:
        is_refused = refused in request.query or request.path.endswith(refused)
        return json_reply({"error": {"code": "invalidRequest"}}, 400) if is_refused else answer()

    for kind in ("graph", "batch"):
        demo.fault_line.add(Fault(refuse, kind, times=None))

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 15
    assert not [path for path in _asked(demo) if path.endswith("/content")]


# --- addresses that grow old ------------------------------------------------------------------------------------------


def test_when_all_addresses_expire_at_once_their_page_is_read_again_not_each_file(
    demo: FaultyServer, desk: Desk
) -> None:
    desk.given({f"/A/{number:02}": BIG[:200_000] for number in range(60)})
    demo.when_bytes_served(2_000_000, demo.expire_download_urls)

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 60
    assert len(_asked(demo)) < 15


@pytest.mark.parametrize("files", [24, 40])
def test_an_address_older_than_thirty_minutes_is_not_used_and_costs_one_page_again(
    demo: FaultyServer, desk: Desk, clock: FakeClock, files: int
) -> None:
    desk.given({f"/A/{number:02}.bin": BIG[: 8_000_000 // files] for number in range(files)})

    def half_an_hour_passes() -> None:
        clock.seconds += 31 * 60

    demo.when_bytes_served(2_000_000, half_an_hour_passes)
    assert desk.download().exit_code == 0
    assert len(_asked(demo)) == 2
    assert all(seen.status in (200, 206) for seen in demo.requests)


def test_a_lost_sign_in_ends_the_run_and_the_next_goes_on(demo: FaultyServer, desk: Desk, tokens: Tokens) -> None:
    desk.given({f"/{folder}/a.bin": BIG for folder in range(30)})
    demo.when_bytes_served(5_000_000, demo.revoke_access_tokens)
    demo.when_bytes_served(5_000_000, demo.expire_download_urls)
    tokens.can_renew = False

    with pytest.raises(SignInNeeded):
        desk.download(jobs=2)
    finished = len(desk.files())
    tokens.can_renew = True
    result = desk.download()

    assert 0 < finished < 30
    assert (result.exit_code, len(desk.files())) == (0, 30)
    assert f"{30 - finished} downloaded and checked" in desk.said.getvalue()
