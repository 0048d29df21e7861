"""Option 7 as a person meets it: the small menu, typed at a keyboard; never without one."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from manage_items import PersonNeeded, manage_items
from onedrive.choosing.selection import Selection, read_selection, write_selection
from onedrive.errors import NoListYet, StepNeeded
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.home.records import DELETED_ITEMS, append_rows, read_unfinished
from onedrive.home.verification import ItemClass
from onedrive.step_result import StepResult
from onedrive.terminal.terminal import Terminal
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive
from tests.person import Person

PATHS = ["/a.txt", "/b.txt", "/Pictures/IMG_1.jpg", "/Pictures/IMG_2.jpg"]


@pytest.fixture
def person() -> Iterator[Person]:
    with Person() as person:
        yield person


def choose_7(managed: ManagedDrive, person: Person, *typed: str, dry_run: bool = False) -> StepResult:
    """The person types these lines, one after the other, into option 7."""
    person.type("".join(f"{line}\n" for line in typed))
    managed.said = io.StringIO()
    terminal = Terminal(stdin=person.keyboard, stdout=managed.said, environ={})
    return manage_items(
        terminal,
        managed.desk.settings,
        managed.graph,
        open_write_graph=managed.open_write_graph,
        selection=read_selection(managed.home),
        dry_run=dry_run,
    )


def listed(managed: ManagedDrive) -> list[str]:
    return [item.path for item in read_items(managed.home / FILE_LIST)]


def test_where_copies_were_verified_the_person_says_in_how_many_places_a_file_must_be_proven(
    managed: ManagedDrive, person: Person, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(managed.desk.downloads, tmp_path / "disk B"))
    (copy / "a.txt").unlink()
    managed.desk.verify(also=(copy,))

    choose_7(managed, person, "3", "/", "", "", "", "3", "2", "3", "", "0")

    assert f"Verified too: {copy}." in managed.shown
    assert "Type a number from 1 to 2." in managed.shown
    assert managed.online() == ["/a.txt"]
    assert f"it is proven in 1 place, not in 2: missing in {copy}" in managed.shown


def test_what_is_chosen_and_proven_is_deleted_and_the_list_follows(managed: ManagedDrive, person: Person) -> None:
    write_selection(managed.home, Selection(include=("*.txt",)))

    result = choose_7(managed, person, "3", "/Pictures", "", "", "", "2", "1", "3", "", "2", "0")

    assert result.exit_code == 0
    assert managed.online() == listed(managed) == []
    assert "Saved choice (option 5): everything named *.txt." in managed.shown  # Enter takes it
    last_menu = managed.shown.rindex("  1  Rename one")
    assert managed.shown[:last_menu].endswith(
        "2 files (12 B) deleted on OneDrive. The files on this computer are as they were.\n\n"
    )
    assert len(managed.desk.files()) == 4


def test_kinds_names_and_dates_narrow_the_choice_and_what_is_typed_wrongly_is_asked_again(
    managed: ManagedDrive, person: Person
) -> None:
    choose_7(
        managed, person, "9", "3", "/Picturs", "/", "pictures", "photos", "*_2.*", "soon", "2026", "1", "0"
    )  # fmt: skip

    assert managed.online() == ["/Pictures/IMG_1.jpg", "/a.txt", "/b.txt"]
    assert "There is no '9' here. Type 1, 2, 3, 4, 5, 6 or 0 and Enter." in managed.shown
    assert "Perhaps: /Pictures" in managed.shown
    assert "Type one or more of these" in managed.shown
    assert "'soon' is not a date" in managed.shown


def test_going_back_at_any_question_changes_nothing(managed: ManagedDrive, person: Person) -> None:
    choose_7(
        managed,
        person,
        *("3", "0", "3", "/", "0", "3", "/", "", "0", "3", "/", "", "", "0", "1", "", "1", "a.txt", ""),
        *("2", "0", "2", "/", "", "", "", "0", "4", "0"),
    )  # fmt: skip

    assert managed.online() == sorted(PATHS)
    assert managed.opened == 0


def test_one_item_is_found_by_a_part_of_its_name_or_by_nearly_its_name_and_permission_is_asked_for_once(
    managed: ManagedDrive, person: Person
) -> None:
    choose_7(
        managed,
        person,
        *("1", "nothing at all", "img", "2", "sea.jpg", "1"),
        *("1", "/IGM_1.jpg", "1", "x.jpg", "1"),
        *("1", "/a.txt", "x:y.txt", "x", "", "1"),  # the extension is kept
        *("1", "/b.txt", "y", "2", "1", "0"),
    )

    assert managed.online() == listed(managed) == ["/Pictures/sea.jpg", "/Pictures/x.jpg", "/x.txt", "/y"]
    assert managed.opened == 1
    assert "There is nothing called nothing at all in the list." in managed.shown
    assert "x:y.txt cannot be: OneDrive does not allow : in a name." in managed.shown


def test_many_are_renamed_by_a_pattern_and_that_can_be_undone(managed: ManagedDrive, person: Person) -> None:
    choose_7(managed, person, "2", "/Pictures", "", "", "", "?", "{nam}", "{year} sea {n:02}", "1", "0")
    renamed = managed.online()
    choose_7(managed, person, "4", "1", "1", "0")

    assert renamed == ["/Pictures/2026 sea 01.jpg", "/Pictures/2026 sea 02.jpg", "/a.txt", "/b.txt"]
    assert managed.online() == sorted(PATHS)
    assert listed(managed) == sorted(PATHS)


def test_what_was_deleted_comes_back_by_the_menu_and_the_list_follows(managed: ManagedDrive, person: Person) -> None:
    before = managed.whole_drive()
    choose_7(managed, person, "5", "3", "/", "", "", "", "4", "1", "0")
    assert "There is no deletion on record that can be undone." in managed.shown
    assert "with 5 in this menu" in managed.shown

    choose_7(managed, person, "5", "1", "nothing", "", "0", dry_run=True)
    dry = managed.shown
    result = choose_7(managed, person, "5", "0", "5", "1", "0", "5", "1", "", "1", "0")

    assert "Nothing in that run has the name nothing." in dry
    assert "5 items" in dry
    assert "This was a trial run (--dry-run): nothing was sent." in dry
    assert result.exit_code == 0
    assert managed.whole_drive() == before
    assert listed(managed) == sorted(PATHS)


def test_equal_files_are_deleted_by_the_menu_after_a_look_at_them_all(managed: ManagedDrive, person: Person) -> None:
    for number in range(12):
        for path in (f"/more/{number}.bin", f"/more/again/{number}.bin"):
            managed.drive.add_file(path, bytes([number]) * 50)
    managed.download_all()
    managed.prove()

    choose_7(managed, person, "6", "/", "", "", "", "2", "/mor", "/more/again", "1", "0", dry_run=True)
    dry = managed.shown
    choose_7(managed, person, "6", "0", "6", "/", "", "", "", "0", "6", "/", "", "", "", "3", "2", "13", "0")
    result = choose_7(managed, person, "6", "/", "", "", "", "3", "", "12", "", "0")

    assert "Perhaps: /more" in dry
    assert dry.count("  stays  /more/again/") == 10 + 12
    assert "This was a trial run (--dry-run): nothing was sent." in dry
    assert result.exit_code == 0
    assert managed.online() == sorted([*PATHS, *(f"/more/{number}.bin" for number in range(12))])
    assert listed(managed) == managed.online()


def test_a_file_that_lost_its_equal_one_when_the_program_was_killed_is_told_until_it_is_back(
    managed: ManagedDrive, person: Person
) -> None:
    one, two = managed.drive.find("/a.txt"), managed.drive.find("/b.txt")
    row = {"id": one.id, "driveId": managed.drive.id, "path": "/a.txt", "keptId": two.id}
    append_rows(managed.home / DELETED_ITEMS, [{"state": "deleting", **row}])
    managed.drive.delete(one)
    managed.drive.delete(two)

    choose_7(managed, person, "0")
    told = " ".join(managed.shown.split())
    choose_7(managed, person, "5", "1", "", "1", "0")
    choose_7(managed, person, "0")

    assert "1 file was deleted on OneDrive, and its equal one is gone too. Use 5 in this menu" in told
    assert "/a.txt" in managed.online()
    assert "Use 5" not in managed.shown


def test_a_dry_run_shows_all_and_sends_nothing(managed: ManagedDrive, person: Person, demo: FaultyServer) -> None:
    managed.prove({"/a.txt": ItemClass.DAMAGED})

    choose_7(managed, person, "3", "/", "", "", "", "1", "/a.txt", "x.txt", "0", dry_run=True)

    assert "3 files" in managed.shown
    assert "the file here is damaged" in managed.shown
    assert managed.shown.count("This was a trial run (--dry-run): nothing was sent.") == 2
    assert demo.requests == []
    assert managed.opened == 0


@pytest.mark.parametrize("no_input", [True, False])
def test_without_a_keyboard_nothing_is_renamed_or_deleted_but_a_dry_run_shows_what_of_the_saved_choice_could_be(
    managed: ManagedDrive, demo: FaultyServer, *, no_input: bool
) -> None:
    def choose(*, dry_run: bool) -> None:
        typed = io.StringIO("3\n/\n\n\n\n4\n")
        manage_items(
            Terminal(stdin=typed, stdout=managed.said, environ={}, no_input=no_input),
            managed.desk.settings,
            managed.graph,
            open_write_graph=managed.open_write_graph,
            selection=Selection(folders=("/Pictures",)),
            dry_run=dry_run,
        )

    with pytest.raises(PersonNeeded) as caught:
        choose(dry_run=False)
    choose(dry_run=True)

    assert caught.value.exit_code == 4
    assert "2 files" in managed.shown
    assert demo.requests == []
    assert managed.online() == sorted(PATHS)
    assert "The last deletion" not in managed.shown

    managed.delete("4")
    choose(dry_run=True)

    assert "No file may be deleted because of an equal one." in managed.shown
    assert "The last deletion: " in managed.shown
    assert "4 items (50 B) can be brought back from OneDrive's recycle bin:" in managed.shown
    assert managed.online() == []


def test_without_a_list_option_3_comes_first_and_without_a_verification_option_6(
    managed: ManagedDrive, person: Person
) -> None:
    (managed.home / "verification.json").unlink()
    with pytest.raises(StepNeeded) as six:
        choose_7(managed, person, "3")
    (managed.home / "list_state.json").unlink()
    with pytest.raises(NoListYet) as three:
        choose_7(managed, person)

    assert (six.value.option, three.value.option) == (6, 3)


def test_trouble_leads_back_to_the_small_menu_and_the_next_run_first_completes_what_was_left_open(
    managed: ManagedDrive, person: Person, demo: FaultyServer
) -> None:
    demo.reset_next(on="writing", times=None)
    result = choose_7(managed, person, "3", "/", "", "", "", "4", "0")
    said, left_open = managed.shown, len(read_unfinished(managed.home))
    demo.be_well()
    managed.drive.delete(managed.drive.find("/a.txt"))

    choose_7(managed, person, "0")

    assert result.exit_code == 1
    assert "The connection to graph.microsoft.com was lost" in said
    assert "not yet known whether OneDrive did it" in said
    assert left_open == 4
    assert "OneDrive says that 1 item went and 3 did not. The record is now complete." in managed.shown
    assert read_unfinished(managed.home) == []


def test_what_was_said_to_be_deleted_and_still_stands_counts_as_failed(
    managed: ManagedDrive, person: Person, demo: FaultyServer
) -> None:
    demo.refuse_writes(204, path="/a.txt")

    result = choose_7(managed, person, "3", "/", "", "", "", "4", "", "0")

    assert result.exit_code == 3
    assert listed(managed) == ["/a.txt"]
    assert "1 item stays as it was:" in managed.shown


def test_an_edited_list_stays_as_it_is(managed: ManagedDrive, person: Person) -> None:
    path = managed.home / FILE_LIST
    path.write_text(path.read_text().replace("\n]", "\n\n]"))
    edited = path.read_text()

    choose_7(managed, person, "1", "/a.txt", "x.txt", "1", "0")

    assert path.read_text() == edited
    assert "You edited file_list.json, so it stays as it is" in managed.shown
