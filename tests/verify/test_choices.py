"""What the person's choice leaves out or keeps elsewhere: option 6 names no step that would do nothing."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from onedrive.choosing.selection import Duplicates, Layout, Selection
from onedrive.graph.traits import FileKind
from onedrive.home.verification import read_verification, read_verified_items
from onedrive.verify.judgement import NEVER_HERE
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.verify.copy_here import CONTENT, COPY, WHEN, A, B, C, D, fetch, flip_a_byte, reason_of

PHOTOS = Selection(kinds=frozenset({FileKind.PHOTO}))


def test_what_the_selection_leaves_out_is_left_out_by_choice_and_verified_where_it_is_here(
    new_desk: Desk, drive: DemoDrive
) -> None:
    desk = fetch(new_desk, PHOTOS)

    assert desk.verify(selection=PHOTOS).exit_code == 0

    assert desk.classes() == {A: "proven", B: "proven", C: "left out by choice", D: "left out by choice"}
    assert reason_of(desk, C) == "of another kind"
    assert (
        "Everything that you chose is here: 2 files (1.8 kB of 2.5 kB), each checked. 2 other files are left out by"
        in desk.said.getvalue()
    )

    desk.download()
    os.truncate(desk.downloads / "Documents/c.txt", 3)
    drive.rename(drive.find(D), "renamed.txt")
    assert desk.verify(selection=PHOTOS).exit_code == 0  # 4 leaves it alone, so there is nothing to do

    renamed = D.replace("d.txt", "renamed.txt")
    assert desk.classes() == {A: "proven", B: "proven", C: "left out by choice", renamed: "proven"}
    assert reason_of(desk, renamed) == ""  # 4 does not move it either
    assert reason_of(desk, C) == "of another kind; what is here of it is not what OneDrive has now"
    assert "Choose 4" not in desk.said.getvalue()


def test_what_onedrive_gives_to_no_program_is_named_once_and_only_within_the_choice(
    new_desk: Desk, drive: DemoDrive
) -> None:
    drive.add_vault()
    drive.add_notebook("/Documents/Diary")
    desk = fetch(new_desk)

    said = []
    for folder in ("/Pictures", "/Documents", "/"):
        assert desk.verify(selection=Selection(folders=(folder,) if folder != "/" else ())).exit_code == 0
        said.append(desk.said.getvalue())

    assert "gives to no program" not in said[0]
    assert "1 thing it gives to no program is named in the report." in said[1]
    assert "2 things it gives to no program are named in the report." in said[2]
    assert desk.classes()["/Personal Vault"] == "cannot be downloaded"
    assert not [words for words in said if "/Documents/Diary" in words]  # 3 or 4 named it
    (desk.downloads / A[1:]).unlink()
    desk.verify()
    assert "OneDrive gives the same 2 things to no program as before; the report names them." in desk.said.getvalue()


def test_an_edited_list_is_a_choice_that_stays_as_it_is(desk: Desk, drive: DemoDrive) -> None:
    path = desk.home / "file_list.json"
    rows = [row for row in json.loads(path.read_text()) if row["path"] != C]
    path.write_text(json.dumps(rows))
    edited = path.read_bytes()
    (desk.downloads / "Documents/c.txt").unlink()
    (desk.downloads / "Documents/Letters/d.txt").unlink()
    drive.add_file("/Documents/new.txt", b"new")

    result = desk.verify()

    assert result.exit_code == 7
    assert desk.odd() == {C: "left out by choice", D: "missing here", "/Documents/new.txt": "left out by choice"}
    assert reason_of(desk, C) == "your edited list does not name it"
    assert path.read_bytes() == edited
    assert "file_list.json was edited: it counts as your choice and stays as it is." in desk.said.getvalue()


def test_the_chosen_folder_of_the_list_is_kept_and_files_outside_of_it_are_not_looked_at(desk: Desk) -> None:
    desk.verify()
    sums = (desk.downloads / "SHA256SUMS").read_bytes()
    desk.settings = replace(desk.settings, root_folder="/Pictures")
    desk.list_drive()
    desk.settings = replace(desk.settings, root_folder="")

    result = desk.verify()

    assert result.exit_code == 0
    assert desk.classes() == {A: "proven", B: "proven"}
    said = desk.said.getvalue()
    assert "2 files here are in folders that the list does not cover; they were not looked at." in said
    assert (desk.downloads / "SHA256SUMS").read_bytes() == sums


def test_a_folder_whose_name_reads_like_a_hint_is_written_as_it_is(new_desk: Desk, drive: DemoDrive) -> None:
    drive.add_file("/choose 3/a.txt", b"x")
    new_desk.settings = replace(new_desk.settings, root_folder="/choose 3")
    fetch(new_desk)

    new_desk.verify()

    words = "Everything in /choose 3 is here: 1 file (1 B), checked. The rest of OneDrive was not looked at."
    facts = read_verification(new_desk.home)
    assert facts is not None
    assert facts.verdict == new_desk.said.getvalue().splitlines()[-1] == words


def test_files_by_date_are_found_where_they_are(new_desk: Desk) -> None:
    by_date = Selection(layout=Layout.DATE)
    desk = fetch(new_desk, by_date)
    (desk.downloads / "2023/2023-05/b.jpg").unlink()

    desk.verify(selection=by_date)

    assert desk.odd() == {B: "missing here"}
    assert {item.path: item.local_path for item in read_verified_items(desk.home)}[B] == "2023/2023-05/b.jpg"


@pytest.mark.parametrize(
    ("lost", "without", "quick", "odd", "reason"),
    [
        ("nothing", (), False, {COPY: "left out by choice"}, f"the same content is kept once, as {A}"),
        ("here and there", (), False, {COPY: "missing here"}, NEVER_HERE),
        ("a byte", (), False, {A: "damaged here", COPY: "missing here"}, NEVER_HERE),
        ("here", (A,), False, {A: "left out by choice", COPY: "missing here"}, NEVER_HERE),
        ("here", (A,), True, {A: "left out by choice", COPY: "missing here"}, NEVER_HERE),
    ],
)
def test_a_duplicate_that_is_kept_once_is_left_out_only_where_the_kept_one_is_proven(
    new_desk: Desk, drive: DemoDrive, lost: str, without: tuple[str, ...], quick: bool, odd: dict[str, str], reason: str
) -> None:
    drive.add_file(COPY, CONTENT[A], modified=WHEN)
    once = Selection(duplicates=Duplicates.ONCE)
    desk = fetch(new_desk, once)
    if lost == "here and there":
        drive.delete(drive.find(A))
    if lost == "a byte":
        flip_a_byte(desk, A[1:])
    elif lost != "nothing":
        (desk.downloads / A[1:]).unlink()
    once = replace(once, exclude=without)

    assert desk.verify(selection=once, quick=quick).exit_code == (0 if lost == "nothing" else 7)

    assert desk.odd() == odd
    assert reason_of(desk, COPY).startswith(reason)
    assert desk.download(selection=once).exit_code == 0
    assert desk.verify(selection=once).exit_code == 0
