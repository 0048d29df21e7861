"""SHA256SUMS: what sha256sum itself checks in twenty years, and never in the place of what is not ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from onedrive.choosing.selection import Duplicates, Selection
from onedrive.home.manifest import MANIFEST
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.verify.copy_here import CONTENT, COPY, WHEN, A, B, fetch, flip_a_byte, sha256sum_checks


@pytest.mark.parametrize(("quick", "word"), [(False, "proven"), (True, "trusted")])
def test_a_sum_of_other_bytes_with_the_same_size_and_time_is_not_used_again(
    desk: Desk, drive: DemoDrive, quick: bool, word: str
) -> None:
    desk.verify()
    item = drive.find(A)
    drive.change_content(item, bytes(reversed(CONTENT[A])))
    item.client_modified = drive.find(B).client_modified
    fetch(desk)

    desk.verify(quick=quick)

    assert set(desk.classes().values()) == {word}
    assert sha256sum_checks(desk)


def test_our_own_sums_file_is_replaced_where_the_disk_has_another_place_now_and_another_is_kept_beside(
    desk: Desk, tmp_path: Path
) -> None:
    desk.verify()
    desk.downloads.rename(tmp_path / "mounted elsewhere")
    desk.to(tmp_path / "mounted elsewhere")

    desk.verify()

    assert desk.odd() == {}
    assert not [place for place in desk.files() if "kept" in place]

    (desk.downloads / "SHA256SUMS").write_text("my own sums\n")
    desk.verify()

    kept = list(desk.downloads.glob("SHA256SUMS (local copy kept *)"))
    assert [path.read_text() for path in kept] == ["my own sums\n"]
    assert sha256sum_checks(desk)

    (desk.downloads / "SHA256SUMS").unlink()
    (desk.downloads / "SHA256SUMS").mkdir()
    desk.verify()

    assert "SHA256SUMS was not written: " in desk.said.getvalue()
    assert "a folder is in its place" in desk.said.getvalue()


def test_quick_keeps_known_sums(desk: Desk, drive: DemoDrive) -> None:
    desk.verify()
    drive.add_file("/Documents/new.txt", b"new")
    fetch(desk)

    desk.verify(quick=True)

    assert (desk.downloads / "SHA256SUMS").read_bytes().count(b"\n") == 4


def test_a_file_of_onedrive_in_the_place_of_the_sums_is_not_overwritten(desk: Desk, drive: DemoDrive) -> None:
    drive.add_file("/SHA256SUMS", b"mine", modified=WHEN)
    fetch(desk)
    marked = next(desk.downloads.glob("SHA256SUMS~*"))
    marked.rename(desk.downloads / "SHA256SUMS")
    manifest = desk.home / MANIFEST
    manifest.write_text(manifest.read_text().replace(marked.name, "SHA256SUMS"))  # as an earlier version left it

    desk.verify()

    assert (desk.downloads / "SHA256SUMS").read_bytes() == b"mine"
    assert "SHA256SUMS was not written: a file of that name from OneDrive stands there" in desk.said.getvalue()
    desk.download()
    desk.verify()
    assert sha256sum_checks(desk)


def test_duplicates_that_are_links_are_both_proven_both_damaged_and_both_mended(
    new_desk: Desk, drive: DemoDrive
) -> None:
    drive.add_file(COPY, CONTENT[A], modified=WHEN)
    links = Selection(duplicates=Duplicates.LINK)
    desk = fetch(new_desk, links)
    assert desk.verify(selection=links).exit_code == 0

    flip_a_byte(desk, "Pictures/a.jpg")
    desk.verify(selection=links)

    assert desk.odd() == {A: "damaged here", COPY: "damaged here"}
    desk.download(selection=links)
    assert desk.verify(selection=links).exit_code == 0
    assert set(desk.odd().values()) == {"only here"}


@pytest.mark.posix("pipes and endless devices")
@pytest.mark.parametrize("plant", [lambda place: os.mkfifo(place), lambda place: place.symlink_to("/dev/zero")])
def test_what_would_be_read_for_ever_in_the_place_of_the_sums_is_kept_beside(
    desk: Desk, plant: Callable[[Path], object]
) -> None:
    plant(desk.downloads / "SHA256SUMS")

    desk.verify()

    assert len(list(desk.downloads.glob("SHA256SUMS (local copy kept *)"))) == 1
    assert sha256sum_checks(desk)
