"""One way back: an earlier content takes its place again, and stays there as long as the person means it to."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest

from download_list import DownloadWishes
from onedrive.app.flags import read_earlier
from onedrive.app.menu import describe_put_back
from onedrive.choosing.selection import Duplicates, Selection
from onedrive.errors import NotPlaceable, OneDriveError
from onedrive.local.earlier import describe_earlier
from onedrive.local.folder import DownloadFolder
from onedrive.report.page import write_report
from onedrive.setup.computer import look_at_folders
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.starting import run

NOTE = "Letters/note.docx"


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


def _move_to_day(desk: Desk, day: str) -> None:
    """What was kept today was kept then."""
    (today,) = [folder for folder in (desk.downloads / ".earlier").iterdir() if not folder.name.startswith("2001")]
    today.rename(today.with_name(day))


def test_it_is_put_back_and_stays_until_onedrive_has_another_content(drive: DemoDrive, desk: Desk, note: str) -> None:
    assert desk.put_back(note).exit_code == 0

    assert (desk.files(), [*desk.earlier().values()]) == ({note: b"first"}, [b"second"])
    assert "1 file put back" in desk.said.getvalue()
    desk.list_drive()
    assert desk.download().exit_code == 0
    assert desk.files() == {note: b"first"}
    assert desk.fetched() == 0

    _change(drive, desk, b"third")

    assert desk.files() == {note: b"third"}
    assert sorted(desk.earlier().values()) == [b"first", b"second"]
    assert desk.verify().exit_code == 0
    assert desk.classes() == {f"/{note}": "proven"}


@pytest.mark.parametrize("quick", [False, True])
def test_option_6_names_it_and_it_is_neither_wrong_nor_proven(desk: Desk, note: str, quick: bool) -> None:
    desk.put_back(note)

    assert desk.verify(quick=quick).exit_code == 0
    assert desk.classes() == {f"/{note}": "put back by you"}
    assert "1 file has an earlier content that you put back" in desk.said.getvalue()


def test_after_onedrives_own_restore_it_is_proven(drive: DemoDrive, desk: Desk, note: str) -> None:
    desk.put_back(note)

    _change(drive, desk, b"first")

    assert desk.fetched() == 0
    assert desk.verify().exit_code == 0
    assert desk.classes() == {f"/{note}": "proven"}


def test_the_same_again_takes_it_back(drive: DemoDrive, desk: Desk, note: str) -> None:
    desk.put_back(note)
    desk.put_back(note)
    assert (desk.files(), desk.earlier()) == ({note: b"second"}, {note: b"first"})
    desk.put_back(note)
    _change(drive, desk, b"third")
    desk.put_back(note)
    assert desk.files() == {note: b"first"}  # replaced last, though the second one's name has the higher number
    desk.put_back(f".earlier/{date.today()}/Letters/note (2).docx")
    assert desk.files() == {note: b"second"}


def test_what_was_put_back_goes_along_when_it_is_moved_on_onedrive(drive: DemoDrive, desk: Desk, note: str) -> None:
    desk.put_back(note)
    drive.rename(drive.find(f"/{note}"), "letter.docx")
    desk.list_drive()

    desk.download()

    assert desk.files() == {"Letters/letter.docx": b"first"}
    desk.verify()
    assert desk.classes() == {"/Letters/letter.docx": "put back by you"}


def test_an_earlier_content_finds_the_place_that_its_file_has_now(drive: DemoDrive, desk: Desk, note: str) -> None:
    drive.rename(drive.find(f"/{note}"), "letter.docx")
    desk.list_drive()
    desk.download()

    desk.put_back("note.docx")

    assert desk.files() == {"Letters/letter.docx": b"first"}


def test_what_the_person_changed_meanwhile_goes_aside_too(desk: Desk, note: str) -> None:
    (desk.downloads / note).write_bytes(b"my own")

    desk.put_back(note)

    assert (desk.files(), [*desk.earlier().values()]) == ({note: b"first"}, [b"my own"])


def test_it_is_no_original_of_files_that_have_onedrives_content(drive: DemoDrive, desk: Desk, note: str) -> None:
    desk.put_back(note)
    drive.add_file("/copy.docx", b"second")
    desk.list_drive()

    desk.download(selection=Selection(duplicates=Duplicates.LINK))

    assert desk.files() == {note: b"first", "copy.docx": b"second"}


@pytest.mark.parametrize(
    ("as_of", "content"),
    [("", b"third"), ("2001-01-01", b"first"), ("2001-01-03", b"second"), ("2001-01-02", b"first")],
)
def test_of_several_the_last_one_or_the_one_of_a_day(
    drive: DemoDrive, desk: Desk, note: str, as_of: str, content: bytes
) -> None:
    _move_to_day(desk, "2001-01-02")
    _change(drive, desk, b"third")
    _change(drive, desk, b"fourth")  # the second and the third of one day: note.docx, note (2).docx
    _move_to_day(desk, "2001-01-03")

    desk.put_back(f"/{note}", as_of=as_of)

    assert desk.files() == {note: content}
    assert b"fourth" in desk.earlier().values()


def test_a_name_with_a_number_of_its_own_is_that_file(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a.txt": b"a1", "/a (2).txt": b"number two"}, here=True)
    for path, content in (("/a.txt", b"a2"), ("/a (2).txt", b"changed, number two"), ("/a.txt", b"a 3")):
        _change(drive, desk, content, path)

    desk.put_back("a (2).txt")
    assert desk.files() == {"a.txt": b"a 3", "a (2).txt": b"number two"}
    desk.put_back("a.txt")
    assert desk.files()["a.txt"] == b"a2"


def test_one_is_named_by_where_it_is_kept(drive: DemoDrive, desk: Desk, note: str) -> None:
    _move_to_day(desk, "2001-01-02")
    _change(drive, desk, b"third")

    desk.put_back(f".earlier/2001-01-02/{note}")

    assert desk.files() == {note: b"first"}


def test_a_dry_run_and_a_no_change_nothing(desk: Desk, note: str) -> None:
    before = desk.files(), desk.earlier()

    desk.put_back("*", dry_run=True)
    assert "Letters/note.docx: as it was until " in desk.said.getvalue()

    assert (desk.files(), desk.earlier()) == before


def test_the_menu_asks_which_and_of_which_day(desk: Desk, note: str) -> None:
    desk.put_back(None, typed=f"{note}\n\n")

    assert desk.files() == {note: b"first"}


def test_where_nothing_fits_it_says_so(desk: Desk, note: str) -> None:
    with pytest.raises(OneDriveError, match="No earlier content of nothing"):
        desk.put_back("nothing.txt")
    with pytest.raises(OneDriveError, match="since 2999"):
        desk.put_back(note, as_of="2999-01-01")


def test_where_a_folder_stands_in_its_place_it_is_named(desk: Desk, note: str) -> None:
    (desk.downloads / note).unlink()
    (desk.downloads / note).mkdir()

    assert desk.put_back(note).exit_code == 3
    assert "a folder stands in its place" in desk.said.getvalue()
    assert desk.earlier() == {note: b"first"}


@pytest.mark.parametrize("refusal", [NotPlaceable("the system refused it"), RuntimeError("killed")])
def test_where_it_cannot_take_its_place_all_is_as_it_was_after_the_next_download(
    desk: Desk, note: str, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    def refuse(*_: object) -> bool:
        raise refusal

    with monkeypatch.context() as patch, suppress(RuntimeError):
        patch.setattr(DownloadFolder, "move", refuse)
        assert desk.put_back(note).exit_code == 3
    desk.download()

    assert desk.files() == {note: b"second"}
    assert b"first" in desk.earlier().values()
    assert desk.verify().exit_code == 0
    assert desk.classes() == {f"/{note}": "proven"}


def test_600_files_of_which_500_are_encrypted(drive: DemoDrive, desk: Desk) -> None:
    paths = [f"/Photos/{number // 100}/{number:03}.jpg" for number in range(600)]
    desk.given(*paths, here=True)
    old = {place: hashlib.sha256(content).digest() for place, content in desk.files().items()}
    for path in paths[:500]:
        drive.change_content(drive.find(path), f"ENCRYPTED {path}".encode())
    desk.list_drive()

    assert desk.download().exit_code == 8
    assert {place: hashlib.sha256(content).digest() for place, content in desk.files().items()} == old

    assert desk.download(wishes=DownloadWishes(replaces_many=True)).exit_code == 0
    kept = {place: hashlib.sha256(content).digest() for place, content in desk.earlier().items()}
    assert kept == {path[1:]: old[path[1:]] for path in paths[:500]}

    assert desk.put_back("*").exit_code == 0
    assert {place: hashlib.sha256(content).digest() for place, content in desk.files().items()} == old
    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0
    assert sorted(desk.classes().values()) == ["proven"] * 100 + ["put back by you"] * 500
    for path in paths[:500]:
        drive.change_content(drive.find(path), path.encode())  # OneDrive was restored as a whole
    desk.list_drive()
    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0
    assert set(desk.classes().values()) == {"proven"}


def test_the_menu_option_8_and_the_report_know_what_is_kept(desk: Desk, note: str) -> None:
    kept = f"Earlier contents are kept in .earlier: 1 file, 5 B, from 1 day; the latest ({date.today()}): {note}"
    finding = next(finding for finding in look_at_folders(desk.settings) if finding.name == "earlier")
    desk.verify()
    report = write_report(desk.home, desk.downloads, earlier=describe_earlier(desk.downloads)).read_text()

    assert describe_put_back(desk.settings) == {"b": "Put an earlier version back"}
    assert finding.words == kept
    assert f"<p>{kept}. To have one here again" in report
    desk.put_back(note)
    (desk.downloads / ".earlier").rename(desk.home / "elsewhere")
    assert describe_put_back(desk.settings) == {}
    assert describe_earlier(desk.downloads) == ""
    with pytest.raises(OneDriveError, match="nothing to put back"):
        desk.put_back(note)


def test_the_command_line_puts_back_without_a_sign_in(desk: Desk, note: str, tmp_path: Path) -> None:
    ended = run(tmp_path, "--home", str(desk.home), "--no-input", "--put-back", note, "4")

    assert ended.returncode == 0, ended.stderr
    assert desk.files() == {note: b"first"}
    assert run(tmp_path, "--home", str(desk.home), "--as-of", "2026", "4").returncode == 2
    assert run(tmp_path, "--home", str(desk.home), "--put-back", note, "3").returncode == 2


# --- what is not kept, what is old, what is gone ----------------------------------------------------------------------

NONE, OLD, ASIDE = "none", "3", "aside"


def _wishes(word: str) -> DownloadWishes:
    return DownloadWishes(puts_gone_aside=True) if word == ASIDE else DownloadWishes(earlier=read_earlier(word))


def test_with_none_nothing_is_kept_but_what_a_person_changed(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a.txt": b"a", "/b.txt": b"b"}, here=True)
    (desk.downloads / "b.txt").write_bytes(b"my own")
    drive.change_content(drive.find("/a.txt"), b"a2")
    drive.change_content(drive.find("/b.txt"), b"b2")
    desk.list_drive()

    desk.download(wishes=_wishes(NONE), with_events=True)

    assert desk.earlier() == {}
    assert sorted(desk.files().values()) == [b"a2", b"b2", b"my own"]
    assert "1 file replaced by new content on OneDrive; what was here before is not kept" in desk.said.getvalue()
    assert [row["replaced"] for row in desk.events if row["event"] == "summary"] == [1]


@pytest.mark.parametrize(("typed", "is_removed"), [(None, True), ("1\n", True), ("0\n", False), ("", False)])
def test_what_is_older_than_the_days_is_removed_by_a_run_that_says_so(
    drive: DemoDrive, desk: Desk, note: str, tmp_path: Path, typed: str | None, is_removed: bool
) -> None:
    _move_to_day(desk, "2001-01-02")
    _change(drive, desk, b"third")
    earlier = desk.downloads / ".earlier"
    (earlier / "2001-01-02" / "mine").symlink_to(tmp_path)
    (earlier / "old stuff").mkdir()
    (earlier / "old stuff" / "x").write_bytes(b"mine")
    (earlier / "2001-02-31").mkdir()
    just_young = earlier / str(date.today() - timedelta(days=3)) / "young.txt"
    just_young.parent.mkdir()
    just_young.write_bytes(b"young")

    assert desk.download(wishes=_wishes(OLD), typed=typed).exit_code == 0

    said = desk.said.getvalue()
    assert "1 earlier content (5 B) of 2001-01-02, in .earlier: older than 3 days (--earlier)." in said
    assert (earlier / "2001-01-02" / note).exists() is not is_removed
    assert ("Removed: 1." in said) is is_removed
    assert (earlier / "2001-01-02" / "mine").is_symlink()
    assert (earlier / "old stuff" / "x").exists()
    assert just_young.exists()
    assert b"second" in desk.earlier().values()
    assert tmp_path.exists()


def test_a_dry_run_removes_nothing(desk: Desk, note: str) -> None:
    _move_to_day(desk, "2001-01-02")

    desk.download(wishes=_wishes(OLD), dry_run=True)

    assert "older than 3 days" in desk.said.getvalue()
    assert desk.earlier() == {note: b"first"}


def test_what_is_gone_goes_aside_and_comes_back_by_itself(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/a/gone.txt", "/a/edited.txt", "/a/sly.txt", "/b/stays.txt", here=True)
    (desk.downloads / "a/edited.txt").write_bytes(b"my own words")
    sly = desk.downloads / "a/sly.txt"
    times = sly.stat()
    sly.write_bytes(b"/A/SLY.TXT")
    os.utime(sly, ns=(times.st_atime_ns, times.st_mtime_ns))
    gone = [drive.find(f"/a/{name}.txt") for name in ("gone", "edited", "sly")]
    for item in gone:
        drive.delete(item)
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert len(desk.files()) == 4
    assert desk.download(wishes=_wishes(ASIDE), dry_run=True).exit_code == 0
    assert len(desk.files()) == 4

    assert desk.download(wishes=_wishes(ASIDE)).exit_code == 0

    said = desk.said.getvalue()
    assert "1 file is no longer on OneDrive and put aside, into .earlier: a/gone.txt." in said
    assert "/a/edited.txt: it was changed here." in said
    assert desk.earlier() == {"a/gone.txt": b"/a/gone.txt"}
    assert set(desk.files()) == {"a/edited.txt", "a/sly.txt", "b/stays.txt"}
    _move_to_day(desk, "2001-01-02")
    line = (desk.home / "download_manifest.jsonl").read_text()
    today = line.rpartition(".earlier/")[2][:10]
    (desk.home / "download_manifest.jsonl").write_text(line.replace(f".earlier/{today}", ".earlier/2001-01-02"))
    desk.download(wishes=DownloadWishes(earlier=_wishes(OLD).earlier, puts_gone_aside=True))
    assert desk.earlier() == {"a/gone.txt": b"/a/gone.txt"}  # it may be the only copy
    assert "put aside" not in desk.said.getvalue()

    drive.restore(gone[0], gone[0].parent, gone[0].name)
    desk.list_drive()
    desk.download()
    assert "a/gone.txt" in desk.files()
    assert (desk.fetched(), desk.earlier()) == (0, {})


def test_what_is_put_back_from_aside_stays(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/gone.txt", "/stays.txt", here=True)
    drive.delete(drive.find("/gone.txt"))
    desk.list_drive()
    desk.download(wishes=_wishes(ASIDE))
    assert set(desk.files()) == {"stays.txt"}

    desk.put_back("gone.txt")
    desk.download(wishes=_wishes(ASIDE))

    assert set(desk.files()) == {"gone.txt", "stays.txt"}
    assert "1 file is no longer on OneDrive and stays here: /gone.txt." in desk.said.getvalue()


def test_the_brake_holds_what_would_go_aside(drive: DemoDrive, desk: Desk) -> None:
    desk.given(*(f"/{number}.txt" for number in range(40)), here=True)
    for number in range(30):
        drive.delete(drive.find(f"/{number}.txt"))
    drive.add_file("/new.txt", b"new")
    desk.list_drive()

    assert desk.download(wishes=_wishes(ASIDE)).exit_code == 8
    assert len(desk.files()) == 41
    assert "30 files would be put aside" in desk.said.getvalue()

    assert desk.download(wishes=DownloadWishes(replaces_many=True, puts_gone_aside=True)).exit_code == 0
    assert len(desk.files()) == 11
    assert len(desk.earlier()) == 30


def test_what_option_7_deleted_never_goes_aside(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/a.txt", "/b.txt", here=True)
    item = drive.find("/a.txt")
    row = f'{{"state":"deleted","driveId":"{drive.id}","id":"{item.id}"}}\n'
    (desk.home / "deleted_items.jsonl").write_text(row)
    drive.delete(item)
    desk.list_drive()

    desk.download(wishes=_wishes(ASIDE))

    assert set(desk.files()) == {"a.txt", "b.txt"}
