"""Renaming on OneDrive, and back: with what must not happen to names, dates, and the files here."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable

import pytest

from onedrive.albums.record import Album, AlbumList, AlbumMember, write_album_list
from onedrive.choosing.selection import Layout, Selection
from onedrive.errors import ConnectionLost
from onedrive.home.manifest import MANIFEST, read_lines
from onedrive.manage.rename import RENAMED_ITEMS, read_rename_runs
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files

PATHS = ["/a.txt", "/b.txt", "/Pictures/c.jpg", "/Pictures/2023/d.jpg"]


def here(managed: ManagedDrive) -> list[str]:
    return sorted(managed.desk.files())


def test_a_file_gets_its_new_name_there_and_here_with_its_dates_on_record_and_nothing_is_fetched_again(
    managed: ManagedDrive,
) -> None:
    item = managed.drive.find("/Pictures/c.jpg")
    before, stamp = item.client_modified, (managed.desk.downloads / "Pictures/c.jpg").stat().st_mtime

    assert managed.rename({"/Pictures/c.jpg": "sea.jpg"})
    said = managed.shown
    managed.desk.list_drive()
    managed.desk.download()

    assert item.path == "/Pictures/sea.jpg"
    assert item.client_modified == before
    assert here(managed) == ["Pictures/2023/d.jpg", "Pictures/sea.jpg", "a.txt", "b.txt"]
    assert (managed.desk.downloads / "Pictures/sea.jpg").stat().st_mtime == stamp
    assert "1 item renamed on OneDrive." in said
    assert "1 file on this computer has its new name too." in said
    begun, done = managed.record(RENAMED_ITEMS)
    assert (begun["state"], done["state"]) == ("renaming", "renamed")
    assert (done["id"], done["oldName"], done["newName"], done["eTag"]) == (item.id, "c.jpg", "sea.jpg", item.etag)
    assert managed.desk.fetched() == 0
    assert [line.path for line in read_lines(managed.home / MANIFEST) if line][-1:] == ["/Pictures/sea.jpg"]


@pytest.mark.parametrize("name", ["SHA256SUMS", ".Earlier"])
def test_a_new_name_that_is_the_programs_own_is_not_taken_here(managed: ManagedDrive, name: str) -> None:
    managed.rename({"/a.txt": name, "/Pictures": f"{name}x"})

    assert here(managed) == [f"{name}x/2023/d.jpg", f"{name}x/c.jpg", "a.txt", "b.txt"]
    assert "its new name is one that the program itself uses there" in managed.shown
    managed.desk.list_drive()
    assert managed.desk.download().exit_code == 0
    assert managed.desk.fetched() == 0


@pytest.mark.parametrize("name", ["Photos", "PICTURES"])
def test_a_folder_is_renamed_with_all_that_is_in_it_here_too(managed: ManagedDrive, name: str) -> None:
    managed.rename({"/Pictures": name})

    managed.desk.list_drive()
    managed.desk.download()

    assert here(managed) == [f"{name}/2023/d.jpg", f"{name}/c.jpg", "a.txt", "b.txt"]
    assert "Pictures" not in [path.name for path in managed.desk.downloads.iterdir()]
    assert managed.desk.fetched() == 0


@pytest.mark.parametrize("tells_case_apart", [True, False])
def test_chains_swaps_and_another_case_end_well_there_and_here(managed: ManagedDrive, tells_case_apart: bool) -> None:
    wishes = {
        "/swap/a.txt": "b.txt",
        "/swap/b.txt": "a.txt",
        "/chain/a.txt": "b.txt",
        "/chain/b.txt": "c.txt",
        "/case/a.txt": "A.TXT",
        "/case/b.txt": "a2.txt",
    }
    managed.drive.tells_case_apart_when_renaming = tells_case_apart
    add_files(managed.drive, wishes)
    managed.download_all()

    managed.rename(wishes)

    renamed = {f"{path[:-6]}/{name}": path.encode() for path, name in wishes.items()}
    expected = renamed | {path: path.encode() for path in PATHS}
    assert managed.online() == sorted(expected)
    assert {f"/{place}": data for place, data in managed.desk.files().items()} == expected


def test_the_person_who_does_not_say_yes_renames_nothing_and_is_asked_for_no_permission(
    managed: ManagedDrive,
) -> None:
    assert not managed.rename({"/a.txt": "x.txt"}, "")

    assert managed.online() == sorted(PATHS)
    assert managed.opened == 0
    assert not (managed.home / RENAMED_ITEMS).exists()


def test_forbidden_and_taken_names_are_shown_with_their_reason_and_never_sent(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    demo.requests.clear()

    assert not managed.rename({"/a.txt": "b.txt", "/b.txt": "b.txt", "/Pictures/c.jpg": "x:y.jpg"})

    assert "the folder already has something with that name" in managed.shown
    assert "OneDrive does not allow : in a name" in managed.shown
    assert "1 item already has that name." in managed.shown
    assert not demo.requests


def test_what_changed_on_onedrive_meanwhile_keeps_its_name_and_is_named(managed: ManagedDrive) -> None:
    managed.drive.change_content(managed.drive.find("/a.txt"), b"news")
    managed.drive.rename(managed.drive.find("/b.txt"), "other.txt")
    managed.drive.delete(managed.drive.find("/Pictures/c.jpg"))

    managed.drive.rename(managed.drive.find("/Pictures/2023/d.jpg"), "same.jpg")  # not by us, though it is our wish

    assert not managed.rename(
        {"/a.txt": "x.txt", "/b.txt": "y.txt", "/Pictures/c.jpg": "z.jpg", "/Pictures/2023/d.jpg": "same.jpg"}
    )

    assert managed.online() == ["/Pictures/2023/same.jpg", "/a.txt", "/other.txt"]
    assert here(managed) == sorted(path[1:] for path in PATHS)
    for words in ("has changed on OneDrive", "2: it has another name or place", "no longer on OneDrive"):
        assert words in managed.shown


def test_a_change_in_the_last_moment_is_refused_by_its_etag(managed: ManagedDrive, demo: FaultyServer) -> None:
    demo.before_writes(lambda _request: managed.drive.touch(managed.drive.find("/a.txt")), on="writes")

    managed.rename({"/a.txt": "x.txt"})

    assert "/a.txt" in managed.online()
    assert "it has changed on OneDrive since the list was made" in managed.shown


def test_what_onedrive_refuses_keeps_its_name_and_the_rest_is_renamed_after_a_pause(
    managed: ManagedDrive, demo: FaultyServer, clock: FakeClock
) -> None:
    refusals = {409: "takes for the same", 423: "somebody has it open", 403: "does not allow it", 507: "is full"}
    add_files(managed.drive, [f"/{status}.txt" for status in refusals])
    managed.download_all()
    for status in refusals:
        demo.refuse_writes(status, path=f"/{status}.txt")
    demo.refuse_writes(429, path="/b.txt", times=1, seconds=9)

    managed.rename(
        {f"/{status}.txt": f"new {status}.txt" for status in refusals} | {"/a.txt": "x.txt", "/b.txt": "y.txt"}
    )

    assert {"/x.txt", "/y.txt", *(f"/{status}.txt" for status in refusals)} <= set(managed.online())
    for words in refusals.values():
        assert words in managed.shown
    assert "2 of 6 renamed on OneDrive." in managed.shown
    assert 9.0 in clock.waits


@pytest.mark.parametrize("status", [None, 500, 200])
def test_a_lost_answer_is_looked_into_and_the_name_is_not_given_twice(
    managed: ManagedDrive, demo: FaultyServer, status: int | None
) -> None:
    etag_before = managed.drive.find("/a.txt").version
    demo.lose_answers(status)

    managed.rename({"/a.txt": "x.txt", "/b.txt": "y.txt"})

    assert {"/x.txt", "/y.txt"} <= set(managed.online())
    assert managed.drive.find("/x.txt").version == etag_before + 2  # the name, and the dates with it
    assert "2 items renamed" in managed.shown


def test_what_does_not_say_that_it_is_renamed_is_asked_about_before_the_file_here_follows(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    for path in ("/a.txt", "/b.txt"):
        demo.refuse_writes(200, path=path, html=path == "/b.txt")

    managed.rename({"/a.txt": "x.txt", "/b.txt": "y.txt", "/Pictures/c.jpg": "z.jpg"})

    assert {"/a.txt", "/b.txt", "/Pictures/z.jpg"} <= set(managed.online())
    assert {"a.txt", "b.txt", "Pictures/z.jpg"} <= set(here(managed))
    assert "1 of 3 renamed on OneDrive." in managed.shown


def test_what_was_edited_here_keeps_its_name_and_what_stands_in_the_new_place_is_never_overwritten(
    managed: ManagedDrive,
) -> None:
    (managed.desk.downloads / "a.txt").write_bytes(b"mine, and longer than before")
    (managed.desk.downloads / "y.txt").write_bytes(b"mine")

    managed.rename({"/a.txt": "x.txt", "/b.txt": "y.txt"})

    files = managed.desk.files()
    assert (files["a.txt"], files["b.txt"], files["y.txt"]) == (b"mine, and longer than before", b"/b.txt", b"mine")
    assert "a.txt keeps its name here: it was changed here" in managed.shown
    assert "something else stands in its new place" in managed.shown


def test_what_is_in_an_albums_folder_or_named_by_a_pattern_here_is_left_to_option_4(managed: ManagedDrive) -> None:
    """The album has the name of the folder on OneDrive, at the same depth."""
    desk, picture = managed.desk, managed.drive.add_file("/X/Pictures/e.jpg", b"e")
    album = Album("1", "Pictures", "", (AlbumMember(picture.id, "e.jpg"),))
    write_album_list(managed.home, AlbumList("", "2026-01-01T00:00:00Z", (album,)))
    wished = Selection(layout=Layout.ALBUM, name="x{name}")
    desk.list_drive()
    desk.download(selection=wished)

    managed.rename({"/a.txt": "new.txt", "/X/Pictures": "Photos"})

    assert "xa.txt keeps its name here: a pattern made it. The next download renames it." in managed.shown
    assert "Albums/Pictures/xe.jpg" in desk.files()
    desk.list_drive()
    desk.forget_requests()
    assert desk.download(selection=wished).exit_code == 0
    assert {"xnew.txt", "Albums/Pictures/xe.jpg"} <= {*desk.files()}
    assert not desk.fetched()


def test_an_undo_gives_back_the_old_names_there_and_here_and_can_be_undone_itself(managed: ManagedDrive) -> None:
    managed.rename({"/a.txt": "b.txt", "/b.txt": "a.txt", "/Pictures/c.jpg": "sea.jpg"})
    managed.desk.list_drive()
    managed.undo()
    undone = managed.online(), managed.desk.files()
    managed.desk.list_drive()
    managed.rename({"/a.txt": "x.txt"})
    [first, *_] = read_rename_runs(managed.home, managed.drive.id)
    managed.desk.list_drive()
    managed.undo()
    [second, *more] = read_rename_runs(managed.home, managed.drive.id)

    assert undone == (sorted(PATHS), {path[1:]: path.encode() for path in PATHS})
    assert first.describe().endswith(" UTC, 1 item: a.txt -> x.txt")
    assert second.describe().endswith(" UTC, 1 item: x.txt -> a.txt")
    assert first not in more  # what was undone is not offered again


def test_an_undo_leaves_what_was_renamed_again_meanwhile(managed: ManagedDrive) -> None:
    managed.rename({"/a.txt": "x.txt", "/b.txt": "y.txt"})
    managed.desk.list_drive()
    managed.drive.rename(managed.drive.find("/x.txt"), "by hand.txt")
    managed.drive.delete(managed.drive.find("/Pictures/c.jpg"))

    managed.undo()

    assert {"/by hand.txt", "/b.txt"} <= set(managed.online())
    assert "it has another name on OneDrive now" in managed.shown


def test_a_run_that_ended_between_two_steps_can_be_undone(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., object] = managed.write_graph.send_once
    sent: list[object] = []

    def send_once(*arguments: object, **more: object) -> object:
        sent.append(arguments)
        if len(sent) == 2:
            raise KeyboardInterrupt
        return real(*arguments, **more)

    monkeypatch.setattr(managed.write_graph, "send_once", send_once)

    managed.rename({"/a.txt": "b.txt", "/b.txt": "a.txt"})
    halfway, said = managed.online(), managed.shown
    managed.undo()

    assert all("(renaming" in path for path in halfway if path.count("/") == 1)
    assert "use 4 in this menu to give back" in said
    assert managed.online() == sorted(PATHS)


def test_one_of_onedrives_own_folders_is_refused(managed: ManagedDrive, drive: DemoDrive) -> None:
    drive.add_folder("/Pictures", special="photos")

    managed.rename({"/Pictures": "Photos"})

    assert "one of OneDrive's own folders" in managed.shown
    assert managed.online() == sorted(PATHS)


@pytest.mark.parametrize("seed", [1, 3])
def test_whatever_goes_wrong_an_undo_gives_back_every_name_there_and_here(
    managed: ManagedDrive, demo: FaultyServer, drive: DemoDrive, seed: int
) -> None:
    dice = random.Random(seed)
    names = [f"{number:02}.txt" for number in range(30)]
    add_files(drive, [f"/many/{name}" for name in names])
    managed.download_all()
    before = {item.id: item.path for item in drive.files()}
    new_names = [*names[:20], *(name.replace("txt", "TXT") for name in names[20:25]), "x.txt", "y.txt"]
    dice.shuffle(new_names)
    faults: list[Callable[[], object]] = [
        lambda: demo.lose_answers(dice.choice([None, 500, 200])),
        lambda: demo.refuse_writes(dice.choice([423, 429, 503, 409]), times=dice.randint(1, 9)),
        lambda: demo.reset_next(on="writing", times=dice.choice([2, 40])),
        lambda: demo.before_writes(lambda _request: demo.expire_access_tokens()),
    ]
    for number in range(3):
        faults[(seed + number) % len(faults)]()

    with contextlib.suppress(ConnectionLost):
        managed.rename({f"/many/{old}": new for old, new in zip(names, new_names, strict=False)})
    demo.be_well()
    managed.desk.list_drive()
    managed.undo()
    managed.desk.list_drive()
    managed.desk.download()

    assert {item.id: item.path for item in drive.files()} == before
    assert managed.desk.files() == {path[1:]: path.encode() for path in before.values()}
    assert managed.desk.fetched() == 0
