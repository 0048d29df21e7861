"""A good file that OneDrive replaces is kept among the earlier ones, whatever the new content is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from onedrive.choosing.selection import Duplicates, Selection
from onedrive.errors import Stopped
from onedrive.local.folder import DownloadFolder
from onedrive.local.hashing import digest_file
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk


@pytest.fixture
def note(drive: DemoDrive, desk: Desk) -> str:
    """A letter that is here."""
    drive.add_file("/Letters/note.docx", b"dear reader")
    desk.list_drive()
    desk.download()
    return "Letters/note.docx"


def _change(drive: DemoDrive, desk: Desk, content: bytes) -> None:
    drive.change_content(drive.find("/Letters/note.docx"), content)
    desk.list_drive()


def test_what_was_good_is_kept_when_its_content_changes_online(drive: DemoDrive, desk: Desk, note: str) -> None:
    _change(drive, desk, b"ENCRYPTED!!")

    result = desk.download(with_events=True)

    assert result.exit_code == 0
    assert desk.files() == {note: b"ENCRYPTED!!"}
    assert desk.earlier() == {note: b"dear reader"}
    said = desk.said.getvalue()
    assert "1 file has new content on OneDrive; what it was before is kept: .earlier/" in said
    (item,) = [row for row in desk.events if row["event"] == "item"]
    (summary,) = [row for row in desk.events if row["event"] == "summary"]
    assert str(item["earlier"]).endswith(f"/{note}")
    assert summary["replaced"] == 1


def test_each_of_several_contents_of_one_day_is_kept(drive: DemoDrive, desk: Desk, note: str) -> None:
    for content in (b"second", b"third", b"fourth"):
        _change(drive, desk, content)
        desk.download()

    assert desk.files() == {note: b"fourth"}
    assert sorted(desk.earlier().values()) == [b"dear reader", b"second", b"third"]


def test_what_the_person_changed_stays_beside_and_is_no_earlier_content(
    drive: DemoDrive, desk: Desk, note: str
) -> None:
    (desk.downloads / note).write_bytes(b"my own words")
    _change(drive, desk, b"second")

    desk.download()

    assert sorted(desk.files().values()) == [b"my own words", b"second"]
    assert desk.earlier() == {}


def test_an_edit_that_kept_size_and_time_is_the_persons(drive: DemoDrive, desk: Desk, note: str) -> None:
    path = desk.downloads / note
    times = path.stat()
    path.write_bytes(b"DEAR READER")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    _change(drive, desk, b"second")

    desk.download()

    assert sorted(desk.files().values()) == [b"DEAR READER", b"second"]
    assert "local copy kept" in " ".join(desk.files())


def test_the_same_bytes_again_keep_nothing(drive: DemoDrive, desk: Desk, note: str) -> None:
    _change(drive, desk, b"dear reader")

    desk.download()

    assert (desk.files(), desk.earlier()) == ({note: b"dear reader"}, {})


def test_a_linked_twin_that_changes_leaves_the_other_and_the_earlier_content(drive: DemoDrive, desk: Desk) -> None:
    link = Selection(duplicates=Duplicates.LINK)
    drive.add_file("/a.jpg", b"same")
    drive.add_file("/b.jpg", b"same")
    desk.list_drive()
    desk.download(selection=link)
    drive.change_content(drive.find("/b.jpg"), b"changed")
    desk.list_drive()

    desk.download(selection=link)

    assert desk.files() == {"a.jpg": b"same", "b.jpg": b"changed"}
    assert desk.earlier() == {"b.jpg": b"same"}


def test_what_a_link_to_an_equal_file_replaces_is_kept_and_named(drive: DemoDrive, desk: Desk) -> None:
    link = Selection(duplicates=Duplicates.LINK)
    drive.add_file("/a.jpg", b"the same")
    drive.add_file("/b.jpg", b"its own")
    desk.list_drive()
    desk.download(selection=link)
    drive.change_content(drive.find("/b.jpg"), b"the same")
    desk.list_drive()

    desk.download(selection=link, with_events=True)

    (item,) = [row for row in desk.events if row["event"] == "item" and row["path"] == "/b.jpg"]
    assert item["result"] == "linked"
    assert str(item["earlier"]).endswith("/b.jpg")
    assert desk.earlier() == {"b.jpg": b"its own"}


def test_earlier_contents_are_no_strangers_for_option_6(drive: DemoDrive, desk: Desk, note: str) -> None:
    _change(drive, desk, b"second")
    desk.download()

    assert desk.verify().exit_code == 0
    assert "only here" not in desk.said.getvalue()
    assert set(desk.classes()) == {f"/{note}"}
    assert ".earlier" not in (desk.downloads / "SHA256SUMS").read_text()


def test_a_file_of_that_name_on_onedrive_does_not_get_in_among_them(drive: DemoDrive, desk: Desk) -> None:
    drive.add_file("/.earlier/2026-01-01/x.txt", b"from OneDrive")
    desk.list_drive()

    desk.download()

    assert list(desk.files().values()) == [b"from OneDrive"]
    assert not (desk.downloads / ".earlier").exists()


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
    _change(drive, desk, b"second")

    desk.download()

    contents = [path.read_bytes() for path in desk.downloads.rglob("*") if path.is_file()]
    assert {b"dear reader", b"second"} <= set(contents)
    assert (obstacle == "link") or b"a file of the person's" in contents
    assert not list(elsewhere.iterdir())


def test_when_the_new_content_cannot_take_the_place_the_earlier_one_stands_there_again(
    drive: DemoDrive, desk: Desk, note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _change(drive, desk, b"second")
    rename = os.rename

    def refuse(source: Path, target: str, **options: int) -> None:
        if ".partial" in str(source) and target == Path(note).name:
            raise PermissionError(13, "Permission denied")
        rename(source, target, **options)

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(os, "supports_dir_fd", {*os.supports_dir_fd, refuse})

    assert desk.download().exit_code == 3
    assert (desk.files(), desk.earlier()) == ({note: b"dear reader"}, {})


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
