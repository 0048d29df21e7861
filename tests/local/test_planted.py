"""What somebody planted in a shared folder leads the program nowhere, and costs nobody a file."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from onedrive.errors import FolderNotUsable, NotPlaceable
from onedrive.home.lists import FILE_LIST, read_items
from onedrive.home.lock import RunLock, check_no_other_run
from onedrive.home.manifest import MANIFEST
from onedrive.local.folder import DownloadFolder, takes_links
from onedrive.local.hashing import digest_file
from onedrive.local.names import PROBE_FOLDER
from onedrive.transfer.partial import partial_name
from tests.desk import Desk

pytestmark = pytest.mark.posix("links and pipes of Unix")
Plant = Callable[[Path, Path], None]


def _link(place: Path, victim: Path) -> None:
    place.symlink_to(victim)


def _second_name(place: Path, victim: Path) -> None:
    place.hardlink_to(victim)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    path = tmp_path / "diary.txt"
    path.write_text("dear diary")
    return path


def _names_of_partials(desk: Desk) -> list[str]:
    """Every name that a download of the file on the list uses for a moment, or for longer."""
    item = next(read_items(desk.home / FILE_LIST))
    stem = partial_name(item.drive_id, item.id)
    return [f"{stem}{suffix}" for suffix in (".part", ".json", ".parts", ".parts-new")] + ["link-probe", "link-probe-2"]


@pytest.mark.parametrize("plant", [_link, _second_name])
def test_no_planted_name_is_written_through(desk: Desk, victim: Path, plant: Plant) -> None:
    desk.given({"/film.mp4": bytes(range(256)) * 4096})
    unfinished = desk.downloads / ".partial"
    unfinished.mkdir(parents=True)
    for name in _names_of_partials(desk):
        plant(unfinished / name, victim)

    assert desk.download().exit_code == 0
    assert takes_links(desk.downloads)
    assert victim.read_text() == "dear diary"
    assert desk.files() == {"film.mp4": bytes(range(256)) * 4096}


def test_a_lock_that_is_a_link_or_a_pipe_is_said_at_once_and_a_second_name_is_not_written_to(
    tmp_path: Path, victim: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    lock = home / "run.lock"
    plants: list[Callable[[], None]] = [partial(lock.symlink_to, victim), partial(os.mkfifo, lock), lock.mkdir]
    for plant in plants:
        plant()
        with pytest.raises(FolderNotUsable), RunLock(home, "option 4"):
            pass
        check_no_other_run(home)
        lock.rmdir() if lock.is_dir() and not lock.is_symlink() else lock.unlink()
    lock.hardlink_to(victim)
    with RunLock(home, "option 4"):
        pass

    assert victim.read_text() == "dear diary"


def test_the_probe_of_names_is_a_new_folder_each_time(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("CON", "NUL", "nul.txt", "plain"):
        (elsewhere / name).write_text("mine")
    folder = DownloadFolder(tmp_path / "downloads")
    folder.partial.mkdir(parents=True)
    (folder.partial / PROBE_FOLDER).symlink_to(elsewhere)

    folder.prepare()

    assert {path.name for path in elsewhere.iterdir()} == {"CON", "NUL", "nul.txt", "plain"}


def test_a_folder_that_becomes_a_link_on_the_way_takes_no_file_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("mine")
    folder = DownloadFolder(tmp_path / "downloads")
    folder.prepare()
    folder.make_folder("Pictures")
    assert folder.look("Pictures/a.txt") is None
    for number in (0, 1, 2):
        whole = folder.partial / f"{number}.part"
        whole.write_text("theirs")
    folder.put(folder.partial / "0.part", "Pictures/0.txt", digest_file(whole, lambda: None), recorded=None)
    folder.path("Pictures/0.txt").unlink()
    (tmp_path / "downloads" / "Pictures").rmdir()
    (tmp_path / "downloads" / "Pictures").symlink_to(outside)

    with pytest.raises(NotPlaceable, match="leads out"):
        folder.put(folder.partial / "1.part", "Pictures/a.txt", digest_file(whole, lambda: None), recorded=None)
    with pytest.raises(NotPlaceable, match="leads out"):
        folder.move(".partial/2.part", "Pictures/b.txt")

    assert {path.name: path.read_text() for path in outside.iterdir()} == {"a.txt": "mine"}


@pytest.mark.parametrize("plant", [_link, _second_name])
def test_a_record_that_also_stands_elsewhere_is_not_written_through(desk: Desk, victim: Path, plant: Plant) -> None:
    desk.given("/a.txt")
    plant(desk.home / MANIFEST, victim)

    if plant is _link:
        with pytest.raises(FolderNotUsable, match="is a link"):
            desk.download()
    else:
        assert desk.download().exit_code == 0
        assert "/a.txt" in desk.verified()

    assert victim.read_text() == "dear diary"


def test_what_a_second_name_recorded_is_kept(desk: Desk) -> None:
    desk.given("/a.txt", here=True)
    backup = desk.home.with_name("backup")
    backup.hardlink_to(desk.home / MANIFEST)
    before = backup.read_bytes()
    desk.given("/b.txt")

    assert desk.download().exit_code == 0

    assert backup.read_bytes() == before
    assert set(desk.verified()) == {"/a.txt", "/b.txt"}


@pytest.mark.parametrize("is_there", [False, True])
def test_the_unfinished_files_are_ours_alone_to_read(desk: Desk, is_there: bool) -> None:
    desk.given("/a.txt")
    folder = DownloadFolder(desk.downloads)
    if is_there:  # unpacked, or left by an older version
        folder.partial.mkdir(parents=True)
        folder.partial.chmod(0o777)
    folder.prepare()

    assert folder.partial.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives a folder to somebody else")
@pytest.mark.parametrize("option", [Desk.download, Desk.verify])
def test_a_folder_for_unfinished_files_that_is_another_users_is_refused(
    desk: Desk, option: Callable[[Desk], object]
) -> None:
    """Whoever owns it could change bytes after they were proven, before they get their name."""
    desk.given("/a.txt", here=True)
    theirs = desk.downloads / ".partial"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)

    with pytest.raises(FolderNotUsable, match="another user"):
        option(desk)
    assert list(theirs.iterdir()) == []


def test_a_lock_in_a_folder_that_is_a_link_is_not_taken(desk: Desk, tmp_path: Path) -> None:
    desk.given("/a.txt", here=True)
    (other := tmp_path / "other").mkdir()
    (other / "run.lock").write_text("of another home")
    (desk.downloads / ".partial").symlink_to(other)

    with pytest.raises(FolderNotUsable, match="is a link"):
        desk.verify()
    assert (other / "run.lock").read_text() == "of another home"


@pytest.mark.parametrize("obstacle", ["pipe", "folder"])
def test_what_stands_in_the_place_of_unfinished_bytes_costs_that_file_at_most_and_does_not_hang(
    desk: Desk, obstacle: str
) -> None:
    desk.given("/a.txt", "/b.txt")
    item = next(item for item in read_items(desk.home / FILE_LIST) if item.path == "/a.txt")
    unfinished = desk.downloads / ".partial"
    unfinished.mkdir(parents=True)
    place = unfinished / f"{partial_name(item.drive_id, item.id)}.part"
    os.mkfifo(place) if obstacle == "pipe" else place.mkdir()
    watchdog = threading.Timer(60, os._exit, [3])
    watchdog.start()

    result = desk.download()
    watchdog.cancel()

    if obstacle == "pipe":  # of a name of ours, and of no use to anyone
        assert (result.exit_code, set(desk.files())) == (0, {"a.txt", "b.txt"})
        return
    assert (result.exit_code, set(desk.files())) == (3, {"b.txt"})
    assert place.is_dir()
    assert "could not be" in desk.errors()["/a.txt"] or "something else stands" in desk.errors()["/a.txt"]


def test_a_folder_far_down_is_made_once_a_level(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DownloadFolder(tmp_path)
    folder.prepare()
    made: list[Path] = []
    mkdir = Path.mkdir

    def counted(self: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        made.append(self)
        mkdir(self, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", counted)

    for depth in range(1, 101):
        folder.make_folder("/".join("d" * depth))

    assert len(made) == 100


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not say where an open folder is")
def test_a_file_far_down_costs_no_look_at_each_folder_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []
    lstat = os.lstat

    def counted(path: str, **how: int) -> os.stat_result:
        looks.append(path)
        return lstat(path, **how)

    folder = DownloadFolder(tmp_path)
    folder.prepare()
    (tmp_path / "x.part").touch()
    came = digest_file(tmp_path / "x.part", lambda: None)
    monkeypatch.setattr(os, "lstat", counted)
    for depth in range(1, 101):
        place = "/".join("d" * depth)
        folder.make_folder(place)
        (folder.partial / "x.part").touch()
        folder.put(folder.partial / "x.part", f"{place}/a.txt", came, recorded=None)

    assert len(looks) < 100 * 6


def test_a_link_far_up_leads_all_below_it_out_and_one_that_stays_inside_does_not(tmp_path: Path) -> None:
    root = tmp_path / "downloads"
    folder = DownloadFolder(root)
    folder.prepare()
    for place in (tmp_path / "outside/b/c", root / "here/b/c"):
        place.mkdir(parents=True)
        (place / "x").touch()
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "in").symlink_to(root / "here")
    (root / "in/b/back").symlink_to(root)

    assert folder.look("out/b/c/x") is None
    assert folder.look("in/b/c/x") is not None
    assert folder.look("in/b/back/here/b/c/x") is not None
    assert folder.look("in/b/back/out/b/c/x") is None
