"""A run that is killed while it moves earlier contents: nothing of it is lost, and the next run ends what it began."""

from __future__ import annotations

from datetime import date

import pytest

from download_list import DownloadWishes
from onedrive.local.earlier import KeepEarlier
from onedrive.local.folder import DownloadFolder
from pretend_onedrive.model.drive import DemoDrive
from tests.desk import Desk

ASIDE = DownloadWishes(puts_gone_aside=True)


class _Killed(BaseException):
    """Nothing after it is written down, as after `kill -9`."""


def test_what_was_put_aside_and_not_written_down_is_not_removed_when_it_is_old(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.given("/gone.txt", "/stays.txt", here=True)
    drive.delete(drive.find("/gone.txt"))
    desk.list_drive()
    put_aside = DownloadFolder.put_aside

    def put_aside_and_die(folder: DownloadFolder, place: str) -> str:
        put_aside(folder, place)
        raise _Killed

    with monkeypatch.context() as patch, pytest.raises(_Killed):
        patch.setattr(DownloadFolder, "put_aside", put_aside_and_die)
        desk.download(wishes=ASIDE)
    (today,) = (desk.downloads / ".earlier").iterdir()
    today.rename(today.with_name("2001-01-02"))

    assert desk.download(wishes=DownloadWishes(earlier=KeepEarlier(days=3))).exit_code == 0

    assert desk.earlier() == {"gone.txt": b"/gone.txt"}  # it may be the only copy


def test_what_is_aside_is_not_removed_either_when_it_has_another_name_there(drive: DemoDrive, desk: Desk) -> None:
    desk.given("/a", "/stays.txt", here=True)
    drive.delete(drive.find("/a"))
    drive.add_file("/a/b.txt", b"in a folder of that name")
    desk.list_drive()
    desk.download(wishes=ASIDE)
    drive.delete(drive.find("/a"))
    desk.list_drive()
    desk.download(wishes=ASIDE)
    (today,) = (desk.downloads / ".earlier").iterdir()
    today.rename(today.with_name("2001-01-02"))

    desk.download(wishes=DownloadWishes(earlier=KeepEarlier(days=3)))

    assert {b"/a", b"in a folder of that name"} <= {*desk.earlier().values(), *desk.files().values()}


@pytest.mark.parametrize("as_of", ["", f"{date.today()}"])
def test_a_put_back_that_was_killed_is_ended_by_the_same_command(
    drive: DemoDrive, desk: Desk, monkeypatch: pytest.MonkeyPatch, as_of: str
) -> None:
    good = {f"{name}.docx": name.encode() for name in "abcd"}
    desk.given({f"/{place}": content for place, content in good.items()}, here=True)
    for place in good:
        drive.change_content(drive.find(f"/{place}"), b"ENCRYPTED " + place.encode())
    desk.list_drive()
    desk.download()
    move = DownloadFolder.move

    def move_or_die(folder: DownloadFolder, old_place: str, new_place: str) -> bool:
        if new_place == "c.docx":  # what stood there is aside, and nothing in its place
            raise _Killed
        return move(folder, old_place, new_place)

    with monkeypatch.context() as patch, pytest.raises(_Killed):
        patch.setattr(DownloadFolder, "move", move_or_die)
        desk.put_back("*", as_of=as_of)
    assert set(desk.files()) == good.keys() - {"c.docx"}

    assert desk.put_back("*", as_of=as_of).exit_code == 0
    assert desk.files() == good
    assert "2 files have an earlier content that you put back before: they stay so." in desk.said.getvalue()

    assert desk.put_back("*", as_of=as_of).exit_code == 0
    assert (desk.files() == good) is bool(as_of)  # as they were on a day, they are; otherwise the same takes it back
