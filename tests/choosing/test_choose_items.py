"""Option 5, as a person uses it: each question, wrong answers, saving and not saving."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from choose_items import choose_items, show_chosen_tree
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import (
    EVERYTHING,
    SELECTION,
    Duplicates,
    Layout,
    Selection,
    read_selection,
    write_selection,
)
from onedrive.errors import NoListYet, StateFileBroken
from onedrive.graph.item import DriveItem, from_json
from onedrive.graph.traits import FileKind
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE
from onedrive.terminal.events import EventWriter, check_event
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal
from onedrive.words import to_bytes
from tests.list_lines import line_of_item
from tests.person import Person

MEDIA = frozenset({FileKind.PHOTO, FileKind.VIDEO})


def _item(path: str, size: int, mime_type: str, taken: str = "", camera: str = "", xor: str = "") -> DriveItem:
    row: dict[str, object] = {
        "id": f"A!{path}",
        "name": path.rpartition("/")[2],
        "path": path,
        "size": size,
        "createdDateTime": "2024-02-01T00:00:00Z",
        "file": {"mimeType": mime_type, "hashes": {"quickXorHash": xor} if xor else {}},
    }
    if taken:
        row["photo"] = {"takenDateTime": f"{taken}T12:00:00Z", "cameraModel": camera}
    return from_json(row)


ITEMS = [
    _item("/Docs/letter.pdf", 1_000, "application/pdf"),
    _item("/Music/song.mp3", 5_000_000, "audio/mpeg"),
    _item("/Pictures/2018/old.jpg", 2_000_000, "image/jpeg", "2018-05-01", "Pixel", "AAA="),
    _item("/Pictures/2019/new.jpg", 3_000_000, "image/jpeg", "2019-06-30", "iPhone 8", "BBB="),
    _item("/Pictures/2019/raw/new copy.jpg", 3_000_000, "image/jpeg", "2019-06-30", "iPhone 8", "BBB="),
    _item("/Videos/film.mp4", 80_000_000, "video/mp4"),
]


class Chooser5:
    """A person at option 5."""

    def __init__(self, home: Path, items: list[DriveItem]) -> None:
        self.home = home
        self.settings = Settings(home=home, downloads=home / "downloads")
        self.shown = ""
        self.dry_runs: list[Selection] = []
        lines = to_bytes(",\n".join(map(line_of_item, items)))
        (home / "file_list.json").write_bytes(b"[\n" + lines + b"\n]\n")

    def types(self, *answers: str) -> Selection:
        """Choose 5 and type these lines; returns what is saved afterwards."""
        said = io.StringIO()
        terminal = Terminal(stdin=io.StringIO("".join(f"{answer}\n" for answer in answers)), stdout=said, environ={})
        try:
            assert choose_items(terminal, self.settings, show_dry_run=self.dry_runs.append) == ALL_DONE
        finally:
            self.shown = said.getvalue()
        return read_selection(self.home)


@pytest.fixture
def desk(home: Path) -> Chooser5:
    return Chooser5(home, ITEMS)


@pytest.mark.parametrize(
    ("answers", "selection", "shown"),
    [
        (["1", "6"], Selection(kinds=MEDIA), "photos and videos: 4 of 6 files, 88.0 MB of 93.0 MB."),
        (["1", "1, 2"], Selection(kinds=MEDIA), "photos and videos: 4 of 6 files"),
        (["1", "videos photos"], Selection(kinds=MEDIA), "photos and videos: 4 of 6 files"),
        (["1", "other files"], Selection(kinds=frozenset({FileKind.OTHER})), "other files: 0 of 6 files"),
        (["1", "photos,videos"], Selection(kinds=MEDIA), "photos and videos: 4 of 6 files"),
        (["1", "1", "1", "7"], EVERYTHING, "everything: 6 files, 93.0 MB."),
        (["1", "1 2 3 4 5"], EVERYTHING, "everything: 6 files"),
        (["2", "2", ""], Selection(folders=("/Pictures",)), "everything in /Pictures: 3 of 6 files"),
        (["2", "-1", ""], Selection(without_folders=("/Videos",)), "everything without /Videos: 5 of 6 files"),
        (["3", "*.jpg", "raw/"], Selection(include=("*.jpg",), exclude=("raw/",)), "2 of 6 files"),
        (["3", "*.jpg, !new*", ""], Selection(include=("*.jpg", "!new*")), "1 of 6 files"),
        (["3", "*.jpg", "", "3", "-", ""], EVERYTHING, "named *.jpg: 3 of 6 files"),
        (["4", ">3M"], Selection(min_size=3_000_001), "2 of 6 files, 85.0 MB"),
        (["4", "1k..3M"], Selection(min_size=1000, max_size=3_000_000), "4 of 6 files"),
        (["4", "<1k", "4", "-"], EVERYTHING, "of 999 B or less: 0 of 6 files, 0 B of 93.0 MB"),
        (["5", "2019"], Selection(dates=read_date_range("2019")), "everything of 2019: 2 of 6 files"),
        (["5", "2019.."], Selection(dates=read_date_range("2019..")), "5  Dates       since 2019"),
        (["5", "2019", "5", "-"], EVERYTHING, "everything: 6 files"),
        (["6", "1"], Selection(cameras=("iPhone 8",)), "taken with iPhone 8: 2 of 6 files"),
        (["6", "pixel"], Selection(cameras=("Pixel",)), "taken with Pixel: 1 of 6 files"),
        (["6", "1,2", "6", "-"], EVERYTHING, "taken with iPhone 8 and Pixel: 3 of 6 files"),
        (["7", "2", ""], Selection(layout=Layout.DATE), "old.jpg -> 2018/2018-05/old.jpg"),
        (["7", "2", "{kind}/{year}"], Selection(layout=Layout.DATE, pattern="{kind}/{year}"), "-> Videos/2024/film"),
        (["7", "2", "", "7", "1"], EVERYTHING, "as on OneDrive"),
        (["8", "2"], Selection(duplicates=Duplicates.LINK), "the others become links to it"),
        (["8", "3"], Selection(duplicates=Duplicates.ONCE), "1 file of them has the content of another one"),
        (["1", "1", "4", ">1M", "e"], EVERYTHING, "photos of 1.0 MB or more: 3 of 6 files"),
    ],
)
def test_each_question_changes_the_choice_and_shows_what_remains(
    desk: Chooser5, answers: list[str], selection: Selection, shown: str
) -> None:
    chosen = desk.types(*answers, "s")

    assert chosen == selection
    assert shown in desk.shown
    assert "Saved in selection.json. Choose 4 to download it." in desk.shown


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (["x"], "There is no 'x'. Type one of 1, 2, 3, 4, 5, 6, 7, 8, p, d, e, s, 0 and Enter."),
        (["9"], "There is no '9'."),
        (["\x1b[A"], "There is no '"),
        (["1", "8", ""], "There is no '8' here; the numbers go from 1 to 7."),
        (["1", "-1", ""], "There is no '-1' here"),
        (["1", "9" * 5000, ""], "here; the numbers go from 1 to 7."),
        (["1", "\u0661", ""], "here; the numbers go from 1 to 7."),
        (["2", "99", ""], "There is no folder '99' here."),
        (["2", "o", ""], "There is a number missing."),
        (["2", "/Nowhere", ""], "There is no folder '/Nowhere' here."),
        (["2", "o1", ""], "There are no folders in /Videos."),
        (["4", "big", ""], "'big' is no range such as >10M, <2G or 10M..2G."),
        (["4", "2G..1M", ""], "'2G..1M' ends before it begins."),
        (["5", "soon", ""], "'soon' is no date such as 2019, 2019-06 or 2019-06-30."),
        (["3", "#x", "", ""], "In such patterns # begins a remark; for a name that begins so write '\\#x'."),
        (["3", "", "*.jpg, !", ""], "'!' is no pattern such as '*.jpg', '/Pictures/' or 'Pictures/**/raw'."),
        (["5", "2020..2019", ""], "'2020..2019' ends before it begins."),
        (["6", "3", ""], "There is no '3' here; the numbers go from 1 to 2."),
        (["7", "3", "", ""], "There is no '3' here; the numbers go from 1 to 2."),
        (["7", "2", "../x", ""], "The pattern '../x' has a part of dots alone"),
        (["7", "2", "{hour}", ""], "there is no {hour}; what can stand there is {year}, {month}"),
        (["8", "once", ""], "There is no 'once' here; the numbers go from 1 to 3."),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_the_question_again(
    desk: Chooser5, answers: list[str], sentence: str
) -> None:
    before = Selection(kinds=MEDIA, min_size=1, dates=read_date_range("2018.."), layout=Layout.DATE)
    write_selection(desk.home, before)

    assert desk.types(*answers, "s") == before
    assert sentence in desk.shown


@pytest.mark.parametrize("questions", [["1", ""], ["2", ""], ["3", "", ""], ["4", ""], ["5", ""], ["6", ""]])
def test_an_empty_answer_keeps_what_was(desk: Chooser5, questions: list[str]) -> None:
    before = Selection(
        kinds=MEDIA,
        folders=("/Pictures",),
        include=("*.jpg",),
        exclude=("raw/",),
        min_size=1,
        dates=read_date_range("last 9999 days"),
        cameras=("Pixel",),
    )
    write_selection(desk.home, before)

    assert desk.types(*questions, "s") == before


def test_going_back_without_saving_leaves_the_choice_as_it_was(desk: Chooser5) -> None:
    write_selection(desk.home, Selection(kinds=MEDIA))

    assert desk.types("4", ">1M", "0") == Selection(kinds=MEDIA)
    assert "Not saved yet." in desk.shown
    assert "The choice is as it was." in desk.shown


def test_the_end_of_the_input_leaves_the_choice_as_it_was(desk: Chooser5) -> None:
    with pytest.raises(EndOfInput):
        desk.types("1", "1")

    assert not (desk.home / SELECTION).exists()


def test_one_key_returns_to_everything(desk: Chooser5) -> None:
    write_selection(desk.home, Selection(kinds=MEDIA, layout=Layout.DATE, duplicates=Duplicates.ONCE))

    assert desk.types("e", "s") == EVERYTHING


def test_a_choice_that_wants_nothing_is_said(desk: Chooser5) -> None:
    desk.types("4", ">1T", "p", "0")

    assert "So no file is wanted; e wants everything again." in desk.shown
    assert "No file of the list is wanted so." in desk.shown


def test_a_chosen_folder_that_is_not_there_any_more_is_named(desk: Chooser5) -> None:
    write_selection(desk.home, Selection(folders=("/pictures", "/Gone"), without_folders=("/Old",)))

    desk.types("0")

    assert "There is nothing in /Gone in this list." in desk.shown
    assert "There is nothing in /Old in this list." in desk.shown
    assert "nothing in /pictures" not in desk.shown


def test_a_dry_run_is_shown_for_the_choice_in_hand(desk: Chooser5) -> None:
    desk.types("1", "1", "d", "0")

    assert desk.dry_runs == [Selection(kinds=frozenset({FileKind.PHOTO}))]


def test_a_dry_run_that_cannot_be_made_gets_a_sentence_and_the_choice_stays(desk: Chooser5) -> None:
    def refuse(_: Selection) -> None:
        raise StateFileBroken(desk.home / "item_download_errors.json", "it is not JSON", "")

    said = io.StringIO()
    terminal = Terminal(stdin=io.StringIO("1\n1\nd\ns\n"), stdout=said, environ={})

    assert choose_items(terminal, desk.settings, show_dry_run=refuse) == ALL_DONE

    assert "item_download_errors.json cannot be used: it is not JSON" in said.getvalue()
    assert read_selection(desk.home) == Selection(kinds=frozenset({FileKind.PHOTO}))


def test_without_a_list_option_3_is_named(home: Path) -> None:
    desk = Chooser5(home, ITEMS)
    (home / "file_list.json").unlink()

    with pytest.raises(NoListYet, match="it is not known what there is to choose from"):
        desk.types("0")


def test_a_damaged_list_is_named_and_the_choice_stays(desk: Chooser5) -> None:
    (desk.home / "file_list.json").write_text("{}")
    write_selection(desk.home, Selection(kinds=MEDIA))

    with pytest.raises(StateFileBroken, match="it is not a list"):
        desk.types("0")

    assert read_selection(desk.home) == Selection(kinds=MEDIA)


def test_a_damaged_choice_is_named_and_set_aside_when_another_is_saved(desk: Chooser5) -> None:
    (desk.home / SELECTION).write_text('{"kinds": ["fotos"]}')

    assert desk.types("1", "1", "s") == Selection(kinds=frozenset({FileKind.PHOTO}))
    (aside,) = desk.home.glob("selection.damaged-*.json")
    assert aside.read_text() == '{"kinds": ["fotos"]}'
    assert "selection.json cannot be used: there is no kind 'fotos' (there are photos, videos" in desk.shown
    assert f"The damaged choice is kept as {aside.name}." in desk.shown


def test_a_damaged_choice_is_not_taken_for_everything_when_none_is_saved(desk: Chooser5) -> None:
    (desk.home / SELECTION).write_text('{"kinds": ["fotos"]}')

    with pytest.raises(StateFileBroken):
        desk.types("0")  # what is read afterwards is still the damaged one

    assert "the file stays as it is until you save another choice" in desk.shown
    assert (desk.home / SELECTION).read_text() == '{"kinds": ["fotos"]}'


def test_a_damaged_choice_is_an_error_where_nobody_can_choose_anew(desk: Chooser5) -> None:
    (desk.home / SELECTION).write_text('{"kinds": ["fotos"]}')

    with pytest.raises(StateFileBroken):
        choose_items(Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={}), desk.settings)

    assert (desk.home / SELECTION).exists()


def test_with_nobody_to_answer_the_choice_is_shown_as_it_is(desk: Chooser5) -> None:
    write_selection(desk.home, Selection(kinds=MEDIA))
    said = io.StringIO()

    assert (
        choose_items(Terminal(stdin=io.StringIO(), stdout=said, no_input=True, environ={}), desk.settings) == ALL_DONE
    )

    assert "Your choice is photos and videos: 4 of 6 files" in said.getvalue()
    assert "start option 5 without --no-input, or use --only" in said.getvalue()
    assert "Change what:" not in said.getvalue()


def test_what_is_offered_without_a_dry_run_has_no_key_for_it(desk: Chooser5) -> None:
    said = io.StringIO()

    choose_items(Terminal(stdin=io.StringIO("d\n0\n"), stdout=said, environ={}), desk.settings)

    assert "Dry run" not in said.getvalue()
    assert "There is no 'd'." in said.getvalue()


def test_the_choice_and_what_it_wants_is_told_to_programs(desk: Chooser5) -> None:
    out = io.StringIO()
    terminal = Terminal(stdin=io.StringIO("1\n1\ns\n"), stdout=io.StringIO(), environ={}, events=EventWriter(out))

    choose_items(terminal, desk.settings)

    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [check_event(row) for row in rows] == [[], [], []]
    assert [(row["description"], row["files"], row["listed_files"]) for row in rows] == [
        ("everything", 6, 6),
        ("photos", 3, 6),
        ("photos", 3, 6),
    ]


def test_every_line_fits_sixty_columns_where_names_are_short(desk: Chooser5) -> None:
    desk.types("p", "2", "", "6", "", "8", "", "0")

    tables = [line for line in desk.shown.splitlines() if "  " in line.strip() and not line.startswith("  ")]
    assert tables
    assert not [line for line in tables if len(line) > 60]


def test_the_chosen_tree_is_shown(desk: Chooser5) -> None:
    said = io.StringIO()

    show_chosen_tree(Terminal(stdin=io.StringIO(), stdout=said, environ={}), desk.settings, Selection(kinds=MEDIA))

    assert said.getvalue().splitlines() == [
        "Your choice is photos and videos: 4 of 6 files, 88.0 MB of 93.0 MB.",
        "folder      files     size  of all",
        "----------  -----  -------  ------",
        "/               4  88.0 MB     95%",
        "  Videos        1  80.0 MB     all",
        "  Pictures      3   8.0 MB     all",
        "    2019        2   6.0 MB     all",
        "    2018        1   2.0 MB     all",
    ]


def test_the_tree_of_nothing_is_one_line(desk: Chooser5) -> None:
    said = io.StringIO()
    nothing = Selection(min_size=10**12)

    show_chosen_tree(Terminal(stdin=io.StringIO(), stdout=said, environ={}), desk.settings, nothing)

    assert said.getvalue() == "Your choice is everything of 1.0 TB or more: 0 of 6 files, 0 B of 93.0 MB.\n"


@pytest.mark.parametrize("until", ["Change what:", "Kinds:", "Folder:"])
def test_ctrl_c_returns_to_the_menu_with_the_old_choice(desk: Chooser5, until: str) -> None:
    write_selection(desk.home, Selection(kinds=MEDIA))
    top = Path(__file__).resolve().parent.parent.parent
    code = (
        f"import runpy, sys\nsys.path.insert(0, {str(top)!r})\nsys.argv = ['start.py', '--home', {str(desk.home)!r}]\n"
        f"runpy.run_path({str(top / 'start.py')!r}, run_name='__main__')\n"
    )
    with Person() as person:
        program = person.start(code)
        person.sees("Your choice:")
        person.type("5\n")
        person.sees("Change what:")
        person.type("e\n")
        person.sees("Not saved yet.")
        if until != "Change what:":
            person.type("1\n" if until == "Kinds:" else "2\n")
        person.sees(until)
        person.type("\x03")
        person.sees("Stopped. Nothing was saved: the choice is as it was. Choose 5 to go on.")
        person.type("0\n")
        assert program.wait(10) == 0

    assert read_selection(desk.home) == Selection(kinds=MEDIA)
