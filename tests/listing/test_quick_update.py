"""A second listing: only what changed is asked for, merged, and said."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onedrive.errors import ConnectionLost
from onedrive.graph.session import GraphSession
from onedrive.home.lists import FILE_LIST, FOLDER_LIST, LIST_STATE
from onedrive.listing import changes as quick_update
from onedrive.listing import reasons
from onedrive.listing.catalogue import IN_PROGRESS
from pretend_onedrive.model.drive import DemoDrive
from tests.faults.server import FaultyServer
from tests.listing.listed import Listed, list_drive
from tests.listing.listing_faults import change_delta_pages, refuse_delta


def _paths(listed: Listed) -> list[str]:
    return [row["path"] for row in json.loads(listed.files)]


@pytest.fixture
def first(drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer) -> Listed:
    """A drive that has been listed."""
    for number in range(20):
        drive.add_file(f"/Pictures/2023/{number:02}.jpg", b"abc")
    drive.add_file("/Documents/letter.txt", b"Dear")
    drive.add_vault()
    drive.add_notebook("/Documents/Notes")
    listed = list_drive(home, graph)
    demo.requests.clear()
    return listed


def test_nothing_changed_costs_two_requests_and_touches_no_list(
    first: Listed, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    before = {name: (home / name).stat().st_mtime_ns for name in (FILE_LIST, FOLDER_LIST)}

    listed = list_drive(home, graph)

    assert "Nothing has changed since the list was made just now" in listed.said
    assert len(demo.requests) == 2
    assert {name: (home / name).stat().st_mtime_ns for name in (FILE_LIST, FOLDER_LIST)} == before
    assert listed.exceptions == first.exceptions


def test_changes_are_said_as_what_they_are(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/Pictures/2024/new.jpg", b"new")
    drive.change_content(drive.find("/Documents/letter.txt"), b"Dear Sir")
    drive.rename(drive.find("/Pictures/2023/00.jpg"), "first.jpg")
    drive.delete(drive.find("/Pictures/2023/01.jpg"))

    listed = list_drive(home, graph)

    assert "Since the last list: 2 new, 1 changed, 1 moved or renamed, 1 gone." in listed.said
    for line in (
        "new: /Pictures/2024/new.jpg",
        "changed: /Documents/letter.txt",
        "moved: /Pictures/2023/00.jpg -> /Pictures/2023/first.jpg",
        "gone: /Pictures/2023/01.jpg",
    ):
        assert line in listed.said
    assert len(demo.requests) == 2
    assert listed.state.files == first.state.files  # one came, one went
    assert listed.exceptions == first.exceptions


def test_a_renamed_folder_moves_all_that_is_below_it(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path
) -> None:
    drive.rename(drive.find("/Pictures"), "Fotos")
    drive.rename(drive.find("/Documents"), "Papers")

    listed = list_drive(home, graph)

    assert sum(path.startswith("/Fotos/2023/") for path in _paths(listed)) == 20
    assert not any(path.startswith("/Pictures") for path in _paths(listed))
    assert "moved: /Pictures -> /Fotos" in listed.said
    assert "moved along with the folders above" in listed.said
    assert "/Papers/Notes" in [path for path, _, _ in listed.exceptions]


def test_a_deleted_folder_takes_all_below_it_though_only_the_folder_is_named(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    folder = drive.find("/Pictures/2023").id
    drive.delete(drive.find("/Pictures/2023"))
    change_delta_pages(demo, _only_tombstone_of(folder))

    listed = list_drive(home, graph)

    assert not any(path.startswith("/Pictures") for path in _paths(listed))
    assert "20 items went with the folders above." in listed.said


def _only_tombstone_of(folder_id: str) -> Callable[[dict[str, Any]], None]:
    def change(page: dict[str, Any]) -> None:
        page["value"] = [row for row in page["value"] if "deleted" not in row or row["id"] == folder_id]

    return change


def test_a_change_that_was_listed_already_is_no_change(
    first: Listed, graph: GraphSession, home: Path, drive: DemoDrive
) -> None:
    drive.touch(drive.root)
    before = (home / FILE_LIST).stat().st_mtime_ns

    listed = list_drive(home, graph)

    assert "Nothing has changed" in listed.said
    assert (home / FILE_LIST).stat().st_mtime_ns == before


def test_changes_come_once(first: Listed, drive: DemoDrive, graph: GraphSession, home: Path) -> None:
    drive.add_file("/x.txt", b"x")
    list_drive(home, graph)

    assert "Nothing has changed" in list_drive(home, graph).said


def test_a_new_vault_is_found(first: Listed, drive: DemoDrive, graph: GraphSession, home: Path) -> None:
    drive.add_vault("/Second Vault")

    assert ("/Second Vault", reasons.VAULT, True) in list_drive(home, graph).exceptions


def test_an_edited_list_means_a_full_listing_with_the_reason(first: Listed, graph: GraphSession, home: Path) -> None:
    (home / FILE_LIST).write_text("[]\n")

    listed = list_drive(home, graph)

    assert "The lists were changed since they were made. Everything is listed anew." in listed.said
    assert "file_list.json had been edited; the edited version is kept" in listed.said
    assert listed.files == first.files


def test_a_missing_list_means_a_full_listing_with_the_reason(first: Listed, graph: GraphSession, home: Path) -> None:
    (home / FOLDER_LIST).unlink()

    assert "A list of last time is missing. Everything is listed anew." in list_drive(home, graph).said


def test_a_list_that_was_only_touched_is_updated(first: Listed, graph: GraphSession, home: Path) -> None:
    (home / FILE_LIST).touch()

    assert "Nothing has changed" in list_drive(home, graph).said


def test_another_account_means_a_full_listing_with_the_reason(first: Listed, graph: GraphSession, home: Path) -> None:
    state = json.loads((home / LIST_STATE).read_text())
    (home / LIST_STATE).write_text(json.dumps(state | {"account_id": "somebody else"}))

    listed = list_drive(home, graph)

    assert "The list of last time is of another account. Everything is listed anew." in listed.said
    assert listed.files == first.files


def test_another_folder_means_a_full_listing_with_the_reason(first: Listed, graph: GraphSession, home: Path) -> None:
    listed = list_drive(home, graph, root="/Documents")

    assert "The list of last time was of another folder. Everything is listed anew." in listed.said
    assert "/Documents/letter.txt" in _paths(listed)


@pytest.mark.parametrize("fault", ["forgotten", "malformed", "gone"])
def test_a_delta_link_that_is_not_valid_means_a_full_listing_with_the_reason(
    first: Listed, graph: GraphSession, home: Path, demo: FaultyServer, fault: str
) -> None:
    if fault == "forgotten":
        demo.forget_delta_tokens()
    elif fault == "malformed":
        state = json.loads((home / LIST_STATE).read_text())
        (home / LIST_STATE).write_text(json.dumps(state | {"delta_link": state["delta_link"][:-7]}))
    else:
        demo.fail_next(404, on="graph", path="/", times=1)

    listed = list_drive(home, graph)

    assert "Everything is listed anew." in listed.said
    assert listed.files == first.files
    assert "Nothing has changed" in list_drive(home, graph).said


def test_full_lists_everything_though_nothing_changed(first: Listed, graph: GraphSession, home: Path) -> None:
    listed = list_drive(home, graph, full=True)

    assert "Listed 23 files" in listed.said
    assert listed.files == first.files


def test_so_many_changes_that_a_full_listing_is_cheaper(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick_update, "MOST_CHANGES", 5)
    for number in range(9):
        drive.add_file(f"/new/{number}.txt", b"x")

    listed = list_drive(home, graph)

    assert "More than 5 items have changed. Everything is listed anew." in listed.said
    assert sum(path.startswith("/new/") for path in _paths(listed)) == 9


def test_a_folder_that_the_changes_do_not_show_is_asked_for_by_id(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_file("/new/deep/x.txt", b"x")
    hidden = {drive.find("/new").id, drive.find("/new/deep").id}
    change_delta_pages(demo, lambda page: page.update(value=[row for row in page["value"] if row["id"] not in hidden]))

    assert "/new/deep/x.txt" in _paths(list_drive(home, graph))


def test_with_shared_folders_everything_is_listed_anew_with_the_reason(
    first: Listed, graph: GraphSession, home: Path
) -> None:
    assert "now treated otherwise than last time. Everything is" in list_drive(home, graph, shared=True).said
    assert "What others share is not among the changes" in list_drive(home, graph, shared=True).said


@pytest.fixture
def shortcut(drive: DemoDrive, first: Listed, graph: GraphSession, home: Path) -> Listed:
    """A shortcut came since the first listing."""
    other = DemoDrive(drive_id="64e50000000d6004")
    other.add_file("/Family/x.jpg", b"x")
    drive.add_shortcut("/Pictures/Eve", other, other.find("/Family"))
    return list_drive(home, graph)


def test_a_new_shortcut_is_said(shortcut: Listed) -> None:
    assert "Since the last list: 1 new." in shortcut.said
    assert "new: /Pictures/Eve" in shortcut.said
    assert "a shortcut to what someone else shares" in shortcut.said


def test_a_shortcut_that_is_sent_again_is_named_once(
    shortcut: Listed, drive: DemoDrive, graph: GraphSession, home: Path
) -> None:
    drive.touch(drive.find("/Pictures/Eve"))

    listed = list_drive(home, graph)

    assert listed.exceptions == shortcut.exceptions
    assert "Nothing has changed" in listed.said


def test_a_renamed_shortcut_is_said_and_its_old_name_forgotten(
    shortcut: Listed, drive: DemoDrive, graph: GraphSession, home: Path
) -> None:
    drive.rename(drive.find("/Pictures/Eve"), "Family")

    listed = list_drive(home, graph)

    assert "moved: /Pictures/Eve -> /Pictures/Family" in listed.said
    assert [path for path, _, _ in listed.exceptions if path.startswith("/Pictures")] == ["/Pictures/Family"]


def test_a_shortcut_that_is_gone_is_said(shortcut: Listed, drive: DemoDrive, graph: GraphSession, home: Path) -> None:
    drive.delete(drive.find("/Pictures/Eve"))

    listed = list_drive(home, graph)

    assert "Since the last list: 1 gone." in listed.said
    assert listed.exceptions == [entry for entry in shortcut.exceptions if entry[0] != "/Pictures/Eve"]


def test_a_vault_that_was_unlocked_is_said(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    vault = drive.find("/Personal Vault")
    drive.touch(vault)
    vault.kind, vault.unreadable = "folder", None

    listed = list_drive(home, graph)

    assert "changed: /Personal Vault" in listed.said
    assert reasons.VAULT not in [reason for _, reason, _ in listed.exceptions]


def test_an_unlocked_vault_whose_files_are_not_among_the_changes_means_a_full_listing(
    first: Listed, drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    vault = drive.find("/Personal Vault")
    vault.kind, vault.unreadable = "folder", None
    hidden = drive.add_file("/Personal Vault/secret.txt", b"s").id
    drive.touch(vault)
    change_delta_pages(demo, lambda page: page.update(value=[row for row in page["value"] if row["id"] != hidden]))

    assert "/Personal Vault/secret.txt" in _paths(list_drive(home, graph))


@pytest.mark.parametrize("link", ["https://evil.example/x", "http://graph.microsoft.com/v1.0/me", "x"])
def test_a_delta_link_to_another_host_is_not_followed(
    first: Listed, graph: GraphSession, home: Path, demo: FaultyServer, link: str
) -> None:
    state = json.loads((home / LIST_STATE).read_text())
    (home / LIST_STATE).write_text(json.dumps(state | {"delta_link": link}))

    listed = list_drive(home, graph)

    assert "leads to another computer. Everything is listed anew." in listed.said
    assert listed.files == first.files
    assert {seen.host for seen in demo.requests} == {"graph.microsoft.com"}


def test_exceptions_by_nature_are_no_reason_that_is_said(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    drive.add_vault()
    refuse_delta(demo)
    list_drive(home, graph)

    assert "could not see everything" not in list_drive(home, graph).said


def test_a_walk_that_was_interrupted_days_ago_does_not_keep_delta_away(
    drive: DemoDrive, graph: GraphSession, home: Path, demo: FaultyServer
) -> None:
    for number in range(12):
        drive.add_file(f"/d{number}/f.txt", b"1")
    proper = demo.graph.change_log.list_changes
    refuse_delta(demo)
    demo.when_pages_served(6, lambda: demo.reset_next(times=None))
    with pytest.raises(ConnectionLost):
        list_drive(home, graph)
    demo.be_well()
    demo.graph.change_log.list_changes = proper  # type: ignore[method-assign]  # the service is well again
    two_days_ago = time.time() - 2 * 86400
    os.utime(home / IN_PROGRESS, (two_days_ago, two_days_ago))

    listed = list_drive(home, graph)

    assert listed.state.files == 12
    assert listed.state.delta_link is not None
