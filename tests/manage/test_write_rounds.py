"""Changing items: what is in doubt is asked about, batches that are refused go one by one, a lost sign-in ends it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from onedrive.errors import WriteAccessEnded
from onedrive.graph.session import BatchReply, GraphSession, read_batch_replies
from onedrive.manage.deletions import FileDeletion
from onedrive.manage.writes import Settled, WriteResult, WriteRounds, WriteTask, describe_refusal, in_batches
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files

PATHS = [f"/{letter}.txt" for letter in "abc"]


class Notes:
    """A record in memory."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[tuple[str, Settled]] = []

    def begin(self, tasks: Sequence[WriteTask]) -> None:
        self.begun += [task.item_id for task in tasks]

    def end(self, settled: Sequence[tuple[WriteTask, Settled]]) -> None:
        self.ended += [(task.item_id, end) for task, end in settled]


@pytest.fixture
def managed(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, http: HttpClient, pause: SharedPause
) -> ManagedDrive:
    add_files(drive, PATHS)
    return ManagedDrive(home, graph, http, demo, pause)


def tasks(drive: DemoDrive) -> list[FileDeletion]:
    return [
        FileDeletion(
            item_id=item.id,
            drive_id=drive.id,
            parent_id=drive.root.id,
            path=item.path,
            local_path=item.path[1:],
            size_bytes=item.size,
            hash=item.quick_xor_hash or "",
            etag=item.etag,
            ctag=item.ctag,
        )
        for item in drive.files()
    ]


def results(notes: Notes) -> list[WriteResult]:
    return [end.result for _, end in notes.ended]


def test_a_service_that_takes_no_batch_gets_one_request_after_the_other(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    notes = Notes()
    wanted = tasks(managed.drive)
    demo.fail_next(405, on="writing")

    WriteRounds(managed.write_graph, notes).carry_out(wanted)

    assert results(notes) == [WriteResult.DONE] * 3
    assert len(managed.sent("DELETE")) == 3


def test_a_hiccup_of_the_sign_in_check_is_waited_for(
    managed: ManagedDrive, demo: FaultyServer, clock: FakeClock
) -> None:
    notes = Notes()
    demo.refuse_writes(401, path="/a.txt", times=1)  # with the words of the hiccup

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive))

    assert results(notes) == [WriteResult.DONE] * 3
    assert clock.waits


def test_a_sign_in_that_is_refused_inside_a_batch_is_looked_into_and_not_taken_for_a_failure(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = Notes()
    real = managed.write_graph.send_once

    def send_once(method: str, path: str, **more: object) -> BatchReply:
        reply = real(method, path, **more)  # type: ignore[arg-type]  # as it came
        [*first, _] = sorted(reply.body["responses"], key=lambda entry: entry["id"])  # type: ignore[call-overload]
        return BatchReply(200, {}, {"responses": [*first, {"id": "2", "status": 401, "body": {}}]})

    monkeypatch.setattr(managed.write_graph, "send_once", send_once)

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive))

    assert results(notes) == [WriteResult.DONE] * 3
    assert len(notes.begun) == 3


def test_a_sign_in_that_stays_refused_ends_the_work_and_leaves_it_open_on_record(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = Notes()
    [first, second, third] = tasks(managed.drive)
    rounds = WriteRounds(managed.write_graph, notes)
    rounds.carry_out([first, second])
    monkeypatch.setattr(managed.write_graph, "send_once", lambda *_request, **_more: BatchReply(401, {}, {}))

    with pytest.raises(WriteAccessEnded):
        rounds.carry_out([third])

    assert results(notes) == [WriteResult.DONE] * 2
    assert set(notes.begun) == {first.item_id, second.item_id, third.item_id}
    assert managed.online() == ["/c.txt"]


def test_an_item_that_always_fails_ends_with_its_reason_after_about_a_minute(
    managed: ManagedDrive, demo: FaultyServer, clock: FakeClock
) -> None:
    notes = Notes()
    demo.refuse_writes(500, path="/a.txt")

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive))

    assert sorted(results(notes)) == [WriteResult.DONE, WriteResult.DONE, WriteResult.FAILED]
    assert 20 < sum(clock.waits) < 90


@pytest.mark.parametrize(("status", "html"), [(200, False), (200, True), (202, False), (404, True)])
@pytest.mark.parametrize("number", [1, 3])
def test_what_does_not_say_that_it_is_deleted_is_asked_about_before_it_counts(
    managed: ManagedDrive, demo: FaultyServer, status: int, html: bool, number: int
) -> None:
    notes = Notes()
    demo.refuse_writes(status, path="/a.txt", times=1, html=html)

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive)[:number])

    assert results(notes) == [WriteResult.DONE] * number
    assert "/a.txt" not in managed.online()


def test_what_never_says_that_it_is_deleted_and_is_still_there_counts_as_failed(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    notes = Notes()
    demo.refuse_writes(200, path="/a.txt", html=True)

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive))

    assert sorted(results(notes)) == [WriteResult.DONE, WriteResult.DONE, WriteResult.FAILED]
    assert managed.online() == ["/a.txt"]


def test_a_page_that_says_404_is_no_proof_that_an_item_is_gone(managed: ManagedDrive, demo: FaultyServer) -> None:
    notes = Notes()
    demo.fail_next(404, on="graph", html=True, path="/a.txt")

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive)[:1])

    assert results(notes) == [WriteResult.FAILED]
    assert len(managed.online()) == 3


def test_an_item_whose_drive_is_not_said_stays_and_that_is_said(managed: ManagedDrive) -> None:
    [task, *_] = tasks(managed.drive)
    answer = {"id": task.item_id, "name": "a.txt", "eTag": task.etag, "file": {}, "size": task.size_bytes}

    assert task.decide(answer, was_sent=False) == Settled(
        WriteResult.REFUSED, "OneDrive did not say on which drive it is"
    )


def test_a_service_that_takes_no_batch_at_all_is_asked_and_told_one_by_one(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    notes = Notes()
    demo.fail_next(405, on="batches", times=None)

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive))

    assert results(notes) == [WriteResult.DONE] * 3


def test_a_412_that_passes_does_not_keep_what_is_unchanged(managed: ManagedDrive, demo: FaultyServer) -> None:
    notes = Notes()
    demo.refuse_writes(412, path="/a.txt", times=1)

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive))

    assert results(notes) == [WriteResult.DONE] * 3


def test_a_412_that_stays_though_nothing_changed_is_not_called_a_change(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    notes = Notes()
    demo.refuse_writes(412, path="/a.txt")

    WriteRounds(managed.write_graph, notes).carry_out(tasks(managed.drive))

    [(_, kept)] = [entry for entry in notes.ended if entry[1].result is not WriteResult.DONE]
    assert kept.result is WriteResult.FAILED
    assert kept.reason == "OneDrive says that it has changed (412), and shows it unchanged"
    assert managed.online() == ["/a.txt"]


def test_nothing_to_do_asks_nobody(managed: ManagedDrive, demo: FaultyServer) -> None:
    demo.requests.clear()

    assert WriteRounds(managed.write_graph, Notes()).carry_out([]) == []
    assert demo.requests == []


def test_twenty_go_into_one_batch(managed: ManagedDrive) -> None:
    [one, *_] = tasks(managed.drive)

    assert [len(batch) for batch in in_batches([one] * 41)] == [20, 20, 1]


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


def test_retry_after_is_found_however_its_name_is_written() -> None:
    assert BatchReply(429, {"retry-after": "7"}, {}).retry_after == "7"
    assert BatchReply(429, {}, {}).retry_after is None
