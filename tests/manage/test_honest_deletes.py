"""What is deleted was here and unchanged in that very moment, and is gone afterwards: nobody's word is taken for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pretend_onedrive.model.drive import DemoDrive
from tests.conftest import FakeClock
from tests.faults.server import FaultyServer
from tests.manage.managed import ManagedDrive

PATHS = ["/a.txt", "/b.txt", "/c.txt", "/d.txt"]
AS_IF_DONE = "OneDrive said that it was deleted, but it is still there"


def remove(path: Path) -> None:
    path.unlink()


def replace_by_other_bytes(path: Path) -> None:
    """Of the same size and time, as tag editors write them."""
    status = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"/X.txt")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)


def write_other_bytes_into_it(path: Path) -> None:
    """The same in place."""
    status = path.stat()
    with path.open("r+b") as file:
        file.write(b"/X")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (remove, "the file here is gone since it was proven"),
        (replace_by_other_bytes, "the file here has changed since it was proven"),
        pytest.param(
            write_other_bytes_into_it,
            "the file here has changed since it was proven",
            marks=pytest.mark.posix("a time of the last change of anything"),
        ),
    ],
)
@pytest.mark.parametrize("how", ["throttled", "lost"])
def test_what_is_no_longer_here_after_a_wait_stays_on_onedrive(
    managed: ManagedDrive, demo: FaultyServer, clock: FakeClock, happens: Callable[[Path], None], why: str, how: str
) -> None:
    if how == "throttled":
        demo.refuse_writes(429, path="/a.txt", times=1, seconds=7000)
    else:
        demo.reset_next(on="writing")
    waited: list[float] = []

    def meanwhile() -> None:
        if not waited:
            happens(managed.desk.downloads / "a.txt")
        waited.append(clock.seconds)

    clock.when_waiting = meanwhile

    managed.delete("4")

    assert waited
    assert managed.online() == ["/a.txt"]
    assert managed.states()["/a.txt"] == ["deleting", "refused"]
    assert f"1: {why}" in managed.shown


@pytest.mark.parametrize("variable", ["OneDrive", "OneDriveConsumer", "OneDriveCommercial", ""])
@pytest.mark.parametrize("is_known_folder", [False, True])
def test_what_onedrives_own_app_would_delete_here_too_stays_on_onedrive(
    managed: ManagedDrive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, is_known_folder: bool
) -> None:
    """On Windows the app names its folder in the environment, on a Mac all have the same place."""
    synced = tmp_path / "CloudStorage/OneDrive-Personal" if not variable else managed.desk.downloads
    if not variable and not is_known_folder:
        synced.parent.mkdir()
        managed.desk.downloads.rename(synced)
        managed.desk.to(synced)
        managed.desk.verify()
    if is_known_folder:
        synced = tmp_path / "known" if variable else synced
        (synced / "Pictures").mkdir(parents=True)
        (managed.desk.downloads / "a.txt").rename(synced / "Pictures/a.txt")
        managed.desk.verify(known=[synced / "Pictures"])
    if variable:
        monkeypatch.setenv(variable, str(synced))

    managed.delete("3" if is_known_folder else "4")

    assert managed.online() == (["/a.txt"] if is_known_folder else PATHS)
    assert "OneDrive's own app keeps its folder here in step" in managed.shown


@pytest.mark.posix("a time of the last change of anything")
def test_a_known_file_that_was_written_to_during_a_wait_stays_on_onedrive(
    managed: ManagedDrive, demo: FaultyServer, clock: FakeClock, tmp_path: Path
) -> None:
    known = tmp_path / "known"
    known.mkdir()
    (managed.desk.downloads / "a.txt").rename(known / "a.txt")
    managed.desk.verify(known=[known])
    demo.refuse_writes(429, path="/a.txt", times=1, seconds=7000)
    clock.when_waiting = lambda: write_other_bytes_into_it(known / "a.txt")

    managed.delete("4")

    assert managed.online() == ["/a.txt"]


def test_a_wait_of_one_item_is_no_reason_to_believe_what_was_known_of_the_others(
    managed: ManagedDrive, demo: FaultyServer, drive: DemoDrive, clock: FakeClock
) -> None:
    demo.throttle_next(seconds=7000, path="/a.txt", on="batch")
    demo.throttle_next(seconds=7000, path="/a.txt")
    changed: list[str] = []

    def meanwhile() -> None:
        if not changed:
            changed.extend(managed.online())
            for path in changed:
                drive.change_content(drive.find(path), b"news")

    clock.when_waiting = meanwhile

    managed.delete("4")

    assert changed
    assert managed.online() == changed
    assert f"{len(changed)}: it has changed on OneDrive since it was proven" in managed.shown


def test_what_onedrive_does_not_tell_is_not_deleted_and_the_others_go(
    managed: ManagedDrive, demo: FaultyServer
) -> None:
    demo.fail_next(503, path="/a.txt", on="batch", times=None)
    demo.fail_next(503, path="/a.txt", times=None)

    managed.delete("4")

    assert managed.online() == ["/a.txt"]
    assert managed.states()["/a.txt"] == ["failed"]
    assert "1: OneDrive did not say how it is now" in managed.shown


def test_a_renewal_of_the_sign_in_is_followed_by_another_look(managed: ManagedDrive, demo: FaultyServer) -> None:
    real = managed.tokens.renew_access_token

    def renew(rejected: str) -> str:
        (managed.desk.downloads / "a.txt").unlink(missing_ok=True)
        return real(rejected)

    managed.tokens.renew_access_token = renew  # type: ignore[method-assign]  # it takes its time
    demo.before_writes(lambda _request: demo.expire_access_tokens())

    managed.delete("4")

    assert managed.online() == ["/a.txt"]


@pytest.mark.parametrize("number", [1, 4])
def test_a_service_that_says_deleted_and_does_nothing_is_not_believed(
    managed: ManagedDrive, demo: FaultyServer, number: int
) -> None:
    for path in PATHS[:number]:
        demo.refuse_writes(204, path=path)

    managed.delete("4")

    assert managed.online() == PATHS[:number]
    assert managed.states() == {path: ["deleting", "failed" if path in PATHS[:number] else "deleted"] for path in PATHS}
    assert f"{number}: {AS_IF_DONE}" in managed.shown
    assert f"{4 - number} files" in managed.shown


def test_a_not_found_in_passing_is_not_taken_for_a_deletion(managed: ManagedDrive, demo: FaultyServer) -> None:
    demo.fail_next(404, code="itemNotFound", on="batch", path="/a.txt", times=2)

    managed.delete("4")

    assert managed.online() == ["/a.txt"]
    assert managed.states()["/a.txt"] == ["failed"]
    assert "1: OneDrive said that it was gone, but it is still there" in managed.shown
