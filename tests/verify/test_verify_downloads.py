"""Option 6 from end to end: what was done to the copy is named and nothing else; 4 mends it, or says why not."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from onedrive.errors import ConnectionLost, NoListYet, OneDriveError, StepNeeded
from onedrive.graph.session import GraphSession
from onedrive.home.manifest import MANIFEST
from onedrive.home.verification import ItemClass, read_verification, read_verified_items
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.step_result import StepResult
from onedrive.verify.judgement import CHANGED_SILENTLY, FORBIDDEN, GONE, MOVED, NEVER_HERE, NEWER
from onedrive.verify.strangers import NEVER_THERE
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.sample import build_sample_drive
from tests.conftest import FixedToken
from tests.desk import Desk
from tests.faults.server import FaultyServer
from tests.terminal.event_check import check_event
from tests.verify.copy_here import WHEN, A, B, C, D, fetch, flip_a_byte, put_online, reason_of, sha256sum_checks

NOBODY = 65534


def _summed(desk: Desk) -> set[str]:
    """The places that SHA256SUMS names."""
    return {line[66:] for line in (desk.downloads / "SHA256SUMS").read_text().splitlines()}


# --- each kind of damage --------------------------------------------------------------------------------------------

RENAMED = "; it seems to be here under another name: Pictures/best.jpg"


def test_what_was_done_to_the_copy_is_named_that_and_nothing_else_and_4_mends_it(
    new_desk: Desk, drive: DemoDrive
) -> None:
    spoiled, well = ("flipped", "cut", "edited", "lost", "renamed", "folder"), ("touched", "moved", "both")
    for name in (*spoiled, *well, "changed", "deleted"):
        drive.add_file(f"/Pictures/{name}.jpg", name.ljust(800).encode(), modified=WHEN)
    desk = fetch(new_desk)
    assert desk.verify().exit_code == 0
    pictures = desk.downloads / "Pictures"
    flip_a_byte(desk, "Pictures/flipped.jpg")
    os.truncate(pictures / "cut.jpg", 100)
    (pictures / "edited.jpg").write_bytes(b"edited here" * 200)
    (pictures / "lost.jpg").unlink()
    (pictures / "renamed.jpg").rename(pictures / "best.jpg")
    drive.change_content(drive.find("/Pictures/changed.jpg"), b"another picture")
    drive.delete(drive.find("/Pictures/deleted.jpg"))
    (pictures / "folder.jpg").unlink()
    (pictures / "folder.jpg").mkdir()
    os.utime(pictures / "touched.jpg", (1, 1))
    (pictures / "mine.txt").write_text("mine")
    drive.rename(drive.find("/Pictures/moved.jpg"), "elsewhere.jpg")
    drive.rename(drive.find("/Pictures/both.jpg"), "moved here too.jpg")
    (pictures / "both.jpg").rename(pictures / "moved here too.jpg")
    drive.add_file("/Pictures/moved.jpg", b"a new file in the place of the moved one")
    drive.rename(drive.find(A), "for a moment.jpg")
    drive.rename(drive.find(B), "a.jpg")
    drive.rename(drive.find("/Pictures/for a moment.jpg"), "b.jpg")

    assert desk.verify().exit_code == 7

    assert {path.removeprefix("/Pictures/"): (word, reason_of(desk, path)) for path, word in desk.odd().items()} == {
        "flipped.jpg": ("damaged here", CHANGED_SILENTLY),
        "cut.jpg": ("damaged here", "it is shorter than what was downloaded: 100 of 800 bytes"),
        "edited.jpg": ("damaged here", "it was changed here after it was downloaded"),
        "lost.jpg": ("missing here", GONE),
        "renamed.jpg": ("missing here", GONE + RENAMED),
        "Pictures/best.jpg": ("only here", "it seems to be /Pictures/renamed.jpg under another name"),
        "changed.jpg": ("changed on OneDrive", NEWER),
        "deleted.jpg": ("only here", "no longer on OneDrive"),
        "folder.jpg": ("missing here", "a folder stands in its place"),
        "Pictures/mine.txt": ("only here", NEVER_THERE),
        "moved.jpg": ("missing here", NEVER_HERE),
    }
    for path in ("/Pictures/touched.jpg", "/Pictures/elsewhere.jpg", "/Pictures/moved here too.jpg", A, B, C, D):
        assert desk.classes()[path] == "proven"
    assert [reason_of(desk, path) for path in ("/Pictures/elsewhere.jpg", A, C)] == [MOVED, MOVED, ""]
    good_here = {f"Pictures/{name}.jpg" for name in ("touched", "moved", "moved here too", "a", "b")}
    # For what is gone from OneDrive, the sum is the last proof that there is.
    assert _summed(desk) == {*good_here, C[1:], D[1:], "Pictures/deleted.jpg"}

    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0

    assert {_without_stamp(path) for path in desk.odd()} == {
        "Pictures/flipped (local copy kept).jpg",
        "Pictures/cut (local copy kept).jpg",
        "Pictures/edited (local copy kept).jpg",
        "Pictures/best.jpg",
        "Pictures/mine.txt",
        "/Pictures/deleted.jpg",
    }
    assert set(desk.odd().values()) == {"only here"}
    proven = {item.local_path for item in read_verified_items(desk.home) if item.item_class is ItemClass.PROVEN}
    assert len(proven) == len(drive.files())
    assert _summed(desk) == {*proven, "Pictures/deleted.jpg"}
    assert sha256sum_checks(desk)
    (pictures / "deleted.jpg").write_bytes(b"edited")
    desk.verify()
    assert _summed(desk) == proven


@pytest.mark.parametrize("what", ["a line lost", "the end damaged", "all lost"])
def test_what_happens_to_the_manifest_is_no_damage_to_the_copy(desk: Desk, what: str) -> None:
    path = desk.home / MANIFEST
    if what == "all lost":
        path.unlink()
    elif what == "a line lost":
        path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if A not in line))
    else:
        path.write_bytes(path.read_bytes()[:-40] + b"\xff\x00{" * 10)

    assert desk.verify(quick=True).exit_code == 0
    assert set(desk.classes().values()) == {"trusted"}
    assert "here: 4 files (2.5 kB), by size and time alone, not read." in desk.said.getvalue()
    for _ in range(2):
        assert desk.verify().exit_code == 0
        assert set(desk.classes().values()) == {"proven"}
        assert desk.download().exit_code == 0


def _without_stamp(path: str) -> str:
    before, kept, rest = path.partition(" (local copy kept")
    return f"{before}{kept}){rest.partition(')')[2]}" if kept else path


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A home that another user may work in too."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        yield home
        if os.geteuid() == 0:
            shutil.rmtree(home)


@pytest.mark.posix("modes")
def test_a_file_that_must_not_be_read_is_named_so_and_4_says_the_same(
    open_home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive
) -> None:
    put_online(drive)
    desk = Desk(open_home, graph, http, demo)
    fetch(desk)
    (desk.downloads / "Pictures/a.jpg").chmod(0)

    with _as_nobody(open_home.parent):
        result = desk.verify()
        named, said = desk.odd(), desk.said.getvalue()
        downloaded = desk.download()

    assert result.exit_code == 7
    assert named == {A: "damaged here"}
    assert reason_of(desk, A) == FORBIDDEN
    assert "Give yourself the right to read it, then choose 6 again." in said
    assert downloaded.exit_code == 3
    assert "permission denied" in desk.errors()[A]


@pytest.mark.posix("modes")
def test_downloads_on_a_disk_that_can_only_be_read_are_proven(
    open_home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive
) -> None:
    put_online(drive)
    desk = fetch(Desk(open_home, graph, http, demo))
    folders = [desk.downloads, *filter(Path.is_dir, desk.downloads.rglob("*"))]
    with _as_nobody(open_home.parent):
        for folder in folders:
            folder.chmod(0o555)

        result = desk.verify()
        for folder in folders:
            folder.chmod(0o755)

    assert result.exit_code == 0
    assert set(desk.classes().values()) == {"proven"}
    assert "SHA256SUMS was not written: the disk with the downloads can only be read." in desk.said.getvalue()
    assert not (desk.downloads / ".partial").exists()


@contextmanager
def _as_nobody(folder: Path) -> Iterator[None]:
    """The superuser may read everything; within the block the process belongs to nobody."""
    is_root = os.geteuid() == 0
    if is_root:
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


# --- the whole story, and ways to look --------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", [("new", "personal"), ("old", "personal"), ("business", "business")])
def test_the_sample_drive_is_accounted_for_item_by_item(home: Path, dialect: tuple[str, str]) -> None:
    drive = build_sample_drive(None, big_file_bytes=20_000_000, dialect=dialect[0], drive_type=dialect[1])
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        http = HttpClient(demo_port=demo.port)
        desk = Desk(home, GraphSession(http, FixedToken(demo), SharedPause(lambda _: None)), http, demo)
        desk.list_drive()
        desk.download()

        result = desk.verify()
        http.close()

    classes = desk.classes()
    assert result.exit_code == 0
    right = ("proven", "same size", "differs by design", "still of a Live Photo")
    assert sum(word in right for word in classes.values()) == len(drive.files())
    assert classes["/Pictures/Camera Roll/IMG_5012.HEIC"] == "still of a Live Photo"
    # The old back end lists a SHA-1 too, which is of what it hands out.
    expected = "proven" if dialect[0] == "old" else "differs by design"
    assert classes["/Pictures/Camera Roll/IMG_4711.HEIC"] == expected
    assert {path for path, word in classes.items() if word == "cannot be downloaded"} == {
        "/Documents/My Notebook", "/Family photos", "/Personal Vault",
    }  # fmt: skip
    assert sha256sum_checks(desk)
    assert "3 things it gives to no program are named in the report." in desk.said.getvalue()


def test_quick_trusts_size_and_time_and_reads_only_what_is_doubtful(desk: Desk, drive: DemoDrive) -> None:
    flip_a_byte(desk, "Pictures/a.jpg")  # which quick cannot see
    os.truncate(desk.downloads / "Pictures/b.jpg", 3)
    drive.change_content(drive.find(C), b"another")

    result = desk.verify(quick=True)

    assert result.exit_code == 7
    assert desk.classes() == {A: "trusted", B: "damaged here", C: "changed on OneDrive", D: "trusted"}


def test_of_a_sample_some_are_read_and_the_rest_is_trusted(new_desk: Desk, drive: DemoDrive) -> None:
    for number in range(40):
        drive.add_file(f"/Many/{number}.txt", b"x" * (number + 1))
    desk = fetch(new_desk)

    desk.verify(sample_percent=50)

    assert set(desk.classes().values()) == {"proven", "trusted"}
    assert 5 < list(desk.classes().values()).count("proven") < 40


def test_what_is_new_on_onedrive_since_the_list_is_told_and_missing_here_until_it_is_fetched(
    desk: Desk, drive: DemoDrive
) -> None:
    drive.add_file("/Documents/new.txt", b"new")
    drive.add_folder("/Documents/Empty")

    desk.verify()

    assert "Since the last list: 2 new." in desk.said.getvalue()
    assert desk.odd() == {"/Documents/new.txt": "missing here"}
    assert "1 folder of 4 is not here, /Documents/Empty: it is not here. Choose 4 to make it." in desk.said.getvalue()
    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0
    assert "is not here" not in desk.said.getvalue()


# --- what cannot be verified ------------------------------------------------------------------------------------------


def test_what_is_lacking_is_said_and_not_taken_for_a_loss(desk: Desk, demo: FaultyServer, tmp_path: Path) -> None:
    state_file, state = desk.home / "list_state.json", (desk.home / "list_state.json").read_text()
    desk.downloads.rename(tmp_path / "away")
    with pytest.raises(OneDriveError, match="is not there, although 4 files were downloaded"):
        desk.verify()
    assert not desk.downloads.exists()

    (desk.home / MANIFEST).unlink()
    with pytest.raises(StepNeeded, match=r"Nothing has been downloaded to .* yet") as nothing_here:
        desk.verify()
    assert nothing_here.value.option == 4

    (tmp_path / "away").rename(desk.downloads)
    state_file.write_text(json.dumps({**json.loads(state), "drive_id": "64e50000000d6004"}))
    with pytest.raises(OneDriveError, match="to another account"):
        desk.verify()

    state_file.write_text(state)
    demo.stop()
    with pytest.raises(ConnectionLost):  # nothing is verified against an old list
        desk.verify()

    for path in desk.home.glob("*list*"):
        path.unlink()
    with pytest.raises(NoListYet, match="it is not known what should be here") as no_list:
        desk.verify()
    assert no_list.value.option == 3
    assert read_verification(desk.home) is None


def test_a_folder_that_could_not_be_listed_leaves_the_verdict_open(
    desk: Desk, drive: DemoDrive, demo: FaultyServer
) -> None:
    drive.find("/Documents/Letters").unreadable = (403, "accessDenied")
    desk.settings = replace(desk.settings, root_folder="/Documents")
    desk.list_drive()

    result = desk.verify()

    assert result.exit_code == 7
    assert (
        "Do not delete anything yet: 1 folder could not be listed this time, so nobody knows what is in it. "
        "Choose 6 again." in desk.said.getvalue()
    )
    facts = read_verification(desk.home)
    assert facts is not None
    assert (facts.is_good, facts.is_whole) == (False, False)
    assert desk.odd() == {"/Documents/Letters": "cannot be downloaded"}


# --- the offer ----------------------------------------------------------------------------------------------------


def test_what_is_missing_is_offered_to_be_fetched_at_once_and_programs_hear_of_it(desk: Desk) -> None:
    (desk.downloads / "Pictures/a.jpg").unlink()

    for typed, option in (("1\n", 4), ("0\n", None), ("\n", None), ("what?\n1\n", 4), ("", None)):
        told = io.StringIO()
        assert desk.verify(typed=typed, events=told) == StepResult(exit_code=7, next_option=option)
        assert "Do not delete anything yet: 1 file is missing. Choose 4 to fetch it." in desk.said.getvalue()

        rows = [json.loads(line) for line in told.getvalue().splitlines()]
        assert [check_event(row) for row in rows] == [[] for _ in rows]
        item, verdict = (next(row for row in rows if row["event"] == name) for name in ("verified_item", "verdict"))
        assert (item["class"], item["path"], item["place"]) == ("missing here", A, "Pictures/a.jpg")
        assert (verdict["is_good"], verdict["exit_code"], verdict["counts"]["proven"][0]) == (False, 7, 3)


def test_whoever_changed_a_file_here_is_told_that_fetching_loses_nothing(desk: Desk) -> None:
    (desk.downloads / "Pictures/a.jpg").write_bytes(b"edited here")

    desk.verify(typed="1\n")
    said = desk.said.getvalue()
    desk.download()

    assert "A file that you changed here is not lost when it is fetched: it is kept beside the new one." in said
    assert "\n  1  Fetch the file now\n  0  Not now\n" in said
    assert [text for name, text in desk.files().items() if "local copy kept" in name] == [b"edited here"]


def test_all_is_proven_when_nothing_was_done_and_the_report_is_written_last_and_nothing_offered(desk: Desk) -> None:
    seen: list[bool] = []

    def write_report() -> Path:
        seen.append(read_verification(desk.home) is not None)
        return desk.home / "report.html"

    assert desk.verify(typed="1\n", write_report=write_report) == StepResult(page=desk.home / "report.html")

    assert set(desk.classes().values()) == {"proven"}
    said = desk.said.getvalue()
    assert said.splitlines()[-2:] == [
        f"The report, with every item: {desk.home / 'report.html'}",
        "Everything on OneDrive is here: 4 files (2.5 kB), each checked.",
    ]
    assert "Your choice" not in said
    assert seen == [True]
    facts = read_verification(desk.home)
    assert facts is not None
    assert (facts.is_good, facts.is_whole) == (True, True)
    assert (facts.drive_files, facts.way, facts.counts["proven"][0]) == (4, "read", 4)
