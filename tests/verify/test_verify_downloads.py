"""Option 6 from end to end: what was done to the copy is named and nothing else; 4 mends it, or says why not."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from onedrive.choosing.selection import Duplicates, Layout, Selection
from onedrive.errors import ConnectionLost, NoListYet, OneDriveError, StepNeeded
from onedrive.graph.session import GraphSession
from onedrive.graph.traits import FileKind
from onedrive.home.manifest import MANIFEST
from onedrive.home.verification import read_verification, read_verified_items
from onedrive.net.client import HttpClient
from onedrive.net.patience import SharedPause
from onedrive.step_result import StepResult
from onedrive.terminal.events import check_event
from pretend_onedrive.model.drive import DemoDrive
from pretend_onedrive.model.sample import build_sample_drive
from tests.conftest import FixedToken
from tests.desk import Desk
from tests.faults.server import FaultyServer

NOBODY = 65534
ALL_PROVEN = "All 4 files (2.5 kB) are here and proven."
A, B, C, D = "/Pictures/a.jpg", "/Pictures/b.jpg", "/Documents/c.txt", "/Documents/Letters/d.txt"
CONTENT = {A: b"first " * 200, B: b"second" * 100, C: b"third " * 100, D: b"fourth" * 20}


@pytest.fixture
def drive() -> DemoDrive:
    drive = DemoDrive()
    for path, content in CONTENT.items():
        drive.add_file(path, content, modified="2023-05-06T07:08:09Z")
    return drive


@pytest.fixture
def desk(home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer) -> Desk:
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()
    return desk


def _reason(desk: Desk, path: str) -> str:
    return next(item.reason for item in read_verified_items(desk.home) if path in (item.path, item.local_path))


def _flip_a_byte(desk: Desk, place: str) -> None:
    """As a failing disk does: size and time stay."""
    path = desk.downloads / place
    status = path.stat()
    octets = bytearray(path.read_bytes())
    octets[7] ^= 1
    path.write_bytes(octets)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


# --- each kind of damage --------------------------------------------------------------------------------------------


def _flip(desk: Desk, _: DemoDrive) -> None:
    _flip_a_byte(desk, "Pictures/a.jpg")


def _truncate(desk: Desk, _: DemoDrive) -> None:
    os.truncate(desk.downloads / "Pictures/a.jpg", 100)


def _lose(desk: Desk, _: DemoDrive) -> None:
    (desk.downloads / "Pictures/a.jpg").unlink()


def _rename(desk: Desk, _: DemoDrive) -> None:
    (desk.downloads / "Pictures/a.jpg").rename(desk.downloads / "Pictures/best.jpg")


def _add_stranger(desk: Desk, _: DemoDrive) -> None:
    (desk.downloads / "Pictures/mine.txt").write_text("mine")


def _change_online(_: Desk, drive: DemoDrive) -> None:
    drive.change_content(drive.find(A), b"another picture")


def _delete_online(_: Desk, drive: DemoDrive) -> None:
    drive.delete(drive.find(A))


def _put_a_folder_there(desk: Desk, _: DemoDrive) -> None:
    (desk.downloads / "Pictures/a.jpg").unlink()
    (desk.downloads / "Pictures/a.jpg").mkdir()


def _touch(desk: Desk, _: DemoDrive) -> None:
    os.utime(desk.downloads / "Pictures/a.jpg", (1, 1))


def _lose_manifest_line(desk: Desk, _: DemoDrive) -> None:
    path = desk.home / MANIFEST
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if A not in line))


def _damage_manifest(desk: Desk, _: DemoDrive) -> None:
    path = desk.home / MANIFEST
    path.write_bytes(path.read_bytes()[:-40] + b"\xff\x00{" * 10)


@dataclass(frozen=True)
class Damage:
    """What is done to the copy, what option 6 names then, and what it names after option 4."""

    do: Callable[[Desk, DemoDrive], None]
    named: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    after_4: dict[str, str] = field(default_factory=dict)


_KEPT = "Pictures/a (local copy kept).jpg"
DAMAGES = {
    "a flipped byte": Damage(
        _flip,
        {A: "damaged here"},
        "its bytes are not those that were downloaded, though size and time are: the disk may be failing",
        {_KEPT: "only here"},
    ),
    "truncated": Damage(
        _truncate, {A: "damaged here"}, "it has 100 bytes, and 1,200 were downloaded", {_KEPT: "only here"}
    ),
    "missing": Damage(_lose, {A: "missing here"}, "it was downloaded and is not there any more"),
    "renamed here": Damage(
        _rename,
        {A: "missing here", "Pictures/best.jpg": "only here"},
        "it was downloaded and is not there any more; it seems to be here under another name: Pictures/best.jpg",
        {"Pictures/best.jpg": "only here"},
    ),
    "an extra file": Damage(
        _add_stranger, {"Pictures/mine.txt": "only here"}, after_4={"Pictures/mine.txt": "only here"}
    ),
    "changed online": Damage(
        _change_online,
        {A: "changed on OneDrive"},
        "OneDrive has a newer version; what is here is the one that was downloaded",
    ),
    "deleted online": Damage(_delete_online, {A: "only here"}, "no longer on OneDrive", after_4={A: "only here"}),
    "a folder in its place": Damage(_put_a_folder_there, {A: "missing here"}, "a folder stands in its place"),
    "another time": Damage(_touch),
    "manifest line lost": Damage(_lose_manifest_line),
    "manifest damaged": Damage(_damage_manifest),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_what_was_done_to_the_copy_is_named_that_and_nothing_else_and_4_mends_it(
    damage: Damage, desk: Desk, drive: DemoDrive
) -> None:
    damage.do(desk, drive)

    result = desk.verify()

    assert desk.odd() == damage.named
    assert result.exit_code == (7 if {*damage.named.values()} - {"only here"} else 0)
    if damage.reason:
        assert _reason(desk, A) == damage.reason

    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0
    assert {_without_stamp(path): word for path, word in desk.odd().items()} == damage.after_4
    left = {path: item.content for path, item in ((path, drive.find(path)) for path in CONTENT if _has(drive, path))}
    assert len(left) == sum(word == "proven" for word in desk.classes().values())


def _has(drive: DemoDrive, path: str) -> bool:
    try:
        drive.find(path)
    except KeyError:
        return False
    return True


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


def test_a_file_that_must_not_be_read_is_named_so_and_4_says_the_same(
    open_home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer
) -> None:
    desk = Desk(open_home, graph, http, demo)
    desk.list_drive()
    desk.download()
    (desk.downloads / "Pictures/a.jpg").chmod(0)

    with _as_nobody(open_home.parent):
        result = desk.verify()
        named = desk.odd()
        downloaded = desk.download()

    assert result.exit_code == 7
    assert named == {A: "damaged here"}
    assert _reason(desk, A) == "it cannot be read here: permission denied"
    assert downloaded.exit_code == 3
    assert "permission denied" in desk.errors()[A]


class _as_nobody:  # noqa: N801 - reads as a phrase
    """The superuser may read everything; within the block the process belongs to nobody."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> None:
        if os.geteuid() == 0:
            for path in [self._folder, *self._folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)
            os.seteuid(NOBODY)

    def __exit__(self, *_: object) -> None:
        if os.getuid() == 0:
            os.seteuid(0)


# --- the whole story, and ways to look --------------------------------------------------------------------------------


def test_all_is_proven_when_nothing_was_done_to_the_copy(desk: Desk) -> None:
    result = desk.verify()

    assert result.exit_code == 0
    assert set(desk.classes().values()) == {"proven"}
    assert desk.said.getvalue().splitlines()[1] == ALL_PROVEN
    facts = read_verification(desk.home)
    assert facts is not None
    assert (facts.is_good, facts.is_whole) == (True, True)
    assert (facts.drive_files, facts.way, facts.counts["proven"][0]) == (4, "read", 4)


@pytest.mark.parametrize("dialect", [("new", "personal"), ("old", "personal"), ("business", "business")])
def test_the_sample_drive_is_accounted_for_item_by_item(home: Path, dialect: tuple[str, str]) -> None:
    drive = build_sample_drive(None, dialect=dialect[0], drive_type=dialect[1])
    with FaultyServer(drive, home=None, auto_consent=True) as demo:
        http = HttpClient(demo_port=demo.port)
        desk = Desk(home, GraphSession(http, FixedToken(demo), SharedPause(lambda _: None)), http, demo)
        desk.list_drive()
        desk.download()

        result = desk.verify()
        http.close()

    classes = desk.classes()
    assert result.exit_code == 0
    assert sum(word in ("proven", "same size", "differs by design") for word in classes.values()) == len(drive.files())
    # The old back end lists a SHA-1 too, which is of what it hands out.
    expected = "proven" if dialect[0] == "old" else "differs by design"
    assert classes["/Pictures/Camera Roll/IMG_4711.HEIC"] == expected
    assert {path for path, word in classes.items() if word == "cannot be downloaded"} == {
        "/Documents/My Notebook", "/Family photos", "/Personal Vault",
    }  # fmt: skip
    assert _sha256sum_checks(desk)
    assert "except 3 that OneDrive itself cannot deliver (named below)" in desk.said.getvalue()


def test_quick_trusts_size_and_time_and_reads_only_what_is_doubtful(desk: Desk) -> None:
    _flip_a_byte(desk, "Pictures/a.jpg")  # which quick cannot see
    os.truncate(desk.downloads / "Pictures/b.jpg", 3)

    result = desk.verify(quick=True)

    assert result.exit_code == 7
    assert desk.classes() == {A: "trusted", B: "damaged here", C: "trusted", D: "trusted"}


def test_quick_trusts_files_that_are_as_listed_though_the_manifest_is_lost(desk: Desk) -> None:
    (desk.home / MANIFEST).unlink()

    result = desk.verify(quick=True)

    assert result.exit_code == 0
    assert set(desk.classes().values()) == {"trusted"}
    assert "All 4 files (2.5 kB) are here by size and time, without reading them." in desk.said.getvalue()


def test_quick_sees_what_has_changed_on_onedrive(desk: Desk, drive: DemoDrive) -> None:
    drive.change_content(drive.find(A), b"another")

    desk.verify(quick=True)

    assert desk.odd() == {A: "changed on OneDrive"}


def test_of_a_sample_some_are_read_and_the_rest_is_trusted(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive
) -> None:
    for number in range(40):
        drive.add_file(f"/Many/{number}.txt", b"x" * (number + 1))
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()

    desk.verify(sample_percent=50)
    once = desk.classes()
    desk.verify(sample_percent=50)

    assert 5 < sum(word == "proven" for word in once.values()) < 40
    assert set(once.values()) == {"proven", "trusted"}
    assert desk.classes() == once


def test_what_changed_since_the_list_is_told_and_option_3_misses_nothing(desk: Desk, drive: DemoDrive) -> None:
    drive.add_file("/Documents/new.txt", b"new")

    desk.verify()

    assert "Since the last list: 1 new." in desk.said.getvalue()
    assert desk.odd() == {"/Documents/new.txt": "missing here"}
    assert _reason(desk, "/Documents/new.txt") == "it was never downloaded"
    assert desk.download().exit_code == 0
    assert desk.verify().exit_code == 0


def test_a_file_that_was_moved_on_onedrive_is_proven_in_its_old_place_and_4_moves_it(
    desk: Desk, drive: DemoDrive
) -> None:
    drive.rename(drive.find(A), "best.jpg")

    result = desk.verify()

    assert result.exit_code == 0
    assert desk.classes()["/Pictures/best.jpg"] == "proven"
    assert _reason(desk, "/Pictures/best.jpg") == "it belongs into another place by now; option 4 moves it there"
    desk.download()
    assert desk.verify().exit_code == 0
    assert (desk.downloads / "Pictures/best.jpg").read_bytes() == CONTENT[A]


def test_two_files_that_exchanged_their_names_on_onedrive_are_both_proven(desk: Desk, drive: DemoDrive) -> None:
    drive.rename(drive.find(A), "for a moment.jpg")
    drive.rename(drive.find(B), "a.jpg")
    drive.rename(drive.find("/Pictures/for a moment.jpg"), "b.jpg")

    desk.verify()

    assert set(desk.classes().values()) == {"proven"}


def test_a_new_file_in_the_place_of_a_moved_one_is_missing_not_damaged(desk: Desk, drive: DemoDrive) -> None:
    drive.rename(drive.find(A), "best.jpg")
    drive.add_file(A, b"quite another picture")

    desk.verify()

    assert desk.odd() == {A: "missing here"}


# --- choices ----------------------------------------------------------------------------------------------------------


def test_what_the_selection_leaves_out_and_is_not_here_is_left_out_by_choice(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer
) -> None:
    photos = Selection(kinds=frozenset({FileKind.PHOTO}))
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download(selection=photos)

    result = desk.verify(selection=photos)

    assert result.exit_code == 0
    assert desk.classes() == {A: "proven", B: "proven", C: "left out by choice", D: "left out by choice"}
    assert _reason(desk, C) == "of another kind"
    assert (
        "All 2 files that you chose (1.8 kB of 2.5 kB) are here and proven. 2 other files are left out by choice."
        in desk.said.getvalue()
    )


def test_what_is_here_though_left_out_is_verified_like_others(desk: Desk) -> None:
    os.truncate(desk.downloads / "Documents/c.txt", 3)

    result = desk.verify(selection=Selection(kinds=frozenset({FileKind.PHOTO})))

    assert result.exit_code == 7
    assert desk.odd() == {C: "damaged here"}
    assert _reason(desk, C).endswith("; left out by choice, so option 4 does not fetch it")
    assert "Choose 4" not in desk.said.getvalue()


def test_an_edited_list_is_a_choice_that_stays_as_it_is(desk: Desk, drive: DemoDrive) -> None:
    path = desk.home / "file_list.json"
    rows = [row for row in json.loads(path.read_text()) if row["path"] != C]
    path.write_text(json.dumps(rows))
    edited = path.read_bytes()
    (desk.downloads / "Documents/c.txt").unlink()
    (desk.downloads / "Documents/Letters/d.txt").unlink()
    drive.add_file("/Documents/new.txt", b"new")

    result = desk.verify()

    assert result.exit_code == 7
    assert desk.odd() == {C: "left out by choice", D: "missing here", "/Documents/new.txt": "left out by choice"}
    assert _reason(desk, C) == "your edited list does not name it"
    assert path.read_bytes() == edited
    assert "file_list.json was edited: it counts as your choice and stays as it is." in desk.said.getvalue()


def test_the_chosen_folder_of_the_list_is_kept_and_files_outside_of_it_are_not_looked_at(desk: Desk) -> None:
    desk.settings = replace(desk.settings, root_folder="/Pictures")
    desk.list_drive()
    desk.settings = replace(desk.settings, root_folder="")

    result = desk.verify()

    assert result.exit_code == 0
    assert desk.classes() == {A: "proven", B: "proven"}
    assert (
        "2 files here belong to folders that the list does not cover; they were not looked at." in desk.said.getvalue()
    )


def test_files_by_date_are_found_where_they_are(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer
) -> None:
    by_date = Selection(layout=Layout.DATE)
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download(selection=by_date)

    (desk.downloads / "2023/2023-05/b.jpg").unlink()
    desk.verify(selection=by_date)

    assert desk.odd() == {B: "missing here"}
    assert next(item.local_path for item in read_verified_items(home) if item.path == B) == "2023/2023-05/b.jpg"


def test_a_duplicate_that_is_kept_once_is_left_out_and_the_one_kept_is_named(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive
) -> None:
    drive.add_file("/Pictures/copy of a.jpg", CONTENT[A], modified="2023-05-06T07:08:09Z")
    once = Selection(duplicates=Duplicates.ONCE)
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download(selection=once)

    result = desk.verify(selection=once)

    assert result.exit_code == 0
    assert desk.odd() == {"/Pictures/copy of a.jpg": "left out by choice"}
    assert _reason(desk, "/Pictures/copy of a.jpg") == f"the same content is kept once, as {A}"


def _keep_a_once(desk: Desk, drive: DemoDrive) -> Selection:
    drive.add_file("/Pictures/copy of a.jpg", CONTENT[A], modified="2023-05-06T07:08:09Z")
    once = Selection(duplicates=Duplicates.ONCE)
    desk.list_drive()
    desk.download(selection=once)
    return once


def test_a_duplicate_whose_kept_copy_is_gone_there_and_here_is_missing(desk: Desk, drive: DemoDrive) -> None:
    once = _keep_a_once(desk, drive)
    drive.delete(drive.find(A))
    (desk.downloads / A[1:]).unlink()

    result = desk.verify(selection=once)

    assert result.exit_code == 7
    assert desk.odd() == {"/Pictures/copy of a.jpg": "missing here"}
    assert desk.download(selection=once).exit_code == 0
    assert desk.verify(selection=once).exit_code == 0


def test_a_duplicate_whose_kept_copy_is_damaged_is_not_here_either(desk: Desk, drive: DemoDrive) -> None:
    once = _keep_a_once(desk, drive)
    _flip_a_byte(desk, A[1:])

    desk.verify(selection=once)

    assert desk.odd() == {A: "damaged here", "/Pictures/copy of a.jpg": "missing here"}
    assert desk.download(selection=once).exit_code == 0
    assert desk.verify(selection=once).exit_code == 0


@pytest.mark.parametrize("quick", [True, False])
def test_a_duplicate_is_missing_when_the_choice_leaves_out_the_copy_that_was_kept(
    desk: Desk, drive: DemoDrive, *, quick: bool
) -> None:
    once = _keep_a_once(desk, drive)
    (desk.downloads / A[1:]).unlink()

    desk.verify(selection=replace(once, exclude=(A,)), quick=quick)

    assert desk.odd() == {A: "left out by choice", "/Pictures/copy of a.jpg": "missing here"}


# --- what cannot be verified ------------------------------------------------------------------------------------------


def test_without_a_list_the_person_is_led_to_option_3(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer
) -> None:
    with pytest.raises(NoListYet, match="it is not known what should be here") as caught:
        Desk(home, graph, http, demo).verify()

    assert caught.value.option == 3


def test_without_a_download_the_person_is_led_to_option_4(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer
) -> None:
    desk = Desk(home, graph, http, demo)
    desk.list_drive()

    with pytest.raises(StepNeeded, match=r"Nothing has been downloaded to .* yet") as caught:
        desk.verify()

    assert caught.value.option == 4


def test_a_downloads_folder_that_is_away_is_not_taken_for_a_loss(desk: Desk) -> None:
    desk.downloads.rename(desk.home / "away")

    with pytest.raises(OneDriveError, match="is not there, though 4 files were downloaded"):
        desk.verify()

    assert not desk.downloads.exists()


def test_nothing_is_verified_against_an_old_list_when_the_service_is_away(desk: Desk, demo: FaultyServer) -> None:
    demo.stop()

    with pytest.raises(ConnectionLost):
        desk.verify()

    assert read_verification(desk.home) is None


def test_another_accounts_list_is_not_replaced(desk: Desk) -> None:
    state = json.loads((desk.home / "list_state.json").read_text())
    state["account_id"] = "somebody else"
    (desk.home / "list_state.json").write_text(json.dumps(state))

    with pytest.raises(OneDriveError, match="of another account"):
        desk.verify()


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


def test_a_folder_that_is_missing_is_named(desk: Desk, drive: DemoDrive) -> None:
    drive.add_folder("/Documents/Empty")

    desk.verify()

    assert "1 folder of 4 is not here:\n  /Documents/Empty: it is not here." in desk.said.getvalue()
    desk.download()
    desk.verify()
    assert "is not here" not in desk.said.getvalue()


# --- the offer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "next_option"), [("1\n", 4), ("0\n", None), ("\n", None), ("what?\n1\n", 4), ("", None)]
)
def test_what_is_missing_is_offered_to_be_fetched_at_once(desk: Desk, typed: str, next_option: int | None) -> None:
    (desk.downloads / "Pictures/a.jpg").unlink()

    result = desk.verify(typed=typed)

    assert result == StepResult(exit_code=7, next_option=next_option)
    assert "Do not delete anything yet: 1 file is missing. Choose 4 to fetch it." in desk.said.getvalue()


def test_whoever_changed_a_file_here_is_told_that_fetching_loses_nothing(desk: Desk) -> None:
    (desk.downloads / "Pictures/a.jpg").write_bytes(b"edited here")

    desk.verify(typed="1\n")
    said = desk.said.getvalue()
    desk.download()

    assert "What you changed here is not lost when it is fetched: it is kept beside, with the day in its name." in said
    assert "\n  1  Fetch the file now\n  0  Not now\n" in said
    assert [text for name, text in desk.files().items() if "local copy kept" in name] == [b"edited here"]


def test_nothing_is_offered_when_all_is_well(desk: Desk) -> None:
    result = desk.verify(typed="1\n")

    assert result == StepResult()
    assert "Your choice" not in desk.said.getvalue()


def test_the_report_is_written_after_the_verification_and_its_place_is_said(desk: Desk) -> None:
    seen: list[bool] = []

    def write_report() -> Path:
        seen.append(read_verification(desk.home) is not None)
        return desk.home / "report.html"

    desk.verify(write_report=write_report)

    assert seen == [True]
    assert f"The report for any browser is {desk.home / 'report.html'}." in desk.said.getvalue()


def test_programs_hear_of_what_is_not_good_and_of_the_verdict(desk: Desk) -> None:
    (desk.downloads / "Pictures/a.jpg").unlink()
    output = io.StringIO()

    desk.verify(events=output)

    rows = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [check_event(row) for row in rows] == [[] for _ in rows]
    item, verdict = (next(row for row in rows if row["event"] == name) for name in ("verified_item", "verdict"))
    assert (item["class"], item["path"], item["place"]) == ("missing here", A, "Pictures/a.jpg")
    assert (verdict["is_good"], verdict["exit_code"], verdict["counts"]["proven"][0]) == (False, 7, 3)


# --- sums -------------------------------------------------------------------------------------------------------------


def _sha256sum_checks(desk: Desk) -> bool:
    if not shutil.which("sha256sum"):
        pytest.skip("there is no sha256sum here")
    words = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    return subprocess.run(words, cwd=desk.downloads, check=False).returncode == 0


def test_the_sums_are_checked_by_sha256sum_itself_odd_names_too(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive
) -> None:
    for name in ("back\\slash", " space ", "\ud800 half", "ü", "-", "*star", "SHA256SUMS"):
        drive.add_file(f"/{name}", name.encode("utf-8", "replace"))
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download()

    result = desk.verify()

    assert result.exit_code == 0
    lines = (desk.downloads / "SHA256SUMS").read_bytes().split(b"\n")[:-1]
    assert len(lines) == len(drive.files())
    assert _sha256sum_checks(desk)


def test_a_damaged_file_has_no_sum_and_gets_it_back_when_it_is_mended(desk: Desk) -> None:
    desk.verify()
    _flip_a_byte(desk, "Pictures/a.jpg")

    desk.verify()

    assert b"a.jpg" not in (desk.downloads / "SHA256SUMS").read_bytes()
    desk.download()
    desk.verify()
    assert b"Pictures/a.jpg" in (desk.downloads / "SHA256SUMS").read_bytes()
    assert _sha256sum_checks(desk)


def test_a_sum_of_other_bytes_with_the_same_size_and_time_is_not_used_again(desk: Desk, drive: DemoDrive) -> None:
    desk.verify()
    item = drive.find(A)
    drive.change_content(item, bytes(reversed(CONTENT[A])))
    item.client_modified = drive.find(B).client_modified
    desk.list_drive()
    desk.download()

    desk.verify()

    assert set(desk.classes().values()) == {"proven"}
    assert _sha256sum_checks(desk)


def test_our_own_sums_file_is_replaced_also_where_the_disk_has_another_place_now(desk: Desk, tmp_path: Path) -> None:
    desk.verify()
    desk.downloads.rename(tmp_path / "mounted elsewhere")
    desk.to(tmp_path / "mounted elsewhere")

    desk.verify()

    assert desk.odd() == {}
    assert not [place for place in desk.files() if "kept" in place]


def test_what_is_no_longer_on_onedrive_keeps_its_sum_as_long_as_it_is_as_it_was(desk: Desk, drive: DemoDrive) -> None:
    desk.verify()
    before = (desk.downloads / "SHA256SUMS").read_bytes()
    for path in (A, B):
        drive.delete(drive.find(path))

    desk.verify()
    desk.verify()

    assert (desk.downloads / "SHA256SUMS").read_bytes() == before
    assert "Checksums of 4 files are in" in desk.said.getvalue()
    assert "not in SHA256SUMS" not in desk.said.getvalue()

    (desk.downloads / "Pictures/a.jpg").write_bytes(b"edited")
    desk.verify()

    assert b"a.jpg" not in (desk.downloads / "SHA256SUMS").read_bytes()
    assert _sha256sum_checks(desk)


def test_what_a_list_of_one_folder_does_not_cover_keeps_its_sum(desk: Desk) -> None:
    desk.verify()
    before = (desk.downloads / "SHA256SUMS").read_bytes()
    desk.settings = replace(desk.settings, root_folder="/Documents")
    desk.list_drive()

    desk.verify()

    assert (desk.downloads / "SHA256SUMS").read_bytes() == before


def test_quick_keeps_known_sums_and_says_how_many_are_not_there_yet(desk: Desk, drive: DemoDrive) -> None:
    desk.verify()
    drive.add_file("/Documents/new.txt", b"new")
    desk.list_drive()
    desk.download()

    desk.verify(quick=True)

    assert (desk.downloads / "SHA256SUMS").read_bytes().count(b"\n") == 4
    assert "1 file was not read and is not in SHA256SUMS yet; 6 without --quick adds it." in desk.said.getvalue()


def test_a_sums_file_that_is_not_ours_is_kept_beside(desk: Desk) -> None:
    (desk.downloads / "SHA256SUMS").write_text("my own sums\n")

    desk.verify()

    kept = list(desk.downloads.glob("SHA256SUMS (local copy kept *)"))
    assert [path.read_text() for path in kept] == ["my own sums\n"]
    assert _sha256sum_checks(desk)


def test_a_file_of_onedrive_in_the_place_of_the_sums_is_not_overwritten(desk: Desk, drive: DemoDrive) -> None:
    drive.add_file("/SHA256SUMS", b"mine", modified="2023-05-06T07:08:09Z")
    desk.list_drive()
    desk.download()
    marked = next(desk.downloads.glob("SHA256SUMS~*"))
    marked.rename(desk.downloads / "SHA256SUMS")
    manifest = desk.home / MANIFEST
    manifest.write_text(manifest.read_text().replace(marked.name, "SHA256SUMS"))  # as an earlier version left it

    desk.verify()

    assert (desk.downloads / "SHA256SUMS").read_bytes() == b"mine"
    assert "SHA256SUMS was not written: a file of that name from OneDrive stands there" in desk.said.getvalue()
    desk.download()
    desk.verify()
    assert _sha256sum_checks(desk)


def test_duplicates_that_are_links_are_both_proven_both_damaged_and_both_mended(
    home: Path, graph: GraphSession, http: HttpClient, demo: FaultyServer, drive: DemoDrive
) -> None:
    drive.add_file("/Pictures/copy of a.jpg", CONTENT[A], modified="2023-05-06T07:08:09Z")
    links = Selection(duplicates=Duplicates.LINK)
    desk = Desk(home, graph, http, demo)
    desk.list_drive()
    desk.download(selection=links)
    assert desk.verify(selection=links).exit_code == 0

    _flip_a_byte(desk, "Pictures/a.jpg")
    desk.verify(selection=links)

    assert desk.odd() == {A: "damaged here", "/Pictures/copy of a.jpg": "damaged here"}
    desk.download(selection=links)
    assert desk.verify(selection=links).exit_code == 0
    assert set(desk.odd().values()) == {"only here"}
