"""A second listing: only what changed is asked for, merged, and said; or why everything is listed anew."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from onedrive.home.lists import FILE_LIST, FOLDER_LIST
from onedrive.listing import changes, list_import, reasons
from onedrive.listing.catalogue import IN_PROGRESS
from pretend_onedrive.model.drive import DemoDrive
from tests.listing.scene import Listed, Scene

LEADS_AWAY = "The saved link to the changes points to another computer."
ANEW = "Everything is listed anew."


@pytest.fixture
def first(scene: Scene) -> Listed:
    """A drive that has been listed."""
    scene.given(*(f"/Pictures/2023/{number:02}.jpg" for number in range(20)), "/Documents/letter.txt")
    scene.drive.add_vault()
    scene.drive.add_notebook("/Documents/Notes")
    return scene.list()


def _times(home: Path) -> list[int]:
    return [(home / name).stat().st_mtime_ns for name in (FILE_LIST, FOLDER_LIST)]


@pytest.mark.parametrize("touched", [False, True])
def test_nothing_changed_costs_two_requests_and_touches_no_list(first: Listed, scene: Scene, touched: bool) -> None:
    """Nor does it when OneDrive names what was listed already, or when a list was only touched."""
    if touched:
        scene.drive.touch(scene.drive.root)
        (scene.home / FILE_LIST).touch()
    before = _times(scene.home)

    listed = scene.list()

    assert "Nothing has changed since the list was made just now" in listed.said
    assert len(scene.demo.requests) == 2
    assert _times(scene.home) == before
    assert listed.exceptions == first.exceptions


def test_changes_are_said_as_what_they_are_and_once(first: Listed, scene: Scene) -> None:
    scene.given("/Pictures/2024/new.jpg")
    scene.drive.change_content(scene.drive.find("/Documents/letter.txt"), b"Dear Sir")
    scene.drive.rename(scene.drive.find("/Pictures/2023/00.jpg"), "first.jpg")
    scene.drive.delete(scene.drive.find("/Pictures/2023/01.jpg"))

    listed = scene.list()

    assert "Since the last list: 2 new, 1 changed, 1 moved or renamed, 1 gone." in listed.said
    for line in (
        "new: /Pictures/2024/new.jpg",
        "changed: /Documents/letter.txt",
        "moved: /Pictures/2023/00.jpg -> /Pictures/2023/first.jpg",
        "gone: /Pictures/2023/01.jpg",
    ):
        assert line in listed.said
    assert len(scene.demo.requests) == 2
    assert listed.state.files == first.state.files  # one came, one went
    assert listed.exceptions == first.exceptions
    assert "Nothing has changed" in scene.list().said


def test_a_renamed_folder_moves_all_that_is_below_it(first: Listed, scene: Scene) -> None:
    scene.drive.rename(scene.drive.find("/Pictures"), "Fotos")
    scene.drive.rename(scene.drive.find("/Documents"), "Papers")

    listed = scene.list()

    assert sum(path.startswith("/Fotos/2023/") for path in listed.paths) == 20
    assert not any(path.startswith("/Pictures") for path in listed.paths)
    assert "moved: /Pictures -> /Fotos" in listed.said
    assert "moved along with the folders above" in listed.said
    assert "/Papers/Notes" in [path for path, _, _ in listed.exceptions]


def test_a_deleted_folder_takes_all_below_it_though_only_the_folder_is_named(first: Listed, scene: Scene) -> None:
    folder = scene.drive.find("/Pictures/2023")
    scene.drive.delete(folder)
    scene.change_pages(
        lambda page: page.update(value=[row for row in page["value"] if "deleted" not in row or row["id"] == folder.id])
    )

    listed = scene.list()

    assert not any(path.startswith("/Pictures") for path in listed.paths)
    assert "20 items went with the folders above." in listed.said


def test_a_folder_that_the_changes_do_not_show_is_asked_for_by_id(first: Listed, scene: Scene) -> None:
    scene.given("/new/deep/x.txt")
    scene.hide("/new", "/new/deep")

    assert "/new/deep/x.txt" in scene.list().paths


def test_what_cannot_be_read_among_the_changes_means_a_full_listing_that_names_it(first: Listed, scene: Scene) -> None:
    scene.given("/odd.txt")
    nameless = {"name": 7}
    scene.change_pages(lambda page: [row.update(nameless) for row in page["value"] if row.get("name") == "odd.txt"])

    listed = scene.list()

    assert f"Something among the changes could not be read. {ANEW}" in listed.said
    assert listed.result.exit_code == 3


def _edit(scene: Scene) -> None:
    (scene.home / FILE_LIST).write_text("[]\n")


WHY_ANEW: dict[str, tuple[Callable[[Scene], object], str]] = {
    "edited": (_edit, "The lists have been changed since they were made."),
    "missing": (lambda scene: (scene.home / FOLDER_LIST).unlink(), "One of the last lists is missing."),
    "account": (
        lambda scene: scene.change_state(account_id="somebody else", drive_id=""),
        "The last list is of another account.",
    ),
    "drive": (lambda scene: scene.change_state(drive_id="another"), "The last list is of another account."),
    "folder": (lambda scene: scene.change_state(root_text="/A"), "The last list was of another folder."),
    "form": (lambda scene: scene.change_state(line_form=0), "made by another version of this program."),
    "shared": (lambda scene: scene.change_state(shared=True), "is now treated differently from last time."),
    "cut link": (lambda scene: scene.change_state(delta_link="https://graph.microsoft.com/v1.0/me/x"), ""),
    "no link": (lambda scene: scene.change_state(delta_link=None), ""),
    "forgotten link": (lambda scene: scene.demo.forget_delta_tokens(), ""),
    "link gone": (lambda scene: scene.demo.fail_next(404, on="graph", path="/", times=2), ""),
    "foreign link": (lambda scene: scene.change_state(delta_link="https://evil.example/x"), LEADS_AWAY),
    "open link": (lambda scene: scene.change_state(delta_link="http://graph.microsoft.com/v1.0/me"), LEADS_AWAY),
    "no address": (lambda scene: scene.change_state(delta_link="x"), LEADS_AWAY),
}


@pytest.mark.parametrize("how", WHY_ANEW)
def test_where_what_changed_cannot_be_asked_everything_is_listed_with_the_reason(
    first: Listed, scene: Scene, how: str
) -> None:
    change, why = WHY_ANEW[how]
    change(scene)

    listed = scene.list(root="/")

    assert why in listed.said
    assert (ANEW in listed.said) == (how != "no link")
    assert "could not see everything" not in listed.said
    assert (listed.files, listed.folders) == (first.files, first.folders)
    assert {seen.host for seen in scene.demo.requests} == {"graph.microsoft.com"}
    assert "Nothing has changed" in scene.list().said


def test_with_shared_folders_everything_is_listed_anew_with_the_reason(first: Listed, scene: Scene) -> None:
    assert "now treated differently from last time. Everything is" in scene.list(shared=True).said
    assert "OneDrive does not report changes in what others share." in scene.list(shared=True).said


def test_a_full_listing_says_how_many_files_are_other_than_listed_where_that_is_known(
    first: Listed, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.given("/new.txt", "/newer.txt")
    scene.drive.change_content(scene.drive.find("/Documents/letter.txt"), b"Dear Sir")
    scene.drive.move(scene.drive.find("/Pictures/2023/02.jpg"), scene.drive.find("/Documents"))
    scene.drive.rename(scene.drive.find("/Pictures"), "Fotos")
    scene.drive.delete(scene.drive.find("/Fotos/2023/01.jpg"))

    assert "Files since the last list: 2 new, 2 changed or moved, 1 gone.\n" in scene.list(full=True).said
    assert "Files since" not in scene.list(full=True).said  # nothing is other
    assert "Files since" not in scene.list(root="/Documents").said
    assert "Files since" not in scene.list(root="/").said
    scene.drive.delete(scene.drive.find("/new.txt"))
    monkeypatch.setattr(list_import, "MOST_COMPARED", 5)
    assert "Files since" not in scene.list(full=True).said
    monkeypatch.undo()
    _edit(scene)
    assert "Files since" not in scene.list(full=True).said


def test_full_lists_everything_though_nothing_changed(first: Listed, scene: Scene) -> None:
    listed = scene.list(full=True)

    assert "is listed: 23 files" in listed.said
    assert listed.files == first.files


def test_so_many_changes_that_a_full_listing_is_cheaper(
    first: Listed, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MOST_CHANGES", 5)
    scene.given(*(f"/new/{number}.txt" for number in range(9)))

    listed = scene.list()

    assert f"More than 5 items have changed. {ANEW}" in listed.said
    assert sum(path.startswith("/new/") for path in listed.paths) == 9


def test_what_happens_to_a_shortcut_is_said(first: Listed, scene: Scene) -> None:
    other = DemoDrive(drive_id="64e50000000d6004")
    other.add_file("/Family/x.jpg", b"x")
    scene.drive.add_shortcut("/Pictures/Eve", other, other.find("/Family"))
    came = scene.list()
    assert "Since the last list: 1 new." in came.said
    assert "new: /Pictures/Eve" in came.said
    assert f"/Pictures/Eve: {reasons.SHORTCUT}." in came.said

    scene.drive.touch(scene.drive.find("/Pictures/Eve"))
    again = scene.list()
    assert again.exceptions == came.exceptions
    assert "Nothing has changed" in again.said

    scene.drive.rename(scene.drive.find("/Pictures/Eve"), "Family")
    renamed = scene.list()
    assert "moved: /Pictures/Eve -> /Pictures/Family" in renamed.said
    assert [path for path, _, _ in renamed.exceptions if path.startswith("/Pictures")] == ["/Pictures/Family"]

    scene.drive.delete(scene.drive.find("/Pictures/Family"))
    gone = scene.list()
    assert "Since the last list: 1 gone." in gone.said
    assert gone.exceptions == first.exceptions


def test_a_new_vault_is_found_and_one_that_was_unlocked_is_said(first: Listed, scene: Scene) -> None:
    scene.drive.add_vault("/Second Vault")
    assert ("/Second Vault", reasons.VAULT, True) in scene.list().exceptions

    vault = scene.drive.find("/Personal Vault")
    scene.drive.touch(vault)
    vault.kind, vault.unreadable = "folder", None
    listed = scene.list()

    assert "changed: /Personal Vault" in listed.said
    assert [path for path, reason, _ in listed.exceptions if reason == reasons.VAULT] == ["/Second Vault"]


def test_an_unlocked_vault_whose_files_are_not_among_the_changes_means_a_full_listing(
    first: Listed, scene: Scene
) -> None:
    vault = scene.drive.find("/Personal Vault")
    vault.kind, vault.unreadable = "folder", None
    scene.given("/Personal Vault/secret.txt")
    scene.drive.touch(vault)
    scene.hide("/Personal Vault/secret.txt")

    assert "/Personal Vault/secret.txt" in scene.list().paths


def test_exceptions_by_nature_are_no_reason_that_is_said_and_others_are(scene: Scene) -> None:
    scene.drive.add_vault()
    scene.given("/A/a.txt")
    scene.refuse_delta()
    scene.list()
    assert "could not see everything" not in scene.list().said

    scene.demo.unreadable_folder("/A")
    scene.list()
    assert "The last listing could not see everything." in scene.list().said


def test_a_walk_that_was_interrupted_days_ago_does_not_keep_delta_away(scene: Scene) -> None:
    scene.given(*(f"/d{number}/f.txt" for number in range(12)))
    proper = scene.demo.graph.change_log.list_changes
    scene.refuse_delta()
    scene.interrupt(6)
    scene.demo.graph.change_log.list_changes = proper  # type: ignore[method-assign]  # the service is well again
    two_days_ago = time.time() - 2 * 86400
    os.utime(scene.home / IN_PROGRESS, (two_days_ago, two_days_ago))

    listed = scene.list()

    assert listed.state.files == 12
    assert listed.state.delta_link is not None
