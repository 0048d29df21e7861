"""The files in the home, for option 8: each damage is named with its cure, and what is whole is in order."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from onedrive.choosing.selection import Selection, write_selection
from onedrive.graph.session import GraphSession
from onedrive.home.further import NamedFolders, add_further, remember_further
from onedrive.home.lock import DownloadsLock, RunLock
from onedrive.home.records import DELETED_ITEMS
from onedrive.home.verification import VerificationFacts, write_verification
from onedrive.manage.rename import RENAMED_ITEMS
from onedrive.net.client import HttpClient
from onedrive.setup import computer
from onedrive.setup.computer import look_at_files
from onedrive.setup.findings import Finding, State
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

OK, NOTE, WRONG = State.OK, State.NOTE, State.WRONG
MANIFEST = "download_manifest.jsonl"


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive) -> Desk:
    """A home in which everything has been listed and downloaded."""
    drive.add_file("/Pictures/a.jpg", b"a" * 100)
    drive.add_file("/b.txt", b"b")
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()
    return desk


def _look(home: Path) -> dict[str, Finding]:
    return {finding.name: finding for finding in look_at_files(home, home / "downloads", now=time.time())}


def _verify(home: Path, *, is_good: bool) -> None:
    facts = VerificationFacts(
        when="2026-11-24T00:00:00Z", account_id="a", drive_id="d", downloads="/x", verdict="v", is_good=is_good,
        is_whole=True, way="read", drive_files=0, drive_bytes=0, drive_folders=0, selection="everything",
    )  # fmt: skip
    write_verification(home, facts, [])


def test_a_new_home_has_nothing_wrong_and_stays_empty(home: Path) -> None:
    found = _look(home)

    assert {finding.state for finding in found.values()} == {OK}
    assert found["files"].words == "No lists and no downloads yet"
    assert list(home.iterdir()) == []


def test_files_as_the_options_left_them_are_in_order_and_their_age_is_said(desk: Desk) -> None:
    write_selection(desk.home, Selection(include=("*.jpg",)))
    _verify(desk.home, is_good=True)
    long_ago = time.time() - 3 * 86_400
    os.utime(desk.home / MANIFEST, (long_ago, long_ago))

    found = _look(desk.home)

    assert {finding.state for finding in found.values()} == {OK}, found
    assert found["lock"].words == "No other run is at work here"
    assert found["list_state.json"].words.startswith("List: 2 files, 101 B, made ")
    assert found["file_list.json"].words == "file_list.json: as option 3 wrote it, just now"
    assert found[MANIFEST].words == f"{MANIFEST}: 2 lines, the last 3 days ago"
    assert found["selection.json"].words == "selection.json: a part of the list, chosen just now"
    assert found["verification.json"].words == "verification.json: all was well just now"
    remember_further(desk.home, add_further([], NamedFolders(also=(desk.home, desk.home / "drawer"))))
    finding = _look(desk.home)["further_folders.json"]
    assert finding.words == "further_folders.json: 2 further folders named with --also or --known"
    assert finding.cure == f"Not connected now: {desk.home / 'drawer'}."
    _verify(desk.home, is_good=False)
    assert _look(desk.home)["verification.json"].state is NOTE


def test_damaged_files_are_named_each_with_its_cure(desk: Desk) -> None:
    names = ["list_state.json", "file_list.json", "folder_list.json", "selection.json", "item_download_errors.json",
             "verification.json", "further_folders.json"]  # fmt: skip
    for content in (b"[[{", b"\xff\xfe\x00", b"{}", b'"text"', b"[" * 5000):
        for name in names:
            (desk.home / name).write_bytes(content)

        found = _look(desk.home)

        for name in names:
            is_everything = content == b"{}" and name in ("selection.json", "further_folders.json")  # nothing named
            assert found[name].state is (OK if is_everything else WRONG), (name, content)
            assert name in found[name].words
            assert found[name].cure or is_everything


def test_a_list_that_a_person_changed_is_a_note_when_it_can_be_read(desk: Desk) -> None:
    lines = (desk.home / "file_list.json").read_text().splitlines()
    (desk.home / "file_list.json").write_text("\n".join([lines[0], lines[1].rstrip(","), lines[-1]]))

    found = _look(desk.home)["file_list.json"]

    assert found.state is NOTE
    assert "changed by a person or another program just now; 1 item can be read" in found.words


def test_long_files_are_read_for_a_while_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computer, "FILE_SECONDS", -1.0)
    first, *_ = (desk.home / "file_list.json").read_text().splitlines()[1:]
    (desk.home / "file_list.json").write_text("[" + ",".join([first.rstrip(",")] * 1500) + "]")
    with (desk.home / MANIFEST).open("a") as stream:
        stream.write("damaged\n" * 1500)

    found = _look(desk.home)

    assert found["file_list.json"].words.endswith("; the first 1,000 items can be read")
    assert "the first 1,000 lines looked at, 998 of them damaged" in found[MANIFEST].words


@pytest.mark.parametrize(
    ("name", "content", "state", "words"),
    [
        (MANIFEST, '{"id":\nhello\n', NOTE, ": 2 lines, 2 of them damaged"),
        ("item_download_errors.json", json.dumps([{"path": "/a"}, {"path": "/b"}]), NOTE,
         "2 files could not be downloaded last time, just now"),
        ("item_download_errors.json", "[]", OK, "item_download_errors.json: empty"),
        ("item_download_errors.json", None, WRONG, "is a directory"),
        *((record, content, state, words) for record in (DELETED_ITEMS, RENAMED_ITEMS) for content, state, words in (
            ('{"state":"deleted"}\n', OK, "1 line, the last just now"),
            ('{"state":"deleted"}\n{"id', NOTE, "1 of 2 lines damaged"),
            ('{"state":"deleting"}\n', NOTE, "ended in the middle of it"),
            ('{"state":"renaming"}\n', NOTE, "ended in the middle of it"))),
    ],
)  # fmt: skip
def test_what_a_file_holds_is_told(home: Path, name: str, content: str | None, state: State, words: str) -> None:
    if content is None:
        (home / name).mkdir()
    else:
        (home / name).write_text(content)

    found = _look(home)[name]

    assert found.state is state
    assert words in found.words
    assert bool(found.cure) is (state is not OK)


@pytest.mark.parametrize(
    ("name", "content", "state", "words", "cure"),
    [
        ("listing_in_progress.sqlite", b"SQLite format 3\0", NOTE, "interrupted just now", "Choose 3"),
        ("listing_in_progress.sqlite", b"\0\0\0", NOTE, "what it left is damaged", "Choose 3"),
        ("listing.sqlite", b"SQLite format 3\0", OK, "listing.sqlite: there, last used just now", ""),
        ("listing.sqlite", b"", OK, "listing.sqlite: there", ""),
        ("listing.sqlite", b"\0\0\0", NOTE, "damaged", "Nothing is lost: option 3 makes it anew."),
        ("local_hashes.sqlite", b"\0\0\0", NOTE, "damaged", "Nothing is lost: option 6 makes it anew."),
        ("known_files.sqlite", b"\0\0\0", NOTE, "damaged", "Nothing is lost: option 4 makes it anew."),
    ],
)
def test_an_index_says_whether_it_can_be_used(
    home: Path, name: str, content: bytes, state: State, words: str, cure: str
) -> None:
    (home / name).write_bytes(content)

    found = _look(home)[name]

    assert found.state is state
    assert words in found.words
    assert found.cure.startswith(cure)


def test_who_is_at_work_in_the_home_or_in_the_downloads_is_said(home: Path) -> None:
    partial = home / "downloads" / ".partial"
    partial.mkdir(parents=True)

    with DownloadsLock(home / "downloads", partial, "option 4"):
        downloading = _look(home)["lock"]
    with RunLock(home, "option 4"):
        running = _look(home)["lock"]

    assert (downloading.state, running.state) == (NOTE, NOTE)
    who = f"(process {os.getpid()}, option 4, since "
    assert f"at work in {home / 'downloads'} {who}" in downloading.words
    assert f"at work in {home} {who}" in running.words


def test_a_lock_that_cannot_be_opened_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "run.lock").write_text("")

    def refuse(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)

    assert _look(home)["lock"].state is WRONG
