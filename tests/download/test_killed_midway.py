"""A run that is killed while it moves earlier contents: nothing of it is lost, and the next run ends what it began."""

from __future__ import annotations

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
