"""One way back: an earlier content takes its place again, and stays there as long as the person means it to."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from onedrive.app.menu import describe_letters
from onedrive.app.overview import look_over
from onedrive.choosing.selection import Duplicates, Selection
from onedrive.errors import NotPlaceable, OneDriveError
from onedrive.local.earlier import describe_earlier
from onedrive.local.folder import DownloadFolder
from onedrive.report.page import write_report
from onedrive.setup.computer import look_at_folders
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.download.test_earlier_contents import NOTE, move_to_day
from tests.starting import run


@pytest.fixture
def note(drive: DemoDrive, desk: Desk) -> str:
    """A letter whose second content is here, and whose first is kept."""
    desk.given({f"/{NOTE}": b"first"}, here=True)
    _change(drive, desk, b"second")
    return NOTE


def _change(drive: DemoDrive, desk: Desk, content: bytes, path: str = f"/{NOTE}") -> None:
    drive.change_content(drive.find(path), content)
    desk.list_drive()
    desk.download()


def test_it_is_put_back_and_stays_until_onedrive_has_another_content(drive: DemoDrive, desk: Desk, note: str) -> None:
    assert desk.put_back(note).exit_code == 0

    assert (desk.files(), [*desk.earlier().values()]) == ({note: b"first"}, [b"second"])
    assert "1 file put back" in desk.said.getvalue()
    drive.add_file("/copy.docx", b"second")  # it is no original of files that have OneDrive's content
    desk.list_drive()
    assert desk.download(selection=Selection(duplicates=Duplicates.LINK)).exit_code == 0
    assert desk.files() == {note: b"first", "copy.docx": b"second"}
    for quick in (False, True):
        assert desk.verify(quick=quick).exit_code == 0
        assert desk.classes()[f"/{note}"] == "put back by you"
    assert "with an earlier content that you put back" in desk.said.getvalue()

    drive.rename(drive.find(f"/{note}"), "letter.docx")
    desk.list_drive()
    desk.download()
    assert desk.files()["Letters/letter.docx"] == b"first"
    desk.verify()
    assert desk.classes()["/Letters/letter.docx"] == "put back by you"

    _change(drive, desk, b"third", "/Letters/letter.docx")
    assert desk.files()["Letters/letter.docx"] == b"third"
    assert sorted(desk.earlier().values()) == [b"first", b"second"]
    assert desk.verify().exit_code == 0
    assert {*desk.classes().values()} == {"proven"}


@pytest.mark.parametrize("has_links", [True, False])
def test_the_same_again_takes_it_back_also_on_a_disk_without_links(
    drive: DemoDrive, desk: Desk, note: str, monkeypatch: pytest.MonkeyPatch, *, has_links: bool
) -> None:
    if not has_links:

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    desk.put_back(note)
    times = {path.stat().st_mtime_ns for path in desk.downloads.rglob("note*.docx")}
    desk.put_back(note)
    assert {path.stat().st_mtime_ns for path in desk.downloads.rglob("note*.docx")} == times
    assert (desk.files(), desk.earlier()) == ({note: b"second"}, {note: b"first"})
    desk.put_back(note)
    _change(drive, desk, b"third")
    desk.put_back(note)
    assert desk.files() == {note: b"first"}  # replaced last, though the second one's name has the higher number
    desk.put_back(f".earlier/{date.today()}/Letters/note (2).docx")
    assert desk.files() == {note: b"second"}
    assert desk.partials() == []


def test_an_earlier_content_finds_the_place_that_its_file_has_now(drive: DemoDrive, desk: Desk, note: str) -> None:
    drive.rename(drive.find(f"/{note}"), "letter.docx")
    desk.list_drive()
    desk.download()
    (desk.downloads / "Letters/letter.docx").write_bytes(b"my own")  # which goes aside too

    desk.put_back("note.docx")

    assert desk.files() == {"Letters/letter.docx": b"first"}
    assert b"my own" in desk.earlier().values()


@pytest.mark.parametrize(
    ("as_of", "content"),
    [("", b"third"), ("2001-01-01", b"first"), ("2001-01-03", b"second"), ("2001-01-02", b"first")],
)
def test_of_several_the_last_one_or_the_one_of_a_day(
    drive: DemoDrive, desk: Desk, note: str, as_of: str, content: bytes
) -> None:
    move_to_day(desk, "2001-01-02")
    _change(drive, desk, b"third")
    _change(drive, desk, b"fourth")  # the second and the third of one day: note.docx, note (2).docx
    move_to_day(desk, "2001-01-03")

    desk.put_back(f"/{note}", as_of=as_of)

    assert desk.files() == {note: content}
    assert b"fourth" in desk.earlier().values()
    desk.put_back(f".earlier/2001-01-02/{note}" if content != b"first" else "note.docx", as_of="")
    assert desk.files() == {note: b"first" if content != b"first" else b"fourth"}


def test_a_name_with_a_number_of_its_own_is_that_file(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a.txt": b"a1", "/a (2).txt": b"number two"}, here=True)
    for path, content in (("/a.txt", b"a2"), ("/a (2).txt", b"changed, number two"), ("/a.txt", b"a 3")):
        _change(drive, desk, content, path)

    desk.put_back("a (2).txt")
    assert desk.files() == {"a.txt": b"a 3", "a (2).txt": b"number two"}
    desk.put_back("a.txt")
    assert desk.files()["a.txt"] == b"a2"


def test_the_menu_asks_which_and_of_which_day_and_a_dry_run_changes_nothing(desk: Desk, note: str) -> None:
    before = desk.files(), desk.earlier()
    desk.put_back("*", dry_run=True)
    assert "Letters/note.docx: as it was until " in desk.said.getvalue()
    assert (desk.files(), desk.earlier()) == before

    desk.put_back(None, typed=f"{note}\n\n")

    assert desk.files() == {note: b"first"}


def test_where_nothing_fits_or_a_folder_stands_in_its_place_it_says_so(desk: Desk, note: str) -> None:
    with pytest.raises(OneDriveError, match="No earlier version of nothing"):
        desk.put_back("nothing.txt")
    with pytest.raises(OneDriveError, match="since 2999"):
        desk.put_back(note, as_of="2999-01-01")
    (desk.downloads / note).unlink()
    (desk.downloads / note).mkdir()

    assert desk.put_back(note).exit_code == 3
    assert "a folder is in its place" in desk.said.getvalue()
    assert desk.earlier() == {note: b"first"}


@pytest.mark.parametrize("refusal", [NotPlaceable("the system refused it"), RuntimeError("killed")])
def test_where_it_cannot_take_its_place_all_is_as_it_was_after_the_next_download(
    desk: Desk, note: str, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    replaced = DownloadFolder._replace

    def refuse(folder: DownloadFolder, source: Path, place: str) -> None:
        if place == note:
            raise refusal
        replaced(folder, source, place)

    with monkeypatch.context() as patch, suppress(RuntimeError):
        patch.setattr(DownloadFolder, "_replace", refuse)
        assert desk.put_back(note).exit_code == 3
        assert desk.earlier() == {note: b"first"}
    desk.download()

    assert desk.files() == {note: b"second"}
    assert b"first" in desk.earlier().values()
    assert desk.verify().exit_code == 0
    assert desk.classes() == {f"/{note}": "proven"}


def test_the_menu_option_8_and_the_report_know_what_is_kept(desk: Desk, note: str) -> None:
    kept = f"Earlier contents are kept in .earlier: 1 file, 5 B, from 1 day; the latest ({date.today()}): {note}"
    finding = next(finding for finding in look_at_folders(desk.settings) if finding.name == "earlier")
    desk.verify()
    report = write_report(desk.home, desk.downloads, earlier=describe_earlier(desk.downloads)).read_text()

    assert describe_letters(look_over(desk.settings), desk.settings, None)["b"] == "Put an earlier version back"
    assert finding.words == kept
    assert f"<p>{kept}. To have one here again" in report
    (desk.downloads / ".earlier").rename(desk.home / "elsewhere")
    assert "b" not in describe_letters(look_over(desk.settings), desk.settings, None)
    assert describe_earlier(desk.downloads) == ""
    with pytest.raises(OneDriveError, match="nothing to put back"):
        desk.put_back(note)


def test_the_command_line_puts_back_without_a_sign_in(desk: Desk, note: str, tmp_path: Path) -> None:
    ended = run(tmp_path, "--home", str(desk.home), "--no-input", "--put-back", note, "4")

    assert ended.returncode == 0, ended.stderr
    assert desk.files() == {note: b"first"}
    assert run(tmp_path, "--home", str(desk.home), "--as-of", "2026", "4").returncode == 2
    assert run(tmp_path, "--home", str(desk.home), "--put-back", note, "3").returncode == 2


@pytest.mark.parametrize("typed", ["0\n", "q\n", f"{NOTE}\n0\n", "*\nq\n"])
def test_a_person_goes_back_from_either_question(desk: Desk, note: str, typed: str) -> None:
    assert desk.put_back(None, typed=typed).exit_code == 0

    assert desk.files() == {note: b"second"}
    assert "put back" not in desk.said.getvalue()
