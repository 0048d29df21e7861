"""Deleting on OneDrive: exactly what is proven, after the number was typed, and everything on record."""

from __future__ import annotations

import contextlib
import os
import random
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from onedrive.choosing.selection import EVERYTHING, Selection
from onedrive.errors import ConnectionLost, StepNeeded, WriteAccessEnded, WriteAccessMissing
from onedrive.graph.item import DriveItem, Kind
from onedrive.graph.session import GraphSession
from onedrive.home.records import describe_unfinished_deletes
from onedrive.home.verification import VERIFICATION, ItemClass, VerifiedItem
from onedrive.manage.delete import Deleting, RemovingEmptyFolders, ask_for_number
from onedrive.manage.delete_plan import WHY_NOT
from onedrive.manage.deletions import CHANGED, OTHER_MARK, FileDeletion, complete_record, find_empty_folders
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.wire import Request
from tests.faults.effects import change_json
from tests.faults.line import Fault
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, WritingToken, add_files, on_work_drive

PATHS = ["/a.txt", "/b.txt", "/Pictures/c.jpg", "/Pictures/d.jpg"]


def test_what_is_proven_goes_when_its_number_is_typed_and_the_files_here_stay(managed: ManagedDrive) -> None:
    here = managed.desk.files()
    item = managed.drive.find("/Pictures/c.jpg")
    expected = {
        "state": "deleted",
        "id": item.id,
        "driveId": managed.drive.id,
        "path": "/Pictures/c.jpg",
        "parentId": managed.drive.find("/Pictures").id,
        "localPath": "Pictures/c.jpg",
        "size": 15,
        "quickXorHash": item.quick_xor_hash,
        "eTag": item.etag,
    }

    assert managed.delete("4")

    assert managed.online() == []
    assert managed.desk.files() == here
    assert managed.states() == {path: ["deleting", "deleted"] for path in PATHS}
    row = next(row for row in managed.record() if row["path"] == "/Pictures/c.jpg" and row["state"] == "deleted")
    assert datetime.fromisoformat(row.pop("when")).tzinfo
    assert datetime.fromisoformat(row.pop("run")).tzinfo
    assert row == expected
    assert "4 files (42 B) deleted on OneDrive. The files on this computer are as they were.\n" in managed.shown
    assert "recycle bin of https://onedrive.live.com for 30 days" in managed.shown
    assert "It takes up space until it leaves the bin" in managed.shown


def test_anything_but_the_number_deletes_nothing_and_asks_for_no_permission(managed: ManagedDrive) -> None:
    for typed in ("", "5", "y", "yes", "4 files", "04", "\uff14", "0", "all"):
        assert not managed.delete(typed), typed
        assert "Nothing was deleted." in managed.shown

    assert managed.online() == PATHS[2:] + PATHS[:2]
    assert managed.opened == 0
    assert managed.record() == []
    answers = [ask_for_number(managed.terminal(typed), 18_900) for typed in ("18900", "18,900", " 18,900 ", "18.900")]
    assert answers == [True, True, True, False]


def test_whatever_is_not_proven_stays_and_is_named_with_its_reason(managed: ManagedDrive, drive: DemoDrive) -> None:
    unproven = {f"/not/{one.name}.txt": one for one in ItemClass if one is not ItemClass.PROVEN}
    add_files(drive, unproven)
    managed.download_all()
    managed.prove(unproven)

    managed.delete("4")

    assert managed.online() == sorted(unproven)
    assert f"{len(unproven)} files that you chose stay on OneDrive:" in managed.shown
    for path, item_class in unproven.items():
        assert re.search(rf"1: {WHY_NOT[item_class]}\s+{path}", managed.shown), managed.shown


@pytest.mark.posix("time of change beside that of writing")
def test_a_file_that_changed_here_since_it_was_proven_stays(managed: ManagedDrive) -> None:
    (managed.desk.downloads / "a.txt").write_bytes(b"longer than before")
    (managed.desk.downloads / "b.txt").unlink()
    other = managed.desk.downloads / "Pictures" / "c.jpg"
    times = other.stat()
    other.write_bytes(b"/Pictures/X.jpg")  # of the same size, and with the same time again
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    managed.prove(when=datetime.now(UTC) - timedelta(minutes=1))

    plan = _deleting(managed).plan(EVERYTHING)

    assert {entry.path: entry.reason for entry in plan.kept} == {
        "/a.txt": "the file here has changed since it was proven",
        "/b.txt": "the file here is gone since it was proven",
        "/Pictures/c.jpg": "the file here has changed since it was proven",
        "/Pictures/d.jpg": "the file here has changed since it was proven",  # downloaded after that minute
    }


def test_what_changed_on_onedrive_since_stays_and_what_is_gone_already_is_on_record(managed: ManagedDrive) -> None:
    add_files(managed.drive, ["/e.txt"])
    managed.download_all()
    managed.prove()
    managed.drive.change_content(managed.drive.find("/a.txt"), b"news")
    managed.drive.rename(managed.drive.find("/b.txt"), "renamed.txt")
    managed.drive.move(managed.drive.find("/Pictures/c.jpg"), managed.drive.root)
    managed.drive.touch(managed.drive.find("/Pictures/d.jpg"))
    managed.drive.delete(managed.drive.find("/e.txt"))

    managed.delete("5")

    assert managed.online() == ["/Pictures/d.jpg", "/a.txt", "/c.jpg", "/renamed.txt"]
    assert managed.states()["/e.txt"] == ["deleted"]
    assert "1 file (6 B) deleted" in managed.shown
    assert "3: it has changed on OneDrive since it was proven" in managed.shown
    assert "its bytes are the proven ones" in managed.shown


PROOF = VerifiedItem("1", "d", "/A/a", ItemClass.PROVEN, "", "A/a", 3, "e1", "c1", "hash")
AS_PROVEN = DriveItem(
    *("1", "a", Kind.FILE, "/A/a"),
    drive_id="d",
    parent_id="A",
    size=3,
    etag="e1",
    ctag="c1",
    facets={"file": {"hashes": {"quickXorHash": "hash"}}},
)


def test_a_file_goes_only_while_it_is_what_was_proven(graph: GraphSession) -> None:
    changed_hash = {"file": {"hashes": {"quickXorHash": "other"}}}
    for now, proof, why in (
        (AS_PROVEN, PROOF, ""),
        (replace(AS_PROVEN, ctag=""), PROOF, ""),
        (replace(AS_PROVEN, kind=Kind.UNKNOWN), PROOF, CHANGED),
        (replace(AS_PROVEN, size=4), PROOF, CHANGED),
        (replace(AS_PROVEN, ctag="c2"), PROOF, CHANGED),
        (replace(AS_PROVEN, facets=changed_hash), PROOF, CHANGED),
        (replace(AS_PROVEN, facets={}), replace(PROOF, hash=""), CHANGED),
        (replace(AS_PROVEN, etag="e2"), PROOF, OTHER_MARK),
        (replace(AS_PROVEN, etag=""), replace(PROOF, etag=""), OTHER_MARK),
        (replace(AS_PROVEN, etag="e2", name="b"), PROOF, CHANGED),
        (replace(AS_PROVEN, etag="e2", parent_id="B"), PROOF, CHANGED),
    ):
        assert FileDeletion("1", "d", "/A/a", "A", None, proof).why_not(now, graph) == why, now


def test_the_plan_shows_the_oldest_the_newest_and_the_largest(managed: ManagedDrive) -> None:
    managed.drive.add_file("/old.bin", b"x" * 5000, created="2011-05-06T07:08:09Z")
    managed.download_all()
    managed.prove()

    managed.delete("")

    assert "Oldest   2011-05-06  /old.bin" in managed.shown
    assert "Newest   2026-02-19" in managed.shown
    assert "Largest      5.0 kB  /old.bin" in managed.shown


NO_PROOFS: list[tuple[dict[str, object], str]] = [
    ({"account_id": "another", "drive_id": ""}, "another account"),
    ({"drive_id": "another"}, "another account"),
    ({"downloads": "/elsewhere"}, "another folder"),
    ({"is_whole": False}, "did not look at every file"),
    ({"on_whole_list": False}, "was not against a whole listing"),
    ({"when": "2026-01-01T00:00:00+00:00"}, "more than a day old"),
    ({"when": "2999-01-01T00:00:00+00:00"}, "more than a day old"),
    ({"when": "yesterday"}, "more than a day old"),
    ({}, "Nothing has been verified yet"),
]


def test_without_a_whole_recent_verification_of_this_option_6_comes_first(managed: ManagedDrive) -> None:
    for changed, words in NO_PROOFS:
        managed.prove(changed=changed)
        if not changed:
            (managed.home / VERIFICATION).unlink()

        with pytest.raises(StepNeeded, match=words) as caught:
            managed.delete("4")

        assert caught.value.option == 6
    assert len(managed.online()) == 4


def test_a_proof_that_grows_older_than_a_day_while_onedrive_lets_us_wait_ends_the_work(
    managed: ManagedDrive, drive: DemoDrive
) -> None:
    add_files(drive, [f"/more/{number:02}.txt" for number in range(30)])
    managed.download_all()
    managed.prove()
    hours = iter([0.0, 0.0, 0.0, 0.0, 25.0])
    deleting = Deleting(
        managed.terminal("34"),
        managed.desk.settings,
        managed.state,
        managed.access,
        now=lambda: datetime.now(UTC) + timedelta(hours=next(hours, 25.0)),
    )

    with pytest.raises(StepNeeded, match="more than a day old"):
        deleting.run(deleting.plan(EVERYTHING))

    assert len(managed.online()) == 14
    assert "20 files deleted on OneDrive so far" in managed.shown


def test_another_account_at_the_second_sign_in_is_refused_before_anything_is_sent(
    managed: ManagedDrive, pause: SharedPause
) -> None:
    other = DemoDrive(drive_id="64e50000000d6004")
    with FaultyServer(other) as theirs:
        http = HttpClient(demo_port=theirs.port)
        managed.write_graph = GraphSession(http, WritingToken(theirs), pause)

        with pytest.raises(WriteAccessMissing, match="a different account"):
            managed.delete("4")
        http.close()

    assert len(managed.online()) == 4
    assert managed.record() == []


@on_work_drive()
def test_a_work_drive_refuses_a_deletion_when_the_item_changed_in_that_moment(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    marks: list[str | None] = []

    def watch(request: Request) -> None:
        if not marks:
            managed.drive.touch(managed.drive.find("/a.txt"))
        marks.append(request.headers.get("If-Match"))

    demo.before_writes(watch, times=None, on="writes")  # each deletion as it comes, with its own headers

    managed.delete("4")

    assert managed.online() == ["/a.txt"]
    assert managed.states()["/a.txt"] == ["deleting", "refused"]
    assert len(marks) == 4
    assert all(marks)
    assert "After 93 days in the bin these files exist only on this disk." in managed.shown
    assert "for 93 days. As long" in managed.shown


def test_a_token_that_ends_in_the_middle_is_renewed_and_without_renewal_all_stops_in_order(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    def lost(rejected: str) -> str:
        raise WriteAccessEnded(f"{len(rejected)} letters are refused.")

    demo.before_writes(lambda _request: demo.expire_access_tokens())
    managed.delete("2", selection=Selection(include=("*.txt",)))
    renewals = managed.tokens.renewals
    managed.tokens.renew_access_token = lost  # type: ignore[method-assign]  # no renewal any more
    demo.before_writes(lambda _request: demo.expire_access_tokens())

    with pytest.raises(WriteAccessEnded):
        managed.delete("2", selection=Selection(include=("*.jpg",)))

    assert renewals == 1
    assert managed.online() == ["/Pictures/c.jpg", "/Pictures/d.jpg"]
    assert "0 files deleted on OneDrive so far" in managed.shown
    assert describe_unfinished_deletes(managed.home)


@pytest.mark.parametrize("seed", [0, 2])
def test_whatever_goes_wrong_nothing_unproven_goes_and_the_record_is_true(
    managed: ManagedDrive, demo: FaultyServer, drive: DemoDrive, seed: int
) -> None:
    dice = random.Random(seed)
    paths = [f"/many/{number:02}.txt" for number in range(60)]
    add_files(drive, paths)
    managed.download_all()
    unproven = set(dice.sample(paths, 15))
    managed.prove(dict.fromkeys(unproven, ItemClass.SAME_SIZE))
    changed = set(dice.sample(sorted({*paths, *PATHS} - unproven), 5))
    faults: list[Callable[[], object]] = [
        lambda: demo.lose_answers(dice.choice([None, 500, 503, 200])),
        lambda: demo.refuse_writes(dice.choice([423, 429, 503, 403]), times=dice.randint(1, 9)),
        lambda: demo.throttle_next(seconds=3),
        lambda: demo.reset_next(times=2),
        lambda: demo.before_writes(lambda _request: demo.expire_access_tokens()),
        lambda: demo.fail_next(502, on="batch", times=4),
        lambda: demo.reset_next(on="writing", times=dice.choice([2, 40])),
    ]
    for number in range(4):
        faults[(2 * seed + number) % len(faults)]()
    for path in changed:
        drive.change_content(drive.find(path), b"changed after the proof")

    with contextlib.suppress(ConnectionLost):
        managed.delete("49")
    demo.be_well()
    complete_record(managed.home, managed.graph, drive.id)

    gone = {*paths, *PATHS} - set(managed.online())
    assert not gone & (unproven | changed)
    assert {path for path, states in managed.states().items() if states[-1] == "deleted"} == gone
    assert describe_unfinished_deletes(managed.home) is None


def test_ctrl_c_completes_the_record_and_says_how_far_it_came(
    managed: ManagedDrive, demo: FaultyServer, drive: DemoDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_files(drive, [f"/more/{number:02}.txt" for number in range(30)])
    managed.download_all()
    managed.prove()
    real, calls = managed.write_graph.send_once, list[str]()

    def send_once(method: str, path: str, **more: object) -> object:
        reply = real(method, path, **more)  # type: ignore[arg-type]  # as it came
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt  # the second batch is done, and its answer was not read
        return reply

    monkeypatch.setattr(managed.write_graph, "send_once", send_once)

    managed.delete("34")

    assert managed.online() == []
    assert all(states[-1] == "deleted" for states in managed.states().values())
    assert "14 files under way were deleted too." in managed.shown
    assert "Stopped." in managed.shown
    assert "20 files" in managed.shown


@pytest.mark.parametrize("counts", [True, False])
def test_only_folders_that_are_seen_to_be_empty_go_whatever_their_count_says(
    managed: ManagedDrive, drive: DemoDrive, *, counts: bool
) -> None:
    add_files(drive, ["/New/Deep/x.txt", "/New/Deep/y.txt", "/One/Two/x.txt", "/One/stays.txt"])
    managed.download_all()
    managed.prove({"/One/stays.txt": ItemClass.SAME_SIZE})
    if not counts:
        _miscount_children(drive, 0)

    managed.delete("7", "4")

    assert "Remove these 4 folders on OneDrive?" in managed.shown
    assert [item.path for item in drive.root.tree() if item.is_folder] == ["/", "/One"]
    assert managed.states()["/New/Deep"] == ["deleting", "deleted"]


@pytest.mark.parametrize(
    "how",
    [lambda drive: _miscount_children(drive, 3), lambda drive: drive.add_folder("/Pictures", special="photos")],
    ids=["it counts more than it shows", "one of OneDrive's own"],
)
def test_such_a_folder_is_never_offered(
    managed: ManagedDrive, drive: DemoDrive, how: Callable[[DemoDrive], object]
) -> None:
    how(drive)

    managed.delete("4")

    assert "Remove" not in managed.shown
    assert drive.find("/Pictures").is_folder


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (lambda drive: drive.add_file("/Pictures/new.jpg", b"new"), "something is in it"),
        (lambda drive: _miscount_children(drive, 1), "OneDrive counts something in it that it does not show"),
    ],
)
def test_a_folder_stays_without_its_number_and_when_something_came_into_it_before_the_answer(
    managed: ManagedDrive, drive: DemoDrive, meanwhile: Callable[[DemoDrive], object], words: str
) -> None:
    paths = ["/Pictures/c.jpg", "/Pictures/d.jpg"]
    deletions = [task for task in _deleting(managed).plan(EVERYTHING).deletions if task.path in paths]
    for path in paths:
        drive.delete(drive.find(path))
    folders = find_empty_folders(managed.graph, deletions, drive.id)

    def answer(typed: str) -> bool:
        terminal = managed.terminal(typed)
        return RemovingEmptyFolders(terminal, managed.desk.settings, managed.state, managed.access).run(folders)

    for typed in ("", "2", "y", "01"):
        assert not answer(typed)
        assert "The folders stay." in managed.shown
    meanwhile(drive)
    answer("1")

    assert drive.find("/Pictures").is_folder
    assert f"/Pictures stays: {words}." in managed.shown


@pytest.mark.parametrize(
    "page",
    [
        {"value": ["an item, for all we know"]},
        {"value": [None]},
        {"value": [{"id": ["of another kind"]}]},
        {"value": {}},
        {"value": [], "@odata.nextLink": 5},
    ],
)
def test_a_folder_of_which_an_odd_page_comes_is_not_taken_for_empty(
    managed: ManagedDrive, demo: FaultyServer, drive: DemoDrive, page: dict[str, Any]
) -> None:
    def spoil(shown: dict[str, Any]) -> None:
        answers = [shown, *(reply.get("body") for reply in shown.get("responses", []))]
        for answer in answers:
            if isinstance(answer, dict) and isinstance(answer.get("value"), list):
                answer.clear()
                answer.update(page)

    def come_in(_request: object) -> None:
        drive.add_file("/Pictures/new.jpg", b"never here")
        _miscount_children(drive, 0)
        demo.fault_line.add(Fault(change_json(spoil), "graph", times=None))

    demo.before_writes(come_in)

    managed.delete("4", "1")

    assert managed.online() == ["/Pictures/new.jpg"]


@pytest.mark.parametrize("count", ["3", 3.0, True, -1, {}])
def test_a_count_that_is_none_is_no_zero(managed: ManagedDrive, drive: DemoDrive, count: object) -> None:
    _miscount_children(drive, count)

    managed.delete("4", "1")

    assert "Remove" not in managed.shown
    assert drive.find("/Pictures").is_folder


def _miscount_children(drive: DemoDrive, count: object) -> None:
    for item in drive.root.tree():
        if item.is_folder:
            item.facets["folder"] = {"childCount": count}


def _deleting(managed: ManagedDrive) -> Deleting:
    return Deleting(managed.terminal(), managed.desk.settings, managed.state, managed.access)
