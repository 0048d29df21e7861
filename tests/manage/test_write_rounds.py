"""The engine under deletions and renames: what is in doubt is asked about, refused batches go one by one."""

from __future__ import annotations

import pytest

from onedrive.choosing.selection import Selection
from onedrive.errors import WriteAccessEnded
from onedrive.graph.session import BatchReply, read_batch_replies
from onedrive.home.records import read_unfinished
from onedrive.manage.writes import describe_refusal
from pretend_onedrive.model.drive import DemoDrive, DemoItem
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files

PATHS = [f"/{letter}.txt" for letter in "abcd"]
ALL_DELETED = dict.fromkeys(PATHS, "deleted")


def ends(managed: ManagedDrive) -> dict[str, str]:
    """What the record says in the end of each file."""
    return {path: states[-1] for path, states in managed.states().items()}


REFUSALS = {
    423: "somebody has it open, or it is locked",
    403: "OneDrive does not allow it",
    409: "in use",
    400: "OneDrive refused it (400",
    503: "OneDrive refused it (503",
    500: "OneDrive refused it (500",
    200: "OneDrive said that it was done, but it is not",
    412: "OneDrive says that it has changed (412), but shows it unchanged",
}


def test_what_onedrive_refuses_stays_with_its_reason_after_a_minute_and_the_rest_goes(
    managed: ManagedDrive, drive: DemoDrive, demo: FaultyServer, clock: FakeClock
) -> None:
    refused = [f"/{status}.txt" for status in REFUSALS]
    add_files(drive, refused)
    managed.download_all()
    managed.prove()
    for status in REFUSALS:
        demo.refuse_writes(status, path=f"/{status}.txt")
    demo.refuse_writes(423, path="/a.txt", times=2)  # for a moment only

    managed.delete("12")

    assert managed.online() == sorted(refused)
    assert {path: states[-1] for path, states in managed.states().items()} == {
        **dict.fromkeys(PATHS, "deleted"),
        **dict.fromkeys(refused, "failed"),
    }
    for words in REFUSALS.values():
        assert words in managed.shown
    assert 20 < sum(clock.waits) < 90


def test_throttling_inside_a_batch_pauses_the_run_and_what_was_throttled_is_looked_at_again(
    managed: ManagedDrive, demo: FaultyServer, clock: FakeClock, said: list[str]
) -> None:
    demo.refuse_writes(429, path="/a.txt", times=1, seconds=7)
    clock.when_waiting = lambda: managed.drive.change_content(managed.drive.find("/a.txt"), b"changed while we waited")

    managed.delete("4")

    assert 7.0 in clock.waits
    assert managed.online() == ["/a.txt"]
    assert managed.states()["/a.txt"] == ["deleting", "refused"]
    assert any("asks us to wait" in text for text in said)


@pytest.mark.parametrize("status", [None, 500, 503, 200])
def test_a_batch_whose_answer_is_lost_is_looked_into_before_anything_is_sent_again(
    managed: ManagedDrive, demo: FaultyServer, status: int | None
) -> None:
    deletions: list[str] = []
    real = managed.drive.delete

    def delete(item: DemoItem) -> None:
        deletions.append(item.path)
        real(item)

    managed.drive.delete = delete  # type: ignore[method-assign]  # counts what the service does
    demo.lose_answers(status)

    managed.delete("4")

    assert sorted(deletions) == sorted(PATHS)
    assert managed.online() == []
    assert managed.states() == {path: ["deleting", "deleted"] for path in PATHS}


@pytest.mark.parametrize("on", ["writing", "batches"])
def test_a_service_that_takes_no_batch_gets_one_request_after_the_other(
    managed: ManagedDrive, demo: FaultyServer, on: str
) -> None:
    demo.fail_next(405, on=on, times=1 if on == "writing" else None)

    managed.delete("4")

    assert ends(managed) == ALL_DELETED
    assert len(managed.sent("DELETE")) == 4


def test_a_sign_in_that_is_refused_inside_a_batch_is_looked_into_and_not_taken_for_a_failure(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = managed.write_graph.send_once

    def send_once(method: str, path: str, **more: object) -> BatchReply:
        reply = real(method, path, **more)  # type: ignore[arg-type]  # as it came
        [*first, _] = sorted(reply.body["responses"], key=lambda entry: entry["id"])  # type: ignore[call-overload]
        return BatchReply(200, {}, {"responses": [*first, {"id": "3", "status": 401, "body": {}}]})

    monkeypatch.setattr(managed.write_graph, "send_once", send_once)

    managed.delete("4")

    assert managed.states() == {path: ["deleting", "deleted"] for path in PATHS}


def test_a_sign_in_that_stays_refused_ends_the_work_and_leaves_it_open_on_record(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(managed.write_graph, "send_once", lambda *_request, **_more: BatchReply(401, {}, {}))

    with pytest.raises(WriteAccessEnded):
        managed.delete("4")

    assert len(read_unfinished(managed.home)) == 4
    assert managed.online() == PATHS


@pytest.mark.parametrize(
    "answers", [[(200, False), (200, True), (202, False), (404, True)], [(401, False), (412, False)]]
)
@pytest.mark.parametrize("batched", [True, False])
def test_what_does_not_say_that_it_is_deleted_is_asked_about_before_it_counts(
    managed: ManagedDrive, demo: FaultyServer, answers: list[tuple[int, bool]], *, batched: bool
) -> None:
    for path, (status, html) in zip(PATHS, answers, strict=False):
        demo.refuse_writes(status, path=path, times=1, html=html)  # 401 comes with the words of a hiccup

    for path in [""] if batched else PATHS:
        managed.delete("1" if path else "4", selection=Selection(include=(path[1:] or "*",)))

    assert ends(managed) == ALL_DELETED
    assert managed.online() == []


def test_a_page_that_says_404_is_no_proof_that_an_item_is_gone(managed: ManagedDrive, demo: FaultyServer) -> None:
    demo.fail_next(404, on="graph", html=True, path="/a.txt", times=2)

    managed.delete("1", selection=Selection(include=("a.txt",)))

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

    managed.delete("4")

    assert managed.online() == PATHS
    assert f"4: {words}" in managed.shown


def test_a_refusal_is_said_in_words_and_replies_are_read_whatever_they_look_like() -> None:
    said = BatchReply(400, {}, {"error": {"message": "Bad thing."}})
    rows = [{"id": "1", "status": 204}, {"id": "0", "status": "x", "headers": 7, "body": []}, "odd"]

    assert describe_refusal(said) == "OneDrive refused it (400: Bad thing)"
    assert describe_refusal(BatchReply(418, {}, {"error": "odd"})) == "OneDrive refused it (418)"
    assert [reply.status for reply in read_batch_replies({"responses": rows}, 3)] == [504, 204, 504]
    assert [reply.status for reply in read_batch_replies({"responses": None}, 1)] == [504]
    assert BatchReply(429, {"retry-after": "7"}, {}).retry_after == "7"
