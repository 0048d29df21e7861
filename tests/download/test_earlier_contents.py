"""What becomes of a good file that OneDrive replaces or has no longer: kept, removed when it is old, put aside."""

from __future__ import annotations

import os
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from download_list import DownloadWishes
from onedrive.app.flag_values import read_earlier
from onedrive.choosing.selection import Duplicates, Selection
from onedrive.errors import Stopped
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import digest_file
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

NOTE = "Letters/note.docx"
ASIDE = DownloadWishes(puts_gone_aside=True)
OLD = DownloadWishes(earlier=read_earlier("3"))
LINK = Selection(duplicates=Duplicates.LINK)


@pytest.fixture
def note(desk: Desk) -> str:
    """A letter that is here."""
    desk.given({f"/{NOTE}": b"dear reader"}, here=True)
    return NOTE


def _change(drive: DemoDrive, desk: Desk, *contents: bytes, path: str = f"/{NOTE}") -> None:
    """Each content is listed, and each but the last one fetched."""
    for number, content in enumerate(contents):
        if number:
            desk.download()
        drive.change_content(drive.find(path), content)
        desk.list_drive()


def move_to_day(desk: Desk, day: str) -> None:
    """What was kept today was kept then."""
    (today,) = [folder for folder in (desk.downloads / ".earlier").iterdir() if not folder.name.startswith("2001")]
    today.rename(today.with_name(day))


# --- kept -------------------------------------------------------------------------------------------------------------


def test_each_content_that_was_good_is_kept_when_another_comes_and_is_no_stranger_for_option_6(
    drive: DemoDrive, desk: Desk, note: str
) -> None:
    _change(drive, desk, b"ENCRYPTED!!")

    assert desk.download(with_events=True).exit_code == 0

    assert desk.files() == {note: b"ENCRYPTED!!"}
    assert desk.earlier() == {note: b"dear reader"}
    assert "1 file has new content on OneDrive; the earlier one is kept: .earlier/" in desk.said.getvalue()
    (item,) = [row for row in desk.events if row["event"] == "item"]
    (summary,) = [row for row in desk.events if row["event"] == "summary"]
    assert str(item["earlier"]).endswith(f"/{note}")
    assert summary["replaced"] == 1

    _change(drive, desk, b"third", b"fourth", b"fourth")  # the same bytes again keep nothing
    desk.download()
    assert desk.files() == {note: b"fourth"}
    assert sorted(desk.earlier().values()) == [b"ENCRYPTED!!", b"dear reader", b"third"]
    assert desk.verify().exit_code == 0
    assert "only here" not in desk.said.getvalue()
    assert set(desk.classes()) == {f"/{note}"}
    assert ".earlier" not in (desk.downloads / "SHA256SUMS").read_text()


@pytest.mark.parametrize("edit", [b"my own words", b"DEAR READER"])
def test_what_the_person_changed_stays_beside_also_where_size_and_time_are_the_same(
    drive: DemoDrive, desk: Desk, note: str, edit: bytes
) -> None:
    path = desk.downloads / note
    times = path.stat()
    path.write_bytes(edit)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    _change(drive, desk, b"second")

    desk.download()

    assert sorted(desk.files().values()) == sorted([edit, b"second"])
    assert "local copy kept" in " ".join(desk.files())
    assert desk.earlier() == {}


def test_links_to_equal_files_keep_each_ones_earlier_content(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a.jpg": b"same", "/b.jpg": b"same"})
    desk.download(selection=LINK)
    _change(drive, desk, b"changed", path="/b.jpg")
    desk.download(selection=LINK)
    assert desk.files() == {"a.jpg": b"same", "b.jpg": b"changed"}
    assert desk.earlier() == {"b.jpg": b"same"}
    move_to_day(desk, "2001-01-02")

    _change(drive, desk, b"same", path="/b.jpg")
    desk.download(selection=LINK, with_events=True)

    (item,) = [row for row in desk.events if row["event"] == "item" and row["path"] == "/b.jpg"]
    assert item["result"] == "linked"
    assert str(item["earlier"]).endswith("/b.jpg")
    assert desk.earlier() == {"b.jpg": b"changed"}


@pytest.mark.parametrize("obstacle", ["file", "link"])
def test_where_that_folder_cannot_be_had_the_earlier_content_stays_beside(
    drive: DemoDrive, desk: Desk, note: str, tmp_path: Path, obstacle: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if obstacle == "link":
        (desk.downloads / ".earlier").symlink_to(elsewhere)
    else:
        (desk.downloads / ".earlier").write_bytes(b"a file of the person's")
    drive.add_file("/.earlier/2026-01-01/x.txt", b"from OneDrive")  # which does not get in among them either
    _change(drive, desk, b"second")

    desk.download()

    contents = [path.read_bytes() for path in desk.downloads.rglob("*") if path.is_file()]
    assert {b"dear reader", b"second", b"from OneDrive"} <= set(contents)
    assert (obstacle == "link") or b"a file of the person's" in contents
    assert not list(elsewhere.iterdir())


def test_when_the_new_content_cannot_take_the_place_the_earlier_one_stands_there_again(
    drive: DemoDrive, desk: Desk, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _change(drive, desk, b"second")
    rename = os.rename

    def refuse(source: Path, target: str, **options: int) -> None:
        if ".partial" in str(source) and target == Path(note).name:
            raise PermissionError(13, "Permission denied")  # as a virus scanner does
        rename(source, target, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", refuse)
        patch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, refuse})
        assert desk.download().exit_code == 3
    assert (desk.files(), desk.earlier()) == ({note: b"dear reader"}, {})

    assert desk.download().exit_code == 0  # it is on record as it was
    assert (desk.files(), desk.earlier()) == ({note: b"second"}, {note: b"dear reader"})


def test_ctrl_c_while_the_old_content_is_compared_leaves_it_in_its_place(tmp_path: Path) -> None:
    folder = DownloadFolder(tmp_path)
    folder.prepare()
    (tmp_path / "a.mp4").write_bytes(b"old!")
    (tmp_path / "whole").write_bytes(b"new!")
    came = digest_file(tmp_path / "whole", lambda: None)

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        folder.put(tmp_path / "whole", "a.mp4", came, recorded=None, check=stop)

    assert (tmp_path / "a.mp4").read_bytes() == b"old!"
    assert (folder.kept, folder.earlier) == ([], {})


def test_with_none_nothing_is_kept_but_what_a_person_changed(drive: DemoDrive, desk: Desk) -> None:
    desk.given({"/a.txt": b"a", "/b.txt": b"b"}, here=True)
    (desk.downloads / "b.txt").write_bytes(b"my own")
    for path in ("/a.txt", "/b.txt"):
        _change(drive, desk, path.encode(), path=path)

    desk.download(wishes=DownloadWishes(earlier=read_earlier("none")), with_events=True)

    assert desk.earlier() == {}
    assert sorted(desk.files().values()) == [b"/a.txt", b"/b.txt", b"my own"]
    assert "1 file replaced by new content on OneDrive, and what was here before is not kept" in desk.said.getvalue()
    assert [row["replaced"] for row in desk.events if row["event"] == "summary"] == [1]


# --- old --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("typed", "is_removed"), [(None, True), ("1\n", True), ("0\n", False), ("", False)])
def test_what_is_older_than_the_days_is_removed_by_a_run_that_says_so(
    drive: DemoDrive, desk: Desk, note: str, tmp_path: Path, typed: str | None, is_removed: bool
) -> None:
    _change(drive, desk, b"two")
    desk.download()
    move_to_day(desk, "2001-01-02")
    _change(drive, desk, b"third")
    earlier = desk.downloads / ".earlier"
    makes_links = sys.platform != "win32"
    if makes_links:
        (earlier / "2001-01-02" / "mine").symlink_to(tmp_path)
    (earlier / "old stuff").mkdir()
    (earlier / "old stuff" / "x").write_bytes(b"mine")
    (earlier / "2001-02-31").mkdir()
    just_young = earlier / str(date.today() - timedelta(days=3)) / "young.txt"
    just_young.parent.mkdir()
    just_young.write_bytes(b"young")
    desk.download(wishes=OLD, dry_run=True)
    assert "older than 3 days" in desk.said.getvalue()
    assert (earlier / "2001-01-02" / note).exists()

    assert desk.download(wishes=OLD, typed=typed).exit_code == 0

    said = desk.said.getvalue()
    assert "1 earlier version (11 B) of 2001-01-02 in .earlier: older than 3 days (--earlier)." in said
    assert (earlier / "2001-01-02" / note).exists() is not is_removed
    assert ("Removed: 1." in said) is is_removed
    assert (earlier / "2001-01-02" / "mine").is_symlink() is makes_links
    assert (earlier / "old stuff" / "x").exists()
    assert just_young.exists()
    assert b"two" in desk.earlier().values()
    assert tmp_path.exists()


@pytest.mark.parametrize("tries", [2, 10**6])
def test_what_another_program_has_open_for_a_moment_is_removed_then_and_else_named(
    drive: DemoDrive, desk: Desk, note: str, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    _change(drive, desk, b"second")
    desk.download()
    move_to_day(desk, "2001-01-02")
    unlink, left = Path.unlink, [tries]

    def held(path: Path, *, missing_ok: bool = False) -> None:
        if "2001-01-02" in str(path) and left[0]:
            left[0] -= 1
            refusal = PermissionError(13, "Permission denied")
            refusal.winerror = 32  # type: ignore[attr-defined]  # as Windows says it
            raise refusal
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", held)
    monkeypatch.setattr("onedrive.home.files._PATIENCE_SECONDS", 0.2)
    assert desk.download(wishes=OLD).exit_code == 0

    is_removed = tries == 2
    assert (desk.earlier() == {}) is is_removed
    assert (f"(.earlier/2001-01-02/{note}): it is open in another program." in desk.said.getvalue()) is not is_removed


# --- gone -------------------------------------------------------------------------------------------------------------


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
    assert desk.download(wishes=ASIDE, dry_run=True).exit_code == 0
    assert len(desk.files()) == 4

    assert desk.download(wishes=ASIDE).exit_code == 0

    said = desk.said.getvalue()
    assert "1 file is no longer on OneDrive and put aside, into .earlier: a/gone.txt." in said
    assert "2 files left here though no longer on OneDrive (for example /a/edited.txt): changed here." in said
    assert desk.earlier() == {"a/gone.txt": b"/a/gone.txt"}
    assert set(desk.files()) == {"a/edited.txt", "a/sly.txt", "b/stays.txt"}
    move_to_day(desk, "2001-01-02")
    line = (desk.home / "download_manifest.jsonl").read_text()
    today = line.rpartition(".earlier/")[2][:10]
    (desk.home / "download_manifest.jsonl").write_text(line.replace(f".earlier/{today}", ".earlier/2001-01-02"))
    desk.download(wishes=DownloadWishes(earlier=OLD.earlier, puts_gone_aside=True))
    assert desk.earlier() == {"a/gone.txt": b"/a/gone.txt"}  # it may be the only copy
    assert "put aside" not in desk.said.getvalue()

    drive.restore(gone[0], gone[0].parent, gone[0].name)
    desk.list_drive()
    desk.download()
    assert "a/gone.txt" in desk.files()
    assert (desk.fetched(), desk.earlier()) == (0, {})


def test_what_is_put_back_from_aside_or_was_deleted_by_option_7_stays(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/gone.txt", "/deleted.txt", "/stays.txt", here=True)
    deleted = drive.find("/deleted.txt")
    row = f'{{"state":"deleted","driveId":"{drive.id}","id":"{deleted.id}"}}\n'
    (desk.home / "deleted_items.jsonl").write_text(row)
    for item in (deleted, drive.find("/gone.txt")):
        drive.delete(item)
    desk.list_drive()
    desk.download(wishes=ASIDE)
    assert set(desk.files()) == {"stays.txt", "deleted.txt"}

    desk.put_back("gone.txt")
    desk.download(wishes=ASIDE)

    assert set(desk.files()) == {"gone.txt", "stays.txt", "deleted.txt"}
    assert "2 files are no longer on OneDrive and stay here: /deleted.txt and /gone.txt." in desk.said.getvalue()


def test_the_brake_holds_what_would_go_aside(drive: DemoDrive, desk: Desk) -> None:
    desk.given(*(f"/{number}.txt" for number in range(40)), here=True)
    for number in range(30):
        drive.delete(drive.find(f"/{number}.txt"))
    drive.add_file("/new.txt", b"new")
    desk.list_drive()

    assert desk.download(wishes=ASIDE).exit_code == 8
    assert len(desk.files()) == 41
    assert "30 files would be put aside" in desk.said.getvalue()

    assert desk.download(wishes=DownloadWishes(replaces_many=True, puts_gone_aside=True)).exit_code == 0
    assert len(desk.files()) == 11
    assert len(desk.earlier()) == 30
