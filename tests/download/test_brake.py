"""Many good files are not replaced at once: an encrypted or emptied OneDrive does not empty what is here."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from download_list import DownloadWishes
from onedrive.download.brake import Alarm, are_too_many, count_newly_gone, describe_alarm, note_gone
from onedrive.download.plan import Replacement
from onedrive.home.manifest import ManifestLine
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk
from tests.faults.server import FaultyServer

GO_ON = DownloadWishes(replaces_many=True)


def _photos(number: int) -> dict[str, bytes]:
    return {f"/Pictures/{index % 4}/{index:03}.jpg": f"photo {index}".encode() for index in range(number)}


def _encrypt(drive: DemoDrive, paths: Iterable[str], word: bytes = b"ENCRYPTED") -> None:
    for path in paths:
        drive.change_content(drive.find(path), word + path.encode())


@pytest.fixture
def photos(desk: Desk) -> dict[str, bytes]:
    """What is here, by place."""
    desk.given(_photos(60), here=True)
    return desk.files()


@pytest.mark.parametrize(
    ("number", "here", "many"),
    [(201, 10**6, True), (200, 10**6, False), (20, 99, True), (20, 100, False), (19, 19, False), (0, 0, False)],
)
def test_many_are_more_than_two_hundred_or_more_than_a_fifth_of_at_least_twenty(
    number: int, here: int, many: bool
) -> None:
    assert are_too_many(number, here) is many


def test_an_encrypted_onedrive_replaces_nothing_and_what_was_replaced_on_purpose_comes_back(
    drive: DemoDrive, desk: Desk, photos: dict[str, bytes]
) -> None:
    paths = list(_photos(60))[:50]
    _encrypt(drive, paths)
    drive.add_file("/new.txt", b"new")
    desk.list_drive()

    result = desk.download(with_events=True)

    assert result.exit_code == 8
    assert desk.files() == photos | {"new.txt": b"new"}
    assert desk.earlier() == {}
    said = desk.said.getvalue()
    assert "50 of the 60 files here have new content on OneDrive." in said
    assert "They are in /Pictures/0 (13), /Pictures/1 (13), /Pictures/2 (12) and elsewhere." in said
    assert "Restore your OneDrive" in said
    assert "50 kept as before, because a person must look first" in said
    assert "--replace-many" in result.failure
    (brake,) = [row for row in desk.events if row["event"] == "brake"]
    assert (brake["files"], brake["here_files"], brake["decision"]) == (50, 60, "only_new")
    (summary,) = [row for row in desk.events if row["event"] == "summary"]
    assert (summary["held"], summary["fetched"], summary["replaced"]) == (50, 1, 0)
    assert desk.download(dry_run=True).exit_code == 8
    assert "50 of the 61 files here have new content on OneDrive." in desk.said.getvalue()
    assert desk.download(dry_run=True, wishes=GO_ON).exit_code == 0

    assert desk.download(wishes=GO_ON).exit_code == 0
    assert desk.earlier() == {path[1:]: photos[path[1:]] for path in paths}
    assert desk.put_back("*").exit_code == 0
    assert desk.files() == photos | {"new.txt": b"new"}
    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0
    assert sorted(desk.classes().values()) == ["proven"] * 11 + ["put back by you"] * 50
    for path in paths:
        drive.change_content(drive.find(path), photos[path[1:]])  # OneDrive was restored as a whole
    desk.list_drive()
    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0
    assert set(desk.classes().values()) == {"proven"}


@pytest.mark.parametrize(("typed", "exit_code", "replaced"), [("1\n", 8, 0), ("2\n", 0, 50), ("0\n", 8, 0), ("", 8, 0)])
def test_a_person_is_asked(
    drive: DemoDrive, desk: Desk, photos: dict[str, bytes], typed: str, exit_code: int, replaced: int
) -> None:
    _encrypt(drive, list(_photos(60))[:50])
    drive.add_file("/new.txt", b"new")
    desk.list_drive()

    assert desk.download(typed=typed).exit_code == exit_code

    assert len(desk.earlier()) == replaced
    assert ("new.txt" in desk.files()) == (typed != "0\n")
    assert len(desk.files()) == 60 + (typed != "0\n")


def test_a_few_changes_pass_without_a_word_or_a_request_more(
    drive: DemoDrive, desk: Desk, photos: dict[str, bytes]
) -> None:
    _encrypt(drive, list(_photos(60))[:12:4])
    drive.add_file("/Pictures/0/new.jpg", b"new")
    desk.list_drive()

    assert desk.download().exit_code == 0
    assert len(desk.earlier()) == 3
    assert len([path for path in desk.requests("graph.microsoft.com") if "children" in path]) == 1


@pytest.fixture
def edited(desk: Desk, photos: dict[str, bytes]) -> dict[str, bytes]:
    """All are edited here: option 4 fetches what the list has, and keeps each edit beside."""
    for place in photos:
        (desk.downloads / place).write_bytes(b"a longer text than it was")
    return desk.files()


@pytest.mark.parametrize(("number", "exit_code", "come"), [(60, 8, 0), (5, 0, 60)])
def test_what_was_encrypted_after_the_list_was_made_waits_for_the_rest_and_is_counted_before_it_comes(
    drive: DemoDrive, desk: Desk, edited: dict[str, bytes], number: int, exit_code: int, come: int
) -> None:
    drive.add_file("/new.txt", b"new")
    desk.list_drive()
    _encrypt(drive, list(_photos(60))[:number])

    assert desk.download().exit_code == exit_code

    assert len(desk.files()) == len(edited) + 1 + come
    assert sum(content.startswith(b"ENCRYPTED") for content in desk.files().values()) == (number if come else 0)
    assert ("60 of the 60 files here have new content" in desk.said.getvalue()) is not bool(come)
    assert desk.download(wishes=GO_ON).exit_code == 0
    assert len(desk.files()) == 121


def test_what_changes_while_it_comes_is_counted_too(
    drive: DemoDrive, desk: Desk, edited: dict[str, bytes], demo: FaultyServer
) -> None:
    paths = list(_photos(60))
    _encrypt(drive, paths[1:])
    desk.list_drive()
    assert desk.download(wishes=GO_ON).exit_code == 0
    for place in edited:
        (desk.downloads / place).write_bytes(b"edited once more")
    here = desk.files()
    demo.corrupt_next(paths[0])
    demo.when_bytes_served(1, lambda: _encrypt(drive, paths, b"AGAIN"))

    assert desk.download(jobs=1).exit_code == 8
    assert desk.files() == here


def test_renamed_and_encrypted_files_keep_their_names_here_too(
    drive: DemoDrive, desk: Desk, photos: dict[str, bytes]
) -> None:
    for path in _photos(60):
        item = drive.find(path)
        drive.change_content(item, b"ENCRYPTED")
        drive.rename(item, f"{item.name}.locked")
        drive.add_file(path, b"pay up")
    desk.list_drive()

    assert desk.download().exit_code == 8
    assert desk.files() == photos


def test_an_emptied_onedrive_stops_what_would_be_replaced(
    drive: DemoDrive, desk: Desk, photos: dict[str, bytes]
) -> None:
    paths = list(_photos(60))
    for path in paths[:30]:
        drive.delete(drive.find(path))
    _encrypt(drive, paths[30:31])
    drive.add_file(paths[0], b"made anew under the old name")
    desk.list_drive()

    assert desk.download().exit_code == 8
    assert desk.files() == photos
    assert "30 of the 60 files here are no longer on OneDrive since 4 ran last." in desk.said.getvalue()

    assert desk.download(wishes=GO_ON).exit_code == 0
    assert len(desk.earlier()) == 1
    assert photos["Pictures/0/000.jpg"] in desk.files().values()
    _encrypt(drive, paths[31:32])
    desk.list_drive()
    assert desk.download().exit_code == 0  # what is gone is known by now


@pytest.mark.parametrize(("states", "exit_code"), [(["deleted"], 0), (["deleted", "restored"], 8)])
def test_what_option_7_deleted_is_no_alarm_unless_it_was_brought_back(
    drive: DemoDrive, desk: Desk, photos: dict[str, bytes], states: list[str], exit_code: int
) -> None:
    paths = list(_photos(60))
    with (desk.home / "deleted_items.jsonl").open("w") as record:
        for path in paths[:30]:
            item = drive.find(path)
            for state in states:
                record.write(f'{{"state":"{state}","driveId":"{drive.id}","id":"{item.id}"}}\n')
            drive.delete(item)
    _encrypt(drive, paths[30:31])
    desk.list_drive()

    assert desk.download().exit_code == exit_code
    assert len(desk.earlier()) == (exit_code == 0)


@pytest.mark.parametrize("knows_which", [True, False])
def test_files_that_went_away_here_do_not_hide_as_many_that_are_gone_there(
    drive: DemoDrive, desk: Desk, photos: dict[str, bytes], *, knows_which: bool
) -> None:
    paths = list(_photos(60))
    for path in paths[:20]:
        drive.delete(drive.find(path))
    desk.list_drive()
    assert desk.download().exit_code == 0
    if not knows_which:  # as an older version of the program wrote it
        (desk.home / "gone_files.json").write_text('{"files": 20}')
    for path in paths[:20]:
        (desk.downloads / path[1:]).unlink()
    for path in paths[20:40]:
        drive.delete(drive.find(path))
    _encrypt(drive, paths[40:41])
    desk.list_drive()

    assert desk.download().exit_code == (8 if knows_which else 0)


def test_however_many_were_gone_before_they_are_known_again_and_only_the_new_ones_count(home: Path) -> None:
    gone = [
        ManifestLine(f"ABCDEF0123456789!{number}", "abcdef0123456789", "c", "e", f"/{number}", "", 1, 0, "AAAA", "hash")
        for number in range(60_000)
    ]

    note_gone(home, gone[:-300])

    assert count_newly_gone(home, gone, here=100_000) == 300


def test_a_fifth_is_one_of_what_is_here_and_not_of_what_is_on_record(
    drive: DemoDrive, desk: Desk, photos: dict[str, bytes]
) -> None:
    desk.given({f"/Old/{number:03}.txt": b"%d" % number for number in range(90)}, here=True)
    for number in range(90):  # moved elsewhere by the person
        (desk.downloads / f"Old/{number:03}.txt").unlink()
        drive.delete(drive.find(f"/Old/{number:03}.txt"))
    _encrypt(drive, list(_photos(60))[:25])
    desk.list_drive()

    assert desk.download().exit_code == 8
    assert desk.files() == photos
    assert "25 of the 60 files here have new content on OneDrive." in desk.said.getvalue()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone cannot be changed here")
@pytest.mark.parametrize(
    ("when", "shown"), [("9999-12-31T23:59:59Z", "9999-12-31"), ("1900-01-01T00:00:00Z", "1900-01-01")]
)
def test_a_time_that_no_clock_here_shows_is_said_all_the_same(
    monkeypatch: pytest.MonkeyPatch, when: str, shown: str
) -> None:
    with monkeypatch.context() as here:
        here.setenv("TZ", "UTC-14")
        time.tzset()
        words = " ".join(describe_alarm(Alarm([Replacement("/a.jpg", when)], here=9)))
    time.tzset()

    assert f"They were changed there at {shown}" in words
