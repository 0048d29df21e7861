"""The engine under deletions and renames: what is in doubt is asked about, refused batches go one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from onedrive.errors import WriteAccessEnded
from onedrive.graph.session import BatchReply, GraphSession, read_batch_replies
from onedrive.home.records import read_unfinished
from onedrive.manage.writes import describe_refusal
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files

PATHS = [f"/{letter}.txt" for letter in "abc"]


@pytest.fixture
def managed(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, http: HttpClient, pause: SharedPause
) -> ManagedDrive:
    """Three files, downloaded and proven."""
    add_files(drive, PATHS)
    managed = ManagedDrive(home, graph, http, demo, pause)
    managed.download_all()
    managed.prove()
    return managed


def ends(managed: ManagedDrive) -> dict[str, str]:
    """What the record says in the end of each file."""
    return {path: states[-1] for path, states in managed.states().items()}


ALL_DELETED = dict.fromkeys(PATHS, "deleted")


@pytest.mark.parametrize("on", ["writing", "batches"])
def test_a_service_that_takes_no_batch_gets_one_request_after_the_other(
    managed: ManagedDrive, demo: FaultyServer, on: str
) -> None:
    demo.fail_next(405, on=on, times=1 if on == "writing" else None)

    managed.delete("3")

    assert ends(managed) == ALL_DELETED
    assert len(managed.sent("DELETE")) == 3


@pytest.mark.parametrize("status", [401, 412])
def test_a_refusal_that_passes_keeps_nothing(managed: ManagedDrive, demo: FaultyServer, status: int) -> None:
    demo.refuse_writes(status, path="/a.txt", times=1)  # 401 comes with the words of a hiccup

    managed.delete("3")

    assert ends(managed) == ALL_DELETED


def test_a_sign_in_that_is_refused_inside_a_batch_is_looked_into_and_not_taken_for_a_failure(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = managed.write_graph.send_once

    def send_once(method: str, path: str, **more: object) -> BatchReply:
        reply = real(method, path, **more)  # type: ignore[arg-type]  # as it came
        [*first, _] = sorted(reply.body["responses"], key=lambda entry: entry["id"])  # type: ignore[call-overload]
        return BatchReply(200, {}, {"responses": [*first, {"id": "2", "status": 401, "body": {}}]})

    monkeypatch.setattr(managed.write_graph, "send_once", send_once)

    managed.delete("3")

    assert managed.states() == {path: ["deleting", "deleted"] for path in PATHS}


def test_a_sign_in_that_stays_refused_ends_the_work_and_leaves_it_open_on_record(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managed.write_graph, "send_once", lambda *_request, **_more: BatchReply(401, {}, {}))

    with pytest.raises(WriteAccessEnded):
        managed.delete("3")

    assert len(read_unfinished(managed.home)) == 3
    assert managed.online() == PATHS


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (500, "OneDrive refused it (500"),
        (200, "OneDrive answered as if it were done, and it is not"),
        (412, "OneDrive says that it has changed (412), and shows it unchanged"),
    ],
)
def test_an_item_that_always_fails_ends_with_its_reason_after_about_a_minute(
    managed: ManagedDrive, demo: FaultyServer, clock: FakeClock, status: int, words: str
) -> None:
    demo.refuse_writes(status, path="/a.txt")

    managed.delete("3")

    assert ends(managed) == ALL_DELETED | {"/a.txt": "failed"}
    assert managed.online() == ["/a.txt"]
    assert words in managed.shown
    assert sum(clock.waits) < 90
    assert status != 500 or sum(clock.waits) > 20


@pytest.mark.parametrize(("status", "html"), [(200, False), (200, True), (202, False), (404, True)])
@pytest.mark.parametrize("number", [1, 3])
def test_what_does_not_say_that_it_is_deleted_is_asked_about_before_it_counts(
    managed: ManagedDrive, demo: FaultyServer, status: int, html: bool, number: int
) -> None:
    managed.choose(*PATHS[:number])
    demo.refuse_writes(status, path="/a.txt", times=1, html=html)

    managed.delete(str(number))

    assert ends(managed) == dict.fromkeys(PATHS[:number], "deleted")
    assert managed.online() == PATHS[number:]


def test_a_page_that_says_404_is_no_proof_that_an_item_is_gone(managed: ManagedDrive, demo: FaultyServer) -> None:
    managed.choose("/a.txt")
    demo.fail_next(404, on="graph", html=True, path="/a.txt")

    managed.delete("1")

    assert ends(managed) == {"/a.txt": "failed"}
    assert managed.online() == PATHS


@pytest.mark.parametrize(
    ("parent", "words"),
    [({}, "OneDrive did not say on which drive it is"), ({"driveId": "f" * 16}, "it is on another drive")],
)
def test_an_item_that_is_not_said_to_be_on_the_own_drive_stays(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch, parent: dict[str, str], words: str
) -> None:
    real = managed.write_graph.batch

    def batch(paths: list[str], **more: object) -> list[BatchReply]:
        replies = real(paths, **more)  # type: ignore[arg-type]  # as they came
        return [BatchReply(200, {}, reply.body | {"parentReference": parent}) for reply in replies]

    monkeypatch.setattr(managed.write_graph, "batch", batch)

    managed.delete("3")

    assert managed.online() == PATHS
    assert f"3: {words}" in managed.shown


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (BatchReply(423, {}, {}), "somebody has it open, or it is locked"),
        (BatchReply(400, {}, {"error": {"message": "Bad thing."}}), "OneDrive refused it (400: Bad thing)"),
        (BatchReply(418, {}, {"error": "odd"}), "OneDrive refused it (418)"),
    ],
)
def test_a_refusal_is_said_in_words(reply: BatchReply, words: str) -> None:
    assert describe_refusal(reply) == words


def test_replies_of_a_batch_are_read_whatever_they_look_like() -> None:
    rows = [{"id": "1", "status": 204}, {"id": "0", "status": "x", "headers": 7, "body": []}, "odd"]

    assert [reply.status for reply in read_batch_replies({"responses": rows}, 3)] == [504, 204, 504]
    assert [reply.status for reply in read_batch_replies({"responses": None}, 1)] == [504]
    assert BatchReply(429, {"retry-after": "7"}, {}).retry_after == "7"
