"""Files that failed are on file, and can be tried again alone; against the pretend OneDrive over sockets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from onedrive.choosing.selection import Selection
from onedrive.errors import StateFileBroken, Stopped
from onedrive.home.failed import ERRORS_FILE, FailedItem, failed_count, read_failed, write_failed
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer


def _on_file(desk: Desk, drive: DemoDrive, *paths: str) -> None:
    write_failed(desk.home, [FailedItem(path, drive.find(path).id, "it failed") for path in paths])


def test_what_was_written_is_read(tmp_path: Path) -> None:
    failed = [FailedItem("/b\ud800", "2", "because"), FailedItem("/a", "1", "why")]
    write_failed(tmp_path, failed)

    assert read_failed(tmp_path) == sorted(failed)
    assert failed_count(tmp_path) == 2
    write_failed(tmp_path, [])
    assert not (tmp_path / ERRORS_FILE).exists()
    assert failed_count(tmp_path) == 0
    assert read_failed(tmp_path) == []


@pytest.mark.parametrize("text", ["{", "7", '["a"]', '[{"id": "1"}]', "\ud800"])
def test_a_damaged_file_is_a_sentence_and_counts_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / ERRORS_FILE).write_bytes(text.encode("utf-8", "surrogatepass"))

    assert failed_count(tmp_path) == 0
    with pytest.raises(StateFileBroken, match="cannot be used"):
        read_failed(tmp_path)


def test_only_what_failed_is_asked_for(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/a", "/b", "/c")
    _on_file(desk, drive, "/b")

    assert desk.download(retry_failed=True).exit_code == 0
    assert desk.files() == {"b": b"/b"}
    assert desk.fetched() == 1
    assert desk.said.getvalue().startswith("Only what failed last time is tried again: 1 file.")
    assert failed_count(desk.home) == 0


def test_what_fails_again_stays_on_file_with_its_new_reason(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/a", "/b")
    _on_file(desk, drive, "/a", "/b")
    drive.delete(drive.find("/b"))

    assert desk.download(retry_failed=True).exit_code == 3
    assert desk.files() == {"a": b"/a"}
    assert list(desk.errors()) == ["/b"]
    assert desk.errors()["/b"].startswith("no longer on OneDrive")


def test_what_was_not_tried_is_not_forgotten(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    desk.given({f"/{number:02}": bytes([number]) * 30_000 for number in range(30)})
    _on_file(desk, drive, *(f"/{number:02}" for number in range(30)))
    demo.when_bytes_served(100_000, desk.stop)

    with pytest.raises(Stopped):
        desk.download(retry_failed=True)

    came = {f"/{place}" for place in desk.files()}
    assert 0 < len(came) < 30
    assert {*desk.errors()} | came == {f"/{number:02}" for number in range(30)}
    assert not {*desk.errors()} & came
    assert desk.download(retry_failed=True).exit_code == 0
    assert len(desk.files()) == 30
    assert failed_count(desk.home) == 0


def test_what_is_left_out_by_choice_meanwhile_stays_on_file(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/large": b"l" * 1000, "/small": b"s"})
    _on_file(desk, drive, "/large", "/small")

    assert desk.download(retry_failed=True, selection=Selection(max_size=10)).exit_code == 0
    assert desk.files() == {"small": b"s"}
    assert list(desk.errors()) == ["/large"]


def test_what_is_no_longer_on_the_list_is_named_and_forgotten(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a", b"a")
    drive.add_file("/b", b"b")
    desk.list_drive()
    _on_file(desk, drive, "/a", "/b")
    drive.delete(drive.find("/b"))
    desk.list_drive()

    assert desk.download(retry_failed=True).exit_code == 0
    assert "  /b is no longer on the list, so it is not tried." in desk.said.getvalue()
    assert failed_count(desk.home) == 0


def test_what_is_here_meanwhile_is_forgotten(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a", b"a")
    desk.list_drive()
    desk.download()
    _on_file(desk, drive, "/a")
    desk.forget_requests()

    assert desk.download(retry_failed=True).exit_code == 0
    assert not desk.requests("")
    assert failed_count(desk.home) == 0


def test_what_is_deleted_or_changed_beside_it_is_not_looked_at(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/a", "/b", "/c", here=True)
    drive.delete(drive.find("/a"))
    drive.change_content(drive.find("/c"), b"newer")
    drive.change_content(drive.find("/b"), b"newer too")
    desk.list_drive()
    _on_file(desk, drive, "/b")

    assert desk.download(retry_failed=True).exit_code == 0
    assert desk.files() == {"a": b"/a", "b": b"newer too", "c": b"/c"}
    assert "no longer on OneDrive" not in desk.said.getvalue()


def test_without_failed_ones_that_is_said_and_nothing_done(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a", b"a")
    desk.list_drive()

    assert desk.download(retry_failed=True).exit_code == 0
    assert desk.said.getvalue() == (
        "No file is on record as failed, so there is none to try again. 4 fetches what is new.\n"
    )
    assert not desk.downloads.exists()


def test_a_dry_run_of_it_changes_nothing(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a", b"a")
    drive.add_file("/b", b"b")
    desk.list_drive()
    _on_file(desk, drive, "/a")

    assert desk.download(retry_failed=True, dry_run=True).exit_code == 0
    assert "fetch: 1 file, 1 B." in desk.said.getvalue()
    assert json.loads((desk.home / ERRORS_FILE).read_text())[0]["path"] == "/a"


def test_what_onedrive_never_hands_out_is_not_named_once_more(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/a", b"a")
    drive.add_vault()
    desk.list_drive()
    _on_file(desk, drive, "/a")

    desk.download(retry_failed=True)

    assert desk.files() == {"a": b"a"}
    assert "Personal Vault" not in desk.said.getvalue()
