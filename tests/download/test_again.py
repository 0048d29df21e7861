"""What comes again: files that failed are on file, and can be tried again alone; what 6 found damaged is mended."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from onedrive.choosing.selection import Selection
from onedrive.errors import StateFileBroken, Stopped
from onedrive.home.failed import ERRORS_FILE, FailedItem, failed_count, read_failed, write_failed
from onedrive.home.manifest import MANIFEST
from onedrive.home.verification import VERIFICATION
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


def test_only_what_failed_is_tried_and_what_fails_again_stays_on_file_with_its_new_reason(
    drive: DemoDrive, desk: Desk
) -> None:
    desk.given("/a", "/b", "/c")
    _on_file(desk, drive, "/a", "/b")
    drive.delete(drive.find("/b"))

    assert desk.download(retry_failed=True, dry_run=True).exit_code == 0
    assert "download: 2 files, 4 B." in desk.said.getvalue()
    assert desk.errors() == {"/a": "it failed", "/b": "it failed"}
    assert desk.download(retry_failed=True).exit_code == 3
    assert desk.said.getvalue().startswith("Only what failed last time is tried again: 2 files.")
    assert desk.files() == {"a": b"/a"}
    assert desk.fetched() == 1
    assert list(desk.errors()) == ["/b"]
    assert desk.errors()["/b"].startswith("no longer on OneDrive")


def test_what_was_not_tried_is_not_forgotten(drive: DemoDrive, demo: FaultyServer, desk: Desk) -> None:
    desk.given({f"/{number:02}": bytes([number]) * 30_000 for number in range(30)})
    _on_file(desk, drive, *(f"/{number:02}" for number in range(30)))
    demo.when_bytes_served(600_000, desk.stop)

    with pytest.raises(Stopped):
        desk.download(retry_failed=True)

    came = {f"/{place}" for place in desk.files()}
    assert 0 < len(came) < 30
    assert {*desk.errors()} | came == {f"/{number:02}" for number in range(30)}
    assert not {*desk.errors()} & came
    assert desk.download(retry_failed=True).exit_code == 0
    assert len(desk.files()) == 30
    assert failed_count(desk.home) == 0


def test_what_was_on_file_is_forgotten_when_it_is_here_or_off_the_list_and_stays_when_it_is_left_out(
    drive: DemoDrive, desk: Desk
) -> None:
    desk.given("/gone", "/here", {"/large": b"l" * 1000}, "/deleted", "/changed", "/failed", here=True)
    _on_file(desk, drive, "/gone", "/here", "/large", "/failed")
    for path, content in (("/large", b"L" * 1000), ("/failed", b"newer"), ("/changed", b"newer too")):
        drive.change_content(drive.find(path), content)
    for path in ("/gone", "/deleted"):
        drive.delete(drive.find(path))
    drive.add_vault()
    desk.list_drive()

    assert desk.download(retry_failed=True, selection=Selection(max_size=10)).exit_code == 0
    assert desk.fetched() == 1
    assert desk.files()["failed"] == b"newer"
    assert list(desk.errors()) == ["/large"]
    said = desk.said.getvalue()
    assert "  /gone is no longer on the list, so it is not tried." in said
    assert "no longer on OneDrive" not in said  # what is deleted beside it is not looked at
    assert "Personal Vault" not in said  # what OneDrive never hands out is not named once more


def test_without_failed_ones_that_is_said_and_nothing_done(desk: Desk) -> None:
    desk.given("/a")

    assert desk.download(retry_failed=True).exit_code == 0
    assert desk.said.getvalue() == (
        "No file is on record as failed, so there is none to try again. Choose 4 for what is new.\n"
    )
    assert not desk.downloads.exists()


# --- what was found damaged -------------------------------------------------------------------------------------------

CONTENT = b"some bytes"


def _damage(desk: Desk) -> None:
    """Two files are here, and one of them is silently damaged."""
    desk.given({"/a.bin": CONTENT, "/b.bin": CONTENT * 2}, here=True)
    path = desk.downloads / "a.bin"
    status = path.stat()
    path.write_bytes(b"S" + CONTENT[1:])
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("lists_hashes", [True, False])
@pytest.mark.parametrize("name_now", ["a.bin", "z.bin"])
def test_damage_is_mended_once_it_was_found_also_under_another_name_and_where_no_hash_is_listed(
    desk: Desk, drive: DemoDrive, name_now: str, *, lists_hashes: bool
) -> None:
    drive.lists_hashes = lists_hashes
    _damage(desk)
    desk.download()
    assert desk.fetched() == 0  # nobody has looked yet
    if name_now != "a.bin":
        drive.rename(drive.find("/a.bin"), name_now)

    assert desk.verify().exit_code == 7
    desk.forget_requests()
    assert desk.download().exit_code == 0
    assert desk.fetched() == 1
    assert (desk.downloads / name_now).read_bytes() == CONTENT
    assert [path.read_bytes() for path in desk.downloads.glob("*local copy kept*")] == [b"Some bytes"]

    desk.forget_requests()
    desk.download()
    assert desk.fetched() == 0
    assert desk.verify().exit_code == 0


def test_what_a_person_has_mended_meanwhile_is_not_fetched(desk: Desk) -> None:
    _damage(desk)
    desk.verify()
    (desk.downloads / "a.bin").write_bytes(CONTENT)
    desk.forget_requests()

    desk.download()
    desk.download()

    assert desk.fetched() == 0


@pytest.mark.parametrize("spoiled", [MANIFEST, VERIFICATION])
def test_a_manifest_that_was_begun_anew_or_a_damaged_verification_marks_nothing(desk: Desk, spoiled: str) -> None:
    _damage(desk)
    desk.verify()
    lines = (desk.home / MANIFEST).read_bytes().splitlines(keepends=True)
    kept = b"".join(line for line in lines if b"b.bin" not in line) if spoiled == MANIFEST else b"{"
    (desk.home / spoiled).write_bytes(kept)
    desk.forget_requests()

    assert desk.download().exit_code == 0
    assert desk.fetched() == 0
