"""Renaming on OneDrive, and back: with what must not happen to names, dates, and the files here."""

from __future__ import annotations

import contextlib
import json
import random
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, WriteAccessMissing
from onedrive.graph.item import DriveItem
from onedrive.graph.session import GraphSession
from onedrive.home.manifest import MANIFEST, read_lines
from onedrive.manage.rename import RENAMED_ITEMS, Renaming, find_old_names, read_listed, read_rename_runs
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive, add_files

PATHS = ["/a.txt", "/b.txt", "/Pictures/c.jpg", "/Pictures/2023/d.jpg"]


@pytest.fixture
def managed(
    drive: DemoDrive, demo: FaultyServer, home: Path, graph: GraphSession, http: HttpClient, pause: SharedPause
) -> ManagedDrive:
    """Four files, listed and downloaded."""
    add_files(drive, PATHS)
    managed = ManagedDrive(home, graph, http, demo, pause)
    managed.download_all()
    return managed


def rename(managed: ManagedDrive, wishes: dict[str, str], *typed: str, undoes: str = "") -> bool:
    """Wishes by path; the person answers y unless said otherwise."""
    listed = {item.path: item for item in read_listed(managed.desk.settings)}
    return rename_items(managed, [(listed[path], name) for path, name in wishes.items()], *typed, undoes=undoes)


def rename_items(managed: ManagedDrive, wishes: list[tuple[DriveItem, str]], *typed: str, undoes: str = "") -> bool:
    renaming = Renaming(
        managed.terminal(*(typed or ("y",))), managed.desk.settings, managed.state, managed.access, undoes=undoes
    )
    return renaming.run(renaming.plan(wishes))


def undo(managed: ManagedDrive) -> None:
    [run, *_] = read_rename_runs(managed.home, managed.drive.id)
    wishes, problems = find_old_names(managed.graph, run)
    renaming = Renaming(managed.terminal("y"), managed.desk.settings, managed.state, managed.access, undoes=run.run)
    renaming.run(renaming.plan(wishes, problems))


def here(managed: ManagedDrive) -> list[str]:
    return sorted(managed.desk.files())


def record(managed: ManagedDrive) -> list[dict[str, str]]:
    return [json.loads(line) for line in (managed.home / RENAMED_ITEMS).read_text().splitlines()]


def test_a_file_gets_its_new_name_there_and_here_and_its_dates_stay(managed: ManagedDrive) -> None:
    item = managed.drive.find("/Pictures/c.jpg")
    before, stamp = item.client_modified, (managed.desk.downloads / "Pictures/c.jpg").stat().st_mtime

    assert rename(managed, {"/Pictures/c.jpg": "sea.jpg"})

    assert item.path == "/Pictures/sea.jpg"
    assert item.client_modified == before
    assert here(managed) == ["Pictures/2023/d.jpg", "Pictures/sea.jpg", "a.txt", "b.txt"]
    assert (managed.desk.downloads / "Pictures/sea.jpg").stat().st_mtime == stamp
    assert "1 item renamed on OneDrive." in managed.shown
    assert "1 file on this computer has its new name too." in managed.shown


def test_after_a_rename_nothing_is_fetched_or_moved_again(managed: ManagedDrive) -> None:
    rename(managed, {"/a.txt": "x.txt", "/Pictures/c.jpg": "sea.jpg"})

    managed.desk.list_drive()
    managed.desk.download()

    assert managed.desk.fetched() == 0
    assert here(managed) == ["Pictures/2023/d.jpg", "Pictures/sea.jpg", "b.txt", "x.txt"]
    assert [line.path for line in read_lines(managed.home / MANIFEST) if line][-2:] == ["/x.txt", "/Pictures/sea.jpg"]


@pytest.mark.parametrize("name", ["Photos", "PICTURES"])
def test_a_folder_is_renamed_with_all_that_is_in_it_here_too(managed: ManagedDrive, name: str) -> None:
    rename(managed, {"/Pictures": name})

    managed.desk.list_drive()
    managed.desk.download()

    assert here(managed) == [f"{name}/2023/d.jpg", f"{name}/c.jpg", "a.txt", "b.txt"]
    assert not (managed.desk.downloads / "Pictures").exists()
    assert managed.desk.fetched() == 0


@pytest.mark.parametrize(
    "wishes",
    [
        {"/a.txt": "b.txt", "/b.txt": "a.txt"},
        {"/a.txt": "b.txt", "/b.txt": "c.txt"},
        {"/a.txt": "A.TXT"},
        {"/a.txt": "A.txt", "/b.txt": "a2.txt"},
    ],
)
@pytest.mark.parametrize("tells_case_apart", [True, False])
def test_chains_swaps_and_another_case_end_well_there_and_here(
    managed: ManagedDrive, wishes: dict[str, str], tells_case_apart: bool
) -> None:
    managed.drive.tells_case_apart_when_renaming = tells_case_apart

    rename(managed, wishes)

    expected = {f"/{wishes.get(path, path[1:])}": path.encode() for path in ("/a.txt", "/b.txt")}
    assert {path for path in managed.online() if path.count("/") == 1} == set(expected)
    assert {f"/{place}": data for place, data in managed.desk.files().items() if "/" not in place} == expected


def test_an_accent_that_is_written_otherwise_is_renamed_in_two_steps(managed: ManagedDrive, drive: DemoDrive) -> None:
    composed, decomposed = (unicodedata.normalize(form, "Café.txt") for form in ("NFC", "NFD"))
    drive.add_file(f"/{decomposed}", b"coffee")
    managed.download_all()

    rename(managed, {f"/{decomposed}": composed})

    assert f"/{composed}" in managed.online()


def test_the_person_who_does_not_say_yes_renames_nothing_and_is_asked_for_no_permission(
    managed: ManagedDrive,
) -> None:
    assert not rename(managed, {"/a.txt": "x.txt"}, "")

    assert managed.online() == sorted(PATHS)
    assert managed.opened == 0
    assert not (managed.home / RENAMED_ITEMS).exists()


def test_forbidden_and_taken_names_are_shown_with_their_reason_and_never_sent(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    demo.requests.clear()

    assert not rename(managed, {"/a.txt": "b.txt", "/b.txt": "b.txt", "/Pictures/c.jpg": "x:y.jpg"})

    assert "something with that name is in the folder already" in managed.shown
    assert "OneDrive takes no : in a name" in managed.shown
    assert "1 item has that name already." in managed.shown
    assert not demo.requests


def test_what_changed_on_onedrive_meanwhile_keeps_its_name_and_is_named(managed: ManagedDrive) -> None:
    managed.drive.change_content(managed.drive.find("/a.txt"), b"news")
    managed.drive.rename(managed.drive.find("/b.txt"), "other.txt")
    managed.drive.delete(managed.drive.find("/Pictures/c.jpg"))

    rename(managed, {"/a.txt": "x.txt", "/b.txt": "y.txt", "/Pictures/c.jpg": "z.jpg"})

    assert managed.online() == ["/Pictures/2023/d.jpg", "/a.txt", "/other.txt"]
    for words in ("has changed on OneDrive", "another name or place", "no longer on OneDrive"):
        assert words in managed.shown


def test_a_name_that_somebody_else_gave_it_meanwhile_is_not_taken_for_ours(managed: ManagedDrive) -> None:
    managed.drive.rename(managed.drive.find("/a.txt"), "x.txt")

    assert not rename(managed, {"/a.txt": "x.txt"})

    assert "it has another name or place on OneDrive now" in managed.shown
    assert "a.txt" in here(managed)


def test_a_change_in_the_last_moment_is_refused_by_its_etag(managed: ManagedDrive, demo: FaultyServer) -> None:
    demo.before_writes(lambda _request: managed.drive.touch(managed.drive.find("/a.txt")), on="writes")

    rename(managed, {"/a.txt": "x.txt"})

    assert "/a.txt" in managed.online()
    assert "it has changed on OneDrive since the list was made" in managed.shown


@pytest.mark.parametrize(
    ("status", "words"),
    [(409, "takes for the same"), (423, "somebody has it open"), (403, "does not allow it"), (507, "is full")],
)
def test_what_onedrive_refuses_keeps_its_name_and_the_rest_is_renamed(
    managed: ManagedDrive, demo: FaultyServer, status: int, words: str
) -> None:
    demo.refuse_writes(status, path="/a.txt")

    rename(managed, {"/a.txt": "x.txt", "/b.txt": "y.txt"})

    assert {"/a.txt", "/y.txt"} <= set(managed.online())
    assert words in managed.shown
    assert "1 of 2 renamed on OneDrive." in managed.shown


@pytest.mark.parametrize("status", [None, 500, 200])
def test_a_lost_answer_is_looked_into_and_the_name_is_not_given_twice(
    managed: ManagedDrive, demo: FaultyServer, status: int | None
) -> None:
    etag_before = managed.drive.find("/a.txt").version
    demo.lose_answers(status)

    rename(managed, {"/a.txt": "x.txt", "/b.txt": "y.txt"})

    assert {"/x.txt", "/y.txt"} <= set(managed.online())
    assert managed.drive.find("/x.txt").version == etag_before + 2  # the name, and the dates with it
    assert "2 items renamed" in managed.shown


@pytest.mark.parametrize("html", [False, True])
def test_what_does_not_say_that_it_is_renamed_is_asked_about_before_the_file_here_follows(
    managed: ManagedDrive, demo: FaultyServer, html: bool
) -> None:
    demo.refuse_writes(200, path="/a.txt", html=html)

    rename(managed, {"/a.txt": "x.txt", "/b.txt": "y.txt"})

    assert {"/a.txt", "/y.txt"} <= set(managed.online())
    assert {"a.txt", "y.txt"} <= set(here(managed))
    assert "1 of 2 renamed on OneDrive." in managed.shown


def test_throttling_pauses_the_run(managed: ManagedDrive, demo: FaultyServer, clock: FakeClock) -> None:
    demo.refuse_writes(429, path="/a.txt", times=1, seconds=9)

    rename(managed, {"/a.txt": "x.txt", "/b.txt": "y.txt"})

    assert 9.0 in clock.waits
    assert {"/x.txt", "/y.txt"} <= set(managed.online())


def test_a_file_that_was_edited_here_keeps_its_name_here_and_that_is_said(managed: ManagedDrive) -> None:
    (managed.desk.downloads / "a.txt").write_bytes(b"mine, and longer than before")

    rename(managed, {"/a.txt": "x.txt"})

    assert "a.txt" in here(managed)
    assert "a.txt keeps its name here: it was changed here" in managed.shown


def test_what_stands_in_the_new_place_here_is_never_overwritten(managed: ManagedDrive) -> None:
    (managed.desk.downloads / "x.txt").write_bytes(b"mine")

    rename(managed, {"/a.txt": "x.txt"})

    assert managed.desk.files()["x.txt"] == b"mine"
    assert managed.desk.files()["a.txt"] == b"/a.txt"
    assert "something else stands in its new place" in managed.shown


def test_an_undo_gives_back_the_old_names_there_and_here(managed: ManagedDrive) -> None:
    rename(managed, {"/a.txt": "b.txt", "/b.txt": "a.txt", "/Pictures/c.jpg": "sea.jpg"})
    managed.desk.list_drive()

    undo(managed)

    assert managed.online() == sorted(PATHS)
    assert here(managed) == sorted(path[1:] for path in PATHS)
    assert {path: managed.desk.files()[path[1:]] for path in PATHS} == {path: path.encode() for path in PATHS}


def test_an_undo_leaves_what_was_renamed_again_meanwhile(managed: ManagedDrive) -> None:
    rename(managed, {"/a.txt": "x.txt", "/b.txt": "y.txt"})
    managed.desk.list_drive()
    managed.drive.rename(managed.drive.find("/x.txt"), "by hand.txt")
    managed.drive.delete(managed.drive.find("/Pictures/c.jpg"))

    undo(managed)

    assert {"/by hand.txt", "/b.txt"} <= set(managed.online())
    assert "it has another name on OneDrive now" in managed.shown


def test_what_was_undone_is_not_offered_again_but_the_undo_is(managed: ManagedDrive) -> None:
    rename(managed, {"/a.txt": "x.txt"})
    [first] = read_rename_runs(managed.home, managed.drive.id)
    managed.desk.list_drive()
    undo(managed)

    [second] = read_rename_runs(managed.home, managed.drive.id)
    assert first.describe().endswith(" UTC, 1 item: a.txt -> x.txt")
    assert second.describe().endswith(" UTC, 1 item: x.txt -> a.txt")


def test_a_run_that_ended_between_two_steps_can_be_undone(
    managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    _interrupt_after(managed, monkeypatch, 1)

    rename(managed, {"/a.txt": "b.txt", "/b.txt": "a.txt"})
    halfway, said = managed.online(), managed.shown
    undo(managed)

    assert all("(renaming" in path for path in halfway if path.count("/") == 1)
    assert "choose 4, undo" in said
    assert managed.online() == sorted(PATHS)


def test_the_record_has_a_line_before_and_after_each_request(managed: ManagedDrive) -> None:
    rename(managed, {"/a.txt": "x.txt"})

    before, after = record(managed)
    item = managed.drive.find("/x.txt")
    assert (before["state"], after["state"]) == ("renaming", "renamed")
    assert (after["id"], after["oldName"], after["newName"], after["eTag"]) == (item.id, "a.txt", "x.txt", item.etag)


def test_special_folders_and_another_account_are_refused(
    managed: ManagedDrive, drive: DemoDrive, pause: SharedPause
) -> None:
    drive.add_folder("/Pictures", special="photos")
    rename(managed, {"/Pictures": "Photos"})
    said = managed.shown
    with FaultyServer(DemoDrive(drive_id="64e50000000d6004")) as theirs:
        http = HttpClient(demo_port=theirs.port)
        managed.access.forget()
        managed.write_graph = GraphSession(http, type(managed.tokens)(theirs), pause)
        with pytest.raises(WriteAccessMissing):
            rename(managed, {"/a.txt": "x.txt"})
        http.close()

    assert "one of OneDrive's own folders" in said
    assert managed.online() == sorted(PATHS)


@pytest.mark.parametrize("seed", range(6))
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
    arrange = {
        0: lambda: demo.lose_answers(dice.choice([None, 500, 200])),
        1: lambda: demo.refuse_writes(dice.choice([423, 429, 503, 409]), times=dice.randint(1, 9)),
        2: lambda: demo.reset_next(on="writing", times=dice.choice([2, 40])),
        3: lambda: demo.before_writes(lambda _request: demo.expire_access_tokens()),
    }
    for _ in range(3):
        arrange[dice.randrange(len(arrange))]()

    with contextlib.suppress(ConnectionLost):
        rename(managed, {f"/many/{old}": new for old, new in zip(names, new_names, strict=False)})
    demo.be_well()
    managed.desk.list_drive()
    undo(managed)
    managed.desk.list_drive()
    managed.desk.download()

    assert {item.id: item.path for item in drive.files()} == before
    assert managed.desk.files() == {path[1:]: path.encode() for path in before.values()}
    assert managed.desk.fetched() == 0


def _interrupt_after(managed: ManagedDrive, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Ctrl-C when so many requests that change something have been answered."""
    real: Callable[..., object] = managed.write_graph.send_once
    sent: list[str] = []

    def send_once(*arguments: object, **more: object) -> object:
        if len(sent) == number:
            sent.append("stopped")
            raise KeyboardInterrupt
        sent.append(str(arguments))
        return real(*arguments, **more)

    monkeypatch.setattr(managed.write_graph, "send_once", send_once)
