"""The right downloads folder: a disk that is not connected is never taken for an empty one."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from manage_items import manage_items
from onedrive.app.overview import look_over
from onedrive.errors import DownloadsAway
from onedrive.graph.session import GraphSession
from onedrive.local.marker import KNOWN_FOLDERS
from onedrive.local.places import MARKER_FILE
from onedrive.setup.computer import look_at_folders
from onedrive.terminal.terminal import Terminal
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

PATHS = ("/a.txt", "/Pictures/b.jpg", "/Pictures/c.jpg", "/d.txt")
AWAY = DownloadsAway.exit_code


@pytest.fixture
def desk(desk: Desk, tmp_path: Path) -> Desk:
    """Four files are here, on a disk that can be taken away."""
    (tmp_path / "media").mkdir()
    desk.to(tmp_path / "media/photos")
    desk.given(*PATHS, here=True)
    return desk


def _unmount(desk: Desk) -> Path:
    away = desk.downloads.with_name("the disk")
    desk.downloads.rename(away)
    return away


def _leave_empty(desk: Desk) -> None:
    _unmount(desk)
    desk.downloads.mkdir()


def _mount_another(desk: Desk) -> None:
    _leave_empty(desk)
    (desk.downloads / MARKER_FILE).write_text('{"id": "of somebody else"}')


def _leave_a_few(desk: Desk) -> None:
    """What came before by mistake, onto the system disk."""
    away = _unmount(desk)
    desk.downloads.mkdir()
    shutil.copy2(away / "a.txt", desk.downloads / "a.txt")


def _take_the_disk(desk: Desk) -> None:
    desk.downloads.parent.rename(desk.downloads.parent.with_name("drawer"))


TAKEN: dict[str, tuple[Callable[[Desk], object], str]] = {
    "absent": (_unmount, "is not there, although 4 files were downloaded before"),
    "empty": (_leave_empty, "holds none of your downloads, although 4 files were downloaded before"),
    "another": (_mount_another, "is a different downloads folder: 4 files were downloaded to another one"),
    "a few": (_leave_a_few, "holds none of your downloads"),
    "no disk": (_take_the_disk, "is not there, although"),
}


def _manage(desk: Desk, graph: GraphSession) -> None:
    terminal = Terminal(stdin=io.StringIO(), stdout=io.StringIO(), no_input=True, environ={})
    manage_items(terminal, desk.settings, graph, open_write_graph=lambda: graph, dry_run=True)


@pytest.mark.parametrize("how", TAKEN)
def test_without_its_disk_no_option_does_anything_and_says_so(
    how: str, desk: Desk, graph: GraphSession, drive: DemoDrive
) -> None:
    take, words = TAKEN[how]
    drive.add_file("/new.txt", b"new")
    desk.list_drive()
    take(desk)
    before = sorted(desk.downloads.rglob("*"))

    for choose in (desk.download, lambda: desk.download(dry_run=True), desk.verify, lambda: _manage(desk, graph)):
        with pytest.raises(DownloadsAway, match=words) as away:
            choose()
        assert away.value.exit_code == 9
        assert "connect that disk, then choose" in away.value.hint

    assert desk.requests("") == []
    assert sorted(desk.downloads.rglob("*")) == before
    assert [found.words for found in look_at_folders(desk.settings) if words in found.words]
    if how != "a few":  # for the line above the menu a short look must do
        assert "he downloads folder is " in " ".join(look_over(desk.settings).lines)


@pytest.mark.parametrize(("how", "typed"), [*((how, "0\n") for how in TAKEN), ("empty", "")])
def test_a_person_is_asked_and_may_go_back(how: str, typed: str, desk: Desk) -> None:
    TAKEN[how][0](desk)

    if typed:
        assert desk.download(typed=typed).exit_code == AWAY
        assert "Nothing was done." in desk.said.getvalue()
    else:  # whoever was asked has left
        with pytest.raises(DownloadsAway):
            desk.download(typed=typed)

    assert desk.fetched() == 0
    assert "This is a new folder: download everything into it" in desk.said.getvalue()


def test_a_person_connects_the_disk_and_looks_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    away = _unmount(desk)
    pick = Terminal.pick

    def connect_and_pick(terminal: Terminal, question: str, *choices: object, **how: object) -> str:
        away.rename(desk.downloads)
        return pick(terminal, question, *choices, **how)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(Terminal, "pick", connect_and_pick)

    assert desk.verify(typed="1\n").exit_code == 0
    assert "This is a new folder" not in desk.said.getvalue()  # that is for 4


@pytest.mark.parametrize("how", ["absent", "empty", "another"])
def test_a_person_begins_a_new_folder_and_is_not_asked_again(how: str, desk: Desk) -> None:
    TAKEN[how][0](desk)

    assert desk.download(typed="2\n").exit_code == 0
    assert desk.fetched() == 4
    assert desk.download().exit_code == 0

    assert desk.fetched() == 4
    assert json.loads((desk.downloads / MARKER_FILE).read_text())["id"] in (desk.home / KNOWN_FOLDERS).read_text()


def test_a_disk_that_came_back_at_another_path_is_recognised(desk: Desk, tmp_path: Path) -> None:
    at = tmp_path / "other place/photos"
    at.parent.mkdir()
    was = desk.downloads
    desk.downloads.rename(at)
    desk.to(at)

    assert desk.download().exit_code == 0
    assert f"The downloads folder is now {at}; before it was {was}." in desk.said.getvalue()
    assert desk.download().exit_code == 0
    assert "before it was" not in desk.said.getvalue()
    at.rename(tmp_path / "again")
    for known in (at, was):  # no path at which the disk once was is a new folder
        desk.to(known)
        known.mkdir()
        with pytest.raises(DownloadsAway):
            desk.download()

    assert desk.fetched() == 0


@pytest.mark.posix("links that anybody may make")
@pytest.mark.parametrize("typed", [None, ""])  # --no-input, or nobody there who could answer
def test_a_new_folder_that_was_named_is_begun_where_its_place_is_there(
    typed: str | None, desk: Desk, tmp_path: Path
) -> None:
    first = desk.downloads
    _unmount(desk)
    for missing in (tmp_path / "not mounted/photos", first):
        desk.to(missing)
        with pytest.raises(DownloadsAway):
            desk.download()
    (tmp_path / "link").symlink_to(first)  # the same place under another name
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / MARKER_FILE).write_text('{"id": "of somebody else"}')
    for not_new in ("link", "theirs"):
        desk.to(tmp_path / not_new)
        with pytest.raises(DownloadsAway):
            desk.download()
    assert desk.fetched() == 0

    desk.to(tmp_path / "a second copy")
    assert desk.download(dry_run=True).exit_code == 0
    assert desk.download(typed=typed).exit_code == 0

    assert desk.fetched() == 4
    assert f"what was downloaded before is in {first}. Everything will be downloaded" in desk.said.getvalue()
    first.with_name("the disk").rename(first)
    for folder in (first, desk.downloads, first):  # both are known now
        desk.to(folder)
        assert desk.download().exit_code == 0
    assert desk.fetched() == 4


def test_with_a_person_a_new_folder_is_asked_about_once(desk: Desk, tmp_path: Path) -> None:
    desk.to(tmp_path / "a second copy")

    assert desk.download(typed="0\n").exit_code == AWAY
    assert desk.download(typed="2\n").exit_code == 0
    assert desk.download(typed="").exit_code == 0

    assert desk.fetched() == 4


def _forget_id(desk: Desk) -> None:
    (desk.downloads / MARKER_FILE).unlink()


def _spoil_id(desk: Desk) -> None:
    (desk.downloads / MARKER_FILE).write_text("{")


def _as_before_markers(desk: Desk) -> None:
    """An old home, of whose files the person has moved most away."""
    (desk.downloads / MARKER_FILE).unlink()
    (desk.home / KNOWN_FOLDERS).unlink()
    for name in ("Pictures/b.jpg", "Pictures/c.jpg", "d.txt"):
        (desk.downloads / name).unlink()


@pytest.mark.parametrize("change", [_forget_id, _spoil_id, _as_before_markers])
def test_a_folder_with_our_files_is_ours_and_is_marked_anew(change: Callable[[Desk], None], desk: Desk) -> None:
    change(desk)
    lost = 4 - len(desk.files())

    desk.verify()
    assert desk.download().exit_code == 0

    assert desk.fetched() == max(lost, 0)
    marker = json.loads((desk.downloads / MARKER_FILE).read_text())
    assert marker["id"] in (desk.home / KNOWN_FOLDERS).read_text()
    assert "not an empty one in the place of a disk" in marker["about"]


def test_a_second_home_takes_over_the_folder_of_the_first(
    desk: Desk, tmp_path: Path, graph: GraphSession, demo: FaultyServer
) -> None:
    marker = (desk.downloads / MARKER_FILE).read_text()
    other = Desk(tmp_path / "second home", graph, desk._http, demo)
    other.home.mkdir()
    other.to(desk.downloads)
    other.list_drive()

    assert other.download().exit_code == 0

    assert other.fetched() == 0
    assert (desk.downloads / MARKER_FILE).read_text() == marker
    assert desk.download().exit_code == 0


def test_onedrives_own_file_of_that_name_gets_another_place(desk: Desk, drive: DemoDrive) -> None:
    drive.add_file(f"/{MARKER_FILE}", b"cloud")
    desk.list_drive()
    marker = (desk.downloads / MARKER_FILE).read_text()

    assert desk.download().exit_code == 0

    assert (desk.downloads / MARKER_FILE).read_text() == marker
    assert b"cloud" in desk.files().values()
    assert desk.verify().exit_code == 0


def test_on_a_read_only_disk_6_proves_and_leaves_no_marker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.downloads / MARKER_FILE).unlink()
    make = os.mkdir

    def refuse(path: str, *how: object, **more: object) -> None:
        if str(desk.downloads) in os.fspath(path):
            raise OSError(errno.EROFS, "Read-only file system")
        make(path, *how, **more)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(os, "mkdir", refuse)  # whoever runs the tests may write everywhere
    before = sorted(desk.downloads.rglob("*"))

    assert desk.verify().exit_code == 0

    assert sorted(desk.downloads.rglob("*")) == before
    assert "SHA256SUMS was not written" in desk.said.getvalue()


@pytest.mark.parametrize("rehearses", [False, True])
def test_downloads_in_a_folder_that_onedrives_own_app_syncs_are_told_before_the_first_byte(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, rehearses: bool
) -> None:
    desk.given("/b.txt")
    monkeypatch.setenv("OneDriveConsumer", str(desk.downloads.parent))
    desk.download(dry_run=rehearses)

    said = desk.said.getvalue()
    assert (
        f"The downloads folder {desk.downloads} is inside {desk.downloads.parent}, which OneDrive's own app syncs"
        in said
    )
    assert said.index("own app") < said.index("1 file, 6 B")

    monkeypatch.setenv("OneDriveConsumer", str(desk.home / "elsewhere"))
    desk.download()
    assert "own app" not in desk.said.getvalue()
