"""Option 5, as a person uses it: each question, wrong answers, the preview, saving and not saving."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from choose_items import choose_items, show_chosen_tree
from onedrive.choosing.folders import MOST_FOLDERS_SHOWN, PAGE, describe_part
from onedrive.choosing.questions import MOST_CAMERAS
from onedrive.choosing.ranges import read_date_range
from onedrive.choosing.selection import (
    EVERYTHING,
    SELECTION,
    Duplicates,
    Layout,
    Selection,
    Sidecar,
    read_selection,
    write_selection,
)
from onedrive.errors import NoListYet, SignInNeeded, StateFileBroken
from onedrive.graph.item import DriveItem
from onedrive.graph.session import GraphSession
from onedrive.graph.traits import FileKind, Share
from onedrive.settings import Settings
from onedrive.step_result import ALL_DONE
from onedrive.terminal.events import EventWriter
from onedrive.terminal.input import EndOfInput
from onedrive.terminal.terminal import Terminal
from tests.choosing.choices import make_file, write_file_list
from tests.list_lines import row_of
from tests.person import Person, wait_for
from tests.terminal.event_check import check_event

MEDIA = frozenset({FileKind.PHOTO, FileKind.VIDEO})
PHOTOS = frozenset({FileKind.PHOTO})


ONE, OTHER = "A" * 25 + "BA=", "A" * 25 + "CA="


def _item(path: str, size: int, mime_type: str, taken: str = "", camera: str = "", xor: str = "") -> DriveItem:
    photo = {"photo": {"takenDateTime": f"{taken}T12:00:00Z", "cameraModel": camera}} if taken else {}
    file = {"mimeType": mime_type, "hashes": {"quickXorHash": xor} if xor else {}}
    return make_file(path, size, createdDateTime="2024-02-01T00:00:00Z", file=file, **photo)


ITEMS = [
    _item("/Docs/letter.pdf", 1_000, "application/pdf"),
    _item("/Music/song.mp3", 5_000_000, "audio/mpeg"),
    _item("/Pictures/2018/old.jpg", 2_000_000, "image/jpeg", "2018-05-01", "Pixel", ONE),
    _item("/Pictures/2019/new.jpg", 3_000_000, "image/jpeg", "2019-06-30", "iPhone 8", OTHER),
    _item(
        "/Pictures/2019/raw/new copy.jpg",
        3_000_000,
        "image/jpeg",
        "2019-06-30",
        "iPhone 8",
        "AAAAAAAAAAAAAAAAAAAAAAAAACA=",
    ),
    _item("/Videos/film.mp4", 80_000_000, "video/mp4"),
]


class Chooser5:
    """A person at option 5."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = Settings(home=home, downloads=home / "downloads")
        self.shown = ""
        self.dry_runs: list[Selection] = []
        write_file_list(home, ITEMS)

    def open_graph(self) -> GraphSession:
        """OneDrive, with which nobody here has signed in."""
        raise SignInNeeded("You are not signed in.")

    def types(self, *answers: str, **how: Any) -> Selection:  # noqa: ANN401  # passed on
        """Choose 5 and type these lines; returns what is saved afterwards."""
        self.run("".join(f"{answer}\n" for answer in answers), show_dry_run=self.dry_runs.append, **how)
        return read_selection(self.home)

    def looks(self) -> str:
        """Choose 5 where nobody can answer; returns what is shown."""
        self.run("", no_input=True)
        return self.shown

    def run(
        self,
        typed: str,
        *,
        show_dry_run: Callable[[Selection], object] | None = None,
        **how: Any,  # noqa: ANN401  # passed on
    ) -> None:
        """Choose 5 at a terminal of this kind."""
        said = io.StringIO()
        terminal = Terminal(stdin=io.StringIO(typed), stdout=said, environ={}, **how)
        try:
            assert (
                choose_items(terminal, self.settings, open_graph=self.open_graph, show_dry_run=show_dry_run) == ALL_DONE
            )
        finally:
            self.shown = said.getvalue()

    def tree(self, selection: Selection, depth: int = 2) -> list[str]:
        """The lines of --tree."""
        said = io.StringIO()
        show_chosen_tree(Terminal(stdin=io.StringIO(), stdout=said, environ={}), self.settings, selection, depth=depth)
        return said.getvalue().splitlines()


@pytest.fixture
def desk(home: Path) -> Chooser5:
    return Chooser5(home)


@pytest.mark.parametrize(
    ("answers", "selection", "shown"),
    [
        (["1", "6"], Selection(kinds=MEDIA), "photos and videos: 4 of 6 files, 88.0 MB of 93.0 MB."),
        (["1", "1, 2"], Selection(kinds=MEDIA), "photos and videos: 4 of 6 files"),
        (["1", "videos photos"], Selection(kinds=MEDIA), "photos and videos: 4 of 6 files"),
        (["1", "other files"], Selection(kinds=frozenset({FileKind.OTHER})), "other files: 0 of 6 files"),
        (["1", "1", "1", "7"], EVERYTHING, "everything: 6 files, 93.0 MB."),
        (["1", "1 2 3 4 5"], EVERYTHING, "everything: 6 files"),
        (["2", "2", "1", ""], Selection(folders=("/Pictures",)), "1  Only /Pictures, and no other folder"),
        (["2", "2", "2", ""], Selection(without_folders=("/Pictures",)), "/Pictures is in already, like every folder"),
        (["2", "2", "0", ""], EVERYTHING, "0  Back, without a change"),
        (["2", "2", "1", "1", "0"], Selection(folders=("/Pictures", "/Videos")), "88.0 MB of 93.0"),
        (["2", "-1", ""], Selection(without_folders=("/Videos",)), "everything without /Videos: 5 of 6 files"),
        (["2", "o2", "1", "1", "q"], Selection(folders=("/Pictures/2019",)), "Folders in /Pictures:"),
        (["2", "o2", "-1", "u", "a", "0"], EVERYTHING, "without /Pictures/2019: 4 of 6 files"),
        (["2", "/pictures", "1", "-/PICTURES/2019/raw/", ""],
         Selection(folders=("/Pictures",), without_folders=("/Pictures/2019/raw",)), "2 of 6 files"),
        (["3", "*.jpg", "raw/"], Selection(include=("*.jpg",), exclude=("raw/",)), "2 of 6 files"),
        (["3", "*.jpg, !new*", ""], Selection(include=("*.jpg", "!new*")), "1 of 6 files"),
        (["3", "*.jpg", "", "3", "-", ""], EVERYTHING, "named *.jpg: 3 of 6 files"),
        (["4", ">3M"], Selection(min_size=3_000_001), "2 of 6 files, 85.0 MB"),
        (["4", "1k..3M"], Selection(min_size=1000, max_size=3_000_000), "4 of 6 files"),
        (["4", "<1k", "4", "-"], EVERYTHING, "of 999 B or less: 0 of 6 files, 0 B of 93.0 MB"),
        (["5", "2019"], Selection(dates=read_date_range("2019")), "everything of 2019: 2 of 6 files"),
        (["5", "2019\u20132021"], Selection(dates=read_date_range("2019..2021")), "5  Dates        from 2019 to 2021"),
        (["5", "June 2019"], Selection(dates=read_date_range("2019-06")), "everything of June 2019: 2 of 6 files"),
        (["5", "2019", "5", "-"], EVERYTHING, "everything: 6 files"),
        (["6", "1"], Selection(cameras=("iPhone 8",)), "taken with iPhone 8: 2 of 6 files"),
        (["6", "pixel"], Selection(cameras=("Pixel",)), "taken with Pixel: 1 of 6 files"),
        (["6", "1,2", "6", "-"], EVERYTHING, "taken with iPhone 8 and Pixel: 3 of 6 files"),
        (["1", "3", "6"], Selection(kinds=frozenset({FileKind.MUSIC})), "No camera is known for any of these files."),
        (["7", "2", ""], Selection(layout=Layout.DATE), "old.jpg -> 2018/2018-05/old.jpg"),
        (["7", "2", "{kind}/{year}"], Selection(layout=Layout.DATE, pattern="{kind}/{year}"), "-> Videos/2024/film"),
        (["7", "2", "", "7", "1"], EVERYTHING, "as on OneDrive"),
        (["7", "3"], Selection(layout=Layout.ALBUM), "so its albums cannot be asked for."),
        (["n", "{date}_{name}"], Selection(name="{date}_{name}"), "n  Names here   {date}_{name}"),
        (["n", "{name}", "n", "-"], EVERYTHING, "n  Names here   as on OneDrive"),
        (["b", "2,3"], Selection(sidecar=Sidecar.JSON, jpeg_twins=True), "Beside them  .json, JPEGs of HEIC and RAW"),
        (["b", "1,4", "b", "-"], EVERYTHING, "Enter or 0 keeps .xmp, .picasa.ini; - means nothing."),
        (["9"], EVERYTHING, "so its albums cannot be asked for."),
        (["8", "2"], Selection(duplicates=Duplicates.LINK), "the others become links to it"),
        (["8", "3"], Selection(duplicates=Duplicates.ONCE), "1 of these files has the same content as another one"),
        (["1", "1", "4", ">1M", "e"], EVERYTHING, "photos of 1.0 MB or more: 3 of 6 files"),
    ],
)  # fmt: skip
def test_each_question_changes_the_choice_and_shows_what_remains(
    desk: Chooser5, answers: list[str], selection: Selection, shown: str
) -> None:
    chosen = desk.types(*answers, "s")

    assert chosen == selection
    assert shown in desk.shown
    assert re.search(r"^Your choice is saved: .* files?, .*\. Choose 4 to download it\.$", desk.shown, re.MULTILINE)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        (["x"], "There is no 'x' here. Type 1, 2, 3, 4, 5, 6, 7, 8, 9, n, b, p, d, e, s or 0 and Enter."),
        (["\x1b[A"], "There is no '"),
        (["1", "8", ""], "There is no '8' here. Type numbers from 1 to 7, or 0 to go back."),
        (["1", "-1", ""], "There is no '-1' here"),
        (["1", "9" * 5000, ""], "here. Type numbers from 1 to 7, or 0 to go back."),
        (["1", "\u0661", ""], "here. Type numbers from 1 to 7, or 0 to go back."),
        (["2", "99", ""], "There is no folder '99' here."),
        (["2", "/", ""], "There is no folder '/' here."),
        (["2", "o", ""], "There is a number missing."),
        (["2", "/Nowhere", ""], "There is no folder '/Nowhere' here."),
        (["2", "o1", ""], "There are no folders in /Videos."),
        (["4", "big", ""], "'big' is not a range of sizes such as >10M, <2G or 10M to 2G."),
        (["5", "soon", ""], "'soon' is not a date; write 2019, June 2019, 2019-2021, "),
        (["3", "#x", "", ""], "In a pattern # begins a comment; for a name that begins with # write '\\#x'."),
        (["3", "", "*.jpg, !", ""], "'!' is not a pattern such as '*.jpg', '/Pictures/' or 'Pictures/**/raw'."),
        (["6", "3", ""], "There is no '3' here. Type numbers from 1 to 2, or 0 to go back."),
        (["7", "4", "", ""], "There is no '4' here. Type 1, 2, 3 or 0 and Enter."),
        (["n", "{hour}", ""], "There is no {hour}; there are {name}, {ext}, {date}"),
        (["b", "1,2", ""], "Of 1 and 2 only one can be made: type one of them."),
        (["7", "2", "../x", ""], "The pattern '../x' has a part of dots alone"),
        (["8", "once", ""], "There is no 'once' here. Type 1, 2, 3 or 0 and Enter."),
    ],
)  # fmt: skip
def test_a_wrong_answer_gets_a_sentence_and_the_question_again(
    desk: Chooser5, answers: list[str], sentence: str
) -> None:
    before = Selection(kinds=MEDIA, min_size=1, dates=read_date_range("2018.."), layout=Layout.DATE)
    write_selection(desk.home, before)

    assert desk.types(*answers, "s") == before
    assert sentence in desk.shown


@pytest.mark.parametrize("nothing", ["", "0", "q"])
def test_whoever_answers_nothing_keeps_what_was(desk: Chooser5, nothing: str) -> None:
    names = Selection(folders=("/Pictures",), include=("*.jpg",), exclude=("raw/",), cameras=("Pixel",))
    days = read_date_range("last 9999 days")
    before = replace(names, kinds=MEDIA, min_size=1, dates=days, layout=Layout.DATE, duplicates=Duplicates.LINK)
    write_selection(desk.home, before)
    questions = [["1"], ["2"], ["3", nothing], ["4"], ["5"], ["6"], ["8"], ["n"], ["b"], ["7"]]

    answers = [answer for question in questions for answer in (*question, nothing)]

    assert desk.types(*answers, *([""] if not nothing else []), "s") == before


def test_without_saving_the_choice_is_as_it_was_also_when_the_input_ends(desk: Chooser5) -> None:
    with pytest.raises(EndOfInput):
        desk.types("1", "1")
    assert not (desk.home / SELECTION).exists()

    write_selection(desk.home, Selection(kinds=MEDIA))

    assert desk.types("4", ">1M", "0") == Selection(kinds=MEDIA)
    assert "Not saved yet." in desk.shown
    assert "The choice is as it was." in desk.shown


def test_a_choice_that_wants_nothing_and_folders_that_are_gone_are_said(desk: Chooser5) -> None:
    write_selection(desk.home, Selection(folders=("/pictures", "/Gone"), without_folders=("/Old",)))

    desk.types("4", ">1T", "p", "0")

    assert "The list has no file in /Gone." in desk.shown
    assert "The list has no file in /Old." in desk.shown
    assert "no file in /pictures" not in desk.shown
    assert "No file fits this choice. Type e to want everything again." in desk.shown
    assert "No file in the list fits this choice." in desk.shown


def test_a_dry_run_is_of_the_choice_in_hand_and_when_it_cannot_be_made_the_choice_stays(desk: Chooser5) -> None:
    desk.types("1", "1", "d", "0")
    assert desk.dry_runs == [Selection(kinds=PHOTOS)]

    def refuse(_: Selection) -> None:
        raise StateFileBroken(desk.home / "item_download_errors.json", "it is not JSON", "")

    desk.run("1\n1\nd\ns\n", show_dry_run=refuse)

    assert "item_download_errors.json cannot be used: it is not JSON" in desk.shown
    assert read_selection(desk.home) == Selection(kinds=PHOTOS)


def test_a_list_that_is_damaged_or_not_there_is_named_and_the_choice_stays(desk: Chooser5) -> None:
    write_selection(desk.home, Selection(kinds=MEDIA))
    (desk.home / "file_list.json").write_text("{}")
    with pytest.raises(StateFileBroken, match="it is not a list"):
        desk.types("0")

    (desk.home / "file_list.json").unlink()
    with pytest.raises(NoListYet, match="it is not known what there is to choose from"):
        desk.types("0")

    assert read_selection(desk.home) == Selection(kinds=MEDIA)


def test_a_list_that_a_person_has_edited_is_what_there_is_to_choose_from(desk: Chooser5) -> None:
    rows = [row_of(item) for item in ITEMS[2:]]
    (desk.home / "file_list.json").write_text("\ufeff" + json.dumps(rows, indent=2), encoding="utf-8")

    desk.types("0")

    assert "Your choice is everything: 4 files, 88.0 MB." in desk.shown


def test_a_damaged_choice_is_named_and_set_aside_when_another_is_saved(desk: Chooser5) -> None:
    (desk.home / SELECTION).write_text('{"kinds": ["fotos"]}')
    with pytest.raises(StateFileBroken):  # where nobody can choose anew
        desk.looks()
    with pytest.raises(StateFileBroken):
        desk.types("0")  # what is read afterwards is still the damaged one
    assert "the file stays as it is until you save another choice" in desk.shown

    assert desk.types("1", "1", "s") == Selection(kinds=PHOTOS)

    (aside,) = desk.home.glob("selection.damaged-*.json")
    assert aside.read_text() == '{"kinds": ["fotos"]}'
    assert "selection.json cannot be used: there is no kind 'fotos' (there are photos, videos" in desk.shown
    assert f"The damaged choice is kept as {aside.name}." in desk.shown


def test_with_nobody_to_answer_the_choice_is_shown_as_it_is(desk: Chooser5) -> None:
    write_selection(desk.home, Selection(kinds=MEDIA))

    said = desk.looks()

    assert "Your choice is photos and videos: 4 of 6 files" in said
    assert "use --only and other flags, or choose 5 without --no-input" in said
    assert "What do you want to change?" not in said


def test_the_choice_is_told_to_programs_and_no_dry_run_is_offered_where_there_is_none(desk: Chooser5) -> None:
    told = io.StringIO()

    desk.run("d\n1\n1\ns\n", events=EventWriter(told))

    rows = [json.loads(line) for line in told.getvalue().splitlines()]
    assert [check_event(row) for row in rows] == [[], [], []]
    assert [(row["description"], row["files"], row["listed_files"]) for row in rows] == [
        ("everything", 6, 6),
        ("photos", 3, 6),
        ("photos", 3, 6),
    ]
    assert "Trial run" not in desk.shown
    assert "There is no 'd' here." in desk.shown


# --- the preview ------------------------------------------------------------------------------------------------------


def _photo(number: int, taken: str, size: int, name: str = "", **more: object) -> DriveItem:
    photo = {"takenDateTime": f"{taken}T12:00:00Z", "cameraModel": "Pixel"} if taken else {}
    file = {"mimeType": "image/jpeg", "hashes": {"quickXorHash": "AAAAAAAAAAAAAAAAAAAAAAAAADA="}}
    return make_file(f"/Pictures/{name or f'{number}.jpg'}", size, **{"file": file, "photo": photo, **more})


def test_the_page_shows_the_chosen_part_against_the_whole(desk: Chooser5) -> None:
    items = [
        _photo(1, "2015-01-01", 4_000_000),
        _photo(2, "2016-01-01", 4_000_000),
        _photo(3, "2019-05-01", 2_000_000),
        _photo(4, "2019-06-01", 2_000_000),
        _photo(5, "", 1_000_000, lastModifiedDateTime="2020-03-01T00:00:00Z"),
        _photo(6, "", 500_000),
        make_file("/a.mp3", 8_000_000),
        make_file("/shortcut", remoteItem={"id": "x"}),
    ]
    write_file_list(desk.home, items)
    write_selection(desk.home, Selection(kinds=PHOTOS, dates=read_date_range("since 2019")))

    assert desk.looks().splitlines()[:-1] == [
        "Your choice is photos since 2019: 3 of 7 files, 5.0 MB of 21.5 MB.",
        "Kinds: photos (3 of 6). Of other kinds: 1 file.",
        "Files by year: 2019 (2 of 2), 2020 (1 of 1). Of other years: 4 files.",
        "          file             day           size",
        "--------  ---------------  ----------  ------",
        "earliest  /Pictures/3.jpg  2019-05-01  2.0 MB",
        "          /Pictures/4.jpg  2019-06-01  2.0 MB",
        "          /Pictures/5.jpg  2020-03-01  1.0 MB",
        "The date of a file is the day it was taken (2 files), last changed (1 file, in UTC).",
        "Cameras: Pixel (2).",
        "1 of these files has the same content as another one (checksum and size agree): 2.0 MB less to download "
        "if each content comes once.",
    ]


def test_of_more_files_the_latest_and_the_largest_are_shown_too(desk: Chooser5) -> None:
    shown = re.findall(r"^(earliest|latest|largest)? +/(\S+) .*20\d\d-", desk.looks(), re.MULTILINE)

    assert [heading for heading, _ in shown] == ["earliest", "", "", "latest", "", "", "largest", "", ""]
    assert [shown[n][1] for n in (0, 5, 6)] == ["Pictures/2018/old.jpg", "Videos/film.mp4", "Videos/film.mp4"]


def test_many_cameras_are_counted_and_names_from_the_service_drive_nothing(desk: Chooser5) -> None:
    cameras = [f"Camera {number:02}" for number in range(MOST_CAMERAS + 2)]
    items = [_photo(n, "", 1, photo={"cameraModel": camera}) for n, camera in enumerate(cameras)]
    name = "\x1b[m\u202eg.\ud800"
    write_file_list(desk.home, [*items, _photo(0, "2019-01-01", 1, name), make_file(f"/{name}/a")])

    assert desk.types("p", "2", "", "6", "camera 21", "s").cameras == ("Camera 21",)

    assert "Camera 06 (1), Camera 07 (1) and 15 more." in desk.shown
    assert "And 3 more, which you can type by name." in desk.shown
    assert "  \\x1b[m\\u202eg.\\ud800 " in desk.shown
    assert "\x1b" not in desk.shown


def test_every_line_fits_sixty_columns_where_names_are_short(desk: Chooser5) -> None:
    desk.types("p", "2", "", "6", "", "8", "", "0")

    tables = [line for line in desk.shown.splitlines() if "  " in line.strip() and not line.startswith("  ")]
    assert tables
    assert not [line for line in tables if len(line) > 60]


# --- folders ----------------------------------------------------------------------------------------------------------


def test_the_chosen_tree_is_shown_to_a_depth_and_leaves_out_what_has_nothing_chosen(desk: Chooser5) -> None:
    lines = [
        "Your choice is photos and videos: 4 of 6 files, 88.0 MB of 93.0 MB.",
        "folder      files     size  of all",
        "----------  -----  -------  ------",
        "/               4  88.0 MB     95%",
        "  Videos        1  80.0 MB     all",
        "  Pictures      3   8.0 MB     all",
        "    2019        2   6.0 MB     all",
        "    2018        1   2.0 MB     all",
    ]

    assert desk.tree(Selection(kinds=MEDIA)) == lines
    assert [line.split()[0] for line in desk.tree(Selection(kinds=MEDIA), depth=1)[3:]] == ["/", "Videos", "Pictures"]
    assert desk.tree(Selection(min_size=10**12)) == [
        "Your choice is everything of 1.0 TB or more: 0 of 6 files, 0 B of 93.0 MB."
    ]


def test_of_very_many_folders_the_rest_is_counted_and_they_come_a_page_at_a_time(desk: Chooser5) -> None:
    write_file_list(desk.home, [make_file(f"/F{n:03}/a", 100 - n) for n in range(MOST_FOLDERS_SHOWN + 5)])

    assert desk.tree(EVERYTHING)[-1].startswith("  and 5 more folders      5")
    assert desk.types("2", "n", str(PAGE + 1), "1", "n", "n", "n", "", "s") == Selection(folders=(f"/F{PAGE:03}",))
    assert "Folders in /, page 2 of 4:" in desk.shown
    assert desk.shown.count("Folders in /, page 1 of 4:") == 2
    assert max(len(part.splitlines()) for part in desk.shown.split("Folder: ")[1:]) < 24


@pytest.mark.parametrize(
    ("chosen", "whole", "words"),
    [
        (Share(2, 10), Share(2, 10), "all"),
        (Share(0, 0), Share(2, 10), "none"),
        (Share(1, 5), Share(2, 10), "50%"),
        (Share(1, 1), Share(2, 1000), "under 1%"),
        (Share(1, 999), Share(2, 1000), "99%"),
        (Share(1, 10), Share(2, 10), "99%"),
        (Share(1, 0), Share(4, 0), "25%"),
    ],
)
def test_a_part_is_said_in_a_word(chosen: Share, whole: Share, words: str) -> None:
    assert describe_part(chosen, whole) == words


def test_ctrl_c_returns_to_the_menu_with_the_old_choice_at_every_question(desk: Chooser5) -> None:
    write_selection(desk.home, Selection(kinds=MEDIA))
    top = Path(__file__).resolve().parent.parent.parent
    code = (
        f"import runpy, sys\nsys.path.insert(0, {str(top)!r})\nsys.argv = ['start.py', '--home', {str(desk.home)!r}]\n"
        f"runpy.run_path({str(top / 'start.py')!r}, run_name='__main__')\n"
    )
    with Person() as person:
        seen = 0

        def sees(text: str) -> None:
            """Wait until this is written after what was waited for before."""
            nonlocal seen
            wait_for(lambda: text in person.written[seen:], f"{text!r} in {person.written[seen:]!r}")
            seen = person.written.index(text, seen) + len(text)

        program = person.start(code)
        for answer, question in {"": "What do you want to change?", "1\n": "Kinds:", "2\n": "Folder:"}.items():
            sees("Your choice:")
            person.type("5\n")
            sees("What do you want to change?")
            person.type("e\n")
            sees("Not saved yet.")
            person.type(answer)
            sees(question)
            person.type("\x03")
            sees("Stopped. Nothing was saved: the choice is as it was. Choose 5 to go on.")
        sees("Your choice:")
        person.type("0\n")
        assert program.wait(10) == 0

    assert read_selection(desk.home) == Selection(kinds=MEDIA)
