"""The files in the home: each damage is named with its cure, and what is whole is in order."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from onedrive.choosing.selection import Selection, write_selection
from onedrive.graph.session import GraphSession
from onedrive.home.lock import DownloadsLock, RunLock
from onedrive.home.records import DELETED_ITEMS
from onedrive.home.verification import VerificationFacts, write_verification
from onedrive.manage.rename import RENAMED_ITEMS
from onedrive.net.client import HttpClient
from onedrive.setup import computer as state_findings
from onedrive.setup.computer import look_at_files
from onedrive.setup.findings import Finding, State
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive) -> Desk:
    """A home in which everything has been listed and downloaded."""
    drive.add_file("/Pictures/a.jpg", b"a" * 100)
    drive.add_file("/b.txt", b"b")
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()
    return desk


def look(home: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in look_at_files(home, home / "downloads", now=time.time())}


def test_a_new_home_has_nothing_wrong(home: Path) -> None:
    found = look(home)

    assert {finding.state for finding in found.values()} == {State.OK}
    assert found["files"].words == "No lists and no downloads yet"
    assert list(home.iterdir()) == []


def test_files_as_the_options_left_them_are_in_order(desk: Desk) -> None:
    write_selection(desk.home, Selection(include=("*.jpg",)))
    write_verification(desk.home, _facts(is_good=True), [])

    found = look(desk.home)

    assert {finding.state for finding in found.values()} == {State.OK}, found
    assert found["list_state.json"].words.startswith("List: 2 files, 101 B, made ")
    assert found["file_list.json"].words == "file_list.json: as option 3 wrote it, just now"
    assert found["download_manifest.jsonl"].words.endswith("2 lines, the last just now")
    assert found["selection.json"].words == "selection.json: a part of the list, chosen just now"
    assert found["verification.json"].words == "verification.json: all was well just now"


def test_how_old_a_file_is_is_said(desk: Desk) -> None:
    long_ago = time.time() - 3 * 86_400
    os.utime(desk.home / "download_manifest.jsonl", (long_ago, long_ago))

    assert look(desk.home)["download_manifest.jsonl"].words.endswith("the last 3 days ago")


@pytest.mark.parametrize(
    "name",
    [
        "list_state.json",
        "file_list.json",
        "folder_list.json",
        "selection.json",
        "item_download_errors.json",
        "verification.json",
    ],
)
@pytest.mark.parametrize("content", [b"[[{", b"\xff\xfe\x00", b"{}", b'"text"', b"[" * 5000])
def test_a_damaged_file_is_named_with_its_cure(desk: Desk, name: str, content: bytes) -> None:
    (desk.home / name).write_bytes(content)

    found = look(desk.home)

    if name == "selection.json" and content == b"{}":
        assert found[name].state is State.OK  # nothing chosen is everything
        return
    assert found[name].state is State.WRONG, found[name]
    assert name in found[name].words
    assert found[name].cure


def test_a_list_that_a_person_changed_is_a_note_when_it_can_be_read(desk: Desk) -> None:
    lines = (desk.home / "file_list.json").read_text().splitlines()
    (desk.home / "file_list.json").write_text("\n".join([lines[0], lines[1].rstrip(","), lines[-1]]))

    found = look(desk.home)["file_list.json"]

    assert found.state is State.NOTE
    assert "changed by a person or another program just now; 1 item can be read" in found.words


def test_damaged_lines_of_the_manifest_are_counted(desk: Desk) -> None:
    with (desk.home / "download_manifest.jsonl").open("a") as stream:
        stream.write('{"id":\nhello\n')

    found = look(desk.home)["download_manifest.jsonl"]

    assert found.state is State.NOTE
    assert found.words == "download_manifest.jsonl: 4 lines, 2 of them damaged"


def test_long_files_are_read_for_a_while_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_findings, "PATIENCE_SECONDS", -1.0)
    first, *_ = (desk.home / "file_list.json").read_text().splitlines()[1:]
    (desk.home / "file_list.json").write_text("[" + ",".join([first.rstrip(",")] * 1500) + "]")
    with (desk.home / "download_manifest.jsonl").open("a") as stream:
        stream.write("damaged\n" * 1500)

    found = look(desk.home)

    assert found["file_list.json"].words.endswith("; the first 1,000 items can be read")
    assert "the first 1,000 lines looked at, 998 of them damaged" in found["download_manifest.jsonl"].words


def test_a_manifest_of_another_version_is_wrong(desk: Desk) -> None:
    (desk.home / "download_manifest.jsonl").write_text('{"manifest_version": 99}\n')

    assert "another version" in look(desk.home)["download_manifest.jsonl"].words


def test_files_that_failed_are_a_note(desk: Desk) -> None:
    (desk.home / "item_download_errors.json").write_text(json.dumps([{"path": "/a"}, {"path": "/b"}]))

    found = look(desk.home)["item_download_errors.json"]

    assert found.state is State.NOTE
    assert found.words == "2 files could not be downloaded last time, just now"


@pytest.mark.parametrize(
    ("content", "words"), [(b"SQLite format 3\0", "interrupted just now"), (b"\0\0\0", "what it left is damaged")]
)
def test_an_interrupted_listing_is_a_note(home: Path, content: bytes, words: str) -> None:
    (home / "listing_in_progress.sqlite").write_bytes(content)

    found = look(home)["listing_in_progress.sqlite"]

    assert found.state is State.NOTE
    assert words in found.words
    assert found.cure.startswith("Choose 3")


def test_a_verification_that_was_not_all_well_is_a_note(home: Path) -> None:
    write_verification(home, _facts(is_good=False), [])

    assert look(home)["verification.json"].state is State.NOTE


@pytest.mark.parametrize("name", state_findings.RECORDS)
@pytest.mark.parametrize(
    ("content", "state", "words"),
    [
        ('{"state":"deleted"}\n', State.OK, "1 line, the last just now"),
        ('{"state":"deleted"}\n{"id', State.NOTE, "1 of 2 lines damaged"),
        ('{"state":"deleting"}\n', State.NOTE, "ended in the middle of it"),
        ('{"state":"renaming"}\n', State.NOTE, "ended in the middle of it"),
    ],
)
def test_the_records_of_what_was_changed_on_onedrive_are_looked_at(
    home: Path, name: str, content: str, state: State, words: str
) -> None:
    (home / name).write_text(content)

    found = look(home)[name]

    assert found.state is state
    assert words in found.words


def test_the_records_are_those_of_option_7() -> None:
    assert state_findings.RECORDS == (DELETED_ITEMS, RENAMED_ITEMS)


def test_a_folder_in_a_files_place_is_wrong(home: Path) -> None:
    (home / "item_download_errors.json").mkdir()

    found = look(home)["item_download_errors.json"]

    assert found.state is State.WRONG
    assert "Move " in found.cure


def test_who_is_at_work_is_said(home: Path) -> None:
    with RunLock(home, "option 4"):
        found = look(home)["lock"]

    assert found.state is State.NOTE
    assert f"process {os.getpid()}, option 4, since " in found.words


def test_who_downloads_into_the_folder_is_said(home: Path) -> None:
    partial = home / "downloads" / ".partial"
    partial.mkdir(parents=True)

    with DownloadsLock(home / "downloads", partial, "option 4"):
        found = look(home)["lock"]

    assert f"at work in {home / 'downloads'} (process {os.getpid()}, option 4, since " in found.words


def test_a_lock_that_nobody_holds_is_in_order(home: Path) -> None:
    with RunLock(home, "option 4"):
        pass

    assert look(home)["lock"].words == "No other run is at work here"


def test_a_lock_that_cannot_be_opened_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "run.lock").write_text("")

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    assert look(home)["lock"].state is State.WRONG


def _facts(*, is_good: bool) -> VerificationFacts:
    return VerificationFacts(
        when="2026-11-24T00:00:00Z",
        account_id="a",
        drive_id="d",
        downloads="/x",
        verdict="v",
        is_good=is_good,
        is_whole=True,
        way="read",
        drive_files=0,
        drive_bytes=0,
        drive_folders=0,
        selection="everything",
    )
